"""Matrix formulas read from their LaTeX and evaluated by numpy: the reader of the tests, independent of the writers.

Every value has two axes: a vector is a column, a number a float. How long a vector of ones is follows from what stands
beside it; at the outer side of a product it is one row or column that numpy repeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

TOKEN = re.compile(r"\\operatorname\{\w+\}'?|\\mathbf\{1\}|\\[A-Za-z]+|[0-9.]+|[-+^_(){}/]|\S")
ONES, LYING_ONES = object(), object()
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    r"\exp": np.exp, r"\log": np.log, r"\tanh": np.tanh, r"\sin": np.sin, r"\cos": np.cos, r"\sqrt": np.sqrt,
    r"\sigma": lambda u: 1 / (1 + np.exp(-u)), r"\operatorname{sigmoid}": lambda u: 1 / (1 + np.exp(-u)),
    r"\operatorname{sign}": np.sign, r"\operatorname{ReLU}": lambda u: np.maximum(u, 0),
    r"\operatorname{ReLU}'": lambda u: (u > 0) * 1.0, r"\operatorname{softplus}": lambda u: np.log1p(np.exp(u)),
    r"\operatorname{diag}": lambda v: np.diag(v[:, 0]) if v.shape[1] == 1 else np.diag(v)[:, None],
    r"\operatorname{tr}": np.trace,
}  # fmt: skip
FENCES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "(": (")", lambda u: u),
    r"\lvert": (r"\rvert", np.abs),
    r"\lVert": (r"\rVert", np.linalg.norm),
}


def column(value: Any) -> Any:
    """An array as it stands on paper: a vector is a column, one entry is a number."""
    found = np.asarray(value, dtype=float)
    found = found[:, None] if found.ndim == 1 else found
    return float(found.item()) if found.size == 1 else found


class Paper:
    """One formula. `names`: what stands for a value, as LaTeX."""

    def __init__(self, latex: str, names: Mapping[str, Any]) -> None:
        self.names = {name.replace(" ", ""): column(v) for name, v in names.items()}
        self.tokens = self._split(latex)
        self.at = 0

    def _split(self, latex: str) -> list[str]:
        """Tokens; a name that is known is one, the longest first."""
        known = sorted(self.names, key=len, reverse=True)
        pattern = re.compile("|".join([*(r" *".join(map(re.escape, n)) for n in known), TOKEN.pattern]))
        return [*(found.group().replace(" ", "") for found in pattern.finditer(latex)), "end"]

    @property
    def here(self) -> str:
        return self.tokens[self.at]

    def take(self, *wanted: str) -> str:
        token = self.here
        assert not wanted or token in wanted, (token, wanted, self.tokens)
        self.at += 1
        return token

    def value(self) -> Any:
        found = self.sum()
        self.take("end")
        return found

    def sum(self) -> Any:
        found: Any = 0.0
        sign = 1.0
        if self.here == "-":
            self.take()
            sign = -1.0
        while True:
            found = found + sign * self.entries()
            if self.here not in ("+", "-"):
                return found
            sign = 1.0 if self.take() == "+" else -1.0

    def entries(self) -> Any:
        found = self.product()
        while self.here == r"\odot":
            self.take()
            found = found * self.product()
        return found

    def product(self) -> Any:
        factors = []
        while self.here not in ("+", "-", r"\odot", "}", r"\right", "end"):
            if self.here == r"\cdot":
                self.take()
            factors.append(self.factor())
        assert factors, self.tokens[self.at :]
        return multiplied(factors)

    def factor(self) -> Any:
        base = self.base()
        while self.here in ("^", "_"):
            if self.take() == "_":  # the F of a norm
                self.group(lambda: self.take("F"))
                continue
            base = self.group(lambda base=base: self.raised(base))
        return base

    def raised(self, base: Any) -> Any:
        if self.here == r"\top":
            self.take()
            return LYING_ONES if base is ONES else base if isinstance(base, float) else base.T
        if self.here == r"\odot":
            self.take()
        else:
            assert isinstance(base, float), "a power of a matrix"
        sign = -1.0 if self.here == "-" and self.take() else 1.0
        exponent = float(self.base())
        if self.here == "/":
            self.take()
            exponent /= float(self.base())
        return base ** (sign * exponent)

    def group(self, inner: Callable[[], Any]) -> Any:
        self.take("{")
        found = inner()
        self.take("}")
        return found

    def base(self) -> Any:
        token = self.take()
        if token in self.names:
            return self.names[token]
        if token == r"\mathbf{1}":
            return ONES
        if token == "{":
            self.at -= 1
            return self.group(self.sum)
        if token == r"\frac":
            top, bottom = self.group(self.sum), self.group(self.sum)
            assert isinstance(bottom, float), "a matrix below a line"
            return top / bottom
        if token == r"\sqrt":
            return np.sqrt(self.group(self.sum))
        if token in FUNCTIONS:
            return column(FUNCTIONS[token](self.base()))
        if token == r"\left":
            closing, function = FENCES[self.take()]
            found = self.sum()
            self.take(r"\right")
            self.take(closing)
            return column(function(found))
        return float(token)


def multiplied(factors: list[Any]) -> Any:
    """A product of matrices with numbers before and between them."""
    number, rest = 1.0, []
    for f in factors:
        if isinstance(f, float):
            number *= f
        else:
            rest.append(f)
    rest = rest[1:] if rest and rest[0] is ONES else rest
    rest = rest[:-1] if rest and rest[-1] is LYING_ONES else rest
    for n, f in enumerate(rest):
        if f is LYING_ONES:
            rest[n] = np.ones((1, rest[n + 1].shape[0]))
        elif f is ONES:
            rest[n] = np.ones((rest[n - 1].shape[1], 1))
    if not rest:
        return number
    found = rest[0]
    for f in rest[1:]:
        found = found @ f
    return column(number * found)
