"""Several questions as one part of an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgrad.explain.blocks import Block, Prose, Question
from symgrad.questions.sheet import Part, Sheet


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

    def worked(self, sheet: Sheet) -> Question:
        """Each question under its own words."""
        blocks: list[Block] = []
        records = {}
        for part in self.parts:
            own = sheet if part.graph is None else Sheet(f"{sheet.exercise}.{self.id}", part.graph)
            found = part.worked(own)
            blocks += [Prose(found.title, "remark"), *found.blocks]
            records[part.id] = found.record
        blocks += [Prose((self.advice,), "remark")] if self.advice else []
        return Question(self.id, (self.text,), tuple(blocks), {"parts": records})
