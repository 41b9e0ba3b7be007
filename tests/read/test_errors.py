"""Refusals: what, where, what was expected, and the nearest fix. The texts are part of the interface."""

from __future__ import annotations

import pytest

from symgrad.errors import ReadError
from symgrad.read.parse import parse
from tests.read.samples import NAMES

# Text, what is said, offset of the caret, a part of the whole message.
REFUSED = [
    ("", "stops too early", 0, "a formula"),
    ("a + ", "stops too early", 4, "an operand"),
    ("= a", "= is not understood here", 0, "a formula"),
    ("a,b", ", is not understood here", 1, ""),
    ("a b)", ") closes nothing", 3, ""),
    (r"\gama x_i", r"\gama is not declared", 0, "gamma"),
    ("xhatt[i]", "xhatt is not declared", 0, "did you mean xhat"),
    (r"\frac{\alpha f}{\alpha y_i}", r"\alpha is not declared", 6, r"write \partial"),
    (r"\sigma^3", r"\sigma is not declared", 0, r"did you mean \sigma^2?"),
    ("alpha", "alpha is not declared", 0, ""),
    ("a if b", "if is not understood here", 2, ""),
    (r"\hat{h}_i", r"\hat{h} is not declared", 0, ""),
    (r"\foo{a}", r"\foo is not declared", 0, ""),
    ("x_i + x_s", "s is not declared", 8, ""),
    (r"\sum_{s=1}^m x_s + x_s", "s is not declared", 21, ""),
    ("W_{ij}", "W takes 4 indices", 2, "separate them by commas"),
    ("x[i,j]", "x takes 1 index", 1, ""),
    ("f[i]", "f has no indices", 1, ""),
    ("x_i[j]", "x has no more indices", 3, ""),
    ("x_i_j", "x has no more indices", 3, ""),
    ("m_i", "m has no indices", 1, ""),
    ("P(i)", "P with this bracket is not declared", 1, "P(y=#)"),
    ("a 2 3", "two numbers side by side", 4, r"\cdot"),
    ("2x3", "x between numbers", 1, r"\times"),
    ("1/2m", "not clear what stands below", 3, "1/(2m)"),
    (r"\log a b", "not clear where the argument of log ends", 7, "brackets"),
    (r"\sin 2 a", "not clear where the argument of sin ends", 7, "brackets"),
    (r"\sin^{-1} a", "inverse function or reciprocal?", 4, "1/f(x)"),
    (r"\gamma a^10", "only 1 of 10 would be taken", 9, "write {10}"),
    ("a^{(2)}", "a superscript in brackets is a label", 2, "leave the brackets out"),
    ("a^b^c", "two superscripts", 3, "brackets"),
    ("e^a^b", "two superscripts", 3, "brackets"),
    (r"\hat{a+b}", r"\hat stands over something that is no name", 0, ""),
    ("f'", "' is not understood here", 1, ""),
    ("g(a, b)", "g takes 1 argument", 0, ""),
    ("g", "given no argument", 1, "an argument in brackets"),
    ("ReLU", "given no argument", 4, "an argument in brackets"),
    (r"\partial f", "without its denominator", 0, r"\partial f / \partial x"),
    (r"\nabla f", "gradient by what?", 0, ""),
    (r"\frac{\partial^2 f}{\partial y_i}", "orders above and below differ", 0, ""),
    (r"\frac{\partial f}{\partial (a+b)}", "a derivative is taken by a name", 27, ""),
    (r"\sum_{2i=q} x_i", "no name is bound here", 6, "i: 2i = q"),
    (r"\sum_{i,i} x_i", "bound twice", 8, ""),
    (r"\sum^m x_i", "an upper end without a name below", 5, ""),
    (r"\sum_{i: j} x_i", "this is no condition", 9, ""),
    (r"\sum_{i=1}^{m}", "stops too early", 14, ""),
    (r"\sum_", "stops too early", 5, ""),
    (r"\mathbf{1}_{a}", "an indicator needs a condition", 11, "a > 0"),
    (r"\begin{cases} a & b \end{cases}", "a case needs a condition", 18, ""),
    ("[[1,2],[3]]", "unequal lengths", 0, ""),
    ("{}", "stops too early", 2, ""),
    ("x_{}", "} is not understood here", 3, ""),
    ("()", "empty brackets", 0, ""),
    ("|a", "stops too early", 2, "| to close"),
    ("||||||", "stops too early", 6, ""),
    ("lambda x: x", "lambda is not declared", 0, ""),
    ("__import__('os')", "_ is not understood here", 0, ""),
]


@pytest.mark.parametrize(("text", "what", "caret", "part"), REFUSED, ids=lambda value: str(value)[:30])
def test_refusal(text, what, caret, part):
    with pytest.raises(ReadError) as caught:
        parse(text, NAMES)
    assert what in str(caught.value).splitlines()[0]
    assert part in str(caught.value)
    assert caught.value.caret == caret
    assert caught.value.text == text


def test_a_whole_message():
    with pytest.raises(ReadError) as caught:
        parse(r"\gamma xhatt_i", NAMES)
    assert str(caught.value).splitlines()[0] == "xhatt is not declared"
    assert str(caught.value).splitlines()[1:3] == [
        r"  where: \gamma xhatt_i",
        "                ^",
    ]
    assert str(caught.value).splitlines()[-1] == "  fix: did you mean xhat, hatx?"
