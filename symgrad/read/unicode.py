"""Accents and rows of raised and lowered signs in Unicode, as LaTeX writes them: `x̂ᵢ`, `Σᵢ₌₁ᵐ`, `W⁽²⁾`."""

from __future__ import annotations

import re
from unicodedata import normalize

ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u20d7": "vec", "\u0307": "dot"}
ACCENTED = re.compile(rf"([A-Za-z\u0370-\u03ff])([{''.join(ACCENTS)}])")
LOWERED = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₗₘₙₚₛₜₓₐₑₕᵣᵤᵥ"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴮᴴᴷᴸᴹᴺᴾ"
ROWS = re.compile(rf"[{LOWERED}]+|[{RAISED}]+")


def in_latex(text: str) -> str:
    r"""The text with such signs in LaTeX.

    >>> in_latex("Σᵢ₌₁ᵐ x̂ᵢ + W⁽²⁾")
    'Σ_{i=1}^{m} \\hat{x}_{i} + W^{(2)}'
    >>> in_latex("a + b")
    'a + b'
    """
    if text.isascii():
        return text
    text = text.replace("\u2212", "-")
    text = ACCENTED.sub(lambda m: rf"\{ACCENTS[m[2]]}{{{m[1]}}}", text)
    return ROWS.sub(lambda m: f"{'_' if m[0][0] in LOWERED else '^'}{{{_plain(m[0])}}}", text)


def _plain(signs: str) -> str:
    return normalize("NFKC", signs).replace("\u2212", "-")
