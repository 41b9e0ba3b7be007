r"""Numbers, columns, rows and matrices of exact numbers, and what the signs between them mean.

A number that has no fraction (a root, a logarithm) lies between two fractions. A tuple (8, -12) is a column or a row,
whichever is wanted; everything else is what it is written as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from symgrad.check.enclose import Between
from symgrad.errors import Unsupported
from symgrad.student.whole import DoesNotConform

BITS = 6000  # of a numerator or denominator: longer numbers are not worked out
Cells = tuple[tuple[Between, ...], ...]
Join = Callable[[Between, Between], Between]


@dataclass(frozen=True)
class Array:
    """`cells` row by row; a number has one. `loose`: a tuple, which lies as is wanted. `places`: decimals written."""

    cells: Cells
    loose: bool = False
    places: tuple[tuple[int | None, ...], ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), len(self.cells[0])

    @property
    def is_number(self) -> bool:
        return self.shape == (1, 1)

    @property
    def number(self) -> Between:
        return self.cells[0][0]

    @property
    def said(self) -> str:
        """The shape in words: a number, a column of n, a row of n, n x m."""
        rows, cols = self.shape
        if self.is_number:
            return "a number"
        if self.loose:
            return f"a tuple of {rows * cols}"
        return f"a column of {rows}" if cols == 1 else f"a row of {cols}" if rows == 1 else f"{rows} x {cols}"

    @property
    def T(self) -> Array:
        """The transpose; a tuple still lies either way: (8, -12)^T may be a column written on its side."""
        turned = tuple(zip(*self.cells, strict=True))
        return Array(turned, self.loose, tuple(zip(*self.places, strict=True)) if self.places else ())

    def each(self, change: Callable[[Between], Between]) -> Array:
        return Array(tuple(tuple(kept(change(v)) for v in row) for row in self.cells), self.loose)

    def lying(self, other: Array) -> Array:
        """A tuple the way another array lies; anything else as it is."""
        if not self.loose or self.is_number:
            return self
        lies = self if (self.shape[0] == 1) == (other.shape[0] == 1) else self.T
        return lies if other.loose else Array(lies.cells, False, lies.places)


def of(value: Fraction | int | Between, places: int | None = None) -> Array:
    """A number."""
    found = value if isinstance(value, Between) else Between.of(value)
    return Array(((found,),), places=((places,),))


def kept(value: Between) -> Between:
    """A number that is not too long to go on with. Raises Unsupported."""
    if max(x.bit_length() for v in (value.low, value.high) for x in (v.numerator, v.denominator)) > BITS:
        raise Unsupported("a number with too many digits", where="the arithmetic", expected=f"at most {BITS} bits")
    return value


def entrywise(left: Array, right: Array, join: Join, sign: str) -> Array:
    """Entry by entry; a number goes with every entry. Raises DoesNotConform."""
    if left.is_number:
        return right.each(lambda v: join(left.number, v))
    if right.is_number:
        return left.each(lambda v: join(v, right.number))
    left, right = left.lying(right), right.lying(left)
    if left.shape != right.shape:
        raise unlike(sign, left, right)
    cells = tuple(
        tuple(kept(join(a, b)) for a, b in zip(one, other, strict=True))
        for one, other in zip(left.cells, right.cells, strict=True)
    )
    return Array(cells, left.loose and right.loose)


def plus(left: Array, right: Array) -> Array:
    if left.is_number != right.is_number:
        raise unlike("plus", left, right)
    return entrywise(left, right, lambda a, b: a + b, "plus")


def product(left: Array, right: Array) -> Array:
    """The product of two numbers, vectors or matrices as matrices; of two tuples the scalar product."""
    if left.is_number or right.is_number:
        return entrywise(left, right, lambda a, b: a * b, "times")
    if left.loose and right.loose and left.shape == right.shape:
        left, right = (left.T, right) if left.shape[1] == 1 else (left, right.T)
    for one in (left, left.T) if left.loose else (left,):
        for other in (right, right.T) if right.loose else (right,):
            if one.shape[1] == other.shape[0]:
                return Array(
                    tuple(tuple(_dot(row, col) for col in zip(*other.cells, strict=True)) for row in one.cells)
                )
    raise unlike("times", left, right)


def dotted(left: Array, right: Array) -> Array:
    r"""`u \cdot v`: the scalar product of two columns or two rows, else the product of matrices."""
    for one, other in ((left, right), (left.T, right.T)):
        if not one.is_number and one.shape == other.shape and one.shape[1] == 1:
            return product(one.T, Array(other.cells))
    return product(left, right)


def hadamard(left: Array, right: Array) -> Array:
    return entrywise(left, right, lambda a, b: a * b, "entry by entry with")


def outer(left: Array, right: Array) -> Array:
    """u v^T of two vectors, whichever way they lie."""
    u, v = (a if a.shape[1] == 1 else a.T for a in (left, right))
    if u.shape[1] != 1 or v.shape[1] != 1:
        raise unlike("the outer product with", left, right)
    return product(Array(u.cells), v.T)


def over(left: Array, right: Array) -> Array:
    return entrywise(left, right, lambda a, b: a * powered(b, Fraction(-1)), "over")


def powered(base: Between, exponent: Fraction) -> Between:
    """A power of a number, refused before it grows too long."""
    bits = max(x.bit_length() for v in (base.low, base.high) for x in (v.numerator, v.denominator))
    if bits * abs(exponent) > BITS and base.low not in (0, 1, -1):
        raise Unsupported("a power with too many digits", where=f"an exponent of {str(exponent)[:20]}")
    if exponent == 0:
        return Between.of(1)
    return kept(base.power(exponent))


def _dot(one: Iterable[Between], other: Iterable[Between]) -> Between:
    total = Between.of(0)
    for a, b in zip(one, other, strict=True):
        total = total + a * b
    return kept(total)


def unlike(sign: str, left: Array, right: Array) -> DoesNotConform:
    return DoesNotConform(f"{left.said} {sign} {right.said} does not conform", given=f"{left.said} and {right.said}")
