"""The functions the engine knows: one row a head, with what the normal form needs of it.

Other tables (derivatives, numpy, printing) have one row for each key of this one; a test walks over all of them.
"""

from __future__ import annotations

from typing import NamedTuple


class HeadRow(NamedTuple):
    """`sign` at every real argument: positive, nonnegative or real; `parity`: even, odd or neither ("").

    `below`: a number that is greater than every value, None where there is none.
    """

    arity: int
    sign: str
    parity: str = ""
    below: int | None = None


HEADS: dict[str, HeadRow] = {
    "exp": HeadRow(1, "positive"),
    "log": HeadRow(1, "real"),
    "tanh": HeadRow(1, "real", "odd"),
    "sin": HeadRow(1, "real", "odd"),
    "cos": HeadRow(1, "real", "even"),
    "sigmoid": HeadRow(1, "positive", below=1),
    "softplus": HeadRow(1, "positive"),
    "relu": HeadRow(1, "nonnegative"),
    "step": HeadRow(1, "nonnegative"),
    "abs": HeadRow(1, "nonnegative", "even"),
    "sign": HeadRow(1, "real", "odd"),
    "tan": HeadRow(1, "real", "odd"),
    "sinh": HeadRow(1, "real", "odd"),
    "cosh": HeadRow(1, "positive", "even"),
    "atan": HeadRow(1, "real", "odd"),
    "erf": HeadRow(1, "real", "odd"),
    "silu": HeadRow(1, "real"),
    "gelu": HeadRow(1, "real"),  # u Phi(u), Phi the normal distribution
    "gelu_tanh": HeadRow(1, "real"),  # its usual approximation by tanh
    "leaky_relu": HeadRow(2, "real"),  # of u and the slope where u <= 0
    "elu": HeadRow(2, "real"),  # of u and the scale c: u, or c (exp(u) - 1) where u <= 0
    "max": HeadRow(2, "real"),
    "min": HeadRow(2, "real"),
    "pow": HeadRow(2, "positive"),  # of a base > 0 and any exponent; rational exponents are powers of the normal form
    "same": HeadRow(2, "nonnegative"),  # [u = v]
    "pi": HeadRow(0, "positive"),
}


class ReductionRow(NamedTuple):
    """A reduction of u(k) over an index k within limits.

    `pointed`: it is asked at one value of the index and tells, as 1 or 0, whether that is the one. `empty`: its value
    over an empty range, None where it has none. `keeps`: its sign is that of u.
    """

    pointed: bool
    empty: int | None
    keeps: bool
    meaning: str


REDUCTIONS: dict[str, ReductionRow] = {
    "max": ReductionRow(False, None, True, "the greatest u(k)"),
    "min": ReductionRow(False, None, True, "the least u(k)"),
    "prod": ReductionRow(False, 1, True, "the product of all u(k)"),
    "argmax": ReductionRow(True, 0, False, "[j is the first k with the greatest u(k)]"),
    "argmin": ReductionRow(True, 0, False, "[j is the first k with the least u(k)]"),
}
