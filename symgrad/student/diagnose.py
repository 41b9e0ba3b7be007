"""What went wrong in a formula that is wrong. It never changes a verdict, and says so where nothing fits.

Tried in this order, each confirmed at all samples: a gradient with one way missing or counted wrongly; a mutant of
the answer (least edit first); another gradient; a constant factor; a change of the formula that makes it right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice

import numpy as np

from symgrad.algebra.normal import lone
from symgrad.check.trials import Trial
from symgrad.errors import SymgradError
from symgrad.read import syntax as s
from symgrad.read.show import show
from symgrad.student.code import in_formulas
from symgrad.student.contrast import contrast
from symgrad.student.judge import Judge
from symgrad.student.mistakes import BY_ID, SHAPES, Mutant, repairs
from symgrad.student.nearby import fraction
from symgrad.student.paths import Way
from symgrad.student.probe import probe
from symgrad.student.study import CLOSE, Formula, Known, Study, alike
from symgrad.student.symbols import Text, understood
from symgrad.student.verdict import Diagnosis, Points

UNKNOWN = "unknown"
MOST_REPAIRS = 600
ORDER = {id: n for n, id in enumerate(BY_ID)}


NOTHING = Diagnosis(UNKNOWN, "no single mistake explains the difference", "Work through the derivation again.")


def undiagnosed(reason: str) -> Diagnosis:
    """Where a limit was met."""
    return replace(NOTHING, text=f"the mistake was not found: {reason}")


def diagnose(text: str, study: Study) -> Diagnosis:
    """What is wrong with a formula that is not the answer; of a chain, with its last side that is not.

    Never raises for what the text says.
    """
    try:
        found = understood(in_formulas(text, study.reference, study.names), study.names)
        answers = Judge(text, found, study.reference).answers()
    except (SymgradError, RecursionError):
        return NOTHING
    for node, at in reversed(answers):
        one = Patient(node, dict(at), found, study)
        if not one.is_right:
            return one.diagnosis()
    return NOTHING


class Patient:
    """One formula that is to be diagnosed."""

    def __init__(self, node: s.Node, at: dict[str, str], found: Text, study: Study) -> None:
        self.node, self.at, self.found, self.study = node, at, found, study
        self.formula = self._meant(node)
        self.values = self._values(self.formula)

    def _meant(self, tree: s.Node) -> Formula | None:
        try:
            return self.study.meant(tree, self.at, self.found)
        except (SymgradError, ArithmeticError, RecursionError):
            return None

    def _values(self, formula: Formula | None, at_a_glance: bool = False) -> np.ndarray:
        """The values of a formula; none where it has no meaning."""
        try:
            if formula is None:
                return np.array([])
            return self.study.glance(formula) if at_a_glance else self.study.values(formula)
        except (SymgradError, ArithmeticError, RecursionError):
            return np.array([])

    def _is_answer(self, formula: Formula | None) -> bool:
        study = self.study
        glance = self._values(formula, at_a_glance=True)
        return alike(glance, study.glance(study.answer)) and alike(self._values(formula), study.right)

    @property
    def is_right(self) -> bool:
        return alike(self.values, self.study.right)

    def diagnosis(self) -> Diagnosis:
        for found in (self.by_path, self.by_table, self.by_gradient, self.by_factor, self.by_place, self.by_repair):
            one = found()
            if one is not None:
                same = (*one.same, *(k.mutant.mistake for k in self.known))
                return replace(one, same=tuple(dict.fromkeys(id for id in same if id != one.mistake)))
        return NOTHING

    @cached_property
    def known(self) -> list[Known]:
        """The mutants of the answer that are the same formula, the most telling mistake first."""
        glance = self._values(self.formula, at_a_glance=True)
        close = [k for k in self.study.known if alike(k.glance, glance)]
        same = [k for k in close if alike(self._values(k.formula), self.values) and self._confirms(k.formula)]
        return sorted(same, key=lambda k: ORDER[k.mutant.mistake])

    # --- tests without the table

    def by_path(self) -> Diagnosis | None:
        """The difference to the answer is made of what single ways add to it."""
        if self.values.shape != self.study.right.shape or not np.all(np.isfinite(self.values)):
            return None
        for ways, columns in self.study.ways:
            weights = self._weights(columns)
            wrong = [(way, w) for way, w in zip(ways, weights, strict=True) if w != 1] if weights else []
            if wrong and len(wrong) < len(ways):
                said = "; ".join(self._said(way, weight) for way, weight in wrong)
                hint = BY_ID["path_missing"].hint if any(w == 0 for _, w in wrong) else "Check each path by itself."
                points = self._points(zip(ways, weights or (), strict=True))
                return Diagnosis("path", said, hint, same=_same_paths(wrong), points=points)
        return None

    def _points(self, ways: Iterable[tuple[Way, Fraction]]) -> Points:
        """A share for each path that is counted once."""
        shown = self.study.words.shown
        rows = [(f"the path from {shown(w.name)} through {shown(w.via)}", weight) for w, weight in ways]
        words = [f"{path}: {'right' if x == 1 else 'missing' if x == 0 else 'wrong'}" for path, x in rows]
        return Points(Fraction(sum(x == 1 for _, x in rows), len(rows)), tuple(words))

    def _weights(self, columns: np.ndarray) -> list[Fraction] | None:
        """How often each way is counted; None where the formula is not made of these ways."""
        right = self.study.right
        extra, *_ = np.linalg.lstsq(columns, self.values - right, rcond=None)
        weights = [w for w in (fraction(1 + x) for x in extra) if w is not None]
        if len(weights) < len(extra):
            return None
        rebuilt = right + columns @ np.array([float(w) - 1 for w in weights])
        return weights if alike(rebuilt, self.values) else None

    def _said(self, way: Way, weight: Fraction) -> str:
        words = self.study.words
        path = f"the path from {words.shown(way.name)} through {words.shown(way.via)}"
        if weight == 0:
            return f"{path} is missing"
        return f"{path} has the wrong sign" if weight == -1 else f"{path} is counted {weight} times"

    def by_factor(self) -> Diagnosis | None:
        """The formula is the answer times a constant, a size, or a name."""
        right, values = self.study.right, self.values
        if values.shape != right.shape or not np.all(np.isfinite(values)) or not np.any(np.abs(values) > CLOSE):
            return None
        for name, factor in self._scales():
            there = (np.abs(right) > CLOSE) & (np.abs(factor) > CLOSE)
            ratios = values[there] / (right[there] * factor[there])
            c = fraction(float(ratios[0])) if ratios.size else None
            if c is None or not alike(values, right * factor * float(c)):
                continue
            shown = name if c == 1 and name else f"{c} {name}".strip()
            id = "sign" if shown == "-1" else "factor"
            hint = BY_ID["sign"].hint if id == "sign" else "Check every factor: one is missing or too much."
            return Diagnosis(id, f"off by the factor {shown}", hint, same=_same_factors(name, c))
        return None

    def _scales(self) -> Iterator[tuple[str, np.ndarray]]:
        """What a formula may be too large by, with its values: 1, sizes, names, and what is over them."""
        study, free = self.study, self.study.reference.free
        yield "", np.ones_like(study.right)
        for size in study.words.sizes:
            column = np.concatenate([self._size(trial, size) for trial in study.trials])
            shown = study.words.shown(size)
            for name, power in ((shown, 1), (f"/ {shown}", -1), (f"{shown}^2", 2), (f"/ {shown}^2", -2)):
                yield name, column**power
            with np.errstate(divide="ignore", invalid="ignore"):
                yield f"{shown} / ({shown} - 1)", column / (column - 1)
        for tensor in study.reference.model.tensors.values():
            if tensor.kind in ("input", "parameter", "constant", "definition") and set(tensor.axes) <= set(free):
                column = self._values(Formula(self.node, lone(tensor.entry), free, study.reference.model))
                if column.shape == study.right.shape and np.all(np.abs(column) > CLOSE):
                    yield study.words.shown(tensor.name), column
                    yield f"/ {study.words.shown(tensor.name)}", 1 / column

    def _size(self, trial: Trial, size: str) -> np.ndarray:
        return np.full_like(self.study._at(trial, self.study.answer), trial.sizes[size])

    # --- the table

    def by_table(self) -> Diagnosis | None:
        """A mutant of the answer with the same values."""
        if not self.known:
            return None
        mutant = self.known[0].mutant
        row = BY_ID[mutant.mistake]
        said = contrast(mutant.before, mutant.after, self.study.names)
        points = _of_parts(self.study.forms[self.known[0].form])
        text = f"{row.says}: {said}" if said else row.says
        return Diagnosis(row.id, text, row.hint, self._shown(mutant.after), points=points)

    def _confirms(self, other: Formula) -> bool:
        """Whether another formula has the same values at all samples of the exercise."""
        own = self.formula
        assert own is not None
        if len(own.free) != len(other.free):
            return False
        if own.free != other.free:
            return True
        model = own.model.extended(*other.model.tensors.values())
        return probe(own.poly, other.poly, own.free, model, self.study.reference.numbers.trials).witness is None

    def _shown(self, node: s.Node) -> str:
        return show(node, self.study.names)

    def by_repair(self) -> Diagnosis | None:
        """One change of the formula makes it the answer."""
        made: dict[str, Mutant] = {}
        for one in islice(repairs(self.node, self.study.words, () if self.values.size else SHAPES), MOST_REPAIRS):
            if self._is_answer(self._meant(one.tree)):
                made.setdefault(one.mistake, one)
        if not made:
            return None
        first, *others = made.values()
        row, after = BY_ID[first.mistake], self._shown(first.after)
        said = contrast(first.before, first.after, self.study.names)
        text = f"{row.says}: {said}" if said else row.says
        return Diagnosis(row.id, text, row.hint, after, tuple(o.mistake for o in others))

    # --- right at some places only

    def by_place(self) -> Diagnosis | None:
        """The formula is right where two indices are equal or where they are not, or where no gate is shut."""
        right, values = self.study.right, self.values
        if values.shape != right.shape or not np.all(np.isfinite(values)):
            return None
        agrees = np.abs(values - right) <= CLOSE * np.maximum(np.abs(values), np.abs(right))
        if not agrees.any():
            return None
        for said, holds in self._places():
            if np.array_equal(agrees[holds], np.ones(holds.sum())) and not agrees[~holds].any():
                row = BY_ID["special_case"]
                return Diagnosis(row.id, f"this is right only where {said}", row.hint)
        telling = np.abs(right) > CLOSE
        if agrees[telling].all() and telling.any():
            row = BY_ID["slope_missing"]
            text = f"{row.says}: this is right only where the answer is not 0, with every gate open"
            return Diagnosis(row.id, text, row.hint)
        return None

    def _places(self) -> Iterator[tuple[str, np.ndarray]]:
        """Conditions on the free indices in words, with the values for which each holds."""
        at = self.study.places()
        for one, other in combinations(self.study.reference.free, 2):
            same = np.array([place[one] == place[other] for place in at])
            names = [self.study.words.shown(n) for n in (one, other)]
            if same.any() and not same.all():
                yield " = ".join(names), same
                yield r" \ne ".join(names), ~same

    # --- other gradients

    def by_gradient(self) -> Diagnosis | None:
        """The formula is the gradient by another name."""
        own = self.study.reference
        for other in own.model.tensors.values():
            if other.name in (own.by, own.of) or other.kind not in ("input", "parameter", "definition"):
                continue
            if self._is_gradient_by(other.name):
                asked, given = (self.study.words.shown(n) for n in (own.by, other.name))
                text = f"this is the gradient by {given}, and the one by {asked} is asked"
                return Diagnosis(
                    "other_gradient", text, "By which variable is differentiated?", same=("wrong_gradient",)
                )
        return None

    def _is_gradient_by(self, other: str) -> bool:
        own = self.study.reference
        try:
            found = own.total(own.of, other)
            if found is None:
                return False
            formula = self.study.about(other, found).meant(self.node, {}, self.found)
        except (SymgradError, ArithmeticError, RecursionError):
            return False
        if formula.free != found.axes:
            return False
        trials = self.study.trials
        compared = probe(formula.poly, found.poly, found.axes, formula.model.extended(*found.names), trials)
        return compared.witness is None and compared.points > 0


def _of_parts(answer: s.Node) -> Points | None:
    """All factors, or all terms, of the answer but the one in which a single mistake was made."""
    parts, word = (answer.factors, "factors") if isinstance(answer, s.Times) else ((), "")
    if isinstance(answer, s.Plus):
        parts, word = answer.terms, "terms"
    count = len(parts)
    return Points(Fraction(count - 1, count), (f"{count - 1} of {count} {word}",)) if count > 1 else None


def _same_paths(wrong: list[tuple[Way, Fraction]]) -> tuple[str, ...]:
    """The rows of the table that say the same of ways counted wrongly."""
    names = {0: ("path_missing", "term_missing"), -1: ("sign",)}
    found = [name for _, weight in wrong for name in names.get(int(weight), ()) if weight.denominator == 1]
    numeric = any(weight not in (0, -1) for _, weight in wrong)
    return tuple(dict.fromkeys([*found, *(("number_missing", "number_extra") if numeric else ())]))


def _same_factors(name: str, c: Fraction) -> tuple[str, ...]:
    if not name:
        return ("sign",) if c == -1 else ("number_missing", "number_extra")
    return ("size_missing", "size_extra", "mean_for_sum", "factor_missing", "size_less_one")
