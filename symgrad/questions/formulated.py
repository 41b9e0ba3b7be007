"""Graders of answers that are formulas in sizes and names: the answer as it is printed, read back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from symgrad.questions.answered import words
from symgrad.questions.reading import reader_names
from symgrad.read.names import DeclaredName, Names
from symgrad.student.answers import Answers
from symgrad.student.conventions import rounding
from symgrad.student.formulas import Formulas, Wanted


def of_formulas(
    wanted: Sequence[Wanted],
    conventions: Collection[str],
    title: str,
    listed: Sequence[Fraction] = (),
    more: Sequence[str] = (),
    functions: Sequence[str] = (),
) -> Answers:
    """What judges formulas; `more`: names that may stand on a left side, `functions` around such a name."""
    names = reader_names(wanted[0].formula.model)
    symbols = (*names.symbols, *(DeclaredName(n) for n in more if n not in names.by_code))
    called = (*names.functions, *(DeclaredName(n, "", 1) for n in functions if n not in names.by_code))
    wider = Names(symbols, called, names.sizes, names.indices)
    return Answers(Formulas(wanted, wider, rounding(conventions), words(title), listed))
