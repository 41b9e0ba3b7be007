"""Array notation: `X @ W + b`, turned into component form at once.

An array knows its entry at named axes, nothing else; `define` gives it a name. Shapes follow numpy: axes are aligned
from the last one, an axis of length 1 is repeated, `@` contracts the last axis with the last but one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn, Protocol

import sympy

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import ONE, call, index_value, lone, power, put, times
from symgrad.algebra.powers import MOST_POWER
from symgrad.algebra.records import Poly
from symgrad.declare.model import Model
from symgrad.declare.names import HandleError, Tensor
from symgrad.errors import DeclarationError, ShapeError

Axis = str | None  # the name of an index, or None for an axis of length 1 that nothing depends on


class Room(Protocol):
    """What an array needs of the graph it belongs to."""

    model: Model

    @property
    def sizes_named(self) -> Mapping[str, Any]: ...
    def read(self, value: Any, where: str = "") -> tuple[Poly, tuple[str, ...]]: ...
    def show(self, poly: Poly, taken: Any = ()) -> sympy.Expr: ...
    def index_like(self, name: str, avoid: Sequence[str]) -> str: ...
    def index_over(self, count: Any, avoid: Sequence[str]) -> str: ...
    def count(self, name: str) -> sympy.Expr: ...
    def affine(self, value: Any, where: str) -> Affine: ...


@dataclass(frozen=True, eq=False)
class Array:
    """An array expression of one graph: its entry at `axes`. `text` is how it was written."""

    room: Room
    axes: tuple[Axis, ...]
    poly: Poly
    text: str

    _op_priority = 20.0  # SymPy leaves its operators to ours
    __array_priority__ = 1000.0

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        return tuple(sympy.Integer(1) if a is None else self.room.count(a) for a in self.axes)

    @property
    def ndim(self) -> int:
        return len(self.axes)

    @property
    def T(self) -> Array:
        """The axes in reverse order."""
        return Array(self.room, self.axes[::-1], self.poly, f"{held(self.text)}.T")

    @property
    def mT(self) -> Array:
        """The last two axes exchanged."""
        return self.swapaxes(-1, -2)

    def swapaxes(self, one: int, other: int) -> Array:
        axes = list(self.axes)
        axes[one], axes[other] = axes[other], axes[one]
        return Array(self.room, tuple(axes), self.poly, f"{held(self.text)}.swapaxes({one}, {other})")

    def transpose(self, *order: int) -> Array:
        """The axes in another order; in reverse where none is given."""
        order = order or tuple(range(self.ndim))[::-1]
        if sorted(a % self.ndim for a in order) != list(range(self.ndim)):
            raise DeclarationError(
                "an order of axes that leaves some out",
                where=f"{self.text}.transpose{order}",
                expected=f"each of 0..{self.ndim - 1} once",
                given=str(order),
            )
        return Array(self.room, tuple(self.axes[a] for a in order), self.poly, f"{held(self.text)}.transpose{order}")

    def __getitem__(self, given: Any) -> Array:
        from symgrad.declare.slices import taken

        return taken(self, given)

    def __add__(self, other: Any) -> Array:
        return elementwise(self, "+", other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Array:
        return elementwise(other, "+", self, lambda a, b: a + b, self)

    def __sub__(self, other: Any) -> Array:
        return elementwise(self, "-", other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Array:
        return elementwise(other, "-", self, lambda a, b: a - b, self)

    def __mul__(self, other: Any) -> Array:
        return elementwise(self, "*", other, times)

    def __rmul__(self, other: Any) -> Array:
        return elementwise(other, "*", self, times, self)

    def __truediv__(self, other: Any) -> Array:
        return elementwise(self, "/", other, lambda a, b: times(a, power(b, -1)))

    def __rtruediv__(self, other: Any) -> Array:
        return elementwise(other, "/", self, lambda a, b: times(a, power(b, -1)), self)

    def __pow__(self, other: Any) -> Array:
        return elementwise(self, "**", other, lambda a, b: raised(a, b, f"{held(self.text)}**{other}"))

    def __rpow__(self, other: Any) -> Array:
        return elementwise(other, "**", self, lambda a, b: raised(a, b, f"{other}**{held(self.text)}"), self)

    def __matmul__(self, other: Any) -> Array:
        return _products().matmul(self, array(other, self.room, "@"))

    def __rmatmul__(self, other: Any) -> Array:
        return _products().matmul(array(other, self.room, "@"), self)

    def __neg__(self) -> Array:
        return Array(self.room, self.axes, -self.poly, f"-{held(self.text)}")

    def __pos__(self) -> Array:
        return self

    def __abs__(self) -> Array:
        return mapped("abs", self)

    def __gt__(self, other: Any) -> Array:
        return _masks().compared(self, ">", other)

    def __lt__(self, other: Any) -> Array:
        return _masks().compared(self, "<", other)

    def __ge__(self, other: Any) -> Array:
        return _masks().compared(self, ">=", other)

    def __le__(self, other: Any) -> Array:
        return _masks().compared(self, "<=", other)

    def __and__(self, other: Any) -> Array:
        return _masks().joined(self, "&", other, self)

    def __or__(self, other: Any) -> Array:
        return _masks().joined(self, "|", other, self)

    def __invert__(self) -> Array:
        return Array(self.room, self.axes, ONE - _masks().as_mask(self, "~").poly, f"~{held(self.text)}")

    def __eq__(self, other: object) -> bool:
        self._refuse("a thing to compare by == or !=", "a comparison: A > B, A <= B")

    __hash__ = object.__hash__

    def _in_place(self, other: Any) -> NoReturn:
        self._refuse("a thing to change in place", f"a new array: A = {self.text} + B")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = __imatmul__ = _in_place

    def sum(self, axis: Any = None, keepdims: bool = False) -> Array:
        from symgrad.declare.reduced import sum_of

        return sum_of(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Array:
        from symgrad.declare.reduced import mean_of

        return mean_of(self, axis, keepdims)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Array:
        from symgrad.declare.numpy_names import by_ufunc

        return by_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        from symgrad.declare.numpy_names import by_function

        return by_function(function, arguments, options)

    def _sympy_(self) -> sympy.Expr:
        if self.axes:
            self._refuse("a function of numbers", f"sg.{{name}}(...) takes arrays: sg.exp({self.text})")
        return self.room.show(self.poly)

    def __iter__(self) -> NoReturn:
        self._refuse("a list to walk over", "an operation on the whole array: A @ B, sg.sum(A, axis=0)")

    def __len__(self) -> NoReturn:
        self._refuse("a list with a length", f"its sizes: {self._sizes()}")

    def __bool__(self) -> NoReturn:
        self._refuse("true or false", "sg.where(A > 0, B, C)")

    def __float__(self) -> NoReturn:
        self._refuse("a number", "its name: g.define(...)")

    def _refuse(self, what: str, expected: str) -> NoReturn:
        raise HandleError(f"{self.text} is a symbolic array, not {what}", where=self.text, expected=expected)

    def _sizes(self) -> str:
        return f"({', '.join(map(str, self.shape))}{',' if self.ndim == 1 else ''})"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.text}: {self._sizes()}>"


def _products() -> Any:
    import symgrad.declare.products as room

    return room


def _masks() -> Any:
    import symgrad.declare.masks as room

    return room


# --- operands ----------------------------------------------------------------------------------------------------


def array(value: Any, room: Room, where: str) -> Array:
    """A handle, an array, a number or an expression without free indices, as an array of a graph."""
    if isinstance(value, Array):
        if value.room is not room:
            raise DeclarationError(
                "arrays of two graphs", where=where, given=value.text, fix="declare it in this graph"
            )
        return value
    if isinstance(value, Tensor):
        if value.name not in room.model.tensors or value.room is not room:
            raise DeclarationError("an array of another graph", where=where, given=value.name)
        tensor = room.model.tensors[value.name]
        single = {a: room.model.indices[a].start for a in tensor.axes if room.count(a) == 1}
        axes = tuple(None if a in single else a for a in tensor.axes)
        return Array(room, axes, put(lone(tensor.entry), single), value.name)
    if isinstance(value, list | tuple) or (bool(getattr(value, "ndim", 0))):
        raise DeclarationError(
            "an array of numbers",
            where=where,
            expected="a declared name, its numbers are given apart",
            given=type(value).__name__,
            fix='g.input("A", m, n)',
        )
    poly, free = room.read(value, f"{value} in {where}")
    if free:
        raise DeclarationError(
            f"array notation and index {free[0]} in one expression",
            where=f"{value} in {where}",
            expected="whole arrays, or entries of all of them",
            given=str(value),
            fix="use the name without its indices, or write every entry: x[i] + y[i]",
        )
    return Array(room, (), poly, str(value))


def elementwise(
    one: Any, sign: str, other: Any, join: Callable[[Poly, Poly], Poly], owner: Array | None = None
) -> Array:
    """Two arrays entry by entry, axes aligned from the last one."""
    room = (one if owner is None else owner).room
    a, b = array(one, room, sign), array(other, room, sign)
    text = f"{held(a.text)} {sign} {held(b.text)}" if sign not in "+-" else f"{a.text} {sign} {held(b.text)}"
    if sign in "+-" and all(x.poly.number is None and _masks().is_mask(x.poly) for x in (a, b)):
        raise DeclarationError("a sum of masks", where=text, expected="masks joined by & and |", given=text)
    axes, (p, q) = aligned([a, b], text)
    return Array(room, axes, join(p, q), text)


def aligned(arrays: Sequence[Array], text: str) -> tuple[tuple[Axis, ...], list[Poly]]:
    """The axes of the result, and every entry at them."""
    room, rank = arrays[0].room, max(a.ndim for a in arrays)
    axes: list[Axis] = []
    for place in range(rank):  # from the first axis of the longest
        names = [a.axes[place - rank + a.ndim] for a in arrays if place - rank + a.ndim >= 0]
        lead = next((n for n in names if n is not None), None)
        others = [n for n in names if n is not None and n != lead]
        for other in others:
            conform(room, lead, other, text, arrays)
        axes.append(room.index_like(lead, [x for x in axes if x]) if lead in axes and lead else lead)
    return tuple(axes), [at_axes(a, axes[rank - a.ndim :]) for a in arrays]


def at_axes(array: Array, axes: Sequence[Axis]) -> Poly:
    """The entry at other axes of the same lengths; an axis of length 1 stays at its only value."""
    model = array.room.model
    values = {}
    for mine, new in zip(array.axes, axes, strict=True):
        if mine is not None and new is not None:
            values[mine] = Affine.name(new) + model.indices[mine].start - model.indices[new].start
    return put(array.poly, values)


def conform(room: Room, one: Axis, other: Axis, text: str, arrays: Sequence[Array]) -> None:
    """Refuses two axes that are not known to be of one length."""
    if one is None or other is None or one == other:
        return
    a, b = (_length(room, n) for n in (one, other))
    if a is not None and b is not None:
        context = Context(frozenset(room.model.sizes), {}, room.model.relations)
        if context.proves(a - b) and context.proves(b - a):
            return
        never = context.proves(a - b - 1) or context.proves(b - a - 1)
    else:
        if _moved(room, one) == _moved(room, other):
            return
        never = False
    m, n = room.count(one), room.count(other)
    shapes = " and ".join(f"{x.text} of shape {x._sizes()}" for x in arrays)
    raise ShapeError(
        f"the shapes do not conform: {m} and {n} differ" + ("" if never else f", unless {equation(m, n)}"),
        lengths=(m, n),
        unless=None if never else sympy.Eq(m, n),
        where=text,
        expected="axes of one length"
        if "@" not in text
        else "the last axis of the first as long as the first of the second",
        given=shapes,
        fix="a transpose, A.T, or one size for both"
        if never
        else f"g.require(sympy.Eq({m}, {n})), or one size for both",
    )


def equation(m: sympy.Expr, n: sympy.Expr) -> str:
    return f"{n} = {m}" if m.is_number else f"{m} = {n}"


def _length(room: Room, name: str) -> Affine | None:
    """The number of values of an index, where it is an affine expression."""
    low, high = ([x for x in room.model.indices[name].limits if x.slope(name) == Affine.number(s)] for s in (1, -1))
    known = len(room.model.indices[name].limits) == 2 and len(low) == len(high) == 1
    return low[0] + high[0] + 1 if known else None


def _moved(room: Room, name: str) -> frozenset[Affine]:
    """The range of an index from 0 on, whatever its name."""
    index = room.model.indices[name]
    return frozenset(x.put({name: Affine.name("*") + index.start}) for x in index.limits)


def held(text: str) -> str:
    """A text in brackets where it is made of several."""
    return f"({text})" if " " in text.split("(")[0] or text.startswith("-") else text


# --- operations --------------------------------------------------------------------------------------------------


def raised(base: Poly, exponent: Poly, where: str) -> Poly:
    """A power with a rational exponent; with any exponent where the base is known to be positive."""
    value = exponent.number
    if value is not None:
        if max(abs(value.numerator), value.denominator) > MOST_POWER:
            raise DeclarationError("an exponent that is too large", where=where, expected=f"up to {MOST_POWER}")
        return power(base, value)
    if base.sign != "positive":
        raise DeclarationError(
            "a power with a symbolic exponent of something that may be 0 or negative",
            where=where,
            expected="a rational exponent, or a base known to be positive",
            fix="sg.exp(exponent * sg.log(base))",
        )
    return call("pow", base, exponent)


def mapped(function: str, value: Array, *rest: Poly) -> Array:
    """A function of every entry."""
    poly = power(value.poly, Fraction(1, 2)) if function == "sqrt" else call(function, value.poly, *rest)
    return Array(value.room, value.axes, poly, f"{function}({value.text})")


def limits_of(room: Room, name: str) -> list[Limit]:
    return [Limit("ge", of) for of in room.model.indices[name].limits]


def length(room: Room, axis: Axis) -> Poly:
    """The length of an axis as a number in a formula."""
    if axis is None:
        return ONE
    found = _length(room, axis)
    if found is None:
        raise DeclarationError(
            "a length with a floor as a number",
            where=f"an axis of length {room.count(axis)}",
            expected="a size, or sums of their multiples",
        )
    return index_value(found, dict.fromkeys(room.model.sizes, "positive"))
