"""Convolutions and counts in plain loops, the other way to every number; what a question says in plain text."""

from __future__ import annotations

import numpy as np

from symgrad.explain.blocks import Lines, Prose, Table
from symgrad.render.plain import plain


def starts(size: int, kernel: int, stride: int = 1, pad: int = 0) -> list[int]:
    """The places in a padded image at which a kernel may start, tried one by one."""
    places = set(range(-pad, size + pad))
    return [a for a in range(-pad, size + pad, stride) if {a + k for k in range(kernel)} <= places]


def correlate(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """z[i, j] = sum of kernel[k, m] image[i + k, j + m], stride 1, valid pixels only."""
    rows, columns = (starts(n, k) for n, k in zip(image.shape, kernel.shape, strict=True))
    z = np.zeros((len(rows), len(columns)), dtype=int)
    for i, j in np.ndindex(*z.shape):
        z[i, j] = sum(kernel[k, m] * image[i + k, j + m] for k, m in np.ndindex(*kernel.shape))
    return z


def entries(*shapes: tuple[int, ...]) -> int:
    """How many numbers arrays of these shapes hold."""
    return sum(np.empty(shape, dtype=np.int8).size for shape in shapes)


def lines(question) -> list[str]:
    """Every line of a worked question."""
    return [plain(x.right) for b in question.blocks if isinstance(b, Lines) for x in b.lines]


def boxed(question) -> list[str]:
    """The answers in boxes."""
    return [plain(x.right) for b in question.blocks if isinstance(b, Lines) for x in b.lines if x.boxed]


def words(question, kind: str) -> list[str]:
    """The paragraphs of one kind."""
    return [_said(b.run) for b in question.blocks if isinstance(b, Prose) and b.kind == kind]


def cells(question) -> list[list[str]]:
    """The rows of all tables."""
    return [[_said(cell) for cell in row] for b in question.blocks if isinstance(b, Table) for row in b.rows]


def _said(run) -> str:
    return "".join(x if isinstance(x, str) else plain(x.tree) for x in run)


def worked(exercise) -> dict:
    return {q.id: q for q in exercise.key().questions}
