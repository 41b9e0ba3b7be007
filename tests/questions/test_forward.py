"""Numbers that are not rational: decimals that are boxed, names in place of what is too long, exact where short."""

from __future__ import annotations

import numpy as np
import sympy

import symgrad as sg
from symgrad.explain.blocks import Lines
from symgrad.explain.digits import STATED
from symgrad.numeric import SHORT
from symgrad.render.plain import plain


def network():
    g = sg.Graph("network")
    x, w, b = g.input("x", 2), g.parameter("w", 2), g.parameter("b")
    h = g.define("h", sg.sigmoid(x))
    a = g.define("a", w @ h + b)
    p = g.define("p", sg.sigmoid(a))
    g.values(x=[0.25, -1], w=[1, -2], b=0.5)
    return g, h, a, p


def last_lines(question):
    return [block for block in question.blocks if isinstance(block, Lines)][-1].lines


def worked(g, question):
    return sg.Exercise(id="e", title="", graph=g, questions=[question]).key().questions[0]


def boxed(question):
    return [line for b in question.blocks if isinstance(b, Lines) for line in b.lines if line.boxed]


def test_a_forward_pass_boxes_decimals():
    g, *_ = network()
    lines = boxed(worked(g, sg.Forward("f")))
    own = 1 / (1 + np.exp([-0.25, 1]))
    through = own @ [1, -2] + 0.5
    wanted = [f"[[{own[0]:.6g}], [{own[1]:.6g}]]", f"{through:.6g}", f"{1 / (1 + np.exp(-through)):.6g}"]
    assert [plain(line.right) for line in lines] == wanted
    assert {line.relation for line in lines} == {"~"} and all(STATED in line.reason[-1] for line in lines)


def test_names_stay_where_their_numbers_are_long():
    g, _, a, _ = network()
    shown = [plain(line.right) for line in last_lines(worked(g, sg.Forward("f", of=[a])))]
    assert shown[1:] == ["h.T @ [[1], [-2]] + 0.5", "0.524294"]


def test_a_formula_of_long_numbers_is_not_said_twice():
    g, _, _, p = network()
    assert [plain(line.right) for line in last_lines(worked(g, sg.Forward("f", of=[p])))] == ["sigmoid(a)", "0.628151"]


def test_a_short_exact_number_stands_before_its_decimals():
    g = sg.Graph("root")
    y = g.define("y", sympy.sqrt(g.constant("x", positive=True)))
    g.values(x=2)
    lines = last_lines(worked(g, sg.Forward("f", of=[y])))
    assert [(line.relation, plain(line.right)) for line in lines[1:]] == [("=", "sqrt(2)"), ("~", "1.41421")]


def test_a_gradient_in_decimals_has_its_exact_value_in_the_record():
    g, _, _, p = network()
    question = worked(g, sg.Question("q", of=p, wrt=g["b"]))
    (line,) = boxed(question)[1:]
    p_ = 0.6281507
    assert (line.relation, plain(line.right)) == ("~", f"{p_ * (1 - p_):.6g}")
    assert len(question.record["value"]) > SHORT and "exp(-1/4)" in question.record["value"]


def test_what_cannot_be_told_from_0_is_left_exact():
    """1/(1 + e) + e/(1 + e) - 1 is 0: rounding must not make digits of the noise of an evaluation."""
    g = sg.Graph("hidden zero")
    x = g.input("x")
    y = g.define("y", sg.sigmoid(x) + sg.sigmoid(-x) - 1)
    g.values(x=1)
    (line,) = boxed(worked(g, sg.Forward("f", of=[y])))
    assert (line.relation, plain(line.right)) == ("=", "-1 + 1/(1 + E) + 1/(exp(-1) + 1)")


def test_differentials_have_decimals_too():
    g = sg.Graph("differential")
    x, w = g.input("x"), g.parameter("w")
    y = g.define("y", sg.sigmoid(x) + 2 * w)
    g.values(x=1, w=0.5)
    s = 1 / (1 + np.exp(-1))
    line = last_lines(worked(g, sg.Forward("f", of=[y], differentials=True)))[-1]
    assert line.relation == "~" and plain(line.right).startswith(f"{s * (1 - s):.6g}*dx")


def test_paths_end_in_decimals():
    g = sg.Graph("paths")
    x, w = g.input("x"), g.parameter("w")
    y = g.define("y", sg.sigmoid(w * x))
    E = g.define("E", y**2 + w)
    g.values(x=1, w=0.5)
    s = 1 / (1 + np.exp(-0.5))
    lines = boxed(worked(g, sg.Paths("q", of=E, wrt=w)))
    assert (lines[-1].relation, plain(lines[-1].right)) == ("~", f"{1 + 2 * s * s * (1 - s):.6g}")
