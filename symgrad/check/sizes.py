"""Sizes of the trials: small, unlike each other, with the corners where mistakes hide.

The first trial is a proper one (every size >= 2, every range with a value); then ones, a tight relation (kernel =
image), an empty range, and more proper ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Poly, inside
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.errors import SymgradError

Sizes = Mapping[str, int]

DRAWS = 300  # sizes drawn at random, from which the trials are chosen
REPAIRS = 60  # sizes redrawn in one of them until the relations hold
TOP = {0: 5, 1: 5, 2: 5, 3: 5, 4: 4, 5: 4}  # the greatest size, by the number of indices of the deepest definition
LEAST_TOP, GREATEST_TOP = 4, 16
MOST_WORK = 6000  # factors read in one forward walk


def choose_sizes(model: Model, count: int = 5, seed: int = 0) -> tuple[dict[str, int], ...]:
    """Sizes for `count` trials that satisfy the relations; the first is proper."""
    if not model.sizes:
        return tuple({} for _ in range(count))
    draw = np.random.default_rng([seed, len(model.sizes)])
    pool = _pool(model, draw)
    chosen: list[dict[str, int]] = []
    for wish in [*WISHES, *[_proper] * count][:count]:
        fitting = [(score, n) for n, sizes in enumerate(pool) if (score := wish(model, sizes, chosen)) is not None]
        if fitting:
            chosen.append(pool[max(fitting)[1]])
    left = [sizes for sizes in pool if sizes not in chosen]
    return tuple([*chosen, *left][:count])


def _pool(model: Model, draw: np.random.Generator) -> list[dict[str, int]]:
    """Different random sizes within relations and the bound on work; the top grows until a proper one is found."""
    top = TOP.get(max([_depth(t.poly) + len(t.axes) for t in model.definitions if t.poly], default=0), LEAST_TOP)
    while top <= GREATEST_TOP:
        found = {tuple(s.values()): s for _ in range(DRAWS) if (s := _random_sizes(model, draw, top))}
        pool = [s for s in found.values() if _work(model, s) <= MOST_WORK]
        if any(_proper(model, s, []) is not None for s in pool):
            return pool
        top += 2
    if pool:
        return pool
    relations = ", ".join(f"{of} >= 0" for of in model.relations)
    raise SymgradError("no small sizes satisfy the relations", where=relations, expected=f"sizes up to {GREATEST_TOP}")


def _random_sizes(model: Model, draw: np.random.Generator, top: int) -> dict[str, int] | None:
    """Random sizes; those of a relation that fails are drawn again, one at a time."""
    sizes = {name: int(draw.integers(1, top + 1)) for name in model.sizes}
    for _ in range(REPAIRS):
        broken = [of for of in model.relations if of.at(sizes) < 0]
        if not broken:
            return sizes
        names = sorted(broken[int(draw.integers(len(broken)))].names)
        sizes[names[int(draw.integers(len(names)))]] = int(draw.integers(1, top + 1))
    return None


def _depth(poly: Poly) -> int:
    """The greatest number of bound indices in force at one place."""
    return max(
        (len(t.bound) + max((_depth(p) for a, _ in t.factors for p in inside(a)), default=0) for t in poly.terms),
        default=0,
    )


def _work(model: Model, sizes: Sizes) -> int:
    """An upper estimate of the factors read in one forward walk, and of the entries declared."""
    spans = {name: len(points([name], [Limit("ge", e) for e in i.limits], sizes)) for name, i in model.indices.items()}
    total = 0
    for tensor in model.tensors.values():
        inner = [spans.get(name, max(sizes.values())) for name in tensor.bound]
        total += prod(spans[axis] for axis in tensor.axes) * prod(n for n in inner if n)
    return total


# --- what a trial is wished for: a score, or None where the sizes do not fit ------------------------------------------


def _spans(model: Model, sizes: Sizes) -> list[int]:
    """The number of values of each index whose range depends on sizes alone."""
    known = [i for i in model.indices.values() if all(e.names <= {i.name, *sizes} for e in i.limits)]
    return [len(points([i.name], [Limit("ge", e) for e in i.limits], sizes)) for i in known]


def _unlike(sizes: Sizes, chosen: list[dict[str, int]]) -> float:
    """How different the sizes are from each other, and from those of earlier trials."""
    fresh = sum(sizes[name] != earlier[name] for earlier in chosen for name in sizes)
    return 10 * len(set(sizes.values())) + fresh - 0.01 * sum(sizes.values())


def _proper(model: Model, sizes: Sizes, chosen: list[dict[str, int]]) -> float | None:
    spans = _spans(model, sizes)
    if min(sizes.values()) < 2 or 0 in spans or sizes in chosen:
        return None
    return _unlike(sizes, chosen) + 20 * sum(span > 1 for span in spans)


def _with_ones(model: Model, sizes: Sizes, chosen: list[dict[str, int]]) -> float | None:
    ones = sum(value == 1 for value in sizes.values())
    return (
        20 * ones + _unlike(sizes, chosen) if ones and 0 not in _spans(model, sizes) and sizes not in chosen else None
    )


def _tight(model: Model, sizes: Sizes, chosen: list[dict[str, int]]) -> float | None:
    tight = sum(of.at(sizes) == 0 for of in model.relations)
    return (
        20 * tight + 20 * (min(sizes.values()) >= 2) + _unlike(sizes, chosen) if tight and sizes not in chosen else None
    )


def _empty(model: Model, sizes: Sizes, chosen: list[dict[str, int]]) -> float | None:
    return (
        20 * (min(sizes.values()) >= 2) + _unlike(sizes, chosen)
        if 0 in _spans(model, sizes) and sizes not in chosen
        else None
    )


WISHES: tuple[Callable[[Model, Sizes, list[dict[str, int]]], float | None], ...] = (
    _proper,
    _with_ones,
    _tight,
    _empty,
    _proper,
)
