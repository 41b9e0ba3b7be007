"""Array notation: the same as by indices, and the same numbers as numpy on the same lines of Python."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from sympy import Eq, KroneckerDelta, Piecewise, exp, log, sqrt, tanh

import symgrad as sg
from tests.derive.oracle import Box, value

SHAPES = {
    "x": "n",
    "y": "n",
    "u": "m",
    "A": "n m",
    "B": "m k",
    "C": "n n",
    "D": "n m",
    "T": "b n m",
    "R": "b m k",
    "one": "1",
}
SIZES = ({"n": 3, "m": 2, "k": 4, "b": 2}, {"n": 2, "m": 5, "k": 1, "b": 3}, {"n": 2, "m": 2, "k": 2, "b": 2})


def softmax(a: Any, axis: int) -> Any:
    return np.exp(a) / np.sum(np.exp(a), axis=axis, keepdims=True)


# the same lines run on symbolic arrays and on arrays of numbers
PROGRAMS: dict[str, Callable[..., Any]] = {
    "product": lambda A, B, **_: A @ B,
    "chain": lambda A, B, x, **_: x @ A @ B,
    "matrix and vector": lambda A, u, **_: A @ u,
    "inner product": lambda x, y, **_: x @ y,
    "with its transpose": lambda A, **_: A @ A.T,
    "square with itself": lambda C, **_: C @ C @ C.T,
    "a square and its transpose": lambda C, **_: C * C.T - C,
    "batched product": lambda T, R, **_: T @ R,
    "batch and matrix": lambda T, B, **_: T @ B,
    "matrix and batch": lambda C, T, **_: C @ T,
    "bias": lambda A, u, **_: A + u,
    "column": lambda A, x, **_: A * x[:, None],
    "row and column": lambda x, y, **_: x[:, None] - y[None, :],
    "numbers in front": lambda A, **_: 2 * A - 1 + A / 4 - 3 / (A**2 + 2),
    "powers": lambda A, **_: A**3 - (A**2 + 1) ** 0.5,
    "functions": lambda A, **_: np.exp(-np.tanh(A)) + np.sin(A) * np.cos(A) - np.log(A**2 + 1) + np.sqrt(A**2 + 2),
    "more functions": lambda A, **_: np.abs(A) + np.sign(A) + np.arctan(A) + np.square(A) + np.expm1(A),
    "one plus": lambda A, **_: np.log1p(A**2),
    "sum of all": lambda A, **_: np.sum(A),
    "sums": lambda A, **_: np.sum(A, axis=0) - A.mean(axis=0),
    "sum of two axes": lambda T, **_: np.sum(T, axis=(0, 2)),
    "kept axes": lambda A, **_: A - np.mean(A, axis=1, keepdims=True),
    "extremes": lambda A, **_: np.max(A, axis=1) - np.min(A, axis=1) + np.prod(A, axis=1),
    "greatest of all": lambda A, **_: np.max(A),
    "softmax": lambda A, **_: softmax(A, 1),
    "softmax of columns": lambda A, **_: softmax(A, 0),
    "masks": lambda A, D, **_: (A > 0) * A + (A >= D) - (A < D) * (A <= 0.5),
    "where": lambda A, D, **_: np.where(A > D, A, 2 * D),
    "maximum": lambda A, D, **_: np.maximum(A, D) - np.minimum(A, 0) + np.maximum(0, D),
    "transposed": lambda T, **_: np.transpose(T, (1, 2, 0)) + np.swapaxes(T, 0, 1).swapaxes(1, 2),
    "first and last": lambda A, **_: A[0] - A[-1] + A[:, 0][0],
    "parts": lambda A, **_: A[1:] - A[:-1],
    "new axes": lambda x, **_: x[None, :, None] * x[:, None, None],
    "dots": lambda T, **_: T[..., 0] + T[:, :, -1],
    "turned round": lambda A, **_: A[::-1] - A[:, ::-1],
    "triangles": lambda C, **_: np.tril(C) - 2 * np.triu(C) + np.tril(C, -1),
    "joined": lambda A, D, **_: np.concatenate([A, D, 2 * A[1:]], axis=0),
    "joined columns": lambda A, x, **_: np.concatenate([A, x[:, None]], axis=1),
    "outer product": lambda x, u, **_: np.outer(x, u),
    "einsum": lambda T, R, **_: np.einsum("bij,bjk->ik", T, R),
    "einsum of a trace": lambda C, **_: np.einsum("ii", C),
    "einsum of a diagonal": lambda C, x, **_: np.einsum("ii,i->i", C, x),
    "an axis of one": lambda A, one, **_: A + one,
    "length one": lambda x, **_: np.mean(x, keepdims=True) - x,
}  # fmt: skip


def declared() -> tuple[Any, dict[str, Any]]:
    g = sg.Graph("arrays")
    sizes = {name: g.size(name) for name in ("n", "m", "k", "b")}
    return g, {name: g.input(name, *(sizes.get(s, 1) for s in shape.split())) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("sizes", SIZES, ids=lambda s: "".join(map(str, s.values())))
def test_the_same_numbers_as_numpy(name: str, sizes: dict[str, int]):
    g, arrays = declared()
    out = g.define("out", PROGRAMS[name](**arrays))
    draw = np.random.default_rng(7)
    given = {n: draw.normal(size=[sizes.get(s, 1) for s in shape.split()]) for n, shape in SHAPES.items()}
    wanted = np.asarray(PROGRAMS[name](**given), dtype=float)
    tensor = g.model.tensors["out"]
    shape = tuple(int(value(s, sizes)) for s in getattr(out, "shape", ()))
    assert shape == wanted.shape
    formula = g.show(tensor.poly, tensor.axes)
    names = {**sizes, **{n: Box(a) for n, a in given.items()}}
    for place in product(*map(range, shape)):
        at = {**names, **dict(zip(tensor.axes, place, strict=True))}
        assert value(formula, at) == pytest.approx(wanted[place], rel=1e-12, abs=1e-12)


def by_indices(g):
    n, m, h = g.sizes("n m h")
    i, p = g.indices("i p", n)
    j, q = g.indices("j q", m)
    k, r = g.indices("k r", h)
    X, W, b = g.input("X", i, j), g.parameter("W", j, k), g.parameter("b", k)
    return n, m, h, i, j, k, p, q, r, X, W, b


SAME = {
    "linear": (lambda X, W, b, **_: X @ W + b, lambda X, W, b, i, j, k, **_: sg.Sum(X[i, j] * W[j, k], j) + b[k]),
    "softmax": (
        lambda X, **_: sg.softmax(X),
        lambda X, i, j, q, **_: exp(X[i, j]) / sg.Sum(exp(X[i, q]), q),
    ),
    "log-softmax": (
        lambda X, **_: sg.log_softmax(X),
        lambda X, i, j, q, **_: X[i, j] - log(sg.Sum(exp(X[i, q]), q)),
    ),
    "standardised": (
        lambda X, **_: (X - sg.mean(X, axis=0)) / sg.norm(X, axis=0),
        lambda X, i, j, p, n, **_: (X[i, j] - sg.Sum(X[p, j], p) / n) / sqrt(sg.Sum(X[p, j] ** 2, p)),
    ),
    "hidden": (
        lambda X, W, b, **_: sg.tanh(X @ W + b) * sg.sigmoid(b),
        lambda X, W, b, i, j, k, **_: tanh(sg.Sum(X[i, j] * W[j, k], j) + b[k]) * sg.sigmoid(b[k]),
    ),
    "masked softmax": (
        lambda X, **_: sg.softmax(X, where=X > 0),
        lambda X, i, j, q, **_: sg.step(X[i, j]) * exp(X[i, j]) / sg.Sum(sg.step(X[i, q]) * exp(X[i, q]), q),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_as_by_indices(name: str):
    whole, entries = SAME[name]
    g = sg.Graph(name)
    names = dict(zip("n m h i j k p q r X W b".split(), by_indices(g), strict=True))
    g.define("whole", whole(**names))
    axes = g.model.tensors["whole"].axes
    g.define("entries", entries(**names), over=[g[a] for a in axes])
    assert g.model.tensors["whole"].poly == g.model.tensors["entries"].poly


def test_gradients_of_a_network_in_array_notation():
    g = sg.Graph("classifier")
    b, n, c = g.sizes("b n c")
    X, Y = g.input("X", b, n), g.input("Y", b, c)
    W, bias = g.parameter("W", n, c), g.parameter("bias", c)
    H = g.define("H", X @ W + bias)
    P = g.define("P", sg.softmax(H))
    L = g.define("L", -sg.sum(Y * sg.log(P)) / b)
    g.fact(sg.sum(Y, axis=1), 1)
    assert g.facts == ("sum(Y, axis=1) = 1",)
    assert g.derive(L, wrt=H).text == "(P[i, k] - Y[i, k])/b"
    assert g.derive(L, wrt=W).text == "(1/b)*sum(X[i, j]*(P[i, k] - Y[i, k]), i=0..b-1)"
    assert g.derive(L, wrt=X).certificate.holds


def test_a_whole_array_by_a_whole_array_has_indices_of_its_own():
    g = sg.Graph("softmax")
    h = g.input("h", g.size("n"))
    P = g.define("P", sg.softmax(h))
    assert g.derive(P, wrt=h).text == "P[i]*(delta(i, j) - P[j])"


def test_indices_that_arrays_made_can_be_declared_later():
    g = sg.Graph("later")
    n, m = g.sizes("n m")
    x = g.input("x", n)
    assert g.index("i", n) == x.axes[0]
    with pytest.raises(sg.DeclarationError, match="declared twice"):
        g.index("i", m)
    g.input("A", m, m)
    with pytest.raises(sg.DeclarationError, match="an axis took the name"):
        g.input("j")


def test_where_and_delta_of_indices_are_entries():
    g = sg.Graph("entries")
    i, j = g.indices("i j", g.size("n"))
    x = g.input("x", i)
    assert sg.where((j <= i) & (j >= 1), x[j], 0) == Piecewise((x[j], (j <= i) & (j >= 1)), (0, True))
    assert sg.delta(i, j) == KroneckerDelta(i, j)
    y = g.define("y", sg.Sum(sg.where(j <= i, x[j], 0), j), over=i)
    assert g.derive(y[i], wrt=x[j]).text == "cases(1 if i >= j, 0 otherwise)"


def test_an_axis_of_length_one_leaves_no_sum():
    g = sg.Graph("one output")
    n, b = g.sizes("n b")
    x, W = g.input("x", b, n), g.parameter("W", 1, n)
    z = g.define("z", x @ W.T)
    d = g.derive(g.loss("f", of=z), wrt=x)
    assert d.text == "df/dz[i, 0]*W[0, j]" and d.certificate.holds
    assert g.derive(g["f"], wrt=W).text == "sum(df/dz[i, 0]*x[i, j], i=0..b-1)"


REFUSED = {
    "a product": (lambda A, B, **_: B @ A, "k and n differ, unless k = n", "B @ A", "B of shape (m, k)"),
    "a sum": (lambda A, x, **_: A + x, "m and n differ, unless m = n", "A + x", "x of shape (n,)"),
    "a number against a size": (lambda g, x, **_: x + g.input("w", 50), "n and 50 differ, unless n", "x + w", "(50,)"),
    "two numbers": (lambda g, **_: g.input("v", 3) @ g.input("w", 4), "3 and 4 differ", "v @ w", "(3,)"),
    "a contracted axis of one": (lambda x, one, **_: one @ x, "1 and n differ, unless n = 1", "one @ x", "(1,)"),
    "a product with a number": (lambda x, **_: x @ 2, "a matrix product with a number", "x @ 2", ""),
    "no such axis": (lambda x, **_: sg.sum(x, axis=1), "x has no axis 1", "sum(x, axis=1)", "1"),
    "too many places": (lambda x, **_: x[:, 0], "x has 1 axes, not 2", "x[:, 0]", "2"),
    "a part that may reach out": (lambda x, **_: x[:5], "may reach out of an axis of length n", "x[:5]", ""),
    "a place outside": (lambda A, **_: A[3, :], "outside of an axis of length n", "A[3, :]", "3"),
    "an unknown function": (lambda x, **_: np.cumsum(x), "np.cumsum is not an operation", "np.cumsum", ""),
    "an unknown entrywise function": (lambda x, **_: np.floor(x), "np.floor is not an operation", "np.floor", ""),
    "an array of numbers": (lambda x, **_: x + np.ones(3), "an array of numbers", "+", "ndarray"),
    "an extreme of nothing": (lambda x, **_: sg.max(x[1:]), "an axis that may be empty", "max(x[1:])", "n - 1"),
    "einsum letters": (lambda A, **_: sg.einsum("ijk->i", A), "letters that do not fit", "einsum", "ijk"),
    "a power of a number that may be negative": (lambda x, u, **_: x[0] ** u, "may be 0 or negative", "", ""),
    "infinity": (lambda x, **_: sg.where(x > 0, x, -np.inf), "not an expression", "-inf", "float"),
    "a sum of entries": (lambda g, **_: sg.sum(g["x"][g["i"]]), "not an array", "sum(x[i])", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_parts(name: str):
    ask, what, where, given = REFUSED[name]
    g, arrays = declared()
    with pytest.raises(sg.SymgradError) as caught:
        ask(g=g, **arrays)
    assert what in caught.value.what
    assert where in caught.value.where and given in caught.value.given


def test_sizes_that_are_required_to_be_equal_conform():
    g = sg.Graph("equal")
    n, m = g.sizes("n m")
    g.require(Eq(n, m))
    x, y = g.input("x", n), g.input("y", m)
    assert g.derive(g.define("s", x @ y), wrt=x).text == "y[i]"
