"""Numerator layout: the gradient of a number by a vector as a row, run by numpy; wrong rows are rejected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.explain.matrices import MatrixNotation
from symgrad.matrix import view
from symgrad.matrix.build import scaled
from symgrad.matrix.rows import across, is_row, lying
from symgrad.matrix.tree import Number
from symgrad.render.latex import latex
from symgrad.render.plain import plain


def chain() -> tuple[sg.Graph, Any]:
    """Two layers of a general loss: the chain rule is a product of a row with diagonals and matrices."""
    g = sg.Graph("chain")
    n, m, k = g.sizes("n m k")
    x, W1, W2 = g.input("x", n), g.parameter("W1", m, n), g.parameter("W2", k, m)
    a = g.define("a", W1 @ x)
    z = g.define("z", sg.relu(a))
    f = g.loss("f", of=g.define("y", W2 @ z))
    return g, f


def test_numerator_layout_of_a_gradient_is_a_row():
    g, f = chain()
    found = g.derive(f, wrt=g["x"]).matrix_in("numerator")
    assert found.text == "df_dy @ W2 @ diag(step(a)) @ W1"
    assert found.latex.endswith(r"W^{(2)} \operatorname{diag}\left(\operatorname{ReLU}'\left(a\right)\right) W^{(1)}")
    assert found.layout.startswith("df/dx is a row with an entry for each of x")
    turned = g.derive(f, wrt=g["W2"]).matrix_in("numerator")
    assert turned.text == "outer(z, df_dy)" and "the transpose of W2" in turned.layout


def test_rows_run_by_numpy_and_wrong_ones_are_rejected():
    g, f = chain()
    d = g.derive(f, wrt=g["x"])
    draw = np.random.default_rng(5)
    shapes = {"x": (3,), "W1": (4, 3), "W2": (2, 4), "df_dy": (2,), "a": (4,)}
    values = {name: draw.normal(size=shape) for name, shape in shapes.items()}
    scope = {**values, "diag": np.diag, "step": lambda u: (u > 0) * 1.0}
    row = eval(d.matrix_in("numerator").text, scope)
    assert np.allclose(row, values["W1"].T @ ((values["a"] > 0) * (values["W2"].T @ values["df_dy"])))
    right = lying(d.matrix.view.tree)
    assert is_row(right, d.poly, d.engine.free[0], d.engine.model)
    assert not is_row(scaled(Number(Fraction(2)), right), d.poly, d.engine.free[0], d.engine.model)
    assert not is_row(d.matrix.view.tree, d.poly, d.engine.free[0], d.engine.model)


# --- names that are written as rows


def with_row(row: bool) -> tuple[sg.Graph, Any]:
    """A number w v, entries w_i v_i, and a vector w A: once with a row w, once with a column."""
    g = sg.Graph("row")
    n, m = g.sizes("n m")
    w, v, A = g.parameter("w", n, row=row), g.input("v", n), g.input("A", n, m)
    a = g.define("a", w @ A)
    return g, g.define("L", sg.sum(sg.relu(w * v)) + sg.sum(a * a) + w @ v)


ROWS = {
    "w": r"{\left(v \odot \left(\mathbf{1} + \operatorname{ReLU}'\left(v \odot w^{\top}\right)\right)\right)}^{\top}"
    r" + 2 a^{\top} A^{\top}",
    "v": r"w^{\top} \odot \left(\mathbf{1} + \operatorname{ReLU}'\left(v \odot w^{\top}\right)\right)",
    "A": r"2 w^{\top} a^{\top}",
}


@pytest.mark.parametrize("by", ROWS)
def test_a_row_is_written_as_a_row_on_paper_and_nowhere_else(by):
    (g, L), (h, M) = with_row(True), with_row(False)
    row, column = g.derive(L, wrt=g[by]), h.derive(M, wrt=h[by])
    assert row.matrix.latex == ROWS[by]
    assert row.matrix.text == column.matrix.text and row.latex == column.latex and row.text == column.text


def test_numerator_layout_turns_the_gradient_by_a_row_into_a_column():
    g, L = with_row(True)
    d = g.derive(L, wrt=g["w"])
    assert d.matrix.layout.startswith("dL/dw has the shape of w, 1 x n, a row")
    column = d.matrix_in("numerator")
    assert column.layout.startswith("dL/dw has the shape of the transpose of w")
    assert column.text == d.matrix.text and r"2 A a" in column.latex
    assert is_row(across(column.view.tree), d.poly, d.engine.free[0], d.engine.model)


def test_a_row_that_is_not_the_answer_is_not_shown(monkeypatch):
    g, L = with_row(True)
    monkeypatch.setattr(view, "across", lambda tree: scaled(Number(Fraction(2)), across(tree)))
    d = g.derive(L, wrt=g["w"])
    assert d.matrix is None and d.no_matrix == "not confirmed"


@pytest.mark.parametrize("axes", [(), ("n", "m")])
@pytest.mark.parametrize("kind", ["input", "parameter", "constant"])
def test_a_row_has_one_index(kind, axes):
    g = sg.Graph("row")
    sizes = [g.size(name) for name in axes]
    with pytest.raises(sg.DeclarationError, match="a row has one index") as refusal:
        getattr(g, kind)("w", *sizes, row=True)
    assert refusal.value.given == (", ".join(g.model.indices) or "no index")
    assert refusal.value.fix == "leave row=True out" and "w" not in g.model.tensors


@pytest.mark.parametrize("names", ["w x", "w h", "x w"])
def test_a_row_stands_first_in_an_inner_product(names):
    """w h + b as courses write it, whatever the letters are, and in numbers."""
    row, column = names.split()
    g = sg.Graph("unit")
    w, v, b = g.parameter(row, 2, row=True), g.input(column, 2), g.parameter("b")
    a = g.define("a", v @ w + b)
    notation = MatrixNotation(g.model)
    assert latex(notation.layout(notation.definition(g.model.tensors["a"]).tree)) == f"{names} + b"
    g.values(**{row: [1, -2], column: [3, 4], "b": 0.5})
    (question,) = sg.Exercise("e", "", g, [sg.Forward("f", of=[a])]).key().questions
    shown = [plain(line.right) for line in question.blocks[0].lines]
    assert shown == [f"{row} @ {column} + b", "[[1, -2]] @ [[3], [4]] + 0.5", "-4.5"]
