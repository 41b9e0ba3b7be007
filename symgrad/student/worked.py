"""A formula worked out in exact numbers: the value of every node, one row a node. Nothing is executed.

Names stand for the numbers that are attached to them. What has no number, or would take too long, is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import comb, factorial
from typing import Any, NamedTuple

from symgrad.check.enclose import Between
from symgrad.check.points import Point
from symgrad.errors import ReadError, Unsupported
from symgrad.read import syntax as s
from symgrad.student import exact as x
from symgrad.student.exact import Array
from symgrad.student.whole import DoesNotConform

MOST_STEPS = 20_000  # terms of all sums and products together
LARGEST = 1000  # of a factorial, or above a binomial
ZERO, ONE = Between.of(0), Between.of(1)


class Known(NamedTuple):
    """The entries of a name; `row`: whether a vector is declared as a row."""

    entries: Mapping[Point, Between]
    row: bool = False


Numbers = Callable[[str], Known | None]  # None: the name has no numbers


class Worked:
    """Works out one tree. `numbers` has the values of names, and `at` those of bound indices."""

    def __init__(self, text: str, numbers: Numbers) -> None:
        self.text, self.numbers = text, numbers
        self.at: dict[str, Between] = {}
        self.steps = 0

    def array(self, node: s.Node) -> Array:
        """The value of a node. Raises ReadError, Unsupported, DoesNotConform."""
        row = VALUE.get(type(node))
        if row is None:
            raise self.refused(f"{type(node).__name__} has no value in numbers", node)
        return row(self, node)

    def number(self, node: s.Node) -> Between:
        found = self.array(node)
        if not found.is_number:
            raise self.refused(f"{found.said} where a number is expected", node)
        return found.number

    def whole(self, node: s.Node) -> int:
        """A whole number."""
        found = self.number(node)
        if not found.exact or found.low.denominator != 1:
            raise self.refused("a whole number is expected", node)
        return int(found.low)

    def refused(self, what: str, node: s.Node | s.Bound, expected: str = "") -> ReadError:
        return ReadError(what, text=self.text, caret=node.span[0], expected=expected)

    def known(self, node: s.Reference) -> Known:
        found = self.numbers(node.code)
        if found is None:
            raise self.refused(f"{node.code} has no number here", node, "numbers")
        return found

    def stepped(self, node: s.BigOperator) -> Iterator[None]:
        """Runs over all values of the bound names of a sum or product."""
        if any(b.lower is None or b.upper is None for b in node.bounds) or node.conditions:
            raise self.refused("the ends of the sum are not said", node, r"both ends, as in \sum_{k=0}^{3}")
        before = dict(self.at)
        yield from self._runs(node.bounds)
        self.at = before

    def _runs(self, bounds: tuple[s.Bound, ...]) -> Iterator[None]:
        if not bounds:
            yield None
            return
        one, *rest = bounds
        assert one.lower is not None and one.upper is not None
        low, high = self.whole(one.lower), self.whole(one.upper)
        for value in range(low, high + 1):
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Unsupported("a sum with too many terms", where=self.text[:80], expected=f"at most {MOST_STEPS}")
            self.at[one.name] = Between.of(value)
            yield from self._runs(tuple(rest))


def _number(w: Worked, node: s.Number) -> Array:
    mantissa, _, exponent = node.text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return x.of(node.value, decimals if not exponent else None)


def _minus(w: Worked, node: s.Minus) -> Array:
    found = w.array(node.of)
    return Array(found.each(lambda v: Between.of(-1) * v).cells, found.loose, found.places)


def _plus(w: Worked, node: s.Plus) -> Array:
    found = w.array(node.terms[0])
    for term in node.terms[1:]:
        found = x.plus(found, w.array(term))
    return found


JOINS: dict[str, Callable[[Array, Array], Array]] = {"*": x.hadamard, "cdot": x.dotted}


def _times(w: Worked, node: s.Times) -> Array:
    found = w.array(node.factors[0])
    for sign, factor in zip(node.signs, node.factors[1:], strict=True):
        found = JOINS.get(sign, x.product)(found, w.array(factor))
    return found


def _power(w: Worked, node: s.Power) -> Array:
    base, exponent = w.array(node.of), w.number(node.exponent)
    if not exponent.exact:
        raise w.refused("an exponent that is no fraction", node.exponent)
    if not base.is_number:
        raise w.refused(f"a power of {base.said}", node)
    return x.of(x.powered(base.number, exponent.low))


def _entrywise_power(w: Worked, node: s.EntrywisePower) -> Array:
    exponent = w.number(node.exponent)
    if not exponent.exact:
        raise w.refused("an exponent that is no fraction", node.exponent)
    return w.array(node.of).each(lambda one: x.powered(one, exponent.low))


def _root(w: Worked, node: s.Root) -> Array:
    degree = 2 if node.degree is None else w.whole(node.degree)
    if degree < 1:
        raise w.refused("the degree of a root is a whole number from 1 on", node)
    return x.of(x.powered(w.number(node.of), Fraction(1, degree)))


def _reference(w: Worked, node: s.Reference) -> Array:
    if node.code in w.at:
        return x.of(w.at[node.code])
    known = w.known(node)
    if node.indices:
        place = tuple(w.whole(i) for i in node.indices)
        if place not in known.entries:
            raise w.refused(f"{node.code} has no entry {', '.join(map(str, place))}", node)
        return x.of(known.entries[place])
    return arranged(known, w.text)


def arranged(known: Known, where: str) -> Array:
    """All entries of a name in rows and columns."""
    places = sorted(known.entries)
    depth = len(places[0]) if places else 0
    if depth > 2 or not places:
        raise Unsupported("more than rows and columns", where=where[:80], expected="a number, a vector or a matrix")
    if depth == 0:
        return x.of(known.entries[()])
    if depth == 1:
        column = Array(tuple((known.entries[p],) for p in places))
        return column.T if known.row else column
    rows = sorted({p[0] for p in places})
    return Array(tuple(tuple(known.entries[p] for p in places if p[0] == r) for r in rows))


def _tuple(w: Worked, node: s.Tuple) -> Array:
    found = [w.array(i) for i in node.items]
    if not all(f.is_number for f in found):
        raise w.refused("a tuple of numbers is expected", node)
    return Array(tuple((f.number,) for f in found), True, tuple(f.places[0] if f.places else (None,) for f in found))


def _matrix(w: Worked, node: s.Matrix) -> Array:
    rows = [[w.array(i) for i in row] for row in node.rows]
    if not all(f.is_number for row in rows for f in row):
        raise w.refused("a matrix of numbers is expected", node)
    places = tuple(tuple(f.places[0][0] if f.places else None for f in row) for row in rows)
    return Array(tuple(tuple(f.number for f in row) for row in rows), places=places)


def _rounded(change: Callable[[Fraction], int]) -> Callable[[Worked, Any], Array]:
    def value(w: Worked, node: Any) -> Array:
        found = w.number(node.of)
        ends = {change(found.low), change(found.high)}
        if len(ends) > 1:
            raise Unsupported("a number too close to a whole one to round", where=w.text[:80])
        return x.of(ends.pop())

    return value


def _big(w: Worked, node: s.BigOperator) -> Array:
    if node.operator not in ("sum", "prod"):
        raise w.refused(f"{node.operator} has no value in numbers", node)
    total = ZERO if node.operator == "sum" else ONE
    for _ in w.stepped(node):
        value = w.number(node.body)
        total = x.kept(total + value if node.operator == "sum" else total * value)
    return x.of(total)


def _factorial(w: Worked, node: s.Factorial) -> Array:
    n = w.whole(node.of)
    if not 0 <= n <= LARGEST:
        raise Unsupported("a factorial of this number is not worked out", where=str(n)[:20], expected=f"0 to {LARGEST}")
    return x.of(x.kept(Between.of(factorial(n))))


def _binomial(w: Worked, node: s.Binomial) -> Array:
    n, k = w.whole(node.top), w.whole(node.bottom)
    if not 0 <= n <= LARGEST:
        raise Unsupported("a binomial of this number is not worked out", where=str(n)[:20], expected=f"0 to {LARGEST}")
    return x.of(x.kept(Between.of(comb(n, k) if k >= 0 else 0)))


def _sign_known(value: Between) -> int:
    if value.low > 0 or value.exact:
        return (value.low > 0) - (value.low < 0)
    if value.high < 0:
        return -1
    raise Unsupported("a number that cannot be told from 0", where="the arithmetic")


ENTRYWISE: dict[str, Callable[[Between], Between]] = {
    "log": Between.log,
    "relu": lambda v: v if _sign_known(v) > 0 else ZERO,
    "step": lambda v: ONE if _sign_known(v) > 0 else ZERO,
    "heaviside": lambda v: ONE if _sign_known(v) > 0 else ZERO,
    "sign": lambda v: Between.of(_sign_known(v)),
    "sqrt": lambda v: x.powered(v, Fraction(1, 2)),
    "abs": Between.size,
}
PRIMED = {"relu": "step"}


def _call(w: Worked, node: s.Call) -> Array:
    name = PRIMED.get(node.function, "") if node.primes == 1 else node.function if not node.primes else ""
    if node.function in ("floor", "ceil"):
        inner = (s.Floor if node.function == "floor" else s.Ceiling)(node.arguments[0], node.span)
        return w.array(inner)
    if node.function in ("max", "min") and len(node.arguments) > 1:
        return _chosen(w, node)
    if name not in ENTRYWISE or len(node.arguments) != 1:
        raise Unsupported(
            f"{node.function} is not worked out exactly", where=w.text[:80], expected=", ".join(ENTRYWISE)
        )
    return w.array(node.arguments[0]).each(ENTRYWISE[name])


def _chosen(w: Worked, node: s.Call) -> Array:
    best = w.number(node.arguments[0])
    for argument in node.arguments[1:]:
        other = w.number(argument)
        ahead = _sign_known(other + Between.of(-1) * best)
        best = other if (ahead > 0) == (node.function == "max") and ahead else best
    return x.of(best)


def _iverson(w: Worked, node: s.Iverson) -> Array:
    condition = node.condition
    if not isinstance(condition, s.Relation):
        raise w.refused("a relation is expected", node)
    return x.of(int(all(holds(w.number(a), r, w.number(b)) for a, r, b in pairs(condition))))


def pairs(relation: s.Relation) -> Iterator[tuple[s.Node, str, s.Node]]:
    """The links of a chain of relations."""
    yield from zip(relation.items, relation.relations, relation.items[1:], strict=False)


def holds(left: Between, relation: str, right: Between) -> bool:
    """Whether a relation between numbers holds. Raises Unsupported where their enclosures leave it open."""
    if left.exact and right.exact:
        sign = (left.low > right.low) - (left.low < right.low)
    elif left.low > right.high or left.high < right.low:
        sign = 1 if left.low > right.high else -1
    else:
        raise Unsupported("two numbers that agree to 40 digits", where="the arithmetic")
    return sign in SIGN[relation]


SIGN = {"=": (0,), "!=": (1, -1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0)}

VALUE: dict[type, Callable[[Worked, Any], Array]] = {
    s.Number: _number,
    s.Reference: _reference,
    s.Minus: _minus,
    s.Plus: _plus,
    s.Times: _times,
    s.Divide: lambda w, n: x.over(w.array(n.top), w.array(n.bottom)),
    s.Power: _power,
    s.EntrywisePower: _entrywise_power,
    s.Root: _root,
    s.Call: _call,
    s.Hadamard: lambda w, n: x.hadamard(w.array(n.left), w.array(n.right)),
    s.MatrixProduct: lambda w, n: x.dotted(w.array(n.left), w.array(n.right)),
    s.Outer: lambda w, n: x.outer(w.array(n.left), w.array(n.right)),
    s.Transpose: lambda w, n: w.array(n.of).T,
    s.Tuple: _tuple,
    s.Matrix: _matrix,
    s.Absolute: lambda w, n: w.array(n.of).each(Between.size),
    s.Floor: _rounded(lambda v: v.__floor__()),
    s.Ceiling: _rounded(lambda v: v.__ceil__()),
    s.BigOperator: _big,
    s.Factorial: _factorial,
    s.Binomial: _binomial,
    s.Iverson: _iverson,
}

__all__ = ["DoesNotConform", "Known", "Numbers", "Worked", "arranged", "holds", "pairs"]
