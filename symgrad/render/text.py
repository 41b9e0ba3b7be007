"""An answer key as plain text, for terminals: formulas in code, one line a step, an arrow at the answer."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from symgrad.explain.blocks import Block, Diagram, Display, Key, Line, Lines, Plot, Prose, Run, Table
from symgrad.render.detail import kind, visible
from symgrad.render.edges import edges, in_text
from symgrad.render.plain import RELATIONS, plain

WIDTH = 100
STEP, ANSWER = "    ", " => "


def text(key: Key, detail: int = 2) -> str:
    """The whole key. `detail`: 1 the answers, 2 the key steps, 3 every step.

    >>> print(text(Key("e", "Sums", (Prose(("Let a be given.",), "statement"),), ())), end="")
    Sums
    ====
    <BLANKLINE>
    Let a be given.
    """
    title = printable(key.title)
    parts = [f"{title}\n{'=' * len(title)}", *_blocks(key.statement, detail)]
    for question in key.questions:
        parts += [f"({printable(question.id)}) {_run(question.title)}", *_blocks(question.blocks, detail)]
    return "\n\n".join(parts) + "\n"


def printable(words: str) -> str:
    """Text without control characters, which a terminal would obey.

    >>> printable("a\\x1b[2Jb")
    'a?[2Jb'
    """
    return "".join(c if c.isprintable() else "?" for c in words)


def _blocks(blocks: Iterable[Block], detail: int) -> list[str]:
    return [WRITERS[type(block)](block) for block in in_text(visible(blocks, detail))]


def _run(run: Run) -> str:
    return "".join(printable(part) if isinstance(part, str) else plain(part.tree) for part in run)


def _prose(prose: Prose) -> str:
    lead = kind(prose).lead
    words = (f"{lead} " if lead else "") + _run(prose.run)
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False)


def _display(display: Display) -> str:
    return STEP + plain(display.formula.tree)


def _lines(lines: Lines) -> str:
    written, left = [], ""
    for line in lines.lines:
        left = plain(line.left) if line.left is not None else " " * len(left)
        written.append(_line(line, left))
    return "\n".join(written)


def _line(line: Line, left: str) -> str:
    words = _run(line.reason)
    if line.aside:
        words = f"aside: {words}" if words else "aside"
    formula = f"{ANSWER if line.boxed else STEP}{left} {RELATIONS[line.relation]} {plain(line.right)}"
    reason = f"    ({words})" if words else ""
    wide = len(formula) + len(reason) > WIDTH and reason
    return f"{formula}\n{STEP}    {reason}" if wide else formula + reason


def _table(table: Table) -> str:
    rows = [[_run(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(table.head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    caption = [_run(table.caption)] if table.caption else []
    return "\n".join(STEP + row for row in [*shown, *caption])


def _plot(plot: Plot) -> str:
    return _table(plot.table)


def _diagram(diagram: Diagram) -> str:
    return textwrap.fill(_run(edges(diagram)), WIDTH, break_long_words=False, break_on_hyphens=False)


WRITERS: dict[type, Callable[..., str]] = {
    Prose: _prose,
    Display: _display,
    Lines: _lines,
    Table: _table,
    Plot: _plot,
    Diagram: _diagram,
}
