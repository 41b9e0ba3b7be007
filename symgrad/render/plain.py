"""A layout tree as plain text, for error messages, terminals and screen readers: Python's precedence, no surprises."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symgrad.errors import SymgradError
from symgrad.explain.layout import (
    BigOperator,
    Call,
    Cases,
    Chain,
    Fraction,
    Layout,
    Matrix,
    Name,
    Number,
    Partial,
    Plus,
    Power,
    Product,
    Relation,
    Root,
    Transpose,
    Tuple,
)
from symgrad.render.latex import ATOM, PLUS, POWER, PRODUCT, RELATION, number, unwrapped

LEVELS: dict[type, int] = {
    Relation: RELATION,
    Plus: PLUS,
    Product: PRODUCT,
    Fraction: PRODUCT,
    Partial: PRODUCT,
    Power: POWER,
    Chain: PRODUCT,
}
CHAINS = {"times": " @ ", "odot": "*"}
RELATIONS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in", "~": "~"}


def plain(tree: Layout) -> str:
    """The formula as text.

    >>> x, m = Name("x_{i}", "x[i]"), Name("m", "m")
    >>> start = Relation((Name("i", "i"), Number("1")), ("=",))
    >>> plain(Fraction(BigOperator("sum", (start,), m, x), Product((Number("2"), m))))
    'sum(x[i], i=1..m)/(2*m)'
    """
    match bare(tree):
        case Name(plain=text):
            return text
        case Number(text):
            return number(text)
        case Fraction(top, bottom):
            return f"{_factor(top)}/{_held(bottom, POWER)}"
        case Power(base, exponent):
            return f"{_held(base, ATOM)}**{_held(exponent, ATOM)}"
        case Root(body):
            return f"sqrt({plain(body)})"
        case Call(plain=name, arguments=items):
            return f"{name}({_listed(items)})"
        case BigOperator(operator, under, over, body):
            return f"{operator}({', '.join([_held(body, PLUS), *_limits(under, over)])})"
        case Product(factors):
            return _product(factors)
        case Chain(sign, items):
            return CHAINS[sign].join(_held(item, POWER) for item in items)
        case Transpose(body):
            return f"{_held(body, ATOM)}.T"
        case Plus(terms):
            return _signed(terms)
        case Relation(items, relations):
            first, *others = (_held(item, PLUS) for item in items)
            return first + "".join(f" {RELATIONS[s]} {item}" for s, item in zip(relations, others, strict=True))
        case Cases(rows):
            return f"cases({', '.join(_case(value, given) for value, given in rows)})"
        case Tuple(items):
            return f"({_listed(items)}{',' if len(items) == 1 else ''})"
        case Matrix(rows):
            return f"[{', '.join(f'[{_listed(row)}]' for row in rows)}]"
        case Partial(of, by):
            return f"d{_held(of, ATOM)}/d{_held(by, ATOM)}"
    raise SymgradError("not a layout tree", given=repr(tree)[:80])


def bare(tree: Layout) -> Layout:
    """The tree in code."""
    return unwrapped(tree, lambda written: written.code)


def _product(factors: tuple[Layout, ...]) -> str:
    """The factors; a product of matrices stands open at the end only, where numbers before it change nothing."""
    last = len(factors) - 1
    written = (
        _held(f, POWER) if n < last and isinstance(bare(f), Chain) else _factor(f) for n, f in enumerate(factors)
    )
    return "*".join(written) or "1"


def _held(tree: Layout, least: int) -> str:
    return plain(tree) if LEVELS.get(type(bare(tree)), ATOM) >= least else f"({plain(tree)})"


def _factor(tree: Layout) -> str:
    """A factor: a fraction is bracketed, so that nobody has to know how `1/2*x` is read."""
    return f"({plain(tree)})" if isinstance(bare(tree), Fraction) else _held(tree, PRODUCT)


def _signed(terms: tuple[tuple[int, Layout], ...]) -> str:
    if not terms:
        return "0"
    (sign, first), *others = terms
    start = _held(first, PLUS) if sign > 0 else f"-{_held(first, PRODUCT)}"
    return start + "".join(f" {'+' if sign > 0 else '-'} {_held(tree, PRODUCT)}" for sign, tree in others)


def _limits(under: tuple[Layout, ...], over: Layout | None) -> list[str]:
    """`i=1..m`, or the conditions one by one."""
    written = [plain(item) for item in under]
    if over is not None:
        written[0] = f"{written[0]}..{plain(over)}".replace(" = ", "=")
    return [re.sub(r" ([+-]) ", r"\1", text) if ".." in text else text for text in written]


def _case(value: Layout, given: Layout | None) -> str:
    return f"{plain(value)} {'otherwise' if given is None else f'if {plain(given)}'}"


def _listed(items: Iterable[Layout]) -> str:
    return ", ".join(plain(item) for item in items)
