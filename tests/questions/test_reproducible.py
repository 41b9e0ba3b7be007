"""A key is made of its exercise alone: the same bytes again, and nothing stale where numbers or notation change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import symgrad as sg
from symgrad import exercises
from symgrad.render import FORMATS

ROOT = Path(__file__).resolve().parents[2]


def written(key) -> dict[str, str]:
    return {form: write(key, detail=3) for form, (_, write) in FORMATS.items()}


@pytest.mark.parametrize("name", ["relu_mlp", "softmax_cross_entropy"])
def test_two_keys_of_one_exercise_and_one_loaded_again_are_the_same(name):
    exercise = exercises.load(name)
    first = written(exercise.key())
    assert first == written(exercise.key())
    assert first == written(exercises.load(name).key())


def test_two_processes_write_the_same_bytes(tmp_path):
    found = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "symgrad", "key", "relu_mlp", "--vary", "5", "-o", str(tmp_path / seed)]
        subprocess.run(
            command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        )
        found.append({p.name: p.read_bytes() for p in (tmp_path / seed).iterdir()})
    assert found[0] == found[1] and len(found[0]) == 4


def unit():
    g = sg.Graph("unit")
    x, w = g.input("x", 2), g.parameter("w", 2)
    z = g.define("z", sg.relu(w @ x))
    g.values(x=[1, 2], w=[3, 4])
    return g, sg.Exercise(id="e", title="E", graph=g, questions=[sg.Forward("z"), sg.Question("w", of=z, wrt=w)])


def test_changed_values_give_a_changed_key_and_the_old_ones_the_old_key():
    g, exercise = unit()
    first = written(exercise.key())
    g.values(x=[5, 6])
    second = written(exercise.key())
    _, fresh = unit()
    fresh.graph.values(x=[5, 6])
    assert second == written(fresh.key()) and all(first[form] != second[form] for form in FORMATS)
    assert "[[5], [6]]" in second["json"] and "39" in second["json"] and "[[1], [2]]" not in second["json"]
    g.values(x=[1, 2])
    assert written(exercise.key()) == first


def test_a_closed_gate_is_worked_out_again():
    g, exercise = unit()
    assert exercise.key().questions[1].record["value"] == "[[1], [2]]"
    g.values(w=[-3, -4])
    assert exercise.key().questions[1].record["value"] == "[[0], [0]]"


def test_notations_sheets_and_versions_leave_nothing_behind():
    _, exercise = unit()
    first = written(exercise.key())
    exercise.key("matrices"), exercise.key(answers=False), exercise.vary(1).key()
    assert written(exercise.key()) == first
