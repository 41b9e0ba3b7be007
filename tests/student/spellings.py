"""One formula in other letters: rewritings of LaTeX text that change nothing that is said."""

from __future__ import annotations

import random
import re

# (pattern, texts that may stand for it)
SPELLINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\\frac(?=\{)", (r"\\dfrac", r"\\tfrac", r"\\cfrac")),
    (r"\\frac\{1\}\{2\}", (r"\\frac12", r"\\dfrac12", r"\\tfrac{1}{2}", r"{1/2}")),
    (r"\\left\(", (r"(",)),
    (r"\\, ", (r" ", r"\\cdot ", r"\\; ", r"\\,\\,")),
    (
        r"\\hat\{(\w)\}_\{(\w)\}",
        (r"\\widehat{\1}_{\2}", r"\\hat{\1}_\2", r"\\hat{\1_\2}", r"\\widehat{\1_{\2}}", r"\\hat \1_\2"),
    ),
    (r"\\hat\{(\w)\}(?!_)", (r"\\widehat{\1}", r"\\hat \1")),
    (r"\\operatorname\{ReLU\}", (r"\\text{ReLU}", r"\\mathrm{ReLU}", r"ReLU")),
    (r"\^\{\\top\}", (r"^\\top", r"^T", r"^{T}", r"^{\\intercal}", r"^\\intercal", r"^{\\mathsf{T}}")),
    (r"\\odot", (r"\\circ",)),
    (r"\\exp\\left\(([^()]*)\\right\)(?!\^)", (r"e^{\1}", r"\\exp(\1)", r"\\mathrm{e}^{\1}", r"\\exp\\{\1\\}")),
    (r"\\sum_\{", (r"\\sum\\limits_{",)),
    (r"\\sum_\{(\w)=(\w)\}\^\{(\w)\}", (r"\\sum^{\3}_{\1=\2}", r"\\sum_{\1=\2}^\3", r"\\sum_{\1 = \2}^{\3}")),
    (r"\\sigma\^2(?!\})", (r"\\sigma^{2}", r"{\\sigma^2}", r"\\sigma ^ 2")),
    (r"\\epsilon", (r"\\varepsilon",)),
    (r"\\sqrt\{([^{}]*)\}", (r"\\sqrt{\\left(\1\\right)}", r"\\sqrt{{\1}}", r"\\sqrt[2]{\1}")),
    (r"_\{(\w)\}", (r"_\1",)),
    (
        r"\\frac\{(\\partial [^{}]*)\}\{(\\partial [^{}]*)\}(?!\^)",
        (r"\1 / \2", r"\\dfrac{\1}{\2}", r"\\left(\\frac{\1}{\2}\\right)"),
    ),
    (r"\\mathbf\{1\}", (r"\\mathbb{1}", r"\\mathbf 1", r"\\boldsymbol{1}")),
    (r"([A-Z])_\{(\w+), (\w+), (\w+)\}", (r"\1[\2,\3,\4]", r"\1_{\2,\3,\4}", r"\1_{\2\3\4}")),
    (r"\[([^][]*), ([^][]*)\]", (r"[\1,\2]",)),
    (r"\^\{\((\d)\)\}", (r"^{(\1)}", r"^{\\left(\1\\right)}")),
    (r" ", (r"", r"\\ ", r"\\!", r"  ")),
)
SIZES = (r"\bigl", r"\Big", r"\bigg", "")


PRODUCT = r"\\, "  # between vectors a dot may mean their scalar product


def spelled(text: str, draw: random.Random, changes: int = 2, whole: bool = False) -> str:
    """The text in other letters, at several places; `whole`: vectors stand in it without their indices."""
    for _ in range(changes):
        possible = [(p, texts) for p, texts in SPELLINGS if re.search(p, text) and not (whole and p == PRODUCT)]
        if not possible:
            return text
        pattern, texts = draw.choice(possible)
        if pattern == r" ":
            text = _spaced(text, draw)
        elif pattern == r"\\left\(":
            text = _bracketed(text, draw)
        else:
            text = re.sub(pattern, draw.choice(texts), text, count=draw.choice((0, 1)))
    return text


def _bracketed(text: str, draw: random.Random) -> str:
    """All brackets of another size."""
    size = draw.choice(SIZES)
    closing = {r"\bigl": r"\bigr"}.get(size, size)
    return text.replace(r"\left(", f"{size}(").replace(r"\right)", f"{closing})")


def _spaced(text: str, draw: random.Random) -> str:
    """Spaces that do not end a command left out, or more of them."""
    if draw.random() < 0.5:
        return re.sub(r"(?<![A-Za-z\\]) ", "", text)
    return text.replace(" ", "  ")
