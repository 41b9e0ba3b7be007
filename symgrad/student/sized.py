"""Formulas in sizes: lengths, counts. Compared at many choices of sizes, exactly, and proved where they have no floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from symgrad.algebra.records import Poly
from symgrad.check.enclose import Between
from symgrad.declare.model import Model
from symgrad.errors import ReadError, SymgradError
from symgrad.read import syntax as s
from symgrad.read.resolve import Resolver
from symgrad.student import verdict as v
from symgrad.student.close import EXACT, against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.scan import has_names
from symgrad.student.verdict import Verdict, Witness
from symgrad.student.worked import Known, Worked

MOST = 600  # choices of sizes
LARGE = (7, 12, 23, 31, 50)  # each size once as large as this, or near it


@dataclass(frozen=True)
class OfSizes:
    """A formula in the sizes of a model: its `value` at sizes, and as a poly where it has no floor.

    `given`: the sizes that have numbers.
    """

    model: Model
    value: Callable[[Mapping[str, int]], int | Fraction | None]  # None: not possible at these sizes
    given: Mapping[str, int]
    poly: Poly | None = None

    @property
    def at_given(self) -> Fraction | None:
        """The value at the sizes that are given; None where it depends on others."""
        found = {self.value(at) for at in choices(self.model, self.given)} - {None}
        only = found.pop() if len(found) == 1 else None
        return None if only is None else Fraction(only)

    def judged(self, node: s.Node, text: str, rounding: Rounding | None = None, about: bool = False) -> Verdict:
        """The verdict on a formula of sizes, or on a number at the sizes given."""
        if not has_names(node):
            given, only = Worked(text, lambda name: None).array(node), self.at_given
            if only is not None:
                return against(given, of(only), {}, rounding or Rounding(), about)
        verdict = self.everywhere(node, text)
        if verdict.kind == v.RIGHT and self.proves(node, text):
            return replace(verdict, rung=1, shown=v.RUNGS[1])
        return verdict

    def everywhere(self, node: s.Node, text: str) -> Verdict:
        """Compared at many sizes: a difference refutes, agreement proves it for these."""
        tried = 0
        for at in choices(self.model, {}):
            expected = self.value(at)
            if expected is None:
                continue
            work = Worked(text, numbers_at(at))
            found = work.number(node)
            tried += 1
            if not found.exact:
                return Verdict(v.UNDECIDED, 4, "a value that is no fraction", reason="lengths and counts are whole")
            if found.low != expected:
                used = {n: x for n, x in at.items() if n in self.model.sizes}
                witness = Witness(used, {}, float(found.low), float(expected), exact=True)
                return Verdict(v.WRONG, 3, v.RUNGS[3], witness=witness)
        if not tried:
            return Verdict(v.UNDECIDED, 4, "there are no sizes to try")
        shown = EXACT if not self.model.sizes else f"{v.RUNGS[2]}: {tried} choices of {', '.join(self.model.sizes)}"
        return Verdict(v.RIGHT, 2, shown)

    def proves(self, node: s.Node, text: str) -> bool:
        """Whether both are one formula."""
        if self.poly is None:
            return False
        try:
            return Resolver(text, self.model, "").poly(node) == self.poly
        except (ReadError, SymgradError):
            return False


def numbers_at(sizes: Mapping[str, int]) -> Callable[[str], Known | None]:
    """Sizes as numbers of names."""
    return lambda name: Known({(): Between.of(sizes[name])}) if name in sizes else None


def choices(model: Model, fixed: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Sizes that fit the relations of a model: all small ones, and large unequal ones; `fixed` stay."""
    free = [n for n in model.sizes if n not in fixed]
    most = max((k for k in range(1, 7) if k ** len(free) <= MOST), default=1) if free else 1
    small = product(range(1, most + 1), repeat=len(free))
    large = [[LARGE[(n + k) % len(LARGE)] + n for n in range(len(free))] for k in range(len(LARGE))]
    seen: Sequence[Sequence[int]] = [*small, *large] if free else [()]
    for values in seen:
        at = {**fixed, **dict(zip(free, values, strict=True))}
        if all(of_.at(at) >= 0 for of_ in model.relations if of_.names <= at.keys()):
            yield at
