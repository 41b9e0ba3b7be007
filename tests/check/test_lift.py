"""Large numbers as sizes: certified at small ones, by the same layer with symbols; wrong lines are rejected."""

from __future__ import annotations

import pytest
from sympy import Piecewise, sqrt

import symgrad as sg
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put, scale
from symgrad.check.lift import Lift, LiftedNumbers, numbers_of
from symgrad.errors import CertificateError


def perceptron():
    g = sg.Graph("perceptron")
    x = g.input("x", g.size("m"), 784)
    z = sg.Sequential(sg.Linear(784, 512), sg.ReLU(), sg.Linear(512, 10))(g, x)
    return g, g.define("L", sg.sum(sg.log_softmax(z))), ["W1", "b2", "x"]


def convolution():
    """46 = 48 - 2 and 62 = 64 - 2 are tied to the images; the kernel of 3 stays."""
    g = sg.Graph("convolution")
    i, j, p, q = g.index("i", 46), g.index("j", 62), g.index("p", 48), g.index("q", 64)
    k, l = g.indices("k l", 3)  # noqa: E741
    x, w = g.input("x", p, q), g.parameter("w", k, l)
    z = g.define("z", sg.Sum(w[k, l] * x[i + k, j + l], k, l), over=(i, j))
    return g, g.define("L", sg.Sum(z[i, j] ** 2, i, j)), ["w", "x", "z"]


def strided():
    g = sg.Graph("strided")
    i, p, k = g.index("i", 5000), g.index("p", 10001), g.index("k", 3)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[2 * i + k], k), over=i)
    return g, g.loss("J", of=z), ["w", "x"]


def normalised():
    """The means are divided by numbers: 1/5000 is one over a length."""
    g = sg.Graph("normalised")
    i = g.index("i", 5000)
    x, eps = g.input("x", i), g.constant("eps", positive=True)
    mu = g.define("mu", sg.Sum(x[i], i) / 5000)
    s2 = g.define("s2", sg.Sum((x[i] - mu) ** 2, i) / 5000)
    y = g.define("y", (x[i] - mu) / sqrt(s2 + eps), over=i)
    return g, g.loss("f", of=y), ["x", "mu"]


@pytest.mark.parametrize("layer", [perceptron, convolution, strided, normalised])
def test_certified_and_the_same_as_with_symbols(layer):
    g, loss, names = layer()
    assert isinstance(numbers_of(g.model), LiftedNumbers)
    for name in names:
        d = g.derive(loss, wrt=g[name])
        assert d.certificate.holds and d.certificate.nonzero and d.report.proved
        assert all(v <= 20 for sizes in d.certificate.sizes for v in sizes.values())


@pytest.mark.parametrize("layer", [perceptron, convolution, strided, normalised])
def test_formulas_are_the_old_ones_when_the_numbers_are_put_back(layer):
    g, _, _ = layer()
    lift = Lift(g.model)
    lifted = lift.model(g.model)
    for name, tensor in g.model.tensors.items():
        if tensor.poly is not None:
            assert put(lifted.tensors[name].poly, lift.numbers) == tensor.poly
    at = {n: v.constant for n, v in lift.numbers.items()}
    assert all(of.put({n: Affine.number(v) for n, v in at.items()}).at({**at, "m": 1}) >= 0 for of in lifted.relations)


def test_wrong_lines_are_rejected():
    g, loss, _ = normalised()
    d = g.derive(loss, wrt=g["x"], check=False)
    numbers = numbers_of(d.engine.declared)
    wrong = scale(d.poly, 2)
    with pytest.raises(CertificateError):
        numbers.confirm(d.poly, wrong, d.engine.free, d.engine.model)
    with pytest.raises(CertificateError):
        numbers.confirm_differences(wrong, d.engine.free, d.engine.of, d.engine.by, d.engine.model)


def test_conditions_hold_and_fail_at_the_sizes_that_are_tried():
    """A condition that small sizes never reach would not be checked: they are taken larger, or it is refused."""

    def masked(first: int):
        g = sg.Graph("masked")
        i, a = g.indices("i a", 50000)
        x = g.input("x", i)
        return g, g.define("L", sg.Sum(Piecewise((x[i] ** 2, i >= first), (0, True)), i)), x[a]

    g, loss, wrt = masked(7)
    d = g.derive(loss, wrt=wrt)
    assert d.certificate.nonzero and all(s["size:50000"] >= 9 for s in d.certificate.sizes)
    other, wrong, by = masked(6)
    line = other.derive(wrong, wrt=by, check=False).poly
    with pytest.raises(CertificateError):
        numbers_of(d.engine.declared).confirm_differences(line, d.engine.free, "L", "x", d.engine.model)
    far, loss, wrt = masked(25000)
    with pytest.raises(sg.Unsupported, match="a condition with a large number"):
        far.derive(loss, wrt=wrt)


def test_small_numbers_are_taken_as_they_are():
    g = sg.Graph("small")
    x = g.input("x", 12)
    L = g.define("L", sg.sum(sg.exp(x)))
    assert not isinstance(numbers_of(g.model), LiftedNumbers)
    assert g.derive(L, wrt=x).certificate.sizes[0] == {}


def test_the_key_says_so():
    g, loss, _ = normalised()
    i = g["i"]
    key = sg.Exercise(id="e", title="E", graph=g, questions=[sg.Question("a", of=loss, wrt=g["x"][i])]).key()
    said = str(key.questions[0].blocks[-1].run[0])
    assert "small numbers in place of 5000" in said
