"""Random expressions over the indices in scope: entries, sums, reductions, functions, masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import symgrad as sg
from tests.fuzz.graphs import (
    Add,
    Call,
    Cases,
    Cond,
    Delta,
    Expr,
    Lin,
    Mul,
    Num,
    Over,
    Pow,
    Ref,
    Whole,
    index_names,
    lin,
)
from tests.fuzz.ranges import Ranges, Read

REDUCTIONS = ("Max", "Min", "Product") if hasattr(sg, "Max") else ()
FUNCTIONS = (("phi", 1), ("psi", 2))  # the unknown ones
SMOOTH = ("exp", "tanh", "sin", "cos", "sigmoid", "softplus", "silu", "gelu", "gelu_tanh", "atan", "erf", "phi")
STEEP = ("tan", "sinh", "cosh")
KINKED = ("relu", "relu", "abs", "abs", "elu", "leaky_relu", "step", "sign")
Scope = dict[str, str]  # index -> range


@dataclass(frozen=True)
class Named:
    """A name with the ranges of its axes."""

    name: str
    axes: tuple[str, ...]
    positive: bool
    weight: float = 1.0


class Terms:
    """`fresh`: a definition that is wanted as an entry wherever it fits; `guarding`: conditions on indices may come."""

    def __init__(self, pick: Random, ranges: Ranges) -> None:
        self.pick, self.ranges = pick, ranges
        self.names: list[Named] = []
        self.fresh = ""
        self.guarding = True

    def chance(self, share: float) -> bool:
        return self.pick.random() < share

    # --- entries

    def entry(self, scope: Scope, using: str = "", but: Expr | None = None) -> Expr:
        """An entry at indices of the scope, if it can be at the one named and not the given one; else a number."""
        found: Expr = Num(1)
        wanted = {using} if using else {*scope} if self.chance(0.9) else set()
        for _ in range(12):
            found = self._entry(scope)
            if found != but and (not wanted or wanted & index_names(found)):
                break
        return found

    def _entry(self, scope: Scope) -> Expr:
        weights = [n.weight * (8 if n.name == self.fresh else 1) * (0.3 if not n.axes else 1) for n in self.names]
        for named in self.pick.choices(self.names, weights, k=6):
            reads = [self._read(key, scope) for key in named.axes]
            if all(reads):
                at = tuple(made for made, _ in reads)  # type: ignore[misc]
                guards = tuple(g for _, own in reads for g in own)  # type: ignore[misc]
                if self._twice(at):
                    continue
                ref = Ref(named.name, at)
                return Cases(ref, guards, self._outside(scope)) if guards else ref
        return Num(self.pick.choice((1, 2)))

    def _twice(self, at: tuple[Lin, ...]) -> bool:
        """The diagonal of a matrix comes up seldom."""
        return len(set(at)) < len(at) and not self.chance(0.2)

    def _read(self, key: str, scope: Scope) -> tuple[Lin, tuple[Cond, ...]] | None:
        def fill(read: Read) -> list[Lin] | None:
            own = [[i for i in scope if scope[i] == slot] for slot in read.slots]
            return [lin(self.pick.choice(o)) for o in own] if all(own) else None

        reads = [r for r in self.ranges.reads if r.target == key]
        filled = [(r, at) for r in reads if (at := fill(r)) is not None]
        filled = [(r, at) for r, at in filled if self.guarding or not r.guards(*at)]
        if not filled:
            return None
        read, at = self.pick.choices(filled, [r.weight for r, _ in filled])[0]
        return read.make(*at), read.guards(*at)

    def _outside(self, scope: Scope) -> Expr:
        if self.chance(0.75):
            return Num(0)
        self.guarding, before = False, self.guarding
        found = self.entry(scope)
        self.guarding = before
        return found

    # --- indices

    def bound(self, scope: Scope, *, filled: bool = False) -> tuple[str, str] | None:
        """A new index and its range, as a rule one that some entry needs."""
        free = [
            (name, key)
            for key, r in self.ranges.ranges.items()
            for name in r.names
            if name not in scope and not (filled and r.may_be_empty)
        ]
        return self.pick.choice(free) if free else None

    def pair(self, scope: Scope) -> tuple[str, str] | None:
        """Two indices of one range."""
        pairs = [(a, b) for a in scope for b in scope if a != b and scope[a] == scope[b]]
        return self.pick.choice(pairs) if pairs else None

    def over(self, scope: Scope, body: Callable[[Scope, str], Expr], kind: str = "Sum") -> Expr:
        """A sum (or another operation) of a body over a new index."""
        chosen = self.bound(scope, filled=kind in ("Max", "Min"))
        if chosen is None:
            return body(scope, "")
        name, key = chosen
        inside = {**scope, name: key}
        others = [i for i in scope if scope[i] == key]
        if kind == "Sum" and others and self.ranges.ranges[key].flat and self.chance(0.25):
            return self._dependent(inside, name, key, self.pick.choice(others), body)
        found = body(inside, name)
        if others and self.guarding and kind != "Max" and kind != "Min" and self.chance(0.3):
            found = self.masked(found, name, self.pick.choice(others), 1 if kind == "Product" else 0)
        return Over(kind, found, name)

    def _dependent(self, scope: Scope, name: str, key: str, other: str, body: Callable[[Scope, str], Expr]) -> Expr:
        """A sum whose limits depend on another index of the same range: up to it, after it, or around it."""
        r, i = self.ranges.ranges[key], lin(other)
        low, high = self.pick.choice(
            (((lin(r.start),), (i,)), ((i,), (r.last,)), ((i + 1,), (r.last,)), ((lin(r.start),), (i - 1,)),
             ((lin(r.start), i - 1), (r.last, i + 1)))
        )  # fmt: skip
        self.guarding, before = False, self.guarding  # SymPy pulls a Piecewise out of its sums
        found = body(scope, name)
        self.guarding = before
        return Over("Sum", found, name, low, high)

    def masked(self, body: Expr, a: str, b: str, other: int = 0) -> Expr:
        relation = self.pick.choice(("<=", "<", ">=", "!=", "=="))
        return Cases(body, (Cond(lin(a), relation, lin(b)),), Num(other))

    # --- expressions

    def linear(self, scope: Scope, using: str = "") -> Expr:
        """One or two entries with small coefficients."""
        first = self.entry(scope, using)
        if self.chance(0.5):
            return first
        second = self.entry(scope, but=first)
        return Add((first, Mul((Num(self.pick.choice((-1, 2, -2))), second)) if self.chance(0.5) else second))

    def product(self, scope: Scope, using: str = "") -> Expr:
        factors = (self.entry(scope, using), *(self.entry(scope) for _ in range(self.pick.choice((0, 1, 1, 2)))))
        return Mul(factors) if len(factors) > 1 else factors[0]

    def function(self, u: Expr) -> Expr:
        """A function of one argument, gentle where it would be steep."""
        chance = self.pick.random()
        if chance < 0.55:
            head = self.pick.choice(SMOOTH)
            return Call(head, (Mul((Num(1, 2), u)),) if head == "exp" and self.chance(0.5) else (u,))
        if chance < 0.65:
            return Call(self.pick.choice(STEEP), (Mul((Num(1, 2), u)),))
        if chance < 0.9:
            head = self.pick.choice(KINKED)
            usual = {"elu": Num(1), "leaky_relu": Num(1, 10)}.get(head)
            return Call(head, (u, Ref("c0") if self.chance(0.3) else usual) if usual else (u,))
        return Pow(u, self.pick.choice((2, 2, 3)))

    def positive(self, scope: Scope, depth: int = 1) -> Expr:
        """Something greater than 0."""
        own = [n for n in self.names if n.positive and all(k in scope.values() for k in n.axes)]
        kind = self.pick.choice(
            ("exp", "square", "even", "softplus", "sigmoid", "cosh", "sum", "product", "given", "given")
        )
        if kind == "given" and own:
            named = self.pick.choice(own)
            return Ref(named.name, tuple(lin(next(i for i in scope if scope[i] == k)) for k in named.axes))
        if kind == "sum" and depth:
            return self.over(scope, lambda inner, name: self.positive(inner, depth - 1))
        if kind == "product" and depth:
            return Mul((self.positive(scope, depth - 1), self.positive(scope, depth - 1)))
        u = self.linear(scope)
        if kind == "even":
            return Pow(u, self.pick.choice((2, 2, 4))) if self.chance(0.7) else Mul((u, u))
        if kind in ("exp", "softplus", "sigmoid", "cosh"):
            return Call(kind, (Mul((Num(1, 2), u)) if kind == "cosh" else u,))
        return Add((Pow(u, 2), Num(1)))

    def root(self, scope: Scope) -> Expr:
        """A power of something positive, or its logarithm."""
        base = self.positive(scope)
        if self.chance(0.3):
            return Call("log", (base,))
        if self.chance(0.1):
            return Call("pow", (base, self._number(scope) if self.chance(0.3) else self.entry(scope)))
        p, q = self.pick.choice(((1, 2), (1, 2), (-1, 2), (-1, 1), (-2, 1), (3, 2), (1, 3)))
        return Pow(base, p, q)

    def expr(self, scope: Scope, depth: int = 3, using: str = "") -> Expr:
        """Anything."""
        if depth == 0:
            return self.entry(scope, using)
        makers = [m for m in MAKERS if REDUCTIONS or m[0] is not Terms._reduced]
        made = self.pick.choices([m for m, _ in makers], [weight for _, weight in makers])[0]
        return made(self, scope, depth, using)

    def _leaf(self, scope: Scope, depth: int, using: str) -> Expr:
        return self.entry(scope, using)

    def _product(self, scope: Scope, depth: int, using: str) -> Expr:
        return Mul((self.expr(scope, depth - 1, using), self.entry(scope)))

    def _sum(self, scope: Scope, depth: int, using: str) -> Expr:
        return Add((self.expr(scope, depth - 1, using), self.expr(scope, depth - 1)))

    def _function(self, scope: Scope, depth: int, using: str) -> Expr:
        return self.function(self.expr(scope, depth - 1, using))

    def _two(self, scope: Scope, depth: int, using: str) -> Expr:
        args = (self.expr(scope, depth - 1, using), self.entry(scope))
        head = self.pick.choice(("max", "min", "psi", *(("where",) if self.guarding else ())))
        return Call(head, (self.linear(scope), *args) if head == "where" else args)

    def _root(self, scope: Scope, depth: int, using: str) -> Expr:
        return Mul((self.entry(scope, using), self.root(scope))) if self.chance(0.6) else self.root(scope)

    def _over(self, scope: Scope, depth: int, using: str) -> Expr:
        inner = self.over(scope, lambda inside, name: self.expr(inside, depth - 1, name))
        return Mul((inner, Pow(Whole(lin("n")), -1))) if self.chance(0.2) else inner

    def _reduced(self, scope: Scope, depth: int, using: str) -> Expr:
        return self.over(scope, lambda inside, name: self.linear(inside, name), self.pick.choice(REDUCTIONS))

    def _mask(self, scope: Scope, depth: int, using: str) -> Expr:
        pair = self.pair(scope)
        body = self.expr(scope, depth - 1, using)
        if not self.guarding or (pair is None and not scope):
            return body
        if pair is None or self.chance(0.3):
            return self._meeting(scope, body)
        if self.chance(0.3):
            return Mul((Delta(lin(pair[0]), lin(pair[1])), body))
        return self.masked(body, *pair)

    def _meeting(self, scope: Scope, body: Expr) -> Expr:
        """A condition between an index and how others are read in its range: p = s*i + k."""
        name = self.pick.choice(list(scope))
        made = self._read(scope[name], {i: key for i, key in scope.items() if i != name})
        if made is None or made[1]:
            return body
        if self.chance(0.5):
            return Mul((body, Delta(lin(name), made[0])))
        relation = self.pick.choice(("<=", "<", ">=", "!=", "=="))
        return Cases(body, (Cond(lin(name), relation, made[0]),), Num(0))

    def _number(self, scope: Scope) -> Expr:
        """An index or a size as a number from 1 on."""
        at = lin(self.pick.choice([*scope, *self.ranges.sizes]))
        return Whole(at + 1) if at.names <= scope.keys() else Whole(at)

    def _whole(self, scope: Scope, depth: int, using: str) -> Expr:
        return Mul((Pow(self._number(scope), self.pick.choice((1, -1))), self.expr(scope, depth - 1, using)))


MAKERS = (
    (Terms._leaf, 2), (Terms._product, 4), (Terms._sum, 2), (Terms._function, 6), (Terms._two, 3), (Terms._root, 2),
    (Terms._over, 5), (Terms._reduced, 1), (Terms._mask, 2), (Terms._whole, 0.5),
)  # fmt: skip
