"""A question differentiates by one name."""

from __future__ import annotations

import pytest

import symgrad as sg


def network():
    g = sg.Graph("network")
    n = g.size("n")
    w, b, x = g.parameter("w", n), g.parameter("b"), g.input("x", n)
    return g, g.define("y", w @ x + b), w, b


KINDS = {
    "Question": lambda y, wrt: sg.Question("a", of=y, wrt=wrt),
    "Paths": lambda y, wrt: sg.Paths("a", of=y, wrt=wrt),
    "Chain": lambda y, wrt: sg.Chain("a", of=y, wrt=wrt, local={}),
    "Depth": lambda y, wrt: sg.Depth("a", of=y, wrt=wrt, blocks="n"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_several_names_are_refused_when_the_question_is_made(kind):
    _, y, w, b = network()
    for wrt, shown in (([w, b], "[w[i], b]"), ((w,), "[w[i]]"), ("parameters", "parameters")):
        with pytest.raises(sg.DeclarationError, match="several derivatives at once") as caught:
            KINDS[kind](y, wrt)
        assert caught.value.where == f"{kind}('a'), wrt={shown}" and caught.value.fix == "one question for each"


def test_one_name_is_no_list():
    g, y, w, _ = network()
    exercise = sg.Exercise("e", "", g, [sg.Question("a", of=y, wrt=w), sg.Count("f", "parameters")])
    assert exercise.grade("a", "x_i").is_right
    with pytest.raises(sg.DeclarationError, match="no choices are made for answers of this kind"):
        exercise.choices("f")
