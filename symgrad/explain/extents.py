"""Ranges and lengths in words: why an index has its range, and the argument of a window that moves."""

from __future__ import annotations

from collections.abc import Mapping

from symgrad.algebra.index import Affine
from symgrad.algebra.window import ONE, Ends
from symgrad.declare.model import Model, Tensor
from symgrad.explain.arithmetic import following
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Run
from symgrad.explain.layout import Call, Fraction, Layout, Name, Plus, Relation
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.spans import Along, Span, Window
from symgrad.explain.words import listed
from symgrad.matrix import tree as m

PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
AXES: dict[int, tuple[str, ...]] = {1: ("entries",), 2: ("rows", "columns")}  # by the number of axes


def length(notation: Notation, ends: Ends) -> Layout:
    """The number of values of a range: n - k + 1, or floor((n - k)/s) + 1."""
    if ends.length is not None:
        return notation.index(ends.length)
    more = ONE - ends.first
    sign = 1 if more.is_number and more.constant >= 0 else -1
    rest = [] if not more.terms else [(sign, notation.index(more if sign > 0 else -more))]
    return Plus(((1, last(notation, ends)), *rest))


def last(notation: Notation, ends: Ends) -> Layout:
    """The last value of a range."""
    if ends.divisor == ONE:
        return notation.index(ends.top)
    return Call(r"\operatorname{floor}", "floor", (quotient(notation, ends),))


def quotient(notation: Notation, ends: Ends) -> Layout:
    if ends.divisor == ONE:
        return notation.index(ends.top)
    return Fraction(notation.index(ends.top), notation.index(ends.divisor))


def letter(notation: Notation, name: str) -> Name:
    return Name(notation.index_name(name), name)


def whole(model: Model, name: str) -> Formula:
    """A name without its indices."""
    return Formula(MatrixNotation(model).name(m.Named(name)))


def axis_word(tensor: Tensor, n: int) -> str:
    """An axis by its number, from 0: rows, columns, third axis."""
    return AXES.get(len(tensor.axes), PLACES)[n] + (" axis" if len(tensor.axes) not in AXES else "")


def axis(model: Model, along: Along) -> Run:
    """An axis in words: the rows of X, the third axis of W."""
    return (f"the {axis_word(model.tensors[along.tensor], along.axis)} of ", whole(model, along.tensor))


def because(model: Model, span: Span) -> Run:
    """Why an index has its range, in a few words."""
    if span.along:
        return ("it runs along ", *listed([axis(model, a) for a in span.along]))
    if span.window is not None:
        place = axis(model, Along(span.window.tensor, span.window.axis))
        return ("it is any start that stays inside ", *place)
    return ("it is declared so",)


def argument(model: Model, tensor: Tensor, span: Span, numbers: Mapping[str, int]) -> list[Block]:
    """The places that a start reads, the last admissible start, and the number of starts; none without a window."""
    window = span.window
    if window is None:
        return []
    notation = Notation(model)
    start, ends = letter(notation, span.name), span.ends
    told = _told(model, tensor, span, window)
    lines = [
        Line(
            notation.index(window.reach),
            notation.index(window.last + window.pad),
            ("the last place that is read exists",),
            "<=",
        )
    ]
    if ends.divisor != ONE:
        scaled = notation.index(ends.divisor * Affine.name(span.name))
        lines.append(Line(scaled, notation.index(ends.top), ("the rest on the other side",), "<="))
    lines.append(Line(start, quotient(notation, ends), ("the last admissible start",), "<="))
    since: Run = ("the whole numbers from ", Formula(notation.index(ends.first)), " on")
    lines.append(Line(Call(r"\operatorname{count}", "count", (start,)), length(notation, ends), since))
    return [told, Lines((*lines, *following(lines[-1].right, numbers)))]


def _told(model: Model, tensor: Tensor, span: Span, window: Window) -> Prose:
    """What a start reads, and how far the padding goes."""
    notation = Notation(model)
    inner = [(Formula(_range(notation, n, e)),) for n, e in window.inner]
    run: Run = ("Start ", Formula(letter(notation, span.name)), " of ", whole(model, tensor.name), " reads ")
    run = (*run, *axis(model, Along(window.tensor, window.axis)), " at ", Formula(notation.index(window.at)))
    run = (*run, " with ", *listed(inner)) if inner else run
    if window.pad.terms:
        pad = Formula(notation.index(window.pad))
        run = (*run, "; that is ", pad, " places before the first one at the start, and as many behind the last")
    return Prose((*run, "."), "remark")


def _range(notation: Notation, name: str, ends: Ends) -> Relation:
    return Relation((notation.index(ends.first), letter(notation, name), last(notation, ends)), ("<=", "<="))


def range_of(notation: Notation, span: Span, numbers: Mapping[str, int] | None = None) -> Layout:
    """0 <= i <= n - 1, and what n - 1 is in numbers."""
    shown = _range(notation, span.name, span.ends)
    known = following(shown.items[-1], numbers or {})
    return Relation((*shown.items, known[-1].right), (*shown.relations, "=")) if known else shown
