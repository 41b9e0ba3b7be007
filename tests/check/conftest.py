"""Layers declared by hand, for the oracle to be tested on before anything is derived."""

from __future__ import annotations

import pytest
from sympy import IndexedBase, exp, log, sqrt

from symgrad.declare.graph import Declarations
from symgrad.declare.model import Tensor
from symgrad.declare.names import Scalar, Sum


class Layer(Declarations):
    """Declarations whose names can be looked up: g["x"][i], g["i"], and names of gradients once they are given."""

    def __getitem__(self, name):
        tensor = self.model.tensors.get(name)
        return IndexedBase(name) if tensor is not None and tensor.axes else self._symbols.get(name) or Scalar(name)

    def given(self, kind, of, by):
        """A gradient by name: df_dy, an upstream gradient, an adjoint or a partial."""
        name = f"{'p' if kind == 'partial' else 'd'}{of}_{'p' if kind == 'partial' else 'd'}{by}"
        axes = (*self.model.tensors[of].axes, *self.model.tensors[by].axes)
        self.model = self.model.extended(Tensor(name, kind, axes, of=(of, by)))
        return IndexedBase(name)


@pytest.fixture
def layer():
    return Layer


@pytest.fixture
def softmax():
    def build(fact=True):
        g = Layer("softmax cross-entropy")
        i, j, k = g.indices("i j k", g.size("N"))
        h, y = g.input("h", i), g.input("y", i)
        P = g.define("P", exp(h[i]) / Sum(exp(h[k]), k), over=i, shown="P(y=#)")
        g.define("L", -Sum(y[j] * log(P[j]), j))
        if fact:
            g.fact(Sum(y[j], j), 1)
        return g

    return build


@pytest.fixture
def batch_norm():
    g = Layer("batch normalisation")
    m = g.size("m")
    i, _ = g.indices("i j", m, start=1)
    x = g.input("x", i)
    gamma, beta = g.parameters("gamma beta")
    epsilon = g.constant("epsilon", positive=True)
    mu = g.define("mu", Sum(x[i], i) / m)
    sigma2 = g.define("sigma2", Sum((x[i] - mu) ** 2, i) / m)
    xhat = g.define("xhat", (x[i] - mu) / sqrt(sigma2 + epsilon), over=i)
    y = g.define("y", gamma * xhat[i] + beta, over=i)
    g.loss("f", of=y)
    return g


@pytest.fixture
def convolution():
    """One image axis and channels: Z[i, m] = sum over k, n of W[k, n, m] X[i + k, n] + b[m], then a sigmoid."""
    g = Layer("convolution")
    H, K, N, M = g.sizes("H K N M")
    g.require(H >= K)
    p, n, m, k, i = g.index("p", H), g.index("n", N), g.index("m", M), g.index("k", K), g.index("i", H - K + 1)
    X, W, b = g.input("X", p, n), g.parameter("W", k, n, m), g.parameter("b", m)
    Z = g.define("Z", Sum(W[k, n, m] * X[i + k, n], k, n) + b[m], over=(i, m))
    U = g.define("U", 1 / (1 + exp(-Z[i, m])), over=(i, m))
    g.loss("J", of=U)
    return g


@pytest.fixture
def image_convolution():
    """sigmoid_convolution of the exercises."""
    g = Layer("sigmoid convolution")
    H1, H2, N, K1, K2, M = g.sizes("H1 H2 N K1 K2 M")
    g.require(H1 >= K1, H2 >= K2)
    p, q, n, m = g.index("p", H1), g.index("q", H2), g.index("n", N), g.index("m", M)
    k1, k2, i, j = g.index("k1", K1), g.index("k2", K2), g.index("i", H1 - K1 + 1), g.index("j", H2 - K2 + 1)
    X, W, b = g.input("X", p, q, n), g.parameter("W", k1, k2, n, m), g.parameter("b", m)
    Z = g.define("Z", Sum(W[k1, k2, n, m] * X[i + k1, j + k2, n], k1, k2, n) + b[m], over=(i, j, m))
    U = g.define("U", 1 / (1 + exp(-Z[i, j, m])), over=(i, j, m))
    g.loss("J", of=U)
    return g
