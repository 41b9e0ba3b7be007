"""Gradients with names of their own: let delta^(l) = dL/dz^(l)."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.explain.blocks import Prose
from symgrad.render.latex import latex
from symgrad.render.plain import plain


def network():
    g = sg.Graph("network")
    n, h, k = g.sizes("n h k")
    x, y = g.input("x", n), g.input("y", k)
    z1 = g.define("z1", g.parameter("W1", h, n) @ x + g.parameter("b1", h))
    h1 = g.define("h1", sg.tanh(z1))
    z2 = g.define("z2", g.parameter("W2", k, h) @ h1 + g.parameter("b2", k))
    L = g.define("L", sg.sum((z2 - y) ** 2) / 2)
    return g, L, {"delta1": z1, "delta2": z2}


def test_the_recursion_of_the_textbook():
    g, L, let = network()
    found = g.derive(L, wrt="parameters", let=let)
    assert {n: d.text for n, d in found.items()} == {
        "W1": "delta1[l]*x[i]",
        "b1": "delta1[l]",
        "W2": "delta2[j]*h1[l]",
        "b2": "delta2[j]",
    }
    assert {str(k): str(v) for k, v in found.where.items()} == {
        "delta2[j]": "-y[j] + z2[j]",
        "delta1[l]": "(1 - h1[l]**2)*Sum(W2[j, l]*delta2[j], (j, 0, k - 1))",
    }
    assert found["W1"].matrix.latex == r"\delta^{(1)} x^{\top}" and found["W1"].matrix.text == "outer(delta1, x)"
    assert all(d.certificate.holds and d.report.proved for d in found.values())


def test_the_same_as_with_names_made_up():
    g, L, let = network()
    for name in ("W1", "x"):
        mine = g.derive(L, wrt=g[name], let=let)
        other = g.derive(L, wrt=g[name], keep=list(let.values()))
        assert mine.text.replace("delta1", "dL/dz1").replace("delta2", "dL/dz2") == other.text


def test_the_key_lets_what_it_uses_and_is_read_back():
    g, L, let = network()
    first, second = sg.Exercise(
        id="e",
        title="E",
        graph=g,
        questions=[sg.Question("a", of=L, wrt=let["delta1"], let=let), sg.Question("b", of=L, wrt=g["W1"], let=let)],
    ).key().questions  # fmt: skip
    said = [[b.run[1].tree for b in q.blocks if isinstance(b, Prose) and b.run[0] == "Let "] for q in (first, second)]
    assert [plain(t) for t in said[0]] == ["delta1[l] = dL/dz1[l]", "delta2[j] = dL/dz2[j]"]
    assert latex(said[0][0]) == r"\delta^{(1)}_{l} = \frac{\partial L}{\partial z^{(1)}_{l}}"
    given = [b.run for b in second.blocks if isinstance(b, Prose) and b.kind == "given"]
    assert said[1] == [] and [(plain(run[0].tree), *run[1:]) for run in given] == [
        ("delta1[l] = dL/dz1[l]", " from (a)", ".")
    ]
    assert first.title == ("Find ", first.title[1], ".") and plain(first.title[1].tree) == "dL/dz1[l]"


def test_the_name_of_the_gradient_of_a_number_has_its_label_above_too():
    g = sg.Graph("one unit")
    n = g.size("n")
    a3 = g.define("a3", g.parameter("W3", n) @ g.input("x", n))
    L = g.define("L", sg.tanh(a3) ** 2)
    assert g.derive(L, wrt=g["W3"], let={"delta3": a3}).latex == r"\delta^{(3)} x_{i}"


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ({"x": "z1"}, "declared twice"),
        ({"2d": "z1"}, "not a name"),
        ({"d": "W1"}, "not a definition"),
        ({"a": "z1", "c": "z1"}, "two names for one gradient"),
    ],
)
def test_refused(names, what):
    g, L, _ = network()
    with pytest.raises(sg.DeclarationError, match=what):
        g.derive(L, wrt=g["W1"], let={n: g[d] for n, d in names.items()})
