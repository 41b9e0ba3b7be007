"""Answers beside textbook formulas: written in SymPy over declared names and names of gradients, compared by proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Expr, Indexed, IndexedBase

from symgrad.algebra.normal import put, replace
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.answer import Derivation
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


def without_kept(d: Derivation, poly: Poly) -> Poly:
    """A poly of a derivation with the values of the gradients that stand in it as names."""
    groups = {group.name: group for group in d.engine.groups[:-1]}

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Ref) or atom.name not in groups:
            return None
        group = groups[atom.name]
        return without_kept(d, put(group.answer, dict(zip(group.free, atom.indices, strict=True))))

    return replace(poly, change)


def comparisons(d: Derivation) -> list[Callable[[Expr], bool]]:
    """The ways in which a formula may be an answer: as it stands, without the facts, with the values of kept names."""
    model, free = d.engine.model, d.engine.free

    def in_values(formula: Expr) -> bool:
        return equal(without_kept(d, d.poly), without_kept(d, poly_of(d, formula)), model, free, model.facts)

    ways = [lambda f: is_equal(d, f, facts=True), lambda f: is_equal(d, f, facts=True, poly=d.fact_free)]
    return ways + [in_values] * bool(d.where)


def is_proved(d: Derivation, formula: Expr) -> bool:
    """Whether an answer is proved equal to a formula in one of these ways."""
    return any(way(formula) for way in comparisons(d))


def is_as_short(d: Derivation, formula: Expr) -> bool:
    """Whether the answer is not longer than the formula, in any of the looks the formula has."""
    own = poly_of(d, formula)
    return measure(d.poly) <= min(measure(own), measure(factored(own)))


def without_a_term(formula: Expr) -> Expr:
    """The formula without the first term of its longest sum of terms; its half where it has none."""
    sums = sorted((a for a in formula.atoms(Add) if a.has(Indexed)), key=lambda a: len(str(a)))
    return formula.xreplace({sums[-1]: sums[-1] - sums[-1].args[0]}) if sums else formula / 2
