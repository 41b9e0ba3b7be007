"""A diagram in a line of text: what goes into each name, or the marked arrows alone."""

from __future__ import annotations

from symgrad.explain.blocks import Diagram, Formula, Run


def edges(diagram: Diagram) -> Run:
    """Where arrows are marked, these; else the sources of each node before an arrow to it: a, b → c; c → d."""
    shown = {node.name: Formula(node.label) for node in diagram.nodes}
    marked = [edge for edge in diagram.edges if edge.marked]
    sources: dict[str, list[str]] = {}
    for edge in marked or diagram.edges:
        sources.setdefault(edge.end, []).append(edge.start)
    run: list[str | Formula] = ["Marked in the graph: " if marked else "The graph: "]
    for n, (end, starts) in enumerate(sources.items()):
        run += ["; "] if n else []
        for m, start in enumerate(starts):
            run += [", ", shown[start]] if m else [shown[start]]
        run += [" → ", shown[end]]
    return (*run, ".")
