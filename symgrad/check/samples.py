"""Samples: sizes and random entries at which formulas are compared.

Entries are of order one and unlike each other; they satisfy the declared signs and facts (random entries are projected
onto the facts, whatever these are) and keep away from kinks and poles of the definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Poly
from symgrad.check.evaluate import Entries, Interpreter, Values, Watch, entries, forward
from symgrad.check.functions import Number
from symgrad.check.points import Point, points
from symgrad.check.sizes import Sizes, choose_sizes
from symgrad.declare.model import Model
from symgrad.errors import SymgradError

MOST_CONDITION = 1e5  # greatest entry of a matrix times that of its inverse
TRIES = 300  # random draws for one sample
SLACK = (1.0, 0.4, 0.05)  # of the distances below, by thirds of the draws: hundreds of kinks leave little room
STARTS = 12  # random starts of a projection onto the facts
NEAREST = {"positive": 1e-5, "nonnegative": 0.02, "real": 0.05}  # to a kink or a pole, by what is known of the argument
SMALLEST, LARGEST = 0.2, 1.4  # of the absolute values drawn
FARTHEST, NEAREST_ZERO = 15.0, 1e-3  # bounds on entries moved onto facts, the second for positive ones
SETTLED = 1e-11  # residual of facts that hold
GIVEN = ("input", "parameter", "constant")


@dataclass(frozen=True)
class Sample:
    """Entries of every declared name at some sizes: `given` are those of inputs, parameters and constants."""

    sizes: Sizes
    seed: int
    given: Values
    values: Values


class NoSample(SymgradError):
    """No entries were found at some sizes: facts that cannot hold together, or kinks and poles everywhere."""


class _Near(Exception):
    """A draw that comes too near to a kink or a pole."""


def sample(model: Model, sizes: Sizes, seed: int = 0, tries: int = TRIES) -> Sample:
    """A random sample that satisfies signs and facts; refused with the place when none is found."""
    reason, strayed = "", 0
    for attempt in range(tries):
        draw = np.random.default_rng([seed, attempt, *sizes.values()])
        given: Values = _drawn(model, sizes, draw)
        if model.facts:
            found = _projected(model, sizes, given)
            if found is None:
                strayed += 1
                if strayed == STARTS == attempt + 1:
                    raise _contradiction(model, sizes)
                continue
            given = found
        slack = SLACK[attempt * len(SLACK) // tries]
        try:
            values = forward(model, sizes, given, interpreter=Interpreter(model.functions, _watch(slack)))
        except _Near as near:
            reason = str(near)
            continue
        reason = _nearly_singular(model, values)
        if reason:
            continue
        endless = [name for name, own in values.items() if not all(np.isfinite(v) for v in own.values())]
        if not endless:
            return Sample(sizes, seed, given, values)
        reason = f"{endless[0]} is not finite"
    raise NoSample(
        "no sample keeps away from kinks and poles",
        where=reason,
        given=_written(sizes),
        expected=f"one of {tries} random draws that does",
        fix="declare the signs of the inputs, or a relation between the sizes",
    )


def _nearly_singular(model: Model, values: Values) -> str:
    """The matrix whose inverse is too large for checks in floats; "" where there is none."""
    for tensor in model.tensors.values():
        if tensor.matrix[:1] == ("inverse",):
            own, of = ([float(v) for v in values[name].values()] for name in (tensor.name, tensor.matrix[1]))
            if not np.max(np.abs(own)) * np.max(np.abs(of)) < MOST_CONDITION:
                return f"{tensor.matrix[1]} is singular, or nearly"
    return ""


def satisfiable(model: Model, seed: int = 0) -> str:
    """Whether the facts can hold together: "" or the reason why not."""
    if not model.facts:
        return ""
    sizes = choose_sizes(model, 1, seed)[0]
    for start in range(STARTS):
        if _projected(model, sizes, _drawn(model, sizes, np.random.default_rng([seed, start]))) is not None:
            return ""
    return str(_contradiction(model, sizes))


def _contradiction(model: Model, sizes: Sizes) -> NoSample:
    return NoSample(
        "facts cannot hold together",
        where="; ".join(fact.name for fact in model.facts),
        given=f"no entries were found at {_written(sizes)}" if sizes else "no numbers were found",
        expected="entries of the declared signs for which all facts hold",
    )


def _written(sizes: Sizes) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def _drawn(model: Model, sizes: Sizes, draw: np.random.Generator) -> dict[str, Entries]:
    def entry(sign: str) -> float:
        size = float(draw.uniform(SMALLEST, LARGEST))
        return -size if sign == "real" and draw.random() < 0.5 else size

    given = [t for t in model.tensors.values() if t.kind in GIVEN]
    return {t.name: {at: entry(t.sign) for at in entries(model, t, sizes)} for t in given}


def _watch(slack: float) -> Watch:
    def watch(what: str, argument: Number, sign: str, where: str) -> None:
        least = NEAREST[sign] * slack
        rooted = what == "a root of" or what.startswith("the argument of")
        near = np.min(argument) if rooted else np.min(np.abs(argument))
        if not near >= least:
            raise _Near(f"{what} {where}")

    return watch


# --- facts --------------------------------------------------------------------------------------------------------


COORDINATES: dict[str, tuple[Callable[[float], float], Callable[[Number], Number]]] = {
    "positive": (np.log, np.exp),
    "nonnegative": (np.sqrt, np.square),
    "real": (np.positive, np.positive),
}


class _Facts:
    """The residuals of all facts as functions of the entries that may be moved, in coordinates that keep signs."""

    def __init__(self, model: Model, sizes: Sizes, given: Values) -> None:
        self.model, self.sizes, self.given = model, sizes, given
        self.interpreter = Interpreter(model.functions)
        used = model.uses(_joined(model))
        self.only = [t.name for t in model.definitions if t.name in used]
        movable = [t for kind in GIVEN for t in model.tensors.values() if t.kind == kind and t.name in used]
        movable = [t for t in movable if t.kind == movable[0].kind]
        self.places = [(t.name, at) for t in movable for at in given[t.name]]
        self.coordinates = [COORDINATES[model.tensors[name].sign] for name, _ in self.places]

    @property
    def start(self) -> np.ndarray:
        places = zip(self.places, self.coordinates, strict=True)
        return np.array([into(float(self.given[name][at])) for (name, at), (into, _) in places])

    def entries(self, moved: np.ndarray) -> Values:
        """The given entries after a move; `moved` has one row a place, and columns for a batch."""
        found: dict[str, dict[Point, Number]] = {name: dict(own) for name, own in self.given.items()}
        with np.errstate(over="ignore"):
            for (name, at), (_, out), value in zip(self.places, self.coordinates, moved, strict=True):
                found[name][at] = out(value) if moved.ndim > 1 else float(out(value))
        return found

    def residuals(self, moved: np.ndarray) -> np.ndarray:
        """left - right of every fact at every value of its free indices: one row each."""
        values = forward(self.model, self.sizes, self.entries(moved), interpreter=self.interpreter, only=self.only)
        found = []
        for fact in self.model.facts:
            limits = [Limit("ge", of) for name in fact.free for of in self.model.indices[name].limits]
            for at in points(fact.free, limits, self.sizes):
                where = {**self.sizes, **dict(zip(fact.free, at, strict=True))}
                sides = [self.interpreter.value(side, where, values) for side in (fact.left, fact.right)]
                found.append(np.broadcast_to(sides[0] - sides[1], moved.shape[1:]))
        return np.array(found) if found else np.zeros((1, *moved.shape[1:]))

    def slopes(self, moved: np.ndarray, step: float = 2.0**-14) -> np.ndarray:
        """The matrix of derivatives of the residuals, by differences."""
        move = step * np.eye(len(moved))
        both = self.residuals(moved[:, None] + np.hstack([move, -move]))
        return (both[:, : len(moved)] - both[:, len(moved) :]) / (2 * step)


def _joined(model: Model) -> Poly:
    sides = [side for fact in model.facts for side in (fact.left, fact.right)]
    return sum(sides[1:], sides[0])


def _projected(model: Model, sizes: Sizes, given: Values) -> Values | None:
    """The given entries moved onto the facts by damped Gauss-Newton steps, or None."""
    facts = _Facts(model, sizes, given)
    if not facts.places:
        return dict(given) if _worst(facts.residuals(np.zeros(0))) <= SETTLED else None
    at = facts.start
    worst = _worst(facts.residuals(at))
    for _ in range(60):
        if worst <= SETTLED / 100:
            break
        slopes, residuals = facts.slopes(at), facts.residuals(at)
        if not (np.all(np.isfinite(slopes)) and np.all(np.isfinite(residuals))):
            return None
        step = np.linalg.lstsq(slopes, -residuals, rcond=1e-10)[0]
        better = _shortened(facts, at, step, worst)
        if better is None:
            break
        at = better
        worst = _worst(facts.residuals(at))
    found = facts.entries(at)
    return found if worst <= SETTLED and _of_order_one(model, found) else None


def _of_order_one(model: Model, found: Values) -> bool:
    """Whether all entries stay in bounds: a fact that is met only in a limit, as exp(x) = 0, does not hold."""
    return all(
        abs(float(v)) <= FARTHEST and (model.tensors[name].sign != "positive" or float(v) >= NEAREST_ZERO)
        for name, own in found.items()
        for v in own.values()
    )


def _shortened(facts: _Facts, at: np.ndarray, step: np.ndarray, worst: float) -> np.ndarray | None:
    """The longest of the halved steps that brings the facts nearer."""
    for halving in range(12):
        moved = at + step / 2**halving
        if _worst(facts.residuals(moved)) < worst:
            return moved
    return None


def _worst(residuals: np.ndarray) -> float:
    found = float(np.max(np.abs(residuals)))
    return found if np.isfinite(found) else np.inf
