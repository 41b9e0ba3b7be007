"""Logarithms of products, split into sums."""

from __future__ import annotations

from fractions import Fraction

from symgrad.algebra.normal import NOTHING, build, call, replace, scale, total
from symgrad.algebra.records import Atom, Base, Head, Poly, Term


def split_logs(poly: Poly) -> Poly:
    """log(a^p b^q / exp(u)) as p log a + q log b - u, wherever it is sound.

    Law: log(a b) = log a + log b for a, b > 0. A factor whose sign is not known may be split off when all others are
    known to be positive: the logarithm of the product exists, so that factor is positive too.
    """

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Head) or atom.function != "log":
            return None
        term = atom.arguments[0].sole
        return None if term is None or term.bound or term.limits or term.coefficient <= 0 else _log(term)

    return replace(poly, change)


def _log(term: Term) -> Poly | None:
    unknown = [f for f in term.factors if f[0].sign != "positive"]
    whole = [f for f in unknown if f[1].denominator == 1 and f[1] % 2 == 0]
    if len(unknown) > 1 or whole or (len(term.factors) == 1 and term.coefficient == 1 and not _simpler(term)):
        return None
    parts = [scale(_log_of(a), p) for a, p in term.factors]
    constant = call("log", build(term.coefficient, [])) if term.coefficient != 1 else NOTHING
    return total([*parts, constant])


def _simpler(term: Term) -> bool:
    atom, exponent = term.factors[0]
    return exponent != 1 or (isinstance(atom, Head) and atom.function == "exp")


def _log_of(atom: Atom) -> Poly:
    if isinstance(atom, Head) and atom.function == "exp":
        return atom.arguments[0]
    inner = atom.poly if isinstance(atom, Base) else build(Fraction(1), [(atom, Fraction(1))])
    return call("log", inner)
