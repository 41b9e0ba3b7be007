r"""A text of several statements taken apart: definitions, requirements, ranges, in any order.

They are separated by commas, semicolons, new lines, `where`, and the rows of align. A comma beside dots does not
separate (`i = 1, \dots, m`), nor does a new line before something that has no relation: it continues the formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.errors import ReadError
from symgrad.read.spelling import ENVIRONMENTS, RELATIONS
from symgrad.read.tokens import Tokens, tokens

SEPARATORS = (",", ";", "\\\\")
WORDS = ("where", "with", "and", "for")
DOTS = ("..", "\\dots")
LEADING = re.compile(r"^(?:\\q?quad(?![A-Za-z])|\\[,;:! ]|[$&\s])+")  # what says nothing
UNFINISHED = ("+", "-", "*", "/", "\\cdot", "\\times", *RELATIONS)


@dataclass(frozen=True)
class Statement:
    """A part of a text with its tokens. `relation` is its outermost relation, the first of them, at token `at`."""

    text: str
    read: Tokens
    relation: str
    at: int

    @property
    def ranges(self) -> bool:
        """Whether it says the range of an index: `i = 1, \\dots, m`."""
        return self.relation == "=" and any(self.read.texts[k] in DOTS for k in _outside(self.read, self.at))

    def error(self, what: str, at: int, expected: str = "", given: str = "", fix: str = "") -> ReadError:
        """A refusal with its caret under token `at`."""
        return ReadError(what, text=self.text, caret=self.read.starts[at], expected=expected, given=given, fix=fix)


def statements(text: str) -> tuple[Statement, ...]:
    r"""The statements of a text. Raises ReadError.

    >>> [s.text for s in statements(r"L = \sum_{i,j} y_{ij}; i = 1, \dots, m \text{ and } y_{ij} = f(x_i, x_j)")]
    ['L = \\sum_{i,j} y_{ij}', 'i = 1, \\dots, m', 'y_{ij} = f(x_i, x_j)']
    """
    read = tokens(text)
    pieces = _joined(read, list(_pieces(read)))
    if not pieces:
        raise ReadError("nothing is declared", text=text, expected=r"a definition, as in L = \sum_i y_i^2")
    return tuple(statement(LEADING.sub("", text[read.ends[a - 1] if a else 0 : read.ends[b - 1]])) for a, b in pieces)


def statement(text: str) -> Statement:
    """One statement. Raises ReadError."""
    read = tokens(text)
    at = next((k for k in _outside(read, 0) if read.texts[k] in RELATIONS), 0)
    return Statement(text, read, read.texts[at] if at else "", at)


def _outside(read: Tokens, start: int) -> Iterator[int]:
    """The tokens that stand in no bracket."""
    k = start
    while k < len(read.texts) - 1:
        yield k
        k = max(k, read.match[k]) + 1


def _pieces(read: Tokens) -> Iterator[tuple[int, int]]:
    """Token ranges between separators, environments of lines taken off; a new line separates too."""
    start = k = 0
    stop = len(read.texts) - 1
    while k < stop:
        text = read.texts[k]
        lines = text.startswith(("\\begin{", "\\end{")) and ENVIRONMENTS[text[text.index("{") + 1 : -1]] == "lines"
        word = _word(read, k)
        if lines or word or (text in SEPARATORS and not _beside_dots(read, k)):
            if k > start:
                yield start, k
            start = k = k + (word or 1)
            continue
        if k > start and text == "(" and _range_in(read, k):
            yield start, k
            yield k + 1, read.match[k]
            start = k = read.match[k] + 1
            continue
        if k > start and "\n" in read.text[read.ends[k - 1] : read.starts[k]]:
            yield start, k
            start = k
        k = max(k, read.match[k]) + 1
    if stop > start:
        yield start, stop


def _word(read: Tokens, k: int) -> int:
    """How many tokens a separating word has, bare or in braces (what is left of \\text{...}); 0 where none stands."""
    if read.texts[k] in WORDS:
        return 1
    return 3 if read.texts[k] == "{" and read.match[k] == k + 2 and read.texts[k + 1] in WORDS else 0


def _range_in(read: Tokens, k: int) -> bool:
    """Whether a bracket holds a range: (i = 1, \\dots, m) behind a formula."""
    inside = read.texts[k + 1 : read.match[k]]
    return len(inside) > 3 and "=" in (inside[1], inside[3]) and any(text in DOTS for text in inside)


def _beside_dots(read: Tokens, k: int) -> bool:
    return read.texts[k] == "," and (read.texts[k + 1] in DOTS or read.texts[k - 1] in DOTS)


def _joined(read: Tokens, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces that only a new line has taken apart are put together where the second is no statement of its own."""
    found: list[tuple[int, int]] = []
    for start, stop in pieces:
        goes_on = bool(found) and found[-1][1] == start and not _begins_anew(read, start, stop)
        while start < stop and read.texts[start] == "&" and not goes_on:
            start += 1
        if goes_on:
            found[-1] = (found[-1][0], stop)
        elif start < stop:
            found.append((start, stop))
    return [(a, b - (read.texts[b - 1] == ".")) for a, b in found if (b - a) > (read.texts[b - 1] == ".")]


def _begins_anew(read: Tokens, start: int, stop: int) -> bool:
    """Whether tokens behind a new line are a statement: they have a relation, and what stands before is finished."""
    relations = [k for k in _outside(read, start) if k < stop and read.texts[k] in RELATIONS]
    return bool(relations) and relations[0] > start and read.texts[start - 1] not in UNFINISHED
