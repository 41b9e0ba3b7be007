"""The look of an answer and its measure: what will be printed is built first, then counted.

The measure is frozen: every choice between forms is made by it, and a change of it changes answers.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import gcd

from symgrad.algebra.normal import build, content, opened
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, Value

COST: dict[str, int] = {
    "entry": 2,  # a reference with indices
    "scalar": 1,  # a reference without, a size, a number other than 1
    "adjoint": 1,  # more, for a name that is not the user's
    "sum": 3,
    "head": 2,
    "power": 1,  # an exponent other than 1 and -1
    "term": 1,
    "guard": 1,  # a condition of a term
}


def measure(poly: Poly) -> int:
    """The length of a poly as it will be printed."""
    return sum(_term_cost(t) for t in poly.terms)


def _term_cost(term: Term) -> int:
    cost = COST["term"] + (abs(term.coefficient) != 1) * COST["scalar"]
    cost += COST["sum"] * len(term.bound)
    cost += COST["guard"] * sum(x.of.names.isdisjoint(term.bound) or x.kind == "eq" for x in term.limits)
    return cost + sum(_atom_cost(a) + (abs(p) != 1) * COST["power"] for a, p in term.factors)


def _atom_cost(atom: Atom) -> int:
    if isinstance(atom, Ref):
        return (COST["entry"] if atom.indices else COST["scalar"]) + COST["adjoint"] * atom.name.startswith(
            ("d_", "p_")
        )
    if isinstance(atom, Value):
        return COST["scalar"]
    if isinstance(atom, Head):
        return COST["head"] + sum(measure(p) for p in atom.arguments)
    assert isinstance(atom, Base)
    return measure(atom.poly)


def factored(poly: Poly) -> Poly:
    """The common factors of all terms in front, with the least power they have (an absent factor has power 0).

    Inner sums of terms are factored first. The value is the same; the result is one term, or the poly itself.
    """
    poly = Poly(t for term in poly.terms for t in _inner_factored(term).terms)
    if len(poly.terms) < 2 or (_bound(poly) and not _common(poly)):
        return poly
    common = _common(poly)
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


def _inner_factored(term: Term) -> Poly:
    if not any(isinstance(a, Base | Head) for a, _ in term.factors):
        return Poly((term,))
    coefficient, factors, bound, limits = opened(term)
    shaped = [(_shaped(a), p) for a, p in factors]
    return build(coefficient, shaped, bound, limits)


def _shaped(atom: Atom | Poly) -> Atom | Poly:
    if isinstance(atom, Poly):
        return factored(atom)
    if isinstance(atom, Base):
        return factored(atom.poly)
    return Head(atom.function, (factored(p) for p in atom.arguments)) if isinstance(atom, Head) else atom


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
    tables = [dict(_plain(t)) for t in poly.terms]
    found: dict[Atom, Fraction] = {}
    for atom in {a: None for table in tables for a in table}:
        powers = [table.get(atom, Fraction(0)) for table in tables]
        least = min(powers)
        if least > 0 or least < 0:
            found[atom] = least
    return found


def _numeric(poly: Poly) -> Fraction:
    found = content(poly)
    whole = reduce(gcd, (t.coefficient.numerator for t in poly.terms))
    return found if found.denominator != 1 or whole != 1 else Fraction(1)
