"""The border, inwards: cases and conditions, on indices as guards and on values as steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Limit
from symgrad.algebra.normal import NOTHING, ONE, call, guarded, times, total
from symgrad.algebra.records import Poly
from symgrad.errors import DeclarationError, Unsupported

if TYPE_CHECKING:
    from symgrad.algebra.border import Entrance

RELATIONS = {
    sympy.Ge: ("ge", 0, False),
    sympy.Le: ("ge", 0, True),
    sympy.Gt: ("ge", 1, False),
    sympy.Lt: ("ge", 1, True),
    sympy.Eq: ("eq", 0, False),
    sympy.Ne: ("ne", 0, False),
}


def piecewise(walk: Entrance, e: sympy.Piecewise) -> Poly:
    """Law: the first condition that holds decides."""
    found, remaining = NOTHING, [ONE]
    for value, condition in e.args:
        here = walk._poly(value)
        found = found + total(times(r, h, here) for r in remaining for h in cases(walk, condition))
        remaining = [times(r, f) for r in remaining for f in cases(walk, condition, wanted=False)]
    context = walk.context()
    if any(contract(r, context) for r in remaining):
        raise DeclarationError(
            "cases that leave something open",
            where=f"{e} in {walk.known.where}",
            expected="a last case that always holds",
            fix="end with (0, True)",
        )
    return found


def cases(walk: Entrance, c: Any, wanted: bool = True) -> list[Poly]:
    """A condition as cases of which at most one holds: each is a poly that is 1 where it holds and else 0."""
    if c in (True, False, sympy.true, sympy.false):
        return [ONE] if bool(c) == wanted else []
    if isinstance(c, sympy.Not):
        return cases(walk, c.args[0], not wanted)
    if isinstance(c, sympy.And | sympy.Or):
        found, before = [], [ONE]
        for a in c.args:
            yes, no = cases(walk, a, wanted), cases(walk, a, not wanted)
            if isinstance(c, sympy.And) == wanted:
                before = [times(b, h) for b in before for h in yes]
            else:
                found += [times(b, h) for b in before for h in yes]
                before = [times(b, h) for b in before for h in no]
        return [p for p in (before if isinstance(c, sympy.And) == wanted else found) if p]
    if isinstance(c, sympy.core.relational.Relational):
        relation = c if wanted else c.negated
        return [guarded(ONE, [limit(walk, relation)]) if on_indices(walk, c) else step(walk, relation)]
    raise Unsupported(
        "a condition that is not a comparison",
        where=f"{c} in {walk.known.where}",
        expected="i < j, i = j, x[i] > 0, and the like",
    )


def on_indices(walk: Entrance, c: sympy.Basic) -> bool:
    names = {s.name for s in c.free_symbols if isinstance(s, sympy.Symbol)}
    return names <= {*walk.known.sizes, *walk.known.indices, *walk.inner}


def step(walk: Entrance, c: Any) -> Poly:
    """A condition on values as a step: [u > 0] is step(u), [u >= 0] is 1 - step(-u)."""
    difference = walk._poly(c.lhs - c.rhs)
    if isinstance(c, sympy.Gt | sympy.Lt):
        return call("step", difference if isinstance(c, sympy.Gt) else -difference)
    if isinstance(c, sympy.Ge | sympy.Le):
        return ONE - call("step", -difference if isinstance(c, sympy.Ge) else difference)
    raise Unsupported(
        "a condition that two values are equal", where=f"{c} in {walk.known.where}", expected="<, <=, >, >="
    )


def limit(walk: Entrance, c: Any) -> Limit:
    for kind, (name, shift, flip) in RELATIONS.items():
        if isinstance(c, kind):
            of = walk.index(c.lhs) - walk.index(c.rhs)
            return Limit(name, (-of if flip else of) - shift)
    raise Unsupported(
        "a condition that is not about indices",
        where=f"{c} in {walk.known.where}",
        expected="i < j, i = j, and the like",
    )
