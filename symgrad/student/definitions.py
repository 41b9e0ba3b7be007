r"""Names that an answer makes for itself on the way: `\gamma g_i, where g_i = \frac{\partial f}{\partial y_i}`.

The text is cut where one thing ends and another begins; `name = formula` with a name that nobody declared is put in
where the name stands, with its indices. Everything that is left is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import DeclaredName, Names
from symgrad.read.parse import parse
from symgrad.student.own import put
from symgrad.student.scan import free_indices
from symgrad.student.spots import renamed

JOINING = (
    "where with let then and so thus hence therefore for define denote set given using put here writing we get have"
)
SAID = rf"(?:{'|'.join(JOINING.split())})\b"
CUTS = re.compile(
    rf"\\\\|\\q?quad\b|[\n;]|[,.](?=\s|$|\\)|\\(?:text|textrm|mathrm|mbox)\s*\{{[\s,:.]*(?:{SAID}[\s,:.]*)+\}}"
    rf"|(?<![\\A-Za-z_])(?:{SAID}[\s,:]*)+",
    re.IGNORECASE,
)
FRAMES = re.compile(r"\\(?:begin|end)\{(?:align|aligned|gather|gathered|split|eqnarray)\*?\}|&")
ACCENTED = r"\\(?:hat|bar|tilde|vec|dot|mathbf)\s*(?:\{\\?[A-Za-z]+\}|\\?[A-Za-z]+)"
LETTER = rf"(?:{ACCENTED}|\\[A-Za-z]+|[A-Za-z][A-Za-z0-9]*)"
LABEL = r"(?:\^\{?[(\[]?[0-9a-zA-Z]+[)\]]?\}?)"
LEFT = re.compile(
    rf"\s*(?P<base>{LETTER})(?P<before>{LABEL})?(?P<sub>_\{{[^{{}}]*\}}|_\w|\[[^\[\]]*\])?(?P<after>{LABEL})?\s*"
)
INDEX = re.compile(r"[a-z](?:_?[0-9])?")
SPARE = "pqrstuvabcd"
MOST, MOST_PUT = 12, 200  # pieces, and places where a formula is put in


@dataclass(frozen=True)
class Own:
    """A name of the text: the letters that stand for its indices, and what it is."""

    name: DeclaredName
    letters: tuple[str, ...]
    right: str


class Definitions:
    """The definitions of a text (`rights` are their right sides), what it says beside them, and the names of both.

    Raises ReadError where the text defines nothing, or nothing else is said.
    """

    def __init__(self, text: str, names: Names) -> None:
        self.own, rest = _sorted(list(_pieces(text)), names)
        if not self.own or not rest:
            raise ReadError("nothing is defined" if rest else "nothing is said but what names stand for", text=text)
        letters = {c for one in self.own for c in one.letters} - names.by_code.keys()
        if letters & {one.name.code for one in self.own}:
            raise ReadError("a letter stands for a name and for an index", text=text)
        taken = names.table.keys() | letters | {one.name.code for one in self.own}
        self.spare = frozenset(SPARE) - taken
        indices = (*names.indices, *map(DeclaredName, sorted(letters | self.spare)))
        symbols = (*names.symbols, *(one.name for one in self.own))
        self.names = Names(symbols, names.functions, names.sizes, indices)
        self.rest = r" \\ ".join(rest)
        self.rights = [one.right for one in self.own]
        self.notes = tuple(f"{one.name.shown()} is what the text says it is" for one in self.own)

    def put_in(self, tree: s.Node, rights: Sequence[s.Node]) -> s.Node:
        """The tree with the formulas in place of the names, in whatever order these are defined."""
        values = {one.name.code: (one.letters, right) for one, right in zip(self.own, rights, strict=True)}
        if any(within in values for within in _sets(tree)):
            raise ReadError("a set that the text defines is not read", expected="both ends of a sum")
        putting, found = Putting(values, self.spare), tree
        for _ in values:
            found = putting.in_tree(found)
        return found


def _pieces(text: str) -> Iterator[str]:
    """The text, cut at the top level; what surrounds lines is left out."""
    plain = FRAMES.sub(" ", text)
    start = 0
    for cut in CUTS.finditer(plain):
        if _depth(plain[: cut.start()]) == 0:
            yield plain[start : cut.start()]
            start = cut.end()
    yield plain[start:]


def _depth(text: str) -> int:
    opened = len(re.findall(r"[({\[]|\\begin\b", text))
    return opened - len(re.findall(r"[)}\]]|\\end\b", text))


def _sorted(pieces: list[str], names: Names) -> tuple[list[Own], list[str]]:
    """The definitions of the text, and the other pieces."""
    said = [one.strip(" ,.:\t") for one in pieces if one.strip(" ,.:\t")]
    if len(said) > MOST:
        raise ReadError("too many pieces", expected=f"up to {MOST}")
    found: list[Own] = []
    rest: list[str] = []
    for one in said:
        left, sign, right = one.partition("=")
        chain = any(_depth(right[: at.start()]) == 0 for at in re.finditer("=", right))
        match = LEFT.fullmatch(left) if sign and right.strip() and not chain else None
        own = None if match is None else _own(match, right, one, said, names)
        if own is None:
            rest.append(one)
            continue
        if any(own.name.code == other.name.code for other in found):
            raise ReadError(f"{own.name.shown()} is defined twice", expected="one formula for each name")
        found.append(own)
    return found, rest


def _own(match: re.Match[str], right: str, piece: str, said: list[str], names: Names) -> Own | None:
    """A name that is declared nowhere; its subscripts are letters of indices, or belong to its name."""
    left = match[0].strip()
    try:
        parse(left, names)
        return None
    except ReadError:
        pass
    base, label = match["base"], (match["before"] or "") + (match["after"] or "")
    if base in names.table or base.replace(" ", "") in names.table:
        return None
    inside = re.sub(r"[\s,{}\[\]_]+", " ", match["sub"] or "").split()
    letters = [c for word in inside for c in (list(word) if word.isalpha() else [word])]
    sizes = {n.code for n in names.sizes}
    if not all(INDEX.fullmatch(c) and c not in sizes for c in letters):
        return None
    code = re.sub(r"\W", "", base + label)
    arity = len(letters) or _used_with(base + label, [x for x in said if x is not piece])
    template = f"{base}_#{label}" if arity else base + label
    return Own(DeclaredName(code, template, arity), tuple(letters), right.strip())


def _used_with(name: str, others: list[str]) -> int:
    """How many indices a name that is defined as a whole has elsewhere."""
    for one in others:
        used = re.search(re.escape(name) + r"\s*(?:_\{([^{}]*)\}|_(\w)|\[([^\[\]]*)\])", one)
        if used:
            inside = next(g for g in used.groups() if g)
            return inside.count(",") + 1 if "," in inside else len(inside.strip())
    return 0


class Putting:
    """Puts formulas in for names; a bound letter of a formula that would catch an index there gets another name."""

    def __init__(self, values: Mapping[str, tuple[tuple[str, ...], s.Node]], spare: frozenset[str]) -> None:
        self.values, self.spare, self.count = values, spare, 0

    def in_tree(self, node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(self.in_tree, node))
        if not isinstance(node, s.Node | s.Bound):
            return node
        if isinstance(node, s.Reference) and node.code in self.values:
            return self._value(node)
        held = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
        made: dict[str, Any] = {name: self.in_tree(x) for name, x in held.items()}
        return replace(node, **made) if any(made[n] is not held[n] for n in held) else node

    def _value(self, node: s.Reference) -> s.Node:
        self.count += 1
        if self.count > MOST_PUT:
            raise ReadError("definitions that lead to too long a formula", expected=f"up to {MOST_PUT} places")
        letters, body = self.values[node.code]
        at = tuple(map(self.in_tree, node.indices))
        if not letters:
            return s.Entry(body, at, node.span) if at else body
        if len(at) != len(letters):
            raise ReadError(f"{node.code} is defined with {len(letters)} indices and stands with {len(at)}")
        taken = frozenset(c for x in at for c in free_indices(x, _words(x)))
        body = self._set_free(body, taken)
        for letter, place in zip(letters, (f"~{n}" for n in range(len(at))), strict=True):
            body = renamed(body, letter, place)
        return put(body, {f"~{n}": x for n, x in enumerate(at)})

    def _set_free(self, body: s.Node, taken: frozenset[str]) -> s.Node:
        for spot in _bound_in(body) & taken:
            new = next((c for c in sorted(self.spare) if c not in _words(body) | taken), "")
            if not new:
                raise ReadError(f"{spot} stands for two things", expected="another letter in the sum")
            body = _rebound(body, spot, new)
        return body


def _sets(node: s.Node | s.Bound) -> Iterator[str]:
    """The sets that sums run over by their names."""
    if isinstance(node, s.Bound) and node.within:
        yield node.within
    for child in s.children(node):
        yield from _sets(child)


def _words(node: Any) -> frozenset[str]:
    """All letters in a tree, bound ones too."""
    if isinstance(node, s.Bound):
        inner = frozenset[str]().union(*(_words(x) for x in (node.lower, node.upper) if x is not None))
        return inner | {node.name}
    own = frozenset((node.code,)) if isinstance(node, s.Reference) and not node.indices else frozenset[str]()
    return own.union(*map(_words, s.children(node)))


def _bound_in(node: Any) -> frozenset[str]:
    own = frozenset((node.name,)) if isinstance(node, s.Bound) else frozenset[str]()
    return own.union(*map(_bound_in, s.children(node)))


def _rebound(node: Any, old: str, new: str) -> Any:
    """The tree in which sums over one letter run over another."""
    if isinstance(node, tuple):
        return tuple(_rebound(x, old, new) for x in node)
    if not isinstance(node, s.Node | s.Bound):
        return node
    if isinstance(node, s.BigOperator) and any(one.name == old for one in node.bounds):
        bounds = tuple(replace(b, name=new) if b.name == old else b for b in node.bounds)
        free = renamed(s.Plus((node.body, *node.conditions)), old, new)
        assert isinstance(free, s.Plus)
        return replace(node, bounds=bounds, body=_rebound(free.terms[0], old, new), conditions=free.terms[1:])
    return replace(
        node, **{f.name: _rebound(getattr(node, f.name), old, new) for f in fields(node) if f.name != "span"}
    )
