"""A text read: its statements as trees, with the symbols, indices, ranges and relations they mention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.atoms import atoms, left_side
from symgrad.read.infer import Inference
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.read.questions import ask_about, refuse_matrix_form
from symgrad.read.scripts import inside
from symgrad.read.statements import DOTS, Statement, statement, statements
from symgrad.read.symbols import Identity, Symbol, option
from symgrad.text.places import Here, Places, references


@dataclass(frozen=True)
class Options:
    """What settles second readings. `indices`: ranges, as `j=1..m`; the others are names as they stand in the text."""

    sizes: Sequence[str] = ()
    indices: Sequence[str] = ()
    constants: Sequence[str] = ()
    positive: Sequence[str] = ()
    functions: Sequence[str] = ()
    symbols: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """A statement as a tree: a definition (left = right), a fact, a question (left alone) or a relation."""

    statement: Statement
    number: int
    left: s.Node
    right: s.Node | None
    here: Here
    relation: str = "="

    @property
    def code(self) -> str:
        assert isinstance(self.left, s.Reference)
        return self.left.code

    @property
    def sign(self) -> str:
        """The sign that `x > 0` or `x >= 0` states, "" for any other relation."""
        said = {">": "positive", ">=": "nonnegative"}.get(self.relation, "")
        return said if isinstance(self.left, s.Reference) and self.right == s.Number("0") else ""

    @property
    def loss_of(self) -> tuple[s.Reference, ...]:
        r"""What an unknown loss depends on: y and z of `f = f(y, z)`; () for any other definition."""
        right = self.right
        if not isinstance(right, s.Times) or len(right.factors) != 2 or right.factors[0] != self.left:
            return ()
        given = right.factors[1]
        items = given.items if isinstance(given, s.Tuple) else (given,)
        found = tuple(i for i in items if isinstance(i, s.Reference))
        called = self.statement.text[right.factors[0].span[1] :].lstrip().startswith(("(", "\\left("))
        return found if called and len(found) == len(items) else ()


@dataclass(frozen=True)
class GivenRange:
    """`i = 1, \\dots, m`."""

    letter: str
    lower: s.Node
    upper: s.Node
    statement: Statement


@dataclass
class Reading:
    """Everything that stands in a text, before it has a graph."""

    names: Names
    symbols: dict[str, Symbol]
    places: Places
    definitions: list[Part] = field(default_factory=list)
    facts: list[Part] = field(default_factory=list)
    questions: list[Part] = field(default_factory=list)
    relations: list[Part] = field(default_factory=list)
    ranges: list[GivenRange] = field(default_factory=list)
    signs: dict[str, str] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    sizes: dict[str, None] = field(default_factory=dict)  # by option

    @property
    def parts(self) -> list[Part]:
        """Whatever has indices, questions first: their letters are the ones an answer is written in."""
        return [*self.questions, *self.definitions, *self.facts]

    def defined(self) -> dict[str, Part]:
        return {part.code: part for part in self.definitions}


def reading(text: str, facts: Iterable[str], questions: Iterable[str], options: Options) -> Reading:
    """The text as trees. Raises ReadError where it is not understood or has two readings."""
    found = statements(text)
    stated, asked = ([statement(one) for one in given] for given in (facts, questions))
    ranges = [*(one for one in found if one.ranges), *map(statement, options.indices)]
    definitions = [one for one in found if left_side(one) is not None]
    relations = [one for one in found if one.relation not in ("", "=")]
    _all_understood(found, stated, ranges, [*definitions, *relations])
    refuse_matrix_form([*found, *stated, *asked])
    own = [*options.symbols, *options.constants, *options.positive, *options.sizes]
    inference = Inference(
        definitions,
        [*asked, *stated, *relations],
        {name: _identity(name) for name in own},
        frozenset(options.functions),
        dict.fromkeys(map(_letter, ranges)),
        ranges,
    )
    inference.run()
    ask_about(inference.symbols, set(inference.own.values()), inference.indices, inference.sigmoid)
    names = inference.names
    made = Reading(names, {one.code: one for one in inference.symbols.values()}, Places(names))
    made.ranges = [_given_range(one, names) for one in ranges]
    made.relations = [_relation(one, names) for one in relations]
    number = count()
    made.definitions = [_part(made.places, next(number), one, names, True) for one in definitions]
    made.facts = [_part(made.places, next(number), one, names) for one in stated]
    made.questions = [_part(made.places, next(number), one, names) for one in asked]
    made.constants = {_code(name, names) for name in options.constants}
    made.sizes = {_code(name, names): None for name in options.sizes}
    made.signs = {_code(name, names): "positive" for name in options.positive}
    for part in made.relations:
        if part.sign:
            made.signs.setdefault(part.code, part.sign)
    return made


def _all_understood(
    found: Sequence[Statement], facts: Sequence[Statement], ranges: Sequence[Statement], other: Sequence[Statement]
) -> None:
    for one in found:
        if one not in ranges and one not in other:
            what = "an equation that defines no name" if one.relation else "neither a definition nor a relation"
            fix = option("fact", one.text) if one.relation else ""
            raise one.error(what, 0, "a name with its indices, =, and its value", fix=fix)
    for one in facts:
        if one.relation != "=":
            raise one.error("a fact is an equation", one.at, r"\sum_j y_j = 1, and the like")
    for one in ranges:
        if not one.ranges:
            raise one.error("this is no range", 0, "j=1..m, and the like")


def _identity(name: str) -> Identity:
    """The symbol an option speaks of, as it is written: x_1, \\epsilon, W^{(1)}."""
    read = statement(name).read
    found = next(atoms(read), None)
    if found is None:
        raise ReadError("an option gives a name", text=name, given=name or "nothing")
    sub, sup = (inside(read, within) if within else () for within in (found.sub, found.sup))
    return found.key, sub, sup, found.primes


def _letter(one: Statement) -> str:
    key, sub, _, _ = _identity(one.text)
    return key + "".join(sub)


def _given_range(one: Statement, names: Names) -> GivenRange:
    read, texts = one.read, one.read.texts
    dots = next(k for k in range(one.at, len(texts)) if texts[k] in DOTS)
    first = next(k for k in range(one.at + 1, dots + 1) if texts[k] in (",", *DOTS))
    after = dots + 1 + (texts[dots + 1] == ",")
    lower = one.text[read.starts[one.at + 1] : read.ends[first - 1]]
    upper = one.text[read.starts[after] :]
    return GivenRange(_letter(one).replace("\\", ""), parse(lower, names), parse(upper, names), one)


def _relation(one: Statement, names: Names) -> Part:
    tree = parse(one.text, names)
    if not isinstance(tree, s.Relation) or len(tree.items) != 2:
        raise one.error("a relation between two sizes", one.at, "H >= K, and the like")
    return Part(one, -1, tree.items[0], tree.items[1], {}, tree.relations[0])


def _part(places: Places, number: int, one: Statement, names: Names, defines: bool = False) -> Part:
    tree = parse(one.text, names)
    sides = tree.items if isinstance(tree, s.Relation) else (tree,)
    if len(sides) > 2 or (defines and len(sides) != 2):
        raise one.error("a definition has one equals sign", one.at, fix="a definition for each value")
    if defines and not isinstance(sides[0], s.Reference):
        raise one.error("the left side of a definition is a name with its indices", 0, r"L = ..., P_j = ...")
    here = places.free(number, one, sides[0]) if defines else places.letters(number, one, *sides)
    part = Part(one, number, sides[0], sides[1] if len(sides) == 2 else None, here)
    for side in sides if not (defines and part.loss_of) else ():
        places.visit(side, here, number, one)
    return part


def _code(name: str, names: Names) -> str:
    tree = parse(name, names)
    if not isinstance(tree, s.Reference):
        raise ReadError("an option gives one name", text=name, given=name)
    return tree.code


def mentioned(part: Part) -> list[str]:
    """The codes of the names on the right side of a definition."""
    return [one.code for one in references(part.right)] if part.right is not None else []
