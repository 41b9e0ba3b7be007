"""Sizes of the trials: small, unlike each other, with the corners where mistakes hide.

The first trial is a proper one (every size >= 2, every range with a value); then ones, a tight relation (kernel =
image), an empty range, and more proper ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Poly, inside
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.errors import SymgradError

Sizes = Mapping[str, int]

DRAWS = 150  # sizes drawn at random, from which the trials are chosen
CORNERS = 10  # of them start from ones
REPAIRS = 60  # sizes redrawn in one of them until the relations hold
TOP = {0: 5, 1: 5, 2: 5, 3: 5, 4: 5, 5: 4}  # the greatest size, by the number of indices of the deepest definition
LEAST_TOP, GREATEST_TOP = 4, 16
LARGE = (40, 27, 19, 13, 9, 7)  # the greatest sizes that are tried once
MOST_WORK = 6000  # factors read in one forward walk


class Candidate(NamedTuple):
    """Sizes that satisfy the relations, and what they are chosen by.

    `spans`: the number of values of each index; `tight`: how many relations hold with equality.
    """

    sizes: Sizes
    spans: Mapping[str, int]
    tight: int

    @property
    def is_proper(self) -> bool:
        return min(self.sizes.values()) >= 2 and not self.has_empty

    @property
    def has_empty(self) -> bool:
        return 0 in self.spans.values()


def choose_sizes(model: Model, count: int = 5, seed: int = 0) -> tuple[Sizes, ...]:
    """Sizes for `count` trials that satisfy the relations; the first is proper where there is a proper one."""
    if not model.sizes:
        return tuple({} for _ in range(count))
    pool = _pool(model, np.random.default_rng([seed, len(model.sizes)]))
    chosen: list[Sizes] = []
    for fits, score in [*WISHES, *[WISHES[0]] * count][:count]:
        fitting = [c for c in pool if fits(c) and c.sizes not in chosen]
        if fitting:
            chosen.append(max(fitting, key=lambda c: score(c) + _unlike(c.sizes, chosen)).sizes)
    left = [c.sizes for c in pool if c.sizes not in chosen]
    return tuple([*chosen, *left][:count])


def _unlike(sizes: Sizes, chosen: list[Sizes]) -> float:
    """How different the sizes are from each other, and from those of earlier trials; middling ones first."""
    fresh = sum(sizes[name] != earlier[name] for earlier in chosen for name in sizes)
    pairs = sum(a != b for a, b in combinations(sizes.values(), 2))
    return 4 * pairs + fresh - 0.01 * sum(abs(value - 3) for value in sizes.values())


Wish = tuple[Callable[[Candidate], bool], Callable[[Candidate], float]]
WISHES: tuple[Wish, ...] = (
    (lambda c: c.is_proper, lambda c: 20 * sum(span > 1 for span in c.spans.values())),
    (lambda c: 1 in c.sizes.values() and not c.has_empty, lambda c: 100 * list(c.sizes.values()).count(1)),
    (lambda c: c.tight > 0, lambda c: 100 * c.tight + 100 * c.is_proper),
    (lambda c: c.has_empty, lambda c: 100 * (min(c.sizes.values()) >= 2)),
    (lambda c: c.is_proper, lambda c: 20 * sum(span > 1 for span in c.spans.values())),
)


def _pool(model: Model, draw: np.random.Generator) -> list[Candidate]:
    """Different random sizes within relations and the bound on work; the top grows until a proper one is found.

    Where all of these are too much work (many axes), the top is 3, then 2.
    """
    least = TOP.get(max((_depth(t.poly) + len(t.axes) for t in model.definitions if t.poly), default=0), LEAST_TOP)
    pool: list[Candidate] = []
    for top in (*range(least, GREATEST_TOP + 1, 2), 3, 2):
        drawn = [_random_sizes(model, draw, top, start=1 if n < CORNERS else top) for n in range(DRAWS)]
        found = {tuple(sizes.values()): sizes for sizes in drawn if sizes}
        own = [_candidate(model, sizes) for sizes in found.values()]
        own = [c for c in own if _work(model, c) <= MOST_WORK]
        pool = own or pool
        if any(c.is_proper for c in own):
            return own
    if pool:
        return pool
    relations = ", ".join(f"{of} >= 0" for of in model.relations)
    raise SymgradError("no small sizes satisfy the relations", where=relations, expected=f"sizes up to {GREATEST_TOP}")


def large_sizes(model: Model, seed: int = 0) -> Sizes | None:
    """Sizes beyond those of the trials, as great as one forward walk may have; None where there are no sizes."""
    draw = np.random.default_rng([seed, len(model.sizes), 1])
    for top in LARGE if model.sizes else ():
        drawn = (_random_sizes(model, draw, top, top) for _ in range(DRAWS))
        fitting = [c for c in (_candidate(model, sizes) for sizes in drawn if sizes) if _work(model, c) <= MOST_WORK]
        proper = [c for c in fitting if c.is_proper and min(c.sizes.values()) >= top // 3]
        if proper:
            return max(proper, key=lambda c: _unlike(c.sizes, [])).sizes
    return None


def is_much_work(model: Model) -> bool:
    """Whether one forward walk reads too many factors even at the smallest sizes."""
    return _work(model, _candidate(model, dict.fromkeys(model.sizes, 2))) > MOST_WORK


def _candidate(model: Model, sizes: Sizes) -> Candidate:
    alone = [i for i in model.indices.values() if all(e.names <= {i.name, *sizes} for e in i.limits)]
    spans = {i.name: len(points([i.name], [Limit("ge", e) for e in i.limits], sizes)) for i in alone}
    return Candidate(sizes, spans, sum(of.at(sizes) == 0 for of in model.relations))


def _random_sizes(model: Model, draw: np.random.Generator, top: int, start: int) -> Sizes | None:
    """Random sizes up to `start`; those of a relation that fails are drawn again up to `top`, one at a time."""
    sizes = {name: int(draw.integers(1, start + 1)) for name in model.sizes}
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


def _work(model: Model, candidate: Candidate) -> int:
    """An upper estimate of the factors read in one forward walk, and of the entries declared."""
    total, widest = 0, max(candidate.sizes.values(), default=1)
    for tensor in model.tensors.values():
        spans = [candidate.spans.get(name, widest) for name in (*tensor.axes, *tensor.bound)]
        total += prod(max(span, 1) for span in spans)
    return total
