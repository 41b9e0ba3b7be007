"""Exercises: one graph or more, questions about them, and the worked key. Its formulas in components are read back.

Those in matrices are proved by their entries; where numbers are put in, the value is worked out exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Block, Key, Prose
from symgrad.explain.statement import statement, statement_claims
from symgrad.questions.chain import Chain, Compare
from symgrad.questions.depth import Depth
from symgrad.questions.descent import Descent
from symgrad.questions.forward import Forward, numbers_given
from symgrad.questions.gradient import Question
from symgrad.questions.moments import Moments
from symgrad.questions.moves import SampleSize
from symgrad.questions.reading import confirm
from symgrad.questions.rule import Rule
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.stable import Stable
from symgrad.questions.together import Together
from symgrad.questions.unrolled import Unrolled

if TYPE_CHECKING:
    from symgrad.api import Graph

__all__ = [
    "Chain",
    "Compare",
    "Depth",
    "Descent",
    "Exercise",
    "Forward",
    "Moments",
    "Question",
    "Rule",
    "SampleSize",
    "Stable",
    "Together",
    "Unrolled",
]


@dataclass(frozen=True)
class Exercise:
    """A graph, or several, with questions. A question may use the answers of the questions before it on its graph.

    A question speaks of its own `graph`; where it names none, of the first.
    """

    id: str
    title: str
    graph: Graph | Sequence[Graph]
    questions: Sequence[Part]
    statement: str = ""

    def __post_init__(self) -> None:
        ids = [q.id for q in self.questions]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice or not ids:
            raise DeclarationError(
                "questions have different ids", where=f"exercise {self.id}", given=", ".join(twice) or "no question"
            )
        other = next((q for q in self.questions if q.graph is not None and q.graph not in self.graphs), None)
        if other is not None:
            raise DeclarationError(
                "a question about a graph that is not of the exercise",
                where=f"{self.id}.{other.id}",
                expected="one of graph=[...]",
                fix="add its graph to the exercise",
            )

    @property
    def graphs(self) -> tuple[Graph, ...]:
        return tuple(self.graph) if isinstance(self.graph, Sequence) else (self.graph,)

    def key(self) -> Key:
        """The worked answer key, checked line by line; raises CertificateError where a line does not hold."""
        sheets = [Sheet(self.id, graph, unused=set(graph.facts)) for graph in self.graphs]
        of = {id(sheet.graph): sheet for sheet in sheets}
        worked = [q.worked(of[id(q.graph or sheets[0].graph)]) for q in self.questions]
        return Key(self.id, self.title, self._statement(sheets), tuple(worked))

    def _statement(self, sheets: Sequence[Sheet]) -> tuple[Block, ...]:
        """What is given: the words of the author, then each graph, under its name where there are several."""
        said: list[Block] = []
        for sheet in sheets:
            text, model = "" if said else self.statement, sheet.graph.model
            if len(sheets) > 1:
                said += [Prose((line,), "statement") for line in (text, f"{model.name}.") if line]
                text = ""
            for claim in statement_claims(model):
                confirm(claim, model, sheet.graph.numbers(model), f"{self.id}, the statement")
            said += [*statement(model, text, sheet.unused), *numbers_given(sheet.graph)]
        return tuple(said)
