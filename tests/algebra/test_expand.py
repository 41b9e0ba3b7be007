"""Multiplying out keeps the value and ends."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings

from symgrad.algebra.expand import MOST_EXPANDED, expand, expand_inside
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import bind, call, lone, power, scale, times
from symgrad.algebra.records import Base, Ref
from symgrad.errors import Unsupported
from tests.algebra.formulas import check, formulas

x, y, z = (lone(Ref(name)) for name in "xyz")
i, k, n = map(Affine.name, "ikn")


def summed(poly, name):
    return bind(poly, [name], [Limit("ge", Affine.name(name)), Limit("ge", n - 1 - Affine.name(name))])


@settings(max_examples=80)
@given(formulas())
def test_expanding_keeps_values(formula):
    try:
        poly = formula.poly()
        found = [expand(poly), expand(poly, deep=True), expand_inside(poly)]
    except Unsupported:
        return
    for each in found:
        check(formula, each)


@pytest.mark.fuzz
@settings(max_examples=4000)
@given(formulas(depth=4))
def test_expanding_keeps_values_at_length(formula):
    test_expanding_keeps_values.hypothesis.inner_test(formula)


def test_the_binomial():
    poly = expand(power(x + y, 30))
    assert {t.coefficient for t in poly.terms} == {comb(30, r) for r in range(31)}


def test_a_product_of_too_many_terms_stays():
    """Found: (x + y)^n took 2^n steps. What is too long stays a power, and is still equal."""
    long = power(x + y + z, 200)
    assert comb(202, 200) > MOST_EXPANDED
    assert expand(long) == long
    assert expand(times(long, x + y)).terms  # ends


def test_a_power_of_one_sum_is_not_opened():
    assert expand(power(summed(lone(Ref("x", [k])), "k"), 2)).sole.factors[0][1] == 2


def test_products_under_a_sum_are_opened():
    inner = summed(lone(Ref("A", [i, k])), "k")
    poly = summed(power(inner + lone(Ref("x", [i])), 2), "i")
    cross = summed(times(inner, lone(Ref("x", [i]))), "i")
    squares = summed(power(inner, 2), "i") + summed(power(lone(Ref("x", [i])), 2), "i")
    assert expand(poly) == squares + scale(cross, 2)


def test_deep_looks_into_functions_roots_and_denominators():
    square = times(x + y, x + y)
    flat = power(x, 2) + scale(times(x, y), 2) + power(y, 2)
    for wrap in (lambda p: call("exp", p), lambda p: power(p + z, Fraction(1, 2)), lambda p: power(p + z, -1)):
        assert expand(wrap(square), deep=True) == wrap(flat)

    assert expand(call("exp", square)) == call("exp", square)
    assert expand(power(square + z, -1)) == power(square + z, -1)


def test_brackets_stay_brackets():
    poly = times(y, times(x, x - y) + x)
    assert [type(a) for a, _ in expand_inside(poly).sole.factors].count(Base) == 1
