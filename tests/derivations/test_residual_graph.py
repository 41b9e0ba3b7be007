"""Every number of the exercise residual_graph: against its facts, by plain arithmetic and by differences."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivations import residual_graph as net
from symgrad.explain.blocks import Lines, Table
from symgrad.render.plain import plain

FORWARD = {"xw0": "0.3", "xwb0": "0.4", "x1": "0.4", "xw1": "-0.08", "y1": "-0.38", "yx": "0.62", "z": "0.62"}
GRADIENTS = {"w0": "-0.2", "w1": "0.4", "b0": "-0.2", "b1": "1", "x0": "0.94"}
DIFFERENTIALS = [
    ("dxw0", "w0*dx0 + x0*dw0"),
    ("dxwb0", "dxw0 + db0"),
    ("dx1", "step(xwb0)*dxwb0"),
    ("dxw1", "w1*dx1 + x1*dw1"),
    ("dy1", "dxw1 + db1"),
    ("dyx", "dy1 + dx0"),
    ("dz", "step(yx)*dyx"),
]


@pytest.fixture(scope="module")
def key():
    return {q.id: q for q in net.exercise.key().questions}


def lines(question):
    return [line for b in question.blocks if isinstance(b, Lines) for line in b.lines]


def forward(x0, w0, w1, b0, b1):
    x1 = max(x0 * w0 + b0, 0)
    return max(x1 * w1 + b1 + x0, 0)


def test_every_part_of_the_exercise_is_asked_for():
    assert [q.id for q in net.exercise.questions] == ["forward", *GRADIENTS]


def test_the_forward_pass(key):
    assert key["forward"].record["values"] == FORWARD


def test_each_line_has_its_differential(key):
    said = [(plain(x.left), plain(x.right)) for x in lines(key["forward"]) if "differential" in x.reason]
    assert said == DIFFERENTIALS
    assert key["forward"].record["certificate"]["worst"] < 1e-9


@pytest.mark.parametrize("part", GRADIENTS)
def test_the_gradient_is_the_sum_of_its_paths(key, part):
    record = key[part].record
    boxed = [line for line in lines(key[part]) if line.boxed]
    assert plain(boxed[-1].right) == GRADIENTS[part]
    assert sum(Fraction(path["value"]) for path in record["paths"]) == Fraction(GRADIENTS[part])
    given = {"x0": Fraction(1), "w0": Fraction("0.3"), "w1": Fraction("-0.2"), "b0": Fraction("0.1")}
    given["b1"] = Fraction("-0.3")
    step = Fraction(1, 10**6)
    up, down = (forward(**{**given, part: given[part] + s}) for s in (step, -step))
    assert float((up - down) / (2 * step)) == pytest.approx(float(GRADIENTS[part]), abs=1e-5)


def test_the_input_has_two_paths(key):
    (table,) = [b for b in key["x0"].blocks if isinstance(b, Table)]
    assert len(table.rows) == 2
    assert [path["names"] for path in key["x0"].record["paths"]] == [
        ["z", "yx", "x0"],
        ["z", "yx", "y1", "xw1", "x1", "xwb0", "xw0", "x0"],
    ]
    assert [path["value"] for path in key["x0"].record["paths"]] == ["1", "-0.06"]
    assert "1 - 0.06" in [plain(line.right) for line in lines(key["x0"])]


def test_the_chain_of_a_path_factor_by_factor(key):
    (line,) = [x for x in lines(key["w0"]) if "factor by factor, in numbers" in x.reason]
    assert plain(line.right) == "1*1*1*(-0.2)*1*1*1"
