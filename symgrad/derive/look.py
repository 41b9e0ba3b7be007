"""The look of an answer: the shapes in which a poly may be printed, of which the shortest is taken.

Hard rules: factors without a bound index stay outside of sums, and a factor that is read in its range only under a
condition stays with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, reduce, wraps
from itertools import combinations, permutations
from math import gcd
from typing import NamedTuple

from symgrad.algebra.index import Affine, Limit, tighten
from symgrad.algebra.normal import as_atom, build, content, lone, mapped, opened, renamed
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, inside, paint_atom, walk
from symgrad.derive.measure import measure

Shapes = dict[tuple[str, Poly], Poly]  # what was found in a derivation, by the shape and what had none


def remembered(shape: Callable[[Poly, Shapes], Poly]) -> Callable[..., Poly]:
    """A shape that is found once for the same poly in one derivation, which holds `seen`."""

    @wraps(shape)
    def found(poly: Poly, seen: Shapes | None = None) -> Poly:
        seen = {} if seen is None else seen
        key = (shape.__name__, poly)
        if key not in seen:
            seen[key] = shape(poly, seen)
        return seen[key]

    return found


@remembered
def factored(poly: Poly, seen: Shapes) -> Poly:
    """The common factors of all terms in front, with the least power they have (an absent factor has power 0).

    Inner sums of terms are factored first. The value is the same; the result is one term, or the poly itself. Where it
    is shorter, a factor comes in front only as far as every term has it: g - s/v instead of (v g - s)/v.
    """
    poly = _shaped_inside(poly, lambda p: factored(p, seen))
    if len(poly.terms) < 2:
        return poly
    common = _common(poly)
    best = _in_front(poly, common)
    for atom, power in common.items():
        mild = _mildest([dict(_plain(t)).get(atom, Fraction(0)) for t in poly.terms])
        if power < 0 and mild != power:
            other = {**common, atom: mild}
            found = _in_front(poly, {a: p for a, p in other.items() if p})
            if measure(found) < measure(best):
                common, best = other, found
    return best


def _mildest(powers: list[Fraction]) -> Fraction:
    """The power that all have in common: the one nearest to 0, or 0 where one has none of it."""
    return max(powers) if all(p < 0 for p in powers) else Fraction(0)


def _in_front(poly: Poly, common: dict[Atom, Fraction]) -> Poly:
    """The poly with these powers of factors, common limits and the common number in front of the rest."""
    if _bound(poly) and not common:
        return poly
    limits = set(poly.terms[0].limits).intersection(*(t.limits for t in poly.terms)) if not _bound(poly) else set()
    size = abs(_numeric(poly))
    if not common and not limits and size == 1:
        return poly
    rest = [
        build(
            t.coefficient / size,
            [*_plain(t), *((a, -p) for a, p in common.items())],
            (),
            [x for x in _guards(t) if x not in limits],
        )
        for t in poly.terms
    ]
    inside = Poly(t for p in rest for t in p.terms)
    return build(size, [*common.items(), (inside, Fraction(1))], (), limits)


@remembered
def grouped(poly: Poly, seen: Shapes) -> Poly:
    """Terms that share a factor which others lack, in a bracket where that is shorter: a y - y + p = p - (1 - a) y."""
    poly = _shaped_inside(poly, lambda p: grouped(p, seen))
    tables = {t: dict(_plain(t)) for t in poly.terms} if len(poly.terms) > 2 else {}
    best = poly
    for atom in {a: None for table in tables.values() for a in table}:
        holders = [t for t, table in tables.items() if atom in table and not _needs(atom, t, set())]
        if 1 < len(holders) < len(poly.terms):
            bracket = factored(Poly(holders), seen)
            found = Poly([*(t for t in poly.terms if t not in holders), *bracket.terms])
            best = min(best, found, key=measure)
    return poly if best is poly else grouped(best, seen)


def absorbed(poly: Poly) -> Poly:
    """A divisor taken into a bracket where it cancels and that is shorter: (u D - v)/D is u - v/D."""
    best = poly
    for term in poly.terms:
        coefficient, factors, bound, limits = opened(term)
        for n, (bracket, power) in enumerate(factors):
            if power != 1 or not isinstance(bracket, Base) or len(bracket.poly.terms) < 2:
                continue
            for m, (divisor, exponent) in enumerate(factors):
                cancels = any(a == divisor and p > 0 for t in bracket.poly.terms for a, p in t.factors)
                if exponent < 0 and cancels:
                    inner = _divided(bracket.poly, divisor, exponent)
                    rest = [f for k, f in enumerate(factors) if k not in (n, m)]
                    new = build(coefficient, [*rest, (inner, Fraction(1))], bound, limits)
                    best = min(best, poly - Poly((term,)) + new, key=measure)
    return best


def _divided(poly: Poly, divisor: Atom | Poly, exponent: Fraction) -> Poly:
    """Every term times divisor^exponent."""
    parts = [build(t.coefficient, [*_plain(t), (divisor, exponent)], (), _guards(t)) for t in poly.terms]
    return Poly(t for p in parts for t in p.terms)


def _shaped_inside(poly: Poly, shape: Callable[[Poly], Poly]) -> Poly:
    """The poly with everything inside its brackets and functions in that shape; itself where nothing changes."""
    terms: list[Term] = []
    for term in poly.terms:
        factors = [(_with_inside(a, shape), p) for a, p in term.factors]
        changed = any(new is not a for (new, _), (a, _) in zip(factors, term.factors, strict=True))
        shaped = Term(term.coefficient, tuple(factors), term.bound, term.limits) if changed else term
        terms.extend(build(*opened(shaped)).terms if changed else (term,))
    return poly.of(terms)


def _with_inside(atom: Atom, shape: Callable[[Poly], Poly]) -> Atom:
    """An atom with its brackets in that shape; itself where nothing changes."""
    if not any(len(p.terms) > 1 or p.height for p in inside(atom)):
        return atom
    new = mapped(atom, lambda p: shape(p) if len(p.terms) > 1 or p.height else p)
    new = Base(new) if isinstance(new, Poly) and isinstance(atom, Base) else new
    new = as_atom(new) if isinstance(new, Poly) else new
    return atom if new == atom else new


@remembered
def merged(poly: Poly, seen: Shapes) -> Poly:
    """Sums over the same range with the same factors beside them, put into one sum over a bracket, at every depth.

    Law: S_j a_j + S_j b_j = S_j (a_j + b_j), where they share a factor or are nothing but one: two matrix products stay
    two. A factor without a bound index moves inside only where the two are alike but for their indices, as in
    S_j w_j (x_i - x_j); so batch normalisation keeps its two sums.
    """
    poly = _shaped_inside(poly, lambda p: merged(p, seen))
    for one, other in combinations(filter(None, map(_summand, poly.terms)), 2):
        joined = _joined(one, other) if one.may_join(other) else None
        if joined is not None:
            return merged(Poly([*(t for t in poly.terms if t not in (one.term, other.term)), *joined.terms]), seen)
    return poly


class Summand(NamedTuple):
    """A term with its only sum and the factors beside it."""

    term: Term
    outer: frozenset[tuple[Atom, Fraction]]
    total: Term
    names: Counter[str]  # and functions that the term consists of, whatever their indices
    summed: frozenset[tuple[str, Fraction]]  # the factors with a bound index, but for its name

    def may_join(self, other: Summand) -> bool:
        """Whether the two can be one sum at all; else their bound indices need not be paired."""
        if self.names == other.names and abs(self.term.coefficient) == abs(other.term.coefficient):
            return True
        lone = len(self.total.factors) == len(other.total.factors) == 1
        return self.outer == other.outer and (lone or not self.summed.isdisjoint(other.summed))


def _joined(first: Summand, second: Summand) -> Poly | None:
    """Two sums as one, or None. Bound indices are paired in every way."""
    one, two = first.total, second.total
    if len(one.bound) != len(two.bound):
        return None
    alike = abs(first.term.coefficient) == abs(second.term.coefficient) and first.names == second.names
    _, factors, bound, limits = opened(one)
    for order in permutations(bound):
        names = {old: Affine.name(new) for old, new in zip(two.bound, order, strict=True)}
        theirs = {renamed(a, names): p for a, p in two.factors} | dict(second.outer - first.outer)
        if {tighten(x.put(names)) for x in two.limits} != {tighten(x) for x in limits}:
            continue
        mine = {a: p for a, p in factors if isinstance(a, Atom)} | dict(first.outer - second.outer)
        common = {a: p for a, p in mine.items() if theirs.get(a) == p}
        shared = any(not a.names.isdisjoint(bound) for a in common) or len(one.factors) == len(two.factors) == 1
        if alike or (shared and first.outer == second.outer):
            sides = ((first.term.coefficient, mine), (second.term.coefficient, theirs))
            rests = [build(c, [(a, p) for a, p in table.items() if a not in common]) for c, table in sides]
            inner = Poly(t for rest in rests for t in rest.terms)
            kept = [*(first.outer & second.outer), *common.items()]
            return build(Fraction(1), [*kept, (inner, Fraction(1))], bound, limits)
    return None


@lru_cache(maxsize=4096)  # the same terms are looked at after each join
def _summand(term: Term) -> Summand | None:
    """A term as the factors beside its only sum, and that sum."""
    if term.bound:
        return _as_summand(term, frozenset(), Term(Fraction(1), term.factors, term.bound, term.limits))
    sums = [(a, a.poly.sole) for a, p in term.factors if p == 1 and isinstance(a, Base)]
    found = [(a, inner) for a, inner in sums if inner is not None and inner.bound]
    if len(found) != 1 or term.limits:
        return None
    ((base, inner),) = found
    return _as_summand(term, frozenset(f for f in term.factors if f[0] != base), inner)


def _as_summand(term: Term, outer: frozenset[tuple[Atom, Fraction]], total: Term) -> Summand:
    atoms = (a for a, _ in walk(Poly((term,))))
    names = Counter(a.name if isinstance(a, Ref) else a.function for a in atoms if isinstance(a, Ref | Head))
    colours = dict.fromkeys(total.bound, "~")
    summed = frozenset((paint_atom(a, colours), p) for a, p in total.factors if not a.names.isdisjoint(total.bound))
    return Summand(term, outer, total, names, summed)


def look(poly: Poly, seen: Shapes | None = None) -> Poly:
    """The shape in which a poly is printed: flat, with common factors in front, sums merged, or both; the shortest."""
    front, joined = factored(poly, seen), merged(poly, seen)
    shapes = [front, poly, merged(front, seen)] + ([factored(joined, seen)] if joined != poly else [])
    best = min(shapes, key=measure)
    return min(best, absorbed(best), grouped(best, seen), key=measure)


def _bound(poly: Poly) -> bool:
    return any(t.bound for t in poly.terms)


def _plain(term: Term) -> list[tuple[Atom, Fraction]]:
    """The factors of a term, a pure sum as one factor."""
    if term.bound:
        return [(Base(Poly((Term(Fraction(1), term.factors, term.bound, term.limits),))), Fraction(1))]
    return list(term.factors)


def _guards(term: Term) -> tuple:
    return () if term.bound else term.limits


def _common(poly: Poly) -> dict[Atom, Fraction]:
    """The factors that may stand in front of all terms; none that is read inside its range only under a guard."""
    shared = set.intersection(*(set(_guards(t)) for t in poly.terms))
    tables = [{a: p for a, p in _plain(t) if not _needs(a, t, shared)} for t in poly.terms]
    found: dict[Atom, Fraction] = {}
    for atom in {a: None for table in tables for a in table}:
        powers = [table.get(atom, Fraction(0)) for table in tables]
        least = min(powers)
        if least > 0 or least < 0:
            found[atom] = least
    return found


def _needs(atom: Atom, term: Term, shared: set[Limit]) -> bool:
    """Whether a guard of the term may keep this factor inside its range: x[i-1] where i >= 1.

    A delta between plain indices does not: it ties two indices that are in their ranges anyway.
    """
    own = [x for x in _guards(term) if x not in shared and not x.of.names.isdisjoint(atom.names)]
    if all(x.kind == "eq" for x in own):
        shifted = (i for r, _ in walk(lone(atom)) if isinstance(r, Ref) for i in r.indices if not i.sole)
        return bool(own) and any(not i.names.isdisjoint(x.of.names) for i in shifted for x in own)
    return bool(own)


def _numeric(poly: Poly) -> Fraction:
    found = content(poly)
    whole = reduce(gcd, (t.coefficient.numerator for t in poly.terms))
    return found if found.denominator != 1 or whole != 1 else Fraction(1)
