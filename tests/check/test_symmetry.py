"""Symmetries are found where they are, with their sign, and nowhere else; equal entries are written in one way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import exp

import symgrad as sg
from symgrad.check.proof import equal
from symgrad.check.symmetry import canonical, symmetries


@pytest.fixture
def g():
    g = sg.Graph("symmetries")
    n, d = g.sizes("n d")
    g.indices("i j k l", n)
    g.indices("a b", d)
    return g


def declared(g):
    """name of a definition over i, j -> (right side, sign of its exchange)."""
    i, j, k, _ = (g._symbols[name] for name in "ijkl")
    a = g._symbols["a"]
    X, x, A = g.input("X", i, a), g.input("x", i), g.input("A", i, j)
    return {
        "gram": (sg.Sum(X[i, a] * X[j, a], a), 1),
        "distance": (sg.Sum((X[i, a] - X[j, a]) ** 2, a), 1),
        "kernel": (exp(-sg.Sum((X[i, a] - X[j, a]) ** 2, a)), 1),
        "difference": (x[i] - x[j], -1),
        "square": (sg.Sum(A[i, k] * A[k, j], k), 0),
        "ratio": (x[i] / exp(x[j]), 0),
        "plain": (A[i, j], 0),
    }


@pytest.mark.parametrize("name", ["gram", "distance", "kernel", "difference", "square", "ratio", "plain"])
def test_found_with_its_sign(g, name):
    body, sign = declared(g)[name]
    g.define("D", body, over=(g._symbols["i"], g._symbols["j"]))
    assert [s.sign for s in symmetries(g.model)] == ([sign] if sign else [])


def test_a_reversed_axis():
    g = sg.Graph("palindromes")
    n = g.size("n")
    i = g.index("i", n, start=1)
    x = g.input("x", i)
    g.define("p", x[i] * x[n + 1 - i], over=i)
    g.define("q", x[i] ** 2 * x[n + 1 - i], over=i)
    (found,) = symmetries(g.model)
    assert (found.tensor, str(found.images[0]), found.sign) == ("p", "-i + n + 1", 1)


def test_facts_say_so_and_inverses_follow():
    g = sg.Graph("a symmetric matrix")
    i, j, k = g.indices("i j k", g.size("n"))
    A, x = g.input("A", i, j), g.input("x", i)
    M = g.inverse("M", A)
    assert not symmetries(g.model)
    L = sg.Sum(A[i, j] * x[i] * x[j], i, j) + sg.Sum(M[i, j] * x[i] * x[j], i, j)
    before = g.derive(L, wrt=x[k])
    g.fact(A[i, j], A[j, i])
    assert {s.tensor: s.source for s in symmetries(g.model)} == {"A": "fact 1", "M": "fact 1"}
    assert not symmetries(replace(g.model, facts=()))
    d = g.derive(L, wrt=x[k])
    j_ = d.answer.atoms(type(j)) - {g._symbols["n"]}
    assert d.text == "2*sum(x[j]*(A[k, j] + M[k, j]), j=0..n-1)", j_
    assert d.report.proved and [name for name, _ in d.ledger] == ["A[i, j] = A[j, i]"]
    assert g.derive(L, wrt=x[k], without=g.facts).text == before.text
    assert d.fact_free == before.poly


def test_derivatives_by_symmetric_entries_treat_them_as_independent():
    g = sg.Graph("entries")
    i, j, k, l = g.indices("i j k l", g.size("n"))  # noqa: E741
    A, x = g.input("A", i, j), g.input("x", i)
    g.fact(A[i, j], A[j, i])
    assert g.derive(sg.Sum(A[i, j] * x[i] ** 2 * x[j], i, j), wrt=A[k, l]).text == "x[k]**2*x[l]"


def test_proofs_use_them(g):
    i, j, k, _ = (g._symbols[name] for name in "ijkl")
    body, _ = declared(g)["gram"]
    G = g.define("G", body, over=(i, j))
    M = g.inverse("M", G)
    x = g._symbols["x"] if "x" in g._symbols else g.input("z", i)
    left, right = (g.read(e)[0] for e in (sg.Sum(M[i, k] * x[k], k), sg.Sum(M[k, i] * x[k], k)))
    assert left != right and equal(left, right, g.model, ("i",))
    assert not equal(left, g.read(sg.Sum(M[k, i] * x[k], k) * 2)[0], g.model, ("i",))


def test_antisymmetric_entries_on_the_diagonal_are_nothing(g):
    i, j, *_ = (g._symbols[name] for name in "ijkl")
    body, _ = declared(g)["difference"]
    D = g.define("D", body, over=(i, j))
    known = symmetries(g.model)
    assert not canonical(g.read(D[i, i])[0], known)
    assert not canonical(g.read(D[i, j] + D[j, i])[0], known)
    assert canonical(g.read(D[i, j] - D[j, i])[0], known) == g.read(2 * D[i, j])[0]


def test_a_fact_about_a_part_of_the_entries_is_no_symmetry():
    """A_ij = A_ji for i, j < n - 1 says nothing of the last row and column."""
    g = sg.Graph("a part")
    n = g.size("n")
    i, j = g.indices("i j", n - 1)
    p, q, k = g.indices("p q k", n)
    A, x = g.input("A", p, q), g.input("x", p)
    g.fact(A[i, j], A[j, i])
    assert not symmetries(g.model)
    d = g.derive(sg.Sum(A[p, q] * x[p] * x[q], p, q), wrt=x[k])
    assert d.text == "sum(x[p]*(A[k, p] + A[p, k]), p=0..n-1)" and d.report.proved
