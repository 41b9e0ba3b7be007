"""A question for the equation of a network in whole arrays, and for what is wrong with a proposed one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run, Table
from symgrad.explain.broadcast import Equations, rows_added, squeezed
from symgrad.explain.layout import Layout, Relation, Tuple
from symgrad.explain.notation import Notation
from symgrad.explain.words import listed
from symgrad.matrix import tree as m
from symgrad.questions.proposal import Proposal, Refusal
from symgrad.questions.reading import reader_names
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.sizes import declared
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.equations import Equations as Judge

if TYPE_CHECKING:
    from symgrad.api import Graph

MOST_ASSUMED = 4  # sizes put equal to see whether a proposal would conform then


@dataclass(frozen=True)
class Equation:
    """A question for a definition as an equation of whole arrays, all definitions before it written out.

    `refused`: proposed right sides in array notation whose shapes do not conform; each is answered with the product at
    fault. One that conforms is refused by the question itself.
    """

    id: str
    of: Any
    refused: Sequence[str] = ()
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text or f"Write {self.of.name} as an equation in matrices."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges equations in whole arrays; axes with one value are left out."""
        (name,) = declared(graph, [self.of], self.id, ("definition",))
        model = squeezed(graph.model)
        return Answers(Judge(model, name, graph.numbers(model), reader_names(model)))

    def worked(self, sheet: Sheet) -> Question:
        """The equations of the definitions on the way, the whole one, the shapes in it, and what is refused."""
        graph, model, where = sheet.graph, sheet.graph.model, sheet.where(self.id)
        (name,) = declared(graph, [self.of], where, ("definition",))
        equations = Equations(model)
        poly = model.tensors[name].poly
        before = [t.name for t in model.definitions if poly is not None and t.name in model.uses(poly)]
        lines = [self._line(equations, n, out=False) for n in (*before, name)]
        whole = equations.tree(name, out=True)
        last = self._line(equations, name, out=True)
        if before:
            lines.append(replace(last, reason=("put in ", *listed([(Formula(x.left),) for x in lines[:-1] if x.left]))))
        lines[-1] = replace(lines[-1], boxed=True, level=1)
        blocks: list[Block] = [Lines(tuple(lines))]
        rows = dict.fromkeys(rows_added(whole))
        if rows:
            names = listed([(Formula(equations.notation.name(m.Named(n))),) for n in rows])
            blocks.append(Prose((*names, " is" if len(rows) == 1 else " are", " added to each row."), "remark"))
        blocks += _shapes(equations, whole)
        for text in self.refused:
            blocks += _refused(graph, Proposal(graph, text, where))
        blocks.append(Prose(("entry by entry against the declared component form, for all sizes.",), "checked"))
        record = {
            "equation": plain(Relation((lines[-1].left or last.right, last.right), ("=",))),
            "refused": list(self.refused),
            "certificate": {"proved": True},
        }
        return Question(self.id, (self.title,), tuple(blocks), record)

    def _line(self, equations: Equations, name: str, out: bool) -> Line:
        left = equations.notation.name(m.Named(name))
        return Line(left, equations.layout(equations.tree(name, out)), ("definition",))


def _shapes(equations: Equations, whole: m.Tree) -> list[Block]:
    """Each product of matrices with the shapes of its parts and its own: rows of the first, columns of the second."""
    notation = equations.notation.notation
    rows: list[tuple[Run, ...]] = []
    for part in (p for p in m.walk(whole) if isinstance(p, m.Dot)):
        axes = [m.shape(t) for t in (part.left, part.right, part)]
        thin = any(isinstance(p, m.Named) and p.name in equations.thin for p in m.walk(part))
        shapes = [_shape(notation, a) for a in axes if len(a) == 2 or not thin]
        if len(shapes) == 3 and None not in shapes:
            one, two, both = (Formula(s) for s in shapes if s is not None)
            rows.append(((Formula(equations.layout(part)),), (one, " times ", two), (both,)))
    head: tuple[Run, ...] = (("product",), ("shapes",), ("rows of the first, columns of the second",))
    return [Table(head, tuple(rows[::-1]))] if rows else []


def _shape(notation: Notation, axes: m.Shape) -> Layout | None:
    lengths = [a.length for a in axes]
    return Tuple(tuple(notation.index(n) for n in lengths if n is not None)) if None not in lengths else None


def _refused(graph: Graph, proposal: Proposal) -> list[Block]:
    """What does not conform, and what more where the two lengths are put equal."""
    refusal = proposal.refusal()
    if refusal is None:
        raise DeclarationError(
            "a proposed equation that conforms",
            where=f"{proposal.where}: {proposal.text}",
            expected="refused=[...]: equations whose shapes do not conform",
            fix="leave it out, or declare it and compare",
        )
    blocks: list[Block] = [Prose((Formula(proposal.layout), " is refused: ", *_why(graph, refusal), "."), "remark")]
    before, assumed = graph.state(), list[Run]()
    try:
        while refusal is not None and refusal.cause.unless is not None and len(assumed) < MOST_ASSUMED:
            assumed.append((_unless(graph, refusal),))
            graph.require(refusal.cause.unless)
            refusal = proposal.refusal()
            if refusal is not None:
                blocks.append(Prose(("Even with ", *listed(assumed), ": ", *_why(graph, refusal), "."), "remark"))
    finally:
        graph.go_back(before)
    return blocks


def _why(graph: Graph, refusal: Refusal) -> Run:
    """The product that does not conform, both shapes, and the lengths that differ."""
    notation = Notation(graph.model)
    one, two = (notation.index(graph.affine(n, "a shape")) for n in refusal.cause.lengths)
    (a, b), (left, right) = (map(Formula, side) for side in (refusal.parts, _shapes_of(graph, refusal)))
    run: Run = (
        "in ",
        Formula(refusal.whole),
        " the shapes do not conform: ",
        a,
        " has the shape ",
        left,
        ", ",
        b,
        " has ",
    )
    run = (*run, right, "; ", Formula(one), " and ", Formula(two), " differ")
    return (*run, ", unless ", _unless(graph, refusal)) if refusal.cause.unless is not None else run


def _shapes_of(graph: Graph, refusal: Refusal) -> list[Layout]:
    notation = Notation(graph.model)
    return [Tuple(tuple(notation.index(graph.affine(n, "a shape")) for n in x.shape)) for x in refusal.arrays]


def _unless(graph: Graph, refusal: Refusal) -> Formula:
    """The equation under which the two would conform, a number on its right."""
    notation = Notation(graph.model)
    sides = sorted((graph.affine(n, "a shape") for n in refusal.cause.lengths), key=lambda a: a.is_number)
    return Formula(Relation(tuple(map(notation.index, sides)), ("=",)))
