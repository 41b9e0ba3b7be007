"""Where indices stand in a parsed text: each index of each statement, each axis of each name, and what joins them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.statements import Statement

Slot = tuple[str, int]  # a name and one of its axes


class Variable(NamedTuple):
    """An index of one statement: bound by a sum, or free on its left side. `number`: of the statement."""

    number: int
    letter: str
    at: int  # where it is introduced


Here = dict[str, Variable]


class Ends(NamedTuple):
    """The ends of a range as written; those that mention an index in force are conditions."""

    lower: s.Node | None
    upper: s.Node | None
    statement: Statement
    here: Here
    moving: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Place:
    """An index expression that is more than a letter, at an axis."""

    slot: Slot
    index: s.Node
    here: Here
    statement: Statement


@dataclass
class Places:
    """Everything found. `alone`: an index that stands by itself at an axis; `ends`: of the range of an index."""

    names: Names
    alone: list[tuple[Slot, Variable]] = field(default_factory=list)
    affine: list[Place] = field(default_factory=list)
    ends: dict[Variable, Ends] = field(default_factory=dict)
    limited: set[Variable] = field(default_factory=set)  # by a condition, so that not all of its range is met
    variables: dict[Variable, Statement] = field(default_factory=dict)
    sizes: dict[str, s.Reference | None] = field(default_factory=dict)  # with its place, unless it ends a range
    valued: dict[Variable, int] = field(default_factory=dict)  # index used as a number, not only at axes
    where: dict[str, Statement] = field(default_factory=dict)  # of the places in `sizes`
    divided: dict[str, Variable] = field(default_factory=dict)  # name alone below a sum over that index

    def free(self, number: int, statement: Statement, left: s.Node) -> Here:
        """The free indices of a definition: plain and different letters on its left side."""
        here: Here = {}
        for node in left.indices if isinstance(left, s.Reference) else ():
            letter = node.code if isinstance(node, s.Reference) and not node.indices else ""
            if not letter or letter in here or letter not in {n.code for n in self.names.indices}:
                raise refused(statement, "the left side of a definition has plain, different indices", node)
            here[letter] = self._new(Variable(number, letter, node.span[0]), statement)
        return here

    def letters(self, number: int, statement: Statement, *trees: s.Node) -> Here:
        """The free indices of a question or a fact: every index letter that no sum binds."""
        known = {n.code for n in self.names.indices}
        here: Here = {}
        for tree in trees:
            for node, bound in _references(tree, frozenset()):
                if node.code in known and node.code not in bound and node.code not in here:
                    here[node.code] = self._new(Variable(number, node.code, node.span[0]), statement)
        return here

    def _new(self, variable: Variable, statement: Statement) -> Variable:
        self.variables[variable] = statement
        return variable

    def visit(self, node: s.Node | s.Bound, here: Here, number: int, statement: Statement) -> None:
        """Every name and sum in a tree, with the indices in force there."""
        if isinstance(node, s.Reference):
            self._reference(node, here, statement)
            return
        if isinstance(node, s.BigOperator):
            inner = self._bound(node, here, number, statement)
            for inside in (*node.conditions, node.body):
                self.visit(inside, inner, number, statement)
            return
        if isinstance(node, s.Divide | s.Times):
            self._note_divisor(node, number)
        if isinstance(node, s.Delta) or (isinstance(node, s.Relation) and all(_is_letter(i, here) for i in node.items)):
            return  # two indices compared: no matter where they start
        for part in s.children(node):
            self.visit(part, here, number, statement)

    def _reference(self, node: s.Reference, here: Here, statement: Statement) -> None:
        if not node.indices and node.code not in here and node.code in {n.code for n in self.names.indices}:
            raise refused(statement, f"the index {node.code} is free here", node, "a sum over it, or it on the left")
        if not node.indices and node.code in here:
            self.valued.setdefault(here[node.code], node.span[0])
        for axis, index in enumerate(node.indices):
            if _is_letter(index, here):
                assert isinstance(index, s.Reference)
                self.alone.append(((node.code, axis), here[index.code]))
            else:
                self.sizes_in(index, here, statement)
                self.affine.append(Place((node.code, axis), index, here, statement))

    def _bound(self, node: s.BigOperator, here: Here, number: int, statement: Statement) -> Here:
        inner = dict(here)
        for one in node.bounds:
            if one.within:
                raise refused(statement, f"the values of {one.name} are not said", one, "both ends, as in i = 1..m")
            variable = self._new(Variable(number, one.name, one.span[0]), statement)
            inner[one.name] = variable
            moving = []
            for end in (one.lower, one.upper):
                if end is not None:
                    self.sizes_in(end, inner, statement, ends=True)
                moving.append(end is not None and any(r.code in inner for r in references(end)))
            self.ends[variable] = Ends(one.lower, one.upper, statement, dict(inner), (moving[0], moving[1]))
            if any(moving):
                self.limited |= {variable, *(v for letter, v in inner.items() if letter in _letters(one))}
        for condition in node.conditions:
            mentioned = {n.code for n, _ in _references(condition, frozenset())}
            self.limited |= {v for letter, v in inner.items() if letter in mentioned}
        return inner

    def sizes_in(self, node: s.Node, here: Here, statement: Statement, ends: bool = False) -> None:
        """Names in an index expression or (`ends`) at the end of a range, other than indices in force, are sizes."""
        known = {n.code for n in self.names.indices}
        for one, _ in _references(node, frozenset()):
            if one.code in here:
                continue
            if one.code in known:
                raise refused(statement, f"the index {one.code} is free here", one, "a sum over it, or it on the left")
            if one.indices:
                raise refused(statement, "an index or a range that depends on data", one, "indices, sizes, integers")
            if ends:
                self.sizes[one.code] = None
            else:
                self.sizes.setdefault(one.code, one)
                self.where.setdefault(one.code, statement)

    def _note_divisor(self, node: s.Divide | s.Times, number: int) -> None:
        """A name alone below a fraction line with a sum: perhaps the number of values of that sum's index."""
        factors = node.factors if isinstance(node, s.Times) else (node,)
        below = [f.bottom for f in factors if isinstance(f, s.Divide)]
        above = [f.top if isinstance(f, s.Divide) else f for f in factors]
        sums = [one.bounds[0] for part in above for one in _sums(part) if one.bounds]
        for name in (r for b in below for r in _factors(b) if isinstance(r, s.Reference) and not r.indices):
            for bound in sums:
                self.divided.setdefault(name.code, Variable(number, bound.name, bound.span[0]))


def _is_letter(node: s.Node, here: Here) -> bool:
    return isinstance(node, s.Reference) and not node.indices and node.code in here


def _sums(node: s.Node | s.Bound) -> Iterator[s.BigOperator]:
    if isinstance(node, s.BigOperator):
        yield node
    for below in s.children(node):
        yield from _sums(below)


def _letters(one: s.Bound) -> set[str]:
    return {r.code for end in (one.lower, one.upper) if end is not None for r in references(end)}


def _factors(node: s.Node) -> tuple[s.Node, ...]:
    return node.factors if isinstance(node, s.Times) else (node,)


def _references(node: s.Node | s.Bound, bound: frozenset[str]) -> Iterator[tuple[s.Reference, frozenset[str]]]:
    """Every name in a tree, with the names that sums bind around it."""
    if isinstance(node, s.Reference):
        yield node, bound
    inner = bound | {b.name for b in node.bounds} if isinstance(node, s.BigOperator) else bound
    for below in s.children(node):
        yield from _references(below, inner)


def references(node: s.Node) -> Iterator[s.Reference]:
    """The names of a tree that no sum binds."""
    for one, bound in _references(node, frozenset()):
        if one.code not in bound:
            yield one


def refused(statement: Statement, what: str, node: s.Node | s.Bound, expected: str = "", fix: str = "") -> ReadError:
    """A refusal with its caret under a node."""
    return ReadError(what, text=statement.text, caret=node.span[0], expected=expected, fix=fix)
