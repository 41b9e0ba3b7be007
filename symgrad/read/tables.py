r"""Environments: cases, matrices, and the lines of align."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.brackets import conditions, stray_word
from symgrad.read.spelling import ENVIRONMENTS, OTHERWISE, RELATIONS, SUCH_THAT
from symgrad.read.syntax import Node
from symgrad.read.tokens import END

if TYPE_CHECKING:
    from symgrad.read.parse import Reader


def cases(reader: Reader) -> Node:
    r"""Rows `value & condition`; `otherwise` or nothing stands for the rest."""
    start = reader.at
    close = reader.match[start]
    reader.at += 1
    rows: list[tuple[Node, Node | None]] = []
    while reader.at < close:
        value = reader.expression()
        if reader.texts[reader.at] == ",":
            reader.at += 1
        if reader.texts[reader.at] == "&":
            reader.at += 1
        rows.append((value, _condition(reader, close)))
        if reader.texts[reader.at] == "\\\\":
            reader.at += 1
        elif reader.at != close:
            raise reader.unexpected("a new row")
    if not rows:
        raise reader.error("no cases", start)
    reader.at = close + 1
    return s.Cases(tuple(rows), reader.span(start))


def _condition(reader: Reader, close: int) -> Node | None:
    while stray_word(reader, SUCH_THAT):
        pass
    if stray_word(reader, OTHERWISE) or reader.texts[reader.at] == "\\\\" or reader.at == close:
        if reader.texts[reader.at] in (".", ","):
            reader.at += 1
        return None
    start = reader.at
    found = conditions(reader, _row_end(reader, close))
    if not all(isinstance(one, s.Relation | s.Iverson) for one in found):
        raise reader.error("a case needs a condition", start, "a relation, as in i = j, or otherwise")
    return found[0] if len(found) == 1 else s.Conjunction(found, reader.span(start))


def _row_end(reader: Reader, close: int) -> int:
    k = reader.at
    while k < close and reader.texts[k] != "\\\\":
        k = max(k, reader.match[k]) + 1
    return k


def matrix(reader: Reader) -> Node:
    r"""`\begin{pmatrix} a & b \\ c & d \end{pmatrix}`."""
    start = reader.at
    close = reader.match[start]
    reader.at += 1
    if "array" in reader.texts[start] and reader.texts[reader.at] == "{":
        reader.at = reader.match[reader.at] + 1
    rows, row = [], [reader.expression()]
    while reader.at < close:
        sign = reader.texts[reader.at]
        if sign not in ("&", "\\\\"):
            raise reader.unexpected("& or a new row")
        reader.at += 1
        if sign == "\\\\":
            rows.append(tuple(row))
            row = []
        if reader.at < close:
            row.append(reader.expression())
    rows += [tuple(row)] if row else []
    if len({len(one) for one in rows}) > 1:
        raise reader.error("the rows of a matrix have unequal lengths", start)
    reader.at = close + 1
    return s.Matrix(tuple(rows), reader.span(start))


def lines_of(reader: Reader) -> Node:
    """The whole text: one formula or chain, or lines; a line that begins with a relation continues the one before."""
    wrapped = ENVIRONMENTS.get(reader.texts[0][7:-1]) == "lines" and reader.texts[0].startswith("\\begin")
    close = reader.match[0] if wrapped else len(reader.texts) - 1
    reader.at = 1 if wrapped else 0
    lines: list[Node] = []
    while True:
        _aligned(reader)
        at = reader.at
        if at < close and reader.texts[at] not in RELATIONS:
            lines.append(_line(reader, []))
        elif at < close and lines:
            lines.append(_line(reader, [lines.pop()]))
        elif at < close or not lines:
            raise reader.unexpected("a formula")
        if reader.texts[reader.at] in (".", ",") and reader.kinds[reader.at + 1] == END:
            reader.at += 1
        if reader.texts[reader.at] != "\\\\":
            break
        reader.at += 1
    if wrapped:
        reader.take(reader.texts[close])
    return lines[0] if len(lines) == 1 else s.Lines(tuple(lines), reader.span(0))


def _aligned(reader: Reader) -> None:
    while reader.texts[reader.at] == "&":
        reader.at += 1


def _line(reader: Reader, before: list[Node]) -> Node:
    """One line, or the continuation of the chain before."""
    start = reader.at
    items, relations = before or [reader.expression()], []
    if before and isinstance(before[0], s.Relation):
        items, relations = list(before[0].items), list(before[0].relations)
    _aligned(reader)
    while reader.texts[reader.at] in RELATIONS:
        relations.append(reader.texts[reader.at])
        reader.at += 1
        _aligned(reader)
        items.append(reader.expression())
        _aligned(reader)
    if not relations:
        return items[0]
    span = (before[0].span[0] if before else reader.starts[start], reader.ends[reader.at - 1])
    return s.Relation(tuple(items), tuple(relations), span)


_FORMS = {"cases": cases, "matrix": matrix}
TABLES = {f"\\begin{{{name}}}": _FORMS[kind] for name, kind in ENVIRONMENTS.items() if kind in _FORMS}
