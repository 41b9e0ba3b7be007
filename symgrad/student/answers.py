"""Judging answers to one part that are no derivatives: numbers, shapes, counts, places, ranges, equations.

Whatever kind it is: what a text says never raises, and every text is judged in a process that can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from symgrad.errors import DeclarationError, ReadError, SymgradError
from symgrad.student import verdict as v
from symgrad.student.choices import Option
from symgrad.student.verdict import Diagnosis, Points, Verdict
from symgrad.student.whole import DoesNotConform
from symgrad.student.worker import Worker, undecided

Judging = Callable[[str], Verdict]


class Answers:
    """Judges texts by `judging`, which may raise the errors of this package."""

    def __init__(self, judging: Judging) -> None:
        self.judging = judging
        self.worker = Worker(self.judge_here, undecided)

    def judge(self, text: str) -> Verdict:
        """The verdict on a text, made in a process that is stopped where it takes too long or too much memory."""
        return self.worker(text)

    def judge_here(self, text: str) -> Verdict:
        """The same in this process, without limits of time and memory."""
        return guarded(text, self.judging)

    def diagnose(self, text: str) -> Diagnosis:
        """What went wrong, as far as the verdict says it."""
        one = self.judge(text)
        if one.kind != v.WRONG:
            return Diagnosis("unknown", "nothing that is wrong was found")
        hint = "Which shape does the answer have?" if one.rung == 0 else "Work it out again, step by step."
        return Diagnosis("unknown", _why(one), hint)

    def choices(self, count: int, seed: int = 0) -> tuple[Option, ...]:
        """Wrong answers are made of formulas of derivatives only: always refused."""
        raise DeclarationError(
            "no choices are made for answers of this kind", where=f"{count} choices", given="numbers"
        )


def guarded(text: str, judging: Judging) -> Verdict:
    """A verdict, whatever the text says."""
    try:
        return judging(text)
    except ReadError as error:
        return Verdict(v.NOT_UNDERSTOOD, 4, "the text is not understood", reason=str(error))
    except DoesNotConform as error:
        return Verdict(v.WRONG, 0, v.RUNGS[0], reason=error.what)
    except (SymgradError, RecursionError, ArithmeticError, ValueError) as error:
        reason = str(error) if isinstance(error, SymgradError) else f"{type(error).__name__}: {error}"
        return Verdict(v.UNDECIDED, 4, "it could not be decided", reason=reason)


def of_several(said: Sequence[tuple[str, Verdict]], missing: Sequence[str] = ()) -> Verdict:
    """The verdict on an answer that says several things, each by its name; `missing` are those it does not say.

    The answer is right where all are; the first that is not decides, and each that is wrong is named.
    """
    order = (v.WRONG, v.NOT_UNDERSTOOD, v.UNDECIDED, v.INCOMPLETE, v.UNJUSTIFIED, v.UNWORKED)
    notes = tuple(dict.fromkeys(n for _, one in said for n in one.notes))
    worst = min((one for _, one in said), key=lambda one: order.index(one.kind) if one.kind in order else len(order))
    points = _points(said, missing)
    if worst.is_right and worst.kind != v.UNJUSTIFIED and missing:
        reason = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; what is said is right"
        return replace(
            worst, kind=v.INCOMPLETE, rung=4, shown="not all is said", reason=reason, notes=notes, points=points
        )
    if len(said) > 1 and worst.kind in order:
        like = [(name, one) for name, one in said if one.kind == worst.kind]
        if len(like) == 1 and not missing:
            worst = replace(worst, reason=f"{like[0][0]}: {worst.reason}".removesuffix(": "))
        else:
            words = [f"{name}: {_why(one)}" for name, one in like] + [f"{n} is missing" for n in missing]
            worst = replace(worst, reason="; ".join(words), witness=None)
    return replace(worst, notes=notes, points=points, steps=worst.steps if len(said) == 1 else ())


def _why(one: Verdict) -> str:
    """Why one thing is not right, in a few words."""
    return "; ".join(x for x in (one.reason, one.witness.text if one.witness else "") if x) or one.shown


def _points(said: Sequence[tuple[str, Verdict]], missing: Sequence[str]) -> Points:
    """A share for each thing that was asked for, all worth the same."""
    if len(said) == 1 and not missing and said[0][1].points:
        return said[0][1].points
    right = sum((one.points.share if one.points else Fraction(one.is_right) for _, one in said), Fraction(0))
    words = [f"{name}: {one.kind}" for name, one in said] + [f"{name}: missing" for name in missing]
    return Points(right / (len(said) + len(missing)), tuple(words))
