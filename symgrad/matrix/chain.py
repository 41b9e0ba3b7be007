"""The gradient of a number as a chain from the output: rows, matrices and diagonals, in numerator layout.

Each gradient of a vector on the way is a row of its own, confirmed against its answer; then rows are put in for equal
rows. Gradients of numbers stay names.
"""

from __future__ import annotations

from symgrad.algebra.records import Poly
from symgrad.derive.steps import Derivation
from symgrad.matrix.build import scaled, turned
from symgrad.matrix.entries import is_confirmed
from symgrad.matrix.rows import is_row, lying
from symgrad.matrix.tree import Across, Dot, Named, Outer, Scaled, Tree, cost, shape
from symgrad.matrix.view import View, seen, view

LONGEST = 120  # the cost up to which rows are put in; a longer chain is read in pieces


def chained(found: Derivation) -> View:
    """The gradient of a number by a vector or matrix, its axes turned round; none where it is no chain."""
    if found.of_free or not found.by_free:
        return View(None, reason="a chain ends in a number, and starts with a vector or matrix")
    if found.model.tensors[found.by].row:
        return view(found, "numerator")
    rows: dict[str, Tree] = {}
    for group in found.groups[:-1]:
        row = _row(found, group.answer, group.free)
        if row is not None:
            rows[group.name] = put_in(row, rows)
    last = found.groups[-1]
    if len(last.free) == 1:
        row = _row(found, last.answer, last.free)
        return View(put_in(row, rows), last.free, lying=True) if row is not None else View(None, reason="no row")
    return _of_matrix(found, rows)


def _row(found: Derivation, answer: Poly, free: tuple[str, ...]) -> Tree | None:
    """A gradient by a vector as a confirmed row."""
    standing = seen(answer, found.model, free, may_fix=False) if len(free) == 1 else View(None)
    if standing.tree is None:
        return None
    row = lying(standing.tree)
    return row if is_row(row, answer, free[0], found.model) else None


def _of_matrix(found: Derivation, rows: dict[str, Tree]) -> View:
    """Law: (c u w^T)^T = c w u^T, and u^T is a row, a chain of its own."""
    standing = seen(found.answer, found.model, found.free, may_fix=False)
    match standing.tree:
        case Outer(left, right) | Scaled(_, Outer(left, right)):
            front = standing.tree.by if isinstance(standing.tree, Scaled) else None
        case _:
            return View(None, reason="no product of a column with a row")
    whole = turned(Outer(left, right))
    if not is_confirmed(whole if front is None else Scaled(front, whole), found.answer, found.free[::-1], found.model):
        return View(None, reason="not confirmed")
    tree = _joined(right, put_in(lying(left), rows))
    return View(tree if front is None else scaled(front, tree), found.free[::-1], lying=True)


def put_in(tree: Tree, rows: dict[str, Tree]) -> Tree:
    """A row in which names of rows are replaced by what they are, numbers in front. Law: (c u) A = c (u A)."""
    match tree:
        case Across(Named(name)) if name in rows and cost(rows[name]) <= LONGEST:
            return rows[name]
        case Scaled(by, body):
            return scaled(by, put_in(body, rows))
        case Dot(left, right):
            return _joined(put_in(left, rows), right)
    return tree


def _joined(left: Tree, right: Tree) -> Tree:
    """A row times a matrix, or a column times a row: numbers stand in front."""
    for part, other in ((left, right), (right, left)):
        if isinstance(part, Scaled):
            return scaled(part.by, _joined(part.body, other) if part is left else _joined(other, part.body))
    return Dot(left, right) if len(shape(left)) == 2 else Outer(left, right)
