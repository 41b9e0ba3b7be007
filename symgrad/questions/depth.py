"""Questions about depth: one block repeated any number of times, and the gradient that reaches its beginning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import call, lone, times
from symgrad.algebra.records import Poly
from symgrad.check.enclose import enclosed
from symgrad.derive.recurrence import DEPTHS
from symgrad.derive.stack import Stack, bounded, closed, product, stacked
from symgrad.derive.ways import along
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run, Table
from symgrad.explain.digits import STATED, Put, cell, is_short, number
from symgrad.explain.layout import Layout, Power, Product, Relation
from symgrad.explain.layout import Number as Digits
from symgrad.explain.notation import Notation
from symgrad.numeric import PUT_IN, WORKED_OUT, scalars
from symgrad.questions.answered import formula
from symgrad.questions.curves import Geometric, plotted
from symgrad.questions.formulated import of_formulas
from symgrad.questions.reading import Says
from symgrad.questions.sheet import Part, Sheet, refuse_several
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.student.answers import Answers
from symgrad.student.formulas import Wanted

if TYPE_CHECKING:
    from symgrad.api import Graph


@dataclass(frozen=True)
class Depth:
    """The gradient at the input of a network in which a block from `wrt` to `of` is repeated `blocks` times.

    `blocks`: a size of the graph. Where `local` is empty, the local gradients differ from block to block. Else it has
    names for them, the same in every block, {"dF/dx": c}, and `last` is the gradient at the output: constants of the
    graph. With numbers for these, `depths` are the numbers of blocks in the table, of `layers` layers each; `beside`:
    other questions of this kind, drawn in the same plot and compared.
    """

    id: str
    of: Any
    wrt: Any
    blocks: Any
    local: Mapping[str, Any] = field(default_factory=dict)
    last: Any = None
    layers: int = 1
    depths: Sequence[int] = ()
    beside: Sequence[Depth] = ()
    text: str = ""
    graph: Graph | None = None

    def __post_init__(self) -> None:
        refuse_several(self.wrt, f"Depth({self.id!r})")

    @property
    def title(self) -> str:
        return self.text or f"Find the gradient at the input of {self.blocks} blocks."

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the general form, and the values of the table where they are said."""
        stack = stacked(graph.derive(self.of, self.wrt).engine.sweep, self.blocks.name, self.id)
        free: tuple[str, ...] = ()
        if self.local:
            poly = closed(stack, self._names(stack), self.last.name, self.id)[1]
            numbers = {n: x for n, x in scalars(graph.model, graph.numbers_given).items() if n in poly.tensors}
        else:
            first, _, poly = product(stack, self.id)
            free, numbers = (first,), {}
        loss = next(t.of for t in stack.model.tensors.values() if t.kind == "upstream")
        start = f"d{loss[0]}/d{loss[1]}"
        left = [f"{start}[{free[0]}]"] if free else [f"{start}[0]", f"d{loss[0]}/d{self.wrt.name}"]
        general = Wanted("the general form", formula(stack.model, poly, self.id, free, numbers), left)
        listed = [self.curve(graph).at(d) for d in self.depths]
        return of_formulas([general], conventions, self.title, listed, more=[self.wrt.name])

    def worked(self, sheet: Sheet) -> Question:
        """The recurrence, its solution, and with numbers a table and a plot."""
        graph, where = sheet.graph, sheet.where(self.id)
        derivation = graph.derive(self.of, self.wrt)
        stack = stacked(derivation.engine.sweep, self.blocks.name, where)
        lines = self._alike(stack, graph, where) if self.local else _different(stack, where)
        blocks = [
            Lines(tuple(lines)),
            *([] if self.local else _vanishing(stack, where)),
            *self._table(graph),
            *self._beside(graph),
        ]
        if self.local:
            said = f"against networks of 1 to {DEPTHS[-1]} blocks, written out and differentiated one by one, exactly."
        else:
            said = f"against the recurrence itself, step by step up to {DEPTHS[-1]} blocks, in fractions, exactly."
        values = {str(d): str(self.curve(graph).at(d)) for d in self.depths}
        solution = next(line.right for line in lines if line.boxed)
        answer = {"latex": latex(solution), "text": plain(solution)}
        return Question(
            self.id, (self.title,), (*blocks, Prose((said,), "checked")), {"answer": answer, "values": values}
        )

    def curve(self, graph: Graph) -> Geometric:
        """The gradient as a curve, from the numbers of the graph."""
        own = self.graph or graph
        derivation = own.derive(self.of, self.wrt)
        stack = stacked(derivation.engine.sweep, self.blocks.name, self.id)
        names, numbers = self._names(stack), scalars(own.model, own.numbers_given)
        missing = [n for n in (*names.values(), self.last.name) if n not in numbers]
        if missing:
            raise DeclarationError(f"{missing[0]} has no number", where=self.id, expected=f"values({missing[0]}=...)")
        factor = enclosed(along(stack.sweep), {}, lambda name, place: numbers[names[name]])
        return Geometric(own.model.name, factor.low, numbers[self.last.name], self.layers)

    def _names(self, stack: Stack) -> dict[str, str]:
        """The constants of the graph by the names that the engine has for local gradients."""
        of = {"d{}/d{}".format(*stack.sweep.model.tensors[n].of): n for n in sorted(along(stack.sweep).tensors)}
        wrong = [f"{n} has no name" for n in of if n not in self.local]
        wrong += [f"{n} is not a local gradient of the block" for n in self.local if n not in of]
        wrong += ["the gradient at the output has no name"] if self.last is None else []
        if wrong:
            raise DeclarationError(
                wrong[0],
                where=f"{self.id}, local={dict(self.local)}, last={self.last}",
                expected=f"constants of the graph for {', '.join(of)}, and last=...",
            )
        return {of[n]: handle.name for n, handle in self.local.items()}

    def _alike(self, stack: Stack, graph: Graph, where: str) -> list[Line]:
        """Lines: one block, one step of the recurrence, its solution, and that with numbers."""
        notation, k, n = Notation(stack.model), Affine.name(next(iter(stack.model.indices))), stack.count
        factor, found = closed(stack, self._names(stack), self.last.name, where)
        says = Says(stack.model, where)
        whole, start = says(stack.whole(k)), lone(stack.model.tensors[self.last.name].entry)
        lines = [
            Line(whole, says(stack.factor(k)), ("the paths through one block",)),
            Line(None, says(factor), ("the same in every block",)),
            Line(says(stack.gradient(k - 1)), says(times(stack.whole(k), stack.gradient(k))), ("chain rule",)),
            Line(None, says(times(factor, stack.gradient(k))), ("a linear recurrence",)),
            Line(says(stack.gradient(n)), says(start), ("given",)),
            Line(
                says(stack.gradient(0)),
                says(found),
                (Formula(notation.index(n)), " equal factors: the solution of the recurrence"),
                boxed=True,
                level=1,
            ),
        ]
        lines = _told(lines)
        return lines + self._with_numbers(stack, graph, found) if self.depths else lines

    def _with_numbers(self, stack: Stack, graph: Graph, found: Poly) -> list[Line]:
        """The solution with numbers; where the first value is the factor, one power: a^n a = a^(n + 1)."""
        curve, notation = self.curve(graph), Notation(stack.model)
        lines = [Line(None, Put(notation, dict(scalars(graph.model, graph.numbers_given))).poly(found), PUT_IN)]
        power = Power(number(curve.factor), notation.index(stack.count + 1))
        shown = power if curve.factor == curve.last else _scaled(curve, notation.index(stack.count))
        left = Says(stack.model, self.id)(stack.gradient(0))
        return [*lines, Line(left, shown, WORKED_OUT, boxed=True, level=1)]

    def _table(self, graph: Graph) -> list[Block]:
        if not self.depths:
            return []
        several = self.layers > 1
        head: list[Run] = [(word,) for word in ("blocks",) * several + ("layers", "gradient at the input")]
        rows, curve = [], self.curve(graph)
        for depth in self.depths:
            counts = [depth, depth * self.layers] if several else [depth]
            rows.append((*((str(n),) for n in counts), cell(curve.at(depth))))
        long = any(not is_short(curve.at(d)) for d in self.depths)
        return [Table(tuple(head), tuple(rows), (f"Numbers with more than nine digits are {STATED}.",) if long else ())]

    def _beside(self, graph: Graph) -> list[Block]:
        every = [*self.beside, self]
        return plotted([(q.curve(graph), q.depths) for q in every]) if self.beside else []


def _different(stack: Stack, where: str) -> list[Line]:
    """Lines for blocks with local gradients of their own: the product over the blocks, and its bound."""
    says, i, k, found = Says(stack.model, where), *product(stack, where)
    at, before = Affine.name(k), Affine.name(k) - 1
    lines = [
        Line(says(stack.gradient(before)), says(times(stack.whole(at), stack.gradient(at))), ("chain rule",)),
        Line(None, says(times(stack.factor(at), stack.gradient(at))), ("the paths through one block",)),
        Line(
            says(stack.gradient(Affine.name(i))),
            says(found, (i,)),
            ("the recurrence from the last block down: one factor for each",),
            boxed=True,
            level=1,
        ),
    ]
    return _told(lines)


SMALL = Fraction(1, 10**6)
RATES = (Fraction(1, 2), Fraction(1, 10))


def _vanishing(stack: Stack, where: str) -> list[Block]:
    """Why the gradient vanishes where every local gradient is small: a power bounds it."""
    found = bounded(stack, where)
    if found is None:
        return []
    says, (k, i) = Says(stack.model, where), stack.model.indices
    rate, local = lone(stack.model.tensors[stack.rate].entry), call("abs", stack.whole(Affine.name(k)))
    small = Formula(Relation((says(local), says(rate)), ("<=",)))
    lines = (
        Line(says(call("abs", stack.gradient(Affine.name(i)))), says(found[0], (i,)), ("sizes of a product",)),
        Line(None, says(found[1], (i,)), ("where every ", small), relation="<="),
    )
    told: list[str | Formula] = [
        "The bound falls with each layer where ",
        Formula(Relation((says(rate), Digits("1")), ("<",))),
        ":",
    ]
    for r in RATES:
        depth = next(m for m in range(1, 99) if r**m <= SMALL)
        told += [
            " with ",
            Formula(Relation((says(rate), number(r)), ("=",))),
            f" at most a millionth is left after {depth} layers,",
        ]
    told[-1] = str(told[-1])[:-1] + "."
    return [Lines(lines), Prose(tuple(told), "remark")]


def _told(lines: list[Line]) -> list[Line]:
    """Lines that repeat the right side above, or say a = a, left out; the left side then stands with the next line."""
    kept: list[Line] = []
    left: Layout | None = None
    for line in lines:
        left = line.left or left
        if line.right == line.left or (kept and line.left is None and kept[-1].right == line.right):
            continue
        kept.append(replace(line, left=left))
        left = None
    return kept


def _scaled(curve: Geometric, count: Layout) -> Layout:
    """g a^n in numbers."""
    return Product((number(curve.last), Power(number(curve.factor), count)))
