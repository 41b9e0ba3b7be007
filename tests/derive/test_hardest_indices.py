"""The hardest cases of the prototype, 14 to 25, where indices are the difficulty; and the traps that numbers miss."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Add, Indexed, KroneckerDelta, Max, Min, Piecewise, ceiling, exp, floor, sqrt
from sympy import Sum as SympySum

import symgrad as sg
from symgrad.algebra.border_names import Holds
from tests.derive.asked import divisors, fault, guards, is_textbook, limits, right_at
from tests.derive.textbook import gradient, is_equal

N = [{"n": 1}, {"n": 2}, {"n": 5}]


def test_14_pairs_of_an_ordered_sum():
    g = sg.Graph("ordered pairs")
    n = g.size("n")
    i, j, q = g.indices("i j q", n)
    x = g.input("x", i)
    L = g.define("L", sg.Sum(Piecewise((x[i] * x[j], i < j), (0, True)), i, j))
    d = g.derive(L, wrt=x[q])
    assert is_textbook(d, SympySum(x[j], (j, 0, q - 1)) + SympySum(x[j], (j, q + 1, n - 1))), d.text
    assert {r[1:] for total in d.answer.atoms(SympySum) for r in total.args[1:]} == {(0, q - 1), (q + 1, n - 1)}
    assert not guards(d.answer)
    right_at(d, N, "x n", {"L": lambda v: sum(v["x"][b] * v["x"][:b].sum() for b in range(v["n"]))})


@fault("a range is not put together from its parts: S_{j<q} x_j + x_q + S_{j>q} x_j = S x_j is not proved")
def test_14_the_other_form_of_the_same_is_as_good():
    g = sg.Graph("ordered pairs")
    i, j, q = g.indices("i j q", g.size("n"))
    x = g.input("x", i)
    d = g.derive(sg.Sum(Piecewise((x[i] * x[j], i < j), (0, True)), i, j), wrt=x[q])
    assert is_textbook(d, sg.Sum(x[j], j) - x[q]), d.text


def test_15_causal_sum_of_squares():
    g = sg.Graph("causal")
    n = g.size("n")
    i, q = g.indices("i q", n)
    x = g.input("x", i)
    y = g.define("y", SympySum(x[q] ** 2, (q, 0, i)), over=i)
    d = g.derive(g.loss("f", of=y), wrt=x[q])
    assert is_textbook(d, 2 * x[q] * SympySum(gradient(d, "f", "y")[i], (i, q, n - 1))), d.text
    assert limits(d.answer) == [(q, n - 1)] and not guards(d.answer)
    right_at(d, N, "x n", {"y": lambda v: np.cumsum(v["x"] ** 2)}, {"f": "y"})


def test_16_image_convolution_also_of_a_kernel_larger_than_the_output():
    g = sg.Graph("image")
    H, W, K, L = g.sizes("H W K L")
    i, j, k, l = g.index("i", H), g.index("j", W), g.index("k", K), g.index("l", L)  # noqa: E741
    p, q = g.index("p", H + K - 1), g.index("q", W + L - 1)
    X, w, b = g.input("X", p, q), g.parameter("w", k, l), g.parameter("b")
    Z = g.define("Z", sg.Sum(w[k, l] * X[i + k, j + l], k, l) + b, over=(i, j))
    U = g.define("U", sg.sigmoid(Z[i, j]), over=(i, j))
    f = g.loss("f", of=U)
    d = g.derive(f, wrt=X[p, q], keep=[Z])
    u = gradient(d, "f", "Z")
    reach = (k, Max(0, p - H + 1), Min(K - 1, p)), (l, Max(0, q - W + 1), Min(L - 1, q))
    assert is_textbook(d, SympySum(u[p - k, q - l] * w[k, l], *reach)), d.text
    assert set(limits(d.answer)) == {r[1:] for r in reach} and not guards(d.answer)

    def line(v):
        at = np.ndindex(v["H"], v["W"])
        return np.reshape([np.sum(v["w"] * v["X"][a : a + v["K"], c : c + v["L"]]) for a, c in at], (v["H"], -1)) + 0.2

    lines = {"Z": line, "U": lambda v: 1 / (1 + np.exp(-v["Z"]))}
    sizes = [dict(zip("HWKL", row, strict=True)) for row in ((1, 1, 1, 1), (1, 2, 3, 1), (2, 1, 3, 2), (3, 2, 1, 2))]
    right_at(d, sizes, "X H+K-1 W+L-1, w K L", lines, {"f": "U"})
    right_at(g.derive(f, wrt=X[p, q]), sizes, "X H+K-1 W+L-1, w K L", lines, {"f": "U"})


STRIDES = [{"N": n, "K": k, "s": s} for n, k, s in ((1, 1, 1), (3, 1, 3), (3, 2, 3), (2, 4, 2), (2, 3, 1))]


def test_17_symbolic_stride():
    g = sg.Graph("stride")
    N_, K, s = g.sizes("N K s")
    i, k, q = g.index("i", N_), g.index("k", K), g.index("q", s * (N_ - 1) + K)
    x, w = g.input("x", q), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[s * i + k], k), over=i)
    d = g.derive(g.loss("f", of=z), wrt=x[q])
    reach = (i, Max(0, ceiling((q - K + 1) / s)), Min(N_ - 1, floor(q / s)))
    assert is_textbook(d, SympySum(gradient(d, "f", "z")[i] * w[q - s * i], reach)), d.text
    assert limits(d.answer) == [reach[1:]] and not guards(d.answer)
    line = lambda v: np.array([v["w"] @ v["x"][v["s"] * n : v["s"] * n + v["K"]] for n in range(v["N"])])  # noqa: E731
    right_at(d, STRIDES, "x s*(N-1)+K, w K", {"z": line}, {"f": "z"})


def every_other(length):
    g = sg.Graph("every other")
    n = g.size("n")
    i, q = g.index("i", n), g.index("q", 2 * n - 1 if length == "2*n-1" else 2 * n)
    x = g.input("x", q)
    y = g.define("y", x[2 * i], over=i)
    return g.derive(g.loss("f", of=y), wrt=x[q]), i, q


@pytest.mark.parametrize("length", ["2*n-1", "2*n"])
def test_18_every_other_entry(length):
    """The odd entries get 0, and nothing is read at q/2."""
    d, i, q = every_other(length)
    assert is_textbook(d, sg.Sum(gradient(d, "f", "y")[i] * KroneckerDelta(2 * i, q), i)), d.text
    assert all(at.is_integer for entry in d.answer.atoms(Indexed) for at in entry.indices)
    assert guards(d.answer) or limits(d.answer)[0][0] == ceiling(q / 2)
    right_at(d, N, f"x {length}", {"y": lambda v: v["x"][::2]}, {"f": "y"})


@pytest.mark.parametrize("length", ["2*n-1", "2*n"])
def test_18_no_limit_that_the_others_imply(length):
    d, _, q = every_other(length)
    assert guards(d.answer) or limits(d.answer) == [(ceiling(q / 2), floor(q / 2))]


def dilated(stride, dilation, pad):
    """z_i = S_k w_k x_{stride i + dilation k - pad} over an image that ends `pad` before the last window."""
    g = sg.Graph("dilated")
    N_, K = g.sizes("N K")
    last = stride * (N_ - 1) + dilation * (K - 1) - pad
    i, k = g.index("i", N_), g.index("k", K)
    q = g.index("q", last + 2)
    x, w = g.input("x", q), g.parameter("w", k)
    at = stride * i + dilation * k - pad
    body = Piecewise((w[k] * x[at], at >= 0), (0, True)) if pad else w[k] * x[at]
    z = g.define("z", sg.Sum(body, k), over=i)

    def line(v):
        every = [(a, b, stride * a + dilation * b - pad) for a in range(v["N"]) for b in range(v["K"])]
        found = np.zeros(v["N"])
        for a, b, place in every:
            found[a] += v["w"][b] * v["x"][place] if place >= 0 else 0
        return found

    return g, (N_, K, i, k, q), (x, w), g.loss("f", of=z), {"z": line}


@pytest.mark.parametrize(("stride", "dilation", "pad"), [(2, 3, 1), (2, 4, 0)])
def test_19_20_a_guard_where_stride_and_dilation_leave_gaps(stride, dilation, pad):
    g, (N_, K, i, k, q), (x, w), f, lines = dilated(stride, dilation, pad)
    d = g.derive(f, wrt=x[q])
    hits = KroneckerDelta(stride * i + dilation * k, q + pad)
    assert is_textbook(d, SympySum(gradient(d, "f", "z")[i] * w[k] * hits, (i, 0, N_ - 1), (k, 0, K - 1))), d.text
    assert guards(d.answer) and all(at.is_integer for e in d.answer.atoms(Indexed) for at in e.indices)
    sizes = [{"N": a, "K": b} for a, b in ((1, 1), (3, 1), (1, 3), (4, 2), (2, 3))]
    right_at(d, sizes, f"x {stride}*(N-1)+{dilation}*(K-1)+2-{pad}, w K", lines, {"f": "z"})


@pytest.mark.parametrize("odd", [False, True])
def test_20_odd_entries_get_exactly_nothing(odd):
    """x is spread over the odd places only: 2 i + 4 k = 2 r + 1 has no solution, which the divisor shows."""
    g = sg.Graph("parity")
    N_, K = g.sizes("N K")
    i, k, r, q = g.index("i", N_), g.index("k", K), g.index("r", N_ + 2 * K), g.index("q", 2 * (N_ + 2 * K) + 1)
    v, w = g.input("v", r), g.parameter("w", k)
    x = g.define("x", sg.Sum(v[r] * KroneckerDelta(2 * r + int(odd), q), r), over=q)
    z = g.define("z", sg.Sum(w[k] * x[2 * i + 4 * k], k), over=i)
    d = g.derive(g.loss("f", of=z), wrt=v[r])
    assert d.report.proved and (d.answer == 0) == odd


def test_21_transposed_convolution_needs_no_guard():
    g = sg.Graph("transposed")
    N_, K = g.sizes("N K")
    j, k, q = g.index("j", N_), g.index("k", K), g.index("q", 2 * (N_ - 1) + K)
    x, w = g.input("x", j), g.parameter("w", k)
    y = g.define("y", sg.Sum(x[j] * w[k] * KroneckerDelta(2 * j + k, q), j, k), over=q)
    f = g.loss("f", of=y)
    for d, formula in (
        (g.derive(f, wrt=x[j]), lambda u: sg.Sum(u[2 * j + k] * w[k], k)),
        (g.derive(f, wrt=w[k]), lambda u: sg.Sum(u[2 * j + k] * x[j], j)),
    ):
        assert is_textbook(d, formula(gradient(d, "f", "y"))), d.text
        assert not guards(d.answer)
        line = lambda v: np.convolve(np.kron(v["x"], [1, 0])[:-1], v["w"])  # noqa: E731
        right_at(d, STRIDES, "x N, w K", {"y": line}, {"f": "y"})


def palindrome():
    g = sg.Graph("palindrome")
    n = g.size("n")
    i, q = g.indices("i q", n)
    x = g.input("x", i)
    p = g.define("p", x[i] * x[n - 1 - i], over=i)
    return g.derive(g.define("L", sg.Sum(p[i] ** 2, i)), wrt=x[q]), 4 * p[q] * x[n - 1 - q]


def test_22_palindrome_also_at_the_middle():
    d, formula = palindrome()
    assert d.report.proved and is_equal(d, formula)
    right_at(
        d,
        [{"n": 1}, {"n": 3}, {"n": 4}],
        "x n",
        {"p": lambda v: v["x"] * v["x"][::-1], "L": lambda v: sum(v["p"] ** 2)},
    )


def test_22_palindrome_is_as_short():
    assert is_textbook(*palindrome())


def test_23_diagonal_and_product_with_the_transpose():
    g = sg.Graph("diagonal")
    i, j, a, b = g.indices("i j a b", g.size("n"))
    X = g.input("X", i, j)
    L = g.define("L", sg.Sum(X[i, i] ** 2, i) + sg.Sum(X[i, j] * X[j, i], i, j))
    d = g.derive(L, wrt=X[a, b])
    assert is_textbook(d, 2 * KroneckerDelta(a, b) * X[a, a] + 2 * X[b, a]), d.text
    right_at(d, N[:2] + [{"n": 3}], "X n n", {"L": lambda v: sum(np.diag(v["X"]) ** 2) + np.trace(v["X"] @ v["X"])})


def trace_of_power(order, names="i j k l m"):
    g = sg.Graph("trace of a power")
    n = g.size("n")
    index = g.indices(names, n)
    a, b = g.indices("a b", n)
    A = g.input("A", a, b)
    factors = [A[index[s], index[(s + 1) % 5]] for s in range(5)]
    body = factors[0] * factors[1] * factors[2] * factors[3] * factors[4]
    d = g.derive(g.define("L", sg.Sum(body, *(index[s] for s in order))), wrt=A[a, b])
    i, j, k = index[:3]
    return d, 5 * sg.Sum(A[b, i] * A[i, j] * A[j, k] * A[k, a], i, j, k)


def test_24_trace_of_a_fifth_power_is_one_term_whatever_the_names():
    first, formula = trace_of_power(range(5))
    assert is_textbook(first, formula), first.text
    assert not isinstance(first.answer, Add) and first.answer.as_coeff_Mul()[0] == 5
    shuffled = [((4, 2, 0, 3, 1), "i j k l m"), ((1, 0, 3, 2, 4), "m l k j i"), ((0, 1, 2, 3, 4), "z c y d x")]
    assert {trace_of_power(*other)[0].poly.key for other in shuffled} == {first.poly.key}
    lines = {"L": lambda v: np.trace(np.linalg.matrix_power(v["A"], 5))}
    right_at(first, N[:2] + [{"n": 3}], "A n n", lines)


def test_25_double_centering():
    """With one row (or column) the answer is 0 whatever it looks like; the certificate has a size where it is not."""
    g = sg.Graph("double centering")
    n, m = g.sizes("n m")
    i, a = g.indices("i a", n)
    j, b = g.indices("j b", m)
    X = g.input("X", i, j)
    rows, columns = sg.Sum(X[i, b], b) / m, sg.Sum(X[a, j], a) / n
    Y = g.define("Y", X[i, j] - rows - columns + sg.Sum(X[a, b], a, b) / (m * n), over=(i, j))
    d = g.derive(g.loss("f", of=Y), wrt=X[i, j])
    u = gradient(d, "f", "Y")
    means = sg.Sum(u[i, b], b) / m + sg.Sum(u[a, j], a) / n
    assert is_textbook(d, u[i, j] - means + sg.Sum(u[a, b], a, b) / (m * n)), d.text
    assert d.certificate.nonzero
    centred = lambda v: v["X"] - v["X"].mean(0) - v["X"].mean(1)[:, None] + v["X"].mean()  # noqa: E731
    right_at(d, [{"n": a, "m": b} for a, b in ((1, 1), (1, 3), (2, 1), (3, 2))], "X n m", {"Y": centred}, {"f": "Y"})


# --- traps ------------------------------------------------------------------------------------------------------------


def neighbours():
    g = sg.Graph("products of entries")
    n = g.size("n")
    i, k, q = g.index("i", n), g.index("k", n), g.index("q", 2 * n)
    x, c = g.input("x", q), g.input("c", i)
    D = g.define("D", x[2 * i] * x[i + 1], over=i)
    return g, (i, k), x, c, D


def test_trap_no_division_by_a_factor_of_a_definition():
    """D_i = x_{2i} x_{i+1}: x_{i+1} is not D_i/x_{2i}."""
    g, (i, k), x, c, D = neighbours()
    for of in (
        c[i] * x[i + 1],
        sg.Sum(c[i] * x[i + 1], i),
        sg.Sum(c[i] * x[2 * i], i),
        sg.Sum(c[i] * exp(x[i + 1]), i),
    ):
        assert not divisors(g.derive(of, wrt=c[k]).answer)
    d = g.derive(sg.Sum(c[i] * D[i] * x[i + 1], i), wrt=c[k])
    assert is_textbook(d, D[k] * x[k + 1]) and not divisors(d.answer)


def test_trap_a_product_is_not_divided_by_what_it_is_derived_by():
    """L = D S b: its derivative by D is S b, not L/D."""
    g = sg.Graph("product of scalars")
    i, k = g.indices("i k", g.size("n"))
    b, x = g.input("b", i), g.input("x", i)
    D = g.define("D", sg.Sum(x[i] ** 2, i))
    L = g.define("L", D * sg.Sum(b[i], i))
    d = g.derive(L, wrt=D)
    assert is_textbook(d, sg.Sum(b[i], i)) and not divisors(d.answer)
    assert not divisors(g.derive(L, wrt=x[k]).answer) and not divisors(g.derive(L, wrt=b[k]).answer)


def scaled_deviation():
    """y_i = c (x_i - mu), c may be 0."""
    g = sg.Graph("scaled deviation")
    i, j, k = g.indices("i j k", g.size("n"))
    x, v, c, mu = g.input("x", i), g.input("v", i), g.parameter("c"), g.parameter("mu")
    g.define("y", c * (x[i] - mu), over=i)
    return g, (i, j, k), x, v, c, mu


@pytest.mark.parametrize("case", ["entry", "function", "sum", "product"])
def test_trap_no_division_by_a_factor_beside_a_bracket(case):
    g, (i, j, k), x, v, c, mu = scaled_deviation()
    of = {
        "entry": v[i] * (x[i] - mu),
        "function": v[i] * exp(x[i] - mu),
        "sum": v[i] * sg.Sum(x[j] - mu, j),
        "product": v[i] * c * (x[i] - mu) * (x[j] - mu),
    }[case]
    assert not divisors(g.derive(of, wrt=v[k]).answer)


def test_trap_a_definition_over_an_index_it_does_not_use():
    g = sg.Graph("broadcast")
    n, m = g.sizes("n m")
    i, j, a = g.index("i", n), g.index("j", m), g.index("a", n)
    f, A = g.input("f", i), g.input("A", i, j)
    D = g.define("D", f[i] ** 2, over=(i, j))
    d = g.derive(sg.Sum(A[i, j] * D[i, j], i, j), wrt=f[a])
    assert is_textbook(d, 2 * f[a] * sg.Sum(A[a, j], j)), d.text
    lines = {"D": lambda v: np.outer(v["f"] ** 2, np.ones(v["m"])), "E": lambda v: np.sum(v["A"] * v["D"])}
    right_at(d, [{"n": 1, "m": 1}, {"n": 2, "m": 3}, {"n": 3, "m": 1}], "f n, A n m", lines)
    assert is_textbook(g.derive(sg.Sum(A[i, j] * f[i] ** 2, i, j), wrt=A[a, j]), f[a] ** 2)


@pytest.mark.parametrize("kind", ["written", "contracted"])
def test_trap_a_definition_equal_to_0(kind):
    g = sg.Graph("nothing")
    n = g.size("n")
    i, k = g.indices("i k", n)
    x = g.input("x", i)
    mu = g.define("mu", sg.Sum(x[k], k) / n)
    Z = g.define("Z", 0 * x[i] if kind == "written" else sg.Sum(x[k] - mu, k) * x[i], over=i)
    L = g.define("L", sg.Sum((Z[i] + 1) * x[i] ** 2, i))
    for d in (g.derive(L, wrt=x[k]), g.derive(Z[i], wrt=x[k])):
        assert d.report.proved and d.certificate.holds
    zero = lambda v: 0 * v["x"] + (0 if kind == "written" else sum(v["x"] - v["mu"]) * v["x"])  # noqa: E731
    lines = {"mu": lambda v: np.mean(v["x"]), "Z": zero, "L": lambda v: sum((v["Z"] + 1) * v["x"] ** 2)}
    right_at(g.derive(L, wrt=x[k]), N, "x n", lines)
    right_at(g.derive(Z[i], wrt=x[k]), N, "x n", lines)


def test_trap_two_definitions_with_one_right_side():
    g = sg.Graph("twins")
    i, k = g.indices("i k", g.size("n"))
    x = g.input("x", i)
    D, E = g.define("D", exp(x[i]), over=i), g.define("E", exp(x[i]), over=i)
    d = g.derive(g.define("L", sg.Sum(D[i] * E[i], i)), wrt=x[k])
    assert d.report.proved and is_textbook(d, 2 * D[k] * E[k]), d.text
    lines = {"D": lambda v: np.exp(v["x"]), "E": lambda v: np.exp(v["x"]), "L": lambda v: sum(v["D"] * v["E"])}
    right_at(d, N, "x n", lines)


def test_trap_a_free_index_named_like_a_bound_one():
    """The sums of the definitions run over i and k, and so do the entries asked for."""
    g = sg.Graph("names")
    i, k = g.indices("i k", g.size("n"))
    x, A = g.input("x", i), g.parameter("A", i, k)
    y = g.define("y", sg.Sum(A[i, k] * x[k], k), over=i)
    z = g.define("z", sg.Sum(A[i, k] * y[i], i), over=k)
    d = g.derive(z[k], wrt=x[i])
    j = g.index("j", k.last + 1)
    assert is_textbook(d, sg.Sum(A[j, k] * A[j, i], j)), d.text
    lines = {"y": lambda v: v["A"] @ v["x"], "z": lambda v: v["A"].T @ v["y"]}
    right_at(d, N, "x n, A n n", lines)
    swapped = g.derive(z[i], wrt=x[k])
    assert is_textbook(swapped, sg.Sum(A[j, i] * A[j, k], j)), swapped.text


def test_trap_the_root_of_a_square_at_negative_numbers():
    g = sg.Graph("absolute value")
    i, k = g.indices("i k", g.size("n"))
    x = g.input("x", i)
    r = g.define("r", sqrt(x[i] ** 2), over=i)
    for of in (sg.Sum(r[i], i), sg.Sum(sqrt(x[i] ** 2), i)):
        d = g.derive(of, wrt=x[k])
        assert d.report.proved and d.answer != 1
        given = lambda z, draw: {"x": -1 - draw.random(z["n"])}  # noqa: E731
        right_at(d, N, given, {"r": lambda v: np.abs(v["x"]), "E": lambda v: sum(v["r"])})


def test_the_structure_is_read_right():
    """The measures of this module can fail."""
    _, (i, _, k), x, v, c, mu = scaled_deviation()
    assert divisors(x[i] / c + v[i] * exp(1 / mu)) == {"c", "mu"}
    assert guards(x[i] * Holds(k)) and guards(KroneckerDelta(i, k) * x[i]) and not guards(x[i])
