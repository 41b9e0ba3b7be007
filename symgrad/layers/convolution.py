"""Convolutions (cross-correlations, as in PyTorch) and transposed convolutions, with exact ranges of every index."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, ClassVar

from symgrad.declare.functions import delta, where
from symgrad.declare.graph import Declarations
from symgrad.declare.names import Sum
from symgrad.errors import DeclarationError
from symgrad.layers.layer import Declared, Layer, fresh

IMAGE = ("length", "height, width", "depth, height, width")


def steps(layer: Declared, *values: Any) -> None:
    """Refuses strides, kernels and dilations that are 0."""
    for value in values:
        if value == 0 or (isinstance(value, int) and value < 0) or isinstance(value, float):
            raise layer.refuse(
                "a stride, kernel or dilation of 1 or more", "1, 2, ... or a size", value, "1 moves by one place"
            )


def padding(layer: Declared, value: Any) -> None:
    """Refuses a padding that is negative or not whole."""
    if isinstance(value, float) or (isinstance(value, int) and value < 0):
        raise layer.refuse("a padding of 0 or more", "0, 1, 2, ... or a size", value, "0 adds nothing")


def positions(layer: Declared, g: Declarations, size: Any, kernel: Any, stride: Any, pad: Any, dilation: Any) -> Any:
    """How many places a kernel has in an image: floor((H + 2P - D(K - 1) - 1)/s) + 1; refused where it has none."""
    steps(layer, stride, kernel, dilation)
    padding(layer, pad)
    room = size + 2 * pad - dilation * (kernel - 1)
    try:
        g.require(room >= 1)
    except DeclarationError as cause:
        raise layer.refuse(
            "a kernel that is larger than its image",
            f"an image of at least {dilation * (kernel - 1) + 1} places, its padding included",
            f"{size + 2 * pad} places: kernel {kernel}, image {size}, padding {pad}, dilation {dilation}",
            "more padding, or a smaller kernel",
        ) from cause
    return (room - 1) // stride + 1


@dataclass(frozen=True)
class Convolution(Layer):
    """z[b, o, i] = S_{c, k} w[o, c, k] x[b, c, s i + D k - P] + b[o], entries outside of the image being 0.

    x has the shape (batch, channels, image), w the shape (filters, channels/groups, kernel). With groups, filters o of
    group u see channels c of group u only. Source: Dumoulin and Visin 2016; PyTorch's Conv.
    """

    channels: Any
    filters: Any
    kernel: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: Any = 1
    bias: bool = True
    image: ClassVar[int]

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        self.of_axes(x, f"(batch, channels, {IMAGE[self.image - 1]})")
        self.of_size(g, "channels", self.channels, x.shape[1])
        steps(self, self.groups)
        kernel, stride, pad, dilation = (
            self.several(v, self.image) for v in (self.kernel, self.stride, self.padding, self.dilation)
        )
        sizes = x.shape[2:]
        C, M = (self.part(n, self.groups, w) for n, w in ((self.channels, "channels"), (self.filters, "filters")))
        counts = [positions(self, g, *row) for row in zip(sizes, kernel, stride, pad, dilation, strict=True)]
        named, b = self.names(g, label), self.entries(x).axes[0]
        w = named.parameter("w", self.filters, C, *kernel)
        o, *i, c, u = fresh(g, [self.filters, *counts, C, self.groups], [b])
        k = fresh(g, kernel, [b, o, *i, c, u])
        at = [s * n + d * m - p for s, n, d, m, p in zip(stride, i, dilation, k, pad, strict=True)]
        inside = [t for a, size, p in zip(at, sizes, pad, strict=True) if p != 0 for t in (a >= 0, a <= size - 1)]
        if self.groups == 1:
            z = Sum(_only(inside, w[(o, c, *k)] * x[(b, c, *at)]), c, *k)
        else:
            own = [o >= u * M, o <= u * M + M - 1]
            z = Sum(_only([*inside, *own], w[(o, c, *k)] * x[(b, u * C + c, *at)]), u, c, *k)
        return named.define("z", z + named.parameter("b", self.filters)[o] if self.bias else z, over=[b, o, *i])


def _only(conditions: list[Any], value: Any) -> Any:
    """The value where all conditions hold, else 0."""
    return where(reduce(and_, conditions), value, 0) if conditions else value


@dataclass(frozen=True)
class Conv1d(Convolution):
    """Convolution over (batch, channels, length)."""

    image = 1


@dataclass(frozen=True)
class Conv2d(Convolution):
    """Convolution over (batch, channels, height, width); kernel, stride, padding, dilation: one value or two."""

    image = 2


@dataclass(frozen=True)
class Conv3d(Convolution):
    """Convolution over (batch, channels, depth, height, width)."""

    image = 3


@dataclass(frozen=True)
class Transposed(Layer):
    """z[b, o, q] = S_{c, j, k: s j + D k - P = q} x[b, c, j] w[c, o, k] + b[o], q = 0 .. s(N - 1) + D(K - 1) - 2P.

    The map whose matrix is the transpose of a convolution's. w has the shape (channels, filters, kernel).
    """

    channels: Any
    filters: Any
    kernel: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    bias: bool = True
    image: ClassVar[int]

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        self.of_axes(x, f"(batch, channels, {IMAGE[self.image - 1]})")
        self.of_size(g, "channels", self.channels, x.shape[1])
        kernel, stride, pad, dilation = (
            self.several(v, self.image) for v in (self.kernel, self.stride, self.padding, self.dilation)
        )
        steps(self, *kernel, *stride, *dilation)
        rows = list(zip(x.shape[2:], kernel, stride, pad, dilation, strict=True))
        for p in pad:
            padding(self, p)
        counts = [s * (n - 1) + d * (K - 1) + 1 - 2 * p for n, K, s, p, d in rows]
        named, (b, c, *j) = self.names(g, label), self.entries(x).axes
        w = named.parameter("w", self.channels, self.filters, *kernel)
        o, *q = fresh(g, [self.filters, *counts], [b, c, *j])
        k = fresh(g, kernel, [b, c, *j, o, *q])
        hits = x[(b, c, *j)] * w[(c, o, *k)]
        for (_, _, s, p, d), n, m, to in zip(rows, j, k, q, strict=True):
            hits = hits * delta(s * n + d * m - p, to)
        z = Sum(hits, c, *j, *k)
        return named.define("z", z + named.parameter("b", self.filters)[o] if self.bias else z, over=[b, o, *q])


@dataclass(frozen=True)
class ConvTranspose1d(Transposed):
    """Transposed convolution over (batch, channels, length)."""

    image = 1


@dataclass(frozen=True)
class ConvTranspose2d(Transposed):
    """Transposed convolution over (batch, channels, height, width)."""

    image = 2
