"""Exponents and transposes: what stands behind `^`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.spelling import BRACKETS
from symgrad.read.syntax import Node

if TYPE_CHECKING:
    from symgrad.read.parse import Reader


def raised(reader: Reader, node: Node, start: int) -> Node:
    """`^`, at which the reader stands: a transpose mark or an exponent."""
    bare = reader.texts[start] not in BRACKETS
    if bare and (
        isinstance(node, s.Power | s.EntrywisePower | s.Transpose)
        or (isinstance(node, s.Call) and reader.texts[start] == "e")
    ):
        raise reader.error("two superscripts", reader.at, "one", fix="put brackets or braces around what is raised")
    reader.at += 1
    if transposes(reader):
        reader.at = _script_end(reader)
        return s.Transpose(node, reader.span(start))
    if reader.texts[reader.at] == "{" and reader.texts[reader.at + 1] == "\\odot":
        return _entrywise(reader, node, start)
    return s.Power(node, exponent(reader), reader.span(start))


def _entrywise(reader: Reader, node: Node, start: int) -> Node:
    r"""`{\odot 2}` behind `^`: every entry to that power."""
    close = reader.match[reader.at]
    reader.at += 2
    power = reader.expression()
    if reader.at != close:
        raise reader.unexpected("}")
    reader.at += 1
    return s.EntrywisePower(node, power, reader.span(start))


def transposes(reader: Reader) -> bool:
    """Whether the script at the reader is a transpose mark alone: T (unless declared) or \\top."""
    at = reader.at
    while reader.texts[at] == "{" and reader.match[at] > at + 1:
        at += 1
    mark = reader.texts[at]
    alone = at == reader.at or reader.match[at - 1] == at + 1
    return alone and (mark == "\\top" or (mark == "T" and "T" not in reader.table and "T" not in reader.bound))


def _script_end(reader: Reader) -> int:
    return reader.match[reader.at] + 1 if reader.texts[reader.at] == "{" else reader.at + 1


def exponent(reader: Reader) -> Node:
    """A group, one letter or digit, or in plain text a bracket or a signed number."""
    at = reader.at
    text = reader.texts[at]
    if text == "(":
        return reader.group()
    if text == "-":
        reader.at += 1
        return s.Minus(reader.group() if reader.texts[reader.at] == "(" else reader.argument(), reader.span(at))
    if text == "{" and reader.texts[at + 1] == "(" and at + 3 == reader.match[at + 1] == reader.match[at] - 1:
        raise reader.error(
            "a superscript in brackets is a label, and no such name is declared",
            at,
            fix="for a power leave the brackets out",
        )
    return reader.argument()
