"""What a graph declares, frozen: sizes, indices, tensors, definitions, facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import put
from symgrad.algebra.records import Poly, Ref


@dataclass(frozen=True)
class Index:
    """An integer variable and its range: every expression in `limits` is >= 0. `start` is its first value."""

    name: str
    limits: tuple[Affine, ...]
    start: Affine
    shown: str = ""


@dataclass(frozen=True)
class Tensor:
    """A declared name. `kind`: input, parameter, constant, definition, loss, upstream, adjoint or partial.

    `axes` are the index names its entries are declared over; `poly` is the right side of a definition in these names;
    `bound` are the names the user gave to the bound indices of that right side; `of` is what a loss depends on and,
    for upstream, adjoint and partial, the pair (differentiated name, name differentiated by). `matrix` is set for a
    definition that is a function of a whole square matrix: (function, name of the matrix, name of its inverse). `row`:
    its one index runs along a row where it is written without indices.
    """

    name: str
    kind: str
    axes: tuple[str, ...] = ()
    sign: str = "real"
    shown: str = ""
    poly: Poly | None = None
    bound: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()
    row: bool = False

    @property
    def sources(self) -> frozenset[str]:
        """The names it is computed from directly."""
        if self.poly is not None:
            return self.poly.tensors
        return frozenset(self.matrix[1:2] if self.matrix else self.of if self.kind == "loss" else ())

    def at(self, indices: Iterable[Affine]) -> Ref:
        return Ref(self.name, indices, self.sign)

    @property
    def entry(self) -> Ref:
        """The entry at the declared index names."""
        return self.at(Affine.name(a) for a in self.axes)

    def body(self, indices: Iterable[Affine]) -> Poly:
        """The right side of a definition at given indices."""
        assert self.poly is not None
        return put(self.poly, dict(zip(self.axes, indices, strict=True)))


@dataclass(frozen=True)
class Fact:
    """An equation the user states; it holds for all values of `free` in their ranges."""

    left: Poly
    right: Poly
    free: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Model:
    """A snapshot of a graph. Dictionaries keep the order of declaration.

    `ties`: which of several greatest values passes the gradient on, the first or all in equal parts (split).
    """

    name: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    indices: Mapping[str, Index] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    relations: tuple[Affine, ...] = ()
    facts: tuple[Fact, ...] = ()
    functions: Mapping[str, int] = field(default_factory=dict)
    ties: str = "first"
    let: Mapping[str, str] = field(default_factory=dict)  # definition -> the name its gradient has in a question
    contexts: dict = field(default_factory=dict, compare=False, repr=False)

    def context(self, free: Iterable[str] = ()) -> Context:
        """What is known where the given indices are free; earlier names are kept when two are equal.

        One for the same ranges, in all models made from one: with what was already proved and contracted there.
        """
        ranges = {i: self.indices[i].limits for i in free}
        key = (tuple(ranges.items()), self.relations, tuple(self.sizes))
        if key not in self.contexts:
            self.contexts[key] = Context(frozenset(self.sizes), ranges, self.relations)
        return self.contexts[key]

    @cached_property
    def definitions(self) -> tuple[Tensor, ...]:
        return tuple(t for t in self.tensors.values() if t.poly is not None)

    @cached_property
    def signs(self) -> Mapping[str, tuple[str, int]]:
        """Of each name its sign and how many indices it has."""
        return {n: (t.sign, len(t.axes)) for n, t in self.tensors.items()}

    def ranges(self, tensor: Tensor, indices: Iterable[Affine]) -> tuple[Limit, ...]:
        """The limits that keep the given indices inside a tensor."""
        return tuple(
            Limit("ge", limit.put({axis: at}))
            for axis, at in zip(tensor.axes, indices, strict=True)
            for limit in self.indices[axis].limits
        )

    def read_ranges(self, atom: Ref) -> tuple[Limit, ...]:
        """The limits that keep a reference inside what it names."""
        return self.ranges(self.tensors[atom.name], atom.indices) if atom.name in self.tensors else ()

    def uses(self, poly: Poly) -> frozenset[str]:
        """The names a poly depends on, through definitions and losses too."""
        seen: set[str] = set()
        queue = list(poly.tensors)
        while queue:
            name = queue.pop()
            if name in seen or name not in self.tensors:
                continue
            seen.add(name)
            tensor = self.tensors[name]
            queue.extend(tensor.sources)
        return frozenset(seen)

    def extended(self, *tensors: Tensor, indices: Iterable[Index] = ()) -> Model:
        """The model with further names (adjoints, partials, fresh indices)."""
        return replace(
            self,
            tensors={**self.tensors, **{t.name: t for t in tensors}},
            indices={**self.indices, **{i.name: i for i in indices}},
        )
