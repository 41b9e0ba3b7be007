"""The measure of an answer: its length as it will be printed.

The measure is frozen: every choice between forms is made by it, and a change of it changes answers.
"""

from __future__ import annotations

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value

COST: dict[str, int] = {
    "entry": 2,  # a reference with indices
    "scalar": 1,  # a reference without, a size, a number other than 1
    "adjoint": 1,  # more, for a name that is not the user's
    "sum": 3,
    "head": 2,
    "power": 1,  # an exponent other than 1 and -1
    "term": 1,
    "guard": 1,  # a condition of a term
    "undone": 8,  # a delta under a sum over its index: the sum has not been carried out
}


def measure(poly: Poly) -> int:
    """The length of a poly as it will be printed."""
    if poly.length is None:
        poly.length = sum(map(_term_cost, poly.terms))
    return poly.length


def _term_cost(term: Term) -> int:
    cost = COST["term"] + (term.coefficient not in (1, -1)) * COST["scalar"]
    cost += COST["sum"] * len(term.bound)
    cost += sum(_guard_cost(x) for x in term.limits if x.of.names.isdisjoint(term.bound) or x.kind == "eq")
    return cost + sum(_atom_cost(a) + (p not in (1, -1)) * COST["power"] for a, p in term.factors)


def _guard_cost(limit: Limit) -> int:
    undone = limit.kind == "eq" and any(n.startswith("~") for n in limit.of.names)
    return COST["undone" if undone else "guard"]


def foreign(name: str) -> bool:
    """Whether a name counts as not the user's."""
    return name.startswith(("d_", "p_"))


def _atom_cost(atom: Atom) -> int:
    if isinstance(atom, Ref):
        return (COST["entry"] if atom.indices else COST["scalar"]) + COST["adjoint"] * foreign(atom.name)
    if isinstance(atom, Value):
        return COST["scalar"]
    if isinstance(atom, Head):
        return COST["head"] + sum(measure(p) for p in atom.arguments)
    if isinstance(atom, Reduction):
        return COST["sum"] + COST["head"] * (atom.at is not None) + measure(atom.poly)
    assert isinstance(atom, Base)
    return measure(atom.poly)
