"""Sigmoids gathered: the value stays, the shape is the short one, and s (1 - s) stays as it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.algebra.normal import ONE, call, lone, number, power, times
from symgrad.algebra.records import Ref
from symgrad.algebra.sigmoids import gather_sigmoids
from symgrad.check.evaluate import Interpreter

u, v = lone(Ref("u")), lone(Ref("v"))
e, f = call("exp", u), call("exp", -u)
s, t = call("sigmoid", u), call("sigmoid", -u)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (power(ONE + e, -1), t),
        (times(e, power(ONE + e, -1)), s),
        (times(e, power(ONE + e, -2)), times(s, t)),
        (times(f, power(ONE + f, -1)), t),
        (times(power(e, -1), s), t),
        (ONE - s, t),
        (times(v, ONE - s), times(v, t)),
        (v - times(v, s), times(v, t)),
        (call("log", ONE - s), call("log", t)),
        (times(s, ONE - s), times(s, ONE - s)),  # the derivative as it is written
        (ONE + e, ONE + e),
        (power(ONE + e, "1/2"), power(ONE + e, "1/2")),
        (v - times(number(2), v, s), v - times(number(2), v, s)),
        (times(call("sinh", u), power(call("cosh", u), -1)), call("tanh", u)),
        (times(call("sin", u), power(call("cos", u), -2)), times(call("tan", u), power(call("cos", u), -1))),
        (times(call("sinh", u), power(call("cosh", v), -1)), times(call("sinh", u), power(call("cosh", v), -1))),
    ],
    ids=str,
)
def test_shapes(given, wanted):
    assert gather_sigmoids(given) == wanted


PARTS = [u, v, e, f, s, t, ONE + e, ONE + f, ONE - s, ONE - t]


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, len(PARTS) - 1), st.sampled_from([1, 2, -1])), max_size=4), max_size=3)
)
def test_the_value_stays(products):
    poly = number(0)
    for product in products:
        poly = poly + times(*(power(PARTS[n], p) for n, p in product))
    entries = {"u": np.array(0.7), "v": np.array(-1.3)}
    before, after = (float(Interpreter({}).value(p, {}, entries)) for p in (poly, gather_sigmoids(poly)))
    assert math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-9), (poly, gather_sigmoids(poly))
