"""Matrix expressions as small trees. A tree has a shape: no axis is a number, one a column vector, two a matrix.

Rows and vectors of ones are written out, so that nothing is repeated along an axis unless the tree says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symgrad.algebra.index import Affine, Limit
from symgrad.declare.model import Index

Tree: TypeAlias = (
    "Number | Size | Named | Ones | Identity | Transpose | Across | Dot | Outer | Diagonal | DiagonalOf | Trace"
    " | Square | Each | Raised | Hadamard | Scaled | Plus"
)
HERE = "*"  # stands for the index of an axis in its limits


class Misfit(Exception):
    """Parts of a tree whose shapes do not go together."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis by its range: every limit is >= 0, with HERE in place of the index. Equal ranges are one axis."""

    limits: frozenset[Affine]

    @staticmethod
    def along(name: str, limits: Iterable[Affine]) -> Axis:
        return Axis(frozenset(x.put({name: Affine.name(HERE)}) for x in limits))

    @staticmethod
    def of(index: Index) -> Axis:
        return Axis.along(index.name, index.limits)

    def at(self, name: str) -> tuple[Limit, ...]:
        """The limits of an index along this axis."""
        return tuple(Limit("ge", x.put({HERE: Affine.name(name)})) for x in sorted(self.limits, key=str))

    @property
    def length(self) -> Affine | None:
        """How many entries there are, where the range has one plain first and last value.

        >>> i, n = Affine.name("i"), Affine.name("n")
        >>> Axis.along("i", [i - 1, n - i]).length
        n
        """
        ends = [x.slope(HERE) for x in self.limits]
        plain = len(ends) == 2 and {str(e) for e in ends} == {"1", "-1"}
        return sum(self.limits, Affine.number(1)) if plain else None


Shape = tuple[Axis, ...]
SINGLE = Axis(frozenset([Affine.name(HERE), -Affine.name(HERE)]))  # the first axis of a row


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Size:
    """A size used as a number."""

    name: str
    sign: str = "positive"


@dataclass(frozen=True, slots=True)
class Named:
    """A declared name as a whole: X. `fixed`: indices in front that stand still, as the s of a matrix X_s."""

    name: str
    axes: Shape = ()
    fixed: tuple[str, ...] = ()
    sign: str = "real"


@dataclass(frozen=True, slots=True)
class Ones:
    axis: Axis


@dataclass(frozen=True, slots=True)
class Identity:
    axis: Axis


@dataclass(frozen=True, slots=True)
class Transpose:
    body: Tree


@dataclass(frozen=True, slots=True)
class Across:
    """A vector as a row: a matrix whose first axis has one value."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Dot:
    """A product over the axis between: A B, A v, and u^T v of two vectors."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Outer:
    """u w^T, of a column with a vector or with a row."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Diagonal:
    """The matrix with a vector on its diagonal."""

    body: Tree


@dataclass(frozen=True, slots=True)
class DiagonalOf:
    """The vector of the entries A_ii."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Trace:
    body: Tree


@dataclass(frozen=True, slots=True)
class Square:
    """The sum of the squares of all entries."""

    body: Tree


@dataclass(frozen=True, slots=True)
class Each:
    """A function of entries at the same place; a number is the same at every place."""

    function: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """Every entry to a power."""

    body: Tree
    exponent: Fraction


@dataclass(frozen=True, slots=True)
class Hadamard:
    """The product of entries at the same place."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number times a vector or matrix."""

    by: Tree
    body: Tree


@dataclass(frozen=True, slots=True)
class Plus:
    """A signed sum: (+1, A), (-1, B) is A - B."""

    terms: tuple[tuple[int, Tree], ...]


def shape(tree: Tree) -> Shape:
    """The axes of the value of a tree; raises Misfit where parts do not go together."""
    match tree:
        case Number() | Size():
            return ()
        case Named(axes=axes):
            return axes
        case Ones(axis):
            return (axis,)
        case Identity(axis):
            return (axis, axis)
        case Raised(body):
            return shape(body)
        case Trace(body) | Square(body):
            return _fits((), isinstance(tree, Square) or _is_square(body))
        case Transpose(body):
            return _fits(shape(body)[::-1], len(shape(body)) == 2)
        case Across(body):
            return _fits((SINGLE, *shape(body)), len(shape(body)) == 1)
        case Diagonal(body):
            return _fits(shape(body) * 2, len(shape(body)) == 1)
        case DiagonalOf(body):
            return _fits(shape(body)[:1], _is_square(body))
        case Dot(left, right):
            one, two = shape(left), shape(right)
            joins = bool(one and two) and one[-1] == two[0] and (len(one) == 2 or len(two) == 1)
            return _fits((*one[:-1], *two[1:]), joins)
        case Outer(left, right):
            one, two = shape(left), shape(right)
            return _fits((*one, *two[-1:]), len(one) == 1 and (len(two) == 1 or two[:1] == (SINGLE,)))
        case Scaled(by, body):
            return _fits(shape(body), not shape(by) and bool(shape(body)))
        case Each(_, arguments):
            found = {shape(a) for a in arguments} - {()}
            return _fits(next(iter(found), ()), len(found) <= 1)
        case Hadamard(factors):
            return _same(factors)
        case Plus(terms):
            return _same([t for _, t in terms])


def _fits(found: Shape, joins: bool) -> Shape:
    if not joins:
        raise Misfit
    return found


def _is_square(tree: Tree) -> bool:
    found = shape(tree)
    return len(found) == 2 and found[0] == found[1]


def _same(trees: Iterable[Tree]) -> Shape:
    found = {shape(t) for t in trees}
    return _fits(next(iter(found), ()), len(found) == 1)


def parts(tree: Tree) -> tuple[Tree, ...]:
    """The trees that a tree is made of."""
    match tree:
        case Dot(left, right) | Outer(left, right) | Scaled(left, right):
            return (left, right)
        case Each(_, items) | Hadamard(items):
            return items
        case Plus(terms):
            return tuple(t for _, t in terms)
        case (
            Transpose(body)
            | Across(body)
            | Diagonal(body)
            | DiagonalOf(body)
            | Trace(body)
            | Square(body)
            | Raised(body)
        ):
            return (body,)
    return ()


def walk(tree: Tree) -> Iterable[Tree]:
    """Every tree in a tree, itself first."""
    yield tree
    for part in parts(tree):
        yield from walk(part)


def cost(tree: Tree) -> int:
    """How much there is to read; of two forms the one with less is shown."""
    own = {Number: 1, Size: 1, Named: 3, Ones: 2, Identity: 3, Transpose: 1, Diagonal: 2, DiagonalOf: 2, Trace: 2}
    mixed = isinstance(tree, Hadamard | Plus) and any(isinstance(f, Transpose) for f in parts(tree))
    return own.get(type(tree), 1) + mixed + sum(map(cost, parts(tree)))
