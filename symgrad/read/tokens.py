"""Text to tokens: one spelling for each thing, every character accounted for, brackets paired before reading."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from symgrad.errors import ReadError, nearest
from symgrad.read.spelling import ACCENTS, BRACKETS, ENVIRONMENTS, FONTS, PLAIN_SIGNS, SIGNS, SPACING, UNICODE


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may be at most. Reading stays linear within them."""

    size: int = 10_000
    tokens: int = 2000
    depth: int = 100
    digits: int = 50
    letters: int = 64


LIMITS = Limits()

NUMBER, WORD, NAME, SIGN, END = "number", "word", "name", "sign", "end"

PIECES = re.compile(
    r"""[ \t\r\n]+
    | \\(?:begin|end)\s*\{[A-Za-z]+\*?\}
    | \\(?:left|right)\s*(?:\\[A-Za-z]+|\\[|{}]|[][()|])
    | \\(?:mathbf|mathbb|mathbbm|mathds|boldsymbol|bm)\s*(?:\{\s*1\s*\}|1(?![0-9.]))
    | \\mathbb\s*(?:\{\s*I\s*\}|\s+I(?![A-Za-z]))
    | \\arg\s*\\(?:max|min)(?![A-Za-z])
    | \\operatorname\*?\s*\{\s*arg\s*(?:\\[,;!\s]\s*)?(?:max|min)\s*\}
    | \\operatorname\* | \\[A-Za-z]+ | \\\\(?:\[[0-9.]+[a-z]+\])? | \\.
    | [0-9]+(?:\{,\}[0-9]{3})*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+(?![A-Za-z0-9]))? | \.[0-9]+
    | (?:np|numpy|math|torch|jnp|tf)\.(?=[A-Za-z])
    | (?<=[0-9])x(?=[0-9])
    | [A-Za-z][A-Za-z0-9]*
    | \*\* | \.\.\.? | <= | >= | != | == | \.T(?![A-Za-z0-9]) | ⁻¹
    | .""",
    re.VERBOSE | re.DOTALL,
)

# Piece -> (kind, text); None is dropped.
FIXED: dict[str, tuple[str, str] | None] = {
    **{piece: (SIGN, piece) for piece in PLAIN_SIGNS},
    **{piece: (SIGN, piece) for piece in ACCENTS},
    **{piece: (SIGN if text in PLAIN_SIGNS or text in ACCENTS else NAME, text) for piece, text in SIGNS.items()},
    **dict.fromkeys([*SPACING, *FONTS, " "]),
}
# After these the next letter stands alone (x_ij is x_i j), after FRACTIONS the next digit too (\frac12 is one half).
LONELY = frozenset(["_", "^", "\\frac", "\\sqrt", "\\binom", *ACCENTS])
FRACTIONS = frozenset(["\\frac", "\\sqrt", "\\binom"])
CLOSERS = frozenset(BRACKETS.values())


@dataclass(slots=True)
class Tokens:
    """Parallel columns, one row a token; the last row is the end. `match[k]` is the partner of an opening bracket."""

    text: str
    kinds: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    match: list[int] = field(default_factory=list)

    def add(self, kind: str, text: str, start: int, end: int) -> None:
        self.kinds.append(kind)
        self.texts.append(text)
        self.starts.append(start)
        self.ends.append(end)


def tokens(text: str, limits: Limits = LIMITS) -> Tokens:
    """The tokens of a text.

    >>> tokens(r"\\frac12\\,\\widehat{x}_i").texts
    ['\\\\frac', '1', '2', '\\\\hat', '{', 'x', '}', '_', 'i', '']
    """
    _admit(text, limits)
    found = Tokens(text)
    kinds, texts, starts, ends = found.kinds, found.texts, found.starts, found.ends
    fixed, lonely = FIXED, LONELY
    at, before = 0, ""
    for piece in PIECES.findall(text):
        start, at = at, at + len(piece)
        known = fixed.get(piece, "")
        if known is None:
            continue
        if known:
            kinds.append(known[0])
            texts.append(known[1])
            starts.append(start)
            ends.append(at)
        elif (
            before in lonely and len(piece) > 1 and (piece[0].isalpha() or (before in FRACTIONS and piece[0].isdigit()))
        ):
            _split(found, piece, start, limits)
        else:
            _add(found, piece, start, limits)
        before = texts[-1] if texts else ""
    if len(texts) > limits.tokens:
        where = starts[limits.tokens]
        raise ReadError(
            "formula too long",
            text=text,
            caret=where,
            expected=f"at most {limits.tokens} tokens",
            given=str(len(texts)),
        )
    found.add(END, "", len(text), len(text))
    _pair(found, limits)
    return found


def _alone(piece: str, before: str) -> bool:
    return piece[0].isalpha() or (before in FRACTIONS and piece[0].isdigit())


def _admit(text: str, limits: Limits) -> None:
    if not isinstance(text, str):
        raise ReadError("not a text", expected="a formula as str", given=type(text).__name__)
    if len(text) > limits.size:
        raise ReadError("text too long", expected=f"at most {limits.size} characters", given=str(len(text)))


def _split(found: Tokens, piece: str, start: int, limits: Limits) -> None:
    """The first letter or digit alone, then the rest."""
    for part in [piece[0], *re.findall(r"[0-9.]+|[A-Za-z][A-Za-z0-9]*", piece[1:])]:
        _add(found, part, start, limits)
        start += len(part)


def _add(found: Tokens, piece: str, start: int, limits: Limits) -> None:
    end = start + len(piece)
    first = piece[0]
    if "a" <= first <= "z" or "A" <= first <= "Z":
        if piece[-1] != ".":
            _short(found, piece, start, limits)
            found.add(WORD, piece, start, end)
    elif (first.isdigit() and first.isascii()) or (first == "." and len(piece) > 1):
        found.add(NUMBER, _number(found, piece, start, limits), start, end)
    elif first == "\\":
        _command(found, piece, start, end, limits)
    elif first in " \t\r\n":
        return
    else:
        _foreign(found, piece, start, end)


def _short(found: Tokens, piece: str, start: int, limits: Limits) -> None:
    if len(piece) > limits.letters:
        raise ReadError(
            "name too long",
            text=found.text,
            caret=start,
            expected=f"at most {limits.letters} letters",
            given=str(len(piece)),
        )


def _number(found: Tokens, piece: str, start: int, limits: Limits) -> str:
    mantissa, _, exponent = piece.replace("{,}", "").lower().partition("e")
    if len(mantissa) > limits.digits or len(exponent) > 4 or abs(int(exponent or 0)) > limits.digits:
        raise ReadError("number too long", text=found.text, caret=start, expected=f"at most {limits.digits} digits")
    mantissa = "0" + mantissa if mantissa[0] == "." else mantissa
    return f"{mantissa}e{exponent}" if exponent else mantissa


def _command(found: Tokens, piece: str, start: int, end: int, limits: Limits) -> None:
    if piece.startswith(("\\begin", "\\end")):
        name = piece[piece.index("{") + 1 : -1] if "{" in piece else ""
        if name not in ENVIRONMENTS:
            raise ReadError(
                f"unknown environment {name or piece}",
                text=found.text,
                caret=start,
                fix=nearest(name, ENVIRONMENTS) or "write it out",
            )
        found.add(SIGN, piece[: piece.index("{")].rstrip() + "{" + name + "}", start, end)
    elif piece.startswith(("\\left", "\\right")) and not piece[1:].isalpha():
        known = FIXED.get("".join(piece.split()))
        if known is None:
            raise ReadError(f"{piece} is no bracket", text=found.text, caret=start)
        found.add(*known, start, end)
    elif (
        piece.startswith(("\\mathb", "\\mathds", "\\boldsymbol", "\\bm"))
        and not piece.isalpha()
        and piece[-1] in "1I} "
    ):
        found.add(SIGN, "\\1", start, end)
    elif piece.startswith(("\\arg", "\\operatorname")) and piece.rstrip("} \t\r\n").endswith(("max", "min")):
        found.add(NAME, "\\argmax" if "max" in piece else "\\argmin", start, end)
    elif piece.startswith("\\\\"):
        found.add(SIGN, "\\\\", start, end)
    elif piece[1:].isalpha() and piece.isascii():
        _short(found, piece, start, limits)
        found.add(NAME, piece, start, end)
    else:
        raise ReadError(f"{piece!a} is not understood", text=found.text, caret=start)


def _foreign(found: Tokens, piece: str, start: int, end: int) -> None:
    meaning = UNICODE.get(piece)
    if meaning is None:
        name = unicodedata.name(piece, "control character")
        raise ReadError(
            f"character U+{ord(piece):04X} {name} is not understood",
            text=found.text,
            caret=start,
            fix="write it in LaTeX or plain text",
        )
    for part in meaning.split():
        kind, text = FIXED.get(part) or (NUMBER if part.isdigit() else WORD if part.isalpha() else NAME, part)
        found.add(SIGN if part == "\\1" else kind, text, start, end)


def _pair(found: Tokens, limits: Limits) -> None:
    """Every bracket finds its partner, or is refused with its place."""
    texts, starts = found.texts, found.starts
    found.match = match = [-1] * len(texts)
    open_at: list[int] = []
    for k, text in enumerate(texts):
        if text in BRACKETS or text.startswith("\\begin{"):
            open_at.append(k)
            if len(open_at) > limits.depth:
                raise ReadError(
                    "nested too deeply",
                    text=found.text,
                    caret=starts[k],
                    expected=f"at most {limits.depth} brackets in brackets",
                )
        elif text in CLOSERS or text.startswith("\\end{"):
            if not open_at:
                raise ReadError(f"{text} closes nothing", text=found.text, caret=starts[k])
            opened = open_at.pop()
            wanted = closer(texts[opened])
            if text != wanted:
                raise ReadError(
                    f"{text} does not close {texts[opened]}",
                    text=found.text,
                    caret=starts[k],
                    expected=wanted,
                    given=text,
                )
            match[opened] = k
    if open_at:
        opened = open_at[-1]
        raise ReadError(
            f"{texts[opened]} is not closed", text=found.text, caret=starts[opened], expected=closer(texts[opened])
        )


def closer(opened: str) -> str:
    """The text that closes a bracket or an environment.

    >>> closer("("), closer("\\\\begin{cases}")
    (')', '\\\\end{cases}')
    """
    return BRACKETS.get(opened) or opened.replace("\\begin", "\\end")
