"""Whether every reference stays inside its tensor; where it does not, sizes and indices at which it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.records import Base, Poly, Ref, reads
from symgrad.declare.model import Model
from symgrad.errors import DeclarationError

SIZES = range(1, 5)  # tried for a counterexample
INDICES = range(-2, 6)
MOST_TRIED = 40000


def check_reads(model: Model, poly: Poly, context: Context, facts: tuple[Affine, ...], where: str) -> None:
    """Refuses a reference that leaves its tensor, with sizes and indices at which it does."""
    for atom, here in reads([Base(poly)], facts):
        for limit in model.read_ranges(atom):
            if not context.proves(limit.of, here):
                _refuse_if_outside(model, atom, limit, context, here, where)


def _refuse_if_outside(
    model: Model, atom: Ref, limit: Limit, context: Context, facts: tuple[Affine, ...], where: str
) -> None:
    known = [*dict.fromkeys((*facts, *context.known))]
    at = next((p for p in islice(_small(limit.of, known, model), MOST_TRIED) if p is not None), None)
    if at is None:
        return
    at = {**dict.fromkeys((*model.sizes, *frozenset().union(*(a.names for a in atom.indices))), 1), **at}
    used = frozenset().union(
        limit.of.names, *(a.names for a in atom.indices), *(f.names for f in known if f.names & limit.of.names)
    )
    sizes = ", ".join(f"{n} = {v}" for n, v in sorted(at.items()) if n in model.sizes and n in used)
    entry = ", ".join(str(a.at(at)) for a in atom.indices)
    tensor = model.tensors[atom.name]
    raise DeclarationError(
        f"{atom.name} is read outside its range",
        where=where,
        expected=", ".join(f"{e} >= 0" for axis in tensor.axes for e in model.indices[axis].limits),
        given=f"{atom.name}[{entry}]" + (f" when {sizes}" if sizes else ""),
        fix="shorten the range, or g.require(...) a relation between the sizes",
    )


def _small(goal: Affine, known: list[Affine], model: Model) -> Iterator[Mapping[str, int] | None]:
    """Small numbers at which all that is known holds and the goal is negative; None for each that was tried in vain.

    Names are chosen one by one, those of the goal and sizes first, and a fact is tested as soon as its names are known.
    """
    names = set(goal.names) or {n for f in known for n in f.names}
    while wider := {n for f in known if f.names & names for n in f.names} - names:
        names |= wider
    order = sorted(names, key=lambda n: (n not in model.sizes, n not in goal.names, n))
    tests = [(f, 0) for f in known if f.names <= names] + [(-goal, 1)]
    ready: dict[int, list[tuple[Affine, int]]] = {}
    for test in tests:
        last = max((order.index(n) for n in test[0].names), default=-1)
        ready.setdefault(last, []).append(test)
    if any(of.constant < least for of, least in ready.get(-1, [])):
        return

    def walk(depth: int, at: dict[str, int]) -> Iterator[Mapping[str, int] | None]:
        if depth == len(order):
            yield dict(at)
            return
        for value in SIZES if order[depth] in model.sizes else INDICES:
            at[order[depth]] = value
            if all(of.at(at) >= least for of, least in ready.get(depth, [])):
                yield from walk(depth + 1, at)
            else:
                yield None
        del at[order[depth]]

    yield from walk(0, {})
