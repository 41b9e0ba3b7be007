"""A question with answers to choose from: options on the sheet; in the key which is right, and what the others miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_uppercase

from symgrad.errors import CertificateError, DeclarationError
from symgrad.explain.blocks import Formula, Prose, Table
from symgrad.explain.blocks import Question as WorkedQuestion
from symgrad.explain.laid import Displayed, laid_out
from symgrad.explain.layout import Layout
from symgrad.explain.spelling import template
from symgrad.grading import Grader
from symgrad.read.parse import parse
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.student.choices import Option, TooFew
from symgrad.student.probe import probe


def with_choices(worked: WorkedQuestion, grader: Grader, count: int, seed: int, where: str) -> WorkedQuestion:
    """A worked question with `count` options. Each printed formula is read back and compared with what it must be.

    A question of which not so many wrong answers can be made (the answer is 1) stays open. Raises CertificateError
    where an option does not come back.
    """
    if count > len(ascii_uppercase):
        raise DeclarationError("too many choices", where=where, expected=f"at most {len(ascii_uppercase)}")
    try:
        options = grader.choices(count, seed)
    except TooFew:
        return worked
    names = displayed(grader)
    trees = [laid_out(parse(option.latex, grader.names), names) for option in options]
    for option, tree in zip(options, trees, strict=True):
        _read_back(grader, option, tree, where)
    letters = ascii_uppercase[:count]
    asked = [Prose((f"({n}) ", Formula(tree)), "statement") for n, tree in zip(letters, trees, strict=True)]
    shown = [_record(*row) for row in zip(letters, options, trees, strict=True)]
    blocks = (*asked, *worked.blocks, _feedback(letters, options))
    return replace(worked, blocks=blocks, record={**worked.record, "choices": shown})


def displayed(grader: Grader) -> Displayed:
    """The names as the key displays them."""
    forms = {t.name: template(t) for t in grader.reference.model.tensors.values()}
    return Displayed(grader.names, {name: form for name, form in forms.items() if "[#]" in form})


def _read_back(grader: Grader, option: Option, tree: Layout, where: str) -> None:
    """Whether a printed option is the formula that was proved right or wrong."""
    study = grader.study
    printed, meant = (study.meant(parse(text, study.names)) for text in (latex(tree), option.latex))
    right = probe(printed.poly, study.answer.poly, printed.free, printed.model, study.trials).witness is None
    same = probe(printed.poly, meant.poly, printed.free, printed.model, study.trials).witness is None
    if not same or right != option.is_right:
        raise CertificateError("an option is not read back as it is meant", where=f"{where}: {latex(tree)}")


def _feedback(letters: str, options: Sequence[Option]) -> Table:
    rows = [
        ((f"({n})",), ("right",) if o.is_right else (o.says,), ("",) if o.is_right else (o.hint,))
        for n, o in zip(letters, options, strict=True)
    ]
    return Table((("Choice",), ("What it is",), ("Feedback",)), tuple(rows))


def _record(letter: str, option: Option, tree: Layout) -> dict:
    said = {"mistake": option.mistake, "says": option.says, "hint": option.hint}
    witness = {"witness": option.witness.text} if option.witness else {}
    formula = {"latex": latex(tree), "text": plain(tree)}
    return {"letter": letter, **formula, "right": option.is_right, **({} if option.is_right else said), **witness}
