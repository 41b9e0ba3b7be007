"""A state of an update rule after t steps: a sum over the gradients, and its mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import NOTHING, lone, power, times
from symgrad.algebra.normal import replace as rebuilt
from symgrad.algebra.records import Poly, Ref
from symgrad.derive.moments import Random, mean
from symgrad.derive.recurrence import DEPTHS, Recurrence, confirmed, solved, split
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question
from symgrad.explain.layout import Number, Relation
from symgrad.explain.notation import Notation
from symgrad.questions.answered import formula
from symgrad.questions.averaged import Averaged
from symgrad.questions.formulated import of_formulas
from symgrad.questions.reading import Says
from symgrad.questions.rule import Rule, Steps, steps
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.formulas import Wanted

if TYPE_CHECKING:
    from symgrad.api import Graph


@dataclass(frozen=True)
class Unrolled:
    """A state of a rule after t steps, as a sum over the gradients of these steps.

    `expected`: a constant of the rule, the mean of each gradient: then the mean of the state too, and that of
    `corrected`, a definition in which the next value of the state stands.
    """

    id: str
    rule: Rule
    state: Any
    expected: Any = None
    corrected: Any = None
    text: str = ""

    @property
    def graph(self) -> Graph:
        return self.rule.graph

    @property
    def title(self) -> str:
        return self.text or f"Write {self.state} after t steps as a sum over the gradients."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the sum over the gradients; with a mean of each, what is left of it, or its factor."""
        run = steps(self.rule, self.state)
        known, found = self._solved(run, self.id)
        whole = Wanted("the sum", formula(run.model, found, self.id), (self.state.name,), self.expected is None)
        if self.expected is None:
            return of_formulas([whole], conventions, self.title)
        mu = lone(run.model.tensors[self.expected.name].entry)
        answer = self._solved_mean(run, known, self.id)[1]
        factor = contract(times(expand(answer), power(mu, -1)), run.model.context())
        wanted = [
            Wanted("the mean", formula(run.model, answer, self.id), ("E",)),
            Wanted("its factor", formula(run.model, factor, self.id), (), False, instead="the mean"),
            whole,
        ]
        return of_formulas(wanted, conventions, self.title, functions=["E"])

    def _solved(self, run: Steps, where: str) -> tuple[Recurrence, Poly]:
        """The recurrence of the state, and its solution."""
        factor, rest = split(self.rule.update(self.state), self.state.name)
        known = Recurrence(factor, run.numbered(rest, run.k), NOTHING, run.k.sole)
        return known, solved(known, run.t.sole, run.model, where)

    def _solved_mean(self, run: Steps, known: Recurrence, where: str) -> tuple[Recurrence, Poly]:
        """The same for the mean of the state."""
        mu = lone(run.model.tensors[self.expected.name].entry)
        random = Random(run.gradient, mu, NOTHING, independent=False)
        other = replace(known, rest=mean(known.rest, random, run.model))
        return other, solved(other, run.t.sole, run.model, where)

    def worked(self, sheet: Sheet) -> Question:
        """The recurrence and its solution; for equal gradients the geometric sum; the mean."""
        where, run = sheet.where(self.id), steps(self.rule, self.state)
        factor, rest = split(self.rule.update(self.state), self.state.name)
        known, found = self._solved(run, where)
        says, k = Says(run.model, where), run.k
        step = times(factor, run.at(k)) + known.rest
        lines = [
            Line(says(run.at(k + 1), (k.sole,)), says(step, (k.sole,)), ("the rule",)),
            Line(says(run.at(0)), says(NOTHING), ("the start",)),
            Line(says(run.at(run.t)), says(found), ("a linear recurrence, solved",), boxed=True, level=1),
        ]
        if known.rest.tensors & {run.gradient}:
            alike = replace(known, rest=run.numbered(rest, Affine.number(0)))
            shown = says(solved(alike, run.t.sole, run.model, where))
            lines.append(
                Line(None, shown, ("where all gradients are equal: a geometric sum, for ", _not_one(says, factor)))
            )
        blocks: list[Block] = [Lines(tuple(lines))]
        if self.expected is not None:
            blocks.append(Lines(tuple(self._mean(run, known, found, where))))
        said = f"against the rule applied step by step, 1 to {DEPTHS[-1]} times, in fractions, exactly."
        answer = {"latex": latex(says(found)), "text": plain(says(found))}
        return Question(self.id, (self.title,), (*blocks, Prose((said,), "checked")), {"answer": answer})

    def _mean(self, run: Steps, known: Recurrence, found: Poly, where: str) -> list[Line]:
        """The mean obeys the same recurrence with the mean of the gradient in it, so that its sum is geometric."""
        mu = lone(run.model.tensors[self.expected.name].entry)
        random = Random(run.gradient, mu, NOTHING, independent=False)
        other, answer = self._solved_mean(run, known, where)
        confirmed(other, mean(found, random, run.model), run.t.sole, run.model, where)
        says, averaged, k = Says(run.model, where), Averaged(run.model, (run.state, run.gradient)), run.k
        state, free = times(known.factor, run.at(k)), (k.sole,)
        lines = [
            Line(averaged.poly(run.at(k + 1), free), averaged.poly(state + known.rest, free), ("a mean is linear",)),
            Line(None, averaged.poly(state + other.rest, free), ("the mean of every gradient",)),
            Line(
                averaged.poly(run.at(run.t)),
                says(answer),
                ("the same law, a geometric sum for ", _not_one(says, known.factor)),
                boxed=True,
                level=1,
            ),
        ]
        return lines + (self._corrected(answer, says) if self.corrected is not None else [])

    def _corrected(self, answer: Poly, says: Says) -> list[Line]:
        """The mean of a definition that is linear in the next value of the state."""
        model = self.graph.model
        after = {h.name: d.name for h, d in (self.rule.weight, *self.rule.memory.items())}[self.state.name]
        tensor = model.tensors[self.corrected.name]
        if tensor.poly is None or split(tensor.poly, after)[1]:
            raise DeclarationError(
                f"{tensor.name} is not {after} times a number",
                where=f"corrected={tensor.name}",
                expected="a definition",
            )
        value = rebuilt(tensor.poly, lambda a: answer if isinstance(a, Ref) and a.name == after else None)
        notation, averaged = Notation(model), Averaged(model, (tensor.name, after))
        why = ("definition of ", Formula(notation.entry(tensor, ())))
        return [
            Line(averaged.entry(tensor, ()), averaged.poly(tensor.poly), why),
            Line(None, says(contract(value, says.model.context())), ("the factor cancels",)),
        ]


def _not_one(says: Says, factor: Poly) -> Formula:
    """The condition of a geometric sum."""
    return Formula(Relation((says(factor), Number("1")), ("!=",)))
