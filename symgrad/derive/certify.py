"""Two certificates for every line: numbers against central differences, and a proof for all sizes of every rewrite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import guarded, lone
from symgrad.check.numbers import Certificate, Numbers
from symgrad.check.proof import equal
from symgrad.check.symmetry import Symmetry, symmetries
from symgrad.derive.replay import replay
from symgrad.derive.steps import Derivation, Step

BY_NUMBERS = (
    "paths",
    "partial",
    "differentiate",
    "earlier",
)  # gradients stand in them as names: no rewrite of one formula


@dataclass(frozen=True)
class Checked:
    """A line with its certificate; `proved`: its rewrite is shown for all sizes, None where there is no rewrite."""

    step: Step
    certificate: Certificate
    proved: bool | None


@dataclass(frozen=True)
class Report:
    """All lines of a derivation, checked. `answer` compares the answer with differences of the forward definitions."""

    lines: tuple[Checked, ...]
    answer: Certificate
    path: Certificate

    @property
    def worst(self) -> float:
        return max([self.answer.worst, *(line.certificate.worst for line in self.lines)])

    @property
    def proved(self) -> bool:
        """Whether every rewrite is proved for all sizes."""
        return all(line.proved is not False for line in self.lines)


def certify(derivation: Derivation, numbers: Numbers) -> Report:
    """Replays, proves and evaluates every step; raises CertificateError where a line does not hold."""
    replay(derivation)
    known = symmetries(derivation.model)
    lines = tuple(_checked(step, derivation, numbers, known) for step in _steps(derivation))
    last, model = derivation.groups[-1], derivation.model
    answer = numbers.confirm_differences(last.answer, last.free, derivation.of, last.by, model, where=last.name)
    subject = lone(model.tensors[last.name].at(map(Affine.name, last.free)))
    path = numbers.confirm(subject, last.path, last.free, model, where=f"{last.name}, path form")
    return Report(lines, answer, path)


def _steps(derivation: Derivation) -> Iterator[Step]:
    yield from derivation.opening
    for group in derivation.groups:
        for step in group.steps:
            yield from step.because
            yield step


def _checked(step: Step, derivation: Derivation, numbers: Numbers, known: tuple[Symmetry, ...]) -> Checked:
    where = f"rule {step.rule} {step.source}".strip()
    model = derivation.model
    before, after = step.sides
    named = step.rule != "written out" and step.subject.tensors
    left = guarded(step.subject, step.given) if named else before
    certificate = numbers.confirm(left, after, step.free, model, where=where)
    if step.rule in BY_NUMBERS:
        return Checked(step, certificate, None)
    proved = equal(step.before, step.after, model, step.free, model.facts, known, step.via)
    if not proved:
        numbers.confirm(before, after, step.free, model, where=where)
    return Checked(step, certificate, proved)
