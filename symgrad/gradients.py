"""Several gradients of one question, found in one sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy

from symgrad.answer import Derivation


class Gradients(Mapping[str, Derivation]):
    """A derivation for each name, in the order asked for; `latex` and `text` list all answers.

    Each derivation has the answer, the steps and the certificates that it has when asked for alone.
    """

    def __init__(self, found: Mapping[str, Derivation]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Derivation:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def where(self) -> Mapping[str, sympy.Expr]:
        """The gradients of definitions that stand as names in the answers, each once, with their own answers."""
        found: dict[str, sympy.Expr] = {}
        seen: set[int] = set()  # the groups on the way are the same objects in all of them
        for one in self.values():
            new = [group for group in one.kept if id(group) not in seen]
            seen |= {id(group) for group in new}
            found |= map(one.equation, new)
        return found

    @property
    def text(self) -> str:
        """All answers in plain text, one a line."""
        return "\n".join(f"{one.subject_text} = {one.text}" for one in self.values())

    @property
    def latex(self) -> str:
        """All answers in LaTeX, aligned."""
        rows = [rf"{one.subject_latex} &= {one.latex}" for one in self.values()]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __repr__(self) -> str:
        return f"<{len(self)} gradients: {', '.join(self)}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"
