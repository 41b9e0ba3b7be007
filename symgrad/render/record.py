"""An answer key as data, for programs: `symgrad/key@1`.

    {"schema": "symgrad/key@1", "exercise": id, "title": text, "statement": [block], "questions": [question]}

question: {"id": text, "title": run, "blocks": [block]} and what the question's own record says (answer, certificate).
block, by "kind":
    "prose"    "role": heading, statement, given, paths, remark, checked or answer; "run"
    "display"  "formula"
    "lines"    "lines": [{"left": formula or null (the left side above), "relation", "right": formula, "reason": run,
               "boxed", "aside", "level": 1 answer, 2 key step, 3 every step}]
    "table"    "head": [run], "rows": [[run]], "caption": run
    "plot"     "x", "y": names of the axes, "log": whether y is logarithmic, "caption": run,
               "curves": [{"name", "points": [[x, y]] as exact fractions in text}]
    "diagram"  "nodes": [{"name", "label": formula, "marked"}], "edges": [{"start", "end", "marked"}], "caption": run
run: [text or formula].  formula: {"plain": text, "latex": text}, and "spoken" where there is a spoken line.

Nothing is left out by detail: each line says its level.
"""

from __future__ import annotations

import json
from typing import Any

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Block, Diagram, Display, Formula, Key, Line, Lines, Plot, Prose, Question, Run, Table
from symgrad.explain.layout import Layout
from symgrad.render.detail import kind
from symgrad.render.escape import seen
from symgrad.render.latex import latex
from symgrad.render.plain import plain

SCHEMA = "symgrad/key@1"


def record(key: Key) -> dict[str, Any]:
    """The key as dictionaries, lists, text and numbers.

    >>> record(Key("e", "A title", (), ()))
    {'schema': 'symgrad/key@1', 'exercise': 'e', 'title': 'A title', 'statement': [], 'questions': []}
    """
    return {
        "schema": SCHEMA,
        "exercise": seen(key.exercise),
        "title": seen(key.title),
        "statement": [_block(block) for block in key.statement],
        "questions": [_question(question) for question in key.questions],
    }


def dumps(key: Key) -> str:
    """The record as JSON text: the same bytes for the same key. Refuses numbers that JSON does not have."""
    return json.dumps(record(key), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _question(question: Question) -> dict[str, Any]:
    own: dict[str, Any] = {
        "id": seen(question.id),
        "title": _run(question.title),
        "blocks": [_block(block) for block in question.blocks],
    }
    if twice := own.keys() & question.record.keys():
        raise SymgradError(
            "a question's record repeats a field of the key", where=question.id, given=", ".join(sorted(twice))
        )
    return own | question.record


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Prose(run, role):
            kind(block)
            return {"kind": "prose", "role": role, "run": _run(run)}
        case Display(formula):
            return {"kind": "display", "formula": _formula(formula.tree, formula.spoken)}
        case Lines(lines):
            return {"kind": "lines", "lines": [_line(line) for line in lines]}
        case Table(head, rows, caption):
            body = [[_run(cell) for cell in row] for row in rows]
            return {"kind": "table", "head": [_run(cell) for cell in head], "rows": body, "caption": _run(caption)}
        case Plot(curves, x, y, log, caption):
            told = [{"name": seen(c.name), "points": [[str(a), str(b)] for a, b in c.points]} for c in curves]
            return {"kind": "plot", "x": seen(x), "y": seen(y), "log": log, "curves": told, "caption": _run(caption)}
        case Diagram(nodes, edges, caption):
            drawn = [{"name": seen(n.name), "label": _formula(n.label), "marked": n.marked} for n in nodes]
            arrows = [{"start": seen(e.start), "end": seen(e.end), "marked": e.marked} for e in edges]
            return {"kind": "diagram", "nodes": drawn, "edges": arrows, "caption": _run(caption)}


def _line(line: Line) -> dict[str, Any]:
    return {
        "left": None if line.left is None else _formula(line.left),
        "relation": line.relation,
        "right": _formula(line.right, line.spoken),
        "reason": _run(line.reason),
        "boxed": line.boxed,
        "aside": line.aside,
        "level": line.level,
    }


def _run(run: Run) -> list[str | dict[str, str]]:
    return [seen(part) if not isinstance(part, Formula) else _formula(part.tree, part.spoken) for part in run]


def _formula(tree: Layout, spoken: str = "") -> dict[str, str]:
    return {"plain": plain(tree), "latex": latex(tree)} | ({"spoken": seen(spoken)} if spoken else {})
