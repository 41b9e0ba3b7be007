"""The border, outwards: normal forms into SymPy, in the objects of a graph. Only here are SymPy objects built.

What is handed out keeps its meaning under SymPy's own evaluation: where a range may be empty its upper end is raised to
the lower end - 1, for which SymPy's sums are 0 (below that they turn negative); conditions under a sum are functions,
because SymPy pulls a Piecewise out of inner sums and leaves their index free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import sympy

from symgrad.algebra.border_names import FUNCTIONS, REDUCED, Holds, summed
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import put, renamed
from symgrad.algebra.ranges import Range, arrange, ends
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value, reads


class Exit:
    """From the normal form to SymPy, in the objects of a graph: `symbol(name)` gives a size, index or scalar.

    `name_bound(term, taken)` chooses the names of the bound indices of a term; `context` is what is known of free ones;
    `ranges(reference)` are the limits that keep it inside what it names.
    """

    def __init__(
        self,
        symbol: Callable[[str], sympy.Symbol],
        name_bound: Callable[[Term, frozenset[str]], dict[str, str]],
        context: Context,
        ranges: Callable[[Ref], tuple[Limit, ...]],
    ) -> None:
        self.symbol, self.name_bound, self.context, self.ranges = symbol, name_bound, context, ranges

    def poly(self, poly: Poly, taken: frozenset[str] = frozenset()) -> sympy.Expr:
        return self._poly(poly, taken, None)

    def index(self, index: Affine) -> sympy.Expr:
        return sympy.Add(*(sympy.Mul(c, *(self.symbol(n) for n in m)) for m, c in index.terms))

    def _poly(self, poly: Poly, taken: frozenset[str], outer: tuple[Affine, ...] | None) -> sympy.Expr:
        """`outer` are the limits of the enclosing sums, None outside of all sums."""
        return sympy.Add(*(self._term(t, taken, outer) for t in poly.terms))

    def _term(self, term: Term, taken: frozenset[str], outer: tuple[Affine, ...] | None) -> sympy.Expr:
        taken = taken | term.names
        coefficient = sympy.Rational(term.coefficient.numerator, term.coefficient.denominator)
        names = self.name_bound(term, taken)
        if not names:
            body = sympy.Mul(coefficient, *(self._factor(a, p, taken, outer) for a, p in term.factors))
            return self._guard(body, list(term.limits), outer, self._escapes(term.factors, outer or ()))
        values = {old: Affine.name(new) for old, new in names.items()}
        limits = [x.put(values) for x in term.limits]
        inner = (*(outer or ()), *(x.of for x in limits if x.kind == "ge"))
        used = taken | frozenset(names.values())
        factors = [(renamed(a, values), p) for a, p in term.factors]
        body = sympy.Mul(*(self._factor(a, p, used, inner) for a, p in factors))
        ranges, rest = arrange(list(names.values()), limits, self.context)
        around = (*(outer or ()), *ends(ranges))
        return coefficient * self._sums(
            self._guard(body, rest, around, self._escapes(factors, around)), ranges, outer or ()
        )

    def _sums(self, body: sympy.Expr, ranges: list[Range], outer: tuple[Affine, ...]) -> sympy.Expr:
        sums = []
        for n, (name, lows, highs) in reversed(list(enumerate(ranges))):
            known = (*outer, *ends(ranges[:n]))
            low = sympy.Max(*(self._rounded(a, c, sympy.ceiling) for a, c in lows))
            high = sympy.Min(*(self._rounded(a, c, sympy.floor) for a, c in highs))
            if not self._never_short(lows, highs, known):
                high = sympy.Max(high, low - 1)
            sums.append((self.symbol(name), low, high))
        return summed(body, *sums)

    def _never_short(self, lows: list, highs: list, known: tuple[Affine, ...]) -> bool:
        """Whether the upper end is at least the lower end - 1 wherever the sum stands.

        Laws: floor(a/d) >= b - 1 where a >= d (b - 1); ceiling(a/c) - 1 <= b where a <= c (b + 1); and
        floor(b/d) >= ceiling(a/c) - 1 where b/d >= a/c.
        """
        one = Affine.number(1)

        def reaches(low: Affine, c: Affine, high: Affine, d: Affine) -> bool:
            if (low, c) == (high, d):
                return True
            if c == one:
                return self.context.proves(high - d * (low - 1), known)
            return self.context.proves(c * (high + 1) - low if d == one else c * high - d * low, known)

        return all(reaches(low, c, high, d) for low, c in lows for high, d in highs)

    def _rounded(self, of: Affine, divisor: Affine, rounding: type) -> sympy.Expr:
        """A limit over its divisor, rounded; far enough from whole numbers that printed code may do it in floats.

        Law: floor(a/d) = floor(a/d + 1/(2d)) and ceiling(a/d) = ceiling(a/d - 1/(2d)) for whole a and d. SymPy writes
        (a + b)/3 as a/3 + b/3, and 4/3 - 5/3 - 2/3 is more than -1 in floats.
        """
        if divisor == Affine.number(1):
            return self.index(of)
        value, step = self.index(of) / self.index(divisor), divisor.constant if divisor.is_number else 0
        away = sympy.Rational(1, 2 * step) if step & (step - 1) else sympy.Integer(0)  # halves are exact
        return rounding(value + away if rounding is sympy.floor else value - away)

    def _escapes(self, factors: Iterable[tuple[Atom, Fraction]], facts: tuple[Affine, ...]) -> bool:
        """Whether something is read that need not be in its range there: a condition has to be asked before."""
        found = reads((a for a, _ in factors), facts)
        return any(not self.context.proves(x.of, here) for atom, here in found for x in self.ranges(atom))

    def _guard(
        self, body: sympy.Expr, limits: list[Limit], outer: tuple[Affine, ...] | None, lazy: bool = False
    ) -> sympy.Expr:
        """The body where the limits hold, else 0; `lazy`: it is not even read elsewhere."""
        for kind, of in limits:
            at = self.index(of)
            if lazy and outer is not None and kind != "ne":
                body = Holds(at, body)
                body = Holds(-at, body) if kind == "eq" else body
            elif not lazy and kind != "ge" and len(of.terms) == 2 and {abs(c) for _, c in of.terms} == {1}:
                left = next(Affine({m: abs(c)}) for m, c in of.terms if c > 0)
                meet = sympy.KroneckerDelta(self.index(left), self.index(left - of))
                body = body * (meet if kind == "eq" else 1 - meet)
            elif outer is None:
                relation = {"ge": sympy.Ge, "eq": sympy.Eq, "ne": sympy.Ne}[kind]
                body = sympy.Piecewise((body, relation(at, 0)), (0, True))
            else:
                both = Holds(at) * Holds(-at)
                body = body * {"ge": Holds(at), "eq": both, "ne": 1 - both}[kind]
        return body

    def _factor(
        self, atom: Atom, exponent: Fraction, taken: frozenset[str], outer: tuple[Affine, ...] | None
    ) -> sympy.Expr:
        p = sympy.Rational(exponent.numerator, exponent.denominator)
        if isinstance(atom, Ref):
            at = tuple(self.index(a) for a in atom.indices)
            return (sympy.IndexedBase(atom.name)[at] if at else self.symbol(atom.name)) ** p
        if isinstance(atom, Value):
            return self.symbol(atom.name) ** p
        inner = outer if outer is not None else ()
        if isinstance(atom, Base):
            return self._poly(atom.poly, taken, inner) ** p
        if isinstance(atom, Reduction):
            return self._reduction(atom, taken, inner) ** p
        assert isinstance(atom, Head)
        cls = FUNCTIONS.get(atom.function) or sympy.Function(atom.function)
        return cls(*(self._poly(a, taken, inner) for a in atom.arguments)) ** p

    def _reduction(self, atom: Reduction, taken: frozenset[str], outer: tuple[Affine, ...]) -> sympy.Expr:
        """One index; conditions other than its range are asked under the sign, where the neutral value stands."""
        term = atom.as_sum
        (name,) = self.name_bound(term, taken | term.names).values()
        at = {atom.index: Affine.name(name)}
        ranges, rest = arrange([name], [x.put(at) for x in atom.limits], self.context)
        ((_, lows, highs),) = ranges
        low = sympy.Max(*(self._rounded(a, c, sympy.ceiling) for a, c in lows))
        high = sympy.Min(*(self._rounded(a, c, sympy.floor) for a, c in highs))
        inner = (*outer, *(x.put(at).of for x in atom.limits if x.kind == "ge"))
        poly = put(atom.poly, at)
        body = self._poly(poly, taken | {name}, inner)
        if rest:
            assert atom.function == "prod", "only products are taken over a range with conditions"
            lazy = self._escapes([(Base(poly), Fraction(1))], (*outer, *ends(ranges)))
            body = 1 + self._guard(body - 1, rest, inner, lazy)
        shown = REDUCED[atom.function](body, (self.symbol(name), low, high))
        return shown if atom.at is None else sympy.KroneckerDelta(self.index(atom.at), shown)
