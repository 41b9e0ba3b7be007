"""The records of a derivation: steps by named rules, one group of them for each adjoint, and the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from symgrad.algebra.index import Limit
from symgrad.algebra.match import Equation
from symgrad.algebra.normal import guarded
from symgrad.algebra.records import Poly
from symgrad.declare.model import Model
from symgrad.derive.adjoint import Sweep
from symgrad.derive.partials import policies

RULES: dict[str, str] = {
    "paths": "total derivative: one term for each definition that uses the name",
    "partial": "local derivative of one definition, its other names held",
    "differentiate": "put in the local derivatives; a delta picks the term it names",
    "shift": "solve the equation between the indices; their ranges become the limits of the sum",
    "earlier": "put in the gradients found before",
    "written out": "a definition is put in before differentiating",
    "logs": "log(a b) = log a + log b, log(a^p) = p log a, log(exp u) = u, for positive factors",
    "whole": "the right side of a definition is its name",
    "factor": "a definition that is a product, solved for one factor",
    "product": "the factors of a definition that is a product are its name",
    "term": "a definition that is a sum, solved for one term",
    "inner": "a definition that is a power of a sum, solved for one term of the sum",
    "mirrored": "sigmoid(-u) = 1 - sigmoid(u), exp(-u) = 1/exp(u)",
    "cancel": "a sum over itself is 1",
    "expand": "multiply out",
    "gates": "ReLU(u) [u > 0] = ReLU(u), |u| sign(u) = u",
    "sigmoids": "sigmoid(u) = exp(u)/(1 + exp(u)), sigmoid(-u) = 1 - sigmoid(u), tanh = sinh/cosh",
    "symmetry": "entries that a definition or fact makes equal are written in one way",
    "support": "a condition that a definition carries need not be said beside its name",
    "brackets": "multiply out within a bracket",
    "sum": "an inner sum has a shorter value",
    "inline": "put in a definition",
    "translate": "a sum does not change when its index is shifted or reversed",
    "common": "common factors in front, sums over one range in one sum",
}


@dataclass(frozen=True)
class Step:
    """One line: `before` becomes `after` by `rule`. `subject` is the name on the left; `aside` a side calculation.

    `source` names what the rule used: a definition, a fact, earlier gradients. `because` are the steps that shorten an
    inner sum. `deep`: the rule was also used inside functions and denominators. `equation`: what a fold rule says.
    `given`: the conditions on indices under which the line is read, where an entry in it needs them.
    """

    rule: str
    subject: Poly
    before: Poly
    after: Poly
    source: str = ""
    deep: bool = False
    aside: bool = False
    because: tuple[Step, ...] = ()
    free: tuple[str, ...] = ()
    equation: Equation | None = None
    given: tuple[Limit, ...] = ()

    @property
    def via(self) -> frozenset[str]:
        """The names whose definitions the line uses."""
        return frozenset(self.source.split(", ")).union(*(step.via for step in self.because))

    @property
    def sides(self) -> tuple[Poly, Poly]:
        """Both sides, each 0 where the line is not read."""
        return guarded(self.before, self.given), guarded(self.after, self.given)


@dataclass(frozen=True)
class Group:
    """The derivation of one adjoint. `path`: in terms of the adjoints of the definitions; `answer`: the closed form."""

    name: str
    by: str
    free: tuple[str, ...]
    steps: Sequence[Step]
    path: Poly
    answer: Poly

    @property
    def main(self) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if not s.aside)


@dataclass(frozen=True)
class Derivation:
    """A finished derivation. `model` knows the adjoint names; `facts` are the numbers of the facts that were used."""

    model: Model
    of: str
    of_free: tuple[str, ...]
    by: str
    by_free: tuple[str, ...]
    groups: tuple[Group, ...]
    opening: tuple[Step, ...]
    keep: frozenset[str]
    sweep: Sweep = field(repr=False)
    start: Model = field(repr=False)
    declared: Model = field(repr=False)
    inlined: tuple[str, ...] = ()
    nameless: bool = False

    @property
    def free(self) -> tuple[str, ...]:
        return (*self.of_free, *self.by_free)

    @property
    def answer(self) -> Poly:
        return self.groups[-1].answer

    @property
    def path(self) -> Poly:
        return self.groups[-1].path

    @property
    def facts(self) -> tuple[int, ...]:
        used = {
            int(s.source.removeprefix("fact "))
            for g in self.groups
            for s in _flat(g.steps)
            if s.source.startswith("fact ")
        }
        return tuple(sorted(used))

    @property
    def fact_names(self) -> tuple[str, ...]:
        """The names of the facts that were used."""
        return tuple(self.model.facts[n - 1].name for n in self.facts)

    @property
    def policies(self) -> dict[str, str]:
        """The choices at kinks and ties that the answer depends on, each with the first definition it concerns."""
        found: dict[str, str] = {}
        for adjoint in self.sweep.adjoints:
            for via in (self.model.tensors[c.via] for c in adjoint.contributions):
                for policy in policies(via.poly, adjoint.by, self.model.ties) if via.poly is not None else ():
                    found.setdefault(policy, via.name)
        return found

    @property
    def values(self) -> dict[str, tuple[tuple[str, ...], Poly]]:
        """The closed form of each adjoint with the index names it is written in."""
        return {g.name: (g.free, g.answer) for g in self.groups}


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _flat(step.because)
