"""Questions about chains and depth: any block of scalars, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symgrad as sg
from symgrad.derive import stack as stacks
from symgrad.errors import CertificateError, DeclarationError, SymgradError, Unsupported
from symgrad.explain.blocks import Lines
from symgrad.key import Exercise
from symgrad.questions.curves import Geometric, crossing, plotted
from symgrad.render.plain import plain


def key(graph, *questions):
    return Exercise(id="e", title="", graph=graph, questions=questions).key()


def boxed(question):
    return [plain(x.right) for b in question.blocks if isinstance(b, Lines) for x in b.lines if x.boxed]


def block(skip=0):
    """z = h(f(x)) + skip * x with names for the local gradients."""
    g = sg.Graph("block")
    x, n = g.input("x"), g.size("n")
    u = g.define("u", g.function("f")(x))
    v = g.define("v", g.function("h")(u))
    z = g.define("z", v + skip * x)
    return g, x, n, z, {"du/dx": g.constant("a"), "dv/du": g.constant("b")}, g.constant("last")


@pytest.mark.parametrize(
    ("skip", "answer", "value"),
    [(0, "last*(a*b)**n", Fraction(3, 16)), (1, "last*(1 + a*b)**n", Fraction(75, 16)), (-2, "last*(a*b - 2)**n", 27)],
)
def test_a_block_of_two_layers(skip, answer, value):
    g, x, n, z, local, last = block(skip)
    g.values(a=0.5, b=0.5 if skip != -2 else 1, last=3 if skip != -2 else 12)
    depths = [2]
    (question,) = key(g, sg.Depth("d", of=z, wrt=x, blocks=n, local=local, last=last, depths=depths)).questions
    found = Fraction(question.record["values"]["2"])
    factor = Fraction(1, 4) + skip if skip != -2 else Fraction(1, 2) - 2
    assert boxed(question)[0] == answer and found == factor**2 * (3 if skip != -2 else 12) == value


def test_blocks_that_differ():
    g, x, n, z, *_ = block(1)
    (question,) = key(g, sg.Depth("d", of=z, wrt=x, blocks=n)).questions
    (shown,) = boxed(question)
    assert shown.startswith("dL/dz[n]*prod(1 + ") and shown.endswith("k=i+1..n)")


def test_a_form_that_is_one_block_short_is_refused(monkeypatch):
    right = stacks.solved

    def short(known, steps, model, where):
        return right(stacks.Recurrence(known.factor, known.rest, known.factor, known.index), steps, model, where)

    g, x, n, z, local, last = block(1)
    monkeypatch.setattr(stacks, "solved", short)
    with pytest.raises(CertificateError, match="differs from the network written out"):
        key(g, sg.Depth("d", of=z, wrt=x, blocks=n, local=local, last=last))


def refused(graph, question, what):
    with pytest.raises(SymgradError) as found:
        key(graph, question)
    assert what in found.value.what
    return found.value


def test_refusals_of_depth():
    g, x, n, z, local, last = block()
    depth = {"of": z, "wrt": x, "blocks": n}
    error = refused(g, sg.Depth("d", **depth, local={"du/dx": local["du/dx"]}, last=last), "dv/du has no name")
    assert "du/dx, dv/du" in error.expected or "dv/du" in error.expected
    refused(g, sg.Depth("d", **depth, local={**local, "dz/dq": last}, last=last), "dz/dq is not a local gradient")
    refused(g, sg.Depth("d", **depth, local=local), "the gradient at the output has no name")
    refused(g, sg.Depth("d", **depth, local=local, last=last, depths=[1]), "a has no number")


def test_vectors_are_refused():
    g = sg.Graph("vectors")
    i = g.index("i", g.size("m"))
    x, n = g.input("x", i), g.size("n")
    y = g.define("y", sg.Sum(x[i] ** 2, i))
    error = refused(g, sg.Depth("d", of=y, wrt=x[i], blocks=n), "x has indices")
    assert error.expected == "a graph of scalars"


def test_a_direct_way_without_a_name_is_refused():
    g = sg.Graph("two ways")
    x = g.input("x")
    u = g.define("u", g.function("f")(x))
    y = g.define("y", u + g.function("h")(x))
    refused(g, sg.Chain("c", of=y, wrt=x, local={"du/dx": 1}), "the direct way from x to y beside others")


def test_chain_needs_every_local_gradient():
    g = sg.Graph("chain")
    x = g.input("x")
    u = g.define("u", g.function("f")(x))
    L = g.loss("L", of=u)
    error = refused(g, sg.Chain("c", of=L, wrt=x, local={"dL/du": 2}), "du/dx has no number")
    assert error.where.startswith("e.c") and "du/dx" in error.expected
    refused(g, sg.Chain("c", of=L, wrt=x, local={"dL/du": 2, "du/dx": 1, "dx/du": 1}), "dx/du is not a local gradient")
    zero = sg.Chain("z", of=L, wrt=x, local={"dL/du": 0, "du/dx": 1})
    refused(g, sg.Compare("r", of=(zero, zero)), "a ratio to 0")


def test_three_paths():
    g = sg.Graph("paths")
    x = g.input("x")
    u, v = g.define("u", g.function("f")(x)), g.define("v", g.function("h")(x))
    y = g.define("y", u * v + 3 * x)
    found = key(g, sg.Chain("c", of=y, wrt=x, local={"du/dx": 2, "dv/dx": 5, "dy/du": 7, "dy/dv": 11})).questions[0]
    assert found.record["value"] == str(2 * 7 + 5 * 11 + 3)


@pytest.mark.parametrize(
    ("ratio", "first", "period", "said"),
    [
        (Fraction(5), 1, 2, "the curves meet where there are no layers, and nowhere else"),
        (Fraction(1), 1, 1, "the curves are one"),
        (Fraction(2), 3, 1, "the curves never meet"),
        (Fraction(1), 3, 1, "the curves never meet"),
        (Fraction(2), Fraction(1, 8), 2, "the curves meet at 6 layers"),
        (Fraction(2), Fraction(1, 5), 2, "the curves cross between 4 and 6 layers"),
        (Fraction(1, 2), 3, 1, "the curves cross between 1 and 2 layers"),
    ],
)
def test_where_two_curves_meet(ratio, first, period, said):
    assert crossing(ratio, Fraction(first), period) == said


def test_a_curve_with_a_sign_is_not_drawn_on_a_logarithmic_axis():
    with pytest.raises(Unsupported, match="a curve that is not positive"):
        plotted(
            [
                (Geometric("down", Fraction(-1), Fraction(1), 1), [1]),
                (Geometric("up", Fraction(2), Fraction(1), 1), [1]),
            ]
        )


def test_the_size_is_declared():
    g, x, _, z, *_ = block()
    other = sg.Graph("other").size("B")
    with pytest.raises(DeclarationError, match="not a size of the graph"):
        key(g, sg.Depth("d", of=z, wrt=x, blocks=other))
