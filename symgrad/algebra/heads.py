"""The functions the engine knows: one row a head, with what the normal form needs of it.

Other tables (derivatives, numpy, printing) have one row for each key of this one; a test walks over all of them.
"""

from __future__ import annotations

from typing import NamedTuple


class HeadRow(NamedTuple):
    """`sign` at every real argument: positive, nonnegative or real; `parity`: even, odd or neither ("")."""

    arity: int
    sign: str
    parity: str = ""


HEADS: dict[str, HeadRow] = {
    "exp": HeadRow(1, "positive"),
    "log": HeadRow(1, "real"),
    "tanh": HeadRow(1, "real", "odd"),
    "sin": HeadRow(1, "real", "odd"),
    "cos": HeadRow(1, "real", "even"),
    "sigmoid": HeadRow(1, "positive"),
    "softplus": HeadRow(1, "positive"),
    "relu": HeadRow(1, "nonnegative"),
    "step": HeadRow(1, "nonnegative"),
    "abs": HeadRow(1, "nonnegative", "even"),
    "sign": HeadRow(1, "real", "odd"),
}
