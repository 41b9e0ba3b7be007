"""Answers as SymPy, evaluated entry by entry at given sizes; differences of a plain numpy forward function.

Nothing here comes from symgrad: an answer is walked as the user gets it, a sum over an empty range is 0, an entry out
of its range is an error, and a factor that stands beside a Piecewise or delta that is 0 is never read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import sympy
from sympy import Indexed, KroneckerDelta, Piecewise, Sum

NUMERIC: dict[str, Callable[..., Any]] = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "sin": math.sin,
    "cos": math.cos,
    "atan": math.atan,
    "Abs": abs,
    "sign": lambda u: (u > 0) - (u < 0),
    "floor": math.floor,
    "ceiling": math.ceil,
    "Max": max,
    "Min": min,
    "sigmoid": lambda u: 1 / (1 + math.exp(-u)),
    "softplus": lambda u: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "relu": lambda u: max(u, 0.0),
    "leaky_relu": lambda u, slope: u if u > 0 else slope * u,
    "elu": lambda u, scale: u if u > 0 else scale * math.expm1(u),
    "silu": lambda u: u / (1 + math.exp(-u)),
    "gelu": lambda u: u * (1 + math.erf(u / math.sqrt(2))) / 2,
    "erf": math.erf,
    "step": lambda u: float(u > 0),
    "same": lambda u, v: float(math.isclose(u, v, rel_tol=1e-9, abs_tol=1e-12)),
}
OVER = ("Max", "Min", "Product", "Argmax", "Argmin")
STEP = 1e-4


class Box:
    """An array read at indices from `start` on; reading outside of it raises."""

    def __init__(self, array: Any, start: int = 0) -> None:
        self.array, self.start = np.asarray(array, dtype=float), start

    def __getitem__(self, at: tuple[int, ...]) -> float:
        place = tuple(n - self.start for n in at)
        if any(not 0 <= n < size for n, size in zip(place, self.array.shape, strict=True)):
            raise IndexError(f"{at} of a box of shape {self.array.shape} from {self.start}")
        return float(self.array[place])


def value(e: sympy.Expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression where each name has a number (indices, sizes, scalars), a Box, or is a function."""
    if e.is_Integer:
        return int(e)
    if e.is_Rational:
        return e.p / e.q
    if isinstance(e, Indexed):
        return names[str(e.base)][tuple(whole(value(n, names)) for n in e.indices)]
    if e.is_Symbol:
        return names[e.name]
    if isinstance(e, Sum):
        return summed(e.function, list(e.limits), names)
    if type(e).__name__ in OVER and isinstance(e.args[-1], sympy.Tuple):
        return over(type(e).__name__, e.args[0], e.args[1], names)
    if isinstance(e, KroneckerDelta):
        return int(value(e.args[0], names) == value(e.args[1], names))
    if type(e).__name__ == "Holds":
        condition, *read = e.args
        return (value(read[0], names) if read else 1) if value(condition, names) >= 0 else 0
    if isinstance(e, Piecewise):
        return next((value(v, names) for v, condition in e.args if holds(condition, names)), 0)
    if e.is_Add:
        return sum(value(a, names) for a in e.args)
    if e.is_Mul:
        return multiplied(e, names)
    if e.is_Pow:
        base, exponent = (value(a, names) for a in e.args)
        return base**exponent if base or exponent > 0 else math.inf
    if e.is_NumberSymbol:
        return float(e)
    head = type(e).__name__
    function = NUMERIC[head] if head in NUMERIC else names[str(e.func)]
    return function(*(value(a, names) for a in e.args))


def multiplied(e: sympy.Expr, names: Mapping[str, Any]) -> Any:
    """Deltas and guards first: where one is 0 the others are not read."""
    ordered = sorted(e.args, key=lambda a: not (isinstance(a, KroneckerDelta | Piecewise) or "Holds" in str(a.func)))
    found: Any = 1
    for factor in ordered:
        found = found * value(factor, names)
        if found == 0 and (isinstance(factor, KroneckerDelta | Piecewise) or "Holds" in str(factor.func)):
            return 0
    return found


def summed(body: sympy.Expr, limits: list[tuple], names: Mapping[str, Any]) -> Any:
    """The last limit is the outermost sum, as SymPy has it."""
    if not limits:
        return value(body, names)
    *inner, (index, low, high) = limits
    return sum(summed(body, inner, {**names, index.name: n}) for n in ranged(low, high, names))


def ranged(low: sympy.Expr, high: sympy.Expr, names: Mapping[str, Any]) -> range:
    return range(whole(value(low, names)), whole(value(high, names)) + 1)


def over(operation: str, body: sympy.Expr, limit: sympy.Tuple, names: Mapping[str, Any]) -> Any:
    """A maximum, minimum, product, or the first place of an extreme value, over one index."""
    index, low, high = limit
    places = ranged(low, high, names)
    values = [value(body, {**names, index.name: n}) for n in places]
    if operation.startswith("Arg"):
        best = max(values) if operation == "Argmax" else min(values)
        return places[values.index(best)]
    return {"Max": max, "Min": min, "Product": math.prod}[operation](values)


def holds(condition: Any, names: Mapping[str, Any]) -> bool:
    if condition in (True, False, sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, sympy.And | sympy.Or):
        return (all if isinstance(condition, sympy.And) else any)(holds(a, names) for a in condition.args)
    left, right = (value(a, names) for a in condition.args)
    return {"==": left == right, "!=": left != right, ">=": left >= right, "<=": left <= right,
            ">": left > right, "<": left < right}[condition.rel_op]  # fmt: skip


def whole(number: Any) -> int:
    if number != int(number):
        raise IndexError(f"{number} is not an index")
    return int(number)


def entries(e: sympy.Expr, free: list[str], shape: tuple[int, ...], names: Mapping[str, Any], start: int = 0) -> Any:
    """The answer at every value of its free indices, as an array."""
    found = np.empty(shape)
    for at in product(*map(range, shape)):
        found[at] = value(e, {**names, **{n: start + k for n, k in zip(free, at, strict=True)}})
    return found


def differences(forward: Callable[[np.ndarray], Any], at: Any) -> np.ndarray:
    """Central differences of a function of one array: shape of the result, then shape of the argument."""
    at = np.asarray(at, dtype=float)
    plain = np.asarray(forward(at), dtype=float)
    found = np.empty(plain.shape + at.shape)
    for place in np.ndindex(*at.shape):
        moved = np.zeros(at.shape)
        moved[place] = STEP
        far = np.asarray(forward(at + 2 * moved)) - np.asarray(forward(at - 2 * moved))
        near = np.asarray(forward(at + moved)) - np.asarray(forward(at - moved))
        found[(..., *place)] = (8 * near - far) / (12 * STEP)
    return found
