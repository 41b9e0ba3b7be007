"""Linear recurrences: the solution against the rule step by step, and what is no linear recurrence."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import NOTHING, ONE, lone, times
from symgrad.algebra.repeated import equal_factors, repeated, whole_count
from symgrad.derive.recurrence import Recurrence, confirmed, solved, split
from symgrad.errors import CertificateError, Unsupported

g = sg.Graph("recurrences")
t, n = g.sizes("t n")
k = g.index("k", t)
a, b = g.constant("a"), g.constant("b", positive=True)
u, f, c = g.input("u"), g.input("f", k), g.input("c", k)


def poly(value):
    return g.read(value)[0]


RULES = {  # update of u, and what u_t is made of
    "homogeneous, any sign": a * u,
    "homogeneous, positive": b * u,
    "constant rest": b * u + a,
    "rest by step": b * u - a * f[k],
    "factor by step": c[k] * u + 1,
    "both by step": c[k] * u + f[k],
    "a running mean": b * u + (1 - b) * f[k],
    "a plain sum": u + f[k],
    "a count": u + a,
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("start", [0, a])
def test_solutions_hold_step_by_step(name, start):
    factor, rest = split(poly(RULES[name]), "u")
    known = Recurrence(factor, rest, poly(start * a), "k")
    assert solved(known, "t", g.model, name).tensors <= {"a", "b", "c", "f"}


@pytest.mark.parametrize("name", RULES)
def test_a_wrong_solution_is_refused(name):
    """A solution that is one step late, one with another sign, and one that forgets its start."""
    factor, rest = split(poly(RULES[name]), "u")
    known = Recurrence(factor, rest, poly(a), "k")
    late, other = known.after(Affine.name("t") + 1), times(known.after(Affine.name("t")), poly(-1 + 0 * a))
    forgets = Recurrence(factor, rest, NOTHING, "k").after(Affine.name("t"))
    for wrong in (other, forgets, late):
        with pytest.raises(CertificateError, match="the solution of a recurrence differs from its steps"):
            confirmed(known, wrong, "t", g.model, name)


@pytest.mark.parametrize("update", [u**2, a * u + u**2, sg.exp(u), a / u, f[k] * sg.log(u**2 + 1)])
def test_what_is_not_linear_is_refused(update):
    with pytest.raises(Unsupported, match="the update is not linear in u"):
        split(poly(update), "u")


def test_powers_of_any_sign():
    t_, n_ = Affine.name("t"), Affine.name("n")
    assert repeated(ONE, t_) == ONE and repeated(poly(a), Affine.number(0)) == ONE
    assert repeated(poly(b), t_) == poly(b**t)
    atom = repeated(poly(a), t_ + n_).terms[0].factors[0][0]
    assert equal_factors(atom, g.model.sizes) == t_ + n_
    for exponent, whole in ((t, True), (t + n, True), (t - 1, True), (t - 2, False), (t - n, False), (t / 2, False)):
        assert (whole_count(poly(exponent), g.model.sizes) is not None) == whole


def test_equal_factors_are_read_and_printed_as_a_power():
    from symgrad.questions.reading import Says

    says = Says(g.model, "here")
    assert says(lone(repeated(poly(1 - a), Affine.name("t")).terms[0].factors[0][0])).base is not None
    assert str(poly(sg.Product(1 - a, k))) == str(repeated(poly(1 - a), Affine.name("t")))
