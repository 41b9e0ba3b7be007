"""Maxima, minima and products over an index: gradients against differences, ties, refusals, and what is printed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import sympy
from sympy import KroneckerDelta, exp, lambdify
from sympy import Sum as SympySum

import symgrad as sg
from symgrad.algebra.border_names import REDUCED as CLASSES
from symgrad.algebra.heads import REDUCTIONS
from symgrad.check.functions import REDUCED
from symgrad.derive.partials import REDUCTION_PARTIALS, SPLIT_REDUCTIONS
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.notation import Notation
from symgrad.questions.reading import reader_names
from symgrad.read.resolve import read
from symgrad.render.latex import OPERATORS, latex
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import is_as_short, is_equal


def test_every_reduction_has_a_row_in_every_table():
    assert set(REDUCTIONS) == set(REDUCED) == set(CLASSES) == set(REDUCTION_PARTIALS) == set(OPERATORS) - {"sum"}
    assert set(SPLIT_REDUCTIONS) == {name for name, row in REDUCTIONS.items() if row.empty is None}
    assert all(row.meaning for row in REDUCTIONS.values()) and all(row.law for row in REDUCTION_PARTIALS.values())
    for name, row in REDUCTION_PARTIALS.items():
        assert bool(row.policy) == (name != "prod"), "a tie has a policy"


VALUES = [[3.0], [1.0, 4.0, -2.0], [2.0, 2.0, 1.0], [0.5, -1.0, 3.0, 3.0]]


@pytest.mark.parametrize("values", VALUES)
def test_numeric_rows_agree_with_numpy(values):
    places = list(range(2, 2 + len(values)))
    for name, truth in (("max", np.max), ("min", np.min), ("prod", np.prod)):
        assert REDUCED[name](places, values, None) == truth(values)
        batch = [np.array([v, -v]) for v in values]
        assert list(REDUCED[name](places, batch, None)) == [truth(values), truth(np.negative(values))]
    for name, truth in (("argmax", np.argmax), ("argmin", np.argmin)):
        found = [float(REDUCED[name](places, values, at)) for at in range(1, 8)]
        assert found == [float(at == 2 + truth(values)) for at in range(1, 8)]


# --- gradients ------------------------------------------------------------------------------------------------------


class Row:
    """Layers over one row of numbers x, weights w and a scalar c."""

    def __init__(self, ties="first"):
        g = self.g = sg.Graph("row", ties=ties)
        self.n = g.size("n")
        self.i, self.j, self.k = g.indices("i j k", self.n)
        self.x, self.w, self.c = g.input("x", self.i), g.parameter("w", self.i), g.parameter("c")


def row_layers(r):
    """name -> (expression, the same in numpy)."""
    x, w, c, i, j, k = r.x, r.w, r.c, r.i, r.j, r.k
    return {
        "max": (sg.Max(x[k], k), lambda v: v["x"].max()),
        "min": (sg.Min(x[k], k), lambda v: v["x"].min()),
        "prod": (sg.Product(x[k], k), lambda v: v["x"].prod()),
        "weighted": (sg.Max(c * w[k] + exp(x[k]), k), lambda v: (v["c"] * v["w"] + np.exp(v["x"])).max()),
        "squared": (sg.Max(x[k] * w[k], k) ** 2, lambda v: (v["x"] * v["w"]).max() ** 2),
        "spread": (sg.Max(x[k], k) - sg.Min(x[k], k), lambda v: v["x"].max() - v["x"].min()),
        "positive product": (sg.Product(1 + x[k] ** 2, k), lambda v: (1 + v["x"] ** 2).prod()),
        "sum of maxima": (
            sg.Sum(sg.Max(w[k] - x[j] * x[k], k), j),
            lambda v: sum((v["w"] - a * v["x"]).max() for a in v["x"]),
        ),
        "product of sums": (
            sg.Product(c + sg.Sum(x[j] * w[k], j), k),
            lambda v: (v["c"] + v["x"].sum() * v["w"]).prod(),
        ),
        "in a function": (exp(-sg.Max(x[k], k)) * x[0], lambda v: np.exp(-v["x"].max()) * v["x"][0]),
        "log of a product": (
            sympy.log(sg.Product(1 + exp(w[k] * x[k]), k)),
            lambda v: np.log((1 + np.exp(v["w"] * v["x"])).prod()),
        ),
        "place": (
            sg.Sum(KroneckerDelta(j, sg.Argmax(w[k], k)) * x[j] ** 2, j),
            lambda v: v["x"][v["w"].argmax()] ** 2,
        ),
        "causal": (sg.Max(x[i], i) * sg.Product(w[k] * x[k], k), lambda v: v["x"].max() * (v["w"] * v["x"]).prod()),
    }


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("name", row_layers(Row()))
def test_gradients_agree_with_differences(name, ties):
    r = Row(ties)
    expression, forward = row_layers(r)[name]
    L = r.g.define("L", expression)
    for by, index in ((r.x, r.i), (r.w, r.i), (r.c, None)):
        wrt = by[index] if index is not None else by
        d = r.g.derive(L, wrt=wrt)
        assert d.report.proved and d.certificate.holds
        for n in (1, 2, 4):
            draw = np.random.default_rng(n)
            v = {"x": draw.normal(size=n), "w": draw.normal(size=n), "c": draw.normal()}
            at = d.engine.by
            truth = differences(lambda a, v=v, at=at: forward({**v, at: a}), v[at])
            names = {"n": n, "c": v["c"], "x": Box(v["x"]), "w": Box(v["w"]), "L": forward(v)}
            found = entries(d.answer, list(d.engine.free), truth.shape, names)
            assert found == pytest.approx(truth, rel=1e-6, abs=1e-8), (n, str(d.answer))


def test_ties_follow_the_declared_policy():
    tied = np.array([1.0, 3.0, -2.0, 3.0])
    for ties, expected in (("first", [0, 1, 0, 0]), ("split", [0, 0.5, 0, 0.5])):
        r = Row(ties)
        M = r.g.define("M", sg.Max(r.x[r.k], r.k))
        d = r.g.derive(M, wrt=r.x[r.i])
        found = entries(d.answer, ["i"], (4,), {"n": 4, "x": Box(tied), "M": 3.0})
        assert list(found) == expected
        (policy, where), *_ = d.ledger
        assert where == "definition of M" and policy in d.engine.policies


def test_a_tie_of_two_arguments_follows_the_declared_policy():
    for ties, expected in (("first", 1.0), ("split", 0.5)):
        g = sg.Graph("two", ties=ties)
        a, b = g.input("a"), g.input("b")
        M = g.define("M", sympy.Max(a, b))
        d = g.derive(M, wrt=a)
        assert entries(d.answer, [], (), {"a": 2.0, "b": 2.0}) == expected
        assert entries(d.answer, [], (), {"a": 2.0, "b": 1.0}) == 1
        assert d.ledger[0][0].startswith("at a tie")


def test_no_policy_is_stated_where_none_is_used():
    r = Row()
    M = r.g.define("M", sg.Max(r.x[r.k], r.k) + r.c**2)
    assert r.g.derive(M, wrt=r.c).ledger == ()
    assert len(r.g.derive(M, wrt=r.x[r.i]).ledger) == 1


# --- pooling --------------------------------------------------------------------------------------------------------


def pooling(reduce, ties="first"):
    g = sg.Graph("pooling", ties=ties)
    N, M, K, s = g.sizes("N M K s")
    i, j, a, b = g.index("i", N), g.index("j", M), g.index("a", K), g.index("b", K)
    p, q = g.index("p", s * (N - 1) + K), g.index("q", s * (M - 1) + K)
    x = g.input("x", p, q)
    y = g.define("y", reduce(x[s * i + a, s * j + b], a, b, K), over=(i, j))
    return g, g.loss("f", of=y), x[p, q]


POOLS = {
    "max": (lambda e, a, b, K: sg.Max(e, a, b), np.max),
    "min": (lambda e, a, b, K: sg.Min(e, a, b), np.min),
    "average": (lambda e, a, b, K: sg.Sum(e, a, b) / K**2, np.mean),
}


@pytest.mark.parametrize("pool", POOLS)
def test_pooling_in_two_dimensions(pool):
    reduce, numpy_reduce = POOLS[pool]
    g, f, entry = pooling(reduce)
    d = g.derive(f, wrt=entry)
    assert d.report.proved and d.certificate.holds and d.certificate.nonzero
    for N, M, K, s in ((2, 3, 2, 2), (1, 1, 1, 1), (3, 2, 2, 1), (2, 2, 2, 3), (2, 2, 3, 1)):
        draw = np.random.default_rng(N + 10 * K)
        x = draw.normal(size=(s * (N - 1) + K, s * (M - 1) + K))
        up = draw.normal(size=(N, M))

        def forward(x, N=N, M=M, K=K, s=s, up=up):
            places = product(range(N), range(M))
            return sum(up[i, j] * numpy_reduce(x[s * i : s * i + K, s * j : s * j + K]) for i, j in places)

        names = {"N": N, "M": M, "K": K, "s": s, "x": Box(x), "df_dy": Box(up)}
        found = entries(d.answer, ["p", "q"], x.shape, names)
        assert found == pytest.approx(differences(forward, x), abs=1e-8), (N, M, K, s)


def test_padded_pooling_clips_its_window():
    g = sg.Graph("padded pooling")
    n = g.size("n")
    i, k, q = g.index("i", n), g.index("k", 3), g.index("q", n)
    x = g.input("x", i)
    window = sympy.Tuple(k, sympy.Max(0, 1 - i), sympy.Min(2, n - i))
    y = g.define("y", type(sg.Max(x[i], i))(x[i + k - 1], window), over=i)
    f = g.loss("f", of=y)
    d = g.derive(f, wrt=x[q])
    x_, up = np.random.default_rng(0).normal(size=(2, 5))
    forward = lambda v: sum(up[i] * v[max(0, i - 1) : i + 2].max() for i in range(5))  # noqa: E731
    found = entries(d.answer, ["q"], (5,), {"n": 5, "x": Box(x_), "df_dy": Box(up)})
    assert found == pytest.approx(differences(forward, x_), abs=1e-8)


def test_stable_softmax_forgets_its_maximum():
    """engine.md, case 9: the maximum that is subtracted has no gradient, whatever the ties."""
    for ties in ("first", "split"):
        r = Row(ties)
        x, i, j, k = r.x, r.i, r.j, r.k
        M = r.g.define("M", sg.Max(x[k], k))
        P = r.g.define("P", exp(x[i] - M) / sg.Sum(exp(x[k] - M), k), over=i)
        f = r.g.loss("f", of=P)
        assert r.g.derive(P[j], wrt=M).answer == 0
        d = r.g.derive(f, wrt=x[i])
        up = sympy.IndexedBase("df_dP")
        textbook = P[i] * (up[i] - SympySum(up[k] * P[k], (k, 0, r.n - 1)))
        assert is_equal(d, textbook) and is_as_short(d, textbook)


# --- SymPy's own evaluation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max", "prod", "weighted", "spread", "sum of maxima", "place"])
def test_lambdify_runs_the_answer(name):
    r = Row()
    expression, forward = row_layers(r)[name]
    L = r.g.define("L", expression)
    d = r.g.derive(L, wrt=r.x[r.i])
    draw = np.random.default_rng(3)
    v = {"x": draw.normal(size=4), "w": draw.normal(size=4), "c": draw.normal()}
    arguments = [sympy.IndexedBase("x"), sympy.IndexedBase("w"), r.c, r.n, r.i, L]
    run = lambdify(arguments, d.answer, modules=["numpy", {"KroneckerDelta": lambda a, b: int(a == b)}])
    found = [float(run(v["x"], v["w"], v["c"], 4, at, forward(v))) for at in range(4)]
    assert found == pytest.approx(list(differences(lambda a: forward({**v, "x": a}), v["x"])), abs=1e-7)


def test_the_index_of_a_reduction_is_bound():
    r = Row()
    e = sg.Max(r.x[r.k] * r.c, r.k)
    assert r.k not in e.free_symbols and r.n in e.free_symbols
    assert e.subs(r.k, 3) == e
    assert str(e.subs(r.n, 3)) == "Max(c*x[k], (k, 0, 2))"


# --- paper ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("name", row_layers(Row()))
def test_answers_are_printed_and_read_back(name, ties):
    r = Row(ties)
    L = r.g.define("L", row_layers(r)[name][0])
    d = r.g.derive(L, wrt=r.x[r.i])
    for poly, free in ((d.poly, d.engine.free), (r.g.model.tensors["L"].poly, ())):
        text = latex(Notation(d.engine.model).poly(poly, free))
        found = read(text, reader_names(d.engine.model), d.engine.model, d.engine.of)
        assert r.g.numbers(r.g.model).compare(found, poly, free, d.engine.model).holds, text


def test_a_worked_key_with_pooling_states_the_policies():
    g, f, entry = pooling(POOLS["max"][0])
    key = sg.Exercise("pool", "Pooling", g, [sg.Question("x", of=f, wrt=entry)]).key()
    assert "where several are greatest the first counts" in str(key)


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_maximum_of_nothing_is_refused():
    g = sg.Graph("empty")
    n, K = g.sizes("n K")
    i, k = g.index("i", n), g.index("k", n - K + 1)
    x = g.input("x", i)
    with pytest.raises(DeclarationError, match="may be empty") as refused:
        g.define("M", sg.Max(x[k], k))
    assert "k from 0 to" in str(refused.value) and "g.require" in str(refused.value)
    g.require(n >= K)
    g.define("M", sg.Max(x[k], k))


def test_a_product_of_nothing_is_one():
    g = sg.Graph("empty product")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x = g.input("x", i)
    below = sympy.Tuple(j, 0, i - 1)
    p = g.define("p", type(sg.Product(x[i], i))(x[j], below), over=i)
    L = g.define("L", sg.Sum(p[i], i))
    d = g.derive(L, wrt=x[j])
    v = np.array([2.0, -0.5, 3.0])
    truth = differences(lambda v: 1 + v[0] + v[0] * v[1], v)
    assert entries(d.answer, ["j"], (3,), {"n": 3, "x": Box(v)}) == pytest.approx(truth)


def test_other_refusals():
    r = Row()
    with pytest.raises(DeclarationError, match="a Max runs over a declared index"):
        sg.Max(r.x[r.k], r.n)
    with pytest.raises(DeclarationError, match="a product over nothing"):
        sg.Product(r.x[r.k])
    with pytest.raises(DeclarationError, match="one index used twice"):
        sg.Min(r.x[r.k], r.k, r.k)
    with pytest.raises(Unsupported, match="a place used as a number"):
        r.g.define("A", sg.Argmax(r.x[r.k], r.k))
    with pytest.raises(DeclarationError, match="used twice in one sum"):
        r.g.define("B", sg.Sum(sg.Max(r.x[r.k], r.k), r.k))
    with pytest.raises(DeclarationError, match="policy for ties"):
        sg.Graph("g", ties="last")
    with pytest.raises(DeclarationError, match="read outside its range"):
        r.g.define("C", sg.Max(r.x[r.k + 1], r.k))
