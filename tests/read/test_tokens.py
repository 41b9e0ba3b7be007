"""Tokens: every row of every spelling table, and every limit."""

from __future__ import annotations

import pytest

from symgrad.errors import ReadError
from symgrad.read.spelling import ACCENTS, BRACKETS, FONTS, PLAIN_SIGNS, SIGNS, SPACING, UNICODE
from symgrad.read.tokens import LIMITS, Limits, closer, tokens

PAIRED = {*BRACKETS, *BRACKETS.values()}


def texts(text: str) -> list[str]:
    return tokens(text).texts[:-1]


@pytest.mark.parametrize("piece", [sign for sign in PLAIN_SIGNS + ACCENTS if sign not in PAIRED])
def test_every_sign_is_one_token(piece):
    assert texts(f"a {piece} b") == ["a", piece, "b"]


@pytest.mark.parametrize("opened", BRACKETS)
def test_every_bracket_finds_its_partner(opened):
    read = tokens(f"a {opened} b {closer(opened)}")
    assert read.match[1] == 3


@pytest.mark.parametrize(("spelling", "meant"), [row for row in SIGNS.items() if row[1] not in PAIRED])
def test_every_other_spelling(spelling, meant):
    assert texts(f"a {spelling} b") == ["a", meant, "b"]


@pytest.mark.parametrize("piece", SPACING + FONTS)
def test_what_is_dropped(piece):
    assert texts(f"a {piece} {{b}}") == ["a", "{", "b", "}"]


@pytest.mark.parametrize("character", UNICODE)
def test_every_unicode_row(character):
    if UNICODE[character] in PAIRED:
        return
    assert len(texts(f"a {character} b")) == 2 + len(UNICODE[character].split())


def test_offsets_are_those_of_the_text():
    text = r"\frac12 \widehat{x}_ij"
    read = tokens(text)
    pieces = [text[start:end] for start, end in zip(read.starts, read.ends, strict=True)]
    assert pieces == ["\\frac", "1", "2", "\\widehat", "{", "x", "}", "_", "i", "j", ""]


REFUSED = [
    ("a\x00", "U+0000", 1),
    ("\u202ea", "RIGHT-TO-LEFT OVERRIDE", 0),
    ("a\u200bb", "ZERO WIDTH SPACE", 1),
    ("a ≅ b", "APPROXIMATELY EQUAL TO", 2),
    ("a ² é", "LATIN SMALL LETTER E WITH ACUTE", 4),
    ("x٣", "ARABIC-INDIC DIGIT THREE", 1),
    ("a\\", "is not understood", 1),
    ("\\1", "is not understood", 0),
    ("(a", "( is not closed", 0),
    ("a)", ") closes nothing", 1),
    ("(a]", "] does not close (", 2),
    (r"\begin{cases} a \end{matrix}", "does not close", 16),
    (r"\begin{foo} a \end{foo}", "unknown environment foo", 0),
    (r"\left\alpha a", "is no bracket", 0),
    ("1" * 51, "number too long", 0),
    ("a + 1e99999", "number too long", 4),
    ("a" * 65, "name too long", 0),
    ("\\" + "a" * 65, "name too long", 0),
    ("(" * 101 + ")" * 101, "nested too deeply", 100),
    ("a " * 2001, "formula too long", 4000),
]


@pytest.mark.parametrize(("text", "what", "caret"), REFUSED, ids=lambda value: ascii(value)[:20])
def test_refused_with_a_caret(text, what, caret):
    with pytest.raises(ReadError) as caught:
        tokens(text)
    assert what in str(caught.value)
    assert caught.value.caret == caret


def test_limits_are_a_record():
    wanted = Limits(size=10_000, tokens=2000, depth=100, digits=50, letters=64)
    assert wanted == LIMITS
    with pytest.raises(ReadError, match="too long"):
        tokens("a" * 3 + " " * 10, Limits(size=5))


@pytest.mark.parametrize("given", [None, 3, b"a", ["a"]])
def test_not_a_text(given):
    with pytest.raises(ReadError, match="not a text"):
        tokens(given)
