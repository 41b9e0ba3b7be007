"""What functions are worth in a forward run, and that an argument comes too near to a kink or a pole.

An unknown function has a meaning here that symgrad does not know, with its derivatives; so has the unknown loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import reduce
from operator import mul
from typing import Any

Entries = dict[tuple[int, ...], Any]
KINK, POLE = 0.03, 0.05  # the least distances from a kink and from a pole


class TooNear(Exception):
    """An argument comes near to a kink or a pole."""


class Functions:
    """The functions of a forward run in floats. A run that is `watching` stops near kinks and poles."""

    exp, sin, cos, tanh, sinh, cosh, atan, erf = (
        math.exp, math.sin, math.cos, math.tanh, math.sinh, math.cosh, math.atan, math.erf,
    )  # fmt: skip
    Sum = sum

    def __init__(self, watching: bool = False) -> None:
        self.watching = watching

    def watch(self, gap: Any, least: float) -> None:
        if self.watching and not gap >= least:
            raise TooNear

    def abs(self, u: Any) -> Any:
        self.watch(abs(u), KINK)
        return abs(u)

    def log(self, u: Any) -> Any:
        self.watch(u, POLE)
        return math.log(u)

    def power(self, base: Any, p: int, q: int) -> Any:
        if q > 1 or p < 0:
            self.watch(base if q > 1 else abs(base), POLE)
        return base ** (p / q) if q > 1 else base**p

    def pow(self, base: Any, exponent: Any) -> Any:
        self.watch(base, POLE)
        return base**exponent

    def tan(self, u: Any) -> Any:
        self.watch(abs(self.cos(u)), 0.3)
        return self.sin(u) / self.cos(u)

    def sign(self, u: Any) -> Any:
        self.watch(abs(u), KINK)
        return 1.0 if u > 0 else -1.0 if u < 0 else 0.0

    def step(self, u: Any) -> Any:
        self.watch(abs(u), KINK)
        return 1.0 if u > 0 else 0.0

    def relu(self, u: Any) -> Any:
        return self.leaky_relu(u, 0.0)

    def leaky_relu(self, u: Any, slope: Any) -> Any:
        self.watch(abs(u), KINK)
        return u if u > 0 else slope * u

    def elu(self, u: Any, scale: Any) -> Any:
        self.watch(abs(u), KINK)
        return u if u > 0 else scale * (self.exp(u) - 1)

    def sigmoid(self, u: Any) -> Any:
        return 1 / (1 + self.exp(-u))

    def softplus(self, u: Any) -> Any:
        return self.log(1 + self.exp(u))  # exp(u) > 0 keeps it from the pole

    def silu(self, u: Any) -> Any:
        return u / (1 + self.exp(-u))

    def gelu(self, u: Any) -> Any:
        return u * (1 + self.erf(u / math.sqrt(2))) / 2

    def gelu_tanh(self, u: Any) -> Any:
        return u * (1 + self.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))) / 2

    def max(self, a: Any, b: Any) -> Any:
        self.watch(abs(a - b), KINK)
        return a if a >= b else b

    def min(self, a: Any, b: Any) -> Any:
        self.watch(abs(a - b), KINK)
        return a if a <= b else b

    def where(self, u: Any, above: Any, below: Any) -> Any:
        """One of two values, by whether u > 0."""
        self.watch(abs(u), KINK)
        return above if u > 0 else below

    def phi(self, u: Any) -> Any:
        return self.sin(0.7 * u + 0.3) + 0.1 * u * u

    def psi(self, u: Any, v: Any) -> Any:
        return self.sin(0.5 * u + 0.8 * v) + 0.2 * u * v

    def Product(self, values: Iterable[Any]) -> Any:
        return reduce(mul, values, 1)

    def Max(self, values: Iterable[Any]) -> Any:
        return self._extreme(list(values), 1)

    def Min(self, values: Iterable[Any]) -> Any:
        return self._extreme(list(values), -1)

    def _extreme(self, values: list[Any], sign: int) -> Any:
        ordered = sorted(values, key=lambda v: sign * v, reverse=True)
        if len(ordered) > 1:
            self.watch(abs(ordered[0] - ordered[1]), KINK)
        return ordered[0]

    def loss(self, *outputs: Entries) -> Any:
        """The meaning of the unknown loss: it mixes all entries."""
        flat = [output[at] for output in outputs for at in sorted(output)]
        return sum(self.sin(v + 0.4 * n) + 0.3 * v * flat[n - 1] for n, v in enumerate(flat))


IN_ANSWERS: dict[str, Callable[..., float]] = {  # what the walk over answers does not have
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "atan": math.atan,
    "erf": math.erf,
    "silu": lambda u: u / (1 + math.exp(-u)),
    "gelu": lambda u: u * (1 + math.erf(u / math.sqrt(2))) / 2,
    "gelu_tanh": lambda u: u * (1 + math.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))) / 2,
    "leaky_relu": lambda u, slope: u if u > 0 else slope * u,
    "elu": lambda u, scale: u if u > 0 else scale * (math.exp(u) - 1),
    "phi": lambda u: math.sin(0.7 * u + 0.3) + 0.1 * u * u,
    "phi'": lambda u: 0.7 * math.cos(0.7 * u + 0.3) + 0.2 * u,
    "phi''": lambda u: -0.49 * math.sin(0.7 * u + 0.3) + 0.2,
    "psi": lambda u, v: math.sin(0.5 * u + 0.8 * v) + 0.2 * u * v,
    "psi'1": lambda u, v: 0.5 * math.cos(0.5 * u + 0.8 * v) + 0.2 * v,
    "psi'2": lambda u, v: 0.8 * math.cos(0.5 * u + 0.8 * v) + 0.2 * u,
    "psi'11": lambda u, v: -0.25 * math.sin(0.5 * u + 0.8 * v),
    "psi'12": lambda u, v: -0.40 * math.sin(0.5 * u + 0.8 * v) + 0.2,
    "psi'21": lambda u, v: -0.40 * math.sin(0.5 * u + 0.8 * v) + 0.2,
    "psi'22": lambda u, v: -0.64 * math.sin(0.5 * u + 0.8 * v),
}
