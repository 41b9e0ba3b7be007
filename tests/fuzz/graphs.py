"""A random graph as plain data: sizes, ranges, inputs, definitions with expression trees, and the question asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Lin:
    """An index expression: a sum of terms (coefficient, names that are multiplied)."""

    terms: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def __add__(self, other: Lin | int) -> Lin:
        found: dict[tuple[str, ...], int] = {}
        for c, names in (*self.terms, *lin(other).terms):
            found[names] = found.get(names, 0) + c
        return Lin(tuple((c, names) for names, c in found.items() if c))

    def __neg__(self) -> Lin:
        return Lin(tuple((-c, names) for c, names in self.terms))

    def __sub__(self, other: Lin | int) -> Lin:
        return self + -lin(other)

    def __mul__(self, other: Lin | int) -> Lin:
        found = Lin()
        for c, names in self.terms:
            for d, more in lin(other).terms:
                found += Lin(((c * d, tuple(sorted(names + more))),))
        return found

    @property
    def names(self) -> frozenset[str]:
        return frozenset(n for _, names in self.terms for n in names)

    def put(self, values: Mapping[str, Lin]) -> Lin:
        """The expression with other expressions in the place of names."""
        found = Lin()
        for c, names in self.terms:
            part = lin(c)
            for n in names:
                part = part * values.get(n, lin(n))
            found += part
        return found


def lin(of: Lin | int | str) -> Lin:
    if isinstance(of, Lin):
        return of
    if isinstance(of, str):
        return Lin(((1, (of,)),))
    return Lin(((of, ()),)) if of else Lin()


# --- expressions


@dataclass(frozen=True)
class Num:
    p: int
    q: int = 1


@dataclass(frozen=True)
class Whole:
    """A size or an index used as a number."""

    at: Lin


@dataclass(frozen=True)
class Ref:
    name: str
    at: tuple[Lin, ...] = ()


@dataclass(frozen=True)
class Add:
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class Mul:
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class Pow:
    """A power with a rational exponent p/q."""

    base: Expr
    p: int
    q: int = 1


@dataclass(frozen=True)
class Call:
    """A known or an unknown function."""

    head: str
    args: tuple[Expr, ...]


@dataclass(frozen=True)
class Over:
    """Sum, Max, Min or Product over an index: over its declared range, or from the greatest low to the least high."""

    kind: str
    body: Expr
    index: str
    low: tuple[Lin, ...] = ()
    high: tuple[Lin, ...] = ()


@dataclass(frozen=True)
class Cond:
    left: Lin
    relation: str  # <=, <, >=, >, ==, !=
    right: Lin


@dataclass(frozen=True)
class Cases:
    """The body where all conditions hold, else the other."""

    body: Expr
    conditions: tuple[Cond, ...]
    other: Expr


@dataclass(frozen=True)
class Delta:
    left: Lin
    right: Lin


Expr = Num | Whole | Ref | Add | Mul | Pow | Call | Over | Cases | Delta


def children(e: Expr) -> tuple[Expr, ...]:
    match e:
        case Add(args) | Mul(args) | Call(_, args):
            return args
        case Pow(base):
            return (base,)
        case Over(_, body):
            return (body,)
        case Cases(body, _, other):
            return (body, other)
    return ()


def rebuilt(e: Expr, new: tuple[Expr, ...]) -> Expr:
    """The same node over other children."""
    match e:
        case Add() | Mul() | Call():
            return replace(e, args=new)
        case Pow():
            return replace(e, base=new[0])
        case Over():
            return replace(e, body=new[0])
        case Cases():
            return replace(e, body=new[0], other=new[1])
    return e


def walk(e: Expr) -> Iterator[Expr]:
    yield e
    for child in children(e):
        yield from walk(child)


def lins(e: Expr) -> tuple[Lin, ...]:
    """The index expressions that stand in a node itself."""
    match e:
        case Whole(at):
            return (at,)
        case Ref(_, at):
            return at
        case Over(_, _, _, low, high):
            return (*low, *high)
        case Cases(_, conditions):
            return tuple(side for c in conditions for side in (c.left, c.right))
        case Delta(left, right):
            return (left, right)
    return ()


def with_lins(e: Expr, new: tuple[Lin, ...]) -> Expr:
    """The same node with other index expressions, in the order of `lins`."""
    match e:
        case Whole():
            return Whole(new[0])
        case Ref():
            return replace(e, at=new)
        case Over(_, _, _, low):
            return replace(e, low=new[: len(low)], high=new[len(low) :])
        case Cases(_, conditions):
            pairs = zip(conditions, new[::2], new[1::2], strict=True)
            return replace(e, conditions=tuple(Cond(left, c.relation, right) for c, left, right in pairs))
        case Delta():
            return Delta(*new)
    return e


def mapped(e: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The tree with every node changed, children first."""
    return change(rebuilt(e, tuple(mapped(c, change) for c in children(e))))


def put(e: Expr, values: Mapping[str, Lin]) -> Expr:
    """The expression with index expressions in the place of index names."""
    return mapped(e, lambda node: with_lins(node, tuple(at.put(values) for at in lins(node))))


def tensors(e: Expr) -> frozenset[str]:
    return frozenset(node.name for node in walk(e) if isinstance(node, Ref))


def index_names(e: Expr) -> frozenset[str]:
    """Names in index expressions, sizes among them, and bound indices."""
    bound = frozenset(node.index for node in walk(e) if isinstance(node, Over))
    return bound.union(*(at.names for node in walk(e) for at in lins(node)))


# --- graphs


@dataclass(frozen=True)
class Index:
    """`top // by + plus` values from `start` on."""

    name: str
    top: Lin
    by: Lin = Lin(((1, ()),))
    plus: int = 0
    start: int = 0

    @property
    def names(self) -> frozenset[str]:
        return self.top.names | self.by.names

    @property
    def last(self) -> Lin:
        """The last value, where nothing is rounded."""
        return self.top + self.plus + self.start - 1


@dataclass(frozen=True)
class Given:
    """`kind`: input, parameter or constant; `sign`: real, positive, or one-hot (real, with rows of 0 and one 1)."""

    name: str
    kind: str
    axes: tuple[str, ...] = ()
    sign: str = "real"


@dataclass(frozen=True)
class Definition:
    name: str
    axes: tuple[str, ...]
    body: Expr


@dataclass(frozen=True)
class Question:
    """The derivative of `of` by an entry, and by another one if `then` is there."""

    of: Expr
    wrt: Ref
    then: Ref | None = None
    keep: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """`loss`: what the unknown loss f depends on; `functions`: unknown functions and how many arguments they take."""

    name: str
    sizes: tuple[str, ...]
    relations: tuple[Cond, ...]
    indices: tuple[Index, ...]
    functions: tuple[tuple[str, int], ...]
    given: tuple[Given, ...]
    definitions: tuple[Definition, ...]
    loss: tuple[str, ...]
    question: Question

    @property
    def entries(self) -> tuple[Ref, ...]:
        """What is differentiated by, in order."""
        q = self.question
        return (q.wrt, q.then) if q.then else (q.wrt,)

    @property
    def free(self) -> tuple[str, ...]:
        """The free indices of what is differentiated."""
        declared = {i.name for i in self.indices}
        bound = {node.index for node in walk(self.question.of) if isinstance(node, Over)}
        return tuple(n for n in sorted(index_names(self.question.of)) if n in declared and n not in bound)

    def index(self, name: str) -> Index:
        return next(i for i in self.indices if i.name == name)

    def axes(self, name: str) -> tuple[str, ...]:
        return next((t.axes for t in (*self.given, *self.definitions) if t.name == name), ())


LOSS = "f"


def pruned(graph: Graph) -> Graph:
    """The graph without definitions, inputs, indices and sizes that the question does not need."""
    q = graph.question
    wanted = {*tensors(q.of), *(entry.name for entry in graph.entries), *q.keep, *q.inline}
    if LOSS in wanted:
        wanted |= set(graph.loss)
    for d in reversed(graph.definitions):
        if d.name in wanted:
            wanted |= tensors(d.body)
    definitions = tuple(d for d in graph.definitions if d.name in wanted)
    given = tuple(t for t in graph.given if t.name in wanted)
    bodies = [d.body for d in definitions] + [q.of, *graph.entries]
    used = set().union(*(t.axes for t in (*definitions, *given)), *(index_names(b) for b in bodies))
    indices = tuple(i for i in graph.indices if i.name in used)
    used |= set().union(*(i.names for i in indices))
    relations = tuple(r for r in graph.relations if (r.left.names | r.right.names) & used)
    used |= set().union(*(r.left.names | r.right.names for r in relations))
    heads = {node.head for b in bodies for node in walk(b) if isinstance(node, Call)}
    return replace(
        graph, definitions=definitions, given=given, indices=indices, relations=relations,
        sizes=tuple(s for s in graph.sizes if s in used), functions=tuple(f for f in graph.functions if f[0] in heads),
        loss=graph.loss if LOSS in wanted else (),
    )  # fmt: skip


def weight(graph: Graph) -> int:
    """How much there is to read: what shrinking makes smaller."""
    bodies = [d.body for d in graph.definitions] + [graph.question.of]
    nodes = sum(_node_weight(node) for b in bodies for node in walk(b))
    wide = [at for b in bodies for node in walk(b) for at in lins(node)] + [i.top for i in graph.indices]
    wide += [i.by for i in graph.indices] + [lin(i.start) for i in graph.indices]
    terms = sum(1 + abs(c) + 2 * len(names) for at in wide for c, names in at.terms)
    names = sum(4 + 3 * len(t.axes) for t in (*graph.given, *graph.definitions))
    signs = sum((t.sign != "real") + 2 * (t.kind != "input") for t in graph.given)
    q = graph.question
    asked = 10 * (q.then is not None) + 3 * len(q.keep + q.inline) + 6 * len(graph.loss)
    return 4 * nodes + terms + names + signs + asked + 3 * len(graph.sizes) + 2 * len(graph.relations + graph.indices)


def _node_weight(e: Expr) -> int:
    match e:
        case Num(p, q):
            return 1 + (abs(p) > 1) + (q > 1) + (p < 0)
        case Pow(_, p, q):
            return 2 + abs(p) + q + (p < 0)
        case Over(kind, _, _, low, high):
            return 2 + (kind != "Sum") + len(low + high)
        case Cases(_, conditions):
            return 2 + len(conditions)
        case Call(head):
            return 2 + (head not in ("exp", "sin"))
    return 1
