"""The sheet for students: the statement and the questions of a key, and nothing of its answers."""

from __future__ import annotations

from functools import cache

import pytest

import symgrad as sg
from symgrad import cli, exercises
from symgrad.explain.blocks import Formula, Prose
from symgrad.render import FORMATS
from symgrad.render.plain import plain

NAMES = tuple(exercises.available())


@cache
def both(name: str):
    key = exercises.load(name).key()
    return key, key.sheet


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_asks_what_the_key_answers(name):
    key, sheet = both(name)
    assert [(q.id, q.title) for q in sheet.questions] == [(q.id, q.title) for q in key.questions]
    assert (sheet.exercise, sheet.title, sheet.statement) == (key.exercise, key.title, key.statement)
    for question in sheet.questions:
        assert question.record == {}
        assert all(isinstance(b, Prose) and b.kind == "statement" for b in question.blocks)
    said = {id(b) for q in sheet.questions for b in q.blocks}
    assert said == {id(b) for q in key.questions for b in q.blocks if isinstance(b, Prose) and b.kind == "statement"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_no_format_writes_an_answer(name, form):
    key, sheet = both(name)
    write = FORMATS[form][1]
    text, whole = write(sheet, detail=3), write(key, detail=3)
    answers = (
        "Checked",
        r"\boxed",
        "certificate",
        '"role": "checked"',
        '"answer"',
        'class="line',
        "worst relative error",
        r"\symgradstep{",
    )
    assert not [word for word in answers if word in text.replace(r"\newcommand{\symgradstep", "")]
    assert [word for word in answers if word in whole]


def test_the_sheet_of_an_exercise_is_that_of_its_key():
    assert exercises.load("softmax_chain").key(answers=False) == both("softmax_chain")[1]


def test_a_sheet_does_not_say_which_facts_an_answer_uses():
    g = sg.Graph("one-hot")
    i = g.index("i", g.size("n"))
    x, y = g.input("x", i), g.input("y", i)
    g.fact(sg.Sum(y[i], i), 1)
    L = g.define("L", sg.Sum(x[i] ** 2, i))
    exercise = sg.Exercise(id="e", title="E", graph=g, questions=[sg.Question("a", of=L, wrt=x[i])])
    said = [
        [part for b in k.statement if isinstance(b, Prose) for part in b.run if isinstance(part, str)]
        for k in (exercise.key(), exercise.key(answers=False))
    ]
    assert "; no answer uses this." in said[0] and "; no answer uses this." not in said[1]


def test_the_name_for_an_expression_is_explained_in_the_sheet():
    g = sg.Graph("expression")
    u = g.input("u")
    asked = sg.Question("a", of=u**2 + u, wrt=u, text="Which slope has it?")
    (question,) = sg.Exercise(id="e", title="E", graph=g, questions=[asked]).key(answers=False).questions
    (block,) = question.blocks
    assert "".join(plain(p.tree) if isinstance(p, Formula) else p for p in block.run) == "Here E = u + u**2."


def test_the_command_writes_sheets_beside_keys(tmp_path):
    for options in ([], ["--statement-only"]):
        assert cli.main(["key", "softmax_chain", "--format", "md,json", "-o", str(tmp_path), *options]) == 0
    written = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()}
    assert sorted(written) == [f"softmax_chain.{end}" for end in ("json", "md", "statement.json", "statement.md")]
    assert "*Checked*" in written["softmax_chain.md"] and "*Checked*" not in written["softmax_chain.statement.md"]
