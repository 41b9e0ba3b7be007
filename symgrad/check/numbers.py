"""Certificates in numbers: formulas compared with each other and with central differences, at shared samples.

A comparison that fails with the usual step of the differences is tried again with finer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

import numpy as np

from symgrad.algebra.normal import NOTHING
from symgrad.algebra.records import Poly
from symgrad.check.evaluate import (
    Interpreter,
    Values,
)
from symgrad.check.points import Point
from symgrad.check.samples import NoSample, Sample, sample
from symgrad.check.sizes import choose_sizes, large_sizes
from symgrad.check.trials import Differences, Trial
from symgrad.declare.model import Model
from symgrad.errors import CertificateError, SymgradError, Unsupported

TOLERANCE = 1e-7  # worst relative error of a line that is confirmed
STEP = 2.0**-10  # of the differences, relative to the entry
FINER_STEPS = (2.0**-13, 2.0**-16)  # tried where the usual step does not confirm
MOST_POINTS = 200  # entries compared at one sample; chosen at random where there are more
LARGE_TRIES = 30  # draws of a sample at large sizes, where each takes its time and hundreds of kinks leave little room
CANCELLED = 1e-4  # values smaller than this against their contributions are compared with the contributions


@dataclass(frozen=True)
class Certificate:
    """What a comparison at random samples has shown.

    `worst`: greatest relative error; `fault`: the smallest relative fault of the whole that would have been caught;
    `nonzero`: whether the values are not all 0 in some trial with every size >= 2; `points`: entries compared.
    """

    worst: float
    sizes: tuple[Mapping[str, int], ...]
    seed: int
    points: int
    fault: float
    nonzero: bool
    tolerance: float = TOLERANCE

    @property
    def holds(self) -> bool:
        return self.points > 0 and self.worst <= self.tolerance


@dataclass(frozen=True)
class Mismatch:
    """The place where two formulas differ most."""

    error: float
    at: Mapping[str, int]
    sizes: Mapping[str, int]
    left: float
    right: float


Compared = tuple[Certificate, Mismatch]


class Numbers:
    """The samples of a model and everything known by differences at them."""

    def __init__(self, model: Model, trials: int = 5, seed: int = 0) -> None:
        self.model, self.seed = model, seed
        interpreter = Interpreter(model.functions)
        self.trials = tuple(Trial(model, found, interpreter, STEP) for found in _samples(model, trials, seed))
        self._finer: dict[float, tuple[Trial, ...]] = {}

    def at_large_sizes(self) -> tuple[Trial, ...]:
        """One more sample, at sizes beyond those of the others; none where there are no sizes, or no sample."""
        sizes = large_sizes(self.model, self.seed)
        try:
            found = () if sizes is None else (sample(self.model, sizes, self.seed, LARGE_TRIES),)
        except SymgradError:
            return ()
        interpreter = Interpreter(self.model.functions)
        return tuple(Trial(self.model, one, interpreter, STEP) for one in found)

    def _with_step(self, step: float) -> tuple[Trial, ...]:
        """The same samples with differences of another step: for functions too steep for the usual one."""
        if step not in self._finer:
            made = (Trial(self.model, trial.sample, trial.interpreter, step) for trial in self.trials)
            self._finer[step] = tuple(made)
        return self._finer[step]

    def _best(self, compare: Callable[[tuple[Trial, ...]], Compared]) -> Compared:
        """The comparison with the usual step, or with a finer one where only that one confirms.

        Differences of every step approximate the same derivative, so agreement at any of them is evidence.
        """
        found = compare(self.trials)
        for step in FINER_STEPS:
            if found[0].holds:
                return found
            finer = compare(self._with_step(step))
            if finer[0].holds:
                return finer
        return found

    @property
    def sizes(self) -> tuple[Mapping[str, int], ...]:
        return tuple(trial.sizes for trial in self.trials)

    def total(self, of: str, by: str, trial: int = 0) -> Differences:
        return self.trials[trial].total(of, by)

    def local(self, of: str, by: str, trial: int = 0) -> Differences:
        return self.trials[trial].local(of, by)

    def differences(self, poly: Poly, free: Sequence[str], by: str, trial: int = 0) -> Differences:
        return self.trials[trial].differences(poly, free, by)

    # --- two formulas

    def compare(self, left: Poly, right: Poly, free: Sequence[str] = (), model: Model | None = None) -> Certificate:
        """How far two formulas are apart, at all samples and all values of their free indices."""
        return self._compared(left, right, free, model or self.model)[0]

    def confirm(
        self, left: Poly, right: Poly, free: Sequence[str] = (), model: Model | None = None, where: str = ""
    ) -> Certificate:
        """Raises when two formulas are not equal in numbers."""
        return _confirmed(*self._compared(left, right, free, model or self.model), where or f"{left} = {right}")

    def _compared(self, left: Poly, right: Poly, free: Sequence[str], model: Model) -> Compared:
        _refuse_stray((left, right), free, model)
        return self._best(lambda trials: self._compared_at(trials, left, right, free, model))

    def _compared_at(
        self, trials: tuple[Trial, ...], left: Poly, right: Poly, free: Sequence[str], model: Model
    ) -> Compared:
        rows = []
        for n, trial in enumerate(trials):
            places = _chosen(trial.points(free, model), self.seed + n)
            values = trial.values(left.tensors | right.tensors, model)
            ats = [trial.at(free, place) for place in places]
            sides = [[float(trial.interpreter.value(side, at, values)) for at in ats] for side in (left, right)]
            rows.append(_Row(trial, values, (left, right), ats, *sides))
        return _judged(rows, self.seed)

    # --- a formula and differences

    def against_differences(
        self, answer: Poly, free: Sequence[str], of: str, by: str, model: Model | None = None
    ) -> Certificate:
        """How far an answer is from differences of the forward definitions; `free` names of's indices, then by's."""
        return self._against(answer, free, of, by, model or self.model)[0]

    def confirm_differences(
        self,
        answer: Poly,
        free: Sequence[str],
        of: str,
        by: str,
        model: Model | None = None,
        where: str = "",
        directly: bool = True,
    ) -> Certificate:
        """Raises when an answer is not the derivative of `of` by `by`; `directly`: over a long way at once too."""
        found = self._against(answer, free, of, by, model or self.model, directly)
        return _confirmed(*found, where or f"d{of}/d{by} = {answer}")

    def _against(
        self, answer: Poly, free: Sequence[str], of: str, by: str, model: Model, directly: bool = True
    ) -> Compared:
        _refuse_stray((answer,), free, model)
        return self._best(lambda trials: self._against_at(trials, answer, free, of, by, model, directly))

    def _against_at(
        self,
        trials: tuple[Trial, ...],
        answer: Poly,
        free: Sequence[str],
        of: str,
        by: str,
        model: Model,
        directly: bool,
    ) -> Compared:
        rows = []
        for n, trial in enumerate(trials):
            truth = trial.total(of, by, model, directly=directly)
            places = _chosen(list(truth), self.seed + n)
            values = trial.values(answer.tensors, model)
            ats = [trial.at(free, place) for place in places]
            found = [float(trial.interpreter.value(answer, at, values)) for at in ats]
            rows.append(_Row(trial, values, (answer, NOTHING), ats, found, [truth[place] for place in places]))
        return _judged(rows, self.seed)


def _samples(model: Model, trials: int, seed: int) -> list[Sample]:
    """One sample a trial. The first must exist; where a later one (a corner) does not, other sizes take its place."""
    chosen = choose_sizes(model, 2 * trials, seed)
    found = [sample(model, chosen[0], seed)]
    for n, sizes in enumerate(chosen[1:], 1):
        if len(found) == trials:
            break
        try:
            found.append(sample(model, sizes, seed + n))
        except NoSample:
            continue
    return found


def _refuse_stray(polys: Sequence[Poly], free: Sequence[str], model: Model) -> None:
    if len(set(free)) < len(free):
        raise Unsupported("one name for two free indices", where=", ".join(free), expected="a name for each")
    for poly in polys:
        stray = sorted(poly.names.difference(free, model.sizes))
        if stray:
            expected = ", ".join(free) or "no free index"
            raise Unsupported(f"index {stray[0]} is neither free nor bound", where=str(poly), expected=expected)


def _chosen(places: list[Point], seed: int) -> list[Point]:
    if len(places) <= MOST_POINTS:
        return places
    picked = np.random.default_rng(seed).choice(len(places), MOST_POINTS, replace=False)
    return [places[n] for n in sorted(picked)]


# --- judging ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """Two formulas evaluated at one sample."""

    trial: Trial
    values: Values
    sides: tuple[Poly, Poly]
    ats: list[dict[str, int]]
    left: list[float]
    right: list[float]

    @property
    def largest(self) -> float:
        return max((abs(v) for v in [*self.left, *self.right]), default=0.0)

    @cached_property
    def scale(self) -> float:
        """What errors are relative to: the largest value, or the contributions where these cancel."""
        value = self.trial.interpreter.magnitude
        parts = max((float(value(side, at, self.values)) for side in self.sides for at in self.ats[:20]), default=0.0)
        return max(self.largest if self.largest > CANCELLED * parts else parts, self.trial.floor)

    @property
    def mismatch(self) -> Mismatch:
        found = Mismatch(0.0, {}, self.trial.sizes, 0.0, 0.0)
        for at, left, right in zip(self.ats, self.left, self.right, strict=True):
            error = abs(left - right) / (self.scale or 1.0)
            error = error if isfinite(error) else inf
            if error > found.error:
                free = {name: value for name, value in at.items() if name not in self.trial.sizes}
                found = Mismatch(error, free, self.trial.sizes, left, right)
        return found

    @property
    def fault(self) -> float:
        return TOLERANCE * self.scale / self.largest if self.largest > CANCELLED * self.scale else inf


def _judged(rows: list[_Row], seed: int) -> tuple[Certificate, Mismatch]:
    worst = max((row.mismatch for row in rows), key=lambda m: m.error)
    proper = [row for row in rows if all(v >= 2 for v in row.trial.sizes.values())]
    nonzero = any(row.largest > CANCELLED * row.scale for row in proper)
    count = sum(len(row.ats) for row in rows)
    fault = min(row.fault for row in rows)
    return Certificate(worst.error, tuple(row.trial.sizes for row in rows), seed, count, fault, nonzero), worst


def _confirmed(certificate: Certificate, mismatch: Mismatch, where: str) -> Certificate:
    if certificate.holds:
        return certificate
    place = ", ".join(f"{name} = {value}" for name, value in {**mismatch.sizes, **mismatch.at}.items())
    raise CertificateError(
        "numbers do not confirm a line",
        where=where + (f" at {place}" if place else ""),
        expected=f"{mismatch.right:.10g}",
        given=f"{mismatch.left:.10g} (relative error {mismatch.error:.2g})",
    )
