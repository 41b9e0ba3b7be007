"""What a network costs: shapes, parameters, multiplications and kept values, counted on the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import bind, number, put, renamed, total
from symgrad.algebra.records import Atom, Poly, Reduction, inside
from symgrad.algebra.window import Ends, ends
from symgrad.check.points import points
from symgrad.declare.model import Model, Tensor
from symgrad.declare.naming import in_order, name_bound
from symgrad.explain.blocks import Formula, Run, Table
from symgrad.explain.layout import Tuple
from symgrad.explain.notation import Notation

MOST_PLACES = 20000  # counted one by one


@dataclass(frozen=True)
class Places:
    """So many things for each value of some indices: `times` products, entries or bytes, brought by the name `of`."""

    of: str
    times: int
    indices: tuple[str, ...]
    limits: tuple[Limit, ...]

    def number(self, model: Model) -> Poly:
        """How many there are, as a formula in the sizes."""
        return contract(bind(number(self.times), self.indices, self.limits), model.context())

    def ranges(self, sizes: Iterable[str]) -> list[Ends] | None:
        """The range of each index, where none depends on another index."""
        found = []
        for n in self.indices:
            own = [x.of for x in self.limits if n in x.of.names]
            range_ = ends(n, own) if len(own) == 2 and all(x.names <= {n, *sizes} for x in own) else None
            if range_ is None:
                return None
            found.append(range_)
        return found

    def counted(self, sizes: Mapping[str, int]) -> int:
        """How many there are at given sizes, place by place; index by index where there are many."""
        if self.ranges(sizes) is not None:
            many = prod(len(points([n], [x for x in self.limits if n in x.of.names], sizes)) for n in self.indices)
            if many > MOST_PLACES:
                return self.times * many
        return self.times * len(points(self.indices, self.limits, sizes))


@dataclass(frozen=True)
class Row:
    """What one definition needs: `parameters` are those that no definition before it has read."""

    name: str
    shape: tuple[Poly, ...]
    parameters: Poly
    multiplications: Poly
    values: Poly


def counts(model: Model) -> list[Row]:
    """One row for each definition, in their order."""
    rows, seen = [], set[str]()
    for tensor in model.definitions:
        shape = tuple(entries(model, axis).number(model) for axis in tensor.axes)
        found = (parameters(model, tensor, seen), multiplications(model, tensor), values(model, tensor))
        rows.append(Row(tensor.name, shape, *(total(p.number(model) for p in places) for places in found)))
    return rows


def entries(model: Model, *axes: str, of: str = "", times: int = 1) -> Places:
    """A thing, or several, for each value of declared indices together."""
    return Places(of, times, axes, tuple(Limit("ge", x) for a in axes for x in model.indices[a].limits))


def parameters(model: Model, tensor: Tensor, seen: set[str]) -> list[Places]:
    """The entries of the parameters that a definition reads, without those seen, which grow by them."""
    assert tensor.poly is not None
    names = [n for n, t in model.tensors.items() if t.kind == "parameter" and n in tensor.poly.tensors - seen]
    seen.update(names)
    return [entries(model, *model.tensors[n].axes, of=n) for n in names]


def values(model: Model, tensor: Tensor, times: int = 1) -> list[Places]:
    """The entries of a definition."""
    return [entries(model, *tensor.axes, of=tensor.name, times=times)]


def multiplications(model: Model, tensor: Tensor) -> list[Places]:
    """The products and quotients of all entries of a definition; x^2 is one, signs and functions are none."""
    assert tensor.poly is not None
    return list(_products(model, tensor.poly, entries(model, *tensor.axes, of=tensor.name), tensor.bound))


def _products(model: Model, poly: Poly, at: Places, wished: tuple[str, ...]) -> Iterator[Places]:
    """The products of a formula at each of some places."""
    for term in poly.terms:
        operands = sum(max(1, abs(p.numerator)) if p.denominator == 1 else 1 for _, p in term.factors)
        starts = any(p > 0 for _, p in term.factors)  # else 1 over something: one quotient more
        names = name_bound(model, term, {*at.indices, *term.names}, wished)
        to = {old: Affine.name(new) for old, new in names.items()}
        inner = (*at.limits, *(x.put(to) for x in term.limits))
        bound = sorted(names.values(), key=lambda n: in_order(model, n))
        here = replace(at, times=operands - starts, indices=(*at.indices, *bound), limits=inner)
        if here.times > 0:
            yield here
        if term.coefficient not in (1, -1) and (term.bound or starts):  # the number stands before the sum
            yield replace(at, times=1)
        for atom, _ in term.factors:
            yield from _in_atom(model, renamed(atom, to), here, wished)


def _in_atom(model: Model, atom: Atom, at: Places, wished: tuple[str, ...]) -> Iterator[Places]:
    if isinstance(atom, Reduction):
        (name,) = name_bound(model, atom.as_sum, {*at.indices, *atom.names}, wished).values()
        to = {atom.index: Affine.name(name)}
        limits = (*at.limits, *(x.put(to) for x in atom.limits))
        here = replace(at, times=1, indices=(*at.indices, name), limits=limits)
        if atom.function == "prod":
            yield here
        yield from _products(model, put(atom.poly, to), here, wished)
        return
    for poly in inside(atom):
        yield from _products(model, poly, at, wished)


def table(model: Model, sizes: Mapping[str, int]) -> Table:
    """The counts as a table, with a last row for the whole network; numbers for the sizes that are given."""
    notation, rows = Notation(model), counts(model)
    values = {n: Affine.number(v) for n, v in sizes.items()}

    def shown(poly: Poly) -> Run:
        return (Formula(notation.poly(put(poly, values))),)

    body: list[tuple[Run, ...]] = []
    for row in rows:
        tensor = model.tensors[row.name]
        lengths = tuple(notation.poly(put(p, values)) for p in row.shape)
        shape = Tuple(lengths) if len(lengths) != 1 else lengths[0]
        name = (Formula(notation.entry(tensor, tensor.entry.indices)),)
        cells = (shown(p) for p in (row.parameters, row.multiplications, row.values))
        body.append((name, (Formula(shape),) if lengths else ("a number",), *cells))
    sums = (total(getattr(r, f) for r in rows) for f in ("parameters", "multiplications", "values"))
    body.append((("all",), (), *(shown(p) for p in sums)))
    head = tuple((text,) for text in ("", "shape", "parameters", "multiplications", "values kept"))
    return Table(head, tuple(body))
