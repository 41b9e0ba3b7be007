"""A walk down a loss: an update rule applied step by step to every parameter, exactly, and once more in floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from symgrad.algebra.index import Limit
from symgrad.algebra.normal import lone
from symgrad.check.enclose import Between, enclosed
from symgrad.check.evaluate import Interpreter
from symgrad.check.points import points
from symgrad.errors import DeclarationError
from symgrad.numeric import fraction
from symgrad.questions.rule import Rule
from symgrad.values import given

if TYPE_CHECKING:
    from symgrad.api import Graph

Exact: TypeAlias = "Between | Fraction"
STEP = 1e-5  # of the differences


class Walk:
    """The states of all parameters, step by step: `points` before and after each step, `trace` all names of a step."""

    def __init__(
        self, rule: Rule, graph: Graph, loss: Any, steps: int, batches: Mapping[Any, Sequence[Any]], where: str
    ) -> None:
        self.rule, self.graph, self.loss, self.steps, self.batches, self.where = (
            rule,
            graph,
            loss,
            steps,
            batches,
            where,
        )
        self.weights = [n for n, t in graph.model.tensors.items() if t.kind == "parameter"]
        if not self.weights or any(graph.model.tensors[n].axes for n in self.weights):
            raise DeclarationError("the parameters of the loss are numbers", where=where, given=", ".join(self.weights))
        self.gradients = graph.derive(loss, wrt=[graph[n] for n in self.weights])
        self.constants = {
            n: fraction(v[()], n)
            for n, v in given(rule.graph.model, rule.graph.numbers_given).entries.items()
            if () in v
        }
        self.points: list[dict[str, Exact]] = []
        self.trace: list[dict[str, dict[str, Exact]]] = []
        self.roots = False
        self._walk()

    def _batch(self, k: int) -> tuple[Mapping[str, int], Mapping[tuple[str, Any], Fraction]]:
        """Sizes and entries of the loss in step k."""
        chosen = {h.name: rows[k % len(rows)] for h, rows in self.batches.items()}
        found = given(self.graph.model, {**self.graph.numbers_given, **chosen})
        return found.sizes, {(n, p): fraction(v, n) for n, e in found.entries.items() for p, v in e.items()}

    def _walk(self) -> None:
        rule, loss = self.rule, self.loss.name
        start = self._batch(0)[1]
        missing = [w for w in self.weights if (w, ()) not in start]
        if missing:
            raise DeclarationError(
                f"{missing[0]} has no number to start from", where=self.where, expected=f"values({missing[0]}=...)"
            )
        now: dict[str, Exact] = {w: start[w, ()] for w in self.weights}
        memory: dict[str, dict[str, Exact]] = {w: {h.name: Fraction(0) for h in rule.memory} for w in self.weights}
        for k in range(self.steps + 1):
            sizes, entries = self._batch(k)
            here: dict[tuple[str, Any], Exact] = {**entries, **{(w, ()): v for w, v in now.items()}}
            read = lambda name, place, here=here, sizes=sizes: self._read(name, place, here, sizes)  # noqa: E731
            value = enclosed(lone(self.graph.model.tensors[loss].entry), sizes, read)
            self.points.append({**now, loss: value})
            if k == self.steps:
                break
            step = {}
            for w in self.weights:
                slope = enclosed(self.gradients[w].engine.answer, sizes, read)
                step[w] = self._one(here[w, ()], slope, memory[w], k + 1)
                memory[w] = {h.name: step[w][d.name] for h, d in rule.memory.items()}
            self.trace.append(step)
            now = {w: step[w][rule.weight[1].name] for w in self.weights}

    def _read(self, name: str, place: Any, here: Mapping[tuple[str, Any], Exact], sizes: Mapping[str, int]) -> Exact:
        """An entry of the loss graph; definitions are worked out."""
        if (name, place) in here:
            return here[name, place]
        tensor = self.graph.model.tensors[name]
        if tensor.poly is None:
            raise DeclarationError(f"{name} has no numbers", where=self.where, expected=f"values({name}=...)")
        at = {**sizes, **dict(zip(tensor.axes, place, strict=True))}
        return enclosed(tensor.poly, at, lambda n, p: self._read(n, p, here, sizes))

    def _one(self, weight: Exact, slope: Exact, memory: Mapping[str, Exact], count: int) -> dict[str, Exact]:
        """All names of the rule in one step of one parameter."""
        rule, model = self.rule, self.rule.graph.model
        known: dict[str, Exact] = {**self.constants, **memory, rule.weight[0].name: weight, rule.gradient.name: slope}
        at = {} if rule.count is None else {rule.count.name: count}
        for tensor in model.definitions:
            if tensor.poly is not None and tensor.poly.tensors <= known.keys():
                value = enclosed(tensor.poly, at, lambda name, place: known[name])
                known[tensor.name] = value
                self.roots = self.roots or not value.exact
        missing = [d.name for d in (rule.weight[1], *rule.memory.values()) if d.name not in known]
        if missing:
            needed = sorted(model.tensors[missing[0]].sources - known.keys())
            raise DeclarationError(
                f"{', '.join(needed)} of the rule has no number", where=self.where, expected="rule.values(...)"
            )
        return known

    @property
    def path(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The points of the plot; those that are enclosed by the middle of their bounds."""
        if len(self.weights) == 2:
            return tuple((middle(p[self.weights[0]]), middle(p[self.weights[1]])) for p in self.points)
        return tuple((Fraction(k), middle(p[self.weights[0]])) for k, p in enumerate(self.points))

    # --- again, in floats and by differences

    def worst(self) -> float:
        """The greatest difference from the same steps in floats, relative to the greatest weight where that is above 1.

        The gradient is that of central differences of the loss.
        """
        rule, graph = self.rule, self.graph
        now = {w: float(middle(self.points[0][w])) for w in self.weights}
        memory = {w: {h.name: 0.0 for h in rule.memory} for w in self.weights}
        interpreter, worst = Interpreter(rule.graph.model.functions), 0.0
        for k in range(self.steps):
            sizes, entries = self._batch(k)
            step = {}
            for w in self.weights:
                sides = (self._loss(graph, sizes, entries, {**now, w: now[w] + s}) for s in (STEP, -STEP))
                up, down = sides
                values: dict[str, Any] = {n: {(): float(middle(v))} for n, v in self.constants.items()}
                values |= {n: {(): v} for n, v in memory[w].items()}
                values |= {rule.weight[0].name: {(): now[w]}, rule.gradient.name: {(): (up - down) / (2 * STEP)}}
                at = {} if rule.count is None else {rule.count.name: k + 1}
                for tensor in rule.graph.model.definitions:
                    if tensor.poly is not None and tensor.poly.tensors <= values.keys():
                        values[tensor.name] = {(): float(interpreter.value(tensor.poly, at, values))}
                step[w] = values[rule.weight[1].name][()]
                memory[w] = {h.name: values[d.name][()] for h, d in rule.memory.items()}
            now = step
            exact = {w: float(middle(self.points[k + 1][w])) for w in self.weights}
            size = max(1.0, *map(abs, exact.values()))
            worst = max(worst, *(abs(now[w] - exact[w]) / size for w in self.weights))
        return worst

    def _loss(self, graph: Graph, sizes: Any, entries: Any, now: Mapping[str, float]) -> float:
        """The loss in floats, definition by definition."""
        values: dict[str, Any] = {w: {(): v} for w, v in now.items()}
        for (name, place), value in entries.items():
            if name not in now:
                values.setdefault(name, {})[place] = float(value)
        interpreter, model = Interpreter(graph.model.functions), graph.model
        for tensor in model.definitions:
            if tensor.poly is not None and tensor.poly.tensors <= values.keys():
                limits = [Limit("ge", x) for a in tensor.axes for x in model.indices[a].limits]
                places = points(tensor.axes, limits, sizes)
                at = ({**sizes, **dict(zip(tensor.axes, p, strict=True))} for p in places)
                found = (float(interpreter.value(tensor.poly, here, values)) for here in at)
                values[tensor.name] = dict(zip(places, found, strict=True))
        return values[self.loss.name][()]


def middle(value: Exact) -> Fraction:
    """An exact number, or the middle of an enclosure."""
    return (value.low + value.high) / 2 if isinstance(value, Between) else value
