"""The ranges of a random graph, and how the index of one is written in the indices of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.graphs import Cond, Index, Lin, lin

Make = Callable[..., Lin]
Guards = Callable[..., tuple[Cond, ...]]


@dataclass(frozen=True)
class Range:
    """`names`: the indices that run over it; `flat`: its last value is `top + plus + start - 1`."""

    key: str
    names: tuple[str, ...]
    top: Lin
    by: Lin = field(default_factory=lambda: lin(1))
    plus: int = 0
    start: int = 0
    may_be_empty: bool = False

    @property
    def flat(self) -> bool:
        return self.by == lin(1)

    @property
    def last(self) -> Lin:
        return self.indices[0].last

    @property
    def indices(self) -> tuple[Index, ...]:
        return tuple(Index(n, self.top, self.by, self.plus, self.start) for n in self.names)


@dataclass(frozen=True)
class Read:
    """How an index of the range `target` is made of indices of the ranges `slots`, where all guards hold."""

    target: str
    slots: tuple[str, ...]
    make: Make
    guards: Guards = lambda *_: ()
    weight: float = 1.0


@dataclass
class Ranges:
    """The sizes, relations and ranges chosen for one graph, and the reads between them."""

    pick: Random
    sizes: list[str] = field(default_factory=list)
    relations: list[Cond] = field(default_factory=list)
    ranges: dict[str, Range] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)

    def size(self, name: str) -> Lin:
        if name not in self.sizes:
            self.sizes.append(name)
        return lin(name)

    def add(self, key: str, names: str, top: Lin, **more: object) -> Range:
        """A range with the reads that every range has: itself, its first entry, flips and guarded neighbours."""
        r = self.ranges[key] = Range(key, tuple(names.split()), top, **more)  # type: ignore[arg-type]
        self.reads.append(Read(key, (key,), lambda i: i, weight=6))
        if not r.may_be_empty:
            self.reads.append(Read(key, (), lambda: lin(r.start), weight=0.15))
        if r.flat and not r.may_be_empty:
            self.reads.append(Read(key, (), lambda: r.last, weight=0.1))
        if r.flat:
            self.reads.append(Read(key, (key,), lambda i: r.last + r.start - i, weight=0.4))
            above = lambda i: (Cond(i + 1, "<=", r.last),)  # noqa: E731
            self.reads.append(Read(key, (key,), lambda i: i + 1, above, weight=0.3))
            below = lambda i: (Cond(i, ">=", lin(r.start + 1)),)  # noqa: E731
            self.reads.append(Read(key, (key,), lambda i: i - 1, below, weight=0.3))
        return r

    def read(self, target: str, slots: str, make: Make, guards: Guards = lambda *_: (), weight: float = 3) -> None:
        self.reads.append(Read(target, tuple(slots.split()), make, guards, weight))

    def at(self, key: str, i: Lin) -> Lin:
        """The position in a range, from 0 on."""
        return i - self.ranges[key].start


def chosen_ranges(pick: Random) -> Ranges:
    """One or two plain ranges, and none to two themes on top of them."""
    found = Ranges(pick)
    found.add("n", "i j q a", found.size("n"), start=int(pick.random() < 0.2))
    if pick.random() < 0.6:
        found.add("m", "k l b e", found.size("m"), start=int(pick.random() < 0.12))
    for theme in pick.sample(THEMES, pick.choice((0, 1, 1, 1, 2))):
        if len(found.sizes) < 4:
            theme(found)
    return found


def _stride(found: Ranges) -> Lin:
    return found.size("s") if found.pick.random() < 0.4 else lin(found.pick.choice((2, 2, 3)))


def _kernel(found: Ranges) -> Lin:
    if "K" not in found.ranges:
        found.add("K", "u t", found.size("K"))
    return lin("K")


def windows(found: Ranges) -> None:
    """x[i + k]: an input that is longer than the output by the kernel - 1."""
    wide = found.add("wide", "p o c", lin("n") + _kernel(found) - 1)
    found.read("wide", "n K", lambda i, k: found.at("n", i) + k, weight=12)
    guards = lambda p, k: (Cond(p - k, ">=", lin(0)), Cond(p - k, "<=", lin("n") - 1))  # noqa: E731
    if found.ranges["n"].start == 0:
        found.read("n", "wide K", lambda p, k: p - k, guards)
    assert wide.flat


def strides(found: Ranges) -> None:
    """x[s*i + k], with the length of the input given by that of the output."""
    s, length = _stride(found), _kernel(found)
    found.add("strided", "p2 o2 c2", s * (lin("n") - 1) + length)
    found.read("strided", "n K", lambda i, k: s * found.at("n", i) + k, weight=12)


def dilations(found: Ranges) -> None:
    """x[i + s*k]."""
    s, length = _stride(found), _kernel(found)
    found.add("dilated", "p3 o3 c3", lin("n") + s * (length - 1))
    found.read("dilated", "n K", lambda i, k: found.at("n", i) + s * k, weight=12)


def floors(found: Ranges) -> None:
    """x[s*i + k], with the length of the output given by that of the input: (H - K)//s + 1."""
    s, length, height = _stride(found), _kernel(found), found.size("H")
    found.relations.append(Cond(height, ">=", length))
    found.add("H", "p4 o4 c4", height)
    found.add("out", "z v h", height - length, by=s, plus=1)
    found.read("H", "out K", lambda i, k: s * i + k, weight=12)


def blocks(found: Ranges) -> None:
    """x[m*i + k]: a matrix written row by row."""
    width = found.size("m")
    if "m" not in found.ranges:
        found.add("m", "k l b e", width)
    found.add("flat", "r1 r2 r3", lin("n") * width)
    found.read("flat", "n m", lambda i, k: width * found.at("n", i) + found.at("m", k), weight=8)


def joins(found: Ranges) -> None:
    """One vector behind another: the first n entries, then m more."""
    if "m" not in found.ranges:
        found.add("m", "k l b e", found.size("m"))
    n, m = found.ranges["n"], found.ranges["m"]
    found.add("both", "w1 w2 w3", lin("n") + lin("m"))
    found.read("both", "n", lambda i: i - n.start)
    found.read("both", "m", lambda k: lin("n") + k - m.start)
    found.read("n", "both", lambda c: c + n.start, lambda c: (Cond(c, "<", lin("n")),), weight=4)
    found.read("m", "both", lambda c: c - lin("n") + m.start, lambda c: (Cond(c, ">=", lin("n")),), weight=4)


def shorter(found: Ranges) -> None:
    """x[i], x[i + 1]: neighbours, of which there is one fewer."""
    n = found.ranges["n"]
    found.add("short", "y1 y2 y3", lin("n") - 1, may_be_empty=True)
    found.read("n", "short", lambda i: i + n.start)
    found.read("n", "short", lambda i: i + n.start + 1)


def longer(found: Ranges) -> None:
    """A state before the first step: one entry more than steps."""
    found.add("long", "h1 h2 h3", lin("n") + 1)
    found.read("long", "n", lambda i: found.at("n", i))
    found.read("long", "n", lambda i: found.at("n", i) + 1)


def paddings(found: Ranges) -> None:
    """x[i + k - 1] with nothing outside."""
    _kernel(found)
    n = found.ranges["n"]
    inside = lambda i, k: (Cond(i + k - 1, ">=", lin(n.start)), Cond(i + k - 1, "<=", n.last))  # noqa: E731
    found.read("n", "n K", lambda i, k: i + k - 1, inside, weight=6)


THEMES = (windows, strides, dilations, floors, blocks, joins, shorter, longer, paddings)
