r"""Commands that take arguments: fractions, roots, binomials, derivatives, dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.spelling import KNOWN
from symgrad.read.syntax import Node
from symgrad.read.tokens import END, NAME, WORD

if TYPE_CHECKING:
    from symgrad.read.parse import Reader


def fraction(reader: Reader) -> Node:
    r"""`\frac{a}{b}`, or a derivative where both halves begin with \partial or d."""
    start = reader.at
    top = start + 1
    bottom = reader.match[top] + 1 if reader.texts[top] == "{" else 0
    grouped = bottom and reader.texts[bottom] == "{"
    if grouped and _over_differential(reader, top + 1, bottom + 1) and not _declared_d(reader, top + 1):
        return _derivative(reader, start, top, bottom)
    reader.at += 1
    upper = reader.argument()
    lower = reader.argument()
    return s.Divide(upper, lower, reader.span(start))


def root(reader: Reader) -> Node:
    r"""`\sqrt{x}`, `\sqrt[3]{x}`; the unicode sign may also stand before a bracket."""
    start = reader.at
    reader.at += 1
    degree = reader.group() if reader.texts[reader.at] == "[" else None
    of = reader.group() if reader.texts[reader.at] == "(" else reader.argument()
    return s.Root(of, degree, reader.span(start))


def binomial(reader: Reader) -> Node:
    start = reader.at
    reader.at += 1
    top = reader.argument()
    return s.Binomial(top, reader.argument(), reader.span(start))


def dots(reader: Reader) -> Node:
    reader.at += 1
    return s.Dots(reader.span(reader.at - 1))


def braced_comment(reader: Reader) -> Node:
    r"""`\underbrace{x}_{text}`: the comment is not part of the formula."""
    reader.at += 1
    of = reader.argument()
    if reader.texts[reader.at] in ("_", "^"):
        reader.at += 1
        if reader.texts[reader.at] != "{":
            raise reader.unexpected("a comment in braces")
        reader.at = reader.match[reader.at] + 1
    return of


def _differential(reader: Reader, at: int) -> bool:
    """Whether \\partial or a differential d stands at a token, as in `\\partial x`, `dx`, `d x`, `\\mathrm{d}x`."""
    text = reader.texts[at]
    if text == "\\partial":
        return True
    if text == "{" and reader.texts[at + 1] == "d" and reader.match[at] == at + 2:
        return True
    if reader.kinds[at] != WORD or text[0] != "d":
        return False
    if text == "d":
        following = reader.texts[at + 1]
        return reader.kinds[at + 1] in (WORD, NAME) or following in (
            "(",
            "{",
            "}",
            "^",
            "\\hat",
            "\\bar",
            "\\tilde",
            "\\vec",
        )
    return text not in reader.table and text not in reader.bound and text not in KNOWN


def _over_differential(reader: Reader, top: int, bottom: int) -> bool:
    """Whether two tokens are the d's of a derivative; below an undeclared df a declared dy can only be one."""
    if not _differential(reader, top):
        return False
    low = reader.texts[bottom]
    lenient = reader.kinds[top] == WORD and reader.kinds[bottom] == WORD and low[0] == "d" and low[1:] in reader.table
    return lenient or _differential(reader, bottom)


def _declared_d(reader: Reader, at: int) -> bool:
    """A lone declared d above a fraction line is a name."""
    return reader.texts[at] == "d" and reader.texts[at + 1] == "}" and ("d" in reader.table or "d" in reader.bound)


def _step_over_d(reader: Reader) -> None:
    at = reader.at
    text = reader.texts[at]
    if text == "{":
        reader.at += 3
    elif text == "\\partial" or text == "d":
        reader.at += 1
    else:
        reader.texts[at] = text[1:]
        reader.starts[at] += 1


def _order(reader: Reader) -> int:
    """The exponent of `\\partial^2`."""
    if reader.texts[reader.at] != "^":
        return 1
    reader.at += 1
    at = reader.at
    order = reader.argument()
    if not isinstance(order, s.Number) or order.text not in ("1", "2", "3", "4"):
        raise reader.error("the order of a derivative", at, "2, 3 or 4")
    return int(order.text)


def halves(reader: Reader) -> Node | None:
    r"""`{\partial f}/{\partial x}`: a derivative whose halves stand in brackets; None where something else stands."""
    top = reader.at
    bottom = reader.match[top] + 2
    if reader.texts[bottom - 1 : bottom + 1] != ["/", reader.texts[top]] or reader.match[bottom] < 0:
        return None
    if not _differential(reader, top + 1) or not _differential(reader, bottom + 1):
        return None
    return None if _declared_d(reader, top + 1) else _derivative(reader, top, top, bottom)


def _derivative(reader: Reader, start: int, top: int, bottom: int) -> Node:
    r"""`\frac{\partial f}{\partial x}`, higher orders, and `\frac{\partial}{\partial x} f` with f behind it.

    `top` and `bottom` are the brackets around both halves.
    """
    reader.at = top + 1
    _step_over_d(reader)
    order = _order(reader)
    of = None if reader.at == reader.match[top] else reader.expression()
    if reader.at != reader.match[top]:
        raise reader.unexpected("the end of the numerator")
    reader.at = bottom + 1
    names: list[Node] = []
    close = reader.match[bottom]
    while reader.at != close:
        if names and not _differential(reader, reader.at):
            raise reader.unexpected(r"\partial")
        _step_over_d(reader)
        names += _by(reader, order)
    reader.at = close + 1
    if len(names) != order:
        raise reader.error("the orders above and below differ", start, str(order), str(len(names)))
    if of is None:
        of = reader.nested_operand()
    return _nested(reader, of, names, start)


def _by(reader: Reader, order: int) -> list[Node]:
    """What it is differentiated by, as often as its exponent says."""
    at = reader.at
    by, times = reader.nested_operand(), 1
    if (
        isinstance(by, s.Power)
        and isinstance(by.exponent, s.Number)
        and by.exponent.text in ("2", "3", "4")
        and order > 1
    ):
        times, by = int(by.exponent.text), by.of
    if not isinstance(by, s.Reference | s.Entry | s.Transpose):
        raise reader.error("a derivative is taken by a name", at, "a declared name")
    return [by] * times


def _nested(reader: Reader, of: Node, names: list[Node], start: int) -> Node:
    for by in reversed(names):
        of = s.PartialDerivative(of, by, reader.span(start))
    return of


def partial(reader: Reader) -> Node:
    r"""`\partial f / \partial x`, `\partial_x f`."""
    start = reader.at
    reader.at += 1
    if reader.texts[reader.at] == "_":
        return _by_subscript(reader, start)
    order = _order(reader)
    of = reader.nested_operand()
    if reader.texts[reader.at] != "/" or not _differential(reader, reader.at + 1):
        raise reader.error(r"\partial without its denominator", start, r"\partial f / \partial x")
    reader.at += 1
    names: list[Node] = []
    while len(names) < order:
        if not _differential(reader, reader.at):
            raise reader.unexpected(r"\partial")
        _step_over_d(reader)
        names += _by(reader, order)
    if len(names) != order:
        raise reader.error("the orders above and below differ", start, str(order), str(len(names)))
    return _nested(reader, of, names, start)


def gradient(reader: Reader) -> Node:
    r"""`\nabla_{W} L`."""
    start = reader.at
    reader.at += 1
    if reader.texts[reader.at] != "_":
        raise reader.error("gradient by what?", start, r"\nabla_{W} L")
    return _by_subscript(reader, start)


def _by_subscript(reader: Reader, start: int) -> Node:
    reader.at += 1
    at = reader.at
    by = reader.argument()
    if not isinstance(by, s.Reference | s.Entry):
        raise reader.error("a derivative is taken by a name", at, "a declared name")
    return s.PartialDerivative(reader.nested_operand(), by, reader.span(start))


def inline_derivative(reader: Reader, word: str, start: int) -> Node | None:
    """`df/dx` in plain text, where neither df nor dx is a declared name."""
    if not _differential(reader, start):
        return None
    slash = _after_name(reader, start + 1 + (word == "d"))
    if reader.texts[slash] != "/" or not _over_differential(reader, start, slash + 1):
        return None
    reader.at = start
    _step_over_d(reader)
    of = reader.nested_operand()
    if reader.at != slash:
        raise reader.unexpected("/")
    reader.at += 1
    _step_over_d(reader)
    return _nested(reader, of, _by(reader, 1), start)


def _after_name(reader: Reader, at: int) -> int:
    """The token after the scripts and brackets that may follow a name."""
    while True:
        text = reader.texts[at]
        if text in ("_", "^") and reader.kinds[at + 1] != END:
            at = (reader.match[at + 1] if reader.match[at + 1] > 0 else at + 1) + 1
        elif text in ("(", "[", "{"):
            at = reader.match[at] + 1
        elif text == "'":
            at += 1
        else:
            return at


FORMS = {
    "\\frac": fraction,
    "\\sqrt": root,
    "\\binom": binomial,
    "\\dots": dots,
    "\\partial": partial,
    "\\nabla": gradient,
    "\\underbrace": braced_comment,
    "\\overbrace": braced_comment,
}
