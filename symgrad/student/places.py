r"""Places as answers: `6 at (1, 3) and (2, 3)`, `\{(1, 3), (2, 3)\}`. Those missing and those too many are named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from symgrad.check.points import Point
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.close import against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.named_values import Asked
from symgrad.student.verdict import Points, Verdict, Witness
from symgrad.student.worked import Numbers, Worked

WORDS = ("value", "place", "places", "pixel", "pixels", "entries")


class Places:
    """Judges which entries of a name have the value `wanted`, and this value where it is said."""

    def __init__(
        self, asked: Asked, wanted: Fraction, names: Names, numbers: Numbers, rounding: Rounding,
        words: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.name, self.known, self.axes, self.wanted = asked.name, asked.known, asked.axes, wanted
        self.names, self.numbers, self.rounding, self.words = names, numbers, rounding, {*words, *WORDS}
        self.right = frozenset(p for p, x in self.known.entries.items() if x.exact and x.low == wanted)

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        work = Worked(text, self.numbers)
        said, values = dict[Point, None](), list[Verdict]()
        for tree in trees:
            self._take(tree, work, said, values)
        read = ",\\; ".join(show(tree, self.names) for tree in trees)
        return replace(self._compared(said, values), read=read)

    def _take(self, tree: s.Node, work: Worked, said: dict[Point, None], values: list[Verdict]) -> None:
        """A place, a set of places, a value, or `Z[1, 3] = 6`."""
        if isinstance(tree, s.Relation):
            sides = list(tree.items)
            while sides and isinstance(sides[0], s.Reference) and sides[0].code == self.name:
                first = sides.pop(0)
                if isinstance(first, s.Reference) and first.indices:
                    said[tuple(map(work.whole, first.indices))] = None
            if len(sides) == len(tree.items):
                self._axes(tree, work, said)
                return
            for side in sides:
                self._take(side, work, said, values)
        elif self._is_place(tree):
            said[self._place(tree, work)] = None
        elif isinstance(tree, s.Tuple):
            for item in tree.items:
                self._take(item, work, said, values)
        else:
            values.append(against(work.array(tree), of(self.wanted), {}, self.rounding))

    def _axes(self, tree: s.Relation, work: Worked, said: dict[Point, None]) -> None:
        """`(i, j) = (1, 3)`: all sides but the indices are places."""
        places = [x for x in tree.items if self._is_place(x) and not self._is_letters(x)]
        if not places or len(places) + sum(map(self._is_letters, tree.items)) < len(tree.items):
            raise work.refused("places are expected", tree, "(1, 3), (2, 3)")
        said.update((self._place(x, work), None) for x in places)

    @staticmethod
    def _is_letters(node: s.Node) -> bool:
        return isinstance(node, s.Tuple) and all(isinstance(i, s.Reference) for i in node.items)

    @property
    def _depth(self) -> int:
        return len(next(iter(self.known.entries)))

    def _is_place(self, tree: s.Node) -> bool:
        plain = isinstance(tree, s.Tuple) and not any(isinstance(i, s.Tuple) for i in tree.items)
        return plain and isinstance(tree, s.Tuple) and len(tree.items) == self._depth

    def _place(self, tree: s.Node, work: Worked) -> Point:
        assert isinstance(tree, s.Tuple)
        return tuple(map(work.whole, tree.items))

    def _compared(self, said: Mapping[Point, None], values: list[Verdict]) -> Verdict:
        wrong = next((one for one in values if not one.is_right), None)
        extra = [p for p in said if p not in self.right]
        missing = sorted(self.right - said.keys())
        union = len(self.right | said.keys())
        shares = [Fraction(len(self.right & said.keys()), union) if union else Fraction(1)]
        shares += [Fraction(one.is_right) for one in values]
        words = [f"{len(self.right & said.keys())} of {len(self.right)} places", f"{len(extra)} too many"]
        words += [f"value: {one.kind}" for one in values]
        points = Points(sum(shares, Fraction(0)) / len(shares), tuple(words))
        if not extra and not missing:
            found = wrong or Verdict(v.RIGHT, 2, "worked out exactly")
            return replace(found, points=points, reason=f"the value: {found.reason}" if wrong else "")
        parts = [f"{_listed(missing)} missing"] if missing else []
        parts += [self._extra(p) for p in extra]
        parts += [f"the value: {wrong.witness.text}" if wrong.witness else "the value"] if wrong else []
        there = next((p for p in extra if p in self.known.entries), None)
        witness = self._witness(there) if there is not None else None
        return Verdict(v.WRONG, 3, v.RUNGS[3], reason="; ".join(parts), witness=witness, points=points)

    def _extra(self, place: Point) -> str:
        if place not in self.known.entries:
            return f"{_listed([place])} is no place of {self.name}"
        return f"{_listed([place])} is not one of them"

    def _witness(self, place: Point) -> Witness:
        """The value that stands at a place, beside the one looked for."""
        at = dict(zip(self.axes, place, strict=True))
        return Witness({}, at, float(self.known.entries[place].low), float(self.wanted), exact=True)


def _listed(places: Collection[Point]) -> str:
    return ", ".join(f"({', '.join(map(str, p))})" for p in places)
