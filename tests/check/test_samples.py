"""Samples satisfy signs and facts and keep away from kinks and poles; sizes visit the corners."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Function, log, sqrt

import symgrad as sg
from symgrad.check.samples import NoSample, sample, satisfiable
from symgrad.check.sizes import choose_sizes
from symgrad.declare.names import Sum


def summed(sample, name):
    return sum(sample.values[name].values())


# --- entries


def test_entries_are_of_order_one_unlike_and_of_the_declared_signs(layer):
    g = layer()
    i = g.index("i", g.size("N"))
    g.input("x", i), g.parameter("p", i, sign="positive"), g.constant("epsilon", positive=True), g.constant("c")
    found = sample(g.model, {"N": 5}, 3).values
    every = [v for own in found.values() for v in own.values()]
    assert len(set(every)) == len(every) == 12
    assert all(0.1 <= abs(v) <= 2 for v in every)
    assert all(v > 0 for name in ("p", "epsilon") for v in found[name].values())
    assert min(found["x"].values()) < 0 < max(found["x"].values())


def test_a_sample_is_the_same_every_time(batch_norm):
    first, second = (sample(batch_norm.model, {"m": 3}, 7) for _ in range(2))
    assert first == second
    assert first.values != sample(batch_norm.model, {"m": 3}, 8).values


def test_a_sample_holds_forward_values_too(softmax):
    found = sample(softmax().model, {"N": 4})
    assert summed(found, "P") == pytest.approx(1)
    assert set(found.given) == {"h", "y"} and set(found.values) == {"h", "y", "P", "L"}


# --- facts


def test_a_linear_fact(softmax):
    for n in (1, 2, 5):
        assert summed(sample(softmax().model, {"N": n}), "y") == pytest.approx(1, abs=1e-11)
    assert abs(summed(sample(softmax(fact=False).model, {"N": 5}), "y") - 1) > 0.01


def test_facts_with_signs_squares_and_free_indices(layer):
    g = layer()
    i, j = g.indices("i j", g.size("N"))
    k = g.index("k", g.size("M"))
    y, w = g.input("y", i, k, sign="positive"), g.input("w", i)
    g.fact(Sum(y[i, k], k), 1)
    g.fact(Sum(w[j] ** 2, j), 1)
    found = sample(g.model, {"N": 3, "M": 4}).values
    for n in range(3):
        assert sum(found["y"][(n, c)] for c in range(4)) == pytest.approx(1, abs=1e-11)
    assert sum(v**2 for v in found["w"].values()) == pytest.approx(1, abs=1e-11)
    assert min(found["y"].values()) > 0


def test_a_fact_about_a_definition(batch_norm):
    batch_norm.fact(batch_norm["mu"], 0)
    batch_norm.fact(batch_norm["sigma2"], 2)
    found = sample(batch_norm.model, {"m": 4})
    assert found.values["mu"][()] == pytest.approx(0, abs=1e-11)
    assert found.values["sigma2"][()] == pytest.approx(2, abs=1e-10)


def test_one_hot_by_its_equations(layer):
    g = layer()
    i, j = g.indices("i j", g.size("N"))
    y = g.input("y", i, sign="nonnegative")
    g.fact(y[i] ** 2, y[i])
    g.fact(Sum(y[j], j), 1)
    assert sorted(sample(g.model, {"N": 3}).values["y"].values()) == pytest.approx([0, 0, 1], abs=1e-9)


def test_facts_that_cannot_hold_together(layer):
    g = layer()
    i = g.index("i", g.size("N"))
    y = g.input("y", i)
    g.fact(Sum(y[i], i), 1, name="labels add up to 1")
    assert satisfiable(g.model) == ""
    g.fact(2 * Sum(y[i], i), 3, name="twice the labels is 3")
    assert satisfiable(g.model) == (
        "facts cannot hold together\n"
        "  where: labels add up to 1; twice the labels is 3\n"
        "  expected: entries of the declared signs for which all facts hold\n"
        "  given: no entries were found at N = 3"
    )
    with pytest.raises(NoSample, match="facts cannot hold together"):
        sample(g.model, {"N": 3})


@pytest.mark.parametrize(("right", "reason"), [(1, ""), (-1, "facts cannot hold together")])
def test_a_fact_against_a_sign(layer, right, reason):
    g = layer()
    i = g.index("i", g.size("N"))
    y = g.input("y", i, sign="positive")
    g.fact(Sum(y[i], i), right)
    assert satisfiable(g.model).startswith(reason) and bool(satisfiable(g.model)) == bool(reason)


def test_an_empty_sum_cannot_be_1(layer):
    g = layer()
    N, M = g.sizes("N M")
    i = g.index("i", N - M)
    y = g.input("y", i)
    g.fact(Sum(y[i], i), 1)
    assert satisfiable(g.model) == ""
    with pytest.raises(NoSample):
        sample(g.model, {"N": 2, "M": 2})


# --- kinks and poles


@pytest.mark.parametrize("head", ["relu", "Abs", "sign", "step"])
def test_keeps_away_from_kinks(layer, head):
    from sympy import Abs, sign

    g = layer()
    N, M = g.sizes("N M")
    i, j = g.index("i", N), g.index("j", M)
    x, w = g.input("x", i), g.input("w", j, i)
    a = g.define("a", Sum(w[j, i] * x[i], i), over=j)
    function = {"Abs": Abs, "sign": sign}.get(head) or Function(head)
    g.define("z", function(a[j]), over=j)
    for seed in range(10):
        found = sample(g.model, {"N": 3, "M": 5}, seed).values["a"]
        assert min(map(abs, found.values())) >= 0.02


def test_hundreds_of_kinks_leave_a_sample(layer):
    g = layer()
    i, j = g.index("i", 18), g.index("j", 18)
    x, w = g.input("x", i), g.input("w", j)
    g.define("z", Function("relu")(x[i] + w[j]), over=(i, j))
    found = sample(g.model, {}).values
    sums = [a + b for a in found["x"].values() for b in found["w"].values()]
    assert len(sums) == 18 * 18 and min(map(abs, sums)) > 1e-5  # away from every kink


def test_logarithms_roots_and_divisions_get_arguments_they_can_take(layer):
    g = layer()
    i = g.index("i", g.size("N"))
    x = g.input("x", i)
    q = g.define("q", Sum(x[i], i))
    g.define("r", log(q) + sqrt(q - 1) + 1 / (q - 2))
    for seed in range(5):
        found = sample(g.model, {"N": 4}, seed)
        total = found.values["q"][()]
        assert total > 1.05 * 0.98 and abs(total - 2) > 0.02
        assert np.isfinite(found.values["r"][()])


def test_a_place_that_cannot_be_avoided_is_named(layer):
    g = layer()
    x = g.input("x")
    g.define("r", log(-(x**2)))
    with pytest.raises(NoSample) as caught:
        sample(g.model, {})
    assert "no sample keeps away from kinks and poles" in str(caught.value)
    assert "the argument of log" in caught.value.where and "x[]^2" in caught.value.where


# --- sizes


def test_sizes_of_one_size(batch_norm):
    chosen = choose_sizes(batch_norm.model)
    assert chosen[0]["m"] >= 2 and {"m": 1} in chosen
    assert len({s["m"] for s in chosen}) == 5


@pytest.mark.parametrize("seed", range(5))
def test_sizes_of_a_convolution(image_convolution, seed):
    chosen = choose_sizes(image_convolution.model, seed=seed)
    assert all(s["H1"] >= s["K1"] and s["H2"] >= s["K2"] for s in chosen)
    assert min(chosen[0].values()) >= 2 and chosen[0]["H1"] > chosen[0]["K1"]
    assert any(set(s.values()) == {1} for s in chosen)
    assert any(s["H1"] == s["K1"] >= 2 for s in chosen)
    assert any(s["H1"] != s["H2"] and s["K1"] != s["K2"] for s in chosen)


def test_sizes_visit_an_empty_range_where_it_is_permitted(layer):
    g = layer()
    H, K = g.sizes("H K")
    g.index("i", H - K + 1)
    chosen = choose_sizes(g.model)
    assert any(s["H"] - s["K"] + 1 <= 0 for s in chosen)
    assert chosen[0]["H"] >= chosen[0]["K"] >= 2 and chosen[0]["H"] != chosen[0]["K"]
    g.require(H >= K)
    assert all(s["H"] >= s["K"] for s in choose_sizes(g.model))


def test_sizes_are_all_different_where_they_can_be(layer):
    g = layer()
    for name in "nmde":
        g.index(name + "x", g.size(name))
    chosen = choose_sizes(g.model)
    assert len(set(chosen[0].values())) == 4 and min(chosen[0].values()) >= 2


def test_sizes_satisfy_equations_and_products(layer):
    g = layer()
    H, B, s, n = g.sizes("H B s n")
    g.require(H >= 2 * B + 3)
    g.index("i", (H - s * n) + 1)
    g.require(s * n + 1 <= H)
    for chosen in choose_sizes(g.model):
        assert chosen["H"] >= 2 * chosen["B"] + 3 and chosen["H"] > chosen["s"] * chosen["n"]


def test_without_sizes_there_is_nothing_to_choose(layer):
    assert choose_sizes(layer().model, 3) == ({}, {}, {})


def test_a_matrix_that_is_always_singular_is_named():
    g = sg.Graph("gram")
    m, n = g.sizes("m n")
    g.require(n >= m + 1)
    a, (i, j) = g.index("a", m), g.indices("i j", n)
    X = g.input("X", a, i)
    M = g.define("M", sg.Sum(X[a, i] * X[a, j], a), over=(i, j))
    logdet = g.logdet("l", M)
    with pytest.raises(NoSample, match="M is singular") as refused:
        g.derive(logdet, wrt=X[a, i])
    assert "a relation between the sizes" in str(refused.value)
