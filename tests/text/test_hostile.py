"""Hostile and damaged declarations: anything is declared or refused by an error of ours, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.errors import ReadError, SymgradError
from symgrad.read.tokens import PIECES
from symgrad.text.build import declared
from symgrad.text.reading import Options
from tests.text.test_declarations import CASES

HOSTILE = {
    "tower": ("L = x + 9^{9^{9^{9}}}", "a power that is too large"),
    "tower of powers": ("L = x ((((9^{64})^{64})^{64})^{64})", "a power that is too large"),
    "brackets": ("L = " + "(" * 400 + "x" + ")" * 400, "nested too deeply"),
    "fractions": ("L = " + r"\frac{1}{" * 300 + "x" + "}" * 300, "nested too deeply"),
    "digits": ("L = x + " + "9" * 200_000, "text too long"),
    "fewer digits": ("L = x + " + "9" * 5000, "number too long"),
    "factorial": ("L = x (10^9)!", "Factorial has no meaning in components"),
    "long sum": (r"L = x \sum_{i=1}^{10^{12}} \sin(i)", "a range with too many values"),
    "long range": (r"L = x \sum_i \sin(y_i), i=1..10^{12}", "a range with too many values"),
    "high range": (r"L = x \sum_{i=1}^{9^{9^{9}}} \sin(i)", "an index is a sum of indices, sizes and integers"),
    "terms": ("L = " + "+".join(["x"] * 1200), "formula too long"),
    "statements": ("; ".join(f"x_{n} = y" for n in range(1500)), "text too long"),
    "letters": ("L = x + " + "y" * 9000, "name too long"),
    "escape": ("L = \x1b[2J x", "character U+001B control character is not understood"),
    "braces": ("L = " + "{" * 500 + "x" + "}" * 500, "nested too deeply"),
    "program": ('L = x + __import__("os")', None),
    "deep circle": (", ".join(f"a_{{{n}}} = a_{{{n + 1}}}" for n in range(100)) + ", a_{100} = a_{0}", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_at_once(name):
    text, what = HOSTILE[name]
    start = time.process_time()
    with pytest.raises(SymgradError) as caught:
        declared(text, (), ["x"], Options())
    assert what is None or caught.value.what == what
    assert time.process_time() - start < 2
    assert "\x1b" not in str(caught.value)


def test_many_definitions_take_little_time():
    text = "; ".join(f"z_{{{n + 1}}} = w z_{{{n}}}" for n in range(150))
    start = time.process_time()
    found = declared(text, (), ["w"], Options())
    assert len(found.graph.model.definitions) == 150
    assert time.process_time() - start < 5


POOL = sorted({piece for one in CASES.values() for piece in PIECES.findall(one.text)})


@st.composite
def damaged(draw) -> tuple[str, str]:
    """A declaration with pieces lost, moved and put in."""
    one = CASES[draw(st.sampled_from(sorted(CASES)))]
    pieces = PIECES.findall(one.text)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(pieces) - 1))
        pieces[at : at + draw(st.integers(0, 3))] = draw(st.lists(st.sampled_from(POOL), max_size=2))
    return "".join(pieces), one.wrt


@settings(max_examples=150)
@given(damaged())
def test_damaged_declarations_raise_errors_of_ours_only(case):
    text, wrt = case
    try:
        declared(text, (), [wrt], Options())
    except ReadError as error:
        assert 0 <= error.caret <= len(error.text)
    except SymgradError as error:
        assert error.what


@settings(max_examples=100)
@given(st.lists(st.sampled_from(POOL), max_size=14), st.sampled_from(["", " "]))
def test_any_pieces(pieces, between):
    try:
        declared("L = " + between.join(pieces), (), ["x"], Options())
    except SymgradError as error:
        assert error.what


@pytest.mark.fuzz
@settings(max_examples=5000)
@given(damaged())
def test_long_fuzz(case):
    test_damaged_declarations_raise_errors_of_ours_only.hypothesis.inner_test(case)
