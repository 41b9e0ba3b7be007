"""Questions for counts: parameters, multiplications, numbers kept, with the arithmetic that leads to each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import total
from symgrad.algebra.window import ONE
from symgrad.declare.model import Model, Tensor
from symgrad.errors import DeclarationError
from symgrad.explain.arithmetic import WORKED_OUT, following, names, number, value
from symgrad.explain.blocks import Block, Formula, Line, Lines, Question, Run
from symgrad.explain.counts import Places, multiplications, parameters, values
from symgrad.explain.extents import length, letter, whole
from symgrad.explain.layout import Call, Layout, Name, Number, Plus, Product
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.words import listed
from symgrad.questions.answered import of_arithmetic, of_sizes
from symgrad.questions.reading import confirm
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.sizes import checked, counted, counted_at, declared, sizes_given, trials
from symgrad.render.plain import plain
from symgrad.values import Values

if TYPE_CHECKING:
    from symgrad.api import Graph
    from symgrad.student.answers import Answers

FLOAT = 4  # bytes of a number in memory
Kind = Callable[[Model, Tensor, set[str]], list[Places]]
KINDS: dict[str, Kind] = {
    "parameters": parameters,
    "multiplications": lambda model, tensor, seen: multiplications(model, tensor),
    "values": lambda model, tensor, seen: values(model, tensor),
    "memory": lambda model, tensor, seen: values(model, tensor, times=FLOAT),
}
WORDS = {"multiplications": "product", "memory": "byte"}  # what there is at one place


@dataclass(frozen=True)
class Count:
    """A question for a number that a network costs: of some definitions themselves, or of all of them.

    `what`: parameters (those the definitions read, each once), multiplications (the products in component form),
    values (the numbers that the definitions keep), memory (their bytes, four each).
    """

    id: str
    what: str
    of: Any = ()
    text: str = ""
    graph: Graph | None = None

    def __post_init__(self) -> None:
        if self.what not in KINDS:
            raise DeclarationError(
                "not a thing that is counted", where=f"Count({self.id!r})", expected=", ".join(KINDS), given=self.what
            )

    @property
    def title(self) -> str:
        things = "bytes of memory" if self.what == "memory" else self.what
        return self.text or f"How many {things} are there?"

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the count and the arithmetic that leads to it."""
        model = graph.model
        places = [p for found in self._brought(graph, self.id).values() for p in found]
        formula = of_sizes(graph, lambda at: sum(p.counted(at) for p in places), total(p.number(model) for p in places))
        return of_arithmetic(graph, formula, conventions, f"{self.title} {self.what}")

    def _brought(self, graph: Graph, where: str) -> dict[str, list[Places]]:
        """What is counted, by the definitions that bring some."""
        model = graph.model
        handles = self.of if isinstance(self.of, list | tuple) else [self.of]
        asked = declared(graph, handles, where, ("definition",)) or [t.name for t in model.definitions]
        seen: set[str] = set()
        found = {n: KINDS[self.what](model, model.tensors[n], seen) for n in asked}
        for name in (n for n, places in found.items() if not places):
            self._refuse_empty(model, name, asked, where)
        return {n: places for n, places in found.items() if places}

    def _refuse_empty(self, model: Model, name: str, asked: Sequence[str], where: str) -> None:
        """A name that brings nothing, where something behind it does and is not asked for: 0 would mislead."""
        poly = model.tensors[name].poly
        assert poly is not None
        bring = [t.name for t in model.definitions if KINDS[self.what](model, t, set())]
        behind = [n for n in bring if n in model.uses(poly)]
        if name not in bring and not set(behind) <= set(asked):
            raise DeclarationError(
                f"{name} brings no {self.what} itself; what is behind it does",
                where=where,
                expected=", ".join(behind),
                given=f"of={name}" if len(asked) == 1 else f"of=[{', '.join(asked)}]",
                fix=f"of=[{', '.join(behind)}], or leave `of` out for the whole network",
            )

    def worked(self, sheet: Sheet) -> Question:
        """One chain for each definition that brings some, and their sum."""
        graph, model = sheet.graph, sheet.graph.model
        brought = self._brought(graph, sheet.where(self.id))
        numbers = sizes_given(graph)
        chains = [_Chain(model, self.what, n, places, numbers) for n, places in brought.items()]
        for chain in chains:
            chain.confirm(sheet, self.id)
        lines = [line for chain in chains for line in chain.lines]
        if len(chains) != 1:
            lines += _sum(self.what, chains)
        for sizes in ({**at, **numbers} for at in trials(graph)):  # the last line is at the numbers that are given
            if names(lines[-1].right) <= sizes.keys() and all(of.at(sizes) >= 0 for of in model.relations):
                one_by_one = sum(p.counted(sizes) for places in brought.values() for p in places)
                counted(lines[-1].right, one_by_one, sizes, sheet.where(self.id))
        lines[-1] = replace(lines[-1], boxed=True, level=1)
        blocks: tuple[Block, ...] = (
            Lines(tuple(lines)),
            checked(graph, f"the {self.what}, index by index where there are many,"),
        )
        return Question(
            self.id, (self.title,), blocks, {"count": plain(lines[-1].right), "certificate": counted_at(graph)}
        )


class _Chain:
    """The lines of one definition: the formula, the numbers put in, term by term, the sum."""

    def __init__(
        self, model: Model, what: str, name: str, places: Sequence[Places], numbers: Mapping[str, int]
    ) -> None:
        self.model, self.places = model, places
        self.terms = [_term(model, p) for p in places]
        left = Call(rf"\operatorname{{{what}}}", what, (whole(model, name).tree,))
        self.lines = [Line(left, _plus(self.terms), _reason(model, what, places)), *self._numbers(numbers)]
        self.result = self.lines[-1].right

    def _numbers(self, numbers: Mapping[str, int]) -> list[Line]:
        """The same in numbers, where all sizes have one; a sum that depends on other indices is counted out."""
        if not self.model.sizes.keys() <= numbers.keys():
            return following(_plus(self.terms), numbers)
        plain_ = [t if p.ranges(self.model.sizes) is not None else Number(str(p.counted(numbers)))
                  for t, p in zip(self.terms, self.places, strict=True)]  # fmt: skip
        counted_out = [Line(None, _plus(plain_), ("counted out",))] if plain_ != self.terms else []
        return [*counted_out, *following(_plus(plain_), numbers)]

    def confirm(self, sheet: Sheet, part: str) -> None:
        """Each term counted out at small sizes and at those given; the formula read back where it has no floor."""
        where = sheet.where(part)
        for term, places in zip(self.terms, self.places, strict=True):
            ranges = places.ranges(self.model.sizes)
            for sizes in trials(sheet.graph):
                exact = Values(self.model, dict(sizes)).value(places.number(self.model), sizes)
                shown = term if ranges is not None else Number(str(exact))
                counted(shown, places.counted(sizes), sizes, where)
            if all(r.divisor == ONE for r in ranges or ()):
                confirm(Claim(term, places.number(self.model), ()), self.model, sheet.graph.numbers(self.model), where)


def _plus(terms: Sequence[Layout]) -> Layout:
    return terms[0] if len(terms) == 1 else Plus(tuple((1, t) for t in terms))


def _term(model: Model, places: Places) -> Layout:
    """The product of the lengths of the indices, those of sums first; a sum where a range depends on another index."""
    ranges, notation = places.ranges(model.sizes), Notation(model)
    if ranges is None:
        return notation.poly(places.number(model))
    free = len(model.tensors[places.of].axes)
    lengths = [length(notation, r) for r in (*ranges[free:], *ranges[:free])]
    factors = [*([Number(str(places.times))] if places.times != 1 or not lengths else []), *lengths]
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _reason(model: Model, what: str, places: Sequence[Places]) -> Run:
    """What is counted: the entries of W and b; one product for each k, i, j."""
    if what == "parameters":
        return ("the entries of ", *listed([(whole(model, p.of),) for p in places]))
    return listed([_each(model, what, p) for p in places])


def _each(model: Model, what: str, places: Places) -> Run:
    notation, free = Notation(model), len(model.tensors[places.of].axes)
    order = (*places.indices[free:], *places.indices[:free])
    thing = WORDS.get(what, "number")
    some = f"a {thing}" if places.times == 1 else f"{places.times} {thing}s"
    return (f"{some} for each ", *listed([(Formula(letter(notation, n)),) for n in order], ", ")) if order else (some,)


def _sum(what: str, chains: Sequence[_Chain]) -> list[Line]:
    """The sum over several definitions, collected where it is a formula; 0 where none of them brings any."""
    whole_ = Name(rf"\mathrm{{{what}}}", what)
    results = [chain.result for chain in chains]
    if not results:
        return [Line(whole_, Number("0"), ("nothing is counted here",))]
    together = Plus(tuple((1, r) for r in results))
    if names(together):
        model = chains[0].model
        collected = Notation(model).poly(total(p.number(model) for c in chains for p in c.places))
        last = [Line(None, collected, WORKED_OUT)] if names(collected) <= model.sizes.keys() else []
        return [Line(whole_, together, ("together",)), *last]
    return [Line(whole_, together, ("together",)), Line(None, number(value(together)), WORKED_OUT)]
