"""What a program given as text may call: for each name the kinds of its arguments and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import NOTHING, ONE, guarded, put
from symgrad.algebra.records import Poly
from symgrad.declare import functions as f
from symgrad.declare.arrays import Array, Axis, Room
from symgrad.declare.numpy_names import CALLED, UFUNCS
from symgrad.errors import DeclarationError

Kinds = tuple[str, ...]  # array, literal, shape, size, text or type; the last one for all that follow
Row = tuple[Kinds, int, Callable[..., Array]]  # kinds, how many at most, what is done
ALONG = ("array", "literal")
ENTRY = ("array",)


def _filled(poly: Poly) -> Callable[..., Array]:
    def made(room: Room, counts: Sequence[Any]) -> Array:
        axes: list[Axis] = []
        for count in counts:
            axes.append(None if count == 1 else room.index_over(count, [a for a in axes if a]))
        return Array(room, tuple(axes), poly, "ones" if poly else "zeros")

    return made


def _eye(room: Room, counts: Sequence[Any]) -> Array:
    return diag(_filled(ONE)(room, counts[:1]))


def diag(of: Array) -> Array:
    """A diagonal matrix of a vector, or the diagonal of a square matrix."""
    if of.ndim == 1 and of.axes[0] is not None:
        row = of.axes[0]
        column = of.room.index_like(row, [row])
        same = Limit("eq", Affine.name(row) - Affine.name(column))
        return Array(of.room, (row, column), guarded(of.poly, [same]), f"diag({of.text})")
    if of.ndim == 2 and None not in of.axes:
        names = [str(a) for a in of.axes]
        limits = [{x.put({n: Affine.name("*")}) for x in of.room.model.indices[n].limits} for n in names]
        if limits[0] == limits[1]:
            return Array(of.room, of.axes[:1], put(of.poly, {names[1]: Affine.name(names[0])}), f"diag({of.text})")
    raise DeclarationError("diag of this array", where=of.text, expected="a vector, or a square matrix")


def _dot(one: Array, other: Array) -> Array:
    """As in numpy, a product where one of them is a number; three axes on the right are another sum than that of @."""
    if other.ndim > 2:
        raise DeclarationError("dot of this array", where=other.text, expected="at most two axes, or @")
    return f.dot(one, other) if one.ndim and other.ndim else one * other


def _outer(one: Array, other: Array) -> Array:
    """As in numpy, of all entries in a row: (n, 1) and (1, n) count as (n,), a number as (1,)."""
    flat = []
    for a in (one, other):
        axes = tuple(x for x in a.axes if x is not None)
        if len(axes) > 1:
            raise DeclarationError("outer of a matrix", where=a.text, expected="two vectors")
        flat.append(Array(a.room, axes or (None,), a.poly, a.text))
    return f.outer(*flat)


def _variance(of: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Law: var(a) is the mean of (a - mean(a))**2, over the number of entries."""
    return f.mean((of - f.mean(of, axis, keepdims=True)) ** 2, axis, keepdims)


def _reshaped(of: Array, *shape: Any) -> Array:
    """A vector as a column or a row; other shapes would mix axes."""
    wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    views: dict[tuple[int, ...], Any] = {(-1, 1): (slice(None), None), (1, -1): (None, slice(None)), (-1,): slice(None)}
    known = [a for a in of.axes if a is not None]
    if len(known) != 1 or wanted not in views:
        raise DeclarationError("reshape of this array", where=of.text, expected="(-1, 1), (1, -1) or -1 of a vector")
    return Array(of.room, tuple(known), of.poly, of.text)[views[wanted]]


def _sum_of_list(of: Array) -> Array:
    """Python's own sum walks over the first axis."""
    return f.sum(of, axis=0)


def _of_one_axis(work: Callable[..., Array]) -> Callable[..., Array]:
    """Python's own max and min take lists only, and nobody knows along which axis a softmax of a matrix goes."""

    def found(of: Array) -> Array:
        if of.ndim != 1:
            raise DeclarationError("a function of vectors only", where=of.text, expected="np.max(..., axis=...)")
        return work(of)

    return found


def _transposed(of: Array, *order: Any) -> Array:
    plain = order[0] if len(order) == 1 and isinstance(order[0], tuple) else order
    if plain and len(plain) != of.ndim:
        raise DeclarationError("an order of other axes", where=of.text, expected=f"{of.ndim} of them")
    return of.transpose(*plain)


def _expanded(of: Array, axis: int) -> Array:
    if not -of.ndim - 1 <= axis <= of.ndim:
        raise DeclarationError("a place for an axis that does not exist", where=of.text, given=str(axis))
    return CALLED["expand_dims"](of, axis)


# Laws: numpy's operations are those of `numpy_names`; a method has its array as the first argument.
MANY = 20
OF_TWO = ("maximum", "minimum", "matmul", "add", "subtract", "multiply", "true_divide", "divide", "power")
REDUCED = ("sum", "mean", "max", "amax", "min", "amin", "prod")
CALLS: Mapping[str, Row] = {
    **{
        name: (ENTRY, 2 if name in OF_TWO else 1, work)
        for name, work in UFUNCS.items()
        if name[:4] not in ("grea", "less")
    },
    "abs": (ENTRY, 1, f.absolute),
    **{name: (ALONG, 2, CALLED[name]) for name in REDUCED},
    "var": (ALONG, 2, _variance),
    "std": (ALONG, 2, lambda a, *rest, **options: f.sqrt(_variance(a, *rest, **options))),
    "expand_dims": (ALONG, 2, _expanded),
    "where": (ENTRY, 3, CALLED["where"]),
    "ones_like": (ENTRY, 1, CALLED["ones_like"]),
    "zeros_like": (ENTRY, 1, lambda a: a * 0),
    "outer": (ENTRY, 2, _outer),
    "inner": (ENTRY, 2, lambda a, b: _dot(a, b.T if b.ndim == 2 else b)),
    "dot": (ENTRY, 2, _dot),
    "transpose": (ALONG, 2, _transposed),
    "swapaxes": (ALONG, 3, CALLED["swapaxes"]),
    "tril": (ALONG, 2, CALLED["tril"]),
    "triu": (ALONG, 2, CALLED["triu"]),
    "reshape": (ALONG, 2, _reshaped),
    "einsum": (("text", "array"), MANY, CALLED["einsum"]),
    "ones": (("shape",), 1, _filled(ONE)),
    "zeros": (("shape",), 1, _filled(NOTHING)),
    "eye": (("size",), 1, _eye),
    "identity": (("size",), 1, _eye),
    "diag": (ENTRY, 1, diag),
}
METHODS: Mapping[str, Row] = {
    **{name: CALLS[name] for name in ("sum", "mean", "max", "min", "prod", "var", "std", "dot", "swapaxes")},
    "transpose": (ALONG, MANY, _transposed),
    "reshape": (ALONG, MANY, _reshaped),
    "copy": (ENTRY, 1, lambda a: a),
    "astype": (("array", "type"), 2, lambda a: a),
}
PLAIN = ("sigmoid", "relu", "softplus", "silu", "gelu", "step", "erf", "norm")
BARE: Mapping[str, Row] = {
    **{name: row for name, row in CALLS.items() if name not in ("sum", "max", "min")},
    **{name: (ENTRY, 1, getattr(f, name)) for name in PLAIN},
    **{name: (ENTRY, 1, _of_one_axis(getattr(f, name))) for name in ("softmax", "log_softmax")},
    "sum": (ENTRY, 1, _sum_of_list),
    "max": (ENTRY, 1, _of_one_axis(f.max)),
    "min": (ENTRY, 1, _of_one_axis(f.min)),
}
