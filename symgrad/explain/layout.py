"""Layout trees: a formula as it will stand on paper, in the order a reader reads it, before any format is chosen.

Every format (LaTeX, MathML, plain text) is written from these nodes. They carry no brackets: the writers know
the precedence of each node and put brackets where they are needed, and only there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Layout: TypeAlias = (
    "Name | Number | Fraction | Power | Root | Call | BigOperator | Product | Plus"
    " | Relation | Cases | Tuple | Matrix | Partial | Chain | Transpose | Written"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A displayed name with its indices already in place: latex `\\hat{x}_{i}`, plain `xhat[i]`.

    `raised`: a superscript stands at the top level of the LaTeX, as in `\\sigma^2`: a power needs brackets.
    """

    latex: str
    plain: str
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A non-negative number as it is printed: `3`, `0.3`. Signs belong to Plus."""

    text: str


@dataclass(frozen=True, slots=True)
class Fraction:
    top: Layout
    bottom: Layout


@dataclass(frozen=True, slots=True)
class Power:
    base: Layout
    exponent: Layout


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    body: Layout


@dataclass(frozen=True, slots=True)
class Call:
    """A function application; `latex` is its command (`\\exp`, `\\operatorname{ReLU}`), `plain` its name in code."""

    latex: str
    plain: str
    arguments: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class BigOperator:
    """A sum (or product, max ...) over bound names: `operator` is one of sum, prod, max, min,
    argmax, argmin.

    `under` is what stands below the sign (a Relation `i = 1`, or several conditions), `over` what stands above or None.
    The body extends to the right as a product does: a Plus in the body is bracketed.
    """

    operator: str
    under: tuple[Layout, ...]
    over: Layout | None
    body: Layout


@dataclass(frozen=True, slots=True)
class Product:
    factors: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Plus:
    """A signed sum: (+1, a), (-1, b) is `a - b`. A single negative term is `-a`."""

    terms: tuple[tuple[int, Layout], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`items[0] relations[0] items[1] ...`; a relation is one of = != < <= > >= in ~.

    ~ stands before a number that was rounded."""

    items: tuple[Layout, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """Rows of (value, condition); a condition None is `otherwise`."""

    rows: tuple[tuple[Layout, Layout | None], ...]


@dataclass(frozen=True, slots=True)
class Tuple:
    """Comma-separated items in round brackets."""

    items: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Layout, ...], ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """`partial of / partial by`: a gradient or a local derivative shown as a name."""

    of: Layout
    by: Layout


@dataclass(frozen=True, slots=True)
class Chain:
    """A product of matrices (`times`) or of their entries (`odot`): `A B` and `A \\odot B`, in code `A @ B`, `A*B`."""

    sign: str
    items: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Transpose:
    body: Layout


@dataclass(frozen=True, slots=True)
class Written:
    """One thing that is written in two ways: `u v^T` on paper is `outer(u, v)` in code."""

    paper: Layout
    code: Layout
