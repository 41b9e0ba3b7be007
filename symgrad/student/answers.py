"""Judging answers to one part that are no derivatives: numbers, shapes, counts, places, ranges, equations.

Whatever kind it is: what a text says never raises, and every text is judged in a process that can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from symgrad.errors import ReadError, SymgradError
from symgrad.student import verdict as v
from symgrad.student.verdict import Points, Verdict
from symgrad.student.whole import DoesNotConform
from symgrad.student.worker import Worker

Judging = Callable[[str], Verdict]


class Answers:
    """Judges texts by `judging`, which may raise the errors of this package."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self.worker = Worker(self.judge_here)

    def judge(self, text: str) -> Verdict:
        """The verdict on a text, made in a process that is stopped where it takes too long or too much memory."""
        return self.worker(text)

    def judge_here(self, text: str) -> Verdict:
        """The same in this process, without limits of time and memory."""
        return guarded(text, self._judging)


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
    steps = tuple(replace(one, reason=f"{name}: {one.reason}" if one.reason else name) for name, one in said)
    right = sum((one.points.share if one.points else Fraction(one.is_right)) for _, one in said)
    points = Points(Fraction(right, len(said) + len(missing)), tuple(f"{name}: {one.kind}" for name, one in said))
    points = replace(points, said=(*points.said, *(f"{name}: missing" for name in missing)))
    order = (v.WRONG, v.NOT_UNDERSTOOD, v.UNDECIDED, v.UNJUSTIFIED)
    worst = min((one for _, one in said), key=lambda one: order.index(one.kind) if one.kind in order else len(order))
    notes = tuple(dict.fromkeys(n for _, one in said for n in one.notes))
    wrong = [name for name, one in said if one.kind == worst.kind]
    if worst.kind == v.RIGHT and missing:
        reason = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; what is said is right"
        return replace(worst, kind=v.WRONG, rung=3, shown="not all is said", reason=reason, notes=notes, points=points)
    reason = worst.reason if len(said) == 1 else "; ".join(x for x in (", ".join(wrong), worst.reason) if x)
    if worst.is_right and worst.kind == v.RIGHT:
        reason = worst.reason
    reason += f"; {', '.join(missing)} missing" if missing else ""
    return replace(worst, reason=reason, notes=notes, points=points, steps=steps if len(said) > 1 else worst.steps)
