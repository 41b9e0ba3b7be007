"""Powers of sums and numbers: what comes out of a bracket, and when.

Laws: (c a^q)^p = c^p a^(qp) for whole p, or where a >= 0; the numeric content of a sum comes out of whole powers.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from symgrad.algebra.records import UNIT, Atom, Base, Poly, Term, power_sign
from symgrad.errors import Unsupported

Factor = tuple["Atom | Poly", Fraction]

NOTHING = Poly(())
ONE = Poly((Term(Fraction(1), (), (), ()),))
MOST_POWER = 1000  # of a number
MOST_DIVISOR = 100  # that is looked for under a root


def number(value: int | Fraction) -> Poly:
    value = Fraction(value)
    return Poly((Term(value, (), (), ()),)) if value else NOTHING


def scale(poly: Poly, factor: int | Fraction) -> Poly:
    return Poly(t.scaled(Fraction(factor)) for t in poly.terms) if factor else NOTHING


def spread(base: Base, exponent: Fraction) -> tuple[Fraction, list[Factor]] | None:
    """Simplifies a power of a sum; None when it is already normal.

    Laws: (c a^q)^p = c^p a^(qp) for integer p, or a >= 0; the numeric content of a sum comes out for integer p.
    """
    poly = base.poly
    value = poly.number
    if value is not None:
        return _number_power(base, value, exponent)
    whole = exponent.denominator == 1
    term = poly.sole
    if term is not None and not term.bound and not (term.limits and exponent <= 0):
        return _spread_monomial(term, exponent, whole)
    inner = content(poly) if term is None else term.coefficient
    if inner != 1:
        root = _exact_power(inner if whole else abs(inner), exponent)
        if whole and root is not None:
            return root, [(scale(poly, 1 / inner), exponent)]
        if root is not None and abs(inner) != 1:
            return root, [(scale(poly, 1 / abs(inner)), exponent)]
    return None


def _spread_monomial(term: Term, exponent: Fraction, whole: bool) -> tuple[Fraction, list[Factor]] | None:
    if term.limits:  # a guard is 0 or 1: its positive powers are itself; it is opened by _unpack
        return None
    if exponent == 1:
        return term.coefficient, list(term.factors)
    if whole:
        numeric = _exact_power(term.coefficient, exponent)
        return numeric or UNIT, [(a, p * exponent) for a, p in term.factors]
    out = [(a, p) for a, p in term.factors if power_sign(a.sign, p) != "real" and a.sign != "real"]
    numeric = _exact_power(term.coefficient, exponent) if term.coefficient > 0 else None
    if numeric is not None and not out and len(term.factors) == 1:
        ((atom, inner),) = term.factors
        if inner == 1 or inner.denominator % 2 == 0:  # (a^(1/2))^p = a^(p/2): the root says that a >= 0
            out = [(atom, inner)]
    if not out and (numeric is None or term.coefficient == 1):
        return None
    rest = [f for f in term.factors if f not in out]
    kept = Poly((Term(UNIT if numeric is not None else term.coefficient, tuple(rest), (), ()),))
    parts: list[Factor] = [(a, p * exponent) for a, p in out]
    if kept.number == 1:
        return numeric or UNIT, parts
    return numeric or UNIT, [(Base(kept), exponent), *parts]


def _number_power(base: Base, value: Fraction, exponent: Fraction) -> tuple[Fraction, list[Factor]] | None:
    if value == 0 and exponent <= 0:
        raise Unsupported(
            "division by zero", where=f"({base.key})^{exponent}", fix="a definition is 0 here: declare it otherwise"
        )
    found = _exact_power(value, exponent)
    if found is not None:
        return found, []
    if value < 0:
        raise Unsupported("root of a negative number", where=f"({value})^{exponent}")
    if value.denominator != 1:
        return UNIT, [(number(value.numerator), exponent), (number(value.denominator), -exponent)]
    floor = exponent.numerator // exponent.denominator
    outside, inside, rest = _radical(value.numerator, exponent - floor)
    if not floor and outside == 1 and rest == exponent:
        return None
    return value**floor * outside, [(base if inside == value else Base(number(inside)), rest)]


def _radical(value: int, exponent: Fraction) -> tuple[int, int, Fraction]:
    """Whole numbers out of a root, and the root in lowest terms: 8^(1/2) = 2 * 2^(1/2), 9^(1/4) = 3^(1/2).

    Law: no whole number from 2 on has a power of more than b that is below 2^b.
    """
    for degree in range(min(exponent.denominator, value.bit_length()), 1, -1):
        found = _root(value, degree) if exponent.denominator % degree == 0 else None
        if found is not None:
            value, exponent = found, exponent * degree
    outside = 1
    for divisor in range(2, MOST_DIVISOR if exponent.denominator <= value.bit_length() else 2):
        while value % divisor**exponent.denominator == 0:
            value //= divisor**exponent.denominator
            outside *= divisor**exponent.numerator
    return outside, value, exponent


def _exact_power(value: Fraction, exponent: Fraction) -> Fraction | None:
    if abs(value) != 1 and abs(exponent) > MOST_POWER:
        raise Unsupported(
            "a power of a number that is too large to compute",
            where=f"({value})^{exponent}",
            expected=f"exponents up to {MOST_POWER}",
            given=str(exponent),
            fix="write it as exp(exponent*log(number))",
        )
    if exponent.denominator == 1:
        return value**exponent.numerator if value or exponent > 0 else None
    if value < 0:
        return None
    top, bottom = (_root(part, exponent.denominator) for part in (value.numerator, value.denominator))
    return None if top is None or bottom is None else Fraction(top, bottom) ** exponent.numerator


def _root(value: int, degree: int) -> int | None:
    guess = round(value ** (1 / degree)) if value < 2**50 else -1
    return guess if guess >= 0 and guess**degree == value else None


def content(poly: Poly) -> Fraction:
    """The numeric content of a sum, signed so that its leading term becomes positive.

    The leading term is the number if there is one (1 - U), else the one with most indices (x_i - mu), else the first.
    """
    if poly.content is None:
        lead = min(poly.terms, key=lambda t: (bool(t.factors), -len(t.names), t.key))
        numerator = gcd(*[t.coefficient.numerator for t in poly.terms])
        denominator = lcm(*[t.coefficient.denominator for t in poly.terms])
        poly.content = Fraction(numerator if lead.coefficient.numerator > 0 else -numerator, denominator)
    return poly.content


def flipped(atom: Atom, exponent: Fraction) -> bool:
    """Whether a sum under a whole power stands with the sign that `content` takes out of it."""
    if not isinstance(atom, Base) or exponent.denominator != 1 or len(atom.poly.terms) < 2:
        return False
    return content(atom.poly) < 0
