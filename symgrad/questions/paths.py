"""Questions for paths: a gradient as a sum over the paths through the graph, each a chain of local derivatives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import ONE, lone, number, scale, total
from symgrad.algebra.records import Poly
from symgrad.check.proof import equal
from symgrad.derive.look import factored
from symgrad.derive.paths import Factor, Path
from symgrad.derive.paths import Paths as Ways
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Run, Table
from symgrad.explain.blocks import Question as WorkedQuestion
from symgrad.explain.drawing import drawing
from symgrad.explain.layout import Layout, Name, Plus, Product
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim, Solution
from symgrad.explain.whole import boxed
from symgrad.explain.words import listed
from symgrad.numeric import PUT_IN, WORKED_OUT, Numeric, with_adjoints
from symgrad.questions.forward import CLOSE
from symgrad.questions.gradient import checked
from symgrad.questions.judged import of_gradient
from symgrad.questions.reading import read_back
from symgrad.questions.record import record
from symgrad.questions.sheet import Edge, Part, Sheet, refuse_several
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.render.width import width

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph
    from symgrad.grading import Grader

ARROW = " → "
WIDEST = 30.0  # em; a bracket that is wider cannot be broken over lines: the sum stands without brackets then


@dataclass(frozen=True)
class Paths:
    """A question for the derivative of `of` by `wrt` as a sum over the paths from `wrt` to `of`.

    The key lists the paths, the local derivative on each edge, the chain of each path, and their sum. More paths than
    can be written out are refused with their number.
    """

    id: str
    of: Any
    wrt: Any
    text: str = ""
    graph: Graph | None = None
    read: Mapping[str, str] = field(default_factory=dict)
    partials: bool = False

    def __post_init__(self) -> None:
        refuse_several(self.wrt, f"Paths({self.id!r})")

    @property
    def title(self) -> str:
        return self.text or f"Find d{self.of}/d{self.wrt} as a sum over paths."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Grader:
        """What judges answers; they may use those of the parts before on the same graph."""
        return of_gradient(self, before, graph, conventions)

    def worked(self, sheet: Sheet) -> WorkedQuestion:
        """Each path with its chain, then their sum, proved equal to the gradient of the reverse sweep."""
        main = sheet.graph.derive(self.of, self.wrt)
        sheet.unused.difference_update(main.engine.fact_names)
        work = _Work(main)
        blocks = [
            *work.listed(),
            *work.drawing(sheet.drawn),
            *work.local(sheet.edges, self.id),
            *work.each(),
            work.sum(),
            *work.policies(),
        ]
        for claim in work.claims:
            read_back(main, claim, sheet.where(self.id))
        subject = Formula(work.subject)
        title: Run = (self.text,) if self.text else ("Find ", subject, " as a sum over paths.")
        own = {"paths": work.record(), **record(main)}
        return WorkedQuestion(self.id, title, (*blocks, work.checked()), own)


class _Work:
    """The paths of one derivation on paper. Where definitions between the ends have entries, a chain sums over them."""

    def __init__(self, main: Derivation) -> None:
        self.main, self.model = main, main.engine.model
        self.paths, self.free = Ways(main.engine).all, main.engine.free
        self.notation, self.solution = Notation(self.model), Solution(main.engine)
        self.subject = self.notation.poly(lone(main._subject()), self.free)
        self.numbers = main.graph.numbers(main.engine.declared)
        inner = {name for path in self.paths for name in path.names[1:-1]}
        self.scalar = all(not self.model.tensors[name].axes for name in inner)

    @property
    def claims(self) -> list[Claim]:
        return self.solution.claims

    def claimed(self, tree: Layout, value: Poly, free: tuple[str, ...] | None = None) -> Layout:
        """A formula that is printed and must have this value."""
        self.claims.append(Claim(tree, value, self.free if free is None else free))
        return tree

    # --- blocks

    def listed(self) -> list[Block]:
        """The paths as lists of names; several in a table, with their chains."""
        if len(self.paths) == 1:
            return [Prose(("One path: ", *self.names(self.paths[0]), "."), "paths")]
        head: tuple[Run, ...] = (("Path",), ("Through",), ("Chain of local derivatives",))
        rows: list[tuple[Run, ...]] = [
            ((str(n),), self.names(path), (Formula(self.chain([path])),)) for n, path in enumerate(self.paths, 1)
        ]
        return [Table(head, tuple(rows))]

    def drawing(self, kinds: tuple[str, ...]) -> list[Block]:
        """The graph with the paths marked; where it is too large, the paths alone, or nothing."""
        paths = [path.names for path in self.paths]
        for shown in (kinds or ("definition", "loss"), ()):
            try:
                return [drawing(self.model, shown, paths)]
            except Unsupported:
                continue
        return []

    def names(self, path: Path) -> Run:
        """The names on a path in the order in which they are computed, with arrows between them."""
        tensors = [self.model.tensors[name] for name in reversed(path.names)]
        shown = [Formula(self.notation.entry(t, t.entry.indices)) for t in tensors]
        return tuple(part for n, one in enumerate(shown) for part in ((ARROW, one) if n else (one,)))

    def local(self, shown: dict[Edge, str], part: str) -> list[Block]:
        """The local derivative on each edge, once; `shown` are the edges of earlier parts, each with its part."""
        factors = {(f.of, f.by): f for path in self.paths for f in path.factors if f.steps}
        earlier: dict[str, list[Run]] = {}
        for edge in (e for e in factors if e in shown):
            earlier.setdefault(shown[edge], []).append((Formula(self._name(factors[edge])),))
        given = [(*listed(names), f" from ({label})") for label, names in earlier.items()]
        new = {edge: f for edge, f in factors.items() if edge not in shown}
        lines = [line for f in new.values() for step in f.steps for line in self.solution.aside(step)]
        shown.update(
            dict.fromkeys((e for e in new if not (self.main.engine.nameless and e[0] == self.main.engine.of)), part)
        )
        blocks: list[Block] = [Prose((*listed(given), "."), "given")] if given else []
        return [*blocks, Lines(tuple(replace(line, aside=False) for line in lines))] if lines else blocks

    def each(self) -> list[Block]:
        """The product of each of several paths, with numbers where there are some."""
        lines = []
        for n, path in enumerate(self.paths, 1) if len(self.paths) > 1 else ():
            self.claimed(self.chain([path]), path.chain)  # as it stands in the table
            product = self.claimed(self.product([path]), path.value)
            lines.append(Line(Name(rf"\text{{path {n}}}", f"path {n}"), product, ("put in the local derivatives",)))
            lines += self.in_numbers(path)
        return [Lines(tuple(lines))] if lines else []

    def sum(self) -> Lines:
        """The sum over the paths: chains, then products, then numbers; and the closed form where it is another."""
        answer = self.main.poly
        count = "the only path" if len(self.paths) == 1 else f"the sum over the {len(self.paths)} paths"
        lines = [
            Line(self.claimed(self.subject, answer), self.claimed(self.chain(self.paths), answer), (count,)),
            Line(None, self.claimed(self.product(self.paths), answer), ("put in the local derivatives",)),
        ]
        closed = self.notation.poly(answer, self.free)
        if not (self.scalar or self.main.kept or closed == lines[-1].right):
            lines.append(Line(None, self.claimed(closed, answer), ("in closed form",)))
        lines[-1] = boxed(lines[-1])
        return Lines((*lines, *self.sum_in_numbers()))

    def checked(self) -> Prose:
        """How the sum is shown to be the gradient. Raises where the parts or the sum do not hold in numbers."""
        found, where = self.main.engine, self.main.engine.groups[-1].name
        value = total(path.value for path in self.paths)
        for path in self.paths:
            self.numbers.confirm(path.chain, path.value, self.free, self.model, f"path {ARROW.join(path.names)}")
        self.numbers.confirm_differences(value, self.free, found.of, found.by, self.model, f"{where}, sum over paths")
        same = equal(value, self.main.fact_free, self.model, self.free, self.model.facts)
        said = "is proved equal to" if same else "agrees in these numbers with"
        (text,) = checked(self.main).run
        return Prose((f"{text} The sum over the paths {said} the gradient of the reverse sweep.",), "checked")

    def policies(self) -> list[Block]:
        """The choices where a derivative jumps."""
        found = tuple(self.main.engine.policies)
        return [Prose((f"Where a derivative jumps: {'; '.join(found)}.",), "remark")] if found else []

    # --- formulas

    def _name(self, factor: Factor) -> Layout:
        return self.notation.poly(factor.name, factor.free)

    def chain(self, paths: Sequence[Path]) -> Layout:
        """The sum of the chains; where no inner name has entries, what paths share stands once."""
        if not self.scalar:
            return self.notation.poly(total(path.chain for path in paths), self.free)
        return self._layout(_joined([p.factors for p in paths], lambda f: (Fraction(1), self._name(f))))

    def product(self, paths: Sequence[Path]) -> Layout:
        """The same with the local derivatives put in, in the order of the chain."""
        if not self.scalar:
            return self.notation.poly(factored(total(path.value for path in paths)), self.free)
        joined = _joined([p.factors for p in paths], self._value)
        brackets = [self._layout(f) for _, product in joined for f in product if isinstance(f, list)]
        if any(width(bracket) > WIDEST for bracket in brackets):
            joined = [part for p in paths for part in _joined([p.factors], self._value)]
        return self._layout(joined)

    def _value(self, factor: Factor) -> tuple[Fraction, Layout | None]:
        """The value of a factor with its number apart."""
        term = factor.value.sole
        if term is None or (term.limits and not term.bound):
            return Fraction(1), self.notation.poly(factor.value, factor.free)
        rest = scale(factor.value, 1 / term.coefficient)
        return term.coefficient, None if rest == ONE else self.notation.poly(rest, factor.free)

    def _layout(self, terms: Sequence[Parts]) -> Plus:
        """A sum of products, each with its number in front; a sum among the factors is laid out in the same way."""
        shown = []
        for size, factors in terms:
            inner = [self._layout(f) if isinstance(f, list) else f for f in factors]
            front = [self.notation.poly(number(abs(size)))] if abs(size) != 1 or not inner else []
            shown.append((1 if size > 0 else -1, Product((*front, *inner))))
        return Plus(tuple(shown))

    # --- numbers

    @cached_property
    def numeric(self) -> Numeric | None:
        """The numbers of the graph with all local derivatives, where all that they need is given."""
        given = self.main.graph.numbers_given
        if not given:
            return None
        numeric = Numeric(self.model, given)
        try:
            with_adjoints(numeric, self.main.engine)
            for factor in (f for path in self.paths for f in path.factors):
                numeric.values.of(factor.value, factor.free)
        except (DeclarationError, Unsupported):
            return None
        return numeric

    def in_numbers(self, path: Path) -> list[Line]:
        """A path of plain numbers, factor by factor, and its value."""
        numeric = self.numeric
        if numeric is None or self.free:
            return []
        value = numeric.value(None, numeric.values.of(path.value, ()), WORKED_OUT if self.scalar else PUT_IN)
        if not self.scalar or len(path.factors) == 1:
            return value
        each = [v for f in path.factors for v in numeric.values.of(f.value, ()).values()]
        if not all(v.is_Rational for v in each):
            return value
        return [Line(None, Product(tuple(map(numeric.number, each))), ("factor by factor, in numbers",)), *value]

    def sum_in_numbers(self) -> list[Line]:
        """The values of the paths and their sum, which must be the value of the gradient."""
        numeric = self.numeric
        if numeric is None or len(self.free) > 2:
            return []
        found = [numeric.values.of(path.value, self.free) for path in self.paths]
        whole = {place: sum(values[place] for values in found) for place in found[0]}
        wanted = numeric.values.of(self.main.fact_free, self.free)
        if not all(_same(value, wanted[place]) for place, value in whole.items()):
            raise CertificateError("the paths do not add up to the gradient", where=str(self.main), given=str(whole))
        if self.free:
            lies = MatrixNotation(self.model).lies(self.main.engine.groups[-1].name)
            *others, last = numeric.value(None, whole, PUT_IN, lies)
            return [*others, boxed(last)]
        if len(found) == 1:
            *lines, last = self.in_numbers(self.paths[0])
            return [*lines, boxed(last)]
        values = [values[()] for values in found]
        *others, last = numeric.value(None, whole, WORKED_OUT)
        if all(v.is_Rational for v in values):
            terms = tuple((-1 if v < 0 else 1, numeric.number(abs(v))) for v in values)
            others.insert(0, Line(None, Plus(terms), ("the values of the paths",)))
        return [*others, boxed(last)]

    # --- data

    def record(self) -> list[dict[str, Any]]:
        """Each path as plain data: names from what is differentiated down, chain, product, value."""
        rows = []
        for path in self.paths:
            row: dict[str, Any] = {"names": list(path.names)}
            for name, tree in (("chain", self.chain([path])), ("product", self.product([path]))):
                row[name] = {"latex": latex(tree), "text": plain(tree)}
            if self.numeric is not None and len(self.free) <= 2:
                row["value"] = plain(self.numeric.array(self.numeric.values.of(path.value, self.free)))
            rows.append(row)
        return rows


def _same(one: Any, other: Any) -> bool:
    """Whether two exact numbers are equal; what functions make of numbers is compared in floats."""
    if one.is_Rational and other.is_Rational:
        return bool(one == other)
    return abs(float(one) - float(other)) <= CLOSE * max(1.0, abs(float(other)))


Parts = tuple[Fraction, list]  # a product: its number, and its factors; a factor may be a sum, a list of such products
Shown = Callable[[Factor], tuple[Fraction, "Layout | None"]]


def _joined(paths: Sequence[tuple[Factor, ...]], shown: Shown) -> list[Parts]:
    """The sum over all paths between two names, with what they share written once.

    Laws: p a + p b = p (a + b); where all paths go through one name, the sum is that up to it times that from it on.
    """
    first = paths[0]
    if len(first) == 1 and len(paths) == 1:
        size, tree = shown(first[0])
        return [(size, [] if tree is None else [tree])]
    inner = [f.by for f in first[:-1] if all(f.by in {g.by for g in path[:-1]} for path in paths)]
    if not inner:
        groups = groupby(paths, key=lambda path: path[0].by)
        return [part for _, group in groups for part in _joined(list(group), shown)]
    size = Fraction(1)
    factors: list[Any] = []
    for start, end in zip([first[0].of, *inner], [*inner, first[-1].by], strict=True):
        between = dict.fromkeys(tuple(_between(path, start, end)) for path in paths)
        terms = _joined(list(between), shown)
        size *= terms[0][0] if len(terms) == 1 else 1
        factors += terms[0][1] if len(terms) == 1 else [terms]
    return [(size, factors)]


def _between(path: tuple[Factor, ...], start: str, end: str) -> tuple[Factor, ...]:
    """The factors of a path from one name on it to another."""
    names = [path[0].of, *(f.by for f in path)]
    return path[names.index(start) : names.index(end)]
