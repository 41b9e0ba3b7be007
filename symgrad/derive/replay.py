"""Replay: every line of a derivation computed again from its beginning, rule by rule."""

from __future__ import annotations

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.records import Poly, Ref
from symgrad.derive.adjoint import Adjoint
from symgrad.derive.derivation import Derivation, Engine, Step
from symgrad.errors import CertificateError


def replay(derivation: Derivation) -> Poly:
    """Computes every step again from its beginning; raises CertificateError where a line does not follow."""
    engine = Engine(derivation.model, derivation.sweep, derivation.with_facts)
    values: dict[str, tuple[tuple[str, ...], Poly]] = {}
    adjoints = {a.name: a for a in derivation.sweep.adjoints}
    for group in derivation.groups:
        state = {False: lone(derivation.model.tensors[group.name].at(map(Affine.name, group.free)))}
        for step in group.steps:
            before = step.subject if step.rule == "partial" else state.get(step.aside, step.subject)
            if step.before != before or _again(engine, step, adjoints[group.name], values) != step.after:
                raise CertificateError(
                    "a step does not follow from the one before",
                    where=f"{group.name}, rule {step.rule} {step.source}".strip(),
                    expected=step.before.key,
                    given=before.key,
                )
            state[step.aside] = step.after
        if state[False] != group.answer:
            raise CertificateError(
                "the steps do not end in the answer",
                where=group.name,
                expected=group.answer.key,
                given=state[False].key,
            )
        values[group.name] = group.free, group.answer
    return derivation.groups[-1].answer


def _again(engine: Engine, step: Step, adjoint: Adjoint, values: dict[str, tuple[tuple[str, ...], Poly]]) -> Poly:
    if step.rule == "paths":
        return engine.paths(adjoint)
    if step.rule == "partial":
        ref = step.before.terms[0].factors[0][0]
        assert isinstance(ref, Ref)
        return engine.raw_partial(ref.name)
    if step.rule == "differentiate":
        return engine.differentiated(step.before, step.free)
    if step.rule == "shift":
        return engine.shifted(step.before, step.free)
    if step.rule == "earlier":
        return engine.with_earlier(
            step.before, {n: values[n] for n in step.source.split(", ")}, engine.context(step.free)
        )
    return engine.folder(step.free).again(step.rule, step.source, step.deep, step.before)
