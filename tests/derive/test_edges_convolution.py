"""One-dimensional convolutions and their kin at the edges of their sizes."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import And, KroneckerDelta, Piecewise

import symgrad as sg
from tests.derive.edge import Edge, agree_at, drawn, rows


def sizes(names: str, *values: tuple[int, ...]) -> list[dict[str, int]]:
    return [dict(zip(names.split(), row, strict=True)) for row in values]


def within(body, at, length):
    """Zero padding: an entry outside of the image is 0."""
    return Piecewise((body, And(at >= 0, at <= length - 1)), (0, True))


def sweep(x, w, count, s=1, d=1, pad=0):
    """The loops of a convolution; what is outside of the image is left out."""
    z = np.zeros(count)
    for i in range(count):
        for k in range(len(w)):
            if 0 <= s * i + d * k - pad < len(x):
                z[i] += w[k] * x[s * i + d * k - pad]
    return z


def three(name, graph, table, given, lines, output, **wrt):
    """The gradients of an unknown loss of one output by several names."""
    loss = graph.loss("J", of=output)
    return [Edge(f"{name} d{n}", loss, by, graph, table, given, lines, {"J": output.name}) for n, by in wrt.items()]


PLAIN = [
    (1, 1, 1, 1), (3, 3, 2, 1), (5, 1, 2, 3), (4, 2, 3, 3), (7, 3, 1, 3), (7, 2, 2, 4), (7, 3, 3, 1),
]  # fmt: skip  # H, K, s, d: all 1, kernel = image, kernel = 1, stride > kernel, the last entries never read


def plain(stride=None, dilation=None):
    """Valid convolution; stride and dilation are numbers, or sizes where none is given."""
    g = sg.Graph("valid convolution")
    H, K = g.sizes("H K")
    s = stride or g.size("s")
    d = dilation or g.size("d")
    g.require(d * (K - 1) + 1 <= H)
    p, k, i = g.index("p", H), g.index("k", K), g.index("i", (H - d * (K - 1) - 1) // s + 1)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[s * i + d * k], k), over=i)

    def forward(v):
        own = v.get("s", stride), v.get("d", dilation)
        return sweep(v["x"], v["w"], (v["H"] - own[1] * (v["K"] - 1) - 1) // own[0] + 1, *own)

    table = []
    for h, kk, a, b in PLAIN:
        own = {"H": h, "K": kk} | ({} if stride else {"s": a}) | ({} if dilation else {"d": b})
        if h >= (dilation or b) * (kk - 1) + 1 and own not in table:
            table.append(own)
    return three(f"s={s} d={d}", g, table, drawn("x H", "w K"), {"z": forward}, z, x=x[p], w=w[k])


def padded(pad, stride, dilation):
    """Zero padding on both sides, the image and the kernel of any sizes: the kernel may reach past the border."""
    g = sg.Graph("padded convolution")
    H, K, N = g.sizes("H K N")
    P = {"K-1": K - 1, "P": None}.get(pad, pad)
    P = g.size("P") if P is None else P
    s = stride or g.size("s")
    d = dilation or g.size("d")
    p, k, i = g.index("p", H), g.index("k", K), g.index("i", N)
    x, w = g.input("x", p), g.parameter("w", k)
    at = s * i + d * k - P
    z = g.define("z", sg.Sum(within(w[k] * x[at], at, H), k), over=i)

    def forward(v):
        own = {"K-1": v["K"] - 1, "P": v.get("P")}.get(pad, pad)
        return sweep(v["x"], v["w"], v["N"], v.get("s", stride), v.get("d", dilation), own)

    table = sizes("H K N", (1, 1, 1), (3, 3, 3), (2, 4, 2), (4, 2, 6), (1, 3, 4), (5, 1, 2))
    more = [
        ("s", stride, (1, 3, 2, 2, 1, 3)),
        ("d", dilation, (1, 2, 3, 2, 3, 4)),
        ("P", pad != "P", (1, 2, 1, 3, 2, 1)),
    ]
    for name, fixed, values in more:
        if not fixed:
            table = [row | {name: v} for row, v in zip(table, values, strict=True)]
    return three(f"pad={P} s={s} d={d}", g, table, drawn("x H", "w K"), {"z": forward}, z, x=x[p], w=w[k])


def transposed(stride):
    """y_q = S_{j,k: s j + k = q} x_j w_k."""
    g = sg.Graph("transposed convolution")
    N, K = g.sizes("N K")
    s = stride or g.size("s")
    j, k, q = g.index("j", N), g.index("k", K), g.index("q", s * (N - 1) + K)
    x, w = g.input("x", j), g.parameter("w", k)
    y = g.define("y", sg.Sum(x[j] * w[k] * KroneckerDelta(s * j + k, q), j, k), over=q)

    def forward(v):
        own = v.get("s", stride)
        found = np.zeros(own * (v["N"] - 1) + v["K"])
        for a in range(v["N"]):
            for b in range(v["K"]):
                found[own * a + b] += v["x"][a] * v["w"][b]
        return found

    table = sizes("N K", (1, 1), (3, 1), (1, 3), (3, 2), (2, 4))
    if not stride:
        table = [row | {"s": v} for row, v in zip(table, (1, 3, 2, 2, 3), strict=True)]
    return three(f"transposed s={s}", g, table, drawn("x N", "w K"), {"y": forward}, y, x=x[j], w=w[k])


def pooled(overlap):
    """Average pooling: windows side by side, or of a stride of their own."""
    g = sg.Graph("average pooling")
    N, K = g.sizes("N K")
    s = g.size("s") if overlap else K
    i, k, p = g.index("i", N), g.index("k", K), g.index("p", s * (N - 1) + K)
    x = g.input("x", p)
    y = g.define("y", sg.Sum(x[s * i + k], k) / K, over=i)
    table = sizes("N K", (1, 1), (3, 1), (1, 3), (3, 2), (2, 4))
    if overlap:
        table = [row | {"s": v} for row, v in zip(table, (1, 3, 2, 1, 3), strict=True)]
    forward = {"y": lambda v: sweep(v["x"], np.ones(v["K"]) / v["K"], v["N"], v.get("s", v["K"]))}
    given = drawn(f"x {'s' if overlap else 'K'}*(N-1)+K")
    return three(f"pool s={s}", g, table, given, forward, y, x=x[p])


EDGES = [
    *plain(1, 1), *plain(3, 1), *plain(1, 3), *plain(2, 3), *plain(2, 4), *plain(None, 1), *plain(1, None),
    *plain(), *padded(1, 1, 1), *padded("K-1", 1, 1), *padded(2, 1, 3), *padded(1, 2, 3), *padded("P", 1, 1),
    *padded("P", None, None), *transposed(1), *transposed(2), *transposed(None), *pooled(False),
    *pooled(True),
]  # fmt: skip


@pytest.mark.parametrize(("edge", "at", "by"), rows(EDGES))
def test_agrees_with_differences(edge: Edge, at, by: str):
    agree_at(edge, at, by)


@pytest.mark.fuzz
@pytest.mark.parametrize("edge", [pytest.param(e, id=e.name) for e in EDGES])
def test_is_certified(edge: Edge):
    assert edge.derived.report.proved and edge.derived.certificate.holds
