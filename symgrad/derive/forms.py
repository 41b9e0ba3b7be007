"""Other forms of an answer: case by case where a delta stands in it, and with a reversed index as a correlation."""

from __future__ import annotations

from collections.abc import Iterator

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import build, lone, opened, put, renamed, replace
from symgrad.algebra.records import Atom, Base, Poly, Ref, walk
from symgrad.derive.look import factored


def deltas(poly: Poly) -> tuple[Limit, ...]:
    """The equations between free indices on which terms depend, at the outside or inside brackets."""
    found: dict[Limit, None] = {}
    for term in [*poly.terms, *(t for a, _ in walk(poly) if isinstance(a, Base) for t in a.poly.terms)]:
        for limit in term.limits:
            if limit.kind == "eq" and limit.of.names <= poly.names and not term.bound:
                found[limit] = None
    return tuple(found)


def split_cases(poly: Poly, context: Context) -> tuple[Limit, Poly, Poly] | None:
    """(equation, value where it holds, value where it does not) of an answer with exactly one delta.

    Law: [i = j] is 1 where i = j, else 0.
    """
    found = deltas(poly)
    if len(found) != 1:
        return None
    (limit,) = found
    last = max(
        (m[0] for m, c in limit.of.terms if len(m) == 1 and abs(c) == 1), key=list(context.ranges).index, default=""
    )
    if not last:
        return None
    slope = limit.of.slope(last).constant
    value = (Affine.name(last) * slope - limit.of) * slope
    holds = factored(contract(put(poly, {last: value}), context))
    return limit, holds, factored(_without(poly, limit))


def _without(poly: Poly, limit: Limit) -> Poly:
    """The poly where the terms under a delta are 0."""
    kept = Poly(t for t in poly.terms if limit not in t.limits)

    def change(atom: Atom) -> Poly | None:
        if isinstance(atom, Base) and any(limit in t.limits for t in atom.poly.terms):
            return Poly(t for t in atom.poly.terms if limit not in t.limits)
        return None

    return replace(kept, change)


def correlation(poly: Poly, sizes: frozenset[str]) -> Poly | None:
    """A sum in which one factor runs forwards and another backwards, with its indices reversed; None if there is none.

    Law: a sum over k = 0..K-1 does not change when k is replaced by K-1-k. So a convolution, g[p-k] w[k], becomes a
    correlation with the kernel reversed, g[p-(K-1)+k] w[K-1-k].
    """
    term = poly.sole
    if term is None or not term.bound:
        return None
    coefficient, factors, bound, limits = opened(term)
    turned: dict[str, Affine] = {}
    for name in bound:
        slopes = {index.slope(name).constant for index in _indices(factors) if name in index.names}
        ends = [x.of + Affine.name(name) for x in limits if x.of.slope(name) == Affine.number(-1)]
        last = [e for e in ends if (e + 1).sole in sizes]
        if slopes == {1, -1} and last and Limit("ge", Affine.name(name)) in limits:
            turned[name] = last[0] - Affine.name(name)
    if not turned:
        return None
    new = [(renamed(a, turned) if isinstance(a, Atom) else put(a, turned), p) for a, p in factors]
    return build(coefficient, new, bound, [x.put(turned) for x in limits])


def _indices(factors: list) -> Iterator[Affine]:
    for atom, _ in factors:
        for ref, _ in walk(lone(atom)):
            if isinstance(ref, Ref):
                yield from ref.indices
