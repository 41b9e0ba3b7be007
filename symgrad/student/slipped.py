"""What went wrong in a vector or a matrix of numbers: it is transposed, or one entry is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgrad.student.exact import Array
from symgrad.student.mistakes import BY_ID
from symgrad.student.verdict import Diagnosis


def slipped(given: Array, expected: Array, axes: Sequence[str]) -> Diagnosis | None:
    """The mistake in numbers that are not the expected ones; None where there is no single one.

    `axes`: the names of the indices, counted from 0.
    """
    given = given.lying(expected)
    if given.shape != expected.shape:
        turned = given.T.shape == expected.shape and np.array_equal(_floats(given.T), _floats(expected))
        row = BY_ID["transposed"]
        return Diagnosis(row.id, row.says, row.hint) if turned else None
    ours, theirs = _floats(expected), _floats(given)
    wrong = np.argwhere(ours != theirs)
    if len(wrong) != 1 or ours.size < 2:
        return None
    (place,) = wrong
    own = [int(n) for n, length in zip(place, ours.shape, strict=True) if length > 1 or len(axes) == ours.ndim]
    at = ", ".join(f"{name} = {n}" for name, n in zip(axes, own, strict=False))
    sign = " (its sign)" if theirs[tuple(place)] == -ours[tuple(place)] else ""
    return Diagnosis("entry", f"one entry is wrong{sign}, at {at}", "One entry is wrong: work each out again.")


def _floats(array: Array) -> np.ndarray:
    return np.array([[float((v.low + v.high) / 2) for v in row] for row in array.cells])
