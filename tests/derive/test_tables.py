"""Every row of every table: the keys agree, and each has a sample that runs through the whole pipeline."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational, erf

import symgrad as sg
from derivations import batch_normalization as bn
from derivations import softmax_cross_entropy as sm
from symgrad import exercises
from symgrad.algebra.border import FUNCTIONS
from symgrad.algebra.heads import HEADS
from symgrad.check.elementary import ELEMENTARY
from symgrad.check.functions import KINKS, NUMERIC
from symgrad.derive.measure import COST, measure
from symgrad.derive.partials import PARTIALS
from symgrad.derive.rewrite import KINDS, rules_from
from symgrad.derive.steps import RULES
from symgrad.explain.notation import Notation
from symgrad.explain.spelling import HEAD_LATEX
from symgrad.explain.words import WORDS, reason
from symgrad.questions.reading import reader_names
from symgrad.read.resolve import PRIMES, read
from symgrad.render.latex import latex
from tests.derive.textbook import poly_of

KEYS = ["batch_normalization", "softmax_cross_entropy", "sigmoid_convolution"]
WORDS_ONLY = {
    "chain",
    "path",
    "direct",
    "fact",
    "named",
    "merged",
    "limits",
    "cases",
    "correlation",
    "matrices",
}  # other wordings of a rule, and forms of an answer


@pytest.mark.parametrize(
    "table", [PARTIALS, NUMERIC, HEAD_LATEX, FUNCTIONS], ids=["PARTIALS", "NUMERIC", "HEAD_LATEX", "FUNCTIONS"]
)
def test_every_head_has_a_row(table):
    assert set(table) == set(HEADS)


def test_tables_of_some_heads():
    assert set(KINKS) <= set(HEADS) and set(ELEMENTARY) <= set(HEADS)
    assert {head for head, _ in PRIMES} | set(PRIMES.values()) <= set(HEADS)


def arguments(head, x, c):
    """Arguments that keep away from where a head is not defined."""
    positive = x**2 + Rational(1, 2)
    first = {"log": positive, "pow": positive, "tan": x / 3}.get(head, x)
    if head == "same":
        return c, c
    return {0: (), 1: (first,), 2: (first, c)}[HEADS[head].arity]


@pytest.fixture(scope="module", params=HEADS)
def one(request):
    """A layer of one function, derived through a sum, with the declared graph."""
    head = request.param
    g = sg.Graph(f"the head {head}")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, c = g.input("x", i), g.parameter("c")
    u = g.define("u", x[i] * FUNCTIONS[head](*arguments(head, x[i], c)), over=i)
    L = g.define("L", sg.Sum(u[i] ** 2, i) / n)
    return head, g, g.derive(L, wrt=x[j]), g.derive(L, wrt=c)


def test_a_derivative_with_every_head_is_certified(one):
    head, _, by_x, by_c = one
    assert by_x.report.proved and by_x.certificate.holds and by_x.certificate.nonzero
    assert by_c.report.proved and by_c.certificate.holds
    assert bool(by_c.poly) == (HEADS[head].arity == 2 and head != "same")


def test_every_head_is_printed_and_read_back(one):
    _, _, by_x, by_c = one
    for d in (by_x, by_c):
        text = latex(Notation(d.engine.model).poly(d.poly, d.engine.free))
        found = read(text, reader_names(d.engine.model), d.engine.model, d.engine.of)
        assert d.graph.numbers(d.graph.model).compare(found, d.poly, d.engine.free, d.engine.model).holds


def test_every_head_goes_out_to_sympy_and_in_again(one):
    _, _, by_x, _ = one
    back = poly_of(by_x, by_x.answer)
    assert by_x.graph.numbers(by_x.graph.model).compare(back, by_x.poly, by_x.engine.free, by_x.engine.model).holds


@pytest.mark.parametrize("head", [h for h in PARTIALS if HEADS[h].arity])
def test_rows_of_partials_have_a_law(head):
    assert PARTIALS[head].law
    assert bool(PARTIALS[head].policy) == (head in KINKS or head in ("step", "sign", "same")), "a kink has a policy"


def test_numeric_rows_agree_with_sympy():
    at = np.array([0.7])
    for head in ("exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "atan", "erf"):
        truth = float((erf if head == "erf" else FUNCTIONS[head])(Rational(7, 10)).evalf())
        assert float(NUMERIC[head](at)[0]) == pytest.approx(truth, rel=1e-12), head


# --- rules and words ------------------------------------------------------------------------------------------------


def all_steps():
    for name in KEYS:
        exercise = exercises.load(name)
        for q in exercise.questions:
            for inline in [(), *q.routes.values()]:
                d = exercise.graph.derive(q.of, wrt=q.wrt, keep=q.keep, inline=inline, check=False).engine
                for step in [*d.opening, *(s for g in d.groups for s in g.steps)]:
                    yield step
                    yield from step.because


def test_every_rule_has_its_words_and_every_words_its_rule():
    assert set(RULES) <= set(WORDS)
    assert set(WORDS) - set(RULES) == WORDS_ONLY
    assert all(
        law and word.reason and 1 <= word.level <= 3 for law, word in zip(RULES.values(), WORDS.values(), strict=False)
    )


def test_kinds_are_rules():
    assert set(KINDS) <= set(RULES)


def test_steps_of_the_exercises_use_known_rules_and_most_of_them():
    used = {step.rule for step in all_steps()}
    assert used <= set(RULES)
    assert {
        "paths",
        "partial",
        "differentiate",
        "shift",
        "earlier",
        "written out",
        "logs",
        "factor",
        "sum",
        "expand",
        "common",
    } <= used


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_is_found_in_some_definition(kind):
    g = sg.Graph("kinds")
    n = g.size("n")
    i = g.index("i", n)
    x, b, c = g.input("x", i), g.parameter("b"), g.parameter("c")
    g.define("s", sg.Sum(x[i], i) / n)
    g.define("t", x[i] * b * c, over=i)
    g.define("z", x[i] + b, over=i)
    g.define("q", b / (1 + x[i] ** 2), over=i)
    g.define("p", sg.sigmoid(x[i]), over=i)
    assert kind in {rule.kind for rule in rules_from(g.model)}


def test_words_fill_their_placeholders():
    for rule in WORDS:
        run = reason(rule, count=("the two paths",), equation=("a = b",), names=("mu",), parts=("from (a)",))
        assert run and not any("{" in part for part in run if isinstance(part, str))


def test_costs_of_the_measure():
    d = bn.g.derive(bn.f, wrt=bn.gamma, check=False)
    samples = {"entry": bn.xhat[bn.i], "scalar": bn.mu, "power": bn.mu**3, "sum": sg.Sum(bn.x[bn.i], bn.i)}
    cost = {name: measure(poly_of(d, e)) - COST["term"] for name, e in samples.items()}
    assert cost["entry"] == COST["entry"] and cost["scalar"] == COST["scalar"]
    assert cost["power"] == COST["scalar"] + COST["power"] and cost["sum"] == COST["sum"] + COST["entry"]
    e = sm.g.derive(sm.P[sm.j], wrt=sm.h[sm.i], check=False)
    assert measure(e.poly) < measure(e.engine.path)
