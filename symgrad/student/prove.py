"""Proofs of equality for all sizes: definitions are written out layer by layer, the nearest ones first."""

from __future__ import annotations

import time
from collections.abc import Iterator

from symgrad.algebra.records import Poly
from symgrad.check.proof import equal_at
from symgrad.declare.model import Fact, Model

SECONDS = 3.0  # spent on one proof


def proved(poly: Poly, answer: Poly, model: Model, free: tuple[str, ...]) -> tuple[Fact, ...] | None:
    """The facts that a proof of equality needs, none if possible; None where no proof is found."""
    for facts in ((), model.facts) if model.facts else ((),):
        if _equal(poly, answer, model, free, facts):
            return _fewest(poly, answer, model, free, facts)
    return None


def _fewest(poly: Poly, answer: Poly, model: Model, free: tuple[str, ...], facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The facts without those that are not needed."""
    for fact in facts if len(facts) > 1 else ():
        fewer = tuple(f for f in facts if f is not fact)
        if fewer and _equal(poly, answer, model, free, fewer):
            facts = fewer
    return facts


def _equal(poly: Poly, answer: Poly, model: Model, free: tuple[str, ...], facts: tuple[Fact, ...]) -> bool:
    """Whether the difference vanishes with some layers of definitions written out, functions as they are or as exp."""
    until = time.monotonic() + SECONDS
    for names in layers(poly - answer, model):
        for elementary in (False, True):
            if equal_at(poly, answer, model, free, facts, names, elementary):
                return True
            if time.monotonic() > until:
                return False
    return False


def layers(poly: Poly, model: Model) -> Iterator[frozenset[str]]:
    """No definitions, those that stand in a poly, those that stand in these too, and so on to all of them."""
    order = {t.name for t in model.definitions}
    written: set[str] = set()
    yield frozenset()
    while True:
        bodies = (model.tensors[name].poly for name in written)
        met = (order & p.tensors for p in (poly, *bodies) if p is not None)
        new = frozenset().union(*met) - written
        if not new:
            return
        written |= new
        yield frozenset(written)
