"""The drawing of a model: which names are drawn, which edges are marked, and what is refused."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.blocks import Diagram
from symgrad.explain.drawing import drawing


def small() -> sg.Graph:
    g = sg.Graph("small")
    x, w = g.input("x", 2), g.parameter("w", 2)
    g.input("unused")
    s = g.define("s", sg.sum(w * x))
    y = g.define("y", sg.tanh(s) + sg.sum(x))
    g.loss("L", of=y)
    return g


def pairs(diagram):
    return [(e.start, e.end) for e in diagram.edges]


def test_an_arrow_for_each_use():
    drawn = drawing(small().model)
    assert pairs(drawn) == [("x", "s"), ("w", "s"), ("x", "y"), ("s", "y"), ("y", "L")]
    assert [n.name for n in drawn.nodes] == ["x", "w", "s", "y", "L"], "what nothing uses is not drawn"
    assert [n.label.latex for n in drawn.nodes] == ["x", "w", "s", "y", "L"], "names stand for the whole"


def test_some_kinds_and_the_names_on_a_path():
    model = small().model
    assert pairs(drawing(model, ("definition",))) == [("s", "y")]
    marked = drawing(model, ("definition",), [("y", "s", "w")])
    assert pairs(marked) == [("w", "s"), ("s", "y")] and all(e.marked for e in marked.edges)


def test_an_exercise_is_drawn_on_request():
    g = small()
    question = sg.Question("a", of=g["y"], wrt=g["w"])
    keys = [sg.Exercise(id="e", title="E", graph=g, questions=[question], drawing=d).key() for d in (False, True)]
    counts = [sum(isinstance(b, Diagram) for b in key.statement) for key in keys]
    assert counts == [0, 1]
    with pytest.raises(DeclarationError, match="not a kind of names"):
        sg.Exercise(id="e", title="E", graph=g, questions=[question], drawing=("inputs",))


def test_too_many_names_are_refused():
    g = sg.Graph("long")
    x = g.input("x")
    for n in range(70):
        x = g.define(f"h{n}", sg.tanh(x))
    with pytest.raises(Unsupported, match="71 names in one drawing"):
        drawing(g.model)
