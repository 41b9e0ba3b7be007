"""docs/exercises.md says what is true: every question of every exercise, its answer, its worst error.

After a change that is meant: `SYMGRAD_GOLDEN=write pytest -m "" tests/derivations/test_document.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symgrad import exercises
from symgrad.explain.blocks import Formula, Question
from symgrad.render.plain import plain

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "exercises.md"
HEAD = """# Exercises

Written by `tests/derivations/test_document.py` from the worked keys. The answer is the one in the box, with its value
where numbers are attached; the last column is the worst relative error of its certificate.
"""
NAMES = tuple(exercises.available())


@cache
def section(name: str) -> list[str]:
    """The heading of an exercise, and a line for each question."""
    key = exercises.load(name).key()
    table = ["| question | | answer | error |", "|---|---|---|---|", *(line(name, q) for q in key.questions)]
    return [f"## {name}: {key.title}", "", *table]


def line(name: str, question: Question) -> str:
    asked = "".join(f"`{plain(p.tree)}`" if isinstance(p, Formula) else p for p in question.title)
    cells = [f"{name}.{question.id}", asked, answer(question.record), error(question.record)]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def answer(record: Mapping[str, Any]) -> str:
    """What a question answers in its record: an `answer`, `values`, or both; a `value` is that of the answer."""
    said = [*told(record.get("answer")), *told(record.get("values"))]
    assert said, f"a record without an answer: {sorted(record)}"
    return ", ".join(said) + (f" = `{record['value']}`" if "value" in record else "")


def told(found: Any) -> list[str]:
    match found:
        case None:
            return []
        case {"text": text}:
            return [f"`{text}`"]
        case Mapping():
            return [f"`{name}` = {' '.join(told(value))}" for name, value in found.items()]
        case list() | tuple():
            return [x for item in found for x in told(item)]
    return [f"`{found}`"]


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


def test_every_kind_of_record_is_told():
    assert answer({"answer": {"latex": "x", "text": "x[i]"}, "value": "3"}) == "`x[i]` = `3`"
    assert answer({"values": {"n": 5, "shape": [2, 3]}}) == "`n` = `5`, `shape` = `2` `3`"
    assert answer({"answer": "wide", "values": {"m": {"text": "2*n"}}}) == "`wide`, `m` = `2*n`"
    with pytest.raises(AssertionError, match="a record without an answer"):
        answer({"certificate": {}})
    assert [error({"certificate": c}) for c in ({}, {"worst": 0.0}, {"worst": 2e-12})] == ["-", "0", "2e-12"]
