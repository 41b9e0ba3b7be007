"""What stands inside scripts and brackets: letters, numbers, words in a font, and how many indices they are."""

from __future__ import annotations

import re

from symgrad.read.names import GREEK, letter
from symgrad.read.tokens import NUMBER, Tokens

Range = tuple[int, int]  # tokens from, to
PARTS = re.compile(r"[A-Za-z][0-9]*")
FONT = re.compile(r"\\[A-Za-z]+\*?\s*$")


def script(read: Tokens, at: int) -> tuple[Range, int]:
    """The tokens inside a script that begins at `at`, and the token behind it."""
    if at >= len(read.texts) - 1:
        return (at, at), at
    if read.texts[at] == "{":
        return (at + 1, read.match[at]), read.match[at] + 1
    if read.texts[at] == "(":
        return (at, read.match[at] + 1), read.match[at] + 1
    if read.texts[at] == "-":
        end = min(at + 2, len(read.texts) - 1)
        return (at, end), end
    _, end, _ = letter(read, at)
    return (at, max(end, at + 1)), max(end, at + 1)


def inside(read: Tokens, within: Range) -> tuple[str, ...]:
    """The texts of a script without its braces."""
    return tuple(text for text in read.texts[within[0] : within[1]] if text not in ("{", "}"))


def in_a_font(read: Tokens, within: Range) -> bool:
    """Whether a script is one word in a font, as in W_{\\text{out}}."""
    return font_group(read, within[0]) and read.match[within[0]] == within[1] - 1


def font_group(read: Tokens, at: int) -> bool:
    """Whether a brace opens behind a command that the tokens have dropped: \\mathrm{loss}."""
    before = read.text[read.ends[at - 1] if at else 0 : read.starts[at]]
    return read.texts[at] == "{" and bool(FONT.search(before))


def letters(texts: tuple[str, ...]) -> list[str]:
    """The letters that could be indices among the tokens of a script; i1 is one of them, ij are two.

    >>> letters(("ij", "+", "k", "_", "1", "2")), letters(("ij", "'"))
    (['i', 'j', 'k1'], ['i', "j'"])
    """
    found: list[str] = []
    for text in merged(texts):
        if text[:1].isalpha():
            stem = text.rstrip("'")
            parts = PARTS.findall(stem)
            found += parts if "".join(parts) == stem else [stem]
            found[-1] += text[len(stem) :]
        elif text in GREEK:
            found.append(text)
    return found


def merged(texts: tuple[str, ...]) -> list[str]:
    """Tokens with numbers below them and primes taken together: k, _, 1 is k1."""
    found: list[str] = []
    below = False
    for text in texts:
        if text == "_" and found:
            below = True
        elif (below and text.isdigit()) or (text == "'" and found and found[-1][-1:].isalnum()):
            found[-1] += text
            below = False
        else:
            found.append(text)
            below = False
    return found


def numbers_only(texts: tuple[str, ...], read: Tokens, within: Range) -> bool:
    return bool(texts) and all(read.kinds[k] == NUMBER for k in range(*within) if read.texts[k] not in ("{", "}", ","))


def count(read: Tokens, within: Range, alone: bool = False) -> int:
    """How many indices a script holds: ij are two, i + 1 is one; between brackets only commas separate."""
    count, item = 0, []
    for text in (*merged(inside(read, within)), ","):
        if text != ",":
            item.append(text)
            continue
        pure = item and all(t[:1].isalpha() or t in GREEK for t in item)
        count += len(letters(tuple(item))) if pure and not alone else 1
        item = []
    return count
