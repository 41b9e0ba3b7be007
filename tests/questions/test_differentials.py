"""The differential of each line of a forward pass: as a formula, in numbers, in matrices; a wrong one is caught."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symgrad as sg
from symgrad.algebra.normal import scale
from symgrad.errors import CertificateError, Unsupported
from symgrad.explain.blocks import Lines, Prose
from symgrad.questions.differentials import differential
from symgrad.render.plain import plain


def said(graph, notation="both"):
    """The differentials of a key, each with its numbers."""
    exercise = sg.Exercise(id="e", title="E", graph=graph, questions=[sg.Forward("a", differentials=True)])
    (worked,) = exercise.key(notation=notation).questions
    found = []
    for line in (x for b in worked.blocks if isinstance(b, Lines) for x in b.lines):
        if "differential" in line.reason:
            found.append([plain(line.left), plain(line.right)])
        elif found and line.left is None and len(found[-1]) == 2 and "d" in plain(line.right):
            found[-1].append(plain(line.right))
    return found, worked


def test_products_sums_and_signs():
    g = sg.Graph("lines")
    x, w = g.input("x"), g.parameter("w")
    g.define("p", w * x)
    g.define("q", g["p"] - x**2 / 2)
    g.values(x=2, w=-0.5)
    found, _ = said(g)
    assert found == [["dp", "w*dx + x*dw", "-0.5*dx + 2*dw"], ["dq", "dp - x*dx", "dp - 2*dx"]]


def test_a_gate_and_what_it_does_at_its_kink():
    g = sg.Graph("gate")
    x = g.input("x")
    g.define("z", sg.relu(x))
    g.values(x=-3)
    found, worked = said(g)
    assert found == [["dz", "step(x)*dx", "0*dx"]]
    assert any("ReLU'(0) = 0" in str(b.run) for b in worked.blocks if isinstance(b, Prose))


def test_matrices_or_components():
    g = sg.Graph("layer")
    X, W, b = g.input("X", 3, 2), g.parameter("W", 2, 2), g.parameter("b", 2)
    g.define("Z", X @ W + b)
    g.values(X=[[1, 2], [3, 4], [5, 6]], W=[[1, 0], [0, 1]], b=[0, 1])
    assert said(g)[0] == [["dZ", "outer(ones(3), db) + dX @ W + X @ dW"]]
    (line,) = said(g, "components")[0]
    assert line[0] == "dZ[i, k]" and "sum(" in line[1] and "db[k]" in line[1]


def test_a_name_that_is_taken():
    g = sg.Graph("taken")
    x, dx = g.input("x"), g.parameter("dx")
    g.define("y", x * dx)
    g.values(x=2, dx=3)
    assert said(g)[0] == [["dy", "dx*ddx + x*dddx", "3*ddx + 2*dddx"]]


def test_a_wrong_differential_is_caught():
    g = sg.Graph("wrong")
    x, w = g.input("x"), g.parameter("w")
    g.define("y", sg.sigmoid(w * x))
    right = differential(g.model.tensors["y"], g.model)
    assert right.confirm("here") < 1e-7
    with pytest.raises(CertificateError, match="numbers do not confirm a line"):
        replace(right, poly=scale(right.poly, 2)).confirm("here")


def test_a_function_of_a_whole_matrix_is_refused():
    g = sg.Graph("inverse")
    A = g.input("A", 2, 2)
    g.inverse("B", A)
    with pytest.raises(Unsupported, match="has no differential in components"):
        differential(g.model.tensors["B"], g.model)
