"""Wanted closed forms: losses of residuals, distances, factorisations. Rows as tests/derive/layer.py describes them.

Linear regression with weight decay is in layers.py; Huber, triplet, contrastive and focal losses, pairwise distances
and label smoothing of vectors in facts.py, facts_layers.py and facts_more.py.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Piecewise, cosh, exp, log, sign, sqrt, tanh

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn, texts, unequal_and_one
from tests.derive.textbook import gradient


def squared_error() -> Layer:
    g = sg.Graph("mean squared error of a linear map")
    b, n, m = g.sizes("b n m")
    s, i, j = g.index("s", b), g.index("i", n), g.index("j", m)
    X, T, W = g.input("X", s, i), g.input("T", s, j), g.parameter("W", i, j)
    y = g.define("y", sg.Sum(X[s, i] * W[i, j], i), over=(s, j))
    L = g.define("L", sg.Sum((y[s, j] - T[s, j]) ** 2, s, j) / (b * m))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3, m=4),
        drawn(X="b n", T="b m", W="n m"),
        texts(y="X@W", L="sq(y-T).sum()/(b*m)"),
        (
            Case("y", L, y[s, j], lambda d: 2 * (y[s, j] - T[s, j]) / (b * m)),
            Case("W", L, W[i, j], lambda d: 2 * sg.Sum(X[s, i] * (y[s, j] - T[s, j]), s) / (b * m)),
        ),
    )


def ridge() -> Layer:
    g = sg.Graph("ridge regression with an intercept")
    b, n = g.sizes("b n")
    s, i, k = g.index("s", b), *g.indices("i k", n)
    X, t, w, c = g.input("X", s, i), g.input("t", s), g.parameter("w", i), g.parameter("c")
    lam = g.constant("lam", positive=True)
    L = g.define("L", sg.Sum((sg.Sum(X[s, i] * w[i], i) + c - t[s]) ** 2, s) + lam * sg.Sum(w[i] ** 2, i))
    miss = sg.Sum(X[s, i] * w[i], i) + c - t[s]
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3),
        drawn(X="b n", t="b", w="n", c=0.3, lam=0.4),
        texts(L="sq(X@w+c-t).sum()+lam*(w*w).sum()"),
        (
            Case("w", L, w[k], lambda d: 2 * sg.Sum(X[s, k] * miss, s) + 2 * lam * w[k]),
            Case("c", L, c, lambda d: 2 * sg.Sum(miss, s)),
        ),
    )


def factorisation() -> Layer:
    g = sg.Graph("matrix factorisation with biases")
    p, q, e = g.sizes("p q e")
    i, j, a = g.index("i", p), g.index("j", q), g.index("a", e)
    T, M = g.input("T", i, j), g.input("M", i, j)
    U, V, b, lam = g.parameter("U", i, a), g.parameter("V", j, a), g.parameter("b", i), g.constant("lam", positive=True)
    R = g.define("R", T[i, j] - sg.Sum(U[i, a] * V[j, a], a) - b[i], over=(i, j))
    L = g.define("L", sg.Sum(M[i, j] * R[i, j] ** 2, i, j) / 2 + lam * sg.Sum(U[i, a] ** 2, i, a) / 2)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(p=2, q=3, e=4),
        drawn(T="p q", M="bit:p q", U="p e", V="q e", b="p", lam=0.4),
        texts(R="T-U@V.T-b[:,None]", L="(M*R*R).sum()/2+lam*(U*U).sum()/2"),
        (
            Case("U", L, U[i, a], lambda d: lam * U[i, a] - sg.Sum(M[i, j] * R[i, j] * V[j, a], j)),
            Case("V", L, V[j, a], lambda d: -sg.Sum(M[i, j] * R[i, j] * U[i, a], i)),
            Case("b", L, b[i], lambda d: -sg.Sum(M[i, j] * R[i, j], j)),
        ),
    )


def distances() -> Layer:
    """Squared distances of two sets, and of one set to itself, under unknown losses."""
    g = sg.Graph("pairwise squared distances")
    n, m, e = g.sizes("n m e")
    i, k, j, a = *g.indices("i k", n), g.index("j", m), g.index("a", e)
    x, z = g.input("x", i, a), g.input("z", j, a)
    D = g.define("D", sg.Sum((x[i, a] - z[j, a]) ** 2, a), over=(i, j))
    E = g.define("E", sg.Sum((x[i, a] - x[k, a]) ** 2, a), over=(i, k))
    f, h = g.loss("f", of=D), g.loss("h", of=E)

    def by_x(d: Any) -> Any:
        return 2 * sg.Sum(gradient(d, "f", "D")[i, j] * (x[i, a] - z[j, a]), j)

    def by_both(d: Any) -> Any:
        u = gradient(d, "h", "E")
        return 2 * sg.Sum((u[i, k] + u[k, i]) * (x[i, a] - x[k, a]), k)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3, e=4),
        drawn(x="n e", z="m e"),
        texts(D="sq(x[:,None]-z[None]).sum(2)", E="sq(x[:,None]-x[None]).sum(2)"),
        (
            Case("x", f, x[i, a], by_x),
            Case("z", f, z[j, a], lambda d: -2 * sg.Sum(gradient(d, "f", "D")[i, j] * (x[i, a] - z[j, a]), i)),
            Case("x to itself", h, x[i, a], by_both),
        ),
        {"f": "D", "h": "E"},
    )


def robust() -> Layer:
    """Losses of a residual with the slope in closed form; the residual is a name."""
    g = sg.Graph("robust losses of residuals")
    i, k = g.indices("i k", g.size("n"))
    y, t, c = g.input("y", i), g.input("t", i), g.constant("c", positive=True)
    r = g.define("r", y[i] - t[i], over=i)
    far = Abs(r[i]) <= c
    H = g.define("H", sg.Sum(Piecewise((r[i] ** 2 / 2, far), (c * (Abs(r[i]) - c / 2), True)), i))
    C = g.define("C", sg.Sum(log(cosh(r[i])), i))
    S = g.define("S", sg.Sum(sqrt(r[i] ** 2 + c**2) - c, i))
    A = g.define("A", sg.Sum(Abs(r[i]), i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=4),
        drawn(y="n", t="n", c=0.7),
        texts(
            r="y-t", H="where(abs(r)<=c,r*r/2,c*(abs(r)-c/2)).sum()", C="log((exp(r)+exp(-r))/2).sum()",
            S="(sqrt(r*r+c*c)-c).sum()", A="abs(r).sum()",
        ),
        (
            Case("Huber", H, y[k], lambda d: Piecewise((r[k], Abs(r[k]) <= c), (c * sign(r[k]), True))),
            Case("log cosh", C, y[k], lambda d: tanh(r[k])),
            Case("pseudo-Huber", S, y[k], lambda d: r[k] / sqrt(r[k] ** 2 + c**2)),
            Case("absolute", A, y[k], lambda d: sign(r[k])),
        ),
    )  # fmt: skip


def focal_two() -> Layer:
    """The focal loss with exponent 2, in p and in the margin."""
    g = sg.Graph("focal loss with exponent 2")
    i, k = g.indices("i k", g.size("n"))
    z = g.input("z", i)
    p = g.define("p", sg.sigmoid(z[i]), over=i)
    L = g.define("L", -sg.Sum((1 - p[i]) ** 2 * log(p[i]), i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(z="n"),
        texts(p="sigmoid(z)", L="-(sq(1-p)*log(p)).sum()"),
        (
            Case("z", L, z[k], lambda d: (1 - p[k]) ** 2 * (2 * p[k] * log(p[k]) + p[k] - 1)),
            Case("p", L, p[k], lambda d: 2 * (1 - p[k]) * log(p[k]) - (1 - p[k]) ** 2 / p[k]),
        ),
    )


def counts_and_margins() -> Layer:
    g = sg.Graph("losses of counts and margins")
    i, k = g.indices("i k", g.size("n"))
    z, y = g.input("z", i), g.input("y", i)
    P = g.define("P", sg.Sum(exp(z[i]) - y[i] * z[i], i))
    E = g.define("E", sg.Sum(exp(-y[i] * z[i]), i))
    H = g.define("H", sg.Sum(sg.relu(1 - y[i] * z[i]), i))
    S = g.define("S", sg.Sum(sg.softplus(-y[i] * z[i]), i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=4),
        drawn(z="n", y="n"),
        texts(
            P="(exp(z)-y*z).sum()", E="exp(-y*z).sum()", H="relu(1-y*z).sum()", S="log(1+exp(-y*z)).sum()",
        ),
        (
            Case("Poisson", P, z[k], lambda d: exp(z[k]) - y[k]),
            Case("exponential", E, z[k], lambda d: -y[k] * exp(-y[k] * z[k])),
            Case("hinge", H, z[k], lambda d: -y[k] * sg.step(1 - y[k] * z[k])),
            Case("logistic", S, z[k], lambda d: -y[k] * sg.sigmoid(-y[k] * z[k])),
        ),
    )  # fmt: skip


def triplet_named() -> Layer:
    """The triplet loss with named differences of named distances."""
    g = sg.Graph("triplet loss with named distances")
    b, n = g.sizes("b n")
    s, i = g.index("s", b), g.index("i", n)
    a, p, q, c = g.input("a", s, i), g.input("p", s, i), g.input("q", s, i), g.constant("c", positive=True)
    D = g.define("D", sg.Sum((a[s, i] - p[s, i]) ** 2, i), over=s)
    E = g.define("E", sg.Sum((a[s, i] - q[s, i]) ** 2, i), over=s)
    L = g.define("L", sg.Sum(sg.relu(D[s] - E[s] + c), s) / b)
    on = sg.step(D[s] - E[s] + c)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3),
        drawn(a="b n", p="b n", q="b n", c=0.7),
        texts(D="sq(a-p).sum(1)", E="sq(a-q).sum(1)", L="relu(D-E+c).sum()/b"),
        (
            Case("a", L, a[s, i], lambda d: 2 * on * (q[s, i] - p[s, i]) / b),
            Case("p", L, p[s, i], lambda d: 2 * on * (p[s, i] - a[s, i]) / b),
            Case("q", L, q[s, i], lambda d: 2 * on * (a[s, i] - q[s, i]) / b),
        ),
    )


def principal_components() -> Layer:
    g = sg.Graph("linear autoencoder with tied weights")
    b, n, e = g.sizes("b n e")
    s, i, k, a = g.index("s", b), *g.indices("i k", n), g.index("a", e)
    X, W = g.input("X", s, i), g.parameter("W", i, a)
    z = g.define("z", sg.Sum(X[s, i] * W[i, a], i), over=(s, a))
    R = g.define("R", X[s, i] - sg.Sum(z[s, a] * W[i, a], a), over=(s, i))
    L = g.define("L", sg.Sum(R[s, i] ** 2, s, i) / 2)

    def by_W(_: Any) -> Any:
        return -sg.Sum(R[s, i] * z[s, a], s) - sg.Sum(X[s, i] * sg.Sum(R[s, k] * W[k, a], k), s)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3, e=4),
        drawn(X="b n", W="n e"),
        texts(z="X@W", R="X-z@W.T", L="(R*R).sum()/2"),
        (Case("W", L, W[i, a], by_W), Case("z", L, z[s, a], lambda d: -sg.Sum(R[s, k] * W[k, a], k))),
    )


LAYERS = [
    squared_error(), ridge(), factorisation(), distances(), robust(), focal_two(), counts_and_margins(),
    triplet_named(), principal_components(),
]  # fmt: skip
