"""Questions about update rules, moments and sample sizes: other rules than those of the exercise, and refusals."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symgrad as sg
from symgrad.errors import CertificateError, DeclarationError, SymgradError, Unsupported
from symgrad.explain.blocks import Lines
from symgrad.key import Exercise
from symgrad.questions import walk
from symgrad.render.plain import plain


def key(graph, *questions):
    return Exercise(id="e", title="", graph=graph, questions=questions).key()


def boxed(question):
    return [plain(x.right) for b in question.blocks if isinstance(b, Lines) for x in b.lines if x.boxed]


def refused(graph, question, what):
    with pytest.raises(SymgradError) as found:
        key(graph, question)
    assert what in found.value.what
    return found.value


def rule(memory=lambda m, G, a: m, step=lambda w, m, G, a: w - a * G):
    g = sg.Graph("rule")
    w, m, G, a = g.input("w"), g.input("m"), g.input("G"), g.constant("a", positive=True)
    new = g.define("m_new", memory(m, G, a))
    found = sg.Rule(g, (w, g.define("w_new", step(w, new, G, a))), G, {m: new})
    return g, found, m, a


def test_a_plain_sum_of_gradients():
    """The memory of Adagrad: a sum of squares."""
    g, found, m, _ = rule(memory=lambda m, G, a: m + G**2)
    assert boxed(key(g, sg.Unrolled("u", found, m)).questions[0]) == ["sum(G[k]**2, k=0..t-1)"]


def test_a_memory_that_is_not_linear_is_refused():
    g, found, m, _ = rule(memory=lambda m, G, a: m**2 + G)
    refused(g, sg.Unrolled("u", found, m), "the update is not linear in m")
    refused(g, sg.Unrolled("u", found, found.gradient), "not a state of the rule")


def test_the_mean_of_squares_is_not_the_square_of_the_mean():
    g, found, m, _a = rule(memory=lambda m, G, a: a * m + G**2)
    mu = g.constant("mu")
    refused(g, sg.Unrolled("u", found, m, expected=mu), "not linear in G")


@pytest.mark.parametrize("signed", [1, -1])
def test_how_far_to_step(signed):
    g, found, _, a = rule(step=lambda w, m, G, a: w - signed * 3 * a * G)
    loss = sg.Graph("loss")
    w, c = loss.parameter("w"), loss.constant("c", positive=True)
    L = loss.define("L", c * w**2)
    question = sg.Stable("s", found, a, L, loss)
    if signed > 0:
        assert key([g, loss], question).questions[0].record == {"bound": "a < 1/(3*c)"}
    else:  # up the hill
        refused([g, loss], question, "is not known to be positive")


def test_a_loss_that_is_not_quadratic_is_refused():
    g, found, _, a = rule()
    loss = sg.Graph("loss")
    w = loss.parameter("w")
    quartic, moved = loss.define("L", w**4), loss.define("M", (w - 1) ** 2)
    refused([g, loss], sg.Stable("s", found, a, quartic, loss), "the update is not linear in w")
    refused([g, loss], sg.Stable("s", found, a, moved, loss), "a minimum that is not at 0")


def test_a_rule_with_memory_is_refused_by_the_name_of_what_it_keeps():
    """The loss is a w^2: it is v that is left over."""
    loss = sg.Graph("loss")
    w = loss.parameter("w")
    L = loss.define("L", w**2)
    momentum = rule(memory=lambda m, G, a: m / 2 + G, step=lambda w, m, G, a: w - a * m)
    scaled = rule(memory=lambda m, G, a: m + G**2, step=lambda w, m, G, a: w - a * G / (1 + m))
    for g, found, _, a in (momentum, scaled):
        error = refused([g, loss], sg.Stable("s", found, a, L, loss), "a rule with memory")
        assert (error.where, error.given) == ("e.s", "m from step to step")


def bowl():
    g = sg.Graph("bowl")
    u, v = g.parameters("u v")
    return g, g.define("L", u**2 + u * v + v**2)


def test_steps_of_another_rule_on_another_loss():
    g, found, *_ = rule(memory=lambda m, G, a: m / 2 + G, step=lambda w, m, G, a: w - a * m)
    loss, L = bowl()
    g.values(a=0.25)
    loss.values(u=1, v=-2)
    question = key([g, loss], sg.Descent("d", found, L, loss, steps=3)).questions[0]
    u, v, m, n = 1.0, -2.0, 0.0, 0.0
    for row in question.record["path"]:
        assert (float(Fraction(row["u"])), float(Fraction(row["v"]))) == pytest.approx((u, v), rel=1e-12)
        m, n = m / 2 + 2 * u + v, n / 2 + u + 2 * v
        u, v = u - m / 4, v - n / 4


def test_steps_that_floats_do_not_confirm_are_refused(monkeypatch):
    """A gradient that is not the slope of the loss."""
    g, found, *_ = rule()
    loss, L = bowl()
    g.values(a=0.25)
    loss.values(u=1, v=-2)
    right = walk.Walk._loss
    monkeypatch.setattr(walk.Walk, "_loss", lambda self, *given: 1.001 * right(self, *given))
    with pytest.raises(CertificateError, match="steps that floats do not confirm"):
        key([g, loss], sg.Descent("d", found, L, loss))


def test_numbers_that_are_missing():
    g, found, *_ = rule()
    loss, L = bowl()
    loss.values(u=1)
    refused([g, loss], sg.Descent("d", found, L, loss), "v has no number to start from")
    loss.values(v=1)
    error = refused([g, loss], sg.Descent("d", found, L, loss), "of the rule has no number")
    assert error.what.startswith("a ")


def test_parameters_with_indices_are_refused():
    g, found, *_ = rule()
    loss = sg.Graph("vector")
    i = loss.index("i", loss.size("n"))
    w = loss.parameter("w", i)
    L = loss.define("L", sg.Sum(w[i] ** 2, i))
    refused([g, loss], sg.Descent("d", found, L, loss), "the parameters of the loss are numbers")


def test_variance_without_independence_is_refused():
    g = sg.Graph("batch")
    i = g.index("i", g.size("b"))
    x, mu, s = g.input("x", i), g.constant("mu"), g.constant("s", positive=True)
    mean = g.define("M", sg.Sum(x[i], i) / g["b"])
    refused(g, sg.Moments("m", mean, x, mu, s**2, independent=False), "not declared independent")
    assert boxed(key(g, sg.Moments("m", mean, x, mu, s**2, independent=True)).questions[0]) == ["mu", "s**2/b"]
    y = g.define("y", 2 * x[i], over=i)
    refused(g, sg.Moments("m", y, x, mu, s**2, independent=True), "not a definition without indices")


def trials(value=lambda p, N, k: 1 - sg.Product(1 - p, k)):
    g = sg.Graph("trials")
    p, q, N = g.constant("p", positive=True), g.constant("q", positive=True), g.size("N")
    return g, g.define("S", value(p, N, g.index("k", N))), q, N, p


@pytest.mark.parametrize(("p", "q", "size"), [(0.5, 0.75, 2), (0.5, 0.5, 1), (0.5, 0.76, 3), (0.001, 0.9, 2302)])
def test_sample_sizes(p, q, size):
    g, S, level, N, chance = trials()
    g.values(p=p)
    found = key(g, sg.SampleSize("n", S, level, N, [q], between=[chance, level])).questions[0].record
    assert found["sizes"] == {str(q): size} and 1 - (1 - p) ** size >= q > 1 - (1 - p) ** (size - 1)


def test_refusals_of_sample_sizes():
    g, S, q, N, p = trials()
    g.values(p=2)
    refused(g, sg.SampleSize("n", S, q, N, [0.5]), "the inequality cannot be solved for N")
    refused(g, sg.SampleSize("n", S, q, N, [0.5], between=[p, q]), "p is not between 0 and 1")
    g, S, q, N, p = trials(lambda p, N, k: sg.Product(1 - p, k))
    g.values(p=0.5)
    with pytest.raises(Unsupported, match="S falls with N"):
        key(g, sg.SampleSize("n", S, q, N, [0.5], between=[p, q]))
    with pytest.raises(DeclarationError):
        g.values(N=0)
