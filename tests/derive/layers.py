"""Layers that nobody has named in symgrad, written from README: declaration, plain numpy, textbook gradients.

A layer is a graph, its lines in plain numpy (name -> function of all values before it), and cases: what is derived and
the textbook form.
"""

from __future__ import annotations

import numpy as np
from sympy import Function, KroneckerDelta, Max, Min, Piecewise, ceiling, exp, floor, log, sqrt
from sympy import Sum as SympySum

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn
from tests.derive.textbook import gradient

relu, step = Function("relu"), Function("step")


def squared_hinge() -> Layer:
    g = sg.Graph("squared hinge over a linear map")
    n, dim = g.sizes("n d")
    s = g.index("s", n)
    c, e = g.indices("c e", dim)
    X, t = g.input("X", s, c), g.input("t", s)
    w, b = g.parameter("w", c), g.parameter("b")
    a = g.define("a", sg.Sum(X[s, c] * w[c], c) + b, over=s)
    L = g.define("L", sg.Sum(relu(1 - t[s] * a[s]) ** 2, s) / n)
    slope = -2 * t[s] * relu(1 - t[s] * a[s]) * step(1 - t[s] * a[s]) / n
    return Layer(
        "squared hinge",
        g,
        ({"n": 3, "d": 2}, {"n": 1, "d": 1}, {"n": 4, "d": 3}),
        drawn(X="n d", t="n", w="d", b=0.3),
        {
            "a": lambda v: np.array([sum(x * w for x, w in zip(row, v["w"], strict=True)) + v["b"] for row in v["X"]]),
            "L": lambda v: sum(max(0, 1 - t * a) ** 2 for t, a in zip(v["t"], v["a"], strict=True)) / len(v["t"]),
        },
        (
            Case("a", L, a[s], lambda d: slope),
            Case("w", L, w[e], lambda d: sg.Sum(slope * X[s, e], s)),
            Case("b", L, b, lambda d: sg.Sum(slope, s)),
        ),
    )


def conv_mean() -> Layer:
    g = sg.Graph("one-dimensional convolution, then the mean")
    H, K = g.sizes("H K")
    g.require(H >= K)
    p, k, i = g.index("p", H), g.index("k", K), g.index("i", H - K + 1)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[i + k], k), over=i)
    u = g.define("u", sg.Sum(z[i], i) / (H - K + 1))
    return Layer(
        "conv mean",
        g,
        ({"H": 5, "K": 2}, {"H": 1, "K": 1}, {"H": 3, "K": 3}, {"H": 4, "K": 3}),
        drawn(x="H", w="K"),
        {
            "z": lambda v: np.array(
                [sum(w * v["x"][i + k] for k, w in enumerate(v["w"])) for i in range(len(v["x"]) - len(v["w"]) + 1)]
            ),
            "u": lambda v: sum(v["z"]) / len(v["z"]),
        },
        (
            Case("x", u, x[p], lambda d: SympySum(w[k], (k, Max(0, p - H + K), Min(p, K - 1))) / (H - K + 1)),
            Case("w", u, w[k], lambda d: sg.Sum(x[i + k], i) / (H - K + 1)),
            Case("square", u**2, w[k], lambda d: 2 * u * sg.Sum(x[i + k], i) / (H - K + 1)),
        ),
    )


def layer_norm() -> Layer:
    g = sg.Graph("layer norm")
    n, D = g.sizes("n D")
    i = g.index("i", n)
    j, k = g.indices("j k", D)
    x, gamma, beta = g.input("x", i, j), g.parameter("gamma", j), g.parameter("beta", j)
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[i, j], j) / D, over=i)
    s2 = g.define("s2", sg.Sum((x[i, j] - mu[i]) ** 2, j) / D, over=i)
    xhat = g.define("xhat", (x[i, j] - mu[i]) / sqrt(s2[i] + eps), over=(i, j))
    y = g.define("y", gamma[j] * xhat[i, j] + beta[j], over=(i, j))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        inner = D * u[i, j] * gamma[j] - sg.Sum(u[i, k] * gamma[k], k)
        return (inner - xhat[i, j] * sg.Sum(u[i, k] * gamma[k] * xhat[i, k], k)) / (D * sqrt(s2[i] + eps))

    return Layer(
        "layer norm",
        g,
        ({"n": 2, "D": 3}, {"n": 1, "D": 1}, {"n": 3, "D": 2}),
        drawn(x="n D", gamma="D", beta="D", epsilon=0.6),
        {
            "mu": lambda v: np.array([sum(row) / len(row) for row in v["x"]]),
            "s2": lambda v: np.array(
                [sum((c - m) ** 2 for c in row) / len(row) for row, m in zip(v["x"], v["mu"], strict=True)]
            ),
            "xhat": lambda v: (v["x"] - v["mu"][:, None]) / np.sqrt(v["s2"] + v["epsilon"])[:, None],
            "y": lambda v: v["gamma"] * v["xhat"] + v["beta"],
        },
        (
            Case("x", f, x[i, j], by_x),
            Case("gamma", f, gamma[j], lambda d: sg.Sum(gradient(d, "f", "y")[i, j] * xhat[i, j], i)),
            Case("beta", f, beta[j], lambda d: sg.Sum(gradient(d, "f", "y")[i, j], i)),
        ),
        {"f": "y"},
    )


def rms_norm() -> Layer:
    g = sg.Graph("RMS norm")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, gamma, eps = g.input("x", i), g.parameter("gamma", i), g.constant("epsilon", positive=True)
    ms = g.define("ms", sg.Sum(x[i] ** 2, i) / n)
    xhat = g.define("xhat", x[i] / sqrt(ms + eps), over=i)
    y = g.define("y", gamma[i] * xhat[i], over=i)
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        return (n * u[i] * gamma[i] - xhat[i] * sg.Sum(u[j] * y[j], j)) / (n * sqrt(ms + eps))

    return Layer(
        "RMS norm",
        g,
        ({"n": 3}, {"n": 1}, {"n": 5}),
        drawn(x="n", gamma="n", epsilon=0.8),
        {
            "ms": lambda v: sum(c * c for c in v["x"]) / len(v["x"]),
            "xhat": lambda v: v["x"] / np.sqrt(v["ms"] + v["epsilon"]),
            "y": lambda v: v["gamma"] * v["xhat"],
        },
        (
            Case("x", f, x[i], by_x),
            Case("gamma", f, gamma[i], lambda d: gradient(d, "f", "y")[i] * xhat[i]),
            Case("ms", f, ms, lambda d: -sg.Sum(gradient(d, "f", "y")[j] * y[j], j) / (2 * (ms + eps))),
        ),
        {"f": "y"},
    )


def attention() -> Layer:
    g = sg.Graph("attention without a mask")
    n, m, dq, dv = g.sizes("n m d e")
    i, a, b = g.index("i", n), g.index("a", dq), g.index("b", dv)
    j, k = g.indices("j k", m)
    Q, K, V = g.input("Q", i, a), g.input("K", j, a), g.input("V", j, b)
    c = g.constant("c", positive=True)
    S = g.define("S", c * sg.Sum(Q[i, a] * K[j, a], a), over=(i, j))
    P = g.define("P", exp(S[i, j]) / sg.Sum(exp(S[i, k]), k), over=(i, j))
    O = g.define("O", sg.Sum(P[i, j] * V[j, b], j), over=(i, b))  # noqa: E741
    f = g.loss("f", of=O)

    def by_S(d):
        u = gradient(d, "f", "O")
        return P[i, j] * (sg.Sum(u[i, b] * V[j, b], b) - sg.Sum(u[i, b] * O[i, b], b))

    def by_S_kept(d):
        return P[i, j] * (gradient(d, "f", "P")[i, j] - sg.Sum(gradient(d, "f", "P")[i, k] * P[i, k], k))

    return Layer(
        "attention",
        g,
        ({"n": 2, "m": 3, "d": 2, "e": 1}, {"n": 1, "m": 1, "d": 1, "e": 1}, {"n": 1, "m": 2, "d": 3, "e": 2}),
        drawn(Q="n d", K="m d", V="m e", c=0.7),
        {
            "S": lambda v: np.array([[v["c"] * sum(q * k) for k in v["K"]] for q in v["Q"]]),
            "P": lambda v: np.array([[np.exp(s) / sum(np.exp(row)) for s in row] for row in v["S"]]),
            "O": lambda v: np.array([sum(p * vv for p, vv in zip(row, v["V"], strict=True)) for row in v["P"]]),
        },
        (
            Case("P", f, P[i, j], lambda d: sg.Sum(gradient(d, "f", "O")[i, b] * V[j, b], b)),
            Case("V", f, V[j, b], lambda d: sg.Sum(gradient(d, "f", "O")[i, b] * P[i, j], i)),
            Case("S", f, S[i, j], by_S),
            Case("S by dP", f, S[i, j], by_S_kept, (P,)),
            Case("Q", f, Q[i, a], lambda d: c * sg.Sum(by_S(d) * K[j, a], j)),
            Case("Q by dS", f, Q[i, a], lambda d: c * sg.Sum(gradient(d, "f", "S")[i, j] * K[j, a], j), (S,)),
            Case("K", f, K[j, a], lambda d: c * sg.Sum(by_S(d) * Q[i, a], i)),
        ),
        {"f": "O"},
    )


def weight_norm() -> Layer:
    g = sg.Graph("weight norm")
    n = g.size("n")
    i, j = g.indices("i j", n)
    v, gamma = g.parameter("v", i), g.parameter("gamma")
    q = g.define("q", sqrt(sg.Sum(v[i] ** 2, i)))
    w = g.define("w", gamma * v[i] / q, over=i)
    f = g.loss("f", of=w)

    def by_v(d):
        u = gradient(d, "f", "w")
        return gamma / q * (u[i] - v[i] / q**2 * sg.Sum(u[j] * v[j], j))

    return Layer(
        "weight norm",
        g,
        ({"n": 3}, {"n": 1}, {"n": 5}),
        drawn(v="n", gamma=1.2),
        {"q": lambda v: np.sqrt(sum(c * c for c in v["v"])), "w": lambda v: v["gamma"] * v["v"] / v["q"]},
        (
            Case("v", f, v[i], by_v),
            Case("gamma", f, gamma, lambda d: sg.Sum(gradient(d, "f", "w")[j] * v[j], j) / q),
            Case("q", q, v[i], lambda d: v[i] / q),
        ),
        {"f": "w"},
    )


def bilinear() -> Layer:
    g = sg.Graph("bilinear form")
    n, m = g.sizes("n m")
    i, j = g.index("i", n), g.index("j", m)
    x, y, A = g.input("x", i), g.input("y", j), g.parameter("A", i, j)
    L = g.define("L", sg.Sum(x[i] * A[i, j] * y[j], i, j))
    return Layer(
        "bilinear form",
        g,
        ({"n": 2, "m": 3}, {"n": 1, "m": 1}, {"n": 3, "m": 1}),
        drawn(x="n", y="m", A="n m"),
        {"L": lambda v: sum(v["x"][i] * v["A"][i, j] * v["y"][j] for i, j in np.ndindex(*v["A"].shape))},
        (
            Case("x", L, x[i], lambda d: sg.Sum(A[i, j] * y[j], j)),
            Case("y", L, y[j], lambda d: sg.Sum(A[i, j] * x[i], i)),
            Case("A", L, A[i, j], lambda d: x[i] * y[j]),
        ),
    )


def linear_regression() -> Layer:
    g = sg.Graph("linear regression with weight decay")
    n, dim = g.sizes("n d")
    s = g.index("s", n)
    c, e = g.indices("c e", dim)
    X, t, w = g.input("X", s, c), g.input("t", s), g.parameter("w", c)
    lam = g.constant("lam", positive=True)
    r = g.define("r", sg.Sum(X[s, c] * w[c], c) - t[s], over=s)
    L = g.define("L", sg.Sum(r[s] ** 2, s) / (2 * n) + lam * sg.Sum(w[c] ** 2, c) / 2)
    return Layer(
        "linear regression",
        g,
        ({"n": 3, "d": 2}, {"n": 1, "d": 1}, {"n": 2, "d": 3}),
        drawn(X="n d", t="n", w="d", lam=0.4),
        {
            "r": lambda v: np.array([sum(row * v["w"]) - t for row, t in zip(v["X"], v["t"], strict=True)]),
            "L": lambda v: sum(q * q for q in v["r"]) / (2 * len(v["r"])) + v["lam"] * sum(q * q for q in v["w"]) / 2,
        },
        (
            Case("w", L, w[e], lambda d: sg.Sum(X[s, e] * r[s], s) / n + lam * w[e]),
            Case("r", L, r[s], lambda d: r[s] / n),
            Case("t", L, t[s], lambda d: -r[s] / n),
        ),
    )


def causal_sum() -> Layer:
    g = sg.Graph("causal cumulative sum of squares")
    n = g.size("n")
    i, q = g.indices("i q", n)
    x = g.input("x", i)
    y = g.define("y", sg.Sum(Piecewise((x[q] ** 2, q <= i), (0, True)), q), over=i)
    f = g.loss("f", of=y)
    return Layer(
        "causal sum",
        g,
        ({"n": 3}, {"n": 1}, {"n": 5}),
        drawn(x="n"),
        {"y": lambda v: np.array([sum(c * c for c in v["x"][: i + 1]) for i in range(len(v["x"]))])},
        (Case("x", f, x[q], lambda d: 2 * x[q] * SympySum(gradient(d, "f", "y")[i], (i, q, n - 1))),),
        {"f": "y"},
    )


def strided_conv() -> Layer:
    g = sg.Graph("strided convolution")
    N, K, s = g.sizes("N K s")
    i, k, p = g.index("i", N), g.index("k", K), g.index("p", s * (N - 1) + K)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[s * i + k], k), over=i)
    J = g.loss("J", of=z)

    def by_x(d):
        limits = (i, Max(0, ceiling((p - K + 1) / s)), Min(N - 1, floor(p / s)))
        return SympySum(gradient(d, "J", "z")[i] * w[p - s * i], limits)

    return Layer(
        "strided convolution",
        g,
        ({"N": 3, "K": 2, "s": 3}, {"N": 1, "K": 1, "s": 1}, {"N": 2, "K": 4, "s": 2}, {"N": 3, "K": 1, "s": 2}),
        lambda z, r: {"x": r.normal(size=z["s"] * (z["N"] - 1) + z["K"]), "w": r.normal(size=z["K"]), "s": z["s"]},
        {
            "z": lambda v: np.array(
                [
                    sum(w * v["x"][v["s"] * i + k] for k, w in enumerate(v["w"]))
                    for i in range((len(v["x"]) - len(v["w"])) // v["s"] + 1)
                ]
            )
        },
        (
            Case("x", J, x[p], by_x),
            Case("w", J, w[k], lambda d: sg.Sum(gradient(d, "J", "z")[i] * x[s * i + k], i)),
        ),
        {"J": "z"},
    )


def entropy() -> Layer:
    g = sg.Graph("entropy of a softmax")
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    h = g.input("h", i)
    lse = g.define("lse", log(sg.Sum(exp(h[k]), k)))
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    H = g.define("H", -sg.Sum(P[k] * log(P[k]), k))
    one = g.define("one", sg.Sum(P[k], k))
    return Layer(
        "entropy",
        g,
        ({"n": 3}, {"n": 1}, {"n": 4}),
        drawn(h="n"),
        {
            "lse": lambda v: np.log(sum(np.exp(c) for c in v["h"])),
            "P": lambda v: np.array([np.exp(c) / sum(np.exp(v["h"])) for c in v["h"]]),
            "H": lambda v: -sum(p * np.log(p) for p in v["P"]),
            "one": lambda v: sum(v["P"]),
        },
        (
            Case("entropy", H, h[i], lambda d: -P[i] * (H + log(P[i]))),
            Case("P", H, P[i], lambda d: -1 - log(P[i])),
            Case("lse", lse, h[i], lambda d: P[i]),
            Case("one", one, h[i], lambda d: 0 * P[i]),
            Case("softmax", P[j], h[i], lambda d: P[i] * (KroneckerDelta(i, j) - P[j])),
        ),
    )


def cosine() -> Layer:
    g = sg.Graph("cosine similarity")
    n = g.size("n")
    i = g.index("i", n)
    x, y = g.input("x", i), g.input("y", i)
    a, b = g.define("a", sqrt(sg.Sum(x[i] ** 2, i))), g.define("b", sqrt(sg.Sum(y[i] ** 2, i)))
    c = g.define("c", sg.Sum(x[i] * y[i], i) / (a * b))
    return Layer(
        "cosine",
        g,
        ({"n": 3}, {"n": 1}, {"n": 4}),
        drawn(x="n", y="n"),
        {
            "a": lambda v: np.sqrt(sum(v["x"] ** 2)),
            "b": lambda v: np.sqrt(sum(v["y"] ** 2)),
            "c": lambda v: sum(v["x"] * v["y"]) / (v["a"] * v["b"]),
        },
        (
            Case("x", c, x[i], lambda d: y[i] / (a * b) - c * x[i] / a**2),
            Case("y", c, y[i], lambda d: x[i] / (a * b) - c * y[i] / b**2),
        ),
    )


LAYERS = [
    squared_hinge(), conv_mean(), layer_norm(), rms_norm(), attention(), weight_norm(), bilinear(),
    linear_regression(), causal_sum(), strided_conv(), entropy(), cosine(),
]  # fmt: skip
