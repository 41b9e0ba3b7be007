"""A diagram in a line of text, for formats that do not draw it."""

from __future__ import annotations

from collections.abc import Iterable

from symgrad.explain.blocks import Block, Diagram, Formula, Run


def edges(diagram: Diagram) -> Run:
    """The sources of each node before an arrow to it: a, b \u2192 c; c \u2192 d."""
    shown = {node.name: Formula(node.label) for node in diagram.nodes}
    sources: dict[str, list[str]] = {}
    for edge in diagram.edges:
        sources.setdefault(edge.end, []).append(edge.start)
    run: list[str | Formula] = ["Edges: "]
    for n, (end, starts) in enumerate(sources.items()):
        run += ["; "] if n else []
        for m, start in enumerate(starts):
            run += [", ", shown[start]] if m else [shown[start]]
        run += [" \u2192 ", shown[end]]
    return (*run, ".")


def in_text(blocks: Iterable[Block]) -> list[Block]:
    """The blocks without diagrams that mark something: the text beside them says in words what they mark."""
    return [b for b in blocks if not (isinstance(b, Diagram) and any(edge.marked for edge in b.edges))]
