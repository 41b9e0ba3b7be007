"""Gates, normalisation, tables and factorisations: facts as tests/derive/fact.py describes them."""

from __future__ import annotations

from sympy import KroneckerDelta, Piecewise, exp, sqrt, tanh

import symgrad as sg
from tests.derive.fact import Facts

LAYERS = Facts()

# --- entry by entry, gates ------------------------------------------------------------------------------------------


@LAYERS.fact("z:n", "tanh(z).sum()", "1-tanh(z)**2", by="z")
def tanh_sum(g):
    i, k = g.indices("i k", g.size("n"))
    z = g.input("z", i)
    return g.derive(sg.Sum(tanh(z[i]), i), wrt=z[k]), 1 - tanh(z[k]) ** 2


@LAYERS.fact("z:n", "(z*sigmoid(z)).sum()", "sigmoid(z)+z*sigmoid(z)*(1-sigmoid(z))", by="z")
def swish(g):
    i, k = g.indices("i k", g.size("n"))
    z = g.input("z", i)
    s = sg.sigmoid(z[k])
    return g.derive(sg.Sum(z[i] * sg.sigmoid(z[i]), i), wrt=z[k]), s + z[k] * s * (1 - s)


@LAYERS.fact("z:n c:", "where(z>0,z,c*(exp(z)-1)).sum()", "where(z>0,1+0*z,c*exp(z))", by="z")
def elu(g):
    i, k = g.indices("i k", g.size("n"))
    z, c = g.input("z", i), g.constant("c")
    f = g.define("f", sg.Sum(Piecewise((z[i], z[i] > 0), (c * (exp(z[i]) - 1), True)), i))
    return g.derive(f, wrt=z[k]), sg.step(z[k]) + (1 - sg.step(z[k])) * c * exp(z[k])


@LAYERS.fact(
    "x:n W:n,m V:n,m g:m",
    "(g*(x@W)*sigmoid(x@V)).sum()",
    "outer(x,g*(x@W)*sigmoid(x@V)*(1-sigmoid(x@V)))",
    by="V",
    lines={"u": "x@W", "s": "sigmoid(x@V)"},
)
def glu(g):
    n, m = g.sizes("n m")
    i, k = g.indices("i k", n)
    j, r = g.indices("j r", m)
    x, W, V, u_ = g.input("x", i), g.parameter("W", i, j), g.parameter("V", i, j), g.input("g", j)
    u = g.define("u", sg.Sum(x[i] * W[i, j], i), over=j)
    s = g.define("s", sg.sigmoid(sg.Sum(x[i] * V[i, j], i)), over=j)
    L = g.define("L", sg.Sum(u_[j] * u[j] * s[j], j))
    return g.derive(L, wrt=V[k, r]), x[k] * u_[r] * u[r] * s[r] * (1 - s[r])


@LAYERS.fact(
    "U:n,n W:n,m h:n x:m z:m g:n",
    "(g*tanh(U@tanh(U@h+W@x)+W@z)).sum()",
    "outer(g*(1-tanh(U@tanh(U@h+W@x)+W@z)**2),z)"
    "+outer((U.T@(g*(1-tanh(U@tanh(U@h+W@x)+W@z)**2)))*(1-tanh(U@h+W@x)**2),x)",
    by="W",
    lines={"h1": "tanh(U@h+W@x)", "h2": "tanh(U@h1+W@z)"},
)
def rnn2_W(g):
    n, m = g.sizes("n m")
    i, j, k = g.indices("i j k", n)
    a, r = g.indices("a r", m)
    U, W = g.parameter("U", i, j), g.parameter("W", i, a)
    h, x, z, v = g.input("h", i), g.input("x", a), g.input("z", a), g.input("g", i)
    h1 = g.define("h1", tanh(sg.Sum(U[i, j] * h[j], j) + sg.Sum(W[i, a] * x[a], a)), over=i)
    h2 = g.define("h2", tanh(sg.Sum(U[i, j] * h1[j], j) + sg.Sum(W[i, a] * z[a], a)), over=i)
    L = g.define("L", sg.Sum(v[i] * h2[i], i))
    back = (1 - h1[k] ** 2) * sg.Sum(v[i] * (1 - h2[i] ** 2) * U[i, k], i)
    return g.derive(L, wrt=W[k, r]), v[k] * (1 - h2[k] ** 2) * z[r] + back * x[r]


@LAYERS.fact(
    "x:n c:m F:m,n I:m,n O:m,n K:m,n g:m",
    "(g*sigmoid(O@x)*tanh((sigmoid(F@x)*c+sigmoid(I@x)*tanh(K@x)))).sum()",
    "g*sigmoid(O@x)*(1-tanh((sigmoid(F@x)*c+sigmoid(I@x)*tanh(K@x)))**2)*sigmoid(F@x)",
    by="c",
    lines={
        "f": "sigmoid(F@x)", "i": "sigmoid(I@x)", "o": "sigmoid(O@x)",
        "c1": "f*c+i*tanh(K@x)", "t": "tanh(c1)", "h": "o*t",
    },
)  # fmt: skip
def lstm_cprev(g):
    n, m = g.sizes("n m")
    e = g.index("e", n)
    j, k = g.indices("j k", m)
    x, c, v = g.input("x", e), g.input("c", j), g.input("g", j)
    F, I, O, K = (g.parameter(name, j, e) for name in "FIOK")  # noqa: E741
    f, i, o = (
        g.define(name, sg.sigmoid(sg.Sum(A[j, e] * x[e], e)), over=j) for name, A in zip("fio", (F, I, O), strict=True)
    )
    c1 = g.define("c1", f[j] * c[j] + i[j] * tanh(sg.Sum(K[j, e] * x[e], e)), over=j)
    t = g.define("t", tanh(c1[j]), over=j)
    h = g.define("h", o[j] * t[j], over=j)
    return g.derive(sg.Sum(v[j] * h[j], j), wrt=c[k]), v[k] * o[k] * (1 - t[k] ** 2) * f[k]


@LAYERS.fact(
    "X:b,d W:d,d G:b,d",
    "(G*X*sigmoid(W@X.mean(0))).sum()",
    "G*sigmoid(W@X.mean(0))+(W.T@(sigmoid(W@X.mean(0))*(1-sigmoid(W@X.mean(0)))*(G*X).sum(0)))/b+0*X",
    by="X",
    lines={"mu": "X.mean(0)", "s": "sigmoid(W@mu)"},
)
def se_block(g):
    b, d = g.sizes("b d")
    i, a = g.indices("i a", b)
    j, k, r = g.indices("j k r", d)
    X, W, G = g.input("X", i, j), g.parameter("W", j, k), g.input("G", i, j)
    mu = g.define("mu", sg.Sum(X[i, j], i) / b, over=j)
    s = g.define("s", sg.sigmoid(sg.Sum(W[j, k] * mu[k], k)), over=j)
    L = g.define("L", sg.Sum(G[i, j] * X[i, j] * s[j], i, j))
    gate = sg.Sum(W[j, r] * s[j] * (1 - s[j]) * sg.Sum(G[i, j] * X[i, j], i), j)
    return g.derive(L, wrt=X[a, r]), G[a, r] * s[r] + gate / b


# --- normalisation --------------------------------------------------------------------------------------------------

XHAT = "((x-x.mean())/sqrt(((x-x.mean())**2).mean()+e))"


@LAYERS.fact(
    "x:m e:",
    XHAT,
    f"(eye(m)-ones((m,m))/m-outer({XHAT},{XHAT})/m)/sqrt(((x-x.mean())**2).mean()+e)",
    by="x",
    assume="pos:e",
    lines={"mu": "x.mean()", "s2": "((x-mu)**2).mean()", "xhat": "(x-mu)/sqrt(s2+e)"},
)
def bn_jac(g):
    m = g.size("m")
    i, j = g.indices("i j", m)
    x, e = g.input("x", i), g.constant("e", positive=True)
    mu = g.define("mu", sg.Sum(x[i], i) / m)
    s2 = g.define("s2", sg.Sum((x[i] - mu) ** 2, i) / m)
    xhat = g.define("xhat", (x[i] - mu) / sqrt(s2 + e), over=i)
    return g.derive(xhat[i], wrt=x[j]), (KroneckerDelta(i, j) - 1 / m - xhat[i] * xhat[j] / m) / sqrt(s2 + e)


DEVIATION = "sqrt(((X-X.mean(0))**2).mean(0)+e)"


@LAYERS.fact(
    "X:b,d G:b,d c:d e:",
    f"(G*c*(X-X.mean(0))/{DEVIATION}).sum()",
    f"c/(b*{DEVIATION})*(b*G-G.sum(0)-(X-X.mean(0))/{DEVIATION}*(G*(X-X.mean(0))/{DEVIATION}).sum(0))",
    by="X",
    assume="pos:e",
    lines={"mu": "X.mean(0)", "s2": "((X-mu)**2).mean(0)", "xhat": "(X-mu)/sqrt(s2+e)"},
)
def bn2d_X(g):
    b, d = g.sizes("b d")
    i, a = g.indices("i a", b)
    j, r = g.indices("j r", d)
    X, G, c, e = g.input("X", i, j), g.input("G", i, j), g.parameter("c", j), g.constant("e", positive=True)
    mu = g.define("mu", sg.Sum(X[i, j], i) / b, over=j)
    s2 = g.define("s2", sg.Sum((X[i, j] - mu[j]) ** 2, i) / b, over=j)
    xhat = g.define("xhat", (X[i, j] - mu[j]) / sqrt(s2[j] + e), over=(i, j))
    L = g.define("L", sg.Sum(G[i, j] * c[j] * xhat[i, j], i, j))
    inner = b * G[a, r] - sg.Sum(G[i, r], i) - xhat[a, r] * sg.Sum(G[i, r] * xhat[i, r], i)
    return g.derive(L, wrt=X[a, r]), c[r] / (b * sqrt(s2[r] + e)) * inner


@LAYERS.fact(
    "v:n x:n c:",
    "c*(v@x)/nrm(v)",
    "c/nrm(v)*(x-v*(v@x)/(v@v))",
    by="v",
    lines={"r": "nrm(v)", "y": "c*(v@x)/r"},
)
def weightnorm_v(g):
    i, k = g.indices("i k", g.size("n"))
    v, x, c = g.parameter("v", i), g.input("x", i), g.parameter("c")
    r = g.define("r", sqrt(sg.Sum(v[i] ** 2, i)))
    y = g.define("y", c * sg.Sum(v[i] * x[i], i) / r)
    return g.derive(y, wrt=v[k]), c / r * (x[k] - v[k] / r**2 * sg.Sum(v[i] * x[i], i))


@LAYERS.fact("x:n", "((x-x.mean())**2).mean()", "2/n*(x-x.mean())", by="x", lines={"mu": "x.mean()"})
def variance(g):
    n = g.size("n")
    i, k = g.indices("i k", n)
    x = g.input("x", i)
    mu = g.define("mu", sg.Sum(x[i], i) / n)
    return g.derive(sg.Sum((x[i] - mu) ** 2, i) / n, wrt=x[k]), 2 * (x[k] - mu) / n


# --- tables, convolution, factorisation -----------------------------------------------------------------------------


@LAYERS.fact("E:m,d T:b,m G:b,d", "(G*(T@E)).sum()", "T.T@G", by="E")
def gather(g):
    m, d, b = g.sizes("m d b")
    i = g.index("i", b)
    j, k = g.indices("j k", m)
    c, r = g.indices("c r", d)
    E, T, G = g.parameter("E", j, c), g.input("T", i, j), g.input("G", i, c)
    return g.derive(sg.Sum(G[i, c] * T[i, j] * E[j, c], i, j, c), wrt=E[k, r]), sg.Sum(T[i, k] * G[i, r], i)


@LAYERS.fact(
    "X:H,d W:K,d G:O,d",
    "(G*sum(W[k]*X[k:k+6] for k in rng(3))).sum()",
    "stack([(G*X[k:k+6]).sum(0) for k in rng(3)])",
    by="W",
    lines={"Y": "sum(W[k]*X[k:k+6] for k in rng(3))"},
    sizes=({"H": 8, "K": 3, "d": 3, "O": 6},),
)
def depthwise_w(g):
    H, K, d = g.sizes("H K d")
    g.require(H >= K)
    q, i = g.index("q", H), g.index("i", H - K + 1)
    k, r = g.indices("k r", K)
    c, e = g.indices("c e", d)
    X, W, G = g.input("X", q, c), g.parameter("W", k, c), g.input("G", i, c)
    Y = g.define("Y", sg.Sum(W[k, c] * X[i + k, c], k), over=(i, c))
    L = g.define("L", sg.Sum(G[i, c] * Y[i, c], i, c))
    return g.derive(L, wrt=W[r, e]), sg.Sum(G[i, e] * X[i + r, e], i)


@LAYERS.fact("U:p,k V:q,k T:p,q", "((T-U@V.T)**2).sum()", '2*es("ac,bd->abcd",eye(p),V.T@V)', by="U", order=2)
def mf_U_hess(g):
    p, q, k = g.sizes("p q k")
    i, a, c = g.indices("i a c", p)
    j, f = g.index("j", q), g.indices("f b d", k)
    U, V, T = g.parameter("U", i, f[0]), g.parameter("V", j, f[0]), g.input("T", i, j)
    L = g.define("L", sg.Sum((T[i, j] - sg.Sum(U[i, f[0]] * V[j, f[0]], f[0])) ** 2, i, j))
    hessian = g.derive(g.derive(L, wrt=U[a, f[1]]), wrt=U[c, f[2]])
    return hessian, 2 * KroneckerDelta(a, c) * sg.Sum(V[j, f[1]] * V[j, f[2]], j)


@LAYERS.fact(
    "U:p,k A:p,p",
    "((A+A.T-U@U.T)**2).sum()",
    "-4*(A+A.T-U@U.T)@U",
    by="U",
    lines={"R": "A+A.T-U@U.T"},
)
def symnmf(g):
    p, k = g.sizes("p k")
    i, j, a = g.indices("i j a", p)
    c, r = g.indices("c r", k)
    U, A = g.parameter("U", i, c), g.input("A", i, j)
    R = g.define("R", A[i, j] + A[j, i] - sg.Sum(U[i, c] * U[j, c], c), over=(i, j))
    return g.derive(sg.Sum(R[i, j] ** 2, i, j), wrt=U[a, r]), -2 * sg.Sum((R[a, j] + R[j, a]) * U[j, r], j)


GRAM = "exp(-((X[:,None,:]-X[None,:,:])**2).sum(2)/2)"


@LAYERS.fact(
    "X:b,n C:b,b",
    f"(C*{GRAM}).sum()",
    f'-es("aj,ajn->an",(C+C.T)*{GRAM},X[:,None,:]-X[None,:,:])',
    by="X",
    lines={"K": GRAM},
)
def rbf_gram_X(g):
    b, n = g.sizes("b n")
    i, j, a = g.indices("i j a", b)
    c, r = g.indices("c r", n)
    X, C = g.input("X", i, c), g.input("C", i, j)
    K = g.define("K", exp(-sg.Sum((X[i, c] - X[j, c]) ** 2, c) / 2), over=(i, j))
    L = g.define("L", sg.Sum(C[i, j] * K[i, j], i, j))
    pairs = (C[a, j] * K[a, j] + C[j, a] * K[j, a]) * (X[a, r] - X[j, r])
    return g.derive(L, wrt=X[a, r]), -sg.Sum(pairs, j)


@LAYERS.fact("x:n V:n,k", "0.5*((V.T@x)**2-(V**2).T@(x**2)).sum()", "outer(x,V.T@x)-V*(x**2)[:,None]", by="V")
def fm_v(g):
    n, k = g.sizes("n k")
    i, j, a = g.indices("i j a", n)
    f, r = g.indices("f r", k)
    x, V = g.input("x", i), g.parameter("V", i, f)
    inner = sg.Sum(V[i, f] * x[i], i) ** 2 - sg.Sum(V[j, f] ** 2 * x[j] ** 2, j)
    y = g.define("y", sg.Sum(inner, f) / 2)
    return g.derive(y, wrt=V[a, r]), x[a] * sg.Sum(V[j, r] * x[j], j) - V[a, r] * x[a] ** 2


@LAYERS.fact("X:b,n", "0.5*((X[:,None,:]-X[None,:,:])**2).sum()", "2*(b*X-X.sum(0))", by="X")
def pairdist_X(g):
    b, n = g.sizes("b n")
    i, j, a = g.indices("i j a", b)
    c, r = g.indices("c r", n)
    X = g.input("X", i, c)
    L = g.define("L", sg.Sum((X[i, c] - X[j, c]) ** 2, i, j, c) / 2)
    return g.derive(L, wrt=X[a, r]), 2 * (b * X[a, r] - sg.Sum(X[j, r], j))
