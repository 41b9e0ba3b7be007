"""Mean and variance of a definition that is linear in random entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symgrad.algebra.records import Poly
from symgrad.derive.moments import Random, by_entries, confirmed, mean, variance
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.layout import Relation
from symgrad.explain.notation import Notation
from symgrad.questions.answered import formula
from symgrad.questions.averaged import Averaged, of
from symgrad.questions.formulated import of_formulas
from symgrad.questions.reading import Says
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.formulas import Wanted

if TYPE_CHECKING:
    from symgrad.api import Graph

WORDS: dict[str, str] = {  # of laws of derive/moments.py
    "linear": "a mean is linear",
    "scaled": "a factor of a variance is squared",
    "independent": "variances of independent terms add, a factor is squared",
}


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a definition `of` without indices, from those of each entry of an input `random`.

    `mean` and `variance`: expressions in constants of the graph. `independent`: whether the entries are declared to be
    independent; without it the variance of a sum is refused.
    """

    id: str
    of: Any
    random: Any
    mean: Any
    variance: Any
    independent: bool
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text or f"Find mean and variance of {self.of}."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the variance, and the mean where it is said."""
        found = self._found(graph, self.id)[1]
        lefts = (("mean", ("E", "mean"), False), ("variance", ("Var", "V", "variance"), True))
        wanted = [
            Wanted(name, formula(graph.model, poly, self.id), left, needed)
            for (name, left, needed), poly in zip(lefts, found, strict=True)
        ]
        functions = [f for _, left, _ in lefts for f in left]
        return of_formulas(wanted[::-1], conventions, self.title, functions=functions)

    def _found(self, graph: Graph, where: str) -> tuple[Random, tuple[Poly, Poly]]:
        """What is declared of an entry, and mean and variance of the definition."""
        model = graph.model
        tensor = model.tensors[self.of.name]
        if tensor.poly is None or tensor.axes:
            raise DeclarationError("not a definition without indices", where=where, given=self.of.name)
        declared = Random(self.random.name, graph.read(self.mean)[0], graph.read(self.variance)[0], self.independent)
        return declared, (mean(tensor.poly, declared, model), variance(tensor.poly, declared, model))

    def worked(self, sheet: Sheet) -> Question:
        """Both, each with its law."""
        graph, where = sheet.graph, sheet.where(self.id)
        model, says = graph.model, Says(graph.model, where)
        declared, found = self._found(graph, where)
        tensor = model.tensors[self.of.name]
        assert tensor.poly is not None
        confirmed(tensor.poly, found, declared, model, where)
        entry = model.tensors[self.random.name]
        each = tuple(
            Formula(Relation((of(letter, Notation(model).entry(entry, entry.entry.indices)), says(poly)), ("=",)))
            for letter, poly in (("E", declared.mean), ("Var", declared.variance))
        )
        apart = ", independent of each other" if self.independent else ""
        given: Run = ("Every entry has ", each[0], " and ", each[1], f"{apart}.")
        lines: list[Line] = []
        for letter, poly, law, exponent in (("E", found[0], "linear", 1), ("Var", found[1], "independent", 2)):
            name = of(letter, Notation(model).entry(tensor, ()))
            parts = Averaged(model, (entry.name,), letter).poly(
                by_entries(tensor.poly, declared, exponent), (), tensor.bound
            )
            law = law if law == "linear" or self.independent else "scaled"
            lines += [
                Line(name, of(letter, Notation(model).definition(tensor)), ("definition",)),
                Line(None, parts, (WORDS[law],)),
                Line(None, says(poly), ("the same for every entry",), boxed=True, level=1),
            ]
        said = "against the average over all outcomes of 1, 2, 3 and 4 entries, exactly."
        texts = {
            name: {"latex": latex(says(p)), "text": plain(says(p))}
            for name, p in zip(("mean", "variance"), found, strict=True)
        }
        return Question(
            self.id, (self.title,), (Prose(given, "statement"), Lines(tuple(lines)), Prose((said,), "checked")), texts
        )
