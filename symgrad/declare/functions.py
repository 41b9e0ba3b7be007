"""The functions users write: of numbers and entries in SymPy, of whole arrays entry by entry or along axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy

from symgrad.algebra.border_names import FUNCTIONS, expression
from symgrad.algebra.normal import ONE, call
from symgrad.declare import reduced
from symgrad.declare.arrays import Array, aligned, array, elementwise, mapped
from symgrad.declare.einsum import contracted
from symgrad.declare.masks import as_mask, where_mask
from symgrad.declare.names import Tensor
from symgrad.declare.products import matmul
from symgrad.errors import DeclarationError


def is_array(value: Any) -> bool:
    return isinstance(value, Array | Tensor)


def _own(value: Any, where: str) -> Array:
    if not is_array(value):
        raise DeclarationError(
            f"{where} of something that is not an array",
            where=f"{where}({value})",
            expected="a declared name without its indices, or an expression of arrays",
            given=type(value).__name__,
            fix="sg.Sum(x[i], i) sums entries over an index" if where in ("sum", "mean") else "",
        )
    return array(value, value.room, where)


def _entrywise(name: str, *defaults: Any) -> Callable[..., Any]:
    """A function of entries; further arguments are numbers or expressions, with their usual values."""

    def function(u: Any, *rest: Any) -> Any:
        more = (*rest, *defaults[len(rest) :])
        if is_array(u):
            found = array(u, u.room, name)
            if not more:
                return mapped(name, found)
            others = [array(r, found.room, name) for r in more]
            axes, (first, *polys) = aligned([found, *others], f"{name}({found.text}, ...)")
            return mapped(name, Array(found.room, axes, first, found.text), *polys)
        if name == "sqrt":
            return sympy.sqrt(expression(u))
        return FUNCTIONS[name](expression(u), *(expression(r) for r in more))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name} of a number, an entry, or every entry of an array."
    return function


exp, log, sqrt = _entrywise("exp"), _entrywise("log"), _entrywise("sqrt")
sin, cos, tan = _entrywise("sin"), _entrywise("cos"), _entrywise("tan")
sinh, cosh, tanh = _entrywise("sinh"), _entrywise("cosh"), _entrywise("tanh")
atan, erf, sign, absolute = _entrywise("atan"), _entrywise("erf"), _entrywise("sign"), _entrywise("abs")
sigmoid, softplus, relu, step = (_entrywise(n) for n in ("sigmoid", "softplus", "relu", "step"))
silu, gelu, gelu_tanh = (_entrywise(n) for n in ("silu", "gelu", "gelu_tanh"))
leaky_relu = _entrywise("leaky_relu", sympy.Rational(1, 100))  # of u and the slope below 0
elu = _entrywise("elu", 1)  # of u and the scale below 0


def maximum(u: Any, v: Any) -> Any:
    """The greater of two values, entry by entry; at a tie the first counts."""
    return _of_two("max", u, v)


def minimum(u: Any, v: Any) -> Any:
    """The lesser of two values, entry by entry; at a tie the first counts."""
    return _of_two("min", u, v)


def _of_two(name: str, u: Any, v: Any) -> Any:
    owner = next((array(x, x.room, name) for x in (u, v) if is_array(x)), None)
    if owner is None:
        return FUNCTIONS[name](expression(u), expression(v))

    def join(a: Any, b: Any) -> Any:  # max(0, u) is the ReLU of u
        if a and b:
            return call(name, a, b)
        return call("relu", a or b) if name == "max" else -call("relu", -(a or b))

    return elementwise(u, f"{name}imum", v, join, owner)


def where(mask: Any, one: Any, other: Any) -> Any:
    """The first where the mask holds, else the second: `where(A > 0, A, 0)`. Broadcast like all arrays.

    With a condition on indices it is an entry, SymPy's Piecewise: `where((i >= 1) & (i <= n), x[i - 1], 0)`.
    """
    if isinstance(mask, sympy.logic.boolalg.Boolean) and not any(map(is_array, (one, other))):
        return sympy.Piecewise((expression(one), mask), (expression(other), True))
    return where_mask(mask, one, other)


def delta(i: Any, j: Any) -> sympy.Expr:
    """1 where two index expressions are equal, else 0: SymPy's KroneckerDelta."""
    return sympy.KroneckerDelta(expression(i), expression(j))


def sum(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The sum over axes, all of them for None; an empty axis gives 0."""
    return reduced.sum_of(_own(a, "sum"), axis, keepdims)


def mean(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The sum over axes divided by the number of entries."""
    return reduced.mean_of(_own(a, "mean"), axis, keepdims)


def max(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The greatest entry along axes; at a tie the gradient goes to the first, or is split: `Graph(ties=...)`."""
    return reduced.max_of(_own(a, "max"), axis, keepdims)


def min(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The least entry along axes, as max."""
    return reduced.min_of(_own(a, "min"), axis, keepdims)


def prod(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The product along axes; an empty axis gives 1."""
    return reduced.prod_of(_own(a, "prod"), axis, keepdims)


def norm(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """The root of the sum of squares along axes."""
    return reduced.norm_of(_own(a, "norm"), axis, keepdims)


def softmax(a: Any, axis: Any = -1, where: Any = None) -> Array:
    """exp(a) over its sum along axes; entries where the mask `where` is 0 get nothing."""
    own = _own(a, "softmax")
    mask = None if where is None else as_mask(array(where, own.room, "softmax"), f"softmax({own.text}, where=...)")
    return reduced.softmax_of(own, axis, mask)


def log_softmax(a: Any, axis: Any = -1) -> Array:
    """a - log(sum(exp(a))) along axes."""
    return reduced.log_softmax_of(_own(a, "log_softmax"), axis)


def logsumexp(a: Any, axis: Any = -1, keepdims: bool = False) -> Array:
    """log(sum(exp(a))) along axes."""
    return reduced.logsumexp_of(_own(a, "logsumexp"), axis, keepdims)


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Array:
    """Arrays one after the other along an axis."""
    return reduced.concatenated(arrays, axis)


def tril(a: Any, k: int = 0) -> Array:
    """The entries on and below the diagonal k of the last two axes, 0 elsewhere."""
    return reduced.triangle(_own(a, "tril"), True, k)


def triu(a: Any, k: int = 0) -> Array:
    """The entries on and above the diagonal k of the last two axes, 0 elsewhere."""
    return reduced.triangle(_own(a, "triu"), False, k)


def ones_like(a: Any) -> Array:
    """An array of ones with the shape of another."""
    own = _own(a, "ones_like")
    return Array(own.room, own.axes, ONE, f"ones_like({own.text})")


def outer(u: Any, v: Any) -> Array:
    """u v^T of two vectors."""
    a, b = _own(u, "outer"), _own(v, "outer")
    return a[:, None] * b[None, :]


def dot(a: Any, b: Any) -> Array:
    """The matrix product a @ b."""
    one = _own(a, "dot")
    return matmul(one, array(b, one.room, "dot"))


def einsum(subscripts: str, *arrays: Any) -> Array:
    """Sums of products by letters, as in numpy: `einsum("ij,jk->ik", A, B)`."""
    return contracted(subscripts, [_own(a, "einsum") for a in arrays])


ARRAY_NAMES = (
    "absolute", "atan", "concatenate", "cos", "cosh", "delta", "dot", "einsum", "elu", "erf", "exp", "gelu",
    "gelu_tanh", "leaky_relu", "log", "log_softmax", "logsumexp", "max", "maximum", "mean", "min", "minimum", "norm",
    "ones_like", "outer", "prod", "relu", "sigmoid", "sign", "silu", "sin", "sinh", "softmax", "softplus", "sqrt",
    "step", "sum", "tan", "tanh", "tril", "triu", "where",
)  # fmt: skip

__all__ = list(ARRAY_NAMES)
