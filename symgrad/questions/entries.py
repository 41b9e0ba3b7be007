"""Questions about entries in numbers: each with its products, the greatest and the least ones, the zeros."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, number, put
from symgrad.algebra.records import Atom, Poly, Ref, Term
from symgrad.check.points import Point, points
from symgrad.declare.naming import in_order, name_bound
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.arithmetic import WORKED_OUT, names, value
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.digits import STATED
from symgrad.explain.extents import letter, whole
from symgrad.explain.layout import Layout, Number, Plus, Power, Product, Relation, Tuple
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.whole import boxed
from symgrad.explain.words import error, listed
from symgrad.matrix import tree as m
from symgrad.numeric import Numeric
from symgrad.questions.answered import of_places, of_values
from symgrad.questions.forward import CLOSE
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.sizes import declared
from symgrad.values import ZERO, Exact, sign

if TYPE_CHECKING:
    from symgrad.api import Graph
    from symgrad.student.answers import Answers

KINDS: dict[str, tuple[str, Callable[[list[Exact]], Exact]]] = {  # the words, and the value that is looked for
    "max": ("greatest", lambda values: _chosen(values, 1)),
    "min": ("least", lambda values: _chosen(values, -1)),
    "zero": ("0", lambda values: ZERO),
}
MOST_ENTRIES = 400
ONE = Fraction(1)


@dataclass(frozen=True)
class Entries:
    """A question for all entries of a definition at the numbers of the graph, each with its products."""

    id: str
    of: Any
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text or f"Compute every entry of {self.of.name}."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the entries, all of them together."""
        return of_values(graph, [self.of.name], conventions, self.title)

    def worked(self, sheet: Sheet) -> Question:
        """The definition, every entry with the products it sums and its value, and the whole."""
        work = _Work(sheet, self.id, self.of)
        lines = [work.definition()]
        for place in work.values:
            lines += work.lines(place)
        named = MatrixNotation(work.model).name(m.Named(work.tensor.name))
        blocks: list[Block] = [Lines(tuple(lines))]
        if len(work.tensor.axes) in (1, 2):
            *exact, last = work.numeric.value(named, work.values, ("all entries",))
            blocks.append(Lines((*exact, boxed(last))))
        values = {str(list(p)): str(v) for p, v in work.values.items()}
        record = {"values": values, "certificate": {"worst": work.worst}}
        return Question(self.id, (self.title,), (*blocks, work.checked()), record)


@dataclass(frozen=True)
class Extremes:
    """A question for the greatest or least entries of a definition, or those that are 0, with all their places.

    `kind`: max, min or zero.
    """

    id: str
    of: Any
    kind: str
    text: str = ""
    graph: Graph | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DeclarationError(
                "not a kind of extreme", where=f"Extremes({self.id!r})", expected=", ".join(KINDS), given=self.kind
            )

    @property
    def title(self) -> str:
        return self.text or f"Find all places where {self.of.name} is {KINDS[self.kind][0]}."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the places, and the value where it is said."""
        values = Numeric(graph.model, graph.numbers_given).named(self.of.name)
        wanted = KINDS[self.kind][1](list(values.values()))
        said = f"{self.title} {self.kind} {self.kind}imum {KINDS[self.kind][0]}"  # words that may stand in an answer
        return of_places(graph, self.of.name, wanted, conventions, said)

    def worked(self, sheet: Sheet) -> Question:
        """All entries, then those that are looked for with their products, and their places."""
        work = _Work(sheet, self.id, self.of)
        wanted = KINDS[self.kind][1](list(work.values.values()))
        places = [p for p, v in work.values.items() if sign(v - wanted) == 0]
        blocks: list[Block] = []
        if len(work.tensor.axes) in (1, 2):
            named = MatrixNotation(work.model).name(m.Named(work.tensor.name))
            blocks.append(Lines(tuple(work.numeric.value(named, work.values, ("all entries",)))))
        blocks += [Lines(tuple(line for p in places for line in work.lines(p)))] if places else []
        blocks += [Prose(self._answer(work, wanted, places), "answer"), work.checked()]
        record = {"value": str(wanted), "places": [list(p) for p in places], "certificate": {"worst": work.worst}}
        return Question(self.id, (self.title,), tuple(blocks), record)

    def _answer(self, work: _Work, wanted: Exact, places: list[Point]) -> Run:
        word, named = KINDS[self.kind][0], whole(work.model, work.tensor.name)
        if not places:
            return (named, f" is {word} nowhere.")
        free = _tuple([letter(work.notation, a) for a in work.tensor.axes])
        first, *others = (_tuple([_whole_number(n) for n in p]) for p in places)
        at = [(Formula(tree),) for tree in (Relation((free, first), ("=",)), *others)]
        *_, last = work.numeric.value(None, {(): wanted}, ())
        said: Run = () if last.relation == "=" else (f", {STATED}",)
        there: Run = (".",) if self.kind == "zero" else (": it is ", Formula(last.right), " there", *said, ".")
        return (named, f" is {word} at ", *listed(at), *there)


class _Work:
    """A definition at the numbers of its graph: its entries, and the products that each of them sums."""

    def __init__(self, sheet: Sheet, part: str, of: Any) -> None:
        graph, self.model, self.where = sheet.graph, sheet.graph.model, sheet.where(part)
        (name,) = declared(graph, [of], self.where, ("definition",))
        if not graph.numbers_given:
            raise DeclarationError(
                "no numbers are attached to the graph", where=self.where, expected="g.values(X=[[6, 0], [3, 4]], ...)"
            )
        self.tensor = self.model.tensors[name]
        self.numeric, self.notation = Numeric(self.model, graph.numbers_given), Notation(self.model)
        self.values = self.numeric.named(name)
        if self.tensor.poly is None or len(self.values) > MOST_ENTRIES:
            raise Unsupported(
                f"the entries of {name} are not written out",
                where=self.where,
                expected=f"a formula for each entry, and at most {MOST_ENTRIES} of them",
                given=f"{len(self.values)} entries",
            )
        self.worst = self.numeric.worst([name])
        if self.worst > CLOSE:
            raise CertificateError(
                "exact values that floats do not confirm", where=self.where, given=f"{self.worst:.0e}"
            )

    def definition(self) -> Line:
        """The formula of every entry, in symbols."""
        return Line(
            self.notation.entry(self.tensor, self.tensor.entry.indices),
            self.notation.definition(self.tensor),
            ("definition",),
        )

    def entry(self, place: Point) -> Layout:
        return self.notation.entry(self.tensor, map(Affine.number, place))

    def lines(self, place: Point) -> list[Line]:
        """An entry with its products, and what they are together."""
        products = self._products(self.tensor.body(map(Affine.number, place)))
        exact, result = self.values[place], self.numeric.number(self.values[place])
        if sum(v for _, _, v in products) != exact:
            raise CertificateError("products that do not sum to the entry", where=self.where, expected=str(exact))
        if not products:
            return [Line(self.entry(place), result, ("an empty sum",))]
        shown: Layout = Plus(tuple((s, p) for s, p, _ in products))
        if not names(shown) and Fraction(str(exact)) != value(shown):
            raise CertificateError("printed products with another value", where=self.where, expected=str(exact))
        first = Line(self.entry(place), shown, ("the products",))
        if len(products) == 1:
            return [first] if products[0][1] == result else [first, *self._value(exact)]
        if not all(v.is_Rational for _, _, v in products):
            return [first, *self._value(exact)]
        parts = tuple((-1 if sign(v) < 0 else 1, self.numeric.number(abs(v))) for _, _, v in products)
        return [first, Line(None, Relation((Plus(parts), result), ("=",)), WORKED_OUT)]

    def _value(self, exact: Exact) -> list[Line]:
        return self.numeric.value(None, {(): exact}, WORKED_OUT)

    def _products(self, poly: Poly) -> list[tuple[int, Layout, Exact]]:
        """The terms of an entry at all values of the indices of its sums: sign, product with numbers put in, value."""
        found, sizes = [], self.numeric.values.sizes
        for term in poly.terms:
            shown = name_bound(self.model, term, term.names, self.tensor.bound)
            bound = sorted(shown, key=lambda b, shown=shown: in_order(self.model, shown[b]))  # type: ignore[misc]
            for place in points(bound, term.limits, sizes):
                found.append(self._product(term, {**sizes, **dict(zip(bound, place, strict=True))}))
        return found

    def _product(self, term: Term, here: Mapping[str, int]) -> tuple[int, Layout, Exact]:
        values, size = self.numeric.values, number(abs(term.coefficient))
        factors: list[Layout] = [] if abs(term.coefficient) == 1 else [self.numeric.number(values.value(size, here))]
        for atom, power in sorted(term.factors, key=lambda f: self._is_data(f[0])):
            shown = self._factor(atom, here)
            whole_power = Number(str(power)) if power.denominator == 1 and power > 0 else None
            if power == 1:
                factors.append(shown)
            elif whole_power is not None:
                factors.append(Power(shown, whole_power))
            else:
                factors.append(self.numeric.number(values.value(Poly((Term(ONE, ((atom, power),), (), ()),)), here)))
        exact = values.value(Poly((Term(term.coefficient, term.factors, (), ()),)), here)
        product = factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else Number("1")
        return (1 if term.coefficient > 0 else -1), product, exact

    def _factor(self, atom: Atom, here: Mapping[str, int]) -> Layout:
        """A factor as a number; by its name where that is not rational."""
        found = self.numeric.values.value(lone(atom), here)
        named = put(lone(atom), {n: Affine.number(at) for n, at in here.items()})
        return self.numeric.number(found) if found.is_Rational else self.notation.poly(named)

    def _is_data(self, atom: Atom) -> bool:
        """Weights stand before what they weigh."""
        return not (isinstance(atom, Ref) and self.model.tensors[atom.name].kind == "parameter")

    def checked(self) -> Prose:
        said = f"against the same entries in floating point: {error(self.worst)}."
        return Prose((said,), "checked")


def _chosen(values: list[Exact], way: int) -> Exact:
    """The greatest value, or the least where `way` is -1."""
    best = values[0]
    for one in values:
        best = one if sign(one - best) * way > 0 else best
    return best


def _whole_number(value: int) -> Layout:
    return Plus(((-1, Number(str(-value))),)) if value < 0 else Number(str(value))


def _tuple(items: Sequence[Layout]) -> Layout:
    """Places of more than one index stand in brackets."""
    return items[0] if len(items) == 1 else Tuple(tuple(items))
