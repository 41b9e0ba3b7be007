"""Answers to several questions that are asked as one part, set apart by lines or semicolons, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symgrad.errors import ReadError
from symgrad.student import verdict as v
from symgrad.student.answers import Judging, of_several
from symgrad.student.verdict import Verdict

ORDER = (v.RIGHT, v.UNDER, v.KINK, v.UNWORKED, v.UNJUSTIFIED, v.INCOMPLETE, v.WRONG, v.UNDECIDED, v.NOT_UNDERSTOOD)
MOST = 60  # lines of one text


class Several:
    """Judges texts by the judges of the parts, by their names: each line goes to the part that understands it."""

    def __init__(self, parts: Mapping[str, Judging]) -> None:
        self.parts = parts

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError where no part understands a line."""
        given: dict[str, list[str]] = {}
        before = ""
        for line in lines(text):
            name = self._whose(line, before, text)
            given.setdefault(name, []).append(line)
            before = name
        said = [(name, self.parts[name]("; ".join(own))) for name, own in given.items()]
        missing = [name for name in self.parts if name not in given]
        found = of_several(said, missing)
        return replace(found, read=",\\; ".join(one.read for _, one in said))

    def _whose(self, line: str, before: str, text: str) -> str:
        """The part whose judge likes a line best; the one of the line before where several do."""
        found = {name: judging(line) for name, judging in self.parts.items()}
        best = min(ORDER.index(one.kind) for one in found.values())
        names = [name for name, one in found.items() if ORDER.index(one.kind) == best]
        if ORDER[best] == v.NOT_UNDERSTOOD:
            reason = next(iter(found.values())).reason.splitlines()[0]
            expected = f"the answers to {' and '.join(self.parts)}, set apart by lines or semicolons"
            raise ReadError(reason, text=text, caret=max(0, text.find(line)), expected=expected)
        return before if before in names else names[0]


def lines(text: str) -> list[str]:
    """The parts of a text between ends of lines and semicolons outside brackets.

    >>> lines("a < 1; (1; 2)\\nb")
    ['a < 1', '(1; 2)', 'b']
    """
    found, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character in ";\n" and depth <= 0:
            found.append("")
        else:
            found[-1] += character
    kept = [one.strip() for one in found if one.strip()]
    if not kept or len(kept) > MOST:
        raise ReadError("no answer" if not kept else "too many lines", expected=f"1 to {MOST} lines")
    return kept
