"""A definition as an equation of whole arrays, as it is written in a book: biases are added to each row.

An array with an axis of one value is a vector here, (1, n) a row and (n, 1) a column; its entries stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.normal import replace as replaced
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.algebra.window import ends
from symgrad.declare.model import Model, Tensor
from symgrad.derive.rewrite import inline
from symgrad.errors import Unsupported
from symgrad.explain.layout import Layout, Plus, Written
from symgrad.explain.matrices import MatrixNotation
from symgrad.matrix import tree as m


def squeezed(model: Model) -> Model:
    """The model without the axes that have one value."""
    thin = {t.name: tuple(_is_single(model, a) for a in t.axes) for t in model.tensors.values()}

    def change(atom: Atom) -> Poly | None:
        if isinstance(atom, Ref) and any(thin.get(atom.name, ())):
            kept = [i for i, single in zip(atom.indices, thin[atom.name], strict=True) if not single]
            return lone(Ref(atom.name, kept, atom.sign))
        return None

    def without(tensor: Tensor) -> Tensor:
        axes = tuple(a for a, single in zip(tensor.axes, thin[tensor.name], strict=True) if not single)
        row = tensor.row or (len(axes) == 1 and axes == tensor.axes[1:])
        poly = replaced(tensor.poly, change) if tensor.poly is not None else None
        return replace(tensor, axes=axes, row=row, poly=poly)

    return replace(model, tensors={n: without(t) for n, t in model.tensors.items()}, contexts={})


def _is_single(model: Model, axis: str) -> bool:
    found = ends(axis, model.indices[axis].limits)
    return found is not None and found.length == Affine.number(1)


class Equations:
    """The definitions of a model as equations of whole arrays, each confirmed by its entries."""

    def __init__(self, model: Model) -> None:
        self.model, self.notation = squeezed(model), _Broadcast(squeezed(model))
        self.thin = frozenset(n for n, t in model.tensors.items() if t.axes != self.model.tensors[n].axes)

    def tree(self, name: str, out: bool) -> m.Tree:
        """The right side of a definition; with those before it written out where `out` is set."""
        tensor = self.model.tensors[name]
        poly = tensor.poly
        if poly is None:
            raise Unsupported("a definition without a formula", where=name)
        before = frozenset(t.name for t in self.model.definitions if t.name != name)
        while out and poly.tensors & before:
            poly = inline(poly, self.model, before)
        view = self.notation.definition(replace(tensor, poly=poly))
        if view.tree is None:
            raise Unsupported(
                f"no equation of {name} in matrices",
                where=name,
                expected="products of matrices, functions of their entries and sums of them",
                given=view.reason,
            )
        return view.tree

    def layout(self, tree: m.Tree) -> Layout:
        return self.notation.layout(tree)


class _Broadcast(MatrixNotation):
    """A vector that is added to each row is written as itself."""

    def _plus(self, terms: Sequence[tuple[int, m.Tree]]) -> Layout:
        """Law: (A + 1 b^T)_ij = A_ij + b_j."""
        rows = [t for _, t in terms if added(t) is not None]
        if len(rows) in (0, len(terms)):
            return super()._plus(terms)
        shown = [(sign, self._term(t)) for sign, t in sorted(terms, key=lambda t: (-t[0], added(t[1]) is not None))]
        return Plus(tuple(shown))

    def _term(self, tree: m.Tree) -> Layout:
        row = added(tree)
        if row is None:
            return self.layout(tree)
        (paper,) = self._lying(row)
        return Written(paper, self.name(row))


def added(tree: m.Tree) -> m.Named | None:
    """The vector that a term adds to each row, or None."""
    if isinstance(tree, m.Outer) and isinstance(tree.left, m.Ones) and isinstance(tree.right, m.Named):
        return tree.right
    return None


def rows_added(tree: m.Tree) -> Iterator[str]:
    """The names that are added to each row, one by one."""
    for part in m.walk(tree):
        if isinstance(part, m.Plus) and any(added(t) is None for _, t in part.terms):
            yield from (row.name for _, t in part.terms if (row := added(t)) is not None)
