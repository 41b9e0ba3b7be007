"""Texts, each beside the same graph declared by calls: names, ranges, definitions and the derived answer agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sympy import Abs, And, Ge, KroneckerDelta, Le, Ne, Piecewise, Rational, exp, log, sqrt, tanh

import symgrad as sg
from symgrad.check.proof import equal
from symgrad.declare.names import Tensor
from symgrad.text.build import declared
from symgrad.text.reading import Options


class Case(NamedTuple):
    text: str
    wrt: str
    build: Callable[[], tuple[sg.Graph, Any, Any]]  # the graph, what is differentiated, by what
    facts: tuple[str, ...] = ()
    options: dict[str, list[str]] = {}  # noqa: RUF012
    of: str = ""


CASES: dict[str, Case] = {}


def case(text: str, wrt: str, *facts: str, of: str = "", **options: list[str]):
    """Registers a function that declares the graph of a text by calls."""

    def register(build):
        CASES[build.__name__] = Case(text, wrt, build, facts, options, of)
        return build

    return register


def graph(*sizes: str) -> tuple[Any, ...]:
    g = sg.Graph("by calls")
    return (g, *(g.size(name) for name in sizes))


@case(r"L = -\sum_j y_j \log P_j, P_j = \frac{e^{h_j}}{\sum_k e^{h_k}}", "h_i", r"\sum_j y_j = 1")
def softmax_cross_entropy():
    g, n = graph("n")
    i, j, k = g.indices("i j k", n)
    y, h = g.input("y", j), g.input("h", j)
    P = g.define("P", exp(h[j]) / sg.Sum(exp(h[k]), k), over=j)
    L = g.define("L", -sg.Sum(y[j] * log(P[j]), j))
    g.fact(sg.Sum(y[j], j), 1)
    return g, L, h[i]


@case("L = -sum(y[j]*log(P[j]), j)\nP[j] = exp(h[j])/sum(exp(h[k]), k)", "h[i]", "sum(y[j], j) = 1")
def softmax_in_plain_text():
    return softmax_cross_entropy()


@case(r"P(y=j) = \frac{e^{h_j}}{\sum_{k} e^{h_k}}", "h_i", of="P(y=j)")
def softmax_jacobian():
    g, n = graph("n")
    i, j, k = g.indices("i j k", n)
    h = g.input("h", j)
    P = g.define("P", exp(h[j]) / sg.Sum(exp(h[k]), k), over=j, shown="P(y=#)")
    return g, P[j], h[i]


BATCH_NORM = r"""
\mu = \frac{1}{m} \sum_{i=1}^m x_i, \quad \sigma^2 = \frac{1}{m} \sum_{i=1}^m (x_i - \mu)^2,
\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta,
f = f(y), \epsilon > 0
"""


@case(BATCH_NORM, "x_i")
def batch_norm():
    g, m = graph("m")
    i = g.index("i", m, start=1)
    x, gamma, beta = g.input("x", i), g.input("gamma"), g.input("beta")
    eps = g.input("epsilon", sign="positive")
    mu = g.define("mu", sg.Sum(x[i], i) / m)
    sigma2 = g.define("sigma2", sg.Sum((x[i] - mu) ** 2, i) / m, shown=r"\sigma^2")
    xhat = g.define("xhat", (x[i] - mu) / sqrt(sigma2 + eps), over=i)
    y = g.define("y", gamma * xhat[i] + beta, over=i)
    return g, g.loss("f", of=y), x[i]


EXERCISE = """
mu = (1/m) sum_i x_i, sigma2 = (1/m) sum_i (x_i - mu)^2, xhat_i = (x_i - mu)/sqrt(sigma2 + epsilon),
y_i = gamma xhat_i + beta, i = 1..m; f = f(y), epsilon > 0
"""


@case(EXERCISE, "x_i")
def batch_norm_as_the_exercise_has_it():
    return batch_norm()


@case(BATCH_NORM, r"\sigma^2", of="f")
def batch_norm_by_the_variance():
    g, f, _ = batch_norm()
    return g, f, g["sigma2"]


@case(
    r"""\begin{align*}
    \mu_b &= \frac{1}{H} \sum_{j=1}^{H} x_{bj} \\
    v_b &= \frac{1}{H} \sum_{j=1}^{H} (x_{bj} - \mu_b)^2 \\
    y_{bj} &= g_j \frac{x_{bj} - \mu_b}{\sqrt{v_b + \epsilon}} + c_j \\
    f &= f(y)
    \end{align*}""",
    "x_{bj}",
    positive=[r"\epsilon"],
)
def layer_norm():
    g, H, n = graph("H", "n")
    b, j = g.index("b", n, start=1), g.index("j", H, start=1)
    x, gain, c = g.input("x", b, j), g.input("g", j), g.input("c", j)
    eps = g.input("epsilon", sign="positive")
    mu = g.define("mu", sg.Sum(x[b, j], j) / H, over=b)
    v = g.define("v", sg.Sum((x[b, j] - mu[b]) ** 2, j) / H, over=b)
    y = g.define("y", gain[j] * (x[b, j] - mu[b]) / sqrt(v[b] + eps) + c[j], over=(b, j))
    return g, g.loss("f", of=y), x[b, j]


ATTENTION = r"""
S_{ij} = \frac{1}{\sqrt{d}} \sum_{c=1}^{d} Q_{ic} K_{jc}; A_{ij} = \frac{\exp(S_{ij})}{\sum_k \exp(S_{ik})};
O_{iv} = \sum_j A_{ij} V_{jv}; f = f(O)
"""


def attention() -> tuple[sg.Graph, Any]:
    g, d, n, m, p = graph("d", "n", "m", "p")
    i, c, v = g.index("i", n, start=1), g.index("c", d, start=1), g.index("v", p, start=1)
    j, k = g.indices("j k", m, start=1)
    Q, K, V = g.input("Q", i, c), g.input("K", j, c), g.input("V", j, v)
    S = g.define("S", sg.Sum(Q[i, c] * K[j, c], c) / sqrt(d), over=(i, j))
    A = g.define("A", exp(S[i, j]) / sg.Sum(exp(S[i, k]), k), over=(i, j))
    O = g.define("O", sg.Sum(A[i, j] * V[j, v], j), over=(i, v))  # noqa: E741
    return g, g.loss("f", of=O)


@case(ATTENTION, "Q_{ic}")
def attention_by_queries():
    g, f = attention()
    return g, f, g["Q"]


@case(ATTENTION, "V_{jv}")
def attention_by_values():
    g, f = attention()
    return g, f, g["V"]


@case(
    r"""z_i = \sum_j x_{ij} w_j + b, p_i = \frac{1}{1 + e^{-z_i}},
    L = -\frac{1}{m} \sum_{i=1}^m \left( y_i \log p_i + (1 - y_i) \log(1 - p_i) \right)""",
    "w_j",
)
def logistic_regression():
    g, m, n = graph("m", "n")
    i, j = g.index("i", m, start=1), g.index("j", n, start=1)
    x, w, b, y = g.input("x", i, j), g.input("w", j), g.input("b"), g.input("y", i)
    z = g.define("z", sg.Sum(x[i, j] * w[j], j) + b, over=i)
    p = g.define("p", 1 / (1 + exp(-z[i])), over=i)
    return g, g.define("L", -sg.Sum(y[i] * log(p[i]) + (1 - y[i]) * log(1 - p[i]), i) / m), w[j]


@case(r"L = \frac12 \sum_i (y_i - \sum_j X_{ij} w_j)^2 + \frac{\lambda}{2} \sum_j w_j^2", "w_j")
def ridge():
    g, n, m = graph("n", "m")
    i, j = g.index("i", n), g.index("j", m)
    y, X, w, lam = g.input("y", i), g.input("X", i, j), g.input("w", j), g.input("lambda")
    return (
        g,
        g.define("L", sg.Sum((y[i] - sg.Sum(X[i, j] * w[j], j)) ** 2, i) / 2 + lam / 2 * sg.Sum(w[j] ** 2, j)),
        w[j],
    )


@case(r"Z_i = \sum_k W_k X_{i+k} + b, J = J(Z)", "X_p")
def convolution():
    g, n, m, d = graph("n", "m", "d")
    i, k, p = g.index("i", n), g.index("k", m), g.index("p", d)
    g.require(d >= m + n - 1)
    W, X, b = g.input("W", k), g.input("X", p), g.input("b")
    Z = g.define("Z", sg.Sum(W[k] * X[i + k], k) + b, over=i)
    return g, g.loss("J", of=Z), X[p]


@case(r"Z_i = \sum_{k=1}^{K} W_k X_{i+k-1}, J = J(Z), i = 1, \dots, H - K + 1, p = 1, \dots, H, H \ge K", "X_p")
def convolution_with_its_ranges():
    g, K, H = graph("K", "H")
    i, k, p = g.index("i", H - K + 1, start=1), g.index("k", K, start=1), g.index("p", H, start=1)
    g.require(H >= K)
    W, X = g.input("W", k), g.input("X", p)
    Z = g.define("Z", sg.Sum(W[k] * X[i + k - 1], k), over=i)
    return g, g.loss("J", of=Z), X[p]


@case(r"L_i = \gamma x_i^2 \quad (i = 1, \dots, n), \quad f = f(L)", "x_i")
def a_range_in_brackets():
    g, n = graph("n")
    i = g.index("i", n, start=1)
    gamma, x = g.input("gamma"), g.input("x", i)
    return g, g.loss("f", of=g.define("L", gamma * x[i] ** 2, over=i)), x[i]


@case("y[i] = sum(W[i][j]*x[j] for j in range(m)); f = f(y)", "W[i, j]")
def python():
    g, m, n = graph("m", "n")
    i, j = g.index("i", n), g.index("j", m)
    W, x = g.input("W", i, j), g.input("x", j)
    return g, g.loss("f", of=g.define("y", sg.Sum(W[i, j] * x[j], j), over=i)), W[i, j]


@case("Z[i] = sum(W[k]*X[s*i+k], k=0..K-1); J = J(Z)", "W[k]", sizes=["s"])
def strided_convolution():
    g, K, s, n, m = graph("K", "s", "n", "m")
    i, k, j = g.index("i", n), g.index("k", K), g.index("j", m)
    g.require(m + s >= K + n * s)
    W, X = g.input("W", k), g.input("X", j)
    Z = g.define("Z", sg.Sum(W[k] * X[s * i + k], k), over=i)
    return g, g.loss("J", of=Z), W[k]


@case(
    r"""a^{(1)}_i = \sum_j W^{(1)}_{ij} x_j + b^{(1)}_i, z_i = \tanh(a^{(1)}_i),
    y_k = \sum_i W^{(2)}_{ki} z_i + b^{(2)}_k, E = \frac12 \sum_k (y_k - t_k)^2""",
    "W^{(1)}_{ij}",
)
def tanh_network():
    g, n, m, d = graph("n", "m", "d")
    i, j, k = g.index("i", n), g.index("j", m), g.index("k", d)
    x, t = g.input("x", j), g.input("t", k)
    W1, b1, W2, b2 = g.input("W1", i, j), g.input("b1", i), g.input("W2", k, i), g.input("b2", k)
    a1 = g.define("a1", sg.Sum(W1[i, j] * x[j], j) + b1[i], over=i)
    z = g.define("z", tanh(a1[i]), over=i)
    y = g.define("y", sg.Sum(W2[k, i] * z[i], i) + b2[k], over=k)
    return g, g.define("E", sg.Sum((y[k] - t[k]) ** 2, k) / 2), W1[i, j]


@case(
    r"a_i = \sum_j W_{ij} x_j, h_i = \mathrm{ReLU}(a_i), y_i = \sum_j V_{ij} h_j, L = \sum_i (y_i - t_i)^2",
    "W_{ij}",
)
def letters_used_again():
    """The letters of the second layer run over other ranges: k and l."""
    g, n, m, d = graph("n", "m", "d")
    i, l = g.indices("i l", n)  # noqa: E741
    j, k = g.index("j", m), g.index("k", d)
    W, x, V, t = g.input("W", i, j), g.input("x", j), g.input("V", k, l), g.input("t", k)
    a = g.define("a", sg.Sum(W[i, j] * x[j], j), over=i)
    h = g.define("h", sg.relu(a[i]), over=i)
    y = g.define("y", sg.Sum(V[k, l] * h[l], l), over=k)
    return g, g.define("L", sg.Sum((y[k] - t[k]) ** 2, k)), W[i, j]


KL = r"D = -\frac12 \sum_j (1 + 2 \log s_j - \mu_j^2 - s_j^2), s_j > 0"


@case(KL, "s_j")
def kullback_leibler_of_a_gaussian():
    g, n = graph("n")
    j = g.index("j", n)
    s, mu = g.input("s", j, sign="positive"), g.input("mu", j)
    return g, g.define("D", -sg.Sum(1 + 2 * log(s[j]) - mu[j] ** 2 - s[j] ** 2, j) / 2), s[j]


@case(
    r"""z_j = \mu_j + s_j \varepsilon_j, r = \sum_i (x_i - \sum_j W_{ij} z_j)^2,
    D = \sum_j (\mu_j^2 + s_j^2 - 2\log s_j), E = r + D""",
    r"\mu_j",
    positive=["s"],
)
def elbo_of_a_linear_decoder():
    g, n, m = graph("n", "m")
    j, i = g.index("j", n), g.index("i", m)
    mu, s, e = g.input("mu", j), g.input("s", j, sign="positive"), g.input("epsilon", j)
    x, W = g.input("x", i), g.input("W", i, j)
    z = g.define("z", mu[j] + s[j] * e[j], over=j)
    r = g.define("r", sg.Sum((x[i] - sg.Sum(W[i, j] * z[j], j)) ** 2, i))
    D = g.define("D", sg.Sum(mu[j] ** 2 + s[j] ** 2 - 2 * log(s[j]), j))
    return g, g.define("E", r + D), mu[j]


@case(r"c = \frac{\sum_i x_i y_i}{\sqrt{\sum_i x_i^2} \sqrt{\sum_i y_i^2}}", "x_i")
def cosine_similarity():
    g, n = graph("n")
    i = g.index("i", n)
    x, y = g.input("x", i), g.input("y", i)
    return g, g.define("c", sg.Sum(x[i] * y[i], i) / (sqrt(sg.Sum(x[i] ** 2, i)) * sqrt(sg.Sum(y[i] ** 2, i)))), x[i]


@case(r"\sigma^2 = \sum_i x_i^2, \sigma = \sqrt{\sigma^2}, y_i = x_i / \sigma, f = f(y)", "x_i")
def a_root_beside_its_square():
    g, n = graph("n")
    i = g.index("i", n)
    x = g.input("x", i)
    sigma2 = g.define("sigma2", sg.Sum(x[i] ** 2, i), shown=r"\sigma^2")
    sigma = g.define("sigma", sqrt(sigma2))
    return g, g.loss("f", of=g.define("y", x[i] / sigma, over=i)), x[i]


@case(r"J = \frac{1}{N} \sum_{n=1}^N (t^{(n)} - \sum_j w_j x_j^{(n)})^2", "w_j")
def samples_in_superscripts():
    g, N, m = graph("N", "m")
    n, j = g.index("n", N, start=1), g.index("j", m, start=1)
    t, w, x = g.input("t", n), g.input("w", j), g.input("x", j, n)
    return g, g.define("J", sg.Sum((t[n] - sg.Sum(w[j] * x[j, n], j)) ** 2, n) / N), w[j]


@case(r"s_t = \sum_{u=1}^{t} \gamma_u x_u, L = \frac{1}{T} \sum_{t=1}^{T} s_t^2, u = 1..T", "x_u")
def a_range_that_moves():
    g, T = graph("T")
    u, t = g.index("u", T, start=1), g.index("t", T, start=1)
    gamma, x = g.input("gamma", u), g.input("x", u)
    s = g.define("s", sg.Sum(Piecewise((gamma[u] * x[u], And(Ge(u, 1), Le(u, t))), (0, True)), u), over=t)
    return g, g.define("L", sg.Sum(s[t] ** 2, t) / T), x[u]


@case(r"L = \sum_i \sum_{j \neq i} x_i x_j", "x_k")
def a_condition_below_the_sign():
    g, n = graph("n")
    i, j, k = g.indices("i j k", n)
    x = g.input("x", k)
    inner = sg.Sum(Piecewise((x[i] * x[j], Ne(j, i)), (0, True)), j)
    return g, g.define("L", sg.Sum(inner, i)), x[k]


HUBER = r"""L = \sum_i \begin{cases} \frac12 (y_i - t_i)^2 & |y_i - t_i| \le c \\
c |y_i - t_i| - \frac12 c^2 & \text{otherwise} \end{cases}"""


@case(HUBER, "y_i", positive=["c"])
def huber():
    g, n = graph("n")
    i = g.index("i", n)
    y, t, c = g.input("y", i), g.input("t", i), g.input("c", sign="positive")
    r = y[i] - t[i]
    return g, g.define("L", sg.Sum(Piecewise((r**2 / 2, Abs(r) <= c), (c * Abs(r) - c**2 / 2, True)), i)), y[i]


@case(r"L = \sum_t m_t^2, m_t = \max_i x_{ti}", "x_{ti}")
def greatest_of_each_row():
    g, n, d = graph("n", "d")
    t, i = g.index("t", n), g.index("i", d)
    x = g.input("x", t, i)
    m = g.define("m", sg.Max(x[t, i], i), over=t)
    return g, g.define("L", sg.Sum(m[t] ** 2, t)), x[t, i]


@case(r"L = \sum_i q(w x_i + b)", "w", functions=["q"])
def unknown_function():
    g, n = graph("n")
    i = g.index("i", n)
    w, x, b = g.input("w"), g.input("x", i), g.input("b")
    q = g.function("q")
    return g, g.define("L", sg.Sum(q(w * x[i] + b), i)), w


CHAIN = r"x_1 = w_1 \cdot 1 + b_1, x_2 = \mathrm{ReLU}(x_1), x_3 = w_2 x_2 + b_2, x_4 = \frac{e^{x_3}}{e^{x_3} + S}"


@case(CHAIN, "w_1", constants=["S"])
def softmax_chain():
    g = sg.Graph("by calls")
    w1, b1, w2, b2 = (g.input(name) for name in ("w1", "b1", "w2", "b2"))
    S = g.constant("S")
    x1 = g.define("x1", w1 * 1 + b1)
    x2 = g.define("x2", sg.relu(x1))
    x3 = g.define("x3", w2 * x2 + b2)
    return g, g.define("x4", exp(x3) / (exp(x3) + S)), w1


@case(r"xw_0 = x_0 w_0, u = xw_0 + b_0", "w_0", symbols=["xw_0"])
def words_as_names():
    g = sg.Graph("by calls")
    x0, w0, b0 = g.input("x0"), g.input("w0"), g.input("b0")
    xw0 = g.define("xw0", x0 * w0)
    return g, g.define("u", xw0 + b0), w0


@case(r"z_i = \sum_j w_{ij} x_j, a_i = \sigma(z_i), L = \sum_i (a_i - t_i)^2", "x_j")
def logistic_units():
    g, n, m = graph("n", "m")
    i, j = g.index("i", n), g.index("j", m)
    w, x, t = g.input("w", i, j), g.input("x", j), g.input("t", i)
    z = g.define("z", sg.Sum(w[i, j] * x[j], j), over=i)
    a = g.define("a", sg.sigmoid(z[i]), over=i)
    return g, g.define("L", sg.Sum((a[i] - t[i]) ** 2, i)), x[j]


@case(r"D = \sum_{i,j} \delta_{ij} (A_{ij} - B_{ij})^2 + \frac{1}{3} \sum_{i=0}^{2} A_{ii}^2", "A_{ij}")
def kronecker_delta():
    g = sg.Graph("by calls")
    i, j = g.indices("i j", 3)
    A, B = g.input("A", i, j), g.input("B", i, j)
    both = sg.Sum(KroneckerDelta(i, j) * (A[i, j] - B[i, j]) ** 2, i, j)
    return g, g.define("D", both + Rational(1, 3) * sg.Sum(A[i, i] ** 2, i)), A[i, j]


@pytest.fixture(params=CASES)
def pair(request):
    """The graph of a text, the same by calls, and both derivatives."""
    one = CASES[request.param]
    asked = [one.wrt, *([one.of] if one.of else [])]
    found = declared(one.text, one.facts, asked, Options(**one.options))
    top = found.questions[one.of] if one.of else found.graph[found.default]
    mine = found.graph.derive(top, wrt=found.questions[one.wrt], check=False)
    g, of, wrt = one.build()
    return found.graph, g, mine, g.derive(of, wrt=wrt, check=False)


def test_names_and_ranges_are_those_of_the_calls(pair):
    text, calls, _, _ = pair
    assert set(text.model.sizes) == set(calls.model.sizes)
    assert set(text.model.relations) == set(calls.model.relations)
    assert set(text.model.tensors) == set(calls.model.tensors)
    for name, tensor in text.model.tensors.items():
        other = calls.model.tensors[name]
        assert (tensor.kind, tensor.sign, tensor.of) == (other.kind, other.sign, other.of), name
        if isinstance(text[name], Tensor):
            assert text[name].shape == calls[name].shape, name
            starts = [[g.model.indices[a].start for a in t.axes] for g, t in ((text, tensor), (calls, other))]
            assert starts[0] == starts[1], name


def test_definitions_are_those_of_the_calls(pair):
    text, calls, _, _ = pair
    for tensor in text.model.definitions:
        other = calls.model.tensors[tensor.name]
        assert tensor.axes == other.axes
        assert equal(tensor.poly, other.poly, text.model, tensor.axes), tensor.name


def test_answers_are_proved_equal(pair):
    _, calls, mine, other = pair
    assert mine.poly.tensors <= set(other.engine.model.tensors)
    assert equal(mine.poly, other.poly, other.engine.model, other.engine.free, calls.model.facts)


def test_the_pairs_differ():
    """The comparison sees a wrong declaration: the other sign of one term."""
    g, _, w = ridge()
    found = declared(CASES["ridge"].text.replace("+", "-"), (), ["w_j"], Options())
    mine = found.graph.derive(found.graph["L"], wrt=found.questions["w_j"], check=False)
    other = g.derive(g["L"], wrt=w, check=False)
    assert not equal(mine.poly, other.poly, other.engine.model, other.engine.free)
