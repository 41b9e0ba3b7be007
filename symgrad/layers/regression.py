"""Losses of real predictions: p is the prediction, t the target, of one shape; the mean is over all entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import absolute, relu, where
from symgrad.declare.functions import sum as total
from symgrad.declare.graph import Declarations
from symgrad.layers.loss import Loss


@dataclass(frozen=True)
class SquaredError(Loss):
    """L = 1/2 S (p - t)^2."""

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.names(g, label).define("L", total((prediction - target) ** 2) / 2)


@dataclass(frozen=True)
class MSE(Loss):
    """L = mean of (p - t)^2."""

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.reduced(self.names(g, label), (prediction - target) ** 2)


@dataclass(frozen=True)
class L1(Loss):
    """L = mean of |p - t|; |0|' = 0."""

    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.reduced(self.names(g, label), absolute(prediction - target))


@dataclass(frozen=True)
class Huber(Loss):
    """L = mean of r^2/2 where |r| <= delta, delta (|r| - delta/2) elsewhere, r = p - t. Source: Huber 1964."""

    delta: Any = 1
    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        named, r = self.names(g, label), prediction - target
        far = absolute(r) * self.delta - self.delta * self.delta / 2
        return self.reduced(named, where(absolute(r) > self.delta, far, r**2 / 2))


@dataclass(frozen=True)
class Hinge(Loss):
    """L = mean of max(0, margin - t p) for targets t = 1 or -1. Source: Cortes and Vapnik 1995."""

    margin: Any = 1
    reduction: str = "mean"

    def __call__(self, g: Declarations, prediction: Any, target: Any, label: str = "") -> Any:
        return self.reduced(self.names(g, label), relu(self.margin - target * prediction))
