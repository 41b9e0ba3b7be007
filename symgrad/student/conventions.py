"""Conventions that an exercise may allow, by their names. Without one a formula is read strictly, as it is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symgrad.errors import DeclarationError, nearest

UNMARKED = "transposes and Hadamard products need not be marked"
IMPLICIT = "indices are implicit"
ALPHA = r"\alpha is read as \partial"
OUTSIDE = "entries outside their range count as 0"
CONVENTIONS = (UNMARKED, IMPLICIT, ALPHA, OUTSIDE)
MOST_READINGS = 300
PLACES = re.compile(r"numbers may be rounded to (\d{1,2}) places?")
WITHIN = re.compile(r"numbers may be off by (\d{1,9}(?:\.\d{1,9})?)")
NUMBERS = ("numbers may be rounded to 2 places", "numbers may be off by 0.01")  # with any numbers


@dataclass(frozen=True)
class Rounding:
    """How far a number may be from the exact one: as a rounding to `places` decimals or more, or by `within`."""

    places: int | None = None
    within: Fraction | None = None


def rounding(conventions: Collection[str]) -> Rounding:
    """What the conventions of an exercise allow.

    >>> rounding(["numbers may be rounded to 2 places"])
    Rounding(places=2, within=None)
    """
    places = [int(found[1]) for name in conventions if (found := PLACES.fullmatch(name))]
    within = [Fraction(found[1]) for name in conventions if (found := WITHIN.fullmatch(name))]
    return Rounding(min(places, default=None), max(within, default=None))


def checked(names: Collection[str]) -> tuple[str, ...]:
    """The conventions of an exercise, each by its name; several may stand in one text, separated by semicolons."""
    found = [one.strip() for name in names for one in name.split(";")]
    for one in found:
        if one not in CONVENTIONS and not PLACES.fullmatch(one) and not WITHIN.fullmatch(one):
            raise DeclarationError(
                "an unknown convention",
                where=f"conventions={list(names)}",
                expected="; ".join((*CONVENTIONS, *NUMBERS)),
                given=one,
                fix=nearest(one, (*CONVENTIONS, *NUMBERS)),
            )
    return tuple(dict.fromkeys(found))


@dataclass
class Choices:
    """A path through a tree of choices: replayed, then continued with the first choice everywhere."""

    path: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def choose(self, count: int) -> int:
        """One of `count` ways."""
        at = len(self.counts)
        self.counts.append(count)
        if at == len(self.path):
            self.path.append(0)
        return self.path[at]

    def next(self) -> Choices | None:
        """The path after this one; None after the last."""
        path = list(self.path)
        while path and path[-1] + 1 >= self.counts[len(path) - 1]:
            path.pop()
        if not path:
            return None
        path[-1] += 1
        return Choices(path)


def readings() -> Iterator[Choices]:
    """Paths one after the other, each to be walked before the next is asked for; not more than are worth the wait."""
    one: Choices | None = Choices()
    for _ in range(MOST_READINGS):
        if one is None:
            return
        yield one
        one = one.next()
