"""Equations of whole arrays: biases in every form, what is refused and why, and what is no equation in matrices."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.matrix import view
from tests.derivations.loops import boxed, cells, words


def worked(graph, *questions):
    return sg.Exercise(id="e", title="", graph=graph, questions=questions).key().questions[0]


def layer(bias="n"):
    g = sg.Graph("layer")
    m, k, n = g.sizes("m k n")
    X, W = g.input("X", m, k), g.parameter("W", k, n)
    b = g.parameter("b", *((n,) if bias == "n" else (1, n)))
    return g, g.define("Y", sg.sigmoid(X @ W + b))


@pytest.mark.parametrize("bias", ["n", "1 n"])
def test_a_bias_is_added_to_each_row(bias):
    g, Y = layer(bias)
    question = worked(g, sg.Equation("a", of=Y))
    assert boxed(question) == ["sigmoid(X @ W + b)"]
    assert words(question, "remark") == ["b is added to each row."]
    assert cells(question) == [["X @ W", "(m, k) times (k, n)", "(m, n)"]]


def test_a_column_vector():
    g = sg.Graph("vector")
    n, k = g.sizes("n k")
    y = g.define("y", g.parameter("W", n, k) @ g.input("x", k) + g.parameter("b", n))
    assert boxed(worked(g, sg.Equation("a", of=y))) == ["W @ x + b"]


REFUSED = {
    "X @ W.T + b": ("X @ W.T", "X has the shape (m, k), W.T has (n, k); k and n differ, unless k = n."),
    "tanh(W @ X) + b": ("W @ X", "W has the shape (k, n), X has (m, k); n and m differ, unless n = m."),
    "X @ W + X": ("X @ W + X", "X @ W has the shape (m, n), X has (m, k); n and k differ, unless n = k."),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_conform(text):
    g, Y = layer()
    before = g.model
    question = worked(g, sg.Equation("a", of=Y, refused=[text]))
    assert "{} the shapes do not conform: {}".format(*REFUSED[text]) in " ".join(words(question, "remark"))
    assert g.model == before, "what was assumed for the answer is forgotten"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sigmoid(X @ W + b)", "a proposed equation that conforms"),
        ("X @", "a proposed equation that is not understood"),
        ("X @ V", "a proposed equation that is not understood"),
        ("open('x')", "a proposed equation that is not understood"),
        ("X.__class__", "a proposed equation that is not understood"),
        ("sigmoid(X, W)", "a proposed equation that is not understood"),
        ("X if X else W", "a proposed equation that is not understood"),
    ],
)
def test_what_is_no_refused_proposal(text, what):
    g, Y = layer()
    with pytest.raises(sg.DeclarationError, match=what) as caught:
        worked(g, sg.Equation("a", of=Y, refused=[text]))
    assert caught.value.where == f"e.a: {text}" and caught.value.expected


def test_a_convolution_is_no_equation_in_matrices():
    g = sg.Graph("convolution")
    p, k = g.index("p", 5), g.index("k", 2)
    x, w = g.input("x", p), g.parameter("w", k)
    i = g.index("i", valid=lambda i: x[i + k])
    z = g.define("z", sg.Sum(w[k] * x[i + k], k), over=i)
    with pytest.raises(sg.Unsupported, match="no equation of z in matrices") as caught:
        worked(g, sg.Equation("a", of=z))
    assert caught.value.where and caught.value.expected and caught.value.given


def test_a_tree_that_is_not_confirmed_is_no_equation(monkeypatch):
    """The known-wrong sample: whatever tree is found, its entries must be those of the definition."""
    g, Y = layer()
    monkeypatch.setattr(view, "is_confirmed", lambda *rest: False)
    with pytest.raises(sg.Unsupported, match="no equation of Y in matrices"):
        worked(g, sg.Equation("a", of=Y))
