"""Errors in four parts: what is wrong, where in the user's notation, what was expected and given, the nearest fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class SymgradError(Exception):
    """Any refusal of symgrad. The four parts are attributes, so that a program can read them too.

    >>> print(DeclarationError("name declared twice", where="input x", expected="a new name",
    ...                        given="x, already a parameter", fix="call it x2"))
    name declared twice
      where: input x
      expected: a new name
      given: x, already a parameter
      fix: call it x2
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", given: str = "", fix: str = "") -> None:
        self.what, self.where, self.expected, self.given, self.fix = what, where, expected, given, fix
        parts = (("where", where), ("expected", expected), ("given", given), ("fix", fix))
        super().__init__("\n".join([what, *(f"  {label}: {text}" for label, text in parts if text)]))


class DeclarationError(SymgradError):
    """A declaration that has no meaning: refused in the call that makes it."""


class ShapeError(DeclarationError):
    """Arrays whose shapes do not conform, for two axes of these lengths.

    `unless`: the equation of SymPy under which they would conform; None where they differ for all sizes.
    """

    def __init__(self, what: str, *, lengths: tuple[Any, ...] = (), unless: Any = None, **parts: str) -> None:
        self.lengths, self.unless = lengths, unless
        super().__init__(what, **parts)


class Unsupported(SymgradError):
    """A question the engine cannot answer soundly: an unknown head, an index that is not affine."""


class CertificateError(SymgradError):
    """A line that its own check does not confirm. It is never printed."""


class ReadError(SymgradError):
    """Text that is not understood; `caret` is the offset of the first character that is not."""

    def __init__(
        self, what: str, *, text: str = "", caret: int = 0, expected: str = "", given: str = "", fix: str = ""
    ) -> None:
        self.text, self.caret = text, caret
        super().__init__(what, where=_pointed(text, caret), expected=expected, given=given, fix=fix)


def _pointed(text: str, caret: int, width: int = 60) -> str:
    if not text:
        return ""
    start = max(0, caret - width // 2)
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + width])  # a terminal obeys the others
    return f"{shown}\n         {' ' * (caret - start)}^"


def nearest(name: str, known: Iterable[str]) -> str:
    """The declared names closest to a misspelt one, as words for the fix line of an error.

    >>> nearest("sigma", ["sigma2", "mu"])
    'did you mean sigma2?'
    """
    found = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"did you mean {', '.join(found)}?" if found else ""
