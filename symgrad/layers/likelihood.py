"""Losses of probabilities: cross-entropies, focal loss, Kullback-Leibler divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import log, softmax, softplus
from symgrad.declare.functions import sum as total
from symgrad.declare.graph import Declarations
from symgrad.layers.loss import Loss


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """L = -mean of t log p + (1 - t) log(1 - p), for probabilities p between 0 and 1."""

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        each = -target * log(prediction) - (1 - target) * log(1 - prediction)
        return self.reduced(self.names(g, label), each)


@dataclass(frozen=True)
class BinaryCrossEntropyWithLogits(Loss):
    """L = mean of log(1 + e^z) - t z: the binary cross-entropy of p = sigmoid(z)."""

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.reduced(self.names(g, label), softplus(prediction) - target * prediction)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """L = -mean of S_c t_c log P_c, P the softmax of logits (..., classes); the mean is over all but the classes.

    Targets are rows of probabilities, one-hot for integer labels: that they sum to one is declared as a fact where the
    target is a name that is given.
    """

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        named = self.names(g, label)
        P = named.define("P", softmax(prediction))
        L = self.reduced(named, -total(target * log(P), axis=-1))
        rows_sum_to_one(g, target)
        return L


def rows_sum_to_one(g: Declarations, target: Any) -> None:
    """The fact that the rows of a given target are probabilities."""
    tensor = g.model.tensors.get(getattr(target, "name", ""))
    if tensor is not None and tensor.kind == "input":
        g.fact(total(target, axis=-1), 1)


@dataclass(frozen=True)
class Focal(Loss):
    """L = -mean of S_c t_c (1 - P_c)^gamma log P_c, P the softmax of logits. Source: Lin et al. 2017."""

    gamma: int = 2
    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        named = self.names(g, label)
        P = named.define("P", softmax(prediction))
        return self.reduced(named, -total(target * (1 - P) ** self.gamma * log(P), axis=-1))


@dataclass(frozen=True)
class KLDivergence(Loss):
    """L = mean of S_c t_c (log t_c - log q_c) for probabilities q and t (..., classes): KL(t || q)."""

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.reduced(self.names(g, label), total(target * (log(target) - log(prediction)), axis=-1))
