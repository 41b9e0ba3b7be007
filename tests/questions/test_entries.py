"""Entries with their products, extremes with their places: fractions, functions, ties, refusals, and wrong products."""

from __future__ import annotations

import math

import pytest

import symgrad as sg
from symgrad.explain.layout import Number
from symgrad.questions import entries
from tests.derivations.loops import boxed, lines, words


def worked(graph, *questions):
    return sg.Exercise(id="e", title="", graph=graph, questions=questions).key().questions[0]


def layer(**numbers):
    g = sg.Graph("layer")
    i, j = g.index("i", 2), g.index("j", 3)
    W, x, b = g.parameter("W", i, j), g.input("x", j), g.parameter("b", i)
    z = g.define("z", sg.Sum(W[i, j] * x[j], j) + b[i], over=i)
    h = g.define("h", sg.relu(z[i]) / 2, over=i)
    g.values(**{"W": [[1, 0, 2], [-1, 0.5, 0]], "x": [0.3, 4, -1], "b": [0, 1], **numbers})
    return g, z, h


def test_products_sum_and_whole():
    g, z, h = layer()
    question = worked(g, sg.Entries("a", of=z))
    assert lines(question)[1:3] == ["1*0.3 + 0*4 + 2*(-1) + 0", "0.3 + 0 - 2 + 0 = -1.7"]
    assert boxed(question) == ["[[-1.7], [2.7]]"]
    assert lines(worked(g, sg.Entries("a", of=h)))[-1] == "[[0], [1.35]]"


@pytest.mark.parametrize(("kind", "places"), [("max", [[1]]), ("min", [[0]]), ("zero", [])])
def test_extremes(kind, places):
    g, z, _ = layer()
    question = worked(g, sg.Extremes("a", of=z, kind=kind))
    assert question.record["places"] == places
    if not places:
        assert words(question, "answer") == ["z is 0 nowhere."]


def test_the_first_value_of_an_index_counts():
    g = sg.Graph("from one")
    i = g.index("i", 3, start=1)
    x = g.input("x", i)
    y = g.define("y", x[i] ** 2, over=i)
    g.values(x=[1, -2, 2])
    found = worked(g, sg.Extremes("a", of=y, kind="max")).record
    assert (found["value"], found["places"]) == ("4", [[2], [3]])
    assert lines(worked(g, sg.Entries("a", of=y)))[3:5] == ["(-2)**2", "4"]


def test_values_that_are_no_fractions():
    g = sg.Graph("roots")
    x = g.input("x", 2)
    y = g.define("y", sg.exp(x))
    g.values(x=[0, 1])
    found = worked(g, sg.Extremes("a", of=y, kind="max")).record
    assert (found["value"], found["places"]) == ("E", [[1]])


def test_refused():
    _, z, _ = layer()
    with pytest.raises(sg.DeclarationError, match="not a kind of extreme"):
        sg.Extremes("a", of=z, kind="greatest")
    bare = sg.Graph("bare")
    y = bare.define("y", 2 * bare.input("x", 2))
    with pytest.raises(sg.DeclarationError, match="no numbers are attached") as caught:
        worked(bare, sg.Entries("a", of=y))
    assert caught.value.where == "e.a" and "g.values" in caught.value.expected
    big = sg.Graph("big")
    y = big.define("y", 2 * big.input("x", 30, 30))
    big.values(x=[[1] * 30] * 30)
    with pytest.raises(sg.Unsupported, match="not written out"):
        worked(big, sg.Entries("a", of=y))


@pytest.mark.parametrize("fault", ["value", "print"])
def test_wrong_products_are_caught(monkeypatch, fault):
    """The known-wrong samples: a product with another value, and one that is printed with another number."""
    g, z, _ = layer()
    right = entries._Work._product

    def wrong(self, term, here):
        sign, shown, exact = right(self, term, here)
        return (sign, shown, exact + 1) if fault == "value" else (sign, Number("9"), exact)

    monkeypatch.setattr(entries._Work, "_product", wrong)
    with pytest.raises(sg.CertificateError, match="products"):
        worked(g, sg.Entries("a", of=z))


def test_entries_that_are_not_rational_have_decimals_and_names_in_their_products():
    g = sg.Graph("sigmoids")
    x, W = g.input("x", 2), g.parameter("W", 2, 2)
    h = g.define("h", sg.sigmoid(x))
    z = g.define("z", W @ h)
    g.values(x=[1, 0.5], W=[[1, 2], [3, -1]])
    asked = [sg.Entries("a", of=z), sg.Extremes("m", of=z, kind="max")]
    entries, greatest = sg.Exercise("e", "", g, asked).key().questions
    own = [1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-0.5))]
    values = [f"{own[0] + 2 * own[1]:.6g}", f"{3 * own[0] - own[1]:.6g}"]
    assert lines(entries)[1:] == [
        "1*h[0] + 2*h[1]", values[0], "3*h[0] + (-1)*h[1]", values[1], f"[[{values[0]}], [{values[1]}]]"
    ]  # fmt: skip
    assert words(greatest, "answer") == [
        f"z is greatest at i = 0: it is {values[0]} there, rounded to six significant digits."
    ]
