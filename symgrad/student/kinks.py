"""Equal but for single points: what functions with a jump are where they do not jump."""

from __future__ import annotations

from collections.abc import Callable

from symgrad.algebra.normal import NOTHING, ONE, call, replace, scale
from symgrad.algebra.records import Atom, Head, Poly

# Laws where u, or u - v, is not 0.
LAWS: dict[str, Callable[..., Poly | None]] = {
    "step": lambda u: ONE - call("step", -u) if _turned(u) else None,  # [u > 0] = 1 - [-u > 0]
    "sign": lambda u: scale(call("step", u), 2) - ONE,  # sign(u) = 2 [u > 0] - 1
    "same": lambda u, w: NOTHING,  # [u = w] = 0
}


def almost_everywhere(poly: Poly) -> Poly:
    """The poly with every jump written in one way; equal to it but for the points where one jumps."""

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Head) or atom.function not in LAWS:
            return None
        found = LAWS[atom.function](*atom.arguments)
        return None if found is None else replace(found, change) if atom.function == "sign" else found

    return replace(poly, change)


def _turned(u: Poly) -> bool:
    """Whether the other sign of a sum is the one to write."""
    return bool(u.terms) and u.terms[0].coefficient < 0
