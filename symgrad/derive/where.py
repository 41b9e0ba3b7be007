"""Names for what an answer says twice: "where D_i = ...", taken where answer and names together are shorter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, renamed, replace
from symgrad.algebra.records import Atom, Base, Poly, Ref, Value, inside, known, reads
from symgrad.declare.model import Model, Tensor
from symgrad.derive.look import look
from symgrad.derive.measure import measure

LETTERS = "DEFGHABCQRSTUVWYZ"
MOST_NAMES = 3


@dataclasses.dataclass(frozen=True)
class Named:
    """An answer with names of its own, and their definitions; a later one may use an earlier one."""

    poly: Poly
    names: tuple[Tensor, ...]

    def model(self, around: Model) -> Model:
        """The model in which the names are definitions."""
        return around.extended(*self.names)

    @property
    def bodies(self) -> tuple[Poly, ...]:
        return tuple(t.poly for t in self.names if t.poly is not None)

    @property
    def length(self) -> int:
        return sum(map(measure, (self.poly, *self.bodies, *(lone(t.entry) for t in self.names))))


@dataclasses.dataclass(frozen=True)
class Found:
    """A part of an answer: an atom, its index names in order, and what is >= 0 where it stands."""

    atom: Atom
    names: tuple[str, ...]
    facts: tuple[Affine, ...]

    @property
    def shape(self) -> str:
        """Equal for parts that differ in the names of their indices only."""
        return renamed(self.atom, {n: Affine.name(f"@{k}") for k, n in enumerate(self.names)}).key


def named(poly: Poly, model: Model, free: tuple[str, ...]) -> Named | None:
    """The answer with names for its repeated parts; None where that does not shorten it."""
    best = Named(poly, ())
    for _ in range(MOST_NAMES):
        tries = [t for group in _repeated(best, model) if (t := _with_name(best, group, model, free)) is not None]
        shortest = min(tries, key=lambda t: t.length, default=best)
        if shortest.length >= best.length:
            break
        best = shortest
    return best if best.names else None


def _repeated(here: Named, model: Model) -> list[list[Found]]:
    """The parts that stand more than once, gathered by shape."""
    groups: dict[str, list[Found]] = {}
    ranges = [tuple(of for a in t.axes for of in model.indices[a].limits) for t in here.names]
    for poly, facts in zip((here.poly, *here.bodies), ((), *ranges), strict=True):
        for part in _parts(poly, model, facts):
            groups.setdefault(part.shape, []).append(part)
    return [g for g in groups.values() if len(g) > 1]


def _parts(poly: Poly, model: Model, facts: tuple[Affine, ...]) -> Iterator[Found]:
    for term in poly.terms:
        if term.bound:
            yield _found(Base(Poly((term.scaled(1 / term.coefficient),))), model, facts)
        here = (*facts, *known(term.limits))
        for atom, _ in term.factors:
            if isinstance(atom, Ref | Value):
                continue
            if not (isinstance(atom, Base) and atom.poly.sole is not None and atom.poly.sole.bound):
                yield _found(atom, model, here)  # a sum of one term is found where that term is looked at
            for inner in inside(atom):
                yield from _parts(inner, model, here)


def _found(atom: Atom, model: Model, facts: tuple[Affine, ...]) -> Found:
    names = dict.fromkeys(n for n in re.findall(r"~?[\w.]+", atom.key) if n in atom.names and n not in model.sizes)
    return Found(atom, tuple(names), facts)


def _with_name(before: Named, group: list[Found], model: Model, free: tuple[str, ...]) -> Named | None:
    """One more name, for a group of parts; None where it cannot be read in its range everywhere."""
    axes = next((a for part in group if (a := _axes(part, model)) is not None), None)
    taken = {*model.tensors, *model.indices, *model.sizes, *model.functions, *(t.name for t in before.names)}
    letter = next((x for x in LETTERS if x not in taken), None)
    if axes is None or letter is None:
        return None
    body = renamed(group[0].atom, dict(zip(group[0].names, map(Affine.name, axes), strict=True)))
    inner = model.context(axes)
    if not all(inner.proves(x.of, here) for ref, here in reads([body]) for x in model.read_ranges(ref)):
        return None
    whole = body.poly if isinstance(body, Base) else lone(body)
    tensor = Tensor(letter, "definition", axes, whole.sign, poly=whole)
    outer = model.context(free)
    for part in group:
        at = tuple(map(Affine.name, part.names))
        if not all(outer.proves(x.of, part.facts) for x in model.ranges(tensor, at)):
            return None

    def change(atom: Atom) -> Poly | None:
        part = _found(atom, model, ())
        return lone(tensor.at(map(Affine.name, part.names))) if part.shape == group[0].shape else None

    others = [dataclasses.replace(t, poly=replace(p, change)) for t, p in zip(before.names, before.bodies, strict=True)]
    users = [n for n, t in enumerate(others) if t.poly is not None and letter in t.poly.tensors]
    others.insert(min(users, default=len(others)), tensor)
    return Named(look(replace(before.poly, change)), tuple(others))


def _axes(part: Found, model: Model) -> tuple[str, ...] | None:
    """The user's indices for the names of a part: free ones as they are, bound ones by their range."""
    axes: list[str] = []
    for name in part.names:
        fits = [name] if name in model.indices else _same_range(name, part.facts, model)
        chosen = next((n for n in fits if n not in axes and n not in part.names[len(axes) + 1 :]), None)
        if chosen is None:
            return None
        axes.append(chosen)
    return tuple(axes)


def _same_range(bound: str, facts: Iterable[Affine], model: Model) -> list[str]:
    mine = {f for f in facts if bound in f.names}
    return [n for n, i in model.indices.items() if {x.put({n: Affine.name(bound)}) for x in i.limits} == mine]
