"""The ways along which a gradient comes: what each adds to it, so that a difference can be told from a missing way.

d of/d by through the edge from n to C: sum over c, n of d of/dC[c] * (dC[c]/dn[n], other names held) * dn[n]/d by
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import ONE, bind, lone, put, times
from symgrad.algebra.records import Poly
from symgrad.declare.model import Tensor
from symgrad.student.reference import Closed, Reference
from symgrad.student.whole import Axis


@dataclass(frozen=True)
class Way:
    """The part of a gradient that comes from `name` through the definition `via`."""

    name: str
    via: str
    value: Poly
    names: tuple[Tensor, ...] = ()


def ways(reference: Reference) -> Iterator[tuple[Way, ...]]:
    """For each name that several definitions use, on the way from `of` to `by`: what comes through each of them."""
    model = reference.model
    reach = model.uses(lone(model.tensors[reference.of].entry))
    for name in (t.name for t in model.tensors.values() if t.name in reach):
        on_the_way = name == reference.by or reference.by in model.uses(lone(model.tensors[name].entry))
        users = [t.name for t in model.tensors.values() if t.name in reach and name in t.sources]
        if not on_the_way or len(users) < 2:
            continue
        found = [way for via in users if (way := _along(reference, name, via)) is not None]
        if len(found) > 1:
            yield tuple(found)


def _along(reference: Reference, name: str, via: str) -> Way | None:
    """What comes from a name through one definition; None where that is not known."""
    model = reference.model
    top, bottom = model.tensors[reference.of], model.tensors[reference.by]
    split = len(top.axes)
    of_at, by_at = (tuple(map(Affine.name, part)) for part in (reference.free[:split], reference.free[split:]))
    if model.tensors[via].kind == "loss":
        return None
    between, inner = _entry(reference, via, top.name, of_at), _entry(reference, name, bottom.name, by_at)
    above = Closed((), ONE) if via == top.name else reference.total(top.name, via)
    local = reference.local(via, name)
    below = Closed((), ONE) if name == bottom.name else reference.total(name, bottom.name)
    if above is None or local is None or below is None:
        return None
    factors = (
        _at(above, (*of_at, *between.at)),
        _at(local, (*between.at, *inner.at)),
        _at(below, (*inner.at, *by_at)),
    )
    names = tuple(n for part in (above, local, below) for n in part.names)
    value = bind(times(*factors), [*between.bound, *inner.bound], [*between.limits, *inner.limits])
    return Way(name, via, value, names)


@dataclass(frozen=True)
class _Entry:
    """The indices of a name on the way: those of the question for its ends, fresh ones that are summed in between."""

    at: tuple[Affine, ...]
    bound: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()


def _entry(reference: Reference, name: str, end: str, at: tuple[Affine, ...]) -> _Entry:
    if name == end:
        return _Entry(at)
    axes = [Axis.of(reference.model.indices[a]) for a in reference.model.tensors[name].axes]
    return _Entry(tuple(a.at for a in axes), tuple(a.name for a in axes), tuple(x for a in axes for x in a.range))


def _at(found: Closed, at: tuple[Affine, ...]) -> Poly:
    return put(found.poly, dict(zip(found.axes, at, strict=True))) if found.axes else found.poly
