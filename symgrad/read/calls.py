"""Calls of declared and known functions: arguments in brackets, in braces, or the one operand that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.names import DeclaredName
from symgrad.read.powers import exponent, raised
from symgrad.read.spelling import Function
from symgrad.read.syntax import Node
from symgrad.read.tokens import NAME, NUMBER, WORD

if TYPE_CHECKING:
    from symgrad.read.parse import Reader


def call(reader: Reader, function: Function | DeclaredName, start: int) -> Node:
    """A call; the reader stands behind the function's name. `\\sin^2 x` is the square of the sine."""
    primes, power, entry = _decorations(reader, function)
    if getattr(function, "node", "") == "Iverson":
        return _indicator(reader, start)
    arguments = _arguments(reader, function)
    node = _made(reader, function, arguments, primes, start)
    if entry:
        node = s.Entry(node, entry, reader.span(start))
    return s.Power(node, power, reader.span(start)) if power else node


def _decorations(reader: Reader, function: Function | DeclaredName) -> tuple[int, Node | None, tuple[Node, ...]]:
    primes = 0
    power: Node | None = None
    entry: tuple[Node, ...] = ()
    while True:
        text = reader.texts[reader.at]
        if text == "'":
            primes += 1
            reader.at += 1
        elif text == "^" and power is None:
            at = reader.at
            reader.at += 1
            if reader.texts[reader.at] == "{" and set(reader.texts[at + 2 : reader.match[at + 1]]) == {"'"}:
                primes += reader.match[at + 1] - at - 2
                reader.at = reader.match[at + 1] + 1
            elif reader.texts[reader.at] == "'":
                continue
            else:
                power = exponent(reader)
                if isinstance(power, s.Minus):
                    raise reader.error("inverse function or reciprocal?", at, fix="write 1/f(x)")
        elif text == "_" and not entry and function.code != "log":
            reader.at += 1
            entry = reader.commas_in() if reader.texts[reader.at] == "{" else (reader.argument(),)
        else:
            return primes, power, entry


def _arguments(reader: Reader, function: Function | DeclaredName) -> tuple[Node, ...]:
    at = reader.at
    opened = reader.texts[at]
    if opened == "(" or opened == "[" or opened == "\\{":
        reader.at += 1
        return reader.commas(reader.match[at])
    if isinstance(function, DeclaredName):
        raise reader.error(f"the function {function.code} is given no argument", at, "an argument in brackets")
    if opened == "{":
        inner = reader.texts[at + 1]
        if inner == "(" and reader.match[at + 1] == reader.match[at] - 1:
            reader.at += 2
            found = reader.commas(reader.match[at + 1])
            reader.take("}")
            return found
        return reader.commas_in()
    if not reader.starts_operand():
        raise reader.error(f"the function {function.code} is given no argument", at, "an argument in brackets")
    argument = reader.nested_operand()
    if reader.texts[reader.at] == "/":
        raise reader.error(
            f"it is not clear where the argument of {function.code} ends", reader.at, fix="put brackets around it"
        )
    plain = isinstance(argument, s.Reference) and not argument.indices and reader.kinds[reader.at] in (WORD, NAME)
    if (reader.kinds[at] == NUMBER or plain) and reader.starts_operand():
        raise reader.error(
            f"it is not clear where the argument of {function.code} ends", reader.at, fix="put brackets around it"
        )
    return (argument,)


def _made(
    reader: Reader, function: Function | DeclaredName, arguments: tuple[Node, ...], primes: int, start: int
) -> Node:
    """The node of a call; a known function may have a node of its own."""
    arity = function.arity
    span = reader.span(start)
    if isinstance(function, DeclaredName) or function.node == "Call":
        if arity is not None and len(arguments) != arity:
            raise reader.error(
                f"{function.code} takes {arity} argument{'s' * (arity != 1)}", start, str(arity), str(len(arguments))
            )
        return s.Call(function.code, arguments, primes, span)
    if primes or len(arguments) != arity:
        raise reader.error(f"{function.code} is not used like this", start, f"{arity} argument{'s' * (arity != 1)}")
    return getattr(s, function.node)(*arguments, span=span)


def _indicator(reader: Reader, start: int) -> Node:
    """`I(a > 0)`."""
    if reader.texts[reader.at] not in ("(", "[", "\\{", "{"):
        raise reader.error("an indicator needs a condition", start, "a relation, as in a > 0")
    return indicated(reader, reader.operand(), start)


def indicated(reader: Reader, condition: Node, start: int) -> Node:
    """1 where a condition holds; anything else is refused."""
    if isinstance(condition, s.Iverson):
        return s.Iverson(condition.condition, reader.span(start))
    if isinstance(condition, s.Relation | s.Conjunction):
        return s.Iverson(condition, reader.span(start))
    raise reader.error("an indicator needs a condition", start, "a relation, as in a > 0")


def euler(reader: Reader, start: int) -> Node:
    """e to a power is exp."""
    if reader.texts[reader.at] in ("^", "**"):
        if reader.texts[reader.at] == "^":
            power = raised(reader, s.Number("1"), start)
        else:
            reader.at += 1
            power = s.Power(s.Number("1"), reader.signed_operand(), reader.span(start))
        if not isinstance(power, s.Power):
            raise reader.error("e has no transpose", start)
        return s.Call("exp", (power.exponent,), 0, reader.span(start))
    return s.Call("exp", (s.Number("1", reader.span(start)),), 0, reader.span(start))
