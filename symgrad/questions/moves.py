"""The lines of an inequality that is solved, each with the reason why the sign stays or flips; and sample sizes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.normal import put as at_size
from symgrad.algebra.records import Poly
from symgrad.check.enclose import Between, enclosed
from symgrad.check.proof import written_out
from symgrad.derive.inequality import Inequality, Move, confirmed, isolated
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.digits import STATED, Put, is_short, number
from symgrad.explain.layout import Number as Digits
from symgrad.explain.layout import Relation
from symgrad.explain.words import listed
from symgrad.numeric import PUT_IN, fraction, scalars
from symgrad.questions.answered import formula, words
from symgrad.questions.reading import Says, reader_names
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.bounds import Level, SampleSizes
from symgrad.student.conventions import rounding

if TYPE_CHECKING:
    from symgrad.api import Graph

WORDS: dict[str, tuple[str, str]] = {  # of each law of derive/inequality.py: before and after what it was used with
    "add": ("add ", " on both sides: the sign stays"),
    "positive": ("divide by ", ", which is positive: the sign stays"),
    "negative": ("divide by ", ", which is negative: the sign flips"),
    "log": ("", "log of both sides: it is increasing, so the sign stays"),
}


def inequality_lines(given: Inequality, moves: Sequence[Move], says: Says, boxed: bool = False) -> list[Line]:
    """The inequality and what each move makes of it."""
    lines = [Line(says(given.left), says(given.right), ("to solve",), relation=given.relation)]
    for move in moves:
        before, after = WORDS[move.law]
        reason: Run = (before, Formula(says(move.by)), after) if before else (after,)
        lines.append(Line(says(move.after.left), says(move.after.right), reason, relation=move.after.relation))
    if boxed:
        lines[-1] = replace(lines[-1], boxed=True, level=1)
    return lines


TRIED = (("one less", "too small"), ("this size", "enough"))


@dataclass(frozen=True)
class SampleSize:
    """How large a size must be, so that a value that grows with it reaches a level.

    `of`: a definition of the graph, in which `size` stands once; `level`: a constant; `levels`: the numbers for it.
    `between`: constants that are known to lie between 0 and 1, such as probabilities.
    """

    id: str
    of: Any
    level: Any
    size: Any
    levels: Sequence[Any]
    between: Sequence[Any] = ()
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text or f"Which {self.size} are enough for {self.of} >= {self.level}?"

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the inequality, its value for each level, and the whole number."""
        model, (value, bound, _) = graph.model, self._bound(graph, self.id)
        known = {n: x for n, x in scalars(model, graph.numbers_given).items() if n != self.level.name}
        levels = []
        for level in self.levels:
            numbers, least, size, _ = self._least(level, graph, value, bound, self.id)
            levels.append(Level(f"{self.level} = {level}", numbers[self.level.name], least, size))
        answer = formula(model, bound.right, self.id)
        names, title = reader_names(model), words(self.title)
        rounded = rounding(conventions)
        return Answers(SampleSizes(self.size.name, self.level.name, levels, answer, names, known, rounded, title))

    def _bound(self, graph: Graph, where: str) -> tuple[Poly, Inequality, list[Move]]:
        """The value that grows, the size it needs, and the moves that lead there."""
        model, unit = graph.model, [h.name for h in self.between]
        value = written_out(lone(model.tensors[self.of.name].entry), model, elementary=False)
        given = Inequality(value, ">=", lone(model.tensors[self.level.name].entry))
        moves = isolated(given, self.size.name, model, unit)
        bound = moves[-1].after
        if bound.relation != ">=":
            raise Unsupported(f"{self.of} falls with {self.size}", where=where, expected="a value that grows")
        return value, bound, moves

    def worked(self, sheet: Sheet) -> Question:
        """The inequality move by move; for each level the bound, rounded up, and the proof that this is the least."""
        graph, where, unit = sheet.graph, sheet.where(self.id), [h.name for h in self.between]
        model, says = graph.model, Says(graph.model, where)
        value, bound, moves = self._bound(graph, where)
        given = Inequality(value, ">=", lone(model.tensors[self.level.name].entry))
        confirmed(given, moves, model, unit, where)
        blocks: list[Block] = [*self._known(says), Lines(tuple(inequality_lines(given, moves, says, boxed=True)))]
        sizes = {}
        for level in self.levels:
            lines, sizes[str(level)] = self._at(level, graph, value, bound, says)
            blocks.append(Lines(tuple(lines)))
        said = "each line against the first at 200 choices of numbers; the least whole numbers by exact fractions"
        blocks.append(Prose((f"{said}; ≈ stands before numbers {STATED}.",), "checked"))
        return Question(self.id, (self.title,), tuple(blocks), {"bound": plain(says(bound.right)), "sizes": sizes})

    def _known(self, says: Says) -> list[Block]:
        level = says(lone(says.model.tensors[self.level.name].entry))
        levels = [(Formula(Relation((level, Digits(str(x))), ("=",))),) for x in self.levels]
        asked = Prose(("The levels are ", *listed(levels), "."), "statement")
        if not self.between:
            return [asked]
        names = [says(lone(says.model.tensors[h.name].entry)) for h in self.between]
        run: list[str | Formula] = []
        for name in names:
            run += [" and "] * bool(run) + [Formula(Relation((Digits("0"), name, Digits("1")), ("<", "<")))]
        return [asked, Prose((*run, "."), "given")]

    def _at(self, level: Any, graph: Graph, value: Poly, bound: Inequality, says: Says) -> tuple[list[Line], int]:
        """The bound in numbers, and the least whole number: one less is not enough."""
        numbers, least, size, sides = self._least(level, graph, value, bound, says.where)
        put = Put(says.notation, dict(numbers))
        name = says(bound.left)
        lines = [
            Line(name, put.poly(bound.right), PUT_IN, relation=">="),
            Line(None, number(least), ("worked out",), relation="=" if is_short(least) else "~"),
            Line(name, Digits(str(size)), ("the least whole number that is not below",), boxed=True, level=1),
        ]
        return [*lines, *self._witness(value, size, sides, put, numbers[self.level.name])], size

    def _least(
        self, level: Any, graph: Graph, value: Poly, bound: Inequality, where: str
    ) -> tuple[dict[str, Fraction], Between, int, list[Fraction]]:
        """The numbers, the bound, the least whole number, and the values at one less and at it."""
        where = f"{where}, {self.level} = {level}"
        numbers = {**scalars(graph.model, graph.numbers_given), self.level.name: fraction(level, where)}
        for handle in self.between:
            if handle.name in numbers and not 0 < numbers[handle.name] < 1:
                raise DeclarationError(
                    f"{handle.name} is not between 0 and 1", where=where, given=str(numbers[handle.name])
                )
        read = lambda name, place: numbers[name]  # noqa: E731
        least = enclosed(bound.right, {}, read)
        nearest = range(max(1, least.low.__ceil__()), least.high.__ceil__() + 1)
        size = next(
            (n for n in nearest if enclosed(value, {self.size.name: n}, read).low >= numbers[self.level.name]), 1
        )
        sides = [enclosed(value, {self.size.name: n}, read).low for n in (size - 1, size)]
        if not (sides[0] < numbers[self.level.name] <= sides[1]):
            raise CertificateError("a sample size that is not the least", where=where, given=str(size))
        return numbers, least, size, sides

    def _witness(self, value: Poly, size: int, sides: list[Fraction], put: Put, level: Fraction) -> list[Line]:
        """The value at this size and at one less."""
        lines = []
        for n, found, (tried, verdict) in zip((size - 1, size), sides, TRIED, strict=True):
            left = put.poly(at_size(value, {self.size.name: Affine.number(n)}))
            lines.append(Line(left, number(found), (tried,), relation="=" if is_short(found) else "~", aside=True))
            relation = "<" if found < level else ">="
            lines.append(Line(None, number(level), (verdict,), relation=relation, aside=True))
        return lines
