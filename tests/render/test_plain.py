"""Plain text follows Python's precedence: it is parsed back with `ast` and evaluated by a walk over the syntax tree."""

from __future__ import annotations

import ast
import operator
from fractions import Fraction as Rational

from hypothesis import given

from symgrad.render.plain import plain
from tests.render.test_latex import VALUES, trees, value

ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def read(text: str) -> Rational:
    return walked(ast.parse(text, mode="eval").body, text)


def walked(node: ast.expr, text: str) -> Rational:
    match node:
        case ast.Constant():
            return Rational(ast.get_source_segment(text, node) or "")
        case ast.Name(id):
            return Rational(0) if id == "k" else VALUES[id]
        case ast.UnaryOp(ast.USub(), operand):
            return -walked(operand, text)
        case ast.BinOp(left, ast.Pow(), right):
            return walked(left, text) ** int(walked(right, text))
        case ast.BinOp(left, sign, right):
            return ARITHMETIC[type(sign)](walked(left, text), walked(right, text))
    raise AssertionError(ast.dump(node))


@given(trees(sums=False))
def test_plain_text_is_read_back_to_the_same_value(tree):
    try:
        expected = value(tree)
    except ZeroDivisionError:
        return
    assert read(plain(tree)) == expected


def test_the_reader_is_not_blind():
    assert read("a*(b + c)") != read("a*b + c")
    assert read("a/(b*c)") != read("a/b*c")
