"""Questions about local gradients that are known as numbers: the product along each path, and two answers compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import lone
from symgrad.check.enclose import enclosed
from symgrad.derive.look import factored
from symgrad.derive.ways import along, ways
from symgrad.errors import DeclarationError, nearest
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run, Table
from symgrad.explain.digits import cell, is_short, number
from symgrad.explain.layout import Fraction as Quotient
from symgrad.explain.layout import Relation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.words import listed
from symgrad.numeric import Numeric, fraction
from symgrad.questions.answered import words
from symgrad.questions.gradient import checked
from symgrad.questions.judged import of_gradient
from symgrad.questions.reading import read_back
from symgrad.questions.sheet import Part, Sheet, refuse_several
from symgrad.read.names import Names
from symgrad.student.answers import Answers
from symgrad.student.conventions import rounding
from symgrad.student.exact import of
from symgrad.student.ratio import Compared

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph
    from symgrad.grading import Grader


@dataclass(frozen=True)
class Chain:
    """The derivative of `of` by `wrt` in a graph of scalars, from the numbers of its local gradients.

    `local`: the numbers by name, {"dL/dz2": 0.01, "dz2/dz1": 0.005}.
    """

    id: str
    of: Any
    wrt: Any
    local: Mapping[str, Any]
    text: str = ""
    graph: Graph | None = None

    def __post_init__(self) -> None:
        refuse_several(self.wrt, f"Chain({self.id!r})")

    @property
    def title(self) -> str:
        return self.text or f"Find d{self.of}/d{self.wrt} from the local gradients."

    @property
    def read(self) -> Mapping[str, str]:
        return {}

    @property
    def partials(self) -> bool:
        """The local gradients are given: an answer may be written in them."""
        return True

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Grader:
        """What judges formulas in the local gradients, and their value."""
        return of_gradient(self, before, graph, conventions, value=lambda: of(self.value(graph, self.id)))

    def worked(self, sheet: Sheet) -> Question:
        """One product for each path, the numbers in it, and the sum."""
        derivation = sheet.graph.derive(self.of, self.wrt)
        found, where = derivation.engine, sheet.where(self.id)
        numbers = self._numbers(derivation, where)
        whole = factored(along(found.sweep), {})
        read_back(derivation, Claim(Notation(found.model).poly(whole), whole, ()), where)
        sheet.graph.numbers(found.declared).confirm(whole, found.answer, (), found.model, where)
        numeric = Numeric(found.model, {})
        for name, value in numbers.items():
            numeric.know(name, value)
        lines = _lines(derivation, whole, numeric)
        told = Prose(("The local gradients are ", *listed(_told(derivation, numeric, numbers)), "."), "statement")
        blocks: list[Block] = [told, *self._paths(derivation, numbers, where), Lines(tuple(lines)), checked(derivation)]
        value = self._value(derivation, where)
        return Question(self.id, (self.title,), tuple(blocks), {"value": str(value)})

    def value(self, graph: Graph, where: str) -> Fraction:
        """The gradient as a number."""
        return self._value(graph.derive(self.of, self.wrt), where)

    def _value(self, derivation: Derivation, where: str) -> Fraction:
        numbers = {n: fraction(v, where) for n, v in self._numbers(derivation, where).items()}
        return enclosed(along(derivation.engine.sweep), {}, lambda name, place: numbers[name]).low

    def _numbers(self, derivation: Derivation, where: str) -> dict[str, Any]:
        """The numbers by the names of the engine; each local gradient on a path must have one."""
        model, needed = derivation.engine.model, along(derivation.engine.sweep).tensors
        of = {"d{}/d{}".format(*model.tensors[n].of): n for n in sorted(needed)}
        wrong = [n for n in (*of, *self.local) if (n in of) != (n in self.local)]
        if wrong:
            raise DeclarationError(
                f"{wrong[0]} has no number" if wrong[0] in of else f"{wrong[0]} is not a local gradient on a path",
                where=f"{where}, local={dict(self.local)}",
                expected=", ".join(of),
                given=", ".join(self.local),
                fix=nearest(wrong[0], of),
            )
        return {of[n]: value for n, value in self.local.items()}

    def _paths(self, derivation: Derivation, numbers: Mapping[str, Any], where: str) -> list[Block]:
        """Where there are several paths: each with its product and its share."""
        found = ways(derivation.engine.sweep)
        if len(found) == 1:
            return []
        notation = Notation(derivation.engine.model)
        values = {n: fraction(v, where) for n, v in numbers.items()}
        rows = []
        for names, product in found:
            tensors = [derivation.engine.model.tensors[n] for n in names]
            path: list[str | Formula] = []
            for tensor in tensors:
                path += [" → "] * bool(path) + [Formula(notation.entry(tensor, ()))]
            share = enclosed(product, {}, lambda name, place: values[name])
            rows.append((tuple(path), (Formula(notation.poly(product)),), cell(share)))
        return [Table((("path",), ("product of its local gradients",), ("value",)), tuple(rows))]


def _told(derivation: Derivation, numeric: Numeric, numbers: Mapping[str, Any]) -> list[Run]:
    """The local gradients with their numbers, as they are given."""
    model, notation = derivation.engine.model, Notation(derivation.engine.model)
    names = {n: notation.poly(lone(model.tensors[n].entry)) for n in numbers}
    return [(Formula(Relation((names[n], numeric.array(numeric.named(n))), ("=",))),) for n in numbers]


def _lines(derivation: Derivation, whole: Any, numeric: Numeric) -> list[Line]:
    notation = Notation(derivation.engine.model)
    left = notation.entry(derivation.engine.model.tensors[derivation.engine.groups[-1].name], ())
    count = len(ways(derivation.engine.sweep))
    why = "the product of the local gradients on the path" if count == 1 else "the sum over the paths"
    first = Line(left, notation.poly(whole), (why,))
    *others, last = numeric.lines(left, None, whole, ())
    shown = [first, *(Line(None, x.right, x.reason) for x in others)]
    return [*shown, replace(last, left=None, boxed=True, level=1)]


@dataclass(frozen=True)
class Compare:
    """Which of two answers of `Chain` questions is larger, and how many times."""

    id: str
    of: tuple[Chain, Chain]
    text: str = "Which of the two is larger, and how many times?"
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges which is larger, and the ratio."""
        (low, _), (high, second) = self._ordered(graph, self.id)
        parts = [q.id for q in self.of]
        return Answers(Compared(parts, second, high, low, Names(), rounding(conventions), words(self.title)))

    def _ordered(self, graph: Graph, where: str) -> list[tuple[Fraction, str]]:
        """The two values with their questions, the smaller one first."""
        pairs = [(q.value(q.graph or graph, f"{where}: {q.id}"), q.id) for q in self.of]
        return sorted(pairs, key=lambda p: abs(p[0]))

    def worked(self, sheet: Sheet) -> Question:
        """The larger, the ratio, and what the difference is."""
        (low, first), (high, second) = self._ordered(sheet.graph, sheet.where(self.id))
        if not low:
            raise DeclarationError("a ratio to 0", where=sheet.where(self.id), given=f"({first}) is 0")
        ratio = high / low
        sizes = (Formula(number(high)), f" from ({second}) and ", Formula(number(low)), f" from ({first}).")
        line = Line(
            Quotient(number(high), number(low)),
            number(ratio),
            (f"({second}) is the larger one" if abs(ratio) > 1 else "they are equal",),
            relation="=" if is_short(ratio) else "~",
            boxed=True,
            level=1,
        )
        said = Prose(("against both answers, in exact fractions.",), "checked")
        blocks = (Prose(sizes, "given"), Lines((line,)), said)
        return Question(self.id, (self.text,), blocks, {"ratio": str(ratio), "larger": second})
