"""Answers beside textbook formulas: written in SymPy over declared names and names of gradients, compared by proof."""

from __future__ import annotations

from typing import Any

from sympy import Expr, IndexedBase

from symgrad.algebra.records import Poly
from symgrad.api import Derivation
from symgrad.check.proof import equal
from symgrad.declare.graph import Declarations
from symgrad.declare.names import Scalar
from symgrad.derive.look import factored
from symgrad.derive.measure import measure


def gradient(d: Derivation, of: str, by: str) -> Any:
    """The name of a gradient that stands in a derivation: df_dy, to be indexed where it has indices."""
    name = f"d{of}_d{by}"
    return IndexedBase(name) if d.engine.model.tensors[name].axes else Scalar(name)


def poly_of(d: Derivation, formula: Expr) -> Poly:
    """A formula in all names that the derivation knows, gradients included."""
    reader = Declarations()
    reader.model = d.engine.model
    return reader.read(formula)[0]


def is_equal(d: Derivation, formula: Expr, facts: bool = False, poly: Poly | None = None) -> bool:
    """Whether an answer (or another poly of the derivation) is proved equal to a formula for all sizes."""
    known = d.engine.model.facts if facts else ()
    return equal(d.poly if poly is None else poly, poly_of(d, formula), d.engine.model, d.engine.free, known)


def is_as_short(d: Derivation, formula: Expr) -> bool:
    """Whether the answer is not longer than the formula, in any of the looks the formula has."""
    own = poly_of(d, formula)
    return measure(d.poly) <= min(measure(own), measure(factored(own)))
