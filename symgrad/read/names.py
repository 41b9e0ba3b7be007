"""Declared names and how they are written: the only symbols a text may use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from symgrad.errors import ReadError
from symgrad.read.spelling import ACCENTS
from symgrad.read.tokens import NAME, WORD, Tokens, tokens

T = TypeVar("T")
KEPT = 64


@dataclass(frozen=True, slots=True)
class DeclaredName:
    """A name, its code form, and its displayed form, in which `#` stands for the indices.

    >>> DeclaredName("xhat", r"\\hat{x}_#", 1).shown()
    '\\\\hat{x}'
    """

    code: str
    template: str = ""
    arity: int = 0

    def shown(self) -> str:
        """The displayed form without indices."""
        return (self.template or self.code).replace("_{#}", "").replace("_#", "")


Declared: TypeAlias = DeclaredName | tuple | str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What must stand in a script: tokens, then the indices (if `mark`), then tokens, but for braces and commas."""

    before: tuple[str, ...] = ()
    mark: bool = False
    after: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a declared name after its letter: scripts, primes, or a bracket as in P(y=#)."""

    name: DeclaredName
    kind: str
    sub: Pattern = Pattern()
    sup: Pattern = Pattern()
    call: Pattern | None = None
    primes: int = 0

    @property
    def weight(self) -> int:
        called = self.call.weight + 1 if self.call else 0
        return self.sub.weight + self.sup.weight + called + self.primes


@dataclass(slots=True)
class Row:
    """What one letter can begin: `plain` needs nothing more, `special` ones do, the longest first."""

    plain: Spelling | None = None
    special: tuple[Spelling, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The declared names of an exercise. Each is a DeclaredName, a tuple of its fields, or its code alone.

    >>> names = Names.of(symbols=[("xhat", r"\\hat{x}_#", 1), ("sigma2", r"\\sigma^2")], sizes=["m"], indices="i j")
    >>> sorted(names.table)
    ['\\\\hat x', '\\\\sigma', 'i', 'j', 'm', 'sigma', 'sigma2', 'xhat']
    """

    symbols: tuple[DeclaredName, ...] = ()
    functions: tuple[DeclaredName, ...] = ()
    sizes: tuple[DeclaredName, ...] = ()
    indices: tuple[DeclaredName, ...] = ()
    table: dict[str, Row] = field(init=False, compare=False, repr=False)
    by_code: dict[str, DeclaredName] = field(init=False, compare=False, repr=False)
    glued: frozenset[str] = field(init=False, compare=False, repr=False)
    _made: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kinds = (("symbol", self.symbols), ("function", self.functions), ("size", self.sizes), ("index", self.indices))
        declared = [(kind, name) for kind, group in kinds for name in group]
        by_code: dict[str, DeclaredName] = {}
        table: dict[str, Row] = {}
        for kind, name in declared:
            if by_code.setdefault(name.code, name) != name:
                raise ReadError(
                    f"{name.code} is declared twice", given=f"{by_code[name.code]} and {name}", fix="give it one form"
                )
            for form in _forms(name):
                _enter(table, name, kind, form)
        for kind, name in declared:
            _enter_glued(table, name, kind)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "by_code", by_code)
        object.__setattr__(self, "glued", frozenset(code for code in by_code if "_" in code))

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What is made from these names, kept for the next time; a few of the last ones."""
        if key not in self._made:
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[key] = make()
        return self._made[key]

    @classmethod
    def of(
        cls,
        symbols: Iterable[Declared] | str = (),
        functions: Iterable[Declared] | str = (),
        sizes: Iterable[Declared] | str = (),
        indices: Iterable[Declared] | str = (),
    ) -> Names:
        """Names from codes, (code, template, arity) tuples or records; a function alone takes one argument."""
        return cls(_records(symbols), _records(functions, 1), _records(sizes), _records(indices))

    def spelled(self) -> list[str]:
        """Every declared name as people write it, for the nearest names of an error."""
        shown = [name.shown() for name in self.by_code.values()]
        return list(dict.fromkeys([*shown, *self.by_code]))


def _records(given: Iterable[Declared] | str, arity: int = 0) -> tuple[DeclaredName, ...]:
    listed = given.split() if isinstance(given, str) else given
    return tuple(
        one
        if isinstance(one, DeclaredName)
        else DeclaredName(one, arity=arity)
        if isinstance(one, str)
        else DeclaredName(*one)
        for one in listed
    )


def _forms(name: DeclaredName) -> list[str]:
    """The texts a name answers to: its template, its code, and for the code of a Greek letter that letter."""
    forms = [name.template] if name.template and not name.template.startswith(r"\frac") else []
    forms.append(name.code)
    letter = name.template[: len(name.template) - len(name.template.lstrip("\\" + LETTERS))]
    if letter in GREEK and letter != name.template:
        forms.append(name.template[1:])  # sigma^2 in plain text
    forms += ALSO.get(name.code, ())
    if not name.template and "\\" + name.code in GREEK:
        forms.append("\\" + name.code)
    return forms


ALSO = {"epsilon": ("eps",)}  # codes that have a short form in plain text
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
GREEK = frozenset(
    "\\" + letter
    for letter in """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon
    phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell""".split()
)


def _enter(table: dict[str, Row], name: DeclaredName, kind: str, form: str) -> None:
    key, spelling = (
        (form, Spelling(name, kind)) if form.isidentifier() and form == name.code else _spelling(name, kind, form)
    )
    row = table.setdefault(key, Row())
    if spelling.weight:
        same = [old for old in row.special if _reads(old) == _reads(spelling)]
        row.special = tuple(sorted([*row.special, spelling], key=lambda one: -one.weight)) if not same else row.special
        clash = same[0].name if same else name
    else:
        row.plain = row.plain or spelling
        clash = row.plain.name
    if clash.code != name.code:
        raise ReadError(
            f"{name.code} and {clash.code} are written alike", given=form, fix="give one of them another displayed form"
        )


def _reads(spelling: Spelling) -> tuple:
    return spelling.sub, spelling.sup, spelling.call, spelling.primes


def _enter_glued(table: dict[str, Row], name: DeclaredName, kind: str) -> None:
    """x_1 is also read as x1, \\ell as l and \\lambda as lambda, unless these are other names."""
    for form in _forms(name):
        if form == name.code and form.isidentifier() and "_" in form:
            continue
        key, spelling = _spelling(name, kind, form)
        literal = spelling.sub.before
        glued = key.lstrip("\\") + "".join(literal)
        if len(literal) == 1 and literal[0].isdigit() and spelling.weight == 1 and glued not in table:
            table[glued] = Row(Spelling(name, kind))
        plain = "l" if form == r"\ell" else form[1:] if form in GREEK else ""
        if plain and plain not in table:
            table[plain] = Row(Spelling(name, kind))


def _spelling(name: DeclaredName, kind: str, form: str) -> tuple[str, Spelling]:
    """A displayed form, taken apart: the letter it begins with, and what must follow."""
    read = tokens(form)
    at, stop = 0, len(read.texts) - 1
    trail: list[int] = []
    if read.texts[0] == "(" and read.match[0] < stop:
        inner = read.match[0]
        trail, at = [inner], 1
    key, at, _ = letter(read, at)
    if not key:
        raise _unreadable(name, form)
    found: dict[str, Pattern] = {}
    primes = 0
    while at < stop:
        text = read.texts[at]
        if text == "'":
            primes, at = primes + 1, at + 1
        elif text in ("_", "^"):
            end = read.match[at + 1] + 1 if read.match[at + 1] > 0 else at + 2
            pattern = pattern_of(read.texts[at + 1 : end])
            found[text] = _joined(found[text], pattern) if text in found else pattern
            at = end
        elif text == "(" and "(" not in found:
            end = read.match[at]
            found["("] = pattern_of(read.texts[at + 1 : end])
            at = end + 1
        elif trail and at == trail[0]:
            at += 1
        else:
            raise _unreadable(name, form)
    return key, Spelling(name, kind, found.get("_", Pattern()), found.get("^", Pattern()), found.get("("), primes)


def _joined(first: Pattern, second: Pattern) -> Pattern:
    return Pattern(first.before + second.before, second.mark, second.after)


def _unreadable(name: DeclaredName, form: str) -> ReadError:
    return ReadError(
        f"the displayed form of {name.code} cannot be read back",
        given=form,
        expected=r"a letter with scripts, as \hat{x}_# or P(y=#)",
    )


def pattern_of(texts: Iterable[str]) -> Pattern:
    """The pattern of a script's tokens.

    >>> pattern_of(["{", "6", ",", "#", "}"])
    Pattern(before=('6',), mark=True, after=())
    """
    kept = [text for text in texts if text not in "{},"]
    if "#" not in kept:
        return Pattern(tuple(kept))
    first = kept.index("#")
    return Pattern(tuple(kept[:first]), True, tuple(text for text in kept[first:] if text != "#"))


def letter(read: Tokens, at: int) -> tuple[str, int, tuple[int, int]]:
    """The letter at a token: its key, the token after it, and the scripts inside its accent's braces (from, to).

    >>> letter(tokens(r"{\\widehat{x_i}}^2"), 0)
    ('\\\\hat x', 8, (4, 6))
    """
    texts, kinds = read.texts, read.kinds
    text, kind = texts[at], kinds[at]
    if kind in (WORD, NAME):
        return text, at + 1, (0, 0)
    if text in ACCENTS:
        key, end, inner = letter(read, at + 1)
        if not key and texts[at + 1] == "{":
            key, start, _ = letter(read, at + 2)
            end = read.match[at + 1] + 1
            inner = (start, end - 1)
            if not key or texts[start] not in ("_", "^"):
                return "", at, (0, 0)
        return (f"{text} {key}" if key else ""), end, inner
    if text == "{" and read.match[at] > at + 1:
        key, end, inner = letter(read, at + 1)
        if key and end == read.match[at]:
            return key, end + 1, inner
    return "", at, (0, 0)
