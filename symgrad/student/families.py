r"""Names that differ in their numbers, as a family: `\sum_k w_{k,6} n_k` where w_{3,6}, w_{4,6}, n_3, n_4 are declared.

Law: such a sum runs over every value of the index for which all names in its body are declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import DeclaredName, Names

NUMBERED = re.compile(r"(\\?[a-zA-Z]+)_(?:(\d)|\{(\d+(?:,\d+)*)\})")
MARK = "family"
HOLDS = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True)
class Families:
    """The names by letter and numbers; `declared` are the letters with indices, for the reader."""

    members: Mapping[str, Mapping[tuple[int, ...], str]]

    @classmethod
    def of(cls, names: Names) -> Families:
        found: dict[str, dict[tuple[int, ...], str]] = {}
        for name in (n for n in names.symbols if not n.arity):
            match = NUMBERED.fullmatch(name.template)
            if match:
                numbers = tuple(map(int, (match[2] or match[3]).split(",")))
                found.setdefault(match[1], {})[numbers] = name.code
        taken = {n.shown() for n in names.by_code.values()}
        kept = {a: m for a, m in found.items() if len(m) > 1 and len({*map(len, m)}) == 1 and a not in taken}
        return cls({a.lstrip("\\") + MARK: m for a, m in kept.items()})

    def declared(self, names: Names) -> tuple[DeclaredName, ...]:
        shown = {n.template.split("_")[0] for n in names.symbols}
        letters = {a.lstrip("\\") + MARK: a for a in shown}
        return tuple(
            DeclaredName(code, f"{letters[code]}_#", len(next(iter(members)))) for code, members in self.members.items()
        )

    def spelled_out(self, node: s.Node, at: Mapping[str, int] | None = None) -> s.Node:
        """The tree with members in place of family entries, and sums over a family written out."""
        at = at or {}
        if isinstance(node, s.Reference):
            return self._member(node, at)
        if isinstance(node, s.BigOperator) and len(node.bounds) == 1:
            values = self._values(node.body, node.bounds[0].name)
            if values:
                return self._sum(node, sorted(values), at)
        parts: dict[str, Any] = {}
        for part in fields(node):
            if part.name != "span":
                parts[part.name] = self._inside(getattr(node, part.name), at)
        return replace(node, **parts)

    def _inside(self, value: Any, at: Mapping[str, int]) -> Any:
        if isinstance(value, tuple):
            return tuple(self._inside(item, at) for item in value)
        if isinstance(value, s.Bound):
            ends = (None if e is None else self.spelled_out(e, at) for e in (value.lower, value.upper))
            lower, upper = ends
            return replace(value, lower=lower, upper=upper)
        return self.spelled_out(value, at) if hasattr(value, "span") else value

    def _member(self, node: s.Reference, at: Mapping[str, int]) -> s.Node:
        if node.code in at and not node.indices:
            return s.Number(str(at[node.code]), node.span)
        indices = tuple(self.spelled_out(i, at) for i in node.indices)
        if node.code not in self.members:
            return replace(node, indices=indices)
        numbers = tuple(int(i.value) for i in indices if isinstance(i, s.Number) and i.value.denominator == 1)
        code = self.members[node.code].get(numbers) if len(numbers) == len(indices) else None
        if code is None:
            letter = node.code.removesuffix(MARK)
            raise ReadError(f"no {letter} with these numbers is declared", caret=node.span[0])
        return s.Reference(code, (), node.span)

    def _values(self, node: s.Node | s.Bound, name: str) -> set[int]:
        """The numbers that stand in a family where the index does."""
        found: set[int] = set()
        if isinstance(node, s.Reference) and node.code in self.members:
            for place, index in enumerate(node.indices):
                if isinstance(index, s.Reference) and index.code == name:
                    found |= {numbers[place] for numbers in self.members[node.code]}
        for child in s.children(node):
            found |= self._values(child, name)
        return found

    def _sum(self, node: s.BigOperator, values: list[int], at: Mapping[str, int]) -> s.Node:
        if node.operator != "sum":
            raise ReadError("only sums run over names with numbers", caret=node.span[0])
        one, terms = node.bounds[0], []
        for value in values:
            here = {**at, one.name: value}
            ends = [None if e is None else _number(self.spelled_out(e, at)) for e in (one.lower, one.upper)]
            low, high = ends
            if (low is not None and value < low) or (high is not None and value > high):
                continue
            if not all(_holds(self.spelled_out(c, here)) for c in node.conditions):
                continue
            try:
                terms.append(self.spelled_out(node.body, here))
            except ReadError:
                continue
        return s.Plus(tuple(terms), node.span) if len(terms) > 1 else terms[0] if terms else s.Number("0", node.span)


def _number(node: s.Node) -> int:
    if not isinstance(node, s.Number) or node.value.denominator != 1:
        raise ReadError("the end of a sum over names with numbers is a number", caret=node.span[0])
    return int(node.value)


def _holds(node: s.Node) -> bool:
    if not isinstance(node, s.Relation):
        raise ReadError("a condition on numbers is expected", caret=node.span[0])
    numbers = [_number(i) for i in node.items]
    return all(HOLDS[r](a, b) for a, b, r in zip(numbers, numbers[1:], node.relations, strict=False))
