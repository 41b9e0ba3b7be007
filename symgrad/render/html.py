"""An answer key as one HTML file: no network; readable without script, on paper and telephones, in light and dark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from urllib.parse import quote

from symgrad.explain.blocks import Block, Diagram, Display, Formula, Key, Line, Lines, Plot, Prose, Question, Run, Table
from symgrad.explain.layout import Layout, Relation
from symgrad.render.chart import chart, sample
from symgrad.render.detail import DETAILS, kind, visible
from symgrad.render.escape import for_html
from symgrad.render.latex import RELATIONS, latex
from symgrad.render.mathml import mathml
from symgrad.render.page import SCRIPT, STYLE
from symgrad.render.plain import plain
from symgrad.render.svg import svg
from symgrad.render.width import pieces, width

WIDEST = 32.0  # em; a wider right side goes on below, so that the page need not scroll
BESIDE = 36.0  # em; the reasons of wider steps stand below their formulas


def html(key: Key, detail: int = 2) -> str:
    """The whole page. `detail`: 1 the answers, 2 the key steps, 3 every step.

    >>> html(Key("e", "A <title>", (), ())).split("<title>")[1].split("</title>")[0]
    'A &lt;title&gt;'
    """
    title = for_html(key.title)
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">',
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<header>\n<h1>{title}</h1>\n{_contents(key.questions)}</header>\n<main>",
        *([f'<section class="exercise">\n{_blocks(key.statement, detail)}</section>'] if key.statement else []),
        *(_question(question, detail) for question in key.questions),
        f"</main>\n<footer>{for_html(key.exercise)}, {_worked(key, detail)} by symgrad.</footer>",
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _worked(key: Key, detail: int) -> str:
    return f"worked ({DETAILS[detail]})" if key.answers else "asked"


def _policy() -> str:
    """What the browser may run: this style and this script, whatever else should get into the page."""
    return f"default-src 'none'; style-src '{_digest(STYLE)}'; script-src '{_digest(SCRIPT)}'; base-uri 'none'"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _contents(questions: Iterable[Question]) -> str:
    rows = [
        f'<li><a href="#part-{quote(question.id)}">{_part(question)}{_run(question.title)}</a></li>'
        for question in questions
    ]
    listed = "\n".join(rows)
    return f'<nav aria-label="Questions">\n<ol>\n{listed}\n</ol>\n</nav>\n' if len(rows) > 1 else ""


def _part(question: Question) -> str:
    return f'<span class="part">({for_html(question.id)})</span>'


def _question(question: Question, detail: int) -> str:
    heading = f"<h2>{_part(question)}{_run(question.title)}</h2>"
    return (
        f'<section class="question" id="part-{for_html(question.id)}">\n'
        f"{heading}\n{_blocks(question.blocks, detail)}</section>"
    )


def _blocks(blocks: Iterable[Block], detail: int) -> str:
    return "".join(f"{WRITERS[type(block)](block)}\n" for block in visible(blocks, detail))


def _run(run: Run) -> str:
    return "".join(for_html(part) if isinstance(part, str) else _inline(part) for part in run)


def _inline(formula: Formula) -> str:
    return mathml(latex(formula.tree), display=False) + _spoken(formula.spoken)


def _spoken(text: str) -> str:
    return f'<span class="spoken">{for_html(text)}</span>' if text else ""


def _prose(prose: Prose) -> str:
    lead = kind(prose).lead
    if prose.kind == "heading":
        return f"<h3>{_run(prose.run)}</h3>"
    start = f'<span class="lead">{lead}</span> ' if lead else ""
    return f'<p class="{prose.kind}">{start}{_run(prose.run)}</p>'


def _display(display: Display) -> str:
    text = latex(display.formula.tree)
    return (
        f'<div class="scroll display" data-latex="{for_html(text)}">'
        f"{mathml(text, display=True)}{_spoken(display.formula.spoken)}</div>"
    )


def _lines(lines: Lines) -> str:
    """Three columns: left side; relation and right side; reason. Where the sides are wide, the reasons stand below."""
    rows: list[str] = []
    left: Layout | None = None
    for line in lines.lines:
        left = line.left or left
        rows.append(_row(line, left))
    lefts = max(width(line.left) if line.left else 0.0 for line in lines.lines)
    rights = max(min(width(line.right), WIDEST) for line in lines.lines)
    style = "steps" if lefts + rights <= BESIDE else "steps below"
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Steps">\n'
        f'<table class="{style}"><tbody>\n' + "\n".join(rows) + "\n</tbody></table></div>"
    )


def _row(line: Line, left: Layout | None) -> str:
    """One row; `left` is what the line speaks of. A wide right side stands in pieces, one below the other."""
    whole = line.right if left is None else Relation((left, line.right), (line.relation,))
    style = "".join(name for name, on in ((" boxed", line.boxed), (" aside", line.aside)) if on)
    first, *others = pieces(line.right, WIDEST)
    shown = "" if line.left is None else mathml(latex(line.left), display=True)
    right = mathml(f"{RELATIONS[line.relation]} {first}", display=True)
    right += "".join(f'<div class="more">{mathml(f"{{}} {piece}", display=True)}</div>' for piece in others)
    return (
        f'<tr class="line{style}" data-latex="{for_html(latex(whole))}"><td class="left">{shown}</td>'
        f'<td class="right">{_spoken(line.spoken or plain(whole))}{right}</td>'
        f'<td class="reason">{_run(line.reason)}</td></tr>'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_run(cell)}</th>' for cell in table.head)
    body = "\n".join(f"<tr>{''.join(f'<td>{_run(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    caption = f"<caption>{_run(table.caption)}</caption>" if table.caption else ""
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Table">\n'
        f'<table class="grid">{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def _plot(plot: Plot) -> str:
    """The picture, what is what, and the points for those who do not see it."""
    names = "".join(f"<li>{sample(n)}{for_html(curve.name)}</li>" for n, curve in enumerate(plot.curves))
    rows = "".join(f"<li>{for_html(name)}: {for_html(points)}</li>" for name, points in plot.listed)
    return (
        f'<figure class="plot">{chart(plot)}\n<ul class="legend">{names}</ul>'
        f"<figcaption>{_run(plot.caption)}</figcaption>\n"
        f"<details><summary>The points, in six significant digits</summary><ul>{rows}</ul></details></figure>"
    )


def _diagram(diagram: Diagram) -> str:
    caption = f"<figcaption>{_run(diagram.caption)}</figcaption>" if diagram.caption else ""
    return (
        f'<figure class="graph"><div class="scroll" tabindex="0" role="group" aria-label="Graph">\n{svg(diagram)}\n'
        f"</div>{caption}</figure>"
    )


WRITERS: dict[type, Callable[..., str]] = {
    Prose: _prose,
    Display: _display,
    Lines: _lines,
    Table: _table,
    Diagram: _diagram,
    Plot: _plot,
}
