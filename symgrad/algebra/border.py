"""The border, inwards: SymPy expressions into the normal form, in one walk keyed by the names a graph declares.

SymPy's own evaluation is never asked for: its sums over empty ranges and its bound names do not mean what ours do
(an empty sum is 0).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from symgrad.algebra.border_cases import piecewise
from symgrad.algebra.border_names import (
    FUNCTIONS,
    HEAD_OF,
    PLACE_OF,
    REDUCTION_OF,
    Argmax,
    Argmin,
    Holds,
    Max,
    Min,
    Over,
    expression,
)
from symgrad.algebra.border_scope import Ends, Known, Scope, lowered
from symgrad.algebra.heads import HEADS, REDUCTIONS
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import (
    ONE,
    bind,
    call,
    guarded,
    index_value,
    lone,
    number,
    power,
    reduction,
    times,
    total,
)
from symgrad.algebra.powers import MOST_POWER
from symgrad.algebra.records import Poly, Ref, Value
from symgrad.errors import DeclarationError, Unsupported, nearest

WRITTEN = [name for name in FUNCTIONS if name not in ("same", "pow")]  # what users write by these names

__all__ = ["FUNCTIONS", "Entrance", "Known", "expression"]


# --- in -----------------------------------------------------------------------------------------------------------


class Entrance(Scope):
    """One walk from SymPy to the normal form; collects the free indices and the user's bound names on the way."""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._occupied: list[tuple[sympy.Expr, tuple[Affine, ...], tuple[Affine, ...]]] = []

    def poly(self, value: Any) -> Poly:
        found = self._poly(expression(value))
        for e, conditions, around in self._occupied:
            if not all(self.context().proves(of, around) for of in conditions):
                raise self._may_be_empty(e)
        both = [name for name in self.free if name in self.bound]
        if both:
            raise DeclarationError(
                f"index {both[0]} is free and bound in one expression",
                where=self.known.where or str(value),
                expected="a different name for the sum",
                given=str(value),
                fix=f"sum over another index with the range of {both[0]}",
            )
        return found

    def _poly(self, e: sympy.Expr) -> Poly:
        if isinstance(e, sympy.Float):
            return number(Fraction(str(e)))
        if isinstance(e, sympy.Rational):
            return number(Fraction(e.p, e.q))
        if isinstance(e, sympy.Symbol):
            self.own(e)
            return self._symbol(e)
        for kind, read in _IN:
            if isinstance(e, kind):
                return read(self, e)
        constant = isinstance(e, sympy.Number) or (e.is_number is True and not e.args)
        raise Unsupported(
            f"{e} is not a real number" if constant else f"{type(e).__name__} is not a function symgrad knows",
            where=f"{e} in {self.known.where}",
            expected=f"sums, products, powers, {', '.join(WRITTEN)}",
        )

    def _symbol(self, e: sympy.Symbol) -> Poly:
        name = e.name
        if name in self.inner:
            return index_value(Affine.name(self.inner[name]), {})
        if name in self.known.sizes:
            return lone(Value(name, "positive"))
        if name in self.known.indices:
            return index_value(self.index(e), {})
        if name in self.known.tensors:
            sign, arity = self.known.tensors[name]
            if arity:
                raise DeclarationError(
                    f"{name} is used without its indices",
                    where=self.known.where,
                    expected=f"{name}[...] with {arity} of them",
                    given=name,
                )
            return lone(Ref(name, (), sign))
        raise self.undeclared(name)

    def _indexed(self, e: sympy.Indexed) -> Poly:
        name = str(e.base.label)
        if name not in self.known.tensors:
            raise self.undeclared(name)
        sign, arity = self.known.tensors[name]
        if len(e.indices) != arity:
            raise DeclarationError(
                f"{name} has {arity} {'index' if arity == 1 else 'indices'}, not {len(e.indices)}",
                where=f"{e} in {self.known.where}",
                expected=f"{arity} of them",
                given=f"{len(e.indices)} of them",
                fix=f"write {name}[...] with {arity}",
            )
        return lone(Ref(name, (self.index(a) for a in e.indices), sign))

    def _sum(self, e: sympy.Sum) -> Poly:
        names, limits = [], []
        with self.inside():
            for symbol, low, high in reversed(e.limits):
                lows, highs = self.bounds(low, "low"), self.bounds(lowered(low, high), "high")
                fresh, own = self.bind_index(symbol.name, lows, highs, e)
                names.append(fresh)
                limits += own
            body = self._poly(e.function)
        return bind(body, names, limits)

    def _reduction(self, e: sympy.Expr, asked: Any = None) -> Poly:
        """A maximum, minimum or product over an index; with `asked`, whether that value is the argmax."""
        function = REDUCTION_OF.get(type(e)) or PLACE_OF[type(e)]
        at = None if asked is None else self.index(asked)
        body, *ranges = e.args
        (symbol, low, high), *more = ranges
        if more:
            raise Unsupported("a product over several indices", where=f"{e} in {self.known.where}", fix="one by one")
        lows, highs = self.bounds(low, "low"), self.bounds(lowered(low, high), "high")
        if REDUCTIONS[function].empty is None or function in PLACE_OF.values():
            self._occupied.append((e, self._reaching(lows, highs, e), tuple(x.of for x in self.within)))
        with self.inside():
            fresh, limits = self.bind_index(symbol.name, lows, highs, e)
            found = self._poly(body)
        return reduction(function, found, fresh, limits, at)

    def _place(self, e: Argmax) -> Poly:
        raise Unsupported(
            "a place used as a number",
            where=f"{e} in {self.known.where}",
            expected=f"KroneckerDelta(j, {type(e).__name__}(...)), which is 1 at that place and 0 elsewhere",
        )

    def _reaching(self, lows: Ends, highs: Ends, e: sympy.Expr) -> tuple[Affine, ...]:
        """What is >= 0 where a range is not empty.

        Laws: a <= k and d k <= b have a solution where d a <= b, and c k >= a, k <= b where c b >= a.
        """
        if any(Affine.number(1) not in (c, d) for (_, c), (_, d) in product(lows, highs)):
            raise self._may_be_empty(e)
        return tuple(c * high - d * low for (low, c), (high, d) in product(lows, highs))

    def _may_be_empty(self, e: sympy.Expr) -> DeclarationError:
        return DeclarationError(
            f"a {REDUCTION_NAMES[type(e)]} over a range that may be empty",
            where=f"{e} in {self.known.where}",
            expected="at least one value, whatever the sizes and indices are",
            given=f"{e.args[1][0]} from {e.args[1][1]} to {e.args[1][2]}",
            fix="g.require(...) a relation between the sizes, as in g.require(H >= K)",
        )

    def _delta(self, e: sympy.KroneckerDelta) -> Poly:
        for place, asked in (e.args, e.args[::-1]):
            if isinstance(place, Argmax):
                return self._reduction(place, asked)
        return guarded(ONE, [Limit("eq", self.index(e.args[0]) - self.index(e.args[1]))])

    def _condition(self, e: Holds) -> Poly:
        of, *value = e.args
        return guarded(self._poly(value[0]) if value else ONE, [Limit("ge", self.index(of))])

    def _head(self, e: sympy.Function) -> Poly:
        name = HEAD_OF.get(e.func) or (e.func.__name__ if isinstance(e, AppliedUndef) else "")
        arity = HEADS[name].arity if name in HEADS else (self.known.functions or {}).get(name, -1)
        if arity == len(e.args):
            return call(name, *(self._poly(a) for a in e.args))
        if arity >= 0:
            where = f"{e} in {self.known.where}"
            raise DeclarationError(
                f"{name} takes {arity} arguments", where=where, expected=str(arity), given=str(len(e.args))
            )
        known = [*WRITTEN, *(self.known.functions or {})]
        label = e.func.__name__
        raise Unsupported(
            f"{label} is not a function symgrad knows",
            where=f"{e} in {self.known.where}",
            expected=", ".join(known),
            fix=nearest(label, known),
        )

    def _power(self, e: sympy.Pow) -> Poly:
        base, exponent = e.args
        if isinstance(exponent, sympy.Float):
            exponent = sympy.Rational(str(exponent))
        if isinstance(exponent, sympy.Rational):
            if max(abs(exponent.p), exponent.q) > MOST_POWER:
                raise Unsupported(
                    "an exponent that is too large",
                    where=f"a power of {base} in {self.known.where}",
                    expected=f"a rational number of numerator and denominator up to {MOST_POWER}",
                    fix="exp(p*log(u)) for a positive u",
                )
            return power(self._poly(base), Fraction(exponent.p, exponent.q))
        found = self._poly(base)
        if found.sign == "positive":
            return call("pow", found, self._poly(exponent))
        raise Unsupported(
            "a power with a symbolic exponent of something that may be 0 or negative",
            where=f"{e} in {self.known.where}",
            expected="a rational exponent, or a base known to be positive",
            fix=f"exp(({exponent})*log({base})), which says that {base} is positive",
        )

    def _extreme(self, e: Any) -> Poly:
        """Max and Min of numbers, two at a time; the first of equal ones counts. max(0, u) is the ReLU of u."""
        name = "max" if isinstance(e, sympy.Max) else "min"
        polys = sorted((self._poly(a) for a in e.args), key=lambda p: p.key)
        rest = [p for p in polys if p]
        found = rest[0]
        for poly in rest[1:]:
            found = call(name, found, poly)
        if len(rest) == len(polys):
            return found
        return call("relu", found) if name == "max" else -call("relu", -found)


REDUCTION_NAMES = {Max: "maximum", Min: "minimum", Argmax: "place of a maximum", Argmin: "place of a minimum"}


_IN: tuple[tuple[type | tuple[type, ...], Callable[[Entrance, Any], Poly]], ...] = (
    (sympy.Add, lambda walk, e: total(walk._poly(a) for a in e.args)),
    (sympy.Mul, lambda walk, e: times(*(walk._poly(a) for a in e.args))),
    (sympy.Pow, Entrance._power),
    (sympy.Indexed, Entrance._indexed),
    (sympy.Sum, Entrance._sum),
    (Argmax, Entrance._place),
    ((Over, sympy.Product), Entrance._reduction),
    (sympy.KroneckerDelta, Entrance._delta),
    (sympy.Piecewise, piecewise),
    (sympy.Max, Entrance._extreme),
    (sympy.Min, Entrance._extreme),
    (Holds, Entrance._condition),
    (sympy.Heaviside, lambda walk, e: call("step", walk._poly(e.args[0]))),
    (type(sympy.pi), lambda walk, e: call("pi")),
    (type(sympy.E), lambda walk, e: call("exp", ONE)),
    (sympy.conjugate, lambda walk, e: walk._poly(e.args[0])),  # SymPy writes |u|^2 as u conjugate(u); all is real here
    (sympy.Function, Entrance._head),
)
