"""What a user reads when a question is refused: what, where, what was expected and given, and the nearest fix."""

from __future__ import annotations

import pytest
from sympy import Function, Symbol

import symgrad as sg


@pytest.fixture
def layer():
    g = sg.Graph("messages")
    n, K = g.sizes("n K")
    i, j = g.indices("i j", n)
    k = g.index("k", K)
    x, W = g.input("x", i), g.input("W", i, j)
    y = g.define("y", sg.Sum(W[i, j] * x[j], j), over=i)
    f = g.loss("f", of=y)
    L = g.define("L", sg.Sum(y[i] ** 2, i))
    return {"g": g, "n": n, "i": i, "j": j, "k": k, "x": x, "W": W, "y": y, "f": f, "L": L}


def refusal(layer, ask) -> str:
    with pytest.raises(sg.SymgradError) as caught:
        ask(**layer)
    return str(caught.value)


QUESTIONS = {
    "by a number": (
        lambda g, L, **_: g.derive(L, wrt=5),
        """wrt is one declared name or entry
  where: wrt=5
  expected: x[i], W[i, j], y[i], L
  given: 5""",
    ),
    "by a product": (
        lambda g, L, x, i, **_: g.derive(L, wrt=2 * x[i]),
        """wrt is one declared name or entry
  where: wrt=2*x[i]
  expected: x[i], W[i, j], y[i], L
  given: 2*x[i]""",
    ),
    "by a loss": (
        lambda g, L, f, **_: g.derive(L, wrt=f),
        """wrt is one declared name or entry
  where: wrt=f
  expected: x[i], W[i, j], y[i], L
  given: f""",
    ),
    "by one index twice": (
        lambda g, L, W, i, **_: g.derive(L, wrt=W[i, i]),
        """wrt has plain, different indices
  where: wrt=W[i, i]
  expected: W[i, j]""",
    ),
    "by a fixed entry": (
        lambda g, L, x, **_: g.derive(L, wrt=x[0]),
        """wrt has plain, different indices
  where: wrt=x[0]
  expected: x[i]""",
    ),
    "by an entry outside": (
        lambda g, L, x, i, **_: g.derive(L, wrt=x[i + 1]),
        """x is read outside its range
  where: wrt=x[i + 1]
  expected: i >= 0, -i + n - 1 >= 0
  given: x[1] when n = 1
  fix: shorten the range, or g.require(...) a relation between the sizes""",
    ),
    "one index in both": (
        lambda g, x, y, i, **_: g.derive(y[i], wrt=x[i]),
        """index i stands in what is differentiated and in wrt
  where: wrt=x[i]
  expected: different indices: they are independent
  fix: use another index of the same range, and put them equal in the answer""",
    ),
    "a name by text": (
        lambda g, L, x, i, **_: g.derive(L, wrt=x[i], keep="y"),
        """a definition is named by its handle
  where: 'y'
  expected: keep=[mu, xhat]""",
    ),
    "text": (
        lambda g, x, i, **_: g.derive("L", wrt=x[i]),
        """not an expression
  where: 'L'
  expected: SymPy expressions in declared names, or numbers
  given: str
  fix: write it with the objects that the graph gave: x[i], not text and not an array""",
    ),
    "a given gradient": (
        lambda g, f, y, i, **_: g.derive(f, wrt=y[i]),
        """the gradient of f by y is given
  where: df/dy
  expected: a name that is not given""",
    ),
    "an unknown loss written out": (
        lambda g, f, x, y, i, **_: g.derive(f, wrt=x[i], inline=[y]),
        """f has no definition to write out
  where: f
  expected: a loss that is written out""",
    ),
    "an unknown curvature": (
        lambda g, f, x, i, j, **_: g.derive(g.derive(f, wrt=x[i]), wrt=x[j]),
        """the loss f is unknown, so its second derivative by y is too
  where: derivative of sum(df/dy[j]*W[j, i], j=0..n-1)
  expected: a loss that is written out""",
    ),
    "a fact about a number": (
        lambda g, **_: g.fact(1, 1),
        """a fact says something about declared names
  where: fact 1 = 1
  expected: names on its left side
  given: 1""",
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_refusals(layer, question):
    ask, text = QUESTIONS[question]
    assert refusal(layer, ask) == text


def test_a_wrong_range(layer):
    text = refusal(layer, lambda g, L, x, k, **_: g.derive(L, wrt=x[k]))
    assert text.startswith(("x is read outside its range", "index k has another range")) and "wrt=x[k]" in text


def test_an_undeclared_name(layer):
    text = refusal(layer, lambda g, x, i, **_: g.derive(Symbol("z"), wrt=x[i]))
    assert text.startswith("z is not declared\n  where: z\n  expected: declared names: ") and "given: z" in text


def test_names_are_listed_in_the_order_of_declaration():
    g = sg.Graph("many sizes")
    g.sizes("n d e f p q r s t u v")
    with pytest.raises(sg.DeclarationError) as caught:
        g.define("L", Symbol("z"))
    assert caught.value.expected == "declared names: n, d, e, f, p, q, r, s, t, u, v"


def test_facts_that_cannot_hold_together(layer):
    layer["g"].fact(sg.Sum(layer["x"][layer["i"]], layer["i"]), 1)
    text = refusal(layer, lambda g, x, i, **_: g.fact(x[i], 0))
    assert text.startswith("facts that cannot hold together\n  where: fact x[i] = 0")
    assert len(layer["g"].model.facts) == 1, "what is refused is not kept"


def test_a_refused_fact_has_each_label_once(layer):
    layer["g"].fact(sg.Sum(layer["x"][layer["i"]], layer["i"]), 1)
    text = refusal(layer, lambda g, x, i, **_: g.fact(x[i], 0))
    assert text.count("where:") == text.count("given:") == 1


def test_a_name_of_another_graph(layer):
    other = sg.Graph("other")
    r = other.index("r", other.size("m"))
    u = other.input("u", r)
    text = refusal(layer, lambda g, L, **_: g.derive(L, wrt=u[r]))
    assert text.startswith("u is not declared") and "cycles" not in text


def test_what_wrt_expects_is_in_the_names_of_the_graph():
    g = sg.Graph("other names")
    u = g.input("u", g.index("r", g.size("m")))
    with pytest.raises(sg.DeclarationError) as caught:
        g.derive(g.define("L", u[0] ** 2), wrt=3)
    assert "u[r]" in caught.value.expected


def test_an_unknown_function(layer):
    with pytest.raises(sg.SymgradError) as caught:
        layer["g"].define("v", Function("mystery")(layer["x"][layer["i"]]), over=layer["i"])
    assert "mystery" in str(caught.value) and caught.value.fix


def test_every_refusal_is_one_error_with_its_parts(layer):
    for ask, text in QUESTIONS.values():
        with pytest.raises(sg.SymgradError) as caught:
            ask(**layer)
        error = caught.value
        parts = [("where", error.where), ("expected", error.expected), ("given", error.given), ("fix", error.fix)]
        assert text == "\n".join([error.what, *(f"  {label}: {part}" for label, part in parts if part)])
        assert error.where and (error.expected or error.given)
