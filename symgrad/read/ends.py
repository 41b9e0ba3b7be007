r"""Where a sum begins and ends: `\sum_{1 \le i \le m}` from 1 to m, `\sum_{i \le m}` up to m."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from symgrad.algebra.index import Limit
from symgrad.read import syntax as s

ORDER = {"<": ("<", "<="), "<=": ("<", "<="), ">": (">", ">="), ">=": (">", ">=")}


def with_ends(node: s.BigOperator) -> s.BigOperator:
    """A sum in which `a <= i < b`, about an index without ends of its own, says where it begins and ends."""
    bounds, left = list(node.bounds), list[s.Node]()
    for condition in node.conditions:
        ends = _ends(condition)
        places = [
            n for n, one in enumerate(bounds) if ends and one.name == ends[0] and one.lower is None and not one.within
        ]
        if not ends or len(places) != 1:
            left.append(condition)
            continue
        bounds[places[0]] = replace(bounds[places[0]], lower=ends[1], upper=ends[2])
    return node if len(left) == len(node.conditions) else replace(node, bounds=tuple(bounds), conditions=tuple(left))


def _ends(node: s.Node) -> tuple[str, s.Node, s.Node] | None:
    """The name in the middle of two relations, the least and the greatest value."""
    if not isinstance(node, s.Relation) or len(node.items) != 3 or node.relations[0] not in ORDER:
        return None
    if node.relations[1] not in ORDER[node.relations[0]]:
        return None
    first, middle, last = node.items
    if not letter_of(middle) or letter_of(middle) in (letter_of(first), letter_of(last)):
        return None
    strict = [len(sign) == 1 for sign in node.relations]
    if node.relations[0][0] == ">":
        first, last, strict = last, first, strict[::-1]
    one = s.Number("1", node.span)
    lower = s.Plus((first, one), first.span) if strict[0] else first
    upper = s.Plus((last, s.Minus(one, node.span)), last.span) if strict[1] else last
    return letter_of(middle), lower, upper


def letter_of(node: s.Node) -> str:
    """The code of a name without indices, "" for anything else."""
    return node.code if isinstance(node, s.Reference) and not node.indices else ""


def unless_said(
    implied: Sequence[Limit], names: Collection[str], said: Sequence[Limit], sizes: Collection[str]
) -> Iterator[Limit]:
    """The limits that follow from where indices stand, but for ends that a condition in sizes alone says: i <= m + 1.

    Were they kept, a sum that reaches too far would be cut without a word.
    """
    alone = [(x, name) for x in said for name in names if x.kind == "ge" and {name} <= x.of.names <= {name, *sizes}]
    for limit in implied:
        if not any(name in limit.of.names and _side(x, name) == _side(limit, name) for x, name in alone):
            yield limit


def _side(limit: Limit, name: str) -> int:
    """1 for a limit from below, -1 from above, 0 where the sizes decide."""
    signs = {1 if c > 0 else -1 for _, c in limit.of.slope(name).terms}
    return signs.pop() if len(signs) == 1 else 0
