"""From a syntax tree to the normal form, in the names of one model. What has no meaning is refused, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from symgrad.algebra.heads import HEADS
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import (
    NOTHING,
    ONE,
    bind,
    call,
    fresh_name,
    guarded,
    index_value,
    lone,
    number,
    power,
    reduction,
    times,
    total,
)
from symgrad.algebra.records import Poly, Value
from symgrad.algebra.repeated import repeated, whole_count
from symgrad.declare.model import Model, Tensor
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.ends import unless_said, with_ends
from symgrad.read.names import DeclaredName, Names
from symgrad.read.parse import parse

PRIMES: dict[tuple[str, int], str] = {("relu", 1): "step"}
CONSTANTS = tuple(name for name, row in HEADS.items() if row.arity == 0)
GRADIENTS = ("upstream", "adjoint", "partial")
ALSO: dict[str, str] = {"heaviside": "step", "SiLU": "silu", "GELU": "gelu"}
SIGN: dict[str, tuple[str, int, int]] = {  # relation -> (kind, sign of left - right, shift)
    "=": ("eq", 1, 0),
    "!=": ("ne", 1, 0),
    ">=": ("ge", 1, 0),
    "<=": ("ge", -1, 0),
    ">": ("ge", 1, -1),
    "<": ("ge", -1, -1),
}
COMPARED: dict[str, Callable[[Poly, Poly], Poly]] = {
    "=": lambda u, v: call("same", u, v),
    "!=": lambda u, v: ONE - call("same", u, v),
    ">": lambda u, v: call("step", u - v),
    "<": lambda u, v: call("step", v - u),
    ">=": lambda u, v: ONE - call("step", v - u),
    "<=": lambda u, v: ONE - call("step", u - v),
}
Ends = list[tuple[Affine, Affine]]


def names_of(model: Model, shown: Callable[[Tensor], str], index: Callable[[str], str]) -> Names:
    """The names of a model as the reader knows them; gradients are read as partial derivatives, not as names."""
    let = set(model.let.values())
    visible = [t for t in model.tensors.values() if t.kind not in GRADIENTS or t.name in let]
    symbols = [DeclaredName(t.name, shown(t).replace("[#]", "_#"), len(t.axes)) for t in visible]  # X[i] is read anyway
    return Names(
        (*symbols, *(DeclaredName(n, f"\\{n}") for n in CONSTANTS if n not in model.tensors)),
        tuple(DeclaredName(name, "", arity) for name, arity in model.functions.items()),
        tuple(DeclaredName(n, index(n)) for n in model.sizes),
        tuple(DeclaredName(n, index(n)) for n in model.indices),
    )


def read(text: str, names: Names, model: Model, of: str = "") -> Poly:
    """A formula as a poly. `of` is the name whose gradients stand as totals; other partials are local."""
    return Resolver(text, model, of).poly(parse(text, names))


class Resolver:
    """Walks one tree; `bound` maps the names of enclosing sums to bound indices."""

    def __init__(self, text: str, model: Model, of: str) -> None:
        self.text, self.model, self.of = text, model, of
        self.bound: dict[str, Affine] = {}

    def poly(self, node: s.Node) -> Poly:
        read = READ.get(type(node))
        if read is None:
            raise self.refused(f"{type(node).__name__} has no meaning here", node)
        return read(self, node)

    def refused(self, what: str, node: s.Node | s.Bound, expected: str = "") -> ReadError:
        return ReadError(what, text=self.text, caret=node.span[0], expected=expected)

    # --- names

    def reference(self, node: s.Reference) -> Poly:
        if node.code in self.bound:
            return index_value(self.bound[node.code], {})
        if node.code in self.model.sizes:
            return lone(Value(node.code, "positive"))
        if node.code in self.model.indices:
            return lone(Value(node.code))
        tensor = self.model.tensors.get(node.code)
        if tensor is None and node.code in CONSTANTS:
            return call(node.code)
        if tensor is None:
            raise self.refused(f"{node.code} is not declared", node)
        return lone(tensor.at(self.indices(node, tensor)))

    def indices(self, node: s.Reference, tensor: Tensor) -> list[Affine]:
        if len(node.indices) != len(tensor.axes):
            raise self.refused(f"{tensor.name} has {len(tensor.axes)} indices, not {len(node.indices)}", node)
        return [self.index(n) for n in node.indices]

    def partial(self, node: s.PartialDerivative) -> Poly:
        of, by = node.of, node.by
        if not isinstance(of, s.Reference) or not isinstance(by, s.Reference):
            raise self.refused("a partial derivative of one name by one name is expected", node)
        gradients = [t for t in self.model.tensors.values() if t.kind in GRADIENTS and t.of == (of.code, by.code)]
        total_first = of.code == self.of
        found = sorted(gradients, key=lambda t: (t.kind == "partial") == total_first)
        if not found:
            raise self.refused(f"the gradient of {of.code} by {by.code} is not a name of this exercise", node)
        top, bottom = self.model.tensors[of.code], self.model.tensors[by.code]
        at = [*self.indices(of, top), *self.indices(by, bottom)]
        return lone(found[0].at(at[len(top.axes) :] if found[0].kind == "upstream" else at))

    # --- indices and conditions

    def index(self, node: s.Node) -> Affine:
        if isinstance(node, s.Number) and node.value.denominator == 1:
            return Affine.number(int(node.value))
        if isinstance(node, s.Reference) and not node.indices:
            if node.code in self.bound:
                return self.bound[node.code]
            if node.code in self.model.sizes or node.code in self.model.indices:
                return Affine.name(node.code)
        if isinstance(node, s.Minus):
            return -self.index(node.of)
        if isinstance(node, s.Plus):
            return sum((self.index(t) for t in node.terms), Affine({}))
        if isinstance(node, s.Times):
            product = Affine.number(1)
            for factor in node.factors:
                product = product * self.index(factor)
            return product
        raise self.refused("an index is a sum of indices, sizes and integers", node)

    def limits(self, node: s.Node | None) -> list[Limit]:
        if isinstance(node, s.Relation):
            pairs = zip(node.items, node.items[1:], node.relations, strict=False)
            return [self.limit(a, b, r) for a, b, r in pairs]
        if isinstance(node, s.Conjunction):
            return [x for c in node.conditions for x in self.limits(c)]
        if isinstance(node, s.Tuple):
            return [x for c in node.items for x in self.limits(c)]
        raise (
            self.refused("a condition on indices is expected", node) if node is not None else ReadError("no condition")
        )

    def holds(self, node: s.Node) -> Poly:
        """A condition as a poly that is 1 where it holds and else 0: on indices, on values, or on a place."""
        if isinstance(node, s.Conjunction):
            return times(*(self.holds(c) for c in node.conditions))
        if not isinstance(node, s.Relation):
            raise self.refused("a condition is expected", node, "a relation, as in i < j or x > 0")
        pairs = zip(node.items, node.items[1:], node.relations, strict=False)
        return times(*(self.comparison(a, b, r) for a, b, r in pairs))

    def comparison(self, left: s.Node, right: s.Node, relation: str) -> Poly:
        for place, asked in ((left, right), (right, left)):
            if isinstance(place, s.BigOperator) and place.operator in ("argmax", "argmin") and relation == "=":
                return self.reduced(place, *self.scope(place), self.index(asked))
        if self.on_indices(left) and self.on_indices(right):
            return guarded(ONE, [self.limit(left, right, relation)])
        return COMPARED[relation](self.poly(left), self.poly(right))

    def on_indices(self, node: s.Node) -> bool:
        try:
            self.index(node)
        except ReadError:
            return False
        return True

    def limit(self, left: s.Node, right: s.Node, relation: str) -> Limit:
        kind, sign, shift = SIGN[relation]
        return Limit(kind, (self.index(left) - self.index(right)) * sign + shift)

    def ends(self, node: s.Node, which: str) -> Ends:
        """A limit of a sum as pairs (a, c): c*i >= a or <= a; max and min split up, a quotient multiplied out.

        Law, for whole i, d and c > 0: i >= a/c + d is c*i >= a + c*d, and so is i >= ceil(a/c) + d; i >= floor(a/c) + d
        is c*i >= a - (c - 1) + c*d; above alike.
        """
        if isinstance(node, s.Call) and node.function == which:
            return [pair for a in node.arguments for pair in self.ends(a, which)]
        terms = node.terms if isinstance(node, s.Plus) else (node,)
        found = [(n, quotient) for n, quotient in enumerate(map(_quotient, terms)) if quotient is not None]
        if len(found) != 1:
            return [(self.index(node), Affine.number(1))]
        ((place, (quotient, rounded)),) = found
        top, bottom = self.index(quotient.top), self.index(quotient.bottom)
        if bottom.constant <= 0 if bottom.is_number else bottom.sole not in self.model.sizes:
            raise self.refused("a limit is divided by what may not be positive", quotient, "a number, or a size")
        if rounded == {"max": "down", "min": "up"}[which]:  # towards more values
            top = top + (bottom - 1) * (1 if rounded == "up" else -1)
        others = (self.index(t) for n, t in enumerate(terms) if n != place)
        return [(top + sum(others, Affine({})) * bottom, bottom)]

    # --- sums

    def big(self, node: s.BigOperator) -> Poly:
        if node.operator in ("argmax", "argmin"):
            raise self.refused(f"{node.operator} is a place, not a number", node, "j = argmax, an indicator")
        body, names, limits = self.scope(node)
        if node.operator == "sum":
            return bind(body, names, limits)
        return self.reduced(node, body, names, limits)

    def reduced(
        self, node: s.BigOperator, body: Poly, names: list[str], limits: list[Limit], at: Affine | None = None
    ) -> Poly:
        """A maximum, minimum or product over one index, over several from the last to the first."""
        if len(names) > 1 and at is None:
            inner, outer = ([x for x in limits if (names[-1] in x.of.names) == last] for last in (True, False))
            return self.reduced(node, self.reduced(node, body, names[-1:], inner), names[:-1], outer)
        if len(names) != 1:
            raise self.refused(f"{node.operator} over several indices at once", node, "one index")
        return reduction(node.operator, body, names[0], limits, at)

    def scope(self, node: s.BigOperator) -> tuple[Poly, list[str], list[Limit]]:
        """The body of a big operator, the fresh names of its indices, and their limits."""
        node, outside = with_ends(node), dict(self.bound)
        names: list[str] = []
        said: list[Limit] = []
        implied: list[Limit] = []
        for one in node.bounds:
            fresh = fresh_name()
            (implied if one.lower is None else said).extend(self.range(one, Affine.name(fresh)))
            self.bound[one.name] = Affine.name(fresh)
            names.append(fresh)
        for condition in node.conditions:
            said += self.limits(condition)
        body = self.poly(node.body)
        self.bound = outside
        return body, names, [*unless_said(implied, names, said, self.model.sizes), *said]

    def range(self, one: s.Bound, at: Affine) -> list[Limit]:
        declared = self.model.indices.get(one.name)
        if (one.lower is None) != (one.upper is None):
            raise self.refused(f"the range of {one.name} has only one end", one, "both ends, or none")
        if one.lower is None or one.upper is None:
            if declared is None:
                raise self.refused(f"the range of {one.name} is not said", one, "both ends, or a declared index")
            return [Limit("ge", e.put({one.name: at})) for e in declared.limits]
        lows, highs = self.ends(one.lower, "max"), self.ends(one.upper, "min")
        return [Limit("ge", at * c - a) for a, c in lows] + [Limit("ge", a - at * c) for a, c in highs]

    # --- functions and forms

    def call(self, node: s.Call) -> Poly:
        return call(self.function(node), *(self.poly(a) for a in node.arguments))

    def function(self, node: s.Call) -> str:
        """The name of a function, primes included, as the normal form knows it."""
        name = PRIMES.get((node.function, node.primes), node.function + "'" * node.primes)
        name = ALSO.get(name, name)
        known = name in HEADS or (node.function in self.model.functions)
        if not known:
            raise self.refused(
                f"{name} is not a function of this exercise", node, ", ".join([*HEADS, *self.model.functions])
            )
        arity = HEADS[name].arity if name in HEADS else self.model.functions[node.function]
        if len(node.arguments) != arity:
            raise self.refused(f"{name} takes {arity} argument{'s' * (arity != 1)}", node, f"{arity} of them")
        return name

    def power(self, node: s.Power) -> Poly:
        base, exponent = self.poly(node.of), self.poly(node.exponent)
        if exponent.number is not None:
            return power(base, exponent.number)
        count = None if base.sign == "positive" else whole_count(exponent, self.model.sizes)
        if count is not None:
            return repeated(base, count)
        if base.sign != "positive":
            raise self.refused("a symbolic exponent of something that may be 0 or negative", node.exponent)
        return call("pow", base, exponent)

    def root(self, node: s.Root) -> Poly:
        degree = Fraction(2) if node.degree is None else self.poly(node.degree).number
        if degree is None or degree.denominator != 1 or degree < 2:
            raise self.refused("the degree of a root is a whole number from 2 on", node.degree or node)
        return power(self.poly(node.of), 1 / degree)

    def cases(self, node: s.Cases) -> Poly:
        """Law: the first condition that holds decides."""
        found, remaining = NOTHING, ONE
        for value, condition in node.rows:
            holds = ONE if condition is None else self.holds(whole_condition(condition))
            found = found + times(remaining, holds, self.poly(value))
            remaining = times(remaining, ONE - holds)
        return found


def _quotient(node: s.Node) -> tuple[s.Divide, str] | None:
    """A quotient and how it is rounded: up, down, or not at all."""
    inner, rounded = node, ""
    if isinstance(node, s.Ceiling | s.Floor):
        inner, rounded = node.of, "up" if isinstance(node, s.Ceiling) else "down"
    elif isinstance(node, s.Call) and node.function in ("ceil", "floor"):
        inner, rounded = node.arguments[0], "up" if node.function == "ceil" else "down"
    return (inner, rounded) if isinstance(inner, s.Divide) else None


def whole_condition(condition: s.Node) -> s.Node:
    """Conditions side by side as one."""
    return s.Conjunction(condition.items, condition.span) if isinstance(condition, s.Tuple) else condition


def _sum(polys: Iterable[Poly]) -> Poly:
    return total(polys)


READ: dict[type, Callable[[Resolver, Any], Poly]] = {
    s.Number: lambda r, n: number(n.value),
    s.Reference: Resolver.reference,
    s.Call: Resolver.call,
    s.Minus: lambda r, n: -r.poly(n.of),
    s.Plus: lambda r, n: _sum(r.poly(t) for t in n.terms),
    s.Times: lambda r, n: times(*(r.poly(f) for f in n.factors)),
    s.Divide: lambda r, n: times(r.poly(n.top), power(r.poly(n.bottom), -1)),
    s.Power: Resolver.power,
    s.Root: Resolver.root,
    s.BigOperator: Resolver.big,
    s.PartialDerivative: Resolver.partial,
    s.Delta: lambda r, n: r.comparison(n.left, n.right, "="),
    s.Iverson: lambda r, n: r.holds(n.condition),
    s.Cases: Resolver.cases,
    s.Absolute: lambda r, n: call("abs", r.poly(n.of)),
}
