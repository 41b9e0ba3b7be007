"""Multiplying out."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

from symgrad.algebra.normal import ONE, UNIT, Factor, build, mapped, opened
from symgrad.algebra.records import Base, Head, Poly, Reduction, Term

MOST_EXPANDED = 1500  # terms of one product; a product of more stays as it is
MOST_TOTAL = 1500  # terms built for one poly; the rest stays as it is


def expand(poly: Poly, deep: bool = False) -> Poly:
    """Multiplies out sums under positive integer powers; `deep` also inside roots, denominators and functions.

    >>> from symgrad.algebra.normal import lone, power
    >>> from symgrad.algebra.records import Ref
    >>> x, y = lone(Ref("x")), lone(Ref("y"))
    >>> expand(power(x - y, 2))
    -2*x[]*y[] + x[]^2 + y[]^2
    """
    return _expand(poly, deep, [MOST_TOTAL])


def _expand(poly: Poly, deep: bool, left: list[int]) -> Poly:
    """`left` counts down the terms that may still be built."""
    return poly.of(t for term in poly.terms for t in _expand_term(term, deep, left))


def expand_inside(poly: Poly) -> Poly:
    """Multiplies out within each bracket; the brackets themselves stay factors.

    >>> from symgrad.algebra.normal import lone, power, times
    >>> from symgrad.algebra.records import Ref
    >>> x, y = lone(Ref("x")), lone(Ref("y"))
    >>> expand_inside(times(y, times(x, x - y) - power(x, 2) + x))
    (x[] + -1*x[]*y[])*y[]
    """
    return poly.of(t for term in poly.terms for t in _expand_brackets(term))


def _expand_brackets(term: Term) -> tuple[Term, ...]:
    if not any(isinstance(a, Base) for a, _ in term.factors):
        return (term,)
    coefficient, factors, bound, limits = opened(term)
    inner: list[Factor] = [
        (expand(a.poly) if isinstance(a, Base) and a.poly.sole is None else a, p) for a, p in factors
    ]
    inner = [(expand_inside(a.poly) if isinstance(a, Base) else a, p) for a, p in inner]
    return build(coefficient, inner, bound, limits).terms


def _expand_term(term: Term, deep: bool, left: list[int]) -> Iterable[Term]:
    if left[0] <= 0 or not any(isinstance(a, (Base, Head, Reduction) if deep else Base) for a, _ in term.factors):
        return (term,)
    coefficient, factors, bound, limits = opened(term)
    sums: list[Poly] = []
    rest: list[Factor] = []
    size = 1
    for atom, exponent in factors:
        if isinstance(atom, Head | Reduction) and deep:
            atom = mapped(atom, lambda p: _expand(p, deep, left))
        old = atom if isinstance(atom, Poly) else atom.poly if isinstance(atom, Base) else None
        if old is None:
            rest.append((atom, exponent))
            continue
        inner = _expand(old, deep, left) if deep or exponent > 0 else old
        whole = exponent.denominator == 1 and exponent > 0 and len(inner.terms) > 1
        more = size * comb(len(inner.terms) + exponent.numerator - 1, exponent.numerator) if whole else 0
        if 0 < more <= MOST_EXPANDED:
            size = more
            sums.extend([inner] * exponent.numerator)
        else:
            rest.append((atom if inner is old else inner, exponent))
    product = ONE
    for poly in sums:
        parts = [(Poly((a,)), Poly((b,))) for a in product.terms for b in poly.terms]
        product = Poly(t for a, b in parts for t in build(UNIT, [(a, UNIT), (b, UNIT)]).terms)
    left[0] -= len(product.terms)
    if not sums and all(new is old for (new, _), (old, _) in zip(rest, factors, strict=True)):
        return (term,)
    built = [build(coefficient, [*rest, (Poly((t,)), UNIT)], bound, limits) for t in product.terms]
    again = [t for p in built for t in p.terms]
    if sums and any(isinstance(a, Base) and p > 0 for t in again for a, p in t.factors):
        return [t for x in again for t in (_expand_term(x, deep, left) if x.key != term.key else (x,))]
    return again
