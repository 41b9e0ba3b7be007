"""Array notation: matrix products as in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symgrad.algebra.normal import ONE, bind, times
from symgrad.declare.arrays import Array, Axis, Room, aligned, at_axes, conform, equation, held, limits_of
from symgrad.errors import DeclarationError, ShapeError


def matmul(one: Array, other: Array) -> Array:
    """A matrix product as in numpy: S_k A_ik B_kj; leading axes are aligned."""
    text = f"{held(one.text)} @ {held(other.text)}"
    if not one.ndim or not other.ndim:
        raise DeclarationError(
            "a matrix product with a number", where=text, expected="two arrays with axes", given="a number", fix="use *"
        )
    room = one.room
    left, right = one, other
    inner_left, inner_right = one.axes[-1], other.axes[-2 if other.ndim > 1 else 0]
    conform_inner(room, inner_left, inner_right, text, (one, other))
    inner = inner_left if inner_left is not None else inner_right
    batch_left, batch_right = left.axes[:-2] if left.ndim > 1 else (), right.axes[:-2] if right.ndim > 1 else ()
    shells = [Array(room, b, ONE, x.text) for b, x in ((batch_left, left), (batch_right, right))]
    batch, _ = aligned(shells, text)
    row = left.axes[-2:-1] if left.ndim > 1 else ()
    column = right.axes[-1:] if right.ndim > 1 else ()
    axes = distinct(room, [*batch, *row, *column])
    bound = None if inner is None else room.index_like(inner, [a for a in axes if a]) if inner in axes else inner
    at_left = (*axes[len(batch) - len(batch_left) : len(batch)], *axes[len(batch) : len(batch) + len(row)], bound)
    at_right = (*axes[len(batch) - len(batch_right) : len(batch)], bound, *axes[len(batch) + len(row) :])
    product = times(at_axes(left, at_left), at_axes(right, at_right))
    poly = product if bound is None else bind(product, [bound], limits_of(room, bound))
    return Array(room, tuple(axes), poly, text)


def conform_inner(room: Room, one: Axis, other: Axis, text: str, arrays: tuple[Array, Array]) -> None:
    """The contracted axes are of one length; an axis of length 1 is not repeated here."""
    if (one is None) != (other is None):
        lengths = [sympy.Integer(1) if a is None else room.count(a) for a in (one, other)]
        never = all(n.is_number for n in lengths)
        raise ShapeError(
            f"the shapes do not conform: {lengths[0]} and {lengths[1]} differ"
            + ("" if never else f", unless {equation(*lengths)}"),
            lengths=(lengths[0], lengths[1]),
            unless=None if never else sympy.Eq(*lengths),
            where=text,
            expected="the last axis of the first as long as the first of the second",
            given=" and ".join(f"{x.text} of shape {x._sizes()}" for x in arrays),
            fix="a transpose, A.T, or one size for both"
            if never
            else f"g.require(sympy.Eq({lengths[0]}, {lengths[1]})), or one size for both",
        )
    conform(room, one, other, text, arrays)


def distinct(room: Room, axes: Sequence[Axis]) -> list[Axis]:
    """The axes with different names: x x^T has two axes of one range."""
    found: list[Axis] = []
    for axis in axes:
        taken = [a for a in found if a]
        found.append(room.index_like(axis, taken) if axis in taken and axis else axis)
    return found
