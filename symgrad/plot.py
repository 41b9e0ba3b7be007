"""The plots of a key as matplotlib figures, for papers and slides. Needs the extra: `pip install "symgrad[plot]"`.

Keys themselves need no matplotlib: HTML draws its plots as SVG, the other formats list the points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Key, Plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D")


def figures(key: Key) -> list[Figure]:
    """One figure for each plot of a key, in the order of its questions: `figures(key)[0].savefig("flow.pdf")`."""
    found = [block for question in key.questions for block in question.blocks]
    return [figure(block) for block in found if isinstance(block, Plot)]


def figure(plot: Plot) -> Figure:
    """A figure with the curves of a plot, their names in a legend. Raises SymgradError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SymgradError(
            "matplotlib is not installed",
            where="symgrad.plot",
            expected="the extra: plot",
            fix='pip install "symgrad[plot]"',
        ) from error
    made = Figure(layout="constrained")
    axes = made.add_subplot()
    for n, curve in enumerate(plot.curves):
        xs, ys = ([float(p[side]) for p in curve.points] for side in (0, 1))
        axes.plot(xs, ys, marker=MARKERS[n % len(MARKERS)], label=curve.name)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    if plot.log:
        axes.set_yscale("log")
    axes.legend()
    return made
