"""A diagram as inline SVG: colours by the style of the page, formulas as MathML, its edges as a text alternative."""

from __future__ import annotations

from symgrad.explain.blocks import Diagram, Edge
from symgrad.render.escape import for_html
from symgrad.render.latex import latex
from symgrad.render.layers import HEIGHT, Placed
from symgrad.render.mathml import mathml
from symgrad.render.plain import plain

HEAD = 8.0  # the length of an arrow's head


def svg(diagram: Diagram) -> str:
    """The `<svg>` element. It needs no style of its own and no network."""
    placed = Placed(diagram)
    wide, high = placed.size
    edges = sorted(diagram.edges, key=lambda edge: edge.marked)  # the marked ones above the others
    box = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    parts = [
        f'<svg role="img" aria-label="{for_html(alternative(diagram))}" {box}>',
        *(_edge(placed, edge) for edge in edges),
        *(_node(placed, n) for n in range(len(diagram.nodes))),
        "</svg>",
    ]
    return "\n".join(parts)


def alternative(diagram: Diagram) -> str:
    """The diagram in words: what goes into each node, and which edges are marked."""
    shown = {node.name: plain(node.label) for node in diagram.nodes}
    ends = dict.fromkeys(edge.end for edge in diagram.edges)
    into = (f"{', '.join(shown[e.start] for e in diagram.edges if e.end == end)} to {shown[end]}" for end in ends)
    marked = [f"{shown[e.start]} to {shown[e.end]}" for e in diagram.edges if e.marked]
    return f"Arrows from {'; '.join(into)}." + (f" Marked: {'; '.join(marked)}." if marked else "")


def _edge(placed: Placed, edge: Edge) -> str:
    """A curve that leaves and arrives level, and its head."""
    (x, y), *others = placed.points(edge)
    end, down = others[-1]
    path = [f"M{x} {y}"]
    for to, height in [*others[:-1], (round(end - HEAD, 1), down)]:
        half = round((x + to) / 2, 1)
        path.append(f"C{half} {y} {half} {height} {to} {height}")
        x, y = to, height
    head = f"M{end} {down}l{-HEAD} {-HEAD / 2}v{HEAD}z"
    marked = " marked" if edge.marked else ""
    return f'<path class="edge{marked}" d="{" ".join(path)}"/><path class="head{marked}" d="{head}"/>'


def _node(placed: Placed, n: int) -> str:
    node = placed.diagram.nodes[n]
    x, y = placed.at(node.name)
    wide = placed.widths[node.name]
    box = f'x="{round(x - wide / 2, 1)}" y="{round(y - HEIGHT / 2, 1)}" width="{wide}" height="{HEIGHT}"'
    label = f'<div xmlns="http://www.w3.org/1999/xhtml">{mathml(latex(node.label), display=False)}</div>'
    marked = " marked" if node.marked else ""
    return f'<rect class="node{marked}" {box} rx="9"/><foreignObject {box}>{label}</foreignObject>'
