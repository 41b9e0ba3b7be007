"""Grading: a derivation, with the derivatives around it, made into what a formula of a student is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from symgrad.algebra.contract import contract, contract_parts
from symgrad.algebra.heads import HEADS
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import call, lone, total
from symgrad.algebra.records import Poly
from symgrad.check.enclose import Between
from symgrad.declare.model import Model, Tensor
from symgrad.derive import derivation as engine
from symgrad.derive.adjoint import adjoint_name
from symgrad.derive.look import factored
from symgrad.derive.partials import PARTIALS, local_parts
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.notation import Notation
from symgrad.explain.spelling import template
from symgrad.read.names import Names
from symgrad.read.resolve import names_of
from symgrad.render.latex import latex
from symgrad.student.choices import Option, choices
from symgrad.student.conventions import checked
from symgrad.student.diagnose import NOTHING, diagnose, undiagnosed
from symgrad.student.exact import Array
from symgrad.student.judge import judge, last_number
from symgrad.student.paths import Way
from symgrad.student.reference import Closed, Reference
from symgrad.student.shares import by_factor, by_path
from symgrad.student.slipped import slipped
from symgrad.student.study import Study
from symgrad.student.verdict import Diagnosis, Verdict
from symgrad.student.worked import Known, arranged
from symgrad.student.worker import Worker, undecided
from symgrad.values import between, given

if TYPE_CHECKING:
    from symgrad.answer import Derivation


DIAGNOSED_WITHIN = 60.0  # seconds: the first diagnosis about an answer works out what many mistakes make of it


def slope(function: str, primes: int) -> Callable[[Poly], Poly] | None:
    """The derivative of a function the engine knows, as a function of its argument; None for others."""
    row = PARTIALS.get(function)
    if primes != 1 or row is None or HEADS[function].arity != 1:
        return None
    return lambda u: row.by(call(function, u), u)[0]


class Grader:
    """Judges formulas about one derivation. Everything that is derived for it is derived once.

    `earlier`: (name, name differentiated by) of answers that a formula may use; `read`: other letters for the free
    indices; `partials`: whether derivatives between definitions may be left as they are; `value`: what a number is
    compared with, by default the value at the numbers of the graph.
    """

    def __init__(
        self,
        derivation: Derivation,
        earlier: Iterable[tuple[str, str]] = (),
        read: Mapping[str, str] | None = None,
        partials: bool = False,
        conventions: Collection[str] = (),
        value: Callable[[], Array | None] | None = None,
    ) -> None:
        found, graph = derivation.engine, derivation.graph
        self.derivation, self.graph = derivation, graph
        let = {name: by for by, name in found.model.let.items()}
        model = self._known(found.model, let, found.of)
        self.reference = Reference(
            model,
            found.of,
            found.by,
            found.free,
            derivation.worked_out,
            graph.numbers(found.declared),
            cache(self._total),
            cache(self._local),
            slope,
            frozenset(earlier),
            let,
            dict(read or {}),
            partials,
            checked(conventions),
            cache(self._through),
            cache(value or (lambda: self._value(derivation))),
            invented=frozenset(f for f in found.free if graph.is_unnamed(f)),
            room=lambda kept: graph.apart(model, kept),
            shown=lambda poly, known: latex(Notation(known).poly(poly)),
        )
        self.names: Names = names_of(model, template, Notation(model).index_name)

        self.worker = Worker(self.judge_here, undecided)
        self.examiner = Worker(self.diagnose_here, undiagnosed, seconds=DIAGNOSED_WITHIN)

    def judge(self, text: str) -> Verdict:
        """The verdict on a text, made in a process that is stopped where it takes too long or too much memory."""
        return self.worker(text)

    def judge_here(self, text: str) -> Verdict:
        """The same in this process, without limits of time and memory."""
        return judge(text, self.reference, self.names)

    @cached_property
    def study(self) -> Study:
        """What diagnoses and wrong answers for a choice are made from."""
        return Study(self.reference, self.names, list(self._forms()))

    def diagnose(self, text: str) -> Diagnosis:
        """What went wrong in a formula that is wrong, found in a process of its own, with its limits."""
        return self.examiner(text)

    def diagnose_here(self, text: str) -> Diagnosis:
        """The same in this process, without limits of time and memory."""
        value = self.reference.value()
        said = None if value is None else last_number(text, self.names)
        if value is None or said is None:
            return diagnose(text, self.study)
        ways = [found for found, _ in self.study.ways]
        path = by_path(said.number, ways, self._share, self.study.words.shown) if said.is_number else None
        return path or by_factor(said, value) or slipped(said, value, self.reference.free) or NOTHING

    def _share(self, way: Way) -> Between | None:
        """What a way adds to the answer at the numbers of the graph; None where not all of them are given."""
        model = self.derivation.engine.model.extended(*way.names)
        try:
            entries = given(model, self.graph.numbers_given).of(way.value, ())
        except (DeclarationError, Unsupported):
            return None
        return between(entries[()]) if () in entries else None

    def choices(self, count: int, seed: int = 0) -> tuple[Option, ...]:
        """The answer among wrong ones, each proved wrong, in an order that the seed decides."""
        return choices(self.study, count, seed)

    def _forms(self) -> Iterator[tuple[str, str]]:
        """The answer as it is printed, then in its other forms: (name, LaTeX)."""
        asked = self.derivation
        found = asked.engine
        plain = asked
        if found.keep:
            start = replace(found.start, let={})
            again = engine.derive(start, found.of, found.of_free, found.by, found.by_free, nameless=found.nameless)
            plain = type(asked)(self.graph, again)
        for one, name in ((asked, "answer"), (plain, "closed")):
            yield name, one.latex
            if one.matrix is not None:
                yield f"{name}, in matrices", one.matrix.latex
        for one, name in ((asked, "path by path"), (plain, "written out")):
            yield name, latex(Notation(one.engine.model).poly(one.engine.path, one.engine.free))
        whole = factored(contract(asked.worked_out, found.model.context(found.free)))
        yield "worked out", latex(Notation(found.model).poly(whole, found.free))

    def _value(self, derivation: Derivation) -> Array | None:
        """The answer at the numbers of the graph, a row where it is by a row; None where not all of them are given."""
        found = derivation.engine
        if not self.graph.numbers_given or len(found.free) > 2:
            return None
        try:
            entries = given(found.model, self.graph.numbers_given).of(derivation.worked_out, found.free)
        except (DeclarationError, Unsupported):
            return None
        row = bool(found.model.tensors[found.of].axes) or found.model.tensors[found.by].row
        return arranged(Known({p: between(x) for p, x in entries.items()}, row), found.of)

    def _known(self, model: Model, let: Mapping[str, str], of: str) -> Model:
        """The model, with a name for each gradient that has one."""
        missing = [
            Tensor(name, "adjoint", (*model.tensors[of].axes, *model.tensors[by].axes), of=(of, by))
            for name, by in let.items()
            if name not in model.tensors
        ]
        return model.extended(*missing)

    def _total(self, of: str, by: str) -> Closed | None:
        """The derivative over all paths; None where there is none."""
        graph = self.graph
        if of not in graph.model.tensors or by not in graph.model.tensors or of == by:
            return None
        top = graph.model.tensors[of]
        if by not in graph.model.uses(lone(top.entry)):
            return None
        if top.kind == "loss" and by in top.of and self._is_given(top, by):
            return self._given(top, graph.model.tensors[by])
        found = graph.derive(graph[of], wrt=graph[by])
        given = tuple(t for n, t in found.engine.model.tensors.items() if n not in graph.model.tensors)
        return Closed(found.engine.free, found.worked_out, given)

    def _through(self, by: str) -> Closed | None:
        """The answer in terms of the gradient by a definition on the way; None where it has no part in it."""
        own, known = self.derivation.engine, self.graph.model.tensors
        if own.of not in known or by not in known or known[by].poly is None:
            return None
        graph = self.graph
        found = graph.derive(graph[own.of], wrt=graph[own.by], keep=[graph[by]], check=False).engine
        names = [found.model.tensors[n] for n in found.answer.tensors if n not in known]
        kept = [t for t in names if t.of == (own.of, by)]
        given = [t for t in names if t.kind == "upstream" and t not in kept]
        return Closed(found.free, found.answer, (*kept, *given)) if kept and len(kept + given) == len(names) else None

    def _is_given(self, loss: Tensor, by: str) -> bool:
        """Whether nothing but the loss itself depends on a name: then its gradient is given, not derived."""
        model = self.graph.model
        return not any(by in model.uses(lone(model.tensors[other].entry)) for other in loss.of if other != by)

    def _given(self, loss: Tensor, by: Tensor) -> Closed:
        """The upstream gradient under the name it has in the derivation."""
        known = self.reference.model.tensors.values()
        name = next((t for t in known if t.kind == "upstream" and t.of == (loss.name, by.name)), None)
        name = name or Tensor(adjoint_name(loss.name, by.name), "upstream", by.axes, of=(loss.name, by.name))
        return Closed(by.axes, lone(name.entry), (name,))

    def _local(self, of: str, by: str) -> Closed | None:
        """The derivative of the right side of a definition, other names held; None where `by` does not stand in it."""
        model = self.graph.model
        top, bottom = model.tensors.get(of), model.tensors.get(by)
        if top is None or bottom is None or top.poly is None or by not in top.poly.tensors:
            return None
        axes = list(top.axes)
        for axis in bottom.axes:
            axes.append(self.graph.index_like(axis, tuple(axes)) if axis in axes else axis)
        model, split = self.graph.model, len(top.axes)
        at = tuple(map(Affine.name, axes))
        pieces = local_parts(top, at[:split], by, at[split:], model.ties)
        poly = total(contract_parts(*p, model.context(axes)) for p in pieces)
        return Closed(tuple(axes), poly)
