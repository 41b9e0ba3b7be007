"""Attention: scores S of queries and keys, weights P, output O. Source: Vaswani et al. 2017."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from symgrad.declare.functions import einsum, ones_like, softmax, sqrt, tril
from symgrad.declare.graph import Declarations
from symgrad.layers.layer import Declared, Layer, Named


def attended(named: Named, Q: Any, K: Any, V: Any, d: Any, causal: bool, output: str) -> Any:
    """softmax(Q K^T/sqrt(d)) V; causal: row t sees columns up to t only."""
    S = named.define("S", Q @ K.mT / sqrt(d))
    P = named.define("P", softmax(S, where=tril(ones_like(S)) if causal else None))
    return named.define(output, P @ V)


@dataclass(frozen=True)
class ScaledDotProduct(Declared):
    """O = softmax(Q K^T/sqrt(d)) V for Q (..., t, d), K (..., s, d), V (..., s, e): (..., t, e)."""

    causal: ClassVar[bool] = False

    def __call__(self, g: Declarations, Q: Any, K: Any, V: Any, label: str = "") -> Any:
        for x in (Q, K, V):
            if getattr(x, "ndim", 0) < 2:
                raise self.refuse("two axes or more are needed", "(..., time, features)", f"{x!r}")
        return attended(self.names(g, label), Q, K, V, Q.shape[-1], self.causal, "O")


@dataclass(frozen=True)
class CausalAttention(ScaledDotProduct):
    """Scaled dot-product attention in which time t sees times up to t only."""

    causal = True


@dataclass(frozen=True)
class MultiHead(Layer):
    """Self-attention of h heads of size e over x (time, d) or (batch, time, d), then O = A W_O.

    W_Q, W_K, W_V have the shape (h, e, d), W_O the shape (d, h, e); A is the output of all heads.
    """

    d: Any
    heads: Any
    size: Any
    causal: bool = False

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        if getattr(x, "ndim", 0) not in (2, 3):
            raise self.refuse("two or three axes are needed", "(time, d) or (batch, time, d)", f"{x!r}")
        named, b = self.names(g, label), "b" if x.ndim == 3 else ""
        Q, K, V = (
            named.define(n, einsum(f"{b}td,hed->{b}hte", x, named.parameter(f"W_{n}", self.heads, self.size, self.d)))
            for n in "QKV"
        )
        A = attended(named, Q, K, V, self.size, self.causal, "A")
        W = named.parameter("W_O", self.d, self.heads, self.size)
        return named.define("O", einsum(f"{b}hte,dhe->{b}td", A, W))
