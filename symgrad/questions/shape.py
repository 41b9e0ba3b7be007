"""Questions about shapes and ranges: each index has the range that keeps all it is used in inside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symgrad.algebra.window import Ends, ends
from symgrad.declare.model import Model, Tensor
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.arithmetic import PUT_IN, following
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run, Table
from symgrad.explain.extents import argument, axis, axis_word, because, length, letter, range_of, whole
from symgrad.explain.layout import Call, Layout, Relation, Tuple
from symgrad.explain.notation import Notation
from symgrad.explain.spans import Tie, readings, span, ties
from symgrad.explain.words import listed
from symgrad.questions.answered import numbers_of, of_ends, words
from symgrad.questions.reading import reader_names
from symgrad.questions.sheet import Part, Sheet
from symgrad.questions.sizes import checked, confirm_length, counted_at, declared, sizes_given
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.ranges import Ranges as RangesJudge
from symgrad.student.shapes import Shapes

if TYPE_CHECKING:
    from symgrad.api import Graph

GIVEN = ("input", "parameter", "constant")


@dataclass(frozen=True)
class Shape:
    """A question for the shapes of declared names, each axis with the rule that gives its length."""

    id: str
    of: Any
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        several = isinstance(self.of, list | tuple)
        names = ", ".join(str(getattr(x, "name", x)) for x in (self.of if several else [self.of]))
        return self.text or f"What is the shape of {names}?"

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the shapes, by names of sizes or numbers."""
        model, names = graph.model, self._names(graph, self.id)
        ranges = {n: _lengths(model, model.tensors[n]) for n in names}
        lengths = {n: [of_ends(graph, e).count for e in found] for n, found in ranges.items()}
        firsts = {tuple(found[:1]) for found in ranges.values() if len(found) > 1}
        common = firsts.pop() if len(names) > 1 and len(firsts) == 1 else ()
        size = common[0].length.sole if common and common[0].length is not None else ""
        free = size if size not in sizes_given(graph) else ""  # the samples of a batch
        alike = len({tuple(found) for found in ranges.values()}) == 1
        return Answers(Shapes(lengths, reader_names(model), numbers_of(graph), words(self.title), alike, free))

    def _names(self, graph: Graph, where: str) -> list[str]:
        handles = self.of if isinstance(self.of, list | tuple) else [self.of]
        return declared(graph, handles, where, (*GIVEN, "definition"))

    def asked(self, model: Model) -> frozenset[str]:
        """The indices whose ranges a statement must not tell, since they are the answer."""
        names = {getattr(h, "name", str(h)) for h in (self.of if isinstance(self.of, list | tuple) else [self.of])}
        return _found_out(model, {a for t in model.definitions if t.name in names for a in t.axes})

    def worked(self, sheet: Sheet) -> Question:
        """For each name its axes, why they are as long as they are, and the shape; numbers last."""
        graph, model = sheet.graph, sheet.graph.model
        names = self._names(graph, sheet.where(self.id))
        blocks: list[Block] = []
        shapes = {}
        for name in names:
            tensor = model.tensors[name]
            found = _definition(sheet, self.id, tensor) if tensor.poly is not None else _given(sheet, self.id, tensor)
            blocks += [Prose((whole(model, name),), "heading")] if len(names) > 1 else []
            blocks += found
            lengths = [length(Notation(model), e) for e in _lengths(model, tensor)]
            shapes[name] = [plain(_known(x, sizes_given(graph))) for x in lengths]
        blocks.append(checked(graph, "the values of each index"))
        title: Run = (
            (self.text,) if self.text else ("Find the shape of ", *listed([(whole(model, n),) for n in names]), ".")
        )
        return Question(self.id, title, tuple(blocks), {"shapes": shapes, "certificate": counted_at(graph)})


def _found_out(model: Model, names: Collection[str]) -> frozenset[str]:
    """Those indices whose ranges follow from what is given: each definition over them reads along them, or a window.

    The axes of what is given are told: nothing else says how long they are.
    """
    told = {a for t in model.tensors.values() if t.kind in GIVEN for a in t.axes}
    over = {n: [t for t in model.definitions if n in t.axes] for n in names if n not in told}
    return frozenset(n for n, found in over.items() if all(_follows(model, t, n) for t in found))


def _follows(model: Model, tensor: Tensor, name: str) -> bool:
    """Whether the range of an index of a definition follows from what the definition reads."""
    try:
        found = span(model, tensor, name)
    except Unsupported:
        return False
    return bool(found.along) or found.window is not None


def _definition(sheet: Sheet, part: str, tensor: Tensor) -> list[Block]:
    """The ranges of the free indices of a definition."""
    model, numbers = sheet.graph.model, sizes_given(sheet.graph)
    notation = Notation(model)
    spans = [span(model, tensor, a) for a in tensor.axes]
    rows: list[tuple[Run, ...]] = []
    arguments: list[Block] = []
    for n, found in enumerate(spans):
        confirm_length(sheet, part, found.name, found.ends)
        like = next((s for s in spans[:n] if found.window is not None and s.window and s.ends == found.ends), None)
        why: Run = because(model, found)
        if like is None:
            arguments += argument(model, tensor, found, numbers)
        else:
            why = (*why, ", as for ", Formula(letter(notation, like.name)))
        row: tuple[Run, ...] = ((Formula(letter(notation, found.name)),), (Formula(range_of(notation, found)),))
        rows.append((*row, (Formula(length(notation, found.ends)),), why))
    head: tuple[Run, ...] = (("index",), ("range",), ("values",), ("because",))
    return [*_table(head, rows), *arguments, _shape(model, tensor, [s.ends for s in spans], sheet)]


def _given(sheet: Sheet, part: str, tensor: Tensor) -> list[Block]:
    """The axes of what is given: along those of other names, or as they are declared."""
    model = sheet.graph.model
    notation = Notation(model)
    found = _lengths(model, tensor)
    rows: list[tuple[Run, ...]] = []
    for n, (name, range_, tie) in enumerate(zip(tensor.axes, found, ties(model, tensor), strict=True)):
        confirm_length(sheet, part, name, range_)
        rows.append(((axis_word(tensor, n),), (Formula(length(notation, range_)),), _why(model, tensor, tie)))
    head: tuple[Run, ...] = (("axis",), ("length",), ("because",))
    return [*_table(head, rows), _shape(model, tensor, found, sheet)]


def _why(model: Model, tensor: Tensor, tie: Tie) -> Run:
    """Where the length of an axis of what is given comes from."""
    if tie.of is not None:
        return ("as many as ", *axis(model, tie.of))
    if tie.still:
        return ("declared: one, used for all of ", whole(model, tie.still))
    if tie.gives is not None and tensor.kind == "parameter":
        return ("declared: one for each of ", *axis(model, tie.gives))
    return ("declared",)


def _lengths(model: Model, tensor: Tensor) -> list[Ends]:
    """The ranges of the declared axes of a name, with the windows that they come from."""
    if tensor.poly is not None:
        return [span(model, tensor, a).ends for a in tensor.axes]
    found = [ends(a, model.indices[a].limits) for a in tensor.axes]
    odd = [a for a, e in zip(tensor.axes, found, strict=True) if e is None]
    if odd:
        raise Unsupported(f"the range of {odd[0]} has no plain length", where=tensor.name)
    return [e for e in found if e is not None]


def _table(head: tuple[Run, ...], rows: Sequence[tuple[Run, ...]]) -> list[Block]:
    return [Table(head, tuple(rows))] if rows else []


def _shape(model: Model, tensor: Tensor, found: Sequence[Ends], sheet: Sheet) -> Block:
    """The shape in one line, and in numbers."""
    if not found:
        return Prose((whole(model, tensor.name), " is a number: it has no axes."), "answer")
    notation, numbers = Notation(model), sizes_given(sheet.graph)
    lengths = [length(notation, e) for e in found]
    left = Call(r"\operatorname{shape}", "shape", (whole(model, tensor.name).tree,))
    lines = [Line(left, Tuple(tuple(lengths)), ("the lengths of its axes",))]
    in_numbers = tuple(_known(x, numbers) for x in lengths)
    if in_numbers != tuple(lengths):
        lines.append(Line(None, Tuple(in_numbers), PUT_IN))
    return Lines((*lines[:-1], replace(lines[-1], boxed=True, level=1)))


def _known(size: Layout, numbers: Mapping[str, int]) -> Layout:
    """A length as a number, where its sizes have numbers."""
    lines = following(size, numbers)
    return lines[-1].right if lines else size


@dataclass(frozen=True)
class Ranges:
    """A question for the ranges of indices of a definition, free ones and those of its sums: the limits of a sum.

    `indices` are handles of indices, as they stand in the definition.
    """

    id: str
    of: Any
    indices: Sequence[Any]
    text: str = ""
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text or f"Which values do {', '.join(map(str, self.indices))} have in {self.of.name}?"

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the ranges: both ends, all values, or their number."""
        (name,) = declared(graph, [self.of], self.id, ("definition",))
        spans = {str(i): span(graph.model, graph.model.tensors[name], str(i)) for i in self.indices}
        ranges = {n: of_ends(graph, found.ends) for n, found in spans.items()}
        return Answers(RangesJudge(ranges, reader_names(graph.model), words(self.title)))

    def asked(self, model: Model) -> frozenset[str]:
        """The indices whose ranges a statement must not tell, since they are the answer."""
        return _found_out(model, set(map(str, self.indices)))

    def worked(self, sheet: Sheet) -> Question:
        """The range of each index, with the axes it runs along or the window it moves."""
        model, numbers = sheet.graph.model, sizes_given(sheet.graph)
        (name,) = declared(sheet.graph, [self.of], sheet.where(self.id), ("definition",))
        tensor, notation = model.tensors[name], Notation(model)
        used = {n for r in readings(model, tensor) for n in r.ranges}
        blocks: list[Block] = []
        values = {}
        for index in map(str, self.indices):
            if index not in used:
                raise DeclarationError(
                    f"{index} is no index of {name}",
                    where=sheet.where(self.id),
                    expected=", ".join(sorted(used)),
                    given=index,
                )
            found = span(model, tensor, index)
            confirm_length(sheet, self.id, index, found.ends)
            shown = Formula(range_of(notation, found, numbers))
            size = length(notation, found.ends)
            much = [size, *(line.right for line in following(size, numbers)[-1:])]
            amount = Formula(Relation(tuple(much), ("=",)) if len(much) > 1 else size)
            blocks += argument(model, tensor, found, numbers)
            blocks.append(Prose((shown, ", that is ", amount, " values: ", *because(model, found), "."), "answer"))
            values[index] = plain(shown.tree)
        blocks.append(checked(sheet.graph, "the values of each index"))
        return Question(
            self.id, (self.title,), tuple(blocks), {"ranges": values, "certificate": counted_at(sheet.graph)}
        )
