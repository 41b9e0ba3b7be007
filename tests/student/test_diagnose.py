"""What went wrong: named where one mistake explains a formula, and "unknown" where none does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from symgrad import exercises
from symgrad.grading import Grader
from symgrad.student.study import alike
from symgrad.student.verdict import WRONG

DIRECT = r"\frac{\partial f}{\partial y_i}\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}"
MEAN = r"+\frac{\partial f}{\partial \mu}\frac{1}{m}"

# (part, formula, mistake, words that the text must have)
ROWS = (
    ("batch_normalization.a", r"\sum_{i=1}^m \frac{\partial f}{\partial y_i} y_i", "confused", r"\hat{x}_{i}"),
    (
        "batch_normalization.a",
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\frac{x_i-\mu}{\sqrt{\sigma^2}+\epsilon}",
        "constant_outside",
        r"\sqrt{\sigma^2 + \epsilon}",
    ),
    ("batch_normalization.b", r"\frac{1}{m}\sum_{i=1}^m \frac{\partial f}{\partial y_i}", "mean_for_sum", "mean"),
    ("batch_normalization.c", r"\sum_{i=1}^m\frac{\partial f}{\partial y_i}\gamma", "sum_extra", "sum"),
    (
        "batch_normalization.d",
        r"\sum_{i=1}^{m}\frac{\partial f}{\partial y_i}\gamma\frac{-1}{2}\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}",
        "exponent",
        r"\frac{3}{2}",
    ),
    (
        "batch_normalization.d",
        r"-\frac{\sqrt{\sigma^2}}{(\sigma^2+\epsilon)} \gamma \sum_i \frac{\partial f}{\partial y_i} \hat{x}_i",
        "root_variable",
        "s^2",
    ),
    (
        "batch_normalization.f",
        DIRECT + r"+\frac{\partial f}{\partial \sigma^2}\frac{2(x_i-\mu)}{m}",
        "path",
        r"from x through \mu is missing",
    ),
    (
        "batch_normalization.f",
        DIRECT + r"-\frac{\partial f}{\partial \sigma^2}\frac{2(x_i-\mu)}{m}" + MEAN,
        "path",
        r"from x through \sigma^2 has the wrong sign",
    ),
    (
        "batch_normalization.f",
        DIRECT + r"+\frac{\partial f}{\partial \sigma^2}\frac{(x_i-\mu)}{m}" + MEAN,
        "path",
        r"from x through \sigma^2 is counted 1/2 times",
    ),
    ("batch_normalization.e", r"\frac{7 \gamma}{3 \sqrt{\sigma^2+\epsilon}} \sum_i \frac{\partial f}{\partial y_i}",
     "factor", "-7/3"),
    ("batch_normalization.c", r"\gamma^4 \frac{\partial f}{\partial y_i}", "unknown", "no single"),
    ("softmax_cross_entropy.loss", r"\log P(y=i)-y_i", "function_kept", r"\log"),
    ("softmax_cross_entropy.loss", r"\sum_i \left(P(y=i)-y_i\right)", "sum_extra", "sum"),
    ("softmax_cross_entropy.jacobian", r"P(y=j)\left(\delta_{ij}+P(y=i)\right)", "sign", "sign"),
    ("softmax_cross_entropy.jacobian", r"P(y=j)\left(1-P(y=i)\right)", "special_case", r"\delta"),
    ("softmax_chain.w1", r"w_2 x_4 (1 - x_4)", "slope_missing", "ReLU"),
    ("softmax_chain.w1", r"w_2 x_4 (1 - x_4) \mathrm{ReLU}(x_1)", "slope_undone", "ReLU"),
    ("sigmoid_convolution.a", r"\frac{\partial J}{\partial U[i,j,m]}(1-U[i,j,m]^2)", "other_activation", "stands for"),
    ("sigmoid_convolution.b", r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]}X[i-k_1,j-k_2,n]", "shift", "X"),
    (
        "sigmoid_convolution.b",
        r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]}X[i+k_1-1,j+k_2-1,n]",
        "index_off",
        "X",
    ),
    (
        "sigmoid_convolution.c",
        r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]} W[l_1-i,l_2-j,n,m]",
        "sum_dropped",
        "sum",
    ),
    ("relu_mlp.W3", r"2(\hat{y}-y)\, z^{(2)\top}", "slope_missing", "ReLU"),
    ("relu_mlp.W2", r"\delta^{(2)} z^{(2)T}", "wrong_layer", "z^{(1)}"),
    ("relu_mlp.W2", r"\delta^{(2)} x^T", "confused", "z^{(1)}"),
    ("relu_mlp.b2", r"\delta^{(2)} z^{(1)T}", "other_gradient", "gradient by W^{(2)}"),
    ("relu_mlp.x", r"\delta^{(1)T} W^{(1)}", "transposed", "transposed"),
    ("relu_mlp.z1", r"W^{(2)} \delta^{(2)}", "transpose_missing", "transpose"),
    ("residual_graph.x0", r"\mathrm{ReLU}'(yx)", "path", "is missing"),
    ("residual_graph.w0", "w_1 x_0", "slope_missing", "every gate open"),
    ("residual_graph.x0", "-0.94", "sign", "sign"),
    ("relu_mlp.W2", r"\begin{pmatrix} 16 & 64 & 72 \\ -24 & -96 & 108 \end{pmatrix}", "entry", "at i = 1, j = 2"),
    ("relu_mlp.W2", r"\begin{pmatrix} 16 & 64 & 70 \\ -24 & -96 & -108 \end{pmatrix}", "entry", "at i = 0, j = 2"),
    ("relu_mlp.W2", r"\begin{pmatrix} 8 & 32 & 36 \\ -12 & -48 & -54 \end{pmatrix}", "factor", "factor 1/2"),
    ("relu_mlp.W2", r"\begin{pmatrix} 16 & -24 \\ 64 & -96 \\ 72 & -108 \end{pmatrix}", "transposed", "transposed"),
    ("relu_mlp.b2", "(8, 12)", "entry", "sign), at i = 1"),
    ("relu_mlp.b2", "(7, 11)", "unknown", "no single mistake"),
    ("batch_normalization.e", r"\sum_i \sin(x_i)", "unknown", "no single mistake"),
    ("batch_normalization.e", r"\sum_i x_i +", "unknown", "no single mistake"),
    ("batch_normalization.e", "9^{9^{9^{9}}}", "unknown", "no single mistake"),
)  # fmt: skip


@cache
def grader(part: str) -> Grader:
    name, _, question = part.partition(".")
    return exercises.load(name).grader(question)


@cache
def diagnosed(part: str, text: str):
    return grader(part).diagnose_here(text)


@pytest.mark.parametrize(("part", "text", "mistake", "words"), ROWS, ids=lambda x: str(x)[:60])
def test_the_mistake_is_named(part, text, mistake, words):
    found = diagnosed(part, text)
    assert (found.mistake, words in found.text) == (mistake, True), found
    assert found.hint


def test_a_hint_does_not_give_the_answer_away():
    """Hints have no formulas."""
    for part, text, _, _ in ROWS:
        hint = diagnosed(part, text).hint
        assert not set(r"\{}_^=") & set(hint), hint


def test_of_a_chain_the_last_wrong_side_is_diagnosed():
    text = r"\frac{\partial f}{\partial \hat{x}_i} = 2 \gamma \frac{\partial f}{\partial y_i}"
    found = grader("batch_normalization.c").diagnose_here(text)
    assert found.mistake == "number_extra", found


def test_the_verdict_stays_and_the_diagnosis_stands_beside_it(capsys):
    from symgrad.cli import main

    formula = r"\frac{1}{m}\sum_{i=1}^m \frac{\partial f}{\partial y_i}"
    assert main(["grade", "--diagnose", "batch_normalization.b", formula]) == 1
    said = capsys.readouterr().out
    assert said.startswith(WRONG)
    assert "mistake: a mean stands for a sum" in said
    assert "hint: Is it the sum that is wanted, or the mean?" in said
    assert main(["grade", "batch_normalization.b", formula]) == 1
    assert "mistake" not in capsys.readouterr().out


def test_a_diagnosis_that_takes_too_long_is_unknown():
    one = grader("batch_normalization.b")
    one.examiner.seconds = 0.0
    try:
        found = one.diagnose(r"\gamma")
    finally:
        one.examiner.seconds = 10.0
        one.examiner.stop()
    assert found.mistake == "unknown"
    assert "seconds" in found.text


def test_values_are_alike_where_both_are_finite():
    one, inf, nan = np.array([1.0, 2.0]), np.inf, np.nan
    assert alike(one, one * (1 + 1e-12))
    assert not alike(one, np.array([1.0, 2.1]))
    assert not alike(one, np.array([1.0]))
    assert alike(np.array([1.0, inf]), np.array([1.0, nan]))
    assert not alike(np.array([1.0, inf]), np.array([1.0, 1.0]))
    assert not alike(np.array([nan]), np.array([nan]))
