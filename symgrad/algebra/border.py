"""The border, inwards: SymPy expressions into the normal form, in one walk keyed by the names a graph declares.

SymPy's own evaluation is never asked for: its sums over empty ranges and its bound names do not mean what ours do
(an empty sum is 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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
from symgrad.algebra.heads import HEADS, REDUCTIONS
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import (
    ONE,
    bind,
    call,
    fresh_name,
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

Ends = list[tuple[Affine, Affine]]

__all__ = ["FUNCTIONS", "Entrance", "Known", "expression"]


@dataclass(frozen=True)
class Known:
    """The names an expression may use: sizes, indices (name -> limits), scalars and tensors (name -> sign, arity)."""

    sizes: frozenset[str]
    indices: Mapping[str, tuple[Affine, ...]]
    tensors: Mapping[str, tuple[str, int]]
    where: str = ""
    functions: Mapping[str, int] | None = None
    symbols: Mapping[str, Any] = field(default_factory=dict)
    hint: str = "declare it in this graph"
    relations: tuple[Affine, ...] = ()

    def every(self) -> list[str]:
        return [*(n for n in self.symbols if n in self.sizes), *self.indices, *self.tensors]


# --- in -----------------------------------------------------------------------------------------------------------


class Entrance:
    """One walk from SymPy to the normal form; collects the free indices and the user's bound names on the way."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.free: list[str] = []
        self.bound: list[str] = []
        self._inner: dict[str, str] = {}
        self._within: list[Limit] = []
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
            self._own(e)
            return self._symbol(e)
        for kind, read in _IN:
            if isinstance(e, kind):
                return read(self, e)
        constant = isinstance(e, sympy.Number) or (e.is_number is True and not e.args)
        raise Unsupported(
            f"{e} is not a real number" if constant else f"{type(e).__name__} is not a function symgrad knows",
            where=f"{e} in {self.known.where}",
            expected=f"sums, products, powers, {', '.join(FUNCTIONS)}",
        )

    def _own(self, e: sympy.Symbol) -> None:
        """Refuses a name of another graph that is spelt like one of this graph."""
        mine = self.known.symbols.get(e.name)
        if mine is not None and type(e) is type(mine) and e != mine:
            raise DeclarationError(
                f"{e.name} is of another graph",
                where=self.known.where,
                expected=f"{e.name} from {getattr(mine, 'first', '')} to {getattr(mine, 'last', '')}",
                given=f"{e.name} from {getattr(e, 'first', '')} to {getattr(e, 'last', '')}",
            )

    def _symbol(self, e: sympy.Symbol) -> Poly:
        name = e.name
        if name in self._inner:
            return index_value(Affine.name(self._inner[name]), {})
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
        raise self._undeclared(name)

    def _undeclared(self, name: str) -> DeclarationError:
        return DeclarationError(
            f"{name} is not declared",
            where=self.known.where,
            expected="declared names: " + ", ".join(self.known.every()),
            given=name,
            fix=nearest(name, self.known.every()) or self.known.hint,
        )

    def index(self, e: Any) -> Affine:
        """An index expression; anything but an affine one is refused."""
        e = expression(e)
        if isinstance(e, sympy.Integer):
            return Affine.number(int(e))
        if isinstance(e, sympy.Symbol):
            self._own(e)
            return self._index_name(e.name)
        if isinstance(e, sympy.Add):
            return sum((self.index(a) for a in e.args), Affine({}))
        if isinstance(e, sympy.Mul):
            found = Affine.number(1)
            for a in e.args:
                found = found * self.index(a)
            if all(len([n for n in m if n not in self.known.sizes]) <= 1 for m, _ in found.terms):
                return found
        raise Unsupported(
            "an index that is not affine",
            where=f"{e} in {self.known.where}",
            expected="sums of indices and sizes, with integer or size coefficients",
            given=str(e),
        )

    def _index_name(self, name: str) -> Affine:
        if name in self._inner:
            return Affine.name(self._inner[name])
        if name in self.known.sizes:
            return Affine.name(name)
        if name not in self.known.indices:
            raise self._undeclared(name)
        if name not in self.free:
            self.free.append(name)
        return Affine.name(name)

    def _indexed(self, e: sympy.Indexed) -> Poly:
        name = str(e.base.label)
        if name not in self.known.tensors:
            raise self._undeclared(name)
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
        with self._inside():
            for symbol, low, high in reversed(e.limits):
                lows, highs = self.bounds(low, "low"), self.bounds(_lowered(low, high), "high")
                fresh, own = self._bound(symbol.name, lows, highs, e)
                names.append(fresh)
                limits += own
            body = self._poly(e.function)
        return bind(body, names, limits)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """The scope of a sum or reduction: names bound in it are forgotten behind it."""
        shadowed, around = dict(self._inner), list(self._within)
        yield
        self._inner, self._within = shadowed, around

    def _bound(self, name: str, lows: Ends, highs: Ends, e: sympy.Expr) -> tuple[str, list[Limit]]:
        """A fresh name for a bound index and the limits of its range."""
        name = self._new_bound(name, e)
        fresh = fresh_name()
        self._inner[name] = fresh
        if name not in self.bound:
            self.bound.append(name)
        at = Affine.name(fresh)
        own = [Limit("ge", at * c - a) for a, c in lows] + [Limit("ge", a - at * c) for a, c in highs]
        self._within += own
        return fresh, own

    def _reduction(self, e: sympy.Expr, asked: Any = None) -> Poly:
        """A maximum, minimum or product over an index; with `asked`, whether that value is the argmax."""
        function = REDUCTION_OF.get(type(e)) or PLACE_OF[type(e)]
        at = None if asked is None else self.index(asked)
        body, *ranges = e.args
        (symbol, low, high), *more = ranges
        if more:
            raise Unsupported("a product over several indices", where=f"{e} in {self.known.where}", fix="one by one")
        lows, highs = self.bounds(low, "low"), self.bounds(_lowered(low, high), "high")
        if REDUCTIONS[function].empty is None or function in PLACE_OF.values():
            self._occupied.append((e, self._reaching(lows, highs, e), tuple(x.of for x in self._within)))
        with self._inside():
            fresh, limits = self._bound(symbol.name, lows, highs, e)
            found = self._poly(body)
        return reduction(function, found, fresh, limits, at)

    def _place(self, e: Argmax) -> Poly:
        raise Unsupported(
            "a place used as a number",
            where=f"{e} in {self.known.where}",
            expected=f"KroneckerDelta(j, {type(e).__name__}(...)), which is 1 at that place and 0 elsewhere",
        )

    def context(self) -> Context:
        """What is known of the indices that are free; the range of another index may be empty."""
        free = {name: self.known.indices[name] for name in self.free}
        return Context(self.known.sizes, free, self.known.relations)

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

    def _new_bound(self, name: str, e: sympy.Expr) -> str:
        if name in self._inner:
            raise DeclarationError(
                f"index {name} is used twice in one sum",
                where=f"{e} in {self.known.where}",
                expected="another index for each sum inside a sum",
                fix=f"give the inner sum an index of its own, with the range of {name}",
            )
        if name in self.known.sizes or name in self.known.tensors:
            raise DeclarationError(
                f"a sum over {name}, which is declared as something else",
                where=f"{e} in {self.known.where}",
                expected="a sum over an index",
                given=name,
                fix="declare an index: i = g.index(...), and use sg.Sum(..., i)",
            )
        return name

    def bounds(self, e: sympy.Expr, side: str) -> Ends:
        """Limits of a sum as pairs (a, c): c*i >= a, or c*i <= a. Max, Min, ceiling and floor are split up."""
        split, rounding = (sympy.Max, sympy.ceiling) if side == "low" else (sympy.Min, sympy.floor)
        if isinstance(e, split):
            return [pair for a in e.args for pair in self.bounds(a, side)]
        rest, rounded = e, None
        for part in sympy.Add.make_args(e):
            if isinstance(part, rounding):
                rest, rounded = e - part, part.args[0]
        if rounded is None:
            return [(self.index(e), Affine.number(1))]
        top, bottom = sympy.fraction(sympy.together(rounded))
        divisor = self.index(bottom)
        if not divisor.names <= self.known.sizes or any(c < 0 for _, c in divisor.terms):
            raise Unsupported(
                "a range divided by what may not be positive",
                where=f"{e} in {self.known.where}",
                expected="a division by an integer or by sizes",
                given=str(bottom),
            )
        return [(self.index(top) + divisor * self.index(rest), divisor)]

    def _delta(self, e: sympy.KroneckerDelta) -> Poly:
        for place, asked in (e.args, e.args[::-1]):
            if isinstance(place, Argmax):
                return self._reduction(place, asked)
        return guarded(ONE, [Limit("eq", self.index(e.args[0]) - self.index(e.args[1]))])

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
        known = [*FUNCTIONS, *(self.known.functions or {})]
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
            fix=f'declare {base} with sign="positive"',
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


def _lowered(low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """The upper end of a sum as it was before it was raised to the lower end - 1, which adds nothing to the sum."""
    if isinstance(high, sympy.Max) and low - 1 in high.args:
        return sympy.Max(*(a for a in high.args if a != low - 1))
    return high


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
    (Holds, lambda walk, e: guarded(ONE, [Limit("ge", walk.index(e.args[0]))])),
    (sympy.Heaviside, lambda walk, e: call("step", walk._poly(e.args[0]))),
    (type(sympy.pi), lambda walk, e: call("pi")),
    (type(sympy.E), lambda walk, e: call("exp", ONE)),
    (sympy.conjugate, lambda walk, e: walk._poly(e.args[0])),  # SymPy writes |u|^2 as u conjugate(u); all is real here
    (sympy.Function, Entrance._head),
)
