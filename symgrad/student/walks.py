"""Steps in numbers as answers: the points of a walk, one tuple a step, from the start or from the first step on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from symgrad.check.enclose import Between
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student.answers import of_several
from symgrad.student.close import against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.verdict import Verdict
from symgrad.student.worked import Worked

ROUNDED = 3
LONGEST = 10**9  # a whole number of its last digit below this is written out


def is_short(value: Between) -> bool:
    """Whether a number is a decimal of at most nine digits.

    >>> is_short(Between.of(59049)), is_short(Between.of(10**12 + 1))
    (True, False)
    """
    return value.exact and any(
        (x := value.low * 10**k).denominator == 1 and abs(x) < LONGEST for k in range(len(str(LONGEST)))
    )


class Steps:
    """Judges the points of a walk. `points`: what each step has, the start first; `axes`: the names in their order.

    The last name, the loss, may be left out. Numbers of more than nine digits may be rounded to ROUNDED decimals.
    """

    def __init__(
        self, points: Sequence[Sequence[Between]], axes: Sequence[str], names: Names, rounding: Rounding,
        words: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.points, self.axes, self.names, self.rounding, self.words = points, axes, names, rounding, words
        self.wide = replace(rounding, places=ROUNDED if rounding.places is None else min(ROUNDED, rounding.places))

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        rows = [row for tree in trees for row in self._rows(tree, text)]
        work, count = Worked(text, lambda name: None), len(self.points)
        if len(rows) > count:
            raise ReadError("more points than steps", text=text, expected=f"{count - 1} points", given=str(len(rows)))
        first = 0 if len(rows) == count else 1
        said = []
        for n, row in enumerate(rows, first):
            for name, x, expected in zip(self.axes, row, self.points[n], strict=False):
                allowed = self.rounding if is_short(expected) else self.wide
                said.append((f"{name} after step {n}", against(work.array(x), of(expected), {}, allowed)))
        missing = [f"step {n}" for n in range(first + len(rows), count)]
        return replace(of_several(said, missing), read=",\\; ".join(show(tree, self.names) for tree in trees))

    def _rows(self, tree: s.Node, text: str) -> list[tuple[s.Node, ...]]:
        """The points of a piece: a tuple, the rows of a matrix, or a number where there is one name."""
        if isinstance(tree, s.Relation):
            return [row for item in tree.items if not isinstance(item, s.Reference) for row in self._rows(item, text)]
        nested = isinstance(tree, s.Tuple) and all(isinstance(i, s.Tuple) for i in tree.items)
        if isinstance(tree, s.Tuple) and nested:
            return [row for item in tree.items for row in self._rows(item, text)]
        rows = tree.rows if isinstance(tree, s.Matrix) else [tree.items if isinstance(tree, s.Tuple) else (tree,)]
        wrong = next((row for row in rows if len(row) not in (len(self.axes), len(self.axes) - 1)), None)
        if wrong is not None:
            expected = f"({', '.join(self.axes[:-1])}) for each step"
            raise ReadError("no point of the walk", text=text, caret=tree.span[0], expected=expected)
        return [tuple(row) for row in rows]
