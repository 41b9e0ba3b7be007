"""Folding, mechanism by mechanism: the smallest formula that needs it, and one beside it that must stay as it is."""

from __future__ import annotations

import pytest
from sympy import cosh, exp, log, sinh

import symgrad as sg


@pytest.fixture
def g():
    return sg.Graph("folds")


def derived(g, of, wrt):
    d = g.derive(of, wrt=wrt)
    assert d.report.proved and d.certificate.holds
    return d.text


def test_a_product_that_stands_partly_under_a_sum(g):
    """P_k of r_sk = P_k N_sk / Z_s has no index of the sum over s and is taken out of it."""
    s = g.index("s", g.size("n"))
    k, q, a = g.indices("k q a", g.size("m"))
    N, P = g.input("N", s, k), g.input("P", k)
    N, P = g.define("W", exp(N[s, k]), over=(s, k)), g.define("Q", exp(P[k]), over=k)
    g.define("r", P[k] * N[s, k] / sg.Sum(P[q] * N[s, q], q), over=(s, k))
    L = g.define("L", sg.Sum(log(sg.Sum(P[k] * N[s, k], k)), s))
    assert derived(g, L, g._symbols["P"][a]) == "sum(r[s, a], s=0..n-1)"


def test_probabilities_of_every_row_add_up_to_one(g):
    """S_s S_q r_sq = n: the inner sum over a sum in the denominator cancels under the sum over s."""
    s = g.index("s", g.size("n"))
    q, k = g.indices("q k", g.size("m"))
    h = g.input("h", s, q)
    x = g.input("x")
    r = g.define("r", exp(h[s, q]) / sg.Sum(exp(h[s, k]), k), over=(s, q))
    assert derived(g, x**2 * sg.Sum(r[s, q], s, q), x) == "2*n*x"


def test_deviations_add_up_to_nothing_through_two_definitions(g):
    n = g.size("n")
    i = g.index("i", n)
    x, y = g.input("x", i), g.input("y")
    sigma = g.constant("sigma", positive=True)
    mu = g.define("mu", sg.Sum(x[i], i) / n)
    c = g.define("c", x[i] - mu, over=i)
    z = g.define("z", c[i] / sigma, over=i)
    assert derived(g, y * sg.Sum(z[i], i) + y**2, y) == "2*y"
    assert derived(g, y * sg.Sum(z[i] ** 2, i), y) != "0"


def test_a_divisor_that_the_formula_has_anyway(g):
    """m = t log S exp(h/t): the logarithm is m/t, and t is not 0 where exp(h/t) has a value."""
    i = g.index("i", g.size("n"))
    h, t, x = g.input("h", i), g.input("t"), g.input("x")
    g.define("m", t * log(sg.Sum(exp(h[i] / t), i)))
    assert derived(g, x**2 * log(sg.Sum(exp(h[i] / t), i)), x) == "2*x*m/t"
    b = g.input("b")
    g.define("w", b * log(sg.Sum(exp(h[i]), i)))
    assert "/b" not in derived(g, x**2 * log(sg.Sum(exp(h[i]), i)), x)  # b may be 0


def test_terms_that_share_a_factor(g):
    i = g.index("i", g.size("n"))
    x, y, e = g.input("x"), g.input("y", i), g.input("e")
    assert derived(g, x * (e * y[i] - y[i]) + x**3 / 3, x) == "x**2 - y[i]*(1 - e)"


def test_sums_that_are_alike_but_for_their_indices(g):
    i, j, k = g.indices("i j k", g.size("n"))
    w, x = g.input("w", i, j), g.input("x", i)
    L = sg.Sum(w[i, j] * (x[i] - x[j]) ** 2, i, j) / 2
    assert derived(g, L, x[k]) == "sum((x[k] - x[i])*(w[i, k] + w[k, i]), i=0..n-1)"


def test_the_logarithm_of_cosh(g):
    x = g.input("x")
    assert derived(g, log(cosh(x)), x) == "tanh(x)"
    y = g.input("y")
    assert derived(g, x * sinh(x) / cosh(y), y) == "-x*sinh(x)*tanh(y)/cosh(y)"


def test_the_other_side_of_a_sigmoid(g):
    i, k = g.indices("i k", g.size("n"))
    z, y = g.input("z", i), g.input("y", i)
    p = g.define("p", sg.sigmoid(z[i]), over=i)
    L = g.define("L", -sg.Sum(y[i] * log(p[i]) + (1 - y[i]) * log(1 - p[i]), i))
    M = g.define("M", -sg.Sum(y[i] * log(sg.sigmoid(z[i])) + (1 - y[i]) * log(sg.sigmoid(-z[i])), i))
    assert derived(g, L, z[k]) == "p[k] - y[k]"
    assert derived(g, M, z[k]) == "p[k] - y[k]"
