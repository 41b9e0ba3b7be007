"""Prose is text: in no format can it become markup."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.errors import SymgradError
from symgrad.render.commands import GREEK
from symgrad.render.escape import ACCENTS, LATEX, SIGNS, for_html, for_latex, for_markdown, seen
from tests.render.samples import HOSTILE

# What for_latex may say: its own commands, escaped marks, plain characters. Anything else would be markup.
OWN = sorted({*re.findall(r"\\[A-Za-z]+", "".join((*LATEX.values(), *SIGNS.values()))), *GREEK.split()})
ALLOWED = re.compile(
    r"(?:\\(?:ensuremath|i|j|[`'^~\"=.rHvuc])(?![A-Za-z])|"
    + "|".join(re.escape(command) + r"(?![A-Za-z])" for command in OWN)
    + r"|\\[{}$&#_%]|[A-Za-z0-9 .,;:!?'()*+/=@~`-]|\{\[\}|\{\]\}|\{|\}|\^\{[0-9\\a-z]+\})*"
)
SENTENCES = st.text(st.characters(codec="latin-1", exclude_categories=("Cc", "Cf")), max_size=30)


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_holds_no_command_of_the_text(text):
    written = for_latex(text)
    assert written.isascii() and ALLOWED.fullmatch(written), written
    assert written.replace(r"\{", "").replace(r"\}", "").count("{") == written.replace(r"\{", "").replace(
        r"\}", ""
    ).count("}")


def test_the_pattern_is_not_blind():
    for bad in ("\\input{x}", "$x$", "a & b", "50% off", "a_b", "<b>", "\\write18"):
        assert not ALLOWED.fullmatch(bad)


@given(SENTENCES)
def test_html_gives_the_text_back(text):
    written = for_html(text)
    assert html.unescape(written) == seen(text)
    assert not set("<>\"'") & set(written)


@given(SENTENCES)
def test_markdown_gives_the_text_back(text):
    """A reader that knows backslashes, entities and spans finds the text again, and no bare mark."""
    written = for_markdown(text).replace("<span>$</span>", "\x00")
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]|~]", written) and "<" not in written
    assert html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written)).replace("\x00", "$") == seen(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("12. item", r"12\. item"),
        ("a # b - c", "a # b - c"),
        ("$5 and $6", "<span>$</span>5 and <span>$</span>6"),
    ],
)
def test_markdown_blocks(text, expected):
    assert for_markdown(text) == expected


@pytest.mark.parametrize("letter", LATEX)
def test_every_row_of_latex(letter):
    assert for_latex(letter) == LATEX[letter]


@pytest.mark.parametrize("letter", SIGNS)
def test_every_sign(letter):
    assert for_latex(letter) == rf"\ensuremath{{{SIGNS[letter]}}}"


@pytest.mark.parametrize("mark", ACCENTS)
def test_every_accent(mark):
    for base in "aceginosuyz":
        letter = unicodedata.normalize("NFC", base + mark)
        if len(letter) == 1:
            assert for_latex(letter).startswith("\\" + ACCENTS[mark].strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naïve é", r"na\"{\i}ve \'{e}"),
        ("σ²", r"\ensuremath{\sigma}\ensuremath{^{2}}"),
        ("λ Λ ω", r"\ensuremath{\lambda} \ensuremath{\Lambda} \ensuremath{\omega}"),
        ("a--b", "a-{}-b"),
        ("g''", "g'{}'"),
        ("two\n\n lines", "two lines"),
    ],
)
def test_latex_words(text, expected):
    assert for_latex(text) == expected


@pytest.mark.parametrize("letter", ["中", "😀", "Ω̃", "ą", "ο"])
def test_latex_refuses_what_it_has_no_words_for(letter):
    with pytest.raises(SymgradError, match="LaTeX has no words for a character") as caught:
        for_latex(f"so {letter}")
    assert "position" in caught.value.given


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\u202e", "\u200b", "\ud800", "\ue000"])
@pytest.mark.parametrize("write", [for_html, for_latex, for_markdown])
def test_characters_that_cannot_be_seen_are_refused(letter, write):
    with pytest.raises(SymgradError, match="cannot be seen") as caught:
        write(f"a{letter}b")
    assert f"U+{ord(letter):04X}" in caught.value.given and "position 2" in caught.value.given
