"""A proposed equation in array notation, `W @ relu(V @ X + b)`: on paper, and with the shapes of all its parts.

The text is read as Python and walked; nothing of it is run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from operator import add, matmul, mul, sub, truediv
from typing import TYPE_CHECKING, Any

from symgrad.declare import functions as of_entries
from symgrad.errors import DeclarationError, ShapeError
from symgrad.explain.layout import Call, Chain, Fraction, Layout, Number, Plus, Transpose
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.spelling import functions
from symgrad.matrix import tree as m

if TYPE_CHECKING:
    from symgrad.api import Graph

OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.MatMult: matmul, ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv,
}  # fmt: skip
FUNCTIONS = ("relu", "sigmoid", "tanh", "exp", "log", "softplus", "silu", "sin", "cos")


@dataclass(frozen=True)
class Refusal:
    """The operation whose parts do not conform: on paper with both parts, and their arrays."""

    whole: Layout
    parts: tuple[Layout, Layout]
    arrays: tuple[Any, Any]
    cause: ShapeError


class Proposal:
    """A formula in the names of a graph."""

    def __init__(self, graph: Graph, text: str, where: str) -> None:
        self.graph, self.text, self.where = graph, text, where
        self._notation, self._functions = MatrixNotation(graph.model), functions(graph.model)
        try:
            self._body = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise self._not_understood(error.msg) from error
        self.layout = self._on_paper(self._body)

    def refusal(self) -> Refusal | None:
        """The innermost operation whose shapes do not conform, with the relations of the graph as they are; or none."""
        try:
            self._array(self._body)
        except _Found as found:
            return found.refusal
        return None

    def _not_understood(self, given: str) -> DeclarationError:
        return DeclarationError(
            "a proposed equation that is not understood",
            where=f"{self.where}: {self.text}",
            expected=f"array notation: names, numbers, + - * / @, .T and {', '.join(FUNCTIONS)}",
            given=given,
        )

    def _on_paper(self, node: ast.expr) -> Layout:
        match node:
            case ast.Name(id=name) if name in self.graph.model.tensors:
                return self._notation.name(m.Named(name))
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return Number(str(number))
            case ast.Attribute(value=inner, attr="T"):
                return Transpose(self._on_paper(inner))
            case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in FUNCTIONS:
                return Call(self._functions[name], name, (self._on_paper(inner),))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATIONS:
                return _joined(sign, self._on_paper(left), self._on_paper(right))
        raise self._not_understood(ast.unparse(node))

    def _array(self, node: ast.expr) -> Any:
        """The array of a part that `_on_paper` has understood. Raises _Found."""
        match node:
            case ast.Name(id=name):
                return self.graph[name]
            case ast.Constant(value=number):
                return number
            case ast.Attribute(value=inner):
                return self._array(inner).T
            case ast.Call(func=ast.Name(id=name), args=[inner]):
                return getattr(of_entries, name)(self._array(inner))
            case ast.BinOp(left=left, op=sign, right=right):
                arrays = self._array(left), self._array(right)
                try:
                    return OPERATIONS[type(sign)](*arrays)
                except ShapeError as cause:
                    parts = self._on_paper(left), self._on_paper(right)
                    raise _Found(Refusal(_joined(sign, *parts), parts, arrays, cause)) from cause
        raise self._not_understood(ast.unparse(node))


class _Found(Exception):
    """Carries a refusal out of the parts it stands in."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _joined(sign: ast.operator, left: Layout, right: Layout) -> Layout:
    """An operation on paper; products of matrices stand side by side."""
    match sign:
        case ast.Add():
            return Plus((*(left.terms if isinstance(left, Plus) else ((1, left),)), (1, right)))
        case ast.Sub():
            return Plus((*(left.terms if isinstance(left, Plus) else ((1, left),)), (-1, right)))
        case ast.Div():
            return Fraction(left, right)
    kind = "times" if isinstance(sign, ast.MatMult) else "odot"
    first = left.items if isinstance(left, Chain) and left.sign == kind else (left,)
    return Chain(kind, (*first, right))
