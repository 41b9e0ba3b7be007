r"""Which letters of a text are symbols, with labels and numbers of indices, which are indices, which are functions.

Conventions: a subscript of digits or a word and a superscript in brackets are labels; letters in subscripts that a sum
binds or that stand on the left side are indices; the left side `\sigma^2 = ...` makes \sigma^2 one symbol. Where a
second reading exists, it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from symgrad.errors import ReadError, nearest
from symgrad.read.atoms import LABELLED, Atom, atoms, bound, call_slot, items, left_side
from symgrad.read.named import CALLED_ONLY
from symgrad.read.names import GREEK, DeclaredName, Names
from symgrad.read.scripts import PARTS, Range, count, font_group, in_a_font, inside, letters, numbers_only
from symgrad.read.spelling import KNOWN, RESERVED
from symgrad.read.statements import Statement
from symgrad.read.symbols import Identity, Symbol, ask, option
from symgrad.read.tokens import NAME, Tokens

OPERATORS = frozenset(["+", "-", "*", "/", "\\cdot", "\\times"])
SUM_LIKE = ("\\Sigma", "\\Pi")  # letters, unless they bind something


@dataclass
class Inference:
    """What is known so far. `extra`: questions and facts, whose free letters are indices; `own`: symbols by option."""

    definitions: Sequence[Statement]
    extra: Sequence[Statement] = ()
    own: Mapping[str, Identity] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    indices: dict[str, None] = field(default_factory=dict)
    ranges: Sequence[Statement] = ()
    symbols: dict[Identity, Symbol] = field(default_factory=dict)
    used_functions: dict[str, int] = field(default_factory=dict)
    doubtful: list[tuple[Statement, Atom]] = field(default_factory=list)
    sigmoid: tuple[Statement, int] | None = None  # where \\sigma(...) is taken for the logistic function
    closed: bool = False  # whether all definitions have been read, so that a new name is a mistake
    pi: bool = False  # whether \\pi is the number
    taken: set[int] = field(default_factory=set)  # tokens of the statement at hand that belong to an earlier atom

    def run(self) -> None:
        """Finds the names of the text. Raises ReadError where something has two readings."""
        for statement in (*self.definitions, *self.extra):
            self.indices.update(dict.fromkeys(bound(statement.read)))
        for statement in self.definitions:
            self._left_indices(statement)
        for statement in self.definitions:
            self._walk(statement)
        for statement in self.ranges:
            self._walk(statement)
        self._words()
        self.closed = True
        for statement in self.extra:
            self._free(statement)
            self._walk(statement)
        self._words()
        self._refuse_unused()

    @property
    def names(self) -> Names:
        """As the parser wants them."""
        return Names(
            (*(s.name for s in self.symbols.values()), *self._number_pi()),
            tuple(DeclaredName(name, "", arity) for name, arity in self.used_functions.items()),
            (),
            tuple(
                DeclaredName(i, f"{i[0]}_{i[1:]}" if i[1:].isdigit() else i)
                for i in map(_code, self.indices)
                if "'" not in i
            ),
        )

    def _refuse_unused(self) -> None:
        """An option about something that is not in the text is a misspelling."""
        for text, identity in self.own.items():
            if identity not in self.symbols:
                known = [one.text for one in self.symbols.values()]
                raise ReadError("an option about a name that is not in the text", text=text, fix=nearest(text, known))
        for name in self.functions - set(self.used_functions):
            raise ReadError("an option about a function that is not in the text", text=name)

    def _number_pi(self) -> tuple[DeclaredName, ...]:
        name = next((one for one in self.symbols.values() if one.identity[0] == "\\pi"), None)
        if self.pi and name:
            fix = "another letter for the name, or 3.14159 for the number"
            raise ask(name.statement, name.at, "\\pi has two readings", f"the number, or the name {name.text}", fix)
        return (DeclaredName("pi", "\\pi"),) if self.pi else ()

    # --- left sides

    def _left_indices(self, statement: Statement) -> None:
        """The letters in the scripts of a left side that are indices: they stand in scripts on the right too."""
        left = left_side(statement)
        if left is None:
            return
        right = self._script_letters(statement, statement.at)
        for within in (left.sub, *left.square, call_slot(statement, left)):
            if within is None or in_a_font(statement.read, within):
                continue
            found = letters(inside(statement.read, within))
            known = [c for c in found if c in right or c in self.indices]
            if len(known) == len(found):
                self.indices.update(dict.fromkeys(found))
            elif self._left_identity(statement, left) not in self.own.values() and (known or len(found) == 1):
                raise self._label_or_index(statement, left, next(c for c in found if c not in known))

    def _left_identity(self, statement: Statement, left: Atom) -> Identity:
        sub = inside(statement.read, left.sub) if left.sub else ()
        return left.key, sub, (), left.primes

    def _script_letters(self, statement: Statement, since: int) -> set[str]:
        found: set[str] = set()
        for atom in atoms(statement.read):
            if atom.at > since:
                for within in (atom.sub, *atom.square, call_slot(statement, atom), atom.sup):
                    found.update(letters(inside(statement.read, within)) if within else ())
        return found

    def _free(self, statement: Statement) -> None:
        """Letters in the scripts of a question or fact are indices, unless they are labels of a known symbol."""
        for atom in atoms(statement.read):
            if atom.sub and not in_a_font(statement.read, atom.sub):
                texts = inside(statement.read, atom.sub)
                if (atom.key, texts, (), atom.primes) not in {*self.symbols, *self.own.values()}:
                    self.indices.update(dict.fromkeys(letters(texts)))
            for within in (*atom.square, call_slot(statement, atom)):
                self.indices.update(dict.fromkeys(letters(inside(statement.read, within)) if within else ()))

    # --- all letters

    def _walk(self, statement: Statement) -> None:
        self.taken = set()
        left = left_side(statement) if statement in self.definitions else None
        for atom in atoms(statement.read):
            if atom.at not in self.taken:
                self._atom(statement, atom, left is not None and atom.at == left.at)

    def _atom(self, statement: Statement, atom: Atom, left: bool) -> None:
        read, key = statement.read, atom.key
        text = read.texts[atom.at]
        if key == "e" and key in self.indices and atom.sup:
            raise ask(statement, atom.at, "e has two readings", "the base of exp, or the index e", r"write \exp(...)")
        if (not left and self._is_index(read, atom)) or text in RESERVED:
            return
        if not left and self._is_known(statement, atom):
            return
        if read.kinds[atom.at] == NAME and key not in GREEK:
            raise statement.error(f"{text} is not understood here", atom.at, "a letter, a function or a sign")
        labelled = LABELLED.fullmatch(text)
        if labelled and not atom.sub:
            self._add(statement, atom, left, base=labelled[1], label=(labelled[2],))
        elif len(text) > 1 and key == text and text[0] != "\\" and not left and not self._is_word(statement, atom):
            self.doubtful.append((statement, atom))
            self.taken.update(k for within in (atom.sub, *atom.square) if within for k in range(*within))
        else:
            self._add(statement, atom, left)

    def _is_index(self, read: Tokens, atom: Atom) -> bool:
        """An index used as a number; its name with a number may be written k_1 or k1."""
        if atom.sub and not atom.square:
            found = letters(inside(read, (atom.at, atom.sub[1])))
            return len(found) == 1 and found[0] in self.indices and found[0] != atom.key
        return (
            atom.key + "'" * atom.primes in self.indices
            and not atom.square
            and (atom.key, (), (), 0) not in self.symbols
        )

    def _is_known(self, statement: Statement, atom: Atom) -> bool:
        """Whether a letter has a meaning everybody knows: a function, e, \\pi, Kronecker's delta."""
        key, read = atom.key, statement.read
        text = read.texts[atom.at]
        mine = any(i[0] == key for i in self.own.values()) or any(
            left is not None and left.key == key for left in map(left_side, self.definitions)
        )
        if mine:
            return False
        if key in SUM_LIKE and atom.sub and "=" in read.texts[slice(*atom.sub)]:
            raise statement.error(f"{text} is a letter", atom.at, fix=r"write \sum or \prod")
        if key == "\\delta" and atom.sub and len(letters(inside(read, atom.sub))) == 2:
            self.taken.update(range(*atom.sub))
            return True
        if key == "\\sigma":
            found = bool(atom.call) and not (atom.sub or atom.sup or atom.square)
            self.sigmoid = (statement, atom.at) if found else self.sigmoid
            return found
        if key in ("e", "\\pi"):
            self.pi = self.pi or (key == "\\pi" and not atom.sub and not atom.square)
            return not atom.sub and not atom.square
        if text == "range":
            return read.texts[atom.at - 1] == "in"
        if key in CALLED_ONLY:
            return key == "I" and bool(atom.call or atom.square)
        return text in KNOWN and key not in SUM_LIKE

    def _is_word(self, statement: Statement, atom: Atom) -> bool:
        """Whether several letters are one name: by option, on a left side, alone in braces, or in plain text."""
        read, key = statement.read, atom.key
        if any(key == i[0] for i in (*self.own.values(), *self.symbols)) or any(
            left is not None and left.key == key for left in map(left_side, self.definitions)
        ):
            return True
        if atom.at and font_group(read, atom.at - 1) and read.match[atom.at - 1] == atom.at + 1:
            return True
        return "\\" not in statement.text and not all(p in self.indices or p in self._singles() for p in _parts(key))

    def _singles(self) -> set[str]:
        return {key for key, *_ in self.symbols if len(key) == 1 or LABELLED.fullmatch(key)}

    def _words(self) -> None:
        """Letters side by side: a product where each of them stands elsewhere too, otherwise a question."""
        waiting, self.doubtful = self.doubtful, []
        for statement, atom in waiting:
            parts = _parts(atom.key)
            latex = "\\" in statement.text
            if not latex or len(parts) < 2 or not all(p in self.indices or p in self._singles() for p in parts):
                raise ask(
                    statement,
                    atom.at,
                    f"{atom.key} has two readings",
                    f"one name, or the product of {', '.join(parts)}",
                    f"{option('symbol', atom.key)}, or write {' * '.join(parts)}; below a sum {', '.join(parts)}",
                )
            self.taken = set()
            self._add(statement, replace(atom, key=parts[-1]), False)

    # --- one symbol

    def _add(self, statement: Statement, atom: Atom, left: bool, base: str = "", label: tuple[str, ...] = ()) -> None:
        """A symbol met once more: its labels and its number of indices."""
        read = statement.read
        refuse_matrices(statement, atom)
        power = atom.sup or ((atom.end + 1, atom.end + 2) if read.texts[atom.end] == "**" else None)
        if atom.key == "e" and power and not numbers_only(inside(read, power), read, power):
            raise ask(statement, atom.at, "e has two readings", "the base of exp, or the name e", r"write \exp(...)")
        kinds: list[str] = []
        slots = 0
        sub = label
        sup: tuple[str, ...] = ()
        if atom.sub:
            own = self._label_below(statement, atom)
            sub, counted = (label + own, 0) if own is not None else (label, count(read, atom.sub))
            self.taken.update(range(*atom.sub))
            slots, kinds = slots + counted, kinds + ["sub"] * bool(counted)
            self._sizes(statement, atom, atom.sub if counted else None)
        if atom.sup:
            sup, counted = self._above(statement, atom, left, sub)
            slots, kinds = slots + counted, kinds + ["sup"] * counted
        for within in atom.square if self._indexed(statement, atom) else ():
            slots, kinds = slots + count(read, within, alone=True), [*kinds, "square"]
            self._refuse_free(statement, within)
            self._sizes(statement, atom, within)
        called = call_slot(statement, atom)
        prefix = ""
        if called:
            slots, kinds = slots + 1, [*kinds, "call"]
            prefix = "".join(read.texts[atom.call + 1 : called[0]])
            self.taken.update(range(atom.call, called[1]))
        self._enter(statement, atom, (base or atom.key, sub, sup, atom.primes), slots, kinds, prefix, left)

    def _refuse_free(self, statement: Statement, within: Range) -> None:
        """Between brackets stand numbers, or expressions with an index."""
        for start, stop in items(statement.read, *within):
            found = letters(tuple(statement.read.texts[start:stop]))
            if found and not any(c in self.indices for c in found):
                raise statement.error(
                    f"the index {found[0]} is free here", start, "a sum over it, or it on the left side"
                )

    def _sizes(self, statement: Statement, atom: Atom, within: Range | None) -> None:
        """Letters in an index expression that are no indices are names, which must turn out to be sizes."""
        self.taken.update(range(*within) if within else ())
        for letter in letters(inside(statement.read, within)) if within else ():
            labelled = LABELLED.fullmatch(letter)
            identity = (labelled[1], (labelled[2],), (), 0) if labelled else (letter, (), (), 0)
            if letter not in self.indices:
                self._enter(statement, replace(atom, call=0), identity, 0, [], "", False)

    def _enter(
        self,
        statement: Statement,
        atom: Atom,
        identity: Identity,
        slots: int,
        kinds: list[str],
        prefix: str,
        left: bool,
    ) -> None:
        function = identity[0] if identity[1:3] == ((), ()) and identity[0] in self.functions else ""
        if function:
            self._function(statement, atom, function)
            return
        word = len(statement.read.texts[atom.at]) > 1 and statement.read.texts[atom.at][0] != "\\"
        new = Symbol(identity, statement, atom.at, prefix=prefix, word=word, called=True)
        if self.closed and identity not in self.symbols:
            known = [one.text for one in self.symbols.values()]
            expected = "one of " + ", ".join(known)
            raise statement.error(f"{new.text} is in no definition", atom.at, expected, fix=nearest(new.text, known))
        symbol = self.symbols.setdefault(identity, new)
        symbol.word = symbol.word and word
        if (slots and symbol.arity not in (0, slots)) or (slots and self.closed and not symbol.arity):
            given = f"{slots} here, {symbol.arity or 'none'} in {symbol.statement.text}"
            raise statement.error(f"{symbol.text} stands with different numbers of indices", atom.at, given=given)
        symbol.arity, symbol.prefix = symbol.arity or slots, symbol.prefix or prefix
        symbol.kinds.update(kinds)
        symbol.alone = symbol.alone or not slots
        symbol.called = symbol.called and bool(atom.call) and not prefix and not slots and not left
        if left:
            if symbol.defined:
                raise statement.error(f"{symbol.text} is defined twice", atom.at, given=symbol.defined.text)
            symbol.defined = statement

    def _function(self, statement: Statement, atom: Atom, name: str) -> None:
        if not atom.call:
            raise statement.error(f"the function {name} stands without its argument", atom.at, f"{name}(u)")
        self.used_functions[name] = 1 + sum(
            statement.read.texts[k] == "," for k in range(atom.call, statement.read.match[atom.call])
        )

    def _label_below(self, statement: Statement, atom: Atom) -> tuple[str, ...] | None:
        """The subscript as a label, None where it holds indices."""
        assert atom.sub is not None
        read = statement.read
        texts = inside(read, atom.sub)
        if in_a_font(read, atom.sub) or numbers_only(texts, read, atom.sub):
            return texts
        if any((atom.key, texts) == i[:2] for i in (*self.own.values(), *self.symbols)):
            return texts
        found = letters(texts)
        unknown = [c for c in found if c not in self.indices]
        if not unknown or (OPERATORS & set(texts) and len(unknown) < len(found)):
            return None
        if len(found) > 1 and len(unknown) == len(found) and not OPERATORS & set(texts) and "," not in texts:
            return texts
        raise self._label_or_index(statement, atom, unknown[0])

    def _label_or_index(self, statement: Statement, atom: Atom, letter: str) -> Exception:
        assert atom.sub is not None or atom.square or atom.call
        within = atom.sub or (*atom.square, (atom.call, atom.end))[0]
        texts = "".join(inside(statement.read, within))
        name = f"{''.join(atom.key.split())}_{texts if len(texts) == 1 else '{' + texts + '}'}"
        return ask(
            statement,
            within[0],
            f"{name} has two readings",
            f"a name of its own, or an entry at an index {letter}, which no sum binds and no left side has",
            f"{option('symbol', name)}, or a sum over {letter}",
        )

    def _above(self, statement: Statement, atom: Atom, left: bool, sub: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
        """The superscript as (label, number of indices); an exponent is neither, and is read as a formula."""
        assert atom.sup is not None
        read = statement.read
        texts = inside(read, atom.sup)
        bracketed = texts[:1] == ("(",) and texts[-1:] == (")",) and read.texts[atom.sup[0] - 1] == "{"
        if bracketed and len(texts) == 3 and texts[1] in self.indices:
            self.taken.update(range(*atom.sup))
            return (), 1
        same = any((atom.key, sub, texts) == i[:3] for i in (*self.own.values(), *self._left_labels()))
        if left or bracketed or same or texts == ("*",) or in_a_font(read, atom.sup):
            self.taken.update(range(*atom.sup))
            return texts, 0
        return (), 0

    def _left_labels(self) -> list[Identity]:
        """The symbols that a left side writes with a superscript."""
        found = []
        for statement in self.definitions:
            left = left_side(statement)
            if left is not None and left.sup:
                sub = inside(statement.read, left.sub) if left.sub else ()
                indices = sub and all(c in self.indices for c in letters(sub)) and bool(letters(sub))
                found.append((left.key, () if indices else sub, inside(statement.read, left.sup), left.primes))
        return found

    def _indexed(self, statement: Statement, atom: Atom) -> bool:
        """Whether square brackets behind a letter hold indices; in LaTeX they may group: m[a + b]."""
        if "\\" not in statement.text or atom.sub:
            return bool(atom.square)
        texts = [text for within in atom.square for text in inside(statement.read, within)]
        return bool(texts) and all(c in self.indices for c in letters(tuple(texts))[:1])


def refuse_matrices(statement: Statement, atom: Atom) -> None:
    """A transpose: this is no component form."""
    if atom.sup and inside(statement.read, atom.sup) in (("T",), ("\\top",)):
        raise statement.error("a transpose", atom.end - 1, "components", fix="write indices: W_{ji} for the transpose")


def _parts(word: str) -> list[str]:
    return PARTS.findall(word)


def _code(index: str) -> str:
    return index.replace("\\", "")
