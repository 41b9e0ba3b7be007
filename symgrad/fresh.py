"""Fresh numbers for a graph: drawn from a seed in the style of those that are given, kept where they behave well.

    drawn      as many decimals as given; a 0 stays 0; rows of 0, 1 and -1 are shuffled; negative inputs (parameters)
               only where an input (a parameter) was negative; an input that is one number, 0 or 1 without a decimal
               point, is 0 or 1: it may be a label (y = 1 of a logarithmic loss never becomes 5)
    kept       where no value or gradient is 0 by accident, vectors of gates are mixed, and values are of readable size

Trials are looked at in floats; the numbers that are kept are then put into the graph exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import ceil, lcm
from random import Random
from typing import TYPE_CHECKING, Any

import sympy

from symgrad.algebra.index import Limit
from symgrad.algebra.records import Head, Poly, walk
from symgrad.check.evaluate import Interpreter
from symgrad.check.points import points
from symgrad.declare.model import Model
from symgrad.derive.steps import Derivation
from symgrad.errors import DeclarationError, Unsupported
from symgrad.values import Entries, Values, given

if TYPE_CHECKING:
    from symgrad.api import Graph

TRIALS = 20000
SMALLEST = 5  # a range of numbers has at least so many steps: a given 1 may become 5
ROOM, LEAST = 2, 100  # values may be so much greater than those of the given numbers, or so great in any case
NEAR = 1e-9  # what counts as 0 in floats
GATES = ("relu", "leaky_relu", "elu", "step")
Floats = Mapping[str, Mapping[tuple[int, ...], float]]


class Poor(Exception):
    """Why drawn numbers are not kept."""


def fresh(graph: Graph, derivations: Sequence[Derivation], seed: str, where: str) -> dict[str, Any]:
    """Numbers for the names that have some, well-behaved in the definitions and in the answers of derivations."""
    style = Style(graph.model, graph.numbers_given)
    watch = Watch(graph.model, derivations, style)
    source, poor = Random(seed), Counter[str]()
    for _ in range(TRIALS):
        sizes, entries = style.drawn(source)
        try:
            watch.look(sizes, entries, source)
            numbers = style.numbers(sizes, entries)
            _put_in(graph.model, numbers, watch.known)
        except (Poor, DeclarationError, Unsupported) as reason:
            poor[str(reason).splitlines()[0]] += 1
            continue
        return numbers
    most, times = poor.most_common(1)[0]
    raise DeclarationError(
        "no well-behaved numbers were found",
        where=where,
        expected="mixed gates, no value or gradient that is 0 by accident, readable values, facts that hold",
        given=f"{TRIALS} trials; in {times} of them: {most}",
        fix="another seed, or other numbers in g.values",
    )


def _put_in(model: Model, numbers: Mapping[str, Any], known: Sequence[str]) -> None:
    """The exact values, as the key will have them; refused where facts, relations or divisions do not allow them."""
    values = given(model, numbers)
    for tensor in (model.tensors[n] for n in known):
        assert tensor.poly is not None
        values.of(tensor.poly, tensor.axes)


# --- drawing


@dataclass
class Style:
    """How the given numbers look: their places, steps, greatest size and signs."""

    model: Model
    given: Mapping[str, Any]

    @cached_property
    def values(self) -> Values:
        return given(self.model, self.given)

    @cached_property
    def free_sizes(self) -> list[str]:
        """The sizes that are given on their own: no given array is as long."""
        arrays = (self.model.tensors[n] for n in self.given if n in self.model.tensors)
        tied = {n for t in arrays for a in t.axes for x in self.model.indices[a].limits for n in x.names}
        return [n for n in self.given if n in self.model.sizes and n not in tied]

    @property
    def varied(self) -> list[Any]:
        """The given numbers that others take the place of."""
        given = self.values.entries.items()
        entries = [v for n, e in given for v in e.values() if v.is_Rational and (v != 0 or self._is_label(n, e))]
        return [*entries, *(sympy.Integer(self.values.sizes[n]) for n in self.free_sizes)]

    def drawn(self, source: Random) -> tuple[dict[str, int], dict[str, Entries]]:
        sizes = dict(self.values.sizes)
        for name in self.free_sizes:
            sizes[name] = source.randint(max(1, sizes[name] // 2), ceil(1.5 * sizes[name]))
        return sizes, {n: self._array(n, e, source) for n, e in self.values.entries.items()}

    def _array(self, name: str, entries: Entries, source: Random) -> Entries:
        if self._is_label(name, entries):
            return {(): sympy.Integer(source.randint(0, 1))}
        if _is_shuffled(entries):
            return _shuffled(entries, source)
        step, top = self._steps[name]
        signed = self._kind(name) in self._signed
        return {
            place: sympy.Rational(source.randint(1, top) * (source.choice((-1, 1)) if signed else 1)) * step
            if value != 0 and value.is_Rational
            else value
            for place, value in entries.items()
        }

    def _is_label(self, name: str, entries: Entries) -> bool:
        """An input that is 0 or 1, given as a whole number."""
        is_one = self.model.tensors[name].kind == "input" and list(entries) == [()]
        return is_one and entries[()] in (0, 1) and not _is_decimal(self.given[name])

    def _kind(self, name: str) -> str:
        tensor = self.model.tensors[name]
        return tensor.kind if tensor.sign == "real" else tensor.sign

    @cached_property
    def _signed(self) -> set[str]:
        """The kinds of names of which one has a negative number."""
        return {self._kind(n) for n, e in self.values.entries.items() if any(v < 0 for v in e.values())}

    @cached_property
    def _steps(self) -> dict[str, tuple[Any, int]]:
        """The distance of neighbouring numbers of an array, and how many of them the greatest one is; below 1 stays."""
        found = {}
        for name, entries in self.values.entries.items():
            rational = [v for v in entries.values() if v.is_Rational] or [sympy.Integer(1)]
            places = self.places(name)
            step = sympy.Rational(1, 10**places if places is not None else lcm(*(int(v.q) for v in rational)))
            most = max(abs(v) for v in rational)
            top = max(int(most / step), SMALLEST)
            found[name] = (step, top if most >= 1 or step == 1 else min(top, int(1 / step) - 1) or 1)
        return found

    def places(self, name: str) -> int | None:
        """The decimal places that numbers of an array are given with; None for whole numbers and fractions."""
        decimals = [Decimal(str(v)) for v in _leaves(self.given[name]) if _is_decimal(v)]
        return max((-int(d.as_tuple().exponent) for d in decimals), default=None) if decimals else None

    def numbers(self, sizes: Mapping[str, int], entries: Mapping[str, Entries]) -> dict[str, Any]:
        """As they are given to a graph: nested lists, decimals where there were some."""
        found: dict[str, Any] = {}
        for name in self.given:
            places = self.places(name) if name in entries else None
            found[name] = sizes[name] if name in sizes else _nested(entries[name], places)
            if name in entries and len(set(entries[name].values())) == 1 < len(set(self.values.entries[name].values())):
                raise Poor(f"{name} is the same everywhere")
        if found == dict(self.given):
            raise Poor("the given numbers once more")
        return found


def _is_shuffled(entries: Entries) -> bool:
    return len(entries) > 1 and set(entries.values()) <= {-1, 0, 1}


def _shuffled(entries: Entries, source: Random) -> Entries:
    """The entries of each row in another order: one-hot rows stay one-hot."""
    rows: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for place in entries:
        rows.setdefault(place[:-1], []).append(place)
    found = {}
    for places in rows.values():
        order = source.sample(places, len(places))
        found.update({to: entries[place] for to, place in zip(places, order, strict=True)})
    return found


def _leaves(numbers: Any) -> Iterator[Any]:
    numbers = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if isinstance(numbers, list | tuple):
        for inner in numbers:
            yield from _leaves(inner)
    else:
        yield numbers


def _is_decimal(number: Any) -> bool:
    return isinstance(number, float | Decimal | sympy.Float)


def _nested(entries: Entries, places: int | None) -> Any:
    if list(entries) == [()]:
        value = entries[()]
        if not value.is_Rational:
            return value
        whole = int(value) if value.q == 1 else value
        return whole if places is None else Decimal(int(value * 10**places)).scaleb(-places)
    rows: dict[int, dict[tuple[int, ...], Any]] = {}
    for place, value in entries.items():
        rows.setdefault(place[0], {})[place[1:]] = value
    return [_nested(row, places) for _, row in sorted(rows.items())]


# --- looking


class Watch:
    """What numbers must do in the definitions and answers that can be worked out."""

    def __init__(self, model: Model, derivations: Sequence[Derivation], style: Style) -> None:
        self.model, self.interpreter = model, Interpreter(model.functions)
        self.places: dict[Any, list[tuple[tuple[int, ...], dict[str, int]]]] = {}  # of the values of free indices
        values = given(model, style.given)
        self.known = [t.name for t in model.definitions if _is_known(values, t.poly, t.axes)]
        self.derivations = [d for d in derivations if self._reaches(d, style.values.entries)]
        start = self._worked_out(style.values.sizes, _floats(style.values.entries))
        self.alive = {(n, p) for n, values in start.items() for p, v in values.items() if abs(v) > NEAR}
        self.still = {n for n, e in style.values.entries.items() if _is_shuffled(e)}
        sizes = (abs(v) for values in start.values() for v in values.values())
        self.greatest = max(LEAST, ROOM * max(sizes, default=0.0))

    def _reaches(self, found: Derivation, entries: Mapping[str, Entries]) -> bool:
        """Whether all that the answers of a derivation need has numbers."""
        named = {*self.known, *entries, *(g.name for g in found.groups)}
        return all(g.answer.tensors <= named for g in found.groups)

    def look(self, sizes: Mapping[str, int], entries: Mapping[str, Entries], source: Random) -> None:
        """Raises Poor where the numbers do not behave well.

        A 0 that moves when the numbers do is an accident, unless the given numbers have one at this place.
        """
        floats = _floats(entries)
        near = {
            n: e if n in self.still else {p: v + (abs(v) or 1) * source.uniform(-1, 1) / 1000 for p, v in e.items()}
            for n, e in floats.items()
        }
        for (name, values), (_, moved) in zip(self._each(sizes, floats), self._each(sizes, near), strict=True):
            shown = name.partition(" ")[0]
            if any(abs(v) > self.greatest for v in values.values()):
                raise Poor(f"{shown} has large values")
            zeros = [place for place, v in values.items() if abs(v) < NEAR]
            alive = [place for place in values if (name, place) in self.alive]
            if any(abs(moved[place]) > NEAR for place in zeros if place in alive or not alive):
                raise Poor(f"{shown} is 0 by accident")
            if alive and len(zeros) == len(values):
                raise Poor(f"{shown} is 0 everywhere")

    def _worked_out(self, sizes: Mapping[str, int], floats: Floats) -> dict[str, Mapping[tuple[int, ...], float]]:
        return dict(self._each(sizes, floats, gates=False))

    def _each(
        self, sizes: Mapping[str, int], floats: Floats, gates: bool = True
    ) -> Iterator[tuple[str, Mapping[tuple[int, ...], float]]]:
        """The values of the definitions, then of the gradients of each derivation, which have its number behind."""
        values = dict(floats)
        for name in self.known:
            tensor = self.model.tensors[name]
            assert tensor.poly is not None
            if gates:
                self._mixed(name, sizes, values)
            values[name] = self._of(tensor.poly, tensor.axes, self.model, sizes, values)
            yield name, values[name]
        for number, found in enumerate(self.derivations):
            own = dict(values)
            for group in found.groups:
                own[group.name] = self._of(group.answer, group.free, found.model, sizes, own)
                yield f"{group.name} {number}", own[group.name]

    def _of(
        self, poly: Poly, free: tuple[str, ...], model: Model, sizes: Mapping[str, int], values: Floats
    ) -> dict[tuple[int, ...], float]:
        limits = tuple(x for a in free for x in model.indices[a].limits)
        key = (free, limits, tuple(sizes.values()))
        if key not in self.places:
            found = points(free, [Limit("ge", x) for x in limits], sizes)
            self.places[key] = [(p, {**sizes, **dict(zip(free, p, strict=True))}) for p in found]
        return {p: float(self.interpreter.value(poly, at, values)) for p, at in self.places[key]}

    def _mixed(self, name: str, sizes: Mapping[str, int], values: Floats) -> None:
        """Raises Poor where the gates of a vector are all open, or all closed."""
        tensor = self.model.tensors[name]
        assert tensor.poly is not None
        for atom, _ in walk(tensor.poly):
            if isinstance(atom, Head) and atom.function in GATES and atom.names <= {*tensor.axes, *sizes}:
                arguments = self._of(atom.arguments[0], tensor.axes, self.model, sizes, values).values()
                if len(arguments) > 1 and len({v > 0 for v in arguments}) == 1:
                    raise Poor(f"the gates of {name} are all open or all closed")


def _is_known(values: Values, poly: Poly | None, free: tuple[str, ...]) -> bool:
    try:
        return poly is not None and bool(values.of(poly, free))
    except (DeclarationError, Unsupported):
        return False


def _floats(entries: Mapping[str, Entries]) -> dict[str, dict[tuple[int, ...], float]]:
    return {n: {p: float(v) for p, v in e.items()} for n, e in entries.items()}
