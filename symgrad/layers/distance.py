"""Losses of embeddings: rows of (batch, d) that shall be near to each other or far apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import einsum, log, norm, relu, softmax, where
from symgrad.declare.functions import sum as total
from symgrad.declare.graph import Declarations
from symgrad.layers.loss import Loss


@dataclass(frozen=True)
class Triplet(Loss):
    """L = mean of max(0, |a - p| - |a - n| + margin) for rows a (anchor), p (positive), n (negative).

    Source: Schroff et al. 2015, with distances as in PyTorch.
    """

    margin: Any = 1
    reduction: str = "mean"

    def __call__(self, g: Declarations, anchor: Any, positive: Any, negative: Any, label: str = "") -> Any:
        named = self.names(g, label)
        near = named.define("near", norm(anchor - positive, axis=-1))
        far = named.define("far", norm(anchor - negative, axis=-1))
        return self.reduced(named, relu(near - far + self.margin))


@dataclass(frozen=True)
class InfoNCE(Loss):
    """L = -mean of log P_ii, P the softmax of S = uhat vhat^T/temperature, for rows u and v divided by their lengths.

    Source: van den Oord et al. 2018; Radford et al. 2021.
    """

    temperature: Any = 1
    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        named = self.names(g, label)
        uhat = named.define("uhat", prediction / norm(prediction, axis=-1, keepdims=True))
        vhat = named.define("vhat", target / norm(target, axis=-1, keepdims=True))
        P = named.define("P", softmax(uhat @ vhat.T / self.temperature))
        return self.reduced(named, -log(einsum("ii->i", P)))


@dataclass(frozen=True)
class CosineEmbedding(Loss):
    """L = mean of 1 - cos(u, v) where t > 0, max(0, cos(u, v) - margin) elsewhere, for rows u, v and t = 1 or -1."""

    margin: Any = 0
    reduction: str = "mean"

    def __call__(self, g: Declarations, u: Any, v: Any, target: Any, label: str = "") -> Any:
        named = self.names(g, label)
        r, s = named.define("r", norm(u, axis=-1)), named.define("s", norm(v, axis=-1))
        cosine = named.define("cosine", total(u * v, axis=-1) / (r * s))
        return self.reduced(named, where(target > 0, 1 - cosine, relu(cosine - self.margin)))
