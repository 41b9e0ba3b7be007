"""Wanted closed forms: softmax, its losses, attention. Rows as tests/derive/layer.py describes them.

The Jacobian, the entropy and plain attention are in layers.py; entropy and divergence by logits, general cross-entropy,
the temperature, label smoothing and InfoNCE by an embedding in facts.py and facts_more.py; the Hessian of logsumexp in
test_second.py.
"""

from __future__ import annotations

from typing import Any

from sympy import KroneckerDelta, Piecewise, exp, log
from sympy import Sum as SympySum

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn, texts, unequal_and_one
from tests.derive.textbook import gradient

ROWS = unequal_and_one(b=2, n=3)


def softmax_rows(name: str, t: Any = None) -> tuple[sg.Graph, tuple, tuple]:
    """P, the softmax of every row of h, over a temperature t where one is given by its name."""
    g = sg.Graph(name)
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, j, k = g.indices("i j k", n)
    h = g.input("h", s, i)
    t = 1 if t is None else g.constant(t, positive=True)
    P = g.define("P", exp(h[s, i] / t) / sg.Sum(exp(h[s, k] / t), k), over=(s, i))
    return g, (b, s, i, j), (h, P, t)


def softmax_product() -> Layer:
    g, (_, s, i, j), (h, P, _) = softmax_rows("softmax of rows, the product with the Jacobian")
    f = g.loss("f", of=P)

    def by_h(d):
        u = gradient(d, "f", "P")
        return P[s, i] * (u[s, i] - sg.Sum(u[s, j] * P[s, j], j))

    return Layer(g.model.name, g, ROWS, drawn(h="b n"), texts(P="rows(h)"), (Case("h", f, h[s, i], by_h),), {"f": "P"})


def softmax_by_parts() -> Layer:
    """The exponentials and their sum have names, so P has two ways to be written."""
    g = sg.Graph("softmax by parts")
    i, j, k = g.indices("i j k", g.size("n"))
    h = g.input("h", i)
    E = g.define("E", exp(h[i]), over=i)
    Z = g.define("Z", sg.Sum(E[k], k))
    P = g.define("P", E[i] / Z, over=i)
    f = g.loss("f", of=P)

    def by_h(d):
        u = gradient(d, "f", "P")
        return P[i] * (u[i] - sg.Sum(u[j] * P[j], j))

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(h="n"),
        texts(E="exp(h)", Z="E.sum()", P="E/Z"),
        (
            Case("h", f, h[i], by_h),
            Case("Z", f, Z, lambda d: -sg.Sum(gradient(d, "f", "P")[j] * P[j], j) / Z),
            Case("jacobian", P[j], h[i], lambda d: P[j] * (KroneckerDelta(i, j) - P[i])),
        ),
        {"f": "P"},
    )


def log_softmax() -> Layer:
    g, (_, s, i, j), (h, P, _) = softmax_rows("log-softmax of rows")
    q = g.define("q", h[s, i] - log(sg.Sum(exp(h[s, j]), j)), over=(s, i))
    f = g.loss("f", of=q)

    def by_h(d):
        u = gradient(d, "f", "q")
        return u[s, i] - P[s, i] * sg.Sum(u[s, j], j)

    return Layer(
        g.model.name,
        g,
        ROWS,
        drawn(h="b n"),
        texts(P="rows(h)", q="log(P)"),
        (Case("h", f, h[s, i], by_h),),
        {"f": "q"},
    )


def logsumexp_temperature() -> Layer:
    g = sg.Graph("smooth maximum")
    i, j, k = g.indices("i j k", g.size("n"))
    h, t = g.input("h", i), g.input("t", sign="positive")
    P = g.define("P", exp(h[i] / t) / sg.Sum(exp(h[k] / t), k), over=i)
    m = g.define("m", t * log(sg.Sum(exp(h[k] / t), k)))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(h="n", t=0.7),
        texts(P="rows(h/t)", m="t*log(exp(h/t).sum())"),
        (
            Case("h", m, h[i], lambda d: P[i]),
            Case("t", m, t, lambda d: (m - sg.Sum(P[j] * h[j], j)) / t),
        ),
    )


def cross_entropy_mean() -> Layer:
    """The linear classifier with the mean loss over a batch and labels that add up to one."""
    g = sg.Graph("linear classifier, mean cross-entropy")
    b, n, e = g.sizes("b n e")
    s, a = g.index("s", b), g.index("a", e)
    i, j, k = g.indices("i j k", n)
    X, y = g.input("X", s, a), g.input("y", s, i)
    W, c = g.parameter("W", a, i), g.parameter("c", i)
    h = g.define("h", sg.Sum(X[s, a] * W[a, i], a) + c[i], over=(s, i))
    P = g.define("P", exp(h[s, i]) / sg.Sum(exp(h[s, k]), k), over=(s, i))
    L = g.define("L", -sg.Sum(y[s, j] * log(P[s, j]), s, j) / b)
    g.fact(sg.Sum(y[s, j], j), 1)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3, e=4),
        drawn(X="b e", y="one:b n", W="e n", c="n"),
        texts(h="X@W+c", P="rows(h)", L="-(y*log(P)).sum()/b"),
        (
            Case("h", L, h[s, i], lambda d: (P[s, i] - y[s, i]) / b),
            Case("W", L, W[a, i], lambda d: sg.Sum(X[s, a] * (P[s, i] - y[s, i]), s) / b),
            Case("c", L, c[i], lambda d: sg.Sum(P[s, i] - y[s, i], s) / b),
            Case("X", L, X[s, a], lambda d: sg.Sum(W[a, i] * (P[s, i] - y[s, i]), i) / b),
        ),
    )


def cross_entropy_label() -> Layer:
    """The label is an index: the loss of every label it could be. A label that is an input cannot be an index."""
    g = sg.Graph("cross-entropy of a label")
    i, j, k = g.indices("i j k", g.size("n"))
    h, label = g.input("h", i), g.input("label")
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    L = g.define("L", -log(P[j]), over=j)
    M = g.define("M", -sg.Sum(KroneckerDelta(i, k) * log(P[k]), k), over=i)
    N = g.define("N", -log(P[0]))
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3),
        drawn(h="n", label=0.0),
        texts(P="rows(h)", L="-log(P)", M="-log(P)", N="-log(P[0])"),
        (
            Case("label j", L[j], h[i], lambda d: P[i] - KroneckerDelta(i, j)),
            Case("by a delta", M[j], h[i], lambda d: P[i] - KroneckerDelta(i, j)),
            Case("label 0", N, h[i], lambda d: P[i] - KroneckerDelta(i, 0)),
            Case("given label", -log(P[label]), h[i], lambda d: P[i] - KroneckerDelta(i, label)),
        ),
    )


def cross_entropy_temperature() -> Layer:
    g, (b, s, i, j), (h, P, t) = softmax_rows("cross-entropy at a temperature", "t")
    y = g.input("y", s, i)
    L = g.define("L", -sg.Sum(y[s, j] * log(P[s, j]), s, j) / b)
    g.fact(sg.Sum(y[s, j], j), 1)
    return Layer(
        g.model.name,
        g,
        ROWS,
        drawn(h="b n", y="one:b n", t=0.7),
        texts(P="rows(h/t)", L="-(y*log(P)).sum()/b"),
        (
            Case("h", L, h[s, i], lambda d: (P[s, i] - y[s, i]) / (b * t)),
            Case("t", L, t, lambda d: sg.Sum((y[s, j] - P[s, j]) * h[s, j], s, j) / (b * t**2)),
        ),
    )


def cross_entropy_smoothed() -> Layer:
    """Label smoothing with the smoothed labels named."""
    g, (b, s, i, j), (h, P, _) = softmax_rows("cross-entropy with smoothed labels")
    n = i.last + 1
    y, e = g.input("y", s, i), g.constant("e")
    q = g.define("q", (1 - e) * y[s, i] + e / n, over=(s, i))
    L = g.define("L", -sg.Sum(q[s, j] * log(P[s, j]), s, j) / b)
    g.fact(sg.Sum(y[s, j], j), 1)
    return Layer(
        g.model.name,
        g,
        ROWS,
        drawn(h="b n", y="one:b n", e=0.2),
        texts(P="rows(h)", q="(1-e)*y+e/n", L="-(q*log(P)).sum()/b"),
        (Case("h", L, h[s, i], lambda d: (P[s, i] - q[s, i]) / b),),
    )


def distillation() -> Layer:
    g, (b, s, i, j), (h, P, t) = softmax_rows("distillation at a temperature", "t")
    z = g.input("z", s, i)
    q = g.define("q", exp(z[s, i] / t) / sg.Sum(exp(z[s, j] / t), j), over=(s, i))
    KL = g.define("KL", sg.Sum(q[s, j] * (log(q[s, j]) - log(P[s, j])), j), over=s)
    L = g.define("L", sg.Sum(KL[s], s) / b)
    return Layer(
        g.model.name,
        g,
        ROWS,
        drawn(h="b n", z="b n", t=0.7),
        texts(P="rows(h/t)", q="rows(z/t)", KL="(q*log(q/P)).sum(1)", L="KL.sum()/b"),
        (
            Case("student", L, h[s, i], lambda d: (P[s, i] - q[s, i]) / (b * t)),
            Case("teacher", L, z[s, i], lambda d: q[s, i] / (b * t) * (log(q[s, i]) - log(P[s, i]) - KL[s])),
            Case("q", L, q[s, i], lambda d: (1 + log(q[s, i]) - log(P[s, i])) / b),
        ),
    )


def policy_gradient() -> Layer:
    """The expected return of a softmax policy, with an entropy bonus."""
    g, (b, s, i, j), (h, P, _) = softmax_rows("softmax policy with an entropy bonus")
    R, c = g.input("R", s, i), g.constant("c", positive=True)
    V = g.define("V", sg.Sum(P[s, j] * R[s, j], j), over=s)
    H = g.define("H", -sg.Sum(P[s, j] * log(P[s, j]), j), over=s)
    E = g.define("E", sg.Sum(V[s], s) / b)
    J = g.define("J", sg.Sum(V[s] + c * H[s], s) / b)
    return Layer(
        g.model.name,
        g,
        ROWS,
        drawn(h="b n", R="b n", c=0.3),
        texts(P="rows(h)", V="(P*R).sum(1)", H="-(P*log(P)).sum(1)", E="V.sum()/b", J="(V+c*H).sum()/b"),
        (
            Case("E", E, h[s, i], lambda d: P[s, i] * (R[s, i] - V[s]) / b),
            Case("J", J, h[s, i], lambda d: P[s, i] * (R[s, i] - V[s] - c * (log(P[s, i]) + H[s])) / b),
        ),
    )


def contrastive() -> Layer:
    """InfoNCE with the partners on the diagonal, one way, and both ways."""
    g = sg.Graph("contrastive loss of pairs")
    b, n = g.sizes("b n")
    i, j, k = g.indices("i j k", b)
    a = g.index("a", n)
    u, v, t = g.input("u", i, a), g.input("v", i, a), g.constant("t", positive=True)
    S = g.define("S", sg.Sum(u[i, a] * v[j, a], a) / t, over=(i, j))
    P = g.define("P", exp(S[i, j]) / sg.Sum(exp(S[i, k]), k), over=(i, j))
    Q = g.define("Q", exp(S[i, j]) / sg.Sum(exp(S[k, j]), k), over=(i, j))
    L = g.define("L", -sg.Sum(log(P[i, i]), i) / b)
    C = g.define("C", -sg.Sum(log(P[i, i]) + log(Q[i, i]), i) / (2 * b))
    delta = KroneckerDelta(i, j)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=3, n=2),
        drawn(u="b n", v="b n", t=0.7),
        texts(
            S="u@v.T/t", P="rows(S)", Q="rows(S.T).T", L="-log(diag(P)).sum()/b",
            C="-(log(diag(P))+log(diag(Q))).sum()/(2*b)",
        ),
        (
            Case("S", L, S[i, j], lambda d: (P[i, j] - delta) / b),
            Case("S both ways", C, S[i, j], lambda d: (P[i, j] + Q[i, j] - 2 * delta) / (2 * b)),
            Case("u", L, u[i, a], lambda d: (sg.Sum(P[i, j] * v[j, a], j) - v[i, a]) / (b * t)),
            Case("v", L, v[j, a], lambda d: (sg.Sum(P[i, j] * u[i, a], i) - u[j, a]) / (b * t)),
        ),
    )  # fmt: skip


def attention(causal: bool) -> Layer:
    """Scaled scores with a bias for every pair; causal: the queries see the keys up to their own place."""
    g = sg.Graph("causal attention" if causal else "attention with a bias")
    n, m, e, v = g.sizes("n m e v")
    m = n if causal else m
    i, a, c = g.index("i", n), g.index("a", e), g.index("c", v)
    j, k = g.indices("j k", m)
    Q, K, V = g.input("Q", i, a), g.input("K", j, a), g.input("V", j, c)
    B, t = g.parameter("B", i, j), g.constant("t", positive=True)
    S = g.define("S", t * sg.Sum(Q[i, a] * K[j, a], a) + B[i, j], over=(i, j))
    seen = (lambda value, key: Piecewise((value, key <= i), (0, True))) if causal else lambda value, key: value
    P = g.define("P", seen(exp(S[i, j]), j) / sg.Sum(seen(exp(S[i, k]), k), k), over=(i, j))
    O = g.define("O", sg.Sum(P[i, j] * V[j, c], j), over=(i, c))  # noqa: E741
    f = g.loss("f", of=O)
    over_j, over_i = (j, 0, i if causal else j.last), (i, j if causal else 0, i.last)

    def of_score(d):
        u = gradient(d, "f", "O")
        return P[i, j] * (sg.Sum(u[i, c] * V[j, c], c) - sg.Sum(u[i, c] * O[i, c], c))

    def with_dP(d):
        u, p = gradient(d, "f", "O"), gradient(d, "f", "P")
        return P[i, j] * (p[i, j] - sg.Sum(u[i, c] * O[i, c], c))

    def kept(d, other, limit):
        return t * SympySum(gradient(d, "f", "S")[i, j] * other, limit)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, m=2, e=1, v=4),
        drawn(Q="n e", K="n e" if causal else "m e", V="n v" if causal else "m v", t=0.7, B="n n" if causal else "n m"),
        texts(
            S="t*Q@K.T+B",
            P="tril(exp(S))/tril(exp(S)).sum(1)[:,None]" if causal else "rows(S)",
            O="P@V",
        ),
        (
            Case("P", f, P[i, j], lambda d: sg.Sum(gradient(d, "f", "O")[i, c] * V[j, c], c)),
            Case("V", f, V[j, c], lambda d: SympySum(P[i, j] * gradient(d, "f", "O")[i, c], over_i)),
            Case("S", f, S[i, j], of_score),
            Case("S by dP", f, S[i, j], with_dP, (P,)),
            Case("B", f, B[i, j], of_score),
            Case("Q", f, Q[i, a], lambda d: t * SympySum(of_score(d) * K[j, a], over_j)),
            Case("K", f, K[j, a], lambda d: t * SympySum(of_score(d) * Q[i, a], over_i)),
            Case("Q by dS", f, Q[i, a], lambda d: kept(d, K[j, a], over_j), (S,)),
            Case("K by dS", f, K[j, a], lambda d: kept(d, Q[i, a], over_i), (S,)),
        ),
        {"f": "O"},
    )


def self_attention() -> Layer:
    """Queries, keys and values of one sequence; the gradients of all three stand as names."""
    g = sg.Graph("self-attention")
    n, e, v = g.sizes("n e v")
    i, j, k = g.indices("i j k", n)
    a, r, c = g.index("a", e), g.index("r", v), g.index("c", v)
    x = g.input("x", i, r)
    A, B, C = g.parameter("A", r, a), g.parameter("B", r, a), g.parameter("C", r, c)
    Q = g.define("Q", sg.Sum(x[i, r] * A[r, a], r), over=(i, a))
    K = g.define("K", sg.Sum(x[i, r] * B[r, a], r), over=(i, a))
    V = g.define("V", sg.Sum(x[i, r] * C[r, c], r), over=(i, c))
    S = g.define("S", sg.Sum(Q[i, a] * K[j, a], a), over=(i, j))
    P = g.define("P", exp(S[i, j]) / sg.Sum(exp(S[i, k]), k), over=(i, j))
    O = g.define("O", sg.Sum(P[i, j] * V[j, c], j), over=(i, c))  # noqa: E741
    f = g.loss("f", of=O)

    def by_x(d):
        q, k, w = (gradient(d, "f", name) for name in "QKV")
        return sg.Sum(A[r, a] * q[i, a], a) + sg.Sum(B[r, a] * k[i, a], a) + sg.Sum(C[r, c] * w[i, c], c)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, e=2, v=4),
        drawn(x="n v", A="v e", B="v e", C="v v"),
        texts(Q="x@A", K="x@B", V="x@C", S="Q@K.T", P="rows(S)", O="P@V"),
        (
            Case("x", f, x[i, r], by_x, (Q, K, V)),
            Case("A", f, A[r, a], lambda d: sg.Sum(x[i, r] * gradient(d, "f", "Q")[i, a], i), (Q,)),
        ),
        {"f": "O"},
    )


def neighbours() -> Layer:
    """Stochastic neighbour embedding with the t distribution: given affinities that are symmetric and add up to one."""
    g = sg.Graph("t-distributed neighbour embedding")
    i, j = g.indices("i j", g.size("n"))
    a = g.index("a", g.size("e"))
    y, A = g.parameter("y", i, a), g.input("A", i, j, sign="positive")
    B = g.define("B", A[i, j] + A[j, i], over=(i, j))
    w = g.define("w", 1 / (1 + sg.Sum((y[i, a] - y[j, a]) ** 2, a)), over=(i, j))
    Z = g.define("Z", sg.Sum(w[i, j], i, j))
    q = g.define("q", w[i, j] / Z, over=(i, j))
    L = g.define("L", -sg.Sum(B[i, j] * log(q[i, j]), i, j))
    g.fact(sg.Sum(B[i, j], i, j), 1)

    def given(z, draw):
        A = draw.uniform(0.5, 1.5, size=(z["n"], z["n"]))
        return {"y": draw.normal(size=(z["n"], z["e"])), "A": A / A.sum() / 2}

    def by_y(_: Any) -> Any:
        return 4 * sg.Sum((B[i, j] - q[i, j]) * (y[i, a] - y[j, a]) * w[i, j], j)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, e=2),
        given,
        texts(B="A+A.T", w="1/(1+sq(y[:,None]-y[None]).sum(2))", Z="w.sum()", q="w/Z", L="-(B*log(q)).sum()"),
        (Case("y", L, y[i, a], by_y),),
    )


LAYERS = [
    softmax_product(), softmax_by_parts(), log_softmax(), logsumexp_temperature(), cross_entropy_mean(),
    cross_entropy_label(), cross_entropy_temperature(), cross_entropy_smoothed(), distillation(), policy_gradient(),
    contrastive(), attention(causal=False), attention(causal=True), self_attention(), neighbours(),
]  # fmt: skip
