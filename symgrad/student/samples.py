"""Samples for judging: on both sides of every gate, and where the answer is not 0."""

from __future__ import annotations

from symgrad.algebra.records import Head, Poly, walk
from symgrad.check.functions import KINKS
from symgrad.check.numbers import Numbers
from symgrad.check.trials import Trial
from symgrad.declare.model import Model

ROUNDS, EACH, APART = 10, 4, 17  # further draws, samples of each, and how far their seeds are apart
SMALL = 1e-9


class Further:
    """More samples than the first ones, drawn when they are asked for, and once: a large size, then the usual ones."""

    def __init__(self, numbers: Numbers, answer: Poly, free: tuple[str, ...], model: Model) -> None:
        self.numbers, self.answer, self.free, self.model = numbers, answer, free, model
        self._drawn: list[Trial] = []
        self._rounds = 0

    def telling(self, count: int) -> list[Trial]:
        """So many samples, if they are found, at which the answer is not 0."""
        while True:
            found = [t for t in self._drawn if tells(t, self.answer, self.free, self.model)][:count]
            if len(found) == count or not self._draw():
                return found

    def all(self) -> list[Trial]:
        while self._draw():
            pass
        return self._drawn

    def _draw(self) -> bool:
        """A further round; False after the last."""
        if self._rounds > ROUNDS:
            return False
        seed = self.numbers.seed + APART * self._rounds
        new = Numbers(self.numbers.model, EACH, seed).trials if self._rounds else self.numbers.at_large_sizes()
        self._drawn += new
        self._rounds += 1
        return True


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
