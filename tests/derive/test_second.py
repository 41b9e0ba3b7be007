"""Second derivatives: they start from the fact-free form, and an unknown loss has none."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import KroneckerDelta, exp, log

import symgrad as sg
from derivations import batch_normalization as bn
from derivations import softmax_cross_entropy as sm
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.check.proof import equal
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import is_as_short, is_equal


@pytest.fixture(scope="module")
def logsumexp():
    g = sg.Graph("logsumexp")
    n = g.size("n")
    i, j, k, l = g.indices("i j k l", n)  # noqa: E741
    h = g.input("h", i)
    lse = g.define("lse", log(sg.Sum(exp(h[k]), k)))
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    first = g.derive(lse, wrt=h[i])
    second = g.derive(first, wrt=h[j])
    return g, (i, j, k, l), h, P, first, second


def is_symmetric(d, one="i", other="j"):
    swapped = put(d.poly, {one: Affine.name(other), other: Affine.name(one)})
    return equal(d.poly, swapped, d.engine.model, d.engine.free, d.engine.model.facts)


def test_hessian_of_logsumexp(logsumexp):
    _, (i, j, _, _), _, P, first, second = logsumexp
    assert str(first.answer) == "P[i]"
    formula = P[i] * (KroneckerDelta(i, j) - P[j])
    assert is_equal(second, formula) and is_as_short(second, formula)
    assert second.report.proved and second.certificate.nonzero
    assert is_symmetric(second)


def test_third_derivative_of_logsumexp_is_symmetric(logsumexp):
    g, (_, _, k, _), h, _, _, second = logsumexp
    third = g.derive(second, wrt=h[k])
    assert third.certificate.holds and third.report.proved

    numbers, model = third.graph.numbers(third.graph.model), third.engine.model
    for one, other in (("i", "j"), ("j", "k"), ("i", "k")):
        swapped = put(third.poly, {one: Affine.name(other), other: Affine.name(one)})
        assert numbers.compare(third.poly, swapped, third.engine.free, model).holds


def test_the_symmetry_of_the_third_derivative_is_proved(logsumexp):
    g, (_, _, k, _), h, _, _, second = logsumexp
    third = g.derive(second, wrt=h[k])
    assert all(is_symmetric(third, *pair) for pair in (("i", "j"), ("j", "k"), ("i", "k")))


def test_hessian_agrees_with_differences(logsumexp):
    second = logsumexp[-1]
    h = np.array([0.3, -1.1, 0.8])

    def softmax(v):
        return np.exp(v) / sum(np.exp(v))

    found = entries(second.answer, ["i", "j"], (3, 3), {"n": 3, "h": Box(h), "P": Box(softmax(h))})
    assert found == pytest.approx(differences(softmax, h), rel=1e-7)


def test_softmax_cross_entropy_from_the_fact_free_form():
    i, j = sm.i, sm.j
    d = sm.g.derive(sm.L, wrt=sm.h[i])
    assert str(d.answer) == "P[i] - y[i]"
    assert is_equal(d, sm.P[i] * sg.Sum(sm.y[sm.k], sm.k) - sm.y[i], poly=d.fact_free)
    by_label = sm.g.derive(d, wrt=sm.y[j])
    assert is_equal(by_label, sm.P[i] - KroneckerDelta(i, j)), "from P - y itself P_i would be lost"
    hessian = sm.g.derive(d, wrt=sm.h[j])
    assert is_equal(hessian, sm.P[i] * (KroneckerDelta(i, j) - sm.P[j]), facts=True)
    assert is_symmetric(hessian)
    free = sm.g.derive(d, wrt=sm.h[j], without=sm.g.facts)
    assert is_equal(free, sm.P[i] * (KroneckerDelta(i, j) - sm.P[j]) * sg.Sum(sm.y[sm.k], sm.k))


def test_gradients_kept_by_name_are_put_in_before_deriving_again():
    g = sg.Graph("quadratic")
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    x, W = g.input("x", i), g.input("W", i, j)
    y = g.define("y", sg.Sum(W[i, j] * x[j], j), over=i)
    L = g.define("L", sg.Sum(y[i] ** 2, i) / 2)
    kept = g.derive(L, wrt=x[i], keep=[y])
    assert "dL_dy" in kept.poly.tensors
    for first in (kept, g.derive(L, wrt=x[i])):
        second = g.derive(first, wrt=x[j])
        assert is_equal(second, sg.Sum(W[k, i] * W[k, j], k)) and is_symmetric(second)


def test_mixed_derivatives_agree_whichever_comes_first():
    g = sg.Graph("mixed")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, w = g.input("x", i), g.parameter("w", i)
    L = g.define("L", exp(sg.Sum(w[i] * x[i], i)) + sg.Sum(w[i] ** 2 * x[i], i))
    one, other = g.derive(g.derive(L, wrt=x[i]), wrt=w[j]), g.derive(g.derive(L, wrt=w[j]), wrt=x[i])
    assert equal(one.poly, other.poly, one.engine.model, ("i", "j"))


def test_an_unknown_loss_has_no_second_derivative():
    d = bn.g.derive(bn.f, wrt=bn.x[bn.i])
    with pytest.raises(sg.Unsupported) as refusal:
        bn.g.derive(d, wrt=bn.x[bn.j])
    assert refusal.value.what == "the loss f is unknown, so its second derivative by y is too"
    assert refusal.value.expected == "a loss that is written out"


def test_also_where_the_gradient_hides_behind_a_kept_name():
    d = bn.g.derive(bn.f, wrt=bn.x[bn.i], keep=[bn.mu, bn.sigma2, bn.xhat])
    assert not any(n == "df_dy" for n in d.poly.tensors)
    with pytest.raises(sg.Unsupported, match="the loss f is unknown"):
        bn.g.derive(d, wrt=bn.x[bn.j])
