r"""The LaTeX that symgrad prints: one row a command, and a reader that refuses everything else.

Every formula, also the part a user wrote (`shown=r"\hat{x}_#"`), passes `refusal` before it is printed. What passes
compiles in LaTeX, converts to MathML without loss, and cannot reach beyond its own braces.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from symgrad.errors import SymgradError


class Row(NamedTuple):
    """`arguments`: how many braced groups must follow. `latex`, `mathml`: whether the command is right in each."""

    arguments: int = 0
    latex: bool = True
    mathml: bool = True


SIGN = Row()
FONT = Row(1)
PAIR = Row(2)
ONLY_LATEX = Row(1, mathml=False)
GREEK = (
    r"\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa \lambda \mu \nu \xi \pi "
    r"\rho \sigma \tau \upsilon \phi \varphi \chi \psi \omega "
    r"\Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega"
)
FUNCTIONS = r"\exp \log \ln \sin \cos \tan \sinh \cosh \tanh \max \min \det"
SIGNS = (
    r"\sum \prod \partial \nabla \infty \ell \top \odot \cdot \times \circ \star \ast \neq \leq \geq \in \approx \mid "
    r"\ldots \cdots \to \implies \quad \, \; \{ \} \lvert \rvert \lVert \rVert \lfloor \rfloor \lceil \rceil \prime"
)

COMMANDS: dict[str, Row] = {
    **dict.fromkeys(f"{GREEK} {FUNCTIONS} {SIGNS}".split(), SIGN),
    r"\frac": PAIR,
    r"\overset": PAIR,
    r"\underset": PAIR,
    r"\sqrt": FONT,
    r"\hat": FONT,
    r"\widehat": FONT,
    r"\bar": FONT,
    r"\tilde": FONT,
    r"\vec": FONT,
    r"\dot": FONT,
    r"\mathbf": FONT,
    r"\mathbb": FONT,
    r"\mathcal": FONT,
    r"\substack": FONT,
    r"\boldsymbol": FONT,
    r"\boxed": ONLY_LATEX,  # menclose is not in MathML Core: HTML boxes with CSS
}
ENVIRONMENTS = ("cases", "pmatrix")
WORDS = {  # what may stand between the braces of a word command
    "text": r"[A-Za-z0-9.,()'\- ]+",
    "operatorname": r"[A-Za-z0-9]+",
    "mathrm": r"[A-Za-z0-9]+",
}
STARRED = {"operatorname": r"\*?"}  # with a star its limits stand below and above
FENCES = r"\\[lr](?:vert|Vert|floor|ceil)|\\[{}]|[()\[\]|]"
TOKEN = re.compile(
    r"(?P<environment>\\(?P<edge>begin|end)\{(?P<name>[a-z]+)\})"
    + "".join(rf"|(?P<{name}>\\{name}{STARRED.get(name, '')}\{{{inside}\}})" for name, inside in WORDS.items())
    + rf"|(?P<side>\\(?P<hand>left|right)(?:{FENCES}))"
    + r"|(?P<command>\\(?:[A-Za-z]+|[,;{}\\]))|(?P<brace>[{}])|(?P<script>[\^_])|(?P<cell>&)"
    + r"|(?P<plain>[A-Za-z0-9+\-=<>()\[\].,;:/|*!'])|(?P<space> +)"
)
BARE = ("plain", "command", *WORDS)  # what may follow ^ or _ without braces
DEEPEST = 60  # nested groups: beyond this no reader follows, and no recursion should


class _Open(NamedTuple):
    """A group that is still open: what closes it, how many groups must follow it, whether it holds rows."""

    closes: str
    due: int = 0
    rows: bool = False


class _Reader:
    """One pass over a formula: what is open, what is still due, and which scripts the last symbol already carries."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.open: list[_Open] = []
        self.scripted = [""]  # for each open level, the scripts of its last symbol
        self.due = 0
        self.bare = False  # the group that is due may be one bare symbol (after ^ or _)
        self.stack = False  # the group that is due is that of \substack

    def take(self, match: re.Match[str]) -> str:
        """The reason to refuse this token, or ""."""
        kind, token = str(match.lastgroup), match.group()
        if kind == "space":
            return ""
        if self.due and token != "{" and not (self.bare and token != "'" and kind in BARE):
            return f"{token} where a group in braces belongs"
        return str(getattr(self, f"_{kind}", self._symbol)(match, token))

    def _brace(self, match: re.Match[str], token: str) -> str:
        if token == "{":
            return self._push(_Open("}", max(self.due - 1, 0), self.stack))
        return self._pop("}", token)

    def _side(self, match: re.Match[str], token: str) -> str:
        return self._push(_Open(r"\right")) if match["hand"] == "left" else self._pop(r"\right", token)

    def _environment(self, match: re.Match[str], token: str) -> str:
        if match["name"] not in ENVIRONMENTS:
            return f"{token} is not an environment that is printed"
        end = rf"\end{{{match['name']}}}"
        return self._push(_Open(end, rows=True)) if match["edge"] == "begin" else self._pop(end, token)

    def _push(self, group: _Open) -> str:
        if not self.due:
            self.scripted[-1] = ""
        self.open.append(group)
        self.scripted.append("")
        self.due, self.bare, self.stack = 0, False, False
        return "" if len(self.open) <= DEEPEST else f"more than {DEEPEST} nested groups"

    def _pop(self, closes: str, token: str) -> str:
        if not self.open or self.open[-1].closes != closes:
            return f"{token} closes nothing"
        self.due = self.open.pop().due
        self.scripted.pop()
        return ""

    def _script(self, match: re.Match[str], token: str) -> str:
        if token in self.scripted[-1] or (token == "^" and "'" in self.scripted[-1]):
            return f"two {token} on one symbol"
        self.scripted[-1] += token
        self.due, self.bare = 1, True
        return ""

    def _cell(self, match: re.Match[str], token: str) -> str:
        self.scripted[-1] = ""
        return "" if self.open and self.open[-1].rows else f"{token} outside a table"

    def _command(self, match: re.Match[str], token: str) -> str:
        if token == "\\\\":
            return self._cell(match, token)
        row = COMMANDS.get(token)
        if token[1:] in WORDS:
            return f"{token} holds letters and digits only"
        if row is None or not getattr(row, self.target):
            return f"{token} is not a command that is printed in {self.target}"
        if self.due and row.arguments:
            return f"{token} after ^ or _ without braces"
        self._symbol(match, token)
        self.due, self.stack = row.arguments, token == r"\substack"
        return ""

    def _symbol(self, match: re.Match[str], token: str) -> str:
        """A symbol takes scripts anew, unless it is itself the script of the symbol before."""
        if token == "'" and not self.due:
            if "^" in self.scripted[-1]:
                return "two ^ on one symbol"
            self.scripted[-1] += token
        elif not self.due:
            self.scripted[-1] = ""
        self.due, self.bare = 0, False
        return ""


def refusal(formula: str, target: str = "latex") -> str:
    r"""Why `formula` cannot be printed in `target` (latex or mathml), "" if it can.

    >>> refusal(r"\hat{x}_{i}^2")
    ''
    >>> refusal(r"\input{/etc/passwd}")
    '\\input is not a command that is printed in latex'
    >>> refusal(r"x^2^3"), refusal(r"x}"), refusal(r"\frac{a}")
    ('two ^ on one symbol', '} closes nothing', 'a group is missing at the end')
    """
    reader, place = _Reader(target), 0
    while place < len(formula):
        match = TOKEN.match(formula, place)
        if match is None:
            return f"{formula[place]!r} is not a character of a formula"
        if reason := reader.take(match):
            return reason
        place = match.end()
    if reader.open:
        return f"{reader.open[-1].closes} is missing at the end"
    return "a group is missing at the end" if reader.due else ""


def admitted(formula: str, target: str = "latex") -> str:
    """`formula` itself, or a SymgradError that says what stands in the way."""
    if reason := refusal(formula, target):
        raise SymgradError(
            f"not a formula that can be printed: {reason}",
            where=formula[:200],
            fix="write it with the commands of render/commands.py",
        )
    return formula
