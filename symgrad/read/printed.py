r"""Arrays of numbers as programs print them: `array([  8., -12.])`, `[[16. 64.]\n [-24. -96.]]`, `[16 64; -24 -96]`.

Only brackets around nothing but numbers are touched, and none of an index; everything else stays as it is.
"""

from __future__ import annotations

import re

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
SPACE = r"(?:\\(?:quad|qquad|[;,:!\s])|~|&)"  # of LaTeX
APART = rf"(?:\s*,\s*|(?:\s|{SPACE})+)"
ROW = rf"\[\s*{NUMBER}(?:{APART}{NUMBER})*\s*,?\s*\]"
FREE = r"(?<![\w)\]}])"  # no index of a name before it
VECTOR = re.compile(FREE + ROW)
SPACED = re.compile(rf"\(\s*({NUMBER}(?:\s*{SPACE}[\s\\~&]*(?:{NUMBER}|\{{{NUMBER}\}}))+)\s*\)")
TABLE = re.compile(rf"(\\begin\{{[pbv]?matrix\}})\s*({NUMBER}(?:\s*,\s*{NUMBER})+)\s*(\\end)")
MATRIX = re.compile(rf"{FREE}\[\s*({ROW}(?:\s*,?\s*{ROW})*)\s*,?\s*\]")
LINES = re.compile(rf"{FREE}\[\s*({NUMBER}(?:(?:\s*[,;]\s*|\s+){NUMBER})*)\s*;?\s*\]")
BRACES = re.compile(rf"\s*\{{\s*(?:[{{}}\s,]|{NUMBER})*\}}\s*")
SPACED_APART = re.compile(rf"{NUMBER}\s+{NUMBER}")
LIST = re.compile(rf"\s*{NUMBER}(?:\s*,(?:\s+|(?=[+-])){NUMBER})+\s*")  # 1,234 and 0,25 may be one number
MADE = re.compile(r"\b(?:(?:np|numpy|torch)\.)?(?:array|asarray|matrix|tensor)\s*\(\s*(?=\[)")
ENDED = re.compile(r"\]\s*(?:,\s*(?:dtype|device|requires_grad)\s*=\s*[\w.'\":]+\s*)*\)")
MOST = 10_000  # characters


def numbers_in_brackets(text: str) -> str:
    """The text with commas and square brackets in its arrays of numbers.

    >>> numbers_in_brackets("array([[ 16.,   64.],\\n [-24., -96.]])")
    '[[16, 64], [-24, -96]]'
    >>> numbers_in_brackets("[[ 16.   64.]\\n [-24.  -96.]]")
    '[[16, 64], [-24, -96]]'
    >>> numbers_in_brackets("[16 64; -24 -96]")
    '[[16, 64], [-24, -96]]'
    >>> numbers_in_brackets("{{1, 2}, {3, 4}}")
    '[[1, 2], [3, 4]]'
    >>> numbers_in_brackets("8, -12"), numbers_in_brackets("1,234")
    ('(8, -12)', '1,234')
    >>> numbers_in_brackets(r"[-152 \\quad -88] (8\\ {-12})^T \\begin{bmatrix}1, -2\\end{bmatrix}")
    '[-152, -88] (8, -12)^T \\\\begin{bmatrix} 1 & -2 \\\\end{bmatrix}'
    >>> numbers_in_brackets("[8 - 12] X[0,1][2 3]")
    '[8 - 12] X[0,1][2 3]'
    """
    if len(text) > MOST or not any(c in text for c in "[{(,"):
        return text
    if BRACES.fullmatch(text) and not SPACED_APART.search(text):
        text = text.replace("{", "[").replace("}", "]")
    text = TABLE.sub(lambda m: f"{m[1]} {m[2].replace(',', ' &')} {m[3]}", _unmade(text))
    text = SPACED.sub(lambda m: f"({', '.join(_numbers(m[1]))})", text)
    text = LINES.sub(lambda m: f"[{', '.join(map(_row, m[1].split(';')))}]" if ";" in m[1] else m[0], text)
    text = MATRIX.sub(lambda m: f"[{', '.join(map(_row, m[1].split(']')[:-1]))}]", text)
    text = VECTOR.sub(lambda m: _row(m[0]), text)
    return f"({text.strip()})" if LIST.fullmatch(text) else text


def _row(text: str) -> str:
    """A row of numbers, none with a dot at its end.

    >>> _row("[16.   -0.5")
    '[16, -0.5]'
    """
    return f"[{', '.join(_numbers(text))}]"


def _numbers(text: str) -> list[str]:
    plain = re.sub(SPACE, " ", text)
    return [n.removesuffix(".").removeprefix("+") for n in re.sub(r"[\[\]{},]", " ", plain).split()]


def _unmade(text: str) -> str:
    """Without the calls that make an array of a list."""
    made = MADE.search(text)
    while made:
        ended = ENDED.search(text, made.end())
        if not ended:
            break
        inside = text[made.end() : ended.start() + 1]
        if SPACED_APART.search(inside):
            break  # Python's [8 -12] is a difference
        text = f"{text[: made.start()]}{inside}{text[ended.end() :]}"
        made = MADE.search(text)
    return text
