"""Labelled pairs for the exercises: formulas that are right by construction, and formulas with one mistake.

The label of a formula comes from the plain interpreter at many samples, never from what is to be judged.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgrad import exercises
from symgrad.check.numbers import Numbers
from symgrad.check.trials import Trial
from symgrad.errors import SymgradError
from symgrad.grading import Grader
from symgrad.questions.gradient import Question
from symgrad.read import syntax as s
from symgrad.read.parse import parse
from symgrad.read.show import show
from symgrad.student.mistakes import mutants
from symgrad.student.spots import Scope, spots
from symgrad.student.study import Formula, Study
from symgrad.student.whole import DoesNotConform
from tests.student.rewrites import REWRITES, Names
from tests.student.spellings import spelled

SAMPLES, SEED = 25, 4711
NEAR = 1e-7


@dataclass(frozen=True)
class Pair:
    """A formula about a part of an exercise; `mistake`: the row that made it, "" for rewritings, named in `made`."""

    part: str
    text: str
    is_right: bool
    mistake: str = ""
    made: tuple[str, ...] = ()


@dataclass
class Maker:
    """Makes pairs for one part."""

    part: str
    grader: Grader

    @property
    def study(self) -> Study:
        return self.grader.study

    @cached_property
    def trials(self) -> list[Trial]:
        """Many samples of their own; sizes may be few, so several seeds are drawn from."""
        found: list[Trial] = []
        for n in range(SAMPLES):
            if len(found) < SAMPLES:
                found += Numbers(self.study.reference.model, 5, SEED + 100 * n).trials
        return found

    def wrong(self) -> Iterator[Pair]:
        """Every mutant of every form that can be written down."""
        seen: set[str] = set()
        for tree in self.study.forms.values():
            for mutant in mutants(tree, self.study.words):
                text = show(mutant.tree, self.study.names)
                if text in seen or not self._comes_back(mutant.tree, text):
                    continue
                seen.add(text)
                label = self.is_right(mutant.tree)
                if label is not None:
                    yield Pair(self.part, text, label, mutant.mistake)

    def right(self, draw: random.Random, count: int) -> Iterator[Pair]:
        """Forms of the answer, rewritten and spelled otherwise."""
        names = Names(self.study)
        rows = (*REWRITES, names.definition, names.gradient)
        seen: set[str] = set()
        forms = list(self.study.forms.values())
        for _ in range(4 * count):
            if len(seen) >= count:
                return
            tree, made = draw.choice(forms), []
            for _ in range(draw.choice((0, 1, 1, 2, 3))):
                row = draw.choice(rows)
                found = [
                    (spot, new) for spot in spots(tree, Scope(self.study.words)) for new in row(spot.node, spot.scope)
                ]
                if found:
                    spot, new = draw.choice(found)
                    tree = spot.put(new)
                    made.append((row.__doc__ or getattr(row, "law", "?")).strip())
            plain = show(tree, self.study.names)
            if not self._comes_back(tree, plain):
                continue
            text = spelled(plain, draw, draw.choice((0, 1, 2, 3)))
            if text not in seen:
                seen.add(text)
                yield Pair(self.part, text, True, "", tuple(made))

    def _comes_back(self, tree: s.Node, text: str) -> bool:
        try:
            return parse(text, self.study.names) == tree or True
        except SymgradError:
            return True

    def is_right(self, tree: s.Node) -> bool | None:
        """What the plain interpreter says at many samples; None where the tree has no meaning."""
        try:
            formula = self.study.meant(tree)
        except DoesNotConform:
            return False
        except SymgradError:
            return None
        return self.agrees(formula)

    def agrees(self, formula: Formula) -> bool:
        own = self.study.reference
        for trial in self.trials:
            places = trial.points(formula.free, formula.model)
            values = trial.values(formula.poly.tensors | own.answer.tensors, formula.model)
            for place in places[:: max(1, len(places) // 30)]:
                at = trial.at(formula.free, place)
                left, right = (float(trial.interpreter.value(p, at, values)) for p in (formula.poly, own.answer))
                if np.isfinite(left) and abs(left - right) > NEAR * max(abs(left), abs(right), 1e-3):
                    return False
        return True


def makers(names: tuple[str, ...] = ()) -> Iterator[Maker]:
    """One for every part that asks for a derivative."""
    for name in names or tuple(exercises.available()):
        exercise = exercises.load(name)
        for question in exercise.questions:
            if isinstance(question, Question):
                yield Maker(f"{name}.{question.id}", exercise._grader(question.id))
