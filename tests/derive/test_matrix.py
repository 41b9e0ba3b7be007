"""The matrix view: what layers look like in matrices, what has no such form and why, and that wrong trees are refused.

tests/derive/test_matrix_numpy.py runs the forms of all wanted rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from sympy import Piecewise, exp, log, tanh

import symgrad as sg
from symgrad.answer import said
from symgrad.explain.blocks import Lines
from symgrad.explain.solution import Solution
from symgrad.matrix.entries import entries, is_confirmed
from symgrad.matrix.find import Finder
from symgrad.matrix.tree import (
    Axis,
    Diagonal,
    Dot,
    Each,
    Hadamard,
    Misfit,
    Named,
    Ones,
    Outer,
    Plus,
    Transpose,
    shape,
)
from symgrad.matrix.view import view
from symgrad.render.latex import latex
from symgrad.render.mathml import mathml

# --- layers and their matrix forms ------------------------------------------------------------------------------------


def linear() -> dict[str, Any]:
    g = sg.Graph("linear layer")
    b, n, m = g.sizes("b n m")
    s, i, j = g.index("s", b), g.index("i", n), g.index("j", m)
    X, W, c = g.input("X", s, i), g.parameter("W", i, j), g.parameter("c", j)
    Y = g.define("Y", sg.Sum(X[s, i] * W[i, j], i) + c[j], over=[s, j])
    f = g.loss("f", of=Y)
    return locals()


def least_squares() -> dict[str, Any]:
    g = sg.Graph("least squares")
    n, d = g.sizes("n d")
    s = g.index("s", n)
    i, e = g.indices("i e", d)
    X, t, w, lam = g.input("X", s, i), g.input("t", s), g.parameter("w", e), g.constant("lam")
    error = sg.Sum(X[s, i] * w[i], i) - t[s]
    L = g.define("L", sg.Sum(error**2, s) / (2 * n))
    R = g.define("R", sg.Sum(error**2, s) / (2 * n) + lam * sg.Sum(w[i] ** 2, i) / 2)
    return locals()


def attention() -> dict[str, Any]:
    g = sg.Graph("attention")
    n, m, d, v = g.sizes("n m d v")
    i, a, c = g.index("i", n), g.index("a", d), g.index("c", v)
    j, k = g.indices("j k", m)
    Q, K, V, t = g.input("Q", i, a), g.input("K", j, a), g.input("V", j, c), g.constant("t")
    S = g.define("S", t * sg.Sum(Q[i, a] * K[j, a], a), over=[i, j])
    P = g.define("P", exp(S[i, j]) / sg.Sum(exp(S[i, k]), k), over=[i, j])
    out = g.define("O", sg.Sum(P[i, j] * V[j, c], j), over=[i, c])
    f = g.loss("f", of=out)
    return locals()


def perceptron() -> dict[str, Any]:
    g = sg.Graph("tanh MLP")
    n, m, o = g.sizes("n m o")
    i, j, k = g.index("i", n), g.index("j", m), g.index("k", o)
    x, t = g.input("x", i), g.input("t", k)
    W, V = g.parameter("W", j, i), g.parameter("V", k, j)
    h = g.define("h", tanh(sg.Sum(W[j, i] * x[i], i)), over=j)
    y = g.define("y", sg.Sum(V[k, j] * h[j], j), over=k)
    L = g.define("L", sg.Sum((y[k] - t[k]) ** 2, k) / 2)
    return locals()


def softmax() -> dict[str, Any]:
    g = sg.Graph("softmax")
    i, j, k = g.indices("i j k", g.size("n"))
    h = g.input("h", i)
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    lse = g.define("l", log(sg.Sum(exp(h[k]), k)))
    f = g.loss("f", of=P)
    return locals()


def quadratic() -> dict[str, Any]:
    g = sg.Graph("quadratic form")
    i, j, k = g.indices("i j k", g.size("n"))
    x, A = g.input("x", i), g.input("A", i, j)
    F = g.define("F", sg.Sum(sg.Sum(x[i] * A[i, j] * x[j], j), i))
    return locals()


def forms() -> dict[str, Any]:
    g = sg.Graph("norms and traces")
    n, m = g.sizes("n m")
    i, j, k = g.indices("i j k", n)
    p, q = g.indices("p q", m)
    x, A, B, C = g.input("x", i), g.input("A", i, j), g.input("B", i, j), g.input("C", p, i)
    c = g.input("c")
    T = g.define("T", c * sg.Sum(sg.Sum(A[i, j] * B[j, i], j), i))
    D = g.define("D", c * sg.Sum(A[i, i], i))
    N = g.define("N", c * sg.Sum(sg.Sum(C[p, i] ** 2, i), p))
    M = g.define("M", c * sg.Sum(x[i] ** 2, i))
    E = g.define("E", sg.Sum(sg.Sum(A[i, j] ** 2, j), i))
    u = g.define("u", sg.Sum(A[i, j] * x[j], j), over=i)
    return locals()


def heads() -> dict[str, Any]:
    g = sg.Graph("attention of a batch, in heads")
    B, H, n, d = g.sizes("B H n d")
    s, r, a = g.index("s", B), g.index("r", H), g.index("a", d)
    i, j = g.indices("i j", n)
    Q, K = g.input("Q", s, r, i, a), g.input("K", s, r, j, a)
    S = g.define("S", sg.Sum(Q[s, r, i, a] * K[s, r, j, a], a), over=[s, r, i, j])
    f = g.loss("f", of=S)
    return locals()


GRAPHS = {g.__name__: g for g in (linear, least_squares, attention, perceptron, softmax, quadratic, forms, heads)}
# (graph, what is differentiated, by what): the form as code, and what stands where.
FORMS: dict[tuple[str, str, str], tuple[str, str]] = {
    ("linear", "f", "W[i, j]"): ("X.T @ df_dY", "df/dW has the shape of W, n x m"),
    ("linear", "f", "X[s, i]"): ("df_dY @ W.T", "df/dX has the shape of X, b x n"),
    ("linear", "f", "c[j]"): ("df_dY.T @ ones(b)", "df/dc has the shape of c, m, a column"),
    ("least_squares", "L", "w[e]"): ("X.T @ (X @ w - t)/n", "dL/dw has the shape of w, d, a column"),
    ("least_squares", "R", "w[e]"): ("X.T @ (X @ w - t)/n + lam*w", "dR/dw has the shape of w, d, a column"),
    ("attention", "f", "V[j, c]"): ("P.T @ df_dO", "df/dV has the shape of V, m x v"),
    ("attention", "f", "P[i, j]"): ("df_dO @ V.T", "df/dP has the shape of P, n x m"),
    ("perceptron", "L", "W[j, i]"): ("outer((1 - h**2)*(V.T @ (y - t)), x)", "dL/dW has the shape of W, m x n"),
    ("perceptron", "L", "V[k, j]"): ("outer(y - t, h)", "dL/dV has the shape of V, o x m"),
    ("softmax", "P[j]", "h[i]"): (
        "diag(P) - outer(P, P)", "dP/dh has a row for each entry of h, a column for each of P, n x n",
    ),
    ("softmax", "f", "h[i]"): ("P*(df_dP - P @ df_dP)", "df/dh has the shape of h, n, a column"),
    ("softmax", "lse", "h[i]"): ("P", "dl/dh has the shape of h, n, a column"),
    ("quadratic", "F", "x[k]"): ("(A + A.T) @ x", "dF/dx has the shape of x, n, a column"),
    ("quadratic", "F", "A[i, j]"): ("outer(x, x)", "dF/dA has the shape of A, n x n"),
    ("forms", "T", "A[i, j]"): ("c*B.T", "dT/dA has the shape of A, n x n"),
    ("forms", "T", "c"): ("trace(A @ B)", "dT/dc is a number"),
    ("forms", "D", "A[i, j]"): ("c*eye(n)", "dD/dA has the shape of A, n x n"),
    ("forms", "D", "c"): ("trace(A)", "dD/dc is a number"),
    ("forms", "N", "c"): ("norm(C)**2", "dN/dc is a number"),
    ("forms", "M", "c"): ("norm(x)**2", "dM/dc is a number"),
    ("forms", "E", "A[i, j]"): ("2*A", "dE/dA has the shape of A, n x n"),
    ("forms", "u[i]", "x[k]"): ("A.T", "du/dx has a row for each entry of x, a column for each of u, n x n"),
    ("heads", "f", "Q[s, r, i, a]"): (
        "df_dS[s, r] @ K[s, r]", "for each s, r: df/dQ has the shape of Q[s, r], n x d",
    ),
    ("heads", "f", "K[s, r, j, a]"): (
        "df_dS[s, r].T @ Q[s, r]", "for each s, r: df/dK has the shape of K[s, r], n x d",
    ),
}  # fmt: skip
LATEX = {
    ("linear", "f", "W[i, j]"): r"X^{\top} \frac{\partial f}{\partial Y}",
    ("linear", "f", "c[j]"): r"{\left(\frac{\partial f}{\partial Y}\right)}^{\top} \mathbf{1}",
    ("least_squares", "L", "w[e]"): r"\frac{1}{n} X^{\top} \left(X w - t\right)",
    ("perceptron", "L", "W[j, i]"): (
        r"\left(\left(\mathbf{1} - h \odot h\right) \odot \left(V^{\top} \left(y - t\right)\right)\right) x^{\top}"
    ),
    ("softmax", "P[j]", "h[i]"): r"\operatorname{diag}\left(P\right) - P P^{\top}",
    ("softmax", "f", "h[i]"): (
        r"P \odot \left(\frac{\partial f}{\partial P} - "
        r"\left(P^{\top} \frac{\partial f}{\partial P}\right) \mathbf{1}\right)"
    ),
    ("forms", "N", "c"): r"{\left\lVert C\right\rVert_{F}}^{2}",
    ("forms", "M", "c"): r"{\left\lVert x\right\rVert}^{2}",
    ("forms", "D", "A[i, j]"): "c I_{n}",
    ("forms", "T", "c"): r"\operatorname{tr}\left(A B\right)",
    ("heads", "f", "Q[s, r, i, a]"): r"\frac{\partial f}{\partial S_{s,r}} K_{s,r}",
}


@cache
def names_of(name: str) -> dict[str, Any]:
    return GRAPHS[name]()


@cache
def asked(name: str, of: str, by: str) -> sg.Derivation:
    names = names_of(name)
    return names["g"].derive(eval(of, {}, names), wrt=eval(by, {}, names), check=False)


@pytest.mark.parametrize("question", FORMS, ids=" ".join)
def test_the_form_as_code(question):
    d = asked(*question)
    assert d.matrix is not None, d.no_matrix
    assert (d.matrix.text, d.matrix.layout) == FORMS[question] and d.no_matrix == ""


@pytest.mark.parametrize("question", LATEX, ids=" ".join)
def test_the_form_on_paper(question):
    assert asked(*question).matrix.latex == LATEX[question]


@pytest.mark.parametrize("question", FORMS, ids=" ".join)
def test_the_form_is_converted_to_mathml(question):
    assert "<math" in mathml(asked(*question).matrix.latex, display=True)


def test_gradients_that_stay_names():
    names = names_of("attention")
    d = names["g"].derive(names["f"], wrt=names["Q"], keep=[names["S"]], check=False)
    assert d.matrix.text == "t*df_dS @ K"
    assert names["g"].derive(names["f"], wrt=names["K"], keep=[names["S"]], check=False).matrix.text == "t*df_dS.T @ Q"
    d = names["g"].derive(names["f"], wrt=names["S"], keep=[names["P"]], check=False)
    assert d.matrix.text == "P*(df_dP - outer((P*df_dP) @ ones(m), ones(m)))"


def test_numerator_layout():
    d = asked("forms", "u[i]", "x[k]")
    found = d.matrix_in("numerator")
    assert found.text == "A" and "a row for each entry of u, a column for each of x" in found.layout
    assert d.matrix_in("denominator").text == d.matrix.text == "A.T"
    with pytest.raises(sg.SymgradError, match="not a layout"):
        d.matrix_in("rows")


def test_an_expression_without_a_name():
    names = names_of("quadratic")
    d = names["g"].derive(2 * names["F"], wrt=names["A"], check=False)
    assert (d.matrix.text, d.matrix.layout) == ("2*outer(x, x)", "the answer has the shape of A, n x n")


# --- what has no matrix form ------------------------------------------------------------------------------------------


def shifted() -> dict[str, Any]:
    g = sg.Graph("convolution")
    H, K = g.sizes("H K")
    g.require(H >= K)
    p, k, i = g.index("p", H), g.index("k", K), g.index("i", H - K + 1)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[i + k], k), over=i)
    y = g.define("y", sg.Max(x[p], p))
    f = g.loss("f", of=z)
    r = g.index("r", (H - K) // 2 + 1)
    u = g.input("u", r)
    c = g.input("c")
    h = g.define("h", c * sg.Sum(u[r] ** 2, r))
    return locals()


def causal() -> dict[str, Any]:
    g = sg.Graph("causal sum and others")
    n, m = g.sizes("n m")
    i, j, k = g.indices("i j k", n)
    p, q = g.index("p", m), g.index("q", n, start=1)
    x, c, X = g.input("x", j), g.input("c"), g.input("X", i, p, j)
    a = g.define("a", sg.Sum(Piecewise((x[j], j <= i), (0, True)), j), over=i)
    b = g.define("b", c * x[0])
    t = g.define("t", sg.Sum(j * x[j], j))
    s = g.define("s", c * sg.Sum(sg.Sum(sg.Sum(X[i, p, j] * x[j], j), p), i))
    e = g.define("e", c * sg.Max(x[j], j))
    f = g.loss("f", of=a)
    zero = g.define("zero", c * 2)
    return locals()


GRAPHS |= {g.__name__: g for g in (shifted, causal)}
REASONS = {
    ("shifted", "f", "w[k]"): "x[i + k] is not an entry at plain indices",
    ("shifted", "f", "x[p]"): "a sum over k with H + k >= K + p",
    ("shifted", "h", "u[r]"): "the range of r has no plain length",
    ("shifted", "h", "c"): "the range of r has no plain length",
    ("causal", "f", "x[j]"): "a sum over i with i >= j",
    ("causal", "a[i]", "x[j]"): "a condition on indices: i >= j",
    ("causal", "b", "c"): "x[0] is not an entry at plain indices",
    ("causal", "b", "x[j]"): "a condition on indices: j = 0",
    ("causal", "t", "x[j]"): "the index j as a number",
    ("causal", "s", "c"): "X has 3 axes",
    ("causal", "e", "c"): "a maximum over an index",
    ("causal", "zero", "x[j]"): "the answer is 0",
}


@pytest.mark.parametrize("question", REASONS, ids=" ".join)
def test_the_reason_why_there_is_no_form(question):
    d = asked(*question)
    assert d.no_matrix == REASONS[question] and d.matrix is None, d.text
    with pytest.raises(sg.SymgradError, match="no matrix form"):
        d.matrix_in("denominator")


def test_names_that_differ_in_their_indices_only():
    g = sg.Graph("written alike")
    i = g.index("i", g.size("n"))
    x, y, z = g.input("x", i), g.input("y", shown="x"), g.input("z")
    d = g.derive(g.define("L", z * y * sg.Sum(x[i] ** 2, i)), wrt=z, check=False)
    assert d.matrix is None and d.no_matrix == "x and y are written alike without indices"


def test_a_jacobian_with_three_indices():
    names = names_of("forms")
    d = names["g"].derive(names["u"][names["i"]], wrt=names["A"][names["j"], names["k"]], check=False)
    assert d.matrix is None and d.no_matrix == "an answer with 3 indices"


# --- the certificate --------------------------------------------------------------------------------------------------


def parts_of(name: str, *wanted: str) -> list[Named]:
    model = names_of(name)["g"].model
    return [Named(t, tuple(Axis.of(model.indices[a]) for a in model.tensors[t].axes)) for t in wanted]


def upstream(name: str, by: str) -> Named:
    model = asked(name, "f", by).engine.model
    (found,) = [t for t in model.tensors.values() if t.kind == "upstream"]
    return Named(found.name, tuple(Axis.of(model.indices[a]) for a in found.axes))


def confirmed(tree: Any, *question: str) -> bool:
    d = asked(*question)
    return is_confirmed(tree, d.poly, d.engine.free, d.engine.model)


def test_right_trees_are_confirmed():
    (X, W), dY = parts_of("linear", "X", "W"), upstream("linear", "W[i, j]")
    assert confirmed(Dot(Transpose(X), dY), "linear", "f", "W[i, j]")
    assert confirmed(Dot(dY, Transpose(W)), "linear", "f", "X[s, i]")
    assert confirmed(Dot(Transpose(dY), Ones(X.axes[0])), "linear", "f", "c[j]")


def test_a_transposed_factor_is_refused():
    """A and A^T have one shape here: only the entries tell."""
    A, x = parts_of("quadratic", "A", "x")
    assert confirmed(Dot(Plus(((1, A), (1, Transpose(A)))), x), "quadratic", "F", "x[k]")
    assert not confirmed(Dot(Plus(((1, A), (1, A))), x), "quadratic", "F", "x[k]")
    assert not confirmed(Plus(((1, Dot(A, x)), (-1, Dot(Transpose(A), x)))), "quadratic", "F", "x[k]")
    B = parts_of("forms", "B")[0]
    c = Named("c")
    right = asked("forms", "T", "A[i, j]").matrix.view.tree
    assert confirmed(right, "forms", "T", "A[i, j]") and not confirmed(right.body, "forms", "T", "A[i, j]")
    assert not confirmed(type(right)(c, B), "forms", "T", "A[i, j]")


def test_factors_in_another_order_are_refused():
    A, B = parts_of("forms", "A", "B")
    product = sg_product()
    assert confirmed_product(Dot(A, B), product) and not confirmed_product(Dot(B, A), product)


@cache
def sg_product() -> sg.Derivation:
    g = sg.Graph("two square matrices")
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    A, B, Y = g.input("A", i, j), g.input("B", i, j), g.input("Y", i, j)
    L = g.define("L", sg.Sum(sg.Sum(Y[i, j] * sg.Sum(A[i, k] * B[k, j], k), j), i))
    return g.derive(L, wrt=Y, check=False)


def confirmed_product(tree: Any, d: sg.Derivation) -> bool:
    model = d.engine.model
    n = Axis.of(model.indices["i"])
    assert shape(tree) == (n, n)
    return is_confirmed(tree, d.poly, d.engine.free, model)


def test_products_of_two_square_matrices():
    assert sg_product().matrix.text == "A @ B"


def test_a_form_that_is_not_confirmed_is_not_given(monkeypatch):
    d = asked("quadratic", "F", "x[k]")
    right = d.matrix.view.tree
    assert view(d.engine).tree == right
    monkeypatch.setattr(Finder, "poly", lambda self, poly, names: Plus(((1, right), (1, right))))
    assert view(d.engine).tree is None and view(d.engine).reason == "not confirmed"


def test_a_missing_vector_of_ones_is_refused():
    dY = upstream("linear", "c[j]")
    assert not confirmed(Transpose(dY), "linear", "f", "c[j]")  # another shape
    P, dP = *parts_of("softmax", "P"), upstream("softmax", "h[i]")
    ones, inner = Ones(P.axes[0]), Dot(P, dP)
    whole = asked("softmax", "f", "h[i]").matrix.view.tree
    assert confirmed(whole, "softmax", "f", "h[i]")
    assert not confirmed(Hadamard((P, Plus(((1, dP), (-1, ones))))), "softmax", "f", "h[i]")
    assert not confirmed(Hadamard((P, Plus(((1, dP), (-1, inner))))), "softmax", "f", "h[i]")  # a number and a vector


def test_wrong_trees_of_the_right_shape_are_refused():
    x, t, h, y = parts_of("perceptron", "x", "t", "h", "y")
    V = parts_of("perceptron", "V")[0]
    question = "perceptron", "L", "W[j, i]"
    right = asked(*question).matrix.view.tree
    assert isinstance(right, Outer) and confirmed(right, *question)
    back = Dot(Transpose(V), Plus(((1, y), (-1, t))))
    for wrong in (back, Hadamard((h, back)), Each("tanh", (back,)), Dot(Diagonal(h), back)):
        assert shape(wrong) == shape(back) and not confirmed(Outer(wrong, x), *question)


def test_an_axis_of_another_range_is_refused():
    """Equal counts are not enough where the first values differ: the entries are others."""
    d = asked("causal", "zero", "c")
    model = d.engine.model
    j, q = Axis.of(model.indices["j"]), Axis.of(model.indices["q"])
    assert j != q and str(j.length) == str(q.length) == "n"
    x = Named("x", (q,))
    assert not is_confirmed(x, entries(x, "q"), ("q",), model)
    assert is_confirmed(Named("x", (j,)), entries(x, "j"), ("j",), model)


@pytest.mark.parametrize(
    "tree",
    [
        lambda A, C, x: Dot(A, C),
        lambda A, C, x: Dot(x, A),
        lambda A, C, x: Outer(A, x),
        lambda A, C, x: Diagonal(A),
        lambda A, C, x: Transpose(x),
        lambda A, C, x: Hadamard((A, C)),
        lambda A, C, x: Plus(((1, A), (1, x))),
    ],
)
def test_parts_that_do_not_fit_have_no_shape(tree):
    found = tree(*parts_of("forms", "A", "C", "x"))
    with pytest.raises(Misfit):
        shape(found)
    assert not confirmed(found, "quadratic", "F", "A[i, j]")


# --- in a worked solution ---------------------------------------------------------------------------------------------


def lines(d: sg.Derivation) -> list[Any]:
    solution = Solution(d.engine)
    solution.work()
    found = [line for block in solution.blocks if isinstance(block, Lines) for line in block.lines]
    return [line for line in found if any("in matrices" in part for part in line.reason if isinstance(part, str))]


def test_a_line_in_matrices_after_the_answer():
    (line,) = lines(asked("linear", "f", "W[i, j]"))
    assert latex(line.left) == r"\frac{\partial f}{\partial W}"
    assert latex(line.right) == r"X^{\top} \frac{\partial f}{\partial Y}"
    assert said(line.reason) == "in matrices: df/dW has the shape of W, n x m"


def test_no_line_where_there_is_nothing_to_say():
    assert not lines(asked("causal", "zero", "c")) and not lines(asked("shifted", "f", "w[k]"))
