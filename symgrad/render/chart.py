"""A plot as inline SVG: colours by class (the page has one set for light and one for dark), no style attributes.

Curves differ by colour and by the shape of their points. Marks on the axes are at 1, 2 or 5 times a power of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, log10

from symgrad.explain.blocks import Plot
from symgrad.render.escape import for_html

WIDE, HIGH = 640.0, 340.0
LEFT, RIGHT, TOP, BOTTOM = 70.0, 16.0, 14.0, 48.0
MARKS = 6  # on an axis, about
SHAPES: tuple[Callable[[float, float], str], ...] = (
    lambda x, y: f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
    lambda x, y: f'<rect x="{x - 3.6:.1f}" y="{y - 3.6:.1f}" width="7.2" height="7.2"/>',
    lambda x, y: f'<path d="M{x:.1f} {y - 5:.1f}l5 8.6h-10z"/>',
    lambda x, y: f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5-5z"/>',
)


class Axis:
    """Where numbers lie between two ends of a picture: evenly, or by their logarithms."""

    def __init__(self, values: Sequence[Fraction], start: float, end: float, log: bool) -> None:
        self.log, self.start, self.end = log, start, end
        found = [self._scale(float(v)) for v in values]
        low, high = min(found), max(found)
        room = 0.05 * (high - low) or 1.0
        self.low, self.high = low - room, high + room

    def _scale(self, value: float) -> float:
        return log10(value) if self.log else value

    def at(self, value: float) -> float:
        return self.start + (self._scale(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def marks(self) -> list[tuple[float, str]]:
        """Values with their texts."""
        if self.log and self.high - self.low >= 1.5:
            decades = ceil((self.high - self.low) / MARKS)
            exponents = range(ceil(self.low / decades) * decades, floor(self.high) + 1, decades)
            return [(10.0**e, f"{10.0**e:g}") for e in exponents]
        low, high = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        step = nice((high - low) / MARKS)
        return [(n * step, f"{n * step:.6g}") for n in range(ceil(low / step), floor(high / step) + 1)]


def nice(value: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below a value.

    >>> [nice(v) for v in (0.3, 1, 1.2, 70)]
    [0.5, 1.0, 2.0, 100.0]
    """
    ten = 10.0 ** floor(log10(value))
    return next(m * ten for m in (1, 2, 5, 10) if m * ten >= value * (1 - 1e-9))


def chart(plot: Plot) -> str:
    """The picture of a plot; its words are a title for those who do not see it."""
    x = Axis([p[0] for c in plot.curves for p in c.points], LEFT, WIDE - RIGHT, False)
    y = Axis([p[1] for c in plot.curves for p in c.points], HIGH - BOTTOM, TOP, plot.log)
    parts = [f'<svg class="picture" viewBox="0 0 {WIDE:g} {HIGH:g}" role="img" aria-label="{for_html(words(plot))}">']
    for value, text in x.marks:
        at = x.at(value)
        parts.append(f'<path class="net" d="M{at:.1f} {TOP:g}V{HIGH - BOTTOM:g}"/>')
        parts.append(f'<text class="mark middle" x="{at:.1f}" y="{HIGH - BOTTOM + 17:g}">{text}</text>')
    for value, text in y.marks:
        at = y.at(value)
        parts.append(f'<path class="net" d="M{LEFT:g} {at:.1f}H{WIDE - RIGHT:g}"/>')
        parts.append(f'<text class="mark end" x="{LEFT - 8:g}" y="{at + 4:.1f}">{text}</text>')
    parts.append(f'<path class="axis" d="M{LEFT:g} {TOP:g}V{HIGH - BOTTOM:g}H{WIDE - RIGHT:g}"/>')
    middle = (TOP + HIGH - BOTTOM) / 2
    parts.append(f'<text class="middle" x="{(LEFT + WIDE - RIGHT) / 2:g}" y="{HIGH - 8:g}">{for_html(plot.x)}</text>')
    parts.append(f'<text class="middle" transform="translate(14 {middle:g}) rotate(-90)">{for_html(plot.y)}</text>')
    for n, curve in enumerate(plot.curves):
        places = [(x.at(float(a)), y.at(float(b))) for a, b in curve.points]
        way = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        shape = SHAPES[n % len(SHAPES)]
        parts.append(f'<g class="curve{n % len(SHAPES)}"><path class="way" d="M{way}"/>')
        parts.append("".join(shape(a, b) for a, b in places) + "</g>")
    return "".join([*parts, "</svg>"])


def sample(n: int) -> str:
    """The colour and shape of a curve, for the list of curves below a plot."""
    k = n % len(SHAPES)
    return (
        '<svg class="sample" viewBox="0 0 30 12" aria-hidden="true">'
        f'<g class="curve{k}"><path class="way" d="M0 6H30"/>{SHAPES[k](15, 6)}</g></svg>'
    )


def words(plot: Plot) -> str:
    """What the picture shows, in a sentence: each curve from its first point to its last."""
    told = []
    for curve in plot.curves:
        first, last = (f"({float(a):.4g}, {float(b):.4g})" for a, b in (curve.points[0], curve.points[-1]))
        told.append(f"{curve.name}, {len(curve.points)} points from {first} to {last}")
    return f"{plot.y} against {plot.x}{' on a logarithmic scale' if plot.log else ''}: {'; '.join(told)}."
