"""Recurrent cells: one step in time. Weights have no label and are shared by all steps of a graph; states have one.

x has the shape (batch, n) and a state the shape (batch, m). Two cells in one graph: give the second one a `name`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import sigmoid, tanh
from symgrad.declare.graph import Declarations
from symgrad.layers.layer import Declared, Named


@dataclass(frozen=True)
class Cell(Declared):
    n: Any
    m: Any
    name: str = ""

    def weights(self, g: Declarations, gate: str) -> tuple[Any, Any, Any]:
        """W (m, n), U (m, m) and b (m) of a gate: those of an earlier step, or new ones in the first."""
        named, end = Named(g, self.name), f"_{gate}" if gate else ""
        shapes = {"W": (self.m, self.n), "U": (self.m, self.m), "b": (self.m,)}
        shapes = {named.name(n + end): shape for n, shape in shapes.items()}
        there = [n for n in shapes if n in g.model.tensors]
        if there and any(n not in there or list(g[n].shape) != list(shapes[n]) for n in shapes):
            raise self.refuse(
                f"{there[0]} stands for something else",
                f"names that are free, or {', '.join(shapes)} of this cell",
                f"{there[0]}, already declared",
                f'a name for the cell: {type(self).__name__}(..., name="2")',
            )
        W, U, b = (named.shared(n, *shape) for n, shape in shapes.items())
        return W, U, b

    def gate(self, g: Declarations, gate: str, x: Any, h: Any) -> Any:
        """x W^T + h U^T + b."""
        W, U, b = self.weights(g, gate)
        return x @ W.T + h @ U.T + b


@dataclass(frozen=True)
class RNNCell(Cell):
    """h' = tanh(x W^T + h U^T + b). Source: Elman 1990."""

    def __call__(self, g: Declarations, x: Any, h: Any, label: str = "") -> Any:
        return self.names(g, label).define("h", tanh(self.gate(g, "", x, h)))


@dataclass(frozen=True)
class LSTMCell(Cell):
    """c' = F c + I G and h' = O tanh(c'), with gates I, F, O = sigmoid(...) and G = tanh(...): (h', c').

    The gates i, f, g, o of the literature are capitals here, since i is an index. Source: Hochreiter, Schmidhuber 1997.
    """

    def __call__(self, g: Declarations, x: Any, h: Any, c: Any, label: str = "") -> tuple[Any, Any]:
        named = self.names(g, label)
        I, F, G, O = (  # noqa: E741
            named.define(n, (tanh if n == "G" else sigmoid)(self.gate(g, n, x, h))) for n in "IFGO"
        )
        state = named.define("c", F * c + I * G)
        return named.define("h", O * tanh(state)), state


@dataclass(frozen=True)
class GRUCell(Cell):
    """h' = (1 - Z) htilde + Z h, htilde = tanh(x W^T + b + R q), q = h U^T + b_U, gates R and Z = sigmoid(...).

    Source: Cho et al. 2014, in the form of cuDNN and PyTorch, where R stands outside of the product with U.
    """

    def __call__(self, g: Declarations, x: Any, h: Any, label: str = "") -> Any:
        named = self.names(g, label)
        R = named.define("R", sigmoid(self.gate(g, "R", x, h)))
        Z = named.define("Z", sigmoid(self.gate(g, "Z", x, h)))
        W, U, b = self.weights(g, "H")
        q = named.define("q", h @ U.T + named.shared(Named(g, self.name).name("b_U"), self.m))
        htilde = named.define("htilde", tanh(x @ W.T + b + R * q))
        return named.define("h", (1 - Z) * htilde + Z * h)
