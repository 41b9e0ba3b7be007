"""What is different between two trees that differ in one place, in a few words: what is missing, or too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.show import show

MOST_PARTS = 3  # factors or terms that may differ to be named one by one
LONGEST = 90  # letters of a formula that is worth showing whole


def contrast(right: s.Node, wrong: s.Node, names: Names) -> str:
    """How a part of a formula differs from what it should be; "" where both are too long to be shown.

    >>> from symgrad.read.names import Names
    >>> a, b = s.Reference("a"), s.Reference("b")
    >>> contrast(s.Times((a, b), ("",)), a, Names())
    'b is missing'
    """
    (summed, body), (given, same) = _summed(right), _summed(wrong)
    if body == same and summed != given:
        more = [n for n in (*summed, *given) if (n in summed) != (n in given)]
        over = ", ".join(show(s.Reference(n), names) for n in more)
        return f"the sum over {over} is {'missing' if len(summed) > len(given) else 'too much'}"
    lost, gained = Counter(_parts(right)), Counter(_parts(wrong))
    lost, gained = lost - gained, gained - lost
    if 0 < lost.total() + gained.total() <= MOST_PARTS:
        old, new = (" and ".join(show(n, names) for n in c.elements()) for c in (lost, gained))
        if not new:
            return f"{old} is missing"
        return f"{new} stands for {old}" if old else f"{new} is too much"
    old, new = show(right, names), show(wrong, names)
    return f"{new} stands for {old}" if len(old) + len(new) <= LONGEST else ""


def _summed(node: s.Node) -> tuple[tuple[str, ...], s.Node]:
    """The indices that a formula is summed over before anything else, and what is summed."""
    found: list[str] = []
    while isinstance(node, s.BigOperator) and node.operator == "sum":
        found += [one.name for one in node.bounds]
        node = node.body
    return tuple(found), node


def _parts(node: s.Node) -> Iterator[s.Node]:
    """The factors of a product, the terms of a sum, the operands of a product of matrices; else the node itself."""
    if isinstance(node, s.Times):
        for factor in node.factors:
            yield from _parts(factor) if isinstance(factor, s.Times) else (factor,)
    elif isinstance(node, s.Plus):
        yield from node.terms
    elif isinstance(node, s.Hadamard | s.MatrixProduct):
        yield from (node.left, node.right)
    else:
        yield node
