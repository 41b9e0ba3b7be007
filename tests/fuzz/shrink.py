"""Smaller variants of a graph, and the smallest one that still shows what the graph showed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.fuzz.graphs import (
    LOSS,
    Add,
    Call,
    Cases,
    Definition,
    Expr,
    Given,
    Graph,
    Lin,
    Mul,
    Num,
    Over,
    Pow,
    Ref,
    children,
    lin,
    lins,
    mapped,
    pruned,
    put,
    rebuilt,
    weight,
    with_lins,
)


def shrunk(graph: Graph, shows: Callable[[Graph], bool], seconds: float = 60.0) -> Graph:
    """The graph after every smaller variant that still `shows` it has been taken, as far as the time goes."""
    tried: set[Graph] = set()
    end = time.monotonic() + seconds
    while True:
        better = None
        for variant in sorted(variants(graph), key=weight):
            if variant in tried or weight(variant) >= weight(graph):
                continue
            if time.monotonic() > end:
                return graph
            tried.add(variant)
            if is_whole(variant) and shows(variant):
                better = variant
                break
        if better is None:
            return graph
        graph = better


def variants(graph: Graph) -> Iterator[Graph]:
    for make in (_questions, _definitions, _axes, _ranges, _inputs, _expressions):
        for variant in make(graph):
            yield pruned(variant)


# --- questions


def _questions(graph: Graph) -> Iterator[Graph]:
    q = graph.question
    if q.keep or q.inline:
        yield replace(graph, question=replace(q, keep=(), inline=()))
    if q.then:
        yield replace(graph, question=replace(q, then=None))
        yield replace(graph, question=replace(q, wrt=q.then, then=None))
    for d in graph.definitions:
        if d.name != q.wrt.name:
            yield replace(graph, question=replace(q, of=Ref(d.name, tuple(map(lin, d.axes)))))
    if len(graph.loss) > 1:
        for name in graph.loss:
            yield replace(graph, loss=tuple(n for n in graph.loss if n != name))


# --- definitions


def _definitions(graph: Graph) -> Iterator[Graph]:
    for number, d in enumerate(graph.definitions):
        rest = (*graph.definitions[:number], *graph.definitions[number + 1 :])
        if d.name not in graph.loss:
            yield replace(graph, definitions=rest, given=(*graph.given, Given(d.name, "input", d.axes)))
            yield _without(replace(graph, definitions=rest), d.name, lambda ref: Num(1))
            yield _without(replace(graph, definitions=rest), d.name, lambda ref, d=d: _written_out(d, ref))


def _written_out(d: Definition, ref: Ref) -> Expr:
    """The right side of a definition at the place of an entry; what would be bound twice stays visible as such."""
    return put(d.body, dict(zip(d.axes, ref.at, strict=True)))


def _without(graph: Graph, name: str, instead: Callable[[Ref], Expr]) -> Graph:
    return _changed(graph, lambda e: instead(e) if isinstance(e, Ref) and e.name == name else e)


def _changed(graph: Graph, change: Callable[[Expr], Expr]) -> Graph:
    """Every right side and what is differentiated, with all nodes changed."""
    made = tuple(replace(d, body=mapped(d.body, change)) for d in graph.definitions)
    return replace(graph, definitions=made, question=replace(graph.question, of=mapped(graph.question.of, change)))


# --- axes


def _axes(graph: Graph) -> Iterator[Graph]:
    """One axis fewer: of an input everywhere, of a definition with its index at the first value."""
    for t in (*graph.given, *graph.definitions):
        for place, axis in enumerate(t.axes):
            less = replace(t, axes=(*t.axes[:place], *t.axes[place + 1 :]))
            if isinstance(less, Definition):
                less = replace(less, body=put(less.body, {axis: lin(graph.index(axis).start)}))
            yield _narrowed(graph, less, place)


def _narrowed(graph: Graph, less: Given | Definition, place: int) -> Graph:
    def cut(e: Expr) -> Expr:
        if isinstance(e, Ref) and e.name == less.name:
            return replace(e, at=(*e.at[:place], *e.at[place + 1 :]))
        return e

    swapped = replace(
        graph,
        given=tuple(less if t.name == less.name else t for t in graph.given),
        definitions=tuple(less if d.name == less.name else d for d in graph.definitions),
    )
    q = graph.question
    return _changed(replace(swapped, question=replace(q, wrt=cut(q.wrt), then=q.then and cut(q.then))), cut)


# --- sizes and ranges


def _ranges(graph: Graph) -> Iterator[Graph]:
    for name in graph.sizes:
        for value in (lin(1), lin(2), *(lin(other) for other in graph.sizes if other != name)):
            yield _renamed(graph, name, value)
    for r in graph.relations:
        yield replace(graph, relations=tuple(x for x in graph.relations if x != r))
    for i in graph.indices:
        for top, by, plus in ((i.top, lin(1), i.plus), *((Lin((t,)), lin(1), 0) for t in i.top.terms if t[1])):
            yield _with_range(graph, (i.top, i.by, i.plus, i.start), (top, by, plus, i.start))
        if i.start:
            yield _with_range(graph, (i.top, i.by, i.plus, i.start), (i.top, i.by, i.plus, 0))


def _with_range(graph: Graph, old: tuple, new: tuple) -> Graph:
    """All indices of one range get another."""
    indices = tuple(
        replace(i, top=new[0], by=new[1], plus=new[2], start=new[3]) if (i.top, i.by, i.plus, i.start) == old else i
        for i in graph.indices
    )
    return replace(graph, indices=indices)


def _renamed(graph: Graph, name: str, value: Lin) -> Graph:
    """A size replaced by a number or by another size."""
    values = {name: value}
    indices = tuple(replace(i, top=i.top.put(values), by=i.by.put(values)) for i in graph.indices)
    relations = tuple(replace(r, left=r.left.put(values), right=r.right.put(values)) for r in graph.relations)
    changed = replace(graph, indices=indices, relations=tuple(r for r in relations if (r.left - r.right).names))
    changed = replace(changed, sizes=tuple(s for s in graph.sizes if s != name))
    return _changed(changed, lambda e: with_lins(e, tuple(at.put(values) for at in lins(e))))


# --- inputs


def _inputs(graph: Graph) -> Iterator[Graph]:
    for n, t in enumerate(graph.given):
        simpler = replace(t, kind="input", sign="real")
        if simpler != t:
            yield replace(graph, given=(*graph.given[:n], simpler, *graph.given[n + 1 :]))
        for other in graph.given[:n]:  # one name for two
            if other.axes == t.axes:
                q = graph.question
                same = replace(q, wrt=replace(q.wrt, name=other.name) if q.wrt.name == t.name else q.wrt)
                swap = lambda e, t=t, other=other: (  # noqa: E731
                    replace(e, name=other.name) if isinstance(e, Ref) and e.name == t.name else e
                )
                yield _changed(replace(graph, question=same), swap)


# --- expressions


def _expressions(graph: Graph) -> Iterator[Graph]:
    for n, d in enumerate(graph.definitions):
        for body in smaller(d.body, graph):
            changed = replace(d, body=body)
            yield replace(graph, definitions=(*graph.definitions[:n], changed, *graph.definitions[n + 1 :]))
    for of in smaller(graph.question.of, graph):
        yield replace(graph, question=replace(graph.question, of=of))


def smaller(e: Expr, graph: Graph) -> Iterator[Expr]:
    """Trees with one node made smaller."""
    yield from _here(e, graph)
    own = children(e)
    for n, child in enumerate(own):
        for less in smaller(child, graph):
            yield rebuilt(e, (*own[:n], less, *own[n + 1 :]))


def _here(e: Expr, graph: Graph) -> Iterator[Expr]:
    if not isinstance(e, Num):
        yield Num(1)
    match e:
        case Over(kind, body, index, low, _):
            yield put(body, {index: lin(graph.index(index).start)})
            if low:
                yield Over(kind, body, index)
            if kind != "Sum":
                yield replace(e, kind="Sum")
        case Add(args) | Mul(args) | Call(_, args):
            yield from args
            if isinstance(e, Call) and len(args) == 1 and e.head != "exp":
                yield replace(e, head="exp")
            if isinstance(e, Add | Mul) and len(args) > 2:
                yield from (replace(e, args=(*args[:n], *args[n + 1 :])) for n in range(len(args)))
        case Pow(base, p, q):
            yield base
            yield from (Pow(base, *less) for less in ((2, 1), (-1, 1), (1, 2)) if less != (p, q))
        case Cases(body, conditions, other):
            yield from (body, other)
            if len(conditions) > 1:
                yield from (replace(e, conditions=(c,)) for c in conditions)
    yield from _indices(e)


def _indices(e: Expr) -> Iterator[Expr]:
    """Index expressions with a term dropped or a coefficient made 1."""
    own = lins(e)
    for n, at in enumerate(own):
        for k, (c, names) in enumerate(at.terms):
            rest = Lin((*at.terms[:k], *at.terms[k + 1 :]))
            less = [rest, *([rest + Lin(((1, names),))] if c > 1 else [])]
            less += [rest + Lin(((c, (name,)),)) for name in names if len(names) > 1]
            yield from (with_lins(e, (*own[:n], made, *own[n + 1 :])) for made in less)


# --- whether a variant is a graph at all


def is_whole(graph: Graph) -> bool:
    """Whether every name and index in use is declared, free indices are listed, and none is bound twice."""
    axes = {t.name: len(t.axes) for t in graph.given} | ({LOSS: 0} if graph.loss else {})
    declared = {i.name for i in graph.indices}
    for d in graph.definitions:
        if not _closed(d.body, declared - set(d.axes), axes) or len(set(d.axes)) < len(d.axes):
            return False
        axes[d.name] = len(d.axes)
    fresh = [n for entry in graph.entries for at in entry.at for n in at.names]
    entries = all(axes.get(e.name) == len(e.at) for e in graph.entries) and len({*fresh, *graph.free}) == len(
        fresh
    ) + len(graph.free)
    return entries and _closed(graph.question.of, declared - set(graph.free), axes)


def _closed(e: Expr, unbound: set[str], axes: dict[str, int]) -> bool:
    """`unbound`: the indices that nothing binds here."""
    if isinstance(e, Ref) and axes.get(e.name) != len(e.at):
        return False
    if any(at.names & unbound for at in lins(e)):
        return False
    if isinstance(e, Over):
        if e.index not in unbound:
            return False
        unbound = unbound - {e.index}
    return all(_closed(child, unbound, axes) for child in children(e))
