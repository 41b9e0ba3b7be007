"""Two formulas in numbers, at the samples of an exercise: the place where they differ most, or that they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from random import Random

from symgrad.algebra.records import Poly
from symgrad.check.evaluate import Entries
from symgrad.check.points import Point
from symgrad.check.trials import Trial
from symgrad.declare.model import Model
from symgrad.student.verdict import Witness

DIFFERS = 1e-6  # relative error that no rounding explains
MOST_PLACES = 16  # entries compared at one sample, chosen at random where there are more
SHOWN = 12  # values of a witness


@dataclass(frozen=True)
class Probe:
    """What numbers show: a witness, or agreement at so many entries; `endless`: entries where a side is not finite."""

    witness: Witness | None = None
    points: int = 0
    endless: int = 0


Known = dict[tuple[int, tuple[str, ...], Point], float]


def probe(
    given: Poly,
    answer: Poly,
    free: tuple[str, ...],
    model: Model,
    trials: Iterable[Trial],
    known: Known | None = None,
) -> Probe:
    """Compares entry by entry, sample after sample, and stops at the first sample that shows a difference.

    `known`: values of the answer at kept samples, by the identity of the sample; filled here, for the next formula.
    """
    agreed = endless = 0
    known = {} if known is None else known
    for trial in trials:
        values = trial.values(given.tensors | answer.tensors, model)
        worst, found = DIFFERS, None
        for place in _chosen(trial, free, model):
            at, key = trial.at(free, place), (id(trial), free, place)
            left = float(trial.interpreter.value(given, at, values))
            if key not in known:
                known[key] = float(trial.interpreter.value(answer, at, values))
            right = known[key]
            if not (isfinite(left) and isfinite(right)):
                endless += 1
                continue
            error = abs(left - right)
            if error > worst * max(abs(left), abs(right)):
                scale = max(float(trial.interpreter.magnitude(side, at, values)) for side in (given, answer))
                if error > worst * scale:
                    worst, found = error / scale, (place, left, right)
                    continue
            agreed += 1
        if found is not None:
            place, left, right = found
            at_ = dict(zip(free, place, strict=True))
            return Probe(Witness(trial.sizes, at_, left, right, _inputs(values, given, answer)), agreed, endless)
    return Probe(None, agreed, endless)


def _chosen(trial: Trial, free: tuple[str, ...], model: Model) -> list[Point]:
    """The same in each call: not every n-th, which may always be the first entry of a row."""
    places = trial.points(free, model)
    return places if len(places) <= MOST_PLACES else Random(len(places)).sample(places, MOST_PLACES)


def _inputs(values: Mapping[str, Entries], given: Poly, answer: Poly) -> dict[str, float]:
    """The values of what stands in both formulas, entry by entry, as long as they are few."""
    found: dict[str, float] = {}
    for name in sorted(given.tensors | answer.tensors, key=lambda n: len(values[n])):
        if len(found) + len(values[name]) > SHOWN:
            break
        for place, value in values[name].items():
            found[f"{name}[{', '.join(map(str, place))}]" if place else name] = float(value)
    return found
