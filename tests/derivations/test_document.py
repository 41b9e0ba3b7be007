"""docs/exercises.md says what is true: every question of every exercise, its answer, its worst error.

After a change that is meant: `SYMGRAD_GOLDEN=write pytest -m "" tests/derivations/test_document.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symgrad import exercises
from symgrad.explain.blocks import Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.layout import Name, Number
from symgrad.render.detail import visible
from symgrad.render.plain import plain

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "exercises.md"
HEAD = """# Exercises

Written by `tests/derivations/test_document.py` from the worked keys. Answers are what stands in the boxes; the last
column is the worst relative error of the certificate, where values are compared in floats.
"""
BAR = r"\|"  # in a cell
NAMES = tuple(exercises.available())


@cache
def section(name: str) -> list[str]:
    """The heading of an exercise, and a line for each question."""
    key = exercises.load(name).key()
    table = ["| question | | answer | error |", "|---|---|---|---|", *(line(name, q) for q in key.questions)]
    return [f"## {name}: {key.title}", "", *table]


def line(name: str, question: Question) -> str:
    cells = [f"{name}.{question.id}", words(question.title), answer(question), error(question.record)]
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def answer(question: Question) -> str:
    """What stands in the boxes of a question, and what it answers in words."""
    said = []
    for block in visible(question.blocks, 1):
        if isinstance(block, Prose) and block.kind == "answer":
            said.append(words(block.run).rstrip("."))
        for x in block.lines if isinstance(block, Lines) else ():
            said += [f"`{plain(x.left)} {x.relation} {plain(x.right)}`"] if x.boxed else []
    assert said, f"a question without an answer: {question.id}"
    return "; ".join(dict.fromkeys(said))


def words(run: Run) -> str:
    return "".join(f"`{plain(p.tree)}`" if isinstance(p, Formula) else p for p in run)


def error(record: Mapping[str, Any]) -> str:
    worst = record.get("certificate", {}).get("worst")
    return "-" if worst is None else "0" if worst == 0 else f"{worst:.0e}"


def without_error(text: str) -> str:
    """The error is of the machine: another one has other last digits."""
    return re.sub(r"\| (\d+e[-+]\d+|0|-) \|$", "| |", text)


def test_the_document_is_written_when_asked():
    if os.environ.get("SYMGRAD_GOLDEN") == "write":
        sections = ["\n" + "\n".join(section(name)) + "\n" for name in NAMES]
        DOCUMENT.write_text(HEAD + "".join(sections), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert re.findall(r"^## (\w+):", text, re.MULTILINE) == list(NAMES)
    errors = re.findall(r"\| (\d+e[-+]\d+) \|$", text, re.MULTILINE)
    assert errors and all(float(worst) < 1e-7 for worst in errors)


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_up_to_date(name: str):
    text = DOCUMENT.read_text(encoding="utf-8")
    written = next((s for s in re.split(r"^(?=## )", text, flags=re.MULTILINE) if s.startswith(f"## {name}:")), "")
    assert list(map(without_error, written.strip().splitlines())) == list(map(without_error, section(name)))


def test_what_is_told_of_a_question():
    x, two = Name("x", "x"), Number("2")
    lines = Lines((Line(x, x, relation="<="), Line(None, two, boxed=True, level=1)))
    question = Question("q", ("Find",), (lines, Prose(("At ", Formula(x), "."), "answer"), lines))
    assert answer(question) == "`x <= 2`; At `x`"
    with pytest.raises(AssertionError, match="a question without an answer: q"):
        answer(Question("q", (), (Prose(("Well.",)),)))
    assert [error(record) for record in ({}, {"certificate": {"worst": 0.0}})] == ["-", "0"]
    assert line("e", replace(question, title=("a|b",))) == r"| e.q | a\|b | `x <= 2`; At `x` | - |"
