r"""A graph from a text: `from_text(r"L = -\sum_j y_j \log P_j, P_j = ...")`, with everything taken for granted said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symgrad.api import Graph
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.symbols import Symbol, ask, option
from symgrad.text.echo import echo
from symgrad.text.expressions import RELATIONS, Writer
from symgrad.text.letters import Letters
from symgrad.text.places import references, refused
from symgrad.text.ranges import NEW_SIZES, Ranges, ask_for_size
from symgrad.text.reading import Options, Part, Reading, mentioned, reading

SIZE_LETTERS = frozenset("nmdNMDKTBC")  # letters that usually count something


@dataclass(frozen=True)
class Declared:
    """A graph, the expressions of the questions asked about it, and what was taken for granted.

    `default`: the definition that no other one uses, "" where there are several.
    """

    graph: Graph
    questions: Mapping[str, Any]
    said: tuple[str, ...]
    default: str


def from_text(text: str, facts: Iterable[str] = (), **options: Sequence[str]) -> Graph:
    r"""The graph of definitions in LaTeX or plain text, in any order, separated by commas, semicolons or new lines.

    facts: equations that hold. options: what settles a second reading: sizes, indices (as `j=1..m`), constants,
    positive, functions, symbols (names of their own, as `x_1`). What was taken for granted stands in `graph.said`.

    Raises ReadError where the text is not understood or has two readings, DeclarationError where it has no meaning.

    >>> g = from_text(r"L = -\sum_j y_j \log P_j, P_j = \frac{e^{h_j}}{\sum_k e^{h_k}}", facts=[r"\sum_j y_j = 1"])
    >>> g.derive(g["L"], wrt=g["h"]).text
    'P[j] - y[j]'
    """
    return declared(text, facts, (), Options(**options)).graph


def declared(text: str, facts: Iterable[str], questions: Iterable[str], options: Options) -> Declared:
    """The graph of a text, with the expressions of questions in its names (`P_j`, `h_i`)."""
    builder = Builder(reading(text, facts, questions, options))
    asked = {part.statement.text: builder.question(part) for part in builder.read.questions}
    builder.graph.said = echo(builder.read, builder.ranges, builder.letters)
    return Declared(builder.graph, asked, builder.graph.said, builder.default())


class Builder:
    """A reading on its way to a graph, step by step."""

    def __init__(self, read: Reading) -> None:
        self.read, self.graph = read, Graph("text")
        self.order = self.in_order()
        self.sizes: dict[str, Any] = {}
        self.functions = {f.code: self.graph.function(f.code, f.arity) for f in read.names.functions}
        self.declare_sizes()
        self.ranges = Ranges(read.places, self.sizes, self.new_size)
        self.find_ranges()
        taken = {*self.read.symbols, *self.sizes, *self.functions}
        self.letters = Letters(self.graph, self.ranges.of, taken)
        self.letters.assign(v for part in read.parts for v in read.places.variables if v.number == part.number)
        self.handles: dict[str, Any] = dict(self.sizes)
        self.declare_given()
        self.declare_definitions()
        self.declare_facts()

    # --- sizes and ranges

    def declare_sizes(self) -> None:
        """Names at the ends of ranges, in index expressions and relations, and by option."""
        places = self.read.places
        for one in self.read.ranges:
            for end in (one.lower, one.upper):
                places.sizes_in(end, {}, one.statement, ends=True)
        places.sizes.update(self.read.sizes)
        for code, place in places.sizes.items():
            if place is not None:
                name, fix = self.read.symbols[code].text, option("size", self.read.symbols[code].text)
                what, expected = f"{name} has two readings", "a size, or an index that no sum binds"
                raise refused(places.where[code], what, place, expected, fix)
        for part in self.requirements():
            self.refuse_numbers(part)
        for code in places.sizes:
            symbol = self.read.symbols[code]
            if symbol.defined or symbol.arity:
                raise symbol.statement.error(f"{symbol.text} stands where a size is expected", symbol.at, "a size")
            self.sizes[code] = self.graph.size(code, shown=_shown(symbol))

    def requirements(self) -> list[Part]:
        """Relations between sizes; those that state the sign of a name are none."""
        return [p for p in self.read.relations if not p.sign]

    def refuse_numbers(self, part: Part) -> None:
        for node in (part.left, part.right):
            for one in references(node) if node is not None else ():
                if one.code not in self.read.places.sizes:
                    name = self.read.symbols[one.code].text if one.code in self.read.symbols else one.code
                    expected = "sizes, which stand at the ends of ranges"
                    raise refused(part.statement, f"{name} is no size", one, expected, option("size", name))

    def new_size(self, axis: str) -> Any:
        """A size for a range that nobody named."""
        taken = {*self.read.symbols, *self.sizes, *(n.code for n in self.read.names.indices)}
        name = next(n for n in [*NEW_SIZES, *(f"n{k}" for k in range(1, 999))] if n not in taken)
        self.sizes[name] = self.graph.size(name)
        return self.sizes[name]

    def find_ranges(self) -> None:
        """What is said, then what options settle, then what is left open: sizes of their own."""
        ranges, places = self.ranges, self.read.places
        ranges.read_ends()
        for one in self.read.ranges:
            first, last = ranges.size(one.lower, one.statement), ranges.size(one.upper, one.statement)
            mine = [v for v in places.variables if v.letter == one.letter]
            if not mine:
                raise one.statement.error(f"no index is called {one.letter}", 0)
            for variable in mine:
                ranges.tell(ranges.of[variable], first, last, one.statement, 0)
        self.ask_about_sizes()
        self.ask_about_starts()
        starts = [r.first for r in ranges.all if r.first is not None and r.last is not None]
        ranges.complete(1 if starts and all(start == 1 for start in starts) else 0)
        for part in self.requirements():
            left, right = (ranges.size(node, part.statement) for node in (part.left, part.right) if node is not None)
            self.graph.require(RELATIONS[part.relation](left, right))
        for more, less, _ in ranges.requirements:
            self.graph.require(more >= less)

    def ask_about_sizes(self) -> None:
        """Given numbers that may be sizes, matrices or vectors; a size by option names the range it belongs to."""
        read, ranges = self.read, self.ranges
        for code, symbol in read.symbols.items():
            open_ = [r for r in ranges.all if r.last is None and r.variables]
            if symbol.defined or symbol.arity or code in read.constants or code in read.signs:
                continue
            divided = read.places.divided.get(code)
            counts = divided is not None and ranges.of[divided].last is None
            if code in read.sizes and open_ and code not in read.places.where:
                mine = ranges.of[divided] if divided is not None and counts else open_[0] if len(open_) == 1 else None
                if mine is None:
                    raise ask_for_size(read.places, ranges, code, symbol.statement, symbol.at)
                mine.first = mine.first if mine.first is not None else sympy.Integer(0)
                mine.last, mine.told = mine.first + self.sizes[code] - 1, option("size", symbol.text)
            elif code in self.sizes:
                continue
            elif counts or (open_ and symbol.text in SIZE_LETTERS):
                raise ask_for_size(read.places, ranges, code, symbol.statement, symbol.at)
            elif symbol.identity[0].isupper() and len(symbol.identity[0]) == 1 and not symbol.word:
                raise ask(
                    symbol.statement,
                    symbol.at,
                    f"{symbol.text} has two readings",
                    "a number that is given, or a matrix or vector without its indices",
                    f"{option('constant', symbol.text)}, or write its indices",
                )

    def ask_about_starts(self) -> None:
        """An index that is used as a number needs a first value that somebody says."""
        for variable, at in self.read.places.valued.items():
            where = self.read.places.variables[variable]
            if self.ranges.of[variable].first is None:
                letter = variable.letter
                raise ReadError(
                    f"{letter} is used as a number, and its first value is not said",
                    text=where.text,
                    caret=at,
                    expected=f"{letter} from 0 on, or from 1 on",
                    fix=f"{option('index', f'{letter}=1..n')}, or {option('index', f'{letter}=0..n-1')}",
                )

    # --- names

    def declare_given(self) -> None:
        """Everything that is used and not defined: inputs, and constants by option."""
        defined = self.read.defined()
        for code, symbol in self.read.symbols.items():
            if code in defined or code in self.sizes:
                if code in self.read.constants or (code in self.read.signs and code in defined):
                    what = f"{symbol.text} is no given number: its value follows from its definition"
                    what = what if code in defined else f"{symbol.text} is a size: an integer from 1 on"
                    raise symbol.statement.error(what, symbol.at)
                continue
            axes = self.letters.axes(code, symbol.arity)
            sign = self.read.signs.get(code, "real")
            if code in self.read.constants and sign != "nonnegative":
                self.handles[code] = self.graph.constant(code, *axes, shown=_shown(symbol), positive=sign == "positive")
            else:
                self.handles[code] = self.graph.input(code, *axes, shown=_shown(symbol), sign=sign)

    def declare_definitions(self) -> None:
        """In an order in which each uses earlier ones only."""
        for part in self.order:
            symbol = self.read.symbols[part.code]
            over = tuple(self.letters.index[v] for v in part.here.values())
            if part.loss_of:
                of = [self.handles[one.code] for one in part.loss_of]
                self.handles[part.code] = self.graph.loss(part.code, of=of, shown=_shown(symbol))
                continue
            assert part.right is not None
            value = self.writer(part).write(part.right, part.here)
            self.handles[part.code] = self.graph.define(part.code, value, over=over, shown=_shown(symbol))

    def in_order(self) -> list[Part]:
        """Definitions after those that they use. Raises ReadError for a cycle, naming it."""
        defined = self.read.defined()
        done: dict[str, Part] = {}
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(code, False) for code in reversed(defined)]
        while waiting:
            code, leaving = waiting.pop()
            if leaving:
                done[code] = defined[code]
                path.pop()
            elif code in path:
                self.refuse_cycle(path[path.index(code) :])
            elif code not in done:
                path.append(code)
                waiting.append((code, True))
                uses = [c for c in dict.fromkeys(self.uses(defined[code])) if c in defined]
                waiting += [(c, False) for c in reversed(uses)]
        return list(done.values())

    def uses(self, part: Part) -> list[str]:
        return [one.code for one in part.loss_of] or mentioned(part)

    def refuse_cycle(self, cycle: list[str]) -> None:
        part = self.read.defined()[cycle[0]]
        names = " -> ".join(self.read.symbols[code].text for code in (*cycle, cycle[0]))
        raise part.statement.error("definitions in a circle", 0, "definitions that use others, not themselves", names)

    def declare_facts(self) -> None:
        for part in self.read.facts:
            writer = self.writer(part)
            left, right = (writer.write(node, part.here) for node in (part.left, part.right) if node is not None)
            self.graph.fact(left, right, name=part.statement.text)

    def writer(self, part: Part) -> Writer:
        return Writer(self.handles, self.functions, self.letters.index, self.read.places, part.number, part.statement)

    # --- questions

    def question(self, part: Part) -> Any:
        """What is asked about: an expression, or all of a name that stands without its indices."""
        if isinstance(part.left, s.Reference) and not part.left.indices:
            return self.handles[part.left.code]
        return self.writer(part).write(part.left, part.here)

    def default(self) -> str:
        """The only definition that no other one uses."""
        used = {code for part in self.read.definitions for code in self.uses(part)}
        last = [part.code for part in self.read.definitions if part.code not in used]
        return last[0] if len(last) == 1 else ""


def _shown(symbol: Symbol) -> str:
    return symbol.written if symbol.written.replace("_#", "") != symbol.code else ""
