"""The SymPy objects users write with: sizes, indices, scalars, tensor handles, and the sum over an index."""

from __future__ import annotations

from typing import Any, NoReturn

from sympy import Expr, IndexedBase, Symbol

from symgrad.algebra import border_names as border
from symgrad.algebra.border_names import expression, summed
from symgrad.errors import DeclarationError


class Size(Symbol):
    """A symbolic size: an integer >= 1."""

    def __new__(cls, name: str) -> Size:
        return Symbol.__xnew__(cls, name, integer=True, positive=True)


class Index(Symbol):
    """An index: an integer variable that knows its first and last value; prints as its name."""

    first: Expr
    last: Expr

    def __new__(cls, name: str, first: Expr, last: Expr) -> Index:
        self = Symbol.__xnew__(cls, name, integer=True)
        self.first, self.last = first, last
        return self

    def _hashable_content(self) -> tuple:
        return (*super()._hashable_content(), str(self.first), str(self.last))

    def __getnewargs_ex__(self) -> tuple:
        return (self.name, self.first, self.last), {}


class Scalar(Symbol):
    """A declared name without indices."""

    def __new__(cls, name: str) -> Scalar:
        return Symbol.__xnew__(cls, name)


class HandleError(DeclarationError, TypeError):
    """A handle used as if it were a number or a list."""


class Tensor:
    """A handle of a declared name with indices: `x[i]` is an entry, `x` alone the whole array (arrays.py)."""

    _op_priority = 20.0  # SymPy leaves its operators to ours
    __array_priority__ = 1000.0

    def __init__(self, name: str, axes: tuple[Index, ...], shape: tuple[Expr, ...], room: Any = None) -> None:
        self.name, self.axes, self.shape, self.room = name, axes, shape, room
        self._base = IndexedBase(name)

    @property
    def as_array(self) -> Any:
        """The whole array in array notation."""
        from symgrad.declare.arrays import array

        return array(self, self.room, self.name)

    @property
    def ndim(self) -> int:
        return len(self.axes)

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return self.as_array.T

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return self.as_array.mT

    def __getitem__(self, indices: Any) -> Any:
        given = indices if isinstance(indices, tuple) else (indices,)
        row = len(given) < len(self.axes) and all(isinstance(x, int) for x in given)
        if row or any(isinstance(x, slice) or x is None or x is Ellipsis for x in given):
            return self.as_array[indices]
        if len(given) != len(self.axes):
            raise DeclarationError(
                f"{self.name} has {len(self.axes)} {'index' if len(self.axes) == 1 else 'indices'}, not {len(given)}",
                where=f"{self.name}[{', '.join(map(str, given))}]",
                expected=repr(self),
                given=f"{len(given)} of them",
                fix=f"write {self!r}",
            )
        for position, index in enumerate(given):
            if isinstance(index, float | str):
                raise DeclarationError(
                    f"an index of {self.name} is not an integer expression",
                    where=f"index {position + 1} of {self.name}",
                    expected="an index, a size, an integer, or sums of their multiples",
                    given=repr(index),
                    fix=f"write {self!r}, or slices for the other axes too: [2, :]",
                )
        return self._base[tuple(expression(x) for x in given)]

    @property
    def entry(self) -> Expr:
        """The entry at the declared indices."""
        return self[self.axes]

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise HandleError(
            f"{self.name} is an array, not a number",
            where=f"{self.name} in an expression",
            expected=f"an entry, {self!r}, or the whole array in array notation",
            given=f"{self.name} without its indices",
            fix=f"write {self!r}, or sg.exp({self.name}) and the like for every entry",
        )

    __call__ = __float__ = __int__ = __bool__ = _sympy_ = __array__ = _refuse

    def __array_ufunc__(self, *given: Any, **options: Any) -> Any:
        return self.as_array.__array_ufunc__(*given, **options)

    def __array_function__(self, *given: Any) -> Any:
        return self.as_array.__array_function__(*given)

    def __iter__(self) -> NoReturn:
        raise HandleError(
            f"{self.name} is symbolic and has no entries to walk over",
            where=f"iteration over {self.name}",
            expected=f"an entry, {self!r}, or a sum over its indices",
            fix=f"sg.Sum({self!r}, {self.axes[-1]})",
        )

    def __len__(self) -> NoReturn:
        shape = ", ".join(map(str, self.shape))
        raise HandleError(
            f"{self.name} has symbolic sizes ({shape}), so no length",
            where=f"len({self.name})",
            expected=f"its sizes: {shape}",
        )

    def __repr__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.axes))}]"


def _of_the_array(name: str) -> Any:
    """An operation on the whole array."""
    return lambda self, *given, **options: getattr(self.as_array, name)(*given, **options)


OPERATIONS = (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __pow__ __rpow__ __matmul__ "
    "__rmatmul__ __neg__ __pos__ __abs__ __lt__ __le__ __gt__ __ge__ __and__ __or__ __invert__ sum mean swapaxes "
    "transpose __iadd__ __isub__ __imul__ __itruediv__ __ipow__ __imatmul__"
)
for _name in OPERATIONS.split():
    setattr(Tensor, _name, _of_the_array(_name))


def Sum(body: Any, *indices: Index) -> Expr:
    """The sum of an expression over indices; an empty range gives 0.

    `Sum(x[i]*y[j], i, j)` sums over both ranges.
    """
    _check_indices("Sum", body, indices)
    return summed(expression(body), *((i, i.first, i.last) for i in indices))


def Max(body: Any, *indices: Index) -> Expr:
    """The greatest value of an expression over indices whose ranges cannot be empty.

    Where several are greatest the gradient goes to the first, in the order of the indices as given, or is split: see
    `Graph(ties=...)`. `Max(x[i, j], i, j)` runs over both; sympy's own Max is for values: `sympy.Max(a, b)`.
    """
    return _reduced(border.Max, "Max", body, indices)


def Min(body: Any, *indices: Index) -> Expr:
    """The least value of an expression over indices; as Max."""
    return _reduced(border.Min, "Min", body, indices)


def Product(body: Any, *indices: Index) -> Expr:
    """The product of an expression over indices; an empty range gives 1."""
    return _reduced(border.Product, "Product", body, indices)


def Argmax(body: Any, index: Index) -> Expr:
    """The first value of an index at which an expression is greatest, as in `KroneckerDelta(j, Argmax(x[k], k))`."""
    return _reduced(border.Argmax, "Argmax", body, (index,))


def Argmin(body: Any, index: Index) -> Expr:
    """The first value of an index at which an expression is least; as Argmax."""
    return _reduced(border.Argmin, "Argmin", body, (index,))


def _reduced(kind: type[border.Over], label: str, body: Any, indices: tuple[Index, ...]) -> Expr:
    _check_indices(label, body, indices)
    found = expression(body)
    for index in reversed(indices):
        found = kind(found, (index, index.first, index.last))
    return found


def _check_indices(label: str, body: Any, indices: tuple[Index, ...]) -> None:
    kind = {"Sum": "sum", "Product": "product"}.get(label, label)
    if not indices:
        raise DeclarationError(
            f"a {kind} over nothing", where=f"{label}({body})", expected="at least one index", fix=f"{label}(x[i], i)"
        )
    for index in indices:
        if not isinstance(index, Index):
            raise DeclarationError(
                f"a {kind} runs over a declared index",
                where=f"{label}(..., {index})",
                expected="an index of the graph",
                given=f"{index} ({type(index).__name__})",
                fix='declare it: i = g.index("i", N)',
            )
    if len({i.name for i in indices}) < len(indices):
        raise DeclarationError(
            f"one index used twice in a {kind}",
            where=f"{label}(..., {', '.join(map(str, indices))})",
            expected="different indices",
            fix="declare a second index of the same range",
        )
