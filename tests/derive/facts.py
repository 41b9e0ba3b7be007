"""Matrix forms, traces and inverses, losses of probabilities: facts as tests/derive/fact.py describes them."""

from __future__ import annotations

from typing import Any

from sympy import KroneckerDelta, exp, log, sqrt

import symgrad as sg
from tests.derive.fact import Facts

FORMS = Facts()

# --- forms, traces, inverses ----------------------------------------------------------------------------------------


@FORMS.fact("a:n X:n,n", "a@X@a", "outer(a,a)", by="X")
def mc_aXa(g):
    i, j, k, r = g.indices("i j k r", g.size("n"))
    a, X = g.input("a", i), g.input("X", i, j)
    return g.derive(sg.Sum(a[i] * X[i, j] * a[j], i, j), wrt=X[k, r]), a[k] * a[r]


@FORMS.fact("x:n A:n,n", "x@A@x", "(A+A.T)@x", by="x")
def mc_xAx(g):
    i, j, k = g.indices("i j k", g.size("n"))
    x, A = g.input("x", i), g.input("A", i, j)
    return g.derive(sg.Sum(x[i] * A[i, j] * x[j], i, j), wrt=x[k]), sg.Sum((A[k, j] + A[j, k]) * x[j], j)


@FORMS.fact("x:n A:n,n", "x@A@x", "A+A.T", by="x", order=2)
def mc_xAx_hess(g):
    i, j, k, r = g.indices("i j k r", g.size("n"))
    x, A = g.input("x", i), g.input("A", i, j)
    first = g.derive(sg.Sum(x[i] * A[i, j] * x[j], i, j), wrt=x[k])
    return g.derive(first, wrt=x[r]), A[k, r] + A[r, k]


@FORMS.fact("X:n,m b:m c:m", "b@X.T@X@c", "X@(outer(b,c)+outer(c,b))", by="X")
def mc_bXXc(g):
    n, m = g.sizes("n m")
    i, k = g.indices("i k", n)
    j, s, r = g.indices("j s r", m)
    X, b, c = g.input("X", i, j), g.input("b", j), g.input("c", j)
    f = g.define("f", sg.Sum(b[j] * X[i, j] * X[i, s] * c[s], i, j, s))
    return g.derive(f, wrt=X[k, r]), sg.Sum(X[k, j] * (b[j] * c[r] + c[j] * b[r]), j)


@FORMS.fact(
    "B:p,n x:n b:p C:p,q D:q,n d:q",
    "(B@x+b)@C@(D@x+d)",
    "B.T@C@(D@x+d)+D.T@C.T@(B@x+b)",
    by="x",
    lines={"u": "B@x+b", "v": "D@x+d"},
)
def mc_affquad(g):
    n, p, q = g.sizes("n p q")
    i, r = g.indices("i r", n)
    j, k = g.index("j", p), g.index("k", q)
    x, B, C, D = g.input("x", i), g.input("B", j, i), g.input("C", j, k), g.input("D", k, i)
    b, d = g.input("b", j), g.input("d", k)
    u = g.define("u", sg.Sum(B[j, i] * x[i], i) + b[j], over=j)
    v = g.define("v", sg.Sum(D[k, i] * x[i], i) + d[k], over=k)
    f = g.define("f", sg.Sum(u[j] * C[j, k] * v[k], j, k))
    one, other = sg.Sum(B[j, r] * C[j, k] * v[k], j, k), sg.Sum(D[k, r] * C[j, k] * u[j], j, k)
    return g.derive(f, wrt=x[r]), one + other


@FORMS.fact("X:n,m A:m,n", "tr(X@A)", "A.T", by="X")
def mc_trXA(g):
    n, m = g.sizes("n m")
    i, k = g.indices("i k", n)
    j, r = g.indices("j r", m)
    X, A = g.input("X", i, j), g.input("A", j, i)
    return g.derive(sg.Sum(X[i, j] * A[j, i], i, j), wrt=X[k, r]), A[r, k]


@FORMS.fact("A:p,m X:n,m B:n,p", "tr(A@X.T@B)", "B@A", by="X")
def mc_trAXtB(g):
    n, m, p = g.sizes("n m p")
    i, k = g.indices("i k", n)
    j, r = g.indices("j r", m)
    s = g.index("s", p)
    A, X, B = g.input("A", s, j), g.input("X", i, j), g.input("B", i, s)
    return g.derive(sg.Sum(A[s, j] * X[i, j] * B[i, s], s, i, j), wrt=X[k, r]), sg.Sum(B[k, s] * A[s, r], s)


@FORMS.fact("X:n,n", "tr(X@X)", "2*X.T", by="X")
def mc_trX2(g):
    i, j, k, r = g.indices("i j k r", g.size("n"))
    X = g.input("X", i, j)
    return g.derive(sg.Sum(X[i, j] * X[j, i], i, j), wrt=X[k, r]), 2 * X[r, k]


@FORMS.fact(
    "A:n,n X:n,n B:n,n",
    "det(A@X@B)",
    "det(A@X@B)*inv(X).T",
    by="X",
    lines={"M": "A@X@B", "Q": "inv(M)", "D": "det(M)"},
)
def mc_detAXB(g):
    i, j, k, r, s, t = g.indices("i j k r s t", g.size("n"))
    A, X, B = g.input("A", i, j), g.input("X", i, j), g.input("B", i, j)
    M = g.define("M", sg.Sum(A[i, k] * X[k, r] * B[r, j], k, r), over=(i, j))
    Q = g.inverse("Q", M)
    D = g.det("D", M)
    return g.derive(D, wrt=X[s, t]), D * sg.Sum(A[i, s] * Q[j, i] * B[t, j], i, j)  # X^-1 written out: B M^-1 A


@FORMS.fact(
    "P:n,n",
    "inv(P)",
    '-es("ki,jl->klij",inv(P),inv(P))',
    by="P",
    assume="spd:P",
    lines={"Q": "inv(P)"},
)
def mc_inv(g):
    i, j, k, r = g.indices("i j k r", g.size("n"))
    P = g.input("P", i, j)
    Q = g.inverse("Q", P)
    return g.derive(Q[k, r], wrt=P[i, j]), -Q[k, i] * Q[j, r]


@FORMS.fact(
    "x:n a:n",
    "(x-a)/nrm(x-a)",
    "eye(n)/nrm(x-a)-outer(x-a,x-a)/nrm(x-a)**3",
    by="x",
    lines={"r": "nrm(x-a)"},
)
def mc_unit(g):
    i, j = g.indices("i j", g.size("n"))
    x, a = g.input("x", i), g.input("a", i)
    r = g.define("r", sqrt(sg.Sum((x[i] - a[i]) ** 2, i)))
    textbook = KroneckerDelta(i, j) / r - (x[i] - a[i]) * (x[j] - a[j]) / r**3
    return g.derive((x[i] - a[i]) / r, wrt=x[j]), textbook


@FORMS.fact(
    "X:b,n u:n P:n,n",
    '-b/2*log(det(P))-0.5*es("bi,ij,bj->",X-u,inv(P),X-u)',
    "-b/2*inv(P).T+0.5*inv(P).T@(X-u).T@(X-u)@inv(P).T",
    by="P",
    assume="spd:P",
    lines={"Q": "inv(P)", "D": "logdet(P)"},
)
def gauss_Sigma(g):
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, j, k, r = g.indices("i j k r", n)
    X, u, P = g.input("X", s, i), g.input("u", i), g.input("P", i, j)
    Q = g.inverse("Q", P)
    D = g.logdet("D", P)
    far = sg.Sum((X[s, i] - u[i]) * Q[i, j] * (X[s, j] - u[j]), s, i, j)
    one, other = sg.Sum((X[s, i] - u[i]) * Q[i, k], i), sg.Sum(Q[r, j] * (X[s, j] - u[j]), j)
    return g.derive(-b * D / 2 - far / 2, wrt=P[k, r]), sg.Sum(one * other, s) / 2 - b * Q[r, k] / 2


# --- losses of probabilities ----------------------------------------------------------------------------------------


@FORMS.fact(
    "X:b,n w:n y:b",
    "log(1+exp(-y*(X@w))).sum()",
    "-X.T@(y*sigmoid(-y*(X@w)))",
    by="w",
    lines={"z": "X@w"},
)
def logistic_pm(g):
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, k = g.indices("i k", n)
    X, w, y = g.input("X", s, i), g.parameter("w", i), g.input("y", s)
    z = g.define("z", sg.Sum(X[s, i] * w[i], i), over=s)
    L = g.define("L", sg.Sum(log(1 + exp(-y[s] * z[s])), s))
    return g.derive(L, wrt=w[k]), -sg.Sum(X[s, k] * y[s] * sg.sigmoid(-y[s] * z[s]), s)


@FORMS.fact(
    "X:b,n w:n y:b",
    "-(y*log(sigmoid(X@w))+(1-y)*log(1-sigmoid(X@w))).sum()/b",
    "X.T@(sigmoid(X@w)-y)/b",
    by="w",
    lines={"s": "sigmoid(X@w)"},
)
def bce_w(g):
    b, n = g.sizes("b n")
    i = g.index("i", b)
    j, k = g.indices("j k", n)
    X, w, y = g.input("X", i, j), g.parameter("w", j), g.input("y", i)
    s = g.define("s", sg.sigmoid(sg.Sum(X[i, j] * w[j], j)), over=i)
    L = g.define("L", -sg.Sum(y[i] * log(s[i]) + (1 - y[i]) * log(1 - s[i]), i) / b)
    return g.derive(L, wrt=w[k]), sg.Sum(X[i, k] * (s[i] - y[i]), i) / b


SOFTMAX = {"P": "softmax(h)"}


def softmax(g, t: Any = 1):
    i, j, k = g.indices("i j k", g.size("n"))
    h = g.input("h", i)
    return (i, j, k), h, g.define("P", exp(h[i] / t) / sg.Sum(exp(h[k] / t), k), over=i)


@FORMS.fact(
    "h:n",
    "diag(softmax(h))-outer(softmax(h),softmax(h))",
    'es("i,ij,ik->ijk",softmax(h),eye(n),eye(n))-es("i,k,ij->ijk",softmax(h),softmax(h),eye(n))'
    '-es("i,j,ik->ijk",softmax(h),softmax(h),eye(n))-es("i,j,jk->ijk",softmax(h),softmax(h),eye(n))'
    '+2*es("i,j,k->ijk",softmax(h),softmax(h),softmax(h))',
    by="h",
    lines=SOFTMAX,
)
def lse_third(g):
    (i, j, k), h, P = softmax(g)
    first = g.derive(log(sg.Sum(exp(h[k]), k)), wrt=h[i])
    d = KroneckerDelta
    textbook = P[i] * d(i, j) * d(i, k) - P[i] * P[k] * d(i, j) - P[i] * P[j] * d(i, k) - P[i] * P[j] * d(j, k)
    return g.derive(g.derive(first, wrt=h[j]), wrt=h[k]), textbook + 2 * P[i] * P[j] * P[k]


@FORMS.fact("h:n", "h-lse(h)", "eye(n)-outer(ones(n),softmax(h))", by="h", lines=SOFTMAX)
def logsoftmax_jac(g):
    (i, j, _), h, P = softmax(g)
    return g.derive(log(P[i]), wrt=h[j]), KroneckerDelta(i, j) - P[j]


@FORMS.fact("h:n y:n", "-(y*log(softmax(h))).sum()", "softmax(h)*y.sum()-y", by="h", lines=SOFTMAX)
def ce_general(g):
    (i, j, _), h, P = softmax(g)
    y = g.input("y", i)
    L = g.define("L", -sg.Sum(y[j] * log(P[j]), j))
    return g.derive(L, wrt=h[i]), P[i] * sg.Sum(y[j], j) - y[i]


@FORMS.fact(
    "h:n y:n t:",
    "-((y/y.sum())*log(softmax(h/t))).sum()",
    "((y/y.sum()-softmax(h/t))*h).sum()/t**2",
    by="t",
    assume="pos:y,t",
    lines={"P": "softmax(h/t)", "y": "y/y.sum()"},
)
def ce_temp(g):
    t = g.input("t", sign="positive")
    (i, j, _), h, P = softmax(g, t)
    y = g.input("y", i, sign="positive")
    L = g.define("L", -sg.Sum(y[j] * log(P[j]), j))
    g.fact(sg.Sum(y[j], j), 1)
    return g.derive(L, wrt=t), sg.Sum((y[j] - P[j]) * h[j], j) / t**2


@FORMS.fact(
    "h:n q:n",
    "(softmax(h)*(log(softmax(h))-log(q))).sum()",
    "softmax(h)*(log(softmax(h))-log(q)-(softmax(h)*(log(softmax(h))-log(q))).sum())",
    by="h",
    assume="pos:q",
    lines={**SOFTMAX, "KL": "(P*(log(P)-log(q))).sum()"},
)
def kl_logits(g):
    (i, j, _), h, P = softmax(g)
    q = g.input("q", i, sign="positive")
    KL = g.define("KL", sg.Sum(P[j] * (log(P[j]) - log(q[j])), j))
    return g.derive(KL, wrt=h[i]), P[i] * (log(P[i]) - log(q[i]) - KL)


@FORMS.fact(
    "h:n",
    "-(softmax(h)*log(softmax(h))).sum()",
    "-softmax(h)*(log(softmax(h))-(softmax(h)*log(softmax(h))).sum())",
    by="h",
    lines={**SOFTMAX, "H": "-(P*log(P)).sum()"},
)
def entropy_logits(g):
    (i, j, _), h, P = softmax(g)
    H = g.define("H", -sg.Sum(P[j] * log(P[j]), j))
    return g.derive(H, wrt=h[i]), -P[i] * (log(P[i]) + H)
