"""How long deriving takes, as ratios within one run. By hand: `python benchmarks/derive.py`.

Each pair is timed in one process, interleaved, one thread, the median of many; the answers are checked before.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from math import log

import sympy
from sympy.core.cache import clear_cache

import symgrad as sg
from symgrad import exercises

NAMES = ("batch_normalization", "softmax_cross_entropy", "sigmoid_convolution")


def clock(work: Callable[[], object], timer: Callable[[], float] = time.process_time) -> float:
    """Milliseconds of one run, of the processor's time: other runs on the machine do not count."""
    start = timer()
    work()
    return 1e3 * (timer() - start)


def medians(
    works: Sequence[Callable[[], object]], times: int, timer: Callable[[], float] = time.process_time
) -> list[float]:
    """The median of each work, the works taken in turns.

    What the packages and earlier rows keep is not searched for garbage meanwhile.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    rows = [[clock(work, timer) for work in works] for _ in range(times)]
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def row(what: str, value: float, unit: str = "ms", than: str = "", ratio: float | None = None) -> None:
    print(f"{what:58s} {value:10.1f} {unit:3s}" + (f" {ratio:9.2f} x {than}" if ratio is not None else ""))


def batch_norm(size=None):
    """Batch normalisation, freshly declared; `size` a number makes it concrete."""
    g = sg.Graph("batch normalisation")
    m = g.size("m") if size is None else size
    i = g.index("i", m, start=1)
    x = g.input("x", i)
    gamma, beta = g.parameters("gamma beta")
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[i], i) / m)
    sigma2 = g.define("sigma2", sg.Sum((x[i] - mu) ** 2, i) / m)
    xhat = g.define("xhat", (x[i] - mu) / sympy.sqrt(sigma2 + eps), over=i)
    f = g.loss("f", of=g.define("y", gamma * xhat[i] + beta, over=i))
    return lambda: g.derive(f, wrt=x[i], check=False)


def explicit(size: int) -> Callable[[], object]:
    """The same by SymPy: explicit scalars, diff of all entries, the upstream gradient put in."""
    x, u = sympy.symbols(f"x:{size}"), sympy.symbols(f"u:{size}")
    gamma, beta, eps = sympy.symbols("gamma beta epsilon", positive=True)

    def work() -> object:
        clear_cache()  # else SymPy only looks its last answer up
        mu = sum(x) / size
        sigma2 = sum((v - mu) ** 2 for v in x) / size
        loss = sum(d * (gamma * (v - mu) / sympy.sqrt(sigma2 + eps) + beta) for d, v in zip(u, x, strict=True))
        return [sympy.diff(loss, v) for v in x]

    return work


def deriving() -> None:
    symbolic = batch_norm()
    assert "m*df/dy[i]" in symbolic().text
    ours, *theirs = medians([symbolic, explicit(4), explicit(8)], 9)
    row("batch normalisation df/dx, closed form and steps", ours)
    for size, value in zip((4, 8), theirs, strict=True):
        row(f"  SymPy diff of explicit scalars, m = {size}", value, than="ours", ratio=value / ours)
    row("attention df/dQ, closed form and steps", medians([attention()], 9)[0])
    checked = medians([lambda: batch_norm()().certificate], 9)[0]
    row("batch normalisation with its certificates", checked, than="without", ratio=checked / ours)


def sizes() -> None:
    works = [batch_norm(), batch_norm(10), batch_norm(10**6)]
    texts = [work().text.replace("1000000", "m").replace("10", "m") for work in works]
    found = medians(works, 9)
    for name, value, text in zip(("m symbolic", "m = 10", "m = 1000000"), found, texts, strict=True):
        same = "same text" if text == texts[0] else "other text"
        row(f"df/dx, {name} ({same})", value, than="symbolic", ratio=value / found[0])


def chain(depth: int, fan: int = 1) -> Callable[[], object]:
    """`depth` layers of an unknown function, each fed by `fan` layers before it; the gradient by the first input."""
    g = sg.Graph("chain")
    n = g.size("n")
    i, j = g.indices("i j", n)
    act = g.function("g")
    before = [g.input("x", i)]
    for layer in range(depth):
        w = g.parameter(f"W{layer}", i, j)
        total = sum(sg.Sum(w[i, j] * one[j], j) for one in before[-fan:])
        before.append(g.define(f"a{layer}", act(total), over=i))
    f = g.loss("f", of=before[-1])
    first = before[0]
    return lambda: g.derive(f, wrt=first[i], check=False)


def branches(number: int) -> Callable[[], object]:
    """One value used `number` times, by a layer tanh(W h) each; the gradient by what it is made from."""
    g = sg.Graph("branches")
    i, j = g.indices("i j", g.size("n"))
    x = g.input("x", i)
    h = g.define("h", sympy.tanh(x[i]), over=i)
    ends = []
    for n in range(number):
        w = g.parameter(f"W{n}", i, j)
        a = g.define(f"a{n}", sg.Sum(w[i, j] * h[j], j), over=i)
        ends.append(g.define(f"h{n}", sympy.tanh(a[i]), over=i))
    f = g.loss("f", of=ends)
    return lambda: g.derive(f, wrt=x[i], check=False)


def mlp(depth: int, every: bool = False, check: bool = False) -> Callable[[], object]:
    """`depth` layers of tanh(W h + b), each with two definitions; the gradient by the first weights, or all."""
    g = sg.Graph("layers")
    i, j = g.indices("i j", g.size("n"))
    h = g.input("x", i)
    first = None
    for layer in range(depth):
        w, b = g.parameter(f"W{layer}", i, j), g.parameter(f"b{layer}", i)
        a = g.define(f"a{layer}", sg.Sum(w[i, j] * h[j], j) + b[i], over=i)
        h = g.define(f"h{layer}", sympy.tanh(a[i]), over=i)
        first = first if first is not None else w
    f = g.loss("f", of=h)
    return lambda: g.derive(f, wrt="parameters" if every else first[i, j], check=check)


def attention() -> Callable[[], object]:
    """Scaled dot-product attention, the gradient by the queries."""
    g = sg.Graph("attention")
    n, m, c, v = g.sizes("n m c v")
    i, j, k = g.index("i", n), *g.indices("j k", m)
    a, b = g.index("a", c), g.index("b", v)
    Q, K, V = g.input("Q", i, a), g.input("K", j, a), g.input("V", j, b)
    S = g.define("S", sg.Sum(Q[i, a] * K[j, a], a) / sympy.sqrt(c), over=[i, j])
    P = g.define("P", sympy.exp(S[i, j]) / sg.Sum(sympy.exp(S[i, k]), k), over=[i, j])
    O = g.define("O", sg.Sum(P[i, j] * V[j, b], j), over=[i, b])  # noqa: E741
    f = g.loss("f", of=O)
    return lambda: g.derive(f, wrt=Q[i, a], check=False)


def depth() -> None:
    """Linear in the number of definitions, and in the number of ways from one to the next."""
    layers = (4, 8, 16, 32)
    found = medians([chain(n) for n in layers], 5)
    for n, value in zip(layers, found, strict=True):
        row(f"a chain of {n} layers", value, than=f"{n // 4} times 4 layers", ratio=value / (found[0] * n / 4))
    uses = (2, 4, 8, 16, 32)
    found = medians([branches(n) for n in uses], 5)
    for n, value in zip(uses, found, strict=True):
        row(f"one value used by {n} layers", value, than=f"{n // 2} times 2 layers", ratio=value / (found[0] * n / 2))
    fans = (1, 2, 4)
    found = medians([chain(16, fan) for fan in fans], 3)
    for fan, value in zip(fans, found, strict=True):
        row(f"16 layers, each used by {fan}", value, than=f"{fan} times used by 1", ratio=value / (found[0] * fan))


def scale() -> None:
    """A repeated layer shape is derived once: time, certificates and text against depth."""
    layers = (16, 64, 256)
    for what, every in (("by the first W", False), ("by all W and b", True)):
        found = medians([mlp(n, every) for n in layers], 5)
        for n, value in zip(layers, found, strict=True):
            name = f"{n} layers of tanh(W h + b), {what}, a layer"
            row(name, value / n, than="16 layers", ratio=value / found[0] * 16 / n)
        print(f"  slope of time against depth, 16 to 256 layers {log(found[-1] / found[0], 16):21.2f}")
        print(f"  slope, 64 to 256 layers {log(found[-1] / found[1], 4):43.2f}")
    for n in layers:
        one, every_one = medians([mlp(n, False, True), mlp(n, True, True)], 1)
        row(f"{n} layers derived and certified, by the first W, a layer", one / n)
        row(f"{n} layers derived and certified, by all W and b, a layer", every_one / n)
    texts = [len(mlp(n)().text) for n in layers]
    print(f"  letters of the answer by the first W at 16, 64 and 256 layers: {texts}")


def keys() -> None:
    def work() -> None:
        for name in NAMES:
            exercise = exercises.load(name)
            for q in exercise.questions:
                for inline in [(), *q.routes.values()]:
                    exercise.graph.derive(q.of, wrt=q.wrt, keep=q.keep, inline=inline)

    row("the three exercises, derived and certified", medians([work], 5)[0])
    row("the three keys, read back too", medians([lambda: [exercises.load(n).key() for n in NAMES]], 5)[0])


def starting() -> None:
    def run(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    works = [
        run("-c", ""),
        run("-m", "symgrad", "--help"),
        run("-c", "import sympy, numpy"),
        run("-c", "import symgrad.api"),
    ]
    bare, help_, others, ours = medians(works, 15, time.perf_counter)  # of other processes
    row("bare Python", bare)
    row("symgrad --help", help_, than="bare Python", ratio=help_ / bare)
    row("import sympy, numpy", others)
    row("import symgrad.api", ours, than="sympy and numpy", ratio=ours / others)


if __name__ == "__main__":
    for part in (deriving, sizes, depth, scale, keys, starting):
        part()
