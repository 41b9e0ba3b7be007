"""Sizes, indices and names of a graph: what they are called, which range they have, what is known of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

import sympy

from symgrad.algebra.border import FUNCTIONS, Entrance, Known, expression
from symgrad.algebra.border_cases import limit as limit_of
from symgrad.algebra.border_out import Exit
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.declare import model as record
from symgrad.declare.names import Index, Size
from symgrad.declare.valid import valid_count
from symgrad.errors import DeclarationError, nearest

TIES = ("first", "split")
LETTERS = "ijkl"  # of indices that nobody named


class Sizes:
    """The sizes, indices and names of a graph; `model` is the frozen snapshot of what has been declared so far."""

    def __init__(self, name: str = "", ties: str = "first") -> None:
        """`ties`: where several values are the greatest, the gradient goes to the first of them, or is split evenly."""
        if ties not in TIES:
            raise DeclarationError(
                "a policy for ties that is not known", where=f"graph {name}", expected=", ".join(TIES), given=str(ties)
            )
        self.model = record.Model(name, ties=ties)
        self._symbols: dict[str, Any] = {}
        self._unnamed: set[str] = set()  # indices that array notation made
        self._kept: frozenset[str] = frozenset()  # indices that array notation must not take for axes
        self.numbers_given: dict[str, Any] = {}  # of inputs and sizes
        self.outputs: tuple[Any, ...] = ()  # handles of what a traced function returns
        self.said: tuple[str, ...] = ()  # what was taken for granted when a text was read

    # --- sizes and indices

    def size(self, name: str, shown: str = "") -> Size:
        """A symbolic size, any integer >= 1."""
        self._new(name, "size")
        self.model = replace(self.model, sizes={**self.model.sizes, name: shown})
        return self._keep(name, Size(name))

    def sizes(self, names: str) -> tuple[Size, ...]:
        return tuple(self.size(name) for name in names.split())

    def index(
        self,
        name: str,
        count: Any = None,
        start: int = 0,
        shown: str = "",
        *,
        valid: Callable[[Any], Any] | None = None,
    ) -> Index:
        """An index over `count` values, from `start` on; a count may be a size expression, also with a floor.

        With g.index("i", (H - K)//s + 1) the range is kept exact: s*i <= H - K. In place of a count, `valid` says what
        is read, and the range is all that keeps it inside: g.index("i", valid=lambda i: X[s*i + k]).
        """
        where = f"index {name}"
        if (count is None) == (valid is None):
            raise DeclarationError(
                "an index has a count, or what it must keep inside",
                where=where,
                expected=f'g.index("{name}", n) or g.index("{name}", valid=lambda {name}: x[{name} + k])',
                given="neither" if count is None else "both",
            )
        if valid is not None:
            self._new(name, "index")
            count = valid_count(self, name, valid, start)
        made = self._symbols[name] if name in self._unnamed else None
        if made is not None and (made.first, self.count(name)) == (expression(start), expression(count)):
            self._unnamed.discard(name)  # array notation has made the same one
            return made
        self._new(name, "index")
        entrance = Entrance(replace(self._known(where), indices={}))
        start = expression(start)
        last = expression(count) + start - 1
        lows, highs = entrance.bounds(start, "low"), entrance.bounds(last, "high")
        at = Affine.name(name)
        limits = tuple([at * c - a for a, c in lows] + [a - at * c for a, c in highs])
        context = Context(frozenset(self.model.sizes), {}, self.model.relations)
        if any(context.refutes(Limit("ge", a - lows[0][0] * c)) for a, c in highs):
            raise DeclarationError(
                "an index without values",
                where=where,
                expected="a count of at least 1",
                given=str(count),
                fix="a size, or a number from 1 on; a window must fit into what it moves in",
            )
        entry = record.Index(name, limits, lows[0][0], shown)
        self.model = replace(self.model, indices={**self.model.indices, name: entry})
        return self._keep(name, Index(name, start, last))

    def indices(self, names: str, count: Any, start: int = 0) -> tuple[Index, ...]:
        return tuple(self.index(name, count, start) for name in names.split())

    def require(self, *relations: Any) -> None:
        """Relations between sizes that hold wherever the layer is used: `g.require(H >= K)`."""
        for relation in relations:
            walk = Entrance(replace(self._known(f"require({relation})"), indices={}))
            if isinstance(relation, bool | sympy.logic.boolalg.BooleanAtom):
                if not relation:
                    raise DeclarationError(
                        "a requirement that never holds",
                        where=f"require({relation})",
                        expected="a relation that some sizes satisfy",
                        given="a comparison that is already false: sizes are at least 1",
                    )
                continue
            if not isinstance(relation, sympy.core.relational.Relational):
                raise DeclarationError(
                    "a requirement is a relation between sizes",
                    where=f"require({relation!r})",
                    expected="H >= K, and the like",
                    given=type(relation).__name__,
                )
            limit = limit_of(walk, relation)
            found = (limit.of,) if limit.kind == "ge" else (limit.of, -limit.of)
            if limit.kind == "ne":
                raise DeclarationError(
                    "a requirement must be an inequality or an equation", where=f"require({relation})"
                )
            context = Context(frozenset(self.model.sizes), {}, self.model.relations)
            if any(context.refutes(Limit("ge", of)) for of in found):
                raise DeclarationError(
                    "a requirement that contradicts the others",
                    where=f"require({relation})",
                    expected=", ".join(f"{e} >= 0" for e in self.model.relations) or "sizes of at least 1",
                    given=str(relation),
                )
            self.model = replace(self.model, relations=self.model.relations + found)

    # --- indices that array notation needs

    def index_like(self, name: str, avoid: Sequence[str]) -> str:
        """Another index of the same range, not one of these: a declared one, or a new one."""
        for other in self.model.indices:
            free = other not in avoid and other not in self._kept
            if free and _moved(self.model, other) == _moved(self.model, name):
                return other
        first, last = self._symbols[name].first, self._symbols[name].last
        return self._nameless(last - first + 1, first)

    def index_over(self, count: Any, avoid: Sequence[str]) -> str:
        """An index from 0 on over `count` values, not one of these: a declared one, or a new one."""
        wanted = expression(count)
        for name in self.model.indices:
            index = self._symbols.get(name)
            free = name not in avoid and name not in self._kept
            if free and index is not None and index.first == 0 and self.count(name) == wanted:
                return name
        return self._nameless(wanted, 0)

    def _nameless(self, count: Any, start: Any) -> str:
        names = [*LETTERS, *(f"{c}{n}" for n in range(1, 99) for c in LETTERS)]
        name = next(n for n in names if not self._taken(n))
        self.index(name, count, start)
        self._unnamed.add(name)
        return name

    @property
    def sizes_named(self) -> Mapping[str, Size]:
        """The sizes by their names."""
        return {name: self._symbols[name] for name in self.model.sizes}

    def is_unnamed(self, name: str) -> bool:
        """Whether nobody chose the letter of an index."""
        return name in self._unnamed or name not in self._symbols

    def apart(self, model: record.Model, kept: Iterable[str] = ()) -> Self:
        """A copy of this graph with another model, in which arrays are computed without a trace in this one.

        `kept`: indices that stand for places there, and are no axes.
        """
        new = copy(self)
        new._kept = frozenset(kept)
        new.model, new._symbols, new._unnamed = model, dict(self._symbols), set(self._unnamed)
        for name in model.indices.keys() - self._symbols.keys():  # made by a derivation, like one that is declared
            moved = _moved(model, name)
            like = next((n for n in self.model.indices if n in self._symbols and _moved(model, n) == moved), None)
            if like is not None:
                new._symbols[name] = Index(name, self._symbols[like].first, self._symbols[like].last)
        return new

    def count(self, name: str) -> sympy.Expr:
        """The number of values of an index."""
        index = self._symbols[name]
        return index.last - index.first + 1

    def affine(self, value: Any, where: str) -> Affine:
        """A size expression as an index expression."""
        return Entrance(replace(self._known(where), indices={})).index(expression(value))

    # --- bookkeeping

    def _sympy(self, index: Affine) -> sympy.Expr:
        return Exit(lambda n: self._symbols[n], lambda t, used: {}, self.model.context(), self.model.read_ranges).index(
            index
        )

    def _known(self, where: str) -> Known:
        limits = {n: i.limits for n, i in self.model.indices.items()}
        return Known(
            frozenset(self.model.sizes),
            limits,
            self.model.signs,
            where,
            self.model.functions,
            self._symbols,
            relations=self.model.relations,
        )

    def _same_index(self, index: Index, where: str) -> None:
        mine = self._symbols.get(index.name)
        if isinstance(mine, Index) and index != mine:
            raise DeclarationError(
                f"index {index.name} has another range in this graph",
                where=where,
                expected=f"{mine.first} to {mine.last}",
                given=f"{index.first} to {index.last}",
                fix=f"use the index {index.name} of this graph, or another name",
            )

    def _new(self, name: str, kind: str) -> None:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name):
            raise DeclarationError(
                "not a name",
                where=f"{kind} {name!r}",
                expected="a letter, then letters and digits, words joined by _",
                given=repr(name),
                fix="the displayed form may be anything: shown=...",
            )
        if name in FUNCTIONS:
            raise DeclarationError(
                f"{name} is the name of a function",
                where=f"{kind} {name}",
                expected="a name of your own",
                given=name,
                fix=f"my_{name}, with shown=... for the paper",
            )
        taken = self._taken(name)
        if taken:
            raise DeclarationError(
                "name declared twice",
                where=f"{kind} {name}",
                expected="a new name",
                given=f"{name}, already declared as {taken}",
                fix=f"declare {name} before the arrays: an axis took the name" if name in self._unnamed else f"{name}2",
            )

    def _taken(self, name: str) -> str:
        """What a name stands for already, or ""."""
        tensor = self.model.tensors.get(name)
        kinds = (("size", self.model.sizes), ("index", self.model.indices), ("function", self.model.functions))
        return tensor.kind if tensor else next((kind for kind, names in kinds if name in names), "")

    def state(self) -> tuple[Any, ...]:
        """All that was declared so far, to go back to."""
        return self.model, dict(self._symbols), set(self._unnamed)

    def go_back(self, state: tuple[Any, ...]) -> None:
        """Forgets what was declared since."""
        self.model, self._symbols, self._unnamed = state

    def _keep(self, name: str, handle: Any) -> Any:
        self._symbols[name] = handle
        return handle

    def __getitem__(self, name: str) -> Any:
        """The size, index or handle of that name."""
        if name not in self._symbols:
            known = list(self._symbols)
            raise DeclarationError(
                "a name that is not declared", where=f"g[{name!r}]", expected=", ".join(known), fix=nearest(name, known)
            )
        return self._symbols[name]


def _moved(model: record.Model, name: str) -> frozenset[Affine]:
    """The range of an index, whatever its name."""
    return frozenset(x.put({name: Affine.name("*")}) for x in model.indices[name].limits)
