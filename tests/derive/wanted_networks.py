"""Wanted closed forms: networks and cells. Rows as tests/derive/layer.py describes them.

Two steps of a recurrent network, the gate of squeeze-and-excitation, the gates of an LSTM and a GRU by one input are in
facts_layers.py and facts_more.py.
"""

from __future__ import annotations

from typing import Any

from sympy import exp, tanh

import symgrad as sg
from tests.derive.layer import Case, Layer, drawn, texts, unequal_and_one
from tests.derive.textbook import gradient


def linear_batch() -> Layer:
    g = sg.Graph("linear layer of a batch")
    b, n, m = g.sizes("b n m")
    s, i, j = g.index("s", b), g.index("i", n), g.index("j", m)
    x, W, c = g.input("x", s, i), g.parameter("W", i, j), g.parameter("c", j)
    y = g.define("y", sg.Sum(x[s, i] * W[i, j], i) + c[j], over=(s, j))
    f = g.loss("f", of=y)

    def u(d: Any) -> Any:
        return gradient(d, "f", "y")[s, j]

    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3, m=4),
        drawn(x="b n", W="n m", c="m"),
        texts(y="x@W+c"),
        (
            Case("x", f, x[s, i], lambda d: sg.Sum(u(d) * W[i, j], j)),
            Case("W", f, W[i, j], lambda d: sg.Sum(x[s, i] * u(d), s)),
            Case("c", f, c[j], lambda d: sg.Sum(u(d), s)),
        ),
        {"f": "y"},
    )


def perceptron() -> Layer:
    """Two layers with tanh under a squared loss."""
    g = sg.Graph("two layers with tanh")
    n, m, o = g.sizes("n m o")
    i, j, k = g.index("i", n), g.index("j", m), g.index("k", o)
    x, t = g.input("x", i), g.input("t", k)
    W, b = g.parameter("W", j, i), g.parameter("b", j)
    V, c = g.parameter("V", k, j), g.parameter("c", k)
    h = g.define("h", tanh(sg.Sum(W[j, i] * x[i], i) + b[j]), over=j)
    y = g.define("y", sg.Sum(V[k, j] * h[j], j) + c[k], over=k)
    L = g.define("L", sg.Sum((y[k] - t[k]) ** 2, k) / 2)
    back = (1 - h[j] ** 2) * sg.Sum(V[k, j] * (y[k] - t[k]), k)
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3, o=4),
        drawn(x="n", t="o", W="m n", b="m", V="o m", c="o"),
        texts(h="tanh(W@x+b)", y="V@h+c", L="sq(y-t).sum()/2"),
        (
            Case("V", L, V[k, j], lambda d: (y[k] - t[k]) * h[j]),
            Case("c", L, c[k], lambda d: y[k] - t[k]),
            Case("W", L, W[j, i], lambda d: back * x[i]),
            Case("b", L, b[j], lambda d: back),
            Case("x", L, x[i], lambda d: sg.Sum(W[j, i] * back, j)),
            Case("x by dh", L, x[i], lambda d: sg.Sum(W[j, i] * (1 - h[j] ** 2) * gradient(d, "L", "h")[j], j), (h,)),
        ),
    )


def perceptron_batch() -> Layer:
    """Two layers with ReLU for a batch, pre-activations named, a mask of dropout between them."""
    g = sg.Graph("two layers with ReLU and dropout")
    b, n, m, o = g.sizes("b n m o")
    s, i, j, k = g.index("s", b), g.index("i", n), g.index("j", m), g.index("k", o)
    x, mask, p = g.input("x", s, i), g.input("mask", s, j), g.constant("p", positive=True)
    W, V = g.parameter("W", i, j), g.parameter("V", j, k)
    a = g.define("a", sg.Sum(x[s, i] * W[i, j], i), over=(s, j))
    r = g.define("r", sg.relu(a[s, j]), over=(s, j))
    h = g.define("h", mask[s, j] * r[s, j] / p, over=(s, j))
    y = g.define("y", sg.Sum(h[s, j] * V[j, k], j), over=(s, k))
    f = g.loss("f", of=y)

    def by_a(d: Any) -> Any:
        return sg.step(a[s, j]) * mask[s, j] / p * sg.Sum(gradient(d, "f", "y")[s, k] * V[j, k], k)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(b=2, n=3, m=4, o=5),
        drawn(x="b n", mask="bit:b m", p=0.8, W="n m", V="m o"),
        texts(a="x@W", r="relu(a)", h="mask*r/p", y="h@V"),
        (
            Case("V", f, V[j, k], lambda d: sg.Sum(h[s, j] * gradient(d, "f", "y")[s, k], s)),
            Case("r", f, r[s, j], lambda d: mask[s, j] / p * sg.Sum(gradient(d, "f", "y")[s, k] * V[j, k], k)),
            Case("a", f, a[s, j], by_a),
            Case("W", f, W[i, j], lambda d: sg.Sum(x[s, i] * by_a(d), s)),
            Case("W by da", f, W[i, j], lambda d: sg.Sum(x[s, i] * gradient(d, "f", "a")[s, j], s), (a,)),
            Case("x", f, x[s, i], lambda d: sg.Sum(W[i, j] * by_a(d), j)),
        ),
        {"f": "y"},
    )


def dropout() -> Layer:
    g = sg.Graph("dropout by a given mask")
    i = g.index("i", g.size("n"))
    x, m, p = g.input("x", i), g.input("m", i), g.constant("p", positive=True)
    y = g.define("y", m[i] * x[i] / (1 - p), over=i)
    f = g.loss("f", of=y)
    by_x = Case("x", f, x[i], lambda d: m[i] * gradient(d, "f", "y")[i] / (1 - p))
    sizes = unequal_and_one(n=3)
    return Layer(g.model.name, g, sizes, drawn(x="n", m="bit:n", p=0.2), texts(y="m*x/(1-p)"), (by_x,), {"f": "y"})


def residual_block() -> Layer:
    g = sg.Graph("residual block")
    n, m = g.sizes("n m")
    i, k, j = *g.indices("i k", n), g.index("j", m)
    x, W, b, V = g.input("x", i), g.parameter("W", j, i), g.parameter("b", j), g.parameter("V", i, j)
    a = g.define("a", sg.Sum(W[j, i] * x[i], i) + b[j], over=j)
    y = g.define("y", x[i] + sg.Sum(V[i, j] * sg.relu(a[j]), j), over=i)
    f = g.loss("f", of=y)

    def by_a(d: Any) -> Any:
        return sg.step(a[j]) * sg.Sum(V[k, j] * gradient(d, "f", "y")[k], k)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3),
        drawn(x="n", W="m n", b="m", V="n m"),
        texts(a="W@x+b", y="x+V@relu(a)"),
        (
            Case("x", f, x[i], lambda d: gradient(d, "f", "y")[i] + sg.Sum(W[j, i] * by_a(d), j)),
            Case("W", f, W[j, i], lambda d: by_a(d) * x[i]),
            Case("b", f, b[j], by_a),
            Case("V", f, V[i, j], lambda d: gradient(d, "f", "y")[i] * sg.relu(a[j])),
        ),
        {"f": "y"},
    )


def gated_linear() -> Layer:
    g = sg.Graph("gated linear unit")
    n, m = g.sizes("n m")
    i, j = g.index("i", n), g.index("j", m)
    x, W, V = g.input("x", i), g.parameter("W", j, i), g.parameter("V", j, i)
    u = g.define("u", sg.Sum(W[j, i] * x[i], i), over=j)
    s = g.define("s", sg.sigmoid(sg.Sum(V[j, i] * x[i], i)), over=j)
    y = g.define("y", u[j] * s[j], over=j)
    f = g.loss("f", of=y)

    def by_x(d: Any) -> Any:
        return sg.Sum(gradient(d, "f", "y")[j] * s[j] * (W[j, i] + u[j] * (1 - s[j]) * V[j, i]), j)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3),
        drawn(x="n", W="m n", V="m n"),
        texts(u="W@x", s="sigmoid(V@x)", y="u*s"),
        (
            Case("x", f, x[i], by_x),
            Case("W", f, W[j, i], lambda d: gradient(d, "f", "y")[j] * s[j] * x[i]),
            Case("V", f, V[j, i], lambda d: gradient(d, "f", "y")[j] * y[j] * (1 - s[j]) * x[i]),
        ),
        {"f": "y"},
    )


def swish_gated() -> Layer:
    g = sg.Graph("linear unit gated by swish")
    n, m = g.sizes("n m")
    i, j = g.index("i", n), g.index("j", m)
    x, W, V = g.input("x", i), g.parameter("W", j, i), g.parameter("V", j, i)
    u = g.define("u", sg.Sum(W[j, i] * x[i], i), over=j)
    v = g.define("v", sg.Sum(V[j, i] * x[i], i), over=j)
    s = g.define("s", sg.sigmoid(u[j]), over=j)
    y = g.define("y", u[j] * s[j] * v[j], over=j)
    f = g.loss("f", of=y)

    def by_u(d: Any) -> Any:
        return gradient(d, "f", "y")[j] * s[j] * v[j] * (1 + u[j] * (1 - s[j]))

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3),
        drawn(x="n", W="m n", V="m n"),
        texts(u="W@x", v="V@x", s="sigmoid(u)", y="u*s*v"),
        (
            Case("u", f, u[j], by_u),
            Case("W", f, W[j, i], lambda d: by_u(d) * x[i]),
            Case("V", f, V[j, i], lambda d: gradient(d, "f", "y")[j] * s[j] * u[j] * x[i]),
        ),
        {"f": "y"},
    )


def squeeze_and_excitation() -> Layer:
    """Channels c of positions p, squeezed to e with ReLU."""
    g = sg.Graph("squeeze and excitation")
    N, C, E = g.sizes("N C E")
    p, q = g.indices("p q", N)
    c, r = g.indices("c r", C)
    e = g.index("e", E)
    x, W, V = g.input("x", p, c), g.parameter("W", e, c), g.parameter("V", c, e)
    z = g.define("z", sg.Sum(x[p, c], p) / N, over=c)
    a = g.define("a", sg.Sum(W[e, c] * z[c], c), over=e)
    s = g.define("s", sg.sigmoid(sg.Sum(V[c, e] * sg.relu(a[e]), e)), over=c)
    y = g.define("y", x[p, c] * s[c], over=(p, c))
    f = g.loss("f", of=y)

    def by_s(d: Any, at: Any) -> Any:
        return sg.Sum(gradient(d, "f", "y")[q, at] * x[q, at], q)

    def by_a(d: Any) -> Any:
        return sg.step(a[e]) * sg.Sum(V[r, e] * s[r] * (1 - s[r]) * by_s(d, r), r)

    def squeezed(d: Any) -> Any:
        return gradient(d, "f", "y")[p, c] * s[c] + sg.Sum(W[e, c] * gradient(d, "f", "a")[e], e) / N

    return Layer(
        g.model.name,
        g,
        unequal_and_one(N=2, C=3, E=4),
        drawn(x="N C", W="E C", V="C E"),
        texts(z="x.mean(0)", a="W@z", s="sigmoid(V@relu(a))", y="x*s"),
        (
            Case("s", f, s[c], lambda d: by_s(d, c)),
            Case("V", f, V[c, e], lambda d: by_s(d, c) * s[c] * (1 - s[c]) * sg.relu(a[e])),
            Case("W", f, W[e, c], lambda d: by_a(d) * z[c]),
            Case("x", f, x[p, c], lambda d: gradient(d, "f", "y")[p, c] * s[c] + sg.Sum(W[e, c] * by_a(d), e) / N),
            Case("x by da", f, x[p, c], squeezed, (a,)),
        ),
        {"f": "y"},
    )


def experts() -> Layer:
    """A mixture of linear experts k under a softmax gate."""
    g = sg.Graph("mixture of experts")
    n, o = g.sizes("n o")
    i, k, r = g.index("i", o), *g.indices("k r", n)
    h, F = g.input("h", k), g.input("F", k, i)
    P = g.define("P", exp(h[k]) / sg.Sum(exp(h[r]), r), over=k)
    y = g.define("y", sg.Sum(P[k] * F[k, i], k), over=i)
    f = g.loss("f", of=y)

    def by_h(d: Any) -> Any:
        return P[k] * sg.Sum(gradient(d, "f", "y")[i] * (F[k, i] - y[i]), i)

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=3, o=2),
        drawn(h="n", F="n o"),
        texts(P="rows(h)", y="P@F"),
        (Case("h", f, h[k], by_h), Case("F", f, F[k, i], lambda d: P[k] * gradient(d, "f", "y")[i])),
        {"f": "y"},
    )


GATES = "ifgo"


def lstm(loss_of: str) -> Layer:
    """The cell by its pre-activations ai, af, ag, ao; cn and hn are the next c and h."""
    g = sg.Graph(f"LSTM cell, loss of {loss_of}")
    n, m = g.sizes("n m")
    r = g.index("r", n)
    j, k = g.indices("j k", m)
    x, h, c = g.input("x", r), g.input("h", j), g.input("c", j)
    W = {q: g.parameter(f"W{q}", j, r) for q in GATES}
    U = {q: g.parameter(f"U{q}", j, k) for q in GATES}
    b = {q: g.parameter(f"b{q}", j) for q in GATES}
    a = {
        q: g.define(f"a{q}", sg.Sum(W[q][j, r] * x[r], r) + sg.Sum(U[q][j, k] * h[k], k) + b[q][j], over=j)
        for q in GATES
    }
    i, f, o = (g.define(q, sg.sigmoid(a[q][j]), over=j) for q in "ifo")
    q = g.define("g", tanh(a["g"][j]), over=j)
    new = g.define("cn", f[j] * c[j] + i[j] * q[j], over=j)
    t = g.define("t", tanh(new[j]), over=j)
    hn = g.define("hn", o[j] * t[j], over=j)
    copy = g.define("co", new[j], over=j)  # of which the loss is where it is of c too
    J = g.loss("J", of={"h": hn, "h and c": (hn, new), "h and a copy of c": (hn, copy)}[loss_of])

    def by_new(d: Any) -> Any:
        through = gradient(d, "J", "hn")[j] * o[j] * (1 - t[j] ** 2)
        return through if loss_of == "h" else through + gradient(d, "J", "co")[j]

    slopes = {
        "i": lambda d: by_new(d) * q[j] * i[j] * (1 - i[j]),
        "f": lambda d: by_new(d) * c[j] * f[j] * (1 - f[j]),
        "g": lambda d: by_new(d) * i[j] * (1 - q[j] ** 2),
        "o": lambda d: gradient(d, "J", "hn")[j] * t[j] * o[j] * (1 - o[j]),
    }

    def by_h(d: Any) -> Any:
        return sum(sg.Sum(U[q][j, k] * gradient(d, "J", f"a{q}")[j], j) for q in GATES)

    cases = (
        Case("c", J, c[j], lambda d: by_new(d) * f[j]),
        *(Case(f"a{q}", J, a[q][j], slopes[q]) for q in GATES),
        Case("Wf", J, W["f"][j, r], lambda d: slopes["f"](d) * x[r]),
        Case("Uo", J, U["o"][j, k], lambda d: slopes["o"](d) * h[k]),
        Case("bg", J, b["g"][j], slopes["g"]),
        Case("h by da", J, h[k], by_h, tuple(a.values())),
    )
    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3),
        drawn(x="n", h="m", c="m", **{f"W{q}": "m n" for q in GATES}, **{f"U{q}": "m m" for q in GATES},
              **{f"b{q}": "m" for q in GATES}),
        texts(
            **{f"a{q}": f"W{q}@x+U{q}@h+b{q}" for q in GATES}, **{q: f"sigmoid(a{q})" for q in "ifo"},
            g="tanh(ag)", cn="f*c+i*g", t="tanh(cn)", hn="o*t", co="1*cn",
            both="stack((hn,co))",
        ),
        cases[:1] if loss_of == "h and c" else cases,
        {"J": "hn" if loss_of == "h" else "both"},
    )  # fmt: skip


def gru() -> Layer:
    """The reset gate acts on h before its matrix; y = (1 - z) h + z q."""
    g = sg.Graph("GRU cell")
    n, m = g.sizes("n m")
    e = g.index("e", n)
    i, j = g.indices("i j", m)
    x, h = g.input("x", e), g.input("h", i)
    W = {p: g.parameter(f"W{p}", i, e) for p in "rzq"}
    U = {p: g.parameter(f"U{p}", i, j) for p in "rzq"}
    of_x = {p: sg.Sum(W[p][i, e] * x[e], e) for p in "rzq"}
    ar, az = (g.define(f"a{p}", of_x[p] + sg.Sum(U[p][i, j] * h[j], j), over=i) for p in "rz")
    r, z = g.define("r", sg.sigmoid(ar[i]), over=i), g.define("z", sg.sigmoid(az[i]), over=i)
    aq = g.define("aq", of_x["q"] + sg.Sum(U["q"][i, j] * r[j] * h[j], j), over=i)
    q = g.define("q", tanh(aq[i]), over=i)
    y = g.define("y", (1 - z[i]) * h[i] + z[i] * q[i], over=i)
    f = g.loss("f", of=y)

    def u(d: Any) -> Any:
        return gradient(d, "f", "y")[i]

    def by_aq(d: Any) -> Any:
        return u(d) * z[i] * (1 - q[i] ** 2)

    def by_r(d: Any) -> Any:
        return h[j] * sg.Sum(U["q"][i, j] * by_aq(d), i)

    def by_h(d: Any) -> Any:
        da = {p: gradient(d, "f", f"a{p}")[i] for p in "rzq"}
        back = {p: sg.Sum(U[p][i, j] * da[p], i) for p in "rzq"}
        return gradient(d, "f", "y")[j] * (1 - z[j]) + back["r"] + back["z"] + r[j] * back["q"]

    return Layer(
        g.model.name,
        g,
        unequal_and_one(n=2, m=3),
        drawn(x="n", h="m", **{f"W{p}": "m n" for p in "rzq"}, **{f"U{p}": "m m" for p in "rzq"}),
        texts(
            ar="Wr@x+Ur@h", az="Wz@x+Uz@h", r="sigmoid(ar)", z="sigmoid(az)", aq="Wq@x+Uq@(r*h)", q="tanh(aq)",
            y="(1-z)*h+z*q",
        ),
        (
            Case("aq", f, aq[i], by_aq),
            Case("az", f, az[i], lambda d: u(d) * (q[i] - h[i]) * z[i] * (1 - z[i])),
            Case("r", f, r[j], by_r),
            Case("ar", f, ar[j], lambda d: r[j] * (1 - r[j]) * by_r(d)),
            Case("Wz", f, W["z"][i, e], lambda d: u(d) * (q[i] - h[i]) * z[i] * (1 - z[i]) * x[e]),
            Case("Uq", f, U["q"][i, j], lambda d: by_aq(d) * r[j] * h[j]),
            Case("h by da", f, h[j], by_h, (ar, az, aq)),
        ),
        {"f": "y"},
    )  # fmt: skip


LAYERS = [
    linear_batch(), perceptron(), perceptron_batch(), dropout(), residual_block(), gated_linear(), swish_gated(),
    squeeze_and_excitation(), lstm("h"), lstm("h and c"), lstm("h and a copy of c"), experts(),
    gru(),
]  # fmt: skip
