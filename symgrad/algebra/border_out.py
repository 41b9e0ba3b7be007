"""The border, outwards: normal forms into SymPy, in the objects of a graph. Only here are SymPy objects built."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy

from symgrad.algebra.border import FUNCTIONS
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import renamed
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, Value
from symgrad.errors import Unsupported


class Exit:
    """From the normal form to SymPy, in the objects of a graph: `symbol(name)` gives a size, index or scalar.

    `name_bound(term, taken)` chooses the names of the bound indices of a term.
    """

    def __init__(
        self, symbol: Callable[[str], sympy.Symbol], name_bound: Callable[[Term, frozenset[str]], dict[str, str]]
    ) -> None:
        self.symbol, self.name_bound = symbol, name_bound

    def poly(self, poly: Poly, taken: frozenset[str] = frozenset()) -> sympy.Expr:
        return sympy.Add(*(self._term(t, taken) for t in poly.terms))

    def index(self, index: Affine) -> sympy.Expr:
        return sympy.Add(*(sympy.Mul(c, *(self.symbol(n) for n in m)) for m, c in index.terms))

    def _term(self, term: Term, taken: frozenset[str]) -> sympy.Expr:
        taken = taken | term.names
        names = self.name_bound(term, taken)
        if names:
            values = {old: Affine.name(new) for old, new in names.items()}
            opened = Term(term.coefficient, (), (), tuple(x.put(values) for x in term.limits))
            body = [self._factor(renamed(a, values), p, taken | frozenset(names.values())) for a, p in term.factors]
            return self._sums(
                sympy.Mul(sympy.Rational(str(term.coefficient)), *body), list(names.values()), list(opened.limits)
            )
        body = sympy.Mul(sympy.Rational(str(term.coefficient)), *(self._factor(a, p, taken) for a, p in term.factors))
        return self._guard(body, list(term.limits))

    def _sums(self, body: sympy.Expr, names: list[str], limits: list[Limit]) -> sympy.Expr:
        coefficient, body = body.as_coeff_Mul()
        ranges, rest = arrange(names, limits)
        body = self._guard(body, rest)
        for name, lows, highs in reversed(ranges):
            low = sympy.Max(*(self._rounded(a, c, sympy.ceiling) for a, c in lows))
            high = sympy.Min(*(self._rounded(a, c, sympy.floor) for a, c in highs))
            body = sympy.Sum(body, (self.symbol(name), low, high))
        return coefficient * body

    def _rounded(self, of: Affine, divisor: Affine, rounding: type) -> sympy.Expr:
        value = self.index(of)
        return value if divisor == Affine.number(1) else rounding(value / self.index(divisor))

    def _guard(self, body: sympy.Expr, limits: list[Limit]) -> sympy.Expr:
        for kind, of in limits:
            if kind == "eq" and len(of.terms) == 2 and {abs(c) for _, c in of.terms} == {1}:
                left = next(Affine({m: abs(c)}) for m, c in of.terms if c > 0)
                body = body * sympy.KroneckerDelta(self.index(left), self.index(left - of))
            else:
                relation = {"ge": sympy.Ge, "eq": sympy.Eq, "ne": sympy.Ne}[kind]
                body = sympy.Piecewise((body, relation(self.index(of), 0)), (0, True))
        return body

    def _factor(self, atom: Atom, exponent: Fraction, taken: frozenset[str]) -> sympy.Expr:
        p = sympy.Rational(exponent.numerator, exponent.denominator)
        if isinstance(atom, Ref):
            at = tuple(self.index(a) for a in atom.indices)
            return (sympy.IndexedBase(atom.name)[at] if at else self.symbol(atom.name)) ** p
        if isinstance(atom, Value):
            return self.symbol(atom.name) ** p
        if isinstance(atom, Base):
            return self.poly(atom.poly, taken) ** p
        assert isinstance(atom, Head)
        cls = FUNCTIONS.get(atom.function) or sympy.Function(atom.function)
        return cls(*(self.poly(a, taken) for a in atom.arguments)) ** p


Bounds = list[tuple[Affine, Affine]]


def arrange(names: list[str], limits: list[Limit]) -> tuple[list[tuple[str, Bounds, Bounds]], list[Limit]]:
    """An order of sums in which each range uses outer indices only, with pairs (a, c): c*i >= a, c*i <= a.

    The second result are the limits that no range takes up (equations, conditions between indices).
    """
    waiting, rest, done = list(names), list(limits), []
    while waiting:
        found = _next_range(waiting, rest, _range_of) or _next_range(waiting, rest, _range_by_equation)
        if found is None:
            raise Unsupported("a sum whose ranges depend on each other", where=", ".join(waiting))
        name, lows, highs, used = found
        waiting.remove(name)
        rest = [x for x in rest if x not in used]
        done.append((name, lows, highs))
    return done, rest


Range = tuple[Bounds, Bounds, list[Limit]]


def _next_range(
    waiting: list[str], limits: list[Limit], way: Callable[[str, list[Limit]], Range]
) -> tuple[str, Bounds, Bounds, list[Limit]] | None:
    """The first index whose range uses outer indices only."""
    for name in waiting:
        inner = set(waiting) - {name}
        lows, highs, used = way(name, [x for x in limits if x.of.names.isdisjoint(inner)])
        if lows and highs:
            return name, lows, highs, used
    return None


def _range_by_equation(name: str, limits: list[Limit]) -> Range:
    """A range in which an equation stands for the ends that were dropped because they follow from it.

    Law: c i = a has the solution a/c where c divides a, and ceiling(a/c) <= i <= floor(a/c) is empty elsewhere.
    """
    lows, highs, used = _range_of(name, limits)
    for limit in limits:
        slope = limit.of.slope(name)
        if limit.kind == "eq" and slope.terms and name not in slope.names:
            sign = -1 if all(c < 0 for _, c in slope.terms) else 1
            pair = ((Affine.name(name) * slope - limit.of) * sign, slope * sign)
            return [*lows, pair], [*highs, pair], [*used, limit]
    return lows, highs, used


def _range_of(name: str, limits: list[Limit]) -> Range:
    lows, highs, used = [], [], []
    for limit in limits:
        slope = limit.of.slope(name)
        if limit.kind != "ge" or not slope.terms or name in slope.names:
            continue
        rest = limit.of - slope * Affine.name(name)
        positive = all(c > 0 for _, c in slope.terms)
        if positive:
            lows.append((-rest, slope))
        elif all(c < 0 for _, c in slope.terms):
            highs.append((rest, -slope))
        else:
            continue
        used.append(limit)
    return lows, highs, used
