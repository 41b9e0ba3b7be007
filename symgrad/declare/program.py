"""NumPy code given as text, run on symbolic arrays: assignments and expressions, walked over in Python's syntax tree.

Python reads the text and executes nothing of it: each node has a row here, every name is asked for, and whatever has
no row is refused with its place. The arrays behave as numpy's do, see `declare/arrays.py`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import sympy

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import number, put
from symgrad.declare.arrays import Array, Room, length
from symgrad.declare.numpy_calls import BARE, CALLS, METHODS, Kinds
from symgrad.errors import ReadError, ShapeError, SymgradError, nearest

MOST_CHARACTERS, MOST_NODES, DEEPEST = 10_000, 2000, 100
NUMBER = re.compile(r"[0-9]{0,50}\.?[0-9]{0,50}(?:[eE][+-]?[0-9]{1,2})?")
NUMPY = ("np", "numpy")
LITERALS = ("axis", "keepdims")  # keywords


class Names(Protocol):
    """What the names in a program stand for; None for those that stand for nothing."""

    def array(self, name: str) -> Array | None: ...
    def size(self, name: str) -> Any | None: ...
    def index(self, name: str) -> str | None: ...
    def number(self, value: Array) -> Array: ...


class Program:
    """One text; `run` gives the array that its last statement computes."""

    def __init__(self, text: str, room: Room, names: Names) -> None:
        self.text, self.room, self.names = text, room, names
        self.variables: dict[str, Array] = {}
        self.lengths: dict[str, Any] = {}  # variables that are sizes
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def run(self) -> Array:
        """Raises ReadError for what is not read, ShapeError where shapes do not conform."""
        found = self._statements(self._parsed().body)
        if found is None:
            raise ReadError("nothing is computed", text=self.text, expected="an expression of arrays")
        return found

    def _parsed(self) -> ast.Module:
        if len(self.text) > MOST_CHARACTERS:
            raise ReadError("a text that is too long", expected=f"up to {MOST_CHARACTERS} characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text)
        except SyntaxError as error:
            caret = self.starts[max(0, min((error.lineno or 1) - 1, len(self.starts) - 1))] + (error.offset or 1) - 1
            raise ReadError("this is not Python code", text=self.text, caret=min(caret, len(self.text))) from None
        except (ValueError, RecursionError, MemoryError):
            raise ReadError("code that cannot be read", expected="an expression, or assignments") from None
        if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            raise ReadError("code that is too long", expected=f"up to {MOST_NODES} parts")
        if _depth(tree) > DEEPEST:
            raise ReadError("code that is nested too deeply", expected=f"up to {DEEPEST} levels")
        return tree

    def refused(self, what: str, node: ast.AST, expected: str = "", fix: str = "") -> ReadError:
        caret = self.starts[getattr(node, "lineno", 1) - 1] + getattr(node, "col_offset", 0)
        return ReadError(what, text=self.text, caret=min(caret, len(self.text)), expected=expected, fix=fix)

    # --- statements

    def _statements(self, body: Sequence[ast.stmt]) -> Array | None:
        """The value of the last assignment, expression or `return`."""
        found: Array | None = None
        for one in body:
            if isinstance(one, ast.Import | ast.ImportFrom | ast.Pass) or _is_remark(one):
                continue
            if isinstance(one, ast.FunctionDef):
                found = self._statements(one.body)
            elif isinstance(one, ast.Return) and one.value is not None:
                return self.value(one.value)
            elif isinstance(one, ast.Expr):
                found = self.value(one.value)
            elif isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
                found = self._assigned(one.targets[0].id, one.value)
            elif isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
                read = ast.copy_location(ast.Name(one.target.id, ast.Load()), one.target)
                found = self._assigned(one.target.id, ast.copy_location(ast.BinOp(read, one.op, one.value), one))
            else:
                raise self.refused(
                    f"{type(one).__name__} is not read", one, "assignments to plain names, and expressions"
                )
        return found

    def _assigned(self, name: str, node: ast.expr) -> Array:
        self.lengths.pop(name, None)
        size = self._size(node)
        found = self.value(node)
        if size is not None:
            self.lengths[name] = size
        self.variables[name] = found
        return found

    # --- expressions

    def value(self, node: ast.expr) -> Array:
        """The array of an expression."""
        rule = RULES.get(type(node))
        if rule is None:
            raise self.refused(f"{type(node).__name__} is not read", node, "numbers, names, operations and calls")
        try:
            return rule(self, node)
        except (ReadError, ShapeError):
            raise
        except SymgradError as error:
            raise self.refused(error.what, node, error.expected, error.fix) from None
        except (TypeError, IndexError):
            raise self.refused("this is not used like that", node) from None

    def constant(self, node: ast.Constant) -> Array:
        text = ast.get_source_segment(self.text, node) or ""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not NUMBER.fullmatch(text):
            raise self.refused("a plain number is expected", node, "digits, at most 50 of them")
        return Array(self.room, (), number(Fraction(text)), text)

    def name(self, node: ast.Name) -> Array:
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
        return operation(self.value(node.operand))

    def binary(self, node: ast.BinOp) -> Array:
        operation = BINARY.get(type(node.op))
        if operation is None:
            raise self.refused(f"{type(node.op).__name__} is not read", node, "+ - * / ** @")
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
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            of = self.value(node.value.value)
            return Array(self.room, (), length(self.room, of.axes[self._literal(node.slice)]), "shape")
        of = self.value(node.value)
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        letters = {n: self.names.index(p.id) for n, p in enumerate(parts) if isinstance(p, ast.Name)}
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
        axis = self.value(of).axes[self._literal(place) if place is not None else 0]
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
        kinds, work = row
        options = {k.arg: self._literal(k.value) for k in node.keywords if k.arg in LITERALS}
        if len(options) < len(node.keywords):
            raise self.refused("a keyword that is not read", node, ", ".join(LITERALS))
        found: Array = work(*first, *self._arguments(kinds, node.args, len(first)), **options)
        return found

    def _arguments(self, kinds: Kinds, given: Sequence[ast.expr], before: int) -> list[Any]:
        """The arguments, each as its kind asks: an array, a literal, a shape, the letters of einsum, a type."""
        found: list[Any] = []
        for n, node in enumerate(given):
            kind = kinds[min(n + before, len(kinds) - 1)]
            if kind == "text" and isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif kind == "shape":
                parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
                found += [self.room, [self._place(p) for p in parts]]
            elif kind != "type":  # astype(float): a mask is a number already
                found.append(self._literal(node) if kind == "literal" else self.value(node))
        return found


def _depth(node: ast.AST) -> int:
    """How deeply a tree is nested, without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest, level = deepest + 1, [child for one in level for child in ast.iter_child_nodes(one)]
    return deepest


def _is_remark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


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
RULES: Mapping[type, Callable[[Program, Any], Array]] = {
    ast.Constant: Program.constant,
    ast.Name: Program.name,
    ast.UnaryOp: Program.unary,
    ast.BinOp: Program.binary,
    ast.Compare: Program.compared,
    ast.Attribute: Program.attribute,
    ast.Subscript: Program.subscript,
    ast.Call: Program.call,
}
