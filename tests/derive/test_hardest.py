"""The hardest cases of the prototype, 7 to 13: softmax and attention."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from sympy import KroneckerDelta, Piecewise, exp, log
from sympy import Sum as SympySum

import symgrad as sg
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.check.proof import equal
from tests.derive.asked import divisors, is_textbook, limits, right_at
from tests.derive.textbook import gradient

N = [{"n": 1}, {"n": 2}, {"n": 4}]


# --- 7 to 11: softmax -------------------------------------------------------------------------------------------------


def softmax(h):
    return np.exp(h) / sum(np.exp(h))


def probabilities(name="softmax"):
    g = sg.Graph(name)
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    h = g.input("h", i)
    return g, n, (i, j, k), h, g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)


@pytest.mark.parametrize("facts", [False, True])
def test_07_cross_entropy_with_and_without_the_fact(facts):
    g, _, (i, j, k), h, P = probabilities()
    y = g.input("y", i)
    L = g.define("L", -sg.Sum(y[j] * log(P[j]), j))
    g.fact(sg.Sum(y[j], j), 1)
    d = g.derive(L, wrt=h[i], without=() if facts else g.facts)
    assert is_textbook(d, P[i] - y[i] if facts else P[i] * sg.Sum(y[k], k) - y[i], facts), d.text
    assert bool(d.ledger) == facts

    def given(z, draw):
        y = draw.normal(size=z["n"])
        return {"h": draw.normal(size=z["n"]), "y": y + (1 - sum(y)) / z["n"] if facts else y}

    right_at(d, N, given, {"P": lambda v: softmax(v["h"]), "L": lambda v: -sum(v["y"] * np.log(v["P"]))})


def test_08_a_sum_of_all_but_the_first_is_not_1():
    g, n, (i, *_), h, P = probabilities()
    b, k = g.parameter("b"), g.index("k1", n - 1, start=1)
    d = g.derive(b * sg.Sum(P[k], k), wrt=b)
    assert is_textbook(d, sg.Sum(P[k], k)) and d.answer != 1
    lines = {"P": lambda v: softmax(v["h"]), "E": lambda v: v["b"] * sum(v["P"][1:])}
    given = lambda z, draw: {"h": draw.normal(size=z["n"]), "b": 0.4}  # noqa: E731
    right_at(d, N, given, lines)
    right_at(g.derive(b * sg.Sum(P[k], k), wrt=h[i]), N, given, lines)


def test_08_a_sum_of_all_is_1():
    g, _, (_, _, k), _, P = probabilities()
    b = g.parameter("b")
    assert g.derive(b * sg.Sum(P[k], k), wrt=b).answer == 1


def test_08_a_shifted_sum_of_all_has_no_gradient():
    g, n, (i, *_), h, P = probabilities()
    p = g.index("p", n, start=1)
    assert g.derive(sg.Sum(P[p - 1], p), wrt=h[i]).answer == 0


def test_08_a_shifted_sum_of_all_is_1():
    g, n, _, _, P = probabilities()
    b, p = g.parameter("b"), g.index("p", n, start=1)
    assert g.derive(b * sg.Sum(P[p - 1], p), wrt=b).answer == 1


@pytest.mark.parametrize("by", ["h", "c"])
def test_09_softmax_with_the_maximum_subtracted(by):
    """The same product with the Jacobian, and nothing flows into the maximum."""
    g = sg.Graph("stable softmax")
    i, j, k = g.indices("i j k", g.size("n"))
    h = g.input("h", i)
    c = g.define("c", sg.Max(h[k], k))
    e = g.define("e", exp(h[i] - c), over=i)
    P = g.define("P", e[i] / sg.Sum(e[k], k), over=i)
    d = g.derive(g.loss("f", of=P), wrt=h[i] if by == "h" else c)
    if by == "c":
        assert d.answer == 0 and d.report.proved
    else:
        u = gradient(d, "f", "P")
        assert is_textbook(d, P[i] * (u[i] - sg.Sum(P[j] * u[j], j))), d.text
    lines = {
        "c": lambda v: max(v["h"]), "e": lambda v: np.exp(v["h"] - v["c"]), "P": lambda v: v["e"] / sum(v["e"]),
    }  # fmt: skip
    right_at(d, N, "h n", lines, {"f": "P"})


def test_10_entropy():
    g, _, (i, _, k), h, P = probabilities()
    H = g.define("H", -sg.Sum(P[k] * log(P[k]), k))
    d = g.derive(H, wrt=h[i])
    assert is_textbook(d, -P[i] * (H + log(P[i]))), d.text
    right_at(d, N, "h n", {"P": lambda v: softmax(v["h"]), "H": lambda v: -sum(v["P"] * np.log(v["P"]))})


def test_11_derivatives_of_logsumexp():
    g, _, (i, j, k), h, P = probabilities()
    s = g.index("s", k.last + 1)
    first = g.derive(log(sg.Sum(exp(h[s]), s)), wrt=h[i])
    second = g.derive(first, wrt=h[j])
    assert first.answer == P[i]
    assert is_textbook(second, P[j] * (KroneckerDelta(i, j) - P[i])), second.text
    lines = {"P": lambda v: softmax(v["h"]), "G": lambda v: softmax(v["h"])}
    right_at(second, N, "h n", lines)
    third = g.derive(second, wrt=h[k])
    assert third.report.proved and third.certificate.holds
    for one, other in combinations("ijk", 2):
        swapped = put(third.poly, {one: Affine.name(other), other: Affine.name(one)})
        assert equal(third.poly, swapped, third.engine.model, third.engine.free)
    jacobian = lambda v: np.diag(softmax(v["h"])) - np.outer(softmax(v["h"]), softmax(v["h"]))  # noqa: E731
    right_at(third, N, "h n", {"P": lines["P"], third.engine.of: jacobian})


# --- 12, 13: attention ------------------------------------------------------------------------------------------------


def attention(causal: bool):
    g = sg.Graph("attention")
    n, m, dim, e = g.sizes("n m d e")
    m = n if causal else m
    i, a, b = g.index("i", n), g.index("a", dim), g.index("b", e)
    j, k = g.indices("j k", m)
    Q, K, V = g.input("Q", i, a), g.input("K", j, a), g.input("V", j, b)
    S = g.define("S", sg.Sum(Q[i, a] * K[j, a], a), over=(i, j))
    top, bottom = exp(S[i, j]), exp(S[i, k])
    if causal:
        top, bottom = Piecewise((top, j <= i), (0, True)), Piecewise((bottom, k <= i), (0, True))
    P = g.define("P", top / sg.Sum(bottom, k), over=(i, j))
    O = g.define("O", sg.Sum(P[i, j] * V[j, b], j), over=(i, b))  # noqa: E741
    return g, (i, j, a, b), (Q, K, V, S, P, O), g.loss("f", of=O)


def weights(causal):
    def line(v):
        scores = np.exp(v["S"]) * (np.tri(*v["S"].shape) if causal else 1)
        return scores / scores.sum(1, keepdims=True)

    return {"S": lambda v: v["Q"] @ v["K"].T, "P": line, "O": lambda v: v["P"] @ v["V"]}


ATTENTIONS = {
    False: [{"n": 1, "m": 1, "d": 1, "e": 1}, {"n": 2, "m": 3, "d": 1, "e": 2}],
    True: [{"n": 1, "m": 1, "d": 1, "e": 1}, {"n": 3, "m": 3, "d": 2, "e": 1}],
}


@cache
def asked_of(causal, by):
    g, (i, j, a, b), (Q, K, V, S, P, O), f = attention(causal)  # noqa: E741
    d = g.derive(f, wrt={"S": S[i, j], "Q": Q[i, a], "K": K[j, a], "V": V[j, b]}[by])
    u = gradient(d, "f", "O")
    inner = P[i, j] * (sg.Sum(u[i, b] * V[j, b], b) - sg.Sum(u[i, b] * O[i, b], b))
    over_j = (j, 0, i) if causal else (j, 0, j.last)
    over_i = (i, j, i.last) if causal else (i, 0, i.last)
    formula = {
        "S": Piecewise((inner, j <= i), (0, True)) if causal else inner,
        "Q": SympySum(inner * K[j, a], over_j),
        "K": SympySum(inner * Q[i, a], over_i),
        "V": SympySum(u[i, b] * P[i, j], over_i),
    }[by]
    return d, formula, {(n.name, low, high) for n, low, high in (over_j, over_i)}


@pytest.mark.parametrize("by", ["S", "Q", "K", "V"])
@pytest.mark.parametrize("causal", [False, True])
def test_12_13_attention_agrees_with_differences(causal, by):
    d, *_ = asked_of(causal, by)
    assert d.report.proved and d.certificate.holds
    right_at(d, ATTENTIONS[causal], "Q n d, K m d, V m e", weights(causal), {"f": "O"})


@pytest.mark.parametrize("by", ["S", "Q", "K", "V"])
def test_12_attention_is_the_textbook_s(by):
    d, formula, _ = asked_of(False, by)
    assert is_textbook(d, formula), d.text


@pytest.mark.parametrize("by", ["S", "Q", "K"])
def test_13_causal_attention_is_the_textbook_s(by):
    d, formula, _ = asked_of(True, by)
    assert is_textbook(d, formula), d.text


def test_13_no_condition_beside_a_definition_that_has_it():
    g = sg.Graph("masked scores")
    i, j = g.indices("i j", g.size("n"))
    S = g.input("S", i, j)
    E = g.define("E", Piecewise((exp(S[i, j]), j <= i), (0, True)), over=(i, j))
    d = g.derive(g.loss("f", of=E), wrt=S[i, j])
    assert is_textbook(d, E[i, j] * gradient(d, "f", "E")[i, j]), d.text


@pytest.mark.parametrize("by", ["Q", "K", "V"])
def test_13_causal_attention_has_tight_limits(by):
    d, _, ranges = asked_of(True, by)
    found = {(str(r[0]), *r[1:]) for total in d.answer.atoms(SympySum) for r in total.limits if str(r[0]) in "ij"}
    assert found and found <= ranges, d.text


def test_a_wrong_answer_is_told_from_a_right_one():
    """The measures of this module can fail: on a formula, its length, its numbers, its limits."""
    g, n, (i, j, k), h, P = probabilities()
    H = g.define("H", -sg.Sum(P[k] * log(P[k]), k))
    d = g.derive(H, wrt=h[i])
    with pytest.raises(AssertionError):
        is_textbook(d, P[i] * (H + log(P[i])))
    assert not is_textbook(d, -P[i] * (H + log(P[i]))) or is_textbook(d, -P[i] * H - P[i] * log(P[i]))
    with pytest.raises(AssertionError):
        right_at(d, N, "h n", {"P": lambda v: softmax(v["h"]), "H": lambda v: sum(v["P"] * np.log(v["P"]))})
    assert divisors(h[i] / (1 + P[j])) >= {"P"} and not divisors(h[i] * P[j])
    assert limits(sg.Sum(h[k], k)) == [(0, n - 1)]
