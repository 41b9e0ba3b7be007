"""Small fractions in floats: what a formula may be off by."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

LARGEST = 24  # of numerators and denominators


def fraction(value: float) -> Fraction | None:
    """A small fraction, where a value is one.

    >>> fraction(-7 / 3), fraction(0.1234567)
    (Fraction(-7, 3), None)
    """
    if not isfinite(value):
        return None
    near = Fraction(value).limit_denominator(LARGEST)
    small = abs(near.numerator) <= LARGEST
    return near if small and abs(float(near) - value) <= 1e-6 * max(1.0, abs(value)) else None
