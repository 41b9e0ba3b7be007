"""Every number of the exercise relu_mlp: against the facts of the exercise, and recomputed by plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Array

from derivations import relu_mlp as net
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Lines, Prose
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
    "x": [48, 40],
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
    forward = {"z0": x, "a1": a1, "z1": z1, "a2": a2, "z2": z2, "a3": a3, "yhat": yhat, "L": (y - yhat) ** 2}
    back = {"yhat": 2 * (yhat - y)}
    back["z3"] = back["yhat"]
    back["a3"] = back["b3"] = back["z3"] * (a3 > 0)
    back["W3"], back["z2"] = back["a3"] * z2, back["a3"] * W3
    back["a2"] = back["b2"] = back["z2"] * (a2 > 0)
    back["W2"], back["z1"] = np.outer(back["a2"], z1), W2.T @ back["a2"]
    back["a1"] = back["b1"] = back["z1"] * (a1 > 0)
    back["W1"], back["z0"] = np.outer(back["a1"], x), W1.T @ back["a1"]
    back["x"] = back["z0"]
    return {**{f"forward {n}": v for n, v in forward.items()}, **back}


def test_every_gradient_of_the_exercise_is_asked_for():
    assert list(QUESTIONS) == "forward yhat z3 a3 W3 b3 z2 a2 W2 b2 z1 a1 W1 b1 z0 x".split()


@pytest.mark.parametrize("part", [p for p in QUESTIONS if p != "forward"])
def test_gradients(part):
    q = QUESTIONS[part]
    found = net.g.derive(q.of, wrt=q.wrt, keep=q.keep, let=q.let).value()
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
    assert said[2:5] == [
        "a1 = W1 @ z0 + b1",
        " = [[1, 0], [3, 4], [1, 2]] @ [[2], [1]] + [[0], [-2], [5]]",
        " = [[2], [8], [9]]",
    ]


def test_numbers_stand_after_the_symbols(key):
    (question,) = [q for q in key.questions if q.id == "W2"]
    last = [b for b in question.blocks if isinstance(b, Lines)][-1].lines
    assert plain(last[-1].right) == "[[16, 64, 72], [-24, -96, -108]]"
    assert latex(last[0].right) == (r"\begin{pmatrix}8\\-12\end{pmatrix} {\begin{pmatrix}2\\8\\9\end{pmatrix}}^{\top}")


def test_matrix_forms_of_the_exercise():
    asked = [QUESTIONS[p] for p in ("W2", "z1", "a1")]
    forms = [net.g.derive(q.of, wrt=q.wrt, keep=q.keep, let=q.let).matrix for q in asked]
    assert forms[0].latex == r"\delta^{(2)} {\left(z^{(1)}\right)}^{\top}"
    assert [f.text for f in forms] == ["outer(delta2, z1)", "W2.T @ delta2", "dL_dz1*step(a1)"]
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
    assert lines["forward"].index("relu(a3)") + 2 == lines["forward"].index("z3")  # not asked for, and shown
    assert "W3 @ z2 + b3" in lines["forward"] and "[[-2, 3]] @ [[38], [22]] + 18" in lines["forward"]


CHAINS = {
    "z2": "delta3*W3",
    "a2": "delta3*W3 @ diag(step(a2))",
    "W2": "delta3*outer(z1, W3 @ diag(step(a2)))",
    "z1": "delta3*W3 @ diag(step(a2)) @ W2",
    "W1": "delta3*outer(z0, W3 @ diag(step(a2)) @ W2 @ diag(step(a1)))",
    "b1": "delta3*W3 @ diag(step(a2)) @ W2 @ diag(step(a1))",
    "z0": "delta3*W3 @ diag(step(a2)) @ W2 @ diag(step(a1)) @ W1",
}


def asked_in(key, part):
    return [x for q in key.questions if q.id == part for b in q.blocks if isinstance(b, Lines) for x in b.lines]


@pytest.mark.parametrize("part", CHAINS)
def test_the_chain_of_rows_and_diagonals_run_by_numpy(key, part):
    """Numerator layout, the whole way from the output: a line of every step, and equal to the gradient transposed."""
    (line,) = [x for x in asked_in(key, part) if "numerator layout" in str(x.reason)]
    assert plain(line.right) == CHAINS[part] and line.level == 3 and plain(line.left).endswith(".T")
    numbers = {n: np.array(v) for n, v in net.g.numbers_given.items()}
    forward = {n.removeprefix("forward "): v for n, v in by_numpy().items() if n.startswith("forward ")}
    scope = {**numbers, **forward, "delta3": -4, "diag": np.diag, "outer": np.outer, "step": lambda u: (u > 0) * 1}
    assert np.array_equal(eval(CHAINS[part], scope), by_numpy()[part].T)


def test_deltas_are_named_where_they_are_asked_for_and_said_again_with_their_part(key):
    said = {q.id: ["".join(map(text_of, b.run)) for b in q.blocks if isinstance(b, Prose)] for q in key.questions}
    assert said["a2"][0] == "Let delta2[i] = dL/da2[i]."
    assert said["W2"][0] == "delta2[i] = dL/da2[i] from (a2)."
    titles = {q.id: "".join(map(text_of, q.title)) for q in key.questions}
    assert titles["a2"] == "Find dL/da2[i]."


def text_of(part) -> str:
    return part if isinstance(part, str) else plain(part.tree)


@pytest.mark.parametrize("part", ["W2", "z1", "a1", "z0"])
def test_matrix_and_component_notation_of_the_same_network(part):
    matrices, components = (net.exercise.key(notation) for notation in ("matrices", "components"))
    whole, entries = ([x for x in asked_in(k, part) if x.boxed] for k in (matrices, components))
    assert len(whole) == len(entries) == 2 and plain(whole[1].right) == plain(entries[1].right)
    assert "[" not in plain(whole[0].right) and "[" in plain(entries[0].right)
    assert not [x for x in asked_in(components, part) if "in matrices" in x.reason]


def test_the_statement_in_each_notation():
    said = {n: [plain_block(b) for b in net.exercise.key(n).statement] for n in ("matrices", "components", "both")}
    assert said["matrices"][1].startswith("Given x in R^(2), y in R, W1 in R^(3 x 2), b1 in R^(3)")
    assert said["matrices"][3] == "a1 = W1 @ z0 + b1"
    assert said["components"][3] == "a1[j] = sum(W1[j, i]*z0[i], i=0..1) + b1[j]"
    again = "In matrices: a1 = W1 @ z0 + b1, a2 = W2 @ z1 + b2 and a3 = W3 @ z2 + b3."
    assert [b for b in said["both"] if b not in said["components"]] == [again]
    with pytest.raises(DeclarationError, match="not a notation"):
        net.exercise.key("tensors")


def plain_block(block) -> str:
    return "".join(map(text_of, block.run)) if isinstance(block, Prose) else plain(block.formula.tree)
