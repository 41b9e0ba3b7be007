r"""Answers that bound a path: `|path| \le |dE/dn_out| (max|g'| max|w|)^(K-1)`. Each greatest value is one name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, number, power, times
from symgrad.algebra.records import Poly
from symgrad.algebra.repeated import repeated
from symgrad.declare.model import Model, Tensor
from symgrad.questions.answered import formula
from symgrad.questions.formulated import of_formulas
from symgrad.student.answers import Answers
from symgrad.student.formulas import Wanted
from symgrad.student.verdict import Verdict

OPEN = r"(?:\\left\s*)?(?:\||\\lvert|\\vert)\s*"
CLOSE = r"\s*(?:\\right\s*)?(?:\||\\rvert|\\vert)"
AT = r"(?:\(\w*\)|_\{?\w*\}?)?"  # of a member: w_k, g'(u)
PATH = re.compile(
    OPEN + r"(?:\\(?:text|mathrm)\s*\{)?\s*path\s*\}?" + CLOSE + r"(\s*(?:<=|\\leq?(?![a-z])|\\leqslant|≤))?"
)
MOST = "most"  # what a path is at most
K = Affine.name("K")


@dataclass(frozen=True)
class Form:
    """What a local derivative is made of: a number, and how often a factor of each family stands in it."""

    size: Fraction
    powers: tuple[tuple[str, int], ...]


def of_path_bounds(
    inner: Form,
    kinds: Sequence[Form | None],
    families: Sequence[str],
    loss: str,
    out: str,
    conventions: Collection[str],
    title: str,
) -> Answers:
    """What judges the bounds: `inner` is the form of every factor but the first; a kind that of the last one."""
    letters = {name: f"most_{name.rstrip(chr(39))}" for name in families}
    shown = {code: f"M_{{{code.removeprefix('most_')}}}" for code in letters.values()}
    constants = {"first": "D_{1}", **shown}
    tensors = {code: Tensor(code, "constant", sign="positive", shown=latex) for code, latex in constants.items()}
    model = Model("bounds of paths", {"K": "K"}, {}, tensors, (K - 2,))
    most = {name: lone(tensors[code].entry) for name, code in letters.items()}
    answers = [_bound(inner, kind, most, lone(tensors["first"].entry)) for kind in kinds]
    names = ["a path to a definition" if kind is None else "a path to what is given" for kind in kinds]
    wanted = [
        Wanted(name, formula(model, poly, title), (MOST,), needed=n == 0)
        for n, (name, poly) in enumerate(zip(names, answers, strict=True))
    ]
    judge = of_formulas(wanted, conventions, title, more=[MOST]).judging
    return Answers(_Spelled(judge, {name: constants[code] for name, code in letters.items()}, loss, out))


def _bound(inner: Form, kind: Form | None, most: dict[str, Poly], first: Poly) -> Poly:
    """The first factor, the greatest of each family as often as the others have it, and the last one."""
    count = K - (2 if kind else 1)
    last = _product(kind, most) if kind else number(1)
    return times(first, repeated(_product(inner, most), count), last)


def _product(form: Form, most: dict[str, Poly]) -> Poly:
    return reduce(times, (power(most[name], p) for name, p in form.powers), number(form.size))


class _Spelled:
    """Texts with one name for each greatest value, and for the first factor."""

    def __init__(self, judge: Callable[[str], Verdict], letters: dict[str, str], loss: str, out: str) -> None:
        self.judge = judge
        self.rules = [
            (re.compile(rf"\\?max\s*(?:_\{{?\w*\}}?)?\s*{OPEN}{re.escape(name)}{AT}{CLOSE}"), f" {latex} ")
            for name, latex in letters.items()
        ]
        by = rf"{out}_\{{?\s*(?:\\(?:mathrm|text)\s*\{{)?out\}}*" if out else r"\w+"
        d = r"(?:\\partial |d)"
        d = r"(?:\\partial |d)"
        fractions = (rf"\\frac\s*\{{\\partial {loss}\}}\s*\{{\\partial {by}", rf"{d}{loss}/{d}{by}")
        self.rules += [(re.compile(rf"{OPEN}(?:{'|'.join(fractions)}){CLOSE}"), " D_{1} ")]

    def __call__(self, text: str) -> Verdict:
        for pattern, name in self.rules:
            text = pattern.sub(lambda found, name=name: name, text)  # type: ignore[misc]
        return self.judge(PATH.sub(lambda found: f"{MOST} =" if found[1] else found[0], text))
