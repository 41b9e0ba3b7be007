"""What a key says, read from its LaTeX: every formula, every line, and whether the line is true as it is read.

Lines in names are compared at random sizes and values, lines of numbers exactly, the first of them with the exact value
of the formula before it. The reader is the one that reads students' answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, NamedTuple

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.declare.model import Index, Model
from symgrad.errors import CertificateError, ReadError, SymgradError
from symgrad.explain.blocks import Block, Diagram, Display, Formula, Lines, Prose, Run, Table
from symgrad.explain.layout import Layout
from symgrad.grading import Grader
from symgrad.questions.reading import reader_names
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.render.latex import latex
from symgrad.student.meaning import Meaning
from symgrad.student.scan import has_names
from symgrad.student.whole import DoesNotConform, Whole
from symgrad.student.worked import Worked
from symgrad.values import given


def formulas(blocks: tuple[Block, ...]) -> Iterator[Layout]:
    """Every formula of some blocks."""
    for block in blocks:
        if isinstance(block, Prose):
            yield from _run(block.run)
        elif isinstance(block, Display):
            yield block.formula.tree
        elif isinstance(block, Lines):
            for line in block.lines:
                yield from (side for side in (line.left, line.right) if side is not None)
                yield from _run(line.reason)
        elif isinstance(block, Table):
            for cell in (cell for row in (block.head, *block.rows, (block.caption,)) for cell in row):
                yield from _run(cell)
        elif isinstance(block, Diagram):
            yield from (node.label for node in block.nodes)
            yield from _run(block.caption)


def _run(run: Run) -> Iterator[Layout]:
    yield from (part.tree for part in run if isinstance(part, Formula))


class Step(NamedTuple):
    """Two sides of a printed line, one after the other, with the relation between them."""

    left: str
    relation: str
    right: str


def steps(blocks: tuple[Block, ...]) -> Iterator[Step]:
    """The lines of some blocks; one without a left side goes on from the one before it."""
    for block in blocks:
        before = ""
        for line in block.lines if isinstance(block, Lines) else ():
            before = latex(line.left) if line.left is not None else before
            after = latex(line.right)
            yield Step(before, line.relation, after)
            before = after


def read_by_any(text: str, tables: list[Names]) -> str:
    """ "" where one of the tables reads a text, else why not."""
    why = ""
    for names in tables:
        try:
            parse(text, names)
        except ReadError as error:
            why = why or str(error)
        else:
            return ""
    return why or "no names"


class Reader:
    """The meaning of the formulas around one derivation, or around a graph, of which any derivation is taken."""

    def __init__(self, graph: Any, derivation: Any = None) -> None:
        self.graph = graph
        derivation = derivation or (_any_derivation(graph) if graph else None)
        self.names, self.reference = reader_names(graph.model) if graph else Names(), None
        if derivation is not None:
            grader = Grader(derivation, partials=True)
            self.reference, self.names = grader.reference, grader.names

    def truth(self, step: Step) -> str:
        """ "" where a step is an equation that holds as it is read, else what is wrong. Raises ReadError."""
        chain = [part for text in (step.left, step.right) for part in self.parts(text)]
        return next((why for pair in pairwise(chain) if (why := self.equal(step, *pair))), "")

    def parts(self, text: str) -> tuple[s.Node, ...]:
        """A formula, or those of a chain of equations."""
        node = parse(text, self.names)
        chained = isinstance(node, s.Relation) and set(node.relations) == {"="}
        return node.items if isinstance(node, s.Relation) and chained else (node,)

    def equal(self, step: Step, one: s.Node, other: s.Node) -> str:
        """ "" where two formulas of a step are equal, else what is wrong."""
        numbers = [not has_names(node) for node in (one, other)]
        if all(numbers):
            return "" if self.cells(step.left, one) == self.cells(step.right, other) else "unequal numbers"
        if numbers[1] and self.graph.numbers_given:
            cells = self.cells(step.right, other)
            found = [self.exact(*read) for read in self.wholes(step.left, one)]
            return "" if cells in found else f"{found[0]} is the value"
        pairs = product(self.wholes(step.left, one), self.wholes(step.right, other))
        reasons = [self.unlike(a, b) for a, b in pairs]
        return "" if "" in reasons else reasons[0]

    def cells(self, text: str, node: s.Node) -> list[list[Fraction]]:
        """A formula of numbers worked out, row by row."""
        return [[one.low for one in row] for row in Worked(text, lambda name: None).array(node).cells]

    def wholes(self, text: str, node: s.Node) -> list[tuple[Whole, Model]]:
        """The meanings: with local derivatives, and with those over all paths where they differ."""
        if self.reference is None:
            raise ReadError("nothing can be derived here", text=text)
        found = []
        for prefer in ("local", "total"):
            meaning = Meaning(text, self.reference, prefer=prefer)
            whole = meaning.whole(node)
            found.append((whole, meaning.model.extended(*meaning.names.values())))
            if not meaning.ambiguous:
                break
        return found

    def unlike(self, one: tuple[Whole, Model], other: tuple[Whole, Model]) -> str:
        """What distinguishes two meanings: their shapes, or their entries at some sample; "" where nothing does."""
        (a, model), (b, more) = one, other
        moved = {}
        for mine, yours in ((a.rows, b.rows), (a.cols, b.cols)):
            if (mine is None) != (yours is None) or (mine is not None and not mine.fits(yours)):
                return f"{a.shape} and {b.shape}"
            if mine is not None:
                known, open_ = (yours, mine) if mine.is_any else (mine, yours)
                moved[open_.name] = known.at
        polys = [put(whole.poly, moved) for whole in (a, b)]
        axes = [axis for axis in (a.rows, a.cols, b.rows, b.cols) if axis is not None and axis.name not in moved]
        model = with_axes(model.extended(*more.tensors.values()), axes)
        indices = {*self.reference.model.indices, *(axis.name for axis in axes)}
        free = sorted((polys[0].names | polys[1].names) & indices | {axis.name for axis in axes})
        try:
            self.reference.numbers.confirm(*polys, free, model)
        except CertificateError as error:
            return str(error)
        return ""

    def exact(self, whole: Whole, model: Model) -> list[list[Fraction]]:
        """The entries at the numbers of the graph, row by row."""
        axes = [axis for axis in (whole.rows, whole.cols) if axis is not None]
        values = given(with_axes(model, axes), self.graph.numbers_given)
        found = values.of(whole.poly, [axis.name for axis in axes])
        rows = sorted({place[0] for place in found}) if whole.rows else [None]
        columns = sorted({place[-1] for place in found}) if whole.cols else [None]
        at = lambda *place: found[tuple(n for n in place if n is not None)]  # noqa: E731
        return [[Fraction(int(at(r, c).p), int(at(r, c).q)) for c in columns] for r in rows]


def with_axes(model: Model, axes: list[Any]) -> Model:
    return model.extended(indices=[Index(axis.name, axis.limits, Affine.number(0)) for axis in axes])


def _any_derivation(graph: Any) -> Any:
    top = [t for t in graph.model.tensors.values() if t.kind in ("definition", "loss")][-1:]
    for tensor in graph.model.tensors.values():
        if top and tensor.kind in ("input", "parameter", "constant"):
            with suppress(SymgradError):
                return graph.derive(graph[top[0].name], wrt=graph[tensor.name], check=False)
    return None


def graph_names(graph: Any) -> Names:
    return reader_names(graph.model)


__all__ = ["DoesNotConform", "Reader", "Step", "formulas", "graph_names", "read_by_any", "steps"]
