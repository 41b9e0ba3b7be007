"""The labelled answers of students: every verdict, strict and under a declared convention."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from symgrad import exercises
from symgrad.key import Exercise

ROWS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))


@cache
def loaded(name: str) -> Exercise:
    return exercises.load(name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['part']}: {row['answer']}")
def test_the_verdict_is_that_of_the_label(row):
    name, part = row["part"].split(".")
    found = loaded(name).grade(part, row["answer"])
    assert found.kind == row["verdict"], found.text
    assert found.read or found.kind == "not understood"
    assert found.witness or found.kind != "wrong" or "shape" in found.shown
    for conventions, verdict in row.get("under", {}).items():
        assert found.under[conventions] == verdict


@pytest.mark.parametrize("row", [r for r in ROWS if "under" in r], ids=lambda row: row["answer"])
def test_a_declared_convention_is_taken_for_granted_and_named(row):
    name, part = row["part"].split(".")
    for conventions, verdict in row["under"].items():
        allowing = replace(loaded(name), conventions=[conventions])
        found = allowing.grade(part, row["answer"])
        assert found.kind == verdict
        assert set(conventions.split("; ")) <= set(found.notes)


def test_facts_that_are_needed_are_named():
    for row in (r for r in ROWS if r.get("uses") == "sum_j y_j=1"):
        name, part = row["part"].split(".")
        assert loaded(name).grade(part, row["answer"]).facts == ("Sum(y[j], (j, 0, N - 1)) = 1",)
