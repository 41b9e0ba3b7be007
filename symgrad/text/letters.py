"""Index letters: those of the author, and another one where a letter already runs over something else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from symgrad.declare.names import Index
from symgrad.text.places import Slot, Variable
from symgrad.text.ranges import Range

SPARE = "ijklpqrtuvabcdghs"


class Letters:
    """The declared index of every variable and axis. A letter belongs to the first range that has it."""

    def __init__(self, graph: Any, of: dict[Slot | Variable, Range], taken: Collection[str]) -> None:
        self.graph, self.of, self.taken = graph, of, set(taken)
        self.owners: dict[str, Range] = {}
        self.indices: dict[str, Index] = {}
        self.index: dict[Variable, Index] = {}
        self.renamed: list[tuple[Variable, str]] = []

    def assign(self, variables: Iterable[Variable]) -> None:
        """Gives every variable its index, statement by statement."""
        variables = list(variables)
        for variable in variables:
            if variable.letter not in self.taken and variable.letter.isalnum():
                self.owners.setdefault(variable.letter, self.of[variable])
        for variable in variables:
            range_ = self.of[variable]
            letter = variable.letter
            if self.owners.get(letter) is not range_:
                used = {v.letter for v in variables if v.number == variable.number}
                used |= {index.name for v, index in self.index.items() if v.number == variable.number}
                letter = self._another(range_, used)
                self.renamed.append((variable, letter))
            self.index[variable] = self._declared(letter, range_)

    def axes(self, code: str, arity: int) -> tuple[Index, ...]:
        """Different indices for the axes of a name, those that stand there first."""
        chosen: list[str] = []
        for axis in range(arity):
            range_ = self.of[code, axis]
            here = [self.index[v].name for v in range_.variables if v in self.index]
            letter = next((n for n in here if n not in chosen), "") or self._another(range_, set(chosen))
            chosen.append(letter)
        return tuple(self._declared(n, self.of[code, axis]) for axis, n in enumerate(chosen))

    def _another(self, range_: Range, used: Collection[str]) -> str:
        """A letter of this range, or one that nobody has."""
        mine = [n for n, owner in self.owners.items() if owner is range_ and n not in used]
        names = [*SPARE, *(f"{c}{n}" for n in range(1, 99) for c in "ijkl")]
        letter = mine[0] if mine else next(n for n in names if n not in self.owners and n not in self.taken | {*used})
        self.owners[letter] = range_
        return letter

    def _declared(self, letter: str, range_: Range) -> Index:
        if letter not in self.indices:
            self.indices[letter] = self.graph.index(letter, range_.count, start=range_.first)
        return self.indices[letter]
