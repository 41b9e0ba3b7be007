"""Two certificates for every line: numbers against central differences, and a proof for all sizes of every rewrite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import guarded, lone
from symgrad.check.numbers import Certificate, Numbers
from symgrad.check.proof import equal
from symgrad.check.symmetry import Symmetry, symmetries
from symgrad.derive.replay import Replay
from symgrad.derive.steps import Derivation, Group, Step

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
    return Certifier(derivation, lambda: numbers).report(derivation)


class Certifier:
    """Certifies derivations that were made in one sweep; the lines of a group that several share only once.

    The first answer is compared with differences through all definitions at once, the others, over long ways, with
    differences composed of those of each definition.
    """

    def __init__(self, first: Derivation, numbers: Callable[[], Numbers]) -> None:
        self.first, self._numbers = first, numbers
        self.lines: dict[str, tuple[Group, tuple[Checked, ...]]] = {}

    @cached_property
    def numbers(self) -> Numbers:
        return self._numbers()

    @cached_property
    def replay(self) -> Replay:
        return Replay(self.first)

    @cached_property
    def known(self) -> tuple[Symmetry, ...]:
        return symmetries(self.first.model)

    def report(self, derivation: Derivation) -> Report:
        self.replay.whole(derivation)
        *inner, last = derivation.groups
        lines = [self._checked(step, derivation) for step in derivation.opening]
        for group in inner:
            if group.name not in self.lines or self.lines[group.name][0] is not group:
                self.lines[group.name] = group, self._of_group(group, derivation)
            lines += self.lines[group.name][1]
        lines += self._of_group(last, derivation)
        model, numbers, directly = derivation.model, self.numbers, derivation is self.first
        answer = numbers.confirm_differences(
            last.answer, last.free, derivation.of, last.by, model, where=last.name, directly=directly
        )
        subject = lone(model.tensors[last.name].at(map(Affine.name, last.free)))
        path = numbers.confirm(subject, last.path, last.free, model, where=f"{last.name}, path form")
        return Report(tuple(lines), answer, path)

    def _of_group(self, group: Group, derivation: Derivation) -> tuple[Checked, ...]:
        steps = (s for step in group.steps for s in (*step.because, step))
        return tuple(self._checked(step, derivation) for step in steps)

    def _checked(self, step: Step, derivation: Derivation) -> Checked:
        return _checked(step, derivation, self.numbers, self.known)


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
