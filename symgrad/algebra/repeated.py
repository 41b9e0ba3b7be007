"""Powers whose exponent is a whole number that is not known: a product of equal factors, whatever the sign of these.

a^t = a a ... a, t factors; a^0 = 1
"""

from __future__ import annotations

from collections.abc import Container

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import ONE, call, fresh_name, index_value, power, reduction, replace
from symgrad.algebra.records import Atom, Poly, Reduction, Value


def repeated(factor: Poly, count: Affine) -> Poly:
    """The product of `count` equal factors; where they are positive it is written as a power at once."""
    if factor == ONE:
        return ONE
    if count.is_number and count.constant >= 0:
        return power(factor, count.constant)
    if factor.sign == "positive":
        return call("pow", factor, index_value(count, dict.fromkeys(count.names, "positive")))
    name = fresh_name()
    here = Affine.name(name)
    return reduction("prod", factor, name, [Limit("ge", here), Limit("ge", count - 1 - here)])


def equal_factors(atom: Reduction, sizes: Container[str]) -> Affine | None:
    """How many factors there are in a product of equal ones, at least none; None for other products.

    >>> atom = repeated(-ONE - ONE, Affine.name("t")).terms[0].factors[0][0]
    >>> equal_factors(atom, {"t"}), equal_factors(atom, {})
    (t, None)
    """
    if atom.function != "prod" or atom.index in atom.poly.names or len(atom.limits) != 2:
        return None
    slopes = {x.of.slope(atom.index): x.of for x in atom.limits if x.kind == "ge"}
    ends = slopes.get(Affine.number(1)), slopes.get(Affine.number(-1))
    if ends[0] is None or ends[1] is None:
        return None
    count = ends[0] + ends[1] + 1
    return count if _never_negative(count, sizes) else None


def counted(poly: Poly, sizes: Container[str]) -> Poly:
    """Products of equal factors from 0 on, whatever index they were taken over: equal ones are then one formula."""

    def change(atom: Atom) -> Poly | None:
        count = equal_factors(atom, sizes) if isinstance(atom, Reduction) else None
        return repeated(atom.poly, count) if isinstance(atom, Reduction) and count is not None else None

    return replace(poly, change)


def whole_count(exponent: Poly, sizes: Container[str]) -> Affine | None:
    """An exponent that is a whole number of at least 0: a sum of sizes, which are at least 1; None for others."""
    count = Affine.number(0)
    for term in exponent.terms:
        names = [a.name for a, p in term.factors if isinstance(a, Value) and p == 1]
        if len(names) < len(term.factors) or term.bound or term.limits or term.coefficient.denominator != 1:
            return None
        product = Affine.number(int(term.coefficient))
        for name in names:
            product = product * Affine.name(name)
        count = count + product
    return count if _never_negative(count, sizes) else None


def _never_negative(count: Affine, sizes: Container[str]) -> bool:
    """Law: a sum of products of sizes, less at most as many as there are, is at least 0."""
    grows = all(c > 0 and all(n in sizes for n in names) for names, c in count.terms if names)
    return grows and sum(c for _, c in count.terms) >= 0
