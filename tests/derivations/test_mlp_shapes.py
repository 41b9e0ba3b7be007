"""Shapes of a small network: against numpy's own, and the equation against its component form in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from derivations import mlp_shapes as net
from tests.derivations.loops import boxed, cells, words, worked

SHAPES = {"X": "(m, 10)", "W_h": "(10, 50)", "b_h": "(1, 50)", "W_o": "(50, 3)", "b_o": "(1, 3)", "Y": "(m, 3)"}


@pytest.fixture(scope="module")
def key():
    return worked(net.exercise)


def test_the_questions(key):
    assert list(key) == [*SHAPES, "equation"]


@pytest.mark.parametrize("part", SHAPES)
def test_shapes(key, part):
    assert boxed(key[part]) == [SHAPES[part]]


def test_numpy_has_the_same_shapes():
    m = 7
    X, W_h, b_h, W_o, b_o = (np.zeros(s) for s in ((m, 10), (10, 50), (1, 50), (50, 3), (1, 3)))
    assert (np.maximum(X @ W_h + b_h, 0) @ W_o + b_o).shape == (m, 3)
    with pytest.raises(ValueError, match="mismatch"):
        W_h @ X


def test_each_axis_has_its_rule(key):
    assert cells(key["W_h"]) == [
        ["rows", "10", "as many as the columns of X"],
        ["columns", "50", "declared: one for each of the columns of H"],
    ]
    assert cells(key["b_h"])[0][2] == "declared: one, used for all of H"
    assert cells(key["W_o"])[0][2] == "as many as the columns of H"
    assert [row[3] for row in cells(key["Y"])] == [
        "it runs along the rows of H",
        "it runs along the columns of W_o and the columns of b_o",
    ]


def test_the_equation(key):
    assert boxed(key["equation"]) == ["relu(X @ W_h + b_h) @ W_o + b_o"]
    added, refused, even = words(key["equation"], "remark")
    assert added == "b_o and b_h are added to each row."
    assert refused == (
        "W_o @ relu(W_h @ X + b_h) + b_o is refused: in W_h @ X the shapes do not conform: W_h has the shape (10, 50), "
        "X has (m, 10); 50 and m differ, unless m = 50."
    )
    assert even == (
        "Even with m = 50: in W_h @ X + b_h the shapes do not conform: W_h @ X has the shape (10, 10), "
        "b_h has (1, 50); 10 and 50 differ."
    )
    assert [row[1:] for row in cells(key["equation"])] == [
        ["(m, 10) times (10, 50)", "(m, 50)"],
        ["(m, 50) times (50, 3)", "(m, 3)"],
    ]


def test_the_printed_equation_is_the_network_in_numbers(key):
    """The text of the equation, run by numpy, against sums in plain loops."""
    draw, m = np.random.default_rng(0), 4
    X, W_h, b_h, W_o, b_o = (draw.normal(size=s) for s in ((m, 10), (10, 50), (1, 50), (50, 3), (1, 3)))
    given = {"X": X, "W_h": W_h, "b_h": b_h, "W_o": W_o, "b_o": b_o, "relu": lambda u: np.maximum(u, 0)}
    (text,) = boxed(key["equation"])
    found = eval(text, {"__builtins__": {}}, given)
    for i, j in np.ndindex(m, 3):
        hidden = [max(0.0, sum(X[i, a] * W_h[a, k] for a in range(10)) + b_h[0, k]) for k in range(50)]
        assert found[i, j] == pytest.approx(sum(h * W_o[k, j] for k, h in enumerate(hidden)) + b_o[0, j])


def test_the_same_network_answers_a_gradient():
    """dL/dW_h of a loss of Y, from the declaration that answered the shapes."""
    before = net.g.state()
    d = net.g.derive(net.g.loss("L", of=net.Y), wrt=net.W_h)
    assert d.certificate.holds and d.text.startswith("sum(") and "step(" in d.text
    net.g.go_back(before)
