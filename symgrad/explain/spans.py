"""Why an index has its range: what keeps every index it is used in inside its tensor.

A definition is read in the words of its author; each index is followed to the axes it runs along. One law gives the
shape of a matrix product, the size of a convolution and the limits of a sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symgrad.algebra.index import Affine, Context
from symgrad.algebra.normal import put, renamed
from symgrad.algebra.records import Atom, Poly, Reduction, Ref, inside, known
from symgrad.algebra.window import Ends, ends, least
from symgrad.declare.model import Model, Tensor
from symgrad.declare.naming import name_bound
from symgrad.errors import Unsupported

Ranges = Mapping[str, tuple[Affine, ...]]


@dataclass(frozen=True)
class Reading:
    """A reference in a definition: indices by the names they are shown with, ranges of those, conditions it has."""

    ref: Ref
    ranges: Ranges
    conditions: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Along:
    """An axis that an index runs along as a whole."""

    tensor: str
    axis: int


@dataclass(frozen=True)
class Window:
    """An axis in which an index gives the start of what is read.

    `at` is the place, with the indices `inner` beside the start; `reach` the last place that a start reads, `last` the
    last place there is, `pad` how many places of padding are added to it at either end.
    """

    tensor: str
    axis: int
    at: Affine
    inner: tuple[tuple[str, Ends], ...]
    reach: Affine
    last: Affine
    pad: Affine


@dataclass(frozen=True)
class Span:
    """The range of an index of a definition, and what it follows from; from nothing where it is declared."""

    name: str
    ends: Ends
    along: tuple[Along, ...] = ()
    window: Window | None = None


def readings(model: Model, tensor: Tensor) -> list[Reading]:
    """Every reference in a definition."""
    assert tensor.poly is not None
    free = {a: model.indices[a].limits for a in tensor.axes}
    return list(_readings(model, tensor.poly, free, (), tensor.bound))


def _readings(
    model: Model, poly: Poly, ranges: Ranges, given: tuple[Affine, ...], wished: tuple[str, ...]
) -> Iterator[Reading]:
    for term in poly.terms:
        names = name_bound(model, term, {*ranges, *term.names}, wished)
        values = {old: Affine.name(new) for old, new in names.items()}
        limits = known(x.put(values) for x in term.limits)
        inner = {**ranges, **{n: _own(n, limits, model) for n in names.values()}}
        rest = (*given, *(x for x in limits if not any(x in inner[n] for n in names.values())))
        for atom, _ in term.factors:
            yield from _in_atom(model, renamed(atom, values), inner, rest, wished)


def _own(name: str, limits: tuple[Affine, ...], model: Model) -> tuple[Affine, ...]:
    """The limits that say the range of an index by itself; all in which it stands where there are none."""
    mine = tuple(x for x in limits if name in x.names)
    alone = tuple(x for x in mine if x.names <= {name, *model.sizes})
    return alone if ends(name, alone) is not None else mine


def _in_atom(
    model: Model, atom: Atom, ranges: Ranges, given: tuple[Affine, ...], wished: tuple[str, ...]
) -> Iterator[Reading]:
    if isinstance(atom, Ref):
        yield Reading(atom, ranges, given)
    elif isinstance(atom, Reduction):
        (name,) = name_bound(model, atom.as_sum, {*ranges, *atom.names}, wished).values()
        at = {atom.index: Affine.name(name)}
        limits = known(x.put(at) for x in atom.limits)
        yield from _readings(model, put(atom.poly, at), {**ranges, name: limits}, given, wished)
    else:
        for poly in inside(atom):
            yield from _readings(model, poly, ranges, given, wished)


def span(model: Model, tensor: Tensor, name: str) -> Span:
    """The range of a free or bound index of a definition, by the name it is shown with; Unsupported where it has none
    of its own."""
    found = readings(model, tensor)
    own = next((r.ranges[name] for r in found if name in r.ranges), model.indices[name].limits)
    range_ = ends(name, own)
    if range_ is None or (name not in tensor.axes and not _is_settled_range(found, name, own)):
        raise Unsupported(
            f"the range of {name} depends on other indices",
            where=f"{tensor.name}: {', '.join(f'{x} >= 0' for x in own)}",
            expected="one first and one last value, the same wherever it stands",
            fix="ask for indices whose ranges are their own",
        )
    context = model.context(a for a in tensor.axes if a != name)
    if not context.proves(range_.room):
        raise Unsupported(
            f"the range of {name} may be shorter than empty",
            where=f"{tensor.name}: {name} from {range_.first} to {range_.top}",
            expected=f"{range_.room} >= 0",
            fix="g.require(...) a relation between the sizes",
        )
    along = tuple(dict.fromkeys(a for r in found for a in _along(model, r, name, own)))
    if along:
        return Span(name, range_, _given_first(model, along))
    windows = (w for r in found for w in _windows(model, r, name, range_, context))
    return next((Span(name, starts, window=window) for starts, window in windows), Span(name, range_))


def _is_settled_range(found: list[Reading], name: str, own: tuple[Affine, ...]) -> bool:
    """Whether a bound index has one range wherever it stands, and no condition beside it."""
    mine = [r for r in found if name in r.ranges]
    return all(r.ranges[name] == own and not any(name in x.names for x in r.conditions) for r in mine)


def _given_first(model: Model, along: tuple[Along, ...]) -> tuple[Along, ...]:
    """Data before parameters: n runs along the channels of X, then along those of W."""
    return tuple(sorted(along, key=lambda a: model.tensors[a.tensor].kind == "parameter"))


def _along(model: Model, reading: Reading, name: str, own: tuple[Affine, ...]) -> Iterator[Along]:
    """The axes at which an index stands alone, where its range is that of the axis. An axis with one value is read
    at this value."""
    tensor, range_ = model.tensors[reading.ref.name], ends(name, own)
    for place, (axis, at) in enumerate(zip(tensor.axes, reading.ref.indices, strict=True)):
        still = range_ is not None and axis == name and at == range_.first == range_.top
        if still or (at.sole == name and {x.put({axis: at}) for x in model.indices[axis].limits} == set(own)):
            yield Along(tensor.name, place)


def _windows(
    model: Model, reading: Reading, name: str, range_: Ends, context: Context
) -> Iterator[tuple[Ends, Window]]:
    """The axes in which all starts that stay inside are the range of an index; with padding as at its first start."""
    tensor, start = model.tensors[reading.ref.name], Affine.name(name)
    for place, (axis, at) in enumerate(zip(tensor.axes, reading.ref.indices, strict=True)):
        whole = ends(axis, model.indices[axis].limits)
        if name not in at.names or whole is None or whole.length is None:
            continue
        low, high = least(at - whole.first, name, reading.ranges), least(whole.top - at, name, reading.ranges)
        if low is None or high is None:
            continue
        before = low.put({name: range_.first})
        pad = Affine.number(0)
        if not context.proves(before):
            guards = {at - whole.first, whole.top - at}
            if not guards <= set(reading.conditions) or not context.proves(-before):
                continue
            pad = -before
        starts = ends(name, [start - range_.first, high + pad])
        if starts is None or not _same(starts, range_):
            continue
        inner = tuple((n, e) for n in sorted(at.names & reading.ranges.keys() - {name})
                      if (e := ends(n, reading.ranges[n])) is not None)  # fmt: skip
        yield starts, Window(tensor.name, place, at, inner, whole.top - high, whole.top, pad)


def _same(one: Ends, other: Ends) -> bool:
    """Whether two ranges are one; of numbers the values count: 2 i <= 39 is i <= 19."""
    if one == other:
        return True
    tops = [e.top.constant // e.divisor.constant for e in (one, other) if e.top.is_number and e.divisor.is_number]
    return one.first == other.first and len(tops) == 2 and tops[0] == tops[1]


@dataclass(frozen=True)
class Tie:
    """Where an axis of what is given has its length from: from the axis `of`; from none, and then the axis it `gives`
    its length to in the first definition that reads it. `still`: the definition that reads it at one place only."""

    of: Along | None = None
    gives: Along | None = None
    still: str = ""


def ties(model: Model, tensor: Tensor) -> list[Tie]:
    """For each axis of what is given: the axis declared before it, or computed, that the same index runs along.

    It is one of the first definition that reads the name: in X W the rows of W are as many as the columns of X.
    """
    for definition in model.definitions:
        found = readings(model, definition)
        mine = next((r for r in found if r.ref.name == tensor.name), None)
        if mine is not None:
            places = zip(tensor.axes, mine.ref.indices, strict=True)
            return [_tie(model, tensor, definition, found, axis, at) for axis, at in places]
    return [Tie() for _ in tensor.axes]


def _tie(model: Model, tensor: Tensor, reader: Tensor, found: list[Reading], axis: str, at: Affine) -> Tie:
    own = tuple(x.put({axis: at}) for x in model.indices[axis].limits)
    if not at.sole:
        whole = ends(axis, model.indices[axis].limits)
        return Tie(still=reader.name if whole is not None and at == whole.first == whole.top else "")
    others = [a for r in found for a in _along(model, r, at.sole, own) if _is_settled(model, a, tensor)]
    same = at.sole in reader.axes and set(own) == set(model.indices[at.sole].limits)
    gives = Along(reader.name, reader.axes.index(at.sole)) if same else None
    return Tie(next(iter(_given_first(model, tuple(others))), None), gives)


def _is_settled(model: Model, along: Along, tensor: Tensor) -> bool:
    """Whether an axis has its length before a parameter has: data first, then what is declared before."""
    order, other = list(model.tensors), model.tensors[along.tensor]
    if tensor.kind != "parameter" or other is tensor:
        return False
    return other.kind != "parameter" or order.index(other.name) < order.index(tensor.name)
