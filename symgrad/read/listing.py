r"""An answer that says several things: `a1 = (2, 8, 9), z1 = (2, 8, 9)`, `6 at (1, 3) and (2, 3)`, `W: (10, 50)`.

Pieces are formulas or chains of relations, set apart by commas, lines and words. Words join pieces; which words may
stand there is said by whoever asks, and all others are refused like any unknown name: so are those that turn the sense.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import Names, letter
from symgrad.read.parse import Reader
from symgrad.read.printed import numbers_in_brackets
from symgrad.read.spelling import RELATIONS
from symgrad.read.tokens import END, LIMITS, NAME, NUMBER, WORD
from symgrad.read.unicode import in_latex

SIGNS = (",", ";", ":", "\\\\", "&", "\\land", "\\Rightarrow", "\\implies", "\\therefore")
WITHIN = "\\in"  # k \in \{0, 1\}
ABOUT = "\\approx"  # is equal, but for rounding
JOINING = frozenset("to and und at so thus hence therefore then is are in of for the with each ie".split())
TURNING = frozenset("or not no nor never without except but unless instead than less smaller fewer".split())
SPACED_CROSS = re.compile(r"(?<=\s)x(?=\s)")
NUMBERS_CROSSED = re.compile(r"(?<=\d\s)x(?=\s\d)")
APART = r"(?P<apart>,|\\,|[ \u2009\u202f\u00a0])"
THOUSANDS = re.compile(rf"(?<![\w.,])\d{{1,3}}{APART}\d{{3}}(?:(?P=apart)\d{{3}})*(?![\w.]|[, ]\s*\d)")
OPENING = ("(", "\\{", "\\begin{pmatrix}", "\\begin{bmatrix}", "\\begin{matrix}")


@dataclass(frozen=True)
class Piece:
    """One thing that is said; `label`: the names it is said of, where they stand before it without a sign."""

    tree: s.Node
    label: tuple[str, ...] = ()


def pieces(text: str, names: Names, words: Collection[str] = ()) -> list[Piece]:
    """The pieces of a text, in their order. Raises ReadError, as for a formula; never returns an empty list.

    >>> [p.label for p in pieces("W: (10, 50)", Names.of(symbols=[("W", "", 2)]))]
    [('W',)]
    >>> len(pieces("6 at (1,3) and (2,3)", Names.of()))
    3
    """
    if not isinstance(text, str):
        raise ReadError("not a text", expected="an answer as str", given=type(text).__name__)
    text = in_latex(text)
    printed = numbers_in_brackets(text)
    text = text if printed == f"({text.strip()})" else printed  # a list may be of several answers
    shown = text.replace("\n", " ") if "\\begin" in text else _lines(text)
    shown = shown.replace("->", "; ")
    shown = (NUMBERS_CROSSED if "x" in names.table else SPACED_CROSS).sub("×", shown)
    return _Listing(shown, names, frozenset(words)).read_all()


def whole_number(text: str) -> str:
    """A text with commas between thousands as LaTeX has them: where a number is asked 5,133,600 and 5 133 600 are one.

    >>> whole_number("9 + 5,133,600 = (1,300)")
    '9 + 5{,}133{,}600 = (1,300)'
    >>> whole_number(r"720\\,400 + 1 200")
    '720{,}400 + 1{,}200'
    """
    found, depth, at = [], 0, 0
    for number in THOUSANDS.finditer(text):
        before = text[at : number.start()]
        depth += sum(before.count(b) for b in "([{") - sum(before.count(b) for b in ")]}")
        found += [before, number[0].replace(number["apart"], "{,}") if depth == 0 else number[0]]
        at = number.end()
    return "".join(found) + text[at:]


def _lines(text: str) -> str:
    """Ends of lines outside brackets set pieces apart; the length of the text stays."""
    found, depth = [], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        found.append(";" if character == "\n" and depth == 0 else " " if character == "\n" else character)
    return "".join(found)


class _Listing(Reader):
    """A reader that stops at words which join pieces."""

    __slots__ = ("words",)

    def __init__(self, text: str, names: Names, words: frozenset[str]) -> None:
        super().__init__(text, names, LIMITS)
        self.words = words

    def starts_operand(self) -> bool:
        if self._is_word(self.at) or self._wordy_group() or self.texts[self.at] in (*SIGNS, ABOUT):
            return False
        return super().starts_operand()

    def beside(self, before: s.Node) -> s.Node:
        """An x between two numbers is a multiplication here, also where it is a name."""
        if isinstance(before, s.Number) and self.texts[self.at] == "x" and self.kinds[self.at + 1] == NUMBER:
            self.at += 1
            return s.Dots(self.span(self.at - 1))
        return super().beside(before)

    def read_all(self) -> list[Piece]:
        found = []
        self._skip()
        while self.kinds[self.at] != END:
            found.append(Piece(*self._piece()))
            before = self.at
            self._skip()
            if self.at == before and self.kinds[self.at] != END:
                raise self.unexpected("a comma, or a word such as and")
        if not found:
            raise self.unexpected("an answer")
        return found

    def _piece(self) -> tuple[s.Node, tuple[str, ...]]:
        label = self._label()
        try:
            return self._chain(), label
        except RecursionError:
            raise self.error("nested too deeply", self.at) from None

    def _chain(self) -> s.Node:
        """A formula or a chain of relations; `&` may stand before a relation, and a chain may go on in a new line."""
        start, items, relations = self.at, [self.expression()], list[str]()
        while self._relation_follows():
            relations.append(self.texts[self.at].replace(ABOUT, "~").replace(WITHIN, "in"))
            self.at += 1
            while self.texts[self.at] in ("&", ";"):
                self.at += 1
            items.append(self.expression())
        return s.Relation(tuple(items), tuple(relations), self.span(start)) if relations else items[0]

    def _relation_follows(self) -> bool:
        at = self.at
        while self.texts[at] in ("&", "\\\\", ";"):
            at += 1
        if self.texts[at] in (*RELATIONS, ABOUT, WITHIN):
            self.at = at
            return True
        return False

    def _label(self) -> tuple[str, ...]:
        """Names before a colon or before brackets: `X, Y: (m, 3)`, `Z and U (46, 62, 20)`."""
        at, found = self.at, list[str]()
        while True:
            named = self._name(at)
            if named is None:
                return ()
            code, at = named
            found.append(code)
            text = self.texts[at]
            if text in ("is", "are"):
                self.at = at + 1
                return tuple(found)
            if text == ":" or text in OPENING or (text == "[" and self.texts[at + 1] == "["):
                self.at = at + (text == ":")
                return tuple(found)
            if text not in (",", "and", "und"):
                return ()
            at += 1

    def _name(self, at: int) -> tuple[str, int] | None:
        """A declared name without indices at a token, and the token behind it."""
        if self.kinds[at] not in (WORD, NAME) and self.texts[at] != "{":
            return None
        end = self.starts[at]
        for name in self.names.symbols:
            code = name.code
            if self.text.startswith(code, end) and "_" in code:
                stop = end + len(code)
                after = next((n for n in range(at, len(self.texts)) if self.starts[n] >= stop), at)
                return (code, after) if not self.text[stop : stop + 1].isalnum() else None
        key, after, inner = letter(self.read, at)
        row = self.table.get(key)
        if row is None or row.plain is None or row.plain.kind != "symbol" or inner[0]:
            return None
        return row.plain.name.code, after

    # --- words

    def _skip(self) -> None:
        """Steps over signs and words between pieces."""
        while True:
            text = self.texts[self.at]
            if self.kinds[self.at] == END:
                return
            ends = text == "." and self.kinds[self.at + 1] == END
            if (
                text in SIGNS
                or self._is_word(self.at)
                or ends
                or text in ("=", ABOUT)
                or text.startswith(("\\begin{align", "\\end{align", "\\begin{equation", "\\end{equation"))
            ):  # parameters = 2800
                self.at += 1
            elif self._wordy_group():
                self.at = self.match[self.at] + 1
            else:
                return

    def _is_word(self, at: int) -> bool:
        text = self.texts[at]
        if self.kinds[at] != WORD or text in self.table:
            return False
        return text.lower() in JOINING or (text.lower() in self.words and text.lower() not in TURNING)

    def _wordy_group(self) -> bool:
        """Whether braces with nothing but words stand here: what is left of \\text{ and }."""
        at = self.at
        if self.texts[at] != "{" or self.match[at] <= at + 1:
            return False
        return all(self._is_word(n) or self.texts[n] in SIGNS for n in range(at + 1, self.match[at]))
