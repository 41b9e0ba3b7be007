"""Every row of the numeric table against mpmath, and generic functions against differences of themselves."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from symgrad.algebra.heads import HEADS
from symgrad.check.functions import KINKS, NUMERIC, generic_loss, numeric, seeded
from symgrad.errors import Unsupported

EXACT = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "softplus": lambda u: mpmath.log(1 + mpmath.exp(u)),
    "relu": lambda u: max(u, 0),
    "step": lambda u: 1 if u > 0 else 0,
    "abs": abs,
    "sign": mpmath.sign,
    "tan": mpmath.tan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "atan": mpmath.atan,
    "erf": mpmath.erf,
    "silu": lambda u: u / (1 + mpmath.exp(-u)),
    "gelu": lambda u: u * mpmath.ncdf(u),
    "gelu_tanh": lambda u: u / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (u + mpmath.mpf("0.044715") * u**3))),
}
PAIRS = {  # heads of two arguments
    "leaky_relu": lambda u, a: u if u > 0 else a * u,
    "elu": lambda u, c: u if u > 0 else c * (mpmath.exp(u) - 1),
    "max": max,
    "min": min,
    "pow": lambda a, n: a**n,
    "same": lambda a, b: 1 if a == b else 0,
}
H = 2.0**-9


def slope(f, *at, by=0):
    """Fourth-order central difference by one argument."""
    moved = [f(*(u + (n == by) * s * H for n, u in enumerate(at))) for s in (-2, -1, 1, 2)]
    return (moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * H)


def test_every_head_has_numbers():
    assert NUMERIC.keys() == HEADS.keys() == EXACT.keys() | PAIRS.keys() | {"pi"}
    assert KINKS.keys() <= HEADS.keys()


PLACES = [-30.0, -1.3, -0.1, 0.0, 0.2, 1.7, 40.0]


@pytest.mark.parametrize(("head", "u"), [(head, u) for head in EXACT for u in PLACES if head != "log" or u > 0])
def test_row_agrees_with_mpmath(head, u):
    with mpmath.workdps(40):
        expected = float(EXACT[head](mpmath.mpf(u)))
    rel = 4e-15 if head != "gelu" else 1e-12  # far in its tail
    assert float(NUMERIC[head](u)) == pytest.approx(expected, rel=rel, abs=0)
    batch = NUMERIC[head](np.array([u, u]))
    assert batch.shape == (2,) and float(batch[1]) == float(NUMERIC[head](u))


@pytest.mark.parametrize("head", ["sigmoid", "softplus", "tanh"])
@pytest.mark.parametrize("u", [-750.0, 750.0])
def test_stable_forms_do_not_overflow(head, u):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(NUMERIC[head](u))


@pytest.mark.parametrize("head", PAIRS)
@pytest.mark.parametrize("u", [0.2, 1.7])
@pytest.mark.parametrize("v", [-1.3, 0.4, 2.5])
def test_pair_agrees_with_mpmath(head, u, v):
    u, v = (v, u) if head in ("elu", "leaky_relu") else (u, v)
    with mpmath.workdps(40):
        expected = float(PAIRS[head](mpmath.mpf(u), mpmath.mpf(v)))
    assert float(NUMERIC[head](u, v)) == pytest.approx(expected, rel=4e-15)


def test_pi_is_pi():
    assert NUMERIC["pi"]() == pytest.approx(float(mpmath.pi), rel=1e-15)


@pytest.mark.parametrize("head", KINKS)
def test_a_kink_is_a_kink(head):
    second = {"max": 0.0, "min": 0.0, "leaky_relu": 0.1, "elu": 0.3}
    rest = [second[head]] if head in second else []
    at = 0.0
    assert float(KINKS[head](at, *rest)) == 0

    def f(u):
        return float(NUMERIC[head](u, *rest))

    left, right = (f(at) - f(at - H)) / H, (f(at + H) - f(at)) / H
    assert abs(left - right) > 0.5 or abs(f(at + H) - f(at - H)) > 0.5


@pytest.mark.parametrize("primes", range(4))
@pytest.mark.parametrize("u", [-0.8, 0.3, 1.4])
def test_primes_are_derivatives(primes, u):
    known = {"g": 1}
    lower, upper = (numeric("g" + "'" * n, known) for n in (primes, primes + 1))
    assert float(upper(u)) == pytest.approx(slope(lower, u), rel=1e-9)


@pytest.mark.parametrize(
    ("lower", "upper", "by"), [("q", "q'1", 0), ("q", "q'3", 2), ("q'1", "q'12", 1), ("q'2", "q'12", 0)]
)
def test_derivatives_by_one_of_several_arguments(lower, upper, by):
    at = (0.4, -0.7, 1.1)
    found = float(numeric(upper, {"q": 3})(*at))
    assert found == pytest.approx(slope(numeric(lower, {"q": 3}), *at, by=by), rel=1e-9)
    assert abs(found) > 1e-3  # mixed second derivatives do not vanish


def test_two_unknown_functions_are_two_functions():
    assert numeric("g", {"g": 1})(0.5) != numeric("k", {"k": 1})(0.5)


def test_numbers_of_a_name_never_change():
    assert float(seeded("f").uniform()) == pytest.approx(0.48148944, abs=1e-7)


@pytest.mark.parametrize("head", ["nothing", "g'2", "q'", "q'4"])
def test_refuses_what_it_does_not_know(head):
    with pytest.raises(Unsupported) as caught:
        numeric(head, {"g": 1, "q": 3})
    assert head in str(caught.value)


def test_generic_loss_has_the_gradient_of_its_value_and_mixed_second_derivatives():
    value, gradient = generic_loss("f", 3)
    at = [0.3, -1.2, 0.8]
    for n in range(3):
        assert gradient(at)[n] == pytest.approx(slope(lambda *v: value(v), *at, by=n), rel=1e-9)
        for other in range(3):
            assert abs(slope(lambda *v, n=n: gradient(v)[n], *at, by=other)) > 1e-3


def test_a_loss_of_nothing_is_a_number():
    value, gradient = generic_loss("f", 0)
    assert math.isfinite(value([])) and gradient([]) == []
