"""Known-wrong answers and broken rules: every kind is rejected, none is returned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Function, Rational, exp, sqrt, tanh

import symgrad as sg
from derivations import batch_normalization as bn
from derivations import sigmoid_convolution as cv
from derivations import softmax_cross_entropy as sm
from symgrad.algebra.normal import ONE, scale
from symgrad.check.proof import equal
from symgrad.derive import certify as certifying
from symgrad.derive import closed
from symgrad.derive.certify import certify
from symgrad.derive.partials import PARTIALS
from symgrad.errors import CertificateError
from tests.derive.textbook import gradient, poly_of


def batch_norm(x=bn.x[bn.i]):
    return bn.g.derive(bn.f, wrt=x, check=False)


def compact(d, m=bn.m, eps=bn.eps, sign=1, moved=bn.xhat, total=sg.Sum):
    dy = gradient(d, "f", "y")
    inner = bn.m * dy[bn.i] - total(dy[bn.j], bn.j) - sign * bn.xhat[bn.i] * sg.Sum(dy[bn.j] * moved[bn.j], bn.j)
    return bn.gamma / (m * sqrt(bn.sigma2 + eps)) * inner


def convolution():
    return cv.g.derive(cv.J, wrt=cv.X[cv.p, cv.q, cv.n], keep=[cv.Z], check=False)


def by_pixel(d, low=0, shift=0):
    """dJ/dX as one sum over all places of the kernel, the range left to a guard."""
    from sympy import Max, Min
    from sympy import Sum as SympySum

    c, dz = cv, gradient(d, "J", "Z")
    rows = (c.k1, Max(low, c.p - c.H1 + c.K1), Min(c.p, c.K1 - 1))
    columns = (c.k2, Max(0, c.q - c.H2 + c.K2), Min(c.q, c.K2 - 1))
    body = dz[c.p - c.k1, c.q - c.k2, c.m] * c.W[c.k1, c.k2, c.n, c.m]
    if shift:
        body = dz[c.p - c.k1, c.q - c.k2, c.m] * c.W[c.K1 - 1 - c.k1, c.k2, c.n, c.m]
    return SympySum(body, columns, rows, (c.m, 0, c.M - 1))


WRONG = {
    "a flipped sign": (batch_norm, lambda d: compact(d, sign=-1)),
    "a lost 1/m": (batch_norm, lambda d: compact(d, m=1)),
    "a dropped sum": (batch_norm, lambda d: compact(d, total=lambda body, j: 0 * bn.m)),
    "epsilon twice": (batch_norm, lambda d: compact(d, eps=2 * bn.eps)),
    "epsilon outside the root": (
        batch_norm, lambda d: compact(d) * sqrt(bn.sigma2 + bn.eps) / (sqrt(bn.sigma2) + bn.eps)
    ),
    "x for xhat": (batch_norm, lambda d: compact(d, moved=bn.x)),
    "a wrong power": (
        lambda: batch_norm(bn.sigma2),
        lambda d: -Rational(1, 2) * bn.gamma / sqrt(bn.sigma2 + bn.eps)
        * sg.Sum(gradient(d, "f", "y")[bn.i] * bn.xhat[bn.i], bn.i),
    ),
    "a limit one too high": (convolution, lambda d: by_pixel(d, low=1)),
    "a kernel the wrong way round": (convolution, lambda d: by_pixel(d, shift=1)),
    "P_j for P_i": (lambda: sm.g.derive(sm.P[sm.j], wrt=sm.h[sm.i], check=False), lambda d: -sm.P[sm.j] ** 2),
    "twice": (lambda: sm.g.derive(sm.L, wrt=sm.h[sm.i], check=False), lambda d: 2 * (sm.P[sm.i] - sm.y[sm.i])),
    "zero": (lambda: sm.g.derive(sm.L, wrt=sm.h[sm.i], check=False), lambda d: 0 * sm.P[sm.i]),
}  # fmt: skip


def with_answer(found, answer):
    last = found.groups[-1]
    return replace(found, groups=(*found.groups[:-1], replace(last, answer=answer)))


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_answer_is_rejected_by_replay_and_by_numbers_and_not_proved(fault, monkeypatch):
    question, formula = WRONG[fault]
    d = question()
    wrong = poly_of(d, formula(d))
    assert not equal(d.poly, wrong, d.engine.model, d.engine.free, d.engine.model.facts)
    changed = with_answer(d.engine, wrong)
    numbers = d.graph.numbers(d.graph.model)
    with pytest.raises(CertificateError, match="the steps do not end in the answer"):
        certify(changed, numbers)
    monkeypatch.setattr(certifying.Replay, "whole", lambda self, derivation: None)
    with pytest.raises(CertificateError, match="numbers do not confirm a line"):
        certify(changed, numbers)


@pytest.mark.parametrize("question", [batch_norm, convolution], ids=["batch norm", "convolution"])
def test_the_right_answer_passes_the_same_way(question):
    d = question()
    assert certify(d.engine, d.graph.numbers(d.graph.model)).answer.holds


def test_a_wrong_line_in_the_middle_is_rejected_by_numbers(monkeypatch):
    monkeypatch.setattr(certifying.Replay, "whole", lambda self, derivation: None)
    found = batch_norm().engine
    numbers = bn.g.numbers(bn.g.model)
    for g, group in enumerate(found.groups):
        for n, step in enumerate(group.steps):
            wrong = replace(step, after=step.after + ONE)
            steps = (*group.steps[:n], wrong, *group.steps[n + 1 :])
            groups = (*found.groups[:g], replace(group, steps=steps), *found.groups[g + 1 :])
            with pytest.raises(CertificateError):
                certify(replace(found, groups=groups), numbers)


# --- broken tables and rules ----------------------------------------------------------------------------------------


def doubled(row):
    return row._replace(by=lambda y, *u: tuple(scale(p, 2) for p in row.by(y, *u)))


@pytest.mark.parametrize(
    ("head", "function"), [("exp", exp), ("tanh", tanh), ("sigmoid", Function("sigmoid")), ("relu", Function("relu"))]
)
def test_a_wrong_row_of_partials_is_rejected(head, function, monkeypatch):
    def ask():
        g = sg.Graph("one function")
        n = g.size("n")
        i, j = g.indices("i j", n)
        x = g.input("x", i)
        u = g.define("u", function(x[i]), over=i)
        return g.derive(sg.Sum(u[i] ** 2, i), wrt=x[j])

    assert ask().certificate.holds
    monkeypatch.setitem(PARTIALS, head, doubled(PARTIALS[head]))
    with pytest.raises(CertificateError):
        ask()


def test_a_wrong_slope_in_an_exercise_is_rejected(monkeypatch):
    monkeypatch.setitem(PARTIALS, "exp", doubled(PARTIALS["exp"]))
    for graph, of, wrt in ((sm.g, sm.P[sm.j], sm.h[sm.i]), (cv.g, cv.J, cv.Z[cv.i, cv.j, cv.m])):
        with pytest.raises(CertificateError):
            graph.derive(of, wrt=wrt)


@pytest.mark.parametrize("wrong", ["sign", "factor"])
def test_a_broken_fold_is_rejected(wrong, monkeypatch):
    right = closed.rewrite

    def broken(poly, equation, context, deep=False, *rest, **more):
        after = right(poly, equation, context, deep, *rest, **more)
        return after if after is poly else scale(after, -1 if wrong == "sign" else 2)

    monkeypatch.setattr(closed, "rewrite", broken)
    with pytest.raises(CertificateError):
        bn.g.derive(bn.f, wrt=bn.x[bn.i])


def test_a_fold_that_drops_a_term_is_rejected(monkeypatch):
    right = closed.expand
    from symgrad.algebra.records import Poly

    monkeypatch.setattr(closed, "expand", lambda poly, *rest: Poly(right(poly, *rest).terms[1:]) or poly)
    g = sg.Graph("expanding")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x = g.input("x", i)
    mu = g.define("mu", sg.Sum(x[i], i) / n)
    with pytest.raises(CertificateError):
        g.derive(sg.Sum((x[i] - mu) ** 2, i), wrt=mu)
        g.derive(sg.Sum((x[i] - mu) ** 2, i), wrt=x[j])


def test_a_fact_that_is_used_too_early_would_show():
    """P_i - y_i derived again loses P_i sum_j y_j; the fact-free form is what is derived."""
    d = sm.g.derive(sm.L, wrt=sm.h[sm.i])
    again = sm.g.derive(d, wrt=sm.y[sm.j])
    from sympy import KroneckerDelta

    assert equal(
        again.poly,
        poly_of(again, sm.P[sm.i] - KroneckerDelta(sm.i, sm.j)),
        again.engine.model,
        again.engine.free,
        again.engine.model.facts,
    )
    lost = sm.g.derive(d.answer, wrt=sm.y[sm.j], check=False)
    assert lost.poly != again.poly
