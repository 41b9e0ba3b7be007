"""Names for what an answer says twice: right, shorter by the measure, and only where it is said twice."""

from __future__ import annotations

import pytest
from sympy import exp, sqrt

import symgrad as sg
from symgrad.algebra.normal import lone
from symgrad.check.proof import equal
from symgrad.derive.measure import measure
from symgrad.derive.rewrite import inline
from symgrad.render.plain import plain


def standardised(taken: bool = False):
    """sum y_i (x_i - mean) / deviation, with neither of them named."""
    g = sg.Graph("standardised")
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    x, y = g.input("x", i), g.input("y", i)
    if taken:
        g.input("D")
    deviation = sqrt(sg.Sum((x[j] - sg.Sum(x[k], k) / n) ** 2, j) / n)
    L = g.define("L", sg.Sum(y[i] * (x[i] - sg.Sum(x[k], k) / n) / deviation, i))
    return g, L, x[j]


def rows():
    """The square of a softmax mean in every row: the sum in the denominator has an index."""
    g = sg.Graph("rows")
    n, m = g.sizes("n m")
    i, a = g.indices("i a", n)
    j, k, b = g.indices("j k b", m)
    x, c = g.input("x", i, j), g.input("c", i)
    z = sg.Sum(exp(x[i, k]), k)
    L = g.define("L", sg.Sum(c[i] * z / (1 + z**2), i))
    return g, L, x[a, b]


@pytest.mark.parametrize("declared", [standardised, rows])
def test_the_named_form_is_the_answer_and_shorter(declared):
    g, of, wrt = declared()
    d = g.derive(of, wrt=wrt)
    names, poly = d.named.names, d.named.poly
    model = d.named.model(d.engine.model)
    while poly.tensors & {t.name for t in names}:
        poly = inline(poly, model, frozenset(t.name for t in names))
    assert equal(poly, d.poly, d.engine.model, d.engine.free)
    assert d.named.length < measure(d.poly)
    assert not d.where
    assert list(d.new_names) == [str(g.show(lone(t.entry))) for t in names]
    assert str(d.answer) == str(d.forms["compact"]) != str(d.forms["named"])


def test_a_name_has_the_indices_of_what_it_stands_for():
    g, of, wrt = rows()
    d = g.derive(of, wrt=wrt)
    assert {str(k): str(v) for k, v in d.new_names.items()} == {"D[a]": "Sum(exp(x[a, j]), (j, 0, m - 1))"}
    assert "D[a]" in str(d.forms["named"])


def test_a_name_that_is_taken_is_not_used():
    g, of, wrt = standardised(taken=True)
    assert "D" not in g.derive(of, wrt=wrt).new_names


def test_nothing_is_named_that_stands_once():
    g = sg.Graph("once")
    i, j, k = g.indices("i j k", g.size("n"))
    x, y = g.input("x", i), g.input("y", i)
    d = g.derive(sg.Sum(y[i] * exp(x[i]), i) / sg.Sum(exp(x[k]), k), wrt=y[j])
    assert d.named is None and set(d.forms) == {"path", "compact", "expanded"}


def test_the_key_says_where_and_every_formula_is_read_back():
    g, of, wrt = standardised()
    key = sg.Exercise(id="e", title="E", graph=g, questions=[sg.Question("a", of=of, wrt=wrt)]).key()
    lines = [line for block in key.questions[0].blocks for line in getattr(block, "lines", ())]
    (said,) = [line.reason for line in lines if line.reason and line.reason[0] == "where "]
    assert plain(said[1].tree).startswith("E = sum(x[i]")
