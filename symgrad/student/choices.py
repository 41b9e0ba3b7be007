"""Wrong answers for a choice: the table of mistakes run backwards. Each is proved wrong, and unlike the others.

A wrong option is a mutant of the answer with a witness against the answer and one against every other option.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.errors import DeclarationError, SymgradError
from symgrad.read import syntax as s
from symgrad.read.parse import parse
from symgrad.read.show import show
from symgrad.student.mistakes import BY_ID, Mutant, mutants
from symgrad.student.probe import probe
from symgrad.student.slips import number_of
from symgrad.student.spots import Scope, spots
from symgrad.student.study import Formula, Study
from symgrad.student.verdict import Witness

FEWEST = 2
JITTER = 8  # how far a kind may move in the order of the table
# Kinds that fit everywhere and tell little: they come last.
FILLERS = ("number_extra", "size_extra", "range_off", "wrong_gradient", "confused", "reciprocal", "multiplied", "added")


class TooFew(DeclarationError):
    """Not so many wrong answers can be made as are asked for."""


@dataclass(frozen=True)
class Option:
    """One answer to choose, as LaTeX. A wrong one has its mistake, what to say about it, and the proof: a witness."""

    latex: str
    is_right: bool
    mistake: str = ""
    says: str = ""
    hint: str = ""
    witness: Witness | None = None


@dataclass(frozen=True)
class _Candidate:
    mutant: Mutant
    formula: Formula
    witness: Witness
    text: str


def choices(study: Study, count: int, seed: int = 0) -> tuple[Option, ...]:
    """The answer and `count - 1` wrong ones, in an order that the seed decides.

    Wrong options are of different kinds where that is possible. Raises DeclarationError where there are not so many.
    """
    if count < FEWEST:
        raise DeclarationError("a choice of fewer than two", where=f"choices={count}", expected="2 or more")
    draw = random.Random(seed)
    if not study.in_components:
        raise DeclarationError("an answer that cannot be read back has no choices", where=study.reference.of)
    form, tree = _richest(study, count - 1)
    chosen: list[_Candidate] = []
    for candidate in _candidates(study, tree, draw):
        if len(chosen) == count - 1:
            break
        if all(_differ(study, candidate.formula, other.formula) for other in chosen):
            chosen.append(candidate)
    if len(chosen) < count - 1:
        raise TooFew(
            "not so many wrong answers can be made",
            where=f"the {form} {show(tree, study.names)}",
            expected=f"at most {len(chosen) + 1} choices",
            given=str(count),
        )
    options = [Option(show(tree, study.names), True), *map(_option, chosen)]
    draw.shuffle(options)
    return tuple(options)


def _richest(study: Study, wanted: int) -> tuple[str, s.Node]:
    """The first form of the answer in which as many telling mistakes can be made as are wanted, or the best one."""
    found: list[tuple[int, str, s.Node]] = []
    for form, tree in study.in_components.items():
        kinds = {m.mistake for m in mutants(tree, study.words)} - set(FILLERS)
        if len(kinds) > wanted:
            return form, tree
        found.append((len(kinds), form, tree))
    _, form, tree = max(found, key=lambda one: one[0])
    return form, tree


def _option(one: _Candidate) -> Option:
    row = BY_ID[one.mutant.mistake]
    return Option(one.text, False, row.id, row.says, row.hint, one.witness)


def _candidates(study: Study, tree: s.Node, draw: random.Random) -> Iterator[_Candidate]:
    """Mutants that are proved wrong and can be printed: one of each kind first, then the others, telling ones first."""
    by_kind: dict[str, list[Mutant]] = {}
    for mutant in mutants(tree, study.words):
        by_kind.setdefault(mutant.mistake, []).append(mutant)
    for rows in by_kind.values():
        draw.shuffle(rows)
    order = list(BY_ID)
    kinds = sorted(by_kind, key=lambda id: (id in FILLERS, order.index(id) + draw.randrange(JITTER)))
    while kinds:
        for id in list(kinds):
            found = next((c for c in (_proved_wrong(study, m) for m in _taken(by_kind[id])) if c), None)
            if found is None:
                kinds.remove(id)
            else:
                yield found


def _taken(rows: list[Mutant]) -> Iterator[Mutant]:
    while rows:
        yield rows.pop()


def _proved_wrong(study: Study, mutant: Mutant) -> _Candidate | None:
    """The mutant with a witness against the answer; None where there is none, or where it cannot be printed."""
    own = study.reference
    text = show(mutant.tree, study.names)
    try:
        if parse(text, study.names) != mutant.tree or _is_odd(mutant.tree, study):
            return None
        formula = study.meant(mutant.tree)
        if formula.free != own.free:
            return None
        found = probe(formula.poly, own.answer, own.free, formula.model, study.trials)
    except (SymgradError, ArithmeticError):
        return None
    if found.witness is None or found.endless:
        return None
    return _Candidate(mutant, formula, found.witness, text)


def _is_odd(tree: s.Node, study: Study) -> bool:
    """Whether nobody would write a formula so: a factor 1, an empty fraction, 0 as a term."""
    for spot in spots(tree, Scope(study.words)):
        node = spot.node
        if isinstance(node, s.Times) and any(number_of(f) in (0, 1) for f in node.factors):
            return True
        if isinstance(node, s.Plus) and any(number_of(t) == 0 for t in node.terms):
            return True
        if isinstance(node, s.Divide) and number_of(node.bottom) == 1:
            return True
    return False


def _differ(study: Study, one: Formula, other: Formula) -> bool:
    """Whether a witness tells two formulas apart."""
    model = one.model.extended(*other.model.tensors.values())
    return probe(one.poly, other.poly, one.free, model, study.trials).witness is not None
