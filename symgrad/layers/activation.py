"""Activations: h = f(x) entry by entry, and softmax along an axis. At a kink: ReLU'(0) = 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from symgrad.declare import functions
from symgrad.declare.graph import Declarations
from symgrad.layers.layer import Layer


@dataclass(frozen=True)
class Entrywise(Layer):
    """h = f(x) for every entry."""

    function: ClassVar[str]

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        return self.names(g, label).define("h", getattr(functions, self.function)(x, *vars(self).values()))


@dataclass(frozen=True)
class ReLU(Entrywise):
    """h = max(x, 0)."""

    function = "relu"


@dataclass(frozen=True)
class LeakyReLU(Entrywise):
    """h = x above 0, slope x below."""

    function = "leaky_relu"
    slope: Any = 0.01


@dataclass(frozen=True)
class ELU(Entrywise):
    """h = x above 0, alpha (e^x - 1) below (Clevert et al. 2016)."""

    function = "elu"
    alpha: Any = 1


@dataclass(frozen=True)
class SiLU(Entrywise):
    """h = x sigmoid(x)."""

    function = "silu"


@dataclass(frozen=True)
class GELU(Entrywise):
    """h = x Phi(x) with the distribution function of the normal law (Hendrycks and Gimpel 2016)."""

    function = "gelu"


@dataclass(frozen=True)
class Sigmoid(Entrywise):
    """h = 1/(1 + e^(-x))."""

    function = "sigmoid"


@dataclass(frozen=True)
class Tanh(Entrywise):
    """h = tanh(x)."""

    function = "tanh"


@dataclass(frozen=True)
class Softplus(Entrywise):
    """h = log(1 + e^x)."""

    function = "softplus"


@dataclass(frozen=True)
class Softmax(Layer):
    """P = e^x over its sum along an axis."""

    axis: int = -1

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        return self.names(g, label).define("P", functions.softmax(x, self.axis))


@dataclass(frozen=True)
class LogSoftmax(Layer):
    """h = log P, P = e^x over its sum along an axis."""

    axis: int = -1

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        P = Softmax(self.axis)(g, x, label)
        return self.names(g, label).define("h", functions.log(P))
