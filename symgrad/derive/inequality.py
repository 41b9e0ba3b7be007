"""An inequality solved for one name, move by move; each move has its law and says whether the sign turns.

`confirmed` compares the truth of every line with that of the first, exactly, at many choices of numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import ONE, build, call, index_value, lone, power, times
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value
from symgrad.algebra.repeated import equal_factors
from symgrad.check.enclose import enclosed
from symgrad.declare.model import Model
from symgrad.errors import CertificateError, Unsupported

LAWS: dict[str, str] = {
    "add": "a < b is a + c < b + c",
    "positive": "a < b is a/c < b/c where c > 0: the sign stays",
    "negative": "a < b is a/c > b/c where c < 0: the sign flips",
    "log": "a < b is log a < log b where both are positive, since log is increasing; log(a^n) = n log a",
}
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
TRIALS = 200


@dataclass(frozen=True)
class Inequality:
    left: Poly
    relation: str
    right: Poly


@dataclass(frozen=True)
class Move:
    """One line: what stands there after a law of LAWS was used; `by` was added to both sides, or both divided by it."""

    law: str
    by: Poly
    after: Inequality


def isolated(given: Inequality, unknown: str, model: Model, unit: Collection[str] = ()) -> list[Move]:
    """The moves that leave `unknown`, a size or a name, alone on the left. `unit`: names between 0 and 1.

    Refused where it stands in several places, or where the sign of what it is multiplied with is not known.
    """
    moves: list[Move] = []
    now = given
    while not _is(now.left, unknown):
        moves.append(_move(now, unknown, model, unit))
        now = moves[-1].after
    return moves


def _is(poly: Poly, unknown: str) -> bool:
    term = poly.sole
    atoms = [a for a, p in term.factors if p == 1] if term is not None and term.coefficient == 1 else []
    return len(atoms) == 1 and len(term.factors) == 1 and isinstance(atoms[0], Ref | Value) and atoms[0].name == unknown  # type: ignore[union-attr]


def _move(now: Inequality, unknown: str, model: Model, unit: Collection[str]) -> Move:
    inside: list[Term] = []
    outside: list[Term] = []
    for term in now.left.terms:
        (inside if _uses(Poly((term,)), unknown) else outside).append(term)
    if outside:
        rest = Poly(outside)
        return Move("add", -rest, replace(now, left=now.left - rest, right=now.right - rest))
    if len(inside) != 1 or inside[0].bound or inside[0].limits:
        raise _stuck(now, unknown, "it stands in one place")
    held = [(a, p) for a, p in inside[0].factors if _uses(lone(a), unknown)]
    others = build(inside[0].coefficient, [f for f in inside[0].factors if f not in held])
    if len(held) != 1 or held[0][1] != 1:
        raise _stuck(now, unknown, "it stands in one place, and not under a power")
    atom = held[0][0]
    if others != ONE:
        sign = sign_of(others, unit)
        if not sign:
            raise _stuck(now, unknown, f"{others} is known to be positive or negative")
        relation = now.relation if sign > 0 else FLIPPED[now.relation]
        over = power(others, -1)
        after = Inequality(lone(atom), relation, _over(now.right, others, over))
        return Move("positive" if sign > 0 else "negative", others, after)
    if isinstance(atom, Base):
        return _move(replace(now, left=atom.poly), unknown, model, unit)
    base, count = _power(atom, model)
    if base is None or count is None or sign_of(base, unit) <= 0 or sign_of(now.right, unit) <= 0:
        raise _stuck(now, unknown, "a power of a positive number, and a positive number on the other side")
    return Move("log", ONE, Inequality(times(count, call("log", base)), now.relation, call("log", now.right)))


def _over(right: Poly, divisor: Poly, inverse: Poly) -> Poly:
    """right/divisor; a number is multiplied out."""
    value = divisor.number
    return Poly(t.scaled(1 / value) for t in right.terms) if value is not None else times(right, inverse)


def _power(atom: Atom, model: Model) -> tuple[Poly | None, Poly | None]:
    """Base and exponent of a power, or of a product of equal factors."""
    if isinstance(atom, Head) and atom.function == "pow":
        base, exponent = atom.arguments
        return base, exponent
    count: Affine | None = equal_factors(atom, model.sizes) if isinstance(atom, Reduction) else None
    if count is None or not isinstance(atom, Reduction):
        return None, None
    return atom.poly, index_value(count, dict.fromkeys(count.names, "positive"))


def _uses(poly: Poly, unknown: str) -> bool:
    return unknown in poly.names or unknown in poly.tensors


def _stuck(now: Inequality, unknown: str, expected: str) -> Unsupported:
    where = f"{now.left} {now.relation} {now.right}"
    return Unsupported(f"the inequality cannot be solved for {unknown}", where=where, expected=expected)


def sign_of(poly: Poly, unit: Collection[str]) -> int:
    """1 or -1 where the sign of a formula is known for all values, else 0. Law: log u < 0 for 0 < u < 1."""
    term = poly.sole
    if poly.number is not None:
        return (poly.number > 0) - (poly.number < 0)
    if poly.sign == "positive" or _in_unit(poly, unit):
        return 1
    if term is None or term.bound or term.limits:
        return 0
    sign = 1 if term.coefficient > 0 else -1
    for atom, exponent in term.factors:
        sign *= _atom_sign(atom, unit) ** abs(exponent.numerator) if exponent.denominator == 1 else 0
    return sign


def _atom_sign(atom: Atom, unit: Collection[str]) -> int:
    if isinstance(atom, Head) and atom.function == "log":
        return -1 if _in_unit(atom.arguments[0], unit) else 0
    if isinstance(atom, Base):
        return sign_of(atom.poly, unit)
    return int(atom.sign == "positive" or _in_unit(lone(atom), unit))


def _in_unit(poly: Poly, unit: Collection[str]) -> bool:
    """Whether a value is between 0 and 1: a name that is declared so, or 1 minus it."""
    names = [lone(Ref(n, (), s)) for n in unit for s in ("positive", "nonnegative", "real")]
    return poly in names or ONE - poly in names


def confirmed(given: Inequality, moves: list[Move], model: Model, unit: Collection[str], where: str) -> None:
    """Raises where a line is true and the first is false, or the other way round, at some of many random numbers."""
    random = Random(0)
    seen = set()
    for _ in range(TRIALS):
        at = {n: random.randint(1, 9) for n in model.sizes}
        values = {n: _drawn(random, n in unit, t.sign != "real") for n, t in model.tensors.items()}
        first = _holds(given, at, values)
        seen.add(first)
        wrong = next((m for m in moves if _holds(m.after, at, values) != first), None)
        if wrong is not None:
            raise CertificateError(
                "a line of an inequality is not equivalent to the first",
                where=f"{where}: {wrong.after.left} {wrong.after.relation} {wrong.after.right}",
                given=", ".join(f"{n} = {v}" for n, v in {**at, **values}.items()),
            )
    if len(seen) < 2:
        raise CertificateError("an inequality that is never seen to change", where=where, given=f"always {seen.pop()}")


def _drawn(random: Random, unit: bool, positive: bool) -> Fraction:
    value = Fraction(random.randint(1, 996), 997)
    wide = value * 4 ** random.randint(0, 3)
    return value if unit else wide if positive or random.random() < 0.5 else -wide


def _holds(given: Inequality, at: dict[str, int], values: dict[str, Fraction]) -> bool:
    left, right = (enclosed(p, at, lambda name, place: values[name]) for p in (given.left, given.right))
    below, strict = given.relation.startswith("<"), given.relation in FLIPPED and "=" not in given.relation
    low, high = (left, right) if below else (right, left)
    if high.low > low.high:
        return True
    if high.high < low.low:
        return False
    if low.exact and high.exact:
        return not strict
    raise CertificateError("an inequality too close to decide", where=f"{given.left} {given.relation} {given.right}")
