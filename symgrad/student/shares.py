"""What went wrong in an answer of numbers: a constant factor, or a path whose share is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

from symgrad.check.enclose import Between
from symgrad.student.exact import Array
from symgrad.student.paths import Way
from symgrad.student.verdict import Diagnosis, Points

LARGEST = 24  # of numerators and denominators of constant factors
MOST = 8  # ways that are tried in all combinations


def by_factor(given: Array, expected: Array) -> Diagnosis | None:
    """All entries are off by one constant factor."""
    given = given.lying(expected)
    if given.shape != expected.shape:
        return None
    pairs = [p for one, other in zip(given.cells, expected.cells, strict=True) for p in zip(one, other, strict=True)]
    if not all(a.exact and b.exact and (b.low != 0 or a.low == 0) for a, b in pairs):
        return None
    ratios = {a.low / b.low for a, b in pairs if b.low != 0}
    c = ratios.pop() if len(ratios) == 1 else None
    if c is None or c in (0, 1) or max(abs(c.numerator), c.denominator) > LARGEST:
        return None
    if c == -1:
        return Diagnosis("sign", "the sign is wrong", "Check the signs.")
    return Diagnosis("factor", f"off by the factor {c}", "Check every factor: one is missing or too much.")


def by_path(
    given: Between, ways: Sequence[Sequence[Way]], share: Callable[[Way], Between | None], shown: Callable[[str], str]
) -> Diagnosis | None:
    """The number is the sum of the shares of some paths, and not of all of them."""
    for group in ways:
        shares = [share(way) for way in group]
        values = [x.low for x in shares if x is not None and x.exact]
        if len(values) < len(group) or len(group) > MOST or not given.exact:
            continue
        for count in range(len(group) - 1, 0, -1):
            for kept in combinations(range(len(group)), count):
                if sum((values[n] for n in kept), Fraction(0)) == given.low and given.low != sum(values):
                    return _missing(group, kept, shown)
    return None


def _missing(group: Sequence[Way], kept: Sequence[int], shown: Callable[[str], str]) -> Diagnosis:
    paths = [f"the path from {shown(w.name)} through {shown(w.via)}" for w in group]
    words = [f"{path}: {'right' if n in kept else 'missing'}" for n, path in enumerate(paths)]
    text = "; ".join(f"{path} is missing" for n, path in enumerate(paths) if n not in kept)
    points = Points(Fraction(len(kept), len(group)), tuple(words))
    return Diagnosis("path", text, "By how many ways does the variable reach the result?", points=points)
