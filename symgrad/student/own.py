"""Names that an answer makes for itself: `n_out = (n - k)/s + 1, n_out x n_out`. They are what they are defined as."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import Piece
from symgrad.read.names import DeclaredName, Names
from symgrad.read.tokens import tokens

LEFT = re.compile(r"(?:^|[,;\n])\s*([A-Za-z](?:_(?:\{[A-Za-z0-9]+\}|[A-Za-z0-9]+))?)\s*=(?!=)")


def own_names(text: str, names: Names) -> tuple[DeclaredName, ...]:
    """The names on the left of an equality that nobody declared.

    >>> own_names("n_out = 3, n_out x n_out", Names.of(sizes="n"))
    (DeclaredName(code='n_out', template='n_{out}', arity=0),)
    """
    found = {}
    for left in LEFT.findall(text):
        letter, _, script = left.partition("_")
        script = script.strip("{}")
        code = f"{letter}_{script}" if script else letter
        if code in names.by_code or letter + script in names.table or (not script and letter in names.table):
            continue
        if any(tokens(one.shown()).texts[:-1] == tokens(left).texts[:-1] for one in names.by_code.values()):
            continue
        found[code] = DeclaredName(code, f"{letter}_{{{script}}}" if script else "")
    return tuple(found.values())


def with_own(names: Names, own: Sequence[DeclaredName]) -> Names:
    return Names((*names.symbols, *own), names.functions, names.sizes, names.indices) if own else names


def defined(given: Sequence[Piece], own: Sequence[DeclaredName]) -> list[Piece]:
    """The pieces without the definitions of such names, which are put in where the names stand."""
    values: dict[str, s.Node] = {}
    rest = []
    codes = {one.code for one in own}
    for piece in given:
        tree = put(piece.tree, values)
        first = piece.tree.items[0] if isinstance(piece.tree, s.Relation) else None
        if isinstance(first, s.Reference) and first.code in codes and first.code not in values:
            assert isinstance(tree, s.Relation)
            if set(tree.relations) != {"="} or len(tree.items) != 2:
                raise ReadError(f"{first.code} is not declared", expected="name = formula, for a name of your own")
            values[first.code] = tree.items[1]
        else:
            rest.append(replace(piece, tree=tree))
    if not rest:
        raise ReadError(f"nothing is said but what {', '.join(values)} is", expected="the answer")
    return rest


def put(node: Any, values: Mapping[str, s.Node]) -> Any:
    """A tree with formulas in place of names."""
    if not values:
        return node
    if isinstance(node, s.Reference) and node.code in values and not node.indices:
        return values[node.code]
    if isinstance(node, tuple):
        return tuple(put(x, values) for x in node)
    if not isinstance(node, s.Node | s.Bound):
        return node
    inner = {f.name: put(getattr(node, f.name), values) for f in fields(node) if f.name != "span"}
    return replace(node, **inner)
