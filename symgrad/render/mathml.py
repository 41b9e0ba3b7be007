r"""LaTeX to MathML: the one safe wrapper around latex2mathml.

latex2mathml alone loses and garbles some of what it converts, lets unknown commands through and escapes nothing. Here
the formula is checked first (`commands.refusal`), its tree is mended by RULES, and ElementTree writes it, escaped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement, tostring

from latex2mathml.converter import convert_to_element

from symgrad.errors import SymgradError
from symgrad.render.commands import admitted

CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
TOKENS = {"mi", "mn", "mo", "mtext"}
CONTAINERS = {"mrow", "msqrt", "mstyle", "mtable", "mtr", "mtd", "mspace"}
LIMITS = {"msub": "munder", "msubsup": "munderover"}
WITH_LIMITS = {"∑", "∏", "max", "min", "argmax", "argmin"}  # scripts stand below and above these
IDENTIFIERS = {"∂": "", "∇": "normal", "∞": "normal", "⊤": "normal"}  # read as operators, they would get gaps
SEPARATORS = {";", ":"}
ACCENTS = {"^", "¯", "~", "→", "˙"}
PRIMES = {"′", "″", "‴"}
TALL = {"mfrac", "munder", "munderover", "mtable", "msqrt"}
THIN = "0.1667em"
ROWS = ("mrow", "mtd")
SPACED = {"mo", "mspace"}  # these bring their own space
WORD = re.compile(r"\\(?:mathrm|operatorname)\{")


def mathml(latex: str, display: bool) -> str:
    r"""A `<math>` element that carries its LaTeX as an annotation. Refuses what it cannot convert faithfully.

    >>> mathml("x < 2", display=False)[-111:]
    '<mo>&lt;</mo><mn>2</mn></mrow><annotation encoding="application/x-tex">x &lt; 2</annotation></semantics></math>'
    """
    source = WORD.sub(r"\\operatorname{", admitted(latex, "mathml"))
    math = convert_to_element(source, display="block" if display else "inline")
    row = math[0]
    _mend(row)
    if reason := _fault(row):
        raise SymgradError(f"latex2mathml did not convert this: {reason}", where=latex[:200])
    math.remove(row)
    semantics = SubElement(math, "semantics")
    semantics.append(row)
    SubElement(semantics, "annotation", encoding="application/x-tex").text = latex
    return tostring(math, encoding="unicode")


def _mend(element: Element) -> None:
    """Children first, so that every rule sees mended children."""
    element.text = html.unescape(element.text) if element.text else None
    for child in element:
        _mend(child)
    for rule in RULES:
        rule(element)


def _limits(element: Element) -> None:
    r"""`\sum_{i}`: the limits stand below and above; the browser moves them beside the sign in running text."""
    if element.tag in LIMITS and len(element) and element[0].text in WITH_LIMITS:
        element.tag = LIMITS[element.tag]
        element[0].set("movablelimits", "true")
    elif element.tag in ROWS:
        for child in element:
            if child.tag == "mo" and child.text in ("max", "min"):  # without limits: a function of what follows
                child.tag = "mi"


def _identifiers(element: Element) -> None:
    """Names of functions and some signs are identifiers: as operators they would stand apart from their arguments."""
    text = element.text or ""
    if element.tag == "mo" and text in IDENTIFIERS:
        element.tag = "mi"
        if IDENTIFIERS[text]:
            element.set("mathvariant", IDENTIFIERS[text])
    elif element.tag == "mo" and text.isalnum() and text.isascii() and text not in WITH_LIMITS:
        element.tag = "mi"
        if len(text) == 1:
            element.set("mathvariant", "normal")
    elif element.tag == "mi" and text in SEPARATORS:
        element.tag = "mo"


def _bold(element: Element) -> None:
    r"""Browsers ignore `mathvariant="bold"`: the bold letters of Unicode say the same."""
    style = element.attrib.get("mathvariant", "")
    if style.startswith("bold") and element.text:
        del element.attrib["mathvariant"]
        element.text = "".join(_bold_letter(letter, style) for letter in element.text)


def _bold_letter(letter: str, style: str) -> str:
    name = unicodedata.name(letter, "").replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    slant = "ITALIC " if style == "bold-italic" and letter.isalpha() else ""
    try:
        return unicodedata.lookup(f"MATHEMATICAL BOLD {slant}{name}")
    except KeyError:
        return letter


def _accents(element: Element) -> None:
    """A hat sits on its letter; only a wide hat stretches."""
    if element.tag == "mover" and len(element) == 2 and element[1].tag == "mo" and element[1].text in ACCENTS:
        wide = len(element[0]) > 1
        element.set("accent", "true")
        element[1].set("stretchy", "true" if wide else "false")


def _primes(element: Element) -> None:
    """A prime is a raised sign already: as a superscript it would be raised twice, and small."""
    if element.tag in ("msup", "msubsup") and len(element) == CHILDREN[element.tag] and element[-1].text in PRIMES:
        base, prime = element[0], element[-1]
        element.remove(prime)
        prime.tag = "mo"
        prime.set("form", "postfix")
        if element.tag == "msup":
            element.tag = "mrow"
            element.append(prime)
        else:
            element.tag = "msub"
            element.remove(base)
            both = Element("mrow")
            both.extend((base, prime))
            element.insert(0, both)


def _signs(element: Element) -> None:
    """A minus after an operator or an opening bracket is a sign, not a difference: no gap after it."""
    before: Element | None = None
    for child in element:
        leads = before is None or (
            before.tag == "mo" and before.get("form") != "postfix" and before.text not in (")", "]")
        )
        if child.tag == "mo" and child.text in ("−", "+") and leads and element.tag in ROWS:
            child.set("form", "prefix")
        before = child


def _brackets(element: Element) -> None:
    """Brackets around letters and scripts do not stretch: browsers leave a gap beside those that do."""
    fenced = len(element) > 1 and element[0].get("form") == "prefix" and element[-1].get("fence")
    if fenced and not any(inner.tag in TALL for inner in element.iter()):
        element[0].set("stretchy", "false")
        element[-1].set("stretchy", "false")


def _gaps(element: Element) -> None:
    """A thin space between factors where one is a fraction or the right one a function, as LaTeX sets it."""
    if element.tag not in ROWS:
        return
    for place in range(len(element) - 1, 0, -1):
        before, after = element[place - 1], element[place]
        function = after.tag == "mi" and len(after.text or "") > 1
        if SPACED.isdisjoint((before.tag, after.tag)) and (function or "mfrac" in (before.tag, after.tag)):
            element.insert(place, Element("mspace", width=THIN))


RULES: tuple[Callable[[Element], None], ...] = (
    _limits,
    _identifiers,
    _bold,
    _accents,
    _primes,
    _signs,
    _brackets,
    _gaps,
)


def _fault(element: Element) -> str:
    """What is wrong with the tree, "" if nothing is."""
    if element.tag in TOKENS:
        text = element.text or ""
        return f"{text} is left as text" if text.startswith("\\") or not text else ""
    if element.tag not in CONTAINERS and len(element) != CHILDREN.get(element.tag, -1):
        return f"<{element.tag}> with {len(element)} children"
    return next((reason for child in element if (reason := _fault(child))), "")
