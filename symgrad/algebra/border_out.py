"""The border, outwards: normal forms into SymPy, in the objects of a graph. Only here are SymPy objects built."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy

from symgrad.algebra.border import FUNCTIONS
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import renamed
from symgrad.algebra.ranges import arrange
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, Value


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
