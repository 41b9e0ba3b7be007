"""Wanted closed forms: normalisations and centering. Rows as tests/derive/layer.py describes them.

Batch norm of scalars is derivations/batch_normalization.py; layer norm, the RMS norm, weight norm and cosine of vectors
are in layers.py; the Jacobian of batch norm in facts_layers.py.
"""

from __future__ import annotations

from sympy import Max, Min, ceiling, floor, sqrt
from sympy import Sum as SympySum

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn, texts, unequal_and_one
from tests.derive.textbook import gradient


def batch_norm_per_feature() -> Layer:
    g = sg.Graph("batch norm per feature")
    m, n = g.sizes("m n")
    i, k = g.indices("i k", m)
    j = g.index("j", n)
    x, gamma, beta = g.input("x", i, j), g.parameter("gamma", j), g.parameter("beta", j)
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[i, j], i) / m, over=j)
    v = g.define("v", sg.Sum((x[i, j] - mu[j]) ** 2, i) / m, over=j)
    xhat = g.define("xhat", (x[i, j] - mu[j]) / sqrt(v[j] + eps), over=(i, j))
    y = g.define("y", gamma[j] * xhat[i, j] + beta[j], over=(i, j))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        inner = m * u[i, j] - sg.Sum(u[k, j], k) - xhat[i, j] * sg.Sum(u[k, j] * xhat[k, j], k)
        return gamma[j] / (m * sqrt(v[j] + eps)) * inner

    def by_v(d):
        u = gradient(d, "f", "y")
        return -gamma[j] / (2 * (v[j] + eps)) * sg.Sum(u[i, j] * xhat[i, j], i)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(m=3, n=2),
        drawn(x="m n", gamma="n", beta="n", epsilon=0.6),
        texts(mu="x.mean(0)", v="sq(x-mu).mean(0)", xhat="(x-mu)/sqrt(v+epsilon)", y="gamma*xhat+beta"),
        (
            Case("x", f, x[i, j], by_x),
            Case("gamma", f, gamma[j], lambda d: sg.Sum(gradient(d, "f", "y")[i, j] * xhat[i, j], i)),
            Case("beta", f, beta[j], lambda d: sg.Sum(gradient(d, "f", "y")[i, j], i)),
            Case("xhat", f, xhat[i, j], lambda d: gradient(d, "f", "y")[i, j] * gamma[j]),
            Case("v", f, v[j], by_v),
            Case("mu", f, mu[j], lambda d: -gamma[j] / sqrt(v[j] + eps) * sg.Sum(gradient(d, "f", "y")[i, j], i)),
        ),
        {"f": "y"},
    )


def standardised() -> Layer:
    g = sg.Graph("standardised by a named deviation")
    n = g.size("n")
    i, k = g.indices("i k", n)
    x = g.input("x", i)
    mu = g.define("mu", sg.Sum(x[i], i) / n)
    c = g.define("c", x[i] - mu, over=i)
    sigma = g.define("sigma", sqrt(sg.Sum(c[i] ** 2, i) / n))
    z = g.define("z", c[i] / sigma, over=i)
    f = g.loss("f", of=z)

    def by_x(d):
        u = gradient(d, "f", "z")
        return (n * u[i] - sg.Sum(u[k], k) - z[i] * sg.Sum(u[k] * z[k], k)) / (n * sigma)

    def by_c(d):
        u = gradient(d, "f", "z")
        return (n * u[i] - z[i] * sg.Sum(u[k] * z[k], k)) / (n * sigma)

    return Layer(
        g.model.name,
        g,
        ({"n": 4}, {"n": 2}),  # of one number the deviation is 0
        drawn(x="n"),
        texts(mu="x.mean()", c="x-mu", sigma="sqrt((c*c).mean())", z="c/sigma"),
        (
            Case("x", f, x[i], by_x),
            Case("c", f, c[i], by_c),
            Case("sigma", f, sigma, lambda d: -sg.Sum(gradient(d, "f", "z")[i] * z[i], i) / sigma),
            Case("sigma by x", sigma, x[i], lambda d: z[i] / n),
        ),
        {"f": "z"},
    )


def group_norm() -> Layer:
    g = sg.Graph("group norm, two indices for a channel")
    b, G, M = g.sizes("b G M")
    s, a = g.index("s", b), g.index("a", G)
    p, r = g.indices("p r", M)
    x, gamma, beta = g.input("x", s, a, p), g.parameter("gamma", a, p), g.parameter("beta", a, p)
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[s, a, p], p) / M, over=(s, a))
    v = g.define("v", sg.Sum((x[s, a, p] - mu[s, a]) ** 2, p) / M, over=(s, a))
    xhat = g.define("xhat", (x[s, a, p] - mu[s, a]) / sqrt(v[s, a] + eps), over=(s, a, p))
    y = g.define("y", gamma[a, p] * xhat[s, a, p] + beta[a, p], over=(s, a, p))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        flat = sg.Sum(u[s, a, r] * gamma[a, r], r)
        inner = M * u[s, a, p] * gamma[a, p] - flat
        return (inner - xhat[s, a, p] * sg.Sum(u[s, a, r] * gamma[a, r] * xhat[s, a, r], r)) / (M * sqrt(v[s, a] + eps))

    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, G=3, M=4),
        drawn(x="b G M", gamma="G M", beta="G M", epsilon=0.6),
        texts(
            mu="x.mean(2)",
            v="sq(x-mu[:,:,None]).mean(2)",
            xhat="(x-mu[:,:,None])/sqrt(v+epsilon)[:,:,None]",
            y="gamma*xhat+beta",
        ),
        (
            Case("x", f, x[s, a, p], by_x),
            Case("gamma", f, gamma[a, p], lambda d: sg.Sum(gradient(d, "f", "y")[s, a, p] * xhat[s, a, p], s)),
            Case("beta", f, beta[a, p], lambda d: sg.Sum(gradient(d, "f", "y")[s, a, p], s)),
        ),
        {"f": "y"},
    )


def group_norm_affine() -> Layer:
    """Channel c = M*a + p in one index; textbooks ask for channel c of the group floor(c/M), or for channel M*a + p."""
    g = sg.Graph("group norm, an affine index for a channel")
    G, M = g.sizes("G M")
    c, a = g.index("c", G * M), g.index("a", G)
    p, r = g.indices("p r", M)
    x, gamma, beta = g.input("x", c), g.parameter("gamma", c), g.parameter("beta", c)
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(x[M * a + p], p) / M, over=a)
    v = g.define("v", sg.Sum((x[M * a + p] - mu[a]) ** 2, p) / M, over=a)
    xhat = g.define("xhat", (x[M * a + p] - mu[a]) / sqrt(v[a] + eps), over=(a, p))
    y = g.define("y", gamma[M * a + p] * xhat[a, p] + beta[M * a + p], over=(a, p))
    f = g.loss("f", of=y)
    of_c = (a, Max(0, ceiling((c - M + 1) / M)), Min(G - 1, floor(c / M)))  # of one group, that of c

    def by_x(d):
        u = gradient(d, "f", "y")
        flat = sg.Sum(u[a, r] * gamma[M * a + r], r)
        spread = sg.Sum(u[a, r] * gamma[M * a + r] * xhat[a, r], r)
        inner = M * u[a, c - M * a] * gamma[c] - flat - xhat[a, c - M * a] * spread
        return SympySum(inner / (M * sqrt(v[a] + eps)), of_c)

    def by_gamma(d):
        return SympySum(gradient(d, "f", "y")[a, c - M * a] * xhat[a, c - M * a], of_c)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(G=2, M=3) + ({"G": 3, "M": 2},),
        lambda z, r: {
            "x": r.normal(size=z["G"] * z["M"]), "gamma": r.normal(size=z["G"] * z["M"]),
            "beta": r.normal(size=z["G"] * z["M"]), "epsilon": 0.6,
        },
        texts(
            mu="x.reshape(G,M).mean(1)",
            v="sq(x.reshape(G,M)-mu[:,None]).mean(1)",
            xhat="(x.reshape(G,M)-mu[:,None])/sqrt(v+epsilon)[:,None]",
            y="gamma.reshape(G,M)*xhat+beta.reshape(G,M)",
        ),
        (
            Case("x", f, x[c], by_x),
            Case("gamma", f, gamma[c], by_gamma),
            Case("beta", f, beta[c], lambda d: SympySum(gradient(d, "f", "y")[a, c - M * a], of_c)),
            Case("beta with floor", f, beta[c], lambda d: gradient(d, "f", "y")[floor(c / M), c - M * floor(c / M)]),
            Case("beta at its place", f, beta[M * a + p], lambda d: gradient(d, "f", "y")[a, p]),
        ),
        {"f": "y"},
    )  # fmt: skip


def rms_norm_rows() -> Layer:
    g = sg.Graph("RMS norm of rows")
    n, D = g.sizes("n D")
    i = g.index("i", n)
    j, k = g.indices("j k", D)
    x, gamma, eps = g.input("x", i, j), g.parameter("gamma", j), g.constant("epsilon", positive=True)
    r = g.define("r", sqrt(sg.Sum(x[i, j] ** 2, j) / D + eps), over=i)
    y = g.define("y", gamma[j] * x[i, j] / r[i], over=(i, j))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        return (u[i, j] * gamma[j] - x[i, j] / (D * r[i]) * sg.Sum(u[i, k] * y[i, k], k)) / r[i]

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, D=3),
        drawn(x="n D", gamma="D", epsilon=0.8),
        texts(r="sqrt(sq(x).mean(1)+epsilon)", y="gamma*x/r[:,None]"),
        (
            Case("x", f, x[i, j], by_x),
            Case("gamma", f, gamma[j], lambda d: sg.Sum(gradient(d, "f", "y")[i, j] * x[i, j] / r[i], i)),
            Case("r", f, r[i], lambda d: -sg.Sum(gradient(d, "f", "y")[i, k] * y[i, k], k) / r[i]),
            Case("epsilon", f, eps, lambda d: -sg.Sum(gradient(d, "f", "y")[i, k] * y[i, k] / r[i] ** 2, i, k) / 2),
        ),
        {"f": "y"},
    )


def weight_norm_rows() -> Layer:
    g = sg.Graph("weight norm of rows")
    o, n = g.sizes("o n")
    a = g.index("a", o)
    i, k = g.indices("i k", n)
    v, gamma = g.parameter("v", a, i), g.parameter("gamma", a)
    q = g.define("q", sqrt(sg.Sum(v[a, i] ** 2, i)), over=a)
    w = g.define("w", gamma[a] * v[a, i] / q[a], over=(a, i))
    f = g.loss("f", of=w)

    def by_v(d):
        u = gradient(d, "f", "w")
        return gamma[a] / q[a] * (u[a, i] - v[a, i] / q[a] ** 2 * sg.Sum(u[a, k] * v[a, k], k))

    return Layer(
        g.model.name,
        g,
        unequal_and_one(o=2, n=3),
        drawn(v="o n", gamma="o"),
        texts(q="sqrt(sq(v).sum(1))", w="gamma[:,None]*v/q[:,None]"),
        (
            Case("v", f, v[a, i], by_v),
            Case("gamma", f, gamma[a], lambda d: sg.Sum(gradient(d, "f", "w")[a, k] * v[a, k], k) / q[a]),
        ),
        {"f": "w"},
    )


def l2_rows() -> Layer:
    g = sg.Graph("rows divided by their length")
    n, D = g.sizes("n D")
    i = g.index("i", n)
    j, k = g.indices("j k", D)
    v = g.input("v", i, j)
    q = g.define("q", sqrt(sg.Sum(v[i, j] ** 2, j)), over=i)
    u = g.define("u", v[i, j] / q[i], over=(i, j))
    f = g.loss("f", of=u)

    def by_v(d):
        t = gradient(d, "f", "u")
        return (t[i, j] - u[i, j] * sg.Sum(t[i, k] * u[i, k], k)) / q[i]

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, D=3),
        drawn(v="n D"),
        texts(q="sqrt(sq(v).sum(1))", u="v/q[:,None]"),
        (
            Case("v", f, v[i, j], by_v),
            Case("q", f, q[i], lambda d: -sg.Sum(gradient(d, "f", "u")[i, k] * u[i, k], k) / q[i]),
        ),
        {"f": "u"},
    )


def cosine_matrix() -> Layer:
    g = sg.Graph("cosine similarities of two sets")
    n, m, D = g.sizes("n m D")
    i, j = g.index("i", n), g.index("j", m)
    k = g.index("k", D)
    x, z = g.input("x", i, k), g.input("z", j, k)
    a = g.define("a", sqrt(sg.Sum(x[i, k] ** 2, k)), over=i)
    b = g.define("b", sqrt(sg.Sum(z[j, k] ** 2, k)), over=j)
    u, w = g.define("u", x[i, k] / a[i], over=(i, k)), g.define("w", z[j, k] / b[j], over=(j, k))
    S = g.define("S", sg.Sum(u[i, k] * w[j, k], k), over=(i, j))
    f = g.loss("f", of=S)

    def slope(d):
        return gradient(d, "f", "S")[i, j]

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3, D=4),
        drawn(x="n D", z="m D"),
        texts(a="sqrt(sq(x).sum(1))", b="sqrt(sq(z).sum(1))", u="x/a[:,None]", w="z/b[:,None]", S="u@w.T"),
        (
            Case("x", f, x[i, k], lambda d: sg.Sum(slope(d) * (w[j, k] - S[i, j] * u[i, k]), j) / a[i]),
            Case("z", f, z[j, k], lambda d: sg.Sum(slope(d) * (u[i, k] - S[i, j] * w[j, k]), i) / b[j]),
            Case("u", f, u[i, k], lambda d: sg.Sum(slope(d) * w[j, k], j)),
        ),
        {"f": "S"},
    )


def double_centering() -> Layer:
    g = sg.Graph("double centering")
    n, m = g.sizes("n m")
    i, k = g.indices("i k", n)
    j, r = g.indices("j r", m)
    x = g.input("x", i, j)
    R = g.define("R", sg.Sum(x[i, j], j) / m, over=i)
    C = g.define("C", sg.Sum(x[i, j], i) / n, over=j)
    t = g.define("t", sg.Sum(x[i, j], i, j) / (n * m))
    y = g.define("y", x[i, j] - R[i] - C[j] + t, over=(i, j))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        return u[i, j] - sg.Sum(u[i, r], r) / m - sg.Sum(u[k, j], k) / n + sg.Sum(u[k, r], k, r) / (n * m)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=4),
        drawn(x="n m"),
        texts(R="x.mean(1)", C="x.mean(0)", t="x.mean()", y="x-R[:,None]-C+t"),
        (Case("x", f, x[i, j], by_x), Case("R", f, R[i], lambda d: -sg.Sum(gradient(d, "f", "y")[i, j], j))),
        {"f": "y"},
    )


def batch_norm_images() -> Layer:
    """Per channel over samples and both places; the deviation is named."""
    g = sg.Graph("batch norm of images")
    N, H, W, C = g.sizes("N H W C")
    (s, t), (p, a), (q, b) = g.indices("s t", N), g.indices("p a", H), g.indices("q b", W)
    c = g.index("c", C)
    x, gamma, beta = g.input("x", s, p, q, c), g.parameter("gamma", c), g.parameter("beta", c)
    eps = g.constant("epsilon", positive=True)
    M = N * H * W
    mu = g.define("mu", sg.Sum(x[s, p, q, c], s, p, q) / M, over=c)
    sigma = g.define("sigma", sqrt(sg.Sum((x[s, p, q, c] - mu[c]) ** 2, s, p, q) / M + eps), over=c)
    xhat = g.define("xhat", (x[s, p, q, c] - mu[c]) / sigma[c], over=(s, p, q, c))
    y = g.define("y", gamma[c] * xhat[s, p, q, c] + beta[c], over=(s, p, q, c))
    f = g.loss("f", of=y)

    def by_x(d):
        u = gradient(d, "f", "y")
        sums = sg.Sum(u[t, a, b, c], t, a, b) + xhat[s, p, q, c] * sg.Sum(u[t, a, b, c] * xhat[t, a, b, c], t, a, b)
        return gamma[c] / (M * sigma[c]) * (M * u[s, p, q, c] - sums)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(N=2, H=3, W=1, C=4),
        drawn(x="N H W C", gamma="C", beta="C", epsilon=0.6),
        texts(
            mu="x.mean((0,1,2))", sigma="sqrt(sq(x-mu).mean((0,1,2))+epsilon)", xhat="(x-mu)/sigma",
            y="gamma*xhat+beta",
        ),
        (
            Case("x", f, x[s, p, q, c], by_x),
            Case("sigma", f, sigma[c], lambda d: -gamma[c] / sigma[c]
                 * sg.Sum(gradient(d, "f", "y")[s, p, q, c] * xhat[s, p, q, c], s, p, q)),
        ),
        {"f": "y"},
    )  # fmt: skip


def post_norm() -> Layer:
    """Layer norm of a residual sum, by both of its summands."""
    g = sg.Graph("layer norm of a residual sum")
    n, m = g.sizes("n m")
    i, k, j = *g.indices("i k", n), g.index("j", m)
    x, z, W = g.input("x", i), g.input("z", j), g.parameter("W", i, j)
    a = g.define("a", x[i] + sg.Sum(W[i, j] * z[j], j), over=i)
    eps = g.constant("epsilon", positive=True)
    mu = g.define("mu", sg.Sum(a[i], i) / n)
    sigma = g.define("sigma", sqrt(sg.Sum((a[i] - mu) ** 2, i) / n + eps))
    y = g.define("y", (a[i] - mu) / sigma, over=i)
    f = g.loss("f", of=y)

    def by_a(d):
        u = gradient(d, "f", "y")
        return (n * u[i] - sg.Sum(u[k], k) - y[i] * sg.Sum(u[k] * y[k], k)) / (n * sigma)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=2),
        drawn(x="n", z="m", W="n m", epsilon=0.6),
        texts(a="x+W@z", mu="a.mean()", sigma="sqrt(sq(a-mu).mean()+epsilon)", y="(a-mu)/sigma"),
        (
            Case("x", f, x[i], by_a),
            Case("W", f, W[i, j], lambda d: by_a(d) * z[j]),
            Case("z by da", f, z[j], lambda d: sg.Sum(W[i, j] * gradient(d, "f", "a")[i], i), (a,)),
        ),
        {"f": "y"},
    )


LAYERS = [
    batch_norm_per_feature(), standardised(), group_norm(), group_norm_affine(), rms_norm_rows(), weight_norm_rows(),
    l2_rows(), cosine_matrix(), double_centering(), batch_norm_images(), post_norm(),
]  # fmt: skip
