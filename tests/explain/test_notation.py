"""How formulas look: names, digits, fractions, roots, the order of terms, sums with their limits, cases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Function, KroneckerDelta, Max, Min, Piecewise, Rational, exp, sqrt
from sympy import Sum as SympySum

import symgrad as sg
from symgrad.explain.notation import Notation, template, word
from symgrad.render.latex import latex
from symgrad.render.plain import plain


@pytest.fixture(scope="module")
def names():
    g = sg.Graph("notation")
    n, m, K1 = g.sizes("n m K1")
    i, j = g.indices("i j", n)
    k1 = g.index("k1", K1)
    a, b = g.index("a", m, start=1), g.index("b", 2 * n)
    return {
        "g": g, "n": n, "m": m, "K1": K1, "i": i, "j": j, "k1": k1, "a": a, "b": b,
        "x": g.input("x", i), "W": g.parameter("W", i, j), "v": g.input("v", b), "u": g.input("u", k1),
        "t": g.input("t", a), "gamma": g.parameter("gamma"), "eps": g.constant("epsilon", positive=True),
        "s2": g.input("sigma2", shown=r"\sigma^2"), "P": g.input("P", i, shown="P(y=#)"),
        "X": g.input("X", i, j, shown="X[#]"), "W1": g.parameter("W1", i), "xhat": g.input("xhat", i),
        "c": g.input("c"),
    }  # fmt: skip


def shown(names, formula):
    g = names["g"]
    poly, free = g.read(formula(**names))
    tree = Notation(g.model).poly(poly, free)
    return latex(tree), plain(tree)


GOLDEN = {
    "greek": (lambda gamma, eps, **_: gamma * eps, r"\gamma \epsilon", "gamma*epsilon"),
    "accent": (lambda xhat, i, **_: xhat[i], r"\hat{x}_{i}", "xhat[i]"),
    "digits of a layer": (lambda W1, i, **_: W1[i], "W^{(1)}_{i}", "W1[i]"),
    "displayed form": (lambda P, i, **_: P[i], "P(y=i)", "P[i]"),
    "brackets": (lambda X, i, j, **_: X[i, j], "X[i, j]", "X[i, j]"),
    "two indices": (lambda W, i, j, **_: W[i, j], "W_{ij}", "W[i, j]"),
    "a shifted index": (lambda v, i, **_: v[2 * i + 1], "v_{2i+1}", "v[2*i + 1]"),
    "a reversed index": (lambda x, i, n, **_: x[n - 1 - i], "x_{n-i-1}", "x[n - i - 1]"),
    "an index with a digit": (lambda u, k1, **_: u[k1], "u_{k_1}", "u[k1]"),
    "a power of a raised name": (lambda s2, **_: s2**2, r"{\left(\sigma^2\right)}^{2}", "sigma2**2"),
    "a root": (lambda s2, eps, **_: sqrt(s2 + eps), r"\sqrt{\sigma^2 + \epsilon}", "sqrt(sigma2 + epsilon)"),
    "a fraction": (
        lambda gamma, c, x, i, **_: gamma * x[i] / (2 * c), r"\frac{\gamma x_{i}}{2 c}", "gamma*x[i]/(2*c)"
    ),
    "a rational power": (
        lambda s2, eps, **_: (s2 + eps) ** Rational(-3, 2),
        r"\frac{1}{{\left(\sigma^2 + \epsilon\right)}^{\frac{3}{2}}}", "1/(sigma2 + epsilon)**(3/2)",
    ),
    "a sum": (lambda x, i, **_: sg.Sum(x[i], i), r"\sum_{i = 0}^{n - 1} x_{i}", "sum(x[i], i=0..n-1)"),
    "a sum from 1": (lambda t, a, **_: sg.Sum(t[a], a), r"\sum_{a = 1}^{m} t_{a}", "sum(t[a], a=1..m)"),
    "exact limits": (
        lambda x, i, m, n, **_: SympySum(x[i], (i, Max(0, m - n), Min(m, n - 1))),
        r"\sum_{i = \max\left(0, m - n\right)}^{\min\left(m, n - 1\right)} x_{i}",
        "sum(x[i], i=max(0, m-n)..min(m, n-1))",
    ),
    "a delta": (lambda x, i, j, **_: x[i] * KroneckerDelta(i, j), r"x_{i} \delta_{ij}", "x[i]*delta(i, j)"),
    "a function": (lambda x, i, **_: exp(-x[i]), r"\exp\left(-x_{i}\right)", "exp(-x[i])"),
    "a function by its name": (
        lambda x, i, **_: Function("relu")(x[i]), r"\operatorname{ReLU}\left(x_{i}\right)", "relu(x[i])"
    ),
    "a guard": (
        lambda x, i, j, **_: Piecewise((x[i], i <= j), (0, True)),
        r"\begin{cases}x_{i} & \text{if } j \geq i\\0 & \text{otherwise}\end{cases}",
        "cases(x[i] if j >= i, 0 otherwise)",
    ),
    "signs": (lambda x, i, c, **_: -c - x[i], "-c - x_{i}", "-c - x[i]"),
    "positive terms first": (lambda x, i, gamma, **_: -x[i] + gamma, r"\gamma - x_{i}", "gamma - x[i]"),
    "a constant last": (lambda s2, eps, **_: eps + s2, r"\sigma^2 + \epsilon", "sigma2 + epsilon"),
    "nothing": (lambda x, i, **_: 0 * x[i], "0", "0"),
    "a size as a number": (lambda n, x, i, **_: n * x[i], "n x_{i}", "n*x[i]"),
    "sums after products": (
        lambda x, i, j, c, **_: sg.Sum(x[j], j) + c * x[i], r"c x_{i} + \sum_{j = 0}^{n - 1} x_{j}",
        "c*x[i] + sum(x[j], j=0..n-1)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(names, name):
    formula, *expected = GOLDEN[name]
    assert list(shown(names, formula)) == expected


WORDS = {
    "x": "x", "mu": r"\mu", "k1": "k_1", "k12": "k_{12}", "xhat": r"\hat{x}", "mubar": r"\bar{\mu}",
    "w_in": r"w_{\mathrm{in}}", "loss": r"\mathrm{loss}", "h_t": "h_{t}", "Gamma": r"\Gamma",
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_words(name):
    assert word(name) == WORDS[name]


def test_templates(names):
    tensors = names["g"].model.tensors
    assert template(tensors["x"]) == "x_#" and template(tensors["W1"]) == "W^{(1)}_#"
    assert template(replace(tensors["W1"], name="W_in1")) == r"W^{(\mathrm{in},1)}_#"
    assert template(tensors["gamma"]) == r"\gamma" and template(tensors["P"]) == "P(y=#)"


def test_a_sum_never_uses_a_name_that_is_free(names):
    def formula(x, i, j, **_):
        return x[i] * sg.Sum(x[j] * x[i], j)

    text, _ = shown(names, formula)
    assert text == r"x_{i}^{2} \sum_{j = 0}^{n - 1} x_{j}"


def test_indices_that_spell_a_greek_letter_stand_apart():
    g = sg.Graph("pi")
    p, i, k = g.indices("p i k", g.size("n"))
    A, B = g.input("A", p, i), g.input("B", k, i)
    y = g.define("y", sg.Sum(A[p, i] * B[k, i], p, i, k))
    d = g.derive(y, wrt=B[k, i])
    assert d.latex == r"\sum_{p = 0}^{n - 1} A_{p,i}"
    assert sg.Exercise(id="e", title="T", graph=g, questions=[sg.Question("a", of=y, wrt=B[k, i])]).key()
