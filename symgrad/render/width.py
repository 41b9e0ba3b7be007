r"""How wide a formula will stand on paper, roughly, in em; and how a formula that is too wide is broken into lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
from symgrad.render.latex import bare, factors, latex, raised, sign, terms

LETTER, DIGIT, BRACKETS, SCRIPT = 0.6, 0.5, 1.0, 0.72
GLYPH = re.compile(r"\\[A-Za-z]+|[^\s\\]")
DRESS = re.compile(
    r"\\(?:hat|widehat|bar|tilde|vec|dot|math[a-z]+|boldsymbol|text|operatorname|left|right)(?![A-Za-z])"
)


def width(tree: Layout) -> float:
    r"""The width in em, within about a fifth.

    >>> width(Name("x", "x")) < width(Name("x_{i}", "x[i]")) < width(Name("x_{i + 1}", "x[i + 1]"))
    True
    """
    match bare(tree):
        case Name(text):
            return _name(text)
        case Number(text):
            return DIGIT * len(text)
        case Fraction(top, bottom):
            return max(width(top), width(bottom)) + 0.3
        case Power(base, exponent):
            bare_base = isinstance(base, Number) or (isinstance(base, Name) and not raised(base))
            return width(base) + SCRIPT * width(exponent) + (0.0 if bare_base else BRACKETS)
        case Root(body):
            return width(body) + 0.9
        case Call(plain=name, arguments=items):
            return DIGIT * len(name) + BRACKETS + _spread(items, 0.5)
        case BigOperator(_, under, over, body):
            limits = max(width(item) for item in (*under, *((over,) if over else ())))
            return max(1.4, SCRIPT * limits) + 0.2 + width(body) + (BRACKETS if isinstance(body, Plus) else 0.0)
        case Product(items):
            return _spread(items, 0.15) + BRACKETS * sum(isinstance(bare(item), Plus) for item in items)
        case Plus(items):
            return _spread((item for _, item in items), 1.2)
        case Relation(items):
            return _spread(items, 1.3)
        case Tuple(items):
            return BRACKETS + _spread(items, 0.5)
        case Cases(rows):
            return 3.0 + max(width(value) + (width(given) if given else 4.0) for value, given in rows)
        case Matrix(rows):
            return BRACKETS + sum(max(width(entry) for entry in column) + 1.0 for column in zip(*rows, strict=True))
        case Partial(of, by):
            return 0.9 + max(width(of), width(by))
        case Chain(joined, items):
            gap = 0.15 if joined == "times" else 1.2
            return _spread(items, gap) + BRACKETS * sum(isinstance(bare(item), Plus | Chain) for item in items)
        case Transpose(body):
            return width(body) + SCRIPT * LETTER + (BRACKETS if isinstance(bare(body), Plus | Chain) else 0.0)
        case Written(paper):
            return width(paper)


def _spread(items: Iterable[Layout], gap: float) -> float:
    widths = [width(item) for item in items]
    return sum(widths) + gap * (len(widths) - 1)


def _name(latex: str) -> float:
    r"""Letters and signs count once, scripts less, dress (`\hat`, `\mathbf`) not at all."""
    total, scales, scale = 0.0, [1.0], 1.0
    for token in GLYPH.findall(DRESS.sub("", latex)):
        if token in ("_", "^"):
            scale = SCRIPT
        elif token == "{":
            scales.append(scales[-1] * scale)
            scale = 1.0
        elif token == "}":
            scales.pop()
        else:
            total += LETTER * scales[-1] * scale
            scale = 1.0
    return total


def pieces(tree: Layout, limit: float) -> list[str]:
    r"""The formula as LaTeX, broken before a term or a factor where it is wider than `limit` em.

    >>> a, b = Name("a", "a"), Name("b", "b")
    >>> pieces(Plus(((1, a), (-1, b))), 20.0), pieces(Plus(((1, a), (-1, b))), 1.0)
    (['a - b'], ['a', '- b'])
    """
    tree = bare(tree)
    if width(tree) <= limit or not isinstance(tree, Plus | Product | BigOperator):
        return [latex(tree)]
    if isinstance(tree, BigOperator):
        return _under_the_sign(tree, limit)
    if isinstance(tree, Plus):
        return _filled(*_of_terms(tree, limit), limit)
    written = factors(tree)
    lines = _filled(written, [width(item) + BRACKETS for item in tree.factors], limit)
    return [line if place == 0 or line.startswith(r"\cdot") else rf"\cdot {line}" for place, line in enumerate(lines)]


def _of_terms(tree: Plus, limit: float) -> tuple[list[str], list[float]]:
    """The terms and their widths; a product that is too wide is itself in pieces, each as wide as a line."""
    written: list[str] = []
    widths: list[float] = []
    for text, (_, item) in zip(terms(tree), tree.terms, strict=True):
        inner = bare(item)
        lines = pieces(inner, limit) if isinstance(inner, Product) and width(inner) > limit else [text]
        front = text[: len(text) - len(latex(inner))] if len(lines) > 1 else ""
        written += [f"{front}{lines[0]}", *lines[1:]]
        widths += [width(item) + 1.2] if len(lines) == 1 else [limit] * len(lines)
    return written, widths


def _under_the_sign(tree: BigOperator, limit: float) -> list[str]:
    """A sum of products goes on below with its next factor; a sum of anything else stays whole."""
    body = bare(tree.body)
    if not isinstance(body, Product | BigOperator):
        return [latex(tree)]
    first, *others = pieces(body, limit - (width(tree) - width(body)))
    return [f"{sign(tree)} {first}", *others]


def _filled(parts: list[str], widths: list[float], limit: float) -> list[str]:
    """As many parts to a line as fit."""
    lines: list[str] = []
    used = 0.0
    for part, wide in zip(parts, widths, strict=True):
        if lines and used + wide <= limit:
            lines[-1], used = f"{lines[-1]} {part}", used + wide
        else:
            lines.append(part)
            used = wide
    return lines
