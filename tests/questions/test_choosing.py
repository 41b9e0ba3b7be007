"""Questions with answers to choose from: what the sheet shows, what the key says, and that options are read back."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache

import pytest

import symgrad as sg
from symgrad import exercises, render
from symgrad.cli import main
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.blocks import Formula, Prose, Table
from symgrad.explain.laid import Displayed, laid_out
from symgrad.key import Exercise
from symgrad.questions import choosing
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.render.latex import latex
from symgrad.student.mistakes import mutants
from symgrad.student.study import alike


@cache
def loaded(name: str) -> Exercise:
    return exercises.load(name)


def options_of(question) -> list[str]:
    runs = [b.run for b in question.blocks if isinstance(b, Prose) and str(b.run[0]).startswith("(")]
    return [latex(run[1].tree) for run in runs if isinstance(run[1], Formula)]


def test_the_key_says_which_is_right_and_what_is_wrong():
    exercise = loaded("softmax_cross_entropy")
    for question in exercise.key(choices=4, seed=1).questions:
        table = question.blocks[-1]
        assert isinstance(table, Table)
        assert [row[1] for row in table.rows].count(("right",)) == 1
        assert len(options_of(question)) == len(table.rows) == 4
        for row, said in zip(table.rows, question.record["choices"], strict=True):
            assert row[0] == (f"({said['letter']})",)
            assert said["right"] == (row[1] == ("right",))
            verdict = exercise.grade(question.id, said["latex"])
            assert verdict.is_right == said["right"], verdict
            assert said["right"] or said["witness"]


def test_the_sheet_has_the_options_and_no_answer():
    sheet = loaded("softmax_cross_entropy").key(answers=False, choices=3, seed=5)
    for question in sheet.questions:
        assert len(options_of(question)) == len(question.blocks) == 3
        assert question.record == {}


def test_questions_without_a_formula_stay_open():
    key = loaded("residual_graph").key(choices=2)
    assert not options_of(key.questions[0])  # a forward pass
    assert len(options_of(key.questions[1])) == 2


def test_an_answer_of_which_too_few_wrong_ones_can_be_made_stays_open():
    """dy/db is 1: the other questions of the sheet have their options all the same."""
    g = sg.Graph("line")
    x, w, b = g.input("x"), g.parameter("w"), g.parameter("b")
    y = g.define("y", (w * x + b) ** 2 / 2)
    z = g.define("z", y + b)
    exercise = sg.Exercise("e", "", g, [sg.Question("y", of=z, wrt=y), sg.Question("w", of=z, wrt=w)])
    one, other = exercise.key(choices=4).questions
    assert (options_of(one), len(options_of(other))) == ([], 4)
    with pytest.raises(DeclarationError, match="not so many wrong answers"):
        exercise.choices("y", 4)


def test_too_many_are_refused():
    with pytest.raises(DeclarationError, match="too many choices"):
        loaded("batch_normalization").key(choices=30)


def test_an_option_that_is_not_read_back_is_refused():
    """The known-wrong samples: a wrong option said to be right, and another formula in its place."""
    exercise = loaded("batch_normalization")
    grader, options = exercise.grader("c"), exercise.choices("c", 3)
    right = next(o for o in options if o.is_right)
    wrong = next(o for o in options if not o.is_right)
    tree, other = (laid_out(parse(o.latex, grader.names), choosing.displayed(grader)) for o in (right, wrong))
    choosing._read_back(grader, right, tree, "here")
    choosing._read_back(grader, wrong, other, "here")
    for option, printed in ((replace(wrong, is_right=True), other), (wrong, tree)):
        with pytest.raises(CertificateError, match="not read back"):
            choosing._read_back(grader, option, printed, "here")


@pytest.mark.parametrize("part", ["batch_normalization.f", "softmax_cross_entropy.jacobian", "sigmoid_convolution.b"])
def test_layout_keeps_what_is_written(part):
    """A formula laid out, printed and read again has the same value."""
    name, _, question = part.partition(".")
    study, shown = loaded(name).grader(question).study, choosing.displayed(loaded(name).grader(question))
    for tree in study.in_components.values():
        made = [m.tree for m in mutants(tree, study.words)]
        for one in [tree, *random.Random(1).sample(made, 12)]:
            again = parse(latex(laid_out(one, shown)), study.names)
            values = [study.glance(study.meant(t)) for t in (one, again)]
            assert alike(*values) or (values[0] != values[0]).all(), latex(laid_out(one, shown))


def test_what_keys_do_not_have_is_refused():
    with pytest.raises(Unsupported, match="Dots has no layout"):
        laid_out(s.Dots(), Displayed(Names()))


def test_the_command_line_writes_choices(tmp_path, capsys):
    options = ["--choices", "3", "--seed", "4", "--format", "json,html,latex,md", "-o", str(tmp_path)]
    assert main(["key", "softmax_chain", *options]) == 0
    key = json.loads((tmp_path / "softmax_chain.choices.json").read_text(encoding="utf-8"))
    assert [len(q["choices"]) for q in key["questions"]] == [3] * len(key["questions"])
    for suffix in ("html", "tex", "md"):
        assert "(C)" in (tmp_path / f"softmax_chain.choices.{suffix}").read_text(encoding="utf-8")
    assert set(render.FORMATS) >= {"html", "latex"}
