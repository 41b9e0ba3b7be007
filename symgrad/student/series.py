r"""Sums and products with dots: `x_1 y_1 + \dots + x_m y_m` is the sum over k = 1, ..., m of x_k y_k.

Law: the first and the last term are one formula at two values of an index; what differs between them is that value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, replace
from typing import Any

from symgrad.errors import ReadError
from symgrad.read import syntax as s

HERE = "~k"
Refuse = Callable[[str, s.Node, str], ReadError]


def series(node: s.Plus, refused: Refuse, sizes: Collection[str]) -> s.Node:
    """The sum that dots stand for. Raises ReadError where first and last term do not show one formula.

    From a size down to a number or an index it runs backwards, and where the second term says so.
    """
    at = next(n for n, t in enumerate(node.terms) if isinstance(t, s.Dots))
    first, rest = node.terms[:at], node.terms[at + 1 :]
    if not first or len(rest) != 1 or isinstance(rest[0], s.Dots):
        raise refused("dots stand between the first terms and the last one", node, r"a_1 + a_2 + \dots + a_m")
    found: set[tuple[s.Node, s.Node]] = set()
    body = shared(first[0], rest[0], found)
    if body is None or len(found) != 1:
        raise refused("the first and the last term are not one formula at two places", node, r"a_1 + \dots + a_m")
    low, high = found.pop()
    step = -1 if _is_size(low, sizes) and not _is_size(high, sizes) else 1
    for n, term in enumerate(first[1:], 1):
        seen: set[tuple[s.Node, s.Node]] = set()
        same = shared(first[0], term, seen) == body
        by = ahead(low, seen.pop()[1]) if same and len(seen) == 1 else None
        step = by if n == 1 and by in (1, -1) else step
        if by != n * step:
            raise refused(f"term {n + 1} before the dots does not follow the first", node, r"a_1 + a_2 + \dots + a_m")
    low, high = (low, high) if step == 1 else (high, low)
    return s.BigOperator("sum", (s.Bound(HERE, low, high, span=node.span),), (), body, node.span)


def shared(one: s.Node, other: s.Node, found: set[tuple[s.Node, s.Node]]) -> s.Node | None:
    """The tree of both, with the index where they differ; None where they differ in more than that."""
    if one == other:
        return one
    if type(one) is type(other) and not isinstance(one, s.Number) and _same_head(one, other):
        inner: set[tuple[s.Node, s.Node]] = set()
        made = _inside(one, other, inner)
        if made is not None:
            found |= inner
            return made
    if _is_value(one) and _is_value(other):
        found.add((one, other))
        return s.Reference(HERE, (), one.span)
    return None


def _inside(one: s.Node, other: s.Node, found: set[tuple[s.Node, s.Node]]) -> s.Node | None:
    """The same for the children of two nodes of one kind."""
    parts: dict[str, Any] = {}
    for part in fields(one):
        mine, theirs = getattr(one, part.name), getattr(other, part.name)
        if part.name != "span" and isinstance(mine, tuple) and mine and not isinstance(mine[0], str):
            inner = _each(mine, theirs, found)
            if inner is None:
                return None
            parts[part.name] = inner
        elif part.name != "span" and hasattr(mine, "span"):
            child = shared(mine, theirs, found)
            if child is None:
                return None
            parts[part.name] = child
    return replace(one, **parts) if parts else None


def _each(
    mine: tuple[s.Node, ...], theirs: tuple[s.Node, ...], found: set[tuple[s.Node, s.Node]]
) -> tuple[s.Node, ...] | None:
    if len(mine) != len(theirs):
        return None
    made = []
    for a, b in zip(mine, theirs, strict=True):
        child = shared(a, b, found)
        if child is None:
            return None
        made.append(child)
    return tuple(made)


def _same_head(one: s.Node, other: s.Node) -> bool:
    """Whether two nodes of one type differ in their children only."""
    for part in fields(one):
        mine, theirs = getattr(one, part.name), getattr(other, part.name)
        if isinstance(mine, str | int | None) and mine != theirs:
            return False
    return not (isinstance(one, s.Reference) and not one.indices)


def _is_value(node: s.Node) -> bool:
    """A number, a name without indices, or a sum of such: what an index can be."""
    if isinstance(node, s.Plus):
        return all(_is_value(t.of if isinstance(t, s.Minus) else t) for t in node.terms)
    return isinstance(node, s.Number) or (isinstance(node, s.Reference) and not node.indices)


def _is_size(node: s.Node, sizes: Collection[str]) -> bool:
    """Whether a value is made of sizes, and perhaps numbers."""
    names, _ = _apart(node)
    return bool(names) and all(isinstance(n, s.Reference) and n.code in sizes for n in names)


def ahead(low: s.Node, value: s.Node) -> int | None:
    """By how much a value is ahead of the first one; None where that is not a number: 2 for i and i + 2."""
    (names, start), (others, end) = (_apart(one) for one in (low, value))
    return end - start if names == others else None


def _apart(node: s.Node) -> tuple[list[s.Node], int]:
    """The terms of a value that are names, in order, and the number beside them."""
    names: list[s.Node] = []
    found = 0
    for term in node.terms if isinstance(node, s.Plus) else (node,):
        inner, sign = (term.of, -1) if isinstance(term, s.Minus) else (term, 1)
        if isinstance(inner, s.Number) and inner.value.denominator == 1:
            found += sign * int(inner.value)
        else:
            names.append(term)
    return sorted(names, key=repr), found
