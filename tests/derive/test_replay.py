"""Steps are data: replay computes every line again, and sees a step that is deleted, swapped or changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from symgrad import exercises
from symgrad.algebra.normal import ONE
from symgrad.algebra.records import Poly
from symgrad.derive.replay import replay
from symgrad.derive.steps import Derivation, Group
from symgrad.errors import CertificateError

WAYS = [
    ("batch_normalization", part, "") for part in "abcdef"
] + [
    ("softmax_cross_entropy", "jacobian", ""),
    ("softmax_cross_entropy", "loss", ""),
    ("softmax_cross_entropy", "loss", "By splitting the logarithm"),
    ("sigmoid_convolution", "a", ""),
    ("sigmoid_convolution", "b", ""),
    ("sigmoid_convolution", "bias", ""),
    ("sigmoid_convolution", "c", ""),
]  # fmt: skip


@cache
def derivation(exercise: str, part: str, route: str) -> Derivation:
    found = exercises.load(exercise)
    question = next(q for q in found.questions if q.id == part)
    inline = question.routes[route] if route else ()
    return found.graph.derive(question.of, wrt=question.wrt, keep=question.keep, inline=inline, check=False).engine


def with_steps(d: Derivation, group: Group, steps: tuple) -> Derivation:
    changed = replace(group, steps=steps)
    return replace(d, groups=tuple(changed if g is group else g for g in d.groups))


def own(d: Derivation) -> list[Group]:
    return [g for g in d.groups if g is d.groups[-1] or g.name == "dL_dP"]


def places(d: Derivation, aside: bool = False):
    """Every step with its group and its place there; groups that are the last one of another question are left out."""
    for group in own(d):
        for n, step in enumerate(group.steps):
            if step.aside == aside:
                yield group, n, step


def refused(d: Derivation) -> bool:
    try:
        replay(d)
    except CertificateError:
        return True
    return False


@pytest.mark.parametrize(("exercise", "part", "route"), WAYS)
class TestSteps:
    def test_replay_reproduces_the_derivation(self, exercise, part, route):
        d = derivation(exercise, part, route)
        assert replay(d) == d.answer
        for group in d.groups:
            main = group.main
            assert main and main[-1].after == group.answer
            assert all(a.after == b.before for a, b in pairwise(main))
            assert len(main[0].before.terms) == 1, "it begins with the name in question"

    def test_a_deleted_step_is_seen(self, exercise, part, route):
        d = derivation(exercise, part, route)
        for group, n, step in places(d):
            assert refused(with_steps(d, group, group.steps[:n] + group.steps[n + 1 :])), step.rule

    def test_two_swapped_steps_are_seen(self, exercise, part, route):
        d = derivation(exercise, part, route)
        for group in own(d):
            main = [n for n, s in enumerate(group.steps) if not s.aside]
            for one in main:
                for other in (n for n in main if n > one):
                    steps = list(group.steps)
                    steps[one], steps[other] = steps[other], steps[one]
                    assert refused(with_steps(d, group, tuple(steps))), (one, other)

    def test_a_changed_line_is_seen(self, exercise, part, route):
        d = derivation(exercise, part, route)
        for group, n, step in [*places(d), *places(d, aside=True)]:
            for wrong in changes(step.after):
                steps = (*group.steps[:n], replace(step, after=wrong), *group.steps[n + 1 :])
                assert refused(with_steps(d, group, steps)), (step.rule, wrong)

    def test_a_changed_line_is_seen_where_the_next_one_starts_from_it(self, exercise, part, route):
        """The fault is carried on: the line that follows begins with the changed one."""
        d = derivation(exercise, part, route)
        for group, n, step in places(d):
            later = next((k for k in range(n + 1, len(group.steps)) if not group.steps[k].aside), None)
            if later is None:
                continue
            steps = list(group.steps)
            steps[n] = replace(step, after=step.after + ONE)
            steps[later] = replace(steps[later], before=step.after + ONE)
            assert refused(with_steps(d, group, tuple(steps))), step.rule

    def test_a_changed_answer_is_seen(self, exercise, part, route):
        d = derivation(exercise, part, route)
        for group in own(d):
            wrong = replace(group, answer=-group.answer)
            assert refused(replace(d, groups=tuple(wrong if g is group else g for g in d.groups)))


def changes(after: Poly) -> list[Poly]:
    """A flipped sign, one more, a dropped term, a term with another factor."""
    wrong = [-after, after + ONE]
    if len(after.terms) > 1:
        wrong += [Poly(t for t in after.terms if t is not gone) for gone in after.terms]
    wrong += [Poly(t if t is not one else t.scaled(2) for t in after.terms) for one in after.terms]
    return [w for w in wrong if w != after]


def test_a_deleted_side_calculation_is_seen():
    d = derivation("batch_normalization", "f", "")
    for group, n, step in places(d, aside=True):
        assert refused(with_steps(d, group, group.steps[:n] + group.steps[n + 1 :])), step.subject


OPENED = ("softmax_cross_entropy", "loss", "By splitting the logarithm")


@pytest.mark.parametrize("gone", [0, 1])
def test_a_deleted_opening_step_is_seen(gone):
    d = derivation(*OPENED)
    assert refused(replace(d, opening=d.opening[:gone] + d.opening[gone + 1 :]))


def test_a_changed_opening_step_is_seen():
    d = derivation(*OPENED)
    first, second = d.opening
    assert refused(replace(d, opening=(first, replace(second, after=-second.after))))


def test_a_changed_reason_is_seen():
    d = derivation("batch_normalization", "e", "")
    group = d.groups[-1]
    n, step = next((n, s) for n, s in enumerate(group.steps) if s.because)
    wrong = replace(step, because=(replace(step.because[0], after=-step.because[0].after), *step.because[1:]))
    assert refused(with_steps(d, group, (*group.steps[:n], wrong, *group.steps[n + 1 :])))


def test_a_changed_equation_is_seen():
    d = derivation("batch_normalization", "f", "")
    group = d.groups[-1]
    n, step = next((n, s) for n, s in enumerate(group.steps) if s.equation is not None)
    wrong = replace(step, equation=replace(step.equation, value=-step.equation.value))
    assert refused(with_steps(d, group, (*group.steps[:n], wrong, *group.steps[n + 1 :])))


def test_the_refusal_says_where():
    d = derivation("batch_normalization", "f", "")
    group = d.groups[-1]
    with pytest.raises(CertificateError) as refusal:
        replay(with_steps(d, group, group.steps[:-1]))
    assert refusal.value.where.startswith("df_dx") and refusal.value.what == "the steps do not end in the answer"


def test_the_refusal_shows_what_differs():
    d = derivation("batch_normalization", "f", "")
    group = d.groups[-1]
    n, step = next((n, s) for n, s in enumerate(group.steps) if s.rule == "differentiate")
    steps = (*group.steps[:n], replace(step, after=-step.after), *group.steps[n + 1 :])
    with pytest.raises(CertificateError) as refusal:
        replay(with_steps(d, group, steps))
    assert refusal.value.expected != refusal.value.given
