"""Exact values and enclosures: a formula of fractions lies between two fractions; where they are equal it is exact.

    a in [a1, a2], b in [b1, b2]:   a + b in [a1 + b1, a2 + b2],   sqrt(a) in [floor, ceil] of whole numbers

Roots and logarithms of fractions are enclosed; bounds that are not exact are rounded outwards to DIGITS digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from symgrad.algebra.index import Affine
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value
from symgrad.check.points import Point, points
from symgrad.errors import Unsupported

DIGITS = 40
SCALE = 10 ** (DIGITS + 10)
TERMS = 50  # of the logarithm; (1/3)^100 is below 10^-47


@dataclass(frozen=True)
class Between:
    """A number between `low` and `high`; exact where both are equal."""

    low: Fraction
    high: Fraction

    @staticmethod
    def of(value: Fraction | int) -> Between:
        return Between(Fraction(value), Fraction(value))

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def __add__(self, other: Between) -> Between:
        return _rounded(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Between) -> Between:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return _rounded(min(corners), max(corners))

    def power(self, exponent: Fraction) -> Between:
        """A whole power, or one of the square root. Refused where the base may be 0 or has no root."""
        if exponent.denominator not in (1, 2):
            raise Unsupported("no enclosure of this power", where=f"a power of {exponent}", expected="square roots")
        base = self if exponent.denominator == 1 else self._root()
        whole = exponent.numerator
        if whole < 0:
            if base.low <= 0 <= base.high:
                raise Unsupported("division by what may be 0", where=f"between {base.low} and {base.high}")
            base, whole = Between(1 / base.high, 1 / base.low), -whole
        ends = [base.low**whole, base.high**whole]
        if whole % 2 == 0 and base.low < 0 < base.high:
            ends.append(Fraction(0))
        return _rounded(min(ends), max(ends))

    def _root(self) -> Between:
        if self.low < 0:
            raise Unsupported("a root of what may be negative", where=f"between {self.low} and {self.high}")
        return _rounded(_root(self.low, 0), _root(self.high, 1))

    def size(self) -> Between:
        """The absolute value."""
        ends = sorted((abs(self.low), abs(self.high)))
        return Between(Fraction(0) if self.low < 0 < self.high else ends[0], ends[1])

    def log(self) -> Between:
        if self.low <= 0:
            raise Unsupported("a logarithm of what may be 0 or negative", where=f"between {self.low} and {self.high}")
        return _rounded(_log(self.low).low, _log(self.high).high)


def _rounded(low: Fraction, high: Fraction) -> Between:
    """Bounds that are not exact, outwards to DIGITS digits after the leading one."""
    if low == high:
        return Between(low, high)
    scale = Fraction(10) ** (DIGITS - _exponent(max(abs(low), abs(high))))
    return Between((low * scale).__floor__() / scale, (high * scale).__ceil__() / scale)


def _exponent(value: Fraction) -> int:
    """A whole number e with 10^(e-2) <= value < 10^(e+1)."""
    return len(str(value.numerator)) - len(str(value.denominator))


def _root(value: Fraction, up: int) -> Fraction:
    """The square root of a fraction if it has one, else a bound from below (up = 0) or above (up = 1)."""
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    scale = 10 ** (DIGITS + max(0, -_exponent(value)))
    return Fraction(isqrt((value * scale * scale).__floor__()) + up, scale)


def _log(value: Fraction) -> Between:
    """ln x = e ln 2 + ln m with x = 2^e m and 2/3 <= m <= 4/3."""
    twos = 0
    while value > Fraction(4, 3):
        value, twos = value / 2, twos + 1
    while value < Fraction(2, 3):
        value, twos = value * 2, twos - 1
    return _series(value) + Between.of(twos) * _series(Fraction(2))


def _series(value: Fraction) -> Between:
    """ln x = 2 sum_k y^(2k+1)/(2k+1), y = (x-1)/(x+1), for 2/3 <= x <= 2, in whole multiples of 1/SCALE.

    Each power and each quotient is off by at most k + 2 of them, all together by less than 10 TERMS; the rest after
    TERMS terms is below 2 |y|^(2 TERMS + 1).
    """
    y = (value - 1) / (value + 1)
    power = (y * SCALE).__floor__()
    square, total = (y * y * SCALE).__floor__(), 0
    for k in range(TERMS):
        total += 2 * power // (2 * k + 1)
        power = power * square // SCALE
    rest = Fraction(10 * TERMS, SCALE) + 2 * Fraction(1, 3) ** (2 * TERMS + 1)
    return _rounded(Fraction(total, SCALE) - rest, Fraction(total, SCALE) + rest)


Read = Callable[[str, Point], "Between | Fraction | int"]


def enclosed(poly: Poly, at: Mapping[str, int], read: Read) -> Between:
    """The value of a formula: `at` has its sizes and free indices, `read` the entries of its names.

    Refused, by name, for functions other than roots, logarithms, absolute values, powers and products.

    >>> enclosed(Poly(()), {}, lambda name, place: 0).exact
    True
    """
    total = Between.of(0)
    for term in poly.terms:
        total = total + _term(term, at, read)
    return total


def _term(term: Term, at: Mapping[str, int], read: Read) -> Between:
    total = Between.of(0)
    for place in points(term.bound, term.limits, at):
        here, product = {**at, **dict(zip(term.bound, place, strict=True))}, Between.of(1)
        for atom, exponent in term.factors:
            value = _atom(atom, here, read)
            product = product * (value if exponent == 1 else value.power(exponent))
        total = total + product
    return Between.of(term.coefficient) * total


def _atom(atom: Atom, at: Mapping[str, int], read: Read) -> Between:
    if isinstance(atom, Ref):
        found = read(atom.name, tuple(_whole(i, at) for i in atom.indices))
        return found if isinstance(found, Between) else Between.of(found)
    if isinstance(atom, Value):
        return Between.of(at[atom.name])
    if isinstance(atom, Base):
        return enclosed(atom.poly, at, read)
    if isinstance(atom, Head) and atom.function == "log":
        return enclosed(atom.arguments[0], at, read).log()
    if isinstance(atom, Head) and atom.function == "abs":
        return enclosed(atom.arguments[0], at, read).size()
    if isinstance(atom, Head) and atom.function == "pow":
        base, exponent = (enclosed(p, at, read) for p in atom.arguments)
        if exponent.exact:
            return base.power(exponent.low)
    if isinstance(atom, Reduction) and atom.function == "prod":
        places, product = points([atom.index], atom.limits, at), Between.of(1)
        if atom.index not in atom.poly.names and places:  # equal factors
            return enclosed(atom.poly, at, read).power(Fraction(len(places)))
        for (place,) in places:
            product = product * enclosed(atom.poly, {**at, atom.index: place}, read)
        return product
    raise Unsupported("no enclosure of this function", where=atom.key, expected="roots, logarithms, powers, products")


def _whole(index: Affine, at: Mapping[str, int]) -> int:
    return index.at({n: at[n] for n in index.names})
