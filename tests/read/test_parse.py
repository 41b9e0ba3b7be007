"""What texts are read as: each is shown by its echo, which is read again to the same tree."""

from __future__ import annotations

import pytest

from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.parse import INFIX, PREFIX, parse
from symgrad.read.show import WRITERS, show
from symgrad.read.spelling import ENVIRONMENTS, FUNCTIONS
from tests.read.samples import NAMES

# Text, and its echo.
READ = [
    ("2 I", r"2 \, I"),
    (r"\frac{1}{2}", r"\frac{1}{2}"),
    (r"\dfrac12 x_i", r"\frac{1}{2} \, x_{i}"),
    (r"\tfrac{a}{b}", r"\frac{a}{b}"),
    (r"{\left(a + b\right)}^{2}", r"\left(a + b\right)^{2}"),
    (r"\left(\sigma^2 + \epsilon\right)^{-3/2}", r"\left(\sigma^2 + \epsilon\right)^{-\frac{3}{2}}"),
    (r"(\sigma^2+\epsilon)^{-\frac{3}{2}}", r"\left(\sigma^2 + \epsilon\right)^{-\frac{3}{2}}"),
    (r"\sum_{i=1}^{m} x_i", r"\sum_{i=1}^{m} x_{i}"),
    (
        r"\sum_{k=\max(0,\,p-H+1)}^{\min(K-1,\,p)} h_{k} x_{p-k}",
        r"\sum_{k=\max\left(0, p - H + 1\right)}^{\min\left(K - 1, p\right)} h_{k} \, x_{p - k}",
    ),
    (
        r"\sum_{k=\max\left(0,\,p-H+1\right)}^{\min\left(K-1,\,p\right)} h_{k} x_{p - k}",
        r"\sum_{k=\max\left(0, p - H + 1\right)}^{\min\left(K - 1, p\right)} h_{k} \, x_{p - k}",
    ),
    (r"\sum_{\substack{i=0 \\ i \ne j}}^{m-1} x_i", r"\sum_{i=0: i \ne j}^{m - 1} x_{i}"),
    (r"\sum_{i:\,2i=q} x_i", r"\sum_{i: 2 \, i = q} x_{i}"),
    (r"\sum_{i:\,2 i + k = q} x_{i} h_{k}", r"\sum_{i: 2 \, i + k = q} x_{i} \, h_{k}"),
    (r"\sqrt{\sigma^2 + \epsilon}", r"\sqrt{\sigma^2 + \epsilon}"),
    (r"\sqrt[3]{a}", r"\sqrt[3]{a}"),
    (r"\exp\left(h_{i}\right)", r"\exp\left(h_{i}\right)"),
    (r"e^{h_{i}}", r"\exp\left(h_{i}\right)"),
    (r"\log\left(P(y=j)\right)", r"\log\left(P(y=j)\right)"),
    (r"\tanh(a)", r"\tanh\left(a\right)"),
    (r"\operatorname{ReLU}\left(a\right)", r"\operatorname{ReLU}\left(a\right)"),
    (r"\operatorname{ReLU}'\left(a\right)", r"\operatorname{ReLU}'\left(a\right)"),
    (r"\delta_{i j}", r"\delta_{i, j}"),
    (r"\delta_{ij}", r"\delta_{i, j}"),
    (
        r"\begin{cases} x_i & \text{if } i = j \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{cases} x_{i} & i = j \\ 0 & \text{otherwise} \end{cases}",
    ),
    (
        r"\begin{cases} 1, & i = j, \; k \ne l \\ 0, & \text{else} \end{cases}",
        r"\begin{cases} 1 & i = j, k \ne l \\ 0 & \text{otherwise} \end{cases}",
    ),
    (r"a \cdot b \times c", r"a \cdot b \times c"),
    (
        r"\lfloor a / 2 \rfloor + \left\lceil b \right\rceil",
        r"\left\lfloor \frac{a}{2} \right\rfloor + \left\lceil b \right\rceil",
    ),
    (r"\langle a, b + 1 \rangle", r"\left\langle a, b + 1 \right\rangle"),
    (r"\left\langle x, y\right\rangle", r"\left\langle x, y \right\rangle"),
    (r"\max_{i} x_i", r"\max_{i} x_{i}"),
    (r"\prod_{i} x_i", r"\prod_{i} x_{i}"),
    (r"\mathbf{1}_{a > 0}", r"\mathbf{1}\left[a > 0\right]"),
    (r"\mathbf{1}\left[a > 0\right]", r"\mathbf{1}\left[a > 0\right]"),
    (r"\mathbb{1}[a>0]", r"\mathbf{1}\left[a > 0\right]"),
    (r"\mathbb 1_{\{i=j\}}", r"\mathbf{1}\left[i = j\right]"),
    (
        r"\left\lvert a \right\rvert + |b| + \left|c\right|",
        r"\left\lvert a \right\rvert + \left\lvert b \right\rvert + \left\lvert c \right\rvert",
    ),
    (r"\lVert x \rVert", r"\left\lVert x \right\rVert"),
    (r"2 a b (c - 1)", r"2 \, a \, b \, \left(c - 1\right)"),
    (r"-a b", r"-a \, b"),
    (r"a \le b < c", r"a \le b < c"),
    (r"a = b = c", r"a = b = c"),
    (
        r"\begin{align} a &= b \\ &= c + a \\ b &= c \end{align}",
        r"\begin{aligned} a = b = c + a \\ b = c \end{aligned}",
    ),
    (
        r"\hat x_i \hat{x_i} {\hat{x}}_{i} \widehat{x}_i \widehat{x_i} xhat[i] \mathbf{\hat{x}}_i",
        r"\hat{x}_{i} \, \hat{x}_{i} \, \hat{x}_{i} \, \hat{x}_{i} \, \hat{x}_{i} \, \hat{x}_{i} \, \hat{x}_{i}",
    ),
    (
        r"W[k1,k2,n,m] W_{k_1 k_2 n m} W_{k_1,k_2,n,m} W_{k_1k_2nm}",
        r"W_{k_1, k_2, n, m} \, W_{k_1, k_2, n, m} \, W_{k_1, k_2, n, m} \, W_{k_1, k_2, n, m}",
    ),
    (
        r"W^{(1)}_{ij} W_{ij}^{(1)} W1[i,j] W^{(1)\top} W^{(1)T}_{i,j}",
        (
            r"W^{(1)}_{i, j} \, W^{(1)}_{i, j} \, W^{(1)}_{i, j} \, \left(W^{(1)}\right)^{\top} "
            r"\, \left(W^{(1)}_{i, j}\right)^{\top}"
        ),
    ),
    (r"(W^{(1)})^T x", r"\left(W^{(1)}\right)^{\top} \, x"),
    (r"x_{2i+1} x_{i+k} x_{2i}", r"x_{2 \, i + 1} \, x_{i + k} \, x_{2 \, i}"),
    (r"(\sigma^2)^2", r"\left(\sigma^2\right)^{2}"),
    (r"\sigma^{2}", r"\sigma^2"),
    (r"sum(dy[i]*xhat[i], i)", r"\sum_{i} dy_{i} * \hat{x}_{i}"),
    (r"sum(df/dy[j], j=1..m)", r"\sum_{j=1}^{m} \frac{\partial f}{\partial y_{j}}"),
    (r"sum(x[i], (i, 1, m))", r"\sum_{i=1}^{m} x_{i}"),
    (r"sum(x[i]*h[j] for i in range(m) for j in range(K))", r"\sum_{i=0 .. m - 1; j=0 .. K - 1} x_{i} * h_{j}"),
    (r"x**2 + x^2 ** 3", r"x^{2} + \left(x^{2}\right)^{3}"),
    (r"V.T @ x", r"V^{\top} @ x"),
    (r"np.exp(a) * np.sqrt(b)", r"\exp\left(a\right) * \sqrt{b}"),
    (r"\frac{\partial f}{\partial \hat{x}_i}", r"\frac{\partial f}{\partial \hat{x}_{i}}"),
    (r"\partial f/\partial y_i", r"\frac{\partial f}{\partial y_{i}}"),
    (r"df/dy[i] df_dy[i]", r"\frac{\partial f}{\partial y_{i}} \, df_dy[i]"),
    (r"\frac{df}{dy_i}", r"\frac{\partial f}{\partial y_{i}}"),
    (r"\frac{\mathrm{d} f}{\mathrm{d} \mu}", r"\frac{\partial f}{\partial \mu}"),
    (
        r"\frac{\partial^2 f}{\partial y_i \partial y_j}",
        r"\frac{\partial \frac{\partial f}{\partial y_{j}}}{\partial y_{i}}",
    ),
    (r"\frac{\partial^2 f}{\partial \mu^2}", r"\frac{\partial \frac{\partial f}{\partial \mu}}{\partial \mu}"),
    (r"\frac{\partial}{\partial \mu} f", r"\frac{\partial f}{\partial \mu}"),
    (r"\nabla_{x} f", r"\frac{\partial f}{\partial x}"),
    (r"[a>0] [a+b]", r"\mathbf{1}\left[a > 0\right] \, \left(a + b\right)"),
    (r"(a > 0) * b", r"\mathbf{1}\left[a > 0\right] * b"),
    (r"[[1,2],[3,4]]", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"),
    (r"(1, 2, 3)", r"\left(1, 2, 3\right)"),
    (r"x \odot \varphi(a, b)", r"x \odot \varphi\left(a, b\right)"),
    (r"\sum_{i<r} x_i", r"\sum_{i: i < r} x_{i}"),
    (r"\sum_{1\le s<t\le m} x_s x_t", r"\sum_{s; t: 1 \le s < t \le m} x_{s} \, x_{t}"),
    (r"\sum_{s,t=1}^{m} x_s x_t", r"\sum_{s=1 .. m; t=1 .. m} x_{s} \, x_{t}"),
    (r"\sum_{t \in data} x_t", r"\sum_{t \in data} x_{t}"),
    (r"\sum_{t\in\{1,\dots,m\}} x_t", r"\sum_{t=1}^{m} x_{t}"),
    (r"\sum_{k_1=0}^{K_1-1} h_{k_1}", r"\sum_{k_1=0}^{K_1 - 1} h_{k_1}"),
    (r"x_1 + \dots + x_m", r"x_{1} + \dots + x_{m}"),
    (r"a!  + \binom{m}{k}", r"a! + \binom{m}{k}"),
    (r"\log P(y=i) - y_i", r"\log\left(P(y=i)\right) - y_{i}"),
    (r"\sin^2 a", r"\sin\left(a\right)^{2}"),
    (r"\mathbf 1^\top x", r"\mathbf{1}^{\top} \, x"),
    (r"g'(a) g(b)^2", r"g'\left(a\right) \, g\left(b\right)^{2}"),
    (r"f(a+b)", r"f \, \left(a + b\right)"),
    (
        r"σ² + Σ_i x_i · μ ≤ √(a) × ∂f/∂μ",
        r"\sigma^2 + \sum_{i} x_{i} \cdot \mu \le \sqrt{a} \times \frac{\partial f}{\partial \mu}",
    ),
    (r"|a| |b|", r"\left\lvert a \right\rvert \, \left\lvert b \right\rvert"),
    (r"||x||", r"\left\lVert x \right\rVert"),
    (r"0.25 - 1e-5 + .5", r"0.25 - 1e-5 + 0.5"),
    (r"5{,}133{,}600", r"5133600"),
    (r"diag(x) V", r"\operatorname{diag}\left(x\right) \, V"),
    (r"\frac{1}{m}\sum_{i} x_i - \mu", r"\frac{1}{m} \, \sum_{i} x_{i} - \mu"),
    (r"\frac{x_i-\mu}{\sqrt{K}}", r"\frac{x_{i} - \mu}{\sqrt{K}}"),
    (r"c' - a", r"c' - a"),
    (r"x_i^2 + x^2_i", r"x_{i}^{2} + x_{i}^{2}"),
    (r"V_{12} V_{ij} V_ij V[i][j]", r"V_{1, 2} \, V_{i, j} \, V_{i, j} \, V_{i, j}"),
    (r"\left(V x\right)_i", r"\left(V \, x\right)_{i}"),
    (r"e", r"\exp\left(1\right)"),
    (r"e^{-a} + 2e^{b}", r"\exp\left(-a\right) + 2 \, \exp\left(b\right)"),
    (r"\underbrace{a+b}_{\text{why}}", r"a + b"),
    (r"\operatorname{softmax}(x)_i", r"\left(\operatorname{softmax}\left(x\right)\right)_{i}"),
    (r"\mathrm{loss} + loss", r"loss + loss"),
    (r"\bar d_i", r"\bar{d}_{i}"),
    (r"\max(a, b) + max(x[i], 0)", r"\max\left(a, b\right) + \max\left(x_{i}, 0\right)"),
    (r"x_k1", r"x_{k_1}"),
    (r"$a + b$.", r"a + b"),
    (r"ab + ca", r"a \, b + c \, a"),
]

# Equal in other clothes: the texts of a row are read as one tree.
SAME = [
    (
        r"\hat{x}_i",
        r"\hat x_i",
        r"\hat{x_i}",
        r"{\hat{x}}_{i}",
        r"\widehat{x}_i",
        r"\widehat{x_i}",
        "xhat[i]",
        "xhat_i",
    ),
    (
        "W[k1,k2,n,m]",
        r"W_{k_1 k_2 n m}",
        r"W_{k_1,k_2,n,m}",
        r"W_{k_1k_2nm}",
        r"W[k_1][k_2][n][m]",
        r"\mathbf{W}_{k_1 k_2 n m}",
    ),
    (r"W^{(1)}_{ij}", r"W_{ij}^{(1)}", "W1[i,j]", r"{W^{(1)}}_{ij}", r"\mathbf{W}^{(1)}_{i,j}"),
    (r"W^{(1)\top}", r"W^{(1)T}", r"(W^{(1)})^T", r"(W^{(1)})^{\intercal}", r"{W^{(1)}}^{\mathsf{T}}", "W1.T", "W1^T"),
    (r"\sigma^2", r"\sigma^{2}", "sigma2", "σ²", r"{\sigma}^2", r"(\sigma^2)"),
    (r"\frac12", r"\dfrac{1}{2}", r"\tfrac 1 2", "1/2", r"\frac{1}2"),
    (r"\left(a+b\right)^2", r"\bigl(a + b\bigr)^{2}", "(a+b)**2", r"{\left(a+b\right)}^{2}"),
    (
        r"\exp(a)",
        r"e^a",
        r"e^{a}",
        r"\exp\left( a \right)",
        r"\exp{a}",
        r"\exp a",
        "np.exp(a)",
        "exp(a)",
        r"\mathrm{e}^a",
    ),
    (r"\operatorname{ReLU}(a)", r"\text{ReLU}(a)", r"\mathrm{ReLU}(a)", "relu(a)", "ReLU(a)", r"\ReLU\left(a\right)"),
    (r"\text{ReLU}'(a)", r"\operatorname{ReLU}'\left(a\right)", r"\mathrm{ReLU}^{\prime}(a)", "relu'(a)", "ReLU’(a)"),
    (
        r"\frac{\partial f}{\partial y_i}",
        r"\partial f/\partial y_i",
        "df/dy[i]",
        r"\frac{df}{dy_i}",
        "∂f/∂y_i",
        r"\nabla_{y_i} f",
    ),
    (r"\delta_{ij}", r"\delta_{i,j}", r"\delta_{i j}", "KroneckerDelta(i, j)"),
    (
        r"\mathbf{1}[a>0]",
        "[a>0]",
        r"\mathbb{1}[a>0]",
        r"\mathbf 1_{a>0}",
        r"1_{\{a>0\}}",
        "(a > 0)",
        r"\mathbb{I}(a>0)",
        "I(a>0)",
    ),
    (
        r"\sum_{i=1}^{m} x_i",
        r"\sum\limits_{i=1}^m x_i",
        "sum(x[i], i=1..m)",
        "sum(x[i], (i, 1, m))",
        r"\sum_{i\in\{1,\dots,m\}} x_i",
    ),
    (r"\sum_{i=1,\dots,m} x_i", r"\sum_{i=1}^m x_i", "∑_{i=1}^m x_i", "Σ_{i=1}^m x_i", "sum_{i=1}^{m} x_i"),
    (r"\sum_i \sum_j V_{ij}", r"\sum_{i} \sum_{j} V[i,j]", "sum(sum(V[i,j], j), i)"),
    (r"\sum_{i,j} V_{ij}", "sum(V[i,j], i, j)", r"\sum_{i j} V_{ij}", r"\sum_{(i,j)} V_{ij}"),
    (r"\left|a\right|", "|a|", r"\lvert a \rvert", "abs(a)"),
    (r"\lVert x \rVert", r"\|x\|", "||x||", r"\left\|x\right\|"),
    (r"a \odot b", r"a \circ b", "a ⊙ b"),
    (r"a \le b", r"a \leq b", "a <= b", "a ≤ b", r"a \leqslant b"),
    (r"\sqrt{a}", "sqrt(a)", "√a", r"\sqrt a"),
    (r"(v_{1,1})_d".replace("d", "k"), "v11[k]", r"v_{1,1,k}"),
    (r"t_6^{(i)}", r"t^{(i)}_6", "t6[i]"),
    (r"x_{k_1}", "x_{k1}", "x[k1]", "x_k1"),
    ("H_1", "H1", r"H_{1}"),
    (r"\begin{align} a &= b \\ &= c \end{align}", "a = b = c", r"a = b \\ = c", "$a = b = c$."),
    (r"\begin{pmatrix} a \\ {}[a > 0] \end{pmatrix}", r"\begin{pmatrix} a \\ \mathbf{1}_{a > 0} \end{pmatrix}"),
    (r"\underbrace{a+b}_{\text{why}}", "a+b", r"\boxed{a+b}", r"{a+b}"),
]

# Same letters, another meaning: no two of a row are read alike.
UNLIKE = [
    ("a/b c", "a/(b c)"),
    ("-a^2", "(-a)^2"),
    (r"\sum_i x_i + b", r"\sum_i (x_i + b)"),
    (r"\log x_i b", r"\log(x_i b)"),
    (r"\sigma^2", r"(\sigma^2)^2"),
    ("g(a)", "g'(a)", "g(a)^2"),
    ("a b", r"a \cdot b", "a * b", "a @ b", r"a \odot b", r"a \otimes b"),
    (r"\sqrt{\sigma^2 + \epsilon}", r"\sqrt{\sigma^2} + \epsilon"),
    (r"W^{(1)} x", r"W^{(1)\top} x"),
    ("a^b", "a^{-b}"),
]


@pytest.mark.parametrize(("text", "echo"), READ)
def test_text_is_read_and_echoed(text, echo):
    tree = parse(text, NAMES)
    assert show(tree, NAMES) == echo
    assert parse(echo, NAMES) == tree


@pytest.mark.parametrize("row", SAME, ids=lambda row: row[0])
def test_other_clothes_are_the_same_tree(row):
    trees = {text: parse(text, NAMES) for text in row}
    assert {text: show(tree, NAMES) for text, tree in trees.items() if tree != trees[row[0]]} == {}


@pytest.mark.parametrize("row", UNLIKE, ids=lambda row: row[0])
def test_another_meaning_is_another_tree(row):
    assert len({parse(text, NAMES) for text in row}) == len(row)


def test_every_infix_sign_is_read():
    for sign in INFIX:
        assert parse(f"a {sign} b", NAMES) != parse("a b", NAMES)


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.code)
def test_every_spelling_of_every_function(row):
    arguments = {2: "(a, b)", None: "(a, b)"}.get(row.arity, "(a > 0)" if row.node == "Iverson" else "(a)")
    names = Names.of(symbols="a b")
    trees = {parse(f"{spelling}{arguments}", names) for spelling in row.spellings}
    assert len(trees) == 1
    tree = trees.pop()
    assert type(tree).__name__ == row.node
    assert parse(show(tree, names), names) == tree


def test_every_environment():
    bodies = {"cases": r"a & b > 0 \\ c & \text{otherwise}", "matrix": r"a & b \\ c & a", "lines": r"a &= b \\ &= c"}
    kinds = {"cases": s.Cases, "matrix": s.Matrix, "lines": s.Relation}
    for name, kind in ENVIRONMENTS.items():
        columns = "{cc}" if name == "array" else ""
        tree = parse(rf"\begin{{{name}}}{columns} {bodies[kind]} \end{{{name}}}", NAMES)
        assert isinstance(tree, kinds[kind])


def test_every_node_has_a_writer_and_is_read_from_some_text():
    seen: set[type] = set()

    def visit(node):
        seen.add(type(node))
        for child in s.children(node):
            visit(child)

    for text in [text for text, _ in READ] + [r"a = b \\ b = c", "a ⊗ b", r"a^{\odot 2}", "I"]:
        visit(parse(text, NAMES))
    assert seen - {s.Bound} == set(WRITERS)


def test_every_prefix_begins_some_read_text():
    assert set(PREFIX) >= {"(", "[", "{", "|", "\\frac", "\\sum", "\\hat", "\\1"}


def test_spans_point_into_the_text():
    text = r"\frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2"
    tree = parse(text, NAMES)
    assert isinstance(tree, s.Times)
    assert [text[slice(*factor.span)] for factor in tree.factors] == [r"\frac{1}{m}", r"\sum_{i=1}^{m} (x_i - \mu)^2"]

    def nested(node):
        for child in s.children(node):
            assert 0 <= child.span[0] < child.span[1] <= len(text)
            nested(child)

    nested(tree)


def test_inner_bound_name_wins_over_a_declared_one():
    tree = parse(r"\sum_{m} x_m", NAMES)
    assert tree.bounds[0].name == "m"
    assert tree.body == s.Reference("x", (s.Reference("m"),))


def test_a_bound_name_nobody_declared():
    tree = parse(r"\sum_{s=1}^{m} \sum_{t<s} x_s x_t", NAMES)
    assert [one.name for one in tree.bounds] == ["s"]
    assert [one.name for one in tree.body.bounds] == ["t"]
    assert tree.body.conditions == (s.Relation((s.Reference("t"), s.Reference("s")), ("<",)),)


def test_a_number_is_exact_and_prints_as_given():
    assert parse("0.30", NAMES).text == "0.30"
    assert parse("0.30", NAMES).value == parse("0.3", NAMES).value == parse("3/10", NAMES).top.value / 10
    assert parse("1e-5", NAMES).value * 100000 == 1


def test_x_between_numbers_is_a_sign_where_x_is_no_name():
    tree = parse("3x3x3x100 + 100 = 2800", Names.of(symbols="a"))
    assert tree.items[0].terms[0].signs == ("times", "times", "times")


def test_sigma_is_a_function_unless_declared_as_a_variable():
    assert parse(r"\sigma(a)", NAMES) == s.Call("sigmoid", (s.Reference("a"),))
    declared = Names.of(symbols=[("sigma", r"\sigma"), "a"])
    assert isinstance(parse(r"\sigma(a)", declared), s.Times)


def test_names_that_read_alike_are_refused():
    from symgrad.errors import ReadError

    with pytest.raises(ReadError, match="written alike"):
        Names.of(symbols=[("a", "x_#", 1), ("b", "x_#", 1)])
    with pytest.raises(ReadError, match="cannot be read back"):
        Names.of(symbols=[("a", "x + y")])
