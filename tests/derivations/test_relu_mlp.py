"""Every number of the exercise relu_mlp: against the facts of the exercise, and recomputed by plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Array

from derivations import relu_mlp as net
from symgrad.explain.blocks import Lines
from symgrad.render.latex import latex
from symgrad.render.plain import plain

QUESTIONS = {q.id: q for q in net.exercise.questions}
FACTS = {
    "W3": [-152, -88],
    "b3": -4,
    "W2": [[16, 64, 72], [-24, -96, -108]],
    "b2": [8, -12],
    "W1": [[32, 16], [24, 12], [-8, -4]],
    "b1": [16, 12, -4],
    "z0": [48, 40],
}


@pytest.fixture(scope="module")
def key():
    return net.exercise.key()


def by_numpy() -> dict[str, np.ndarray]:
    """All values and gradients by plain forward and backward passes."""
    x, y = np.array([2, 1]), 10
    W1, b1 = np.array([[1, 0], [3, 4], [1, 2]]), np.array([0, -2, 5])
    W2, b2 = np.array([[2, 6, 1], [0, 3, 1]]), np.array([-23, -11])
    W3, b3 = np.array([-2, 3]), 18
    a1 = W1 @ x + b1
    z1 = np.maximum(a1, 0)
    a2 = W2 @ z1 + b2
    z2 = np.maximum(a2, 0)
    a3 = W3 @ z2 + b3
    yhat = max(a3, 0)
    forward = {"a1": a1, "z1": z1, "a2": a2, "z2": z2, "a3": a3, "yhat": yhat, "L": (y - yhat) ** 2}
    back = {"yhat": 2 * (yhat - y)}
    back["z3"] = back["yhat"]
    back["a3"] = back["b3"] = back["z3"] * (a3 > 0)
    back["W3"], back["z2"] = back["a3"] * z2, back["a3"] * W3
    back["a2"] = back["b2"] = back["z2"] * (a2 > 0)
    back["W2"], back["z1"] = np.outer(back["a2"], z1), W2.T @ back["a2"]
    back["a1"] = back["b1"] = back["z1"] * (a1 > 0)
    back["W1"], back["z0"] = np.outer(back["a1"], x), W1.T @ back["a1"]
    return {**{f"forward {n}": v for n, v in forward.items()}, **back}


def test_every_gradient_of_the_exercise_is_asked_for():
    assert list(QUESTIONS) == "forward yhat z3 a3 W3 b3 z2 a2 W2 b2 z1 a1 W1 b1 z0".split()


@pytest.mark.parametrize("part", [p for p in QUESTIONS if p != "forward"])
def test_gradients(part):
    q = QUESTIONS[part]
    found = net.g.derive(q.of, wrt=q.wrt, keep=q.keep).value()
    wanted = by_numpy()[part]
    assert found == (Array(wanted.tolist()) if np.ndim(wanted) else int(wanted))
    if part in FACTS:
        assert found == (Array(FACTS[part]) if isinstance(FACTS[part], list) else FACTS[part])


def test_the_forward_pass_line_by_line(key):
    (question,) = [q for q in key.questions if q.id == "forward"]
    numbers = by_numpy()
    for name, shown in question.record["values"].items():
        wanted = numbers[f"forward {name}"]
        column = "[" + ", ".join(f"[{v}]" for v in wanted) + "]" if np.ndim(wanted) else str(wanted)
        assert shown == column
    (lines,) = [b for b in question.blocks if isinstance(b, Lines)]
    said = [f"{plain(x.left) if x.left else ''} = {plain(x.right)}" for x in lines.lines]
    assert said[:3] == [
        "a1 = W1 @ x + b1",
        " = [[1, 0], [3, 4], [1, 2]] @ [[2], [1]] + [[0], [-2], [5]]",
        " = [[2], [8], [9]]",
    ]


def test_numbers_stand_after_the_symbols(key):
    (question,) = [q for q in key.questions if q.id == "W2"]
    last = [b for b in question.blocks if isinstance(b, Lines)][-1].lines
    assert plain(last[-1].right) == "[[16, 64, 72], [-24, -96, -108]]"
    assert latex(last[0].right) == (r"\begin{pmatrix}8\\-12\end{pmatrix} {\begin{pmatrix}2\\8\\9\end{pmatrix}}^{\top}")


def test_matrix_forms_of_the_exercise():
    forms = {p: net.g.derive(QUESTIONS[p].of, wrt=QUESTIONS[p].wrt, keep=QUESTIONS[p].keep) for p in ("W2", "z1", "a1")}
    assert forms["W2"].matrix.latex == (r"\frac{\partial L}{\partial a^{(2)}} {\left(z^{(1)}\right)}^{\top}")
    assert forms["z1"].matrix.text == "W2.T @ dL_da2" and forms["a1"].matrix.text == "dL_dz1*step(a1)"
    row = net.g.derive(net.L, wrt=net.x, keep=[net.a3]).matrix_in("numerator")
    assert row.text == "dL_da3*W3 @ diag(step(a2)) @ W2 @ diag(step(a1)) @ W1"


def test_the_third_weights_are_a_row(key):
    found = net.g.derive(net.L, wrt=net.W3, keep=[net.a3])
    assert found.matrix.latex == r"\frac{\partial L}{\partial a^{(3)}} {\left(z^{(2)}\right)}^{\top}"
    assert found.matrix.text == "dL_da3*z2" and found.matrix.layout == "dL/dW3 has the shape of W3, 1 x 2, a row"
    back = net.g.derive(net.L, wrt=net.z2, keep=[net.a3]).matrix
    assert back.latex == r"\frac{\partial L}{\partial a^{(3)}} {\left(W^{(3)}\right)}^{\top}"
    lines = {q.id: [plain(x.right) for b in q.blocks if isinstance(b, Lines) for x in b.lines] for q in key.questions}
    assert lines["W3"][-2:] == ["(-4)*[[38], [22]].T", "[[-152, -88]]"]
    assert "W3 @ z2 + b3" in lines["forward"] and "[[-2, 3]] @ [[38], [22]] + 18" in lines["forward"]
