"""Networks: layers one after the other, numbered as in a book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.graph import Declarations
from symgrad.errors import DeclarationError
from symgrad.layers.layer import Layer

TWICE = "name declared twice"


@dataclass(frozen=True, init=False)
class Sequential(Layer):
    """Layers one after the other: `sg.Sequential(sg.Linear(2, 3), sg.ReLU(), sg.Linear(3, 1))(g, x)`.

    A layer gets the number of those before it as long as its names are new: W1, b1, z1 and h1 = ReLU(z1) belong
    together, the next linear layer is W2. The same layer twice in the list has weights of its own each time.
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        for layer in layers:
            if not isinstance(layer, Layer):
                raise DeclarationError(
                    "not a layer",
                    where=f"Sequential(..., {layer!r}, ...)",
                    expected="layers with one input: sg.Linear(n, m), sg.ReLU(), ...",
                    given=type(layer).__name__,
                    fix="a cell or an attention with several inputs is called by hand",
                )
        object.__setattr__(self, "layers", layers)

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if not self.layers:
            raise DeclarationError("a network without layers", where="Sequential()", expected="at least one layer")
        number = 1
        for layer in self.layers:
            x, number = _numbered(g, layer, x, label, number)
        return x


def _numbered(g: Declarations, layer: Layer, x: Any, label: str, number: int) -> tuple[Any, int]:
    """The output of a layer with the first number from this one on under which all its names are new."""
    while True:
        before = g.state()
        try:
            return layer(g, x, f"{label}{number}"), number
        except DeclarationError as error:
            if error.what != TWICE:
                raise
            g.go_back(before)
            number += 1
