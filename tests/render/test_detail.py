"""Levels of detail: what is hidden, and that what stays is true."""

from __future__ import annotations

import operator
from itertools import product

import pytest

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Display, Formula, Line, Lines, Prose
from symgrad.explain.layout import Name
from symgrad.render.detail import CHAINS, DETAILS, KINDS, visible, visible_lines
from tests.render.samples import PART_E, X_I

A, B, C, D = (Name(letter, letter) for letter in "abcd")
HOLDS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "~": lambda a, b: abs(a - b) <= 1,  # a number and what it is rounded to
}


def said(lines: tuple[Line, ...], detail: int) -> list[str]:
    return [
        f"{line.left.plain if line.left else ''} {line.relation} {line.right.plain}".strip()
        for line in visible_lines(lines, detail)
    ]


@pytest.mark.parametrize("pair", CHAINS)
def test_every_chain_is_true(pair):
    """By all values of three numbers; `in` is read as `a = b, b in C`."""
    if "in" in pair:
        assert pair == ("=", "in") and CHAINS[pair] == "in"
        return
    for a, b, c in product(range(3), repeat=3):
        if HOLDS[pair[0]](a, b) and HOLDS[pair[1]](b, c):
            assert HOLDS[CHAINS[pair]](a, c)


def test_no_chain_is_missing():
    """A pair that is not in the table has no relation that always holds."""
    for pair in product(HOLDS.keys() - {"~"}, repeat=2):  # how far a rounded number is off is not said
        if pair not in CHAINS:
            triples = [t for t in product(range(4), repeat=3) if HOLDS[pair[0]](*t[:2]) and HOLDS[pair[1]](*t[1:])]
            assert not any(all(holds(a, c) for a, _, c in triples) for holds in HOLDS.values()), pair


def test_hidden_lines_leave_true_lines():
    """Every chain of three lines, every level, every detail: whatever the numbers, what is shown holds."""
    numbers = list(product(range(3), repeat=4))
    for relations in product(("=", "!=", "<", "<=", ">="), repeat=3):
        true = [n for n in numbers if all(HOLDS[r](n[k], n[k + 1]) for k, r in enumerate(relations))]
        for levels in product((1, 3), repeat=3):
            lines = tuple(
                Line(A if k == 0 else None, (B, C, D)[k], relation=r, level=level, boxed=k == 2)
                for k, (r, level) in enumerate(zip(relations, levels, strict=True))
            )
            shown = visible_lines(lines, 2)
            for values in true:
                at = dict(zip("abcd", values, strict=True))
                before = None
                for line in shown:
                    before = at[line.left.plain] if line.left else before
                    assert HOLDS[line.relation](before, at[line.right.plain])
                    before = at[line.right.plain]


def test_a_lost_left_side_comes_back():
    lines = (Line(A, B, level=3), Line(None, C, level=1))
    assert said(lines, 3) == ["a = b", "= c"]
    assert said(lines, 2) == ["a = c"]


def test_a_relation_spans_hidden_lines():
    lines = (Line(A, B), Line(None, C, relation="<", level=3), Line(None, D, relation="<=", level=2))
    assert said(lines, 2) == ["a = b", "< d"]


def test_a_line_that_cannot_be_spanned_stays():
    lines = (Line(A, B), Line(None, C, relation="<", level=3), Line(None, D, relation=">", level=2))
    assert said(lines, 2) == ["a = b", "< c", "> d"]


def test_a_boxed_line_is_whole():
    assert said((Line(A, B), Line(None, C, boxed=True)), 2) == ["a = b", "a = c"]
    assert said((Line(A, B, relation="<"), Line(None, C, relation=">"), Line(None, D, boxed=True)), 2)[-1] == "= d"


def test_details_of_a_worked_part():
    counts = {
        detail: sum(len(b.lines) for b in visible(PART_E.blocks, detail) if isinstance(b, Lines)) for detail in DETAILS
    }
    assert counts == {1: 1, 2: 6, 3: 7}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_level(kind):
    for detail in DETAILS:
        assert bool(visible([Prose(("x",), kind)], detail)) is (detail >= KINDS[kind].level)


def test_a_block_without_lines_disappears():
    assert visible([Lines((Line(A, B, level=3),)), Display(Formula(X_I))], 1) == [Display(Formula(X_I))]


def test_refusals():
    with pytest.raises(SymgradError, match="no such level of detail"):
        visible([], 4)
    with pytest.raises(SymgradError, match="no such kind of paragraph"):
        visible([Prose((), "shout")], 2)
