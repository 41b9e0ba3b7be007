"""What a matrix expression means, entry by entry: the certificate of every matrix form that is given.

It shares nothing with the search that found the form. A form is confirmed where its entries, contracted, are the
answer, or are proved equal to it.
"""

from __future__ import annotations

from collections.abc import Callable

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import ONE, bind, call, fresh_name, guarded, lone, number, power, scale, times, total
from symgrad.algebra.records import Poly, Ref, Value
from symgrad.check.proof import equal
from symgrad.declare.model import Model
from symgrad.matrix.tree import (
    Across,
    Axis,
    Diagonal,
    DiagonalOf,
    Dot,
    Each,
    Hadamard,
    Identity,
    Misfit,
    Named,
    Number,
    Ones,
    Outer,
    Plus,
    Raised,
    Scaled,
    Size,
    Square,
    Trace,
    Transpose,
    Tree,
    shape,
    walk,
)


def entries(tree: Tree, *at: str) -> Poly:
    """The entry of a tree at index names, one for each axis.

    Laws: (A B)_ij = S_k A_ik B_kj; (u w^T)_ij = u_i w_j; (A^T)_ij = A_ji; diag(v)_ij = v_i [i = j], and
    (diag(v) A)_ij = v_i A_ij, (A diag(v))_ij = A_ij v_j.
    """
    match tree:
        case Number(value):
            return number(value)
        case Size(name, sign):
            return lone(Value(name, sign))
        case Named(name, _, fixed, sign):
            return lone(Ref(name, map(Affine.name, (*fixed, *at)), sign))
        case Ones():
            return ONE
        case Identity():
            return guarded(ONE, [_equal(*at)])
        case Diagonal(body):
            return guarded(entries(body, at[0]), [_equal(*at)])
        case DiagonalOf(body):
            return entries(body, at[0], at[0])
        case Transpose(body):
            return entries(body, at[1], at[0])
        case Across(body):
            return entries(body, at[1])
        case Dot(Diagonal(body), right):
            return times(entries(body, at[0]), entries(right, *at))
        case Dot(left, Diagonal(body)):
            return times(entries(left, *at), entries(body, at[1]))
        case Dot(left, right):
            own = len(shape(left)) - 1
            return _sum(shape(right)[0], lambda k: times(entries(left, *at[:own], k), entries(right, k, *at[own:])))
        case Outer(left, right):
            across = () if len(shape(right)) == 1 else (fresh_name(),)
            return times(entries(left, at[0]), entries(right, *across, at[1]))
        case Trace(body):
            return _sum(shape(body)[0], lambda k: entries(body, k, k))
        case Square(body):
            return _squares(body)
        case Each(function, arguments):
            return call(function, *(entries(a, *(at if shape(a) else ())) for a in arguments))
        case Raised(body, exponent):
            return power(entries(body, *at), exponent)
        case Hadamard(factors):
            return times(*(entries(f, *at) for f in factors))
        case Scaled(by, body):
            return times(entries(by), entries(body, *at))
        case Plus(terms):
            return total(scale(entries(t, *at), sign) for sign, t in terms)


def _equal(row: str, column: str) -> Limit:
    return Limit("eq", Affine.name(row) - Affine.name(column))


def _sum(axis: Axis, entry: Callable[[str], Poly]) -> Poly:
    k = fresh_name()
    return bind(entry(k), [k], axis.at(k))


def _squares(body: Tree) -> Poly:
    axes = shape(body)
    names = [fresh_name() for _ in axes]
    limits = [x for axis, name in zip(axes, names, strict=True) for x in axis.at(name)]
    return bind(power(entries(body, *names), 2), names, limits)


def is_confirmed(tree: Tree, answer: Poly, at: tuple[str, ...], model: Model) -> bool:
    """Whether the entries of a tree at these free indices are the answer, for all sizes and values."""
    try:
        axes = shape(tree)
    except Misfit:
        return False
    if axes != tuple(Axis.of(model.indices[name]) for name in at) or not all(map(_reads(model), walk(tree))):
        return False
    free = tuple(dict.fromkeys((*at, *(n for part in walk(tree) if isinstance(part, Named) for n in part.fixed))))
    context = model.context(free)
    found = contract(entries(tree, *at), context)
    if found == answer:
        return True
    return not contract(expand(found - answer), context) or equal(found, answer, model, free)


def _reads(model: Model) -> Callable[[Tree], bool]:
    """Whether a name in a tree is read along the axes it is declared with."""

    def check(part: Tree) -> bool:
        if not isinstance(part, Named):
            return True
        own = [Axis.of(model.indices[name]) for name in model.tensors[part.name].axes]
        return own == [*(Axis.of(model.indices[name]) for name in part.fixed), *part.axes]

    return check
