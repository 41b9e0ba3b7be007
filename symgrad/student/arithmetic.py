"""Counts with their arithmetic: `3 x 3 x 3 x 100 + 100 = 2800`. Equalities are worked out; the last side is the answer.

A value alone is right where it is the right one. Where it is, and an equality on the way is not, the step is not
justified.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from symgrad.read import syntax as s
from symgrad.read.listing import pieces, whole_number
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.close import NO, compared, decimal
from symgrad.student.conventions import Rounding
from symgrad.student.scan import has_names
from symgrad.student.sized import OfSizes
from symgrad.student.verdict import Points, Verdict
from symgrad.student.worked import Numbers, Worked, holds, pairs

# Words that count, behind a number, and what stands before all of it: 2700 weights + 100 biases; layer 1: 2800.
UNITS = re.compile(
    r"(?<=\d)\s+(?:weights?|bias(?:es)?|param(?:eter)?s?|filters?|kernels?|multiplications?|entries|neurons?|units?|"
    r"epochs?|minutes?|min|channels?|values?)\b"
)
HEADING = re.compile(r"^\s*(?:layer\s*\d+|total|answer|parameters|number of parameters)\s*:\s*", re.IGNORECASE)


class Arithmetic:
    """Judges the arithmetic that leads to one number. `numbers`: sizes and names that have numbers.

    `formula`: the answer as a formula in sizes, which the last side may be.
    """

    def __init__(
        self,
        formula: OfSizes,
        names: Names,
        numbers: Numbers,
        rounding: Rounding | None = None,
        words: Collection[str] = (),
    ) -> None:
        self.formula, self.names, self.numbers, self.words = formula, names, numbers, words
        self.rounding = rounding or Rounding()

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        text = whole_number(UNITS.sub("", HEADING.sub("", text)))
        given = pieces(text, self.names, self.words)
        work = Worked(text, self.numbers)
        trees = [one.tree for one in given]
        for tree in trees[:-1]:
            if not isinstance(tree, s.Relation):
                raise work.refused("a number that is no equality and not the answer", tree, "one answer, at the end")
        last = trees[-1].items[-1] if isinstance(trees[-1], s.Relation) else trees[-1]
        answer = self.formula.judged(last, text, self.rounding, self._about(trees[-1]))
        if answer.kind == v.RIGHT and has_names(last) and self.formula.at_given is not None:
            answer = replace(answer, kind=v.UNWORKED, reason="names are left in it")
        links = [link for tree in trees if isinstance(tree, s.Relation) for link in pairs(tree)]
        read = ",\\; ".join(show(tree, self.names) for tree in trees)
        return replace(self._together(answer, links, work), read=read)

    @staticmethod
    def _about(tree: s.Node) -> bool:
        return isinstance(tree, s.Relation) and tree.relations[-1] == "~"

    def _together(self, answer: Verdict, links: Sequence[tuple[s.Node, str, s.Node]], work: Worked) -> Verdict:
        wrong = [said for link in links if (said := link_wrong(link, work, self.rounding, self.names))]
        parts = [f"answer: {answer.kind}", f"{len(links) - len(wrong)} of {len(links)} equalities"][: 1 + bool(links)]
        share = Fraction(answer.is_right) / 2 + Fraction(len(links) - len(wrong), 2 * len(links)) if links else None
        points = Points(share if share is not None else Fraction(answer.is_right), tuple(parts))
        if not wrong:
            return replace(answer, points=points)
        kind = v.UNJUSTIFIED if answer.is_right else answer.kind
        reason = "; ".join(x for x in (answer.reason, *wrong) if x)
        return replace(answer, kind=kind, reason=reason, points=points)


def link_wrong(link: tuple[s.Node, str, s.Node], work: Worked, rounding: Rounding, names: Names) -> str:
    """What is wrong with one link of a chain, "" where it holds. A link with names that have no number is let be."""
    left, sign, right = link
    if any(has_names(side) and not _all_known(side, work) for side in (left, right)):
        return ""
    one, other = work.number(left), work.number(right)
    places = decimals(right, work)
    if sign in ("=", "~"):
        found = compared(other, places, one, rounding, sign == "~")
        back = compared(one, decimals(left, work), other, rounding, sign == "~") if found.kind == NO else found
        holding = NO not in (found.kind, back.kind)
    else:
        holding = holds(one, sign, other)
    shown = f"{show(left, names)} {'≈' if sign == '~' else sign} {show(right, names)}"
    return "" if holding else f"{shown} does not hold: {decimal(one)} and {decimal(other)}"


def decimals(node: s.Node, work: Worked) -> int | None:
    """The decimals of a number as it is written; None for anything else."""
    inner = node.of if isinstance(node, s.Minus) else node
    return work.array(inner).places[0][0] if isinstance(inner, s.Number) else None


def _all_known(node: s.Node | s.Bound, work: Worked) -> bool:
    if isinstance(node, s.Reference):
        return work.numbers(node.code) is not None
    return all(_all_known(child, work) for child in s.children(node))
