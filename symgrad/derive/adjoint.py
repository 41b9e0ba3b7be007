"""The reverse sweep: the adjoint of a name is the sum of one contribution for each definition that uses it.

    dL/dD[d] = sum over definitions C that use D of  sum over c of dL/dC[c] * dC[c]/dD[d]

Adjoints stay names, so the cost is linear in the number of definitions. Source: Griewank and Walther, Evaluating
Derivatives (2008), chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symgrad.algebra.contract import contract, contract_parts
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import ONE, Factor, bind, build, fresh_name, guarded, lone, opened, times, total
from symgrad.algebra.records import Poly, Ref, Term
from symgrad.declare.model import Index, Model, Tensor
from symgrad.derive.partials import Parts, local_parts
from symgrad.errors import Unsupported


@dataclass(frozen=True)
class Contribution:
    """One path's term: through definition `via` to the name in question.

    `named` is (adjoint of via) * (partial of via) as names; `partial` the value of that partial; `value` the product,
    contracted. For the question itself (`via` is what is differentiated) there is no adjoint in front.
    """

    via: str
    named: Poly
    partial_name: str
    partial: Poly
    value: Poly


@dataclass(frozen=True)
class Adjoint:
    """The adjoint of `by` as a name, and its equation: the sum of its contributions."""

    name: str
    by: str
    free: tuple[str, ...]
    contributions: tuple[Contribution, ...]

    @property
    def value(self) -> Poly:
        return total(c.value for c in self.contributions)


@dataclass(frozen=True)
class Sweep:
    """All adjoints needed for one question, last definition first; `model` knows the new names."""

    of: str
    of_free: tuple[str, ...]
    by: str
    by_free: tuple[str, ...]
    adjoints: tuple[Adjoint, ...]
    model: Model
    given: tuple[str, ...]


def adjoint_name(of: str, by: str) -> str:
    return f"d{of}_d{by}"


def partial_name(of: str, by: str) -> str:
    return f"p{of}_p{by}"


def sweep(model: Model, of: str, of_free: tuple[str, ...], by: str, by_free: tuple[str, ...]) -> Sweep:
    """The adjoints of every definition between `of` and `by`, from the last to `by` itself."""
    return _Sweeper(model, of, of_free).run(by, by_free)


class _Sweeper:
    """Builds the model of adjoint names while it walks the definitions backwards."""

    def __init__(self, model: Model, of: str, of_free: tuple[str, ...]) -> None:
        self.model, self.of, self.of_free = model, of, of_free
        self.given: list[str] = []
        self.supports: dict[str, tuple[tuple[str, ...], tuple[Limit, ...]]] = {}

    def run(self, by: str, by_free: tuple[str, ...]) -> Sweep:
        if by == self.of:
            return Sweep(by, self.of_free, by, by_free, (self._itself(by_free),), self.model, ())
        between = self._between(by)
        adjoints = []
        for name in [*reversed([n for n in self.model.tensors if n in between and n != by]), by]:
            tensor = self.model.tensors[name]
            free = by_free if name == by else self._free_names(tensor)
            if name == self.of or self._is_given(name):
                continue
            adjoints.append(self._adjoint(tensor, free, between))
            self.supports[adjoints[-1].name] = (*self.of_free, *free), guards(adjoints[-1].value)
        return Sweep(self.of, self.of_free, by, by_free, tuple(adjoints), self.model, tuple(self.given))

    def _itself(self, free: tuple[str, ...]) -> Adjoint:
        """Law: d x[j] / d x[i] = [i = j]."""
        name = self._name_adjoint(self.model.tensors[self.of], "adjoint").name
        pairs = zip(self.of_free, free, strict=True)
        unit = guarded(ONE, [Limit("eq", Affine.name(a) - Affine.name(b)) for a, b in pairs])
        return Adjoint(name, self.of, free, (Contribution(self.of, unit, name, unit, unit),))

    def _between(self, by: str) -> set[str]:
        """The names that `of` depends on and that depend on `by`, both included."""
        reach = self.model.uses(lone(self.model.tensors[self.of].entry))
        target = lone(self.model.tensors[by].entry).tensors
        found = set(target)
        for name, tensor in self.model.tensors.items():
            if name in reach and tensor.sources & found and name != by:
                found.add(name)
        return found & (set(reach) | target)

    def _is_given(self, name: str) -> bool:
        """Whether the gradient by this name is the upstream of an unknown loss and nothing else uses it."""
        loss = self.model.tensors[self.of]
        if loss.kind != "loss" or name not in loss.of:
            return False
        self._name_adjoint(self.model.tensors[name], "upstream")
        return not any(
            name in t.sources
            for t in self.model.tensors.values()
            if t.kind == "definition" and t.name in self._between(name)
        )

    def _free_names(self, tensor: Tensor) -> tuple[str, ...]:
        """Index names for the entries of a tensor, different from the free names of the question."""
        taken = set(self.of_free)
        names = []
        for axis in tensor.axes:
            name = axis if axis not in taken else self._spare(axis, taken)
            taken.add(name)
            names.append(name)
        return tuple(names)

    def _spare(self, axis: str, taken: set[str]) -> str:
        """Another index of the same range, declared by the user if there is one."""
        mine = self.model.indices[axis]
        for name, index in self.model.indices.items():
            if name not in taken and {e.put({name: Affine.name(axis)}) for e in index.limits} == set(mine.limits):
                return name
        known = {*self.model.indices, *self.model.sizes, *self.model.tensors, *self.model.functions}
        name = next(f"{axis}{n}" for n in range(1, 99) if f"{axis}{n}" not in known)
        moved = {axis: Affine.name(name)}
        index = Index(name, tuple(e.put(moved) for e in mine.limits), mine.start)
        self.model = self.model.extended(indices=[index])
        return name

    def _name_adjoint(self, by: Tensor, kind: str) -> Tensor:
        return self._gradient(self.of, by, kind)

    def _gradient(self, of: str, by: Tensor, kind: str) -> Tensor:
        """The name of a gradient, different from all declared names."""
        name = adjoint_name(of, by.name)
        while name in self.model.tensors and self.model.tensors[name].of != (of, by.name):
            name += "_"
        if name not in self.model.tensors:
            axes = (*self.model.tensors[of].axes, *by.axes)
            self.model = self.model.extended(Tensor(name, kind, axes, of=(of, by.name)))
        if kind == "upstream" and name not in self.given:
            self.given.append(name)
        return self.model.tensors[name]

    def _adjoint(self, by: Tensor, free: tuple[str, ...], between: set[str]) -> Adjoint:
        context = self.model.context((*self.of_free, *free))
        name = self._name_adjoint(by, "adjoint").name
        users = [
            t
            for t in self.model.tensors.values()
            if t.name in between and t.kind == "definition" and by.name in t.sources
        ]
        contributions = [self._contribution(user, by, free, context) for user in users]
        if len(contributions) > 1:  # the direct way beside others has no name: dL/ds is the name of them all together
            contributions = [replace(c, named=c.value) if c.via == self.of else c for c in contributions]
        losses = [
            t for t in self.model.tensors.values() if t.kind == "loss" and t.name in between and t.name != self.of
        ]
        contributions += [self._through_loss(loss, by, free) for loss in losses if by.name in loss.of]
        of = self.model.tensors[self.of]
        if of.kind == "loss" and by.name in of.of:
            if contributions:
                raise Unsupported(
                    f"{self.of} depends on {by.name} directly and through {contributions[0].via}",
                    where=f"loss {self.of}",
                    expected="a loss of names that do not depend on each other",
                    fix=f"define a copy of {by.name} for the direct way",
                )
            given = self._name_adjoint(by, "upstream")
            entry = lone(given.at(map(Affine.name, free)))
            contributions.append(Contribution(self.of, entry, given.name, entry, entry))
        return Adjoint(name, by.name, free, tuple(contributions))

    def _through_loss(self, loss: Tensor, by: Tensor, free: tuple[str, ...]) -> Contribution:
        """The path through an unknown loss that stands in a definition: its gradient is given."""
        given = self._gradient(loss.name, by, "upstream")
        entry = lone(given.at(map(Affine.name, free)))
        front = lone(self._name_adjoint(loss, "adjoint").at(map(Affine.name, self.of_free)))
        return Contribution(loss.name, times(front, entry), given.name, entry, times(front, entry))

    def _contribution(self, via: Tensor, by: Tensor, free: tuple[str, ...], context: Context) -> Contribution:
        at = tuple(map(Affine.name, free))
        here = tuple(Affine.name(fresh_name()) for _ in via.axes)
        local = self._partial_tensor(via, by)
        pieces = local_parts(via, here, by.name, at, self.model.ties)
        if via.name == self.of:
            own = {h.sole: Affine.name(f) for h, f in zip(here, self.of_free, strict=True)}
            pieces = local_parts(via, tuple(map(Affine.name, self.of_free)), by.name, at, self.model.ties)
            named = lone(local.at((*own.values(), *at)))
            value = self._settle(pieces, [], [], [], context)
            return Contribution(via.name, named, local.name, value, value)
        adjoint = self._name_adjoint(via, "adjoint")
        front = adjoint.at((*map(Affine.name, self.of_free), *here))
        limits = [*self.model.ranges(via, here), *self._support(adjoint.name, here)]
        bound = [h.sole for h in here]
        partial = self._partial(via, by, local)
        own = dict(zip(local.axes, (*here, *at), strict=True))
        named = bind(
            times(lone(front), lone(local.at((*here, *at)))), bound, [*limits, *(x.put(own) for x in support(partial))]
        )
        value = self._settle(pieces, [(front, Fraction(1))], bound, limits, context)
        return Contribution(via.name, contract(named, context), local.name, partial, value)

    def _support(self, adjoint: str, here: tuple[Affine, ...]) -> list[Limit]:
        """Where an adjoint may differ from 0: a causal mask on P is one on S too, and limits the sums over dL/dS."""
        free, limits = self.supports.get(adjoint, ((), ()))
        at = dict(zip(free, (*map(Affine.name, self.of_free), *here), strict=True)) if free else {}
        return [x.put(at) for x in limits]

    def _partial_tensor(self, via: Tensor, by: Tensor) -> Tensor:
        name = partial_name(via.name, by.name)
        while name in self.model.tensors and self.model.tensors[name].of != (via.name, by.name):
            name += "_"
        if name not in self.model.tensors:
            axes = list(via.axes)
            for axis in by.axes:
                axes.append(axis if axis not in axes else self._spare(axis, set(axes) | set(self.of_free)))
            self.model = self.model.extended(Tensor(name, "partial", tuple(axes), of=(via.name, by.name)))
        return self.model.tensors[name]

    def _partial(self, via: Tensor, by: Tensor, local: Tensor) -> Poly:
        """The local derivative at the axes of its own name, contracted."""
        split = len(via.axes)
        at = tuple(map(Affine.name, local.axes[split:]))
        pieces = local_parts(via, tuple(map(Affine.name, local.axes[:split])), by.name, at, self.model.ties)
        return self._settle(pieces, [], [], [], self.model.context(local.axes))

    def _settle(
        self, pieces: list[Parts], front: list[Factor], bound: list[str], limits: list[Limit], context: Context
    ) -> Poly:
        shell = Parts(Fraction(1), front, bound, limits)
        first = frozenset(a.name for a, _ in front if isinstance(a, Ref))
        return total(contract_parts(*shell.joined(piece), context, first) for piece in pieces)


def guards(value: Poly) -> tuple[Limit, ...]:
    """The conditions on free indices that all terms share: where one fails the value is 0."""
    shared = [{x for x in t.limits if x.of.names.isdisjoint(t.bound)} for t in value.terms]
    return tuple(sorted(set.intersection(*shared), key=str)) if shared else ()


def within(poly: Poly, model: Model) -> Poly:
    """Sums only over where the definitions in them can differ from 0, as a causal mask says."""
    return total(_within(term, model) if term.bound else Poly((term,)) for term in poly.terms)


def _within(term: Term, model: Model) -> Poly:
    coefficient, factors, bound, limits = opened(term)
    for atom in (a for a, p in factors if isinstance(a, Ref) and p > 0):
        tensor = model.tensors[atom.name]
        if tensor.poly is not None:
            own = dict(zip(tensor.axes, atom.indices, strict=True))
            here = (x.put(own) for x in guards(tensor.poly))
            limits += [x for x in here if not x.of.names.isdisjoint(bound)]
    return build(coefficient, factors, bound, limits)


def support(partial: Poly) -> tuple[Limit, ...]:
    """The equations between free indices that all terms share: where they fail the partial is 0."""
    shared = [set(() if t.bound else t.limits) for t in partial.terms]
    return tuple(x for x in sorted(set.intersection(*shared), key=str) if x.kind == "eq") if shared else ()
