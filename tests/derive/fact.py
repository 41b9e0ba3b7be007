"""What a fact of the tests consists of: a derivative that textbooks state, declared beside its function in numpy.

A fact has the shapes of what is given (letters are sizes), the function and its derivative as numpy expressions in the
names of ENVIRONMENT, and `lines`, which give values to the definitions of the graph. Its declaration returns the
derivation and the textbook form of the answer in the declared names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sympy import Expr

import symgrad as sg

SIZES = ({"n": 4, "m": 5, "p": 3, "q": 4, "k": 3, "b": 6, "d": 3}, dict.fromkeys("nmpqkbd", 1))
ENVIRONMENT: dict[str, Any] = {
    "det": np.linalg.det, "diag": np.diag, "es": np.einsum, "exp": np.exp, "eye": np.eye, "inv": np.linalg.inv,
    "log": np.log, "ones": np.ones, "outer": np.outer, "relu": lambda x: np.maximum(x, 0), "rng": range,
    "sign": np.sign, "sqrt": np.sqrt, "stack": np.stack, "sum": sum, "tanh": np.tanh, "tr": np.trace, "where": np.where,
    "gt0": lambda x: (x > 0) * 1.0,
    "logdet": lambda a: np.linalg.slogdet(a)[1],
    "lse": lambda h: np.log(np.exp(h).sum()),
    "nrm": lambda x: np.sqrt((x * x).sum()),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda h: np.exp(h) / np.exp(h).sum(),
    "rows": lambda h: np.exp(h) / np.exp(h).sum(-1, keepdims=True),
    "sq": np.square, "tril": np.tril,
}  # fmt: skip
# What random values are made into: positive, symmetric and positive definite, rows that add up to 1, bits.
KINDS: dict[str, Any] = {
    "pos": lambda a: np.abs(a) + 0.5,
    "spd": lambda a: a @ a.T + np.eye(len(a)),
    "one": lambda a: (np.abs(a) + 0.5) / (np.abs(a) + 0.5).sum(-1, keepdims=True),
    "bit": lambda a: (a > 0) * 1.0,
}


@dataclass
class Fact:
    id: str
    shapes: str
    f: str
    result: str
    declare: Callable[[sg.Graph], tuple[sg.Derivation, Expr]]
    by: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    assume: str = ""
    order: int = 1
    sizes: tuple[Mapping[str, int], ...] = SIZES

    @cached_property
    def derived(self) -> tuple[sg.Derivation, Expr]:
        return self.declare(sg.Graph(self.id))

    def given(self, sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
        """Random values of what is given; `assume` says which of them are of which kind."""
        draw, found = np.random.default_rng(seed), {}
        kind, _, names = self.assume.partition(":")
        for name, shape in (part.split(":") for part in self.shapes.split()):
            value = draw.normal(size=[sizes[s] for s in shape.split(",") if s])
            if name in names.split(","):
                value = KINDS[kind](value)
            found[name] = value
        return found

    def run(self, expression: str, sizes: Mapping[str, int], given: Mapping[str, Any]) -> Any:
        return eval(expression, {**ENVIRONMENT, **sizes, **given})

    def values(self, sizes: Mapping[str, int], given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given, and the definitions in order."""
        found = dict(given)
        for name, line in self.lines.items():
            found[name] = self.run(line, sizes, found)
        return found


class Facts(list[Fact]):
    """Facts in the order of their declarations; `fact` is the decorator that adds one."""

    def fact(self, shapes: str, f: str, result: str, **options: Any) -> Callable[[Any], Any]:
        def register(declare: Any) -> Any:
            self.append(Fact(declare.__name__, shapes, f, result, declare, **options))
            return declare

        return register
