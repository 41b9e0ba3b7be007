"""Whether a difference could vanish with some names as unknowns: numbers for them say no before a proof is tried.

It only saves time. What is refuted here is no identity in those names, so no rewriting of them proves it; it may
still be one after more definitions are written out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from random import Random

from symgrad.algebra.records import Poly
from symgrad.check.evaluate import Entries, definition_entries, entries
from symgrad.check.symmetry import symmetries
from symgrad.check.trials import Trial
from symgrad.declare.model import Fact, Model, Tensor

FAR = 1e-6  # of the magnitude: a value that no rounding explains
MOST_PLACES = 2
SMALLEST, LARGEST = 0.3, 1.3  # of the absolute values drawn
SEED = 5
GIVEN = ("input", "parameter", "constant")


def could_vanish(
    difference: Poly,
    written: frozenset[str],
    model: Model,
    free: tuple[str, ...],
    facts: tuple[Fact, ...],
    trial: Trial,
) -> bool:
    """False where the difference is not 0 for some values of the names that are not in `written`.

    Definitions in `written` have their values; all others, and gradients, have values that nothing ties together
    beside their signs. What is symmetric is as in the sample; so are inputs where there are facts, which they satisfy.
    A fact about what has no value of its own here leaves it open.
    """
    if any(not _holds_of(model.tensors[n], written) for f in facts for n in (f.left - f.right).tensors):
        return True
    like_sample = {s.tensor for s in symmetries(replace(model, facts=facts))} - written
    if facts:
        like_sample |= {t.name for t in model.tensors.values() if t.kind in GIVEN}
    unknowns = Unknowns(trial, model, written, like_sample)
    values = {name: unknowns.of(name) for name in difference.tensors}
    places = trial.points(free, model)
    for place in places[:: max(1, len(places) // MOST_PLACES)][:MOST_PLACES]:
        at = trial.at(free, place)
        value = abs(float(trial.interpreter.value(difference, at, values)))
        if value > FAR * float(trial.interpreter.magnitude(difference, at, values)):
            return False
    return True


def _holds_of(tensor: Tensor, written: frozenset[str]) -> bool:
    """Whether a fact about a name holds for its values here."""
    return tensor.kind in GIVEN or tensor.name in written


class Unknowns:
    """Values at one sample: of `written` computed from the others, of `like_sample` as they are there, others drawn."""

    def __init__(self, trial: Trial, model: Model, written: Collection[str], like_sample: Collection[str]) -> None:
        self.trial, self.model, self.written, self.like_sample = trial, model, written, like_sample
        self.draw = Random(SEED)
        self.known: dict[str, Entries] = {}

    def of(self, name: str) -> Entries:
        if name not in self.known:
            self.known[name] = self._entries(self.model.tensors[name])
        return self.known[name]

    def _entries(self, tensor: Tensor) -> Entries:
        if tensor.name in self.like_sample:
            return self.trial.values([tensor.name], self.model)[tensor.name]
        sizes = self.trial.sizes
        if tensor.name in self.written and tensor.poly is not None:
            values = {name: self.of(name) for name in sorted(tensor.sources)}
            return definition_entries(self.model, tensor, sizes, values, self.trial.interpreter)
        return {at: self._drawn(tensor.sign) for at in entries(self.model, tensor, sizes)}

    def _drawn(self, sign: str) -> float:
        size = self.draw.uniform(SMALLEST, LARGEST)
        return -size if sign == "real" and self.draw.random() < 0.5 else size
