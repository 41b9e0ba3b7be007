"""Linear and bilinear maps, what multiplies or moves entries, and sums with the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import delta, einsum
from symgrad.declare.graph import Declarations
from symgrad.declare.names import Sum
from symgrad.layers.layer import Declared, Layer, fresh


@dataclass(frozen=True)
class Linear(Layer):
    """z = x W^T + b with W of shape (m, n), over the last axis of x: (..., n) to (..., m)."""

    n: Any
    m: Any
    bias: bool = True

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        named = self.names(g, label)
        W = named.parameter("W", self.m, self.n)
        z = x @ W.T
        return named.define("z", z + named.parameter("b", self.m) if self.bias else z)


@dataclass(frozen=True)
class Bilinear(Declared):
    """z_ok = S_ij x_oi W_kij y_oj + b_k for x of shape (batch, n) and y of shape (batch, m): (batch, k)."""

    n: Any
    m: Any
    k: Any
    bias: bool = True

    def __call__(self, g: Declarations, x: Any, y: Any, label: str = "") -> Any:
        self.of_axes(x, "(batch, n)")
        self.of_axes(y, "(batch, m)")
        named = self.names(g, label)
        W = named.parameter("W", self.k, self.n, self.m)
        z = einsum("oi,kij,oj->ok", x, W, y)
        return named.define("z", z + named.parameter("b", self.k) if self.bias else z)


@dataclass(frozen=True)
class Embedding(Layer):
    """e = x W for one-hot rows x of shape (..., n): row W_t of the table W (n, d) for each token t.

    An index that depends on data is no affine index, so tokens are given as one-hot rows.
    """

    n: Any
    d: Any

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        named = self.names(g, label)
        return named.define("e", x @ named.parameter("W", self.n, self.d))


@dataclass(frozen=True)
class Dropout(Layer):
    """y = M x/(1 - p), entry by entry, with a given mask M of zeros and ones in the shape of x (Srivastava 2014)."""

    p: Any = None  # the chance to drop an entry, a number below 1; a constant `keep` = 1 - p where none is given

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if isinstance(self.p, int | float) and not 0 <= self.p < 1:
            raise self.refuse("a chance to drop an entry", "0 <= p < 1", self.p)
        named = self.names(g, label)
        keep = g.constant(named.name("keep"), positive=True) if self.p is None else 1 - self.p
        return named.define("y", named.input("M", *x.shape) * x / keep)


@dataclass(frozen=True)
class Flatten(Layer):
    """y[b, q] = x[b, c, p, r] where q = (c H + p) W + r: all axes behind the batch in one, the last one fastest."""

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if getattr(x, "ndim", 0) < 2:
            raise self.refuse("two axes or more are needed", "(batch, ...)", f"{x!r}")
        b, *rest = self.entries(x).axes
        count, place = x.shape[1], rest[0]
        for axis, size in zip(rest[1:], x.shape[2:], strict=True):
            count, place = count * size, place * size + axis
        (q,) = fresh(g, [count], [b, *rest])
        return self.names(g, label).define("y", Sum(x[(b, *rest)] * delta(place, q), *rest), over=[b, q])


@dataclass(frozen=True)
class Residual(Layer):
    """r = x + layer(x), where the layer keeps the shape (He et al. 2016)."""

    layer: Layer

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        named = self.names(g, label)
        return named.define("r", x + self.layer(g, x, label))
