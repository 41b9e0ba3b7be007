"""What a newcomer found with layers of their own, each as its smallest graph."""

from __future__ import annotations

import pytest
from sympy import exp, log, sqrt

import symgrad as sg
from symgrad.explain.blocks import Lines, Prose
from symgrad.render.plain import plain


def words(run) -> str:
    return "".join(part if isinstance(part, str) else plain(part.tree) for part in run)


def key_of(g, *questions):
    return sg.Exercise(id="e", title="E", graph=g, questions=list(questions)).key()


def test_a_name_used_directly_and_through_another_one():
    """The direct way has no name of its own: dL/ds is the name of both ways together."""
    g = sg.Graph("direct")
    s = g.input("s")
    u = g.define("u", s**2)
    L = g.define("L", s + u)
    question = key_of(g, sg.Question("a", of=L, wrt=s)).questions[0]
    lines = [line for b in question.blocks if isinstance(b, Lines) for line in b.lines]
    assert "dL/ds = 1 + dL/du*du/ds" in [f"{plain(x.left)} = {plain(x.right)}" for x in lines if x.left]
    said = [words(b.run) for b in question.blocks if isinstance(b, Prose) and b.kind == "paths"]
    assert said == ["s reaches L along two paths: through u, and directly."]


def test_a_divisor_under_a_sum_is_absorbed_where_its_index_is_bound():
    """Degree normalisation: the divisor D_j stands under the sum over j and must stay there."""
    g = sg.Graph("degrees")
    i, j = g.indices("i j", g.size("n"))
    D, A = g.input("D", i, sign="positive"), g.input("A", i, j)
    y = g.define("y", sg.Sum(A[i, j] / sqrt(D[i] * D[j]), j), over=i)
    d = g.derive(g.loss("J", of=y), wrt=D[i])
    assert d.report.proved and d.certificate.holds
    assert "~" not in d.text


def test_an_expression_is_defined_in_its_key_and_its_parts_belong_to_it():
    g = sg.Graph("expressions")
    x = g.input("x")
    u, v = g.define("u", x**2), g.define("v", exp(x))
    first, second = key_of(
        g, sg.Question("a", of=u + v, wrt=x), sg.Question("b", of=u * v, wrt=x, text="The product.")
    ).questions
    assert words(first.title) == "Find dE/dx where E = u + v."
    assert words(second.blocks[0].run) == "Here E = u*v."
    assert not any("from (a)" in words(b.run) for b in second.blocks if isinstance(b, Prose))


def test_what_is_read_under_a_condition_stands_inside_of_it():
    g = sg.Graph("differences")
    n = g.size("n")
    p, i = g.index("p", n + 1), g.index("i", n)
    x = g.input("x", p)
    d = g.derive(g.define("L", sg.Sum(1 / (x[i + 1] - x[i]), i)), wrt=x[p])
    assert d.text.startswith("cases(1/(x[p + 1] - x[p])**2 if p + 1 <= n, 0 otherwise)")
    key_of(g, sg.Question("a", of=g._symbols["L"], wrt=x[p]))


def test_a_shift_without_an_equation_is_a_sentence():
    g = sg.Graph("fourth powers")
    n = g.size("n")
    p, i = g.index("p", n + 1), g.index("i", n)
    x = g.input("x", p)
    L = g.define("L", sg.Sum((x[i + 1] - x[i]) ** 4, i))
    question = key_of(g, sg.Question("a", of=L, wrt=x[p])).questions[0]
    reasons = [words(line.reason) for b in question.blocks if isinstance(b, Lines) for line in b.lines]
    assert "the ranges become limits" in reasons and not any("put ;" in r for r in reasons)


def test_sums_over_the_same_range_are_one_without_a_common_factor():
    g = sg.Graph("Poisson")
    n = g.index("n", g.size("N"))
    z, t, b = g.input("z", n), g.input("t", n), g.parameter("b")
    m = g.define("m", exp(z[n] + b), over=n)
    L = g.define("L", sg.Sum(m[n] - t[n] * log(m[n]), n))
    assert g.derive(L, wrt=b).text == "sum(m[n] - t[n], n=0..N-1)"
    h = sg.Graph("Bradley-Terry")
    i, j, k = h.indices("i j k", h.size("n"))
    r, c = h.parameter("r", i), h.input("c", i, j)
    P = h.define("P", sg.sigmoid(r[i] - r[j]), over=(i, j))
    loss = h.define("L", -sg.Sum(c[i, j] * log(P[i, j]), i, j))
    assert h.derive(loss, wrt=r[k]).text == "sum(c[j, k]*P[k, j] - c[k, j]*P[j, k], j=0..n-1)"


def test_a_power_that_is_refused_says_how_to_write_it():
    g = sg.Graph("focal")
    p, c = g.input("p", sign="positive"), g.constant("c")
    with pytest.raises(sg.Unsupported, match=r"exp\(\(c\)\*log\(1 - p\)\)"):
        g.define("L", -((1 - p) ** c) * log(p))


def test_a_fact_is_used_in_the_names_of_definitions_too():
    g = sg.Graph("unit weights")
    i, j = g.indices("i j", g.size("n"))
    w, x = g.input("w", i), g.input("x", i)
    a = g.define("a", sg.Sum(w[i] ** 2, i))
    g.fact(sg.Sum(w[i] ** 2, i), 1)
    L = g.define("L", sg.Sum(w[i] * x[i], i) / sqrt(a))
    assert [g.derive(L, wrt=v[j]).text for v in (x, w)] == ["w[j]", "x[j] - L*w[j]"]
    assert g.derive(L, wrt=x[j], without=g.facts).text == "w[j]/sqrt(a)"
