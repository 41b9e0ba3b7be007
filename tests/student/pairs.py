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
from symgrad.explain.laid import Displayed, laid_out
from symgrad.grading import Grader
from symgrad.read import syntax as s
from symgrad.read.show import show
from symgrad.render.plain import plain
from symgrad.student.conventions import UNMARKED
from symgrad.student.meaning import OUTSIDE
from symgrad.student.mistakes import BY_ID, SHAPES, mutants
from symgrad.student.spots import Scope, spots
from symgrad.student.study import Formula, Study
from symgrad.student.swaps import is_whole
from symgrad.student.whole import DoesNotConform
from tests.student.expansions import Meanings
from tests.student.rewrites import REWRITES, every
from tests.student.spellings import spelled

SAMPLES, SEED = 25, 4711
NEAR = 1e-7
CLOTHED = 0.5  # of the wrong formulas, those that are rewritten after the mistake
PLAINLY = 0.15  # of the right formulas, those written in plain text


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

    def wrong(self, draw: random.Random, count: int = 10**9) -> Iterator[Pair]:
        """Mutants of the forms of the answer, in an order drawn at random; some of them are right."""
        trees = self.study.forms.values()
        found = [m for tree in trees for m in mutants(tree, self.study.words, self._ids)]
        draw.shuffle(found)
        seen: set[str] = set()
        for mutant in found:
            label = self.is_right(mutant.tree)
            tree, made = self._changed(mutant.tree, draw) if draw.random() < CLOTHED else (mutant.tree, ())
            text = spelled(self.written(tree), draw, draw.choice((0, 0, 1, 2)), self._has_wholes(tree))
            if label is not None and text not in seen and len(seen) < count:
                seen.add(text)
                yield Pair(self.part, text, label, mutant.mistake, made)

    def wrong_twice(self, draw: random.Random, count: int) -> Iterator[Pair]:
        """Formulas with two mistakes, which have no name."""
        trees = list(self.study.forms.values())
        for _ in range(count):
            once = draw.choice(list(mutants(draw.choice(trees), self.study.words, self._ids)))
            twice = draw.choice(list(mutants(once.tree, self.study.words, self._ids)))
            label = self.is_right(twice.tree)
            if label is not None:
                yield Pair(self.part, self.written(twice.tree), label, made=(once.mistake, twice.mistake))

    @property
    def _ids(self) -> tuple[str, ...]:
        """The rows of the table; where transposes need not be marked, a missing one is no mistake."""
        unmarked = UNMARKED in self.study.reference.conventions
        return tuple(id for id in BY_ID if not (unmarked and id in SHAPES))

    def right(self, draw: random.Random, count: int) -> Iterator[Pair]:
        """Forms of the answer, rewritten and spelled otherwise."""
        seen: set[str] = set()
        for tree, made in self.rewritten(draw, 4 * count):
            text = self._plainly(tree) if draw.random() < PLAINLY else ""
            text = text or spelled(self.written(tree), draw, draw.choice((0, 1, 2, 3)), self._has_wholes(tree))
            if text not in seen and len(seen) < count:
                seen.add(text)
                yield Pair(self.part, text, True, "", made)

    def rewritten(self, draw: random.Random, count: int) -> Iterator[tuple[s.Node, tuple[str, ...]]]:
        """Forms of the answer with some laws of algebra applied, and these laws."""
        chain = self.meanings.chain()
        forms = [*self.study.forms.values(), *([chain] if chain is not None else [])]
        for _ in range(count):
            yield self._changed(draw.choice(forms), draw)

    @cached_property
    def meanings(self) -> Meanings:
        return Meanings(self.study)

    def _changed(self, tree: s.Node, draw: random.Random) -> tuple[s.Node, tuple[str, ...]]:
        """A formula after some laws of algebra, and these laws."""
        rows, made = (*REWRITES, self.meanings.definition, self.meanings.gradient), []
        for _ in range(draw.choice((0, 1, 1, 2, 3))):
            row = draw.choice(rows)
            places = spots(tree, Scope(self.study.words))
            found = [(spot, new) for spot in places for new in row(spot.node, spot.scope)]
            if found and not any(isinstance(node, s.Dots) for node in every(tree)):  # terms with dots stay alike
                spot, new = draw.choice(found)
                tree = spot.put(new)
                made.append((row.__doc__ or "").strip())
        return tree, tuple(made)

    def _plainly(self, tree: s.Node) -> str:
        """A formula in components as plain text; "" for others, and for what has no plain text."""
        unwritten = s.Delta | s.Dots | s.Iverson | s.Cases
        if self._has_wholes(tree) or any(isinstance(node, unwritten) for node in every(tree)):
            return ""
        return plain(laid_out(tree, Displayed(self.study.names)))

    def _has_wholes(self, tree: s.Node) -> bool:
        return any(is_whole(spot.node, spot.scope) for spot in spots(tree, Scope(self.study.words)))

    def written(self, tree: s.Node) -> str:
        return show(tree, self.study.names)

    def is_right(self, tree: s.Node) -> bool | None:
        """What the plain interpreter says at many samples.

        None where the tree has no meaning, or is right only where entries that do not exist count as 0.
        """
        try:
            formula = self.study.meant(tree)
        except DoesNotConform:
            return False
        except SymgradError:
            return None
        agrees = self.agrees(formula)
        return None if agrees and OUTSIDE in formula.notes else agrees

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
            grader = exercise.grader(question.id) if hasattr(question, "grader") else None
            if isinstance(grader, Grader):
                yield Maker(f"{name}.{question.id}", grader)
