"""What functions are worth in numbers: the known ones, their kinks, and smooth stand-ins for the unknown ones.

An unknown function or loss becomes a fixed generic nonlinear function of its name, with mixed second derivatives:
a linear stand-in would be blind to a lost second derivative.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from symgrad.errors import Unsupported, nearest

Number = float | np.ndarray
Function = Callable[..., Number]

NUMERIC: dict[str, Function] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "sigmoid": lambda u: np.exp(-np.logaddexp(0.0, -u)),  # 1/(1 + exp(-u)) without overflow
    "softplus": lambda u: np.logaddexp(0.0, u),  # log(1 + exp(u)) without overflow
    "relu": lambda u: np.maximum(u, 0.0),
    "step": lambda u: np.heaviside(u, 0.0),  # [u > 0], so ReLU'(0) = 0
    "abs": np.abs,
    "sign": np.sign,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "atan": np.arctan,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "silu": lambda u: u * np.exp(-np.logaddexp(0.0, -u)),
    "gelu": lambda u: u * np.vectorize(math.erfc, otypes=[float])(-u / math.sqrt(2)) / 2,
    "gelu_tanh": lambda u: u / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3))),
    "leaky_relu": lambda u, a: np.where(np.asarray(u) > 0, u, a * u),
    "elu": lambda u, c: np.where(np.asarray(u) > 0, u, c * np.expm1(np.minimum(u, 0.0))),
    "max": np.maximum,
    "min": np.minimum,
    "pow": np.power,
    "same": lambda a, b: np.where(np.isclose(a, b, rtol=1e-9, atol=1e-12), 1.0, 0.0),  # but for rounding
    "pi": lambda: math.pi,
}

Reduce = Callable[[Sequence[int], Sequence[Number], int | None], Number]  # (places, values there, the place asked at)
REDUCED: dict[str, Reduce] = {
    "max": lambda places, values, at: np.maximum.reduce(np.broadcast_arrays(*values)),
    "min": lambda places, values, at: np.minimum.reduce(np.broadcast_arrays(*values)),
    "prod": lambda places, values, at: np.multiply.reduce(np.broadcast_arrays(1.0, *values)),
    "argmax": lambda places, values, at: _is_first(places, values, at),
    "argmin": lambda places, values, at: _is_first(places, [-v for v in values], at),
}


def _is_first(places: Sequence[int], values: Sequence[Number], at: int | None) -> Number:
    """1 where the greatest value is first attained at `at`, else 0."""
    if at not in places:
        return 0.0
    best = np.argmax(np.stack(np.broadcast_arrays(*values)), axis=0)
    return np.where(best == places.index(at), 1.0, 0.0)


def tie_gap(function: str, values: Sequence[Number]) -> float | None:
    """How far the extreme value of a reduction is from the next one; None where there is no kink."""
    if function == "prod":
        return None
    ordered = sorted(map(float, values), reverse=function.endswith("max"))
    return abs(ordered[0] - ordered[1]) if len(ordered) > 1 else None


KINKS: dict[str, Function] = {  # what is 0 at a kink or a jump
    **dict.fromkeys(("relu", "step", "abs", "sign"), lambda u: u),
    "leaky_relu": lambda u, a: u,
    "elu": lambda u, c: u,
    "max": lambda a, b: a - b,
    "min": lambda a, b: a - b,
}
MATRICES: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # of matrices on the last two axes
    "inverse": lambda a: _inverse(a),
    "det": np.linalg.det,
    "logdet": lambda a: np.linalg.slogdet(a)[1],
}


def _inverse(a: np.ndarray) -> np.ndarray:
    """The inverse, infinite where there is none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.inf)


POSITIVE = ("log", "pow")  # heads whose first argument must be positive


def seeded(name: str, *more: int) -> np.random.Generator:
    """Random numbers that depend on a name only, the same on every machine and in every run."""
    return np.random.default_rng([zlib.crc32(name.encode()), *more])


def numeric(head: str, functions: Mapping[str, int]) -> Function:
    """The numeric function of a head; g, g', g'' (g'12: by the first and second argument) of an unknown g are generic.

    >>> float(numeric("relu", {})(-2.0))
    0.0
    """
    if head in NUMERIC:
        return NUMERIC[head]
    name, _, primes = head.partition("'")
    if name not in functions:
        known = [*NUMERIC, *functions]
        raise Unsupported(
            f"no numbers for the function {head}", where=head, expected=", ".join(known), fix=nearest(name, known)
        )
    arity = functions[name]
    if arity == 1 and not primes.strip("'"):
        return generic(name, (head.count("'"),))
    by = [int(digit) for digit in primes if digit.isdigit()]
    if (head != name and not by) or not all(1 <= n <= arity for n in by):
        raise Unsupported(f"{head} does not say by which argument {name} is derived", where=head, expected=f"{name}'1")
    return generic(name, tuple(by.count(n + 1) for n in range(arity)))


def generic(name: str, orders: Sequence[int]) -> Function:
    """A smooth stand-in for an unknown function, derived `orders[n]` times by its n-th argument.

    Law: G(u) = a sin(b.u + c) + (e.u)^2/2 + r.u, so d^k G = a b^k sin(b.u + c + |k| pi/2) + that of the polynomial.
    """
    draw = seeded(name, len(orders))
    b, e, r = (draw.uniform(0.4, 0.9, len(orders)) for _ in range(3))
    a, c = draw.uniform(0.6, 1.2), draw.uniform(0.2, 1.2)
    order = sum(orders)
    wave = a * float(np.prod(b ** np.array(orders)))
    chosen = [n for n, times in enumerate(orders) for _ in range(times)]

    def value(*u: Number) -> Number:
        line = sum(e[n] * x for n, x in enumerate(u))
        polynomial: Number = 0.0
        if order == 0:
            polynomial = line * line / 2 + sum(r[n] * x for n, x in enumerate(u))
        elif order == 1:
            polynomial = e[chosen[0]] * line + r[chosen[0]]
        elif order == 2:
            polynomial = e[chosen[0]] * e[chosen[1]]
        return wave * np.sin(sum(b[n] * x for n, x in enumerate(u)) + c + order * np.pi / 2) + polynomial

    return value


def generic_loss(
    name: str, count: int
) -> tuple[Callable[[Sequence[Number]], Number], Callable[[Sequence[Number]], list[Number]]]:
    """A stand-in for an unknown loss of `count` numbers: its value and its exact gradient.

    Law: f(v) = sin(p.w + c) + (q.w)^2/2 + r.w with w = asinh(v), so that it stays gentle where v is large;
    its gradient is (p cos(p.w + c) + q (q.w) + r) / sqrt(1 + v^2).
    """
    draw = seeded(name, count)
    p, q = (draw.uniform(0.4, 1.2, count) * draw.choice([-1, 1], count) / max(count, 1) ** 0.5 for _ in range(2))
    r, c = draw.uniform(0.3, 1.3, count) * draw.choice([-1, 1], count), draw.uniform(0.2, 1.2)

    def dot(weights: np.ndarray, v: Sequence[Number]) -> Number:
        return sum((w * x for w, x in zip(weights, v, strict=True)), 0.0)

    def value(v: Sequence[Number]) -> Number:
        w = [np.arcsinh(x) for x in v]
        return np.sin(dot(p, w) + c) + dot(q, w) ** 2 / 2 + dot(r, w)

    def gradient(v: Sequence[Number]) -> list[Number]:
        w = [np.arcsinh(x) for x in v]
        wave, line = np.cos(dot(p, w) + c), dot(q, w)
        return [(p[n] * wave + q[n] * line + r[n]) / np.sqrt(1 + x * x) for n, x in enumerate(v)]

    return value, gradient
