r"""An answer key as Markdown with formulas in dollars: for GitHub and for Jupyter.

GitHub reads Markdown before it reads formulas, so a formula must not hold what Markdown would take for its own. Each
row of SAFE replaces one such token by another that TeX reads the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from symgrad.explain.blocks import Block, Diagram, Display, Key, Line, Lines, Plot, Prose, Run, Table
from symgrad.explain.layout import Layout
from symgrad.render.detail import kind, visible
from symgrad.render.edges import edges, in_text
from symgrad.render.escape import for_markdown
from symgrad.render.latex import RELATIONS, latex

SAFE = {
    "|": r"\vert ",  # ends a cell
    "_": "_ ",  # before a brace it opens emphasis; with a blank behind it, it cannot
    "*": r"\ast ",  # the same
    "<": r"\lt ",  # opens a tag
    ">": r"\gt ",
    "[": r"\lbrack ",  # opens a link
    "]": r"\rbrack ",
    r"\\": r"\cr ",  # Markdown takes one of the two backslashes
    r"\,": r"\thinspace ",  # and this one
    r"\;": r"\thickspace ",
    r"\{": r"\lbrace ",
    r"\}": r"\rbrace ",
}
UNSAFE = re.compile("|".join(re.escape(token) for token in sorted(SAFE, key=len, reverse=True)))


def markdown(key: Key, detail: int = 2) -> str:
    """The whole file. `detail`: 1 the answers, 2 the key steps, 3 every step.

    >>> print(markdown(Key("e", "Sums & products", (Prose(("Let a|b.",), "statement"),), ())), end="")
    # Sums &amp; products
    <BLANKLINE>
    Let a\\|b.
    """
    parts = [f"# {for_markdown(key.title)}", *_blocks(key.statement, detail)]
    for question in key.questions:
        parts += [f"## ({for_markdown(question.id)}) {_run(question.title)}", *_blocks(question.blocks, detail)]
    return "\n\n".join(parts) + "\n"


def safe(formula: str) -> str:
    r"""The formula without a token of Markdown's.

    >>> safe(r"\hat{x}_{i} < |a|")
    '\\hat{x}_ {i} \\lt  \\vert a\\vert'
    """
    return UNSAFE.sub(lambda found: SAFE[found.group()], formula).strip()


def _blocks(blocks: Iterable[Block], detail: int) -> list[str]:
    return [WRITERS[type(block)](block) for block in in_text(visible(blocks, detail))]


def _inline(tree: Layout) -> str:
    return f"${safe(latex(tree))}$"


def _run(run: Run) -> str:
    return "".join(for_markdown(part) if isinstance(part, str) else _inline(part.tree) for part in run)


def _prose(prose: Prose) -> str:
    lead = kind(prose).lead
    if prose.kind == "heading":
        return f"### {_run(prose.run)}"
    return (f"*{lead}* " if lead else "") + _run(prose.run)


def _display(display: Display) -> str:
    return f"$$\n{safe(latex(display.formula.tree))}\n$$"


def _lines(lines: Lines) -> str:
    return "\n".join(["| | | |", "|---:|:---|:---|", *(_row(line) for line in lines.lines)])


def _row(line: Line) -> str:
    left = "" if line.left is None else _cell(latex(line.left))
    right = latex(line.right)
    boxed = rf"\boxed{{{right}}}" if line.boxed else right
    reason = _run(line.reason)
    return (
        f"| {left} | {_cell(f'{RELATIONS[line.relation]} {boxed}')} | {f'(aside) {reason}' if line.aside else reason} |"
    )


def _cell(formula: str) -> str:
    return rf"$\displaystyle {safe(formula)}$"


def _table(table: Table) -> str:
    rows = [table.head, *table.rows]
    head, *body = (f"| {' | '.join(_run(cell) for cell in row)} |" for row in rows)
    caption = [f"\n{_run(table.caption)}"] if table.caption else []
    return "\n".join([head, "|" + ":---|" * len(table.head), *body, *caption])


def _plot(plot: Plot) -> str:
    return _table(plot.table)


def _diagram(diagram: Diagram) -> str:
    return _run(edges(diagram))


WRITERS: dict[type, Callable[..., str]] = {
    Prose: _prose,
    Display: _display,
    Lines: _lines,
    Table: _table,
    Diagram: _diagram,
    Plot: _plot,
}
