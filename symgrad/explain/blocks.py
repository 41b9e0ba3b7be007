"""Blocks: what a worked solution consists of. Explanations are written in blocks, formats are written from blocks.

A run of prose is a tuple of strings and formulas. Strings are plain text (never markup); every writer escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from symgrad.errors import SymgradError
from symgrad.explain.layout import Layout


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula inside prose, or alone. `spoken` is a short line for a screen reader ("" where the prose says it)."""

    tree: Layout
    spoken: str = ""


Run: TypeAlias = "tuple[str | Formula, ...]"


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph. `kind` is one of: heading (of what follows), statement, given, paths, remark, checked, answer.

    In a question a statement is what names mean; all else belongs to the answer.
    """

    run: Run
    kind: str = "remark"


@dataclass(frozen=True, slots=True)
class Display:
    """A formula on a line of its own."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a worked solution: left = right, with its reason.

    `left` None repeats the left side above. `level` is the least detail that shows the line:
    1 answer, 2 key steps, 3 every step. `boxed` marks an answer. `aside` marks a side calculation.
    """

    left: Layout | None
    right: Layout
    reason: Run = ()
    relation: str = "="
    boxed: bool = False
    aside: bool = False
    level: int = 2
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Run, ...]
    rows: tuple[tuple[Run, ...], ...]
    caption: Run = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Exact points in their order, joined by lines. `name` is plain text."""

    name: str
    points: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over two axes with plain names; `log`: the y axis is logarithmic, and all y are positive."""

    curves: tuple[Curve, ...]
    x: str
    y: str
    log: bool = False
    caption: Run = ()

    def __post_init__(self) -> None:
        if not self.curves or not all(c.points for c in self.curves):
            raise SymgradError("a curve with no points", where=f"plot of {self.y}")
        if self.log and any(y <= 0 for c in self.curves for _, y in c.points):
            raise SymgradError("a logarithmic axis for what is not positive", where=f"plot of {self.y}")

    @property
    def listed(self) -> tuple[tuple[str, str], ...]:
        """Each curve with its points as text, in six significant digits: for formats without pictures."""
        return tuple((c.name, ", ".join(f"({float(a):.6g}, {float(b):.6g})" for a, b in c.points)) for c in self.curves)

    @property
    def table(self) -> Table:
        """The points of its curves: for formats without pictures."""
        scale = " on a logarithmic scale" if self.log else ""
        caption: Run = (f"{self.y} against {self.x}{scale}, in six significant digits. ", *self.caption)
        rows: tuple[tuple[Run, ...], ...] = tuple(((name,), (points,)) for name, points in self.listed)
        return Table((("curve",), (f"points ({self.x}, {self.y})",)), rows, caption)


@dataclass(frozen=True, slots=True)
class Node:
    """A name in a diagram; `marked` where the text speaks of it."""

    name: str
    label: Layout
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from the node `start` to the node `end`, which uses it."""

    start: str
    end: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """A graph without cycles: what is computed from what. `caption` is what its marked edges are, or empty."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    caption: Run = ()


Block: TypeAlias = "Prose | Display | Lines | Table | Diagram | Plot"


@dataclass(frozen=True, slots=True)
class Question:
    """One part of an exercise, worked. `record` is its machine-readable form (the JSON key prints it as it is)."""

    id: str
    title: Run
    blocks: tuple[Block, ...]
    record: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    """The worked answer key of one exercise; without `answers` its sheet for students."""

    exercise: str
    title: str
    statement: tuple[Block, ...]
    questions: tuple[Question, ...]
    answers: bool = True

    @property
    def sheet(self) -> Key:
        """The statement and the questions, with what the names in them mean, for students."""
        return replace(self, questions=tuple(map(_asked, self.questions)), answers=False)


def _asked(question: Question) -> Question:
    stated = tuple(b for b in question.blocks if isinstance(b, Prose) and b.kind == "statement")
    return replace(question, blocks=stated, record={})
