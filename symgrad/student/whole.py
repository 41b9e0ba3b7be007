"""Numbers, columns, rows and matrices: what a formula without indices stands for, entry by entry.

A Whole is a poly in the names of its axes. A column has rows and no columns; a row the other way round.

    (A B)[i, k] = sum_j A[i, j] B[j, k]      (u * v)[i] = u[i] v[i]      (u v^T)[i, j] = u[i] v[j]
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import ONE, bind, fresh_name, guarded, put, times
from symgrad.algebra.records import Poly
from symgrad.declare.model import Index
from symgrad.errors import SymgradError


class DoesNotConform(SymgradError):
    """Shapes that do not go together. `product` is the operation, `left` and `right` the shapes."""


@dataclass(frozen=True)
class Axis:
    """A fresh index with its range: every expression in `limits` is >= 0. Without limits it is as long as need be."""

    name: str
    limits: tuple[Affine, ...]
    length: str  # for messages

    @classmethod
    def of(cls, index: Index) -> Axis:
        """A new index with the range of a declared one."""
        name = fresh_name()
        moved = {index.name: Affine.name(name)}
        limits = tuple(e.put(moved) for e in index.limits)
        return cls(name, limits, _length(name, limits))

    @classmethod
    def of_same(cls, other: Axis) -> Axis:
        """A new index with the range of another axis."""
        name = fresh_name()
        return cls(name, tuple(e.put({other.name: Affine.name(name)}) for e in other.limits), other.length)

    @property
    def at(self) -> Affine:
        return Affine.name(self.name)

    @property
    def range(self) -> tuple[Limit, ...]:
        return tuple(Limit("ge", e) for e in self.limits)

    @property
    def is_any(self) -> bool:
        return not self.limits

    def fits(self, other: Axis) -> bool:
        """Whether both run over the same values."""
        if self.is_any or other.is_any:
            return True
        return {e.put({self.name: other.at}) for e in self.limits} == set(other.limits)


ANY = ()


def ones() -> Whole:
    """The column of ones, as long as what it stands with."""
    return Whole(ONE, Axis(fresh_name(), ANY, "any length"))


def _length(name: str, limits: tuple[Affine, ...]) -> str:
    """The number of values of a range, as text."""
    rest = Affine.number(1)
    for e in limits:
        rest = rest + e
    return str(rest) if name not in rest.names else "?"


@dataclass(frozen=True)
class Whole:
    """A poly over the names of its axes; None is an axis of length 1 that has no name."""

    poly: Poly
    rows: Axis | None = None
    cols: Axis | None = None

    @property
    def is_number(self) -> bool:
        return self.rows is None and self.cols is None

    @property
    def shape(self) -> str:
        """The shape in words: a number, a column of n, a row of n, n x m."""
        if self.is_number:
            return "a number"
        if self.cols is None or self.rows is None:
            axis = self.rows or self.cols
            assert axis is not None
            return f"a {'column' if self.cols is None else 'row'} of {axis.length}"
        return f"{self.rows.length} x {self.cols.length}"

    @property
    def T(self) -> Whole:
        return Whole(self.poly, self.cols, self.rows)

    def each(self, change: Callable[[Poly], Poly]) -> Whole:
        """A function of every entry."""
        return Whole(change(self.poly), self.rows, self.cols)


def entrywise(left: Whole, right: Whole, join: Callable[[Poly, Poly], Poly], sign: str) -> Whole:
    """Entry by entry; a number goes with every entry. Raises DoesNotConform."""
    if left.is_number:
        return right.each(lambda p: join(left.poly, p))
    if right.is_number:
        return left.each(lambda p: join(p, right.poly))
    moved: dict[str, Affine] = {}
    kept: list[Axis | None] = []
    for mine, other in ((left.rows, right.rows), (left.cols, right.cols)):
        if (mine is None) != (other is None) or (mine is not None and other is not None and not mine.fits(other)):
            raise _unlike(sign, left, right)
        if mine is None or other is None:
            kept.append(None)
            continue
        known, open_ = (other, mine) if mine.is_any else (mine, other)
        kept.append(known)
        moved[open_.name] = known.at
    return Whole(join(put(left.poly, moved), put(right.poly, moved)), kept[0], kept[1])


def product(left: Whole, right: Whole) -> Whole:
    """The product of two numbers, vectors or matrices as matrices. Raises DoesNotConform."""
    if left.is_number or right.is_number:
        return entrywise(left, right, lambda a, b: times(a, b), "times")
    inner, other = left.cols, right.rows
    if inner is None and other is None:
        return Whole(times(left.poly, right.poly), left.rows, right.cols)
    if inner is None or other is None or not inner.fits(other):
        raise _unlike("times", left, right)
    if inner.is_any and other.is_any:
        raise DoesNotConform("ones times ones have no length", given=left.shape, expected="a vector of known length")
    known = other if inner.is_any else inner
    joined = put(times(left.poly, put(right.poly, {other.name: inner.at})), {inner.name: known.at})
    return Whole(bind(joined, [known.name], known.range), left.rows, right.cols)


def hadamard(left: Whole, right: Whole) -> Whole:
    """The product entry by entry. Raises DoesNotConform."""
    return entrywise(left, right, lambda a, b: times(a, b), "entry by entry with")


def dotted(left: Whole, right: Whole) -> Whole:
    """`u \\cdot v`: the scalar product of two columns or two rows, else the product of matrices."""
    for one, other in ((left, right), (left.T, right.T)):
        both_columns = one.cols is None and other.cols is None and one.rows is not None and other.rows is not None
        if both_columns:
            return product(one.T, other)
    return product(left, right)


def as_in_numpy(left: Whole, right: Whole) -> Whole:
    """`u @ v` in code, where a vector lies as it must: the scalar product of two, and v @ A is A^T v."""
    if left.cols is None and left.rows is not None and right.rows is not None:
        return product(left.T, right) if right.cols is None else product(left.T, right).T
    return product(left, right)


def identity() -> Whole:
    """The identity matrix, as large as what it stands with."""
    row, column = (Axis(fresh_name(), ANY, "any length") for _ in range(2))
    return Whole(guarded(ONE, [Limit("eq", row.at - column.at)]), row, column)


def joins(left: Whole, right: Whole, kinds: tuple[Callable[[Whole, Whole], Whole], ...]) -> list[Whole]:
    """All products of these kinds that may be meant where transposes are not marked."""
    found = []
    for kind in kinds:
        for a in (left, left.T):
            for b in (right, right.T):
                with suppress(DoesNotConform):
                    found.append(kind(a, b))
    return found


def outer(left: Whole, right: Whole) -> Whole:
    """u v^T of two vectors, whichever way they lie. Raises DoesNotConform."""
    u, v = (w if w.cols is None else w.T for w in (left, right))
    if u.cols is not None or v.cols is not None or u.is_number or v.is_number:
        raise _unlike("the outer product with", left, right)
    return product(u, v.T)


def diagonal(of: Whole) -> Whole:
    """The matrix with a vector on its diagonal. Raises DoesNotConform."""
    v = of if of.cols is None else of.T
    if v.rows is None or v.cols is not None:
        raise DoesNotConform("diag of something that is no vector", given=of.shape, expected="a vector")
    other = Axis.of_same(v.rows)
    unit = guarded(ONE, [Limit("eq", v.rows.at - other.at)])
    return Whole(times(v.poly, unit), v.rows, other)


def _unlike(sign: str, left: Whole, right: Whole) -> DoesNotConform:
    lengths = (a.length if a is not None else "1" for a in (left.cols, right.rows))
    unless = " = ".join(lengths) if sign == "times" else ""
    return DoesNotConform(
        f"{left.shape} {sign} {right.shape} does not conform",
        expected=f"the same length inside (unless {unless})" if unless else "the same shape on both sides",
        given=f"{left.shape} and {right.shape}",
    )
