"""Symmetries: names whose entries do not change, or change their sign, when indices are exchanged or reversed.

Law: where the right side of a definition is the same for (i, j) and (j, i), D_ij = D_ji; so it is for an inverse of D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from fractions import Fraction
from itertools import combinations

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine
from symgrad.algebra.match import Equation
from symgrad.algebra.normal import NOTHING, lone, put, replace, scale
from symgrad.algebra.recast import Order, spelled
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.declare.model import Fact, Model, Tensor

ROUNDS = 4  # bound names are given anew after each exchange


@dataclass(frozen=True)
class Symmetry:
    """tensor[axes] = sign * tensor[images], because of `source`: the name itself, or a fact."""

    tensor: str
    source: str
    axes: tuple[str, ...]
    images: tuple[Affine, ...]
    sign: int

    @property
    def equation(self) -> Equation:
        here, there = (Ref(self.tensor, at) for at in (map(Affine.name, self.axes), self.images))
        return Equation(((here, Fraction(1)),), scale(lone(there), self.sign), self.axes, ())


def symmetries(model: Model) -> tuple[Symmetry, ...]:
    """The symmetries of definitions, inverses, and inputs of which a fact says so."""
    said = [stated(model, fact, f"fact {n + 1}") for n, fact in enumerate(model.facts)]
    found = [s for s in said if s is not None]
    numbers: dict[str, list[int]] = {}  # of the symmetries of a name
    for n, one in enumerate(found):
        numbers.setdefault(one.tensor, []).append(n)
    order, known = Order(model.functions), {}  # type: tuple[Order, dict[tuple, list[Symmetry]]]
    for tensor in model.tensors.values():
        if tensor.kind == "definition" and tensor.axes:
            near = sorted(n for name in tensor.sources for n in numbers.get(name, ()))
            mine = _like_before(model, tensor, tuple(found[n] for n in near), order, known)
            numbers.setdefault(tensor.name, []).extend(range(len(found), len(found) + len(mine)))
            found += mine
    return tuple(found)


def _like_before(
    model: Model, tensor: Tensor, near: tuple[Symmetry, ...], order: Order, known: dict[tuple, list[Symmetry]]
) -> list[Symmetry]:
    """The symmetries of a definition; those of one before where the right side is the same in other names."""
    if near or tensor.poly is None:
        return _found(model, tensor, near)
    text, names = spelled(tensor.poly.key)
    key = text, tensor.axes, tuple(model.tensors[n].sign for n in names), order.ranks(names)
    if key not in known:
        known[key] = _found(model, tensor, ())
    return [replaced(s, tensor=tensor.name, source=tensor.name) for s in known[key]]


def stated(model: Model, fact: Fact, label: str = "") -> Symmetry | None:
    """What a fact such as A_ij = A_ji or K_ij = -K_ji says, None for other facts."""
    left, right = fact.left.sole, fact.right.sole
    if left is None or right is None or abs(left.coefficient) != 1 or abs(right.coefficient) != 1:
        return None
    refs = [a for t in (left, right) for a, p in t.factors if isinstance(a, Ref) and p == 1 and not t.limits]
    if [len(t.factors) for t in (left, right)] != [1, 1] or len(refs) < 2 or refs[0].name != refs[1].name:
        return None
    here = {a.sole: axis for a, axis in zip(refs[0].indices, model.tensors[refs[0].name].axes, strict=True)}
    if len(here) < len(refs[0].indices) or not all(_is_whole(model, *pair) for pair in here.items()):
        return None
    values = {name: Affine.name(axis) for name, axis in here.items()}
    images = tuple(a.put(values) for a in refs[1].indices)
    return Symmetry(refs[0].name, label, tuple(here.values()), images, int(left.coefficient * right.coefficient))


def _is_whole(model: Model, name: str, axis: str) -> bool:
    """Whether an index runs over a whole axis: a fact about a part of the entries is no symmetry."""
    mine = model.indices[name].limits if name in model.indices else ()
    return {e.put({name: Affine.name(axis)}) for e in mine} == set(model.indices[axis].limits)


def _found(model: Model, tensor: Tensor, known: tuple[Symmetry, ...]) -> list[Symmetry]:
    """The symmetries that the right side of a definition shows by itself, or that an inverse has from its matrix."""
    if tensor.matrix[:1] == ("inverse",):
        mine = [s for s in known if s.tensor == tensor.matrix[1] and s.images == tuple(map(Affine.name, s.axes[::-1]))]
        swapped = tuple(map(Affine.name, tensor.axes[::-1]))
        return [Symmetry(tensor.name, s.source, tensor.axes, swapped, s.sign) for s in mine]
    if tensor.poly is None:
        return []
    context = model.context(tensor.axes)
    body = canonical(contract(tensor.poly, context), known)
    found = []
    for images in _candidates(model, tensor):
        other = canonical(contract(put(body, dict(zip(tensor.axes, images, strict=True))), context), known)
        if body and other in (body, -body):
            found.append(Symmetry(tensor.name, tensor.name, tensor.axes, images, 1 if other == body else -1))
    return found


def _candidates(model: Model, tensor: Tensor) -> Iterator[tuple[Affine, ...]]:
    """Two axes of one range exchanged, or one axis reversed."""
    plain = {axis: Affine.name(axis) for axis in tensor.axes}
    for one, two in combinations(tensor.axes, 2):
        if {e.put({one: plain[two]}) for e in model.indices[one].limits} == set(model.indices[two].limits):
            yield tuple({**plain, one: plain[two], two: plain[one]}.values())
    for axis in tensor.axes:
        low, high = (
            [e for e in model.indices[axis].limits if e.slope(axis) == Affine.number(side)] for side in (1, -1)
        )
        if len(low) == len(high) == 1:
            yield tuple({**plain, axis: high[0] - low[0] + plain[axis]}.values())


def canonical(poly: Poly, known: tuple[Symmetry, ...]) -> Poly:
    """The poly with each symmetric reference at the first of its equal places; free indices come before bound ones."""
    useful = [s for s in known if s.tensor in poly.tensors]

    def change(atom: Atom) -> Poly | None:
        for s in useful:
            if isinstance(atom, Ref) and atom.name == s.tensor:
                at = dict(zip(s.axes, atom.indices, strict=True))
                other = Ref(atom.name, (a.put(at) for a in s.images), atom.sign)
                if s.sign < 0 and other.key == atom.key:
                    return NOTHING
                if _rank(other) < _rank(atom):
                    return scale(replace(lone(other), change), s.sign)
        return None

    for _ in range(ROUNDS if useful else 0):
        new = replace(poly, change)
        if new == poly:
            break
        poly = new
    return poly


def _rank(ref: Ref) -> list[tuple]:
    """An order of references: free indices first, short expressions first, bound names in the order they were made."""
    return [
        (
            any(n.startswith("~") for n in a.names),
            len(a.terms),
            sorted((sorted((len(n), n) for n in m), -c) for m, c in a.terms),
        )
        for a in ref.indices
    ]
