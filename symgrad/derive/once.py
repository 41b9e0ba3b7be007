"""Formulas that certainly have no shorter form: the search for one need not begin.

Law: a product in which every name is read once is as short as any form of it. Multiplying it out repeats names, nothing
in it is alike that could be collected or cancel, and no rule finds its pattern where a name has another power than in
the pattern, or where the pattern has a function and the product none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from symgrad.algebra.match import Equation
from symgrad.algebra.records import Atom, Base, Poly, Ref, Term, walk
from symgrad.declare.model import Tensor

GRADIENTS = ("upstream", "adjoint")
Powers = dict[str, Fraction]


def read_once(poly: Poly, tensors: Mapping[str, Tensor]) -> Powers | None:
    """The power of each name in a product that reads every name once; None for every other poly.

    Each sum in it has a gradient and hangs together by factors that are one entry, so that it stays one sum with that
    gradient when brackets are multiplied out: a gradient is arbitrary, and nothing is written out beside it.
    """
    powers: Powers = {}
    term = poly.sole
    return powers if term is not None and _product(term, tensors, powers) else None


def _product(term: Term, tensors: Mapping[str, Tensor], powers: Powers) -> bool:
    if term.bound:
        own = [a for a, p in term.factors if isinstance(a, Ref)]
        given = any(a.name not in tensors or tensors[a.name].kind in GRADIENTS for a in own)
        if not given or any(x.kind != "ge" for x in term.limits) or not _connected(own, term.bound):
            return False
    elif term.limits:
        return False
    return all(_factor(atom, power, tensors, powers) for atom, power in term.factors)


def _factor(atom: Atom, power: Fraction, tensors: Mapping[str, Tensor], powers: Powers) -> bool:
    if isinstance(atom, Ref):
        return _first(atom.name, power, powers)
    if not isinstance(atom, Base) or power != 1:
        return False
    inner = atom.poly.sole
    if inner is not None:
        return inner.coefficient == 1 and bool(inner.bound) and _product(inner, tensors, powers)
    return all(
        abs(t.coefficient) == 1
        and not t.bound
        and not t.limits
        and all(isinstance(a, Ref) and _first(a.name, p, powers) for a, p in t.factors)
        for t in atom.poly.terms
    )


def _first(name: str, power: Fraction, powers: Powers) -> bool:
    """Whether a name is read here for the first time."""
    if name in powers:
        return False
    powers[name] = power
    return True


def _connected(refs: Iterable[Ref], bound: Iterable[str]) -> bool:
    """Whether these entries tie all bound indices together."""
    left, (first, *_) = set(bound), bound
    reached = {first}
    parts = [left & r.names for r in refs]
    while True:
        near = reached.union(*(p for p in parts if not p.isdisjoint(reached)))
        if near == reached:
            break
        reached = near
    return reached == left and any(first in p for p in parts)


def never(equation: Equation, powers: Powers) -> bool:
    """Whether the left side of an equation cannot be found in a product of these powers, multiplied out or not."""
    return any(
        isinstance(a, Base) and any(not _may_be(inner, p, powers) for inner, p in walk(a.poly))
        if isinstance(a, Base)
        else not isinstance(a, Ref)
        for a, _ in equation.factors
    )


def _may_be(atom: Atom, power: Fraction, powers: Powers) -> bool:
    """Whether this factor of a pattern can be one of the product; a sum or bracket is looked into on its own."""
    return isinstance(atom, Base) or (isinstance(atom, Ref) and powers.get(atom.name) == power)
