"""Brackets of every kind: grouping, points, matrices, Iverson brackets, floors, and entries behind an operand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.calls import indicated
from symgrad.read.forms import halves
from symgrad.read.named import fitted, named
from symgrad.read.names import letter
from symgrad.read.spelling import ALL_OF, RELATIONS
from symgrad.read.syntax import Node
from symgrad.read.tokens import WORD

if TYPE_CHECKING:
    from symgrad.read.parse import Reader


def bracketed(reader: Reader) -> Node:
    """Round or square brackets, or set braces: a grouping, a point, a matrix, or around a relation Iverson's."""
    start = reader.at
    close = reader.match[start]
    derivative = halves(reader)
    if derivative is not None:
        return derivative
    if reader.texts[start] == "[" and reader.texts[start + 1] == "[":
        return _matrix(reader, start, close)
    if close == start + 1:
        raise reader.error("empty brackets", start)
    reader.at += 1
    items = conditions(reader, close)
    reader.at = close + 1
    if all(isinstance(item, s.Relation) for item in items):
        return s.Iverson(items[0] if len(items) == 1 else s.Conjunction(items, reader.span(start)), reader.span(start))
    if len(items) > 1:
        return s.Tuple(items, reader.span(start))
    return items[0]


def conditions(reader: Reader, close: int) -> tuple[Node, ...]:
    """Items separated by commas, `\\land` or a word up to the token `close`."""
    bars, reader.bars = reader.bars, 0
    items = [reader.relation()]
    while reader.at < close and _joins(reader):
        items.append(reader.relation())
    if reader.at != close:
        raise reader.unexpected(f"a comma or {reader.texts[close]}")
    reader.bars = bars
    return tuple(items)


def _joins(reader: Reader) -> bool:
    """Steps over a comma, \\land or `and`."""
    at = reader.at
    if reader.texts[at] == "{" and reader.match[at] == at + 2 and reader.texts[at + 1] in ALL_OF:
        reader.at += 3
        return True
    if reader.texts[at] in (",", ";", "\\land", *ALL_OF):
        reader.at += 1
        if reader.texts[at] == ",":
            _joins(reader)
        return True
    return False


def _matrix(reader: Reader, start: int, close: int) -> Node:
    """`[[1, 2], [3, 4]]`."""
    reader.at += 1
    rows = []
    while True:
        if reader.texts[reader.at] != "[":
            raise reader.unexpected("a row in square brackets")
        rows.append(reader.commas_in())
        if reader.at == close:
            break
        reader.take(",")
    reader.at += 1
    if len({len(row) for row in rows}) > 1:
        raise reader.error("the rows of a matrix have unequal lengths", start)
    return s.Matrix(tuple(rows), reader.span(start))


def braced(reader: Reader) -> Node:
    """Braces around a name make no difference; otherwise they group. Empty ones, which keep rows apart, are nothing."""
    if reader.match[reader.at] == reader.at + 1:
        while reader.texts[reader.at] == "{" and reader.match[reader.at] == reader.at + 1:
            reader.at += 2
        return reader.nested_operand()
    derivative = halves(reader)
    if derivative is not None:
        return derivative
    key, _, _ = letter(reader.read, reader.at)
    return named(reader) if key else reader.group()


def wrapped(make: Callable) -> Callable[[Reader], Node]:
    """Brackets that mean a function of what stands inside."""

    def form(reader: Reader) -> Node:
        start = reader.at
        node = reader.group()
        return make(node, span=reader.span(start))

    return form


def inner_product(reader: Reader) -> Node:
    """`\\langle u, v \\rangle`."""
    start = reader.at
    reader.at += 1
    items = reader.commas(reader.match[start])
    if len(items) != 2:
        raise reader.error("an inner product has two factors", start, "two of them, with a comma between")
    return s.InnerProduct(*items, span=reader.span(start))


def bars(reader: Reader) -> Node:
    """`|x|`, `||x||`: a bar opens where an operand is wanted and closes the nearest open bar elsewhere."""
    start = reader.at
    mark = reader.texts[start]
    double = mark == "|" and reader.texts[start + 1] == "|" and reader.ends[start] == reader.starts[start + 1]
    reader.at += 1 + double
    reader.bars += 1
    node = reader.expression()
    reader.bars -= 1
    for _ in range(1 + double):
        if reader.texts[reader.at] != mark:
            raise reader.unexpected(f"{mark} to close the one before")
        reader.at += 1
    return (s.Absolute if mark == "|" and not double else s.Norm)(node, reader.span(start))


def one(reader: Reader) -> Node:
    r"""`\mathbf{1}`: the indicator of a condition, or the vector of ones."""
    start = reader.at
    reader.at += 1
    if reader.texts[reader.at] == "_":
        reader.at += 1
        return subscripted_one(reader, start)
    if reader.texts[reader.at] in ("(", "[", "{", "\\{") and has_relation(reader, reader.at):
        return indicated(reader, _condition(reader), start)
    return s.Ones(reader.span(start))


def subscripted_one(reader: Reader, start: int) -> Node:
    """The condition in the subscript of a one."""
    if reader.texts[reader.at] not in ("{", "(", "["):
        raise reader.error("an indicator needs a condition", start, "a relation, as in a > 0")
    return indicated(reader, _condition(reader), start)


def _condition(reader: Reader) -> Node:
    start = reader.at
    close = reader.match[start]
    reader.at += 1
    items = conditions(reader, close)
    reader.at = close + 1
    items = tuple(item.condition if isinstance(item, s.Iverson) else item for item in items)
    if not all(isinstance(item, s.Relation | s.Conjunction) for item in items):
        raise reader.error("an indicator needs a condition", start, "a relation, as in a > 0")
    return items[0] if len(items) == 1 else s.Conjunction(items, reader.span(start))


def has_relation(reader: Reader, opened: int) -> bool:
    """Whether a relation stands directly inside a pair of brackets (or inside brackets that hold nothing else)."""
    close = reader.match[opened]
    k = opened + 1
    while reader.match[k] == close - 1:
        k, close = k + 1, close - 1
    while k < close:
        if reader.texts[k] in RELATIONS:
            return True
        k = max(reader.match[k], k) + 1
    return False


def entry_follows(reader: Reader, node: Node, start: int) -> Node | None:
    """`[...]` or `_` behind an operand: indices of a name, an entry of anything else, the condition of a one."""
    at = reader.at
    square = reader.texts[at] == "["
    if square and (not _indexable(reader, node) or has_relation(reader, at)):
        _no_index(reader, node, at)
        return None
    if isinstance(node, s.Number):
        if node.text != "1":
            raise reader.error("a number has no indices", at)
        reader.at += 1
        return subscripted_one(reader, start)
    reader.at += not square
    items = reader.commas_in() if reader.texts[reader.at] == "{" or square else (reader.argument(),)
    if isinstance(node, s.Reference):
        return _indexed(reader, node, items, start, at)
    if isinstance(node, s.Power | s.Factorial | s.BigOperator) and reader.texts[start] not in BRACKETED:
        raise reader.error("an index behind a power or a sum", at, fix="put brackets around what is indexed")
    return s.Entry(node, items, reader.span(start))


def _no_index(reader: Reader, node: Node, at: int) -> None:
    """f[i] is no product: behind a name without indices square brackets group only sums (in LaTeX) and conditions."""
    if not isinstance(node, s.Reference) or reader.starts[at] != reader.ends[at - 1] or has_relation(reader, at):
        return
    if not reader.latex or not {"+", "-"} & set(reader.texts[at + 1 : reader.match[at]]):
        raise reader.error(f"{node.code} has no{' more' if node.indices else ''} indices", at)


def _indexable(reader: Reader, node: Node) -> bool:
    """Whether square brackets hold indices: behind a tensor, and in plain text behind brackets and calls."""
    if isinstance(node, s.Reference):
        return _arity(reader, node) > len(node.indices)
    glued = reader.starts[reader.at] == reader.ends[reader.at - 1]
    return glued and not reader.latex and reader.texts[reader.at - 1] in (")", "]", ".T")


def _arity(reader: Reader, node: s.Reference) -> int:
    name = reader.names.by_code.get(node.code)
    return name.arity if name and node.code not in reader.bound.values() else 0


def _indexed(reader: Reader, node: s.Reference, items: tuple[Node, ...], start: int, at: int) -> Node:
    """x[i], x[i][j], (v_{1,1})_d."""
    arity = _arity(reader, node)
    if arity <= len(node.indices):
        raise reader.error(f"{node.code} has no{' more' if node.indices else ''} indices", at)
    items = node.indices + items
    if len(items) < arity and reader.texts[reader.at] == "[" and not has_relation(reader, reader.at):
        return s.Reference(node.code, items, reader.span(start))
    return s.Reference(node.code, fitted(reader, items, arity, node.code, at), reader.span(start))


def stray_word(reader: Reader, words: tuple[str, ...]) -> bool:
    """Steps over one of these words, bare or in braces (what is left of \\text{...})."""
    at = reader.at
    if reader.texts[at] == "{" and reader.match[at] == at + 2 and reader.texts[at + 1] in words:
        reader.at += 3
        return True
    if reader.kinds[at] == WORD and reader.texts[at] in words:
        reader.at += 1
        return True
    return False


BRACKETED = {
    "(": bracketed,
    "[": bracketed,
    "\\{": bracketed,
    "{": braced,
    "|": bars,
    "\\Vert": bars,
    "\\lvert": wrapped(s.Absolute),
    "\\lVert": wrapped(s.Norm),
    "\\lfloor": wrapped(s.Floor),
    "\\lceil": wrapped(s.Ceiling),
    "\\langle": inner_product,
    "\\1": one,
}
