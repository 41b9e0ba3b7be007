"""Numbers for a graph: exact values of its inputs, and what follows from them.

Whole numbers, fractions and decimals are taken as they are written (0.3 is 3/10); what functions make of them stays
exact too (exp(1/2), sqrt(2)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import product
from numbers import Integral
from typing import Any, TypeAlias

import sympy

from symgrad.algebra.border_names import FUNCTIONS, expression
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value
from symgrad.check.enclose import Between
from symgrad.check.points import Point, points
from symgrad.declare.model import Fact, Model
from symgrad.errors import DeclarationError, Unsupported, nearest

Exact: TypeAlias = Any  # a real number of SymPy
Entries = dict[Point, Exact]
ZERO: Exact = sympy.Integer(0)
DIGITS = 60
GATES: dict[str, Callable[..., Exact]] = {  # functions that choose: their value at exact numbers
    "relu": lambda u: u if sign(u) > 0 else ZERO,
    "step": lambda u: sympy.Integer(int(sign(u) > 0)),
    "leaky_relu": lambda u, a: u if sign(u) > 0 else a * u,
    "elu": lambda u, c: u if sign(u) > 0 else c * (sympy.exp(u) - 1),
    "max": lambda u, v: u if sign(u - v) >= 0 else v,
    "min": lambda u, v: u if sign(u - v) <= 0 else v,
    "abs": lambda u: sign(u) * u,
    "sign": lambda u: sympy.Integer(sign(u)),
    "same": lambda u, v: sympy.Integer(int(sign(u - v) == 0)),
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "silu": lambda u: u / (1 + sympy.exp(-u)),
}
SIGNS = {"positive": 1, "nonnegative": 0}  # the least sign of an entry
KINDS = ("input", "parameter", "constant")


@dataclass
class Values:
    """Exact numbers of declared names, and sizes; definitions are worked out when they are asked for."""

    model: Model
    sizes: dict[str, int] = field(default_factory=dict)
    entries: dict[str, Entries] = field(default_factory=dict)

    def give(self, name: str, numbers: Any) -> None:
        """The numbers of an input: nested lists of the declared shape, or one number."""
        tensor = self.model.tensors[name]
        flat = dict(_flattened(numbers, (), name))
        depth = {len(place) for place in flat} or {0}
        if len(depth) > 1:
            raise self._other_shape(name, None)
        shape = tuple(max((p[n] for p in flat), default=-1) + 1 for n in range(max(depth)))
        whole = all(len(p) == len(shape) for p in flat) and len(flat) == _size(shape)
        if not whole or len(shape) != len(tensor.axes):
            raise self._other_shape(name, shape if whole else None)
        for axis, length in zip(tensor.axes, shape, strict=True):
            self._fix_size(name, axis, length, shape)
        wrong = next((v for v in flat.values() if sign(v) < SIGNS.get(tensor.sign, -1)), None)
        if wrong is not None:
            raise DeclarationError(f"{name} is declared {tensor.sign}", where=f"values({name}=...)", given=str(wrong))
        starts = [_number(self.model.indices[a].start, self.sizes) for a in tensor.axes]
        self.entries[name] = {tuple(n + s for n, s in zip(p, starts, strict=True)): v for p, v in flat.items()}

    def _fix_size(self, name: str, axis: str, length: int, shape: tuple[int, ...]) -> None:
        """A symbolic length gets its number from the first array that has it."""
        range_ = self.model.indices[axis].limits
        unknown = sorted({n for x in range_ for n in x.names} - {axis} - self.sizes.keys())
        if len(unknown) == 1:
            fits = [v for v in range(1, length + 2) if self._length(axis, {**self.sizes, unknown[0]: v}) == length]
            if len(fits) == 1:
                self.sizes[unknown[0]] = fits[0]
                unknown = []
        if unknown:
            raise DeclarationError(
                f"the size {unknown[0]} is not known",
                where=f"values({name}=...)",
                expected="an array that is as long, or the size itself",
                fix=f"values({unknown[0]}={length}, ...)",
            )
        if self._length(axis, self.sizes) != length:
            raise self._other_shape(name, shape)

    def _length(self, axis: str, sizes: Mapping[str, int]) -> int:
        return len(points([axis], [Limit("ge", x) for x in self.model.indices[axis].limits], sizes))

    def _other_shape(self, name: str, shape: tuple[int, ...] | None) -> DeclarationError:
        lengths = []
        for axis in self.model.tensors[name].axes:
            names = {n for x in self.model.indices[axis].limits for n in x.names} - {axis}
            known = names <= self.sizes.keys()
            lengths.append(str(self._length(axis, self.sizes)) if known else ", ".join(sorted(names)))
        return DeclarationError(
            f"numbers of another shape than {name}",
            where=f"values({name}=...)",
            expected=f"shape ({', '.join(lengths)})" if lengths else "one number",
            given="rows of different lengths" if shape is None else f"shape {shape}",
            fix="rows of one length, as many as declared" if lengths else f"values({name}=0.5)",
        )

    # --- what follows

    def of(self, poly: Poly, free: Sequence[str]) -> Entries:
        """The values of a poly at all values of its free indices."""
        needed = poly.names.union(*(x.names for a in free for x in self.model.indices[a].limits))
        missing = sorted(needed - {*self.sizes, *free})
        if missing:
            raise self._unknown(missing[0])
        limits = [Limit("ge", x) for a in free for x in self.model.indices[a].limits]
        at = points(free, limits, self.sizes)
        return {place: self.value(poly, {**self.sizes, **dict(zip(free, place, strict=True))}) for place in at}

    def _unknown(self, name: str) -> DeclarationError:
        known = [*self.sizes, *self.entries]
        return DeclarationError(
            f"{name} has no numbers",
            where=f"value of something that needs {name}",
            expected=f"g.values({name}=...)",
            given=", ".join(known) or "nothing",
            fix=nearest(name, known),
        )

    def entry(self, ref: Ref, at: Mapping[str, int]) -> Exact:
        name = ref.name
        if name not in self.entries:
            tensor = self.model.tensors.get(name)
            if tensor is None or tensor.poly is None:
                raise self._unknown(name)
            self.entries[name] = self.of(tensor.poly, tensor.axes)
        return self.entries[name][tuple(_number(i, at) for i in ref.indices)]

    def value(self, poly: Poly, at: Mapping[str, int]) -> Exact:
        return sympy.Add(*(self._term(t, at) for t in poly.terms))

    def _term(self, term: Term, at: Mapping[str, int]) -> Exact:
        """An empty range is 0; conditions and steps are asked first, and where one is 0 nothing else is worked out."""
        size = sympy.Rational(term.coefficient.numerator, term.coefficient.denominator)
        found = []
        for place in points(term.bound, term.limits, at):
            here = {**at, **dict(zip(term.bound, place, strict=True))}
            found.append(self._product(term, here))
        return size * sympy.Add(*found)

    def _product(self, term: Term, at: Mapping[str, int]) -> Exact:
        result = sympy.Integer(1)
        for atom, power in sorted(term.factors, key=lambda f: not _opens(f[0])):
            if result == 0 and not _opens(atom):
                return ZERO
            value = self._power(self._atom(atom, at), sympy.Rational(power.numerator, power.denominator), term)
            result = ZERO if _opens(atom) and value == 0 else result * value
        return result

    def _power(self, base: Exact, exponent: Exact, term: Term) -> Exact:
        if exponent < 0 and sign(base) == 0:
            raise Unsupported("division by zero at these numbers", where=term.key)
        return real(base**exponent, term.key)

    def _atom(self, atom: Atom, at: Mapping[str, int]) -> Exact:
        if isinstance(atom, Ref):
            return self.entry(atom, at)
        if isinstance(atom, Value):
            return sympy.Integer(at[atom.name])
        if isinstance(atom, Base):
            return self.value(atom.poly, at)
        if isinstance(atom, Head):
            arguments = [self.value(p, at) for p in atom.arguments]
            known = GATES.get(atom.function) or FUNCTIONS.get(atom.function)
            if known is None or atom.function in ("gelu", "gelu_tanh"):
                raise Unsupported(f"{atom.function} has no exact value", where=atom.key, expected="a known function")
            return real(known(*arguments), atom.key)
        assert isinstance(atom, Reduction)
        return self._reduction(atom, at)

    def _reduction(self, atom: Reduction, at: Mapping[str, int]) -> Exact:
        places = [p for (p,) in points([atom.index], atom.limits, at)]
        values = [self.value(atom.poly, {**at, atom.index: p}) for p in places]
        if atom.function == "prod":
            return sympy.Mul(*values)
        choose = GATES[atom.function.removeprefix("arg")]
        best = reduce(choose, values) if values else ZERO  # of equal values the first counts
        if atom.at is None:
            return best
        asked = _number(atom.at, at)
        first = next((p for p, v in zip(places, values, strict=True) if sign(v - best) == 0), None)
        return sympy.Integer(int(first is not None and first == asked))


def sign(value: Exact) -> int:
    """The sign of an exact number; refused where it cannot be told from 0."""
    if value.is_Rational:
        return int(bool(value > 0)) - int(bool(value < 0))
    close = value.evalf(DIGITS)
    if value.is_zero or (close.is_comparable and abs(close) > sympy.Float(10) ** (-DIGITS // 2)):
        return 0 if value.is_zero else int(bool(close > 0)) - int(bool(close < 0))
    raise Unsupported("a number that cannot be told from 0", where=str(value), expected="other numbers")


def between(value: Exact) -> Between:
    """An exact number as a fraction, or between two fractions where it is none."""
    if value.is_Rational:
        return Between.of(Fraction(int(value.p), int(value.q)))
    close = Fraction(str(value.evalf(DIGITS)))
    slack = abs(close) / 10 ** (DIGITS - 10) + Fraction(1, 10 ** (2 * DIGITS))
    return Between(close - slack, close + slack)


def real(value: Exact, where: str) -> Exact:
    """A value that is a real number; refused where it is not."""
    if value.is_Rational or value.is_real:
        return value
    if not value.is_finite or value.is_real is False or sympy.im(value.evalf(DIGITS)) != 0:
        raise Unsupported("no real value at these numbers", where=f"{value} in {where}")
    return value


def _opens(atom: Atom) -> bool:
    """Whether a factor is a step, or 1 minus steps: a choice, beside which nothing counts where it is 0."""
    if isinstance(atom, Head):
        return atom.function in ("step", "same")
    return isinstance(atom, Base) and all(_opens(a) for t in atom.poly.terms for a, _ in t.factors)


def _number(index: Affine, at: Mapping[str, int]) -> int:
    return index.put({n: Affine.number(at[n]) for n in index.names}).constant


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _flattened(numbers: Any, place: Point, name: str) -> Iterator[tuple[Point, Exact]]:
    if isinstance(numbers, str | bytes | Mapping):
        raise DeclarationError(
            "not numbers",
            where=f"values({name}=...)",
            expected="a number, or nested lists of them",
            given=repr(numbers),
            fix=f"values({name}=[1, 2])",
        )
    if hasattr(numbers, "tolist"):
        numbers = numbers.tolist()
    if isinstance(numbers, Sequence):
        for n, inner in enumerate(numbers):
            yield from _flattened(inner, (*place, n), name)
        return
    found = expression(numbers)
    if not found.is_number or found.is_real is not True:
        raise DeclarationError("not a real number", where=f"values({name}=...)", given=str(numbers))
    yield place, found


def given(model: Model, numbers: Mapping[str, Any]) -> Values:
    """The numbers of the names of a model, sizes first. Facts that these numbers break are refused."""
    found = Values(model)
    names = [n for n, t in model.tensors.items() if t.kind in KINDS]
    for name, value in numbers.items():
        if name in model.sizes:
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise DeclarationError(
                    "a size is an integer of at least 1",
                    where=f"values({name}={value!r})",
                    expected="1, 2, 3, ...",
                    given=repr(value),
                    fix=f"values({name}=1)",
                )
            found.sizes[name] = int(value)
        elif name not in names and not (name in model.tensors and model.tensors[name].kind == "upstream"):
            raise DeclarationError(
                f"{name} is not an input, parameter or size",
                where=f"values({name}=...)",
                expected=", ".join([*model.sizes, *names]),
                given=name,
                fix=nearest(name, [*model.sizes, *names]) or "numbers for these names only: the rest is worked out",
            )
    for name, value in numbers.items():
        if name not in model.sizes:
            found.give(name, value)
    check_relations(model, found.sizes)
    for fact in model.facts:
        needed = model.uses(fact.left - fact.right)
        if all(n in found.entries or model.tensors[n].poly is not None for n in needed):
            _holds(found, fact)
    return found


def check_relations(model: Model, sizes: Mapping[str, int]) -> None:
    """Refuses sizes that break a relation of the graph."""
    for of in model.relations:
        if of.names <= sizes.keys() and of.at(sizes) < 0:
            raise DeclarationError(
                "sizes that break a requirement",
                where=", ".join(f"{n} = {sizes[n]}" for n in sorted(of.names)),
                expected=f"{of} >= 0",
                given=f"{of} = {of.at(sizes)}",
                fix="other sizes: these are no case of what was declared",
            )


def _holds(values: Values, fact: Fact) -> None:
    for place, difference in values.of(fact.left - fact.right, fact.free).items():
        if not difference.is_zero and abs(difference.evalf(DIGITS)) > sympy.Float(10) ** (-DIGITS // 2):
            at = ", ".join(f"{n} = {p}" for n, p in zip(fact.free, place, strict=True))
            raise DeclarationError(
                "numbers for which a fact does not hold",
                where=f"{fact.name}{f' at {at}' if at else ''}",
                given=f"a difference of {difference}",
            )


def shaped(entries: Entries) -> Any:
    """One number, or an array of SymPy in the order of the indices."""
    if list(entries) == [()]:
        return entries[()]
    if not entries:
        return sympy.ImmutableDenseNDimArray([], (0,))
    lows = [min(p[n] for p in entries) for n in range(len(next(iter(entries))))]
    shape = [max(p[n] for p in entries) - low + 1 for n, low in enumerate(lows)]
    flat = [entries[tuple(a + low for a, low in zip(p, lows, strict=True))] for p in product(*map(range, shape))]
    return sympy.ImmutableDenseNDimArray(flat, shape)
