r"""Symbols of a text: a letter with its labels, how many indices it takes, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from symgrad.algebra.heads import HEADS
from symgrad.errors import ReadError
from symgrad.read.names import DeclaredName
from symgrad.read.statements import Statement

Identity = tuple[str, tuple[str, ...], tuple[str, ...], int]  # letter, subscript, superscript, primes
SIGNS = {"*": "star", "'": "prime", "+": "plus", "-": "minus", "\\top": "T", "(": "", ")": "", ",": ""}


@dataclass
class Symbol:
    """A letter with labels. `kinds`: where its indices stand, of sub, sup, square and call."""

    identity: Identity
    statement: Statement
    at: int
    arity: int = 0
    kinds: set[str] = field(default_factory=set)
    prefix: str = ""  # of P(y=j): y
    word: bool = False  # written as a word, W1 or xhat
    defined: Statement | None = None
    called: bool = False  # a bracket stands right behind it, every time
    alone: bool = False  # it stands without indices somewhere

    @property
    def code(self) -> str:
        """The name in code: x1, W1, sigma2, xhat, W_out.

        >>> Symbol(("\\\\hat x", ("1",), (), 0), None, 0).code, Symbol(("\\\\sigma", (), ("2",), 0), None, 0).code
        ('xhat1', 'sigma2')
        """
        key, sub, sup, primes = self.identity
        accent, _, base = key.rpartition(" ")
        stem = base.replace("\\", "") + accent.replace("\\", "").replace(" ", "")
        labels = [_plain(label) for label in (sub, sup) if label] + ["prime"] * primes
        glued = len(labels) == 1 and labels[0].isdigit()
        code = stem + labels[0] if glued else "_".join([stem, *labels])
        return f"{code}_given" if code in HEADS else code

    @property
    def written(self) -> str:
        r"""The displayed form, with its indices at #: `\hat{x}_#`, `W^{(1)}_#`, `P(y=#)`; "" for a word."""
        key, sub, sup, primes = self.identity
        accent, _, base = key.rpartition(" ")
        letter = f"{accent.replace(' ', '')}{{{base}}}" if accent else base
        if self.word and key[0] != "\\" and (len(base) == 1 or not (sub or sup)):
            return ""
        letter = rf"\mathrm{{{base}}}" if self.word and len(base) > 1 and base[0] != "\\" else letter
        label = "".join(sub)
        above = "".join(sup) + "'" * (primes if not sup else 0)
        index = "sub" in self.kinds or "square" in self.kinds
        below = (f"{label},#" if label else "#") if index else label
        above += "(#)" if "sup" in self.kinds else ""
        shown = letter + (f"^{{{above}}}" if above.strip("'") else above)
        shown += f"_{{{below}}}" if below not in ("", "#") else "_#" if below else ""
        return f"{shown}({self.prefix}#)" if self.prefix else shown

    @property
    def name(self) -> DeclaredName:
        """As the reader of formulas knows it. With a label below, indices are read in brackets: x_1[i]."""
        written = self.written
        return DeclaredName(self.code, "" if self.word and written == self.code else written, self.arity)

    @property
    def text(self) -> str:
        """How an error names it."""
        key, sub, sup, primes = self.identity
        accent, _, base = key.rpartition(" ")
        shown = f"{accent}{{{base}}}" if accent else base
        shown += f"_{{{''.join(sub)}}}" if len("".join(sub)) > 1 else f"_{sub[0]}" if sub else ""
        return shown + (f"^{{{''.join(sup)}}}" if len(sup) > 1 else f"^{sup[0]}" if sup else "") + "'" * primes


def _plain(label: Iterable[str]) -> str:
    """A label as part of a code."""
    return "".join(SIGNS.get(text, text.replace("\\", "")) for text in label)


def option(name: str, *values: str) -> str:
    """How an option is written on the command line and in Python."""
    keyword = {"index": "indices", "positive": "positive"}.get(name, name + "s")
    given = " ".join(f"--{name} '{value}'" for value in values)
    return f"{given}  (in Python {keyword}={list(values)!r})"


def ask(statement: Statement, at: int, what: str, readings: str, fix: str) -> ReadError:
    """A question to the author: which of two readings is meant."""
    return statement.error(what, at, expected=readings, given="a text that leaves it open", fix=fix)
