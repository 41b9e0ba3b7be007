"""Deriving beside tensorgrad and pytensor, in one process. By hand, where these two are installed:

pip install tensorgrad pytensor networkx, then `python -m benchmarks.others`. pytensor differentiates only, it folds
nothing; tensorgrad simplifies what it can. Ours gives the closed forms with their steps, without certificates.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from collections.abc import Callable

import pytensor
import pytensor.tensor as pt
import tensorgrad.functions as F
from sympy import symbols
from tensorgrad import Variable

from benchmarks.derive import batch_norm, medians, mlp, row

LAYERS = (4, 16, 64, 256)
sys.setrecursionlimit(20_000)  # pytensor's gradient is recursive: it fails at 256 layers without


def tensorgrad_batch_norm() -> Callable[[], object]:
    """The standardised input, without epsilon: six terms."""
    m = symbols("m")

    def work() -> object:
        x, u = Variable("x", i=m), Variable("u", i=m)
        c = x - F.mean(x, dim="i", keepdims=True)
        xhat = c / F.sqrt(F.mean(c * c, dim="i", keepdims=True))
        return F.sum(u * xhat, dim="i").grad(x).full_simplify()

    return work


def pytensor_mlp(depth: int) -> Callable[[], object]:
    h = pt.vector("x")
    weights = []
    for n in range(depth):
        weights += [pt.matrix(f"W{n}"), pt.vector(f"b{n}")]
        h = pt.tanh(weights[-2] @ h + weights[-1])
    loss = pt.dot(h, pt.vector("u"))
    return lambda: pytensor.grad(loss, weights)


def main() -> None:
    ours, theirs = medians([batch_norm(), tensorgrad_batch_norm()], 9)
    row("batch normalisation df/dx, closed form and steps", ours)
    row("  tensorgrad, simplified to six terms", theirs, than="ours", ratio=theirs / ours)
    for depth in LAYERS:
        first, every, theirs = medians([mlp(depth), mlp(depth, every=True), pytensor_mlp(depth)], 5)
        for what, ours in (("the first W", first), ("all W and b", every)):
            name = f"{depth} layers of tanh(W h + b), by {what}, a layer"
            row(name, ours / depth, "ms", "pytensor, all gradients", ours / theirs)


if __name__ == "__main__":
    main()
