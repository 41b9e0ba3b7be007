"""More facts of the literature, chosen to find faults: what is said in tests/derive/fact.py holds here too."""

from __future__ import annotations

from sympy import KroneckerDelta, Piecewise, exp, log, sign, sqrt, tanh

import symgrad as sg
from tests.derive.fact import Facts

MORE = Facts()

# --- matrices -------------------------------------------------------------------------------------------------------


@MORE.fact(
    "X:n,n A:m,n B:n,m",
    "tr(A@inv(X)@B)",
    "-(inv(X)@B@A@inv(X)).T",
    by="X",
    assume="spd:X",
    lines={"Q": "inv(X)"},
)
def trace_of_inverse(g):
    n, m = g.sizes("n m")
    i, j, k, r = g.indices("i j k r", n)
    s = g.index("s", m)
    X, A, B = g.input("X", i, j), g.input("A", s, i), g.input("B", i, s)
    Q = g.inverse("Q", X)
    L = g.define("L", sg.Sum(A[s, i] * Q[i, j] * B[j, s], s, i, j))
    return g.derive(L, wrt=X[k, r]), -sg.Sum(A[s, i] * Q[i, k] * sg.Sum(Q[r, j] * B[j, s], j), s, i)


@MORE.fact(
    "X:m,n",
    "logdet(X.T@X)",
    "2*X@inv(X.T@X)",
    by="X",
    lines={"M": "X.T@X", "Minv": "inv(M)", "l": "logdet(M)"},
    sizes=({"m": 5, "n": 3}, {"m": 1, "n": 1}),
)
def logdet_of_gram(g):
    m, n = g.sizes("m n")
    g.require(m >= n)
    a, c = g.indices("a c", m)
    i, j, k = g.indices("i j k", n)
    X = g.input("X", a, i)
    M = g.define("M", sg.Sum(X[a, i] * X[a, j], a), over=(i, j))
    Q = g.inverse("Minv", M)
    return g.derive(g.logdet("l", M), wrt=X[c, k]), 2 * sg.Sum(X[c, i] * Q[i, k], i)


@MORE.fact(
    "X:n,n",
    "det(X)",
    'det(X)*(es("ji,lk->ijkl",inv(X),inv(X))-es("li,jk->ijkl",inv(X),inv(X)))',
    by="X",
    order=2,
    assume="spd:X",
    lines={"Q": "inv(X)", "D": "det(X)"},
    sizes=({"n": 3}, {"n": 1}),
)
def det_hessian(g):
    i, j, k, r = g.indices("i j k r", g.size("n"))
    X = g.input("X", i, j)
    Q = g.inverse("Q", X)
    D = g.det("D", X)
    hessian = g.derive(g.derive(D, wrt=X[i, j]), wrt=X[k, r])
    return hessian, D * (Q[j, i] * Q[r, k] - Q[r, i] * Q[j, k])


@MORE.fact(
    "x:n A:n,n",
    "(x@A@x)/(x@x)",
    "((A+A.T)@x-2*(x@A@x)/(x@x)*x)/(x@x)",
    by="x",
    lines={"s": "x@x", "R": "(x@A@x)/s"},
)
def rayleigh(g):
    i, j, k = g.indices("i j k", g.size("n"))
    x, A = g.input("x", i), g.input("A", i, j)
    s = g.define("s", sg.Sum(x[i] ** 2, i))
    R = g.define("R", sg.Sum(x[i] * A[i, j] * x[j], i, j) / s)
    return g.derive(R, wrt=x[k]), (sg.Sum((A[k, j] + A[j, k]) * x[j], j) - 2 * R * x[k]) / s


@MORE.fact(
    "X:b,d",
    "(X-X.mean(0)).T@(X-X.mean(0))/b",
    '(es("ke,al->klae",eye(d),X-X.mean(0))+es("le,ak->klae",eye(d),X-X.mean(0)))/b',
    by="X",
    lines={"mu": "X.mean(0)", "C": "(X-mu).T@(X-mu)/b"},
)
def covariance(g):
    b, d = g.sizes("b d")
    i, a = g.indices("i a", b)
    k, r, e = g.indices("k r e", d)
    X = g.input("X", i, k)
    mu = g.define("mu", sg.Sum(X[i, k], i) / b, over=k)
    C = g.define("C", sg.Sum((X[i, k] - mu[k]) * (X[i, r] - mu[r]), i) / b, over=(k, r))
    one, other = KroneckerDelta(k, e) * (X[a, r] - mu[r]), KroneckerDelta(r, e) * (X[a, k] - mu[k])
    return g.derive(C[k, r], wrt=X[a, e]), (one + other) / b


# --- probabilities --------------------------------------------------------------------------------------------------


@MORE.fact(
    "h:n t:",
    "softmax(h/t)",
    "softmax(h/t)*((softmax(h/t)*h).sum()-h)/t**2",
    by="t",
    assume="pos:t",
    lines={"P": "softmax(h/t)"},
)
def softmax_by_temperature(g):
    i, k = g.indices("i k", g.size("n"))
    h, t = g.input("h", i), g.input("t", sign="positive")
    P = g.define("P", exp(h[i] / t) / sg.Sum(exp(h[k] / t), k), over=i)
    return g.derive(P[i], wrt=t), P[i] * (sg.Sum(P[k] * h[k], k) - h[i]) / t**2


@MORE.fact(
    "h:n y:n e:",
    "-(((1-e)*y/y.sum()+e/n)*log(softmax(h))).sum()",
    "softmax(h)-(1-e)*y/y.sum()-e/n",
    by="h",
    assume="pos:y",
    lines={"P": "softmax(h)", "y": "y/y.sum()"},
)
def label_smoothing(g):
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    h, y, e = g.input("h", i), g.input("y", i), g.constant("e")
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    L = g.define("L", -sg.Sum(((1 - e) * y[j] + e / n) * log(P[j]), j))
    g.fact(sg.Sum(y[j], j), 1)
    return g.derive(L, wrt=h[i]), P[i] - (1 - e) * y[i] - e / n


FOCAL = "-((1-sigmoid(z))**c*log(sigmoid(z))).sum()"
FOCAL_BY_Z = "(1-sigmoid(z))**c*(c*sigmoid(z)*log(sigmoid(z))+sigmoid(z)-1)"
FOCAL_LINES = {"p": "sigmoid(z)", "r": "sigmoid(-z)"}


@MORE.fact("z:n c:", FOCAL, FOCAL_BY_Z, by="z", assume="pos:c", lines=FOCAL_LINES)
def focal(g):
    i, k = g.indices("i k", g.size("n"))
    z, c = g.input("z", i), g.constant("c", positive=True)
    p = g.define("p", sg.sigmoid(z[i]), over=i)
    L = g.define("L", -sg.Sum((1 - p[i]) ** c * log(p[i]), i))
    return g.derive(L, wrt=z[k]), (1 - p[k]) ** c * (c * p[k] * log(p[k]) + p[k] - 1)


@MORE.fact("z:n c:", FOCAL, FOCAL_BY_Z, by="z", assume="pos:c", lines=FOCAL_LINES)
def focal_by_the_other_class(g):
    i, k = g.indices("i k", g.size("n"))
    z, c = g.input("z", i), g.constant("c", positive=True)
    p = g.define("p", sg.sigmoid(z[i]), over=i)
    r = g.define("r", sg.sigmoid(-z[i]), over=i)
    L = g.define("L", -sg.Sum(r[i] ** c * log(p[i]), i))
    return g.derive(L, wrt=z[k]), r[k] ** c * (c * p[k] * log(p[k]) - r[k])


@MORE.fact(
    "q:n K:b,n t:",
    "lse(K@q/t)-(K@q)[0]/t",
    "(K.T@softmax(K@q/t)-K[0])/t",
    by="q",
    assume="pos:t",
    lines={"P": "softmax(K@q/t)"},
)
def info_nce(g):
    n, b = g.sizes("n b")
    i, r = g.indices("i r", n)
    s, u = g.indices("s u", b)
    q, K, t = g.input("q", i), g.input("K", s, i), g.constant("t", positive=True)
    scores = g.define("a", sg.Sum(K[s, i] * q[i], i) / t, over=s)
    P = g.define("P", exp(scores[s]) / sg.Sum(exp(scores[u]), u), over=s)
    return g.derive(-log(P[0]), wrt=q[r]), (sg.Sum(P[s] * K[s, r], s) - K[0, r]) / t


@MORE.fact(
    "p:n t:n",
    "1-2*(p@t)/(p.sum()+t.sum())",
    "-2*(t*(p.sum()+t.sum())-p@t)/(p.sum()+t.sum())**2",
    by="p",
    assume="pos:p,t",
    lines={"u": "p@t", "v": "p.sum()+t.sum()"},
)
def dice(g):
    i, k = g.indices("i k", g.size("n"))
    p, t = g.input("p", i, sign="positive"), g.input("t", i, sign="positive")
    u = g.define("u", sg.Sum(p[i] * t[i], i))
    v = g.define("v", sg.Sum(p[i], i) + sg.Sum(t[i], i))
    return g.derive(1 - 2 * u / v, wrt=p[k]), -2 * (t[k] * v - u) / v**2


@MORE.fact(
    "s:n y:n",
    "-sum(y[i]*(s[i]-lse(s[i:])) for i in rng(n))",
    "-y+stack([sum(y[i]*exp(s[k]-lse(s[i:])) for i in rng(k+1)) for k in rng(n)])",
    by="s",
    lines={"R": "stack([exp(s[i:]).sum() for i in rng(n)])"},
)
def cox(g):
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    s, y = g.input("s", i), g.input("y", i)
    R = g.define("R", sg.Sum(Piecewise((exp(s[j]), j >= i), (0, True)), j), over=i)
    L = g.define("L", -sg.Sum(y[i] * (s[i] - log(R[i])), i))
    return g.derive(L, wrt=s[k]), exp(s[k]) * sg.Sum(Piecewise((y[i] / R[i], i <= k), (0, True)), i) - y[k]


@MORE.fact(
    "s:n C:n,n",
    "-(C*log(sigmoid(s[:,None]-s[None,:]))).sum()",
    "stack([sum(C[j,k]*sigmoid(s[k]-s[j])-C[k,j]*sigmoid(s[j]-s[k]) for j in rng(n)) for k in rng(n)])",
    by="s",
)
def bradley_terry(g):
    i, j, k = g.indices("i j k", g.size("n"))
    s, C = g.parameter("s", i), g.input("C", i, j)
    L = g.define("L", -sg.Sum(C[i, j] * log(sg.sigmoid(s[i] - s[j])), i, j))
    lost, won = C[j, k] * sg.sigmoid(s[k] - s[j]), C[k, j] * sg.sigmoid(s[j] - s[k])
    return g.derive(L, wrt=s[k]), sg.Sum(lost - won, j)


# --- distances, gates, signals --------------------------------------------------------------------------------------


@MORE.fact(
    "a:b,n p:b,n v:b,n c:",
    "relu(((a-p)**2).sum(1)-((a-v)**2).sum(1)+c).sum()",
    "2*(v-p)*gt0(((a-p)**2).sum(1)-((a-v)**2).sum(1)+c)[:,None]",
    by="a",
    lines={"u": "((a-p)**2).sum(1)-((a-v)**2).sum(1)+c"},
)
def triplet(g):
    b, n = g.sizes("b n")
    s, e = g.indices("s e", b)
    i, k = g.indices("i k", n)
    a, p, v, c = g.input("a", s, i), g.input("p", s, i), g.input("v", s, i), g.constant("c")
    u = g.define("u", sg.Sum((a[s, i] - p[s, i]) ** 2, i) - sg.Sum((a[s, i] - v[s, i]) ** 2, i) + c, over=s)
    return g.derive(sg.Sum(sg.relu(u[s]), s), wrt=a[e, k]), 2 * (v[e, k] - p[e, k]) * sg.step(u[e])


@MORE.fact(
    "x:b,n z:b,n y:b c:",
    "(y*((x-z)**2).sum(1)+(1-y)*relu(c-sqrt(((x-z)**2).sum(1)))**2).sum()",
    "2*(x-z)*(y-(1-y)*relu(c-sqrt(((x-z)**2).sum(1)))/sqrt(((x-z)**2).sum(1)))[:,None]",
    by="x",
    assume="pos:c",
    lines={"D": "sqrt(((x-z)**2).sum(1))"},
)
def contrastive(g):
    b, n = g.sizes("b n")
    s, e = g.indices("s e", b)
    i, k = g.indices("i k", n)
    x, z, y, c = g.input("x", s, i), g.input("z", s, i), g.input("y", s), g.constant("c", positive=True)
    D = g.define("D", sqrt(sg.Sum((x[s, i] - z[s, i]) ** 2, i)), over=s)
    L = g.define("L", sg.Sum(y[s] * D[s] ** 2 + (1 - y[s]) * sg.relu(c - D[s]) ** 2, s))
    return g.derive(L, wrt=x[e, k]), 2 * (x[e, k] - z[e, k]) * (y[e] - (1 - y[e]) * sg.relu(c - D[e]) / D[e])


@MORE.fact(
    "X:b,n w:n y:b c:",
    "where(abs(y-X@w)<=c,(y-X@w)**2/2,c*(abs(y-X@w)-c/2)).sum()",
    "-X.T@where(abs(y-X@w)<=c,y-X@w,c*sign(y-X@w))",
    by="w",
    assume="pos:c",
    lines={"u": "y-X@w"},
)
def huber(g):
    b, n = g.sizes("b n")
    s = g.index("s", b)
    i, k = g.indices("i k", n)
    X, w, y, c = g.input("X", s, i), g.parameter("w", i), g.input("y", s), g.constant("c", positive=True)
    u = g.define("u", y[s] - sg.Sum(X[s, i] * w[i], i), over=s)
    far = abs(u[s])
    L = g.define("L", sg.Sum(Piecewise((u[s] ** 2 / 2, far <= c), (c * (far - c / 2), True)), s))
    clipped = Piecewise((u[s], far <= c), (c * sign(u[s]), True))
    return g.derive(L, wrt=w[k]), -sg.Sum(X[s, k] * clipped, s)


@MORE.fact(
    "h:n R:n,n Z:n,n U:n,n v:n",
    "(v*((1-sigmoid(Z@h))*h+sigmoid(Z@h)*tanh(U@(sigmoid(R@h)*h)))).sum()",
    "outer(U.T@(v*sigmoid(Z@h)*(1-tanh(U@(sigmoid(R@h)*h))**2))*h*sigmoid(R@h)*(1-sigmoid(R@h)),h)",
    by="R",
    lines={"r": "sigmoid(R@h)", "z": "sigmoid(Z@h)", "q": "tanh(U@(r*h))"},
)
def gru_reset(g):
    i, j, k, e = g.indices("i j k e", g.size("n"))
    h, v = g.input("h", i), g.input("v", i)
    R, Z, U = (g.parameter(name, i, j) for name in "RZU")
    r, z = (g.define(n, sg.sigmoid(sg.Sum(A[i, j] * h[j], j)), over=i) for n, A in (("r", R), ("z", Z)))
    q = g.define("q", tanh(sg.Sum(U[i, j] * r[j] * h[j], j)), over=i)
    y = g.define("y", (1 - z[i]) * h[i] + z[i] * q[i], over=i)
    back = sg.Sum(U[i, k] * v[i] * z[i] * (1 - q[i] ** 2), i)
    return g.derive(sg.Sum(v[i] * y[i], i), wrt=R[k, e]), h[k] * h[e] * r[k] * (1 - r[k]) * back


@MORE.fact(
    "x:n",
    "((x[1:]-x[:-1])**2).sum()",
    "2*stack([(k>0)*(x[k]-x[k-1])+(k<n-1)*(x[k]-x[min(k+1,n-1)]) for k in rng(n)])",
    by="x",
)
def smoothness(g):
    n = g.size("n")
    k, i = g.index("k", n), g.index("i", n - 1)
    x = g.input("x", k)
    before = Piecewise((x[k] - x[k - 1], k >= 1), (0, True))
    after = Piecewise((x[k + 1] - x[k], k <= n - 2), (0, True))
    return g.derive(sg.Sum((x[i + 1] - x[i]) ** 2, i), wrt=x[k]), 2 * (before - after)


@MORE.fact(
    "X:b,n w:n y:b",
    "-(y*log(sigmoid(X@w))+(1-y)*log(1-sigmoid(X@w))).sum()",
    'es("bi,b,bj->ij",X,sigmoid(X@w)*(1-sigmoid(X@w)),X)',
    by="w",
    order=2,
    lines={"s": "sigmoid(X@w)"},
)
def logistic_hessian(g):
    b, n = g.sizes("b n")
    i = g.index("i", b)
    j, k, r = g.indices("j k r", n)
    X, w, y = g.input("X", i, j), g.parameter("w", j), g.input("y", i)
    s = g.define("s", sg.sigmoid(sg.Sum(X[i, j] * w[j], j)), over=i)
    L = g.define("L", -sg.Sum(y[i] * log(s[i]) + (1 - y[i]) * log(1 - s[i]), i))
    return g.derive(g.derive(L, wrt=w[k]), wrt=w[r]), sg.Sum(X[i, k] * X[i, r] * s[i] * (1 - s[i]), i)
