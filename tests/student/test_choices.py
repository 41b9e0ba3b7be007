"""Wrong answers for a choice: each proved wrong, unlike the others, printable, and with something to say."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pytest

from symgrad import exercises
from symgrad.errors import DeclarationError
from symgrad.key import Exercise
from symgrad.read.parse import parse
from symgrad.student.probe import probe
from symgrad.student.verdict import WRONG

PARTS = (
    "batch_normalization.d",
    "batch_normalization.f",
    "relu_mlp.b3",
    "relu_mlp.W2",
    "sigmoid_convolution.b",
    "softmax_cross_entropy.jacobian",
    "residual_graph.x0",
)


@cache
def loaded(name: str) -> Exercise:
    return exercises.load(name)


@pytest.mark.parametrize("part", PARTS)
def test_options_are_certified(part):
    name, _, question = part.partition(".")
    grader, options = loaded(name).grader(question), loaded(name).choices(question, 4, seed=3)
    assert [o.is_right for o in options].count(True) == 1
    for option in options:
        verdict = grader.judge_here(option.latex)
        assert verdict.is_right == option.is_right, verdict
        if not option.is_right:
            assert verdict.kind == WRONG
            assert option.witness and option.hint and option.says and option.mistake
    formulas = [grader.study.meant(parse(o.latex, grader.names)) for o in options]
    for one, other in combinations(formulas, 2):
        model = one.model.extended(*other.model.tensors.values())
        assert (
            probe(one.poly, other.poly, one.free, model, grader.reference.numbers.trials[:3]).witness
            or probe(one.poly, other.poly, one.free, model, grader.study.trials).witness
        )
    assert len({o.mistake for o in options}) == 4  # of different kinds, and the right one has none


def test_the_seed_decides():
    exercise = loaded("batch_normalization")
    one, same, other = (exercise.choices("f", 5, seed) for seed in (1, 1, 2))
    assert one == same != other
    places = {[o.is_right for o in exercise.choices("f", 4, seed)].index(True) for seed in range(12)}
    assert len(places) > 2


def test_what_cannot_be_made_is_refused():
    exercise = loaded("batch_normalization")
    with pytest.raises(DeclarationError, match="fewer than two"):
        exercise.choices("b", 1)
    with pytest.raises(DeclarationError, match="not so many wrong answers"):
        exercise.choices("b", 60)
    with pytest.raises(DeclarationError, match="no such part"):
        exercise.choices("z", 4)
