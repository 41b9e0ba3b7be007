"""Every place in a syntax tree, with what puts something else there: where a mistake can be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from symgrad.read import syntax as s
from symgrad.student.words import Words

VALUE, INDEX, DERIVATIVE, EXPONENT = "value", "index", "derivative", "exponent"


@dataclass(frozen=True)
class Scope:
    """Where a node stands: `role` VALUE, INDEX (in the indices of a name), DERIVATIVE (a name in one) or EXPONENT.

    `bound`: the names of the sums around it, the innermost last; `parent`: the node directly above.
    """

    words: Words
    bound: tuple[str, ...] = ()
    role: str = VALUE
    parent: s.Node | None = None

    @property
    def indices(self) -> tuple[str, ...]:
        """Every index that may stand here: those of the sums around, then the free ones of the question."""
        return tuple(dict.fromkeys((*self.bound, *self.words.free)))


@dataclass(frozen=True)
class Spot:
    """A node of a tree; `put` gives the whole tree with another node in its place."""

    node: s.Node
    put: Callable[[s.Node], s.Node]
    scope: Scope


def spots(node: s.Node, scope: Scope) -> Iterator[Spot]:
    """The node itself, then the places below, in written order."""
    yield Spot(node, lambda new: new, scope)
    for child, rebuild, inner in _below(node, scope):
        for spot in spots(child, inner):
            yield Spot(spot.node, _inside(rebuild, spot.put), spot.scope)


Rebuild = Callable[[s.Node], s.Node]


def _inside(outer: Rebuild, inner: Rebuild) -> Rebuild:
    return lambda new: outer(inner(new))


def _below(node: s.Node, scope: Scope) -> Iterator[tuple[s.Node, Rebuild, Scope]]:
    inner = replace(scope, parent=node)
    if isinstance(node, s.Reference | s.Delta):
        inner = replace(inner, role=INDEX)
    elif isinstance(node, s.PartialDerivative):
        inner = replace(inner, role=DERIVATIVE)
    elif isinstance(node, s.Power):
        yield node.of, lambda new: replace(node, of=new), inner
        yield node.exponent, lambda new: replace(node, exponent=new), replace(inner, role=EXPONENT)
        return
    elif isinstance(node, s.BigOperator):
        inner = replace(inner, bound=(*scope.bound, *(one.name for one in node.bounds)))
        yield node.body, lambda new: replace(node, body=new), inner
        return
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, s.Node):
            yield value, _field(node, part.name), inner
        elif isinstance(value, tuple):
            for k, item in enumerate(value):
                if isinstance(item, s.Node):
                    yield item, _item(node, part.name, value, k), inner


def _field(node: s.Node, name: str) -> Rebuild:
    def rebuild(new: s.Node) -> s.Node:
        made: dict[str, Any] = {name: new}
        return replace(node, **made)

    return rebuild


def _item(node: s.Node, name: str, items: tuple[s.Node, ...], k: int) -> Rebuild:
    def rebuild(new: s.Node) -> s.Node:
        made: dict[str, Any] = {name: (*items[:k], new, *items[k + 1 :])}
        return replace(node, **made)

    return rebuild


def renamed(node: s.Node, old: str, new: str) -> s.Node:
    """The tree with one free index written as another."""
    if isinstance(node, s.Reference) and not node.indices:
        return replace(node, code=new) if node.code == old else node
    if isinstance(node, s.BigOperator) and any(one.name == old for one in node.bounds):
        return node
    changes: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, s.Node):
            changes[part.name] = renamed(value, old, new)
        elif isinstance(value, tuple):
            changes[part.name] = tuple(_renamed_item(item, old, new) for item in value)
    return replace(node, **changes)


def _renamed_item(item: object, old: str, new: str) -> object:
    if isinstance(item, s.Bound):
        lower, upper = (None if e is None else renamed(e, old, new) for e in (item.lower, item.upper))
        return replace(item, lower=lower, upper=upper)
    if isinstance(item, tuple):
        return tuple(_renamed_item(one, old, new) for one in item)
    return renamed(item, old, new) if isinstance(item, s.Node) else item
