"""The order of the sums of one term: each range may use outer indices only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from symgrad.algebra.index import Affine, Context, Limit, tighten
from symgrad.errors import Unsupported

Bounds = list[tuple[Affine, Affine]]
Range = tuple[str, Bounds, Bounds]
Ends = tuple[Bounds, Bounds, list[Limit]]

MOST_IMPLIED = 80  # limits added to find an order, before we give up


def arrange(names: list[str], limits: list[Limit], context: Context) -> tuple[list[Range], list[Limit]]:
    """An order of sums in which each range uses outer indices only, with pairs (a, c): c*i >= a, c*i <= a.

    The second result are the limits that no range takes up (equations, conditions between indices). Where no index has
    a range of its own, limits that follow from the others give one: i <= k and k <= n-1 give i <= n-1.

    >>> i, k, n = map(Affine.name, "ikn")
    >>> arrange(["i", "k"], [Limit("ge", i), Limit("ge", k - i), Limit("ge", n - 1 - k)], Context())
    ([('i', [(0, 1)], [(n - 1, 1)]), ('k', [(i, 1)], [(n - 1, 1)])], [])
    """
    ranges, rest = _ordered(names, limits)
    return _tight(ranges, context), rest


def _tight(ranges: list[Range], context: Context) -> list[Range]:
    """Outer ranges without the values for which an inner range is short of empty: it ends before its start - 1.

    Law: S_{i=0..n-1} S_{j=q..i} = S_{i=q..n-1} S_{j=q..i} for q >= 0.
    """
    found = list(ranges)
    for n in reversed(range(len(ranges))):
        _, lows, highs = found[n]
        for low, high in ((a, b) for a in lows for b in highs if a != b):
            length = high[0] * low[1] - low[0] * high[1]
            outer = [k for k in range(n) if found[k][0] in length.names]
            if outer and not context.proves(length + low[1] * high[1], ends(found[:n])):
                found[outer[-1]] = _shortened(found[outer[-1]], Limit("ge", length), context)
    return found


def _shortened(old: Range, condition: Limit, context: Context) -> Range:
    """A range with an end replaced by a condition that says more; as it was where that is no end of it."""
    name, lows, highs = old
    new_lows, new_highs, used = _range_of(name, [condition])
    if not used or (new_lows + new_highs)[0][1] != Affine.number(1):
        return old

    def kept(range_: Range) -> bool:
        return not all(context.proves(of, [condition.of]) for of in ends([range_]))

    more_lows = [p for p in lows if kept((name, [p], []))]
    more_highs = [p for p in highs if kept((name, [], [p]))]
    if len(more_lows) + len(more_highs) == len(lows) + len(highs):
        return old
    return name, more_lows + new_lows, more_highs + new_highs


def ends(ranges: Iterable[Range]) -> list[Affine]:
    """What is >= 0 within ranges."""
    found = []
    for name, lows, highs in ranges:
        found += [Affine.name(name) * c - a for a, c in lows] + [a - Affine.name(name) * c for a, c in highs]
    return found


def _ordered(names: list[str], limits: list[Limit]) -> tuple[list[Range], list[Limit]]:
    """The order of `arrange`, each range as it is given."""
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
