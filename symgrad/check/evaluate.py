"""The plain interpreter: definitions in numbers, index by index. The oracle that everything else is checked against.

    Term = coefficient * sum over the points where all limits hold of the product of atom ** power

It reads the records and shares no code with the derivation. An empty range is 0; a guard is tested before a factor is
read. A value is a float or a one-dimensional batch: many perturbed copies of the inputs, evaluated in one walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter

import numpy as np

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import as_atom
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value
from symgrad.check.functions import (
    KINKS,
    MATRICES,
    NUMERIC,
    POSITIVE,
    REDUCED,
    Number,
    generic_loss,
    numeric,
    tie_gap,
)
from symgrad.check.points import Point, points
from symgrad.declare.model import Model, Tensor
from symgrad.errors import CertificateError

Entries = Mapping[Point, Number]
Values = Mapping[str, Entries]
At = Mapping[str, int]
Meaning = Callable[[At, Values], Number]
Watch = Callable[[str, Number, str, str], None]


class Interpreter:
    """Evaluates polys; each is compiled once into nested functions, and the points of each range are found once.

    `functions` are the unknown functions with their arity. `watch(what, argument, sign, where)` is told the argument of
    every kinked head, logarithm, root and division, so that samples can keep away from kinks and poles.
    """

    def __init__(self, functions: Mapping[str, int] | None = None, watch: Watch | None = None) -> None:
        self.functions, self.watch = functions or {}, watch
        self._meanings: dict[tuple[str, bool], Meaning] = {}
        self._ranges: dict[tuple, Callable[[At], list[Point]]] = {}

    def value(self, poly: Poly, at: At, values: Values) -> Number:
        """The value where `at` gives every size and free index, and `values` the entries of every name.

        >>> from symgrad.algebra.normal import bind, lone
        >>> k, N = Affine.name("k"), Affine.name("N")
        >>> total = bind(lone(Ref("x", [k])), ["k"], [Limit("ge", k), Limit("ge", N - 1 - k)])
        >>> Interpreter().value(total, {"N": 2}, {"x": {(0,): 3.0, (1,): 4.0}})
        7.0
        >>> Interpreter().value(total, {"N": 0}, {"x": {}})
        0.0
        """
        with np.errstate(all="ignore"):
            return self._meaning(poly)(at, values)

    def magnitude(self, poly: Poly, at: At, values: Values) -> Number:
        """The sum of the absolute values of all contributions: what a value is small against when it cancels."""
        with np.errstate(all="ignore"):
            return self._meaning(poly, absolute=True)(at, values)

    # --- compiling

    def _meaning(self, poly: Poly, absolute: bool = False) -> Meaning:
        key = (poly.key, absolute)
        if key not in self._meanings:
            self._meanings[key] = _sum([self._term(term, absolute) for term in poly.terms])
        return self._meanings[key]

    def _term(self, term: Term, absolute: bool) -> Meaning:
        guards = tuple(limit for limit in term.limits if limit.of.names.isdisjoint(term.bound))
        ranges = tuple(limit for limit in term.limits if limit not in guards)
        coefficient = float(abs(term.coefficient) if absolute else term.coefficient)
        product = _product(coefficient, [self._factor(atom, power, absolute) for atom, power in term.factors])
        summed = _summed(product, term.bound, self._range(term.bound, ranges)) if term.bound else product
        return _guarded(summed, guards) if guards else summed

    def _range(self, bound: tuple[str, ...], limits: tuple[Limit, ...]) -> Callable[[At], list[Point]]:
        key = (bound, limits)
        if key not in self._ranges:
            self._ranges[key] = _remembered(bound, limits)
        return self._ranges[key]

    def _factor(self, atom: Atom, power: Fraction, absolute: bool) -> Meaning:
        parts = atom.poly if absolute and isinstance(atom, Base) and power > 0 else None
        value = self._atom(atom) if parts is None else self._meaning(parts, absolute=True)
        if self.watch is not None and (power < 0 or power.denominator != 1):
            what = "a division by" if power.denominator == 1 else "a root of"
            value = self._watched(value, what, _sign(atom), atom.key)
        if power != 1:
            value = _raised(value, power)
        return _absolute(value) if absolute else value

    def _atom(self, atom: Atom) -> Meaning:
        if isinstance(atom, Ref):
            return _read(atom)
        if isinstance(atom, Value):
            name = atom.name
            return lambda at, values: float(at[name])
        if isinstance(atom, Base):
            return self._meaning(atom.poly)
        if isinstance(atom, Reduction):
            return self._reduction(atom)
        assert isinstance(atom, Head)
        arguments = [self._meaning(p) for p in atom.arguments]
        if self.watch is not None and atom.function in POSITIVE:
            first = atom.arguments[0]
            arguments[0] = self._watched(arguments[0], f"the argument of {atom.function}:", first.sign, first.key)
        if self.watch is not None and atom.function in KINKS:
            near = self._watched(
                _called(KINKS[atom.function], arguments), f"the kink of {atom.function} at", "real", atom.key
            )
            return _both(near, _called(numeric(atom.function, self.functions), arguments))
        return _called(numeric(atom.function, self.functions), arguments)

    def _reduction(self, atom: Reduction, ties: bool = True) -> Meaning:
        """Every value of the body over the range, reduced at once; a tie at the extreme is a kink."""
        inner = _same_inside(atom)
        body = self._meaning(atom.poly) if inner is None else self._reduction(inner, ties=False)
        found, reduce = self._range((atom.index,), atom.limits), REDUCED[atom.function]
        asked = None if atom.at is None else _index(atom.at)
        watch, spread = self.watch, self._spread(atom) if ties and self.watch is not None else None

        def value(at: At, values: Values) -> Number:
            places = [point[0] for point in found(at)]
            gap = None if spread is None else tie_gap(atom.function, spread(at, values))
            if watch is not None and gap is not None:
                watch(f"a tie of {atom.function} at", gap, "real", atom.key)
            reached = [body({**at, atom.index: place}, values) for place in places]
            return reduce(places, reached, None if asked is None else asked(at))

        return value

    def _spread(self, atom: Reduction) -> Callable[[At, Values], list[Number]]:
        """All values that compete; those of a maximum in a maximum one by one: a tie in a row that loses is none."""
        found, inner = self._range((atom.index,), atom.limits), _same_inside(atom)
        if inner is not None:
            deeper = self._spread(inner)
            return lambda at, values: [v for (place,) in found(at) for v in deeper({**at, atom.index: place}, values)]
        body = Interpreter(self.functions)._meaning(atom.poly)
        return lambda at, values: [body({**at, atom.index: place}, values) for (place,) in found(at)]

    def _watched(self, value: Meaning, what: str, sign: str, where: str) -> Meaning:
        watch = self.watch
        assert watch is not None

        def watched(at: At, values: Values) -> Number:
            found = value(at, values)
            watch(what, found, sign, where)
            return found

        return watched


def _same_inside(atom: Reduction) -> Reduction | None:
    """The maximum of which another maximum is taken."""
    inner = as_atom(atom.poly)
    return inner if isinstance(inner, Reduction) and atom.function.endswith(inner.function) else None


def _sign(atom: Atom) -> str:
    return atom.poly.sign if isinstance(atom, Base) else atom.sign


# --- the meaning of each kind of record: a function of (sizes and indices by name, entries) -------------------------


def _sum(terms: Sequence[Meaning]) -> Meaning:
    if len(terms) == 1:
        return terms[0]

    def value(at: At, values: Values) -> Number:
        total: Number = 0.0
        for term in terms:
            total = total + term(at, values)
        return total

    return value


def _product(coefficient: float, factors: Sequence[Meaning]) -> Meaning:
    def value(at: At, values: Values) -> Number:
        product: Number = coefficient
        for factor in factors:
            product = product * factor(at, values)
        return product

    return value


def _summed(body: Meaning, bound: tuple[str, ...], found: Callable[[At], list[Point]]) -> Meaning:
    def value(at: At, values: Values) -> Number:
        inner = dict(at)
        total: Number = 0.0
        for point in found(at):
            inner.update(zip(bound, point, strict=True))
            total = total + body(inner, values)
        return total

    return value


def _guarded(body: Meaning, guards: tuple[Limit, ...]) -> Meaning:
    """Guards come first: where one is false, the factors may lie outside their tensors."""

    def value(at: At, values: Values) -> Number:
        return body(at, values) if all(guard.holds(at) for guard in guards) else 0.0

    return value


def _remembered(bound: tuple[str, ...], limits: tuple[Limit, ...]) -> Callable[[At], list[Point]]:
    outer = sorted(frozenset().union(*(limit.of.names for limit in limits)).difference(bound))
    memo: dict[Point, list[Point]] = {}

    def found(at: At) -> list[Point]:
        key = tuple([at[name] for name in outer])
        if key not in memo:
            memo[key] = points(bound, limits, at)
        return memo[key]

    return found


def _read(atom: Ref) -> Meaning:
    name, indices = atom.name, [_index(index) for index in atom.indices]

    def value(at: At, values: Values) -> Number:
        entry = tuple([index(at) for index in indices])
        try:
            return values[name][entry]
        except KeyError:
            raise _unreadable(atom, entry, at, values) from None

    return value


def _unreadable(atom: Ref, entry: Point, at: At, values: Values) -> CertificateError:
    shown = f"{atom.name}[{', '.join(map(str, entry))}]"
    where = f"{atom.key} where {', '.join(f'{n} = {v}' for n, v in sorted(at.items()) if not n.startswith('~'))}"
    if atom.name not in values:
        return CertificateError(f"{atom.name} has no value", where=where, expected=", ".join(values), given=shown)
    ends = (
        [", ".join(map(str, end)) for end in (min(values[atom.name]), max(values[atom.name]))]
        if values[atom.name]
        else []
    )
    known = " to ".join(f"{atom.name}[{end}]" for end in ends)
    return CertificateError(
        f"{atom.name} is read outside its range", where=where, expected=known or "no entry", given=shown
    )


def _index(index: Affine) -> Callable[[At], int]:
    if index.sole:
        return itemgetter(index.sole)
    if index.is_number:
        constant = index.constant
        return lambda at: constant
    return index.at


def _raised(value: Meaning, power: Fraction) -> Meaning:
    """A power. Roots of negative numbers are not numbers, and 1/0 is not finite; neither passes a check."""
    if power == 2:
        return lambda at, values: (found := value(at, values)) * found
    exponent = float(power)
    return lambda at, values: np.power(value(at, values), exponent)


def _absolute(value: Meaning) -> Meaning:
    return lambda at, values: np.abs(value(at, values))


def _both(first: Meaning, second: Meaning) -> Meaning:
    def value(at: At, values: Values) -> Number:
        first(at, values)
        return second(at, values)

    return value


def _called(function: Callable[..., Number], arguments: Sequence[Meaning]) -> Meaning:
    if len(arguments) == 1:
        sole = arguments[0]
        return lambda at, values: function(sole(at, values))
    return lambda at, values: function(*(argument(at, values) for argument in arguments))


# --- whole tensors ------------------------------------------------------------------------------------------------


def entries(model: Model, tensor: Tensor, sizes: At) -> list[Point]:
    """The index tuples of a tensor at given sizes, in order; a number has one, ().

    Axes of one name (the two sides of a Jacobian) are two indices; a range may depend on another axis.
    """
    marks = [f"axis {n}" for n in range(len(tensor.axes))]
    first = {axis: Affine.name(mark) for axis, mark in reversed(list(zip(tensor.axes, marks, strict=True)))}
    limits = [
        Limit("ge", of.put({**first, axis: Affine.name(mark)}))
        for axis, mark in zip(tensor.axes, marks, strict=True)
        for of in model.indices[axis].limits
    ]
    return points(marks, limits, sizes)


def definition_entries(model: Model, tensor: Tensor, sizes: At, values: Values, interpreter: Interpreter) -> Entries:
    """Every entry of a definition from the values of the names it uses."""
    if tensor.matrix:
        return _matrix_entries(model, tensor, sizes, values)
    assert tensor.poly is not None
    axes = tensor.axes
    found = {
        at: interpreter.value(tensor.poly, {**sizes, **dict(zip(axes, at, strict=True))}, values)
        for at in entries(model, tensor, sizes)
    }
    return {at: value if np.ndim(value) else float(value) for at, value in found.items()}


def _matrix_entries(model: Model, tensor: Tensor, sizes: At, values: Values) -> Entries:
    """A function of a whole matrix, batch by batch."""
    function, name, _ = tensor.matrix
    given = values[name]
    rows = sorted({at[0] for at in given})
    columns = sorted({at[1] for at in given})
    batch = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in given.values()))
    cells = dict(zip(given, batch, strict=True))
    stacked = np.stack([np.stack([cells[r, c] for c in columns], -1) for r in rows], -2)
    found = MATRICES[function](stacked)
    if not tensor.axes:
        return {(): found}
    table = np.moveaxis(found, (-2, -1), (0, 1))
    places = [(n, k) for n in range(len(rows)) for k in range(len(columns))]
    return {at: table[place] for at, place in zip(entries(model, tensor, sizes), places, strict=True)}


def loss_entries(tensor: Tensor, values: Values) -> Entries:
    """An unknown loss as a generic function of the entries it depends on."""
    arguments = [v for name in tensor.of for v in values[name].values()]
    with np.errstate(all="ignore"):
        return {(): generic_loss(tensor.name, len(arguments))[0](arguments)}


def loss_gradient(tensor: Tensor, by: str, values: Values) -> Entries:
    """The exact gradient of an unknown loss by a name it depends on."""
    arguments = [(name, at, v) for name in tensor.of for at, v in values[name].items()]
    gradient = generic_loss(tensor.name, len(arguments))[1]([v for _, _, v in arguments])
    return {at: slope for (name, at, _), slope in zip(arguments, gradient, strict=True) if name == by}


def forward(
    model: Model,
    sizes: At,
    values: Values,
    overrides: Values | None = None,
    interpreter: Interpreter | None = None,
    only: Iterable[str] | None = None,
) -> dict[str, Entries]:
    """The values of all names: definitions and losses in order of declaration, from given inputs.

    `overrides` replaces the entries of a name, of a definition too; with `only`, just these names are computed.
    """
    interpreter = interpreter or Interpreter(model.functions)
    found = {**values, **(overrides or {})}
    for name, tensor in model.tensors.items():
        if name in (overrides or {}) or (only is not None and name not in only):
            continue
        if tensor.kind == "definition":
            found[name] = definition_entries(model, tensor, sizes, found, interpreter)
        elif tensor.kind == "loss":
            found[name] = loss_entries(tensor, found)
    return found


__all__ = ["KINKS", "NUMERIC", "Entries", "Interpreter", "Values", "entries", "forward"]
