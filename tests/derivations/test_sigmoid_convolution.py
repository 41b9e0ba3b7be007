"""Every fact of the exercise sigmoid_convolution: by proof, on paper, and against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Max, Min
from sympy import Sum as SympySum

import symgrad as sg
from derivations import sigmoid_convolution as cv
from symgrad.derive.forms import correlation
from symgrad.explain.notation import Notation
from symgrad.render.latex import latex
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import gradient, is_as_short, is_equal

g, H1, H2, N, K1, K2, M = cv.g, cv.H1, cv.H2, cv.N, cv.K1, cv.K2, cv.M
p, q, n, m, k1, k2, i, j, X, W, b, Z, U, J = (
    cv.p, cv.q, cv.n, cv.m, cv.k1, cv.k2, cv.i, cv.j, cv.X, cv.W, cv.b, cv.Z, cv.U, cv.J
)  # fmt: skip
QUESTIONS = {question.id: question for question in cv.exercise.questions}


@pytest.fixture(scope="module")
def answers():
    return {q.id: g.derive(q.of, wrt=q.wrt, keep=q.keep) for q in QUESTIONS.values()}


def by_pixel(dz):
    """dJ/dX with the exact limits of the border."""
    rows = (k1, Max(0, p - H1 + K1), Min(p, K1 - 1))
    columns = (k2, Max(0, q - H2 + K2), Min(q, K2 - 1))
    return SympySum(dz[p - k1, q - k2, m] * W[k1, k2, n, m], columns, rows, (m, 0, M - 1))


def textbook(part, d):
    if part == "a":
        return gradient(d, "J", "U")[i, j, m] * U[i, j, m] * (1 - U[i, j, m])
    dz = gradient(d, "J", "Z")
    return {
        "b": lambda: sg.Sum(dz[i, j, m] * X[i + k1, j + k2, n], i, j),
        "bias": lambda: sg.Sum(dz[i, j, m], i, j),
        "c": lambda: by_pixel(dz),
    }[part]()


@pytest.mark.parametrize("part", QUESTIONS)
def test_answer_is_the_textbook_one(answers, part):
    d = answers[part]
    assert is_equal(d, textbook(part, d))
    assert is_as_short(d, textbook(part, d))
    assert d.report.proved and d.certificate.holds and d.certificate.nonzero and d.ledger == ()


DZ = r"\frac{\partial J}{\partial Z[i, j, m]}"
PRINTED = {
    "a": r"\frac{\partial J}{\partial U[i, j, m]} U[i, j, m] \left(1 - U[i, j, m]\right)",
    "b": rf"\sum_{{i = 0}}^{{H_1 - K_1}} \sum_{{j = 0}}^{{H_2 - K_2}} {DZ} X[i+k_1, j+k_2, n]",
    "bias": rf"\sum_{{i = 0}}^{{H_1 - K_1}} \sum_{{j = 0}}^{{H_2 - K_2}} {DZ}",
    "c": r"\sum_{m = 0}^{M - 1} \sum_{k_1 = \max\left(0, p + K_1 - H_1\right)}^{\min\left(p, K_1 - 1\right)} "
    r"\sum_{k_2 = \max\left(0, q + K_2 - H_2\right)}^{\min\left(q, K_2 - 1\right)} "
    r"\frac{\partial J}{\partial Z[p-k_1, q-k_2, m]} W[k_1, k_2, n, m]",
}


@pytest.mark.parametrize("part", QUESTIONS)
def test_answer_on_paper(answers, part):
    assert answers[part].latex == PRINTED[part]


def test_limits_at_the_border_are_exact(answers):
    """Exactly the k for which p - k is a valid pixel and k a place of the kernel: nothing implied stands there."""
    limits = {str(limit[0]): limit[1:] for limit in answers["c"].answer.limits}
    assert limits["k1"] == (Max(0, p - H1 + K1), Min(p, K1 - 1))
    assert limits["k2"] == (Max(0, q - H2 + K2), Min(q, K2 - 1))
    assert limits["m"] == (0, M - 1)


def test_limits_that_are_too_wide_or_too_short_are_not_equal(answers):
    d = answers["c"]
    dz = gradient(d, "J", "Z")
    body = dz[p - k1, q - k2, m] * W[k1, k2, n, m]
    columns = (k2, Max(0, q - H2 + K2), Min(q, K2 - 1))
    for low, high in ((Max(0, p - H1 + K1), Min(p, K1 - 2)), (Max(1, p - H1 + K1), Min(p, K1 - 1))):
        assert not is_equal(d, SympySum(body, columns, (k1, low, high), (m, 0, M - 1)))


def test_substitution_is_a_step_that_names_its_equation(answers):
    group = answers["c"].engine.groups[-1]
    (shift,) = [s for s in group.main if s.rule == "shift"]
    before = latex(Notation(answers["c"].engine.model).poly(shift.before, shift.free))
    assert "i + k_1 = p" in before and "j + k_2 = q" in before
    assert is_equal(answers["c"], by_pixel(gradient(answers["c"], "J", "Z")), poly=shift.after)


def test_full_convolution_with_the_flipped_kernel(answers):
    d = answers["c"]
    turned = correlation(d.poly, frozenset(d.engine.model.sizes))
    assert turned is not None
    dz = gradient(d, "J", "Z")
    rows = (k1, Max(0, K1 - 1 - p), Min(K1 - 1, H1 - 1 - p))
    columns = (k2, Max(0, K2 - 1 - q), Min(K2 - 1, H2 - 1 - q))
    body = dz[p - K1 + 1 + k1, q - K2 + 1 + k2, m] * W[K1 - 1 - k1, K2 - 1 - k2, n, m]
    assert is_equal(d, SympySum(body, columns, rows, (m, 0, M - 1)), poly=turned)
    assert is_equal(d, by_pixel(dz), poly=turned)


def test_without_keep_the_answer_is_in_the_given_gradient():
    for question in (QUESTIONS["b"], QUESTIONS["bias"]):
        d = g.derive(question.of, wrt=question.wrt)
        dz = gradient(d, "J", "U")[i, j, m] * U[i, j, m] * (1 - U[i, j, m])
        inner = X[i + k1, j + k2, n] if question.id == "b" else 1
        assert is_equal(d, sg.Sum(dz * inner, i, j))


# --- plain numpy ----------------------------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def convolved(X, W, b):
    rows, columns = X.shape[0] - W.shape[0] + 1, X.shape[1] - W.shape[1] + 1
    found = np.zeros((rows, columns, W.shape[3]))
    for r, c, m in np.ndindex(*found.shape):
        found[r, c, m] = b[m]
        for k1, k2, n in np.ndindex(*W.shape[:3]):
            found[r, c, m] += W[k1, k2, n, m] * X[r + k1, c + k2, n]
    return found


def loss(u):
    flat = u.ravel()
    return sum(np.sin(v) + 0.2 * v * flat[n - 1] for n, v in enumerate(flat))


SIZES = [(1, 1, 1, 1, 1, 1), (3, 2, 2, 3, 2, 1), (4, 3, 2, 2, 2, 2), (3, 5, 1, 1, 4, 2)]


def sample(sizes):
    h1, h2, n, k1, k2, m = sizes
    draw = np.random.default_rng(sum(sizes))
    given = {
        "X": draw.normal(size=(h1, h2, n)), "W": draw.normal(size=(k1, k2, n, m)), "b": draw.normal(size=m)
    }  # fmt: skip
    z = convolved(**given)
    du = differences(loss, sigmoid(z))
    dz = differences(lambda v: loss(sigmoid(v)), z)
    arrays = {**given, "Z": z, "U": sigmoid(z), "dJ_dU": du, "dJ_dZ": dz}
    names = dict(zip(("H1", "H2", "N", "K1", "K2", "M"), sizes, strict=True))
    return given, names | {name: Box(array) for name, array in arrays.items()}, dz


@pytest.mark.parametrize("sizes", SIZES)
def test_answers_agree_with_differences(answers, sizes):
    given, names, dz = sample(sizes)
    found = entries(answers["a"].answer, ["i", "j", "m"], dz.shape, names)
    assert found == pytest.approx(dz, rel=1e-6, abs=1e-8)
    for part, by in (("b", "W"), ("bias", "b"), ("c", "X")):
        truth = differences(lambda v, by=by: loss(sigmoid(convolved(**{**given, by: v}))), given[by])
        found = entries(answers[part].answer, list(answers[part].engine.free), truth.shape, names)
        assert found == pytest.approx(truth, rel=1e-6, abs=1e-8), part


@pytest.mark.oracle
def test_against_pytorch(answers):
    import torch

    given, names, dz = sample((4, 3, 2, 2, 2, 2))
    t = {name: torch.tensor(a, dtype=torch.float64, requires_grad=True) for name, a in given.items()}
    z = torch.nn.functional.conv2d(t["X"].permute(2, 0, 1)[None], t["W"].permute(3, 2, 0, 1), t["b"])
    (z[0].permute(1, 2, 0) * torch.tensor(dz)).sum().backward()
    for part, by in (("b", "W"), ("bias", "b"), ("c", "X")):
        found = entries(answers[part].answer, list(answers[part].engine.free), given[by].shape, names)
        assert found == pytest.approx(t[by].grad.numpy(), rel=1e-6, abs=1e-8)
