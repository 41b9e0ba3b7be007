"""Functions in formulas of students that the normal form has no head for, one row each."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symgrad.algebra.normal import ONE, bind, call, power, put, times
from symgrad.algebra.records import Poly
from symgrad.student.whole import Whole

# Of numbers, entry by entry. Laws: sech u = 1/cosh u and so on.
OF_NUMBERS: dict[str, Callable[[Poly], Poly]] = {
    "sech": lambda u: power(call("cosh", u), -1),
    "sqrt": lambda u: power(u, Fraction(1, 2)),
}


def summed(of: Whole) -> Whole:
    """The sum of all entries."""
    axes = [a for a in (of.rows, of.cols) if a is not None]
    return Whole(bind(of.poly, [a.name for a in axes], [x for a in axes for x in a.range]))


def _softmax(of: Whole) -> Whole | None:
    """exp(u_i) / sum_k exp(u_k) of a vector."""
    if of.is_number or (of.rows is not None and of.cols is not None):
        return None
    over = summed(of.each(lambda u: call("exp", u)))
    return of.each(lambda u: times(call("exp", u), power(over.poly, -1)))


def _trace(of: Whole) -> Whole | None:
    """The sum of the entries A[i, i]."""
    if of.rows is None or of.cols is None or not of.rows.fits(of.cols):
        return None
    return summed(Whole(put(of.poly, {of.cols.name: of.rows.at}), of.rows))


def _mean(of: Whole) -> Whole | None:
    """The sum of all entries over their number."""
    total, count = summed(of), summed(of.each(lambda u: ONE))
    return Whole(times(total.poly, power(count.poly, -1)))


# Of vectors and matrices; None where the shape does not fit.
OF_WHOLES: dict[str, Callable[[Whole], Whole | None]] = {
    "softmax": _softmax,
    "sum": summed,
    "mean": _mean,
    "trace": _trace,
}
