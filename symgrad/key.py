"""Exercises: a graph, its questions, and the worked key. Its formulas in components are read back before it is given.

Those in matrices are proved by their entries; where numbers are put in, the value is worked out exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import guarded
from symgrad.check.lift import MARK
from symgrad.check.proof import equal
from symgrad.declare.model import Model
from symgrad.errors import CertificateError, DeclarationError, ReadError
from symgrad.explain.blocks import Block, Formula, Key, Prose, Run
from symgrad.explain.blocks import Question as WorkedQuestion
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim, Solution
from symgrad.explain.spelling import template
from symgrad.explain.statement import statement, statement_claims
from symgrad.forward import Forward, numbers_given, numbers_of_gradient
from symgrad.read.names import Names
from symgrad.read.resolve import names_of, read
from symgrad.render.latex import latex
from symgrad.render.plain import plain

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph


@dataclass(frozen=True)
class Question:
    """One part of an exercise: the derivative of `of` by `wrt`.

    `keep`: definitions whose gradients stay names in the answer; `let`: the same with names of their own, as in
    {"delta1": z1}. `routes`: other ways to the same answer, heading ->
    definitions that are written out before differentiating. `text`: the question in words; made up where it is empty.
    """

    id: str
    of: Any
    wrt: Any
    keep: Sequence[Any] = ()
    let: Mapping[str, Any] = field(default_factory=dict)
    routes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    text: str = ""

    @property
    def title(self) -> str:
        return self.text or f"Find d{_code(self.of)}/d{_code(self.wrt)}."


def _code(value: Any) -> str:
    return str(value)


@dataclass(frozen=True)
class Exercise:
    """A graph with its questions. A question may use the answers of the questions before it."""

    id: str
    title: str
    graph: Graph
    questions: Sequence[Question | Forward]
    statement: str = ""

    def __post_init__(self) -> None:
        ids = [q.id for q in self.questions]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice or not ids:
            raise DeclarationError(
                "questions have different ids", where=f"exercise {self.id}", given=", ".join(twice) or "no question"
            )

    def key(self) -> Key:
        """The worked answer key, checked line by line; raises CertificateError where a line does not hold."""
        labels: dict[str, str] = {}
        unused = set(self.graph.facts)
        worked = [
            question.worked(self.graph) if isinstance(question, Forward) else self._worked(question, labels, unused)
            for question in self.questions
        ]
        said = (*statement(self.graph.model, self.statement, unused), *numbers_given(self.graph))
        return Key(self.id, self.title, said, tuple(worked))

    def _worked(self, question: Question, labels: dict[str, str], unused: set[str]) -> WorkedQuestion:
        main = self.graph.derive(question.of, question.wrt, keep=question.keep, let=question.let)
        blocks, claims = _worked_blocks(main, labels)
        if not labels:
            claims += [(main, claim) for claim in statement_claims(self.graph.model)]
        for heading, inline in question.routes.items():
            other = self.graph.derive(question.of, question.wrt, keep=question.keep, let=question.let, inline=inline)
            _same_answer(main, other, f"{self.id}.{question.id}: {heading}")
            more, their_claims = _worked_blocks(other, {})
            blocks += [Prose((f"{heading}.",), "remark"), *more]
            claims += their_claims
            unused.difference_update(other.engine.fact_names)
        unused.difference_update(main.engine.fact_names)
        blocks += [*numbers_of_gradient(main), checked(main)]
        where = f"{self.id}.{question.id}"
        for derivation, claim in claims:
            read_back(derivation, claim, where)
        last = main.engine.groups[-1]
        for group in () if main.engine.nameless else main.engine.groups:  # E is another expression in each question
            labels.setdefault(group.name, f"({question.id})")
        notation = Notation(main.engine.model)
        subject = Formula(notation.entry(main.engine.model.tensors[last.name], main._subject().indices))
        asked = _expression(main)
        title = (question.text,) if question.text else ("Find ", subject, *asked, ".")
        if question.text and asked:
            blocks.insert(0, Prose(("Here ", *asked[1:], "."), "given"))
        return WorkedQuestion(question.id, title, tuple(blocks), record(main))


def _expression(derivation: Derivation) -> Run:
    """What the name that stands for an expression means; nothing where the user's own name is differentiated."""
    found = derivation.engine
    if not found.nameless:
        return ()
    return (" where ", Solution(found).definition(found.model.tensors[found.of]))


def _worked_blocks(
    derivation: Derivation, labels: Mapping[str, str]
) -> tuple[list[Block], list[tuple[Derivation, Claim]]]:
    solution = Solution(derivation.engine, labels)
    solution.work()
    return solution.blocks, [(derivation, claim) for claim in solution.claims]


def _same_answer(one: Derivation, other: Derivation, where: str) -> None:
    if not equal(one.poly, other.poly, one.engine.model, one.engine.free, one.engine.model.facts):
        raise CertificateError("two routes end in different answers", where=where, expected=one.text, given=other.text)


def checked(derivation: Derivation) -> Prose:
    """How the part is shown to be right, in one sentence."""
    report = derivation.report
    sizes = report.answer.sizes
    names = list(sizes[0])
    small = [n.removeprefix(MARK) for n in names if n.startswith(MARK)]
    at = (
        f"{len(sizes)} choices of sizes"
        if len(names) != 1 or small
        else f"{names[0]} = {', '.join(str(s[names[0]]) for s in sizes)}"
    )
    proof = " Every rewriting is proved for all sizes." if report.proved else ""
    at += f", small numbers in place of {', '.join(small)}" if small else ""
    text = f"against central differences at {at}: worst relative error {report.worst:.0e}; "
    text += f"a relative change of {report.answer.fault:.0e} would show."
    return Prose((text + proof,), "checked")


# --- reading back -------------------------------------------------------------------------------------------------


def reader_names(model: Model) -> Names:
    return names_of(model, template, Notation(model).index_name)


def read_back(derivation: Derivation, claim: Claim, where: str) -> None:
    """Reads a printed formula from its LaTeX text and compares it with the value it must have."""
    text, model = latex(claim.tree), derivation.engine.model.extended(*claim.names)
    try:
        found = read(text, reader_names(model), model, derivation.engine.of)
    except ReadError as error:
        raise CertificateError(
            "a printed formula cannot be read back", where=f"{where}: {text}", given=str(error)
        ) from error
    if found != claim.value:
        printed, wanted = (guarded(side, claim.given) for side in (found, claim.value))
        numbers = derivation.graph.numbers(derivation.engine.declared)
        numbers.confirm(printed, wanted, claim.free, model, where=f"{where}: {text}")


# --- the machine-readable form --------------------------------------------------------------------------------------


def record(derivation: Derivation) -> dict[str, Any]:
    """Answer, forms, steps and certificate of a derivation as plain data (`symgrad/key@1`)."""
    notation = Notation(derivation.engine.model)

    def both(poly: Any, free: tuple[str, ...]) -> dict[str, str]:
        tree = notation.poly(poly, free)
        return {"latex": latex(tree), "text": plain(tree)}

    steps = []
    for line in derivation.steps:
        before, after = (both(side, line.step.free) for side in line.step.sides)
        certificate = {"worst": line.certificate.worst, "proved": line.proved}
        row = {"rule": line.rule, "law": line.law, "why": line.why, "before": before, "after": after}
        steps.append({**row, "certificate": certificate})
    found, answer, whole = derivation.engine, derivation.certificate, derivation.matrix
    matrix = {"matrix": {"latex": whole.latex, "text": whole.text, "layout": whole.layout}} if whole else {}
    return {
        "answer": both(found.answer, found.free),
        "forms": {"path": both(found.path, found.free), "compact": both(found.answer, found.free), **matrix},
        "facts": list(found.fact_names),
        "policies": list(found.policies),
        "steps": steps,
        "certificate": {
            "worst": derivation.report.worst,
            "fault": answer.fault,
            "sizes": [dict(s) for s in answer.sizes],
            "seed": answer.seed,
            "proved": derivation.report.proved,
        },
    }
