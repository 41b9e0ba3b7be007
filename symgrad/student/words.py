"""What a mistake may be made of: the names of an exercise, with what they can be taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from symgrad.algebra.index import Affine
from symgrad.algebra.records import Head, Poly, walk
from symgrad.declare.model import Model, Tensor
from symgrad.read import syntax as s
from symgrad.read.names import Names

GRADIENTS = ("upstream", "adjoint", "partial")
HERE = "~"


@dataclass(frozen=True)
class Words:
    """The names of a model, the free indices of a question, and the factors and terms of its answer."""

    names: Names
    model: Model
    of: str
    by: str
    free: tuple[str, ...]
    factors: tuple[s.Node, ...] = field(default=(), compare=False)

    @property
    def sizes(self) -> tuple[str, ...]:
        return tuple(self.model.sizes)

    def shown(self, code: str) -> str:
        """A name as it is displayed, without indices."""
        name = self.names.by_code.get(code)
        return name.shown() if name else code

    def is_constant(self, code: str) -> bool:
        tensor = self.model.tensors.get(code)
        return tensor is not None and tensor.kind == "constant"

    def is_square(self, code: str) -> bool:
        """Whether a name is displayed as the square of something."""
        return bool(re.fullmatch(r".+\^\{?2\}?", self.shown(code)))

    def range_of(self, index: str) -> frozenset[str]:
        """The range of a declared index, so that two with the same one are equal; empty where it is not known."""
        declared = self.model.indices.get(index)
        limits = declared.limits if declared else ()
        return frozenset(str(e.put({index: Affine.name(HERE)})) for e in limits)

    def ranges(self, tensor: Tensor) -> tuple[frozenset[str], ...]:
        return tuple(self.range_of(axis) for axis in tensor.axes)

    def alike(self, code: str) -> Iterator[str]:
        """The other names that have the same indices."""
        own = self.model.tensors.get(code)
        if own is None:
            return
        for tensor in self.model.tensors.values():
            if tensor.name in (code, self.of) or tensor.kind in (*GRADIENTS, "loss"):
                continue
            if self.ranges(tensor) == self.ranges(own):
                yield tensor.name

    def other_layers(self, code: str) -> Iterator[str]:
        """The names that are displayed alike but for a number: z^(1) for z^(2)."""
        own = self.model.tensors.get(code)
        mine = self._unnumbered(code)
        if own is None or HERE not in mine:
            return
        for tensor in self.model.tensors.values():
            alike = len(tensor.axes) == len(own.axes) and tensor.kind not in GRADIENTS
            if tensor.name != code and alike and self._unnumbered(tensor.name) == mine:
                yield tensor.name

    def _unnumbered(self, code: str) -> str:
        return re.sub(r"\d+", HERE, self.shown(code))

    def length(self, index: str) -> s.Node | None:
        """How many values a declared index has, where that is a size or a number."""
        declared = self.model.indices.get(index)
        if declared is None:
            return None
        count = sum(declared.limits, Affine.number(1))
        return written(count) if count.is_number or count.sole in self.model.sizes else None

    def bound(self, index: str) -> s.Bound:
        """An index with its range, as a sum has it below and above."""
        declared = self.model.indices.get(index)
        if declared is None or len(declared.limits) != 2:
            return s.Bound(index)
        end = sum(declared.limits, declared.start)  # (i - first) + (last - i) + first
        return s.Bound(index, written(declared.start), written(end))

    @property
    def functions(self) -> Mapping[str, frozenset[str]]:
        """The functions of one argument that stand in the definitions, with the names they are taken of."""
        found: dict[str, frozenset[str]] = {}
        for tensor in self.model.definitions:
            assert tensor.poly is not None
            for function, names in _heads(tensor.poly):
                found[function] = found.get(function, frozenset()) | names
        return found


def written(index: Affine) -> s.Node:
    """An index expression as a syntax tree, positive terms first.

    >>> written(Affine.name("m") - 1) == s.Plus((s.Reference("m"), s.Minus(s.Number("1"))))
    True
    """
    terms: list[s.Node] = []
    for monomial, c in sorted(index.terms, key=lambda term: (term[1] < 0, not term[0])):
        names = [s.Reference(name) for name in monomial]
        factors: list[s.Node] = [s.Number(str(abs(c))), *names] if abs(c) != 1 or not names else [*names]
        one = factors[0] if len(factors) == 1 else s.Times(tuple(factors), ("",) * (len(factors) - 1))
        terms.append(s.Minus(one) if c < 0 else one)
    return s.Number("0") if not terms else terms[0] if len(terms) == 1 else s.Plus(tuple(terms))


def _heads(poly: Poly) -> Iterator[tuple[str, frozenset[str]]]:
    for atom, _ in walk(poly):
        if isinstance(atom, Head) and len(atom.arguments) == 1:
            yield atom.function, atom.arguments[0].tensors
