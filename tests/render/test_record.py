"""The JSON key: its shape, that it is data, and that it is the same each time."""

from __future__ import annotations

import json

import pytest

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Key, Line, Lines, Prose, Question, Table
from symgrad.render.record import SCHEMA, dumps, record
from tests.render.samples import COMPACT, HOSTILE, KEY, MU, XHAT_I, f, hostile_key

RUN = ["as ", {"plain": "xhat[i]", "latex": r"\hat{x}_{i}"}]


def test_blocks_as_data():
    lines = Lines((Line(XHAT_I, MU, ("as ", f(XHAT_I)), boxed=True, level=1, spoken="x hat is mu"),))
    table = Table((("a",),), (((f(MU),),),))
    key = Key("e", "t", (Prose(("as ", f(XHAT_I)), "given"), lines, table), ())
    mu = {"plain": "mu", "latex": r"\mu"}
    assert record(key)["statement"] == [
        {"kind": "prose", "role": "given", "run": RUN},
        {
            "kind": "lines",
            "lines": [
                {
                    "left": RUN[1],
                    "relation": "=",
                    "right": mu | {"spoken": "x hat is mu"},
                    "reason": RUN,
                    "boxed": True,
                    "aside": False,
                    "level": 1,
                }
            ],
        },
        {"kind": "table", "head": [["a"]], "rows": [[[mu]]], "caption": []},
    ]


def test_the_key_and_the_questions_own_record():
    data = record(KEY)
    assert data["schema"] == SCHEMA == "symgrad/key@1"
    assert [question["id"] for question in data["questions"]] == ["e", "f", "jacobian", "numbers"]
    assert data["questions"][0]["wrt"] == "mu"
    boxed = [line for block in data["questions"][1]["blocks"] for line in block.get("lines", ()) if line["boxed"]]
    assert boxed[0]["right"]["plain"].startswith("gamma*(m*df/dy[i] - ") and COMPACT is not None


def test_every_level_is_in_the_record():
    lines = [line for block in record(KEY)["questions"][0]["blocks"] for line in block.get("lines", ())]
    assert {line["level"] for line in lines} == {1, 2, 3}


def test_text_is_the_same_each_time_and_reads_back():
    assert dumps(KEY) == dumps(KEY) and json.loads(dumps(KEY)) == record(KEY)
    assert "é" in dumps(Key("é", "é", (), ()))


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_stays_prose(text):
    assert json.loads(dumps(hostile_key(text)))["title"] == text


def test_refusals():
    with pytest.raises(SymgradError, match="repeats a field of the key"):
        record(Key("e", "t", (), (Question("a", (), (), {"id": "b"}),)))
    with pytest.raises(ValueError, match="Out of range float"):
        dumps(Key("e", "t", (), (Question("a", (), (), {"error": float("nan")}),)))
    with pytest.raises(SymgradError, match="cannot be seen"):
        record(Key("e", "\x00", (), ()))
