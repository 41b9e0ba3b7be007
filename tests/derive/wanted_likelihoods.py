"""Wanted closed forms: likelihoods of Gaussians, classes and pairs. Rows as tests/derive/layer.py describes them.

The likelihood in a covariance and the logistic losses of one vector are in facts.py.
"""

from __future__ import annotations

from typing import Any

from sympy import exp, log, sqrt, tanh

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn, texts, unequal_and_one
from tests.derive.textbook import gradient


def gaussian_scalar() -> Layer:
    g = sg.Graph("likelihood of a Gaussian in mean and deviation")
    n = g.size("n")
    i = g.index("i", n)
    x, mu = g.input("x", i), g.parameter("mu")
    sigma, r = g.parameter("sigma", sign="positive"), g.parameter("r")
    A = g.define("A", sg.Sum((x[i] - mu) ** 2, i) / (2 * sigma**2) + n * log(sigma))
    B = g.define("B", exp(-2 * r) * sg.Sum((x[i] - mu) ** 2, i) / 2 + n * r)
    C = g.define("C", sg.Sum(log(sigma) + ((x[i] - mu) / sigma) ** 2 / 2, i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(x="n", mu=0.3, sigma=0.8, r=0.4),
        texts(
            A="sq(x-mu).sum()/(2*sigma**2)+n*log(sigma)", B="exp(-2*r)*sq(x-mu).sum()/2+n*r",
            C="(log(sigma)+sq((x-mu)/sigma)/2).sum()",
        ),
        (
            Case("mu", A, mu, lambda d: -sg.Sum(x[i] - mu, i) / sigma**2),
            Case("sigma", A, sigma, lambda d: n / sigma - sg.Sum((x[i] - mu) ** 2, i) / sigma**3),
            Case("log sigma", B, r, lambda d: n - exp(-2 * r) * sg.Sum((x[i] - mu) ** 2, i)),
            Case("mu by log sigma", B, mu, lambda d: -exp(-2 * r) * sg.Sum(x[i] - mu, i)),
            Case("mu under one sum", C, mu, lambda d: -sg.Sum(x[i] - mu, i) / sigma**2),
            Case("sigma under one sum", C, sigma, lambda d: n / sigma - sg.Sum((x[i] - mu) ** 2, i) / sigma**3),
        ),
    )  # fmt: skip


def gaussian_each() -> Layer:
    """A mean and a log variance for every sample, standard scores named."""
    g = sg.Graph("Gaussian likelihood with a deviation for every sample")
    i, k = g.indices("i k", g.size("n"))
    t, mu, r = g.input("t", i), g.input("mu", i), g.input("r", i)
    z = g.define("z", (t[i] - mu[i]) * exp(-r[i]), over=i)
    L = g.define("L", sg.Sum(r[i] + z[i] ** 2 / 2, i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(t="n", mu="n", r="n"),
        texts(z="(t-mu)*exp(-r)", L="(r+z*z/2).sum()"),
        (
            Case("mu", L, mu[k], lambda d: -z[k] * exp(-r[k])),
            Case("r", L, r[k], lambda d: 1 - z[k] ** 2),
        ),
    )


def gaussian_precision() -> Layer:
    g = sg.Graph("Gaussian likelihood in mean and precision")
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, j, k, r = g.indices("i j k r", n)
    X, mu, A = g.input("X", s, i), g.parameter("mu", i), g.parameter("A", i, j)
    Q = g.inverse("Q", A)
    D = g.logdet("D", A)
    c = g.define("c", X[s, i] - mu[i], over=(s, i))
    L = g.define("L", b * D / 2 - sg.Sum(c[s, i] * A[i, j] * c[s, j], s, i, j) / 2)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3),
        drawn(X="b n", mu="n", A="spd:n n"),
        texts(Q="inv(A)", D="logdet(A)", c="X-mu", L='b*D/2-es("si,ij,sj->",c,A,c)/2'),
        (
            Case("mu", L, mu[k], lambda d: sg.Sum((A[k, j] + A[j, k]) * c[s, j], s, j) / 2),
            Case("A", L, A[k, r], lambda d: (b * Q[r, k] - sg.Sum(c[s, k] * c[s, r], s)) / 2),
        ),
    )


def divergence_of_gaussians() -> Layer:
    """To the standard normal, with the drawn point beside it: the two terms of a variational autoencoder."""
    g = sg.Graph("variational bound")
    i, k = g.indices("i k", g.size("n"))
    mu, r, e = g.input("mu", i), g.input("r", i), g.input("e", i)
    z = g.define("z", mu[i] + exp(r[i] / 2) * e[i], over=i)
    KL = g.define("KL", -sg.Sum(1 + r[i] - mu[i] ** 2 - exp(r[i]), i) / 2)
    f = g.loss("f", of=z)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(mu="n", r="n", e="n"),
        texts(z="mu+exp(r/2)*e", KL="-(1+r-mu*mu-exp(r)).sum()/2"),
        (
            Case("mu", KL, mu[k], lambda d: mu[k]),
            Case("r", KL, r[k], lambda d: (exp(r[k]) - 1) / 2),
            Case("z by r", f, r[k], lambda d: gradient(d, "f", "z")[k] * exp(r[k] / 2) * e[k] / 2),
        ),
        {"f": "z"},
    )


def gaussian_mixture() -> Layer:
    """Responsibilities r of the components k with log weights h."""
    g = sg.Graph("mixture of Gaussians")
    n, m = g.sizes("n m")
    s, k, q = g.index("s", n), *g.indices("k q", m)
    x, h, mu = g.input("x", s), g.parameter("h", k), g.parameter("mu", k)
    v = g.parameter("v", k, sign="positive")
    P = g.define("P", exp(h[k]) / sg.Sum(exp(h[q]), q), over=k)
    N = g.define("N", exp(-((x[s] - mu[k]) ** 2) / (2 * v[k])) / sqrt(v[k]), over=(s, k))
    r = g.define("r", P[k] * N[s, k] / sg.Sum(P[q] * N[s, q], q), over=(s, k))
    L = g.define("L", -sg.Sum(log(sg.Sum(P[q] * N[s, q], q)), s))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=2),
        drawn(x="n", h="m", mu="m", v="pos:m"),
        texts(
            P="rows(h)", N="exp(-sq(x[:,None]-mu)/(2*v))/sqrt(v)", r="P*N/(P*N).sum(1)[:,None]",
            L="-log((P*N).sum(1)).sum()",
        ),
        (
            Case("mu", L, mu[k], lambda d: -sg.Sum(r[s, k] * (x[s] - mu[k]), s) / v[k]),
            Case("v", L, v[k], lambda d: sg.Sum(r[s, k] * (v[k] - (x[s] - mu[k]) ** 2), s) / (2 * v[k] ** 2)),
            Case("h", L, h[k], lambda d: n * P[k] - sg.Sum(r[s, k], s)),
        ),
    )  # fmt: skip


def logistic_regression(name: str, loss: Any, extra: str) -> Layer:
    """The mean binary cross-entropy of a linear map: X^T (p - y)/b."""
    g = sg.Graph(name)
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, k = g.indices("i k", n)
    X, y, w, c = g.input("X", s, i), g.input("y", s), g.parameter("w", i), g.parameter("c")
    z = g.define("z", sg.Sum(X[s, i] * w[i], i) + c, over=s)
    p = g.define("p", sg.sigmoid(z[s]), over=s)
    L = g.define("L", sg.Sum(loss(y[s], z[s], p[s]), s) / b)
    return Layer(
        name,
        g,
        unequal_and_one(b=2, n=3),
        drawn(X="b n", y="b", w="n", c=0.4),
        texts(z="X@w+c", p="sigmoid(z)", L=f"({extra}).sum()/b"),
        (
            Case("z", L, z[s], lambda d: (p[s] - y[s]) / b),
            Case("w", L, w[k], lambda d: sg.Sum(X[s, k] * (p[s] - y[s]), s) / b),
            Case("c", L, c, lambda d: sg.Sum(p[s] - y[s], s) / b),
        ),
    )


def negative_sampling() -> Layer:
    """One pair that belongs together, m that do not."""
    g = sg.Graph("skip-gram with negative samples")
    n, m = g.sizes("n m")
    i, k = g.index("i", n), g.index("k", m)
    v, u, N = g.parameter("v", i), g.parameter("u", i), g.parameter("N", k, i)
    p = g.define("p", sg.sigmoid(sg.Sum(u[i] * v[i], i)))
    q = g.define("q", sg.sigmoid(sg.Sum(N[k, i] * v[i], i)), over=k)
    L = g.define("L", -log(p) - sg.Sum(log(1 - q[k]), k))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=2),
        drawn(v="n", u="n", N="m n"),
        texts(p="sigmoid(u@v)", q="sigmoid(N@v)", L="-log(p)-log(1-q).sum()"),
        (
            Case("v", L, v[i], lambda d: (p - 1) * u[i] + sg.Sum(q[k] * N[k, i], k)),
            Case("u", L, u[i], lambda d: (p - 1) * v[i]),
            Case("N", L, N[k, i], lambda d: q[k] * v[i]),
        ),
    )


def additive_attention() -> Layer:
    """Scores v tanh(W h_j + U s), and the context they weigh."""
    g = sg.Graph("additive attention")
    n, m, e = g.sizes("n m e")
    j, k, i, a = *g.indices("j k", n), g.index("i", m), g.index("a", e)
    H, s, W = g.input("H", j, i), g.input("s", a), g.parameter("W", a, i)
    v = g.parameter("v", a)
    t = g.define("t", tanh(sg.Sum(W[a, i] * H[j, i], i) + s[a]), over=(j, a))
    S = g.define("S", sg.Sum(v[a] * t[j, a], a), over=j)
    P = g.define("P", exp(S[j]) / sg.Sum(exp(S[k]), k), over=j)
    c = g.define("c", sg.Sum(P[j] * H[j, i], j), over=i)
    f = g.loss("f", of=c)

    def by_S(d: Any) -> Any:
        return P[j] * sg.Sum(gradient(d, "f", "c")[i] * (H[j, i] - c[i]), i)

    def by_s(d: Any) -> Any:
        return v[a] * sg.Sum((1 - t[j, a] ** 2) * gradient(d, "f", "S")[j], j)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=2, e=4),
        drawn(H="n m", s="e", W="e m", v="e"),
        texts(t="tanh(H@W.T+s)", S="t@v", P="rows(S)", c="P@H"),
        (
            Case("S", f, S[j], by_S),
            Case("v", f, v[a], lambda d: sg.Sum(by_S(d) * t[j, a], j)),
            Case("v by dS", f, v[a], lambda d: sg.Sum(gradient(d, "f", "S")[j] * t[j, a], j), (S,)),
            Case("s by dS", f, s[a], by_s, (S,)),
        ),
        {"f": "c"},
    )


def preference() -> Layer:
    """Two answers compared by the margin of their log probabilities to those of a reference."""
    g = sg.Graph("direct preference loss")
    i = g.index("i", g.size("n"))
    x, y, r, s = (g.input(name, i) for name in "xyrs")
    b = g.constant("b", positive=True)
    u = g.define("u", b * (x[i] - r[i] - y[i] + s[i]), over=i)
    L = g.define("L", -sg.Sum(log(sg.sigmoid(u[i])), i))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(x="n", y="n", r="n", s="n", b=0.7),
        texts(u="b*(x-r-y+s)", L="-log(sigmoid(u)).sum()"),
        (
            Case("x", L, x[i], lambda d: -b * sg.sigmoid(-u[i])),
            Case("y", L, y[i], lambda d: b * sg.sigmoid(-u[i])),
        ),
    )


def shared_shift() -> Layer:
    """Sums of saturating functions that share one shift c and one scale s, as in the calibration of scores."""
    g = sg.Graph("saturation by a shared shift and scale")
    j = g.index("j", g.size("n"))
    x, u, c, s = g.input("x", j), g.input("u", j), g.parameter("c"), g.parameter("s")
    t = g.define("t", tanh(s * x[j] + c), over=j)
    p = g.define("p", sg.sigmoid(s * x[j] + c), over=j)
    T, P = g.define("T", sg.Sum(u[j] * t[j], j)), g.define("P", sg.Sum(u[j] * p[j], j))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(x="n", u="n", c=0.4, s=0.7),
        texts(t="tanh(s*x+c)", p="sigmoid(s*x+c)", T="u@t", P="u@p"),
        (
            Case("tanh by shift", T, c, lambda d: sg.Sum(u[j] * (1 - t[j] ** 2), j)),
            Case("tanh by scale", T, s, lambda d: sg.Sum(u[j] * (1 - t[j] ** 2) * x[j], j)),
            Case("sigmoid by shift", P, c, lambda d: sg.Sum(u[j] * p[j] * (1 - p[j]), j)),
            Case("sigmoid by scale", P, s, lambda d: sg.Sum(u[j] * p[j] * (1 - p[j]) * x[j], j)),
        ),
    )


LAYERS = [
    gaussian_scalar(), gaussian_each(), gaussian_precision(), divergence_of_gaussians(), gaussian_mixture(),
    logistic_regression(
        "logistic regression by logs", lambda y, z, p: -y * log(p) - (1 - y) * log(1 - p), "-y*log(p)-(1-y)*log(1-p)"
    ),
    logistic_regression(
        "logistic regression by log sigmoid",
        lambda y, z, p: -y * log(sg.sigmoid(z)) - (1 - y) * log(sg.sigmoid(-z)),
        "-y*log(sigmoid(z))-(1-y)*log(sigmoid(-z))",
    ),
    logistic_regression(
        "logistic regression by softplus", lambda y, z, p: sg.softplus(z) - y * z, "log(1+exp(z))-y*z"
    ),
    negative_sampling(), additive_attention(), preference(), shared_shift(),
]  # fmt: skip
