"""What a network costs: shapes, parameters, multiplications and kept values, counted on the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import NOTHING, ONE, bind, fresh_name, number, put, total
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term
from symgrad.declare.model import Model, Tensor
from symgrad.explain.blocks import Formula, Run, Table
from symgrad.explain.layout import Tuple
from symgrad.explain.notation import Notation


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
        assert tensor.poly is not None
        new = [model.tensors[n] for n in sorted(tensor.poly.tensors - seen) if model.tensors[n].kind == "parameter"]
        seen |= {t.name for t in new}
        rows.append(
            Row(
                tensor.name,
                tuple(entries(model, axis) for axis in tensor.axes),
                total(entries(model, *t.axes) for t in new),
                _over(model, tensor, _products(tensor.poly)),
                entries(model, *tensor.axes),
            )
        )
    return rows


def entries(model: Model, *axes: str) -> Poly:
    """The number of values of indices together."""
    return contract(bind(ONE, axes, [Limit("ge", x) for a in axes for x in model.indices[a].limits]), model.context())


def _over(model: Model, tensor: Tensor, cost: Poly) -> Poly:
    """The cost of all entries; limits of a sum may depend on the entry."""
    limits = [Limit("ge", x) for a in tensor.axes for x in model.indices[a].limits]
    return contract(bind(cost, tensor.axes, limits), model.context())


def _products(poly: Poly) -> Poly:
    """The products and quotients of one entry; x^2 is one, signs and functions are none."""
    return total(_of_term(t) for t in poly.terms)


def _of_term(term: Term) -> Poly:
    operands = sum(max(1, abs(p.numerator)) if p.denominator == 1 else 1 for _, p in term.factors)
    starts = any(p > 0 for _, p in term.factors)  # else 1 over something: one quotient more
    scales = number(int(term.coefficient not in (1, -1) and (bool(term.bound) or starts)))
    inner = total([number(max(0, operands - starts)), *(_of_atom(a) for a, _ in term.factors)])
    if not term.bound:
        return inner + scales
    fresh = {b: Affine.name(fresh_name()) for b in term.bound}
    limits = [x.put(fresh) for x in term.limits]
    return (
        bind(put(inner, fresh), [a.sole for a in fresh.values()], limits) + scales
    )  # the number stands before the sum


def _of_atom(atom: Atom) -> Poly:
    if isinstance(atom, Ref):
        return NOTHING
    if isinstance(atom, Base):
        return _products(atom.poly)
    if isinstance(atom, Head):
        return total(_products(p) for p in atom.arguments)
    if isinstance(atom, Reduction):
        here = Affine.name(fresh_name())
        joins = ONE if atom.function == "prod" else NOTHING
        cost = put(_products(atom.poly) + joins, {atom.index: here})
        return bind(cost, [here.sole], [x.put({atom.index: here}) for x in atom.limits])
    return NOTHING


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
