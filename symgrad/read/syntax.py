"""The syntax tree of a formula: what was written, before anyone asks what it means.

Every node knows its `span`, the (start, end) offsets of its text, so that a later refusal can point with a caret.
Two trees are equal when they say the same; spans do not count. Products and sums are flat and in the written order.

>>> Plus((Number("1"), Minus(Number("2")))) == Plus((Number("1"), Minus(Number("2", span=(4, 5)))))
True
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass(frozen=True, slots=True)
class Number:
    """A number without sign, as written; `value` is exact.

    >>> Number("0.25").value
    Fraction(1, 4)
    """

    text: str
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


@dataclass(frozen=True, slots=True)
class Reference:
    """A declared name, by its code, or a bound name, by its code or as written. Without indices: all of a tensor."""

    code: str
    indices: tuple[Node, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A declared or known function of its arguments; `primes` counts derivatives: `ReLU'(a)` has one."""

    function: str
    arguments: tuple[Node, ...]
    primes: int = 0
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Minus:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Plus:
    """`a + b - c` is Plus(a, b, Minus(c)). A term may be Dots."""

    terms: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Times:
    """A product in written order. `signs[k]` stands between factors k and k+1: "" (none), "cdot", "times" or "*"."""

    factors: tuple[Node, ...]
    signs: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Divide:
    top: Node
    bottom: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Power:
    of: Node
    exponent: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class EntrywisePower:
    """Every entry to a power: `x^{\\odot -1/2}`."""

    of: Node
    exponent: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Root:
    """A root; `degree` None is the square root."""

    of: Node
    degree: Node | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class InnerProduct:
    """`\\langle left, right \\rangle`."""

    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class MatrixProduct:
    """`left @ right`."""

    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Hadamard:
    """The entry-by-entry product: `\\odot`, `\\circ`."""

    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Outer:
    """The outer product `\\otimes`."""

    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Transpose:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Bound:
    """One name bound by a big operator. Ends left out are None; `within` is a set only named (`i \\in data`)."""

    name: str
    lower: Node | None = None
    upper: Node | None = None
    within: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BigOperator:
    """`operator` is sum, prod, max or min, over the bound names where every condition holds."""

    operator: str
    bounds: tuple[Bound, ...]
    conditions: tuple[Node, ...]
    body: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class PartialDerivative:
    """`\\partial of / \\partial by`; `of` and `by` are what is written, whatever stands behind the names."""

    of: Node
    by: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's delta of two indices."""

    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Iverson:
    """1 where the condition holds, else 0: `[a > 0]`, `\\mathbf{1}_{a > 0}`."""

    condition: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Ones:
    """The vector of ones, `\\mathbf{1}`."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity matrix, `I` where no name is written so."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Relation:
    """`items[0] relations[0] items[1] ...`; a relation is one of = != < <= > >=. A chain has several."""

    items: tuple[Node, ...]
    relations: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All of these conditions."""

    conditions: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cases:
    """Rows of (value, condition); the condition None is `otherwise`."""

    rows: tuple[tuple[Node, Node | None], ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Absolute:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Norm:
    """`\\lVert x \\rVert`."""

    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Floor:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Ceiling:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Factorial:
    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binomial:
    top: Node
    bottom: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Diagonal:
    """`diag(v)`: the diagonal matrix of a vector."""

    of: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of something that is not a name: `(W x)_i`, `softmax(h)_i`."""

    of: Node
    indices: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Node, ...], ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Tuple:
    """Items in brackets, separated by commas: a column written on its side, or a point."""

    items: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Dots:
    """`\\dots` among terms, factors or items."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an align environment, each an expression or a chain; `&= c` continues the chain above."""

    lines: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


Node: TypeAlias = (
    Number
    | Reference
    | Call
    | Minus
    | Plus
    | Times
    | Divide
    | Power
    | EntrywisePower
    | Root
    | InnerProduct
    | MatrixProduct
    | Hadamard
    | Outer
    | Transpose
    | BigOperator
    | PartialDerivative
    | Delta
    | Iverson
    | Ones
    | Identity
    | Relation
    | Conjunction
    | Cases
    | Absolute
    | Norm
    | Floor
    | Ceiling
    | Factorial
    | Binomial
    | Diagonal
    | Entry
    | Matrix
    | Tuple
    | Dots
    | Lines
)


def children(node: Node | Bound) -> Iterator[Node | Bound]:
    """The nodes directly below, in written order (for a big operator its Bounds first).

    >>> [n.text for n in children(Divide(Number("1"), Number("2")))]
    ['1', '2']
    """
    kind: type = type(node)
    for name in _parts(kind):
        yield from _nodes(getattr(node, name))


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The names of the fields of a kind of node, without its span: dataclasses.fields makes them anew each time."""
    return tuple(part.name for part in fields(kind) if part.name != "span")


def _nodes(value: object) -> Iterator[Node | Bound]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, Bound | Node):
        yield value
