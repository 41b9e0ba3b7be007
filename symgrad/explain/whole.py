"""Answers in matrices as lines of a worked solution, and which notation a key is written in.

A line in matrices is no Claim, since the reader knows components only: the form was written out to its entries again,
and these were proved equal to the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symgrad.algebra.records import Poly, inside
from symgrad.derive.steps import Derivation
from symgrad.explain.blocks import Line
from symgrad.explain.layout import Transpose
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.words import WORDS, reason
from symgrad.matrix.chain import chained

NOTATIONS = ("both", "components", "matrices")


def whole_lines(found: Derivation) -> list[Line]:
    """The answer in matrices, where it has such a form and there is a matrix or a sum to speak of; then its chain."""
    matrices = any(len(t.axes) == 2 for t in found.declared.tensors.values())
    if not (sums(found.answer) or (found.answer.names and matrices)):
        return []
    notation = MatrixNotation(found.model)
    seen = notation.view(found)
    if seen.tree is None:
        return []
    left, right = notation.gradient(found, seen), notation.layout(seen.tree)
    where = (": ", *notation.axes(found, seen)) if seen.at else ()
    return [Line(left, right, reason("matrices", parts=where)), *(_chain(found, notation) if matrices else ())]


def _chain(found: Derivation, notation: MatrixNotation) -> list[Line]:
    """The gradient from the output on, transposed: what numerator layout calls the gradient."""
    seen = chained(found)
    if seen.tree is None or notation.alike(seen.tree):
        return []
    left = Transpose(notation.gradient(found, seen))
    return [Line(left, notation.layout(seen.tree), reason("chain"), level=WORDS["chain"].level)]


def in_notation(components: Sequence[Line], whole: Sequence[Line], written: str) -> list[Line]:
    """The lines of an answer in components and in matrices, in the notation that is asked for.

    In matrices the lines in components are the derivation, every step; where there is no form in matrices they stand.
    """
    if written == "components" or not whole:
        return list(components)
    if written == "both":
        return [*components, *whole]
    derived = [replace(line, level=3, boxed=False) for line in components]
    return [*derived, boxed(whole[0]), *whole[1:]]


def boxed(line: Line) -> Line:
    return replace(line, boxed=True, aside=False, level=1)


def sums(poly: Poly) -> int:
    """How many signs of a sum a poly is written with."""
    inner = (p for t in poly.terms for a, _ in t.factors for p in inside(a))
    return sum(len(t.bound) for t in poly.terms) + sum(map(sums, inner))
