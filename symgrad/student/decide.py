"""Numbers, then proof: whether a poly is the answer, and what is known where neither decides."""

from __future__ import annotations

from symgrad.algebra.records import Poly
from symgrad.declare.model import Model
from symgrad.student import verdict as v
from symgrad.student.kinks import almost_everywhere
from symgrad.student.probe import probe
from symgrad.student.prove import Claim, proved
from symgrad.student.reference import Reference
from symgrad.student.samples import has_gates
from symgrad.student.thresholds import are_reached
from symgrad.student.unroll import proved_at
from symgrad.student.verdict import Verdict

FIRST = 6  # further samples before a proof, where there are gates


def decide(poly: Poly, reference: Reference, free: tuple[str, ...], model: Model) -> Verdict:
    """Whether a poly is the answer: a witness refutes, a proof accepts, and more samples are tried where both fail.

    Where there are gates, samples on both sides of them come before the proof.
    """
    answer, more = reference.answer, reference.more
    gates = has_gates(poly, model) or has_gates(answer, model)
    points = 0
    for trials in (reference.numbers.trials, more.telling(FIRST) if gates else ()):
        found = probe(poly, answer, free, model, trials, reference.known)
        points += found.points
        if found.witness is not None:
            return Verdict(v.WRONG, 3, v.RUNGS[3], witness=found.witness)
    first = next(iter(reference.numbers.trials), None)
    facts = proved(Claim(poly, answer, model, free, first))
    if facts is not None:
        return Verdict(v.RIGHT, 1, v.RUNGS[1], facts=tuple(f.name for f in facts))
    found = probe(poly, answer, free, model, more.all(), reference.known)
    if found.witness is not None:
        return Verdict(v.WRONG, 3, v.RUNGS[3], witness=found.witness)
    sides = almost_everywhere(poly), almost_everywhere(answer)
    facts = proved(Claim(*sides, model, free, first)) if sides != (poly, answer) else None
    if facts is not None:
        return Verdict(v.KINK, 1, v.RUNGS[1], facts=tuple(f.name for f in facts), reason="except where a gate is at 0")
    at = are_reached(poly, model) and proved_at(poly, answer, model, free, (*reference.numbers.trials, *more.all()))
    if at and not model.sizes:
        return Verdict(v.RIGHT, 1, "proved, with every sum written out")
    if at:
        said = "; ".join(", ".join(f"{n} = {value}" for n, value in sizes.items()) for sizes in at)
        return Verdict(v.RIGHT, 2, f"proved for {said}; it agrees at larger sizes too")
    points += found.points
    return Verdict(v.UNDECIDED, 4, f"it agrees with the answer at {points} entries, and no proof was found")
