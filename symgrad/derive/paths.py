"""A gradient as a sum over paths: each way through the definitions, with its chain of local derivatives.

Law: dL/dx is the sum over all paths L <- D_1 <- ... <- D_k <- x of dL/dD_1 dD_1/dD_2 ... dD_k/dx, where each factor
is a local derivative, other names held, and a product sums over the entries of the definition between two factors.
Source: Bauer, Computational graphs and rounding error (1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, put
from symgrad.algebra.records import Poly
from symgrad.derive.adjoint import Adjoint, Contribution
from symgrad.derive.derivation import Engine
from symgrad.derive.look import factored
from symgrad.derive.steps import Derivation, Step
from symgrad.errors import Unsupported

MOST_PATHS = 64  # that are written out one by one


@dataclass(frozen=True)
class Path:
    """One way from `names[0]`, what is differentiated, down to `names[-1]`, by which.

    `chain` is the product of its local derivatives as names, `value` the same with what they are; `factors` are the
    local derivatives one by one, in the order of the names.
    """

    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    chain: Poly
    value: Poly


@dataclass(frozen=True)
class Factor:
    """A local derivative on a path: its name and its value at the indices `free`. A given gradient is its own value.

    `steps` are the lines that find the value; there are none for a gradient that is given.
    """

    of: str
    by: str
    name: Poly
    value: Poly
    free: tuple[str, ...]
    steps: tuple[Step, ...]


class Paths:
    """The paths of one derivation, in the order in which their names are declared.

    `all` raises Unsupported where there are more than `MOST_PATHS`; `count` is their number all the same.
    """

    def __init__(self, found: Derivation) -> None:
        self.found, self.model = found, found.model
        self.engine = Engine(found.model, found.sweep)
        self.adjoints: dict[str, Adjoint] = {a.by: a for a in found.sweep.adjoints}
        self.known: dict[str, tuple[tuple[tuple[Contribution, ...], Poly], ...]] = {}

    @cached_property
    def count(self) -> int:
        """How many paths there are: each adjoint has those of the definitions that use its name."""
        counts: dict[str, int] = {}
        for adjoint in self.found.sweep.adjoints:  # the last definition first
            counts[adjoint.by] = sum(counts.get(c.via, 1) for c in adjoint.contributions)
        return counts[self.found.by]

    @cached_property
    def all(self) -> tuple[Path, ...]:
        of, by = self.found.of, self.found.by
        if self.count > MOST_PATHS:
            raise Unsupported(
                f"{self.count} paths from {by} to {of}",
                where=f"d{of}/d{by} as a sum over paths",
                expected=f"at most {MOST_PATHS}, so that each can be written out",
                fix="ask for the gradient itself, which goes through each definition once: sg.Question(...)",
            )
        place = {name: n for n, name in enumerate(self.model.tensors)}
        return tuple(sorted((self._path(*way) for way in self._to(by)), key=lambda p: [place[n] for n in p.names]))

    def _path(self, ways: tuple[Contribution, ...], chain: Poly) -> Path:
        free = self.found.free
        names = (*(self.model.tensors[c.partial_name].of[1] for c in ways),)
        value = self.engine.shifted(self.engine.differentiated(chain, free), free)
        factors = tuple(self._factor(c, last=c is ways[-1]) for c in ways)
        return Path((self.found.of, *names), factors, chain, factored(value))

    def _to(self, by: str) -> tuple[tuple[tuple[Contribution, ...], Poly], ...]:
        """The paths that end in a name: their contributions from the first on, and their chains."""
        if by not in self.known:
            adjoint = self.adjoints.get(by)
            found = [self._given(by)] if adjoint is None else []
            for way in adjoint.contributions if adjoint else ():
                found += [((way,), way.named)] if way.via == self.found.of else self._longer(way, adjoint)
            self.known[by] = tuple(found)
        return self.known[by]

    def _given(self, by: str) -> tuple[tuple[Contribution, ...], Poly]:
        """The path of one factor, a gradient that is given."""
        name = next(n for n in self.found.sweep.given if self.model.tensors[n].of[1] == by)
        upstream = lone(self.model.tensors[name].entry)
        return (Contribution(self.found.of, upstream, name, upstream, upstream),), upstream

    def _longer(self, way: Contribution, adjoint: Adjoint | None) -> list[tuple[tuple[Contribution, ...], Poly]]:
        """The paths to the definition that uses a name, each with one factor more."""
        assert adjoint is not None
        context = self.model.context((*self.found.of_free, *adjoint.free))
        above = self.adjoints.get(way.via)
        found = []
        for ways, chain in self._to(way.via):
            free = (*self.found.of_free, *above.free) if above else self.model.tensors[ways[0].partial_name].axes
            name = above.name if above else ways[0].partial_name
            found.append(((*ways, way), self.engine.with_earlier(way.named, {name: (free, chain)}, context)))
        return found

    def _factor(self, way: Contribution, last: bool) -> Factor:
        """A local derivative by itself; at the indices of the question where it is the first or the last."""
        local = self.model.tensors[way.partial_name]
        of, by = local.of
        given = local.kind != "partial"
        split = 0 if given else len(self.model.tensors[of].axes)
        ends = self.found.of_free if of == self.found.of and not given else local.axes[:split]
        free = (*ends, *(self.found.by_free if last else local.axes[split:]))
        at = dict(zip(local.axes, map(Affine.name, free), strict=True))
        named = put(lone(local.entry), at)
        if given:
            return Factor(of, by, named, named, free, ())
        value, steps, _ = self.engine.partial(local.name)
        direct = of == self.found.of and local.name not in way.named.tensors  # beside other ways it has no name
        return Factor(of, by, way.named if direct else named, factored(put(value, at)), free, () if direct else steps)
