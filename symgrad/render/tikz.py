r"""A diagram as TikZ: needs \usepackage{tikz}. The picture is no wider than the line."""

from __future__ import annotations

from symgrad.explain.blocks import Diagram, Edge
from symgrad.render.latex import latex
from symgrad.render.layers import Placed

WIDEST = 440.0  # pt
SCALE = 0.75  # pt for a unit of the screen


def tikz(diagram: Diagram) -> str:
    """The picture, marked edges drawn thick."""
    placed = Placed(diagram)
    scale = min(SCALE, WIDEST / placed.size[0])
    small = r", font=\footnotesize" if scale < 0.6 else ""
    names = {node.name: f"n{n}" for n, node in enumerate(diagram.nodes)}
    scales = f"x={scale:.3f}pt, y=-{scale:.3f}pt"
    lines = [rf"\begin{{tikzpicture}}[{scales}, >=stealth, rounded corners=2pt, inner sep=3pt{small}]"]
    for node in diagram.nodes:
        x, y = placed.at(node.name)
        thick = ", very thick" if node.marked else ""
        lines.append(rf"\node[draw{thick}] ({names[node.name]}) at ({x}, {y}) {{${latex(node.label)}$}};")
    for edge in diagram.edges:
        lines.append(_edge(placed, edge, names))
    return "\n".join([r"\begin{center}", *lines, r"\end{tikzpicture}", r"\end{center}"])


def _edge(placed: Placed, edge: Edge, names: dict[str, str]) -> str:
    inner = [f"({x}, {y})" for x, y in placed.points(edge)[1:-1]]
    way = " to[out=0, in=180] ".join([f"({names[edge.start]}.east)", *inner, f"({names[edge.end]}.west)"])
    return rf"\draw[->{', very thick' if edge.marked else ', gray'}] {way};"
