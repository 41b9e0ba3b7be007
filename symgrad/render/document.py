r"""An answer key as LaTeX: a whole document, or the body of one for `\input`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Block, Diagram, Display, Key, Line, Lines, Plot, Prose, Question, Run, Table
from symgrad.render.detail import kind, visible
from symgrad.render.edges import edges, in_text
from symgrad.render.escape import for_latex
from symgrad.render.latex import RELATIONS, latex
from symgrad.render.macros import MACROS, PREAMBLE, SETTINGS
from symgrad.render.tikz import tikz
from symgrad.render.width import pieces, width

WIDEST = 30.0  # em; a wider right side is broken before a term


def document(key: Key, detail: int = 2, figures: str = "") -> str:
    r"""A document of its own: article, amsmath and amssymb. `detail`: 1 the answers, 2 the key steps, 3 every step.

    `figures`: "tikz" draws diagrams with the package tikz; without it their edges are listed.

    >>> document(Key("e", "50% of it", (), ())).splitlines()[0]
    '\\documentclass[11pt,a4paper]{article}'
    """
    packages = "\\usepackage{tikz}\n" if figures == "tikz" else ""
    return f"{PREAMBLE}{packages}\\begin{{document}}\n{fragment(key, detail, figures)}\\end{{document}}\n"


def fragment(key: Key, detail: int = 2, figures: str = "") -> str:
    r"""The body alone, for `\input` in a document that loads amsmath and amssymb, and tikz for such figures."""
    if figures not in FIGURES:
        raise SymgradError("no such kind of figures", expected=" or ".join(map(repr, FIGURES)), given=repr(figures))
    parts = [
        MACROS + SETTINGS + rf"\section*{{{for_latex(key.title)}}}",
        *_blocks(key.statement, detail, figures),
        *(part for question in key.questions for part in _question(question, detail, figures)),
        r"\endgroup",
    ]
    return "\n\n".join(parts) + "\n"


def _question(question: Question, detail: int, figures: str) -> list[str]:
    heading = rf"\subsection*{{({for_latex(question.id)}) {_run(question.title)}}}"
    return [heading, *_blocks(question.blocks, detail, figures)]


def _blocks(blocks: Iterable[Block], detail: int, figures: str) -> list[str]:
    writers = WRITERS | FIGURES[figures]
    shown = visible(blocks, detail)
    return [writers[type(block)](block) for block in (shown if figures else in_text(shown))]


def _run(run: Run) -> str:
    return "".join(for_latex(part) if isinstance(part, str) else f"${latex(part.tree)}$" for part in run)


def _prose(prose: Prose) -> str:
    lead = kind(prose).lead
    if prose.kind == "heading":
        return rf"\subsubsection*{{{_run(prose.run)}}}"
    return (rf"\textit{{{lead}}} " if lead else "") + _run(prose.run)


def _display(display: Display) -> str:
    return rf"\symgraddisplay{{{latex(display.formula.tree)}}}"


def _lines(lines: Lines) -> str:
    return "\n".join([r"\symgradsteps{%", *(_step(line) for line in lines.lines), "}"])


def _step(line: Line) -> str:
    left = "" if line.left is None else latex(line.left)
    right = _broken(pieces(line.right, WIDEST))
    if line.boxed:
        right = rf"\boxed{{{right}}}"
    reason = _run(line.reason)
    font, slant = (r"\small", r"\itshape ") if line.aside else ("", "")
    return (
        rf"\symgradstep{{{font}}}{{{left}}}" + "\n"
        rf"  {{{RELATIONS[line.relation]} {right}}}" + "\n"
        rf"  {{{slant + reason if reason else ''}}}%"
    )


def _broken(formulas: list[str]) -> str:
    """A formula in pieces, one below the other."""
    first, *others = formulas
    if not others:
        return first
    rows = "".join(rf"\\&\quad{{}}{other}" for other in others)
    return rf"\begin{{aligned}}[t]&{first}{rows}\end{{aligned}}"


def _table(table: Table) -> str:
    rows = [" & ".join(_run(cell) for cell in row) + r"\tabularnewline" for row in table.rows]
    head = " & ".join(rf"\textbf{{{_run(cell)}}}" for cell in table.head) + r"\tabularnewline"
    body = "\n".join([rf"\hline {head}\hline", *rows, r"\hline"])
    caption = f"\n\n{{\\small {_run(table.caption)}\\par}}" if table.caption else ""
    return rf"\symgradtable{{{'l' * len(table.head)}}}{{{_wrapped(table)}}}{{%" + f"\n{body}}}{caption}"


def _wrapped(table: Table) -> str:
    """Columns that wrap, each with a share of the line by the width of its widest cell."""
    columns = zip(table.head, *table.rows, strict=True)
    widest = [max(4.0, *(_width(cell) for cell in column)) for column in columns]
    shares = [wide**0.5 for wide in widest]
    return "".join(rf"p{{\dimexpr{share / sum(shares):.4f}\linewidth-2\tabcolsep\relax}}" for share in shares)


def _width(run: Run) -> float:
    return sum(0.5 * len(part) if isinstance(part, str) else width(part.tree) for part in run)


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
FIGURES: dict[str, dict[type, Callable[..., str]]] = {"": {}, "tikz": {Diagram: tikz}}
