"""Formulas in sizes: lengths, counts. Compared at many choices of sizes, exactly, and proved as one formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from symgrad.algebra.normal import lone, number
from symgrad.algebra.records import Poly, Ref
from symgrad.check.enclose import Between
from symgrad.declare.model import Model
from symgrad.errors import ReadError, SymgradError
from symgrad.read import syntax as s
from symgrad.read.resolve import Resolver
from symgrad.student import verdict as v
from symgrad.student.close import EXACT, against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.scan import beyond_samples, has_names
from symgrad.student.verdict import Verdict, Witness
from symgrad.student.worked import Known, Worked

MOST = 600  # choices of sizes
LARGE = (7, 12, 23, 31, 50)  # each size once as large as this, or near it


@dataclass(frozen=True)
class OfSizes:
    """A formula in the sizes of a model: its `value` at sizes, and as a poly (with `floored` for a floor).

    `given`: the sizes that have numbers; `uses`: those that the value depends on.
    """

    model: Model
    value: Callable[[Mapping[str, int]], int | Fraction | None]  # None: not possible at these sizes
    given: Mapping[str, int]
    poly: Poly | None = None
    uses: frozenset[str] = frozenset()

    @property
    def at_given(self) -> Fraction | None:
        """The value at the sizes that are given; None where it depends on others."""
        found = {self.value(at) for at in choices(self.model, self.given, self.uses)} - {None}
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
        if verdict.kind == v.RIGHT and beyond_samples(node) and self.model.sizes:
            reason = "a condition compares with a number that the sizes tried may not reach"
            return Verdict(v.UNDECIDED, 4, "it agrees at the sizes that were tried", reason=reason)
        return verdict

    def everywhere(self, node: s.Node, text: str) -> Verdict:
        """Compared at many sizes: a difference refutes, agreement proves it for these."""
        tried = 0
        for at in choices(self.model, {}, self.uses | names_in(node)):
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
        shown = EXACT if not self.model.sizes else f"{v.RUNGS[2]}: {tried} choices of them"
        return Verdict(v.RIGHT, 2, shown)

    def proves(self, node: s.Node, text: str) -> bool:
        """Whether both are one formula."""
        if self.poly is None:
            return False
        try:
            return Lengths(text, self.model, "").poly(node) == self.poly
        except (ReadError, SymgradError):
            return False


class Lengths(Resolver):
    """Reads formulas in sizes, in which floors may stand."""

    def poly(self, node: s.Node) -> Poly:
        if isinstance(node, s.Floor):
            return floored(self.poly(node.of))
        if isinstance(node, s.Ceiling):
            return -floored(-self.poly(node.of))
        if isinstance(node, s.Call) and node.function in ("floor", "ceil") and len(node.arguments) == 1:
            return self.poly((s.Floor if node.function == "floor" else s.Ceiling)(node.arguments[0], node.span))
        return super().poly(node)


def floored(of: Poly) -> Poly:
    """The floor of a formula as a name for it. Law: floor(x + n) = floor(x) + n for whole n."""
    whole = sum((t.coefficient for t in of.terms if not t.factors and not t.bound and not t.limits), Fraction(0))
    steps = number(whole.__floor__())
    rest = of - steps
    if rest.number is not None:
        return steps + number(rest.number.__floor__())
    return lone(Ref(f"floor({rest.key})")) + steps


def numbers_at(sizes: Mapping[str, int]) -> Callable[[str], Known | None]:
    """Sizes as numbers of names."""
    return lambda name: Known({(): Between.of(sizes[name])}) if name in sizes else None


def names_in(node: s.Node | s.Bound) -> frozenset[str]:
    """All names in a tree."""
    own = {node.code} if isinstance(node, s.Reference) else set()
    return frozenset(own).union(*map(names_in, s.children(node)))


def choices(model: Model, fixed: Mapping[str, int], uses: frozenset[str]) -> Iterator[dict[str, int]]:
    """Sizes that fit the relations of a model: all small ones of `uses`, and large unequal ones; `fixed` stay."""
    free = [n for n in model.sizes if n not in fixed]
    moved = [n for n in free if n in uses]
    most = max(k for k in range(1, 13) if k ** len(moved) <= MOST)
    for values in product(range(1, most + 1), repeat=len(moved)):
        at = {**dict.fromkeys(free, 1), **fixed, **dict(zip(moved, values, strict=True))}
        if _fits(model, at):
            yield at
    for k in range(len(LARGE)):
        at = {**{n: LARGE[(m + k) % len(LARGE)] + m for m, n in enumerate(free)}, **fixed}
        if free and _fits(model, at):
            yield at


def _fits(model: Model, at: Mapping[str, int]) -> bool:
    return all(x.at(at) >= 0 for x in model.relations if x.names <= at.keys())
