"""Formulas in which random names stand for their means or variances: E(x) and Var(x)."""

from __future__ import annotations

from collections.abc import Iterable

from symgrad.algebra.index import Affine
from symgrad.declare.model import Model, Tensor
from symgrad.explain.layout import Call, Layout
from symgrad.explain.notation import Notation


class Averaged(Notation):
    """Formulas that are linear in random names, with E( ) or another letter around each of these."""

    def __init__(self, model: Model, random: Iterable[str], letter: str = "E") -> None:
        super().__init__(model)
        self.random, self.letter = frozenset(random), letter

    def entry(self, tensor: Tensor, indices: Iterable[Affine]) -> Layout:
        shown = super().entry(tensor, indices)
        return of(self.letter, shown) if tensor.name in self.random else shown


def of(letter: str, body: Layout) -> Layout:
    """E(body), Var(body)."""
    return Call(rf"\operatorname{{{letter}}}", letter, (body,))
