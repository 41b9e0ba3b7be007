"""Where indices reach: outside their ranges, and the ranges that letters stand in."""

from __future__ import annotations

from symgrad.algebra.index import Affine, Limit
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.read import syntax as s
from symgrad.student.meaning import Meaning
from symgrad.student.reference import Reference
from symgrad.student.scan import is_alone, places

NEAR = 12  # how far outside its range an index is looked for


def leaves_range(meaning: Meaning, own: Reference, free: tuple[str, ...]) -> str:
    """Where the index of a sum, alone on an axis, has a value for which there is no entry; "" where it never has."""
    model = meaning.model
    for name, limit, active in meaning.leaves:
        window = {n for x in active if x.of.names & limit.of.names for n in x.of.names}
        if window & set(free) - model.sizes.keys():
            continue  # a window that moves with a free index: i - K + 1 <= a <= i
        limits = [*active, *(Limit("ge", e) for f in free for e in model.indices[f].limits)]
        indices = sorted({n for x in (limit, *limits) for n in x.of.names} - model.sizes.keys())
        outside = Limit("ge", -limit.of - 1), Limit("ge", limit.of + NEAR)  # so far outside, and not further
        for chosen in own.sizes:
            if limit.kind == "ge" and points(indices, [*limits, *outside], chosen):
                sizes = ", ".join(f"{n} = {v}" for n, v in chosen.items())
                return f"an index of {name} leaves its range" + (f" at {sizes}" if sizes else "")
    return ""


def axes_of(node: s.Node, letter: str, own: Reference) -> list[str]:
    """The declared axes on which a letter stands alone."""
    found = []
    for code, axis, index in places(node, letter):
        tensor = own.model.tensors.get(own.let.get(code, code))
        if is_alone(index) and tensor is not None and axis < len(tensor.axes):
            found.append(tensor.axes[axis])
    return found


def same_range(model: Model, one: str, other: str) -> bool:
    limits = [{e.put({n: Affine.name("~")}) for e in model.indices[n].limits} for n in (one, other)]
    return limits[0] == limits[1]
