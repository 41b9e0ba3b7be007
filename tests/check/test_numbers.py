"""Certificates: the right answers pass with room to spare, and every kind of known-wrong answer is rejected."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Function, KroneckerDelta, Piecewise, exp, sqrt

from symgrad.algebra.normal import NOTHING, call, lone, times
from symgrad.check.evaluate import forward
from symgrad.check.numbers import Numbers
from symgrad.declare.model import Tensor
from symgrad.declare.names import Sum
from symgrad.errors import CertificateError, Unsupported

GOOD = 1e-9


class Asked:
    """A layer with one question: answers are written in declared names."""

    def __init__(self, g, of, by, free, numbers=None):
        self.g, self.of, self.by, self.free = g, of, by, free
        self.numbers = numbers or Numbers(g.model)

    def judge(self, answer):
        poly, _ = self.g.read(answer)
        return self.numbers.against_differences(poly, self.free, self.of, self.by, self.g.model)


# --- softmax cross-entropy


def softmax_answers(g):
    i, k, h, y, P = (g[n] for n in ("i", "k", "h", "y", "P"))
    right = {"closed": P[i] - y[i], "without the fact": P[i] * Sum(y[k], k) - y[i]}
    wrong = {
        "flipped sign": y[i] - P[i],
        "dropped term": P[i],
        "dropped sum": exp(h[i]) - y[i],
        "for another entry": P[g["N"] - 1 - i] - y[i],
        "half": (P[i] - y[i]) / 2,
        "nearly": P[i] - y[i] * (1 + sqrt(1 + 1 / 10**6) - 1),
    }
    return right, wrong


def test_softmax_cross_entropy(softmax):
    g = softmax()
    asked = Asked(g, "L", "h", ("i",))
    right, wrong = softmax_answers(g)
    for answer in right.values():
        certificate = asked.judge(answer)
        assert certificate.worst < GOOD and certificate.nonzero and certificate.points >= 15
        assert certificate.fault == pytest.approx(1e-7, rel=1e-6)
    for name, answer in wrong.items():
        assert not asked.judge(answer).holds, name


def test_the_fact_is_needed(softmax):
    """P_i - y_i holds only where the labels add up to 1; samples that know no fact see it."""
    g = softmax(fact=False)
    right, _ = softmax_answers(g)
    asked = Asked(g, "L", "h", ("i",))
    assert asked.judge(right["without the fact"]).worst < GOOD
    assert asked.judge(right["closed"]).worst > 1e-3


def test_jacobian_of_softmax(softmax):
    g = softmax()
    i, j, P = (g[n] for n in ("i", "j", "P"))
    asked = Asked(g, "P", "h", ("j", "i"))
    assert asked.judge(P[j] * (KroneckerDelta(i, j) - P[i])).worst < GOOD
    assert not asked.judge(-P[j] * P[i]).holds
    assert not asked.judge(P[j] * (KroneckerDelta(i, j) + P[i])).holds


# --- batch normalisation


@pytest.fixture
def normal(batch_norm):
    """The layer, with its upstream gradient by name."""
    batch_norm.given("upstream", "f", "y")
    return batch_norm


def dx(g, **changes):
    """The compact form of batch normalisation's answer; `changes` makes a known-wrong one."""
    i, j, m, xhat, up = (g[n] for n in ("i", "j", "m", "xhat", "df_dy"))
    root = changes.get("root", sqrt(g["sigma2"] + g["epsilon"]))
    first = changes.get("first", m * up[i])
    second = changes.get("second", Sum(up[j], j))
    third = changes.get("third", xhat[i] * Sum(up[j] * xhat[j], j))
    return changes.get("front", g["gamma"] / m) / root * (first - second - third)


def test_batch_normalisation(normal):
    asked = Asked(normal, "f", "x", ("i",))
    certificate = asked.judge(dx(normal))
    assert certificate.worst < GOOD and certificate.nonzero
    assert {"m": 1} in certificate.sizes  # where the gradient is identically 0, and compared with what cancels


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("flipped sign", lambda g: {"second": -Sum(g["df_dy"][g["j"]], g["j"])}),
        ("dropped sum", lambda g: {"second": g["df_dy"][g["i"]]}),
        ("lost 1/m", lambda g: {"front": g["gamma"]}),
        ("dropped path", lambda g: {"second": 0}),
        ("epsilon outside the root", lambda g: {"root": sqrt(g["sigma2"]) + g["epsilon"]}),
        ("no epsilon", lambda g: {"root": sqrt(g["sigma2"])}),
        ("x_i for x_j", lambda g: {"third": g["xhat"][g["i"]] ** 2 * Sum(g["df_dy"][g["j"]], g["j"])}),
        ("index of the sum outside", lambda g: {"third": Sum(g["df_dy"][g["j"]] * g["xhat"][g["j"]] ** 2, g["j"])}),
        ("m - 1 for m", lambda g: {"first": (g["m"] - 1) * g["df_dy"][g["i"]]}),
        ("everything is 0", lambda g: {"front": 0}),
    ],
)
def test_wrong_batch_normalisation(normal, name, change):
    assert not Asked(normal, "f", "x", ("i",)).judge(dx(normal, **change(normal))).holds


def test_adjoints_and_partials_of_batch_normalisation_by_name(normal):
    """df/dx_i = df/dxhat_i / root + df/dsigma2 2(x_i - mu)/m + df/dmu / m; the adjoints are numbers by differences."""
    g = normal
    for by in ("xhat", "sigma2", "mu"):
        g.given("adjoint", "f", by)
    i, m, x, mu, root = g["i"], g["m"], g["x"], g["mu"], sqrt(g["sigma2"] + g["epsilon"])
    numbers = Numbers(g.model)
    path = g["df_dxhat"][i] / root + g["df_dsigma2"] * 2 * (x[i] - mu) / m + g["df_dmu"] / m
    left, right = g.read(path)[0], g.read(dx(g))[0]
    assert numbers.compare(left, right, ("i",), g.model).worst < GOOD
    assert Asked(g, "f", "x", ("i",), numbers).judge(path).worst < GOOD
    without = g.read(path - g["df_dmu"] / m)[0]
    assert not numbers.compare(without, right, ("i",), g.model).holds


def test_local_holds_other_names_and_total_does_not(batch_norm):
    trial = Numbers(batch_norm.model).trials[0]
    sizes, values = trial.sizes, trial.sample.values
    m, mu = sizes["m"], values["mu"][()]
    local, total = trial.local("sigma2", "x"), trial.total("sigma2", "x")
    for (i,), v in values["x"].items():
        assert local[(i,)] == pytest.approx(2 * (v - mu) / m, rel=1e-9, abs=1e-11)
        assert total[(i,)] == pytest.approx(2 * (v - mu) / m, rel=1e-9, abs=1e-11)
    assert trial.local("sigma2", "mu")[()] == pytest.approx(0, abs=1e-11)
    root = (values["sigma2"][()] + values["epsilon"][()]) ** -0.5
    assert trial.local("xhat", "x")[(1, 1)] == pytest.approx(root, rel=1e-9)
    assert trial.local("xhat", "x")[(1, 2)] == 0
    assert trial.total("xhat", "x")[(1, 2)] != 0
    assert abs(trial.total("xhat", "x")[(1, 1)] - root) > 1e-3


def test_the_right_side_is_held_still_for_a_definition_that_is_perturbed(batch_norm):
    """d xhat / d sigma2 has x and mu fixed; d mu / d sigma2 is 0: mu is declared before."""
    trial = Numbers(batch_norm.model).trials[0]
    assert trial.total("mu", "sigma2") == {(): 0.0}
    assert trial.total("sigma2", "sigma2") == {(): pytest.approx(1.0)}


def test_upstream_gradient_is_what_differences_give(batch_norm):
    batch_norm.given("upstream", "f", "y")
    for trial in Numbers(batch_norm.model).trials:
        exact = trial.values(["df_dy"], batch_norm.model)["df_dy"]
        by_differences = trial.total("f", "y")
        assert exact.keys() == by_differences.keys()
        for at, slope in exact.items():
            assert slope == pytest.approx(by_differences[at], rel=1e-8)


# --- convolution


@pytest.fixture
def convolved(convolution):
    convolution.given("upstream", "J", "U")
    convolution.given("adjoint", "J", "Z")
    return convolution


def test_convolution_by_its_weights(convolved):
    g = convolved
    i, k, n, m, X, U, dU, dZ = (g[x] for x in ("i", "k", "n", "m", "X", "U", "dJ_dU", "dJ_dZ"))
    numbers = Numbers(g.model)
    asked = Asked(g, "J", "W", ("k", "n", "m"), numbers)
    assert asked.judge(Sum(dZ[i, m] * X[i + k, n], i)).worst < GOOD
    assert asked.judge(Sum(dU[i, m] * U[i, m] * (1 - U[i, m]) * X[i + k, n], i)).worst < GOOD
    assert not asked.judge(Sum(dU[i, m] * X[i + k, n], i)).holds
    assert not asked.judge(Sum(dZ[i, m] * X[i, n], i)).holds
    bias = Asked(g, "J", "b", ("m",), numbers)
    assert bias.judge(Sum(dZ[i, m], i)).worst < GOOD
    assert not bias.judge(Sum(dZ[0, m], i)).holds


def test_convolution_by_its_image(convolved):
    """sum over k, m of dZ[p - k, m] W[k, n, m] where 0 <= p - k <= H - K, read only there."""
    g = convolved
    p, k, n, m, H, K, W, dZ = (g[x] for x in ("p", "k", "n", "m", "H", "K", "W", "dJ_dZ"))
    asked = Asked(g, "J", "X", ("p", "n"))

    def answer(low, high, shift=0, kernel=k):
        inside = (p - k >= low) & (p - k <= high)
        return Sum(Piecewise((dZ[p - k + shift, m] * W[kernel, n, m], inside), (0, True)), k, m)

    polys = {
        "right": answer(0, H - K),
        "limit one short": answer(0, H - K - 1),
        "border left out": answer(1, H - K),
        "shifted index": answer(1, H - K, shift=-1),
        "kernel not flipped": answer(0, H - K, kernel=K - 1 - k),
    }
    for name, sympy_form in polys.items():
        certificate = asked.numbers.against_differences(g._read(sympy_form, name)[0], ("p", "n"), "J", "X", g.model)
        assert certificate.holds == (name == "right"), name
    with pytest.raises(CertificateError, match="dJ_dZ is read outside its range"):
        asked.numbers.against_differences(
            g._read(answer(0, H - K, shift=1), "shifted")[0], ("p", "n"), "J", "X", g.model
        )


# --- unknown functions, kinks, empty ranges


def test_an_unknown_activation(layer):
    g = layer()
    i = g.index("i", g.size("N"))
    w, x = g.parameter("w", i), g.input("x", i)
    g.model = g.model.__class__(**{**vars(g.model), "functions": {"g": 1}})
    unknown = Function("g")
    a = g.define("a", Sum(w[i] * x[i], i))
    g.define("E", unknown(a) ** 2)
    numbers = Numbers(g.model)
    slope = call("g'", g.read(a)[0])
    right = times(slope, g.read(2 * unknown(a) * x[i])[0])
    assert numbers.against_differences(right, ("i",), "E", "w").worst < GOOD
    for wrong in (g.read(2 * unknown(a) * x[i])[0], times(slope, g.read(unknown(a) * x[i])[0])):
        assert not numbers.against_differences(wrong, ("i",), "E", "w").holds


def test_relu_follows_its_policy(layer):
    g = layer()
    N, M = g.sizes("N M")
    i, j = g.index("i", N), g.index("j", M)
    w, x = g.parameter("w", j, i), g.input("x", i)
    a = g.define("a", Sum(w[j, i] * x[i], i), over=j)
    z = g.define("z", Function("relu")(a[j]), over=j)
    g.define("L", Sum(z[j] ** 2, j))
    asked = Asked(g, "L", "w", ("j", "i"))
    assert asked.judge(2 * z[j] * Function("step")(a[j]) * x[i]).worst < GOOD
    assert asked.judge(2 * z[j] * x[i]).worst < GOOD  # z is 0 where the step is
    assert not asked.judge(2 * a[j] * x[i]).holds


def test_empty_ranges_are_part_of_the_trials(layer):
    """Without H >= K the output may be empty: then nothing depends on x."""
    g = layer()
    H, K = g.sizes("H K")
    p, k, i = g.index("p", H), g.index("k", K), g.index("i", H - K + 1)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", Sum(w[k] * x[i + k], k), over=i)
    g.define("L", Sum(z[i] ** 2, i))
    asked = Asked(g, "L", "w", ("k",))
    certificate = asked.judge(Sum(2 * z[i] * x[i + k], i))
    assert certificate.worst < GOOD and certificate.nonzero
    assert any(s["H"] < s["K"] for s in certificate.sizes)


# --- what a certificate says


def test_zero_is_zero_but_shows_nothing(batch_norm):
    i, x, mu = (batch_norm[n] for n in ("i", "x", "mu"))
    numbers = Numbers(batch_norm.model)
    cancelled = batch_norm.read(Sum(x[i] - mu, i))[0]
    certificate = numbers.compare(cancelled, NOTHING)
    assert certificate.holds and not certificate.nonzero and certificate.fault == np.inf


def test_noise_of_differences_is_not_a_derivative(batch_norm):
    """d sigma2 / d mu is 0 because mu is the mean; its differences are 1e-17, and compared with 0 they must pass."""
    batch_norm.given("partial", "sigma2", "mu")
    numbers = Numbers(batch_norm.model)
    partial = lone(batch_norm.model.tensors["psigma2_pmu"].entry)
    certificate = numbers.compare(partial, NOTHING, (), batch_norm.model)
    assert certificate.holds and not certificate.nonzero
    assert numbers.against_differences(NOTHING, (), "mu", "gamma").holds
    assert not numbers.against_differences(NOTHING, ("i",), "mu", "x").holds


def test_confirm_says_what_differs_and_where(softmax):
    g = softmax()
    i, P, y = (g[n] for n in ("i", "P", "y"))
    numbers = Numbers(g.model)
    left, right = g.read(P[i])[0], g.read(P[i] - y[i])[0]
    assert numbers.confirm(right, right, ("i",)).worst == 0
    with pytest.raises(CertificateError) as caught:
        numbers.confirm(left, right, ("i",), where="step 3")
    assert caught.value.what == "numbers do not confirm a line"
    assert caught.value.where.startswith("step 3 at N = ") and ", i = " in caught.value.where
    assert float(caught.value.expected) and float(caught.value.given.split()[0])
    with pytest.raises(CertificateError, match=r"dL/dh = P\[i\]"):
        numbers.confirm_differences(left, ("i",), "L", "h")


def test_a_formula_that_is_not_finite_is_not_confirmed(softmax):
    g = softmax()
    i, P = g["i"], g["P"]
    broken = g.read(sqrt(P[i] - 5))[0]
    certificate = Numbers(g.model).compare(broken, broken, ("i",))
    assert certificate.worst == np.inf and not certificate.holds


def test_an_index_that_is_neither_free_nor_bound(softmax):
    g = softmax()
    with pytest.raises(Unsupported, match="index i is neither free nor bound"):
        Numbers(g.model).compare(g.read(g["P"][g["i"]])[0], NOTHING)


def test_two_free_indices_need_two_names(softmax):
    g = softmax()
    with pytest.raises(Unsupported, match="one name for two free indices"):
        Numbers(g.model).against_differences(g.read(g["P"][g["i"]])[0], ("i", "i"), "P", "h")


def test_many_entries_are_sampled(layer):
    g = layer()
    names = [g.index(n, g.size(n.upper())) for n in "abcd"]
    x = g.input("x", *names)
    poly = g.read(x[tuple(names)])[0]
    numbers = Numbers(g.model)
    every = sum(np.prod(list(s.values())) for s in numbers.sizes)
    certificate = numbers.compare(poly, poly, tuple("abcd"))
    assert certificate.points <= min(every, 5 * 200)


# --- shared work


def test_differences_are_taken_once(batch_norm, monkeypatch):
    numbers = Numbers(batch_norm.model)
    numbers.total("f", "x")
    monkeypatch.setattr("symgrad.check.trials.definition_entries", None)
    assert numbers.total("f", "x") and numbers.total("xhat", "x")


def test_two_extensions_may_use_one_name_for_two_things(softmax):
    g = softmax()
    numbers = Numbers(g.model)
    i, P, y = (g[n] for n in ("i", "P", "y"))
    for body in (P[i] ** 2, 3 * y[i]):
        poly = g.read(body)[0]
        model = g.model.extended(Tensor("E", "definition", ("i",), poly=poly))
        entry = lone(model.tensors["E"].entry)
        assert numbers.compare(entry, poly, ("i",), model).worst == 0
        adjoint = Tensor("dE_dh", "adjoint", ("i", "i"), of=("E", "h"))
        trial = numbers.trials[0]
        found = trial.values(["dE_dh"], model.extended(adjoint))["dE_dh"]
        assert found == trial.total("E", "h", model)


def test_differences_of_an_expression_are_those_of_a_definition(softmax):
    g = softmax()
    j, P = g["j"], g["P"]
    numbers = Numbers(g.model)
    poly = g.read(P[j])[0]
    assert numbers.differences(poly, ("j",), "h") == numbers.total("P", "h")


def test_a_second_derivative_by_differences_of_the_first(softmax):
    """The derivative of P_i sum y - y_i, upstream names included, against the Jacobian of softmax."""
    g = softmax(fact=False)
    i, k, y, P = (g[n] for n in ("i", "k", "y", "P"))
    trial = Numbers(g.model).trials[0]
    found = trial.differences(g.read(P[i] * Sum(y[k], k) - y[i])[0], ("i",), "h")
    total = sum(trial.sample.values["y"].values())
    p = trial.sample.values["P"]
    for (a, b), slope in found.items():
        assert slope == pytest.approx(total * p[(a,)] * ((a == b) - p[(b,)]), rel=1e-8, abs=1e-10)


def test_upstream_moves_with_what_it_depends_on(batch_norm):
    """f is nonlinear: df/dy changes with x, so its differences are not 0."""
    up = batch_norm.given("upstream", "f", "y")
    poly = batch_norm.read(up[batch_norm["i"]])[0]
    found = Numbers(batch_norm.model).differences(poly, ("i",), "gamma")
    assert all(abs(v) > 1e-6 for v in found.values())


def test_differences_of_differences_are_refused(batch_norm):
    batch_norm.given("adjoint", "f", "mu")
    with pytest.raises(Unsupported, match="differences of df_dmu"):
        Numbers(batch_norm.model).trials[0].values(["df_dmu"], batch_norm.model, by="x")


def test_a_batch_of_perturbed_copies_is_a_loop_over_them(batch_norm):
    trial = Numbers(batch_norm.model).trials[0]
    moved = trial.values(["y", "x"], batch_norm.model, by="x")
    for column in range(4 * trial.sizes["m"]):
        one = {**trial.sample.given, "x": {at: float(v[column]) for at, v in moved["x"].items()}}
        found = forward(batch_norm.model, trial.sizes, one)
        assert {at: float(v[column]) for at, v in moved["y"].items()} == pytest.approx(found["y"], rel=1e-13)
