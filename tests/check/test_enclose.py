"""Enclosures: exact where numbers are, and around the true value where roots and logarithms are."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

import symgrad as sg
from symgrad.check.enclose import Between, enclosed
from symgrad.errors import Unsupported

NARROW = Fraction(1, 10**30)


@pytest.mark.parametrize("value", ["2", "1/3", "0.005", "0.999", "123456789/7", "1e-12", "4/3", "2/3", "1.0000001"])
def test_logarithms_and_roots_are_enclosed(value):
    exact = Fraction(value)
    log, root = Between.of(exact).log(), Between.of(exact).power(Fraction(1, 2))
    assert log.high - log.low < NARROW and float(log.low) == pytest.approx(math.log(exact), rel=1e-12, abs=1e-15)
    assert root.low**2 <= exact <= root.high**2 and root.high - root.low <= NARROW * max(1, root.high)
    # the other way round: exp of the bounds, by its series, lies on both sides
    assert series(log.low) < exact < series(log.high) or exact == 1


def series(value: Fraction) -> Fraction:
    """exp by halving and its series, in fractions of 60 digits: independent of the logarithm above."""
    total, term, scaled = Fraction(1), Fraction(1), value / 64
    for n in range(1, 40):
        term = Fraction(round(term * scaled / n * 10**70), 10**70)
        total += term
    return total**64


def test_what_is_exact_stays_exact():
    assert Between.of(Fraction(9, 4)).power(Fraction(1, 2)) == Between.of(Fraction(3, 2))
    assert (Between.of(2) * Between.of(Fraction(1, 3)) + Between.of(1)).low == Fraction(5, 3)
    assert Between.of(-2).power(Fraction(3)) == Between.of(-8) and Between.of(-2).size() == Between.of(2)


@pytest.mark.parametrize("low", [-3, -1, 1])
@pytest.mark.parametrize("exponent", [-2, -1, 1, 2, 3])
def test_powers_of_enclosures_hold_every_value(low, exponent):
    wide = Between(Fraction(low), Fraction(low) + 2)
    if exponent < 0 and wide.low <= 0 <= wide.high:
        with pytest.raises(Unsupported, match="division by what may be 0"):
            wide.power(Fraction(exponent))
        return
    found = wide.power(Fraction(exponent))
    for n in range(21):
        value = wide.low + (wide.high - wide.low) * Fraction(n, 20)
        assert found.low <= value**exponent <= found.high


def test_formulas():
    g = sg.Graph("f")
    t = g.size("t")
    k = g.index("k", t)
    x, a = g.input("x", k), g.constant("a", positive=True)
    poly = g.read(sg.Sum(x[k] * a**k, k) + sg.Product(1 - a, k) + abs(x[0]))[0]
    values = {("x", (0,)): Fraction(-1), ("x", (1,)): Fraction(3), ("a", ()): Fraction(1, 2)}
    assert enclosed(poly, {"t": 2}, lambda n, p: values[n, p]) == Between.of(Fraction(7, 4))
    with pytest.raises(Unsupported, match="no enclosure of this function"):
        enclosed(g.read(sg.sin(a))[0], {}, lambda n, p: Fraction(1))
