"""Pooling: the greatest or the average entry of every window, with a stride of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from symgrad.declare.graph import Declarations
from symgrad.declare.names import Max, Sum
from symgrad.layers.convolution import IMAGE, positions
from symgrad.layers.layer import Layer, fresh


@dataclass(frozen=True)
class Pooling(Layer):
    """y[b, c, i] from the entries x[b, c, s i + k] of a window over k; the stride is the kernel where none is given."""

    kernel: Any
    stride: Any = None
    image: ClassVar[int]
    greatest: ClassVar[bool] = False

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        self.of_axes(x, f"(batch, channels, {IMAGE[self.image - 1]})")
        kernel = self.several(self.kernel, self.image)
        stride = kernel if self.stride is None else self.several(self.stride, self.image)
        rows = zip(x.shape[2:], kernel, stride, strict=True)
        counts = [positions(self, g, size, K, s, 0, 1) for size, K, s in rows]
        b, c = self.entries(x).axes[:2]
        i = fresh(g, counts, [b, c])
        k = fresh(g, kernel, [b, c, *i])
        entry = x[(b, c, *(s * n + m for s, n, m in zip(stride, i, k, strict=True)))]
        value = Max(entry, *k) if self.greatest else Sum(entry, *k)
        for K in () if self.greatest else kernel:
            value = value / K
        return self.names(g, label).define("y", value, over=[b, c, *i])


@dataclass(frozen=True)
class MaxPool1d(Pooling):
    """The greatest entry of each window of (batch, channels, length); ties by the policy of the graph."""

    image, greatest = 1, True


@dataclass(frozen=True)
class MaxPool2d(Pooling):
    """The greatest entry of each window of (batch, channels, height, width); ties by the policy of the graph."""

    image, greatest = 2, True


@dataclass(frozen=True)
class AvgPool1d(Pooling):
    """The average of each window of (batch, channels, length)."""

    image = 1


@dataclass(frozen=True)
class AvgPool2d(Pooling):
    """The average of each window of (batch, channels, height, width)."""

    image = 2
