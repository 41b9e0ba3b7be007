"""Equality for all sizes: the difference of two polys, written out to the inputs and multiplied out, is nothing.

It is the inverse direction of folding. It shares contraction and term building with the engine, so it stands beside
the numbers and does not replace them. A difference that does not vanish proves nothing: it may still be 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replaced
from fractions import Fraction

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.gates import open_gates
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.match import Equation, cancelled, rewrite
from symgrad.algebra.normal import (
    ONE,
    Factor,
    build,
    call,
    guarded,
    mapped,
    opened,
    put,
    put_atom,
    renamed,
    replace,
    scale,
    times,
    total,
)
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, walk
from symgrad.check.elementary import elementary as elementary_form
from symgrad.check.symmetry import Symmetry, canonical, stated, symmetries
from symgrad.declare.model import Fact, Model

MOST_TERMS = 250
LONGEST = 40_000  # characters of a poly: beyond that nothing more is written out, and nothing is proved
ROUNDS = 12


def equal(
    left: Poly,
    right: Poly,
    model: Model,
    free: tuple[str, ...],
    facts: tuple[Fact, ...] = (),
    known: tuple[Symmetry, ...] | None = None,
    via: frozenset[str] = frozenset(),
) -> bool:
    """Whether the two are shown to be equal for all sizes and values; facts are used where they are given.

    Definitions are written out: those in `via` first, then all; functions as they are, then as exp and log; names of
    gradients stay names. `known`: the symmetries, where they are at hand.
    """
    known = symmetries(replaced(model, facts=facts)) if known is None else known
    difference = canonical(left - right, known)
    every = frozenset(t.name for t in model.definitions)
    levels = dict.fromkeys(((via & every, False), (via & every, True), (every, False), (every, True)))
    return not difference or any(_vanishes(difference, model, free, facts, known, *level) for level in levels)


def equal_at(
    left: Poly,
    right: Poly,
    model: Model,
    free: tuple[str, ...],
    facts: tuple[Fact, ...],
    names: frozenset[str],
    elementary: bool,
) -> bool:
    """Whether the two are shown to be equal with these definitions written out, and functions as exp if so wished."""
    known = symmetries(replaced(model, facts=facts))
    difference = canonical(left - right, known)
    return not difference or _vanishes(difference, model, free, facts, known, names, elementary)


class _TooLong(Exception):
    """A difference that grows beyond what is worth the wait: nothing is proved, the numbers decide."""


def _bounded(poly: Poly) -> Poly:
    if len(poly.terms) > MOST_TERMS or len(poly.key) > LONGEST:
        raise _TooLong
    return poly


def _vanishes(
    difference: Poly,
    model: Model,
    free: tuple[str, ...],
    facts: tuple[Fact, ...],
    known: tuple[Symmetry, ...],
    names: frozenset[str],
    elementary: bool,
) -> bool:
    """Whether a difference is nothing when these definitions, and functions if so wished, are written out."""
    context = model.context(free)

    def out(poly: Poly) -> Poly:
        return written_out(poly, model, names, elementary)

    try:
        equations = _equations(tuple(f for f in facts if stated(model, f) is None), model, context, out)
        return _is_nothing(out(difference), context, equations, known, elementary)
    except _TooLong:
        return False


def _is_nothing(
    difference: Poly, context: Context, equations: list[Equation], known: tuple[Symmetry, ...], elementary: bool
) -> bool:
    for n in range(ROUNDS):
        before = difference.key
        if n and elementary:  # what a condition kept apart may be an exponent of a sum now
            difference = replace(difference, elementary_form)
        difference = canonical(_spread_out(_bounded(difference), context), known)
        for equation in equations:
            difference = rewrite(difference, equation, context, deep=True)
        if not difference:
            return True
        if difference.key == before:
            break
    return not difference or _sums_vanish(difference, context)


def _sums_vanish(poly: Poly, context: Context) -> bool:
    """Whether sums over one range vanish together because what stands under them does, term by term.

    Law: S_i a_i + c S_i b_i = 0 where a_i + c b_i = 0 for every i. Denominators under the sum are cleared there.
    """
    groups: dict[tuple, list[Poly]] = {}
    for term in poly.terms:
        sums = [a for a, p in term.factors if p == 1 and isinstance(a, Base) and a.poly.sole and a.poly.sole.bound]
        one = term if term.bound else sums[0].poly.sole if len(sums) == 1 else None
        if one is None:
            return False
        names = {old: Affine.name(f"~v{n}") for n, old in enumerate(one.bound)}
        outer = [] if term.bound else [f for f in term.factors if f[0] != sums[0]]
        body = build(one.coefficient, [*((renamed(a, names), p) for a, p in one.factors), *outer])
        key = tuple(sorted(str(x.put(names)) for x in one.limits)), () if term.bound else term.limits
        groups.setdefault(key, []).append(scale(body, 1 if term.bound else term.coefficient))
    for bodies in groups.values():
        found = _spread_out(_spread_out(total(bodies), context), context)
        if found:
            return False
    return True


def written_out(
    poly: Poly,
    model: Model,
    names: frozenset[str] | None = None,
    elementary: bool = True,
    bodies: dict[str, Poly | None] | None = None,
) -> Poly:
    """Definitions (all, or those named) replaced by their right sides, down to inputs, and functions by exp and log.

    A definition whose right side gets too long stays a name. `bodies` remembers what was written out.
    """
    known = {} if bodies is None else bodies
    defined = {t.name: t for t in model.definitions if names is None or t.name in names}
    if not elementary and poly.tensors.isdisjoint(defined):
        return poly

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Ref) or atom.name not in defined:
            return elementary_form(atom) if elementary else None
        tensor = defined[atom.name]
        if atom.name not in known:
            assert tensor.poly is not None
            body = written_out(tensor.poly, model, names, elementary, known)
            known[atom.name] = body if len(body.key) <= LONGEST // 8 else None
        found = known[atom.name]
        return None if found is None else put(found, dict(zip(tensor.axes, atom.indices, strict=True)))

    return replace(poly, change)


def _equations(facts: tuple[Fact, ...], model: Model, context: Context, out: Callable[[Poly], Poly]) -> list[Equation]:
    found = []
    for fact in facts:
        left, right = _spread_out(out(fact.left), context), out(fact.right)
        term = left.sole
        if term is None:
            continue
        ranges = tuple(e for v in fact.free for e in model.indices[v].limits)
        core = Term(Fraction(1), term.factors, term.bound, term.limits)
        factors = ((Base(Poly((core,))), Fraction(1)),) if term.bound else term.factors
        found.append(Equation(factors, scale(right, 1 / term.coefficient), fact.free, ranges))
    return found


def _spread_out(poly: Poly, context: Context) -> Poly:
    """Expanded, contracted, sums from 0, equal sums cancelled, over a common denominator."""
    poly = _equalities(_without_known(_bounded(expand(_over_one(poly), deep=True))))
    poly = open_gates(contract(poly, context))
    poly = cancelled(poly)
    poly = reindexed(poly)
    return contract(_bounded(expand(_bounded(_cleared(poly)), deep=True)), context)


def _without_known(poly: Poly) -> Poly:
    """Law: [c] f([c] u) = [c] f(u): conditions of a term need not be asked again inside its factors."""
    return total(_asked_once(t) if t.limits else Poly((t,)) for t in poly.terms)


def _asked_once(term: Term) -> Poly:
    coefficient, factors, bound, limits = opened(term)
    known = frozenset(limits)
    inner = [(a if isinstance(a, Ref) else _dropped_in(a, known), p) for a, p in factors]
    return build(coefficient, inner, bound, limits)


def _dropped_in(factor: Atom | Poly, known: frozenset[Limit]) -> Atom | Poly:
    if isinstance(factor, Poly):
        return _dropped(factor, known)
    return mapped(factor, lambda p: _dropped(p, known))


def _dropped(poly: Poly, known: frozenset[Limit]) -> Poly:
    found = []
    for term in poly.terms:
        coefficient, factors, bound, limits = opened(term)
        inner = [(_dropped_in(a, known), p) for a, p in factors]
        found.append(build(coefficient, inner, bound, [x for x in limits if x not in known]))
    return total(found)


def _equalities(poly: Poly) -> Poly:
    """Law: [a != b] = 1 - [a = b], in every term and under every sum."""

    def change(atom: Atom) -> Poly | None:
        if isinstance(atom, Head):
            return _case_by_case(atom)
        term = atom.poly.sole if isinstance(atom, Base) else None
        return None if term is None or not term.bound else _without_unequal(term)

    changed = replace(poly, change) if any("=0" in t.key for t in poly.terms) else poly
    return total(_without_unequal(t) or Poly((t,)) for t in changed.terms)


def _case_by_case(head: Head) -> Poly | None:
    """Law: f([c] a + b) = f(b) + [c] (f(a + b) - f(b)), for an equation c between indices; exp(0) = 1."""
    if len(head.arguments) != 1:
        return None
    terms = head.arguments[0].terms
    found = [x for t in terms for x in t.limits if x.kind in ("eq", "ne") and x.of.names.isdisjoint(t.bound)]
    if not found:
        return None
    case = Limit("eq", found[0].of)
    holds, fails = (_where(terms, case, yes) for yes in (True, False))
    both = [ONE if head.function == "exp" and not u else call(head.function, u) for u in (holds, fails)]
    whole = both[1] + guarded(both[0] - both[1], [case])
    return replace(whole, lambda a: _case_by_case(a) if isinstance(a, Head) else None)


def _where(terms: tuple[Term, ...], case: Limit, holds: bool) -> Poly:
    """A sum of terms where an equation holds, or where it fails."""
    kept = []
    for term in terms:
        coefficient, factors, bound, limits = opened(term)
        same = [x for x in limits if x.of == case.of and x.kind in ("eq", "ne")]
        if all((x.kind == "eq") == holds for x in same):
            kept.append(build(coefficient, factors, bound, [x for x in limits if x not in same]))
    return total(kept)


def _without_unequal(term: Term) -> Poly | None:
    coefficient, factors, bound, limits = opened(term)
    found = next((x for x in limits if x.kind == "ne"), None)
    if found is None:
        return None
    others = [x for x in limits if x is not found]
    without = build(coefficient, factors, bound, others)
    less = build(-coefficient, factors, bound, [*others, Limit("eq", found.of)])
    return total(_without_unequal(t) or Poly((t,)) for t in (without + less).terms)


def _cleared(poly: Poly) -> Poly:
    """The poly times its common denominator: each base, entry or function to the least power it has."""
    if len(poly.terms) < 2:
        return poly
    tables = [dict(t.factors) if not t.bound else {} for t in poly.terms]
    least: dict[Atom, Fraction] = {}
    for atom in {a for table in tables for a in table}:
        low = min(table.get(atom, Fraction(0)) for table in tables)
        if low < 0:
            least[atom] = low
    if not least:
        return poly
    front = build(Fraction(1), [(a, -p) for a, p in least.items()])
    return total(times(Poly((t,)), front) for t in poly.terms)


def _over_one(poly: Poly) -> Poly:
    """Fractions inside brackets over one denominator: 1 - 1/(1 + e) is e (1 + e)^-1."""

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Base) or len(atom.poly.terms) < 2:
            return None
        cleared = _cleared(atom.poly)
        if cleared is atom.poly:
            return None
        tables = [dict(t.factors) if not t.bound else {} for t in atom.poly.terms]
        least = {a: min(table.get(a, Fraction(0)) for table in tables) for table in tables for a in table}
        return times(cleared, build(Fraction(1), [(a, p) for a, p in least.items() if p < 0]))

    return replace(poly, change)


def reindexed(poly: Poly) -> Poly:
    """Every sum with its bound indices shifted in one agreed way."""

    def change(atom: Atom) -> Poly | None:
        term = atom.poly.sole if isinstance(atom, Base) else None
        return _translated(term) if term is not None and term.bound else None

    moved = replace(poly, change)
    return total(_translated(t) if t.bound else Poly((t,)) for t in moved.terms)


def _translated(term: Term) -> Poly:
    """Law: a sum does not change when its index is shifted or reversed.

    The first tensor in the alphabet that carries a bound index gets it plain; without one the range starts at 0.
    """
    coefficient, factors, bound, limits = opened(term)
    for name in bound:
        start = _plain_place(name, factors) or _first_value(name, limits)
        if start is None:
            continue
        shift = {name: start}
        factors = [(put(a, shift) if isinstance(a, Poly) else put_atom(a, shift), p) for a, p in factors]
        limits = [x.put(shift) for x in limits]
    return build(coefficient, factors, bound, limits)


def _plain_place(name: str, factors: list[Factor]) -> Affine | None:
    """What to put for the index so that it stands alone on an axis."""
    places = [
        (ref.name, axis, index)
        for poly in (
            atom if isinstance(atom, Poly) else Poly((Term(Fraction(1), ((atom, Fraction(1)),), (), ()),))
            for atom, _ in factors
        )
        for ref, _ in walk(poly)
        if isinstance(ref, Ref)
        for axis, index in enumerate(ref.indices)
        if index.names <= poly.names  # no index bound further inside: it would be caught there
        and abs(index.slope(name).constant) == 1
        and index.slope(name).is_number
    ]
    if not places:
        return None
    first = min(places, key=lambda p: (p[0], p[1], p[2].constant))[2]
    slope = first.slope(name).constant
    return (Affine.name(name) - (first - Affine.name(name) * slope)) * slope


def _first_value(name: str, limits: list[Limit]) -> Affine | None:
    lows = [x for x in limits if x.kind == "ge" and x.of.slope(name) == Affine.number(1)]
    if len(lows) != 1 or any(x.kind != "ge" and name in x.of.names for x in limits):
        return None
    start = Affine.name(name) - lows[0].of
    return None if any(n.startswith("~") for n in start.names) else Affine.name(name) + start
