"""The Markdown key: tables keep their columns, and GitHub finds nothing of its own inside a formula."""

from __future__ import annotations

import re

import pytest

from symgrad.explain.blocks import Key, Line, Lines, Prose, Table
from symgrad.render.detail import KINDS
from symgrad.render.latex import latex
from symgrad.render.markdown import SAFE, markdown, safe
from tests.render.samples import FORMULAS, HOSTILE, KEY, XHAT_I, f, hostile_key, name

PART = """\
# A part

| | | |
|---:|:---|:---|
| $\\displaystyle \\hat{x}_ {i}$ | $\\displaystyle = P(y=i\\vert x)$ | as $\\hat{x}_ {i}$, \\*not\\* |
|  | $\\displaystyle = y$ | (aside) so |

*Checked* at 1 point.
"""


def columns(row: str) -> int:
    """Cells of a table row, as GitHub counts them: a bar behind a backslash is text."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) - 1


def test_a_whole_file():
    lines = Lines(
        (
            Line(XHAT_I, name("P(y=i|x)"), ("as ", f(XHAT_I), ", *not*")),
            Line(None, name("y"), ("so",), aside=True),
        )
    )
    written = markdown(Key("e", "A part", (lines, Prose(("at 1 point.",), "checked")), ()))
    assert written == PART


@pytest.mark.parametrize("token", SAFE)
def test_every_token_of_markdown_is_replaced(token):
    assert SAFE[token].strip() in safe(f"a {token} b")
    left = safe(f"a {token} b").replace("_ ", "")
    assert token not in left


@pytest.mark.parametrize("tree", FORMULAS, ids=repr)
def test_formulas_hold_nothing_of_markdowns(tree):
    written = safe(latex(tree))
    assert not re.search(r"[|*<>\[\]$`\n]|_(?! )|\\[^A-Za-z]", written)


def test_the_search_is_not_blind():
    assert re.search(r"_(?! )", r"\hat{x}_{i}")


@pytest.mark.parametrize("detail", [1, 2, 3])
def test_every_row_has_the_columns_of_its_head(detail):
    for table in re.findall(r"(?:^\|.*\|$\n?)+", markdown(KEY, detail), re.M):
        assert len({columns(row) for row in table.strip().split("\n")}) == 1


def test_formulas_are_between_blanks_or_marks():
    """GitHub opens a formula only where no letter stands before the dollar."""
    for line in markdown(KEY, 3).split("\n"):
        parts = line.replace("$$", "").split("$")
        assert len(parts) % 2 == 1
        assert not any(outside[-1:].isalnum() for outside in parts[:-1:2])


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_stays_prose(text):
    written = markdown(hostile_key(text), 3)
    assert "<script" not in written and "<img" not in written and "</" not in written.replace("</span>", "")
    rows = [row for row in written.split("\n") if row.startswith("|")]
    assert [columns(row) for row in rows] == [3] * 4 + [2] * 3 + [3] * 4 + [2] * 3
    assert "](" not in written.replace(r"\](", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_paragraph(kind):
    lead = KINDS[kind].lead
    written = markdown(Key("e", "t", (Prose(("Words.",), kind),), ()), 3)
    start = "### " if kind == "heading" else f"*{lead}* " if lead else ""
    assert written == f"# t\n\n{start}Words.\n"


def test_a_table_with_its_caption():
    table = Table((("a",), ("b",)), ((("1",), ("2",)),), ("Words.",))
    assert markdown(Key("e", "t", (table,), ())).endswith("| a | b |\n|:---|:---|\n| 1 | 2 |\n\nWords.\n")
