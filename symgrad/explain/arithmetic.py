"""Arithmetic on paper: numbers put into a formula, and the lines that lead to its value, each exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction as Rational
from math import floor, prod
from typing import Any

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Line
from symgrad.explain.layout import Call, Fraction, Layout, Name, Number, Plus, Power, Product

PUT_IN, WORKED_OUT = ("put in the numbers",), ("worked out",)


def put(tree: Layout, numbers: Mapping[str, int]) -> Layout:
    """A formula with numbers in place of names, which are known by their plain text.

    >>> put(Product((Number("2"), Name("p", "p"))), {"p": 3})
    Product(factors=(Number(text='2'), Number(text='3')))
    """
    if isinstance(tree, Name):
        return Number(str(numbers[tree.plain])) if tree.plain in numbers else tree
    return replace(tree, **{f.name: _put(getattr(tree, f.name), numbers) for f in fields(tree)})


def _put(part: Any, numbers: Mapping[str, int]) -> Any:
    if isinstance(part, tuple):
        return tuple(_put(x, numbers) for x in part)
    return part if isinstance(part, str | int | None) else put(part, numbers)


def names(tree: Any) -> frozenset[str]:
    """The names in a formula, by their plain text."""
    if isinstance(tree, Name):
        return frozenset([tree.plain])
    if isinstance(tree, str | int | None):
        return frozenset()
    inner = tree if isinstance(tree, tuple) else [getattr(tree, f.name) for f in fields(tree)]
    return frozenset().union(*map(names, inner))


def value(tree: Layout) -> Rational:
    """The number a formula of numbers stands for; refused where a name is left."""
    match tree:
        case Number(text):
            return Rational(text)
        case Plus(terms):
            return sum((sign * value(term) for sign, term in terms), Rational(0))
        case Product(factors):
            return prod((value(f) for f in factors), start=Rational(1))
        case Fraction(top, bottom):
            return value(top) / value(bottom)
        case Power(base, exponent):
            return value(base) ** int(value(exponent))
        case Call(plain="floor", arguments=(inner,)):
            return Rational(floor(value(inner)))
    raise SymgradError("a formula that is not all numbers", given=repr(tree)[:80])


def number(found: Rational) -> Layout:
    """A number as it is written: a sign, and a fraction where it is not whole."""
    size = abs(found)
    whole: Layout = Number(str(size.numerator))
    shown = whole if size.denominator == 1 else Fraction(whole, Number(str(size.denominator)))
    return Plus(((-1, shown),)) if found < 0 else shown


def following(tree: Layout, numbers: Mapping[str, int]) -> list[Line]:
    """The lines from a formula to its value; none where a name in it has no number."""
    own = names(tree)
    if not own <= numbers.keys():
        return []
    shown = worked(put(tree, numbers))
    first = [Line(None, shown[0], PUT_IN)] if own else []
    return [*first, *(Line(None, x, WORKED_OUT) for x in shown[1:])]


def worked(tree: Layout) -> list[Layout]:
    """The formulas from one of numbers to its value: inside floors first, then term by term, then the sum.

    >>> whole = Call(r"\\\\operatorname{floor}", "floor", (Fraction(Number("39"), Number("2")),))
    >>> [str(value(t)) for t in worked(Plus(((1, whole), (1, Number("1")))))]
    ['20', '20', '20']
    """
    found = [tree]
    for step in (_floors, _terms, lambda t: number(value(t))):
        after = step(found[-1])
        if after != found[-1]:
            found.append(after)
    return found


def _floors(tree: Layout) -> Layout:
    """A quotient in a floor with its two numbers worked out."""
    match tree:
        case Call(arguments=(Fraction(top, bottom),)):
            return replace(tree, arguments=(Fraction(number(value(top)), number(value(bottom))),))
        case Plus(terms):
            return Plus(tuple((sign, _floors(term)) for sign, term in terms))
        case Product(factors):
            return Product(tuple(map(_floors, factors)))
    return tree


def _terms(tree: Layout) -> Layout:
    """The terms of a sum, or the factors of a product, each as a number."""
    if isinstance(tree, Plus) and len(tree.terms) > 1:
        return Plus(tuple((sign if value(t) >= 0 else -sign, number(abs(value(t)))) for sign, t in tree.terms))
    return Product(tuple(number(value(f)) for f in tree.factors)) if isinstance(tree, Product) else tree
