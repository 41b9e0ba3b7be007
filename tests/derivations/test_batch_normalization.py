"""Every fact of the exercise batch_normalization: by proof, on paper, and against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational, sqrt

import symgrad as sg
from derivations import batch_normalization as bn
from symgrad.exercises import load
from symgrad.explain.notation import Notation
from symgrad.render import FORMATS
from symgrad.render.latex import latex
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import gradient, is_as_short, is_equal

g, m, i, j = bn.g, bn.m, bn.i, bn.j
x, gamma, beta, eps, mu, sigma2, xhat, y, f = bn.x, bn.gamma, bn.beta, bn.eps, bn.mu, bn.sigma2, bn.xhat, bn.y, bn.f
QUESTIONS = {q.id: q for q in bn.exercise.questions}


@pytest.fixture(scope="module")
def answers():
    return {q.id: g.derive(q.of, wrt=q.wrt, keep=q.keep) for q in QUESTIONS.values()}


def compact(dy):
    """The textbook answer, with dy the upstream gradient."""
    inner = m * dy[i] - sg.Sum(dy[j], j) - xhat[i] * sg.Sum(dy[j] * xhat[j], j)
    return gamma / (m * sqrt(sigma2 + eps)) * inner


def textbook(part, d):
    dy = gradient(d, "f", "y")
    root = sqrt(sigma2 + eps)
    return {
        "a": lambda: sg.Sum(dy[i] * xhat[i], i),
        "b": lambda: sg.Sum(dy[i], i),
        "c": lambda: dy[i] * gamma,
        "d": lambda: sg.Sum(gamma * dy[i] * (x[i] - mu), i) * -Rational(1, 2) / root**3,
        "e": lambda: -sg.Sum(gamma * dy[i], i) / root,
        "f": lambda: compact(dy),
    }[part]()


@pytest.mark.parametrize("part", QUESTIONS)
def test_answer_is_the_textbook_one(answers, part):
    d = answers[part]
    assert is_equal(d, textbook(part, d))
    assert is_as_short(d, textbook(part, d))
    assert d.report.proved and d.certificate.holds and d.certificate.nonzero
    assert d.ledger == ()


PRINTED = {
    "a": r"\sum_{i = 1}^{m} \frac{\partial f}{\partial y_{i}} \hat{x}_{i}",
    "b": r"\sum_{i = 1}^{m} \frac{\partial f}{\partial y_{i}}",
    "c": r"\gamma \frac{\partial f}{\partial y_{i}}",
    "d": r"-\frac{\gamma}{2 \left(\sigma^2 + \epsilon\right)} \sum_{i = 1}^{m} \frac{\partial f}{\partial y_{i}} "
    r"\hat{x}_{i}",
    "e": r"-\frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \sum_{i = 1}^{m} \frac{\partial f}{\partial y_{i}}",
    "f": r"\frac{\gamma}{m \sqrt{\sigma^2 + \epsilon}} \left(m \frac{\partial f}{\partial y_{i}} - \sum_{j = 1}^{m} "
    r"\frac{\partial f}{\partial y_{j}} - \hat{x}_{i} \sum_{j = 1}^{m} \frac{\partial f}{\partial y_{j}} "
    r"\hat{x}_{j}\right)",
}


@pytest.mark.parametrize("part", QUESTIONS)
def test_answer_on_paper(answers, part):
    assert answers[part].latex == PRINTED[part]


# --- paths ----------------------------------------------------------------------------------------------------------


def test_path_form_of_sigma2(answers):
    d = answers["d"]
    dxhat = gradient(d, "f", "xhat")
    formula = sg.Sum(dxhat[i] * (x[i] - mu), i) * -Rational(1, 2) * (sigma2 + eps) ** Rational(-3, 2)
    assert is_equal(d, formula, poly=d.engine.path)


def test_mu_has_two_paths_and_the_second_vanishes_for_a_reason(answers):
    d = answers["e"]
    group = d.engine.groups[-1]
    dxhat, dsigma2 = gradient(d, "f", "xhat"), gradient(d, "f", "sigma2")
    first = -sg.Sum(dxhat[i], i) / sqrt(sigma2 + eps)
    second = dsigma2 * -2 / m * sg.Sum(x[i] - mu, i)
    (differentiated,) = [s for s in group.main if s.rule == "differentiate"]
    assert len(differentiated.after.terms) == 2
    assert is_equal(d, first + second, poly=differentiated.after)
    assert dsigma2.name in " ".join(differentiated.after.tensors)
    (vanishing,) = [s for s in group.main if s.rule == "sum"]
    assert vanishing.before == differentiated.after
    assert len(vanishing.after.terms) == 1 and is_equal(d, first, poly=vanishing.after)
    assert not vanishing.because[-1].after, "the inner sum ends in 0"
    assert "mu" in [s.source for s in vanishing.because], "because mu is the mean"


def test_path_form_of_the_image(answers):
    d = answers["f"]
    dxhat, dsigma2, dmu = (gradient(d, "f", n) for n in ("xhat", "sigma2", "mu"))
    formula = dxhat[i] / sqrt(sigma2 + eps) + dsigma2 * 2 * (x[i] - mu) / m + dmu / m
    assert is_equal(d, formula, poly=d.engine.path)
    assert {c.via for c in d.engine.sweep.adjoints[-1].contributions} == {"xhat", "sigma2", "mu"}


def test_kept_definitions_stay_names():
    d = g.derive(f, wrt=x[i], keep=[mu, sigma2, xhat])
    dxhat, dsigma2, dmu = (gradient(d, "f", n) for n in ("xhat", "sigma2", "mu"))
    assert is_equal(d, dxhat[i] / sqrt(sigma2 + eps) + dsigma2 * 2 * (x[i] - mu) / m + dmu / m)
    assert {"df_dxhat", "df_dsigma2", "df_dmu"} <= d.poly.tensors
    printed = latex(Notation(d.engine.model).poly(d.poly, d.engine.free))
    for name in (r"\hat{x}_{i}", r"\sigma^2", r"\mu"):
        assert rf"\frac{{\partial f}}{{\partial {name}}}" in printed


def test_no_rule_knows_the_layer(answers):
    """The same declaration under other names ends in the same form."""
    h = sg.Graph("anything")
    n = h.size("n")
    a, b = h.indices("a b", n, start=1)
    u = h.input("u", a)
    s, t = h.parameters("s t")
    c = h.constant("c", positive=True)
    p = h.define("p", sg.Sum(u[a], a) / n)
    q = h.define("q", sg.Sum((u[a] - p) ** 2, a) / n)
    r = h.define("r", (u[a] - p) / sqrt(q + c), over=a)
    out = h.define("out", s * r[a] + t, over=a)
    d = h.derive(h.loss("cost", of=out), wrt=u[a])
    dy = gradient(d, "cost", "out")
    formula = s / (n * sqrt(q + c)) * (n * dy[a] - sg.Sum(dy[b], b) - r[a] * sg.Sum(dy[b] * r[b], b))
    assert is_equal(d, formula) and is_as_short(d, formula)


# --- plain numpy ----------------------------------------------------------------------------------------------------


def forward(x, gamma, beta, eps):
    mu = sum(x) / len(x)
    sigma2 = sum((v - mu) ** 2 for v in x) / len(x)
    xhat = np.array([(v - mu) / np.sqrt(sigma2 + eps) for v in x])
    return {"mu": mu, "sigma2": sigma2, "xhat": xhat, "y": gamma * xhat + beta}


def loss(y):
    return sum(np.sin(v) + 0.3 * v * y[n - 1] for n, v in enumerate(y))


def sample(size):
    draw = np.random.default_rng(size)
    given = {"x": draw.normal(size=size), "gamma": 1.3, "beta": -0.4, "eps": 0.7}
    found = forward(**given)
    boxes = {n: Box(found[n], start=1) for n in ("xhat", "y")} | {"x": Box(given["x"], start=1)}
    upstream = Box(differences(loss, found["y"]), start=1)
    scalars = {"m": size, "gamma": 1.3, "beta": -0.4, "epsilon": 0.7, "mu": found["mu"], "sigma2": found["sigma2"]}
    return given, {**boxes, **scalars, "df_dy": upstream}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_gradients_of_the_given_agree_with_differences(answers, size):
    given, names = sample(size)
    for part, by, shape in (("a", "gamma", ()), ("b", "beta", ()), ("f", "x", (size,))):
        truth = differences(lambda v, by=by: loss(forward(**{**given, by: v})["y"]), given[by])
        found = entries(answers[part].answer, list(answers[part].engine.free), shape, names, start=1)
        assert found == pytest.approx(truth, rel=1e-7, abs=1e-9), part


@pytest.mark.parametrize("size", [2, 5])
def test_gradients_of_intermediates_agree_with_differences(answers, size):
    given, names = sample(size)
    x, gamma, beta, eps = (given[n] for n in ("x", "gamma", "beta", "eps"))
    mu, sigma2, xhat = names["mu"], names["sigma2"], names["xhat"].array
    truth = {
        "c": differences(lambda v: loss(gamma * v + beta), xhat),
        "d": differences(lambda v: loss(gamma * (x - mu) / np.sqrt(v + eps) + beta), sigma2),
        "e": differences(
            lambda v: loss(gamma * (x - v) / np.sqrt(sum((x - v) ** 2) / size + eps) + beta), mu
        ),  # sigma2 moves with mu
    }
    for part, expected in truth.items():
        found = entries(answers[part].answer, list(answers[part].engine.free), expected.shape, names, start=1)
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-9), part


@pytest.mark.oracle
@pytest.mark.parametrize("size", [2, 6])
def test_against_pytorch(answers, size):
    import torch

    given, names = sample(size)
    t = {n: torch.tensor(v, dtype=torch.float64, requires_grad=n != "eps") for n, v in given.items()}
    row = torch.nn.functional.batch_norm(
        t["x"][:, None], None, None, t["gamma"][None], t["beta"][None], training=True, eps=given["eps"]
    )[:, 0]
    (row * torch.tensor(names["df_dy"].array)).sum().backward()
    for part, by in (("a", "gamma"), ("b", "beta"), ("f", "x")):
        found = entries(answers[part].answer, list(answers[part].engine.free), t[by].shape, names, start=1)
        assert found == pytest.approx(t[by].grad.numpy(), rel=1e-7, abs=1e-9)


def test_deviations_keep_their_sign():
    """Found by looking at the page: -(x_i - mu) was printed as mu - x_i, which no textbook does."""
    shown = FORMATS["md"][1](load("batch_normalization").key(), detail=3)
    assert r"- \mu" in shown and r"\mu - x" not in shown
