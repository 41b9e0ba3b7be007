"""Exercises: one graph or more, questions about them, and the worked key. Its formulas in components are read back.

Those in matrices are proved by their entries; where numbers are put in, the value is worked out exactly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.errors import DeclarationError, nearest
from symgrad.explain.blocks import Block, Key, Prose
from symgrad.explain.blocks import Question as WorkedQuestion
from symgrad.explain.drawing import KINDS, drawing
from symgrad.explain.statement import statement, statement_claims
from symgrad.explain.whole import NOTATIONS
from symgrad.fresh import Style, fresh
from symgrad.grading import Grader
from symgrad.questions.bound import PathBound
from symgrad.questions.chain import Chain, Compare
from symgrad.questions.choosing import with_choices
from symgrad.questions.count import Count
from symgrad.questions.depth import Depth
from symgrad.questions.descent import Descent
from symgrad.questions.entries import Entries, Extremes
from symgrad.questions.equation import Equation
from symgrad.questions.forward import Forward, numbers_given
from symgrad.questions.gradient import Question
from symgrad.questions.moments import Moments
from symgrad.questions.moves import SampleSize
from symgrad.questions.paths import Paths
from symgrad.questions.reading import confirm
from symgrad.questions.rule import Rule
from symgrad.questions.shape import Ranges, Shape
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.stable import Stable
from symgrad.questions.together import Together
from symgrad.questions.unrolled import Unrolled

if TYPE_CHECKING:
    from symgrad.api import Graph
    from symgrad.derive.steps import Derivation
    from symgrad.student.answers import Answers
    from symgrad.student.choices import Option
    from symgrad.student.verdict import Diagnosis, Verdict

__all__ = [
    "Chain",
    "Compare",
    "Count",
    "Depth",
    "Descent",
    "Entries",
    "Equation",
    "Exercise",
    "Extremes",
    "Forward",
    "Moments",
    "PathBound",
    "Paths",
    "Question",
    "Ranges",
    "Rule",
    "SampleSize",
    "Shape",
    "Stable",
    "Together",
    "Unrolled",
]


@dataclass(frozen=True)
class Exercise:
    """A graph, or several, with questions. A question may use the answers of the questions before it on its graph.

    A question speaks of its own `graph`; where it names none, of the first. `drawing`: whether the statement draws the
    graph, or the kinds of names that are drawn, as in ("input", "definition"). `conventions`: what answers of students
    may take for granted, by the names in symgrad/student/conventions.py. `numbers`: what stands in place of the
    attached ones in a version (`vary`), one mapping a graph.
    """

    id: str
    title: str
    graph: Graph | Sequence[Graph]
    questions: Sequence[Part]
    statement: str = ""
    drawing: bool | Sequence[str] = False
    conventions: Collection[str] = ()
    numbers: Sequence[Mapping[str, Any]] = ()
    _graders: dict[str, Grader | Answers] = field(default_factory=dict, init=False, repr=False, compare=False)

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

        kinds = [self.drawing] if isinstance(self.drawing, str) else self.drawing or ()
        unknown = [k for k in kinds if k not in KINDS] if not isinstance(kinds, bool) else []
        if unknown:
            raise DeclarationError(
                "not a kind of names",
                where=f"exercise {self.id}, drawing=",
                expected=", ".join(KINDS),
                given=str(unknown[0]),
            )

    @property
    def graphs(self) -> tuple[Graph, ...]:
        return tuple(self.graph) if isinstance(self.graph, Sequence) else (self.graph,)

    def vary(self, seed: int) -> Exercise:
        """The same exercise with other numbers, drawn from a seed: the same ones for the same seed.

        An input that is one number, 0 or 1 without a decimal point, is 0 or 1 in all versions: it may be a label.
        Raises DeclarationError where no numbers are attached, where the words of the exercise state one of those that
        would vary, and where no well-behaved ones are found.
        """
        where = f"{self.id}.vary({seed})"
        if not any(graph.numbers_given for graph in self.graphs):
            raise DeclarationError("there is nothing to vary", where=where, expected="g.values(x=[2, 1], ...)")
        self._refuse_stated(where)
        found = []
        for n, graph in enumerate(self.graphs):
            asked = [q for q in self.questions if hasattr(q, "wrt") and (q.graph or self.graphs[0]) is graph]
            found.append(
                fresh(graph, _derived(graph, asked), f"{self.id} {n} {seed}", where) if graph.numbers_given else {}
            )
        title = f"{self.title} (version {seed})"
        return replace(self, id=f"{self.id}-{seed}", title=title, numbers=tuple(found))

    def _refuse_stated(self, where: str) -> None:
        """A number in the words of the author stays, so it must not be one that varies."""
        varied = {abs(v) for g in self.graphs for v in Style(g.model, g.numbers_given).varied}
        for text in (self.title, self.statement, *(q.title for q in self.questions)):
            for word in re.findall(r"(?<![A-Za-z_\d.])\d+(?:\.\d+)?", text):
                if Fraction(word) in varied:
                    raise DeclarationError(
                        "words that state a number which would vary",
                        where=where,
                        given=f"{word} in: {text}",
                        fix="leave it out: the statement says which numbers are attached",
                    )

    @contextmanager
    def _own_numbers(self) -> Iterator[None]:
        """The graphs with the numbers of this version, while its key is worked."""
        before = [graph.numbers_given for graph in self.graphs]
        try:
            for graph, numbers in zip(self.graphs, self.numbers or before, strict=True):
                graph.numbers_given = dict(numbers)
            yield
        finally:
            for graph, numbers in zip(self.graphs, before, strict=True):
                graph.numbers_given = numbers

    def key(self, notation: str = "both", answers: bool = True, choices: int = 0, seed: int = 0) -> Key:
        """The worked answer key, checked line by line; raises CertificateError where a line does not hold.

        `notation`: formulas in components, in matrices where they have such a form, or both. `answers` False: the sheet
        for students, of questions that were answered and checked. `choices`: so many answers to choose from, the right
        one and wrong ones that are proved wrong, in an order that `seed` decides, for each question with a formula; one
        of which not so many can be made stays open.
        """
        if notation not in NOTATIONS:
            raise DeclarationError(
                "not a notation", where=f"{self.id}, notation={notation}", expected=", ".join(NOTATIONS)
            )
        kinds = (KINDS if self.drawing else ()) if isinstance(self.drawing, bool) else tuple(self.drawing)
        sheets = [Sheet(self.id, g, unused=set(g.facts), notation=notation, drawn=kinds) for g in self.graphs]
        of = {id(sheet.graph): sheet for sheet in sheets}
        with self._own_numbers():
            worked = [q.worked(of[id(q.graph or sheets[0].graph)]) for q in self.questions]
            if choices:
                worked = [self._with_choices(w, choices, seed) for w in worked]
            for sheet in () if answers else sheets:
                sheet.unused.clear()  # which facts an answer uses is part of the answer
            key = Key(self.id, self.title, self._statement(sheets), tuple(worked))
        return key if answers else key.sheet

    def _with_choices(self, worked: WorkedQuestion, count: int, seed: int) -> WorkedQuestion:
        question = next(q for q in self.questions if q.id == worked.id)
        grader = self.grader(worked.id) if hasattr(question, "grader") else None
        if not isinstance(grader, Grader):
            return worked
        return with_choices(worked, grader, count, seed, f"{self.id}.{worked.id}")

    def grade(self, part: str, text: str) -> Verdict:
        """The verdict on somebody's answer to a part, in LaTeX or plain text.

        Raises DeclarationError where there is no such part, or none whose answers can be judged.
        """
        return self.grader(part).judge(text)

    def diagnose(self, part: str, text: str) -> Diagnosis:
        """What went wrong in an answer that is wrong; it never changes a verdict. Raises as `grade`."""
        return self.grader(part).diagnose(text)

    def choices(self, part: str, count: int = 4, seed: int = 0) -> tuple[Option, ...]:
        """The answer to a part among `count - 1` wrong ones, each proved wrong, in an order that the seed decides.

        Raises as `grade`, and DeclarationError where not so many wrong answers can be made.
        """
        return self.grader(part).choices(count, seed)

    def grader(self, part: str) -> Grader | Answers:
        """What judges answers to a part; made once."""
        if part not in self._graders:
            self._graders[part] = self._grader(part)
        return self._graders[part]

    def _grader(self, part: str) -> Grader | Answers:
        ids = [q.id for q in self.questions]
        if part not in ids:
            expected = ", ".join(ids)
            raise DeclarationError("no such part", where=f"{self.id}.{part}", expected=expected, fix=nearest(part, ids))
        at = ids.index(part)
        question = self.questions[at]
        make = getattr(question, "grader", None)
        if make is None:
            raise DeclarationError(
                "answers to this part cannot be judged", where=f"{self.id}.{part}", given=type(question).__name__
            )
        return make(self.questions[:at], question.graph or self.graphs[0], self.conventions)

    def _statement(self, sheets: Sequence[Sheet]) -> tuple[Block, ...]:
        """What is given: the words of the author, then each graph, under its name where there are several."""
        said: list[Block] = []
        for sheet in sheets:
            text, model = "" if said else self.statement, sheet.graph.model
            if len(sheets) > 1:
                said += [Prose((text,), "statement")] if text else []
                said += [Prose((f"{model.name[:1].upper()}{model.name[1:]}",), "heading")]
                text = ""
            for claim in statement_claims(model):
                confirm(claim, model, sheet.graph.numbers(model), f"{self.id}, the statement")
            asking = (q for q in self.questions if (q.graph or self.graphs[0]) is sheet.graph and hasattr(q, "asked"))
            asked = frozenset().union(*(q.asked(model) for q in asking))
            said += [*statement(model, text, sheet.unused, sheet.notation, asked), *numbers_given(sheet.graph)]
            said += [drawing(model, sheet.drawn)] if sheet.drawn else []
        return tuple(said)


def _derived(graph: Graph, asked: Sequence[Any]) -> list[Derivation]:
    """The derivatives that questions of any kind ask for."""
    found = []
    for question in asked:
        options = {name: getattr(question, name) for name in ("keep", "let") if hasattr(question, name)}
        derived = graph.derive(question.of, question.wrt, check=False, **options)
        found += [d.engine for d in (derived.values() if isinstance(derived, Mapping) else [derived])]
    return found
