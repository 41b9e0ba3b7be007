"""Where the nodes of a diagram stand: in layers from left to right, so that every arrow points to the right.

A node stands one layer behind the last of its sources, an input just before its first use. An arrow over several
layers passes through a place of its own in each. Source: Sugiyama, Tagawa and Toda (1981).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Diagram, Edge
from symgrad.render.width import width

EM = 17.0  # units of an em: the coordinates are those of a screen
HEIGHT, ROW, GAP, MARGIN = 32.0, 46.0, 46.0, 6.0
SWEEPS = 8

Place = tuple[str, str, int]  # a node (its name, "", 0), or where an edge passes a layer (start, end, layer)
Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """A diagram with places: the middle and width of each node, and the points each edge passes, its ends included."""

    diagram: Diagram

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The layer of each node."""
        sources: dict[str, list[str]] = {node.name: [] for node in self.diagram.nodes}
        ends: dict[str, list[str]] = {node.name: [] for node in self.diagram.nodes}
        for edge in self.diagram.edges:
            sources[edge.end].append(edge.start)
            ends[edge.start].append(edge.end)
        ranks: dict[str, int] = {}
        while waiting := [n for n in sources if n not in ranks]:
            ready = [n for n in waiting if all(s in ranks for s in sources[n])]
            if not ready:
                raise SymgradError("a diagram with a cycle", given=", ".join(waiting))
            ranks |= {n: max((ranks[s] + 1 for s in sources[n]), default=0) for n in ready}
        late = {n: min(ranks[e] for e in ends[n]) - 1 for n in ranks if ends[n] and not sources[n]}
        return ranks | late

    @cached_property
    def chains(self) -> dict[Edge, tuple[Place, ...]]:
        """The places that each edge passes, from its start to its end."""
        found = {}
        for edge in self.diagram.edges:
            between = range(self.ranks[edge.start] + 1, self.ranks[edge.end])
            inner = ((edge.start, edge.end, rank) for rank in between)
            found[edge] = ((edge.start, "", 0), *inner, (edge.end, "", 0))
        return found

    @cached_property
    def layers(self) -> list[list[Place]]:
        """The places of each layer from top to bottom, in the order with the fewest crossings that was met."""
        layers: list[list[Place]] = [[] for _ in range(max(self.ranks.values(), default=-1) + 1)]
        for node in self.diagram.nodes:
            layers[self.ranks[node.name]].append((node.name, "", 0))
        for chain in self.chains.values():
            for place in chain[1:-1]:
                layers[place[2]].append(place)
        best = [list(layer) for layer in layers]
        for sweep in range(SWEEPS):
            order = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
            side = self._before if sweep % 2 == 0 else self._behind
            for n in order:
                rows = {place: row for layer in layers for row, place in enumerate(layer)}
                wished = {p: _mean([rows[q] for q in side.get(p, [p])]) for p in layers[n]}
                layers[n].sort(key=wished.__getitem__)
            if self._crossings(layers) < self._crossings(best):
                best = [list(layer) for layer in layers]
        return best

    @cached_property
    def _pairs(self) -> list[tuple[Place, Place]]:
        return [pair for chain in self.chains.values() for pair in itertools.pairwise(chain)]

    @cached_property
    def _before(self) -> dict[Place, list[Place]]:
        found: dict[Place, list[Place]] = {}
        for start, end in self._pairs:
            found.setdefault(end, []).append(start)
        return found

    @cached_property
    def _behind(self) -> dict[Place, list[Place]]:
        found: dict[Place, list[Place]] = {}
        for start, end in self._pairs:
            found.setdefault(start, []).append(end)
        return found

    def _crossings(self, layers: list[list[Place]]) -> int:
        at = {place: (n, row) for n, layer in enumerate(layers) for row, place in enumerate(layer)}
        lines = [(at[start], at[end][1]) for start, end in self._pairs]
        return sum(a[0] == b[0] and (a[1] - b[1]) * (c - d) < 0 for a, c in lines for b, d in lines) // 2

    @cached_property
    def rows(self) -> dict[Place, float]:
        """The height of each place: near its neighbours, at least a row from the next one; the highest is at 0."""
        rows = {p: ROW * (n - (len(layer) - 1) / 2) for layer in self.layers for n, p in enumerate(layer)}
        for sweep in range(SWEEPS):
            for layer in self.layers if sweep % 2 == 0 else reversed(self.layers):
                wished = [
                    _mean([rows[q] for q in self._before.get(p, []) + self._behind.get(p, [])] or [rows[p]])
                    for p in layer
                ]
                placed: list[float] = []
                for wish in wished:
                    placed.append(max(wish, placed[-1] + ROW) if placed else wish)
                shift = _mean([w - p for w, p in zip(wished, placed, strict=True)])
                rows |= {p: at + shift for p, at in zip(layer, placed, strict=True)}
        top = min(rows.values(), default=0.0)
        return {p: round(at - top + MARGIN + HEIGHT / 2, 1) for p, at in rows.items()}

    @cached_property
    def widths(self) -> dict[str, float]:
        return {node.name: round(max(HEIGHT, EM * width(node.label) + 18), 1) for node in self.diagram.nodes}

    @cached_property
    def columns(self) -> list[float]:
        """The middle of each layer."""
        found, left = [], MARGIN
        for layer in self.layers:
            wide = max((self.widths[name] for name, end, _ in layer if not end), default=0.0)
            found.append(round(left + wide / 2, 1))
            left += wide + GAP
        return found

    @cached_property
    def size(self) -> Point:
        right = max((self.at(n.name)[0] + self.widths[n.name] / 2 for n in self.diagram.nodes), default=0.0)
        return round(right + MARGIN, 1), round(max(self.rows.values(), default=0.0) + HEIGHT / 2 + MARGIN, 1)

    def at(self, name: str) -> Point:
        """The middle of a node."""
        return self.columns[self.ranks[name]], self.rows[name, "", 0]

    def points(self, edge: Edge) -> list[Point]:
        """Where an edge leaves its start, passes the layers, and meets its end."""
        x, y = self.at(edge.start)
        inner = [(self.columns[p[2]], self.rows[p]) for p in self.chains[edge][1:-1]]
        to, down = self.at(edge.end)
        return [
            (round(x + self.widths[edge.start] / 2, 1), y),
            *inner,
            (round(to - self.widths[edge.end] / 2, 1), down),
        ]


def _mean(values: list[float] | list[int]) -> float:
    return sum(values) / len(values)
