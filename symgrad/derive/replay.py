"""Replay: every line of a derivation computed again from its beginning, rule by rule."""

from __future__ import annotations

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.records import Poly
from symgrad.derive.adjoint import Adjoint
from symgrad.derive.closed import Move
from symgrad.derive.derivation import Engine, as_step, written_out
from symgrad.derive.steps import Derivation, Group, Step
from symgrad.errors import CertificateError

Values = dict[str, tuple[tuple[str, ...], Poly]]


def replay(derivation: Derivation) -> Poly:
    """Computes every step again; raises CertificateError where a line is missing or does not follow."""
    return Replay(derivation).whole(derivation)


class Replay:
    """Computes the steps of derivations again that were made in one sweep; a group that several share only once."""

    def __init__(self, first: Derivation) -> None:
        self.engine = Engine(first.model, first.sweep, first.nameless, anew=True)
        self.values: Values = {}
        self.done: dict[str, Group] = {}

    def whole(self, derivation: Derivation) -> Poly:
        again = written_out(derivation.declared, derivation.of, derivation.inlined)[1] if derivation.inlined else ()
        if derivation.opening != again:
            raise CertificateError(
                "the steps before the derivative do not follow", where=f"definition of {derivation.of}"
            )
        adjoints = {a.name: a for a in derivation.sweep.adjoints}
        *inner, last = derivation.groups
        for group in inner:
            if self.done.get(group.name) is not group:
                _replay_group(self.engine, group, adjoints[group.name], self.values)
                self.values[group.name] = group.free, group.answer
                self.done[group.name] = group
        _replay_group(self.engine, last, adjoints[last.name], self.values)
        return last.answer


def _replay_group(engine: Engine, group: Group, adjoint: Adjoint, values: Values) -> None:
    state = lone(engine.model.tensors[group.name].at(map(Affine.name, group.free)))
    for step in group.main:
        if step.before != state:
            raise _refusal(group, step, "a step does not begin where the one before ends", state.key, step.before.key)
        again = _again(engine, step, adjoint, values)
        if again != step:
            raise _refusal(
                group, step, "a step does not follow from what stood before", again.after.key, step.after.key
            )
        state = step.after
    if state != group.answer:
        raise _refusal(group, group.main[-1], "the steps do not end in the answer", group.answer.key, state.key)
    asides = tuple(s for s in group.steps if s.aside)
    expected = engine.asides(adjoint)
    if asides != expected:
        raise _refusal(
            group,
            group.main[0],
            "side calculations are missing or wrong",
            f"{len(expected)} lines",
            f"{len(asides)} lines",
        )


def _refusal(group: Group, step: Step, what: str, expected: str, given: str) -> CertificateError:
    return CertificateError(
        what, where=f"{group.name}, rule {step.rule} {step.source}".strip(), expected=expected, given=given
    )


def _again(engine: Engine, step: Step, adjoint: Adjoint, values: Values) -> Step:
    """The same step, computed from what stood before it."""
    if step.rule == "paths":
        after = engine.paths(adjoint)
    elif step.rule == "differentiate":
        after = engine.differentiated(step.before, step.free)
    elif step.rule == "shift":
        after = engine.shifted(step.before, step.free)
    elif step.rule == "earlier":
        known = {n: values[n] for n in step.source.split(", ") if n in values}
        after = engine.with_earlier(step.before, known, engine.context(step.free))
    else:
        move = Move(step.rule, step.source, step.before, step.after, step.deep, (), step.equation)
        return as_step(engine.folder(step.free).again(move), step.subject, step.free)
    return Step(step.rule, step.subject, step.before, after, step.source, free=step.free)
