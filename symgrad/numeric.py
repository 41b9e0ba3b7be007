"""Numbers after symbols: a formula with the attached numbers and matrices put in, and what comes out, exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction as Rational
from typing import Any

import sympy

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.algebra.records import Poly, Term
from symgrad.check.evaluate import Interpreter
from symgrad.check.points import points
from symgrad.declare.model import Model, Tensor
from symgrad.derive.steps import Derivation
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.arithmetic import PUT_IN, WORKED_OUT
from symgrad.explain.blocks import Line, Run
from symgrad.explain.digits import STATED
from symgrad.explain.digits import number as decimals
from symgrad.explain.layout import Fraction, Layout, Matrix, Name, Number, Plus, Transpose, Written
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation, plus
from symgrad.matrix import tree as m
from symgrad.matrix.entries import entries
from symgrad.render.plain import plain
from symgrad.values import Entries, Values, between, given, shaped, sign

MOST = 12  # terms of a sum that is written out
SHORT = 20  # signs of an exact number beside which its decimals stand: 1/(1 + exp(-1/4)), no longer one


class Numeric:
    """The numbers of a graph for one model, and formulas with numbers in place of names."""

    def __init__(self, model: Model, numbers: Mapping[str, Any]) -> None:
        self.model = model
        self.values: Values = given(model, numbers)
        self.decimal = any(_has_decimal(v) for v in numbers.values())
        self.matrices = WithNumbers(self)
        self.scalars = ScalarNumbers(self)

    def knows(self, names: Sequence[str]) -> bool:
        """Whether all names, and the sizes of what they are made of, have numbers."""
        try:
            for name in names:
                self.named(name)
        except (DeclarationError, Unsupported):
            return False
        return True

    def know(self, name: str, number: Any) -> None:
        """Attaches a number to a name that is no input: a gradient, a local derivative."""
        self.values.entries[name] = {(): expression(number)}
        self.decimal = self.decimal or _has_decimal(number)

    def named(self, name: str) -> Entries:
        """The entries of a declared name, worked out from those that are given."""
        tensor = self.model.tensors[name]
        if name not in self.values.entries:
            if tensor.poly is None:
                raise DeclarationError(f"{name} has no numbers", where=name, expected=f"g.values({name}=...)")
            self.values.entries[name] = self.values.of(tensor.poly, tensor.axes)
        return self.values.entries[name]

    def worst(self, names: Sequence[str]) -> float:
        """How far the exact values are from those of the plain interpreter in floats, relative to the greater of 1."""
        interpreter, sizes = Interpreter(self.model.functions), self.values.sizes
        floats = {n: {p: float(v) for p, v in e.items()} for n, e in self.values.entries.items() if self._is_given(n)}
        for tensor in self.model.definitions:
            if tensor.poly is not None and tensor.poly.tensors <= floats.keys():
                at = ({**sizes, **dict(zip(tensor.axes, p, strict=True))} for p in self.named(tensor.name))
                places = list(self.named(tensor.name))
                found = (float(interpreter.value(tensor.poly, here, floats)) for here in at)
                floats[tensor.name] = dict(zip(places, found, strict=True))
        pairs = ((float(v), floats[n][p]) for n in names for p, v in self.named(n).items())
        return max(abs(a - b) / max(1.0, abs(a)) for a, b in pairs)

    def _is_given(self, name: str) -> bool:
        return self.model.tensors[name].poly is None

    def number(self, value: Any) -> Layout:
        """A number as it is written: decimals where some were given, fractions elsewhere."""
        if not value.is_Rational:
            return Name(sympy.latex(value), str(value))
        shown = _shown(abs(value), self.decimal)
        return Plus(((-1, shown),)) if value < 0 else shown

    def array(self, found: Entries, row: bool = False, rounded: bool = False) -> Layout:
        """A number, a column (or a row), or a matrix; exact, or in decimals."""
        values, number = shaped(found), rounded_number if rounded else self.number
        if not hasattr(values, "shape"):
            return number(values)
        if len(values.shape) == 1:
            numbers = tuple(map(number, values))
            return Matrix((numbers,) if row else tuple((n,) for n in numbers))
        rows, columns = values.shape
        return Matrix(tuple(tuple(number(values[r, c]) for c in range(columns)) for r in range(rows)))

    def is_rational(self, name: str) -> bool:
        """Whether a name has fractions; other numbers are too long to be put into a formula."""
        return _rational(self.named(name))

    def value(self, left: Layout | None, found: Entries, why: Run, row: bool = False) -> list[Line]:
        """The value, exact; where it is not rational in decimals, exact too if short. The last is the answer."""
        exact = Line(left, self.array(found, row), why)
        if _rational(found):
            return [exact]
        try:
            close = self.array(found, row, rounded=True)
        except Unsupported:  # an entry that cannot be told from 0 has no first digit
            return [exact]
        if all(len(str(v)) <= SHORT for v in found.values()):
            return [exact, Line(None, close, (STATED,), relation="~")]
        return [Line(left, close, (*why, f", then {STATED}"), relation="~")]

    def lines(
        self, left: Layout | None, tree: m.Tree | None, poly: Poly, free: tuple[str, ...], row: bool = False
    ) -> list[Line]:
        """The formula with numbers, and its value; a matrix formula where there is one, else one of scalars.

        Names whose numbers are not rational stand in the formula as they are. The last line is the answer.
        """
        found = self.values.of(poly, free)
        shown = self.matrices.layout(tree) if tree is not None else None if free else self.scalars.poly(poly, free)
        if shown is None or plain(shown) == plain(self.array(found, row)):
            return self.value(left, found, PUT_IN, row)
        symbols = MatrixNotation(self.model).layout(tree) if tree is not None else Notation(self.model).poly(poly, free)
        if shown == symbols:
            return self.value(left, found, WORKED_OUT, row)
        return [Line(left, shown, PUT_IN), *self.value(None, found, WORKED_OUT, row)]


class WithNumbers(MatrixNotation):
    """Matrix expressions with numbers in place of names; functions of numbers are worked out (gates are 0 or 1)."""

    def __init__(self, numeric: Numeric) -> None:
        super().__init__(numeric.model)
        self.numeric = numeric

    def layout(self, tree: m.Tree) -> Layout:
        if isinstance(tree, m.Each):
            names = _names(m.shape(tree), self.model)
            values = self.numeric.values.of(entries(tree, *names), names) if names is not None else {}
            if values and _rational(values):
                return self.numeric.array(values)
        if isinstance(tree, m.Size):
            return Number(str(self.numeric.values.sizes[tree.name]))
        found = super().layout(tree)
        return found.paper if isinstance(found, Written) else found  # arrays of two axes have rows and columns too

    def name(self, named: m.Named) -> Name:
        """The numbers of a name; a Matrix stands wherever a name may."""
        if not self.numeric.is_rational(named.name):
            return super().name(named)
        found = self.numeric.named(named.name)
        return self.numeric.array(found, self.lies(named.name))  # type: ignore[return-value]

    def _standing(self, row: m.Named) -> Layout:
        return Transpose(self.name(row)) if self.numeric.is_rational(row.name) else super()._standing(row)


class ScalarNumbers(Notation):
    """Formulas of scalars with numbers in place of names."""

    def __init__(self, numeric: Numeric) -> None:
        super().__init__(numeric.model)
        self.numeric = numeric

    def entry(self, tensor: Tensor, indices: Any) -> Layout:
        place = tuple(i.constant if i.is_number else None for i in indices)
        found = None if None in place else self.numeric.named(tensor.name).get(place)  # type: ignore[arg-type]
        known = found is not None and found.is_Rational
        return self.numeric.number(found) if known else super().entry(tensor, indices)

    def _sum(self, term: Term, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        """A sum written out; one of many terms stays a sum."""
        sizes = self.numeric.values.sizes
        inside = not frozenset().union(*(x.of.names for x in term.limits)) <= {*term.bound, *sizes}
        places = [] if inside else list(points(term.bound, term.limits, sizes))
        if not 0 < len(places) <= MOST:
            return super()._sum(term, taken, wished)
        body = Poly((Term(Rational(1), term.factors, (), ()),))
        values = (dict(zip(term.bound, map(Affine.number, place), strict=True)) for place in places)
        return plus([(1, self.poly(put(body, at), taken, wished)) for at in values])


def fraction(number: Any, where: str) -> Rational:
    """A number as it was written, 0.3 as 3/10. Refused where it is not rational."""
    found = expression(number)
    if not found.is_Rational:
        raise DeclarationError("not a rational number", where=where, given=str(number))
    return Rational(int(found.p), int(found.q))


def scalars(model: Model, numbers: Mapping[str, Any]) -> dict[str, Rational]:
    """The numbers attached to scalars, as fractions."""
    entries = given(model, numbers).entries
    return {name: fraction(found[()], name) for name, found in entries.items() if () in found}


def with_adjoints(numeric: Numeric, found: Derivation) -> None:
    """The values of the gradients on the way, each from those before it."""
    for group in found.groups:
        numeric.values.entries[group.name] = numeric.values.of(group.answer, group.free)


def _rational(found: Entries) -> bool:
    return all(v.is_Rational for v in found.values())


def rounded_number(value: Any) -> Layout:
    """A number in decimals. Refused where it cannot be told from 0."""
    sign(value)
    return decimals(between(value))


def _names(shape: m.Shape, model: Model) -> tuple[str, ...] | None:
    """Different index names for the axes of a tree."""
    chosen: list[str] = []
    for axis in shape:
        fits = (n for n, i in model.indices.items() if n not in chosen and m.Axis.of(i) == axis)
        name = next(fits, None)
        if name is None:
            return None
        chosen.append(name)
    return tuple(chosen)


def _shown(value: Any, decimal: bool) -> Layout:
    if value.q == 1:
        return Number(str(value.p))
    rest = value.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if decimal and rest == 1:
        places = next(n for n in range(1, 400) if (10**n) % value.q == 0)
        digits = str(value.p * 10**places // value.q).rjust(places + 1, "0")
        return Number(f"{digits[:-places]}.{digits[-places:]}")
    return Fraction(Number(str(value.p)), Number(str(value.q)))


def _has_decimal(value: Any) -> bool:
    """Whether some number was given with a decimal point."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return any(map(_has_decimal, value))
    return isinstance(value, float) or type(value).__name__ in ("Decimal", "Float")
