"""Numbers after symbols: exact, and the same as plain Python arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sympy import Array, Integer, Rational, exp, log

import symgrad as sg


def network():
    """Three layers with ReLU; the numbers of a course exercise, worked out by plain loops below."""
    g = sg.Graph("network")
    x = g.input("x", 2)
    W1, b1 = g.parameter("W1", 3, 2), g.parameter("b1", 3)
    W2, b2 = g.parameter("W2", 2, 3), g.parameter("b2", 2)
    W3, b3, y = g.parameter("W3", 2), g.parameter("b3"), g.input("y")
    z1 = g.define("z1", sg.relu(W1 @ x + b1))
    z2 = g.define("z2", sg.relu(W2 @ z1 + b2))
    out = g.define("out", sg.relu(W3 @ z2 + b3))
    L = g.define("L", (y - out) ** 2)
    g.values(x=[2, 1], y=10, W1=[[1, 0], [3, 4], [1, 2]], b1=[0, -2, 5], W2=[[2, 6, 1], [0, 3, 1]], b2=[-23, -11])
    g.values(W3=[-2, 3], b3=18)
    return g, L


def test_forward_and_backward_by_hand():
    g, L = network()
    assert g.value(g["z1"]) == Array([2, 8, 9]) and g.value(g["z2"]) == Array([38, 22])
    assert g.value(g["out"]) == 8 and g.value(L) == 4
    relu = lambda v: [max(0, u) for u in v]  # noqa: E731
    W1, W2, W3, x = [[1, 0], [3, 4], [1, 2]], [[2, 6, 1], [0, 3, 1]], [-2, 3], [2, 1]
    a1 = [sum(w * u for w, u in zip(row, x, strict=True)) + b for row, b in zip(W1, [0, -2, 5], strict=True)]
    a2 = [sum(w * u for w, u in zip(row, relu(a1), strict=True)) + b for row, b in zip(W2, [-23, -11], strict=True)]
    d3 = -2 * (10 - 8)
    d2 = [d3 * w * (a > 0) for w, a in zip(W3, a2, strict=True)]
    d1 = [sum(d2[i] * W2[i][j] for i in range(2)) * (a1[j] > 0) for j in range(3)]
    wanted = {
        "W3": [d3 * u for u in relu(a2)],
        "b3": d3,
        "W2": [[d * u for u in relu(a1)] for d in d2],
        "b2": d2,
        "W1": [[d * u for u in x] for d in d1],
        "x": [sum(d1[i] * W1[i][j] for i in range(3)) for j in range(2)],
    }
    for name, numbers in wanted.items():
        found = g.derive(L, wrt=g[name]).value()
        assert found == (Array(numbers) if isinstance(numbers, list) else numbers), name
    assert wanted["W2"] == [[16, 64, 72], [-24, -96, -108]] and wanted["x"] == [48, 40]


def test_decimals_are_what_they_show_and_functions_stay_exact():
    g = sg.Graph("exact")
    n = g.size("n")
    x, c = g.input("x", n), g.input("c")
    P = g.define("P", sg.softmax(x))
    g.values(x=[0.3, Fraction(1, 3), 0], c=0.1)
    assert g.value(c) == Rational(1, 10) and g.value(x) == Array([Rational(3, 10), Rational(1, 3), 0])
    assert g.value(sg.logsumexp(x)) == log(exp(Rational(3, 10)) + exp(Rational(1, 3)) + 1)
    assert sum(g.value(P)) - 1 == 0 or (sum(g.value(P)) - 1).equals(0)
    assert g.value(n * c) == Rational(3, 10)  # the size is that of the array


def test_given_gradients_sums_conditions_and_extremes():
    g = sg.Graph("parts")
    n = g.size("n")
    i, k = g.index("i", n), g.index("k", n)
    x = g.input("x", i)
    y = g.define("y", sg.Sum(x[k] ** 2, k) * x[i] + sg.Max(x[k], k), over=i)
    f = g.loss("f", of=y)
    g.values(x=np.array([1, -2, 3]))
    assert g.value(y) == Array([14 + 3, -28 + 3, 42 + 3])
    found = g.derive(f, wrt=x[i]).value(df_dy=[1, 0, 2])
    grad = [14 * u + 2 * v * 7 + (v == 3) * 3 for u, v in zip([1, 0, 2], [1, -2, 3], strict=True)]
    assert found == Array(grad)


REFUSED = {
    "another shape": ({"W1": [[1, 2]]}, "another shape than W1", "shape (3, 2)", "shape (1, 2)"),
    "ragged rows": ({"W1": [[1, 2], [3], [4, 5]]}, "another shape than W1", "shape (3, 2)", "different lengths"),
    "a number for an array": ({"b1": 3}, "another shape than b1", "shape (3)", "shape ()"),
    "an unknown name": ({"W9": 1}, "W9 is not an input", "W1", "W9"),
    "a definition": ({"z1": [1, 2, 3]}, "z1 is not an input", "W1", "z1"),
    "text": ({"y": "ten"}, "not numbers", "nested lists", "'ten'"),
    "infinity": ({"y": float("inf")}, "not an expression", "", "float"),
    "a complex number": ({"y": 1j}, "not an expression", "", "complex"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_that_do_not_fit(name):
    numbers, what, expected, got = REFUSED[name]
    g, L = network()
    before = g.value(L)
    with pytest.raises(sg.DeclarationError) as caught:
        g.values(**numbers)
    assert what in caught.value.what and expected in caught.value.expected and got in caught.value.given
    assert g.value(L) == before  # nothing is lost


def test_what_is_missing_is_named_and_facts_must_hold():
    g = sg.Graph("facts")
    x, y = g.input("x", g.size("n")), g.input("y", g["n"])
    L = g.define("L", x @ y)
    g.values(x=[1, 2])
    with pytest.raises(sg.DeclarationError, match="y has no numbers"):
        g.value(L)
    g.fact(sg.sum(y), 1)
    with pytest.raises(sg.DeclarationError, match="a fact does not hold"):
        g.values(y=[1, 1])
    with pytest.raises(sg.DeclarationError, match="another shape"):
        g.values(y=[1, 0, 0])
    g.values(y=[1, 0])
    assert g.value(L) == Integer(1)
    with pytest.raises(sg.Unsupported, match="division by zero"):
        g.value(1 / (x[0] - y[0]))


def checked():
    """Names with signs, a relation between sizes, and axes of length 1."""
    g = sg.Graph("checked")
    n, m = g.sizes("n m")
    g.require(n >= m)
    for name, axes in {"A": (n,), "w": (m,), "C": (n, 1), "M": (n, m)}.items():
        g.input(name, *axes)
    g.input("x", n, sign="positive")
    g.values(A=[1, -2, 3])
    return g


@pytest.mark.parametrize(
    ("numbers", "what"),
    [
        ({"x": [-4, -9, 1]}, "x is declared positive"),
        ({"w": [1, 2, 3, 4]}, "break a requirement"),
        ({"M": [[1, 2], 3, 4]}, "another shape than M"),
        ({"A": [1, 2, 3, 4], "n": 3}, "another shape than A"),
    ],
)
def test_signs_and_relations_are_kept(numbers, what):
    g = checked()
    with pytest.raises(sg.DeclarationError, match=what):
        g.values(**numbers)
    assert g.value(g["A"]) == Array([1, -2, 3])


@pytest.mark.parametrize("formula", [lambda A: A**0.5, sg.log, lambda A: sg.log(A * 0), lambda A: A ** Rational(1, 3)])
def test_no_value_that_is_not_real(formula):
    g = checked()
    with pytest.raises(sg.Unsupported, match="no real value"):
        g.value(formula(g["A"]))


def test_what_a_mask_leaves_out_is_not_worked_out():
    g = checked()
    A = g["A"]
    assert g.value(sg.where(A > 0, sg.log(A), 0)) == Array([0, 0, log(3)])
    assert g.value(sg.where(A > 1, 1 / (A - 1), 0)) == Array([0, 0, Rational(1, 2)])


def test_axes_of_length_1_stay():
    g = checked()
    g.values(C=[[1], [2], [3]], M=[[1, 2], [3, 4], [5, 6]])
    assert g.value(g["C"]).shape == (3, 1) and g.value(g["C"].T).shape == (1, 3)
    assert g.value(sg.sum(g["M"], axis=1, keepdims=True)) == Array([[3], [7], [11]])
    assert g.value(sg.sum(g["M"], axis=(0, 1), keepdims=True)) == Array([[21]])


def test_numbers_that_cannot_be_compared_are_refused_and_facts_that_hold_are_kept():
    g = sg.Graph("close")
    a, b, h = (g.input(n, g["k"] if n != "a" else g.size("k")) for n in "abh")
    S = g.define("S", sg.softmax(h))
    g.fact(sg.sum(S), 1)
    g.values(a=[4], b=[2], h=[3])
    with pytest.raises(sg.Unsupported, match="cannot be told from 0"):
        g.value(sg.relu(sg.log(a) - 2 * sg.log(b)))
    assert g.value(np.maximum(sg.log(a), 3 * sg.log(b))) == Array([3 * log(2)])
    with pytest.raises(sg.DeclarationError, match="requirement"):
        checked().summary(n=2, m=3)


def test_a_size_that_a_number_needs_is_named():
    g = sg.Graph("mean")
    b = g.size("b")
    x = g.input("x")
    y = g.define("y", x / b)
    g.values(x=1)
    with pytest.raises(sg.DeclarationError, match="b has no numbers"):
        g.value(y)
