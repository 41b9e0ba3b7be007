r"""Words beside a formula: `Therefore ...`, `..., since \sum_j y_j = 1`, `... \text{ for all } i`. They are left out.

Only words that do not change what a formula says: none that negates, limits or adds a case.
"""

from __future__ import annotations

import re

from symgrad.read.listing import TURNING

BEFORE = """so thus hence therefore then finally answer result solution gives give we get obtain have it follows
that is the a this yields implies means now using product quotient sum by chain rule final in total
which equals and first rewrite simplify differentiating derivative gradient formula my of with
respect to also""".split()
REASONS = ("since", "because", "using", "by", "as", "due", "from", "via", "chain", "product", "rule", "qed", "done")
WORDS = r"[A-Za-z][A-Za-z'-]*"
TEXT = r"\\(?:text|textrm|mathrm|mbox)\s*"
SPACE = r"(?:\s|\\q?quad\b|\\[,;: ]|~)*"
ARROW = r"\\(?:therefore|implies|Rightarrow|Longrightarrow|to|approx)\b|=>|→|⇒|∴|≈|=(?!=)"
ARROWS = re.compile(rf"^{SPACE}(?:{ARROW})")
FIRST = re.compile(rf"^{SPACE}(?:{TEXT}\{{([^{{}}$\\]*)\}}|((?:{WORDS}\s+)*{WORDS}\s*[:,]|(?:{WORDS}\s+)+)(?=[^=]))")
LAST = re.compile(rf"{SPACE}[,;.]?{SPACE}{TEXT}\{{\s*\(?\s*({WORDS})\b([^{{}}\\$]*)\}}(?=(.*)$)", re.DOTALL)
PLAIN_LAST = re.compile(r"[,;.]\s*(since|because)\b.*$", re.DOTALL | re.IGNORECASE)
EACH = re.compile(
    rf"{SPACE}[,;]?{SPACE}(?:{TEXT}\{{\s*for\s+(?:all|each|every|any)\s*\}}|\\forall\b|∀)\s*\\?[a-z](?:\s*,\s*[a-z])*{SPACE}\.?\s*$"
)
DOLLARS = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
TURNS = TURNING | {"if", "when", "only", "otherwise", "else", "where"}
LEFT_OUT = "words beside the formula are left out"


def without_prose(text: str) -> str:
    """The formula of a text with words around it; the text itself where there are none, or any that may matter.

    >>> without_prose(r"\\text{So } a = b, \\text{ since } c = 1")
    'a = b'
    >>> without_prose("Not $a$")
    'Not $a$'
    """
    found = list(DOLLARS.finditer(text))
    if len(found) == 1 and _harmless(DOLLARS.sub(" ", text)):
        return without_prose(next(g for g in found[0].groups() if g))
    kept = EACH.sub("", PLAIN_LAST.sub("", text))
    last = next((m for m in LAST.finditer(kept) if m[1].lower() in REASONS), None)
    if last and _harmless(last[2] + last[3]):
        kept = kept[: last.start()]
    while True:
        shorter = ARROWS.sub("", kept)
        first = FIRST.match(shorter)
        if first and _are((first[1] or first[2] or "").lower()):
            shorter = shorter[first.end() :]
        if shorter == kept:
            return kept.strip()
        kept = shorter


def _are(words: str) -> bool:
    """Whether words only lead to a formula."""
    return all(word in BEFORE for word in re.findall(r"[a-z]+", words))


def _harmless(words: str) -> bool:
    return not (
        set(re.findall(r"[a-z]+", words.lower())) & {*TURNING, "if", "when", "only", "otherwise", "else", "where"}
    )
