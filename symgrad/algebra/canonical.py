"""Orders of bound names that do not depend on how they are called: colours are refined, then ties are split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Atom, paint_atom, paint_limit

MOST_LEAVES = 120  # orders of tied indices tried before the first ones found are taken


def canonical_orders(factors: Mapping[Atom, Fraction], bound: list[str], limits: list[Limit]) -> list[list[str]]:
    """The orders to try; one of them is always the same, whatever the names are."""

    def refined(colours: dict[str, str]) -> dict[str, str]:
        while True:
            new = {b: colours[b] + "/" + signature(b, colours) for b in bound}
            ranks = {c: f"~{n:03d}" for n, c in enumerate(sorted(set(new.values())))}
            painted = {b: ranks[c] for b, c in new.items()}
            if len(ranks) in (len(bound), len(set(colours.values()))):  # nothing is left to tell apart
                return painted
            colours = painted

    def signature(b: str, colours: dict[str, str]) -> str:
        mine = {**colours, b: "*"}
        parts = [f"{paint_atom(a, mine)}^{p}" for a, p in factors.items() if b in a.names]
        parts += [paint_limit(x, mine) for x in limits if b in x.of.names]
        return str(sorted(parts))

    def split(colours: dict[str, str]) -> Iterable[list[str]]:
        cells: dict[str, list[str]] = {}
        for b in bound:
            cells.setdefault(colours[b], []).append(b)
        tied = [cell for cell in sorted(cells.items()) if len(cell[1]) > 1]
        if not tied:
            yield sorted(bound, key=lambda b: colours[b])
            return
        _, cell = min(tied, key=lambda c: len(c[1]))
        for chosen in cell:
            yield from split(refined({**colours, chosen: colours[chosen] + "!"}))

    orders = []
    for order in split(refined(dict.fromkeys(bound, ""))):
        orders.append(order)
        if len(orders) == MOST_LEAVES:
            break
    return orders
