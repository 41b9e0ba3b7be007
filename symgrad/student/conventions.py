"""Conventions that an exercise may allow, by their names. Without one a formula is read strictly, as it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from symgrad.errors import DeclarationError, nearest

UNMARKED = "transposes and Hadamard products need not be marked"
IMPLICIT = "indices are implicit"
ALPHA = r"\alpha is read as \partial"
CONVENTIONS = (UNMARKED, IMPLICIT, ALPHA)
MOST_READINGS = 300


def checked(names: Collection[str]) -> tuple[str, ...]:
    """The conventions of an exercise, each by its name; several may stand in one text, separated by semicolons."""
    found = [one.strip() for name in names for one in name.split(";")]
    for one in found:
        if one not in CONVENTIONS:
            raise DeclarationError(
                "an unknown convention",
                where=f"conventions={list(names)}",
                expected="; ".join(CONVENTIONS),
                given=one,
                fix=nearest(one, CONVENTIONS),
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
