"""What each node of a formula means for numbers, columns, rows and matrices: one row a node."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import bind, call, guarded, power, put, times, total
from symgrad.read import syntax as s
from symgrad.read.resolve import COMPARED, Resolver
from symgrad.student.functions import OF_NUMBERS, OF_WHOLES, summed
from symgrad.student.series import series
from symgrad.student.whole import (
    DoesNotConform,
    Whole,
    as_in_numpy,
    diagonal,
    dotted,
    entrywise,
    hadamard,
    identity,
    ones,
    outer,
    product,
)

if TYPE_CHECKING:
    from symgrad.student.meaning import Meaning

HALF = Fraction(1, 2)
SIGMA = ("\\sigma", "\u03c3")
# What signs between vectors mean; everything else is the product of matrices.
JOINS: dict[str, Callable[[Whole, Whole], Whole]] = {"*": hadamard, "cdot": dotted}  # u * v as in code, u . v


def _plus(meaning: Meaning, node: s.Plus) -> Whole:
    if any(isinstance(t, s.Dots) for t in node.terms):
        return meaning.whole(series(node, meaning.refused, meaning.model.sizes))
    first, *others = map(meaning.whole, node.terms)
    if first.is_number and all(one.is_number for one in others):
        return Whole(total([first.poly, *(one.poly for one in others)]))
    for one in others:
        left, right = _as_rows(meaning, first, one)
        first = entrywise(left, right, lambda a, b: a + b, "plus")
    return first


def _as_rows(meaning: Meaning, left: Whole, right: Whole) -> tuple[Whole, Whole]:
    """A matrix and a vector as long as its rows, which is added to each of them as code does: taken for granted."""
    for matrix, vector in ((left, right), (right, left)):
        axis = vector.rows or vector.cols
        if not (matrix.rows and matrix.cols and axis) or (vector.rows and vector.cols):
            continue
        if axis.fits(matrix.cols) and not axis.fits(matrix.rows):
            meaning.assume("a vector is added to every row of a matrix")
            rows = Whole(put(vector.poly, {axis.name: matrix.cols.at}), matrix.rows, matrix.cols)
            return (matrix, rows) if matrix is left else (rows, matrix)
    return left, right


def _times(meaning: Meaning, node: s.Times) -> Whole:
    first, *others = map(meaning.whole, node.factors)
    if first.is_number and all(one.is_number for one in others):
        return Whole(times(first.poly, *(one.poly for one in others)))
    for sign, one in zip(node.signs, others, strict=True):
        first = meaning.joined(JOINS.get(sign, product), first, one)
    return first


def _divide(meaning: Meaning, node: s.Divide) -> Whole:
    top, bottom = meaning.whole(node.top), meaning.whole(node.bottom)
    return entrywise(top, bottom, lambda a, b: times(a, power(b, -1)), "over")


def _power(meaning: Meaning, node: s.Power) -> Whole:
    base = meaning.whole(node.of)
    if base.is_number:
        return Whole(Resolver.power(meaning, node))
    exponent = meaning.poly(node.exponent).number
    if exponent is None or (base.rows is not None and base.cols is not None):
        raise meaning.refused(f"a power of {base.shape}", node, "entries, or a product")
    return base.each(lambda p: power(p, exponent))


def _entrywise_power(meaning: Meaning, node: s.EntrywisePower) -> Whole:
    exponent = meaning.poly(node.exponent).number
    if exponent is None:
        raise meaning.refused("a symbolic exponent of entries", node.exponent, "a number")
    return meaning.whole(node.of).each(lambda p: power(p, exponent))


def _call(meaning: Meaning, node: s.Call) -> Whole:
    zero = [n for n, a in enumerate(node.arguments) if isinstance(a, s.Number) and a.value == 0]
    if node.function == "max" and len(node.arguments) == 2 and zero:  # max(0, u) is ReLU(u)
        return meaning.whole(node.arguments[1 - zero[0]]).each(lambda u: call("relu", u))
    if len(node.arguments) != 1:
        return Whole(Resolver.call(meaning, node))
    argument = meaning.whole(node.arguments[0])
    if node.function in ("sum", "mean") and argument.is_number:
        return meaning.total(argument, node)
    found = OF_WHOLES[node.function](argument) if node.function in OF_WHOLES and not node.primes else None
    if found is not None:
        return found
    if node.function in OF_NUMBERS and not node.primes:
        return argument.each(OF_NUMBERS[node.function])
    slope = meaning.own.slope(node.function, node.primes)
    if slope is not None:
        return argument.each(slope)
    name = meaning.function(node)
    return argument.each(lambda p: call(name, p))


def _iverson(meaning: Meaning, node: s.Iverson) -> Whole:
    condition = node.condition
    if not isinstance(condition, s.Relation) or len(condition.items) != 2:
        return Whole(meaning.holds(condition))
    if any(isinstance(x, s.BigOperator) for x in condition.items) or all(map(meaning.on_indices, condition.items)):
        return Whole(meaning.holds(condition))
    meaning.refuse_equality(*condition.items, condition.relations[0])
    left, right = map(meaning.whole, condition.items)
    return entrywise(left, right, COMPARED[condition.relations[0]], "compared with")


def _entry(meaning: Meaning, node: s.Entry) -> Whole:
    found = meaning.whole(node.of)
    of = node.of
    if isinstance(of, s.Call) and of.function == "sigmoid" and meaning.text[of.span[0] :].startswith(SIGMA):
        raise meaning.refused("sigma of a vector, then an index: a sigmoid or a softmax?", node, "one of these words")
    axes = [a for a in (found.rows, found.cols) if a is not None]
    if len(axes) != len(node.indices):
        raise meaning.refused(f"{found.shape} has {len(axes)} indices, not {len(node.indices)}", node)
    at = [meaning.index(i) for i in node.indices]
    moved = {a.name: i for a, i in zip(axes, at, strict=True)}
    open_ = [x.put(moved) for a in axes for x in a.range if not meaning.holds_here(x.put(moved))]
    return Whole(guarded(put(found.poly, moved), open_))


def _matrix_product(meaning: Meaning, node: s.MatrixProduct) -> Whole:
    left, right = meaning.whole(node.left), meaning.whole(node.right)
    if left.is_number or right.is_number:
        raise DoesNotConform("a number stands beside @", given=f"{left.shape} @ {right.shape}", expected="arrays")
    return meaning.joined(as_in_numpy, left, right)


def _inner_product(meaning: Meaning, node: s.InnerProduct) -> Whole:
    """The sum over all entries, of two vectors however they lie; a number has no inner product."""
    left, right = meaning.whole(node.left), meaning.whole(node.right)
    if left.is_number or right.is_number:
        raise DoesNotConform("an inner product of a number", given=f"{left.shape}, {right.shape}", expected="vectors")
    lie = [(one.rows is None, one.cols is None) for one in (left, right)]
    return summed(hadamard(left, right.T if lie[0] == lie[1][::-1] != lie[1] else right))


def _absolute(meaning: Meaning, node: s.Absolute) -> Whole:
    of = meaning.whole(node.of)
    if (of.rows is None) != (of.cols is None):
        raise meaning.refused(f"bars around {of.shape}: a norm, or entry by entry?", node, r"\lVert u \rVert, or |u_i|")
    return of.each(lambda p: call("abs", p))


def _norm(meaning: Meaning, node: s.Norm) -> Whole:
    v = meaning.whole(node.of)
    axes = [a for a in (v.rows, v.cols) if a is not None]
    squares = bind(power(v.poly, 2), [a.name for a in axes], [x for a in axes for x in a.range])
    return Whole(power(squares, HALF))


WHOLE: dict[type, Callable[[Meaning, Any], Whole]] = {
    s.Reference: lambda r, n: r.named(n),
    s.PartialDerivative: lambda r, n: r.derived(n),
    s.Minus: lambda r, n: r.whole(n.of).each(lambda p: -p),
    s.Plus: _plus,
    s.Times: _times,
    s.Divide: _divide,
    s.Power: _power,
    s.EntrywisePower: _entrywise_power,
    s.Call: _call,
    s.BigOperator: lambda r, n: r.summed(n),
    s.Iverson: _iverson,
    s.Cases: lambda r, n: Whole(r.cases(n)),
    s.Entry: _entry,
    s.Norm: _norm,
    s.Ones: lambda r, n: ones(),
    s.Identity: lambda r, n: identity(),
    s.Absolute: _absolute,
    s.Transpose: lambda r, n: r.whole(n.of).T,
    s.MatrixProduct: _matrix_product,
    s.Hadamard: lambda r, n: r.joined(hadamard, r.whole(n.left), r.whole(n.right)),
    s.InnerProduct: _inner_product,
    s.Outer: lambda r, n: outer(r.whole(n.left), r.whole(n.right)),
    s.Diagonal: lambda r, n: diagonal(r.whole(n.of)),
}
