"""Formulas at fixed sizes: every sum is written out, every index is a number. What is equal then is equal there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import NOTHING, build, mapped, opened, put, put_atom, total
from symgrad.algebra.records import Atom, Poly, Reduction, Term
from symgrad.check.points import points
from symgrad.check.proof import equal_at, written_out
from symgrad.check.trials import Trial
from symgrad.declare.model import Model

SIZES = 3  # different choices of sizes, each >= 2
MOST_PLACES = 12  # entries at one choice
MOST_TERMS = 400  # of a formula written out


class TooLong(Exception):
    """More terms than are worth the wait: nothing is proved."""


def proved_at(
    poly: Poly, answer: Poly, model: Model, free: tuple[str, ...], trials: tuple[Trial, ...]
) -> tuple[Mapping[str, int], ...]:
    """The choices of sizes for which two formulas are equal, whatever the numbers are; none where one fails."""
    chosen = {tuple(t.sizes.values()): t for t in trials if min(t.sizes.values(), default=2) >= 2}
    kept = sorted(chosen.values(), key=lambda t: sum(t.sizes.values()))[:SIZES]
    if len(kept) < (SIZES if model.sizes else 1):
        return ()
    difference = written_out(poly - answer, model, elementary=False)
    try:
        proved = all(_vanishes(d, model) for t in kept for d in _at(difference, free, model, t))
    except TooLong:
        return ()
    return tuple(t.sizes for t in kept) if proved else ()


def _at(difference: Poly, free: tuple[str, ...], model: Model, trial: Trial) -> Iterator[Poly]:
    """The difference at every value of its free indices."""
    places = trial.points(free, model)
    if len(places) > MOST_PLACES:
        raise TooLong
    for place in places:
        yield unrolled(difference, trial.at(free, place))


def _vanishes(poly: Poly, model: Model) -> bool:
    return any(equal_at(poly, NOTHING, model, (), (), frozenset(), how) for how in (False, True))


def unrolled(poly: Poly, at: Mapping[str, int]) -> Poly:
    """A formula with numbers for its sizes and free indices, and no sums. Raises TooLong."""
    return _written(put(poly, {n: Affine.number(v) for n, v in at.items()}))


def _written(poly: Poly) -> Poly:
    found = total(p for term in poly.terms for p in _terms(term))
    if len(found.terms) > MOST_TERMS:
        raise TooLong
    return found


def _terms(term: Term) -> Iterator[Poly]:
    coefficient, factors, bound, limits = opened(term)
    for place in points(bound, limits, {}):
        here = {n: Affine.number(v) for n, v in zip(bound, place, strict=True)}
        yield build(coefficient, [(_factor(a, here), p) for a, p in factors])


def _factor(factor: Atom | Poly, here: Mapping[str, Affine]) -> Atom | Poly:
    new = put(factor, here) if isinstance(factor, Poly) else put_atom(factor, here)
    if isinstance(new, Poly):
        return _written(new)
    return new if isinstance(new, Reduction) else mapped(new, _written)  # a product or maximum keeps its own index
