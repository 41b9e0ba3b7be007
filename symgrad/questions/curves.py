"""Geometric curves over the number of layers: drawn together, and where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from symgrad.errors import Unsupported
from symgrad.explain.blocks import Block, Curve, Plot, Prose, Run
from symgrad.explain.digits import cell

MOST_STEPS = 10_000


@dataclass(frozen=True)
class Geometric:
    """last * factor^d after d blocks of `layers` layers."""

    name: str
    factor: Fraction
    last: Fraction
    layers: int

    def at(self, depth: int) -> Fraction:
        return self.factor**depth * self.last


def plotted(curves: Sequence[tuple[Geometric, Sequence[int]]]) -> list[Block]:
    """The plot, from no layers on, and of each curve beside the last one where they meet."""
    every = [curve for curve, _ in curves]
    wrong = next((c for c in every if c.last <= 0 or c.factor <= 0), None)
    if wrong is not None:
        raise Unsupported("a curve that is not positive", where=wrong.name, expected="positive numbers")
    drawn = (
        Curve(c.name, tuple((Fraction(d * c.layers), c.at(d)) for d in dict.fromkeys((0, *depths))))
        for c, depths in curves
    )
    plot = Plot(tuple(drawn), "layers", "gradient at the input", log=True)
    return [plot, *(_meeting(c, every[-1]) for c in every[:-1])]


def _meeting(one: Geometric, other: Geometric) -> Prose:
    """Law: the ratio of two geometric curves is geometric too, so that it passes 1 at most once."""
    period = lcm(one.layers, other.layers)
    a, b = one.factor ** (period // one.layers), other.factor ** (period // other.layers)
    run: Run = (
        f"Every {period} layers multiply the gradient of the {one.name} by ", *cell(a),
        f" and that of the {other.name} by ", *cell(b),
        f". So the ratio of the {other.name} to the {one.name} starts with ", *cell(other.last / one.last),
        " and is multiplied by ", *cell(b / a), ": ", crossing(b / a, other.last / one.last, period), ".",
    )  # fmt: skip
    return Prose(run, "remark")


def crossing(ratio: Fraction, first: Fraction, period: int) -> str:
    """Where first * ratio^j passes 1, in words; j periods of layers.

    >>> crossing(Fraction(5), Fraction(1), 2), crossing(Fraction(1, 2), Fraction(3), 1)
    ('the curves meet where there are no layers, and nowhere else', 'the curves cross between 1 and 2 layers')
    """
    if first == 1:
        return "the curves meet where there are no layers, and nowhere else" if ratio != 1 else "the curves are one"
    if ratio == 1 or (first < 1) == (ratio < 1):
        return "the curves never meet"
    for j in range(1, MOST_STEPS):
        if first * ratio**j == 1:
            return f"the curves meet at {j * period} layers"
        if (first * ratio**j > 1) != (first > 1):
            return f"the curves cross between {(j - 1) * period} and {j * period} layers"
    raise Unsupported("curves that cross very late", where=f"ratio {ratio}", expected=f"within {MOST_STEPS} steps")
