"""The border, what both directions share: functions by name, and what counts as an expression."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from numbers import Real
from typing import Any

import sympy

from symgrad.errors import DeclarationError

FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "tanh": sympy.tanh,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sigmoid": sympy.Function("sigmoid"),
    "softplus": sympy.Function("softplus"),
    "relu": sympy.Function("relu"),
    "step": sympy.Function("step"),
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "atan": sympy.atan,
    "erf": sympy.erf,
    "silu": sympy.Function("silu"),
    "gelu": sympy.Function("gelu"),
    "gelu_tanh": sympy.Function("gelu_tanh"),
    "leaky_relu": sympy.Function("leaky_relu"),
    "elu": sympy.Function("elu"),
    "max": sympy.Max,
    "min": sympy.Min,
    "pow": sympy.Pow,
    "same": sympy.Function("same"),
    "pi": lambda: sympy.pi,
}
HEAD_OF = {cls: name for name, cls in FUNCTIONS.items()}


def expression(value: Any) -> sympy.Expr:
    """A Python number or a SymPy expression as SymPy; text is refused, and a decimal keeps the value it shows."""
    if isinstance(value, sympy.Float):
        return sympy.Rational(str(value))
    if isinstance(value, sympy.Expr):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return sympy.Integer(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not isfinite(value):
        raise DeclarationError(
            "not an expression",
            where=repr(value),
            expected="SymPy expressions in declared names, or numbers",
            given=type(value).__name__,
            fix="write it with the objects that the graph gave: x[i], not text and not an array",
        )
    return sympy.Rational(str(value))


class Holds(sympy.Function):
    """1 where an integer expression is >= 0, else 0: a condition on indices under a sum.

    Holds(c, u) is u where c >= 0, else 0, and then u is not read: x[t + 1] may lie outside of x there.
    """

    nargs = (1, 2)

    @classmethod
    def eval(cls, of: Any, value: Any = sympy.S.One) -> Any:
        if isinstance(of, sympy.Integer):
            return value if int(of) >= 0 else sympy.Integer(0)
        return sympy.Integer(0) if value == 0 else None

    def _numpycode(self, printer: Any) -> str:
        condition = f"({printer._print(self.args[0])}) >= 0"
        return f"({condition})" if len(self.args) == 1 else f"(({printer._print(self.args[1])}) if {condition} else 0)"

    _pythoncode = _numpycode


class Over(sympy.Expr):
    """An operation on the values of an expression over an index: Max(x[k], (k, 0, n - 1)).

    The index is bound; printed code runs in Python and numpy.
    """

    code = ""
    is_number = False  # else SymPy takes a function of it for a constant that it cannot compare
    is_extended_real = True

    def __new__(cls, body: Any, limit: Any) -> Over:
        return sympy.Expr.__new__(cls, body, sympy.Tuple(*limit))

    @property
    def free_symbols(self) -> set[sympy.Basic]:
        body, (index, low, high) = self.args
        return (body.free_symbols - {index}) | low.free_symbols | high.free_symbols

    def _eval_subs(self, old: Any, new: Any) -> Any:
        return self if old == self.args[1][0] else None

    def _pythoncode(self, printer: Any) -> str:
        body, (index, low, high) = self.args
        values = f"{printer._print(body)} for {index} in range({printer._print(low)}, {printer._print(high)}+1)"
        return self.code.format(values=values, low=printer._print(low))

    _numpycode = _lambdacode = _pythoncode

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(a) for a in self.args)})"


class Max(Over):
    """The greatest value; SymPy's own Max where it is given values instead of an index."""

    code = "max({values})"


class Min(Over):
    code = "min({values})"


class Product(Over):
    code = "__import__('math').prod({values})"


class Argmax(Over):
    """The first value of the index at which the expression is greatest."""

    is_integer = True
    code = "({low} + (lambda v: v.index(max(v)))([{values}]))"


class Argmin(Argmax):
    code = "({low} + (lambda v: v.index(min(v)))([{values}]))"


REDUCTION_OF: dict[type, str] = {Max: "max", Min: "min", Product: "prod", sympy.Product: "prod"}
PLACE_OF: dict[type, str] = {Argmax: "argmax", Argmin: "argmin"}
REDUCED: dict[str, type[Over]] = {
    "max": Max, "min": Min, "prod": Product, "argmax": Argmax, "argmin": Argmin,
}  # fmt: skip


def summed(body: sympy.Expr, *limits: tuple) -> sympy.Expr:
    """SymPy's Sum, built as it stands.

    Its constructor pulls every Piecewise out of inner sums and so lets their index go free (SymPy 1.14).
    """
    if body == 0:
        return sympy.Integer(0)
    self = sympy.Expr.__new__(sympy.Sum, body, *(sympy.Tuple(*limit) for limit in limits))
    self.is_commutative = True
    return self
