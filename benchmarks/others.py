"""Deriving beside SymPy, tensorgrad and pytensor, in one process. By hand: `python -m benchmarks.others`.

SymPy comes with symgrad. `pip install pytensor torch networkx opt_einsum sparse`, then `pip install --no-deps
tensorgrad`, brings the others; one that is not installed is left out, and the reason printed. Ours gives closed forms
with their steps, without certificates and prose; SymPy differentiates explicit scalars and leaves every entry a sum
over all paths; tensorgrad simplifies what it can; pytensor differentiates only, it folds nothing.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from collections.abc import Callable
from importlib import import_module
from math import log
from types import ModuleType

import sympy
from sympy.core.cache import clear_cache

from benchmarks.derive import batch_norm, medians, mlp, row

LAYERS = (2, 4, 8, 16, 32, 64, 128, 256)
MOST = {"SymPy, 2 x 2 scalars": 8, "tensorgrad, simplified": 4}  # layers: beyond, one run takes minutes
TIMES = {"SymPy, 2 x 2 scalars": {2: 9, 4: 5, 8: 1}, "tensorgrad, simplified": {2: 5, 4: 3}}
sys.setrecursionlimit(20_000)  # pytensor's gradient is recursive: it fails at 256 layers without
Work = Callable[[], object]


def found(name: str) -> ModuleType | None:
    """A package, or None where it cannot be imported; then why is printed."""
    try:
        return import_module(name)
    except ImportError as reason:
        print(f"{name} is left out: {reason}")
        return None


def scalars(depth: int) -> Work:
    """A network of width 2 by explicit scalars: SymPy's diff by every weight."""
    h = list(sympy.symbols("x:2"))
    weights: list[sympy.Symbol] = []
    for n in range(depth):
        w, b = sympy.symbols(f"W{n}_:4"), sympy.symbols(f"b{n}_:2")
        weights += [*w, *b]
        h = [sympy.tanh(w[2 * i] * h[0] + w[2 * i + 1] * h[1] + b[i]) for i in range(2)]
    loss = sum(u * v for u, v in zip(sympy.symbols("u:2"), h, strict=True))

    def work() -> object:
        clear_cache()  # else SymPy only looks its last answer up
        return [sympy.diff(loss, w) for w in weights]

    return work


def tensorgrad_mlp(depth: int) -> Work:
    tensorgrad, functions = import_module("tensorgrad"), import_module("tensorgrad.functions")
    n = sympy.symbols("n")

    def work() -> object:
        h, weights = tensorgrad.Variable("x", d0=n), []
        for k in range(depth):
            w = tensorgrad.Variable(f"W{k}", **{f"d{k}": n, f"d{k + 1}": n})
            weights += [w, tensorgrad.Variable(f"b{k}", **{f"d{k + 1}": n})]
            h = functions.tanh(h @ w + weights[-1])
        loss = h @ tensorgrad.Variable("u", **{f"d{depth}": n})
        return [loss.grad(w).full_simplify() for w in weights]

    return work


def tensorgrad_batch_norm() -> Work:
    """The standardised input, without epsilon: six terms."""
    tensorgrad, functions = import_module("tensorgrad"), import_module("tensorgrad.functions")
    m = sympy.symbols("m")

    def work() -> object:
        x, u = tensorgrad.Variable("x", i=m), tensorgrad.Variable("u", i=m)
        c = x - functions.mean(x, dim="i", keepdims=True)
        xhat = c / functions.sqrt(functions.mean(c * c, dim="i", keepdims=True))
        return functions.sum(u * xhat, dim="i").grad(x).full_simplify()

    return work


def pytensor_mlp(depth: int) -> Work:
    pytensor, pt = import_module("pytensor"), import_module("pytensor.tensor")
    h = pt.vector("x")
    weights = []
    for n in range(depth):
        weights += [pt.matrix(f"W{n}"), pt.vector(f"b{n}")]
        h = pt.tanh(weights[-2] @ h + weights[-1])
    loss = pt.dot(h, pt.vector("u"))
    return lambda: pytensor.grad(loss, weights)


def layers(others: dict[str, Callable[[int], Work]]) -> None:
    """All weight gradients of L layers of tanh(W h + b), and ours by the first W alone."""
    assert mlp(2, every=True, check=True)()  # every line of ours is certified
    seen: dict[str, dict[int, float]] = {}
    for depth in LAYERS:
        works = {"symgrad, all W and b": mlp(depth, every=True), "symgrad, the first W": mlp(depth)}
        works |= {name: other(depth) for name, other in others.items() if name not in MOST}
        for name, ms in zip(works, medians(list(works.values()), 7), strict=True):
            seen.setdefault(name, {})[depth] = ms
        for name, other in others.items():
            if depth <= MOST.get(name, 0):
                (seen.setdefault(name, {})[depth],) = medians([other(depth)], TIMES[name][depth])
    print("all gradients of L layers of tanh(W h + b), ms of processor time")
    print(f"{'L =':26s}" + "".join(f"{depth:9d}" for depth in LAYERS))
    for name in sorted(seen):
        print(f"{name:26s}" + "".join(f"{seen[name][n]:9.1f}" if n in seen[name] else f"{'-':>9s}" for n in LAYERS))
    theirs = seen.get("pytensor, differentiated")
    for name in (n for n in sorted(seen) if n.startswith("symgrad") and theirs):
        ratios = "".join(f"{seen[name][n] / theirs[n]:9.2f}" for n in LAYERS if theirs)
        print(f"{name.replace('symgrad', 'ratio'):26s}" + ratios + "  x pytensor")
    for name, ms in sorted((n, v) for n, v in seen.items() if 256 in v):
        slope, last = log(ms[256] / ms[16], 16), (ms[256] - ms[64]) / 192
        print(f"{name:26s} slope 16 to 256: {slope:5.2f}, one layer more at 64 to 256: {last:5.2f} ms")


def main() -> None:
    others: dict[str, Callable[[int], Work]] = {"SymPy, 2 x 2 scalars": scalars}
    if found("pytensor"):
        others["pytensor, differentiated"] = pytensor_mlp
    has_tensorgrad = found("tensorgrad") is not None
    if has_tensorgrad:
        others["tensorgrad, simplified"] = tensorgrad_mlp
    layers(others)
    ours, *theirs = medians([batch_norm(), *([tensorgrad_batch_norm()] if has_tensorgrad else [])], 9)
    row("batch normalisation df/dx, closed form and steps", ours)
    for value in theirs:
        row("  tensorgrad, simplified to six terms", value, than="ours", ratio=value / ours)


if __name__ == "__main__":
    main()
