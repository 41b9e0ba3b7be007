"""The integer points of a range: every assignment of bound indices at which all limits hold.

Plain enumeration: a finite box by interval propagation, then index by index, and every limit tested at the end. Nothing
is assumed about where a range starts; a range without points is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from math import gcd, inf, prod
from typing import NamedTuple

from symgrad.algebra.index import Limit
from symgrad.errors import Unsupported

Point = tuple[int, ...]
Box = dict[str, tuple[float, float]]  # integers, or -inf and inf where nothing is known

MOST_PASSES = 60  # of one propagation; a box that is not the smallest costs time and nothing else
MOST_ROWS = 600  # limits made by adding two limits, before we give up


class Row(NamedTuple):
    """A limit in which all outer names are numbers: constant + sum of slope * index, `kind` as in Limit."""

    kind: str
    constant: int
    slopes: tuple[tuple[str, int], ...]

    def holds(self, at: Mapping[str, int]) -> bool:
        value = self.constant
        for name, slope in self.slopes:
            value += slope * at[name]
        return value >= 0 if self.kind == "ge" else (value == 0) == (self.kind == "eq")


def points(bound: Iterable[str], limits: Iterable[Limit], outer: Mapping[str, int]) -> list[Point]:
    """All values of the bound indices within the limits, in order; `outer` gives every other name.

    >>> from symgrad.algebra.index import Affine
    >>> i, k = Affine.name("i"), Affine.name("k")
    >>> points(["i", "k"], [Limit("eq", 2 * i + k - 3), Limit("ge", k), Limit("ge", i)], {})
    [(0, 3), (1, 1)]
    >>> points(["i"], [Limit("ge", i), Limit("ge", -i - 1)], {})
    []
    """
    bound = tuple(bound)
    rows = [_row(limit, bound, outer) for limit in limits]
    if not all(row.holds({}) for row in rows if not row.slopes):
        return []
    sides = [side for row in rows for side in _sides(row)]
    box = _finite_box(bound, sides)
    if box is None:
        return []
    coupled = [side for side in sides if len(side.slopes) > 1]
    return [at for at in _within(bound, box, coupled) if _all_hold(rows, bound, at)]


def _all_hold(rows: list[Row], bound: tuple[str, ...], at: Point) -> bool:
    named = dict(zip(bound, at, strict=True))
    return all(row.holds(named) for row in rows)


def _row(limit: Limit, bound: tuple[str, ...], outer: Mapping[str, int]) -> Row:
    constant, slopes = 0, dict.fromkeys(bound, 0)
    for monomial, coefficient in limit.of.terms:
        own = [name for name in monomial if name in slopes]
        value = coefficient * prod(outer[name] for name in monomial if name not in slopes)
        if len(own) > 1:
            raise Unsupported("a range that is not affine in its indices", where=f"{limit.of} {limit.kind} 0")
        if own:
            slopes[own[0]] += value
        else:
            constant += value
    return Row(limit.kind, constant, tuple((name, slope) for name, slope in slopes.items() if slope))


def _sides(row: Row) -> Iterator[Row]:
    """The inequalities a limit stands for: an equation is two of them, `ne` none."""
    if row.kind != "ne":
        yield Row("ge", row.constant, row.slopes)
    if row.kind == "eq":
        yield Row("ge", -row.constant, tuple((name, -slope) for name, slope in row.slopes))


def _finite_box(bound: tuple[str, ...], sides: list[Row]) -> Box | None:
    """A box that holds every point, None where there is none.

    Where propagation leaves an index without end, limits are added in pairs (Fourier, Motzkin) and it is tried again.
    """
    for _ in range(len(bound) + 1):
        box = _narrowed(dict.fromkeys(bound, (-inf, inf)), sides)
        endless = [name for name, (low, high) in box.items() if low == -inf or high == inf] if box else []
        if not endless:
            return box
        sides = _with_sums(sides)
    raise Unsupported("a sum without end", where=f"index {endless[0]}", expected="a first and a last value of each")


def _narrowed(box: Box, sides: list[Row]) -> Box | None:
    """The box after propagation; None when it is empty. Law: slope*i + rest >= 0 gives slope*i >= -(greatest rest)."""
    if any(row.constant < 0 for row in sides if not row.slopes):
        return None
    box = dict(box)
    for _ in range(MOST_PASSES):
        before = dict(box)
        for _, constant, slopes in sides:
            most = [(name, slope, slope * box[name][slope > 0]) for name, slope in slopes]
            for name, slope, _ in most:
                rest = constant + sum(value for other, _, value in most if other != name)
                if rest == inf:
                    continue
                low, high = box[name]
                box[name] = (max(low, -(rest // slope)), high) if slope > 0 else (low, min(high, rest // -slope))
                if box[name][0] > box[name][1]:
                    return None
        if box == before:
            break
    return box


def _with_sums(sides: list[Row]) -> list[Row]:
    """The inequalities and every sum of two of them in which an index drops out; of parallel ones the tightest."""
    found: dict[tuple[tuple[str, int], ...], int] = {}
    for row in [*sides, *(s for a, b in combinations(sides, 2) for s in _without_one(a, b))]:
        divisor = gcd(*(slope for _, slope in row.slopes)) or 1
        slopes = tuple((name, slope // divisor) for name, slope in row.slopes)
        found[slopes] = min(row.constant // divisor, found.get(slopes, row.constant // divisor))
        if len(found) > MOST_ROWS:
            raise Unsupported("a range that is too entangled to enumerate", where=f"{len(sides)} limits")
    return [Row("ge", constant, slopes) for slopes, constant in found.items()]


def _without_one(a: Row, b: Row) -> Iterator[Row]:
    theirs = dict(b.slopes)
    for name, slope in a.slopes:
        if slope * theirs.get(name, 0) < 0:
            p, q = abs(theirs[name]), abs(slope)
            total = {n: p * c for n, c in a.slopes}
            for n, c in b.slopes:
                total[n] = total.get(n, 0) + q * c
            yield Row("ge", p * a.constant + q * b.constant, tuple((n, c) for n, c in sorted(total.items()) if c))


def _within(bound: tuple[str, ...], box: Box, coupled: list[Row]) -> Iterator[Point]:
    """The integer points of a box, index by index; after each choice the box of the rest is narrowed again."""
    if not bound:
        yield ()
        return
    name, rest = bound[0], bound[1:]
    for value in range(int(box[name][0]), int(box[name][1]) + 1):
        inner = _narrowed({**box, name: (value, value)}, coupled) if rest else box
        if inner is not None:
            for at in _within(rest, inner, coupled):
                yield (value, *at)
