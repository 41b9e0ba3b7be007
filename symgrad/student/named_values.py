"""Answers that give the values of names: `a1 = W1 x + b1 = (2, 8, 9), L = 4`. Each equality is worked out exactly.

A value alone is that of the one name asked for; several values alone are read in the order asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from symgrad.check.points import Point
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import Piece, pieces, whole_number
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import of_several
from symgrad.student.close import against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import Array, of
from symgrad.student.formulas import Formula
from symgrad.student.scan import has_names
from symgrad.student.verdict import Verdict, of_chain
from symgrad.student.worked import Known, Numbers, Worked, arranged


@dataclass(frozen=True)
class Asked:
    """A name whose value is asked for; `axes`: its indices with their first values.

    `same`: another name that it only repeats, as z0 = x does: where that one is given or said, this one need not be.
    """

    name: str
    known: Known
    axes: Mapping[str, int]
    same: str = ""

    @property
    def value(self) -> Array:
        return arranged(self.known, self.name)


class Spoken(NamedTuple):
    """What a piece says: of whom, each with the place of one entry or None for all, and the sides of its chain."""

    node: s.Node
    subjects: list[tuple[str, Point | None]]
    sides: list[s.Node]
    abouts: list[bool]


class NamedValues:
    """Judges texts against the values of `asked`. `numbers`: the entries of all names, given and worked out.

    `changes`: formulas that may be said beside the values, each after its name: dy = w dx + x dw.
    """

    def __init__(
        self,
        asked: Sequence[Asked],
        names: Names,
        numbers: Numbers,
        rounding: Rounding | None = None,
        words: Collection[str] = (),
        changes: Mapping[str, Formula] | None = None,
    ) -> None:
        self.changes = changes or {}
        self.asked, self.names, self.numbers, self.words = {a.name: a for a in asked}, names, numbers, words
        self.rounding = rounding or Rounding()

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported, DoesNotConform."""
        text = whole_number(text) if self._single else text
        everything = [one for piece in pieces(text, self.names, self.words) for one in self._split(piece)]
        given = [one for one in everything if self._change(one) is None]
        work = Worked(text, self.numbers)
        spoken = [self._spoken(one, work) for one in given]
        bare = [one.node for one in spoken if not one.subjects]
        order = self._in_order(bare, text)
        said, covered = list[tuple[str, Verdict]](), dict[str, set[Point]]()
        for one in spoken:
            for name, place in one.subjects or [(order.pop(0), None)]:
                said.append((self._label(name, place), self._judged(name, place, one, work)))
                covered.setdefault(name, set()).update([place] if place is not None else self._places(name))
        if len(bare) > 1:
            self._refuse_other_order(spoken, said, work)
        said += [self._changed(one, text) for one in everything if self._change(one) is not None]
        missing = [m for a in self.asked.values() for m in self._missing(a, covered)]
        found = of_several(said, missing)
        notes = (f"read in the order asked: {', '.join(self.asked)}",) if len(bare) > 1 else ()
        read = ",\\; ".join(show(one.tree, self.names) for one in everything)
        return replace(found, read=read, notes=(*found.notes, *notes))

    def _change(self, one: Piece) -> Formula | None:
        """The formula that a piece speaks of, where it begins with its name."""
        first = one.tree.items[0] if isinstance(one.tree, s.Relation) else None
        return self.changes.get(first.code) if isinstance(first, s.Reference) else None

    def _changed(self, one: Piece, text: str) -> tuple[str, Verdict]:
        """Every side after the name, as a formula; numbers may be put in for other names."""
        formula = self._change(one)
        assert formula is not None and isinstance(one.tree, s.Relation) and isinstance(one.tree.items[0], s.Reference)
        sides = [formula.judged(side, text, self.rounding) for side in one.tree.items[1:]]
        return one.tree.items[0].code, of_chain(sides)

    def _refuse_other_order(self, spoken: Sequence[Spoken], said: Sequence[tuple[str, Verdict]], work: Worked) -> None:
        """Values that are all there, but not in the order asked: nothing says which is which."""
        if all(one.is_right for _, one in said) or not self._single:
            return
        given = [work.number(one.sides[-1]) for one in spoken if not one.subjects]
        if Counter(given) == Counter(next(iter(a.known.entries.values())) for a in self.asked.values()):
            raise work.refused("the values are in another order", spoken[0].node, f"{', '.join(self.asked)}, or names")

    def _places(self, name: str) -> Collection[Point]:
        known = self.numbers(name)
        return known.entries if known else ()

    def _missing(self, one: Asked, covered: Mapping[str, Collection[Point]]) -> list[str]:
        """What is not said of a name that is asked for: the name, or some of its entries."""
        there = covered.get(one.name, ())
        left = [p for p in one.known.entries if p not in there]
        if not left or one.same in covered:
            return []
        return [one.name] if not there else [self._label(one.name, p) for p in left]

    @staticmethod
    def _label(name: str, place: Point | None) -> str:
        return name if place is None else f"{name}[{', '.join(map(str, place))}]"

    @property
    def _single(self) -> bool:
        return all(len(a.known.entries) == 1 for a in self.asked.values())

    def _split(self, piece: Piece) -> list[Piece]:
        """A tuple of values for several names asked for, one by one."""
        several = len(self.asked) > 1 and self._single
        if several and not piece.label and isinstance(piece.tree, s.Tuple) and len(piece.tree.items) == len(self.asked):
            return [Piece(item) for item in piece.tree.items]
        return [piece]

    def _in_order(self, bare: Sequence[s.Node], text: str) -> list[str]:
        """The names of values that stand alone: the one asked for, or all in their order."""
        if bare and len(bare) != len(self.asked):
            raise ReadError(
                "it is not said what this is the value of" if len(self.asked) > 1 else "more than one value",
                text=text,
                caret=bare[0 if len(self.asked) > 1 else 1].span[0],
                expected=f"name = value, for {', '.join(self.asked)}" if len(self.asked) > 1 else "one value",
            )
        return list(self.asked) if bare else []

    def _spoken(self, one: Piece, work: Worked) -> Spoken:
        """The names, or the entry, that a piece speaks of, and what it says they are."""
        relations = one.tree.relations if isinstance(one.tree, s.Relation) else ()
        other = next((r for r in relations if r not in ("=", "~")), None)
        if other is not None:
            raise work.refused(f"{other} where a value is asked for", one.tree, "an equality")
        sides: list[s.Node] = list(one.tree.items) if isinstance(one.tree, s.Relation) else [one.tree]
        subjects: list[tuple[str, Point | None]] = [(name, None) for name in one.label]
        subjects += self._leading(sides, work)
        unknown = next((n for n, _ in subjects if self.numbers(n) is None), None)
        if unknown:
            raise work.refused(f"{unknown} has no value here", one.tree, ", ".join(self.asked))
        abouts = [r == "~" for r in ("=", *relations)][-len(sides) :]
        return Spoken(one.tree, subjects, sides, abouts)

    def _leading(self, sides: list[s.Node], work: Worked) -> list[tuple[str, Point | None]]:
        """The names and entries at the start of a chain, which are taken off it."""
        found: list[tuple[str, Point | None]] = []
        while len(sides) > 1 and isinstance(first := sides[0], s.Reference) and self.numbers(first.code):
            found.append((first.code, tuple(map(work.whole, first.indices)) if first.indices else None))
            del sides[0]
        return found

    def _judged(self, name: str, place: Point | None, one: Spoken, work: Worked) -> Verdict:
        """Every side of a chain against the value of the name, or of one entry."""
        known = self.numbers(name)
        assert known is not None
        if place is not None and place not in known.entries:
            raise work.refused(f"{name} has no entry {', '.join(map(str, place))}", one.node)
        value = arranged(known, name) if place is None else of(known.entries[place])
        axes = dict(self.asked[name].axes) if place is None and name in self.asked else {}
        verdicts = []
        for side, about in zip(one.sides, one.abouts, strict=True):
            here = against(work.array(side), value, axes, self.rounding, about)
            verdicts.append(replace(here, read=show(side, self.names)))
        found = of_chain(verdicts)
        if found.kind == v.RIGHT and has_names(one.sides[-1]):
            return replace(found, kind=v.UNWORKED, reason="names are left in it")
        return found
