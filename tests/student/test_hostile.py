# ruff: noqa: E501  (a grammar is not broken over lines)
"""Texts that hang or crash other tools: each ends in a verdict, in time, and none is accepted."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symgrad.student.verdict import EXITS, WRONG
from symgrad.student.worker import Worker, undecided
from tests.student.test_answers import loaded

HOSTILE = [
    "9^{9^{9^{9}}}",
    "9**9**9**9",
    "(10^9)!",
    r"\binom{10^9}{10^8}",
    r"\sum_{i=1}^{10^{12}}\sin(i)",
    r"\sum_{i=1}^{1000000000000} \hat{x}_i",
    r"\frac{1}{" * 300 + "x_i" + "}" * 300,
    "(" * 400 + "x_i" + ")" * 400,
    "{" * 1000 + "x_i" + "}" * 1000,
    "1" * 200_000,
    "x_i " * 5000,
    r"\hat{" * 3000,
    r"\partial" * 3000,
    "(1 + x_1)^{1000}",
    "((((1 + x_i)^{99})^{99})^{99})^{99}",
    r"e^{e^{e^{e^{e^{x_i}}}}}",
    "\0x_i",
    "x_i\ud800",
    "<script>alert(1)</script>",
    "__import__('os').system('id')",
    "",
    " ",
    r"\write18{id}",
    r"\input{/etc/passwd}",
    r"\log \prod_{i} \delta_{ij}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:30].encode("unicode_escape").decode() or "empty")
def test_a_hostile_text_gets_a_verdict_in_time(text):
    exercise = loaded("batch_normalization")
    exercise.grade("a", "1")
    started = time.monotonic()
    found = exercise.grade("a", text)
    assert time.monotonic() - started < 2
    assert found.exit_code in (1, 2, 3) and found.text


def slow(text):
    while text == "slow":
        time.sleep(0.01)
    return (
        [bytearray(2**20) for _ in range(4096)] if text == "large" else loaded("batch_normalization").grade("a", text)
    )


def test_a_text_that_takes_too_long_is_undecided_and_the_next_one_is_judged():
    worker = Worker(slow, undecided, seconds=1.0, memory=2**28)
    assert "within 1 seconds" in worker("slow").reason
    assert "memory" in worker("large").reason or "MB" in worker("large").reason
    assert worker("0").kind == WRONG
    worker.stop()


PIECES = st.sampled_from(
    r"""\frac{ } { \sum_{i=1}^{m} \sum_j \partial f \hat{x}_i \hat x_j x_i \mu \sigma^2 \epsilon \gamma y_i \sqrt{ ^2 ^{-3/2}
_ ^ ( ) [ ] + - * / \cdot = \\ & \begin{cases} \end{cases} \left( \right) 1 2 0.5 m i j , ; ' \top \odot \delta_{ij} exp( e^{
\log < > \ne \dots \mathbf{1} ^T | \prod_{i} \max ! \infty \text{if} \operatorname{diag}( \frac{\partial f}{\partial y_i}
\frac{\partial f}{\partial\sigma^2} \binom{2}{1} \lfloor \rfloor @ ** . : # $ ~ %""".split()
)
TEXTS = st.one_of(st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES, max_size=30).map("".join))


def judged(text):
    """In this process, as nothing may escape; a verdict and nothing else."""
    grader = loaded("batch_normalization")
    if "f" not in grader._graders:
        grader.grade("f", "0")
    started = time.monotonic()
    found = grader._graders["f"].judge_here(text)
    assert found.kind in EXITS and found.text and time.monotonic() - started < 5
    return found


@given(TEXTS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_strings_like_latex(text):
    judged(text)


@pytest.mark.fuzz
@given(st.one_of(TEXTS, st.text(max_size=60), st.binary(max_size=60).map(lambda b: b.decode("latin-1"))))
@settings(max_examples=100_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hundred_thousand_strings(text):
    judged(text)
