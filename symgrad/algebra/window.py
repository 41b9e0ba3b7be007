"""What keeps every index that is read inside its tensor: the range of one index, for all values of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from symgrad.algebra.index import Affine

ONE = Affine.number(1)


class Ends(NamedTuple):
    """A range with plain ends: first <= i and divisor*i <= top, that is i <= floor(top/divisor)."""

    first: Affine
    top: Affine
    divisor: Affine = ONE

    @property
    def length(self) -> Affine | None:
        """The number of values, where no division is left."""
        return self.top - self.first + 1 if self.divisor == ONE else None

    @property
    def room(self) -> Affine:
        """At least 0 wherever floor(top/divisor) - first + 1 is the number of values and not negative."""
        return self.top - self.divisor * self.first + self.divisor


def ends(name: str, limits: Iterable[Affine]) -> Ends | None:
    """The range of a name from what is >= 0; None where it has several first or last values, or a divided first one.

    >>> i, n, s = map(Affine.name, "ins")
    >>> ends("i", [i, n - s * i])
    Ends(first=0, top=n, divisor=s)
    """
    lows, highs = [], []
    for of in limits:
        slope = of.slope(name)
        if _grows(slope):
            lows.append((slope, of))
        elif _grows(-slope):
            highs.append((-slope, of))
    if len(lows) != 1 or len(highs) != 1 or lows[0][0] != ONE:
        return None
    at = Affine.name(name)
    return Ends(at - lows[0][1], highs[0][1] + at * highs[0][0], highs[0][0])


def least(of: Affine, name: str, ranges: Mapping[str, Iterable[Affine]]) -> Affine | None:
    """An expression at the values of all other indices where it is least; None where those cannot be told.

    Law: a + c k >= 0 for all k in p..q iff a + c p >= 0 where c > 0, and a + c q >= 0 where c < 0 (p <= q).

    >>> i, k, n = map(Affine.name, "ikn")
    >>> least(n - 1 - i - k, "i", {"k": [k, 2 - k]})
    -i + n - 3
    """
    for _ in range(len(ranges) + 1):
        others = sorted(of.names & ranges.keys() - {name})
        if not others:
            return of
        slope, found = of.slope(others[0]), ends(others[0], ranges[others[0]])
        if found is None or not (_grows(slope) or _grows(-slope)):
            return None
        if not _grows(slope) and found.divisor != ONE:
            return None
        of = of.put({others[0]: found.first if _grows(slope) else found.top})
    return None


def _grows(slope: Affine) -> bool:
    """Whether a slope in sizes is positive for all sizes."""
    return bool(slope.terms) and all(c > 0 for _, c in slope.terms)
