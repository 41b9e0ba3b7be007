r"""Words beside a formula: `Therefore ...`, `..., since \sum_j y_j = 1`, `... \text{ for all } i`. They are left out.

Only words of a list, which do not change what a formula says, at its beginning and its end. All other words are
refused as before: `minus`, `half of`, `for i > 1` are no prose.
"""

from __future__ import annotations

import re

MOST = 3000  # characters
SPACES = re.compile(r"(?:\s|\\q?quad\b|\\[,;: ]|~)+")
LEADING = frozenset(
    """so thus hence therefore then finally answer result solution final we get obtain have it follows that is the this
    yields implies means now first my by using chain rule and also""".split()
)
BEFORE_IS = ("derivative", "gradient", "formula")  # the gradient is
BEFORE_RULE = ("chain", "product", "quotient", "sum", "power")  # by the product rule
TEXT = r"\\(?:text|textrm|mathrm|mbox) ?"
ARROW = re.compile(r"^ ?(?:\\(?:therefore|implies|Rightarrow|Longrightarrow|approx)\b|=>|→|⇒|∴|≈|=(?!=))")
BOXED = re.compile(rf"^ ?{TEXT}\{{([A-Za-z ,.:']*)\}}")
SAID = re.compile(r"^ ?((?:[A-Za-z]+[,:]? )*[A-Za-z]+ ?[:,] ?|(?:[A-Za-z]+ )+)(?=[^ =])")
RULES = r"(?:by |using |via |from )?(?:the )?(?:chain|product|quotient|sum|power) rule"
RULE = re.compile(rf" ?[,;.]? ?{TEXT}\{{ ?\(? ?{RULES} ?\)? ?\}}\.? ?$")
REASON = re.compile(rf" ?[,;]? ?(?:{TEXT}\{{ ?(?:since|because) ?\}}|, (?:since|because) )([^,;<>\n≠≤≥∈]*)$")
WORD = r"(?<![\\A-Za-z])[A-Za-z]{3,}"
ORDERED = re.compile(rf"\\(?:ne|neq|le|leq|ge|geq|in|notin|lt|gt|text|mathrm|\\)(?![A-Za-z])|{WORD}")
ALL = rf"(?:{TEXT}\{{ ?for (?:all|each|every|any) ?\}}|\\forall\b|∀)"
EACH = re.compile(rf" ?,? ?{ALL} ?[a-z](?: ?, ?[a-z])* ?\.? ?$")
DOLLARS = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
LEFT_OUT = "words beside the formula are left out"


def without_prose(text: str) -> str:
    """The formula of a text with words around it; the text itself where there are none, or others than those known.

    >>> without_prose(r"\\text{So } a = b, \\text{ since } c_1 = 1")
    'a = b'
    >>> without_prose("By the chain rule, $a$."), without_prose("minus $a$")
    ('a', 'minus $a$')
    """
    if len(text) > MOST:
        return text
    found = list(DOLLARS.finditer(text))
    if len(found) == 1:
        before, after = text[: found[0].start()], text[found[0].end() :]
        inside = next(g for g in found[0].groups() if g)
        return without_prose(inside) if _leads(before) and after.strip() in ("", ".") else text
    if found:
        return text
    kept = SPACES.sub(" ", text)
    for last in (EACH, RULE):
        kept = last.sub("", kept)
    reason = REASON.search(kept)
    if reason and _is_reason(reason[1]):
        kept = kept[: reason.start()]
    while True:
        shorter = ARROW.sub("", kept)
        for first in (BOXED, SAID):
            match = first.match(shorter)
            if match and _leads(match[1]):
                shorter = shorter[match.end() :]
        if shorter == kept:
            return kept.strip()
        kept = shorter


def _leads(words: str) -> bool:
    """Whether words only lead to a formula; an empty text does."""
    if not re.fullmatch(r"[A-Za-z ,.:'\s]*", words):
        return False
    said = words.lower().replace(":", " is").replace(",", " ").replace(".", " ").split()
    following = [*said[1:], ""]
    return all(
        word in LEADING
        or (word in BEFORE_IS and after in ("is", "yields"))
        or (word in BEFORE_RULE and after == "rule")
        for word, after in zip(said, following, strict=False)
    ) and not (said and said[-1] in ("chain", *BEFORE_RULE, *BEFORE_IS))


def _is_reason(clause: str) -> bool:
    """Whether a clause is one equation between names: no condition on an index, no further words, nothing after it."""
    left, sign, right = clause.partition("=")
    alone = re.fullmatch(r" ?\\?[A-Za-z0-9]+ ?", left)
    return bool(sign and right.strip()) and "=" not in right and not alone and not ORDERED.search(clause)
