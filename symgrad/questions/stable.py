"""How far to step: descent on a quadratic is a linear recurrence; it shrinks where its factor is between -1 and 1."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import NOTHING, ONE, times
from symgrad.algebra.normal import replace as rebuilt
from symgrad.algebra.records import Poly, Ref
from symgrad.check.enclose import enclosed
from symgrad.derive.inequality import Inequality, confirmed, isolated, sign_of
from symgrad.derive.recurrence import Recurrence, solved, split
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.digits import Put, number
from symgrad.explain.layout import Number as Digits
from symgrad.explain.layout import Plus, Relation
from symgrad.numeric import PUT_IN, WORKED_OUT, scalars
from symgrad.questions.answered import formula, words
from symgrad.questions.gradient import checked, gradient_line
from symgrad.questions.moves import inequality_lines
from symgrad.questions.reading import Says, reader_names
from symgrad.questions.rule import Rule, Steps, steps
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.bounds import Bound, Inequalities
from symgrad.student.conventions import rounding

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph


@dataclass(frozen=True)
class Stable:
    """For which step sizes `rate` the rule takes the weight of a quadratic loss to its minimum at 0.

    `loss`: a definition of `graph`, quadratic in one parameter.
    """

    id: str
    rule: Rule
    rate: Any
    loss: Any
    graph: Graph
    text: str = ""

    @property
    def title(self) -> str:
        return self.text or f"For which {self.rate} does {self.loss} go to its minimum?"

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the bound, in symbols or in numbers."""
        _, factor = self._factor(self.id)
        run = self._joined()
        bound = isolated(Inequality(factor, ">", -ONE), self.rate.name, run.model)[-1].after
        answer = formula(run.model, bound.right, self.id, (), self._numbers_given(bound))
        names = reader_names(run.model)
        judge = Inequalities(
            Bound(self.rate.name, bound.relation, answer), names, rounding(conventions), words(self.title)
        )
        return Answers(judge)

    def worked(self, sheet: Sheet) -> Question:
        """The gradient, the recurrence of the weight, and the two inequalities."""
        where = sheet.where(self.id)
        derivation, factor = self._factor(where)
        run = self._joined()
        says, k = Says(run.model, where), run.k
        found = solved(Recurrence(factor, NOTHING, run.at(0)), run.t.sole, run.model, where)
        lines = (
            gradient_line(derivation, where),
            Line(
                says(run.at(k + 1), (k.sole,)),
                says(times(factor, run.at(k)), (k.sole,)),
                ("the rule with this gradient",),
            ),
            Line(says(run.at(run.t)), says(found), ("a linear recurrence, solved",)),
        )
        minus, one = Plus(((-1, Digits("1")),)), Digits("1")
        small = Formula(Relation((minus, says(factor), one), ("<", "<")))
        drop = ONE - factor
        if sign_of(drop, ()) != 1:
            raise Unsupported(f"{drop} is not known to be positive", where=where, expected="positive constants")
        always = Formula(Relation((says(drop), Digits("0")), (">",)))
        told: Run = ("The powers go to 0 where ", small, "; the right side always holds, since ", always, ".")
        side = Inequality(factor, ">", -ONE)
        moves = isolated(side, self.rate.name, run.model)
        confirmed(side, moves, run.model, (), where)
        bound = moves[-1].after
        blocks = (
            Lines(lines),
            Prose(told, "remark"),
            Lines(tuple(inequality_lines(side, moves, says, boxed=True))),
            *self._numbers(says, bound),
            checked(derivation),
        )
        return Question(
            self.id, (self.title,), blocks, {"bound": f"{self.rate} {bound.relation} {plain(says(bound.right))}"}
        )

    def _factor(self, where: str) -> tuple[Derivation, Poly]:
        """The gradient of the loss, and what a step multiplies the weight by."""
        weight = self.rule.weight[0].name
        if weight not in self.graph.model.tensors:
            raise DeclarationError("the loss does not have the weight of the rule", where=where, expected=weight)
        self._refuse_memory(where)
        derivation = self.graph.derive(self.loss, self.graph[weight])
        gradient = derivation.engine.answer
        given = {self.rule.gradient.name: gradient}
        update = rebuilt(
            self.rule.update(self.rule.weight[0]), lambda a: given.get(a.name) if isinstance(a, Ref) else None
        )
        factor, rest = split(update, weight)
        if rest:
            raise Unsupported("a minimum that is not at 0", where=where, expected="a loss a w^2, a not using w")
        return derivation, factor

    def _refuse_memory(self, where: str) -> None:
        """What a rule keeps beside the weight is not a multiple of it: one factor does not tell how far to step."""
        used = self.rule.graph.model.uses(self.rule.update(self.rule.weight[0]))
        kept = [h.name for h in self.rule.memory if h.name in used]
        if kept:
            raise Unsupported(
                "a rule with memory",
                where=where,
                expected="a rule that keeps its weight only",
                given=f"{', '.join(kept)} from step to step",
                fix="sg.Unrolled or sg.Descent follow such a rule",
            )

    def _joined(self) -> Steps:
        """The numbered names of the rule, and the constants of the loss beside them."""
        run = steps(self.rule, self.rule.weight[0])
        more = {
            n: t for n, t in self.graph.model.tensors.items() if t.kind == "constant" and n not in run.model.tensors
        }
        return replace(run, model=replace(run.model, tensors={**run.model.tensors, **more}))

    def _numbers(self, says: Says, bound: Inequality) -> list[Block]:
        """The bound with the numbers of both graphs, where they are given."""
        numbers = self._numbers_given(bound)
        if not bound.right.tensors <= numbers.keys():
            return []
        value = enclosed(bound.right, {}, lambda name, place: numbers[name]).low
        line = Line(
            says(bound.left), Put(says.notation, dict(numbers)).poly(bound.right), PUT_IN, relation=bound.relation
        )
        return [Lines((line, Line(None, number(value), WORKED_OUT)))]

    def _numbers_given(self, bound: Inequality) -> dict[str, Fraction]:
        """The numbers of both graphs for the names in the bound."""
        numbers = {
            **scalars(self.rule.graph.model, self.rule.graph.numbers_given),
            **scalars(self.graph.model, self.graph.numbers_given),
        }
        return {n: x for n, x in numbers.items() if n in bound.right.tensors}
