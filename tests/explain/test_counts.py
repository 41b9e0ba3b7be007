"""Shapes, parameters, multiplications, kept values: against counts in plain loops and the numbers of the textbook."""

from __future__ import annotations

import itertools

import pytest
from sympy import Piecewise, symbols

import symgrad as sg


def convolution():
    """48 x 64 pixels with 10 channels, 20 kernels of 3 x 3."""
    g = sg.Graph("convolution")
    i, j = g.index("i", 46), g.index("j", 62)
    p, q, c, o = g.index("p", 48), g.index("q", 64), g.index("c", 10), g.index("o", 20)
    k, l = g.indices("k l", 3)  # noqa: E741
    X, W, b = g.input("X", p, q, c), g.parameter("W", k, l, c, o), g.parameter("b", o)
    Z = g.define("Z", sg.Sum(W[k, l, c, o] * X[i + k, j + l, c], k, l, c) + b[o], over=(i, j, o))
    g.define("U", sg.relu(Z[i, j, o]), over=(i, j, o))
    return g


def test_a_convolution_of_the_textbook():
    rows = convolution().summary().rows
    assert rows[0] == {
        "name": "Z",
        "shape": (46, 62, 20),
        "parameters": 1820,
        "multiplications": 3 * 3 * 10 * 46 * 62 * 20,
        "values": 46 * 62 * 20,
    }
    assert rows[1]["parameters"] == rows[1]["multiplications"] == 0


def layers():
    g = sg.Graph("layers")
    m, n, h = g.sizes("m n h")
    x, W1, b1 = g.input("x", m, n), g.parameter("W1", n, h), g.parameter("b1", h)
    z1 = g.define("z1", x @ W1 + b1)
    h1 = g.define("h1", sg.relu(z1))
    g.define("z2", h1 @ g.parameter("W2", h, 10) + h1 @ g["W2"])
    return g


def test_formulas_in_the_sizes_and_numbers_for_them():
    g = layers()
    m, n, h = g["m"], g["n"], g["h"]
    rows = {r["name"]: r for r in g.summary().rows}
    assert rows["z1"]["parameters"] == n * h + h and rows["z1"]["multiplications"] == m * n * h
    assert rows["z2"]["parameters"] == 10 * h  # W2 counts once
    assert g.summary(m=8, n=2, h=3).total == {
        "parameters": 39,
        "multiplications": 8 * 2 * 3 + 240 + 80,
        "values": 8 * 16,
    }


@pytest.mark.parametrize(
    ("formula", "count"),
    [
        (lambda X, W: 3 * (X @ W), 2 * 3 * 4 + 2 * 4),  # the number stands before the sum
        (lambda X, W: sg.sum(X**2) / 2, 2 * 3 + 1),
        (lambda X, W: sg.mean(X), 2),  # 1/m and 1/n
        (lambda X, W: 1 / X, 2 * 3),
        (lambda X, W: X**-2, 2 * 2 * 3),
        (lambda X, W: -X, 0),
    ],
)
def test_products_and_quotients(formula, count):
    g = sg.Graph("counts")
    m, n, k = g.sizes("m n k")
    g.define("y", formula(g.input("X", m, n), g.parameter("W", n, k)))
    assert g.summary(m=2, n=3, k=4).total["multiplications"] == count


def test_a_triangle_is_counted_as_it_is():
    """One product for each j <= i: n(n + 1)/2 of them, as plain loops count."""
    g = sg.Graph("causal")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, w = g.input("x", j), g.parameter("w", j)
    g.define("y", sg.Sum(Piecewise((w[j] * x[j], j <= i), (0, True)), j), over=i)
    for size in (1, 2, 5):
        pairs = sum(b <= a for a, b in itertools.product(range(size), repeat=2))
        assert g.summary(n=size).rows[0]["multiplications"].doit() == pairs


def test_the_table_in_every_format():
    found = layers().summary(m=8)
    assert str(found).splitlines()[0].split() == ["shape", "parameters", "multiplications", "values", "kept"]
    assert "8*h*n" in found.text or "8*n*h" in found.text
    assert found.latex.startswith(r"\symgradtable") and found.markdown.count("|") > 20
    assert "<table" in found.html and found._repr_html_() == found.html
    assert str(symbols("m")) not in {str(s) for r in found.rows for s in r["values"].free_symbols}


@pytest.mark.parametrize("given", [{"k": 3}, {"m": 0}, {"m": 2.5}, {"m": True}])
def test_sizes_that_are_none(given):
    with pytest.raises(sg.DeclarationError, match="size"):
        layers().summary(**given)
