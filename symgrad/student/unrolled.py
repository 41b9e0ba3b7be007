r"""A formula at given sizes: sums, products, powers and binomials written out, names left as they are.

Two formulas that are one polynomial at these sizes are equal there for all values of their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from math import comb, factorial
from typing import Any

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import NOTHING, ONE, call, number, power, times
from symgrad.algebra.records import Poly
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.errors import ReadError, Unsupported
from symgrad.read import syntax as s
from symgrad.read.ends import with_ends
from symgrad.read.resolve import Resolver
from symgrad.student.series import ahead, series, shared

MOST_STEPS = 2000
MOST_POWER = 64
FAR = 40  # a size at which the direction of dots shows


class Unrolled(Resolver):
    """Reads one tree at sizes and free indices `at`; `values`: numbers in place of names."""

    def __init__(self, text: str, model: Model, at: Mapping[str, int], values: Mapping[str, Poly]) -> None:
        super().__init__(text, model, "")
        self.at, self.values, self.steps = dict(at), values, 0

    def poly(self, node: s.Node) -> Poly:
        row = AT_SIZES.get(type(node))
        return row(self, node) if row is not None else super().poly(node)

    def reference(self, node: s.Reference) -> Poly:
        if node.code in self.at and not node.indices:
            return number(self.at[node.code])
        if node.code in self.values and not node.indices:
            return self.values[node.code]
        return super().reference(node)

    def whole(self, node: s.Node) -> int:
        """A whole number. Raises ReadError."""
        found = self.poly(node).number
        if found is None or found.denominator != 1:
            raise self.refused("a whole number is expected", node)
        return int(found)

    def index(self, node: s.Node) -> Affine:
        return Affine.number(self.whole(node))

    def stepped(self, node: s.BigOperator) -> Iterator[None]:
        """Runs over the values of the bound names."""
        node = with_ends(node)
        if node.conditions:
            raise self.refused("a condition under a sum of this kind", node, "both ends")
        before = dict(self.at)
        yield from self._runs(node.bounds)
        self.at = before

    def _runs(self, bounds: tuple[s.Bound, ...]) -> Iterator[None]:
        if not bounds:
            yield None
            return
        for value in self._values(bounds[0]):
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Unsupported("a sum with too many terms", where=self.text[:80])
            self.at[bounds[0].name] = value
            yield from self._runs(bounds[1:])

    def _values(self, one: s.Bound) -> range | list[int]:
        if one.lower is not None and one.upper is not None:
            return range(self.whole(one.lower), self.whole(one.upper) + 1)
        index = self.model.indices.get(one.name)
        if index is None:
            raise self.refused(f"the range of {one.name} is not said", one, "both ends, or a declared index")
        sizes = {n: v for n, v in self.at.items() if n in self.model.sizes}
        return [p for (p,) in points([one.name], [Limit("ge", x) for x in index.limits], sizes)]


def _big(r: Unrolled, node: s.BigOperator) -> Poly:
    if node.operator not in ("sum", "prod"):
        raise r.refused(f"{node.operator} is not written out", node)
    found = NOTHING if node.operator == "sum" else ONE
    for _ in r.stepped(node):
        found = found + r.poly(node.body) if node.operator == "sum" else times(found, r.poly(node.body))
    return found


def _power(r: Unrolled, node: s.Power) -> Poly:
    exponent = r.poly(node.exponent).number
    if exponent is None or abs(exponent) > MOST_POWER:
        raise Unsupported("a power that is not written out", where=r.text[:80], expected=f"at most {MOST_POWER}")
    return power(r.poly(node.of), exponent)


def _plus(r: Unrolled, node: s.Plus) -> Poly:
    if any(isinstance(t, s.Dots) for t in node.terms):
        return r.poly(series(node, r.refused, r.model.sizes))
    found = NOTHING
    for term in node.terms:
        found = found + r.poly(term)
    return found


def _times(r: Unrolled, node: s.Times) -> Poly:
    at = next((n for n, f in enumerate(node.factors) if isinstance(f, s.Dots)), None)
    if at is None:
        return times(*map(r.poly, node.factors))
    if not 0 < at < len(node.factors) - 1:
        raise r.refused("dots stand between two factors", node, r"a_1 \cdots a_n")
    start, stop = _reach(node.factors, at, r, -1), _reach(node.factors, at, r, 1)
    first, last = node.factors[start], node.factors[stop]
    found: set[tuple[s.Node, s.Node]] = set()
    if shared(first, last, found) is None or not found:
        raise r.refused("the factors around the dots are not one formula at two places", node, r"a_1 \cdots a_n")
    before, after = node.factors[:start], node.factors[stop + 1 :]
    inner = [_moved(first, found, r, k) for k in range(_count(found, r))]
    return times(*map(r.poly, (*before, *inner, *after)))


def _reach(factors: tuple[s.Node, ...], dots: int, r: Unrolled, way: int) -> int:
    """The factor farthest from the dots that goes on as those beside them do: a_1 a_2 \\cdots a_n begins at a_1."""
    at = dots + way
    step: int | None = None
    while 0 <= at + way < len(factors):
        pair = (factors[at + way], factors[at])
        steps = {ahead(*places) for places in _places(*(pair if way < 0 else pair[::-1]))}
        if len(steps) != 1 or not steps <= {1, -1} or step not in (None, *steps):
            break
        (step,), at = steps, at + way
    return at


def _places(one: s.Node, other: s.Node) -> Iterator[tuple[s.Node, s.Node]]:
    """The indices of two factors of one form, place by place; a pair without a distance where the forms differ."""
    if isinstance(one, s.Reference) and isinstance(other, s.Reference) and one.code == other.code:
        yield from zip(one.indices, other.indices, strict=False)
        return
    mine, theirs = list(s.children(one)), list(s.children(other))
    if type(one) is not type(other) or len(mine) != len(theirs) or not mine:
        yield one, s.Plus((other, s.Reference("~")))
        return
    for a, b in zip(mine, theirs, strict=True):
        if not isinstance(a, s.Bound) and not isinstance(b, s.Bound):
            yield from _places(a, b)


def _far(r: Unrolled) -> Unrolled:
    """The same reader at large sizes, the free indices where they are."""
    at = {n: FAR if n in r.model.sizes else v for n, v in r.at.items()}
    return Unrolled(r.text, r.model, {n: 1 if n in r.model.indices else v for n, v in at.items()}, r.values)


def _count(found: set[tuple[s.Node, s.Node]], r: Unrolled) -> int:
    """How many factors dots stand for, the first and the last with them; none where the range is empty."""
    turns = {_turn(pair, r) for pair in found}
    gaps = {(r.whole(high) - r.whole(low)) * _turn((low, high), r) for low, high in found}
    if len(turns) != 1 or len(gaps) != 1:
        raise ReadError("the places around the dots do not go together", text=r.text)
    return max(0, gaps.pop() + 1)


def _turn(pair: tuple[s.Node, s.Node], r: Unrolled) -> int:
    far = _far(r)
    return 1 if far.whole(pair[1]) >= far.whole(pair[0]) else -1


def _moved(node: Any, found: set[tuple[s.Node, s.Node]], r: Unrolled, step: int) -> Any:
    """A factor some steps further on."""
    for low, high in found:
        if node == low:
            value = r.whole(low) + step * _turn((low, high), r)
            size = s.Number(str(abs(value)), low.span)
            return size if value >= 0 else s.Minus(size, low.span)
    if isinstance(node, tuple):
        return tuple(_moved(x, found, r, step) for x in node)
    if not isinstance(node, s.Node):
        return node
    return replace(
        node, **{f.name: _moved(getattr(node, f.name), found, r, step) for f in fields(node) if f.name != "span"}
    )


def _counted(r: Unrolled, node: s.Binomial) -> Poly:
    n, k = r.whole(node.top), r.whole(node.bottom)
    if not 0 <= n <= MOST_POWER:
        raise Unsupported("a binomial that is not written out", where=r.text[:80])
    return number(comb(n, k) if k >= 0 else 0)


def _factorial(r: Unrolled, node: s.Factorial) -> Poly:
    n = r.whole(node.of)
    if not 0 <= n <= MOST_POWER:
        raise Unsupported("a factorial that is not written out", where=r.text[:80])
    return number(factorial(n))


def _call(r: Unrolled, node: s.Call) -> Poly:
    """Gates of numbers are numbers; other functions stay."""
    name = r.function(node)
    arguments = [r.poly(a) for a in node.arguments]
    value = arguments[0].number if len(arguments) == 1 else None
    if value is not None and name in ("relu", "step"):
        return number(max(value, Fraction(0)) if name == "relu" else int(value > 0))
    return call(name, *arguments)


AT_SIZES: dict[type, Callable[[Unrolled, Any], Poly]] = {
    s.Reference: Unrolled.reference,
    s.BigOperator: _big,
    s.Power: _power,
    s.Plus: _plus,
    s.Times: _times,
    s.Binomial: _counted,
    s.Factorial: _factorial,
    s.Call: _call,
}
