"""Steps of an update rule in numbers: the gradient is derived, the numbers are exact or enclosures of roots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put as at_size
from symgrad.check.enclose import Between
from symgrad.errors import CertificateError
from symgrad.explain.blocks import Block, Curve, Formula, Line, Lines, Plot, Prose, Question, Run, Table
from symgrad.explain.digits import STATED, Put, cell, is_short, number
from symgrad.explain.notation import Notation
from symgrad.explain.words import error
from symgrad.numeric import PUT_IN, WORKED_OUT
from symgrad.questions.answered import words
from symgrad.questions.gradient import gradient_line
from symgrad.questions.reading import reader_names
from symgrad.questions.rule import Rule
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.walk import Walk, middle
from symgrad.student.answers import Answers
from symgrad.student.conventions import rounding
from symgrad.student.walks import Steps

if TYPE_CHECKING:
    from symgrad.api import Graph

CLOSE = 1e-6  # the gradient by differences is as good as this


@dataclass(frozen=True)
class Descent:
    """`steps` steps of a rule from the numbers of the parameters of `graph`, down the definition `loss`.

    `batches`: other numbers for inputs of the graph in each step, one after the other and again from the first.
    `beside`: other questions of this kind whose paths are drawn in the same plot.
    """

    id: str
    rule: Rule
    loss: Any
    graph: Graph
    steps: int = 5
    batches: Mapping[Any, Sequence[Any]] = field(default_factory=dict)
    beside: Sequence[Descent] = ()
    text: str = ""

    @property
    def title(self) -> str:
        return self.text or f"Take {self.steps} steps: {self.rule.graph.model.name}, {self.graph.model.name}."

    def worked(self, sheet: Sheet) -> Question:
        """The gradient, the first step in full, all steps as a table, and the path."""
        where, walk = sheet.where(self.id), self._walk(sheet.where(self.id))
        worst = walk.worst()
        if worst > CLOSE:
            raise CertificateError("steps that floats do not confirm", where=where, given=f"{worst:.0e}")
        lines = [gradient_line(d, where) for d in walk.gradients.values()]
        blocks: list[Block] = [Lines(tuple(lines)), *self._first(walk), self._table(walk), *self._plot(walk, where)]
        rounded = " Square roots are enclosed between fractions." if walk.roots else ""
        said = f"in floating point with differences of {self.loss}: {error(worst)}.{rounded}"
        rows = [{n: str(middle(v)) for n, v in state.items()} for state in walk.points]
        return Question(self.id, (self.title,), (*blocks, Prose((said,), "checked")), {"path": rows})

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the points of the walk."""
        walk = self._walk(self.id)
        axes = [*walk.weights, self.loss.name]
        points = [[x if isinstance(x := state[n], Between) else Between.of(x) for n in axes] for state in walk.points]
        names = reader_names(self.graph.model)
        return Answers(Steps(points, axes, names, rounding(conventions), words(self.title)))

    def _walk(self, where: str) -> Walk:
        return Walk(self.rule, self.graph, self.loss, self.steps, self.batches, where)

    def _first(self, walk: Walk) -> list[Block]:
        """The first step of the last parameter, definition by definition."""
        name = walk.weights[-1]
        model, known = self.rule.graph.model, walk.trace[0][name]
        notation, lines = Notation(model), []
        first = {} if self.rule.count is None else {self.rule.count.name: Affine.number(1)}
        for tensor in model.definitions:
            if tensor.name not in known or tensor.poly is None:
                continue
            put = Put(notation, {n: v for n, v in known.items() if n != tensor.name})
            left, value = notation.entry(tensor, ()), known[tensor.name]
            short = all(is_short(known[n]) for n in tensor.poly.tensors)
            shown = put.poly(at_size(tensor.poly, first))
            lines.append(Line(left, shown, PUT_IN, relation="=" if short else "~"))
            if shown != number(value):
                lines.append(Line(None, number(value), WORKED_OUT, relation="=" if is_short(value) else "~"))
        entry = self.graph.model.tensors[name]
        return [
            Prose(("The first step of ", Formula(Notation(self.graph.model).entry(entry, ())), ":"), "remark"),
            Lines(tuple(lines)),
        ]

    def _table(self, walk: Walk) -> Table:
        """One row for each step: the parameters, what is remembered, and the loss before the next step."""
        notation = Notation(self.graph.model)
        names = [Formula(notation.entry(self.graph.model.tensors[n], ())) for n in (*walk.weights, self.loss.name)]
        head: tuple[Run, ...] = (("step",), *((name,) for name in names))
        rows, short = [], True
        for k, point in enumerate(walk.points):
            values = [*(point[w] for w in walk.weights), point[self.loss.name]]
            short = short and all(map(is_short, values))
            rows.append(((str(k),), *(cell(v) for v in values)))
        return Table(head, tuple(rows), () if short else (f"Numbers with more than nine digits are {STATED}.",))

    def _plot(self, walk: Walk, where: str) -> list[Block]:
        """The paths in the plane of two parameters; the parameter over the steps where there is one."""
        if len(walk.weights) > 2:
            return []
        curves = [Curve(one.id, one._walk(where).path) for one in self.beside]
        curves.append(Curve(self.id, walk.path))
        x, y = walk.weights if len(walk.weights) == 2 else ("step", walk.weights[0])
        return [Plot(tuple(curves), x, y)]
