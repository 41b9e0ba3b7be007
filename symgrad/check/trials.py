"""One sample with everything known by differences at it.

Differences are of fourth order, f' = (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h, and walk through the definitions once
for all entries of a name: the perturbed copies are one batch. Each is computed once and shared by every step.
Where many definitions lie between two names, the differences of each by itself are composed by the chain rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Poly
from symgrad.check.evaluate import (
    Entries,
    Interpreter,
    Values,
    definition_entries,
    loss_entries,
    loss_gradient,
)
from symgrad.check.points import Point, points
from symgrad.check.samples import Sample, Sizes
from symgrad.check.ways import Ways, uses
from symgrad.declare.model import Model, Tensor
from symgrad.errors import Unsupported

OFFSETS = np.array([-2.0, -1.0, 1.0, 2.0])
WEIGHTS = np.array([1.0, -8.0, 8.0, -1.0]) / 12
SMALLEST_STEP, GREATEST_STEP = 0.02, 1.0  # bounds on the entry the step is relative to

FLOOR = 1e-3  # of the greatest value at a sample: differences carry noise, so errors are not relative to less than this

Differences = dict[Point, float]


class Trial:
    """One sample with the differences taken at it, each computed once; `step` is relative to the entries."""

    def __init__(self, model: Model, found: Sample, interpreter: Interpreter, step: float = 2.0**-10) -> None:
        self.step = step
        self.model, self.sample, self.interpreter = model, found, interpreter
        self.sizes: Sizes = found.sizes
        self._memo: dict[tuple, Entries] = {}
        self._points: dict[tuple, list[Point]] = {}
        self._known: tuple[Ways, dict[tuple[str, str], Differences]] = Ways(model), {}  # of the last model

    @cached_property
    def floor(self) -> float:
        values = (abs(float(value)) for own in self.sample.values.values() for value in own.values())
        return FLOOR * max(values, default=1.0)

    # --- entries of any name

    def values(self, names: Iterable[str], model: Model, by: str = "") -> dict[str, Entries]:
        """The entries of names and of what they depend on; with `by`, a batch in which its entries are perturbed."""
        found: dict[str, Entries] = {}
        for name in sorted(self._reach(names, model, by), key=self._ways(model).place.__getitem__):
            tensor = model.tensors[name]
            key = (by, *_identity(tensor, model))
            if key not in self._memo:
                self._memo[key] = self._entries(tensor, found, model, by)
            found[name] = self._memo[key]
        return found

    def _ways(self, model: Model) -> Ways:
        if self._known[0].model is not model:
            self._known = Ways(model), {}
        return self._known[0]

    def _reach(self, names: Iterable[str], model: Model, by: str) -> set[str]:
        """The names to be computed: without `by`, names of the sample need nothing else; with it, what stays does."""
        moved = self._ways(model).moved(by) if by else frozenset()
        seen: set[str] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            if name in seen or name not in model.tensors:
                continue
            seen.add(name)
            if name != by and (name in moved if by else not self._is_sampled(model.tensors[name])):
                queue.extend(uses(model.tensors[name], model))
        return seen

    def _is_sampled(self, tensor: Tensor) -> bool:
        return self.model.tensors.get(tensor.name) == tensor and tensor.name in self.sample.values

    def _entries(self, tensor: Tensor, found: Values, model: Model, by: str) -> Entries:
        if by and tensor.name == by:
            return self._perturbed(tensor, model)
        if by and tensor.name not in self._ways(model).moved(by):
            return self.values([tensor.name], model)[tensor.name]
        if not by and self._is_sampled(tensor):
            return self.sample.values[tensor.name]
        if tensor.kind in ("adjoint", "partial") and by:
            raise Unsupported(
                f"differences of {tensor.name}, itself known by differences", where=f"d{tensor.name}/d{by}"
            )
        if tensor.kind == "upstream":
            return loss_gradient(model.tensors[tensor.of[0]], tensor.of[1], found)
        if tensor.kind == "adjoint":
            return self.total(tensor.of[0], tensor.of[1], model)
        if tensor.kind == "partial":
            return self.local(tensor.of[0], tensor.of[1], model)
        if tensor.kind == "loss":
            return loss_entries(tensor, found)
        if tensor.poly is None and not tensor.matrix:
            raise Unsupported(f"{tensor.name} has no value", where=f"{tensor.kind} {tensor.name}")
        return definition_entries(model, tensor, self.sizes, found, self.interpreter)

    # --- differences

    def _perturbed(self, tensor: Tensor, model: Model) -> Entries:
        """Entry n is moved in columns 4n to 4n + 3 of the batch and in no other."""
        plain = self.values([tensor.name], model)[tensor.name]
        steps = self._step(tensor, model)
        found = {}
        for n, (at, value) in enumerate(plain.items()):
            moved = np.full(4 * len(plain), float(value))
            moved[4 * n : 4 * n + 4] += steps[n] * OFFSETS
            found[at] = moved
        return found

    def _step(self, tensor: Tensor, model: Model) -> np.ndarray:
        plain = self.values([tensor.name], model)[tensor.name]
        return self.step * np.clip(np.abs(np.array(list(plain.values()), dtype=float)), SMALLEST_STEP, GREATEST_STEP)

    def _slopes(self, values: Entries, by: str, model: Model) -> Differences:
        """The derivative of each batch by each entry of `by`; keys are both index tuples joined."""
        tensor = model.tensors[by]
        places = list(self.values([by], model)[by])
        steps = self._step(tensor, model)
        found = {}
        for at, value in values.items():
            far_left, left, right, far_right = np.broadcast_to(value, 4 * len(places)).reshape(-1, 4).T
            slopes = (8 * (right - left) - (far_right - far_left)) / (12 * steps)
            for place, slope in zip(places, slopes, strict=True):
                found[at + place] = float(slope)
        return found

    def total(self, of: str, by: str, model: Model | None = None, *, directly: bool = False) -> Differences:
        """The derivative of every entry of `of` by every entry of `by`; what depends on `by` moves with it.

        Over a long way composed of the differences of each definition on it, unless `directly`.
        """
        model = model or self.model
        if directly or not self._ways(model).is_long(of, by):
            return self._slopes(self.values([of], model, by)[of], by, model)
        ways, known = self._known
        waiting = [by]
        while waiting:
            name = waiting[-1]
            missing = [n for n in ways.on(of, name) if (of, n) not in known] if ways.is_long(of, name) else []
            waiting += missing
            if not missing:
                if (of, name) not in known:
                    known[of, name] = self._composed(of, name, model)
                waiting.pop()
        return known[of, by]

    def _composed(self, of: str, by: str, model: Model) -> Differences:
        """Law: d of/d by = sum over what is computed from `by` of d of/d it * its own derivative by `by`."""
        ways, known = self._known
        if not ways.is_long(of, by):
            return self.total(of, by, model)
        values = self.values([of, by], model)
        found = {at + place: 0.0 for at in values[of] for place in values[by]}
        axes = len(model.tensors[of].axes)
        for via in ways.on(of, by):
            size = len(model.tensors[via].axes)
            slopes: dict[Point, list[tuple[Point, float]]] = {}
            for at, slope in self.local(via, by, model).items():
                slopes.setdefault(at[:size], []).append((at[size:], slope))
            for at, factor in known[of, via].items():
                for place, slope in slopes.get(at[axes:], ()):
                    found[at[:axes] + place] += factor * slope
        return found

    def local(self, of: str, by: str, model: Model | None = None) -> Differences:
        """The derivative of the right side of `of` by `by` where it stands there itself, all other names held."""
        model = model or self.model
        tensor = model.tensors[of]
        if tensor.kind == "loss":
            gradient = loss_gradient(tensor, by, self.values(tensor.of, model)) if by in tensor.of else {}
            return {at: float(gradient.get(at, 0.0)) for at in self.values([by], model)[by]}
        held = self.values([*uses(tensor, model), by], model)
        moved = {**held, by: self._perturbed(model.tensors[by], model)}
        return self._slopes(definition_entries(model, tensor, self.sizes, moved, self.interpreter), by, model)

    def differences(self, poly: Poly, free: Sequence[str], by: str, model: Model | None = None) -> Differences:
        """The derivative of an expression at all values of its free indices by every entry of `by`."""
        model = model or self.model
        moved = self.values([*poly.tensors, by], model, by)
        values = {at: self.interpreter.value(poly, self.at(free, at), moved) for at in self.points(free, model)}
        return self._slopes(values, by, model)

    def points(self, free: Sequence[str], model: Model) -> list[Point]:
        limits = tuple(Limit("ge", of) for name in free for of in model.indices[name].limits)
        key = (tuple(free), limits)
        if key not in self._points:
            self._points[key] = points(free, limits, self.sizes)
        return self._points[key]

    def at(self, free: Sequence[str], point: Point) -> dict[str, int]:
        return {**self.sizes, **dict(zip(free, point, strict=True))}


def _identity(tensor: Tensor, model: Model) -> tuple:
    """What a name stands for: two extensions of a model may use one name for two things."""
    outer = model.tensors[tensor.of[0]] if tensor.kind in ("adjoint", "partial", "upstream") else tensor
    return tensor.name, tensor.kind, tensor.of, outer.poly.key if outer.poly is not None else ""
