"""The number of values of an index that keep what it reads inside: all starts of a window in an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import sympy

from symgrad.algebra.border import Entrance, Known
from symgrad.algebra.index import Affine, Context
from symgrad.algebra.records import Base, Ref, reads
from symgrad.algebra.window import Ends, ends, least
from symgrad.declare.model import Model
from symgrad.declare.names import Index
from symgrad.errors import DeclarationError


class Room(Protocol):
    """What is needed of the graph that the index will belong to."""

    model: Model

    def require(self, *relations: Any) -> None: ...
    def _known(self, where: str) -> Known: ...
    def _sympy(self, index: Affine) -> sympy.Expr: ...


def valid_count(room: Room, name: str, valid: Callable[[Any], Any], start: int) -> sympy.Expr:
    """How many values, from `start` on, keep every reference of `valid(index)` inside, whatever the other indices are.

    It is required that there is one. Refused where the first start reads outside, or none is the last.
    """
    index = Index(name, sympy.Integer(start), sympy.Integer(start))
    given = valid(index)
    found = list(given) if isinstance(given, list | tuple) else [given]
    where = f"index {name}, valid for {', '.join(map(str, found))}"
    known = room._known(where)
    known = replace(known, indices={**known.indices, name: ()}, symbols={**known.symbols, name: index})
    atoms = [atom for value in found for atom, _ in reads([Base(Entrance(known).poly(value))])]
    limits = [of for atom in atoms for of in _kept(room.model, atom, name, where)]
    context = Context(frozenset(room.model.sizes), {}, room.model.relations)
    first, at = Affine.number(start), Affine.name(name)
    for of in limits:
        if of.slope(name).terms and ends(name, [at, of]) is None and not context.proves(of.put({name: first})):
            raise DeclarationError(
                "the first start reads outside",
                where=where,
                expected=f"{of.put({name: first})} >= 0",
                given=f"{name} = {start}",
                fix="a greater start=, or an image with padding as a definition of its own",
            )
    return _counted(room, name, [e for of in limits if (e := ends(name, [at - first, of])) is not None], where)


def _kept(model: Model, atom: Ref, name: str, where: str) -> Sequence[Affine]:
    """What is >= 0 where a reference stays inside for all values of its other indices."""
    ranges = {n: i.limits for n, i in model.indices.items()}
    found = []
    for limit in model.read_ranges(atom):
        of = least(limit.of, name, ranges) if name in limit.of.names else limit.of
        if of is None:
            raise DeclarationError(
                "a window whose end is not known",
                where=where,
                expected="indices with one first and one last value, and slopes of one sign",
                given=str(atom),
                fix=f'g.index("{name}", count) with the count itself',
            )
        found.append(of)
    return found


def _counted(room: Room, name: str, highs: Sequence[Ends], where: str) -> sympy.Expr:
    """The number of values up to the one end; what it needs to be at least 1 is required."""
    different = list(dict.fromkeys(highs))
    if len(different) != 1:
        raise DeclarationError(
            "an index without end" if not different else "an index with several ends",
            where=where,
            expected=f"one reference in which {name} stands, with a last value",
            given=", ".join(f"{e.divisor}*{name} <= {e.top}" for e in different) or "none",
            fix=f'g.index("{name}", count) with the count itself',
        )
    (end,) = different
    spare = end.room - end.divisor
    try:
        room.require(room._sympy(spare) >= 0)
    except DeclarationError as cause:
        raise DeclarationError(
            "a window that does not fit",
            where=where,
            expected="a window that is at most as large as what it moves in",
            given=f"it ends {-spare} behind the last entry",
            fix="a smaller kernel, or a larger image",
        ) from cause
    top, divisor = room._sympy(end.top), room._sympy(end.divisor)
    return sympy.floor(top / divisor) - room._sympy(end.first) + 1
