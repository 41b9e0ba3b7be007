"""Expressions of NumPy code, walked over in Python's syntax tree: each node has a row, every name is asked for."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import sympy

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import number, put
from symgrad.declare.arrays import Array, Room, length
from symgrad.declare.numpy_calls import BARE, CALLS, METHODS, Row
from symgrad.errors import ReadError, ShapeError, SymgradError, nearest

NUMBER = re.compile(r"[0-9]{0,50}\.?[0-9]{0,50}(?:[eE][+-]?[0-9]{1,2})?")
NUMPY = ("np", "numpy")
LITERALS = ("axis", "keepdims")  # keywords
LONGEST, HIGHEST, SECONDS = 12_000, 64, 0.5  # characters of an entry, powers in it, time for all of a text
MOST_SUMS, MOST_BRACKETS = 6, 12  # one in another
FLOATS = ("float", "float32", "float64")
WHOLES = ("int", "int32", "int64")
COUNTED = ("sum", "mean", "astype", "multiply", "transpose", "reshape", "copy", "swapaxes", "expand_dims")
LOGICAL = (ast.BitAnd, ast.BitOr)


class TooLong(ReadError):
    """A program whose formulas grow beyond what is worth the wait, however it is read."""


class Names(Protocol):
    """What the names in a program stand for; None for those that stand for nothing."""

    def array(self, name: str) -> Array | None: ...
    def size(self, name: str) -> Any | None: ...
    def index(self, name: str) -> str | None: ...
    def number(self, value: Array) -> Array: ...


class Expressions:
    """Reads expressions of one text. Subclasses give a meaning to calls of the text's own functions."""

    def __init__(self, text: str, room: Room, names: Names) -> None:
        self.text, self.room, self.names = text, room, names
        self.variables: dict[str, Array] = {}
        self.lengths: dict[str, Any] = {}  # variables that are sizes
        self.logical: set[str] = set()  # variables that hold true and false, which numpy does not add
        self.unbound: frozenset[str] = frozenset()  # variables of a function before they have a value
        self.until = time.process_time() + SECONDS
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def refused(self, what: str, node: ast.AST, expected: str = "", fix: str = "") -> ReadError:
        caret = self.starts[getattr(node, "lineno", 1) - 1] + getattr(node, "col_offset", 0)
        return ReadError(what, text=self.text, caret=min(caret, len(self.text)), expected=expected, fix=fix)

    def called(self, name: str, node: ast.Call) -> Array | None:
        """The value of a call of a function that the text defines itself."""
        return None

    def value(self, node: ast.expr) -> Array:
        """The array of an expression."""
        rule = RULES.get(type(node))
        if rule is None:
            raise self.refused(f"{type(node).__name__} is not read", node, "numbers, names, operations and calls")
        try:
            found = rule(self, node)
        except (ReadError, ShapeError):
            raise
        except SymgradError as error:
            raise self.refused(error.what, node, error.expected, error.fix) from None
        except (TypeError, IndexError, AttributeError, ArithmeticError):
            raise self.refused("this is not used like that", node) from None
        terms = found.poly.terms
        high = any(len(t.bound) > MOST_SUMS or any(abs(power) > HIGHEST for _, power in t.factors) for t in terms)
        long = len(found.poly.key) > LONGEST or time.process_time() > self.until
        if high or long or _brackets(found.poly.key) > MOST_BRACKETS:
            raise TooLong("a formula that gets too long", text=self.text)
        return found

    def is_logical(self, node: ast.expr) -> bool:
        """Whether the entries of an expression are true or false: numpy joins those, and does not add them."""
        if isinstance(node, ast.Name):
            return node.id in self.logical
        if isinstance(node, ast.BinOp):
            both = self.is_logical(node.left) and self.is_logical(node.right)
            return isinstance(node.op, LOGICAL) or (both and isinstance(node.op, ast.Mult))
        if isinstance(node, ast.Subscript | ast.Attribute):
            return self.is_logical(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            kept = node.func.attr in ("transpose", "copy", "reshape", "swapaxes")
            return kept and self.is_logical(node.func.value)
        return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert))

    def constant(self, node: ast.Constant) -> Array:
        text = ast.get_source_segment(self.text, node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not NUMBER.fullmatch(text):
            raise self.refused("a plain number is expected", node, "digits, at most 50 of them")
        return Array(self.room, (), number(Fraction(text)), text)

    def name(self, node: ast.Name) -> Array:
        if node.id in self.unbound:
            raise self.refused(f"{node.id} has no value yet", node)
        if node.id in self.variables:
            return self.variables[node.id]
        found = self.names.array(node.id)
        if found is None:
            raise self.refused(f"{node.id} is not declared", node)
        return found

    def unary(self, node: ast.UnaryOp) -> Array:
        operation = UNARY.get(type(node.op))
        if operation is None:
            raise self.refused(f"{type(node.op).__name__} is not read", node)
        if self.is_logical(node.operand) != isinstance(node.op, ast.Invert):
            raise self.refused("true and false have no sign, and numbers no opposite", node)
        return operation(self.value(node.operand))

    def binary(self, node: ast.BinOp) -> Array:
        operation = BINARY.get(type(node.op))
        if operation is None:
            raise self.refused(f"{type(node.op).__name__} is not read", node, "+ - * / ** @")
        logical = [self.is_logical(one) for one in (node.left, node.right)]
        joined, product = isinstance(node.op, LOGICAL), isinstance(node.op, ast.Mult)
        if (joined and not all(logical)) or (all(logical) and not joined and not product):
            raise self.refused("true and false among numbers, or numbers among them", node, "(a > 0).astype(float)")
        left, right = self.value(node.left), self.value(node.right)
        return self._product(left, right) if isinstance(node.op, ast.MatMult) else operation(left, right)

    def _product(self, left: Array, right: Array) -> Array:
        left, right = (one if one.ndim else self.names.number(one) for one in (left, right))
        if not (left.ndim and right.ndim):
            raise ShapeError("a number stands beside @", where=f"{left.text} @ {right.text}")
        return left @ right

    def compared(self, node: ast.Compare) -> Array:
        operation = COMPARED.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if operation is None:
            raise self.refused("this comparison is not read", node, "one of > < >= <=")
        return operation(self.value(node.left), self.value(node.comparators[0]))

    def attribute(self, node: ast.Attribute) -> Array:
        if node.attr not in ("T", "mT"):
            raise self.refused(f".{node.attr} is not read", node, ".T, or a call such as .sum()")
        found: Array = getattr(self.value(node.value), node.attr)
        return found

    # --- parts of arrays

    def subscript(self, node: ast.Subscript) -> Array:
        size = self._length(node)
        if size is not None:
            return size
        of = self.value(node.value)
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        own = self.variables.keys() | self.unbound
        named = {n: p.id for n, p in enumerate(parts) if isinstance(p, ast.Name) and p.id not in own}
        letters = {n: self.names.index(name) for n, name in named.items()}
        at = {n: name for n, name in letters.items() if name is not None}
        keys = [self._key(p) for n, p in enumerate(parts) if n not in at]
        if at and (any(k is None or k is Ellipsis for k in keys) or max(at) >= of.ndim):
            raise self.refused("an index among new axes", node, "X[:, i]")
        for n, name in at.items():
            axis = of.axes[n]
            if axis is None or not self._same_range(axis, name):
                raise self.refused(f"{name} is no index of this axis", parts[n])
        poly = put(of.poly, {str(of.axes[n]): Affine.name(name) for n, name in at.items()})
        rest = Array(self.room, tuple(a for n, a in enumerate(of.axes) if n not in at), poly, of.text)
        return rest[tuple(keys)] if keys else rest

    def _length(self, node: ast.expr) -> Array | None:
        """X.shape[0] and len(X) as numbers."""
        if _length_of(node)[0] is None or self._size(node) is None:
            return None
        of, place = _length_of(node)
        assert of is not None
        axis = self.value(of).axes[self._literal(place) if place is not None else 0]
        return Array(self.room, (), length(self.room, axis), "shape")

    def _same_range(self, one: str, other: str) -> bool:
        indices = self.room.model.indices
        here = [{x.put({n: Affine.name("*")}) for x in indices[n].limits} for n in (one, other)]
        return here[0] == here[1]

    def _key(self, node: ast.expr) -> Any:
        """What stands in brackets: a slice, a new axis, or a place."""
        if isinstance(node, ast.Slice):
            start, stop = (None if x is None else self._place(x) for x in (node.lower, node.upper))
            return slice(start, stop, None if node.step is None else self._literal(node.step))
        if isinstance(node, ast.Constant) and (node.value is None or node.value is Ellipsis):
            return node.value
        if isinstance(node, ast.Attribute) and node.attr == "newaxis":
            return None
        return self._place(node)

    def _place(self, node: ast.expr) -> Any:
        found = self._size(node)
        if found is None:
            raise self.refused("a place is a number, a size or an index", node)
        return found

    def _size(self, node: ast.expr) -> Any | None:
        """A length as SymPy has it, for places and shapes; None for anything else."""
        if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < 10**9:
            return node.value
        if isinstance(node, ast.Name):
            own = node.id in self.variables
            return self.lengths.get(node.id) if own else self.names.size(node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self._size(node.operand)
            return None if inner is None else -inner
        if isinstance(node, ast.BinOp) and type(node.op) in (ast.Add, ast.Sub, ast.Mult):
            left, right = self._size(node.left), self._size(node.right)
            return None if left is None or right is None else expression(BINARY[type(node.op)](left, right))
        of, place = _length_of(node)
        if of is None:
            return None
        axes, at = self.value(of).axes, self._literal(place) if place is not None else 0
        if type(at) is not int or not -len(axes) <= at < len(axes):
            raise self.refused("an array without this axis", node)
        axis = axes[at]
        return sympy.Integer(1) if axis is None else self.room.count(axis)

    def _literal(self, node: ast.expr) -> Any:
        """A number, a tuple of numbers, None, or a truth value, as it stands."""
        if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, int)):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._literal(node.operand)
        if isinstance(node, ast.Tuple):
            return tuple(map(self._literal, node.elts))
        raise self.refused("a number is expected as it stands", node)

    # --- calls

    def call(self, node: ast.Call) -> Array:
        own = self.called(node.func.id, node) if isinstance(node.func, ast.Name) else None
        own = self._length(node) if own is None else own
        if own is not None:
            return own
        name, first, row = self._function(node)
        kinds, most, work = row
        if len(node.args) + len(first) > most:
            raise self.refused(f"{name} is given too much", node)
        options = {k.arg: self._literal(k.value) for k in node.keywords if k.arg in LITERALS}
        if len(options) < len(node.keywords):
            raise self.refused("a keyword that is not read", node, ", ".join(LITERALS))
        before = [node.func.value] if first and isinstance(node.func, ast.Attribute) else []
        asked = [*before, *node.args][1 if name == "where" else 0 :]
        if name not in COUNTED and any(map(self.is_logical, asked)):
            raise self.refused("a function of true and false", node, "(a > 0).astype(float)")
        found: Array = work(*first, *self._arguments(node, kinds, len(first)), **options)
        return found

    def _function(self, node: ast.Call) -> tuple[str, list[Array], Row]:
        """The name that is called, the array before it, and its row."""
        function, table, first = node.func, BARE, list[Array]()
        if isinstance(function, ast.Attribute):
            is_numpy = isinstance(function.value, ast.Name) and function.value.id in NUMPY
            table = CALLS if is_numpy else METHODS
            first = [] if is_numpy else [self.value(function.value)]
            name = function.attr
        elif isinstance(function, ast.Name):
            name = function.id
        else:
            raise self.refused("what is called is not a name", node)
        row = table.get(name)
        if row is None:
            raise self.refused(f"{name} is no function that is read", node, "", nearest(name, table))
        return name, first, row

    def _arguments(self, node: ast.Call, kinds: Sequence[str], before: int) -> list[Any]:
        """The arguments, each as its kind asks: an array, a literal, a shape, the letters of einsum, a type."""
        found: list[Any] = []
        for n, given in enumerate(node.args):
            kind = kinds[min(n + before, len(kinds) - 1)]
            if kind == "text" and isinstance(given, ast.Constant) and isinstance(given.value, str):
                found.append(given.value)
            elif kind in ("shape", "size"):
                found += [self.room, self._shape(given) if kind == "shape" else [self._place(given)]]
            elif kind == "type":
                self._type(given, node)
            else:
                found.append(self._literal(given) if kind == "literal" else self.value(given))
        return found

    def _shape(self, node: ast.expr) -> list[Any]:
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            axes = self.value(node.value).axes
            return [sympy.Integer(1) if a is None else self.room.count(a) for a in axes]
        return [self._place(p) for p in (node.elts if isinstance(node, ast.Tuple | ast.List) else [node])]

    def _type(self, given: ast.expr, call: ast.Call) -> None:
        """A type that changes no value: that of floats, and of whole numbers for what is true or false."""
        name = given.value if isinstance(given, ast.Constant) else getattr(given, "attr", getattr(given, "id", ""))
        logical = isinstance(call.func, ast.Attribute) and self.is_logical(call.func.value)
        if name not in FLOATS and not (logical and name in WHOLES):
            raise self.refused("a type that changes values", given, "float")


def _brackets(key: str) -> int:
    """How many brackets of a formula stand one in another."""
    deepest = depth = 0
    for sign in key:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


def _length_of(node: ast.expr) -> tuple[ast.expr | None, ast.expr | None]:
    """X and k of X.shape[k], X and nothing of len(X)."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return node.value.value, node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
        return node.args[0], None
    return None, None


UNARY: Mapping[type, Callable[[Array], Array]] = {
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: a,
    ast.Invert: lambda a: ~a,
}
BINARY: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
    ast.MatMult: lambda a, b: a @ b,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitOr: lambda a, b: a | b,
}
COMPARED: Mapping[type, Callable[[Array, Array], Array]] = {
    ast.Gt: lambda a, b: a > b,
    ast.Lt: lambda a, b: a < b,
    ast.GtE: lambda a, b: a >= b,
    ast.LtE: lambda a, b: a <= b,
}
RULES: Mapping[type, Callable[[Expressions, Any], Array]] = {
    ast.Constant: Expressions.constant,
    ast.Name: Expressions.name,
    ast.UnaryOp: Expressions.unary,
    ast.BinOp: Expressions.binary,
    ast.Compare: Expressions.compared,
    ast.Attribute: Expressions.attribute,
    ast.Subscript: Expressions.subscript,
    ast.Call: Expressions.call,
}
