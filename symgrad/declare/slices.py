"""Parts of arrays: `A[0]`, `A[1:]`, `A[..., None]`, `A[:, ::-1]`, in component form at once."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import sympy

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Affine, Context
from symgrad.algebra.normal import put
from symgrad.declare.arrays import Array, Axis, Room
from symgrad.errors import DeclarationError


def taken(array: Array, given: Any) -> Array:
    """An array at numbers and slices, as in numpy; a slice that may reach out of its axis is refused."""
    keys = _complete(array, given if isinstance(given, tuple) else (given,))
    text = f"{array.text}[{', '.join(map(_shown, keys))}]"
    axes: list[Axis] = []
    values: dict[str, Affine] = {}
    rest = list(array.axes)
    for key in keys:
        if key is None:
            axes.append(None)
            continue
        axis = rest.pop(0)
        if isinstance(key, slice):
            name, at = _slice(array.room, axis, key, [a for a in (*axes, *rest) if a], text)
            axes.append(name)
        else:
            at = _position(array.room, axis, key, text)
        if axis is not None and at is not None:
            values[axis] = at
    return Array(array.room, tuple(axes), put(array.poly, values), text)


def _complete(array: Array, keys: tuple[Any, ...]) -> list[Any]:
    """The keys with ... written out, one for each axis."""
    asked = sum(k is not None and not isinstance(k, EllipsisType) for k in keys)
    if asked > array.ndim:
        raise DeclarationError(
            f"{array.text} has {array.ndim} axes, not {asked}",
            where=f"{array.text}[{', '.join(map(_shown, keys))}]",
            expected=f"up to {array.ndim} places",
            given=str(asked),
        )
    missing = [slice(None)] * (array.ndim - asked)
    found: list[Any] = []
    for key in keys:
        found += missing if isinstance(key, EllipsisType) else [key]
    return found if any(isinstance(k, EllipsisType) for k in keys) else [*keys, *missing]


def _shown(key: Any) -> str:
    if isinstance(key, EllipsisType):
        return "..."
    if not isinstance(key, slice):
        return str(key)
    ends = ["" if x is None else str(x) for x in (key.start, key.stop)]
    return ":".join([*ends, str(key.step)] if key.step is not None else ends)


def _slice(room: Room, axis: Axis, key: slice, avoid: list[str], text: str) -> tuple[Axis, Affine | None]:
    """The axis of a slice, and where its entries stand in the old one."""
    if key == slice(None) or axis is None:
        if key != slice(None):
            raise DeclarationError("a slice of an axis of length 1", where=text, fix="[0] or [:]")
        return axis, None
    size, first = room.count(axis), room.model.indices[axis].start
    step = 1 if key.step is None else key.step
    if not isinstance(step, int) or step == 0 or (step < -1):
        raise DeclarationError(
            "a step that is not a number of places forwards", where=text, expected="1, 2, ..., or ::-1", given=str(step)
        )
    if step == -1:
        if key.start is not None or key.stop is not None:
            raise DeclarationError("a part in reverse order", where=text, fix="first the part, then [::-1]")
        name = room.index_like(axis, avoid) if axis in avoid else axis
        last = _affine(room, size - 1, text)
        return name, first + last - (Affine.name(name) - room.model.indices[name].start)
    start = _place(0 if key.start is None else key.start, size)
    stop = _place(size if key.stop is None else key.stop, size)
    low, high, whole = (_affine(room, e, text) for e in (start, stop, size))
    context = Context(frozenset(room.model.sizes), {}, room.model.relations)
    for inside, bad in ((low, start), (whole - high, stop), (high - low, f"{start}:{stop}")):
        if not context.proves(inside):
            raise DeclarationError(
                f"a part that may reach out of an axis of length {size}",
                where=text,
                expected=f"0 <= {start} <= {stop} <= {size} for all sizes",
                given=str(bad),
                fix="g.require(...) a relation between the sizes",
            )
    if step == 1 and stop - start == 1:
        return None, first + low
    count = stop - start if step == 1 else sympy.floor((stop - start + step - 1) / sympy.Integer(step))
    name = room.index_over(count, avoid)
    return name, first + low + (Affine.name(name) - room.model.indices[name].start) * step


def _place(given: Any, size: sympy.Expr) -> sympy.Expr:
    """A place counted from the end where it is a negative number."""
    place = expression(given)
    return size + place if place.is_number and place < 0 else place


def _position(room: Room, axis: Axis, key: Any, text: str) -> Affine | None:
    if isinstance(key, str | float | bool) or not isinstance(key, int | sympy.Expr):
        raise DeclarationError(
            "a place in an array is a number, a size or a slice",
            where=text,
            given=repr(key),
            expected="A[0], A[1:], A[:, None]",
        )
    if axis is None:
        if key not in (0, -1):
            raise DeclarationError("a place outside of an axis of length 1", where=text, given=str(key), expected="0")
        return None
    place = _affine(room, _place(key, room.count(axis)), text)
    context = Context(frozenset(room.model.sizes), {}, room.model.relations)
    last = _affine(room, room.count(axis) - 1, text)
    if not context.proves(place) or not context.proves(last - place):
        raise DeclarationError(
            f"a place that may be outside of an axis of length {room.count(axis)}",
            where=text,
            expected=f"0 to {room.count(axis) - 1} for all sizes",
            given=str(key),
        )
    return place + room.model.indices[axis].start


def _affine(room: Room, value: Any, text: str) -> Affine:
    return room.affine(value, text)
