"""What a syntax tree shows before it is given a meaning: free indices, and where an index stands."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symgrad.read import syntax as s
from symgrad.student.thresholds import REACHED


def free_indices(node: s.Node, known: frozenset[str]) -> tuple[str, ...]:
    """The names of `known` that no big operator binds, in the order of their first places."""
    return tuple(dict.fromkeys(_free(node, known, frozenset())))


def _free(node: s.Node | s.Bound, known: frozenset[str], bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, s.Reference) and not node.indices:
        if node.code in known and node.code not in bound:
            yield node.code
        return
    if isinstance(node, s.BigOperator):
        for one in node.bounds:
            yield from _free(one, known, bound)
        inner = bound | {one.name for one in node.bounds}
        for part in (*node.conditions, node.body):
            yield from _free(part, known, inner)
        return
    for child in s.children(node):
        yield from _free(child, known, bound)


def has_names(node: s.Node | s.Bound) -> bool:
    """Whether a declared name, or a derivative, stands in a tree: else it is all numbers."""
    if isinstance(node, s.Reference | s.PartialDerivative | s.Ones):
        return True
    return any(map(has_names, s.children(node)))


def as_numbers(node: s.Node, names: frozenset[str]) -> Iterator[s.Reference]:
    """The places where one of the names stands for a number and not for a place: `2 l`, not `x_l`."""
    if isinstance(node, s.Reference):
        if not node.indices and node.code in names:
            yield node
        return
    if isinstance(node, s.BigOperator):
        yield from as_numbers(node.body, names)
        return
    if isinstance(node, s.Entry):
        yield from as_numbers(node.of, names)
        return
    if isinstance(node, s.Delta | s.Iverson):
        return
    if isinstance(node, s.Cases):
        for value, _ in node.rows:
            yield from as_numbers(value, names)
        return
    for child in s.children(node):
        if not isinstance(child, s.Bound):
            yield from as_numbers(child, names)


def places(node: s.Node, name: str) -> Iterator[tuple[str, int, s.Node]]:
    """Where an index stands: (tensor, axis, the whole index expression), in every reference that has it."""
    if isinstance(node, s.Reference):
        for axis, index in enumerate(node.indices):
            if name in free_indices(index, frozenset((name,))):
                yield node.code, axis, index
        return
    if isinstance(node, s.BigOperator) and any(one.name == name for one in node.bounds):
        return
    for child in s.children(node):
        if not isinstance(child, s.Bound):
            yield from places(child, name)


def beyond_samples(node: s.Node) -> bool:
    """Whether conditions, ranges, indices, maxima and the like have numbers that the sizes tried need not reach.

    Such a formula can be right at every size that was tried and wrong elsewhere: [n > 40], a sum from 50 to n.
    """
    return sum(number for number in _asked_for(node, False) if number > 1) > REACHED + 1


def _asked_for(node: s.Node | s.Bound, inside: bool) -> Iterator[Fraction]:
    """The numbers that decide which form a formula has."""
    if isinstance(node, s.Number):
        if inside:
            yield node.value
        return
    if isinstance(node, s.BigOperator):
        for one in (*node.bounds, *node.conditions):
            yield from _asked_for(one, True)
        yield from _asked_for(node.body, inside)
        return
    asks = isinstance(node, ASKING) or (isinstance(node, s.Reference) and bool(node.indices))
    asks = asks or (isinstance(node, s.Call) and node.function in STEPPED)
    for child in s.children(node):
        yield from _asked_for(child, inside or asks)


ASKING = (s.Relation, s.Floor, s.Ceiling, s.Absolute, s.Delta, s.Binomial, s.Factorial, s.Iverson, s.Bound)
STEPPED = ("max", "min", "relu", "step", "abs", "sign", "floor", "ceil", "heaviside")


def occurrences(node: s.BigOperator, name: str) -> int:
    """How often a bound name stands in the body and in the conditions of its sum."""
    known = frozenset((name,))
    return sum(1 for part in (node.body, *node.conditions) for _ in _free(part, known, frozenset()))


def is_alone(index: s.Node) -> bool:
    return isinstance(index, s.Reference)
