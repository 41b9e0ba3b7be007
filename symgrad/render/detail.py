"""What a key shows at a level of detail: 1 the answers, 2 the key steps, 3 every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Block, Line, Lines, Prose

DETAILS = {1: "answers", 2: "key steps", 3: "every step"}


class Kind(NamedTuple):
    """`lead`: the word in front (the prose does not repeat it). `level`: the least detail that shows the paragraph."""

    lead: str
    level: int


KINDS: dict[str, Kind] = {
    "heading": Kind("", 1),
    "statement": Kind("", 1),
    "given": Kind("Given", 2),
    "paths": Kind("", 2),
    "remark": Kind("", 2),
    "answer": Kind("Answer", 1),
    "checked": Kind("Checked", 1),
}

# What a chain says of its ends: a < b and b <= c give a < c. A pair that is not here says nothing.
CHAINS: dict[tuple[str, str], str] = {
    ("=", "="): "=",
    **{("=", sign): sign for sign in ("!=", "<", "<=", ">", ">=", "in")},
    **{(sign, "="): sign for sign in ("!=", "<", "<=", ">", ">=")},
    ("<", "<"): "<",
    ("<", "<="): "<",
    ("<=", "<"): "<",
    ("<=", "<="): "<=",
    (">", ">"): ">",
    (">", ">="): ">",
    (">=", ">"): ">",
    (">=", ">="): ">=",
    ("=", "~"): "~",
    ("~", "="): "~",
}


def visible(blocks: Iterable[Block], detail: int) -> list[Block]:
    """The blocks that this detail shows; a block without a visible line disappears."""
    if detail not in DETAILS:
        raise SymgradError("no such level of detail", expected="1, 2 or 3", given=str(detail))
    shown: list[Block] = []
    for block in blocks:
        if isinstance(block, Lines):
            lines = visible_lines(block.lines, detail)
            shown += [Lines(lines)] if lines else []
        elif not isinstance(block, Prose) or kind(block).level <= detail:
            shown.append(block)
    return shown


def kind(prose: Prose) -> Kind:
    if prose.kind not in KINDS:
        raise SymgradError("no such kind of paragraph", expected=", ".join(KINDS), given=prose.kind)
    return KINDS[prose.kind]


def visible_lines(lines: tuple[Line, ...], detail: int) -> tuple[Line, ...]:
    """The lines of this detail, each still true: a relation spans the hidden lines before it, a lost left side is back.

    >>> from symgrad.explain.layout import Name
    >>> a, b, c = (Name(letter, letter) for letter in "abc")
    >>> chain = Line(a, b, relation="<", level=3), Line(None, c, level=1)
    >>> [(line.left.plain, line.relation, line.right.plain) for line in visible_lines(chain, 2)]
    [('a', '<', 'c')]
    """
    shown: list[Line] = []
    for chain in _chains(lines):
        shown += _shortened(chain, detail)
    return tuple(shown)


def _chains(lines: tuple[Line, ...]) -> list[list[Line]]:
    """A line with a left side starts a chain; those without continue it."""
    chains: list[list[Line]] = []
    for line in lines:
        if line.left is not None or not chains:
            chains.append([])
        chains[-1].append(line)
    return chains


def _shortened(chain: list[Line], detail: int) -> list[Line]:
    """The chain without its hidden lines; one whose relation cannot be carried over stays. A boxed line is whole."""
    left = chain[0].left
    shown: list[Line] = []
    since_left: str | None = "="  # what the chain says so far: of its left side,
    since_shown = "="  # and of the last line shown
    for place, line in enumerate(chain):
        if place and (since_shown, line.relation) not in CHAINS:
            shown.append(replace(chain[place - 1], left=None if shown else left, relation=since_shown))
            since_shown = "="
        since_left = CHAINS.get((since_left or "", line.relation))
        since_shown = CHAINS.get((since_shown, line.relation), line.relation)
        if line.level <= detail:
            whole = not shown or (line.boxed and since_left is not None)
            relation = (since_left if whole else None) or since_shown
            shown.append(replace(line, left=left if whole else None, relation=relation))
            since_shown = "="
    return shown
