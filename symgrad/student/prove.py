"""Proofs of equality for all sizes: definitions are written out layer by layer, the nearest ones first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.algebra.records import Poly
from symgrad.check.proof import equal_at
from symgrad.check.trials import Trial
from symgrad.declare.model import Fact, Model
from symgrad.student.unknowns import could_vanish

SECONDS = 3.0  # spent on one proof


@dataclass(frozen=True)
class Claim:
    """Two formulas that may be equal, with the sample that shows which tries are worth their time."""

    left: Poly
    right: Poly
    model: Model
    free: tuple[str, ...]
    trial: Trial | None


def proved(claim: Claim) -> tuple[Fact, ...] | None:
    """The facts that a proof of equality needs, none if possible; None where no proof is found."""
    known = claim.model.facts
    for facts in ((), known) if known else ((),):
        if _equal(claim, facts):
            return _fewest(claim, facts)
    return None


def _fewest(claim: Claim, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The facts without those that are not needed."""
    for fact in facts if len(facts) > 1 else ():
        fewer = tuple(f for f in facts if f is not fact)
        if fewer and _equal(claim, fewer):
            facts = fewer
    return facts


def _equal(claim: Claim, facts: tuple[Fact, ...]) -> bool:
    """Whether the difference vanishes with some layers of definitions written out, functions as they are or as exp."""
    until = time.monotonic() + SECONDS
    difference, model, free, trial = claim.left - claim.right, claim.model, claim.free, claim.trial
    for names in layers(difference, model):
        if trial is not None and not could_vanish(difference, names, model, free, facts, trial):
            continue
        for elementary in (False, True):
            if equal_at(claim.left, claim.right, model, free, facts, names, elementary):
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
