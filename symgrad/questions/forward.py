"""Questions about numbers: a forward pass line by line, and the numbers after the symbols of a gradient."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import lone
from symgrad.algebra.records import Poly
from symgrad.declare.model import Model, Tensor
from symgrad.derive.partials import policies
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run
from symgrad.explain.layout import Number, Relation
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.whole import boxed
from symgrad.explain.words import error, listed
from symgrad.matrix import tree as m
from symgrad.matrix.view import View
from symgrad.numeric import Numeric, with_adjoints
from symgrad.questions.answered import of_values
from symgrad.questions.differentials import differential
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.plain import plain

CLOSE = 1e-9

if TYPE_CHECKING:
    from symgrad.answer import Derivation
    from symgrad.api import Graph
    from symgrad.student.answers import Answers


@dataclass(frozen=True)
class Forward:
    """A question for the values of definitions at the numbers of the graph: of all of them where none is named.

    `differentials`: each definition is followed by its differential, as dy = w dx + x dw for y = w x.
    """

    id: str
    of: Sequence[Any] = ()
    differentials: bool = False
    text: str = "Compute the forward pass."
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the values of the definitions."""
        names, model, changes = self._names(graph), graph.model, dict[str, Poly]()
        for tensor in (model.tensors[n] for n in names) if self.differentials else ():
            found = differential(tensor, graph.model)
            if all(not found.model.tensors[n].axes for n in found.names.values()):
                model = model.extended(*(found.readable.tensors[n] for n in found.names.values()))
                changes[found.names[tensor.name]] = found.poly
        return of_values(graph, names, conventions, self.title, model, changes)

    def _names(self, graph: Graph) -> list[str]:
        return [handle.name for handle in self.of] or [t.name for t in graph.model.definitions]

    def worked(self, sheet: Sheet) -> Question:
        """Each definition with its formula, with the numbers put in, and its value."""
        graph, model = sheet.graph, sheet.graph.model
        numeric = Numeric(model, graph.numbers_given)
        names = self._names(graph)
        unknown = [n for n in names if n not in model.tensors or model.tensors[n].poly is None]
        if unknown or not graph.numbers_given:
            raise DeclarationError(
                f"{unknown[0]} is not a definition" if unknown else "no numbers are attached to the graph",
                where=sheet.where(self.id),
                expected=", ".join(t.name for t in model.definitions) if unknown else "g.values(x=[2, 1], ...)",
            )
        lines, values, changes = [], {}, []
        for tensor in (model.tensors[n] for n in _without_gaps(names, model)):
            own = _lines(model, tensor, numeric, sheet.notation)
            if tensor.name not in names:
                lines += own
                continue
            lines += [*own[:-1], boxed(own[-1])]
            values[tensor.name] = plain(numeric.array(numeric.named(tensor.name)))
            if self.differentials:
                found = differential(tensor, model)
                changes.append(found.confirm(f"{sheet.where(self.id)}: differential of {tensor.name}"))
                lines += found.lines(numeric, sheet.notation, sheet.where(self.id))
        worst = numeric.worst(names)
        if worst > CLOSE:
            raise CertificateError(
                "exact values that floats do not confirm", where=sheet.where(self.id), given=f"{worst:.0e}"
            )
        said = f"against the same lines in floating point: {error(worst)}."
        if changes:
            said += f" The differentials against central differences: {error(max(changes))}."
        record = {"values": values, "certificate": {"worst": max([worst, *changes])}}
        jumps = (
            dict.fromkeys(p for t in (model.tensors[n] for n in names) for p in _policies(t, model)) if changes else ()
        )
        remark = [Prose((f"Where a derivative jumps: {'; '.join(jumps)}.",))] if jumps else []
        return Question(self.id, (self.text,), (Lines(tuple(lines)), *remark, Prose((said,), "checked")), record)


def _without_gaps(names: list[str], model: Model) -> list[str]:
    """The names asked for, each after those that stand between it and another one asked for: shown, not demanded."""

    def behind(name: str) -> frozenset[str]:
        return model.uses(lone(model.tensors[name].entry)) - {name}

    found: list[str] = []
    for name in names:
        between = {n for n in behind(name) - set(names) if not behind(n).isdisjoint(names)}
        found += [t.name for t in model.definitions if t.name in between and t.name not in found]
        found.append(name)
    return found


def _policies(tensor: Tensor, model: Model) -> list[str]:
    """The choices at kinks that the differential of a definition depends on."""
    assert tensor.poly is not None
    return [policy for name in sorted(tensor.sources) for policy in policies(tensor.poly, name, model.ties)]


def _lines(model: Model, tensor: Tensor, numeric: Numeric, written: str) -> list[Line]:
    """A definition, in matrices where it is one and they are wanted, with numbers, and its value."""
    assert tensor.poly is not None
    notation = MatrixNotation(model)
    found = notation.definition(tensor) if written != "components" else View(None)
    whole = notation.name(m.Named(tensor.name))
    if found.tree is not None:
        first = Line(whole, notation.layout(found.tree), ("definition",))
    else:
        entry = notation.notation.entry(tensor, tensor.entry.indices)
        first = Line(entry, notation.notation.definition(tensor), ("definition",))
    return [first, *numeric.lines(None if first.left == whole else whole, found.tree, tensor.poly, tensor.axes)]


def numbers_of_gradient(derivation: Derivation, written: str) -> tuple[list[Lines], dict[str, str]]:
    """The answer with the numbers of the graph, where all that it needs is given, and its exact value for the record.

    Its value is an answer too."""
    found, numbers = derivation.engine, derivation.graph.numbers_given
    if not numbers or len(found.free) > 2:
        return [], {}
    numeric = Numeric(found.model, numbers)
    try:
        with_adjoints(numeric, found)
    except (DeclarationError, Unsupported):
        return [], {}  # not all of it is given
    notation = MatrixNotation(found.model)
    view = notation.view(found)
    fixed = View(None) if view.fixed or written == "components" else view
    left = notation.gradient(found, fixed)
    lies = notation.lies(found.groups[-1].name)
    *put_in, value = numeric.lines(left, fixed.tree, found.answer, found.free, lies)
    exact = numeric.array(numeric.values.of(found.answer, found.free), lies)
    return [Lines((*put_in, boxed(value)))], {"value": plain(exact)}


def numbers_given(graph: Graph) -> list[Block]:
    """The numbers that are attached, for the statement."""
    if not graph.numbers_given:
        return []
    model = graph.model
    numeric, notation = Numeric(model, graph.numbers_given), MatrixNotation(model)
    sizes = [(notation.layout(m.Size(n)), Number(str(v))) for n, v in numeric.values.sizes.items()]
    names = [n for n in graph.numbers_given if n not in model.sizes]
    arrays = [(notation.name(m.Named(n)), numeric.array(numeric.named(n), notation.lies(n))) for n in names]
    shown: list[Run] = [(Formula(Relation(pair, ("=",))),) for pair in (*sizes, *arrays)]
    return [Prose(("The numbers are ", *listed(shown), "."), "statement")]
