"""The verdict on a formula: right or not, how that is known, what was understood, and a witness where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

RIGHT, UNDER, UNWORKED, KINK, UNJUSTIFIED = (
    "right",
    "right under convention",
    "right, not worked out",
    "right except at the kink",
    "right value, step not justified",
)
WRONG, NOT_UNDERSTOOD, UNDECIDED = "wrong", "not understood", "undecided"
INCOMPLETE = "incomplete"  # what is said is right, and not all is said: neither right nor wrong
EXITS = {
    **dict.fromkeys((RIGHT, UNDER, UNWORKED, KINK, UNJUSTIFIED), 0),
    WRONG: 1,
    NOT_UNDERSTOOD: 2,
    **dict.fromkeys((UNDECIDED, INCOMPLETE), 3),
}

# rung -> what it shows
RUNGS = {
    0: "shapes and free indices differ",
    1: "proved for all sizes",
    2: "proved for the sizes named",
    3: "numbers differ",
    4: "not decided",
}


@dataclass(frozen=True)
class Witness:
    """Where a formula and the answer differ: sizes, the entry, the values of what stands in it, both values.

    `exact`: the values are those asked for, not those of a sample.
    """

    sizes: Mapping[str, int]
    at: Mapping[str, int]
    given: float
    expected: float
    inputs: Mapping[str, float] = field(default_factory=dict)
    exact: bool = False

    @property
    def text(self) -> str:
        place = ", ".join(f"{n} = {v}" for n, v in {**self.sizes, **self.at}.items())
        inputs = ", ".join(f"{n} = {v:.4g}" for n, v in self.inputs.items())
        where = "; ".join(part for part in (place, inputs) if part)
        start = f"at {where}: " if where else "" if self.exact else "at the sample: "
        given, expected = _number(self.given), _number(self.expected)
        if given == expected:
            given, expected = f"{self.given:.14g}", f"{self.expected:.14g}"
        return f"{start}{given}, but the answer is {expected}"


def _number(value: float) -> str:
    """Six digits, and all of a whole number."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


@dataclass(frozen=True)
class Points:
    """How much of an answer is right: a share from 0 to 1, and in words what it is the share of."""

    share: Fraction
    said: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The share, and what it is made of.

        >>> Points(Fraction(2, 3), ("a: right", "b: right", "c: missing")).text
        '2/3 of it is right (a: right; b: right; c: missing)'
        """
        return f"{self.share} of it is right ({'; '.join(self.said)})"


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong. `mistake`: its id in the table of mistakes, or "path", "factor", "other_gradient", "unknown".

    `text`: all of it, for the grader; `hint`: where to look, without the answer. `place`: the part of the formula, as
    LaTeX. `same`: the ids of other mistakes that give the same formula. `points`: what is right all the same.
    """

    mistake: str
    text: str
    hint: str = ""
    place: str = ""
    same: tuple[str, ...] = ()
    points: Points | None = None


@dataclass(frozen=True)
class Verdict:
    """`kind` is one of RIGHT ... UNDECIDED. `shown`: how it is known, in words; `read`: what was understood, as LaTeX.

    `notes`: what was taken for granted; `facts`: the declared facts that were needed; `under`: the verdict under each
    convention that would change it; `steps`: the verdicts on each equality of a chain; `diagnosis`: what went
    wrong; `points`: how much is right.
    """

    kind: str
    rung: int
    shown: str
    read: str = ""
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    witness: Witness | None = None
    reason: str = ""
    under: Mapping[str, str] = field(default_factory=dict)
    undone: tuple[str, ...] = ()
    steps: tuple[Verdict, ...] = ()
    diagnosis: Diagnosis | None = None
    points: Points | None = None

    @property
    def is_right(self) -> bool:
        return EXITS[self.kind] == 0

    @property
    def exit_code(self) -> int:
        return EXITS[self.kind]

    @property
    def text(self) -> str:
        """The verdict in one line."""
        parts = [f"{self.kind}: {self.shown}"]
        parts += [self.reason] if self.reason else []
        parts += [self.witness.text] if self.witness else []
        parts += [f"uses {f}" for f in self.facts]
        parts += list(self.notes)
        return "; ".join(parts)

    @property
    def lines(self) -> list[str]:
        """The verdict for people: what, how it is known, and what was understood."""
        found = [f"{self.kind}: {self.shown}"]
        found += [f"  {line}" for line in self.reason.splitlines()]
        found += [f"  {self.witness.text}"] if self.witness else []
        found += [f"  uses the fact {fact}" for fact in self.facts]
        found += [f"  mistake: {self.diagnosis.text}"] if self.diagnosis else []
        found += [f"  hint: {self.diagnosis.hint}"] if self.diagnosis else []
        found += [f"  note: {note}" for note in self.notes]
        found += [f'  by the convention "{name}": {kind}' for name, kind in self.under.items()]
        found += [f"  line {n}: {one.text}" for n, one in enumerate(self.steps, 1)]
        points = (self.diagnosis.points if self.diagnosis else None) or self.points
        found += [f"  points: {points.text}"] if points and not self.is_right else []
        return [*found, *([f"  read as: {self.read}"] if self.read else [])]

    def __repr__(self) -> str:
        return f"<{self.text}>"


def of_chain(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a chain of equalities, each side judged: the last side is the answer, the others lead there."""
    last = verdicts[-1]
    if len(verdicts) == 1:
        return last
    steps = tuple(verdicts)
    wrong = next((n for n, one in enumerate(verdicts) if not one.is_right), None)
    if wrong is None:
        return replace(last, steps=steps)
    if last.is_right and verdicts[wrong].kind == WRONG:
        reason = f"line {wrong + 1} is wrong: {verdicts[wrong].text}"
        return replace(last, kind=UNJUSTIFIED, reason=reason, steps=steps)
    return replace(verdicts[wrong] if last.is_right else last, steps=steps)
