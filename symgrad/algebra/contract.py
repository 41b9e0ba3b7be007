"""Contraction: equations between indices are solved, limits that say nothing are dropped, empty sums vanish.

Exact: a range is never dropped unless it is proved to follow from the others, and a sum over an empty range is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from symgrad.algebra.index import Affine, Context, Limit, tighten
from symgrad.algebra.normal import (
    NOTHING,
    Factor,
    as_atom,
    build,
    index_value,
    mapped,
    opened,
    opened_reduction,
    put,
    put_atom,
    reduction,
)
from symgrad.algebra.records import Atom, Poly, Reduction, Ref, Term, inside


def contract(poly: Poly, context: Context, first: frozenset[str] = frozenset()) -> Poly:
    """Every term contracted, inner sums included; the value is unchanged wherever the context holds.

    Where an equation gives either of two bound indices, one that stands in a reference named in `first` is eliminated.
    """
    if not any(_has_limits(term) for term in poly.terms):
        return poly
    key = (poly, first)
    if key not in context.memo:
        context.memo[key] = Poly(t for term in poly.terms for t in _contract_term(term, context, first))
    return context.memo[key]


def _has_limits(term: Term) -> bool:
    """Whether there is anything to contract, at any depth: below a sum or reduction there are its limits."""
    return bool(term.limits or term.height) or any(
        _has_limits(t) for atom, _ in term.factors for poly in inside(atom) for t in poly.terms
    )


def _contract_term(term: Term, context: Context, first: frozenset[str]) -> tuple[Term, ...]:
    if not _has_limits(term):
        return (term,)
    coefficient, factors, bound, limits = opened(term)
    inner: list[Factor] = [(_contract_inside(a, context), p) for a, p in factors]
    return contract_parts(coefficient, inner, bound, limits, context, first).terms


def _contract_inside(atom: Atom | Poly, context: Context) -> Atom | Poly:
    if isinstance(atom, Poly):
        return contract(atom, context)
    if isinstance(atom, Reduction):
        body, index, limits = opened_reduction(atom)
        pruned = prune([index], limits, context)
        return reduction(atom.function, contract(body, context), index, limits if pruned is None else pruned, atom.at)
    return mapped(atom, lambda p: contract(p, context))


def contract_parts(
    coefficient: Fraction,
    factors: Iterable[Factor],
    bound: Iterable[str],
    limits: Iterable[Limit],
    context: Context,
    first: frozenset[str] = frozenset(),
    plain: bool = False,
) -> Poly:
    """Contracts open parts, whose bound names are fresh; `plain` solves only equations between two single indices."""
    factors, bound, limits = list(factors), list(bound), list(limits)
    leading = frozenset().union(*(a.names for a, _ in factors if isinstance(a, Ref) and a.name in first))
    bound.sort(key=lambda name: name not in leading)
    while True:
        settled = [tighten(x) for x in limits]
        if False in settled:
            return NOTHING
        limits = list(dict.fromkeys(x for x in settled if isinstance(x, Limit)))
        found = _solvable(bound, limits, plain) or (None if plain else _single(bound, limits))
        if found is None:
            break
        name, value, equation = found
        limits = [x.put({name: value}) for x in limits if x is not equation]
        factors = [(_put(a, {name: value}), p) for a, p in factors]
        bound.remove(name)
    pruned = prune(bound, limits, context)
    if pruned is None:
        return NOTHING
    factors, tied = _at_delta(factors, bound, pruned, context)
    factors, tied = _attained(factors, bound, tied, context)
    return _lengths(coefficient, factors, bound, tied, context)


def _single(bound: list[str], limits: list[Limit]) -> tuple[str, Affine, Limit] | None:
    """A bound index that has one value, as that of an axis of length 1: a <= b <= a is b = a."""
    ends = {x.of for x in limits if x.kind == "ge"}
    for x in limits:
        name = next((n for n in bound if x.of.slope(n) == Affine.number(1)), "")
        if x.kind == "ge" and name and -x.of in ends:
            return name, Affine.name(name) - x.of, x
    return None


def _put(factor: Atom | Poly, values: dict[str, Affine]) -> Atom | Poly:
    return put(factor, values) if isinstance(factor, Poly) else put_atom(factor, values)


def _solvable(bound: list[str], limits: list[Limit], plain: bool) -> tuple[str, Affine, Limit] | None:
    """A bound index that an equation gives: with coefficient +-1, partners with plain coefficients preferred.

    Law: sum over b of [b = e] F(b) = F(e) where e is in the range of b; that range stays as limits.
    """
    best: tuple[tuple[bool, int], str, Affine, Limit] | None = None
    for limit in limits:
        if limit.kind != "eq":
            continue
        for position, name in enumerate(bound):
            slope = limit.of.slope(name)
            if not slope.is_number or abs(slope.constant) != 1:
                continue
            value = (Affine.name(name) * slope.constant - limit.of) * slope.constant
            if plain and not value.sole:
                continue
            symbolic = any(len(m) > 1 for m, _ in value.terms)
            if best is None or (symbolic, position) < best[0]:
                best = (symbolic, position), name, value, limit
    return best[1:] if best else None


def prune(bound: list[str], limits: list[Limit], context: Context) -> list[Limit] | None:
    """The limits without those that follow from the rest; None when they contradict each other.

    A limit with one bound index is dropped only by facts free of the other bound indices: otherwise no order of the
    sums would keep it (S over a <= b <= n-1 needs a <= n-1 when a stands outside).

    Found once in a context for limits that differ in the bound names only, which are fresh each time.
    """
    if not limits:
        return []
    places = {name: f"~{n}" for n, name in enumerate(bound)}
    order = tuple(sorted(bound)) if len(bound) > 1 else ()
    key = "prune", tuple([places[b] for b in order]), tuple([(x.kind, _placed(x.of, places)) for x in limits])
    if key not in context.memo:
        found = _pruned(bound, limits, context)
        context.memo[key] = None if found is None else [limits.index(x) for x in found]
    numbers = context.memo[key]
    return None if numbers is None else [limits[n] for n in numbers]


def _placed(of: Affine, places: Mapping[str, str]) -> tuple:
    return tuple([(tuple([places.get(n, n) for n in m]), c) for m, c in of.terms])


def _pruned(bound: list[str], limits: list[Limit], context: Context) -> list[Limit] | None:
    kept = sorted(limits, key=lambda x: (x.kind == "eq", len(x.of.names.intersection(bound)) < 2, -len(x.of.terms)))
    for limit in list(kept):
        others = [x for x in kept if x is not limit]
        if context.refutes(limit, _facts(others)):
            return None
        if limit.kind == "eq":
            if limit.of.names.isdisjoint(bound) and context.proves(limit.of) and context.proves(-limit.of):
                kept.remove(limit)  # of a free index with one value
            continue
        mine = limit.of.names.intersection(bound)
        usable = others if len(mine) > 1 else [x for x in others if x.of.names.intersection(bound) <= mine]
        if context.confirms(limit, _facts(usable)):
            kept.remove(limit)
    return kept


def _facts(limits: list[Limit]) -> tuple[Affine, ...]:
    known = [x.of for x in limits if x.kind != "ne"]
    return tuple(known + [-x.of for x in limits if x.kind == "eq"])


def _at_delta(
    factors: list[Factor], bound: list[str], limits: list[Limit], context: Context
) -> tuple[list[Factor], list[Limit]]:
    """Where an equation ties two free indices, all else uses the earlier one: [i = j] P_j = [i = j] P_i.

    Only where the earlier one stays in the range of the other: else P is read outside of its range where i is not j.
    """
    order = {name: n for n, name in enumerate(context.ranges)}
    limits = list(limits)
    for n in range(len(limits)):
        kind, of = limits[n]
        if kind != "eq" or not of.names.isdisjoint(bound):
            continue
        units = [m[0] for m, c in of.terms if len(m) == 1 and abs(c) == 1 and m[0] in order]
        last = max(units, key=lambda name: order[name], default="")
        if last and of.slope(last).is_number:
            slope = of.slope(last).constant
            values = {last: (Affine.name(last) * slope - of) * slope}
            if not all(context.proves(e.put(values)) for e in context.ranges[last]):
                continue
            factors = [(_put(a, values), p) for a, p in factors]
            limits = [x if k == n else x.put(values) for k, x in enumerate(limits)]
    return factors, limits


def _attained(
    factors: list[Factor], bound: list[str], limits: list[Limit], context: Context
) -> tuple[list[Factor], list[Limit]]:
    """Law: sum over j of [j is the first place of the maximum] = 1 where j runs over the whole range."""
    for factor in factors:
        atom = as_atom(factor[0]) if isinstance(factor[0], Poly) else factor[0]
        if not isinstance(atom, Reduction) or atom.at is None or factor[1] != 1:
            continue
        steps = {b: atom.at.slope(b) for b in bound}
        name = next((b for b, step in steps.items() if step.is_number and abs(step.constant) == 1), "")
        users = [f for f in factors if name in f[0].names]
        inner = atom.poly.names.union(*(x.of.names for x in atom.limits))
        if not name or len(users) != 1 or name in inner:
            continue
        inside = [x.put({atom.index: atom.at}) for x in atom.limits]
        mine = [x for x in limits if name in x.of.names]
        known = [*inside, *(x for x in limits if name not in x.of.names)]
        if all(x.kind == "ge" and context.confirms(x, _facts(known)) for x in mine):
            bound.remove(name)
            return _attained(
                [f for f in factors if f is not factor], bound, [x for x in limits if x not in mine], context
            )
    return factors, limits


def _lengths(
    coefficient: Fraction, factors: list[Factor], bound: list[str], limits: list[Limit], context: Context
) -> Poly:
    """An index that stands only in its own range becomes the length of the range, where that is known to be >= 0."""
    for name in list(bound):
        mine = [x for x in limits if name in x.of.names]
        if any(name in a.names for a, _ in factors) or len(mine) != 2 or any(x.kind != "ge" for x in mine):
            continue
        slopes = [x.of.slope(name) for x in mine]
        if not all(s.is_number for s in slopes) or sorted(s.constant for s in slopes) != [-1, 1]:
            continue
        length = mine[0].of + mine[1].of + 1
        if context.proves(length, _facts([x for x in limits if x not in mine])):
            bound.remove(name)
            limits = [x for x in limits if x not in mine]
            factors = [*factors, (index_value(length, dict.fromkeys(context.sizes, "positive")), Fraction(1))]
    return build(coefficient, factors, bound, limits)
