r"""Prose in each format: plain text goes in, and nothing that it holds is ever markup.

>>> for_latex("50% of $x_i$ — naïve"), for_html("<b>"), for_markdown("a*b|c")
('50\\% of \\$x\\_i\\$ --- na\\"{\\i}ve', '&lt;b&gt;', 'a\\*b\\|c')
"""

from __future__ import annotations

import html
import re
import unicodedata

from symgrad.errors import SymgradError
from symgrad.render.commands import GREEK

LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\textquotedblright{}",
    "[": "{[}",  # behind a line break it would be an option
    "]": "{]}",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "\u00a0": "~",
    "§": r"\S{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
}
SIGNS = {
    "×": r"\times",
    "·": r"\cdot",
    "±": r"\pm",
    "−": "-",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "∈": r"\in",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∞": r"\infty",
    "√": r"\surd",
    "∑": r"\textstyle\sum",
    "∏": r"\textstyle\prod",
    "→": r"\to",
    "⇒": r"\Rightarrow",
    "⊙": r"\odot",
    "°": r"^{\circ}",
    "²": "^{2}",
    "³": "^{3}",
    "µ": r"\mu",
    "ϵ": r"\epsilon",
    "ε": r"\varepsilon",
}
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u0304": "=",
    "\u0307": ".",
    "\u030a": "r ",
    "\u030b": "H ",
    "\u030c": "v ",
    "\u0306": "u ",
    "\u0327": "c ",
}
TWINS = "-',"  # two of them in a row, and TeX's fonts would join them to another sign
MARKDOWN = re.compile(r"[\\`*_\[\]|~]|^[#+\-]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, direction and private characters: they make text lie


def seen(text: str) -> str:
    """The text with every run of white space as one blank; a character that does not show is refused by name.

    >>> seen("two\\n  lines")
    'two lines'
    """
    text = re.sub(r"[ \t\r\n\f\v]+", " ", text)
    for place, letter in enumerate(text):
        if unicodedata.category(letter) in UNSEEN:
            name = unicodedata.name(letter, "a control character")
            raise SymgradError(
                "text with a character that cannot be seen", where=repr(text[:80]), given=_named(letter, name, place)
            )
    return text


def for_html(text: str) -> str:
    """Safe as the text of an element and as a quoted attribute."""
    return html.escape(seen(text), quote=True)


def for_latex(text: str) -> str:
    """Pure ASCII, whatever the fonts and the input encoding; a letter that LaTeX has no words for is refused."""
    text = seen(text)
    return "".join(_latex_letter(letter, place, text) for place, letter in enumerate(text))


def for_markdown(text: str) -> str:
    """Backslashes before marks, entities for tags, and a dollar in a span: so no renderer pairs two of them."""
    escaped = MARKDOWN.sub(r"\\\g<0>", seen(text))
    return html.escape(escaped, quote=False).replace("$", "<span>$</span>")


def _latex_letter(letter: str, place: int, text: str) -> str:
    if letter in LATEX:
        return LATEX[letter]
    if letter.isascii():
        return "{}" + letter if place and letter in TWINS and text[place - 1] == letter else letter
    if sign := SIGNS.get(letter) or _greek(letter):
        return rf"\ensuremath{{{sign}}}"
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if len(marks) == 1 and base.isascii() and marks[0] in ACCENTS:
        accent = ACCENTS[marks[0]]
        dotless = {"i": r"\i", "j": r"\j"}.get(base, base) if accent != "c " else base
        return rf"\{accent.strip()}{{{dotless}}}"
    name = _named(letter, unicodedata.name(letter, "a character without a name"), place)
    raise SymgradError(
        "LaTeX has no words for a character",
        where=text[:80],
        given=name,
        fix="write it as a formula, or in other words",
    )


def _greek(letter: str) -> str:
    name = unicodedata.name(letter, "").removeprefix("GREEK ")
    size, _, spoken = name.partition(" LETTER ")
    command = "\\" + (spoken.capitalize() if size == "CAPITAL" else spoken.lower()).replace("amda", "ambda")
    return command if command in GREEK.split() else ""


def _named(letter: str, name: str, place: int) -> str:
    return f"U+{ord(letter):04X} ({name.lower()}) at position {place + 1}"
