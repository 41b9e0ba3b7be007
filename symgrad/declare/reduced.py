"""Array notation: what runs over an axis: sums, means, products, extremes, softmax, norms, and joining arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import bind, call, guarded, power, put, reduction, times, total
from symgrad.algebra.records import Poly
from symgrad.declare.arrays import Array, Axis, aligned, array, at_axes, length, limits_of
from symgrad.errors import DeclarationError


def places(value: Array, axis: Any, text: str) -> list[int]:
    """The axes that are meant: all of them for None."""
    if axis is None:
        return list(range(value.ndim))
    given = list(axis) if isinstance(axis, tuple | list) else [axis]
    for a in given:
        if isinstance(a, bool) or not isinstance(a, int) or not -value.ndim <= a < value.ndim:
            raise DeclarationError(
                f"{value.text} has no axis {a}",
                where=text,
                expected=f"0 to {value.ndim - 1}, or -1 for the last" if value.ndim else "an array with axes",
                given=str(a),
            )
    found = [a % value.ndim for a in given]
    if len(set(found)) < len(found):
        raise DeclarationError("an axis given twice", where=text, given=str(axis))
    return found


def over(
    value: Array, axis: Any, keepdims: bool, name: str, fold: Callable[[Poly, list[str], list[Limit]], Poly]
) -> Array:
    text = f"{name}({value.text}{'' if axis is None else f', axis={axis}'})"
    which = places(value, axis, text)
    names = [a for n, a in enumerate(value.axes) if n in which and a is not None]
    limits = [x for n in names for x in limits_of(value.room, n)]
    axes: list[Axis] = [None if n in which else a for n, a in enumerate(value.axes)]
    kept = axes if keepdims else [a for n, a in enumerate(axes) if n not in which]
    return Array(value.room, tuple(kept), fold(value.poly, names, limits) if names else value.poly, text)


def sum_of(value: Array, axis: Any = None, keepdims: bool = False) -> Array:
    return over(value, axis, keepdims, "sum", bind)


def mean_of(value: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The sum over axes, divided by the number of entries."""
    which = places(value, axis, f"mean({value.text})")
    sizes = [length(value.room, a) for n, a in enumerate(value.axes) if n in which]
    found = over(value, axis, keepdims, "mean", bind)
    return Array(
        found.room, found.axes, times(power(times(*sizes), -1), found.poly) if sizes else found.poly, found.text
    )


def extreme(function: str) -> Callable[..., Array]:
    """max, min or prod over axes, the last of them innermost."""

    def found(value: Array, axis: Any = None, keepdims: bool = False) -> Array:
        def fold(poly: Poly, names: list[str], limits: list[Limit]) -> Poly:
            context = Context(frozenset(value.room.model.sizes), {}, value.room.model.relations)
            for name in reversed(names):
                own = [x for x in limits if name in x.of.names]
                ends = [x.of for x in own]
                if function != "prod" and (len(ends) != 2 or not context.proves(ends[0] + ends[1])):
                    raise DeclarationError(
                        f"a {function} over an axis that may be empty",
                        where=f"{function}({value.text})",
                        expected="an axis of length 1 or more for all sizes",
                        given=str(value.room.count(name)),
                        fix="g.require(...) a relation between the sizes",
                    )
                poly = reduction(function, poly, name, own)
            return poly

        return over(value, axis, keepdims, function, fold)

    return found


max_of, min_of, prod_of = extreme("max"), extreme("min"), extreme("prod")


def norm_of(value: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """The root of the sum of squares."""
    found = over(Array(value.room, value.axes, power(value.poly, 2), value.text), axis, keepdims, "norm", bind)
    return Array(found.room, found.axes, power(found.poly, Fraction(1, 2)), found.text)


def softmax_of(value: Array, axis: Any = -1, mask: Array | None = None) -> Array:
    """exp(a) over the sum of exp(a) along axes, both only where the mask is 1."""
    top = Array(value.room, value.axes, call("exp", value.poly), value.text)
    top = top if mask is None else top * mask
    below = sum_of(top, axis, keepdims=True)
    axes, (p, q) = aligned([top, below], f"softmax({value.text}, axis={axis})")
    return Array(value.room, axes, times(p, power(q, -1)), f"softmax({value.text}, axis={axis})")


def logsumexp_of(value: Array, axis: Any = -1, keepdims: bool = False) -> Array:
    """The logarithm of the sum of exp(a) along axes."""
    top = Array(value.room, value.axes, call("exp", value.poly), value.text)
    below = over(top, axis, keepdims, "logsumexp", bind)
    return Array(below.room, below.axes, call("log", below.poly), below.text)


def log_softmax_of(value: Array, axis: Any = -1) -> Array:
    """a - log sum exp(a) along axes."""
    below = logsumexp_of(value, axis, keepdims=True)
    axes, (p, q) = aligned([value, below], f"log_softmax({value.text}, axis={axis})")
    return Array(value.room, axes, p - q, f"log_softmax({value.text}, axis={axis})")


def concatenated(parts: Sequence[Any], axis: int = 0) -> Array:
    """Arrays one after the other along an axis: k from 0 on reads the first, then the second at k minus its length."""
    owner = next(p for p in parts if hasattr(p, "room"))
    arrays = [array(p, owner.room, "concatenate") for p in parts]
    room, text = arrays[0].room, f"concatenate([{', '.join(a.text for a in arrays)}], axis={axis})"
    (place,) = places(arrays[0], axis, text)
    if any(a.ndim != arrays[0].ndim for a in arrays):
        raise DeclarationError("arrays with different numbers of axes", where=text, expected="the same number in all")
    if len({tuple(x is None for n, x in enumerate(a.axes) if n != place) for a in arrays}) > 1:
        raise DeclarationError(
            "arrays of different lengths beside the axis", where=text, expected="equal lengths: none of 1 is repeated"
        )
    others = [Array(room, (*a.axes[:place], *a.axes[place + 1 :]), a.poly, a.text) for a in arrays]
    axes, _ = aligned(others, text)
    counts = [1 if a.axes[place] is None else room.count(a.axes[place]) for a in arrays]  # type: ignore[arg-type]
    joined = room.index_over(sum(counts), [a for a in axes if a])
    whole = (*axes[:place], joined, *axes[place:])
    at, start, found = Affine.name(joined), Affine.number(0), []
    for a, count in zip(arrays, counts, strict=True):
        end = start + room.affine(count, text)
        here = at_axes(a, whole)
        found.append(guarded(put(here, {joined: at - start}), [Limit("ge", at - start), Limit("ge", end - 1 - at)]))
        start = end
    return Array(room, whole, total(found), text)


def triangle(value: Array, lower: bool, shift: int = 0) -> Array:
    """The entries on and below the diagonal (or above it) of the last two axes, 0 elsewhere."""
    text = f"{'tril' if lower else 'triu'}({value.text}{f', {shift}' if shift else ''})"
    if value.ndim < 2 or None in value.axes[-2:]:
        raise DeclarationError("a triangle of less than two axes", where=text, given=str(value.ndim))
    row, column = (Affine.name(a) - value.room.model.indices[a].start for a in value.axes[-2:])  # type: ignore[arg-type,index]
    of = row - column + shift if lower else column - row - shift
    return Array(value.room, value.axes, guarded(value.poly, [Limit("ge", of)]), text)
