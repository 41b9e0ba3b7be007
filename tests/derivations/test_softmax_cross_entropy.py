"""Every fact of the exercise softmax_cross_entropy: by proof, on paper, and against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import KroneckerDelta

import symgrad as sg
from derivations import softmax_cross_entropy as sm
from symgrad.derive.forms import split_cases
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import is_as_short, is_equal

g, i, j, k, h, y, P, L = sm.g, sm.i, sm.j, sm.k, sm.h, sm.y, sm.P, sm.L
ROUTES = {"Jacobian": [], "split": [P]}


@pytest.fixture(scope="module")
def jacobian():
    return g.derive(P[j], wrt=h[i])


@pytest.fixture(scope="module")
def losses():
    return {name: g.derive(L, wrt=h[i], inline=inline) for name, inline in ROUTES.items()}


@pytest.fixture(scope="module")
def free():
    return {name: g.derive(L, wrt=h[i], inline=inline, without=g.facts) for name, inline in ROUTES.items()}


def test_jacobian(jacobian):
    formula = P[j] * (KroneckerDelta(i, j) - P[i])
    assert is_equal(jacobian, formula) and is_as_short(jacobian, formula)
    assert jacobian.latex == r"P(y=j) \left(\delta_{ij} - P(y=i)\right)"
    assert jacobian.report.proved and jacobian.ledger == (("Sum(y[j], (j, 0, N - 1)) = 1", "not used"),)
    assert not is_equal(jacobian, P[j] * (KroneckerDelta(i, j) - P[j]) * 2)


def test_jacobian_case_by_case(jacobian):
    limit, same, other = split_cases(jacobian.poly, jacobian.engine.model.context(jacobian.engine.free))
    assert {str(limit.of), str(-limit.of)} == {"i - j", "-i + j"} or limit.of.names == {"i", "j"}
    kept = next(iter(same.names & {"i", "j"}))
    index = {"i": i, "j": j}[kept]
    assert is_equal(jacobian, P[index] * (1 - P[index]), poly=same)
    assert is_equal(jacobian, -P[i] * P[j], poly=other)


@pytest.mark.parametrize("route", ROUTES)
def test_loss(losses, route):
    d = losses[route]
    assert is_equal(d, P[i] - y[i], facts=True) and is_as_short(d, P[i] - y[i])
    assert d.latex == "P(y=i) - y_{i}" and str(d.answer) == "P[i] - y[i]"
    assert d.report.proved


@pytest.mark.parametrize("route", ROUTES)
def test_loss_without_the_fact(free, losses, route):
    d = free[route]
    formula = P[i] * sg.Sum(y[j], j) - y[i]
    assert is_equal(d, formula) and is_as_short(d, formula)
    assert d.ledger == () and not any(s.step.source.startswith("fact") for s in d.steps)
    assert not is_equal(losses[route], formula), "only with the fact are the two the same"
    assert is_equal(losses[route], formula, facts=True)
    assert losses[route].fact_free == d.poly


@pytest.mark.parametrize("route", ROUTES)
def test_loss_without_the_fact_on_paper(free, route):
    assert free[route].latex == r"P(y=i) \sum_{j = 0}^{N - 1} y_{j} - y_{i}"


@pytest.mark.parametrize("route", ROUTES)
def test_the_fact_is_listed_once_with_the_step_that_used_it(losses, route):
    d = losses[route]
    (row,) = d.ledger
    assert row[0] == "Sum(y[j], (j, 0, N - 1)) = 1" and " = " in row[1]
    used = [line.step for line in d.steps if line.step.source == "fact 1"]
    assert len(used) == 1


def test_routes_differ_and_the_second_never_differentiates_P(losses):
    assert [a.by for a in losses["Jacobian"].engine.sweep.adjoints] == ["P", "h"]
    assert [a.by for a in losses["split"].engine.sweep.adjoints] == ["h"]
    assert [s.rule for s in losses["split"].engine.opening] == ["written out", "logs"]
    assert not losses["Jacobian"].engine.opening


def test_by_the_labels():
    from sympy import log

    d = g.derive(L, wrt=y[i])
    assert is_equal(d, -log(P[i])) and is_as_short(d, -log(P[i]))


# --- plain numpy ----------------------------------------------------------------------------------------------------


def softmax(h):
    total = sum(np.exp(v) for v in h)
    return np.array([np.exp(v) / total for v in h])


def cross_entropy(h, y):
    return -sum(t * np.log(p) for t, p in zip(y, softmax(h), strict=True))


def names_at(h, y):
    return {"N": len(h), "h": Box(h), "y": Box(y), "P": Box(softmax(h))}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_jacobian_agrees_with_differences(jacobian, size):
    h = np.random.default_rng(size).normal(size=size)
    truth = differences(softmax, h)
    found = entries(jacobian.answer, list(jacobian.engine.free), (size, size), names_at(h, h))
    assert jacobian.engine.free == ("j", "i")
    assert found == pytest.approx(truth, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_loss_agrees_with_differences(losses, free, route, size):
    draw = np.random.default_rng(size)
    h, y, label = draw.normal(size=size), draw.normal(size=size), np.eye(size)[size - 1]
    for d, labels in ((losses[route], label), (free[route], label), (free[route], y)):
        truth = differences(lambda v, labels=labels: cross_entropy(v, labels), h)
        assert entries(d.answer, ["i"], (size,), names_at(h, labels)) == pytest.approx(truth, rel=1e-7, abs=1e-9)
    if size > 1:
        truth = differences(lambda v: cross_entropy(v, y), h)
        assert entries(losses[route].answer, ["i"], (size,), names_at(h, y)) != pytest.approx(truth, rel=1e-3)


@pytest.mark.oracle
def test_against_pytorch(losses):
    import torch

    h = torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    label = torch.eye(5, dtype=torch.float64)[2]
    torch.nn.functional.cross_entropy(h[None], label[None]).backward()
    names = names_at(h.detach().numpy(), label.numpy())
    for d in losses.values():
        assert entries(d.answer, ["i"], (5,), names) == pytest.approx(h.grad.numpy(), rel=1e-9)
