r"""Letters with everything that is written at them, token by token, before anyone knows what they are.

`\hat{x}_i`, `W^{(1)}_{ij}`, `x[i, j]`, `P(y=j)`, and the letters that sums bind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from symgrad.read.names import GREEK, letter
from symgrad.read.scripts import PARTS, Range, inside, script
from symgrad.read.spelling import ACCENTS, BIG_OPERATORS, RELATIONS
from symgrad.read.statements import Statement
from symgrad.read.tokens import NAME, WORD, Tokens

LABELLED = re.compile(r"([A-Za-z])([0-9]+)")
IN = ("\\in", "in")
ITEMS = (",", ";", ":", "\\mid", "|", "\\land", "\\\\")
BINDING_WORDS = ("sum", "Sum", "prod", "Product", "argmax", "argmin")


@dataclass(frozen=True)
class Atom:
    """A letter at token `at`, ending before `end`; the tokens inside its scripts (from, to).

    `square`: what stands in square brackets right behind it; `call`: the round bracket right behind it, or 0.
    """

    key: str
    at: int
    end: int
    sub: Range | None = None
    sup: Range | None = None
    primes: int = 0
    square: tuple[Range, ...] = ()
    call: int = 0

    @property
    def bare(self) -> bool:
        return not (self.sub or self.sup or self.primes or self.square or self.call)


def atoms(read: Tokens) -> Iterator[Atom]:
    """Every letter or accented letter, also those inside scripts, which may turn out to be indices or labels."""
    k, stop = 0, len(read.texts) - 1
    while k < stop:
        if read.kinds[k] in (WORD, NAME) or read.texts[k] in ACCENTS:
            key, end, inner = letter(read, k)
            if key:
                yield _atom(read, key, k, end, inner)
                k = end
                continue
        k += 1


def _atom(read: Tokens, key: str, at: int, end: int, inner: Range) -> Atom:
    found: dict[str, Range] = {}
    primes = 0
    for start, stop in ((inner[0], inner[1]), (end, len(read.texts) - 1)):
        while start < stop and (text := read.texts[start]) in ("_", "^", "'") and text not in found:
            if text == "'":
                primes, start = primes + 1, start + 1
                continue
            found[text], start = script(read, start + 1)
        if stop > inner[1]:
            end = start
    square = []
    while read.texts[end] == "[" and read.starts[end] == read.ends[end - 1]:
        square.append((end + 1, read.match[end]))
        end = read.match[end] + 1
    call = end if read.texts[end] == "(" else 0
    return Atom(named_alike(key), at, end, found.get("_"), found.get("^"), primes, tuple(square), call)


def named_alike(key: str) -> str:
    """`mu` is the letter \\mu."""
    return "\\" + key if "\\" + key in GREEK else key


def left_side(statement: Statement) -> Atom | None:
    """The name on the left of a definition, None where the statement defines nothing."""
    if statement.relation != "=" or statement.ranges:
        return None
    first = next(atoms(statement.read), None)
    if first is None:
        return None
    end = statement.read.match[first.call] + 1 if first.call and first.call < statement.at else first.end
    while statement.read.texts[end] in ("&", "}"):
        end += 1
    return first if end == statement.at and all(t in ("{", "&") for t in statement.read.texts[: first.at]) else None


def call_slot(statement: Statement, atom: Atom) -> Range | None:
    """The index of P(y=j): what stands behind the equals sign, where a letter stands before it."""
    if not atom.call or atom.sub:
        return None
    read = statement.read
    close = read.match[atom.call]
    texts = read.texts[atom.call + 1 : close]
    if len(texts) == 3 and texts[1] == "=" and texts[0][:1].isalpha():
        return atom.call + 3, close
    return None


# --- what sums bind


def bound(read: Tokens) -> Iterator[str]:
    """The letters that big operators bind; k_1 is k1."""
    for k, text in enumerate(read.texts):
        if text not in BIG_OPERATORS:
            continue
        at = k + 1
        while read.texts[at] in ("_", "^"):
            within, end = script(read, at + 1)
            if read.texts[at] == "_":
                yield from _under(read, within)
            at = end
        if text in BINDING_WORDS and read.texts[k + 1] == "(":
            yield from _behind(read, k + 1)


def _under(read: Tokens, within: Range) -> Iterator[str]:
    """The names of each item: before its relation, or between two of them."""
    for start, stop in items(read, *within):
        cuts = [k for k in range(start, stop) if read.texts[k] in (*RELATIONS, *IN)]
        ends = [start - 1, *cuts, stop]
        for first, (a, b) in enumerate(pairwise(ends)):
            if first == 0 or b < stop:
                yield from _names(read, a + 1, b)


def items(read: Tokens, start: int, stop: int) -> list[Range]:
    """The parts between commas and the like."""
    found, first, k = [], start, start
    while k < stop:
        if read.texts[k] in ITEMS:
            found.append((first, k))
            first = k + 1
        k += 1
    return [item for item in [*found, (first, stop)] if item[0] < item[1]]


def _names(read: Tokens, start: int, stop: int) -> Iterator[str]:
    k = start
    while k < stop:
        key, end, _ = letter(read, k) if read.kinds[k] in (WORD, NAME) else ("", k + 1, (0, 0))
        if key and read.texts[end] == "_" and end < stop:
            within, end = script(read, end + 1)
            key += "".join(inside(read, within))
        if key and read.texts[end] == "'" and end < stop:
            key, end = key + "'", end + 1
        if len(PARTS.findall(key)) == 1 or key in GREEK:
            yield key
        k = max(end, k + 1)


def _behind(read: Tokens, opened: int) -> Iterator[str]:
    """`sum(body, i)`, `sum(body, i=1..m)`, `sum(body, (i, 1, m))`, `sum(body for i in range(m))`."""
    k, close = opened + 1, read.match[opened]
    while k < close:
        if read.texts[k] in (",", "for"):
            at = k + 1 + (read.texts[k + 1] == "(")
            stop = next((n for n in range(at, close) if read.texts[n] in (",", *RELATIONS, *IN)), close)
            yield from _names(read, at, stop)
        k = max(k, read.match[k]) + 1
