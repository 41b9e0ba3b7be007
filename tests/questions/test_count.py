"""Counts: against plain loops, shared parameters, ranges that depend on each other, wrong counts that are caught."""

from __future__ import annotations

import pytest
from sympy import Piecewise

import symgrad as sg
from symgrad.explain.layout import Number, Product
from symgrad.questions import count
from tests.derivations.loops import boxed, lines, words


def worked(graph, *questions):
    return sg.Exercise(id="e", title="", graph=graph, questions=questions).key().questions[0]


def network(**sizes):
    g = sg.Graph("network")
    m, n, h = g.sizes("m n h")
    x, W, b = g.input("x", m, n), g.parameter("W", n, h), g.parameter("b", h)
    z = g.define("z", x @ W + b)
    y = g.define("y", sg.tanh(z) @ W.T)
    g.values(**sizes)
    return g, z, y


def test_shared_parameters_count_once():
    g, _, y = network(m=2, n=3, h=4)
    assert boxed(worked(g, sg.Count("a", "parameters"))) == ["16"]
    assert boxed(worked(g, sg.Count("a", "parameters", of=y))) == ["12"]


def test_symbols_first_then_numbers():
    g, z, _ = network(m=2, n=3, h=4)
    assert lines(worked(g, sg.Count("a", "multiplications", of=z))) == ["n*m*h", "3*2*4", "24"]
    g, z, y = network()
    assert boxed(worked(g, sg.Count("a", "multiplications", of=z))) == ["n*m*h"]
    assert boxed(worked(g, sg.Count("a", "parameters", of=[z, y]))) == ["n*h + h"]


def test_products_by_loops_that_count():
    """Every product of z and y in plain loops over numbers."""
    m, n, h = 2, 3, 4
    products = sum(1 for _ in range(m) for _ in range(h) for _ in range(n))
    products += sum(1 for _ in range(m) for _ in range(n) for _ in range(h))
    g, *_ = network(m=m, n=n, h=h)
    assert boxed(worked(g, sg.Count("a", "multiplications"))) == [str(products)]


def test_a_total_in_symbols_is_collected():
    g, *_ = network()
    question = worked(g, sg.Count("a", "multiplications"))
    assert lines(question)[-2:] == ["n*m*h + h*m*n", "2*h*m*n"] and boxed(question) == ["2*h*m*n"]


def test_a_wrong_total_is_caught(monkeypatch):
    g, *_ = network()
    right = count.total
    monkeypatch.setattr(count, "total", lambda polys: right([*polys][:1]))
    with pytest.raises(sg.CertificateError, match="counting does not confirm"):
        worked(g, sg.Count("a", "multiplications"))


def test_values_and_memory():
    g, z, _ = network(m=2, n=3, h=4)
    assert boxed(worked(g, sg.Count("a", "values"))) == ["14"]
    question = worked(g, sg.Count("a", "memory", of=z))
    assert lines(question) == ["4*m*h", "4*2*4", "32"]


def test_a_triangle_is_counted_as_it_is():
    g = sg.Graph("causal")
    i, j = g.indices("i j", g.size("n"))
    x, w = g.input("x", j), g.parameter("w", j)
    g.define("y", sg.Sum(Piecewise((w[j] * x[j], j <= i), (0, True)), j), over=i)
    g.values(n=5)
    assert boxed(worked(g, sg.Count("a", "multiplications"))) == [str(sum(1 for a in range(5) for _ in range(a + 1)))]


def test_a_padded_layer_has_the_products_of_its_formula():
    """Entries outside of the image are no products."""
    g = sg.Graph("padded")
    n = g.size("n")
    sg.Conv1d(1, 1, 3, padding=1, bias=False)(g, g.input("x", 1, 1, n))
    g.values(n=6)
    inside = sum(0 <= i + k - 1 < 6 for i in range(6) for k in range(3))
    assert boxed(worked(g, sg.Count("a", "multiplications"))) == [str(inside)]


def test_nothing_to_count():
    g = sg.Graph("nothing")
    g.define("y", sg.relu(g.input("x", g.size("n"))))
    assert boxed(worked(g, sg.Count("a", "parameters"))) == ["0"]


def test_a_definition_that_brings_nothing_itself_is_refused():
    """0 parameters of p = sigmoid(a2), in a network that has some, would be right and mislead."""
    g = sg.Graph("network")
    x, W, b = g.input("x", 2), g.parameter("W", 3, 2), g.parameter("b", 3)
    a = g.define("a", W @ x + b)
    p = g.define("p", sg.sigmoid(a))
    for judged in (False, True):
        exercise = sg.Exercise("e", "", g, [sg.Count("c", "parameters", of=p)])
        with pytest.raises(sg.DeclarationError, match="p brings no parameters itself") as caught:
            exercise.grade("c", "0") if judged else exercise.key()
        assert caught.value.where == ("c" if judged else "e.c") and caught.value.given == "of=p"
        assert caught.value.fix == "of=[a], or leave `of` out for the whole network"
    with pytest.raises(sg.DeclarationError, match="p brings no multiplications itself"):
        worked(g, sg.Count("c", "multiplications", of=[p]))
    assert boxed(worked(g, sg.Count("c", "parameters", of=[a, p]))) == ["9"]  # what is behind p is asked for too
    q = g.define("q", W @ x)
    assert boxed(worked(g, sg.Count("c", "parameters", of=[a, q]))) == ["9"]  # W was counted with a


def test_how_it_is_checked():
    g, z, _ = network(m=2, n=3, h=4)
    (text,) = words(worked(g, sg.Count("a", "parameters", of=z)), "checked")
    assert text == (
        "against counting the parameters, index by index where there are many, at 5 choices of small sizes and at the "
        "numbers above."
    )


@pytest.mark.parametrize("wrong", [Number("7"), "squared"])
def test_a_wrong_count_is_caught(monkeypatch, wrong):
    """The known-wrong samples: a number, and a formula with one factor too many."""
    g, z, _ = network()
    right = count._term
    monkeypatch.setattr(count, "_term", lambda *a: wrong if wrong != "squared" else Product((right(*a), right(*a))))
    with pytest.raises(sg.CertificateError, match="counting does not confirm"):
        worked(g, sg.Count("a", "parameters", of=z))


def test_what_is_not_counted():
    with pytest.raises(sg.DeclarationError, match="not a thing that is counted") as caught:
        sg.Count("a", "flops")
    assert "multiplications" in caught.value.expected
    g, *_ = network()
    with pytest.raises(sg.DeclarationError, match="x is not a definition") as caught:
        worked(g, sg.Count("a", "parameters", of=g["x"]))
    assert caught.value.where == "e.a"
