# ruff: noqa: E501  (formulas are not broken over lines)
"""Answers that say themselves what their letters stand for."""

from __future__ import annotations

import pytest

from tests.student.test_answers import loaded

DX = r"\frac{\gamma}{m\sqrt{\sigma^2+\epsilon}}(m g_i - \sum_j g_j - \hat x_i \sum_j g_j\hat x_j)"
DY = r"\frac{\partial f}{\partial y_i}"
ROWS = [
    ("batch_normalization.f", DX + r", \text{ where } g_i = " + DY, "right"),
    ("batch_normalization.f", DX + r" \text{ with } g_i := " + DY, "not understood"),
    ("batch_normalization.f", DX + ", where g_i = " + DY, "right"),
    ("batch_normalization.f", DX + ", where g_j = " + DY.replace("i}", "j}"), "right"),
    ("batch_normalization.f", DX + ", where g_i = -" + DY, "wrong"),
    ("batch_normalization.f", DX + r", where g_i = \frac{\partial f}{\partial \hat x_i}", "wrong"),
    ("batch_normalization.f", DX + r", where g_i = \frac1\gamma\frac{\partial f}{\partial \hat x_i}", "right"),
    ("batch_normalization.f", DX + ", where g = " + DY.replace("_i", ""), "right"),
    ("batch_normalization.f", r"\begin{align*} g_i &= " + DY + r"\\ \frac{\partial f}{\partial x_i} &= " + DX + r"\end{align*}", "right"),
    ("batch_normalization.f", f"g_i = {DY} \\\\ R = \\sum_j g_j \\hat x_j \\\\ \\frac{{\\gamma}}{{m\\sqrt{{\\sigma^2+\\epsilon}}}}(m g_i - \\sum_j g_j - \\hat x_i R)", "right"),
    ("batch_normalization.f", f"R = \\sum_j g_j \\hat x_j \\\\ g_i = {DY} \\\\ {DX.replace(chr(92) + 'sum_j g_j' + chr(92) + 'hat x_j', 'R')}", "right"),
    ("batch_normalization.f", f"R = \\sum_j g_j \\\\ g_i = R \\\\ {DX}", "not understood"),
    ("batch_normalization.f", f"A = B+B, B = C+C, C = D+D, D = E+E, E = F+F, F = G+G, G = H+H, H = K+K, {DX} A", "not understood"),
    ("batch_normalization.f", "g_i = " + DY, "not understood"),
    ("batch_normalization.f", DX, "not understood"),
    ("batch_normalization.f", f"g_i = {DY}, g_i = {DY}, {DX}", "not understood"),
    ("softmax_cross_entropy.loss", r"S = \sum_k e^{h_k}, \quad \frac{e^{h_i}}{S} - y_i", "right"),
    ("softmax_cross_entropy.loss", r"Let S = \sum_k e^{h_k}. Then \frac{\partial L}{\partial h_i} = \frac{e^{h_i}}{S} - y_i", "right"),
    ("softmax_cross_entropy.loss", r"\frac{e^{h_i}}{S} - y_i, S = \sum_k h_k", "wrong"),
    ("softmax_cross_entropy.loss", r"\frac{e^{h_i}}{S} - y_i, S = \sum_{k \neq i} e^{h_k}", "wrong"),
    ("softmax_cross_entropy.loss", r"\delta = P - y \\ \frac{\partial L}{\partial h} = \delta", "right"),
    ("softmax_cross_entropy.loss", r"\delta = P - y \\ \frac{\partial L}{\partial h_i} = \delta_i", "right"),
    ("softmax_cross_entropy.loss", r"\delta = P - y \\ \frac{\partial L}{\partial h_i} = \delta_j", "wrong"),
    ("softmax_cross_entropy.loss", r"\hat y_i - y_i \text{ where } \hat y = \mathrm{softmax}(h)", "right"),
    ("softmax_cross_entropy.loss", r"\hat{y} = P, \hat{y} - y", "right"),
    ("softmax_cross_entropy.loss", r"\hat y_i - y_i \text{ where } \hat y_i = \frac{e^{h_j}}{\sum_j e^{h_j}}", "wrong"),
    # a sum inside what is put in must not catch the index of the place: T_i = sum_j ..., then sum_j y_j T_j
    ("softmax_cross_entropy.loss", r"T_i = \frac{e^{h_i}}{\sum_j e^{h_j}}, \sum_j y_j T_i - y_i", "right"),
    ("softmax_cross_entropy.loss", r"T_i = \frac{e^{h_i}}{\sum_j e^{h_j}}, P_i \sum_j T_j - y_i", "right"),
    ("softmax_cross_entropy.loss", r"T_i = \frac{e^{h_i}}{\sum_{j=0}^{N-1} e^{h_j}}, \sum_j \delta_{ij} T_j - y_i", "right"),
    ("relu_mlp.W1", r"r = 2(\hat y - y), \left(W^{(2)\top} (r\,\mathrm{ReLU}'(a^{(3)}) W^{(3)\top} \odot \mathrm{ReLU}'(a^{(2)})) \odot \mathrm{ReLU}'(a^{(1)})\right) x^\top", "right"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text", "verdict"), ROWS, ids=lambda value: str(value)[-50:])
def test_names_of_the_text(part, text, verdict):
    name, part = part.split(".")
    found = loaded(name).grade(part, text)
    assert found.kind == verdict, found.text
    assert found.read or verdict == "not understood"


def test_what_was_put_in_is_said():
    found = loaded("softmax_cross_entropy").grade("loss", r"\frac{e^{h_i}}{S} - y_i, S = \sum_k e^{h_k}")
    assert "S is what the text says it is" in found.notes
    assert "sum" in found.read
