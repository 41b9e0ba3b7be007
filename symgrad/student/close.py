"""Whether a written number is a given exact one: exactly, or as a rounding where that is allowed and then said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgrad.check.enclose import Between
from symgrad.student import verdict as v
from symgrad.student.conventions import Rounding
from symgrad.student.exact import Array
from symgrad.student.verdict import Points, Verdict, Witness

YES, NO, OPEN = "equal", "different", "open"
EXACT = "worked out exactly"
LEAST_DIGITS = 3  # significant ones, of a rounding that nobody declared
MOST_NAMED = 6  # wrong entries that are named


@dataclass(frozen=True)
class Found:
    """How one number compares: YES, NO or OPEN; `note` says what was taken for granted."""

    kind: str
    note: str = ""


def compared(given: Between, places: int | None, exact: Between, rounding: Rounding, about: bool = False) -> Found:
    """One number with `places` decimals as written (None: worked out) against an exact one; `about`: after an ≈ sign.

    A number that has no fraction has no exact decimals: a correct rounding of it to three digits or more is right, and
    said to be one.

    >>> third = Between.of(Fraction(1, 3))
    >>> compared(Between.of(Fraction("0.33")), 2, third, Rounding()).kind
    'different'
    >>> compared(Between.of(Fraction("0.33")), 2, third, Rounding(places=2)).kind
    'equal'
    """
    if given.exact and exact.exact and given == exact:
        return Found(YES)
    apart = max(abs(given.high - exact.low), abs(exact.high - given.low))
    if places is not None and given.exact:
        allowed = about or (rounding.places is not None and places >= rounding.places)
        allowed = allowed or (not exact.exact and digits(given.low, places) >= LEAST_DIGITS)
        if allowed and apart <= Fraction(1, 2) / 10**places:
            rounded = f"rounded to {places} place{'s' * (places != 1)}"
            return Found(YES, f"{decimal(given)} is {decimal(exact, places + 4)} {rounded}")
    if rounding.within is not None and apart <= rounding.within:
        return Found(YES, f"{decimal(given)} is within {decimal(Between.of(rounding.within))} of {decimal(exact)}")
    if given.low > exact.high or given.high < exact.low:
        return Found(NO)
    return Found(OPEN)


def digits(value: Fraction, places: int) -> int:
    """How many significant digits a decimal has.

    >>> digits(Fraction("0.0570"), 4), digits(Fraction("58.4"), 1)
    (3, 3)
    """
    return len(str(abs(int(value * 10**places)))) if value else 0


def against(given: Array, expected: Array, axes: Mapping[str, int], rounding: Rounding, about: bool = False) -> Verdict:
    """A number, vector or matrix against the exact one; `axes`: the names of its indices, with their first values."""
    given = given.lying(expected)
    if given.shape != expected.shape:
        reason = f"{given.said} is given, and the answer is {expected.said}"
        return Verdict(v.WRONG, 0, v.RUNGS[0], reason=reason)
    found = [
        (place, compared(value, given.places[place[0]][place[1]] if given.places else None, right, rounding, about))
        for place, value, right in _entries(given, expected)
    ]
    wrong = [place for place, one in found if one.kind == NO]
    if wrong:
        names = [_at(p, expected, axes) for p in wrong]
        r, c = wrong[0]
        one, other = (float(_middle(x)) for x in (given.cells[r][c], expected.cells[r][c]))
        witness = Witness({}, names[0], one, other, exact=True)
        right = len(found) - len(wrong)
        points = Points(Fraction(right, len(found)), (f"{right} of {len(found)} entries",))
        under = _rounded(given, expected)
        reason = _said(names, len(found))
        return Verdict(v.WRONG, 3, v.RUNGS[3], witness=witness, reason=reason, points=points, under=under)
    if any(one.kind == OPEN for _, one in found):
        return Verdict(v.UNDECIDED, 4, "it agrees with the answer to 40 digits, and no proof was found")
    notes = tuple(dict.fromkeys(one.note for _, one in found if one.note))
    return Verdict(v.RIGHT, 2, EXACT, notes=notes)


def _rounded(given: Array, expected: Array) -> dict[str, str]:
    """The convention by which every number would be a correct rounding, with as many decimals as are written."""
    places = [p for row in given.places for p in row if p]
    if not places:
        return {}
    rule = Rounding(places=min(places))
    there = {p: given.places[p[0]][p[1]] for p, _, _ in _entries(given, expected)}
    if any(compared(a, there[p], b, rule).kind != YES for p, a, b in _entries(given, expected)):
        return {}
    return {f"numbers may be rounded to {min(places)} place{'s' * (min(places) != 1)}": v.RIGHT}


def _entries(given: Array, expected: Array) -> Iterator[tuple[tuple[int, int], Between, Between]]:
    for r, (one, other) in enumerate(zip(given.cells, expected.cells, strict=True)):
        for c, (a, b) in enumerate(zip(one, other, strict=True)):
            yield (r, c), a, b


def _at(place: tuple[int, int], array: Array, axes: Mapping[str, int]) -> dict[str, int]:
    """A place by the names of the indices that the array has."""
    own = [p for p, length in zip(place, array.shape, strict=True) if length > 1]
    if len(axes) == 2:
        own = list(place)
    return {name: start + p for (name, start), p in zip(axes.items(), own, strict=False)}


def _said(places: list[dict[str, int]], count: int) -> str:
    """Which entries are wrong, by their places."""
    if count == 1:
        return ""
    shown = [", ".join(f"{n} = {p}" for n, p in one.items()) for one in places[:MOST_NAMED]]
    more = ", ..." if len(places) > MOST_NAMED else ""
    return f"{len(places)} of {count} entries {'is' if len(places) == 1 else 'are'} wrong: {'; '.join(shown)}{more}"


def _middle(value: Between) -> Fraction:
    return (value.low + value.high) / 2


def decimal(value: Between, places: int = 6) -> str:
    """A number in a few digits, for messages.

    >>> decimal(Between.of(Fraction(1, 4))), decimal(Between.of(Fraction(-2, 3)), 4), decimal(Between.of(59))
    ('0.25', '-0.6667...', '59')
    """
    middle = _middle(value)
    if value.exact and middle.denominator == 1:
        return str(middle.numerator)
    scaled = round(middle * 10**places)
    whole, rest = divmod(abs(scaled), 10**places)
    digits = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
    exact = value.exact and Fraction(scaled, 10**places) == middle
    return f"{'-' if scaled < 0 else ''}{digits}{'' if exact else '...'}"
