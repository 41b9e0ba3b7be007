"""numpy's names for what arrays can do: `np.exp(A)`, `np.sum(A, axis=0)` and the like, in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.declare import functions as f
from symgrad.declare.arrays import Array
from symgrad.declare.names import Tensor
from symgrad.errors import Unsupported, nearest

UFUNCS: dict[str, Callable[..., Any]] = {
    "exp": f.exp, "log": f.log, "sqrt": f.sqrt, "sin": f.sin, "cos": f.cos, "tan": f.tan, "sinh": f.sinh,
    "cosh": f.cosh, "tanh": f.tanh, "arctan": f.atan, "sign": f.sign, "absolute": f.absolute, "maximum": f.maximum,
    "minimum": f.minimum, "matmul": lambda a, b: _left(a) @ b if _mine(a) else b.__rmatmul__(a),
    "add": lambda a, b: _left(a) + b, "subtract": lambda a, b: _left(a) - b, "multiply": lambda a, b: _left(a) * b,
    "true_divide": lambda a, b: _left(a) / b, "divide": lambda a, b: _left(a) / b,
    "power": lambda a, b: _left(a) ** b, "negative": lambda a: -a, "positive": lambda a: a,
    "square": lambda a: a**2, "reciprocal": lambda a: 1 / a, "expm1": lambda a: f.exp(a) - 1,
    "log1p": lambda a: f.log(1 + a), "greater": lambda a, b: _left(a) > b, "less": lambda a, b: _left(a) < b,
    "greater_equal": lambda a, b: _left(a) >= b, "less_equal": lambda a, b: _left(a) <= b,
}  # fmt: skip
CALLED: dict[str, Callable[..., Any]] = {
    "sum": f.sum, "mean": f.mean, "max": f.max, "amax": f.max, "min": f.min, "amin": f.min, "prod": f.prod,
    "where": f.where, "concatenate": f.concatenate, "tril": f.tril, "triu": f.triu, "ones_like": f.ones_like,
    "outer": f.outer, "dot": f.dot, "einsum": f.einsum,
    "transpose": lambda a, axes=None: _own(a).transpose(*axes or ()),
    "swapaxes": lambda a, one, other: _own(a).swapaxes(one, other),
    "expand_dims": lambda a, axis: _expanded(a, axis),
}  # fmt: skip


def _mine(value: Any) -> bool:
    return isinstance(value, Array | Tensor)


def _left(value: Any) -> Any:
    """A number from numpy as a Python number, which leaves the operator to ours."""
    return value if _mine(value) or not hasattr(value, "item") else value.item()


def _own(value: Any) -> Array:
    return value.as_array if isinstance(value, Tensor) else value


def _expanded(value: Any, axis: int) -> Array:
    own = _own(value)
    place = axis % (own.ndim + 1)
    return own[(*[slice(None)] * place, None)]


def by_ufunc(ufunc: Any, method: str, inputs: tuple, options: dict) -> Any:
    """The operation behind a numpy function of entries."""
    name = ufunc.__name__
    if method != "__call__" or name not in UFUNCS or any(v is not None for v in options.values()):
        raise _unknown(f"np.{name}" if method == "__call__" else f"np.{name}.{method}")
    return UFUNCS[name](*(_left(x) for x in inputs))


def by_function(function: Any, arguments: tuple, options: dict) -> Any:
    """The operation behind another numpy function."""
    name = function.__name__
    if name not in CALLED or function.__module__ != "numpy":
        raise _unknown(f"{function.__module__.replace('numpy', 'np')}.{name}")
    return CALLED[name](*arguments, **options)


def _unknown(name: str) -> Unsupported:
    known = sorted({*UFUNCS, *CALLED})
    return Unsupported(
        f"{name} is not an operation on symbolic arrays",
        where=name,
        expected=", ".join(f"np.{n}" for n in known),
        fix=nearest(name.removeprefix("np."), known),
    )
