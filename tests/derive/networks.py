"""Deep networks for tests: layers of one shape again and again, in the ways in which layers follow each other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import sympy
from sympy import exp, sqrt, tanh

import symgrad as sg

Made = tuple[sg.Graph, Any, list[Any]]  # a graph, its loss, and what to differentiate by


class Net:
    """A network under construction: n samples of c features; `h` is what the last layer gives."""

    def __init__(self, name: str) -> None:
        self.g = sg.Graph(name)
        n, c, e = self.g.sizes("n c e")
        self.n = n
        self.i, self.t = self.g.indices("i t", n)
        self.j, self.k, self.l = self.g.indices("j k l", c)
        self.u, self.v = self.g.indices("u v", e)
        self.h = self.first = self.g.input("x", self.i, self.j)
        self.depth = 0
        self.by: list[Any] = [self.first]

    def done(self) -> Made:
        return self.g, self.g.loss("f", of=self.h), self.by

    def parameter(self, name: str, *axes: Any) -> Any:
        self.by.append(self.g.parameter(f"{name}{self.depth}", *axes))
        return self.by[-1]

    def define(self, name: str, right: Any) -> Any:
        return self.g.define(f"{name}{self.depth}", right, over=[self.i, self.j])

    # --- layers

    def linear(self, w: Any = None) -> Any:
        w = self.parameter("W", self.j, self.k) if w is None else w
        return self.define("a", sg.Sum(w[self.j, self.k] * self.h[self.i, self.k], self.k))

    def dense(self, act: Callable = tanh, w: Any = None) -> None:
        a = self.linear(w)
        b = self.parameter("b", self.j)
        self.h = self.define("h", act(a[self.i, self.j] + b[self.j]))

    def residual(self) -> None:
        a, before = self.linear(), self.h
        self.h = self.define("h", before[self.i, self.j] + tanh(a[self.i, self.j]))

    def gated(self) -> None:
        a, before = self.linear(), self.h
        z = self.define("z", sg.sigmoid(a[self.i, self.j]))
        self.h = self.define("h", z[self.i, self.j] * before[self.i, self.j])

    def normed(self) -> None:
        """Batch normalisation."""
        i, j, h, d = self.i, self.j, self.h, self.depth
        mu = self.g.define(f"mu{d}", sg.Sum(h[i, j], i) / self.n, over=j)
        v = self.g.define(f"v{d}", sg.Sum((h[i, j] - mu[j]) ** 2, i) / self.n, over=j)
        eps = self.g.constant(f"epsilon{d}", positive=True)
        gamma, beta = self.parameter("gamma", j), self.parameter("beta", j)
        xhat = self.define("xhat", (h[i, j] - mu[j]) / sqrt(v[j] + eps))
        self.h = self.define("y", gamma[j] * xhat[i, j] + beta[j])

    def softmaxed(self) -> None:
        i, j, k, h = self.i, self.j, self.k, self.h
        self.h = self.define("P", exp(h[i, j]) / sg.Sum(exp(h[i, k]), k))

    def wide(self) -> None:
        """Through another width and back: layers of alternating shapes."""
        i, j, k, u, d = self.i, self.j, self.k, self.u, self.depth
        A, B = self.parameter("A", u, j), self.parameter("B", j, u)
        r = self.g.define(f"r{d}", sg.relu(sg.Sum(A[u, k] * self.h[i, k], k)), over=[i, u])
        self.h = self.define("s", sg.Sum(B[j, u] * r[i, u], u))


LAYERS: dict[str, Callable[[Net], None]] = {
    "tanh": Net.dense,
    "sigmoid": lambda net: net.dense(sg.sigmoid),
    "relu": lambda net: net.dense(sg.relu),
    "exp": lambda net: net.dense(exp),
    "silu": lambda net: net.dense(sg.silu),
    "abs": lambda net: net.dense(sympy.Abs),
    "residual": Net.residual,
    "gated": Net.gated,
    "batch norm": Net.normed,
    "softmax": Net.softmaxed,
    "wide": Net.wide,
}


def stacked(name: str, kinds: list[str]) -> Made:
    net = Net(name)
    for kind in kinds:
        LAYERS[kind](net)
        net.depth += 1
    return net.done()


def tied(depth: int) -> Made:
    """One matrix in all layers, as in a recurrent network."""
    net = Net("tied")
    w = net.g.parameter("W", net.j, net.k)
    net.by.append(w)
    for _ in range(depth):
        net.dense(tanh, w)
        net.depth += 1
    return net.done()


def random_net(seed: int) -> Made:
    """A pattern of two to four layers again and again."""
    draw = random.Random(seed)
    pattern = draw.choices(list(LAYERS), k=draw.randint(2, 4))
    return stacked(f"random {seed}", (pattern * 12)[: draw.randint(9, 12)])


def mlp(depth: int, act: Callable = tanh) -> Made:
    """tanh(W h + b) of one sample again and again."""
    g = sg.Graph("mlp")
    i, j = g.indices("i j", g.size("n"))
    h, by = g.input("x", i), []
    for layer in range(depth):
        by += [g.parameter(f"W{layer}", i, j), g.parameter(f"b{layer}", i)]
        a = g.define(f"a{layer}", sg.Sum(by[-2][i, j] * h[j], j) + by[-1][i], over=i)
        h = g.define(f"h{layer}", act(a[i]), over=i)
    return g, g.loss("f", of=h), by


NETWORKS: dict[str, Callable[[], Made]] = {
    **{
        f"{kind} layers": lambda kind=kind: stacked(kind, [kind] * 11)
        for kind in ("tanh", "exp", "abs", "gated", "softmax")
    },
    "batch norm between": lambda: stacked("bn", ["tanh", "batch norm"] * 3),
    "alternating": lambda: stacked("alternating", ["tanh", "wide"] * 6),
    "residual and batch norm": lambda: stacked("resnet", ["residual", "batch norm"] * 3),
    "two activations": lambda: stacked("two", ["relu", "sigmoid"] * 6),
    "tied weights": lambda: tied(12),
}
