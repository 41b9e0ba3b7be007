"""Array notation: comparisons, what is joined of them, and choices by them. A mask is 0 or 1 at every place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.algebra.normal import ONE, call, times
from symgrad.algebra.records import Atom, Base, Head, Poly, Term
from symgrad.declare.arrays import Array, aligned, array, elementwise
from symgrad.declare.names import Tensor
from symgrad.errors import DeclarationError

COMPARED: dict[str, Callable[[Poly, Poly], Poly]] = {
    ">": lambda a, b: call("step", a - b),
    "<": lambda a, b: call("step", b - a),
    ">=": lambda a, b: ONE - call("step", b - a),
    "<=": lambda a, b: ONE - call("step", a - b),
}


def compared(one: Any, sign: str, other: Any) -> Array:
    """1 where it holds, else 0."""
    return elementwise(one, sign, other, COMPARED[sign])


def is_mask(poly: Poly) -> bool:
    """Whether a value is 0 or 1 for certain: a product of steps and conditions, or 1 minus such a one."""
    if not poly.terms or poly == ONE:
        return True
    rest = ONE - poly
    return _is_gate(poly.sole) or (len(poly.terms) == 2 and _is_gate(rest.sole))


def _is_gate(term: Term | None) -> bool:
    return term is not None and not term.bound and term.coefficient == 1 and all(map(_opens, term.factors))


def _opens(factor: tuple[Atom, Any]) -> bool:
    atom, exponent = factor
    gate = isinstance(atom, Head) and atom.function in ("step", "same")
    return exponent > 0 and (gate or (isinstance(atom, Base) and is_mask(atom.poly)))


def as_mask(value: Array, where: str) -> Array:
    if not is_mask(value.poly):
        raise DeclarationError(
            "a mask is 0 or 1 at every place",
            where=where,
            expected="a comparison, A > 0, or several joined by &, | and ~",
            given=value.text,
        )
    return value


def joined(one: Any, sign: str, other: Any, owner: Array) -> Array:
    """& and | of masks."""
    for side in (one, other):
        as_mask(array(side, owner.room, sign), sign)
    both: dict[str, Callable[[Poly, Poly], Poly]] = {"&": times, "|": lambda a, b: ONE - times(ONE - a, ONE - b)}
    return elementwise(one, sign, other, both[sign], owner)


def where_mask(mask: Any, one: Any, other: Any) -> Array:
    """The first where the mask is 1, the second where it is 0."""
    owner = next((x for x in (mask, one, other) if isinstance(x, Array | Tensor)), None)
    if owner is None:
        raise DeclarationError("where of numbers", where="sg.where", expected="arrays: sg.where(A > 0, A, 0)")
    m, a, b = (array(x, owner.room, "where") for x in (mask, one, other))
    text = f"where({m.text}, {a.text}, {b.text})"
    axes, (p, q, r) = aligned([as_mask(m, text), a, b], text)
    return Array(owner.room, axes, times(p, q) + times(ONE - p, r), text)
