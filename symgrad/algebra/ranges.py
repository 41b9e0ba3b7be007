"""The order of the sums of one term: each range may use outer indices only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symgrad.algebra.index import Affine, Limit, tighten
from symgrad.errors import Unsupported

Bounds = list[tuple[Affine, Affine]]
Range = tuple[str, Bounds, Bounds]
Ends = tuple[Bounds, Bounds, list[Limit]]

MOST_IMPLIED = 80  # limits added to find an order, before we give up


def arrange(names: list[str], limits: list[Limit]) -> tuple[list[Range], list[Limit]]:
    """An order of sums in which each range uses outer indices only, with pairs (a, c): c*i >= a, c*i <= a.

    The second result are the limits that no range takes up (equations, conditions between indices). Where no index has
    a range of its own, limits that follow from the others give one: i <= k and k <= n-1 give i <= n-1.

    >>> i, k, n = map(Affine.name, "ikn")
    >>> arrange(["i", "k"], [Limit("ge", i), Limit("ge", k - i), Limit("ge", n - 1 - k)])
    ([('i', [(0, 1)], [(n - 1, 1)]), ('k', [(i, 1)], [(n - 1, 1)])], [])
    """
    waiting, rest = list(names), list(limits)
    done: list[Range] = []
    implied: list[Limit] = []
    while waiting:
        found = _next_range(waiting, rest, _range_of) or _next_range(waiting, rest, _range_by_equation)
        found = found or (_next_range(waiting, rest + implied, _range_of) if implied else None)
        if found is None:
            more = [x for x in dict.fromkeys(_implied(waiting, rest + implied)) if x not in (*rest, *implied)]
            if not more or len(implied) + len(more) > MOST_IMPLIED:
                raise Unsupported("a sum whose ranges depend on each other", where=", ".join(waiting))
            implied += more
            continue
        name, (lows, highs, used) = found
        waiting.remove(name)
        rest, implied = [x for x in rest if x not in used], []
        done.append((name, lows, highs))
    return done, rest


def _next_range(
    waiting: list[str], limits: list[Limit], way: Callable[[str, list[Limit]], Ends]
) -> tuple[str, Ends] | None:
    """The first index that has a first and a last value in outer indices, with the limits that say so."""
    for name in waiting:
        inner = set(waiting) - {name}
        ends = way(name, [x for x in limits if x.of.names.isdisjoint(inner)])
        if ends[0] and ends[1]:
            return name, ends
    return None


def _range_by_equation(name: str, limits: list[Limit]) -> Ends:
    """A range in which an equation stands for the ends that were dropped because they follow from it.

    Law: c i = a has the solution a/c where c divides a, and ceiling(a/c) <= i <= floor(a/c) is empty elsewhere.
    """
    lows, highs, used = _range_of(name, limits)
    for limit in limits:
        slope, sign = _side(name, Limit("ge", limit.of))
        if limit.kind == "eq" and sign:
            pair = ((Affine.name(name) * slope - limit.of) * sign, slope * sign)
            return [*lows, pair], [*highs, pair], [*used, limit]
    return lows, highs, used


def _range_of(name: str, limits: list[Limit]) -> Ends:
    lows: Bounds = []
    highs: Bounds = []
    used: list[Limit] = []
    for limit in limits:
        slope, side = _side(name, limit)
        rest = limit.of - slope * Affine.name(name)
        if side > 0:
            lows.append((-rest, slope))
        elif side < 0:
            highs.append((rest, -slope))
        else:
            continue
        used.append(limit)
    return lows, highs, used


def _side(name: str, limit: Limit) -> tuple[Affine, int]:
    """The slope of an index in an inequality, and whether the limit is a first (1) or a last (-1) value of it."""
    slope = limit.of.slope(name)
    if limit.kind != "ge" or not slope.terms or name in slope.names:
        return slope, 0
    if all(c > 0 for _, c in slope.terms):
        return slope, 1
    return slope, -1 if all(c < 0 for _, c in slope.terms) else 0


def _implied(waiting: list[str], limits: list[Limit]) -> Iterator[Limit]:
    """Law (Fourier, Motzkin): c*i >= a and d*i <= b give c*b >= d*a, for c, d > 0."""
    for name in waiting:
        sides = [(*_side(name, x), x.of) for x in limits if name in x.of.names]
        for low_slope, low_side, low in sides:
            for high_slope, high_side, high in sides:
                if low_side > 0 and high_side < 0:
                    found = tighten(Limit("ge", low * -high_slope + high * low_slope))
                    if isinstance(found, Limit) and not found.of.names.isdisjoint(waiting):
                        yield found
