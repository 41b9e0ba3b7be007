"""Right sides of definitions as layers have them, and free ones."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.graphs import Add, Call, Expr, Mul, Num, Over, Pow, Ref, Whole, lin, put
from tests.fuzz.terms import REDUCTIONS, Scope, Terms

Recipe = Callable[[Terms, Scope], Expr]


def free(t: Terms, scope: Scope) -> Expr:
    return t.expr(scope)


def summed(t: Terms, scope: Scope) -> Expr:
    """Sums of products: linear maps, convolutions, bilinear forms."""
    inner = t.over(scope, lambda inside, name: t.product(inside, name))
    if t.chance(0.4):
        inner = t.over(scope, lambda inside, name: t.over(inside, lambda both, second: t.product(both, name)))
    return Add((inner, t.entry(scope))) if t.chance(0.3) else inner


def activated(t: Terms, scope: Scope) -> Expr:
    return t.function(Add((summed(t, scope), t.entry(scope))) if t.chance(0.4) else t.linear(scope))


def softmax(t: Terms, scope: Scope) -> Expr:
    """exp(u) over the sum of all of them, along one index."""
    free = [(i, n) for i in scope for n in t.ranges.ranges[scope[i]].names if n not in scope]
    if not free:
        return activated(t, scope)
    index, other = t.pick.choice(free)
    t.guarding, before = False, t.guarding
    u = t.entry(scope, index)
    t.guarding = before
    whole = Over("Sum", Call("exp", (put(u, {index: lin(other)}),)), other)
    return Mul((Call("exp", (u,)), Pow(whole, -1)))


def normalised(t: Terms, scope: Scope) -> Expr:
    """An entry less its mean, or over the root of its mean square, along one index."""
    free = [(i, n) for i in scope for n in t.ranges.ranges[scope[i]].names if n not in scope]
    if not free or not t.ranges.ranges[free[0][0] and scope[free[0][0]]].flat:
        return activated(t, scope)
    index, other = free[0]
    t.guarding, before = False, t.guarding
    u = t.entry(scope, index)
    t.guarding = before
    r = t.ranges.ranges[scope[index]]
    count = Pow(Whole(r.last - r.start + 1), -1) if not r.may_be_empty else Num(1)
    moved = put(u, {index: lin(other)})
    if t.chance(0.5):
        return Add((u, Mul((Num(-1), Over("Sum", moved, other), count))))
    square = Mul((Over("Sum", Pow(moved, 2), other), count))
    return Mul((u, Pow(Add((square, Num(1, 10))), -1, 2)))


def pooled(t: Terms, scope: Scope) -> Expr:
    """A reduction of entries, of sums of them, or of functions of them."""
    if not REDUCTIONS:
        return summed(t, scope)
    return t.over(scope, lambda inside, name: t.expr(inside, 1, name), t.pick.choice(REDUCTIONS))


def residual(t: Terms, scope: Scope) -> Expr:
    return Add((t.entry(scope), activated(t, scope)))


def squared_error(t: Terms, scope: Scope) -> Expr:
    def distance(inside: Scope, name: str) -> Expr:
        first = t.entry(inside, name)
        return Pow(Add((first, Mul((Num(-1), t.entry(inside, name, first))))), 2)

    found = t.over(scope, distance)
    return Mul((Num(1, 2), found)) if t.chance(0.5) else found


def rooted(t: Terms, scope: Scope) -> Expr:
    return t.root(scope) if t.chance(0.5) else Mul((t.entry(scope), t.root(scope)))


def spread(t: Terms, scope: Scope) -> Expr:
    """One name used several times, at different indices."""
    fan = [n for n in t.names if n.name.startswith("d")]
    if not fan:
        return free(t, scope)
    t.fresh, before = t.pick.choice(fan).name, t.fresh
    found = Add((t.product(scope), t.over(scope, lambda inside, name: t.product(inside, name)), t.entry(scope)))
    t.fresh = before
    return found


def constant(t: Terms, scope: Scope) -> Expr:
    """A sum that is only a number of sizes."""
    return t.over(scope, lambda inside, name: Mul((Whole(lin(name)), Ref("c0"))) if name else Ref("c0"))


RECIPES = (
    (free, 6.0), (summed, 4.0), (activated, 3.0), (softmax, 1.2), (normalised, 1.0), (pooled, 1.2), (residual, 1.0),
    (squared_error, 1.0), (rooted, 1.5), (spread, 1.5), (constant, 0.15),
)  # fmt: skip
