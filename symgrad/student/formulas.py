"""Formulas in sizes and names as answers: `g_B (1 + c)^B`, `s^2/b`, a sum over steps. No derivative is taken here.

A formula is compared with the answer as it is, then written out at several sizes, where it must be one polynomial.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from random import Random

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Limit
from symgrad.algebra.normal import number
from symgrad.algebra.records import Poly
from symgrad.algebra.repeated import counted
from symgrad.check.enclose import Between, enclosed
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.errors import ReadError, SymgradError, Unsupported
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.read.resolve import Resolver
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import guarded, of_several
from symgrad.student.close import against, decimal
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.own import own_names, with_own
from symgrad.student.scan import beyond_samples, has_names
from symgrad.student.scopes import in_both_scopes
from symgrad.student.sized import names_in
from symgrad.student.unrolled import Unrolled
from symgrad.student.unsaid import asked_stay_free
from symgrad.student.verdict import Verdict, Witness, of_chain
from symgrad.student.worked import Worked

SIZES = (1, 2, 3, 4, 5, 7, 10)  # of each; never 1 alone
SAMPLES = 6


@dataclass(frozen=True)
class Formula:
    """An answer as LaTeX in the names of a model, over the free indices `free`; `values`: numbers of its constants."""

    model: Model
    names: Names
    answer: str
    free: tuple[str, ...] = ()
    values: Mapping[str, Fraction] = field(default_factory=dict)

    @cached_property
    def tree(self) -> s.Node:
        return parse(self.answer, self.names)

    @cached_property
    def value(self) -> Between | None:
        """The answer at the numbers of the constants; None where it depends on sizes or names without numbers."""
        poly = Resolver(self.answer, self.model, "").poly(self.tree)
        if poly.names or not poly.tensors <= self.values.keys():
            return None
        return enclosed(poly, {}, lambda name, place: self.values[name])

    def judged(self, node: s.Node, text: str, rounding: Rounding, about: bool = False) -> Verdict:
        """The verdict on one formula. Raises ReadError, Unsupported."""
        letters = frozenset(n.code for n in self.names.indices)
        node = asked_stay_free(node, letters | _bound(node), self.free, self.model.sizes)
        if not has_names(node) and self.value is not None:
            return against(Worked(text, lambda name: None).array(node), of(self.value), {}, rounding, about)
        used = names_in(node)
        put = self.values if not used & self.values.keys() else {}
        if not put and self._is_same(node, text):
            return Verdict(v.RIGHT, 1, v.RUNGS[1])
        return self._at_sizes(node, text, put)

    def _is_same(self, node: s.Node, text: str) -> bool:
        """Whether both are one formula for all sizes."""
        try:
            sides = [Resolver(t, self.model, "").poly(n) for t, n in ((text, node), (self.answer, self.tree))]
        except SymgradError:
            return False
        context = self.model.context([f for f in self.free if f in self.model.indices])
        one, other = (expand(contract(counted(p, self.model.sizes), context)) for p in sides)
        return one == other

    def is_with(self, node: s.Node, text: str, values: Mapping[str, Fraction]) -> bool:
        """Whether a formula of numbers is the answer with numbers put in for its names, as one formula."""
        put = {n: number(x) for n, x in values.items()}
        sides = [Unrolled(t, self.model, {}, put).poly(n) for t, n in ((text, node), (self.answer, self.tree))]
        return not expand(sides[0] - sides[1], deep=True).terms

    def _at_sizes(self, node: s.Node, text: str, put: Mapping[str, Fraction]) -> Verdict:
        """Written out at several sizes: names stay names, so that agreement proves it for these."""
        values = {n: number(x) for n, x in put.items()}
        tried: dict[tuple[int, ...], None] = {}
        for at in self._choices():
            one, other = (
                Unrolled(t, self.model, at, values).poly(n) for t, n in ((text, node), (self.answer, self.tree))
            )
            tried[tuple(at[n] for n in self.model.sizes)] = None
            if expand(one - other, deep=True).terms:
                found = self._witness(one, other, at)
                return found or Verdict(v.UNDECIDED, 4, "it could not be decided", reason=f"at {_said(at)}")
        if len(tried) <= 1:
            return Verdict(v.RIGHT, 1, v.RUNGS[1])
        if beyond_samples(node):
            reason = "a condition compares with a number that the sizes tried may not reach"
            return Verdict(v.UNDECIDED, 4, "it agrees at the sizes that were tried", reason=reason)
        sizes = ", ".join(f"{n} = {', '.join(str(k) for k in sorted({t[m] for t in tried}))}"
                          for m, n in enumerate(self.model.sizes))  # fmt: skip
        return Verdict(v.RIGHT, 2, f"{v.RUNGS[2]}: {sizes}")

    def _choices(self) -> Iterator[dict[str, int]]:
        """Sizes with the places of the free indices at these."""
        for k in SIZES if self.model.sizes else SIZES[:1]:
            at = {n: k + m for m, n in enumerate(self.model.sizes)}
            if any(x.at(at) < 0 for x in self.model.relations if x.names <= at.keys()):
                continue
            limits = [Limit("ge", x) for f in self.free for x in self.model.indices[f].limits]
            for place in points(self.free, limits, at):
                yield {**at, **dict(zip(self.free, place, strict=True))}

    def _witness(self, one: Poly, other: Poly, at: Mapping[str, int]) -> Verdict | None:
        """Numbers at which two formulas differ."""
        for seed in range(SAMPLES):
            drawn = _Drawn(self.model, seed)
            try:
                left, right = (enclosed(p, {}, drawn) for p in (one, other))
            except Unsupported:  # the logarithm of a negative number, a division by 0
                continue
            if left.low > right.high or left.high < right.low:
                inputs = {n: float(x.low) for n, x in sorted(drawn.used.items())[:6]}
                witness = Witness(dict(at), {}, float(left.low), float(right.low), inputs, exact=True)
                return Verdict(v.WRONG, 3, v.RUNGS[3], witness=witness)
        return None


class _Drawn:
    """Random fractions for the entries of names, of their declared signs."""

    def __init__(self, model: Model, seed: int) -> None:
        self.model, self.seed = model, seed
        self.used: dict[str, Between] = {}

    def __call__(self, name: str, place: tuple[int, ...]) -> Between:
        tensor = self.model.tensors.get(name)
        shown = f"d{tensor.of[0]}/d{tensor.of[1]}" if tensor is not None and len(tensor.of) == 2 else name
        label = shown + (f"[{', '.join(map(str, place))}]" if place else "")
        value = Fraction(Random(f"{self.seed} {label}").randint(2, 60), 20 if self.seed % 2 else 64)  # or below 1
        signed = tensor is not None and tensor.sign == "real" and Random(f"{label} {self.seed}").random() < 0.5
        return self.used.setdefault(label, Between.of(-value if signed else value))


def _bound(node: s.Node | s.Bound) -> frozenset[str]:
    """The names that sums and products bind."""
    own = frozenset((node.name,)) if isinstance(node, s.Bound) else frozenset[str]()
    return own.union(*map(_bound, s.children(node)))


def _said(at: Mapping[str, int]) -> str:
    return ", ".join(f"{n} = {x}" for n, x in at.items())


@dataclass(frozen=True)
class Wanted:
    """One of the formulas asked for: by its name; `left`: what may stand before it, as `head` names it.

    `needed`: whether the answer is incomplete without it; `instead`: another one that it may stand for.
    """

    name: str
    formula: Formula
    left: Collection[str] = ()
    needed: bool = True
    instead: str = ""


class Formulas:
    """Judges answers that are formulas, each alone, after the name of what it is, or in a chain of equalities."""

    def __init__(
        self, wanted: Sequence[Wanted], names: Names, rounding: Rounding, words: Collection[str] = (),
        listed: Sequence[Fraction] = (),
    ) -> None:  # fmt: skip
        self.wanted, self.names, self.rounding, self.words, self.listed = wanted, names, rounding, words, listed

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        own = own_names(text, self.names)
        trees = [one.tree for one in pieces(text, with_own(self.names, own), self.words)]
        codes = {one.code for one in own}
        said: list[tuple[str, Verdict]] = []
        left = {w.name: w for w in self.wanted}
        numbers, named = list[s.Node](), set[str]()
        for tree in trees:
            items, heads = self._sides(tree, codes, text)
            named |= heads
            if not has_names(items[-1]) and self.listed and len(items) == 1:
                numbers.append(items[0])
                continue
            name, found = self._best(items, heads, left, text)
            left.pop(name, None)
            said.append((name, found))
        said += self._values(numbers, text)
        there = {name for name, _ in said}
        replaced = {w.instead for w in self.wanted if w.name in there}
        missing = [name for name, w in left.items() if w.needed and name not in replaced]
        read = ",\\; ".join(show(tree, with_own(self.names, own)) for tree in trees)
        found = of_several(said, missing)
        notes = tuple(f"{code} is read as a name for the answer" for code in sorted(codes & named))
        return replace(found, read=read, notes=(*found.notes, *notes))

    def _sides(self, tree: s.Node, own: Collection[str], text: str) -> tuple[list[s.Node], set[str]]:
        """The sides of a chain without what only names the answer, and the codes of that."""
        if not isinstance(tree, s.Relation):
            return [tree], set()
        if not set(tree.relations) <= {"=", "~"}:
            raise ReadError("an equality is expected", text=text, caret=tree.span[0], expected="name = formula")
        items, heads = list(tree.items), set[str]()
        known = {code for w in self.wanted for code in w.left}
        while len(items) > 1:
            code = head(items[0])
            if code not in own and code not in known:
                break
            heads.add(code)
            del items[0]
        return items, heads

    def _best(
        self, items: Sequence[s.Node], heads: Collection[str], left: Mapping[str, Wanted], text: str
    ) -> tuple[str, Verdict]:
        """What a chain is about, and the verdict: by its name, else what it is right for, else the first left."""
        pool = list(left.values()) or list(self.wanted)
        named = [w for w in pool if set(w.left) & set(heads)]
        found = [(w.name, self._chain(w.formula, items, text)) for w in named or pool]
        right = next(((n, x) for n, x in found if x.is_right), None)
        return right or next(((n, x) for n, x in found if x.kind == v.WRONG), found[0])

    def _chain(self, one: Formula, items: Sequence[s.Node], text: str) -> Verdict:
        sides = []
        for side in items:
            here = in_both_scopes(side, lambda x: guarded(text, lambda t: one.judged(x, t, self.rounding)))
            sides.append(replace(here, read=show(side, one.names)))
        return of_chain(sides)

    def _values(self, nodes: Sequence[s.Node], text: str) -> list[tuple[str, Verdict]]:
        """Numbers that stand alone: the values of a table, in their order."""
        if not nodes:
            return []
        if len(nodes) > len(self.listed):
            caret = nodes[len(self.listed)].span[0]
            raise ReadError("more numbers than were asked for", text=text, caret=caret, expected=str(len(self.listed)))
        work = Worked(text, lambda name: None)
        pairs = zip(nodes, self.listed, strict=False)
        return [(decimal(Between.of(x)), against(work.array(n), of(x), {}, self.rounding)) for n, x in pairs]


def head(node: s.Node) -> str:
    """What a left side names: the code of a name, of a function of one, or a derivative, dL/dz[i]; "" for others."""
    if isinstance(node, s.Reference):
        return node.code
    if isinstance(node, s.Call) and len(node.arguments) == 1:
        return node.function
    if isinstance(node, s.PartialDerivative) and isinstance(node.of, s.Reference) and isinstance(node.by, s.Reference):
        at = [
            x.code if isinstance(x, s.Reference) else x.text if isinstance(x, s.Number) else "?"
            for x in node.by.indices
        ]
        return f"d{node.of.code}/d{node.by.code}" + (f"[{', '.join(at)}]" if at else "")
    return ""
