"""Samples for judging: on both sides of every gate, and where the answer is not 0."""

from __future__ import annotations

from symgrad.algebra.records import Head, Poly, walk
from symgrad.check.functions import KINKS
from symgrad.check.numbers import Numbers
from symgrad.check.trials import Trial
from symgrad.declare.model import Model

ROUNDS, EACH, APART = 10, 4, 17  # further draws, samples of each, and how far their seeds are apart
SMALL = 1e-9


def further(numbers: Numbers, answer: Poly, free: tuple[str, ...], model: Model) -> tuple[Trial, ...]:
    """More samples than the first ones: at one large size, then at the same ones; where the answer is not 0 first."""
    drawn: list[Trial] = list(numbers.at_large_sizes())
    for n in range(1, ROUNDS + 1):
        drawn += Numbers(numbers.model, EACH, numbers.seed + APART * n).trials
    return tuple(sorted(drawn, key=lambda trial: not tells(trial, answer, free, model)))


def tells(trial: Trial, answer: Poly, free: tuple[str, ...], model: Model) -> bool:
    """Whether the answer is not 0 everywhere at a sample."""
    values = trial.values(answer.tensors, model)
    places = (trial.at(free, place) for place in trial.points(free, model))
    return any(abs(float(trial.interpreter.value(answer, at, values))) > SMALL for at in places)


def has_gates(poly: Poly, model: Model) -> bool:
    """Whether a formula, or a definition it speaks of, changes its form somewhere."""
    named = (model.tensors[n].poly for n in model.uses(poly))
    return any(_jumps(p) for p in (poly, *named) if p is not None)


def _jumps(poly: Poly) -> bool:
    return any(isinstance(atom, Head) and atom.function in KINKS for atom, _ in walk(poly))
