"""Which of two numbers is larger, and how many times: `(3), 2001 times`, `0.010005 / 0.000005 = 2001`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from symgrad.check.enclose import Between
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import of_several
from symgrad.student.arithmetic import link_wrong
from symgrad.student.close import against, decimal
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.verdict import Verdict
from symgrad.student.worked import Worked, pairs

WORDS = ("larger", "greater", "bigger", "times", "ratio", "part", "factor", "by", "as")


class Compared:
    """Judges the comparison of the answers to two parts, `parts` by their ids; `larger` is the id of the larger one."""

    def __init__(
        self, parts: Sequence[str], larger: str, high: Fraction, low: Fraction, names: Names, rounding: Rounding,
        words: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.parts, self.larger, self.high, self.low = parts, larger, high, low
        self.names, self.rounding, self.words = names, rounding, {*words, *WORDS}

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        work, said = Worked(text, lambda name: None), list[tuple[str, Verdict]]()
        for n, tree in enumerate(trees):
            name, found = self._judged(tree, work, alone=len(trees) == 1 or n == len(trees) - 1)
            said.append((name, found))
        missing = [] if "the ratio" in {name for name, _ in said} else ["the ratio"]
        return replace(of_several(said, missing), read=",\\; ".join(show(tree, self.names) for tree in trees))

    def _judged(self, tree: s.Node, work: Worked, alone: bool) -> tuple[str, Verdict]:
        if isinstance(tree, s.Relation):
            return self._chain(tree, work)
        value = work.array(tree)
        if not alone and isinstance(tree, s.Number) and tree.text in self.parts:
            if tree.text == self.larger:
                return "the larger one", Verdict(v.RIGHT, 2, "worked out exactly")
            return "the larger one", Verdict(v.WRONG, 3, v.RUNGS[3], reason=f"({tree.text}) is the smaller one")
        return "the ratio", against(value, of(self.high / self.low), {}, self.rounding)

    def _chain(self, tree: s.Relation, work: Worked) -> tuple[str, Verdict]:
        """`a/b = 2001`: every equality is worked out; `a > b` says which is larger."""
        for link in pairs(tree):
            wrong = link_wrong(link, work, self.rounding, self.names)
            if wrong:
                return "an equality", Verdict(v.WRONG, 3, v.RUNGS[3], reason=wrong)
        if set(tree.relations) <= {"=", "~"}:
            about = tree.relations[-1] == "~"
            return "the ratio", against(work.array(tree.items[-1]), of(self.high / self.low), {}, self.rounding, about)
        values = [work.number(x) for x in tree.items]
        if any(x not in (Between.of(self.high), Between.of(self.low)) for x in values):
            expected = f"{decimal(Between.of(self.high))} and {decimal(Between.of(self.low))}"
            raise ReadError("other numbers are compared", text=work.text, caret=tree.span[0], expected=expected)
        return "the larger one", Verdict(v.RIGHT, 2, "worked out exactly")
