"""Images, channels, groups and pooling in one to three dimensions at the edges of their sizes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sympy import And, KroneckerDelta, Piecewise

import symgrad as sg
from tests.derive.edge import Edge, agree_at, drawn, rows


def sizes(names: str, *values: tuple[int, ...]) -> list[dict[str, int]]:
    return [dict(zip(names.split(), row, strict=True)) for row in values]


def each(name, graph, table, given, line, output, **wrt):
    """The gradients of an unknown loss of one output by several names."""
    loss = graph.loss("J", of=output)
    lines = {output.name: line}
    return [Edge(f"{name} d{n}", loss, by, graph, table, given, lines, {"J": output.name}) for n, by in wrt.items()]


def correlate(x, w, shape, strides=1, pad=0):
    """A sum over windows in any number of dimensions; what is outside of the image is left out."""
    z = np.zeros(shape)
    for at in np.ndindex(*shape):
        for k in np.ndindex(*w.shape):
            place = tuple(strides * a + b - pad for a, b in zip(at, k, strict=True))
            if all(0 <= p < n for p, n in zip(place, x.shape, strict=True)):
                z[at] += w[k] * x[place]
    return z


def two(stride, pad):
    """A convolution of an image; with a pad the numbers of outputs are free."""
    g = sg.Graph("image")
    H, W, K, L = g.sizes("H W K L")
    k, l, p, q = g.index("k", K), g.index("l", L), g.index("p", H), g.index("q", W)  # noqa: E741
    if pad:
        N, M = g.sizes("N M")
    else:
        g.require(H >= K, W >= L)
        N, M = (H - K) // stride + 1, (W - L) // stride + 1
    i, j = g.index("i", N), g.index("j", M)
    x, w = g.input("x", p, q), g.parameter("w", k, l)
    row, column = stride * i + k - pad, stride * j + l - pad
    body = w[k, l] * x[row, column]
    if pad:
        body = Piecewise((body, And(row >= 0, row <= H - 1, column >= 0, column <= W - 1)), (0, True))
    z = g.define("z", sg.Sum(body, k, l), over=(i, j))

    def forward(v):
        (h, a), (kk, b) = v["x"].shape, v["w"].shape
        shape = (v["N"], v["M"]) if pad else ((h - kk) // stride + 1, (a - b) // stride + 1)
        return correlate(v["x"], v["w"], shape, stride, pad)

    table = sizes("H W K L", (1, 1, 1, 1), (2, 3, 2, 3), (4, 3, 1, 2))
    if pad:
        table = [row | {"N": n, "M": m} for row, (n, m) in zip(table, ((1, 1), (3, 2), (1, 3)), strict=True)]
        table.append({"H": 1, "W": 2, "K": 3, "L": 1, "N": 2, "M": 1})
    return each(f"2-D s={stride} pad={pad}", g, table, drawn("x H W", "w K L"), forward, z, x=x[p, q], w=w[k, l])


def three():
    g = sg.Graph("volume")
    K, L, M, N = g.sizes("K L M N")
    k, l, m = g.index("k", K), g.index("l", L), g.index("m", M)  # noqa: E741
    i, j, n = g.indices("i j n", N)  # one size for three axes of the output
    p, q, r = g.index("p", N + K - 1), g.index("q", N + L - 1), g.index("r", N + M - 1)
    x, w = g.input("x", p, q, r), g.parameter("w", k, l, m)
    z = g.define("z", sg.Sum(w[k, l, m] * x[i + k, j + l, n + m], k, l, m), over=(i, j, n))
    table = sizes("K L M N", (1, 1, 1, 1), (1, 2, 1, 2))
    given = drawn("x N+K-1 N+L-1 N+M-1", "w K L M")
    forward = lambda v: correlate(v["x"], v["w"], (v["N"],) * 3)  # noqa: E731
    return each("3-D", g, table, given, forward, z, x=x[p, q, r], w=w[k, l, m])


def transposed_two():
    """An image scattered with stride 2: every output has a sum over the pairs that reach it."""
    g = sg.Graph("transposed image")
    N, K = g.sizes("N K")
    i, j = g.indices("i j", N)
    k, l = g.indices("k l", K)  # noqa: E741
    p, q = g.indices("p q", 2 * (N - 1) + K)
    x, w = g.input("x", i, j), g.parameter("w", k, l)
    hits = KroneckerDelta(2 * i + k, p) * KroneckerDelta(2 * j + l, q)
    y = g.define("y", sg.Sum(x[i, j] * w[k, l] * hits, i, j, k, l), over=(p, q))

    def forward(v):
        found = np.zeros((2 * (v["N"] - 1) + v["K"],) * 2)
        for a, b in np.ndindex(*v["x"].shape):
            found[2 * a : 2 * a + v["K"], 2 * b : 2 * b + v["K"]] += v["x"][a, b] * v["w"]
        return found

    table = sizes("N K", (1, 1), (2, 1), (1, 3), (2, 2))
    return each("transposed 2-D", g, table, drawn("x N N", "w K K"), forward, y, x=x[i, j], w=w[k, l])


def grouped(flat):
    """Groups of channels, on an axis of their own or as blocks u C + c of one axis."""
    g = sg.Graph("grouped convolution")
    U, C, M, N, K = g.sizes("U C M N K")
    u, c, m = g.index("u", U), g.index("c", C), g.index("m", M)
    i, k = g.index("i", N), g.index("k", K)
    p, a = g.index("p", N + K - 1), g.index("a", U * C)
    x = g.input("x", a, p) if flat else g.input("x", u, c, p)
    w = g.parameter("w", u, m, c, k)
    entry = x[u * C + c, i + k] if flat else x[u, c, i + k]
    z = g.define("z", sg.Sum(w[u, m, c, k] * entry, c, k), over=(u, m, i))

    def forward(v):
        image = v["x"].reshape(v["U"], v["C"], -1)
        found = np.zeros((v["U"], v["M"], v["N"]))
        for at in product(*(range(v[n]) for n in "UMCNK")):
            group, out, channel, n, kk = at
            found[group, out, n] += v["w"][group, out, channel, kk] * image[group, channel, n + kk]
        return found

    table = sizes("U C M N K", (1, 1, 1, 1, 1), (1, 2, 2, 1, 2), (3, 2, 1, 2, 1))
    given = drawn("x U*C N+K-1" if flat else "x U C N+K-1", "w U M C K")
    by_x = x[a, p] if flat else x[u, c, p]
    return each("flat groups" if flat else "groups", g, table, given, forward, z, x=by_x, w=w[u, m, c, k])


def depthwise():
    g = sg.Graph("depthwise convolution")
    C, N, K = g.sizes("C N K")
    c, i, k, p = g.index("c", C), g.index("i", N), g.index("k", K), g.index("p", N + K - 1)
    x, w, b = g.input("x", c, p), g.parameter("w", c, k), g.parameter("b", c)
    z = g.define("z", sg.Sum(w[c, k] * x[c, i + k], k) + b[c], over=(c, i))

    def forward(v):
        every = zip(v["x"], v["w"], v["b"], strict=True)
        return np.array([correlate(row, w, (v["N"],)) + b for row, w, b in every])

    table = sizes("C N K", (1, 1, 1), (2, 3, 1), (3, 1, 2), (2, 2, 3))
    given = drawn("x C N+K-1", "w C K", "b C")
    return each("depthwise", g, table, given, forward, z, x=x[c, p], w=w[c, k], b=b[c])


def pooled(stride):
    """Average pooling of an image in windows K x L, side by side or one step apart."""
    g = sg.Graph("average pooling")
    N, M, K, L = g.sizes("N M K L")
    s, t = (K, L) if stride == "window" else (1, 1)
    i, j, k, l = g.index("i", N), g.index("j", M), g.index("k", K), g.index("l", L)  # noqa: E741
    p, q = g.index("p", s * (N - 1) + K), g.index("q", t * (M - 1) + L)
    x = g.input("x", p, q)
    y = g.define("y", sg.Sum(x[s * i + k, t * j + l], k, l) / (K * L), over=(i, j))

    def forward(v):
        a, b = (v["K"], v["L"]) if stride == "window" else (1, 1)
        rows_ = [[v["x"][a * n : a * n + v["K"], b * m : b * m + v["L"]] for m in range(v["M"])] for n in range(v["N"])]
        return np.array([[window.mean() for window in row] for row in rows_])

    table = sizes("N M K L", (1, 1, 1, 1), (2, 1, 1, 3), (1, 2, 2, 2))
    given = drawn("x K*(N-1)+K L*(M-1)+L" if stride == "window" else "x N+K-1 M+L-1")
    return each(f"pool 2-D by {stride}", g, table, given, forward, y, x=x[p, q])


EDGES = [
    *two(1, 0), *two(2, 0), *two(1, 1), *two(2, 1), *three(), *transposed_two(), *grouped(False), *grouped(True),
    *depthwise(), *pooled("window"), *pooled("one"),
]  # fmt: skip


@pytest.mark.parametrize(("edge", "at", "by"), rows(EDGES))
def test_agrees_with_differences(edge: Edge, at, by: str):
    agree_at(edge, at, by)


@pytest.mark.fuzz
@pytest.mark.parametrize("edge", [pytest.param(e, id=e.name) for e in EDGES])
def test_is_certified(edge: Edge):
    assert edge.derived.report.proved and edge.derived.certificate.holds
