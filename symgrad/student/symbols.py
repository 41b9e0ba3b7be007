"""Reading a text with the names of an exercise, and, where that fails, with letters a student may choose.

An index may have any letter that is not taken, and W may be written w where nothing else is. No other name is made up.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import DeclaredName, Names
from symgrad.read.parse import parse
from symgrad.read.printed import numbers_in_brackets
from symgrad.read.unicode import in_latex
from symgrad.student.definitions import Definitions
from symgrad.student.families import Families
from symgrad.student.prose import LEFT_OUT, without_prose
from symgrad.student.scan import as_numbers

SCRIPT = re.compile(r"_\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|_([a-zA-Z])|\[([^][]*)\]")
LABELLED = re.compile(r"(?P<base>[^_^]+)\^\{\((?P<label>[0-9]+)\)\}(?:_#)?")
DOUBTFUL = (
    (re.compile(r"\[\s*[+-]?[\d.]+\s+[+-][\d.]+\s*[\]\d\s+-]"), "a row of numbers, or a difference?"),
    (re.compile(r"(?:,|\\q?quad)\s*\([^()]*(?:\\leq?\b|<|≤)[^()]*\)\s*$"), "a range behind a formula is not read"),
)
SQUARE = re.compile(r"\^\{\[([0-9]+)\]\}")
LABELS_BELOW = "the labels of layers are read as subscripts"
COMMAND = re.compile(r"\\[A-Za-z]+")
LETTER = re.compile(r"([a-z])(?:_\{?([0-9])\}?)?")
TRIES = 4
IN_CODE = re.compile(r"\bd(?:([A-Za-z][A-Za-z0-9]*)_d)?([A-Za-z][A-Za-z0-9]*)\b(?!\s*/)")


@dataclass(frozen=True)
class Text:
    """A tree with the names it is written in; `spare` are the index letters that nobody declared."""

    tree: s.Node
    names: Names
    spare: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def understood(text: str, names: Names, of: str = "") -> Text:
    """The tree of a text. `of` is what is differentiated: in code, dy is its gradient by y.

    Raises ReadError, as with the declared names alone.
    """
    text = SQUARE.sub(r"^{(\1)}", numbers_in_brackets(in_latex(text)))  # z^{[2]} is z^{(2)}: a bracket is no exponent
    for doubtful, said in DOUBTFUL:
        met = doubtful.search(text)
        if met:
            raise ReadError(said, text=text, caret=met.start())
    try:
        return Text(parse(text, names), names)
    except ReadError as error:
        first = error
    with suppress(ReadError):
        return _with_liberties(text, names)
    code, read = _gradients_in_code(text, names, of)
    if read:
        with suppress(ReadError):
            found = _with_liberties(code, names)
            return replace(found, notes=(*found.notes, *read))
    below = _with_labels_below(names)
    if below is not names:
        with suppress(ReadError):
            found = _with_liberties(text, below)
            return replace(found, names=names, notes=(*found.notes, LABELS_BELOW))
    if "=" in text:
        with suppress(ReadError):
            return _with_own_names(text, names)
    shorter = without_prose(text)
    if shorter not in ("", text):
        with suppress(ReadError):
            found = understood(shorter, names, of)
            return replace(found, notes=(*found.notes, LEFT_OUT))
    raise first


def _with_labels_below(names: Names) -> Names:
    """The names, those of layers written z_2 and W_{2,ij} in place of z^{(2)} and W^{(2)}_{ij}.

    Only where no name is written with that letter alone: z_2 may be an entry of z then.
    """

    def make() -> Names:
        labelled = {n: match for n in names.symbols if (match := LABELLED.fullmatch(n.template))}
        alone = {n.shown() for n in names.by_code.values()}
        moved = {n: m for n, m in labelled.items() if m["base"] not in alone}
        if not moved:
            return names
        changed = [
            replace(n, template=f"{moved[n]['base']}_{{{moved[n]['label']}{',#' if n.arity else ''}}}")
            if n in moved
            else n
            for n in names.symbols
        ]
        try:
            return Names(tuple(changed), names.functions, names.sizes, names.indices)
        except ReadError:  # two names are written alike
            return names

    return names.once("labels below", make)


def _with_own_names(text: str, names: Names) -> Text:
    """The tree of a text that says itself what its letters stand for. Raises ReadError."""
    said = Definitions(text, names)
    found = [_with_liberties(right, said.names) for right in said.rights]
    answer = _with_liberties(said.rest, said.names)
    spare = answer.spare.union(*(one.spare for one in found))
    notes = dict.fromkeys(note for one in (*found, answer) for note in one.notes)
    tree = said.put_in(answer.tree, [one.tree for one in found])
    letters = with_letters(text, said.names)
    return Text(tree, letters, spare, (*notes, *said.notes))


def _gradients_in_code(text: str, names: Names, of: str) -> tuple[str, list[str]]:
    """Plain text in which dL_dZ and, where L is differentiated, dZ stand for dL/dZ; with what was read so."""
    read: list[str] = []

    def written_out(match: re.Match[str]) -> str:
        top, by = match[1] or of, match[2]
        if "\\" in text or not top or by not in names.by_code or match[0] in names.by_code:
            return match[0]
        read.append(f"{match[0]} is read as d{top}/d{by}")
        return f"(d{top}/d{by})"

    return IN_CODE.sub(written_out, text), list(dict.fromkeys(read))


def _with_liberties(text: str, names: Names) -> Text:
    """The tree of a text with letters of its own for indices, with families, and in another case. Raises ReadError."""
    problem: ReadError | None = None
    notes: list[str] = []
    families, numbered = names.once("families", lambda: _numbered(names))
    wider = with_letters(text, numbered)
    for _ in range(TRIES):
        try:
            tree = parse(text, wider)
        except ReadError as error:
            problem = error
        else:
            spare = frozenset(wider.by_code) - frozenset(numbered.by_code)
            if next(as_numbers(tree, spare), None) is not None:
                raise ReadError("a letter of an index stands for a number", text=text)
            return Text(families.spelled_out(tree), wider, spare, tuple(notes))
        turned = _in_other_case(wider, problem)
        if turned is None:
            break
        wider, note = turned
        notes.append(note)
    raise problem or ReadError("a letter of an index stands for a number", text=text)


def with_letters(text: str, names: Names) -> Names:
    """The names, with the letters in subscripts and brackets that are not declared as indices of their own."""
    found: dict[str, DeclaredName] = {}
    for script in SCRIPT.finditer(text):
        for letter, digit in LETTER.findall(COMMAND.sub(" ", "".join(g or "" for g in script.groups()))):
            code = letter + digit
            if code not in names.by_code and code not in names.table and letter not in names.table:
                found[code] = DeclaredName(code, f"{letter}_{digit}" if digit else "")
    wider = (*names.indices, *found.values())
    make = lambda: Names(names.symbols, names.functions, names.sizes, wider)  # noqa: E731
    return names.once(("letters", *found), make) if found else names


def _numbered(names: Names) -> tuple[Families, Names]:
    families = Families.of(names)
    symbols = (*names.symbols, *families.declared(names))
    return families, Names(symbols, names.functions, names.sizes, names.indices)


def _in_other_case(names: Names, problem: ReadError) -> tuple[Names, str] | None:
    """The names with one letter in the other case, where the text has it so and nothing else is written like that."""
    letter = problem.text[problem.caret : problem.caret + 1]
    other = letter.swapcase()
    if not letter.isalpha() or other == letter:
        return None
    turned = [n for n in names.symbols if n.shown()[:1] == other]
    taken = any(n.shown()[:1] == letter for n in names.by_code.values())
    if not turned or taken:
        return None
    changed = tuple(_written(n, letter) if n in turned else n for n in names.symbols)
    make = lambda: Names(changed, names.functions, names.sizes, names.indices)  # noqa: E731
    return names.once(("case", letter), make), f"{letter} is read as {other}"


def _written(name: DeclaredName, letter: str) -> DeclaredName:
    template = name.template or name.code + ("_#" if name.arity else "")
    return replace(name, template=letter + template[1:])
