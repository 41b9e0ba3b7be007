"""Formulas that have no shorter form are not searched for one: the search itself must say the same."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

import symgrad as sg
from symgrad.derive.closed import Folder
from symgrad.derive.once import never, read_once
from symgrad.derive.rewrite import rules_from


def network(act, depth=3):
    """`depth` layers act(W h + b) with an unknown loss."""
    g = sg.Graph("layers")
    i, j = g.indices("i j", g.size("n"))
    h = g.input("x", i)
    for n in range(depth):
        w, b = g.parameter(f"W{n}", i, j), g.parameter(f"b{n}", i)
        a = g.define(f"a{n}", sg.Sum(w[i, j] * h[j], j) + b[i], over=i)
        h = g.define(f"h{n}", act(a[i]), over=i)
    g.loss("f", of=h)
    return g


ACTIVATIONS = {
    "tanh": sympy.tanh,
    "linear": lambda a: a,
    "square": lambda a: a**2,
    "cube less": lambda a: a**3 - a,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
}


@pytest.mark.parametrize("act", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_search_finds_the_same(act, monkeypatch):
    def derived():
        g = network(act)
        return [
            (group.answer.key, [(s.rule, s.after.key) for s in group.steps])
            for d in g.derive(g["f"], wrt="parameters", check=False).values()
            for group in d.engine.groups
        ]

    found = derived()
    monkeypatch.setattr(Folder, "_is_shortest", lambda self, poly: False)
    assert derived() == found


def test_no_search_where_every_name_is_read_once(monkeypatch):
    g = network(sympy.tanh)
    asked = []
    moves = Folder.moves
    monkeypatch.setattr(Folder, "moves", lambda self, poly: asked.append(poly) or moves(self, poly))
    g.derive(g["f"], wrt="parameters", check=False)
    assert {frozenset(n[0] for n in poly.tensors) for poly in asked} <= {
        frozenset("a"),
        frozenset("ah"),
        frozenset("h"),
    }


WHAT = {  # a formula in u, v, A, i, j, n, and whether it is a product that reads every name once
    "a bracket": (lambda u, v, A, i, j, n: u[i] * (1 - v[i] ** 2), True),
    "a name twice": (lambda u, v, A, i, j, n: u[i] * u[j], False),
    "a power of a sum": (lambda u, v, A, i, j, n: u[i] / (1 + v[i]), False),
    "a function": (lambda u, v, A, i, j, n: u[i] * sympy.exp(v[i]), False),
    "terms that may be alike": (lambda u, v, A, i, j, n: u[i] + v[i], False),
    "a number inside": (lambda u, v, A, i, j, n: u[i] * (1 - 2 * v[i]), False),
    "a size, which may cancel": (lambda u, v, A, i, j, n: n * u[i], False),
    "a sum without a gradient, in which definitions may be written out": (
        lambda u, v, A, i, j, n: sg.Sum(A[i, j] * v[j], j),
        False,
    ),
}


@pytest.mark.parametrize(("formula", "once"), WHAT.values(), ids=WHAT)
def test_what_is_read_once(formula, once):
    g = sg.Graph("once")
    n = g.size("n")
    i, j = g.indices("i j", n)
    u, v, A = g.input("u", i), g.input("v", i), g.input("A", i, j)
    poly, _ = g.read(formula(u, v, A, i, j, n))
    assert (read_once(poly, g.model.tensors) is not None) == once


def test_a_rule_that_may_apply_is_tried():
    """W h under a sum is what the definition of a says, W h^2 is not: never the one, always the other."""
    g = network(lambda a: a)
    (rule,) = (r for r in rules_from(g.model) if r.source == "a1" and r.kind == "term" and "W1" in r.equation.tensors)
    one = Fraction(1)
    assert not never(rule.equation, {"W1": one, "h0": one})
    assert never(rule.equation, {"W1": one, "h0": 2 * one})
