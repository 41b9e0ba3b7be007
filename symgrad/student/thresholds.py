"""Numbers in ranges, conditions and indices: a formula that changes its form at m = 50 is right at every sample.

What is shown for some sizes says something of the others only where no such number is out of their reach.
"""

from __future__ import annotations

from collections.abc import Iterator

from symgrad.algebra.index import Affine
from symgrad.algebra.records import Poly, Reduction, Ref, inside
from symgrad.declare.model import Model

REACHED = 4  # the samples have all sizes up to this one, and one more
HERE = Affine.name("*")


def are_reached(poly: Poly, model: Model) -> bool:
    """Whether the samples reach every place where a formula may change: without sizes there is none beyond.

    All numbers count together: a sum to m - 3 of sums to i - 3 begins at m = 7. Declared ranges are those of the names.
    """
    if not model.sizes:
        return True
    declared = {x.put({index.name: HERE}) for index in model.indices.values() for x in index.limits}
    places = dict.fromkeys(at for at, is_limit in _forms(poly) if not is_limit)  # one place counts once
    forms = [*places, *(limit for limit, is_limit in _forms(poly) if is_limit)]
    return sum(_number(x) for x in forms if not any(x.put({n: HERE}) in declared for n in x.names)) <= REACHED + 1


def _number(form: Affine) -> int:
    """What a form adds to a name: 2 i - 7 has 1 and 7, and a product of names is not reached at all."""
    found = 0
    for monomial, c in form.terms:
        found += abs(c) - bool(monomial) + (len(monomial) > 1) * REACHED
    return found


def _forms(poly: Poly) -> Iterator[tuple[Affine, bool]]:
    """Every index expression and every limit in a formula, and whether it is a limit."""
    for term in poly.terms:
        yield from ((x.of, True) for x in term.limits)
        for atom, _ in term.factors:
            if isinstance(atom, Ref):
                yield from ((at, False) for at in atom.indices)
            if isinstance(atom, Reduction):
                yield from ((x.of, True) for x in atom.limits)
                yield from () if atom.at is None else ((atom.at, True),)
            for other in inside(atom):
                yield from _forms(other)
