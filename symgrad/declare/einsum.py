"""Array notation: sums of products by letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symgrad.algebra.normal import bind, times
from symgrad.declare.arrays import Array, Axis, at_axes, conform, limits_of
from symgrad.errors import DeclarationError


def contracted(subscripts: str, arrays: Sequence[Array]) -> Array:
    """Law: einsum("ij,jk->ik", A, B) is S_j A_ij B_jk; without -> the letters that stand once, in their order."""
    text = f"einsum({subscripts!r}, {', '.join(a.text for a in arrays)})"
    plain = subscripts.replace(" ", "")
    if not re.fullmatch(r"[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?", plain):
        raise DeclarationError("letters that cannot be read", where=text, expected='"ij,jk->ik"', given=subscripts)
    left, arrow, right = plain.partition("->")
    parts = left.split(",")
    if not arrow:
        right = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    if len(parts) != len(arrays) or any(len(p) != a.ndim for p, a in zip(parts, arrays, strict=False)):
        raise DeclarationError(
            "letters that do not fit the arrays",
            where=text,
            expected=f"one letter for each axis: {', '.join(f'{a.ndim} for {a.text}' for a in arrays)}",
            given=left,
        )
    if any(c not in left for c in right) or len(set(right)) < len(right):
        raise DeclarationError(
            "letters of the result", where=text, expected="letters of the arrays, each once", given=right
        )
    names = _axes(parts, arrays, right, text)
    polys = [at_axes(a, [names[c] for c in p]) for p, a in zip(parts, arrays, strict=True)]
    bound = [n for c, n in names.items() if c not in right and n is not None]
    whole = times(*polys)
    room = arrays[0].room
    poly = bind(whole, bound, [x for n in bound for x in limits_of(room, n)]) if bound else whole
    return Array(room, tuple(names[c] for c in right), poly, text)


def _axes(parts: Sequence[str], arrays: Sequence[Array], right: str, text: str) -> dict[str, Axis]:
    """An index for each letter, all different."""
    room, found = arrays[0].room, dict[str, Axis]()
    for letter in [*right, *(c for p in parts for c in p)]:
        if letter in found:
            continue
        axes = [a.axes[n] for p, a in zip(parts, arrays, strict=True) for n, c in enumerate(p) if c == letter]
        lead = next((x for x in axes if x is not None), None)
        for other in axes:
            conform(room, lead, other, text, arrays)
        taken = [x for x in found.values() if x]
        found[letter] = room.index_like(lead, taken) if lead in taken and lead else lead
    return found
