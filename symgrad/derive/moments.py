"""Expectation and variance of formulas that are linear in random entries, by the laws in LAWS and no others.

What is random, its mean and its variance, and whether its entries are independent, is declared; it is never guessed.
`confirmed` goes through every outcome of small samples, exactly. Source: Feller, An Introduction to Probability, IX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.normal import UNIT, bind, build, lone, opened, total
from symgrad.algebra.records import Base, Poly, Ref, Term
from symgrad.check.enclose import enclosed
from symgrad.check.points import Point
from symgrad.declare.model import Model
from symgrad.derive.look import factored
from symgrad.errors import CertificateError, Unsupported

LAWS: dict[str, str] = {
    "linear": "E[a X + b Y] = a E[X] + b E[Y], a and b not random",
    "constant": "E[a] = a and Var[a] = 0, a not random",
    "scaled": "Var[a X] = a^2 Var[X], a not random",
    "independent": "Var[X_1 + ... + X_b] = Var[X_1] + ... + Var[X_b] where the X_i are independent",
}

NONE = Fraction(0)


@dataclass(frozen=True)
class Random:
    """What is declared of the entries of a random name: one mean, one variance, and whether they are independent."""

    name: str
    mean: Poly
    variance: Poly
    independent: bool


def mean(poly: Poly, random: Random, model: Model) -> Poly:
    """Law `linear`: the mean stands in the place of each random entry."""
    return factored(contract(_moment(poly, random, random.mean, 1), model.context()), {})


def variance(poly: Poly, random: Random, model: Model) -> Poly:
    """Laws `constant`, `scaled` and `independent`: squares of the factors, the variance in the place of each entry.

    Refused where entries are not declared independent, or where one entry may stand in two terms.
    """
    if len(_entries_read(poly, random.name, dict.fromkeys(model.sizes, 2))) > 1 and not random.independent:
        raise Unsupported(
            f"the variance of a sum of {random.name} that are not declared independent",
            where=poly.key,
            expected="independent=True, where they are",
        )
    return contract(_moment(poly, random, random.variance, 2), model.context())


def by_entries(poly: Poly, random: Random, exponent: int) -> Poly:
    """The mean (exponent 1) or variance (2) as a sum over the entries, each standing for its own mean or variance."""
    return _moment(poly, random, None, exponent)


def _moment(poly: Poly, random: Random, value: Poly | None, exponent: int) -> Poly:
    """Each term with its factors to a power, and a value (None: itself) in the place of the random entry."""
    terms = expand(poly).terms
    linear = [t for t in terms if random.name in t.tensors]
    if exponent == 1:
        linear = list(terms)
    elif len(linear) > 1:
        raise Unsupported(
            f"{random.name} stands in several terms, which may share an entry",
            where=poly.key,
            expected="one sum over its entries",
        )
    return total(_of_term(t, random, value, exponent) for t in linear)


def _of_term(term: Term, random: Random, value: Poly | None, exponent: int) -> Poly:
    if random.name not in term.tensors:
        return Poly((term,))
    coefficient, factors, bound, limits = opened(term)
    own = [(a, p) for a, p in factors if random.name in a.tensors]
    others = [(a, p * exponent) for a, p in factors if random.name not in a.tensors]
    ((atom, how_often), *more) = own
    if more or how_often != 1 or not isinstance(atom, Ref | Base):
        raise Unsupported(f"not linear in {random.name}", where=term.key, expected="a sum of numbers times its entries")
    indices = {i.sole for i in atom.indices} if isinstance(atom, Ref) else set[str]()
    if exponent == 2 and not set(bound) <= indices:
        raise Unsupported("one entry may be met twice in the sum", where=term.key, expected="each entry once")
    inner = _moment(atom.poly, random, value, exponent) if isinstance(atom, Base) else value or lone(atom)
    return bind(build(coefficient**exponent, [*others, (inner, UNIT)]), bound, limits)


def confirmed(poly: Poly, found: tuple[Poly, Poly], random: Random, model: Model, where: str) -> None:
    """Raises where mean or variance differ from the average over all outcomes, for samples of 1, 2, 3 and 4 entries.

    Each entry is m + r or m - r, equally likely, r^2 = v; an outcome is a + b r, so that both averages are fractions.
    """
    for size in range(1, 5):
        at = dict.fromkeys(model.sizes, size)
        others = {name: Fraction(n + 2, n + 3) for n, name in enumerate(model.tensors)}
        m, v, *shown = (_exact(p, at, others) for p in (random.mean, random.variance, *found))
        base = _exact(poly, at, others, {}, m, random.name)
        entries = _entries_read(poly, random.name, at)
        outcomes = (dict(zip(entries, signs, strict=True)) for signs in product((1, -1), repeat=len(entries)))
        moved = [_exact(poly, at, others, drawn, m, random.name) - base for drawn in outcomes]
        average = base  # the b of opposite outcomes cancel
        spread = sum((b * b * v for b in moved), Fraction(0)) / len(moved)
        if sum(moved) != 0 or shown != [average, spread]:
            raise CertificateError(
                "mean and variance differ from those over all outcomes",
                where=f"{where}, {size} entries",
                expected=f"{average}, {spread}",
                given=", ".join(map(str, shown)),
            )


def _exact(
    poly: Poly,
    at: Mapping[str, int],
    others: Mapping[str, Fraction],
    drawn: Mapping[Point, int] | None = None,
    m: Fraction = NONE,
    random: str = "",
) -> Fraction:
    """The value of a formula, the entries of the random name at m and those that are drawn one away from it."""
    moves = drawn or {}
    return enclosed(poly, at, lambda n, p: m + moves.get(p, 0) if n == random else others[n]).low


def _entries_read(poly: Poly, name: str, at: Mapping[str, int]) -> list[Point]:
    """The entries of a random name that a formula reads."""
    seen: dict[Point, None] = {}

    def read(other: str, place: Point) -> Fraction:
        if other == name:
            seen[place] = None
        return Fraction(1)

    enclosed(poly, at, read)
    return list(seen)
