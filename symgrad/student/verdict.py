"""The verdict on a formula: right or not, how that is known, what was understood, and a witness where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RIGHT, UNDER, UNWORKED, KINK, UNJUSTIFIED = (
    "right",
    "right under convention",
    "right, not worked out",
    "right except at the kink",
    "right value, step not justified",
)
WRONG, NOT_UNDERSTOOD, UNDECIDED = "wrong", "not understood", "undecided"
EXITS = {RIGHT: 0, UNDER: 0, UNWORKED: 0, KINK: 0, UNJUSTIFIED: 0, WRONG: 1, NOT_UNDERSTOOD: 2, UNDECIDED: 3}

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
    """Where a formula and the answer differ: sizes, the entry, the values of what stands in it, both values."""

    sizes: Mapping[str, int]
    at: Mapping[str, int]
    given: float
    expected: float
    inputs: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        place = ", ".join(f"{n} = {v}" for n, v in {**self.sizes, **self.at}.items())
        inputs = ", ".join(f"{n} = {v:.4g}" for n, v in self.inputs.items())
        where = "; ".join(part for part in (place, inputs) if part)
        return f"at {where or 'the sample'}: {self.given:.6g}, but the answer is {self.expected:.6g}"


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong. `mistake`: its id in the table of mistakes, or "path", "factor", "other_gradient", "unknown".

    `text`: all of it, for the grader; `hint`: where to look, without the answer. `place`: the part of the formula, as
    LaTeX. `same`: the ids of other mistakes that give the same formula.
    """

    mistake: str
    text: str
    hint: str = ""
    place: str = ""
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """`kind` is one of RIGHT ... UNDECIDED. `shown`: how it is known, in words; `read`: what was understood, as LaTeX.

    `notes`: what was taken for granted; `facts`: the declared facts that were needed; `under`: the verdict under each
    convention that would change it; `steps`: the verdicts on each equality of a chain; `diagnosis`: what went wrong.
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
        return [*found, *([f"  read as: {self.read}"] if self.read else [])]

    def __repr__(self) -> str:
        return f"<{self.text}>"
