"""The hardest cases of the prototype, 1 to 6: normalisations."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sympy import sqrt

import symgrad as sg
from tests.derive.asked import divisors, fault, is_textbook, right_at
from tests.derive.textbook import gradient

N = [{"n": 1}, {"n": 2}, {"n": 4}]


# --- 1, 2: batch normalisation, the first index is 1 ------------------------------------------------------------------


def batch_norm(named: str):
    """Of mu, s2 and xhat those that are named; the others are written out."""
    g = sg.Graph(f"batch normalisation, {named or 'nothing'} named")
    m = g.size("m")
    i, j, k, s = g.indices("i j k s", m, start=1)
    x, gamma, beta = g.input("x", i), g.parameter("gamma"), g.parameter("beta")
    eps = g.constant("epsilon", positive=True)

    def line(name, value, over=()):
        handle = g.define(name, value, over=over) if name in named else None
        if handle is None:
            return lambda n: value.xreplace({i: n})
        return handle.__getitem__ if over else lambda n: handle

    mu = line("mu", sg.Sum(x[k], k) / m)(i)
    s2 = line("s2", sg.Sum((x[j] - mu) ** 2, j) / m)(i)
    xhat = line("xhat", (x[i] - mu) / sqrt(s2 + eps), i)
    f = g.loss("f", of=g.define("y", gamma * xhat(i) + beta, over=i))

    def by_x(d):
        u = gradient(d, "f", "y")
        if "xhat" in named:
            spread = xhat(i) * sg.Sum(u[s] * xhat(s), s)
        else:
            spread = (x[i] - mu) / (s2 + eps) * sg.Sum(u[s] * (x[s] - mu), s)
        return gamma * (m * u[i] - sg.Sum(u[s], s) - spread) / (m * sqrt(s2 + eps))

    return g, x[i], f, by_x, (mu, s2)


def batch(z, draw):
    return {"x": draw.normal(size=z["m"]), "gamma": 1.4, "beta": -0.3, "epsilon": 0.5}


def normalised(named):
    def of(v, name):
        return v[name] if name in v else written[name](v)

    written = {
        "mu": lambda v: v["x"].mean(),
        "s2": lambda v: np.mean((v["x"] - of(v, "mu")) ** 2),
        "xhat": lambda v: (v["x"] - of(v, "mu")) / np.sqrt(of(v, "s2") + v["epsilon"]),
    }
    lines = {name: line for name, line in written.items() if name in named.split()}
    return {**lines, "y": lambda v: v["gamma"] * of(v, "xhat") + v["beta"]}


BRACKETS = "with only mu named the line `brackets` is not proved, and one root is multiplied out, the other not"
SLOW = pytest.mark.fuzz  # one to three seconds


@cache
def batch_norm_by_x(named):
    g, wrt, f, by_x, _ = batch_norm(named)
    d = g.derive(f, wrt=wrt)
    return d, by_x(d)


@pytest.mark.parametrize(
    "named", ["mu s2 xhat", "mu xhat", pytest.param("xhat", marks=SLOW), "mu s2", pytest.param("mu", marks=SLOW), ""]
)
def test_01_02_batch_norm_agrees_with_differences(named):
    d, _ = batch_norm_by_x(named)
    right_at(d, [{"m": 1}, {"m": 3}], batch, normalised(named), {"f": "y"}, start=1)


@pytest.mark.parametrize(
    "named",
    [
        "mu s2 xhat",
        "mu xhat",
        pytest.param("xhat", marks=SLOW),
        "mu s2",
        pytest.param("mu", marks=[SLOW, fault(BRACKETS)]),
        "",
    ],
)
def test_01_02_batch_norm_is_the_textbook_s(named):
    d, formula = batch_norm_by_x(named)
    assert is_textbook(d, formula), d.text


def test_01_the_deviations_add_up_to_nothing():
    """The path of sigma^2 over the mean is 0, and a step says why."""
    g, _, f, _, (mu, s2) = batch_norm("mu s2 xhat")
    assert g.derive(s2, wrt=mu).answer == 0
    d = g.derive(f, wrt=mu)
    assert d.report.proved and "xhat" not in str(d.answer)
    steps = [step for line in d.steps for step in (line.step, *line.step.because)]
    assert any(step.before and not step.after for step in steps)


# --- 3 to 6: norms ----------------------------------------------------------------------------------------------------


def test_03_layer_norm_keeps_gamma_inside_the_sums():
    g = sg.Graph("layer norm")
    n, D = g.sizes("n D")
    i, j, k = g.index("i", n), *g.indices("j k", D)
    x, gamma, eps = g.input("x", i, j), g.parameter("gamma", j), g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[i, j], j) / D, over=i)
    s2 = g.define("s2", sg.Sum((x[i, j] - mu[i]) ** 2, j) / D, over=i)
    xhat = g.define("xhat", (x[i, j] - mu[i]) / sqrt(s2[i] + eps), over=(i, j))
    y = g.define("y", gamma[j] * xhat[i, j], over=(i, j))
    d = g.derive(g.loss("f", of=y), wrt=x[i, j])
    u = gradient(d, "f", "y")
    sums = sg.Sum(u[i, k] * gamma[k], k) + xhat[i, j] * sg.Sum(u[i, k] * gamma[k] * xhat[i, k], k)
    assert is_textbook(d, (D * u[i, j] * gamma[j] - sums) / (D * sqrt(s2[i] + eps))), d.text
    assert divisors(d.answer) <= {"D", "epsilon", "s2", "i"}

    def given(z, draw):
        return {"x": draw.normal(size=(z["n"], z["D"])), "gamma": np.arange(z["D"]) - 1.0, "epsilon": 0.6}

    lines = {
        "mu": lambda v: v["x"].mean(1),
        "s2": lambda v: ((v["x"] - v["mu"][:, None]) ** 2).mean(1),
        "xhat": lambda v: (v["x"] - v["mu"][:, None]) / np.sqrt(v["s2"] + v["epsilon"])[:, None],
        "y": lambda v: v["gamma"] * v["xhat"],
    }
    right_at(d, [{"n": 1, "D": 1}, {"n": 2, "D": 3}, {"n": 1, "D": 2}], given, lines, {"f": "y"})


@pytest.mark.parametrize("by", ["x", "gamma", "xhat", "ms"])
def test_04_rms_norm_where_gamma_may_be_0(by):
    g = sg.Graph("RMS norm")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, gamma, eps = g.input("x", i), g.parameter("gamma", i), g.constant("epsilon", positive=True)
    ms = g.define("ms", sg.Sum(x[i] ** 2, i) / n)
    xhat = g.define("xhat", x[i] / sqrt(ms + eps), over=i)
    y = g.define("y", gamma[i] * xhat[i], over=i)
    d = g.derive(g.loss("f", of=y), wrt={"x": x[i], "gamma": gamma[i], "xhat": xhat[i], "ms": ms}[by])
    u = gradient(d, "f", "y")
    formulas = {
        "x": (n * u[i] * gamma[i] - xhat[i] * sg.Sum(u[j] * y[j], j)) / (n * sqrt(ms + eps)),
        "gamma": u[i] * xhat[i],
        "xhat": u[i] * gamma[i],
        "ms": -sg.Sum(u[j] * y[j], j) / (2 * (ms + eps)),
    }
    assert is_textbook(d, formulas[by]), d.text
    assert divisors(d.answer) <= {"n", "epsilon", "ms"}, "no division by gamma, x, xhat or y"

    def given(z, draw):
        return {"x": draw.normal(size=z["n"]), "gamma": np.arange(z["n"]) - 0.0, "epsilon": 0.8}

    lines = {
        "ms": lambda v: np.mean(v["x"] ** 2),
        "xhat": lambda v: v["x"] / np.sqrt(v["ms"] + v["epsilon"]),
        "y": lambda v: v["gamma"] * v["xhat"],
    }
    right_at(d, N, given, lines, {"f": "y"})


def test_05_direction_of_a_vector():
    g = sg.Graph("unit vector")
    i, j = g.indices("i j", g.size("n"))
    v = g.input("v", i)
    q = g.define("q", sqrt(sg.Sum(v[i] ** 2, i)))
    u = g.define("u", v[i] / q, over=i)
    d = g.derive(g.loss("f", of=u), wrt=v[i])
    up = gradient(d, "f", "u")
    assert is_textbook(d, (up[i] - u[i] * sg.Sum(up[j] * u[j], j)) / q), d.text
    lines = {"q": lambda w: np.sqrt(sum(w["v"] ** 2)), "u": lambda w: w["v"] / w["q"]}
    right_at(d, N, "v n", lines, {"f": "u"})


def test_06_cosine():
    g = sg.Graph("cosine")
    i = g.index("i", g.size("n"))
    x, y = g.input("x", i), g.input("y", i)
    a, b = g.define("a", sqrt(sg.Sum(x[i] ** 2, i))), g.define("b", sqrt(sg.Sum(y[i] ** 2, i)))
    c = g.define("c", sg.Sum(x[i] * y[i], i) / (a * b))
    d = g.derive(c, wrt=x[i])
    assert is_textbook(d, y[i] / (a * b) - c * x[i] / a**2), d.text
    lines = {
        "a": lambda v: np.sqrt(sum(v["x"] ** 2)),
        "b": lambda v: np.sqrt(sum(v["y"] ** 2)),
        "c": lambda v: sum(v["x"] * v["y"]) / (v["a"] * v["b"]),
    }
    right_at(d, N, "x n, y n", lines)
