"""The computational graph of a model as a diagram: an arrow from each name to the definitions that use it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from symgrad.declare.model import Model
from symgrad.errors import Unsupported
from symgrad.explain.blocks import Diagram, Edge, Node
from symgrad.explain.matrices import MatrixNotation
from symgrad.matrix.tree import Named

KINDS = ("input", "parameter", "constant", "definition", "loss")
MOST_NODES = 60


def drawing(model: Model, kinds: Collection[str] = KINDS, paths: Sequence[Sequence[str]] = ()) -> Diagram:
    """The names of these kinds, and those on the paths, which are marked; a path runs from its last name to its first.

    Raises Unsupported where there are more names than can be drawn legibly.
    """
    on = {name for path in paths for name in path}
    steps = {(by, of) for path in paths for of, by in itertools.pairwise(path)}
    drawn = [t for t in model.tensors.values() if t.name in on or t.kind in kinds]
    names = {t.name for t in drawn}
    pairs = [(s.name, t.name) for t in drawn for s in drawn if s.name in t.sources & names]
    used = {name for pair in pairs for name in pair}
    if len(used) > MOST_NODES:
        raise Unsupported(
            f"{len(used)} names in one drawing",
            where=f"drawing of {model.name}",
            expected=f"at most {MOST_NODES}",
            fix='draw some kinds only: drawing=("definition",)',
        )
    notation = MatrixNotation(model)
    nodes = (Node(t.name, notation.name(Named(t.name)), t.name in on) for t in drawn if t.name in used)
    edges = (Edge(start, end, (start, end) in steps) for start, end in pairs)
    what = "path" if len(paths) == 1 else f"{len(paths)} paths"
    return Diagram(tuple(nodes), tuple(edges), (f"The {what} in the graph.",) if paths else ())
