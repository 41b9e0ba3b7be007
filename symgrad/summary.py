"""What a network costs, as a table in every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import sympy

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.algebra.records import Poly
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Table
from symgrad.explain.counts import counts, table
from symgrad.render.plain import plain
from symgrad.values import check_relations

if TYPE_CHECKING:
    from symgrad.api import Graph


@dataclass(frozen=True)
class Summary:
    """One row for each definition: name, shape, parameters it brings, multiplications, values kept.

    Multiplications are products and quotients of numbers; x^2 is one. Memory is the number of values times their width.
    """

    graph: Graph
    at: Mapping[str, int]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The counts as data: SymPy formulas, numbers where all sizes are known."""
        return [
            {
                "name": row.name,
                "shape": tuple(self._formula(p) for p in row.shape),
                **{f: self._formula(getattr(row, f)) for f in ("parameters", "multiplications", "values")},
            }
            for row in counts(self.graph.model)
        ]

    @property
    def total(self) -> dict[str, sympy.Expr]:
        """The sums over all definitions."""
        return {
            f: sum((r[f] for r in self.rows), sympy.Integer(0)) for f in ("parameters", "multiplications", "values")
        }

    def _formula(self, poly: Poly) -> sympy.Expr:
        return self.graph.show(put(poly, {n: Affine.number(v) for n, v in self.at.items()}))

    @property
    def blocks(self) -> Table:
        """The table as a block."""
        return table(self.graph.model, self.at)

    @property
    def latex(self) -> str:
        from symgrad.render.document import WRITERS  # only when asked for: their libraries take time to start

        return WRITERS[Table](self.blocks)

    @property
    def markdown(self) -> str:
        from symgrad.render.markdown import WRITERS  # only when asked for: their libraries take time to start

        return WRITERS[Table](self.blocks)

    @property
    def html(self) -> str:
        from symgrad.render.html import WRITERS  # only when asked for: their libraries take time to start

        return WRITERS[Table](self.blocks)

    def _repr_html_(self) -> str:
        return self.html

    @property
    def text(self) -> str:
        """Columns of plain text."""
        rows = [self.blocks.head, *self.blocks.rows]
        cells = [["".join(x if isinstance(x, str) else plain(x.tree) for x in cell) for cell in row] for row in rows]
        wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, wide, strict=True)).rstrip() for row in cells)

    def __str__(self) -> str:
        return self.text


def summary(graph: Graph, at: Mapping[str, Any]) -> Summary:
    for name, value in at.items():
        if name not in graph.model.sizes or isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise DeclarationError(
                "not a size of this graph" if name not in graph.model.sizes else "a size is an integer of at least 1",
                where=f"summary({name}={value!r})",
                expected=", ".join(graph.model.sizes) or "a graph with symbolic sizes",
                given=name,
            )
    check_relations(graph.model, at)
    return Summary(graph, {name: int(value) for name, value in at.items()})
