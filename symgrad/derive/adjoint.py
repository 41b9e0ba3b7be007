"""The reverse sweep: the adjoint of a name is the sum of one contribution for each definition that uses it.

    dL/dD[d] = sum over definitions C that use D of  sum over c of dL/dC[c] * dC[c]/dD[d]

Adjoints stay names, so the cost is linear in the number of definitions. Source: Griewank and Walther, Evaluating
Derivatives (2008), chapter 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_

from symgrad.algebra.contract import contract, contract_parts
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import ONE, Factor, bind, build, fresh_name, guarded, lone, opened, times, total
from symgrad.algebra.recast import Order, Recast, spelled
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


Entry = tuple[str, tuple[str, ...]]  # a name and the index names of an entry of it


def sweep(model: Model, of: str, of_free: tuple[str, ...], by: str, by_free: tuple[str, ...]) -> Sweep:
    """The adjoints of every definition between `of` and `by`, from the last to `by` itself."""
    return sweeps(model, of, of_free, [(by, by_free)])[0]


def sweeps(model: Model, of: str, of_free: tuple[str, ...], entries: Sequence[Entry]) -> tuple[Sweep, ...]:
    """One sweep for each entry `by[by_free]`; the adjoints on the way to several of them are the same objects."""
    return _Sweeper(model, of, of_free).run(entries)


class _Sweeper:
    """Builds the model of adjoint names while it walks the definitions backwards.

    `users`: of each name that `of` depends on what uses it, in the order of declaration. `known`: the contributions
    found so far, by the shape of the definition: a layer that is like one before is said in its own names.
    """

    def __init__(self, model: Model, of: str, of_free: tuple[str, ...]) -> None:
        self.tensors, self.indices = dict(model.tensors), dict(model.indices)  # filled on the way
        self.model = replace(model, tensors=self.tensors, indices=self.indices)
        self.of, self.of_free = of, of_free
        self.given: list[str] = []
        self.hidden: set[str] = set()  # indices that were made for another entry
        self.supports: dict[str, tuple[tuple[str, ...], tuple[Limit, ...]]] = {}
        self.known: dict[tuple, tuple[tuple[str, ...], Contribution]] = {}
        self.order = Order(model.functions)
        self.reach = model.uses(lone(model.tensors[of].entry))
        self.users: dict[str, list[Tensor]] = {}
        for tensor in (t for t in model.tensors.values() if t.name in self.reach):
            for source in tensor.sources:
                self.users.setdefault(source, []).append(tensor)

    def run(self, entries: Sequence[Entry]) -> tuple[Sweep, ...]:
        bits, above = self._bits, self._above()
        needed = reduce(or_, (above.get(by, 0) for by, _ in entries), 0)
        shared: list[tuple[int, Adjoint]] = []
        for name in [n for n in reversed(list(self.tensors)) if bits.get(n, 0) & needed]:
            free = self._free_names(self.model.tensors[name])
            if name != self.of and not self._is_given(name):
                shared.append((bits[name], self._adjoint(self.model.tensors[name], free)))
                adjoint = shared[-1][1]
                self.supports[adjoint.name] = (*self.of_free, *free), guards(adjoint.value)
        common = frozenset(self.model.indices)
        inner: dict[int, tuple[Adjoint, ...]] = {}
        firsts = {mask: n + 1 for n, mask in enumerate(accumulate((bit for bit, _ in shared), or_))}
        found = []
        for by, free in entries:
            self.hidden = set(self.model.indices) - common  # so that indices are named as if it were asked for alone
            last, way = self._last(by, free), above.get(by, 0)
            if way not in inner:
                inner[way] = _among(shared, way, firsts)
            sources = ((n, self.model.tensors[n].of[1]) for n in self.given)
            given = tuple(n for n, x in sources if by != self.of and (x == by or bits.get(x, 0) & way))
            found.append(Sweep(self.of, self.of_free, by, free, inner[way] + last, self.model, given))
        return tuple(found)

    def _last(self, by: str, free: tuple[str, ...]) -> tuple[Adjoint, ...]:
        """The adjoint of the question itself, where it is not given."""
        if by == self.of:
            return (self._itself(free),)
        return () if self._is_given(by) else (self._adjoint(self.model.tensors[by], free),)

    def _itself(self, free: tuple[str, ...]) -> Adjoint:
        """Law: d x[j] / d x[i] = [i = j]."""
        name = self._name_adjoint(self.model.tensors[self.of], "adjoint").name
        pairs = zip(self.of_free, free, strict=True)
        unit = guarded(ONE, [Limit("eq", Affine.name(a) - Affine.name(b)) for a, b in pairs])
        return Adjoint(name, self.of, free, (Contribution(self.of, unit, name, unit, unit),))

    @cached_property
    def _bits(self) -> dict[str, int]:
        """One bit for each name that `of` depends on: sets of names are numbers."""
        return {name: 1 << n for n, name in enumerate(n for n in self.tensors if n in self.reach)}

    def _above(self) -> dict[str, int]:
        """For each name those between it and `of`: what depends on it, `of` included."""
        above: dict[str, int] = {}
        for name in reversed(self._bits):
            users = (t.name for t in self.users.get(name, ()))
            above[name] = reduce(or_, (self._bits[n] | above[n] for n in users), 0)
        return above

    def _is_given(self, name: str) -> bool:
        """Whether the gradient by this name is the upstream of an unknown loss and nothing else uses it."""
        loss = self.model.tensors[self.of]
        if loss.kind != "loss" or name not in loss.of:
            return False
        self._name_adjoint(self.model.tensors[name], "upstream")
        return not any(t.kind == "definition" for t in self.users.get(name, ()))

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
            if name not in {*taken, *self.hidden} and {e.put({name: Affine.name(axis)}) for e in index.limits} == set(
                mine.limits
            ):
                return name
        declared = self.model.indices.keys() - self.hidden
        known = {*declared, *self.model.sizes, *self.model.tensors, *self.model.functions}
        name = next(f"{axis}{n}" for n in range(1, 99) if f"{axis}{n}" not in known)
        moved = {axis: Affine.name(name)}
        index = Index(name, tuple(e.put(moved) for e in mine.limits), mine.start)
        self.hidden.discard(name)
        self.indices[name] = index
        return name

    def _name_adjoint(self, by: Tensor, kind: str) -> Tensor:
        return self._gradient(self.of, by, kind)

    def _gradient(self, of: str, by: Tensor, kind: str) -> Tensor:
        """The name of a gradient, different from all declared names."""
        named = kind == "adjoint" and of == self.of
        name = self.model.let.get(by.name, "") if named else ""
        name = name or adjoint_name(of, by.name)
        while name in self.model.tensors and self.model.tensors[name].of != (of, by.name):
            name += "_"
        if name not in self.model.tensors:
            axes = (*self.model.tensors[of].axes, *by.axes)
            self.tensors[name] = Tensor(name, kind, axes, of=(of, by.name))
        if kind == "upstream" and name not in self.given:
            self.given.append(name)
        return self.model.tensors[name]

    def _adjoint(self, by: Tensor, free: tuple[str, ...]) -> Adjoint:
        context = self.model.context((*self.of_free, *free))
        name = self._name_adjoint(by, "adjoint").name
        users = self.users.get(by.name, [])
        contributions = [self._contribution(t, by, free, context) for t in users if t.kind == "definition"]
        if len(contributions) > 1:  # the direct way beside others has no name: dL/ds is the name of them all together
            contributions = [replace(c, named=c.value) if c.via == self.of else c for c in contributions]
        losses = [t for t in users if t.kind == "loss" and t.name != self.of]
        contributions += [self._through_loss(loss, by, free) for loss in losses]
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
        """The path through one definition; said in other names where a definition of this shape was met before."""
        local = self._partial_tensor(via, by)
        if via.name == self.of:
            at = tuple(map(Affine.name, (*self.of_free, *free)))
            pieces = local_parts(via, at[: len(via.axes)], by.name, at[len(via.axes) :], self.model.ties)
            value = self._settle(pieces, [], [], [], context)
            return Contribution(via.name, lone(local.at(at)), local.name, value, value)
        adjoint = self._name_adjoint(via, "adjoint")
        if via.poly is None:
            return self._path(via, by, free, context, adjoint, local)
        text, inner = spelled(via.poly.key)
        names = (*inner, adjoint.name, local.name)
        signs = tuple(self.model.tensors[n].sign for n in inner)
        axes = via.axes, free, local.axes
        key = (text, inner.index(by.name), axes, signs, self.supports.get(adjoint.name), self.order.ranks(names))
        if key not in self.known:
            self.known[key] = names, self._path(via, by, free, context, adjoint, local)
            return self.known[key][1]
        theirs, found = self.known[key]
        say = Recast(dict(zip(theirs, names, strict=True)))
        polys = map(say.poly, (found.partial, found.value))
        return Contribution(via.name, say.poly(found.named), local.name, *polys)

    def _path(
        self, via: Tensor, by: Tensor, free: tuple[str, ...], context: Context, adjoint: Tensor, local: Tensor
    ) -> Contribution:
        at = tuple(map(Affine.name, free))
        here = tuple(Affine.name(fresh_name()) for _ in via.axes)
        pieces = local_parts(via, here, by.name, at, self.model.ties)
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
            self.tensors[name] = Tensor(name, "partial", tuple(axes), of=(via.name, by.name))
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


def _among(shared: list[tuple[int, Adjoint]], way: int, firsts: Mapping[int, int]) -> tuple[Adjoint, ...]:
    """The adjoints on a way; `firsts` says of how many, the last definitions first, a set of names consists."""
    every = max(firsts, default=0)
    number = firsts.get(way & every)
    return tuple([a for _, a in shared[:number]] if number else [a for bit, a in shared if bit & way])


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
