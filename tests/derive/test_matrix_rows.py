"""Numerator layout: the gradient of a number by a vector as a row, run by numpy; wrong rows are rejected."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

import symgrad as sg
from symgrad.matrix.build import scaled
from symgrad.matrix.rows import is_row, lying
from symgrad.matrix.tree import Number


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
