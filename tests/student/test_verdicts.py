# ruff: noqa: E501  (formulas are not broken over lines)
"""Right formulas in many clothes, wrong ones with a witness, and what is honestly not decided."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.errors import DeclarationError
from tests.student.test_answers import loaded

RIGHT = {
    "batch_normalization.a": [
        r"\sum_j \frac{\partial f}{\partial y_j} \hat{x}_j",
        r"\frac{1}{\sqrt{\sigma^2+\epsilon}}\sum_{i=1}^m \frac{\partial f}{\partial y_i}(x_i-\mu)",
        r"\sum_{i=0}^{m-1}\frac{\partial f}{\partial y_i}\hat x_i",
        r"sum(df/dy[i]*xhat[i], i)",
        r"\left(\frac{\partial f}{\partial y}\right)^T \hat{x}",
        r"\frac{\partial f}{\partial \gamma} = \sum_{i=1}^m \frac{\partial f}{\partial y_i}\frac{\partial y_i}{\partial\gamma} = \sum_{i=1}^m \frac{\partial f}{\partial y_i}\hat{x}_i",
        r"\sum_{i=1}^m \hat x_i \cdot \frac{df}{dy_i}",
        r"\mathbf{1}^\top\left(\frac{\partial f}{\partial y}\odot\hat{x}\right)",
    ],
    "batch_normalization.c": [
        r"\gamma \, {\partial f}/{\partial y_i}",
        r"\gamma (\partial f)/(\partial y_i)",
        r"\gamma {df}/{dy_i}",
        r"\gamma \partial f/\partial y_i",
    ],
    "batch_normalization.d": [
        r"\sum_{i=1}^m \frac{\partial f}{\partial \hat x_i}(x_i-\mu)\cdot\frac{-1}{2}(\sigma^2+\epsilon)^{-3/2}",
        r"-\frac12 (\sigma^2+\epsilon)^{-1.5}\sum_i \frac{\partial f}{\partial\hat{x}_i}(x_i-\mu)",
        r"-\frac{1}{2}\sum_{i=1}^{m}\frac{\partial f}{\partial \hat{x}_i}\frac{\hat{x}_i}{\sigma^2+\epsilon}",
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\gamma (x_i - \mu) \left(-\frac{1}{2}\right) \frac{1}{(\sigma^2+\epsilon)\sqrt{\sigma^2+\epsilon}}",
        r"-\frac{\gamma}{2(\sigma^2+\epsilon)} \frac{\partial f}{\partial\gamma}",
    ],
    "batch_normalization.e": [
        r"-\frac{1}{\sqrt{\sigma^2+\epsilon}}\sum_{i}\frac{\partial f}{\partial\hat{x}_i}",
        r"-\frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \frac{\partial f}{\partial \beta}",
        r"\sum_{i=1}^m \frac{\partial f}{\partial \hat{x}_i} \frac{-1}{\sqrt{\sigma^2+\epsilon}} + \frac{\partial f}{\partial\sigma^2} \frac{-2}{m}\left(\sum_{i=1}^m x_i - m\mu\right)",
    ],
    "batch_normalization.f": [
        r"\frac{1}{m\sqrt{\sigma^2+\epsilon}}\left(m\frac{\partial f}{\partial\hat{x}_i}-\sum_{j=1}^m\frac{\partial f}{\partial\hat{x}_j}-\hat{x}_i\sum_{j=1}^m\frac{\partial f}{\partial\hat{x}_j}\hat{x}_j\right)",
        r"\frac{\partial f}{\partial \hat{x}_k} \frac{1}{\sqrt{\sigma^2+\epsilon}} + \frac{\partial f}{\partial\sigma^2}\frac{2(x_k-\mu)}{m} + \frac{1}{m}\frac{\partial f}{\partial\mu}",
    ],
    "softmax_cross_entropy.loss": [
        r"\frac{e^{h_i}}{\sum_k e^{h_k}} - y_i",
        r"\frac{e^{h_i}}{\sum_{k=1}^{N} e^{h_k}} - y_i",
        r"P(y=i)\sum_j y_j - y_i",
        r"-y_i + \frac{\exp(h_i)}{\sum_j \exp(h_j)}",
        r"P - y",
        r"y_i(P(y=i) - 1) + \sum_{j\ne i} y_j P(y=i)",
        r"-\sum_j y_j \left([i=j] - P(y=i)\right)",
        r"softmax(h)_i - y_i",
        r"\text{softmax}(h)_i - y_i",
    ],
    "softmax_cross_entropy.jacobian": [
        r"P_j(\delta_{ij}-P_i)",
        r"P(y=j)(1\{i=j\}-P(y=i))",
        r"\frac{e^{h_j}}{\sum_k e^{h_k}}\delta_{ij}-\frac{e^{h_i}e^{h_j}}{(\sum_k e^{h_k})^2}",
        r"\begin{cases} P_i - P_i^2 & \text{if } i = j\\ -P_iP_j & \text{otherwise}\end{cases}",
        r"diag(P) - P P^T",
        r"\operatorname{diag}(P)-PP^\top",
        r"P_i(\delta_{ij} - P_j)",
    ],
    "sigmoid_convolution.a": [
        r"\frac{\partial J}{\partial U[i,j,m]}\sigma(Z[i,j,m])(1-\sigma(Z[i,j,m]))",
        r"\frac{\partial J}{\partial U_{i,j,m}}\frac{e^{-Z_{i,j,m}}}{(1+e^{-Z_{i,j,m}})^2}",
        r"\frac{\partial J}{\partial U[i,j,m]}\frac{1}{2+e^{Z[i,j,m]}+e^{-Z[i,j,m]}}",
        r"\frac{\partial J}{\partial U[i,j,m]} \sigma'(Z[i,j,m])",
        r"\frac14 \frac{\partial J}{\partial U[i,j,m]} \operatorname{sech}^2(Z[i,j,m]/2)",
        r"\frac{\partial J}{\partial U[i,j,m]}\frac{e^{Z[i,j,m]}}{(1+e^{Z[i,j,m]})^2}",
    ],
    "sigmoid_convolution.b": [
        r"\sum_{i=0}^{H_1-K_1}\sum_{j=0}^{H_2-K_2}\frac{\partial J}{\partial Z[i,j,m]}X[i+k_1,j+k_2,n]",
        r"\sum_{i,j} X_{i+k_1,j+k_2,n} \frac{\partial J}{\partial Z_{i,j,m}}",
        r"\sum_{l_1=k_1}^{H_1-K_1+k_1}\sum_{l_2=k_2}^{H_2-K_2+k_2}X[l_1,l_2,n]\frac{\partial J}{\partial Z[l_1-k_1,l_2-k_2,m]}",
    ],
    "sigmoid_convolution.c": [
        r"\sum_m \sum_{k_1=\max(0,i-H_1+K_1)}^{\min(K_1-1,i)}\sum_{k_2=\max(0,j-H_2+K_2)}^{\min(K_2-1,j)}\frac{\partial J}{\partial Z[i-k_1,j-k_2,m]}W[k_1,k_2,n,m]",
        r"\sum_{l_1,l_2,m}\frac{\partial J}{\partial Z[l_1,l_2,m]}W[i-l_1,j-l_2,n,m]",
        r"\sum_{k_1,k_2,m}\frac{\partial J}{\partial Z[i+k_1-K_1+1,j+k_2-K_2+1,m]}W[K_1-1-k_1,K_2-1-k_2,n,m]",
    ],
    "relu_mlp.W1": [
        r"\left(W^{(2)T}\left(2(\hat y-y)\mathrm{ReLU}'(a^{(3)}) W^{(3)T}\odot\mathrm{ReLU}'(a^{(2)})\right)\odot\mathrm{ReLU}'(a^{(1)})\right)x^T",
        r"\frac{\partial L}{\partial a^{(1)}} x^T",
        r"diag(ReLU'(a^{(1)})) W^{(2)T} \delta^{(2)} x^T",
        r"2(\hat{y}-y)\mathbb{1}_{a^{(3)}>0} \mathbb{1}_{a^{(1)}_k>0} \sum_j W^{(3)}_j \mathbb{1}_{a^{(2)}_j>0} W^{(2)}_{jk} x_l",
        r"\delta^{(1)}_k x_l",
        r"\delta^{(1)}_j x_i",
    ],
    "relu_mlp.a2": [
        r"(W^{(3)})^T \delta^{(3)} \odot ReLU'(a^{(2)})",
        r"2(\hat{y}-y) ReLU'(a^{(3)}) W^{(3)}_i ReLU'(a^{(2)}_i)",
        r"\delta^{(3)} W^{(3)\top} \circ H(a^{(2)})",
        r"diag(ReLU'(a^{(2)})) W^{(3)T}\delta^{(3)}",
    ],
    "relu_mlp.b3": [r"2(\hat y - y) \cdot \mathbb{1}(a^{(3)} > 0)", r"-2(y-\hat{y})ReLU'(a^{(3)})", r"\delta^{(3)}"],
}
WRONG = {
    "batch_normalization.a": [
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}",
        r"\frac{\partial f}{\partial y_i}\hat{x}_i",
        r"\sum_{i=1}^{m-1} \frac{\partial f}{\partial y_i}\hat{x}_i",
        r"\sum_{i=1}^{m+1} \frac{\partial f}{\partial y_i}\hat{x}_i",
        r"\sum_{i=0}^{m} \frac{\partial f}{\partial y_i}\hat{x}_i",
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\sum_{i=1}^m\hat{x}_i",
    ],
    "batch_normalization.e": [r"-\frac{1}{\sqrt{\sigma^2+\epsilon}}\sum_{i}\frac{\partial f}{\partial y_i}"],
    "softmax_cross_entropy.loss": [r"y_i - P(y=i)", r"P(y=i)-1", r"P(y=j)-y_j + 0.001", "h_i - y_i"],
    "softmax_cross_entropy.jacobian": [r"P_j(1-P_j)", r"-P_iP_j", r"P_j(\delta_{ij}-P_j)"],
    "relu_mlp.W1": [
        r"x\delta^{(1)T}",
        r"\delta^{(1)} a^{(1)T}",
        r"W^{(2)T}\delta^{(2)}x^T",
        r"(\delta^{(2)T}W^{(2)})\odot ReLU'(a^{(1)}) x^T",
    ],
    "relu_mlp.a2": [
        r"W^{(3)}\delta^{(3)} \odot ReLU'(a^{(2)})",
        r"W^{(3)T}\delta^{(3)}",
        r"W^{(3)T}\delta^{(3)}\odot a^{(2)}",
    ],
    "sigmoid_convolution.c": [r"\sum_{k_1,k_2,m}\frac{\partial J}{\partial Z[i+k_1,j+k_2,m]}W[k_1,k_2,n,m]"],
}


def rows(table):
    return [pytest.param(part, text, id=f"{part}: {text}") for part, texts in table.items() for text in texts]


@pytest.mark.parametrize(("part", "text"), rows(RIGHT))
def test_right(part, text):
    name, part = part.split(".")
    found = loaded(name).grade(part, text)
    assert found.kind == "right" and found.rung == 1, found.text


@pytest.mark.parametrize(("part", "text"), rows(WRONG))
def test_wrong(part, text):
    name, part = part.split(".")
    found = loaded(name).grade(part, text)
    assert found.kind == "wrong" and (found.witness or found.rung == 0), found.text


def scalar():
    g = sg.Graph("one neuron")
    w, x, c = g.parameter("w"), g.input("x"), g.constant("c")
    a = g.define("a", w * x)
    z = g.define("z", sg.relu(a))
    L = g.define("L", (z - c) ** 2)
    return g, g.derive(L, wrt=w)


def test_a_closed_gate_is_probed():
    _, d = scalar()
    assert d.grade("2 (z - c) x").kind == "wrong"
    assert d.grade("2 (z - c) [a > 0] x").kind == "right"


def test_the_other_side_of_a_kink_is_named():
    _, d = scalar()
    found = d.grade(r"2 (z - c) [a \ge 0] x")
    assert found.kind == "right except at the kink" and found.exit_code == 0


def test_a_small_number_is_neither_right_nor_wrong():
    """A relative 1e-12: no sample shows it, no proof accepts it."""
    _, d = scalar()
    found = d.grade("2 (z - c) [a > 0] x * 1.000000000001")
    assert found.kind == "undecided" and found.exit_code == 3


def test_a_division_by_nothing_is_not_a_witness():
    _, d = scalar()
    assert d.grade(r"2 (z - c) [a > 0] x + \frac{1}{w - w}").kind != "right"
    assert d.grade(r"\frac{w - w}{w - w}").kind == "undecided"


def test_a_chain_is_judged_line_by_line():
    _, d = scalar()
    chain = r"\frac{\partial L}{\partial w} = 2(z - c)\frac{\partial z}{\partial w} = 2(z - c)[a > 0] x"
    assert d.grade(chain).kind == "right"
    slip = r"\frac{\partial L}{\partial w} = 2(z + c)[a > 0] x = 2(z - c)[a > 0] x"
    found = d.grade(slip)
    assert found.kind == "right value, step not justified" and [one.kind for one in found.steps] == ["wrong", "right"]
    assert d.grade(r"\frac{\partial L}{\partial w} = 2(z - c)[a > 0] x = 2(z + c)[a > 0] x").kind == "wrong"


def test_lines_about_other_derivatives_are_judged_by_these():
    _, d = scalar()
    first, last = r"\frac{\partial L}{\partial z} = 2(z - c)", r"\frac{\partial L}{\partial w} = 2(z - c)[a > 0] x"
    assert d.grade(rf"\begin{{align}} {first} \\ {last} \end{{align}}").kind == "right"
    slip = first.replace("- c", "+ c")
    found = d.grade(rf"\begin{{align}} {slip} \\ {last} \end{{align}}")
    assert found.kind == "right value, step not justified" and "line 1 is wrong" in found.reason
    found = d.grade(first)
    assert found.kind == "not understood" and "no line is about dL/dw" in found.reason


def test_what_is_left_undone_is_named():
    _, d = scalar()
    assert d.grade(r"\frac{\partial L}{\partial w}").kind == "right, not worked out"
    found = d.grade(r"\frac{\partial L}{\partial a} x")
    assert found.kind == "right, not worked out" and found.undone == ("dL/da",)


def test_names_are_never_made_up():
    _, d = scalar()
    found = d.grade("2 (z - c) [a > 0] v")
    assert found.kind == "not understood" and "v is not declared" in found.reason and "^" in found.reason
    assert found.exit_code == 2


def test_parts_are_named():
    with pytest.raises(DeclarationError, match="no such part"):
        loaded("batch_normalization").grade("g", "1")


def test_an_earlier_wrong_answer_is_carried_forward():
    """The factor gamma is forgotten in df/dxhat; what follows from that is right."""
    first = r"\frac{\partial f}{\partial \hat{x}_i} = \frac{\partial f}{\partial y_i}"
    for power, follows in (("-3/2", True), ("-1/2", False)):
        last = rf"-\frac12 (\sigma^2+\epsilon)^{{{power}}} \sum_i \frac{{\partial f}}{{\partial y_i}}(x_i-\mu)"
        text = rf"\begin{{align}} {first} \\ \frac{{\partial f}}{{\partial \sigma^2}} = {last} \end{{align}}"
        found = loaded("batch_normalization").grade("d", text)
        assert found.kind == "wrong"
        assert ("right given the earlier answer for df/dxhat" in found.notes) == follows
