"""Graphs in numbers: small sizes, entries away from kinks, the forward loops, and derivatives of them by differences.

Nothing here comes from symgrad. The same loops run in PyTorch, whose gradients are a second truth.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from tests.fuzz.functions import Entries, Functions, TooNear
from tests.fuzz.graphs import LOSS, Graph, Index, Lin, Over, walk
from tests.fuzz.show import QUESTION, forward_source

TOP, MOST_ENTRIES, LARGEST = 4, 40, 30.0  # sizes, entries of one name, absolute values
STEP, STEP_TWICE = 1e-3, 4e-3  # of differences, and of differences of differences

Sizes = Mapping[str, int]
Forward = Callable[[Mapping[str, Any], Mapping[str, Entries], Functions], dict[str, Entries]]


class NoNumbers(Exception):
    """No sizes or no entries are found at which a graph can be judged."""


@dataclass(frozen=True)
class Sample:
    """A graph at sizes: what is given, and everything computed from it."""

    graph: Graph
    sizes: Sizes
    given: Mapping[str, Any]
    values: Mapping[str, Entries]


@cache
def forward(graph: Graph) -> Forward:
    room: dict[str, Any] = {}
    exec(forward_source(graph), room)
    return room["forward"]


# --- sizes and ranges


def number(at: Lin, names: Sizes) -> int:
    return sum(c * math.prod(names[n] for n in more) for c, more in at.terms)


def steps(i: Index, sizes: Sizes) -> range:
    return range(i.start, i.start + number(i.top, sizes) // number(i.by, sizes) + i.plus)


def places(graph: Graph, axes: tuple[str, ...], sizes: Sizes) -> Iterator[tuple[int, ...]]:
    return product(*(steps(graph.index(a), sizes) for a in axes))


def _fits(graph: Graph, sizes: Sizes) -> bool:
    """Whether the relations hold, ranges of a Max are not empty, and no name has too many entries."""
    holds = all(number(r.left, sizes) >= number(r.right, sizes) for r in graph.relations)
    spans = {i.name: len(steps(i, sizes)) for i in graph.indices}
    bodies = [graph.question.of, *(d.body for d in graph.definitions)]
    nodes = [node for body in bodies for node in walk(body) if isinstance(node, Over)]
    filled = all(spans[node.index] for node in nodes if node.kind in ("Max", "Min") and not node.low)
    sizable = all(math.prod(spans[a] for a in t.axes) <= MOST_ENTRIES for t in (*graph.given, *graph.definitions))
    asked = [*graph.free, *(a for entry in graph.entries for a in graph.axes(entry.name))]
    return holds and filled and sizable and all(spans[a] for a in asked)


def chosen_sizes(graph: Graph, seed: int, count: int = 3) -> list[dict[str, int]]:
    """Small sizes that fit: first with as many ones as there can be, then unlike each other."""
    tops = product(*(range(1, TOP + 1 if len(graph.sizes) < 4 else TOP) for _ in graph.sizes))
    pool = [dict(zip(graph.sizes, top, strict=True)) for top in tops]
    pool = [sizes for sizes in pool if _fits(graph, sizes)]
    if not pool:
        raise NoNumbers("no sizes")
    draw = random.Random(seed)
    ones = max(pool, key=lambda s: (list(s.values()).count(1), -sum(s.values())))
    single = {id(s): sum(len(steps(i, s)) < 2 for i in graph.indices) for s in pool}
    unlike = sorted(pool, key=lambda s: (single[id(s)], -len({*s.values()} - {1}), sum(s.values()), draw.random()))
    rest = [s for s in unlike[:6] if s != ones]
    return draw.sample(rest, min(count - 1, len(rest))) + [ones]


# --- samples


def sampled(graph: Graph, sizes: Sizes, seed: int) -> Sample:
    """Entries of order one away from kinks and poles, none of the values large."""
    watching = Functions(watching=True)
    for attempt in range(40):
        given = {**sizes, **_drawn(graph, sizes, random.Random(f"{seed} {attempt}"))}
        try:
            values = forward(graph)(given, {}, watching)
        except (TooNear, OverflowError, ZeroDivisionError):
            continue
        if all(abs(v) < LARGEST for own in values.values() for v in own.values()):
            return Sample(graph, sizes, given, values)
    raise NoNumbers("no entries")


def _drawn(graph: Graph, sizes: Sizes, draw: random.Random) -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for t in graph.given:
        at = list(places(graph, t.axes, sizes))
        if t.sign == "one-hot":
            own = list(steps(graph.index(t.axes[-1]), sizes))
            hot = {row: draw.choice(own) for row in sorted({p[:-1] for p in at})}
            found[t.name] = {p: float(hot[p[:-1]] == p[-1]) for p in at}
        else:
            signs = (1,) if t.sign == "positive" else (-1, 1)
            found[t.name] = {p: draw.choice(signs) * draw.uniform(0.3, 1.4) for p in at}
    return found


# --- differences

Place = tuple[int, ...]


def slopes(of: Callable[[Entries], Entries], at: Entries, step: float) -> Entries:
    """Central differences of fourth order: place of the result, then place of the argument."""
    found: Entries = {}
    for place in at:
        ends = [of({**at, place: at[place] + k * step}) for k in (-2, -1, 1, 2)]
        for row in ends[0]:
            a, b, c, d = (end[row] for end in ends)
            found[(*row, *place)] = (a - 8 * b + 8 * c - d) / (12 * step)
    return found


def truth(sample: Sample, step: float = STEP) -> Entries:
    """The derivative asked for: place of `of`, then place of each entry."""
    run, functions = forward(sample.graph), Functions()
    first, *more = (entry.name for entry in sample.graph.entries)

    def asked(held: Mapping[str, Entries]) -> Entries:
        return run(sample.given, held, functions)[QUESTION]

    if not more:
        return slopes(lambda x: asked({first: x}), sample.values[first], step)

    def inner(moved: Entries) -> Entries:
        held = {more[0]: moved}
        at = run(sample.given, held, functions)[first]
        return slopes(lambda x: asked({**held, first: x}), at, step)

    if more[0] == first:  # the first is differentiated at the moved place
        return slopes(lambda x: slopes(lambda y: asked({first: y}), x, step), sample.values[first], step)
    return slopes(inner, sample.values[more[0]], step)


def upstream(sample: Sample) -> dict[str, Entries]:
    """The gradient of the unknown loss by what it depends on, as the names df_dy have it."""
    names, functions = sample.graph.loss, Functions()
    outputs = {name: sample.values[name] for name in names}

    def moved(name: str) -> Callable[[Entries], Entries]:
        return lambda y: {(): functions.loss(*({**outputs, name: y}[n] for n in names))}

    return {f"d{LOSS}_d{name}": slopes(moved(name), outputs[name], STEP) for name in names}


# --- PyTorch


class InTorch(Functions):
    """The functions of a forward run on PyTorch numbers."""

    def __init__(self) -> None:
        import torch

        super().__init__()
        for name in ("exp", "sin", "cos", "tanh", "sinh", "cosh", "atan", "erf", "log"):
            setattr(self, name, self._taken(getattr(torch, name)))

    def _taken(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        import torch

        return lambda u: function(torch.as_tensor(u, dtype=torch.float64))


def torch_truth(sample: Sample) -> Entries:
    """As `truth` for one derivative, by PyTorch's own."""
    import torch

    def leaves(own: Entries, grad: bool) -> Entries:
        return {at: torch.tensor(float(v), dtype=torch.float64, requires_grad=grad) for at, v in own.items()}

    given = {n: leaves(v, False) if isinstance(v, dict) else v for n, v in sample.given.items()}
    by = sample.graph.entries[0].name
    held = leaves(sample.values[by], True)
    found = forward(sample.graph)(given, {by: held}, InTorch())[QUESTION]
    truth: Entries = {}
    for row, value in found.items():
        reached = isinstance(value, torch.Tensor) and value.requires_grad
        grads = torch.autograd.grad(value, [*held.values()], retain_graph=True, allow_unused=True) if reached else ()
        for place, grad in zip(held, grads or [None] * len(held), strict=True):
            truth[(*row, *place)] = 0.0 if grad is None else float(grad)
    return truth
