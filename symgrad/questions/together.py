"""Several questions as one part of an exercise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symgrad.declare.model import Model
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Block, Prose, Question
from symgrad.questions.sheet import Part, Sheet
from symgrad.student.answers import Answers
from symgrad.student.several import Several

if TYPE_CHECKING:
    from symgrad.api import Graph


@dataclass(frozen=True)
class Together:
    """Questions that are asked and answered as one part, one below the other; `advice` is said at the end."""

    id: str
    text: str
    parts: Sequence[Part]
    advice: str = ""
    graph: None = None

    @property
    def title(self) -> str:
        return self.text

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the answers to all parts, set apart by lines or semicolons."""
        made = {}
        for part in self.parts:
            make = getattr(part, "grader", None)
            if make is None:
                raise DeclarationError(
                    "answers to this part cannot be judged", where=part.id, given=type(part).__name__
                )
            made[part.id] = make(before, part.graph or graph, conventions).judge_here
        return Answers(Several(made))

    def asked(self, model: Model) -> frozenset[str]:
        """The indices whose ranges the parts ask for."""
        parts = (p for p in self.parts if p.graph is None)
        return frozenset().union(*(p.asked(model) for p in parts if hasattr(p, "asked")))

    def worked(self, sheet: Sheet) -> Question:
        """Each question under its own words."""
        blocks: list[Block] = []
        records = {}
        for part in self.parts:
            own = sheet if part.graph is None else Sheet(f"{sheet.exercise}.{self.id}", part.graph)
            found = part.worked(own)
            blocks += [Prose(found.title, "statement"), *found.blocks]
            records[part.id] = found.record
        blocks += [Prose((self.advice,), "remark")] if self.advice else []
        return Question(self.id, (self.text,), tuple(blocks), {"parts": records})
