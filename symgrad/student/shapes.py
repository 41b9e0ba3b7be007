"""Shapes as answers: `(m, 50)`, `m x 50`, `Z and U (46, 62, 20)`. Lengths are formulas in sizes, or numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import Piece, pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import of_several
from symgrad.student.arithmetic import link_wrong
from symgrad.student.conventions import Rounding
from symgrad.student.own import defined, own_names, with_own
from symgrad.student.sized import OfSizes
from symgrad.student.verdict import Verdict, of_chain
from symgrad.student.worked import Numbers, Worked, pairs

WORDS = ("shape", "size", "sizes", "shapes", "dim", "pixels", "by")


# X \in \mathbb{R}^{m \times 10}: of this shape
REAL = r"(?:\\mathbb\s*(?:\{R\}|R)|ℝ|(?<=\\in)\s*R|(?<=∈)\s*R)"
REALS = re.compile(rf"(?P<in>\\in|∈)?\s*{REAL}\s*\^\s*(?:\{{(?P<shape>[^{{}}]*)\}}|(?P<one>\w))")


class Shapes:
    """Judges the shapes of some names, each a sequence of lengths.

    `numbers`: the sizes that have some; `alike`: whether all shapes are one; `common`: an axis that all of them begin
    with, the samples of a batch.
    """

    def __init__(
        self,
        lengths: Mapping[str, Sequence[OfSizes]],
        names: Names,
        numbers: Numbers,
        words: Collection[str] = (),
        alike: bool = False,
        common: str = "",
    ) -> None:
        self.numbers = numbers
        self.lengths, self.names, self.words = lengths, names, {*words, *WORDS}
        self.alike, self.common = alike, common

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        text = REALS.sub(lambda m: f" {':' if m['in'] else ''} {m['shape'] or m['one']}", text)
        own = own_names(text, self.names)
        given = defined(pieces(text, with_own(self.names, own), self.words), own)
        steps = [one for one in given if self._is_step(one)]
        shapes = self._spread([one for one in given if one not in steps], text)
        said = []
        for names, nodes in shapes:
            said += [(name, of_chain([self.shape(name, node, text) for node in nodes])) for name in names]
        missing = [n for n in self.lengths if n not in {name for name, _ in said}]
        found = of_several(said, missing)
        work = Worked(text, self.numbers)
        links = [link for one in steps if isinstance(one.tree, s.Relation) for link in pairs(one.tree)]
        wrong = [x for link in links if (x := link_wrong(link, work, Rounding(), self.names))]
        if wrong:
            kind = v.UNJUSTIFIED if found.is_right else found.kind
            found = replace(found, kind=kind, reason="; ".join(x for x in (found.reason, *wrong) if x))
        return replace(found, read=",\\; ".join(show(one.tree, self.names) for one in given))

    def _is_step(self, one: Piece) -> bool:
        """Whether a piece is arithmetic beside the shape: 36 - 3 + 1 = 34."""
        axes = {len(x) for x in self.lengths.values()}
        if one.label or not isinstance(one.tree, s.Relation) or axes == {1}:
            return False
        first, *_, last = one.tree.items
        alone = isinstance(first, s.Reference) and first.code in self.lengths
        return not alone and all(len(sides(last, n)) == 1 for n in axes)

    def _spread(self, given: Sequence[Piece], text: str) -> list[tuple[list[str], list[s.Node]]]:
        """The names each shape is said of: those before it, all of them where they have one shape, or one by one."""
        found = [self._subject(one) for one in given]
        bare = [n for n, (names, _) in enumerate(found) if not names]
        asked = list(self.lengths)
        if not found:
            raise ReadError("no shape is said", text=text, expected="(m, 10)")
        if len(bare) == len(found) == 1 and (len(asked) == 1 or self.alike):
            return [(asked, found[0][1])]
        axes = {len(x) for x in self.lengths.values()}
        if len(asked) == 1 and len(bare) == len(found) == next(iter(axes)) > 1:  # 46, 62, 20 without brackets
            items = tuple(nodes[-1] for _, nodes in found)
            return [(asked, [s.Tuple(items, (items[0].span[0], items[-1].span[1]))])]
        if len(bare) == len(asked) == len(found):
            return [([name], nodes) for name, (_, nodes) in zip(asked, found, strict=True)]
        if bare:
            caret = found[bare[0]][1][0].span[0]
            expected = f"a name before each shape, of {', '.join(asked)}"
            raise ReadError("it is not said what has this shape", text=text, caret=caret, expected=expected)
        other = next((n for names, _ in found for n in names if n not in self.lengths), None)
        if other is not None:
            raise ReadError(f"the shape of {other} is not asked for", text=text, expected=", ".join(asked))
        return found

    def _subject(self, one: Piece) -> tuple[list[str], list[s.Node]]:
        """The names before a shape, and all sides that say what it is."""
        tree, names = one.tree, list(one.label)
        if not isinstance(tree, s.Relation):
            return names, [tree]
        if set(tree.relations) != {"="}:
            raise ReadError("a shape is said by an equality", text=show(tree, self.names), expected="X = (m, 10)")
        nodes = list(tree.items)
        while len(nodes) > 1 and isinstance(first := nodes[0], s.Reference) and first.code in self.lengths:
            names.append(first.code)
            del nodes[0]
        return names, nodes

    def shape(self, name: str, node: s.Node, text: str) -> Verdict:
        """One shape, axis by axis."""
        given, expected = sides(node, len(self.lengths[name])), list(self.lengths[name])
        if len(given) == 1 < len(expected) and isinstance(node, s.Plus) and _crossed(node):
            raise ReadError(
                "sums between crosses", text=text, caret=node.span[0], fix="put brackets around each length"
            )
        left_out = self.common and len(given) == len(expected) - 1 > 0
        if left_out:
            expected = expected[1:]
        if len(given) != len(expected):
            reason = f"{_axes(len(given))} given, and {name} has {_axes(len(expected))}"
            return Verdict(v.WRONG, 0, v.RUNGS[0], reason=reason)
        verdicts = [
            (f"axis {n}", one.judged(x, text)) for n, (x, one) in enumerate(zip(given, expected, strict=True), 1)
        ]
        found = of_several(verdicts)
        if left_out and found.kind == v.RIGHT:
            return replace(found, kind=v.UNDER, notes=(*found.notes, f"the axis of {self.common} is left out"))
        return found


def _crossed(node: s.Plus) -> bool:
    return any(isinstance(term, s.Times) and "times" in term.signs for term in node.terms)


def _axes(count: int) -> str:
    return f"{count} ax{'i' if count == 1 else 'e'}s"


def sides(node: s.Node, wanted: int) -> list[s.Node]:
    """The lengths of a shape: the items of a tuple, or the factors of `m x 50 x 3` where there are as many as axes.

    >>> [x.text for x in sides(s.Times((s.Number("20"), s.Number("2")), ("times",)), 2)]
    ['20', '2']
    """
    if isinstance(node, s.Tuple):
        return list(node.items)
    if isinstance(node, s.Matrix) and len(node.rows) == 1:
        return list(node.rows[0])
    if wanted > 1 and isinstance(node, s.Times) and set(node.signs) == {"times"}:
        return list(node.factors)
    return [node]
