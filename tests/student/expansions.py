"""Rewritings that say a name by what it stands for: definitions, gradients, the chain rule left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symgrad.algebra.normal import lone
from symgrad.explain.notation import Notation
from symgrad.read import syntax as s
from symgrad.read.parse import parse
from symgrad.render.latex import latex
from symgrad.student.slips import product
from symgrad.student.spots import VALUE, Scope, renamed, spots
from symgrad.student.study import Study
from tests.student.rewrites import LETTERS, Node, names_in, substituted


class Meanings:
    """Rewritings that need the definitions and gradients of a reference: a name for what it stands for."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.notation = Notation(study.reference.model)

    def definition(self, node: Node, scope: Scope) -> Iterator[Node]:
        """A defined name = its definition"""
        model = self.study.reference.model
        if not isinstance(node, s.Reference) or scope.role != VALUE:
            return
        tensor = model.tensors.get(node.code)
        if tensor is None or tensor.poly is None or len(tensor.axes) != len(node.indices):
            return
        if tensor.kind != "definition":
            return
        tree = parse(latex(self.notation.definition(tensor)), self.study.names)
        yield from self._at(tree, tensor.axes, node.indices)

    def gradient(self, node: Node, scope: Scope) -> Iterator[Node]:
        """df/dx = its value"""
        own = self.study.reference
        if not isinstance(node, s.PartialDerivative) or scope.role != VALUE:
            return
        of, by = node.of, node.by
        if not isinstance(of, s.Reference) or not isinstance(by, s.Reference) or of.code != own.of or of.indices:
            return
        found = own.total(of.code, by.code)
        if found is None or len(found.axes) != len(by.indices):
            return
        notation = Notation(own.model.extended(*found.names))
        tree = parse(latex(notation.poly(found.poly, found.axes)), self.study.names)
        yield from self._at(tree, found.axes, by.indices)

    def chain(self) -> Node | None:
        """The chain rule, with every derivative left as it is; None where no name is between."""
        own = self.study.reference
        model = own.model
        of, by = model.tensors[own.of], model.tensors[own.by]
        reach = model.uses(lone(of.entry))
        split = len(of.axes)
        top = s.Reference(of.name, tuple(map(s.Reference, own.free[:split])))
        bottom = s.Reference(by.name, tuple(map(s.Reference, own.free[split:])))
        terms: list[Node] = []
        taken = set(own.free)
        for via in (model.tensors[n] for n in model.tensors if n in reach and by.name in model.tensors[n].sources):
            if via.name == of.name or via.poly is None:
                return None
            free = [c for c in LETTERS if c not in model.indices and c not in self.study.names.table]
            letters = [a if a not in taken else free.pop(0) for a in via.axes]
            middle = s.Reference(via.name, tuple(map(s.Reference, letters)))
            term: Node = product(s.PartialDerivative(top, middle), s.PartialDerivative(middle, bottom))
            for letter, axis in reversed(list(zip(letters, via.axes, strict=True))):
                bound = self.study.words.bound(axis)
                term = s.BigOperator("sum", (replace(bound, name=letter),), (), term)
            terms.append(term)
        return terms[0] if len(terms) == 1 else s.Plus(tuple(terms)) if terms else None

    def _at(self, tree: Node, axes: tuple[str, ...], indices: tuple[Node, ...]) -> Iterator[Node]:
        """A tree in some indices, at others; bound names that would capture one are renamed first."""
        used = {n.code for i in indices for n in names_in(i)} | set(axes)
        tree = self._without_capture(tree, used)
        if tree is None:
            return
        for k, axis in enumerate(axes):
            tree = renamed(tree, axis, f"~{k}")
        for k, index in enumerate(indices):
            tree = substituted(tree, f"~{k}", index)
        yield tree

    def _without_capture(self, tree: Node, used: set[str]) -> Node | None:
        words = self.study.words
        for _ in range(8):
            clash = next(
                (
                    spot
                    for spot in spots(tree, Scope(words))
                    if isinstance(spot.node, s.BigOperator) and any(b.name in used for b in spot.node.bounds)
                ),
                None,
            )
            if clash is None:
                return tree
            node = clash.node
            free = [c for c in LETTERS if c not in words.names.by_code and c not in words.names.table and c not in used]
            free = [c for c in free if c not in {n.code for n in names_in(tree)} and c not in _bound(tree)]
            if not free:
                return None
            bounds, body = [], node.body
            for one in node.bounds:
                if one.name in used:
                    body = renamed(body, one.name, free[0])
                    one = replace(one, name=free.pop(0))
                bounds.append(one)
            tree = clash.put(replace(node, bounds=tuple(bounds), body=body))
        return None


def _bound(tree: Node) -> set[str]:
    found = set()
    stack: list = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, s.BigOperator):
            found |= {b.name for b in node.bounds}
        stack += s.children(node)
    return found
