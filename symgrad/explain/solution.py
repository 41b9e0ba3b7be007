"""A derivation as blocks: paths in words, lines with reasons, the answer in a box. Each line is also a claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.match import Equation
from symgrad.algebra.normal import build, put
from symgrad.algebra.records import Poly, Ref
from symgrad.declare.model import Model, Tensor
from symgrad.derive.adjoint import Adjoint, adjoint_name, support
from symgrad.derive.forms import correlation, split_cases
from symgrad.derive.measure import measure
from symgrad.derive.steps import Derivation, Group, Step
from symgrad.derive.where import named
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Run
from symgrad.explain.layout import BigOperator, Cases, Layout, Partial, Relation
from symgrad.explain.notation import Notation
from symgrad.explain.whole import boxed, in_notation, sums, whole_lines
from symgrad.explain.words import WORDS, listed, reason

SHORT = 16  # the measure up to which a definition is repeated in a reason
COUNTS = {2: "the two paths", 3: "the three paths", 4: "the four paths", 5: "the five paths"}


@dataclass(frozen=True)
class Claim:
    """A formula on paper and the value it must have where `given` holds: `tree` is read back and compared with it."""

    tree: Layout
    value: Poly
    free: tuple[str, ...]
    given: tuple[Limit, ...] = ()
    names: tuple[Tensor, ...] = ()  # definitions that are made for it


@dataclass
class Solution:
    """Collects the blocks and claims of one question."""

    derivation: Derivation
    labels: Mapping[str, str] = field(default_factory=dict)
    written: str = "both"  # in components, in matrices, or both
    blocks: list[Block] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model: Model = self.derivation.model
        self.notation = Notation(self.model)
        self.adjoints = {a.name: a for a in self.derivation.sweep.adjoints}
        self._shown = False  # whether a gradient on the way stands there already

    # --- blocks

    def work(self) -> None:
        """Every group that no earlier part has shown, then the last one."""
        if self.derivation.opening:
            self.blocks.append(Lines(tuple(line for s in self.derivation.opening for line in self._opening(s))))
        shown = [g for g in self.derivation.groups if g.name not in self.labels or g is self.derivation.groups[-1]]
        used = frozenset().union(*(s.after.tensors | s.subject.tensors for g in shown for s in g.steps))
        for by, name in self.model.let.items():
            if name in used and (name not in self.labels or name == shown[-1].name):
                self.blocks.append(Prose(("Let ", self._let(by, name), "."), "statement"))
        for group in self.derivation.groups:
            last = group is self.derivation.groups[-1]
            if group.name in self.labels and not last:
                continue
            if not last:
                word = "Then" if self._shown else "First"
                self._shown = True
                self.blocks.append(Prose((f"{word}, ", self.name(group.name, group.free), ":"), "remark"))
            self._group(group, last)
        policies = tuple(self.derivation.policies)
        if policies:
            self.blocks.append(Prose((f"Where a derivative jumps: {'; '.join(policies)}.",), "remark"))

    def _group(self, group: Group, last: bool) -> None:
        adjoint = self.adjoints[group.name]
        given = self._given(group)
        if given:
            self.blocks.append(Prose(given, "given"))
        paths = self._paths(adjoint)
        if paths:
            self.blocks.append(Prose(paths, "paths"))
        lines = [line for step in self._needed(group) for line in self._lines(step, adjoint)]
        merged = _without_repeats(lines)
        if last:
            main = max(n for n, line in enumerate(merged) if not line.aside)
            merged[main] = boxed(merged[main])
            merged = in_notation(merged + self._further(group), whole_lines(self.derivation), self.written)
        self.blocks.append(Lines(tuple(merged)))

    def _further(self, group: Group) -> list[Line]:
        """Other ways to write the answer: case by case, as a correlation with the kernel reversed, with more names."""
        lines: list[Line] = []
        split = split_cases(group.answer, self.model.context(group.free))
        if split is not None:
            limit, holds, fails = split
            values = [self.notation.poly(p, group.free) for p in (holds, fails)]
            cases = Cases(((values[0], self.notation.relation(limit)), (values[1], None)))
            self.claims.append(Claim(cases, group.answer, group.free))
            lines.append(Line(None, cases, reason("cases")))
        turned = correlation(group.answer, frozenset(self.model.sizes))
        if turned is not None:
            tree = self.notation.poly(turned, group.free)
            self.claims.append(Claim(tree, group.answer, group.free))
            lines.append(Line(None, tree, reason("correlation")))
        return lines + self._with_names(group)

    def _with_names(self, group: Group) -> list[Line]:
        """The answer with names for what it says twice, where that is shorter."""
        found = named(group.answer, self.model, group.free)
        if found is None:
            return []
        notation = Notation(found.model(self.model))
        tree = notation.poly(found.poly, group.free)
        self.claims.append(Claim(tree, group.answer, group.free, names=found.names))
        where: list[Run] = []
        for tensor, body in zip(found.names, found.bodies, strict=True):
            right = notation.poly(body, tensor.axes)
            self.claims.append(Claim(right, body, tensor.axes, names=found.names))
            where.append((Formula(Relation((notation.entry(tensor, tensor.entry.indices), right), ("=",))),))
        return [Line(None, tree, reason("named", equation=listed(where)))]

    def _opening(self, step: Step) -> list[Line]:
        """A definition in which others are written out, with the bound names of its author."""
        tensor = self.model.tensors[self.derivation.of]
        right = self.notation.poly(step.after, step.free, tensor.bound)
        self.claims.append(Claim(right, step.after, step.free))
        return [Line(self.notation.poly(step.subject, step.free), right, self._reason(step, None))]

    def _needed(self, group: Group) -> list[Step]:
        """The steps to show: of a partial that an earlier part has found, the result is enough."""
        kept = []
        for n, step in enumerate(group.steps):
            more = n + 1 < len(group.steps) and group.steps[n + 1].subject == step.subject
            if not (step.aside and more and self._known_as(step)):
                kept.append(step)
        return kept

    def _known_as(self, step: Step) -> str:
        """The label of the earlier part that found this local derivative, or ""."""
        if not step.aside:
            return ""
        of, by = self._local(step).of
        return self.labels.get(adjoint_name(of, by), "")

    def _given(self, group: Group) -> Run:
        """Gradients of earlier parts and the upstream gradient that this part uses."""
        used = frozenset().union(*(s.after.tensors for s in group.main), group.path.tensors)
        items: list[Run] = []
        for name in self.derivation.sweep.given:
            if name in used:
                items.append((self.name(name, self.model.tensors[name].axes),))
        for name, label in self.labels.items():
            if name in used and name != group.name and name in self.model.tensors:
                by = next((b for b, n in self.model.let.items() if n == name), None)
                named = self.name(name, self.model.tensors[name].axes) if by is None else self._let(by, name)
                items.append((named, f" from {label}"))
        return (*listed(items), ".") if items else ()

    def _paths(self, adjoint: Adjoint) -> Run:
        """In words: which definitions carry the name to the question."""
        ways = [c for c in adjoint.contributions if c.via != self.derivation.of]
        if not ways:
            return ()
        by, of = self.model.tensors[adjoint.by], self.model.tensors[self.derivation.of]
        items: list[Run] = []
        for c in reversed(ways):
            via = self.model.tensors[c.via]
            every = bool(via.axes) and not support(c.partial)
            items.append(("through every " if every else "through ", self.entry(via)))
        if len(ways) < len(adjoint.contributions) and of.kind != "loss":
            items.append(("directly",))
        start: Run = (self.entry(by), " reaches ", self.entry(of), " ")
        if len(items) == 1:
            return (*start, *items[0], ".")
        count = COUNTS.get(len(items), f"{len(items)} paths").removeprefix("the ")
        return (*start, f"along {count}: ", *listed(items, ", and "), ".")

    # --- lines

    def _lines(self, step: Step, adjoint: Adjoint | None) -> list[Line]:
        if step.aside:
            return self.aside(step)
        nested = [line for inner in step.because for line in self._because(inner, step)] if step.because else []
        right = self.notation.poly(step.after, step.free)
        self.claims.append(Claim(right, step.after, step.free))
        left = self.notation.poly(step.subject, step.free)
        self.claims.append(Claim(left, step.subject, step.free))
        return [*nested, Line(left, right, self._reason(step, adjoint), level=WORDS[step.rule].level)]

    def _because(self, inner: Step, outer: Step) -> list[Line]:
        """The lines that give an inner sum its shorter value; the sum itself stands at the left of the first."""
        free = tuple(n for n in self.model.indices if n in inner.before.names)
        left, right = self.notation.poly(inner.before, free), self.notation.poly(inner.after, free)
        self.claims += [Claim(left, inner.before, free, inner.given), Claim(right, inner.after, free, inner.given)]
        first = inner is outer.because[0]
        where = [(Formula(self.notation.relation(x)),) for x in inner.given] if first else []
        why = (*self._reason(inner, None), *((" where ", *listed(where)) if where else ()))
        return [Line(left if first else None, right, why, aside=True, level=2)]

    def aside(self, step: Step) -> list[Line]:
        """A local derivative; one that is 0 off the diagonal is written on the diagonal."""
        ref = step.subject.terms[0].factors[0][0]
        assert isinstance(ref, Ref)
        values, after, free = self._on_diagonal(ref, step.after, step.free)
        left = self.notation.entry(self.model.tensors[ref.name], (a.put(values) for a in ref.indices))
        right = self.notation.poly(after, free)
        self.claims += [Claim(left, put(step.subject, values), free), Claim(right, after, free)]
        return [Line(left, right, self._reason(step, None), aside=True)]

    def _on_diagonal(
        self, ref: Ref, poly: Poly, free: tuple[str, ...]
    ) -> tuple[dict[str, Affine], Poly, tuple[str, ...]]:
        local = self.model.tensors[ref.name]
        split = len(self.model.tensors[local.of[0]].axes)
        values: dict[str, Affine] = {}
        for limit in support(poly):
            names = [m[0] for m, c in limit.of.terms if len(m) == 1 and abs(c) == 1]
            late = [n for n in names if n in local.axes[split:]]
            early = [n for n in names if n in local.axes[:split]]
            if len(limit.of.terms) == 2 and late and early:
                values[late[0]] = Affine.name(early[0])
        kept = tuple(n for n in free if n not in values)
        return values, contract(put(poly, values), self.model.context(kept)), kept

    # --- reasons

    def why(self, step: Step) -> Run:
        """The reason of a step, wherever it stands in the derivation."""
        group = next((g for g in self.derivation.groups if step in g.steps), None)
        return self._reason(step, self.adjoints[group.name] if group else None)

    def _reason(self, step: Step, adjoint: Adjoint | None) -> Run:
        if step.rule == "paths":
            ways = len(adjoint.contributions) if adjoint else 1
            return reason("paths", count=(COUNTS.get(ways, f"{ways} paths"),)) if ways > 1 else reason("path")
        if self._known_as(step):
            return reason("earlier", parts=(f"from {self._known_as(step)}",))
        if step.rule == "partial":
            via = self.model.tensors[self._local(step).of[0]]
            short = via.poly is not None and measure(via.poly) <= SHORT
            return reason("partial", equation=(self.definition(via),) if short else ("definition of ", self.entry(via)))
        if step.rule == "differentiate" and adjoint and all(c.via == self.derivation.of for c in adjoint.contributions):
            return reason("direct", names=(self.name(self.derivation.of, self.derivation.of_free),))
        if step.rule == "shift":
            shifts = self._shifts(step)
            return reason("shift", equation=shifts) if shifts else reason("limits")
        if step.rule == "earlier":
            return reason("earlier", parts=self._parts(step))
        if step.rule in ("written out", "inline"):
            names = [(self.entry(self.model.tensors[n]),) for n in step.source.split(", ")]
            return reason(step.rule, names=listed(names))
        if step.rule == "sum":
            return self._sum_reason(step)
        if step.equation is not None:
            rule = "fact" if step.source.startswith("fact ") else step.rule
            return reason(rule, equation=(self.equation(step.equation),))
        fewer = step.rule == "common" and sums(step.after) < sums(step.before)
        return reason("merged" if fewer else step.rule)

    def _local(self, step: Step) -> Tensor:
        ref = step.subject.terms[0].factors[0][0]
        assert isinstance(ref, Ref)
        return self.model.tensors[ref.name]

    def _shifts(self, step: Step) -> Run:
        """Which index was solved for: the equations between shifted indices that stood before."""
        equations = dict.fromkeys(
            limit
            for term in step.before.terms
            for limit in self._named_limits(Poly((term,)), step.free)
            if limit.relations == ("=",)
        )
        return listed([(Formula(e),) for e in equations], ", ")

    def _named_limits(self, poly: Poly, free: tuple[str, ...]) -> list[Relation]:
        tree = self.notation.poly(poly, free)
        return _conditions(tree)

    def _parts(self, step: Step) -> Run:
        names = step.source.split(", ")
        known = [self.labels[n] for n in names if n in self.labels]
        if len(known) == len(names):
            return ("from " + ", ".join(dict.fromkeys(known)),)
        return ("put in ", *listed([(self.name(n, self.model.tensors[n].axes),) for n in names]))

    def _sum_reason(self, step: Step) -> Run:
        first, last = step.because[0], step.because[-1]
        free = tuple(n for n in self.model.indices if n in first.before.names)
        tree = Relation((self.notation.poly(first.before, free), self.notation.poly(last.after, free)), ("=",))
        vanishes = not last.after and len(step.before.terms) > len(step.after.terms)
        return ("this path vanishes: ", Formula(tree)) if vanishes else ("put in the sum",)

    # --- small formulas

    def _let(self, by: str, name: str) -> Formula:
        """The name of a gradient, and what it is."""
        tensor, top, bottom = (self.model.tensors[n] for n in (name, self.derivation.of, by))
        split = len(top.axes)
        at = tensor.entry.indices
        gradient = Partial(self.notation.entry(top, at[:split]), self.notation.entry(bottom, at[split:]))
        return Formula(Relation((self.notation.entry(tensor, at), gradient), ("=",)))

    def entry(self, tensor: Tensor) -> Formula:
        return Formula(self.notation.entry(tensor, tensor.entry.indices))

    def name(self, name: str, free: Iterable[str]) -> Formula:
        return Formula(self.notation.entry(self.model.tensors[name], map(Affine.name, free)))

    def definition(self, tensor: Tensor) -> Formula:
        right = self.notation.definition(tensor)
        if tensor.poly is not None:
            self.claims.append(Claim(right, tensor.poly, tensor.axes))
        return Formula(Relation((self.notation.entry(tensor, tensor.entry.indices), right), ("=",)))

    def equation(self, equation: Equation) -> Formula:
        left = build(1, equation.factors)  # type: ignore[arg-type]
        sides = [self.notation.poly(p, equation.variables) for p in (left, equation.value)]
        self.claims += [
            Claim(tree, p, equation.variables) for tree, p in zip(sides, (left, equation.value), strict=True)
        ]
        return Formula(Relation(tuple(sides), ("=",)))


def _conditions(tree: object) -> list[Relation]:
    """The conditions below the signs of a sum, its starting value left out."""
    found: list[Relation] = []
    if isinstance(tree, BigOperator):
        found += [c for c in tree.under[1:] if isinstance(c, Relation)]
        found += _conditions(tree.body)
    for child in getattr(tree, "terms", ()):
        found += _conditions(child[1])
    for child in getattr(tree, "factors", ()):
        found += _conditions(child)
    return found


def _without_repeats(lines: list[Line]) -> list[Line]:
    """Lines that say `a = a`, or repeat the right side above, are left out."""
    kept: list[Line] = []
    for line in lines:
        above = next((x for x in reversed(kept) if x.aside == line.aside), None)
        if line.left == line.right or (above and above.left == line.left and above.right == line.right):
            continue
        kept.append(line)
    return kept
