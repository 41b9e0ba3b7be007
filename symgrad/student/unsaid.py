r"""What a sum runs over where the text leaves it open.

`\sum \frac{\partial f}{\partial y_i} \hat{x}_i` runs over the only index it can mean, `\sum_{j \le i \le n}` where j is
asked for over i.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from symgrad.read import syntax as s
from symgrad.read.ends import letter_of
from symgrad.student.scan import free_indices


def sums_with_indices(
    tree: s.Node, letters: frozenset[str], asked: Collection[str], sizes: Collection[str]
) -> tuple[s.Node, tuple[str, ...]]:
    """The tree in which sums without an index have theirs, and what was read so.

    k such sums one in another run over the letters in what is summed that are neither asked for nor bound, nor stand
    free elsewhere in the text; where there are not just k of these, the sums stay as they are.
    """
    tree = asked_stay_free(tree, letters, asked, sizes)
    if not _has_bare(tree):
        return tree, ()
    reader = _Unsaid(letters, frozenset(asked))
    return reader.inside(tree, frozenset()), tuple(dict.fromkeys(reader.notes))


class _Unsaid:
    def __init__(self, letters: frozenset[str], asked: frozenset[str]) -> None:
        self.letters, self.asked = letters, asked
        self.notes: list[str] = []

    def inside(self, value: Any, known: frozenset[str]) -> Any:
        """A node, or what its fields hold; `known`: the letters that have a meaning here."""
        if isinstance(value, tuple):
            return tuple(self.inside(x, known | self._beside(value, n)) for n, x in enumerate(value))
        if not isinstance(value, s.Node | s.Bound):
            return value
        if not isinstance(value, s.Bound) and _is_bare(value):
            return self._with_indices(value, known)
        if isinstance(value, s.BigOperator):
            known = known | {one.name for one in value.bounds}
        parts = [f.name for f in fields(value) if f.name != "span"]
        held = {name: getattr(value, name) for name in parts}
        others = {n: frozenset().union(*(self._free(x) for m, x in held.items() if m != n)) for n in parts}
        made: dict[str, Any] = {n: self.inside(x, known | others[n]) for n, x in held.items()}
        return replace(value, **made) if any(made[n] is not held[n] for n in parts) else value

    def _beside(self, nodes: tuple[Any, ...], n: int) -> frozenset[str]:
        return frozenset().union(*(self._free(x) for m, x in enumerate(nodes) if m != n))

    def _free(self, value: Any) -> frozenset[str]:
        """The letters that stand free, and in no sum that waits for its index."""
        if isinstance(value, tuple):
            return self._beside(value, -1)
        if not isinstance(value, s.Node | s.Bound) or _is_bare(value):
            return frozenset()
        if isinstance(value, s.BigOperator):
            return self._free(value.body) - {one.name for one in value.bounds}
        if isinstance(value, s.Reference) and not value.indices:
            return self.letters & {value.code}
        return frozenset().union(*map(self._free, s.children(value)))

    def _with_indices(self, node: s.Node, known: frozenset[str]) -> s.Node:
        body, signs = node, 0
        while _is_bare(body):
            body, signs = _summed(body), signs + 1
        open_ = [n for n in free_indices(body, self.letters) if n not in self.asked and n not in known]
        if len(open_) != signs:
            return node
        self.notes += [f"a sum without an index is read over {n}" for n in open_]
        inner = self.inside(body, known | set(open_))
        return s.BigOperator("sum", tuple(s.Bound(n, span=node.span) for n in open_), (), inner, node.span)


def _is_bare(node: Any) -> bool:
    if isinstance(node, s.Call):
        return node.function == "sum" and len(node.arguments) == 1 and not node.primes
    return isinstance(node, s.BigOperator) and node.operator == "sum" and not node.bounds and not node.conditions


def _has_bare(node: s.Node | s.Bound) -> bool:
    return _is_bare(node) or any(map(_has_bare, s.children(node)))


def _summed(node: Any) -> s.Node:
    return node.arguments[0] if isinstance(node, s.Call) else node.body


def asked_stay_free(tree: s.Node, letters: frozenset[str], asked: Collection[str], sizes: Collection[str]) -> s.Node:
    """The tree in which no condition under a sum binds a size or an index of the question, where another is meant."""
    found: s.Node = _asked_stay_free(tree, letters, frozenset((*asked, *sizes)))
    return found


def _asked_stay_free(node: Any, letters: frozenset[str], asked: frozenset[str]) -> Any:
    """The tree in which no condition under a sum binds an index of the question, where another one is meant."""
    if isinstance(node, tuple):
        return tuple(_asked_stay_free(x, letters, asked) for x in node)
    if not isinstance(node, s.Node | s.Bound):
        return node
    if isinstance(node, s.BigOperator) and any(one.name in asked for one in node.bounds):
        node = replace(node, bounds=_rebound(node, letters, asked))
    held = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
    made: dict[str, Any] = {name: _asked_stay_free(x, letters, asked) for name, x in held.items()}
    return replace(node, **made) if any(made[n] is not held[n] for n in made) else node


def _rebound(node: s.BigOperator, letters: frozenset[str], asked: frozenset[str]) -> tuple[s.Bound, ...]:
    found: list[s.Bound] = []
    names = {one.name for one in node.bounds}
    for one in node.bounds:
        relations = [r for r in node.conditions if isinstance(r, s.Relation)]
        said = [r for r in relations if r.span[0] <= one.span[0] < r.span[1]]  # it is no name of a list before them
        if one.name not in asked or one.lower is not None or one.within or not said:
            found.append(one)
            continue
        others = [n for r in said for n in map(letter_of, r.items) if n in letters - asked]
        if others and not names.intersection(others):
            found.append(replace(one, name=others[0]))
        elif not others:
            found.append(one)
    return tuple(found)
