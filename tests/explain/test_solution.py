"""Worked solutions: paths in words, what is given, a reason at every line, the answer in a box."""

from __future__ import annotations

import re

import pytest

from symgrad import exercises
from symgrad.explain.blocks import Formula, Lines, Prose
from symgrad.render.latex import latex


def words(run) -> str:
    return "".join(f"<{latex(part.tree)}>" if isinstance(part, Formula) else part for part in run)


@pytest.fixture(scope="module")
def parts():
    found = {}
    for name in exercises.available():
        for q in exercises.load(name).key().questions:
            found[f"{name}.{q.id}"] = q
    return found


def prose(question, kind):
    return [words(b.run) for b in question.blocks if isinstance(b, Prose) and b.kind == kind]


def lines(question):
    return [line for b in question.blocks if isinstance(b, Lines) for line in b.lines]


PATHS = {
    "batch_normalization.a": r"<\gamma> reaches <f> through every <y_{i}>.",
    "batch_normalization.c": r"<\hat{x}_{i}> reaches <f> through <y_{i}>.",
    "batch_normalization.e": r"<\mu> reaches <f> along two paths: through every <\hat{x}_{i}>, and through <\sigma^2>.",
    "batch_normalization.f": r"<x_{i}> reaches <f> along three paths: through <\hat{x}_{i}>, through <\sigma^2>, "
    r"and through <\mu>.",
    "sigmoid_convolution.a": "<Z[i, j, m]> reaches <J> through <U[i, j, m]>.",
}


@pytest.mark.parametrize("part", PATHS)
def test_paths_in_words(parts, part):
    assert sorted(prose(parts[part], "paths")[-1]) == sorted(PATHS[part]), "in any order of the paths"
    assert prose(parts[part], "paths")[-1].split(" reaches ")[0] == PATHS[part].split(" reaches ")[0]


def test_what_is_given(parts):
    assert prose(parts["batch_normalization.a"], "given")[-1].startswith(r"<\frac{\partial f}{\partial y_{i}}>")
    last = prose(parts["batch_normalization.f"], "given")[-1]
    assert all(f"from ({part})" in last for part in "cde")


def test_every_part_says_how_it_is_checked(parts):
    for question in parts.values():
        text, *others = prose(question, "checked")
        if "steps" not in question.record:  # no derivative: values, shapes, counts, bounds
            assert all(re.search("against |in floating point", t) for t in (text, *others)), text
            continue
        assert not others
        assert text.startswith("against central differences at ") and "worst relative error" in text
        assert "Every rewriting is proved for all sizes." in text


def test_one_answer_is_boxed_in_each_way(parts):
    for name, question in parts.items():
        boxed = [line for line in lines(question) if line.boxed]
        assert all(line.level == 1 and not line.aside for line in boxed)
        if "paths" in question.record:
            assert len(boxed) == 1 + ("value" in question.record["paths"][0]), name
        elif "answer" in question.record:
            numbers = sum("put in the numbers" in line.reason for line in lines(question))
            assert len(boxed) == numbers + (2 if name == "softmax_cross_entropy.loss" else 1), name
        if name == "relu_mlp.forward":
            assert len(boxed) == len(question.record["values"])


def test_every_line_has_a_reason(parts):
    for name, question in parts.items():
        for line in lines(question):
            assert words(line.reason).strip(), f"{name}: {latex(line.right)}"


def test_no_line_says_that_something_is_itself(parts):
    for question in parts.values():
        assert all(line.left != line.right for line in lines(question))


def reasons(question):
    return " | ".join(words(line.reason) for line in lines(question))


def test_reasons_say_what_was_used(parts):
    assert "fact <" in reasons(parts["softmax_cross_entropy.loss"]) and "y_{" in reasons(
        parts["softmax_cross_entropy.loss"]
    )
    assert "vanishes" in reasons(parts["batch_normalization.e"]) and "= 0>" in reasons(parts["batch_normalization.e"])
    shift = reasons(parts["sigmoid_convolution.c"])
    assert "put <i + k_1 = p>, <j + k_2 = q>" in shift and "correlation" in shift
    assert "case by case" in reasons(parts["softmax_cross_entropy.jacobian"])
    assert "log" in reasons(parts["softmax_cross_entropy.loss"])


def test_the_zero_of_the_second_path_is_shown(parts):
    question = parts["batch_normalization.e"]
    texts = [latex(line.right) for line in lines(question)]
    both = [
        t for t in texts if r"\frac{\partial f}{\partial \sigma^2}" in t and r"\frac{\partial f}{\partial \hat{x}" in t
    ]
    assert both, "both paths stand in one line before one of them vanishes"
