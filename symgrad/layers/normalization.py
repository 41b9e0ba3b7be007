"""Normalisations: x less its mean mu over its deviation sqrt(s2 + epsilon), then scaled by gamma and moved by beta.

The variance s2 divides by the number of entries. `epsilon` is a positive constant where no number is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import mean, sqrt, where
from symgrad.declare.graph import Declarations
from symgrad.declare.names import Sum
from symgrad.layers.layer import Layer, Named, fresh


def normalised(named: Named, x: Any, axes: tuple[int, ...], epsilon: Any) -> Any:
    """xhat = (x - mu)/sqrt(s2 + epsilon), with mean and variance over axes."""
    back = tuple(None if n in axes else slice(None) for n in range(x.ndim))
    mu = named.define("mu", mean(x, axis=axes))
    mu = mu[back] if len(axes) < x.ndim else mu
    s2 = named.define("s2", mean((x - mu) ** 2, axis=axes))
    s2 = s2[back] if len(axes) < x.ndim else s2
    return named.define("xhat", (x - mu) / sqrt(s2 + named.epsilon(epsilon)))


def scaled(named: Named, x: Any, gamma_shape: tuple[Any, ...], axis: int) -> Any:
    """y = gamma xhat + beta, with gamma and beta along the axes from `axis` on."""
    gamma, beta = (named.parameter(n, *gamma_shape) for n in ("gamma", "beta"))
    right = (slice(None),) * len(gamma_shape) + (None,) * (x.ndim - axis - len(gamma_shape))
    return named.define("y", gamma[right] * x + beta[right])


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Each of n features over the batch, and over the image of a channel: x of shape (batch, n, ...).

    Source: Ioffe and Szegedy 2015, as it is in training.
    """

    n: Any
    epsilon: Any = None

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if getattr(x, "ndim", 0) < 2:
            raise self.refuse("two axes or more are needed", "(batch, features, ...)", f"{x!r}")
        self.of_size(g, "features", self.n, x.shape[1])
        named = self.names(g, label)
        xhat = normalised(named, x, (0, *range(2, x.ndim)), self.epsilon)
        return scaled(named, xhat, (self.n,), 1)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Over the last axes of x, of sizes `shape` (one size, or several). Source: Ba, Kiros and Hinton 2016."""

    shape: Any
    epsilon: Any = None

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        shape = self.shape if isinstance(self.shape, tuple) else (self.shape,)
        first = x.ndim - len(shape)
        if first < 0:
            raise self.refuse(f"{len(shape)} axes or more are needed", f"(..., {shape})", f"{x!r}")
        for size, mine in zip(shape, x.shape[first:], strict=True):
            self.of_size(g, "entries", size, mine)
        named = self.names(g, label)
        return scaled(named, normalised(named, x, tuple(range(first, x.ndim)), self.epsilon), shape, first)


@dataclass(frozen=True)
class InstanceNorm(Layer):
    """Each image of x (batch, channels, image...) by itself. Source: Ulyanov et al. 2016."""

    channels: Any
    epsilon: Any = None

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if getattr(x, "ndim", 0) < 3:
            raise self.refuse("three axes or more are needed", "(batch, channels, image...)", f"{x!r}")
        self.of_size(g, "channels", self.channels, x.shape[1])
        named = self.names(g, label)
        return scaled(named, normalised(named, x, tuple(range(2, x.ndim)), self.epsilon), (self.channels,), 1)


@dataclass(frozen=True)
class GroupNorm(Layer):
    """Channels u M .. u M + M - 1 of x (batch, channels, image...) together, for each group u. Source: Wu, He 2018."""

    groups: Any
    channels: Any
    epsilon: Any = None

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if getattr(x, "ndim", 0) < 2:
            raise self.refuse("two axes or more are needed", "(batch, channels, image...)", f"{x!r}")
        self.of_size(g, "channels", self.channels, x.shape[1])
        M = self.part(self.channels, self.groups, "channels")
        named, (b, c, *p) = self.names(g, label), self.entries(x).axes
        u, m = fresh(g, [self.groups, M], [b, c, *p])
        count = M
        for size in x.shape[2:]:
            count = count * size
        mu = named.define("mu", Sum(x[(b, u * M + m, *p)], m, *p) / count, over=[b, u])
        s2 = named.define("s2", Sum((x[(b, u * M + m, *p)] - mu[b, u]) ** 2, m, *p) / count, over=[b, u])
        value = (x[(b, c, *p)] - mu[b, u]) / sqrt(s2[b, u] + named.epsilon(self.epsilon))
        xhat = Sum(where((c >= u * M) & (c <= u * M + M - 1), value, 0), u)
        return scaled(named, named.define("xhat", xhat, over=[b, c, *p]), (self.channels,), 1)


@dataclass(frozen=True)
class RMSNorm(Layer):
    """y = gamma x/rms with rms = sqrt(mean of x^2 + epsilon) over the last axis (Zhang and Sennrich 2019)."""

    n: Any
    epsilon: Any = None

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        self.of_size(g, "entries", self.n, x.shape[-1])
        named = self.names(g, label)
        rms = named.define("rms", sqrt(mean(x**2, axis=-1) + named.epsilon(self.epsilon)))
        xhat = named.define("xhat", x / (rms[..., None] if x.ndim > 1 else rms))
        return named.define("y", named.parameter("gamma", self.n) * xhat)
