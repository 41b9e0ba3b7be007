"""Gates: products of functions that are 0 or 1, or a sign, with what they belong to."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symgrad.algebra.normal import Factor, build, opened
from symgrad.algebra.records import Atom, Head, Poly, Term

GATES: tuple[tuple[str, str, Callable[[Head, Head], list[Factor]], str], ...] = (
    ("relu", "step", lambda r, s: [(r, Fraction(1))], "ReLU(u) [u > 0] = ReLU(u)"),
    ("abs", "sign", lambda a, s: [(a.arguments[0], Fraction(1))], "|u| sign(u) = u"),
)


def open_gates(poly: Poly) -> Poly:
    """The poly with each gate taken into its partner: ReLU(u) [u > 0] is ReLU(u), [u > 0]^n is [u > 0].

    Outermost products, also under sums; the laws hold at the kinks too.
    """
    return poly.of(t for term in poly.terms for t in _open_term(term))


def _open_term(term: Term) -> tuple[Term, ...]:
    coefficient, factors, bound, limits = opened(term)
    changed = False
    kept: list[Factor] = []
    for atom, power in factors:
        new = power
        if isinstance(atom, Head) and atom.function == "step" and power > 1:
            new = Fraction(1)
        inner: Atom | Poly = atom
        if not isinstance(atom, Head) and hasattr(atom, "poly") and power > 0:
            inner = open_gates(atom.poly)
            inner = atom if inner == atom.poly else inner
        changed |= new != power or inner is not atom
        kept.append((inner, new))
    for outer, gate, product, _ in GATES:
        pair = _pair(kept, outer, gate)
        if pair is not None:
            one, other = pair
            kept = [(a, p - (a in (one, other))) for a, p in kept] + product(one, other)
            changed = True
    return build(coefficient, [(a, p) for a, p in kept if p], bound, limits).terms if changed else (term,)


def _pair(factors: list[Factor], outer: str, gate: str) -> tuple[Head, Head] | None:
    """Two functions of the same argument that stand in one product with power 1 or more."""
    heads = [a for a, p in factors if isinstance(a, Head) and p >= 1]
    for one in heads:
        for other in heads:
            if (one.function, other.function) == (outer, gate) and one.arguments == other.arguments:
                return one, other
    return None
