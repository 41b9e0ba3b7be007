"""Layers with large numbers for sizes, checked at small ones: 784 becomes a size that the trials choose.

The same layer with symbols in place of its large lengths is sampled. Each formula is lifted in the same way, and must
be the old one again when the numbers are put back: it is one case of what is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import build, index_value, opened, opened_reduction, power, put, reduction, total
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, inside, reads
from symgrad.check.numbers import Compared, Numbers
from symgrad.check.sizes import is_much_work
from symgrad.declare.model import Index, Model, Tensor
from symgrad.errors import Unsupported

SMALL = 8  # numbers up to this one stay as they are: kernels, strides, shifts
MARK = "size:"  # names of sizes that stand for a number; no user's name has such a sign
NEAR = 10  # lengths that differ by less are tied to each other: 46 = 48 - 2


class Lift:
    """Says formulas of a model with symbols in place of its large lengths."""

    def __init__(self, model: Model) -> None:
        lengths = sorted({n for i in model.indices.values() if (n := _length(i)) is not None and n > SMALL})
        self.bases: dict[int, str] = {}
        for length in reversed(lengths):
            if not any(0 <= base - length < NEAR for base in self.bases):
                self.bases[length] = f"{MARK}{length}"
        self.numbers = {name: Affine.number(base) for base, name in self.bases.items()}
        self.lengths = lengths
        self._models: dict[int, tuple[Model, Model]] = {}

    def index(self, of: Affine) -> Affine:
        """An index expression with its large number as a symbol and a small rest."""
        size = abs(of.constant)
        base = min((b for b in self.bases if 0 <= b - size < NEAR), default=None)
        if size <= SMALL or base is None:
            return of
        lifted = Affine.name(self.bases[base]) - (base - size)
        return of - of.constant + (lifted if of.constant > 0 else -lifted)

    def limit(self, limit: Limit) -> Limit:
        return Limit(limit.kind, self.index(limit.of))

    def poly(self, poly: Poly) -> Poly:
        """The formula with symbols; refused where it is not the old one when the numbers are put back."""
        found = self._poly(poly)
        if put(found, self.numbers) != poly:
            raise Unsupported(
                "a formula with large numbers that cannot be checked at small ones",
                where=poly.key[:200],
                expected="sizes that are symbols, or numbers small enough to compute with",
                fix='g.size("n") in place of a large number',
            )
        return found

    def _poly(self, poly: Poly) -> Poly:
        parts = []
        for term in poly.terms:
            coefficient, factors, bound, limits = opened(term)
            number, sizes = self._coefficient(coefficient)
            lifted = [(self._poly(a) if isinstance(a, Poly) else self._atom(a), p) for a, p in factors]
            parts.append(build(number, [*lifted, *((s, Fraction(1)) for s in sizes)], bound, map(self.limit, limits)))
        return total(parts)

    def _coefficient(self, value: Fraction) -> tuple[Fraction, list[Poly]]:
        """1/784 and 2/784 with a length below: they come from a mean."""
        found: list[Poly] = []
        for length in reversed(self.lengths):
            size = index_value(self.index(Affine.number(length)), dict.fromkeys(self.numbers, "positive"))
            while value.denominator > SMALL and _is_small(value * length):
                value, found = value * length, [*found, power(size, -1)]
            while abs(value.numerator) > SMALL and _is_small(value / length):
                value, found = value / length, [*found, size]
        return value, found

    def _atom(self, atom: Atom) -> Atom | Poly:
        if isinstance(atom, Ref):
            return Ref(atom.name, map(self.index, atom.indices), atom.sign)
        if isinstance(atom, Head):
            return Head(atom.function, map(self._poly, atom.arguments))
        if isinstance(atom, Reduction):
            body, index, limits = opened_reduction(atom)
            at = None if atom.at is None else self.index(atom.at)
            return reduction(atom.function, self._poly(body), index, map(self.limit, limits), at)
        return self._poly(atom.poly) if isinstance(atom, Base) else atom

    # --- the model

    def model(self, model: Model) -> Model:
        """The model with symbols, and what its numbers say about them."""
        key = id(model)
        if key not in self._models:
            self._models[key] = model, self._lifted(model)
        return self._models[key][1]

    def _lifted(self, model: Model) -> Model:
        indices = {
            n: replace(i, limits=tuple(map(self.index, i.limits)), start=i.start) for n, i in model.indices.items()
        }
        tensors = {n: self._tensor(t) for n, t in model.tensors.items()}
        facts = tuple(replace(f, left=self.poly(f.left), right=self.poly(f.right)) for f in model.facts)
        sizes = {**model.sizes, **dict.fromkeys(self.numbers, "")}
        relations = (*map(self.index, model.relations), *self._least(model))
        found = replace(
            model, sizes=sizes, indices=indices, tensors=tensors, facts=facts, relations=relations, contexts={}
        )
        return replace(found, relations=(*relations, *self._reads(found)), contexts={})

    def _tensor(self, tensor: Tensor) -> Tensor:
        return tensor if tensor.poly is None else replace(tensor, poly=self.poly(tensor.poly))

    def _least(self, model: Model) -> list[Affine]:
        """Every length is at least 1, and beyond the numbers of conditions: so that these hold, and fail, somewhere."""
        polys = [t.poly for t in model.tensors.values() if t.poly is not None and t.kind == "definition"]
        constants = {abs(x.of.constant) for p in polys for x in _limits(self.poly(p))}
        if any(c > SMALL for c in constants):
            raise Unsupported(
                "a condition with a large number that small sizes do not reach",
                where=f"constants {', '.join(map(str, sorted(c for c in constants if c > SMALL)))} in {model.name}",
                expected="sizes that are symbols, or numbers small enough to compute with",
                fix='g.size("n") in place of a large number',
            )
        least = max(constants, default=0) + 2
        return [self.index(Affine.number(n)) - min(n, least) for n in self.lengths]

    def _reads(self, model: Model) -> Iterable[Affine]:
        """What the sizes must satisfy for all reads to stay in their ranges: it holds for the numbers."""
        found: dict[Affine, None] = {}
        for tensor in model.tensors.values():
            if tensor.poly is None or tensor.kind != "definition":
                continue
            context = model.context(tensor.axes)
            for ref, here in reads([Base(tensor.poly)]):
                for limit in model.read_ranges(ref):
                    if not context.proves(limit.of, here):
                        found[_corner(limit.of, (*here, *context.known), model)] = None
        return [of for of in found if of.names and of.put(self.numbers).constant >= 0]


def _limits(poly: Poly) -> Iterator[Limit]:
    """Every condition and limit of a formula, at all depths."""
    for term in poly.terms:
        yield from term.limits
        for atom, _ in term.factors:
            yield from atom.limits if isinstance(atom, Reduction) else ()
            for inner in inside(atom):
                yield from _limits(inner)


def _is_small(value: Fraction) -> bool:
    return max(abs(value.numerator), value.denominator) <= SMALL


def _corner(of: Affine, facts: Sequence[Affine], model: Model) -> Affine:
    """The least value of an index expression: each index at the end of its range that makes it small."""
    for name in sorted(of.names - model.sizes.keys()):
        slope = of.slope(name)
        if not slope.is_number:
            continue
        side = 1 if slope.constant > 0 else -1
        ends = [f for f in facts if f.slope(name) == Affine.number(side) and f.names - model.sizes.keys() == {name}]
        if ends:
            of = of - slope * Affine.name(name) + slope * (Affine.name(name) - ends[0] * side)
    return of


def _length(index: Index) -> int | None:
    """The number of values of an index whose ends are numbers."""
    at = Affine.name(index.name)
    low = [x - at for x in index.limits if x.slope(index.name) == Affine.number(1)]
    high = [x + at for x in index.limits if x.slope(index.name) == Affine.number(-1)]
    ends = [*low, *high]
    if len(index.limits) != 2 or len(low) != 1 or len(high) != 1 or not all(e.is_number for e in ends):
        return None
    return sum(e.constant for e in ends) + 1


class LiftedNumbers(Numbers):
    """The samples of a model with large numbers: those of the model with symbols in their place."""

    def __init__(self, model: Model) -> None:
        self.lift = Lift(model)
        super().__init__(self.lift.model(model))

    def _compared(self, left: Poly, right: Poly, free: Sequence[str], model: Model) -> Compared:
        return super()._compared(self.lift.poly(left), self.lift.poly(right), free, self._lifted(model))

    def _against(
        self, answer: Poly, free: Sequence[str], of: str, by: str, model: Model, directly: bool = True
    ) -> Compared:
        return super()._against(self.lift.poly(answer), free, of, by, self._lifted(model), directly)

    def _lifted(self, model: Model) -> Model:
        return model if model is self.model else self.lift.model(model)


def numbers_of(model: Model) -> Numbers:
    """The samples of a model, with symbols for its large numbers where it is too much work with them."""
    lift = Lift(model)
    return LiftedNumbers(model) if lift.bases and is_much_work(model) else Numbers(model)
