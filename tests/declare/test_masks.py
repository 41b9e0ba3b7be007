"""Masks, second arguments, things that numpy does in place or by identity: right, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Array

import symgrad as sg


@pytest.fixture
def g():
    g = sg.Graph("masks")
    n = g.size("n")
    for name in "ABM":
        g.input(name, n)
    g.input("S", n, n)
    g.values(A=[1, -2, 3], B=[10, 20, 30], M=[2, 0, -1], S=[[-1, -2, 1], [-3, -4, 1], [5, 6, 7]])
    return g


def test_second_arguments_are_aligned_like_all_arrays(g):
    S, B = g["S"], g["B"]
    assert g.value(sg.leaky_relu(S, B)) == Array([[-10, -40, 1], [-30, -80, 1], [5, 6, 7]])
    assert g.value(sg.leaky_relu(S, S.T)) == Array([[1, 6, 1], [6, 16, 1], [5, 6, 7]])
    slope = g.define("L", sg.sum(sg.leaky_relu(S, B)))
    found = g.derive(slope, wrt=B).value()
    assert found == Array([-4, -6, 0])


def test_masks_are_joined_by_their_own_operators(g):
    A, B = g["A"], g["B"]
    assert g.value(sg.where((A > 0) & (B < 25), A, 0)) == Array([1, 0, 0])
    assert g.value(sg.where((A > 2) | (B > 15), 1, 0)) == Array([0, 1, 1])
    assert g.value(sg.where(~(A > 0), A, 0)) == Array([0, -2, 0])
    assert g.value(sg.where((A > 0) * (B < 25), A, 0)) == Array([1, 0, 0])
    assert g.value(sg.where(sg.tril(sg.ones_like(g["S"])), g["S"], 0)).tolist()[0] == [-1, 0, 0]


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda g: sg.where(g["M"], g["A"], g["B"]), "a mask is 0 or 1"),
        (lambda g: sg.softmax(g["A"], where=g["M"]), "a mask is 0 or 1"),
        (lambda g: g["M"] & (g["A"] > 0), "a mask is 0 or 1"),
        (lambda g: (g["A"] > 0) + (g["B"] > 0), "a sum of masks"),
        (lambda g: g["A"] * 1 == g["B"], "not a thing to compare by =="),
        (lambda g: g["A"] * 1 != g["B"], "not a thing to compare by =="),
    ],
)
def test_refused(g, ask, what):
    with pytest.raises(sg.SymgradError, match=what):
        ask(g)


def test_nothing_is_changed_in_place(g):
    for value in (g["A"], g["A"] * 2):
        with pytest.raises(sg.SymgradError, match="change in place"):
            value += g["B"]


def test_traced_functions_cannot_branch_on_identity_or_change_in_place():
    def branch(x, y):
        return x if x == y else y

    def alias(x, y):
        z = x
        z += y
        return x

    for function, what in ((branch, "compare by =="), (alias, "change in place")):
        with pytest.raises(sg.SymgradError, match=what) as caught:
            sg.trace(function, x="n", y="n")
        assert "line" in caught.value.where
    with pytest.raises(sg.DeclarationError, match="not a Python function"):
        sg.trace(np.exp, x="n")


def test_a_tie_goes_to_the_one_written_first():
    g = sg.Graph("ties")
    a, b = g.input("a", g.size("n")), g.input("b", g["n"])
    g.values(a=[1], b=[1])
    for first, second in ((a, b), (b, a)):
        L = sg.sum(np.maximum(first, second))
        assert g.derive(L, wrt=first).value() == Array([1]) and g.derive(L, wrt=second).value() == Array([0])
