"""Questions for derivatives: the worked solution, other routes to it, and the numbers after the symbols."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import lone
from symgrad.check.lift import MARK
from symgrad.check.proof import equal
from symgrad.errors import CertificateError
from symgrad.explain.blocks import Block, Formula, Line, Prose, Run
from symgrad.explain.blocks import Question as WorkedQuestion
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim, Solution
from symgrad.explain.words import error
from symgrad.grading import Grader
from symgrad.matrix.view import View
from symgrad.questions.forward import numbers_of_gradient
from symgrad.questions.judged import of_gradient
from symgrad.questions.reading import read_back
from symgrad.questions.record import record
from symgrad.questions.sheet import Part, Sheet, refuse_several

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph


@dataclass(frozen=True)
class Question:
    """One part of an exercise: the derivative of `of` by `wrt`.

    `keep`: definitions whose gradients stay names in the answer; `let`: the same with names of their own, as in
    {"delta1": z1}. `routes`: other ways to the same answer, heading ->
    definitions that are written out before differentiating. `text`: the question in words; made up where it is empty.
    For grading, `read`: other letters for the free indices of an answer, as in {"i": "p"}; `partials`: an answer may
    leave derivatives between definitions as they are.
    """

    id: str
    of: Any
    wrt: Any
    keep: Sequence[Any] = ()
    let: Mapping[str, Any] = field(default_factory=dict)
    routes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    text: str = ""
    graph: Graph | None = None
    read: Mapping[str, str] = field(default_factory=dict)
    partials: bool = False

    def __post_init__(self) -> None:
        refuse_several(self.wrt, f"Question({self.id!r})")

    @property
    def title(self) -> str:
        return self.text or f"Find d{self.of}/d{self.wrt}."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Grader:
        """What judges answers; they may use those of the parts before on the same graph."""
        return of_gradient(self, before, graph, conventions, self.keep, self.let)

    def worked(self, sheet: Sheet) -> WorkedQuestion:
        """The derivation, line by line, with its routes and numbers."""
        graph, labels, unused = sheet.graph, sheet.labels, sheet.unused
        main = graph.derive(self.of, self.wrt, keep=self.keep, let=self.let)
        blocks, claims = _worked_blocks(main, labels, sheet.notation)
        for heading, inline in self.routes.items():
            other = graph.derive(self.of, self.wrt, keep=self.keep, let=self.let, inline=inline)
            _same_answer(main, other, f"{sheet.where(self.id)}: {heading}")
            more, their_claims = _worked_blocks(other, {}, sheet.notation)
            blocks += [Prose((f"{heading}.",), "remark"), *more]
            claims += their_claims
            unused.difference_update(other.engine.fact_names)
        unused.difference_update(main.engine.fact_names)
        numbers, value = numbers_of_gradient(main, sheet.notation)
        blocks += [*numbers, checked(main)]
        where = sheet.where(self.id)
        for derivation, claim in claims:
            read_back(derivation, claim, where)
        for group in () if main.engine.nameless else main.engine.groups:  # E is another expression in each question
            labels.setdefault(group.name, f"({self.id})")
        subject = self._subject(main, sheet.notation)
        asked = _expression(main)
        title = (self.text,) if self.text else ("Find ", subject, *asked, ".")
        if self.text and asked:
            blocks.insert(0, Prose(("Here ", *asked[1:], "."), "statement"))
        return WorkedQuestion(self.id, title, tuple(blocks), record(main) | value)

    def _subject(self, main: Derivation, written: str) -> Formula:
        """What is asked for: an entry, or in matrices the whole of it where its answer has that form."""
        found = main.engine
        matrices = MatrixNotation(replace(found.model, let={}))  # what a name is given to in the answer only
        view = matrices.view(found) if written == "matrices" else View(None)
        if view.tree is not None:
            return Formula(matrices.gradient(found, view))
        return Formula(matrices.notation.entry(found.model.tensors[found.groups[-1].name], main._subject().indices))


def _expression(derivation: Derivation) -> Run:
    """What the name that stands for an expression means; nothing where the user's own name is differentiated."""
    found = derivation.engine
    if not found.nameless:
        return ()
    return (" where ", Solution(found).definition(found.model.tensors[found.of]))


def _worked_blocks(
    derivation: Derivation, labels: Mapping[str, str], written: str
) -> tuple[list[Block], list[tuple[Derivation, Claim]]]:
    solution = Solution(derivation.engine, labels, written=written)
    solution.work()
    return solution.blocks, [(derivation, claim) for claim in solution.claims]


def _same_answer(one: Derivation, other: Derivation, where: str) -> None:
    if not equal(one.poly, other.poly, one.engine.model, one.engine.free, one.engine.model.facts):
        raise CertificateError("two routes end in different answers", where=where, expected=one.text, given=other.text)


def gradient_line(derivation: Derivation, where: str) -> Line:
    """The answer alone, read back."""
    found = derivation.engine
    notation = Notation(found.model)
    tree = notation.poly(found.answer, found.free)
    read_back(derivation, Claim(tree, found.answer, found.free), where)
    return Line(notation.poly(lone(derivation._subject()), found.free), tree, ("the gradient",))


def checked(derivation: Derivation) -> Prose:
    """How the part is shown to be right, in one sentence."""
    report = derivation.report
    sizes = report.answer.sizes
    names = list(sizes[0])
    small = [n.removeprefix(MARK) for n in names if n.startswith(MARK)]
    at = (
        f"{len(sizes)} choices of {'sizes' if names else 'values'}"
        if len(names) != 1 or small
        else f"{names[0]} = {', '.join(str(s[names[0]]) for s in sizes)}"
    )
    proof = " Every rewriting is proved for all sizes." if report.proved else ""
    at += f", small numbers in place of {', '.join(small)}" if small else ""
    text = f"against central differences at {at}: {error(report.worst)}; "
    text += f"a relative change of {report.answer.fault:.0e} would show."
    return Prose((text + proof,), "checked")
