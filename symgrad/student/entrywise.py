r"""Arrays of three and more axes without indices: `\frac{\partial J}{\partial U} \odot U`, entry by entry.

Vectors and matrices have a meaning of their own; larger arrays have one where all that is done to them is done to every
entry, and all of them have the same axes.
"""

from __future__ import annotations

from symgrad.declare.model import Model
from symgrad.read import syntax as s

ENTRY_BY_ENTRY = "arrays without indices are read entry by entry"


class Mixed(Exception):
    """Something that is not done to every entry, or arrays of different axes."""


def is_entry_by_entry(node: s.Node, model: Model) -> bool:
    """Whether a formula is one of whole arrays of three and more axes, all of them the same."""
    try:
        return len(_axes(node, model)) > 2
    except Mixed:
        return False


def _axes(node: s.Node, model: Model) -> tuple[str, ...]:
    """The axes of a whole array; () for a number."""
    if isinstance(node, s.Number):
        return ()
    if isinstance(node, s.Reference):
        tensor = model.tensors.get(node.code)
        return tensor.axes if tensor is not None and not node.indices else ()
    if isinstance(node, s.PartialDerivative):
        return _axes(node.of, model) + _axes(node.by, model)
    if isinstance(node, s.Times):
        found = [_axes(factor, model) for factor in node.factors]
        if sum(map(bool, found)) > 1:
            raise Mixed
        return _one(found)
    if isinstance(node, s.Call) and len(node.arguments) == 1 and node.function not in ("sum", "mean", "softmax"):
        return _axes(node.arguments[0], model)
    if isinstance(node, s.Iverson) and isinstance(node.condition, s.Relation):
        return _one([_axes(x, model) for x in node.condition.items])
    if isinstance(node, s.Hadamard | s.Plus | s.Minus | s.Divide | s.EntrywisePower | s.Absolute):
        return _one([_axes(child, model) for child in s.children(node) if isinstance(child, s.Node)])
    raise Mixed


def _one(found: list[tuple[str, ...]]) -> tuple[str, ...]:
    axes = {one for one in found if one}
    if len(axes) > 1:
        raise Mixed
    return axes.pop() if axes else ()
