r"""Where a product sign ends: `\prod_{k=1}^n a_k \cdot b` may be (a_1 ... a_n) b, or a product of a_k b.

Of a sum it makes no difference. Both are judged; where they differ the one that is right is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from symgrad.read import syntax as s
from symgrad.student import verdict as v
from symgrad.student.scan import free_indices
from symgrad.student.verdict import Verdict

ENDS = "a product sign ends before what stands without its index"


def in_both_scopes(node: s.Node, judged: Callable[[s.Node], Verdict]) -> Verdict:
    """The verdict on a formula with its product signs as wide as they can be, or else as narrow."""
    found = judged(node)
    narrow = found if found.is_right else narrower(node)
    if isinstance(narrow, Verdict) or narrow == node:
        return found
    second = judged(narrow)
    if second.is_right:
        kind = v.UNDER if second.kind == v.RIGHT else second.kind
        return replace(second, kind=kind, read=found.read, notes=(*second.notes, ENDS))
    return found if second.kind == v.WRONG or found.kind != v.WRONG else second


def narrower(node: Any) -> Any:
    """The tree in which a product sign covers what has its index and all between, one factor where none has it."""
    if isinstance(node, tuple):
        return tuple(map(narrower, node))
    if not isinstance(node, s.Node | s.Bound):
        return node
    held = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
    made: dict[str, Any] = {name: narrower(x) for name, x in held.items()}
    node = replace(node, **made) if any(made[n] is not held[n] for n in made) else node
    if not isinstance(node, s.BigOperator) or node.operator != "prod" or not isinstance(node.body, s.Times):
        return node
    names = frozenset(one.name for one in node.bounds)
    with_index = [n for n, factor in enumerate(node.body.factors) if free_indices(factor, names)]
    end = (with_index[-1] if with_index else 0) + 1
    if end == len(node.body.factors):
        return node
    inside, outside = node.body.factors[:end], node.body.factors[end:]
    body = inside[0] if end == 1 else s.Times(inside, node.body.signs[: end - 1], node.body.span)
    return s.Times((replace(node, body=body), *outside), node.body.signs[end - 1 :], node.span)
