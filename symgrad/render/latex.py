r"""A layout tree as LaTeX: brackets where a reader would otherwise misread, and only there.

Where textbooks differ, the writer takes the form that can be read in one way: a sum extends over the product to its
right, up to + or -; a power of a call brackets the call, `{\left(\exp\left(x\right)\right)}^{2}`; a product sign is
printed only where two numbers would run together; a sum inside a sum is bracketed, except at its start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
    Written,
)
from symgrad.render.commands import admitted

RELATION, CASES, PLUS, ENTRIES, PRODUCT, POWER, ATOM = range(7)  # how tightly a formula holds together
LEVELS: dict[type, int] = {
    Relation: RELATION,
    Cases: CASES,  # a brace that closes nowhere: bracketed where anything follows
    Plus: PLUS,
    Product: PRODUCT,
    BigOperator: PRODUCT,
    Fraction: POWER,  # stands in any product, is bracketed as the base of a power
    Partial: POWER,
    Power: POWER,
    Transpose: POWER,
    Call: POWER,
}
OPERATORS = {
    "sum": r"\sum",
    "prod": r"\prod",
    "max": r"\max",
    "min": r"\min",
    "argmax": r"\operatorname*{argmax}",
    "argmin": r"\operatorname*{argmin}",
}
RELATIONS = {"=": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq", "in": r"\in", "~": r"\approx"}
FENCED = {  # calls that are written as fences, by their name in code
    "abs": (r"\left\lvert ", r"\right\rvert"),
    "floor": (r"\left\lfloor ", r"\right\rfloor"),
    "ceil": (r"\left\lceil ", r"\right\rceil"),
    "norm": (r"\left\lVert ", r"\right\rVert"),
}
CHAINS = {"times": (" ", PRODUCT), "odot": (r" \odot ", ENTRIES)}
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def latex(tree: Layout) -> str:
    r"""The formula on one line, without alignment.

    >>> x, mu = Name("x_{i}", "x[i]"), Name(r"\mu", "mu")
    >>> latex(Power(Plus(((1, x), (-1, mu))), Number("2")))
    '{\\left(x_{i} - \\mu\\right)}^{2}'
    """
    match bare(tree):
        case Name(text):
            return admitted(text)
        case Number(text):
            return number(text)
        case Fraction(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Power(base, exponent):
            return f"{_base(base)}^{{{latex(exponent)}}}"
        case Root(body):
            return rf"\sqrt{{{latex(body)}}}"
        case Call() as call:
            return _call(call)
        case BigOperator() as big:
            return f"{sign(big)} {_held(big.body, PRODUCT)}"
        case Product() as product:
            return " ".join(factors(product))
        case Plus() as plus:
            return " ".join(terms(plus))
        case Relation() as relation:
            return _relation(relation)
        case Cases(rows):
            return _table("cases", ((latex(value), _condition(given)) for value, given in rows))
        case Tuple(items):
            return rf"\left({_listed(items)}\right)"
        case Matrix(rows):
            return _table("pmatrix", ([latex(entry) for entry in row] for row in rows))
        case Partial(of, by):
            return _partial(of, by)
        case Chain(joined, items):
            return CHAINS[joined][0].join(_held(item, POWER) for item in items)
        case Transpose(body):
            return rf"{_base(body)}^{{\top}}"
    raise SymgradError("not a layout tree", given=repr(tree)[:80])


def bare(tree: Layout) -> Layout:
    """The tree on paper, without a Plus, Product or Chain that holds a single thing (and no minus sign)."""
    return unwrapped(tree, lambda written: written.paper)


def unwrapped(tree: Layout, way: Callable[[Written], Layout]) -> Layout:
    """The tree without what holds a single thing, in one of the ways it is written in."""
    while True:
        match tree:
            case Plus(((1, inner),)) | Product((inner,)) | Chain(_, (inner,)):
                tree = inner
            case Written():
                tree = way(tree)
            case _:
                return tree


def raised(name: Name) -> bool:
    """Whether the name holds a superscript, so that another one needs brackets."""
    return name.raised or "^" in name.latex or "'" in name.latex


def number(text: str) -> str:
    """A number as it was given: digits and at most one decimal point."""
    if not NUMBER.fullmatch(text):
        raise SymgradError("not a number that can be printed", expected="digits, as in 3 or 0.3", given=text[:80])
    return text


def sign(big: BigOperator) -> str:
    """The sign with its limits, without the body."""
    names_only = all(isinstance(item, Name) for item in big.under)
    items = [latex(item) for item in big.under]
    under = ", ".join(items) if names_only or len(items) == 1 else _stacked(items)
    over = "" if big.over is None else f"^{{{latex(big.over)}}}"
    return f"{OPERATORS[big.operator]}_{{{under}}}{over}"


def terms(plus: Plus) -> list[str]:
    """The terms with their signs: `-a`, `+ b`, `- c`."""
    if not plus.terms:
        return ["0"]
    (positive, first), *others = plus.terms
    start = _held(first, PLUS) if positive > 0 else f"-{_held(first, ENTRIES)}"
    return [start, *(f"{'+' if positive > 0 else '-'} {_held(tree, ENTRIES)}" for positive, tree in others)]


def factors(product: Product) -> list[str]:
    r"""The factors; one that would run together with the number before it starts with `\cdot`.

    >>> factors(Product((Number("2"), Number("3"), Name("x", "x"))))
    ['2', '\\cdot 3', 'x']
    """
    written: list[str] = []
    for place, tree in enumerate(product.factors):
        last = place == len(product.factors) - 1
        text = _bracketed(tree) if not last and _open_right(tree) else _held(tree, PRODUCT)
        runs_on = text[0].isdigit() or (
            text.startswith(r"\frac") and isinstance(bare(product.factors[place - 1]), Number)
        )
        written.append(rf"\cdot {text}" if place and runs_on else text)
    return written or ["1"]


def _level(tree: Layout) -> int:
    tree = bare(tree)
    if isinstance(tree, Chain):
        return CHAINS[tree.sign][1]
    return ATOM if isinstance(tree, Call) and tree.plain in FENCED else LEVELS.get(type(tree), ATOM)


def _open_right(tree: Layout) -> bool:
    """Whether the tree ends in a sum that would swallow a factor to its right."""
    tree = bare(tree)
    return isinstance(tree, BigOperator) or (isinstance(tree, Product) and _open_right(tree.factors[-1]))


def _bracketed(tree: Layout) -> str:
    return rf"\left({latex(tree)}\right)"


def _held(tree: Layout, least: int) -> str:
    return latex(tree) if _level(tree) >= least else _bracketed(tree)


def _base(tree: Layout) -> str:
    """The base of a power: a plain name or number stands alone, all else is a group."""
    tree = bare(tree)
    if isinstance(tree, Number) or (isinstance(tree, Name) and not raised(tree)):
        return latex(tree)
    return f"{{{_bracketed(tree) if isinstance(tree, Name) else _held(tree, ATOM)}}}"


def _call(call: Call) -> str:
    if call.plain in FENCED:
        opening, closing = FENCED[call.plain]
        subscript = "_{F}" if call.latex.endswith("_F") else ""
        return f"{opening}{_listed(call.arguments)}{closing}{subscript}"
    return rf"{admitted(call.latex)}\left({_listed(call.arguments)}\right)"


def _stacked(items: list[str]) -> str:
    return rf"\substack{{{_rows([item] for item in items)}}}"


def _relation(relation: Relation) -> str:
    *before, last = relation.items
    first, *others = [*(_held(item, PLUS) for item in before), _held(last, CASES)]
    return first + "".join(f" {RELATIONS[is_]} {item}" for is_, item in zip(relation.relations, others, strict=True))


def _condition(given: Layout | None) -> str:
    """A Tuple lists conditions that all hold, without brackets."""
    if given is None:
        return r"\text{otherwise}"
    shown = r", \quad ".join(map(latex, given.items)) if isinstance(given, Tuple) else latex(given)
    return rf"\text{{if }} {shown}"


def _table(name: str, rows: Iterable[Iterable[str]]) -> str:
    return rf"\begin{{{name}}}{_rows(rows)}\end{{{name}}}"


def _rows(rows: Iterable[Iterable[str]]) -> str:
    r"""A row that starts with `[` would be read as the option of `\\`: an empty group keeps them apart."""
    lines = [" & ".join(row) for row in rows]
    return r"\\".join(f"{{}}{line}" if line.startswith("[") else line for line in lines)


def _partial(of: Layout, by: Layout) -> str:
    below = latex(by) if isinstance(by, Name) else _bracketed(by)
    if isinstance(of, Name):
        return rf"\frac{{\partial {latex(of)}}}{{\partial {below}}}"
    return rf"\frac{{\partial}}{{\partial {below}}}{_bracketed(of)}"


def _listed(items: Iterable[Layout]) -> str:
    return ", ".join(latex(item) for item in items)
