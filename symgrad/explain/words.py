"""The wording of each rule: the reason at the right of a line. One row a rule; a test runs over every key.

Placeholders: {names} what the rule used, {equation} the equation it used, {parts} the parts it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from symgrad.explain.blocks import Formula, Run


class Word(NamedTuple):
    """`reason` is printed beside the line; `level`: the least detail that shows it (1 answer, 2 key steps, 3 every)."""

    reason: str
    level: int = 2


WORDS: dict[str, Word] = {
    "paths": Word("total derivative over {count}"),
    "path": Word("chain rule"),
    "partial": Word("{equation}, other names held"),
    "differentiate": Word("substitute"),
    "direct": Word("differentiate {names}"),
    "shift": Word("put {equation}; the ranges become limits"),
    "earlier": Word("{parts}"),
    "written out": Word("definition of {names}"),
    "logs": Word("log of a quotient"),
    "whole": Word("recognise {equation}"),
    "factor": Word("since {equation}"),
    "product": Word("recognise {equation}"),
    "term": Word("since {equation}"),
    "inner": Word("since {equation}"),
    "mirrored": Word("since {equation}"),
    "fact": Word("fact {equation}"),
    "cancel": Word("a sum over itself"),
    "expand": Word("multiply out", 3),
    "gates": Word("a gate that is open wherever it counts"),
    "sigmoids": Word("one function for several"),
    "symmetry": Word("since {equation}"),
    "support": Word("the condition stands in a definition"),
    "brackets": Word("multiply out in the bracket"),
    "sum": Word("{equation}"),
    "inline": Word("definition of {names}", 3),
    "translate": Word("shift the index of the sum", 3),
    "common": Word("common factors in front"),
    "limits": Word("the ranges become limits"),
    "merged": Word("sums over the same range in one"),
    "cases": Word("case by case"),
    "named": Word("where {equation}"),
    "matrices": Word("in matrices{parts}"),
    "chain": Word("transposed, as in numerator layout: the chain from the output on", 3),
    "correlation": Word("the kernel reversed: a full correlation, gradients outside their range count as 0"),
}


def reason(rule: str, **values: Run) -> Run:
    """The words of a rule with its placeholders filled in; formulas stay formulas.

    >>> reason("inline", names=("mu",))
    ('definition of ', 'mu')
    """
    run: list[str | Formula] = []
    for part in re.split(r"(\{\w+\})", WORDS[rule].reason):
        if part.startswith("{"):
            run.extend(values.get(part[1:-1], ()))
        elif part:
            run.append(part)
    return tuple(run)


def listed(items: Sequence[Run], last: str = " and ") -> Run:
    """Runs joined as a list in words: a, b and c."""
    run: list[str | Formula] = []
    for n, item in enumerate(items):
        if n:
            run.append(last if n == len(items) - 1 else ", ")
        run.extend(item)
    return tuple(run)


def error(worst: float) -> str:
    """How far two ways to the same numbers are apart, in words.

    >>> error(0.0), error(3.1e-10)
    ('no difference', 'worst relative error 3e-10')
    """
    return f"worst relative error {worst:.0e}" if worst else "no difference"
