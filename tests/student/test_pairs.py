"""Labelled pairs over all exercises: none accepted wrongly, none refused wrongly, mistakes named.

Labels come from the plain interpreter. `SYMGRAD_PAIRS=1000` makes so many right and wrong ones a part at most.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from symgrad import exercises
from symgrad.student.verdict import NOT_UNDERSTOOD, UNDECIDED, WRONG
from tests.student.pairs import Maker, Pair, makers

FEW, MANY = 13, 80  # of each label a part
SAMPLE = (
    "batch_normalization.d",
    "batch_normalization.f",
    "relu_mlp.W2",
    "relu_mlp.a1",
    "sigmoid_convolution.a",
    "softmax_chain.w1",
    "softmax_cross_entropy.jacobian",
    "residual_graph.x0",
)
MOST_OPEN, LEAST_NAMED = 0.01, 0.8
ONE_IN = 4  # wrong formulas that are diagnosed


@cache
def maker(part: str) -> Maker:
    name, _, question = part.partition(".")
    return Maker(part, exercises.load(name).grader(question))


class Tally:
    """Pairs judged, counted by label and outcome; `faults` are the wrong verdicts, as text."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.unnamed: list[str] = []

    def judge(self, maker: Maker, pair: Pair, diagnosed: bool) -> None:
        verdict = maker.grader.judge_here(pair.text)
        label = "right" if pair.is_right else "wrong"
        said = f"{pair.part}: {pair.text}\n    {label} ({'; '.join([pair.mistake, *pair.made])}), but {verdict.text}"
        self.counts[label] += 1
        if verdict.kind in (UNDECIDED, NOT_UNDERSTOOD):
            self.open.append(said)
        elif verdict.is_right != pair.is_right:
            self.faults.append(said)
        if diagnosed and verdict.kind == WRONG and pair.mistake:
            self.name(maker, pair)

    def name(self, maker: Maker, pair: Pair) -> None:
        found = maker.grader.diagnose_here(pair.text)
        is_named = pair.mistake in (found.mistake, *found.same)
        self.counts["named" if is_named else "unnamed"] += 1
        if not is_named:
            self.unnamed.append(f"{pair.part}: {pair.text}\n    {pair.mistake}, but {found.mistake}: {found.text}")

    @property
    def total(self) -> int:
        return self.counts["right"] + self.counts["wrong"]

    def summary(self) -> str:
        diagnosed = self.counts["named"] + self.counts["unnamed"]
        labels = f"{self.counts['right']} right, {self.counts['wrong']} wrong"
        named = f"{self.counts['named']} of {diagnosed} mistakes named"
        return f"{self.total} pairs ({labels}): {len(self.faults)} judged wrongly, {len(self.open)} open; {named}"

    def settle(self) -> None:
        diagnosed = self.counts["named"] + self.counts["unnamed"]
        assert not self.faults, "\n".join(self.faults[:20])
        assert len(self.open) <= MOST_OPEN * self.total, "\n".join(self.open[:20])
        assert self.counts["named"] >= LEAST_NAMED * diagnosed, "\n".join(self.unnamed[:20])


def judged(tally: Tally, one: Maker, count: int, every: int) -> None:
    """Judges so many of each label, and diagnoses one in `every` wrong ones; none where that is 0."""
    draw = random.Random(one.part)
    pairs = [*one.right(draw, count), *one.wrong(draw, count), *one.wrong_twice(draw, count // 4)]
    for n, pair in enumerate(pairs):
        tally.judge(one, pair, bool(every) and n % every == 0)


def test_a_sample_of_the_pairs():
    tally = Tally()
    for n, part in enumerate(SAMPLE):
        judged(tally, maker(part), FEW, ONE_IN if n % 2 else 0)
    print(tally.summary())
    assert tally.total >= 190
    tally.settle()


@pytest.mark.fuzz
def test_every_exercise(capsys):
    count, tally = int(os.environ.get("SYMGRAD_PAIRS", MANY)), Tally()
    for one in makers():
        judged(tally, one, count, ONE_IN)
        with capsys.disabled():
            print(f"{one.part}: {tally.summary()}")
    assert tally.total >= 5000
    with capsys.disabled():
        print("\n".join([*tally.faults, *tally.open, *tally.unnamed]))
    tally.settle()


def test_a_false_label_is_found():
    """The known-wrong sample: a right formula said to be wrong, and the reverse."""
    one, tally = maker("batch_normalization.d"), Tally()
    right, wrong = next(one.right(random.Random(1), 1)), next(one.wrong(random.Random(1)))
    tally.judge(one, replace(right, is_right=False), diagnosed=False)
    tally.judge(one, replace(wrong, is_right=True), diagnosed=False)
    assert len(tally.faults) == 2
    with pytest.raises(AssertionError, match="right \\("):
        tally.settle()


def test_rewritings_keep_the_value():
    """What is right by construction is right for the plain interpreter too, before it is spelled otherwise."""
    one = maker("batch_normalization.f")
    for tree in one.study.forms.values():
        assert one.is_right(tree)
    for tree, made in one.rewritten(random.Random(3), 40):
        assert one.is_right(tree), (made, one.written(tree))
