"""Numerator layout of the gradient of a number: a row for a vector, the transpose for a matrix.

For a vector it is the chain rule as products of a row with matrices and diagonals: (A^T (s * v))^T = v^T diag(s) A.
"""

from __future__ import annotations

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.normal import fresh_name
from symgrad.algebra.records import Poly
from symgrad.check.proof import equal
from symgrad.declare.model import Model
from symgrad.matrix.build import scaled, together, turned
from symgrad.matrix.entries import entries
from symgrad.matrix.tree import (
    SINGLE,
    Across,
    Axis,
    Diagonal,
    Dot,
    Hadamard,
    Misfit,
    Plus,
    Raised,
    Scaled,
    Tree,
    shape,
    walk,
)


def lying(vector: Tree) -> Tree:
    """A column vector as a row, its factors on diagonals.

    Laws: (A v)^T = v^T A^T; (s * v)^T = v^T diag(s); (c v)^T = c v^T; (u + v)^T = u^T + v^T.
    """
    match vector:
        case Dot(left, right) if len(shape(left)) == 2:
            return Dot(lying(right), turned(left))
        case Hadamard(factors):
            spine = max(range(len(factors)), key=lambda n: _depth(factors[n]))
            rest = together(f for n, f in enumerate(factors) if n != spine)
            return Dot(lying(factors[spine]), Diagonal(rest))
        case Scaled(by, body):
            return scaled(by, lying(body))
        case Plus(terms):
            return Plus(tuple((sign, lying(t)) for sign, t in terms))
    return Across(vector)


def across(vector: Tree) -> Tree:
    """A column vector as a row that is written like the vector. Laws: (c v)^T = c v^T; (u + v)^T = u^T + v^T."""
    match vector:
        case Scaled(by, body):
            return scaled(by, across(body))
        case Plus(terms):
            return Plus(tuple((sign, across(t)) for sign, t in terms))
    return Across(vector)


def _depth(tree: Tree) -> int:
    """How much of a chain a factor carries on: products of matrices, then what is not a function of entries."""
    return 2 * sum(isinstance(t, Dot) for t in walk(tree)) + (not isinstance(tree, Plus | Raised))


def is_row(tree: Tree, answer: Poly, name: str, model: Model) -> bool:
    """Whether the entries of a row are the answer at a free index, for all sizes and values."""
    try:
        axes = shape(tree)
    except Misfit:
        return False
    if axes != (SINGLE, Axis.of(model.indices[name])):
        return False
    context = model.context([name])
    found = contract(entries(tree, fresh_name(), name), context)
    return found == answer or not contract(expand(found - answer), context) or equal(found, answer, model, (name,))
