"""Update rules of optimisers: a graph of scalars for one weight, and its names numbered step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.normal import replace as rebuilt
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.declare.model import Index, Model
from symgrad.errors import DeclarationError

if TYPE_CHECKING:
    from symgrad.api import Graph


@dataclass(frozen=True)
class Rule:
    """An update rule for one weight, as a graph of scalars.

    `weight`: its name and the definition of its next value. `gradient`: the input that stands for dL/dw. `memory`: what
    else is kept from step to step, each name with the definition of its next value; 0 at the start. `count`: a size of
    the graph that counts the steps from 1.
    """

    graph: Graph
    weight: tuple[Any, Any]
    gradient: Any
    memory: Mapping[Any, Any] = field(default_factory=dict)
    count: Any = None

    def update(self, state: Any) -> Poly:
        """The next value of a state, in names before the step."""
        known = {h.name: d.name for h, d in (self.weight, *self.memory.items())}
        if state.name not in known:
            raise DeclarationError("not a state of the rule", where=str(state), expected=", ".join(known))
        body = self.graph.model.tensors[known[state.name]].poly
        if body is None:
            raise DeclarationError("the next value of a state is a definition", where=known[state.name])
        return body


@dataclass(frozen=True)
class Steps:
    """The names of a rule numbered by steps: a state u_0, u_1, ..., u_t and gradients G_0, ..., G_{t-1}."""

    model: Model
    t: Affine
    k: Affine
    state: str
    gradient: str

    def at(self, place: Affine | int) -> Poly:
        """The state before step `place`."""
        return self._entry(self.state, place)

    def numbered(self, poly: Poly, place: Affine | int) -> Poly:
        """A formula of the rule with the gradient of one step."""

        def change(atom: Atom) -> Poly | None:
            return self._entry(atom.name, place) if isinstance(atom, Ref) and atom.name == self.gradient else None

        return rebuilt(poly, change)

    def _entry(self, name: str, place: Affine | int) -> Poly:
        return lone(self.model.tensors[name].at([place if isinstance(place, Affine) else Affine.number(place)]))


def steps(rule: Rule, state: Any) -> Steps:
    """The numbered names of one state and the gradient; all others but constants are left out."""
    model = rule.graph.model
    taken = {*model.sizes, *model.tensors, *model.functions}
    t = rule.count.name if rule.count is not None else _free(("t", "T", "steps"), taken)
    k, j = _free(("k", "i", "step"), taken | {t}), _free(("j", "l", "place"), taken | {t})
    last = Affine.name(t)
    indices = {
        k: Index(k, (Affine.name(k), last - 1 - Affine.name(k)), Affine.number(0)),
        j: Index(j, (Affine.name(j), last - Affine.name(j)), Affine.number(0)),
    }
    tensors = {n: x for n, x in model.tensors.items() if x.kind == "constant"}
    for name, axis in ((state.name, j), (rule.gradient.name, k)):
        shown = model.tensors[name].shown
        tensors[name] = replace(model.tensors[name], kind="input", axes=(axis,), shown=f"{shown}_#" if shown else "")
    sizes = {**model.sizes, t: model.sizes.get(t, t)}
    return Steps(
        replace(model, sizes=sizes, indices=indices, tensors=tensors),
        last,
        Affine.name(k),
        state.name,
        rule.gradient.name,
    )


def _free(wished: tuple[str, ...], taken: set[str]) -> str:
    return next(name for name in wished if name not in taken)
