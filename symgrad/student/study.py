"""What is worked out once about an answer, to tell mistakes apart: its forms, its values, and those of its mutants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from symgrad.algebra.contract import contract
from symgrad.algebra.records import Poly
from symgrad.check.points import Point
from symgrad.check.trials import Trial
from symgrad.declare.model import Model
from symgrad.errors import SymgradError
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.student.conventions import UNMARKED, Choices, readings
from symgrad.student.judge import Judge
from symgrad.student.meaning import Meaning
from symgrad.student.mistakes import Mutant, mutants
from symgrad.student.paths import Way, ways
from symgrad.student.reference import Closed, Reference
from symgrad.student.samples import tells
from symgrad.student.settle import fitted
from symgrad.student.spots import Scope, Spot, spots
from symgrad.student.swaps import is_whole
from symgrad.student.symbols import Text
from symgrad.student.whole import DoesNotConform
from symgrad.student.words import Words

MOST_PLACES = 10  # entries looked at in one sample
GLANCED = 3  # samples at which mutants are looked at first
TELLING, SILENT = 8, 4  # further samples where the answer is not 0, and where it is
SPARE, RANK = 3, 1e-6  # equations beyond the unknowns, and when columns of values are taken for dependent
CLOSE = 1e-8  # relative difference of values that are the same


@dataclass(frozen=True)
class Formula:
    """A formula with its meaning: a poly in free indices, those of the question first."""

    tree: s.Node
    poly: Poly
    free: tuple[str, ...]
    model: Model
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """A mutant of the reference, and its values at a few samples; `form`: the form of the answer it was made of."""

    mutant: Mutant
    form: str
    formula: Formula
    glance: np.ndarray


class Study:
    """A reference with its forms: (name, formula in LaTeX), the one that is shown first."""

    def __init__(self, reference: Reference, names: Names, forms: Sequence[tuple[str, str]]) -> None:
        self.reference, self.names = reference, names
        self.forms = _parsed(forms, names)
        plain = Words(names, reference.model, reference.of, reference.by, reference.free)
        self.words = replace(plain, factors=_factors(self.forms.values(), plain))

    @property
    def in_components(self) -> dict[str, s.Node]:
        """The forms in which every name has its indices."""
        return {name: tree for name, tree in self.forms.items() if not any(map(_is_whole, self._spots(tree)))}

    def _spots(self, tree: s.Node) -> Iterator[Spot]:
        return spots(tree, Scope(self.words))

    # --- meanings and values

    def meant(self, tree: s.Node, at: Mapping[str, str] | None = None, read: Text | None = None) -> Formula:
        """The meaning of a tree, derivatives between definitions read as local. Raises SymgradError.

        `read`: the text it is from, with letters that are not declared; `at`: its free indices by those asked for.
        Where shapes do not go together and transposes need not be marked, it is read so that they do.
        """
        try:
            return self._meant(tree, at, read, None)
        except DoesNotConform:
            if UNMARKED not in self.reference.conventions:
                raise
            for choices in readings():
                with suppress(DoesNotConform):
                    return self._meant(tree, at, read, choices)
            raise

    def _meant(self, tree: s.Node, at: Mapping[str, str] | None, read: Text | None, choices: Choices | None) -> Formula:
        conventions = () if choices is None else (UNMARKED,)
        judge = Judge("", read or Text(tree, self.names), self.reference, conventions)
        way = judge.ways(tree, at or {})[0]
        model, free = judge.with_strays(tree, way)
        own = replace(self.reference, model=model, free=free)
        meaning = Meaning("", own, way.renamed, "local", conventions, choices)
        poly = fitted(meaning.whole(tree), self.reference, model, choices is not None)
        model = model.extended(*meaning.names.values())
        return Formula(tree, contract(poly, model.context(free)), free, model, tuple(meaning.notes))

    @cached_property
    def answer(self) -> Formula:
        own = self.reference
        return Formula(s.Number("0"), own.answer, own.free, own.model)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The samples at which mistakes are told apart: those of the reference, and unlike ones.

        A further sample is taken where the signs of the names are others than before: then each gate is open in one
        of them and shut in another. Those where the answer is not 0 tell more: they come first, and of the others
        there are fewer.
        """
        own = self.reference
        found = list(own.numbers.trials)
        seen = {_signs(t) for t in found}
        room = {True: TELLING, False: SILENT}
        for trial in own.more.all():
            signs, telling = _signs(trial), self._tells(trial)
            if room[telling] and signs not in seen:
                seen.add(signs)
                found.append(trial)
                room[telling] -= 1
        return tuple(sorted(found, key=lambda t: not self._tells(t)))

    def _tells(self, trial: Trial) -> bool:
        own = self.reference
        return tells(trial, own.answer, own.free, own.model)

    def values(self, formula: Formula) -> np.ndarray:
        """The values at the chosen entries of every sample, nan where there is none."""
        return np.concatenate([self._at(trial, formula) for trial in self.trials])

    def glance(self, formula: Formula) -> np.ndarray:
        """The values at the first samples only: most formulas are told apart by these."""
        return np.concatenate([self._at(trial, formula) for trial in self.trials[:GLANCED]])

    def _at(self, trial: Trial, formula: Formula) -> np.ndarray:
        values = trial.values(formula.poly.tensors, formula.model)
        places = _chosen(trial, formula)
        found = [trial.interpreter.value(formula.poly, trial.at(formula.free, p), values) for p in places]
        return np.array(found, dtype=float)

    def places(self) -> list[dict[str, int]]:
        """The free indices of each value of the answer."""
        own = self.answer
        return [dict(zip(own.free, p, strict=True)) for trial in self.trials for p in _chosen(trial, own)]

    @cached_property
    def right(self) -> np.ndarray:
        """The values of the answer."""
        return self.values(self.answer)

    def about(self, by: str, found: Closed) -> Study:
        """The same about the gradient by another name, without forms."""
        model = self.reference.model.extended(*found.names)
        other = replace(self.reference, model=model, by=by, free=found.axes, answer=found.poly, read={})
        return Study(other, self.names, ())

    # --- mutants and ways

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """Every mutant of every form that has a meaning."""
        return tuple(self._known())

    def _known(self) -> Iterator[Known]:
        seen: set[s.Node] = set()
        for form, tree in self.forms.items():
            for mutant in mutants(tree, self.words):
                if mutant.tree in seen:
                    continue
                seen.add(mutant.tree)
                try:
                    formula = self.meant(mutant.tree)
                    yield Known(mutant, form, formula, self.glance(formula))
                except (SymgradError, ArithmeticError):
                    continue

    @cached_property
    def ways(self) -> tuple[tuple[tuple[Way, ...], np.ndarray], ...]:
        """What comes along ways that meet at one name, each with a column of its values; only where these can be told
        apart."""
        found = []
        for meeting in ways(self.reference):
            columns = np.stack([self._along(way) for way in meeting], axis=1)
            finite = np.all(np.isfinite(columns)) and len(columns) > len(meeting) + SPARE
            if finite and np.linalg.matrix_rank(columns, tol=RANK * np.max(np.abs(columns))) == len(meeting):
                found.append((meeting, columns))
        return tuple(found)

    def _along(self, way: Way) -> np.ndarray:
        own = self.answer
        model = own.model.extended(*way.names)
        return self.values(Formula(own.tree, contract(way.value, model.context(own.free)), own.free, model))


def _chosen(trial: Trial, formula: Formula) -> list[Point]:
    """The entries of a formula that are looked at in a sample."""
    places = trial.points(formula.free, formula.model)
    return places[:: max(1, -(-len(places) // MOST_PLACES))]


def _signs(trial: Trial) -> tuple[bool, ...]:
    return tuple(bool(x > 0) for own in trial.sample.values.values() for x in own.values())


def alike(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether values are the same, infinite or undefined at the same places, and finite somewhere."""
    if left.shape != right.shape or not left.size:
        return False
    known = np.isfinite(left)
    if not known.any() or not np.array_equal(known, np.isfinite(right)):
        return False
    left, right = left[known], right[known]
    scale = np.maximum(np.abs(left), np.abs(right))
    return bool(np.all(np.abs(left - right) <= CLOSE * np.maximum(scale, CLOSE)))


def _is_whole(spot: Spot) -> bool:
    return is_whole(spot.node, spot.scope)


def _parsed(forms: Sequence[tuple[str, str]], names: Names) -> dict[str, s.Node]:
    """The forms that can be read, each once."""
    found: dict[str, s.Node] = {}
    for name, text in forms:
        try:
            tree = parse(text, names)
        except SymgradError:
            continue
        if tree not in found.values():
            found[name] = tree
    return found


def _factors(trees: Iterable[s.Node], words: Words) -> tuple[s.Node, ...]:
    """The factors that stand in the forms of an answer."""
    found: dict[s.Node, None] = {}
    for tree in trees:
        for spot in spots(tree, Scope(words)):
            node = spot.node
            if isinstance(node, s.Times):
                found.update(dict.fromkeys(node.factors))
            if isinstance(node, s.Divide):
                found.update(dict.fromkeys((node.top, node.bottom)))
            if isinstance(node, s.Hadamard | s.MatrixProduct):
                found.update(dict.fromkeys((node.left, node.right)))
    kinds = (s.Reference, s.PartialDerivative, s.Call, s.Transpose, s.Plus, s.Root)
    return tuple(node for node in found if isinstance(node, kinds))
