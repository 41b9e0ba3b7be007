"""Gathers, slices, shifts, masks, deltas and sums over dependent or empty ranges at the edges of their sizes."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import KroneckerDelta, Ne, Piecewise
from sympy import Sum as SympySum

import symgrad as sg
from tests.derive.edge import Edge, agree_at, by_lambdify, drawn, rows

N = [{"n": 1}, {"n": 2}, {"n": 4}]


FLOATS = "numpy's floor gives a float, which range() refuses: TypeError in code that lambdify prints by default (SymPy)"
NESTED = "SymPy does not carry out Sum(x[i]*x[l], (l, 0, i), (i, 0, 3)): doit gives back the sum"


def sizes(names: str, *values: tuple[int, ...]) -> list[dict[str, int]]:
    return [dict(zip(names.split(), row, strict=True)) for row in values]


def each(name, graph, table, given, line, output, **wrt):
    """The gradients of an unknown loss of one output by several names."""
    loss = graph.loss("J", of=output)
    lines = {output.name: line}
    return [Edge(f"{name} d{n}", loss, by, graph, table, given, lines, {"J": output.name}) for n, by in wrt.items()]


def where(body, condition):
    return Piecewise((body, condition), (0, True))


# --- gather, concatenate, slice, shift --------------------------------------------------------------------------------


def embedding():
    """A row of the table for each token, by a matrix with one 1 in each row."""
    g = sg.Graph("embedding")
    S, V, D = g.sizes("S V D")
    s, t, d = g.index("s", S), g.index("t", V), g.index("d", D)
    T, E = g.input("T", s, t), g.parameter("E", t, d)
    y = g.define("y", sg.Sum(T[s, t] * E[t, d], t), over=(s, d))

    def given(z, draw):
        return {"T": np.eye(z["V"])[draw.integers(0, z["V"], z["S"])], "E": draw.normal(size=(z["V"], z["D"]))}

    table = sizes("S V D", (1, 1, 1), (3, 2, 1), (2, 4, 3))
    return each("embedding", g, table, given, lambda v: v["T"] @ v["E"], y, E=E[t, d], T=T[s, t])


def concatenated():
    g = sg.Graph("concatenation")
    n, m = g.sizes("n m")
    i, j, p = g.index("i", n), g.index("j", m), g.index("p", n + m)
    a, b = g.input("a", i), g.input("b", j)
    y = g.define("y", Piecewise((a[p], p < n), (b[p - n] ** 2, True)), over=p)
    table = sizes("n m", (1, 1), (1, 3), (2, 2), (3, 1))
    line = lambda v: np.concatenate([v["a"], v["b"] ** 2])  # noqa: E731
    return each("concatenation", g, table, drawn("a n", "b m"), line, y, a=a[i], b=b[j])


def sliced(step):
    """y_i = x_{step i + 2}, as many as there are; nothing where the image is shorter than 3."""
    g = sg.Graph("slice")
    n = g.size("n")
    q, i = g.index("q", n), g.index("i", (n - 3) // step + 1)
    x = g.input("x", q)
    L = g.define("L", sg.Sum(x[step * i + 2] ** 2, i))
    lines = {"L": lambda v: sum(v["x"][2::step] ** 2)}
    table = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 6}]
    return [Edge(f"slice ::{step}", L, x[q], g, table, drawn("x n"), lines)]


def shifted():
    """A difference over time, the value before the first being 0."""
    g = sg.Graph("shift in time")
    n = g.size("n")
    t, s = g.indices("t s", n)
    x, a = g.input("x", t), g.parameter("a")
    y = g.define("y", x[t] - a * where(x[t - 1], t >= 1), over=t)
    line = lambda v: v["x"] - v["a"] * np.concatenate([[0], v["x"][:-1]])  # noqa: E731
    given = lambda z, draw: {"x": draw.normal(size=z["n"]), "a": 0.7}  # noqa: E731
    z = g.define("z", sg.Sum(y[s] * where(y[s - 1], s >= 1), s))
    lines = {"y": line, "z": lambda v: sum(v["y"][1:] * v["y"][:-1])}
    product = [Edge(f"autocorrelation d{w}", z, w, g, N, given, lines) for w in (x[t], a)]
    product.append(Edge("autocorrelation dy", z, y[t], g, N, given, lines))
    return [*each("shift", g, N, given, line, y, x=x[t], a=a), *product]


def lagged():
    """Shifts by all lags up to K, also beyond the length of the series."""
    g = sg.Graph("moving average")
    n, K = g.sizes("n K")
    t, k = g.index("t", n), g.index("k", K)
    x, w = g.input("x", t), g.parameter("w", k)
    y = g.define("y", sg.Sum(where(w[k] * x[t - k], t >= k), k), over=t)
    line = lambda v: np.convolve(v["x"], v["w"])[: v["n"]]  # noqa: E731
    table = sizes("n K", (1, 1), (1, 3), (3, 1), (3, 3), (2, 4))
    return each("lags", g, table, drawn("x n", "w K"), line, y, x=x[t], w=w[k])


# --- masks and deltas -------------------------------------------------------------------------------------------------


def masked():
    g = sg.Graph("masks")
    n, m = g.sizes("n m")
    i, a = g.indices("i a", n)
    j, b = g.indices("j b", m)
    x, A = g.input("x", j), g.input("A", i, j)
    table = sizes("n m", (1, 1), (1, 3), (3, 1), (2, 2), (3, 2))
    masks = {
        "i<=j": (i <= j, lambda p, q: p <= q), "i>j": (i > j, lambda p, q: p > q), "j!=i": (Ne(i, j), np.not_equal),
        "j=i": (KroneckerDelta(i, j), np.equal), "j=i+1": (KroneckerDelta(i + 1, j), lambda p, q: p + 1 == q),
        "i+j=2": (KroneckerDelta(i + j, 2), lambda p, q: p + q == 2),
        "i-1<=j<=i+1": ((j >= i - 1) & (j <= i + 1), lambda p, q: abs(p - q) <= 1),
    }  # fmt: skip
    found = []
    for number, (name, (condition, test)) in enumerate(masks.items()):
        body = A[i, j] * x[j] ** 2
        body = body * condition if isinstance(condition, KroneckerDelta) else where(body, condition)
        y = g.define(f"y{number}", sg.Sum(body, j), over=i)
        line = lambda v, t=test: np.fromfunction(t, v["A"].shape) * v["A"] @ v["x"] ** 2  # noqa: E731
        lines, given = {y.name: line}, drawn("x m", "A n m")
        found += [Edge(f"{name} Jacobian", y[i], x[b], g, table, given, lines)]
        found += [Edge(f"{name} by A", y[i], A[a, b], g, table, given, lines)]
    return found


def paired():
    """Sums over pairs of one range: dependent ranges, distinct indices, the diagonal."""
    g = sg.Graph("pairs")
    n = g.size("n")
    i, j, k, q = g.indices("i j k q", n)
    x = g.input("x", i)
    bodies = {
        "j<=i": (SympySum(x[i] * x[j] ** 2, (j, 0, i), (i, 0, n - 1)), lambda a, b: b <= a),
        "j<i": (SympySum(x[i] * x[j] ** 2, (j, 0, i - 1), (i, 0, n - 1)), lambda a, b: b < a),
        "j!=i": (sg.Sum(where(x[i] * x[j] ** 2, Ne(i, j)), i, j), lambda a, b: b != a),
        "2j<=i": (sg.Sum(where(x[i] * x[j] ** 2, 2 * j <= i), i, j), lambda a, b: 2 * b <= a),
        "i+j<n": (sg.Sum(where(x[i] * x[j] ** 2, i + j <= n - 1), i, j), None),
    }
    found = []
    for number, (name, (body, test)) in enumerate(bodies.items()):
        L = g.define(f"L{number}", body)

        def line(v, t=test):
            each_ = [(a, b) for a in range(v["n"]) for b in range(v["n"])]
            return sum(v["x"][a] * v["x"][b] ** 2 for a, b in each_ if (t(a, b) if t else a + b < v["n"]))

        found += [Edge(f"pairs {name}", L, x[q], g, N, drawn("x n"), {L.name: line})]
    T = g.define("T", SympySum(x[i] * x[j] * x[k], (k, 0, j), (j, 0, i), (i, 0, n - 1)))
    triple = lambda v: sum(  # noqa: E731
        v["x"][a] * v["x"][b] * v["x"][c] for a in range(v["n"]) for b in range(a + 1) for c in range(b + 1)
    )
    faults = {"doit": (".*", NESTED)}
    return [*found, Edge("triples k<=j<=i", T, x[q], g, N, drawn("x n"), {"T": triple}, faults=faults)]


# --- ranges -----------------------------------------------------------------------------------------------------------


def empty():
    """Ranges that are empty at some sizes: n - 1 values, n - m values, from m to n - 1, every third."""
    g = sg.Graph("empty ranges")
    n, m = g.sizes("n m")
    q = g.index("q", n)
    x, c = g.input("x", q), g.parameter("c")
    ranges = {
        "n-1": (SympySum(c * x[q] ** 2, (q, 0, n - 2)), lambda v: v["x"][:-1]),
        "from m": (SympySum(c * x[q] ** 2, (q, m, n - 1)), lambda v: v["x"][v["m"] :]),
        "n-m": (SympySum(c * x[q] ** 2, (q, 0, n - m - 1)), lambda v: v["x"][: max(0, v["n"] - v["m"])]),
        "count": (SympySum(c * x[0] ** 2, (q, m, n - 1)), lambda v: v["x"][:1].repeat(max(0, v["n"] - v["m"]))),
    }
    table = sizes("n m", (1, 1), (1, 4), (2, 3), (4, 2))
    given = lambda z, draw: {"x": draw.normal(size=z["n"]), "c": 1.3}  # noqa: E731
    found = []
    for number, (name, (body, taken)) in enumerate(ranges.items()):
        L = g.define(f"L{number}", body)
        lines = {L.name: lambda v, t=taken: v["c"] * sum(t(v) ** 2)}
        found += [Edge(f"empty {name} d{w}", L, w, g, table, given, lines) for w in (x[q], c)]
    return found


def one_size():
    """One size for rows, columns and a bound index; and two sizes that happen to be equal."""
    g = sg.Graph("one size")
    n, m = g.sizes("n m")
    i, k, a, b = g.indices("i k a b", n)
    j, l = g.indices("j l", m)  # noqa: E741
    A, B = g.parameter("A", i, k), g.parameter("B", i, j)
    square = g.define("S", sg.Sum(A[i, a] * A[a, k], a), over=(i, k))
    gram = g.define("G", sg.Sum(B[i, l] * B[k, l], l), over=(i, k))
    both = g.define("H", sg.Sum(gram[i, i], i) + sg.Sum(square[i, k] * gram[k, i], i, k))
    table = sizes("n m", (1, 1), (2, 2), (3, 2), (2, 3))
    lines = {
        "S": lambda v: v["A"] @ v["A"],
        "G": lambda v: v["B"] @ v["B"].T,
        "H": lambda v: np.trace(v["G"]) + np.trace(v["S"] @ v["G"]),
    }
    asked = {"A": A[a, b], "B": B[a, j], "G": gram[a, b]}
    found = [Edge(f"one size dH/d{n}", both, w, g, table, drawn("A n n", "B n m"), lines) for n, w in asked.items()]
    return [*found, Edge("one size Jacobian", square[i, k], A[a, b], g, table[:3], drawn("A n n", "B n m"), lines)]


EDGES = [
    *embedding(), *concatenated(), *sliced(1), *sliced(2), *sliced(3), *shifted(), *lagged(), *masked(), *paired(),
    *empty(), *one_size(),
]  # fmt: skip


@pytest.mark.parametrize(("edge", "at", "by"), rows(EDGES))
def test_agrees_with_differences(edge: Edge, at, by: str):
    agree_at(edge, at, by)


@pytest.mark.fuzz
@pytest.mark.parametrize("edge", [pytest.param(e, id=e.name) for e in EDGES])
def test_is_certified(edge: Edge):
    assert edge.derived.report.proved and edge.derived.certificate.holds


@pytest.mark.parametrize(
    "modules", ["math", pytest.param("numpy", marks=pytest.mark.xfail(strict=True, raises=TypeError, reason=FLOATS))]
)
def test_limits_with_floors_in_code_printed_for(modules: str):
    edge = next(e for e in EDGES if e.name == "slice ::2")
    names, truth = edge.at({"n": 6})
    assert by_lambdify(edge.answer, ("q",), truth.shape, names, modules=modules) == pytest.approx(truth)


def test_no_guard_that_always_holds():
    """d/dx_s S_t (x_t + [t >= 1] x_{t-1})^2."""
    g = sg.Graph("squares of neighbours")
    t, s = g.indices("t s", g.size("n"))
    x = g.input("x", t)
    answer = g.derive(sg.Sum((x[t] + where(x[t - 1], t >= 1)) ** 2, t), wrt=x[s]).answer
    assert "Holds(s)" not in str(answer)


def test_limits_between_bound_indices_are_tight():
    """d/dz_q S_{k <= j <= i} x_i y_j z_k = S_{i >= q} S_{j = q..i} x_i y_j."""
    g = sg.Graph("triples")
    n = g.size("n")
    i, j, k, q = g.indices("i j k q", n)
    x, y, z = g.input("x", i), g.input("y", j), g.input("z", k)
    d = g.derive(SympySum(x[i] * y[j] * z[k], (k, 0, j), (j, 0, i), (i, 0, n - 1)), wrt=z[q])
    (total,) = d.answer.atoms(SympySum)
    assert [limit[1:] for limit in total.limits] in ([(q, i), (q, n - 1)], [(total.limits[0][1], n - 1), (q, n - 1)])
