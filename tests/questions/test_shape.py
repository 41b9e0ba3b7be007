"""Shapes and ranges: the law on graphs of every kind, refusals, and a wrong length that is caught."""

from __future__ import annotations

import pytest
from sympy import Piecewise

import symgrad as sg
from symgrad.explain.blocks import Formula, Prose
from symgrad.explain.layout import Number, Relation
from symgrad.questions import sizes
from symgrad.render.plain import plain
from tests.derivations.loops import boxed, cells, lines, starts, words


def worked(graph, *questions):
    key = sg.Exercise(id="e", title="", graph=graph, questions=questions).key()
    return key.questions[0] if len(questions) == 1 else key.questions


def window(stride=1, kernel="K"):
    g = sg.Graph("windows")
    n = g.size("n")
    p, k = g.index("p", n), g.index("k", g.size(kernel) if isinstance(kernel, str) else kernel)
    x, w = g.input("x", p), g.parameter("w", k)
    i = g.index("i", valid=lambda i: x[stride * i + k])
    return g, g.define("z", sg.Sum(w[k] * x[stride * i + k], k), over=i), k


def test_a_window_without_a_count_typed_in():
    g, z, _ = window(stride=3)
    g.values(n=14, K=4)
    question = worked(g, sg.Shape("a", of=z))
    assert lines(question) == [
        "n - 1", "n - K", "(n - K)/3", "floor((n - K)/3) + 1",
        "floor((14 - 4)/3) + 1", "floor(10/3) + 1", "3 + 1", "4",
        "(floor((n - K)/3) + 1,)", "(4,)",
    ]  # fmt: skip
    assert len(starts(14, 4, 3)) == 4


def test_several_arrays_stand_under_their_names():
    g, z, _ = window()
    headings = words(worked(g, sg.Shape("a", of=[z, g["w"]])), "heading")
    assert headings == ["z", "w"] and words(worked(g, sg.Shape("a", of=z)), "heading") == []


def stated(graph, *questions):
    """The ranges that the statement tells."""
    key = sg.Exercise(id="e", title="", graph=graph, questions=questions).key()
    (told,) = [b.run for b in key.sheet.statement if isinstance(b, Prose) and b.run[0] == "Given "]
    return [plain(x.tree) for x in told if isinstance(x, Formula) and isinstance(x.tree, Relation)]


def test_a_statement_does_not_tell_the_ranges_that_are_asked_for():
    given = ["0 <= p <= n - 1", "0 <= k <= K - 1"]
    g, z, k = window()
    assert stated(g, sg.Count("c", "parameters")) == [*given, "0 <= i <= n - K"]
    assert stated(g, sg.Shape("a", of=z)) == given
    assert stated(g, sg.Ranges("a", of=z, indices=["i", k])) == given, "how long w is, only its index tells"
    assert stated(g, sg.Together("t", "Both.", [sg.Shape("a", of=z)])) == given
    u = g.define("u", sg.relu(z))
    assert stated(g, sg.Shape("a", of=u)) == given


def test_a_range_that_is_declared_only_is_told():
    """Nothing but the declaration says how often c is repeated."""
    g = sg.Graph("repeated")
    i = g.index("i", g.size("n"))
    y = g.define("y", g.parameter("c") * 2, over=i)
    assert stated(g, sg.Shape("a", of=y)) == ["0 <= i <= n - 1"]


@pytest.mark.parametrize(
    "given", [{"padding": 3, "stride": 2}, {"padding": 1}, {"stride": 3}, {"dilation": 2, "padding": 2}]
)
def test_a_layer_with_padding_stride_and_dilation(given):
    """The argument reproduces the range that the layer declares."""
    g = sg.Graph("layer")
    x = g.input("x", g.size("N"), 3, 8, g.size("V"))
    z = sg.Conv2d(3, 2, 3, **given)(g, x)
    question = worked(g, sg.Shape("a", of=z))
    extent, stride = given.get("dilation", 1) * 2 + 1, given.get("stride", 1)
    assert boxed(question)[0].split(", ")[2] == str(len(starts(8, extent, stride, given.get("padding", 0))))
    assert "it is any start that stays inside the third axis of x" in [row[3] for row in cells(question)]
    pad = given.get("padding")
    assert bool(pad) == any(f"that is {pad} places before the first one" in w for w in words(question, "remark"))


def test_a_range_that_is_declared_shorter_is_no_window():
    g = sg.Graph("short")
    n = g.size("n")
    g.require(n >= 5)
    k, i = g.index("k", 3), g.index("i", n - 4)
    x = g.input("x", n)
    question = worked(g, sg.Shape("a", of=g.define("z", sg.Sum(x[i + k], k), over=i)))
    assert cells(question)[0][3] == "it is declared so" and boxed(question) == ["(n - 4,)"]


def test_only_what_is_so_is_said_of_an_axis():
    """W has more columns than h reads, and three rows of which one is read."""
    g = sg.Graph("parts")
    n = g.size("n")
    i, a, b = g.index("i", n), g.index("a", 3), g.index("b", n + 2)
    W = g.parameter("W", a, b)
    h = g.define("h", W[0, i] ** 2, over=i)
    assert [row[2] for row in cells(worked(g, sg.Shape("a", of=W)))] == ["declared", "declared"]
    assert cells(worked(g, sg.Shape("a", of=h)))[0][3] == "it is declared so"


def test_numbers_and_vectors():
    g = sg.Graph("small")
    x = g.input("x", g.size("n"))
    L = g.define("L", sg.sum(x**2))
    question = worked(g, sg.Shape("a", of=[x, L]))
    assert boxed(question) == ["(n,)"] and words(question, "answer") == ["L is a number: it has no axes."]


def test_a_sum_that_ends_at_another_index_has_no_range_of_its_own():
    g = sg.Graph("causal")
    i, j = g.indices("i j", g.size("n"))
    x = g.input("x", j)
    y = g.define("y", sg.Sum(Piecewise((x[j], j <= i), (0, True)), j), over=i)
    with pytest.raises(sg.Unsupported, match="the range of j depends on other indices"):
        worked(g, sg.Ranges("a", of=y, indices=[j]))


def test_ranges_that_are_not_their_own_are_refused():
    g = sg.Graph("padded")
    z = sg.Conv1d(1, 1, 3, padding=1)(g, g.input("x", 1, 1, 9))
    (k,) = (n for n in g.model.tensors["w"].axes if str(g.count(n)) == "3")
    with pytest.raises(sg.Unsupported, match="depends on other indices") as caught:
        worked(g, sg.Ranges("a", of=z, indices=[g[k]]))
    assert caught.value.where and caught.value.expected and caught.value.fix


def test_a_length_that_may_be_negative_is_refused():
    g = sg.Graph("unrelated")
    H, K = g.sizes("H K")
    k, i = g.index("k", K), g.index("i", H - K + 1)
    x = g.input("x", g.index("p", H))
    z = g.define("z", sg.Sum(x[i + k], k), over=i)
    with pytest.raises(sg.Unsupported, match="shorter than empty") as caught:
        worked(g, sg.Shape("a", of=z))
    assert "g.require" in caught.value.fix


def test_names_that_are_not_there():
    g, z, _ = window()
    other = sg.Graph("other")
    u = other.input("u", other.size("n"))
    with pytest.raises(sg.DeclarationError, match="u is not a") as caught:
        worked(g, sg.Shape("a", of=u))
    assert caught.value.where == "e.a" and "x" in caught.value.expected
    with pytest.raises(sg.DeclarationError, match="p is no index of z"):
        worked(g, sg.Ranges("a", of=z, indices=[g["p"]]))


def test_a_wrong_length_is_caught(monkeypatch):
    """The known-wrong sample of the counting: one start too many."""
    g, z, _ = window()
    monkeypatch.setattr(sizes, "length", lambda notation, ends: notation.index(ends.top - ends.first + 2))
    with pytest.raises(sg.CertificateError, match="counting does not confirm"):
        worked(g, sg.Shape("a", of=z))


def test_a_number_that_is_not_the_length_is_caught(monkeypatch):
    g = sg.Graph("numbers")
    x = g.input("x", 4)
    monkeypatch.setattr(sizes, "length", lambda notation, ends: Number("5"))
    with pytest.raises(sg.CertificateError, match="counting does not confirm") as caught:
        worked(g, sg.Shape("a", of=x))
    assert (caught.value.expected, caught.value.given) == ("4", "5")
