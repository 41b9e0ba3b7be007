"""Every fact of the exercise softmax_chain: by proof, in its quotient rule, and against plain differences."""

from __future__ import annotations

import math

import pytest
from sympy import Piecewise

from derivations import softmax_chain as net
from symgrad.explain.blocks import Lines
from symgrad.render.plain import plain
from tests.derive.oracle import Box, value

QUESTIONS = {q.id: q for q in net.exercise.questions}


def test_the_quotient_rule_and_then_the_short_form():
    question = next(q for q in net.exercise.key().questions if q.id == "x3")
    said = [plain(x.right) for b in question.blocks if isinstance(b, Lines) for x in b.lines]
    assert said == [
        "exp(x3)/(S + exp(x3)) - exp(x3)**2/(S + exp(x3))**2",
        "x4 - x4**2",
        "x4*(1 - x4)",
    ]


def test_by_the_first_weight():
    found = net.g.derive(net.x4, wrt=net.w1)
    assert found.text == "w2*x4*step(x1)*(1 - x4)" and found.report.proved


@pytest.mark.parametrize("sign", [1, -1])
def test_against_plain_differences(sign):
    given = {"w1": 0.7 * sign, "b1": 0.2, "w2": -1.3, "b2": 0.4, "n": 2, "others": Box([0.3, -0.8])}

    def forward(at):
        x1 = at["w1"] + at["b1"]
        x3 = at["w2"] * max(x1, 0) + at["b2"]
        total = sum(math.exp(v) for v in at["others"].array)
        return {"x1": x1, "x3": x3, "S": total, "x4": math.exp(x3) / (math.exp(x3) + total)}

    step = 1e-6
    sides = [forward({**given, "w1": given["w1"] + s})["x4"] for s in (step, -step)]
    answer = net.g.derive(net.x4, wrt=net.w1).answer
    assert not answer.has(Piecewise)
    assert value(answer, {**given, **forward(given)}) == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-9)
