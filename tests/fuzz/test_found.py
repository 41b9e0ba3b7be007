"""What the random graphs have found, each as small as it gets. Expected to fail until the engine is mended."""

from __future__ import annotations

import pytest
import sympy as sp

import symgrad as sg


def open_fault(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def test_a_quotient_whose_numerator_is_zero():
    """Seed 4563."""
    g = sg.Graph()
    x = g.input("x")
    zero = g.define("zero", 0)
    L = g.define("L", zero / (x + 1))
    assert g.derive(L, wrt=x).certificate.holds  # a line -L^2/zero divided by 0


def test_a_root_times_a_difference_that_is_zero():
    """Seed 3142."""
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    zero = g.define("zero", y - y)
    L = g.define("L", y * sp.sqrt(x + 1) * zero)
    assert g.derive(L, wrt=x).certificate.holds  # a line -L^2/zero divided by 0


def test_an_entry_behind_a_condition_in_a_sum_that_is_read_at_two_places():
    """Seed 3572."""
    g = sg.Graph()
    k, b, e = g.indices("k b e", 1)
    p, q = g.indices("p q", 2)
    B, x = g.input("B", k, e), g.input("x", p)
    y = g.define("y", sg.Sum(sp.Piecewise((B[e, q - 1], q >= 1), (0, True)) * x[q], q) + x[0], over=e)
    d = g.derive(sg.Sum(y[b], b) + y[0], wrt=x[p])
    assert d.certificate.holds


def test_an_entry_behind_the_other_case_in_a_sum():
    """Seed 3615."""
    g = sg.Graph()
    j = g.index("j", 2, start=1)
    i = g.index("i", 1)
    x = g.input("x")
    y = g.define("y", x, over=j)
    one = sp.Piecewise((1, j >= 2), (y[i + 1], True))
    d = g.derive(sg.Sum(sg.Sum(one * y[i + 2], i), j), wrt=x)
    assert d.certificate.holds


def test_a_shifted_entry_with_a_case_of_its_own_read_at_two_places():
    """Seed 4579."""
    g = sg.Graph()
    i, q = g.indices("i q", 2, start=1)
    o = g.index("o", 3)
    x, c = g.input("x", i), g.input("c")
    y = g.define("y", sp.Piecewise((x[i - 1], i >= 2), (c, True)), over=(o, i))
    L = g.define("L", sg.Sum(y[0, q] * y[2, q], q))
    assert g.derive(L, wrt=x[q]).certificate.holds


def test_the_lesser_of_a_function_of_a_maximum_and_another():
    """Seed 4038."""
    g = sg.Graph()
    q, p = g.indices("q p", g.size("n"))
    x, y = g.input("x", q), g.input("y")
    d = g.derive(sp.Min(sp.exp(sg.Max(x[q], q) / 2), y), wrt=x[p])
    assert d.certificate.holds


def test_the_absolute_value_of_a_sum_of_products_of_cases():
    """Seed 332."""
    g = sg.Graph()
    j, q, e = g.indices("j q e", g.size("n"))
    x = g.input("x", j)
    y = g.define("y", sp.Abs(sg.Sum(sg.Product(sp.Piecewise((2, e >= 1), (x[j], True)), e), j)))
    assert g.derive(y, wrt=x[q]).certificate.holds


@open_fault("differences of sin(150 u^2) are too coarse at the sizes of the certificate: CertificateError")
def test_a_wave_of_large_sums():
    """Seed 4236."""
    g = sg.Graph()
    n = g.size("n")
    j, q = g.indices("j q", n)
    o = g.index("o", n + 1)
    x = g.input("x")
    y = g.define("y", sg.Sum(x, o))
    d = g.derive(sp.sin(sg.Sum(sg.Sum(2 * y**2, q), j)), wrt=x)
    assert d.certificate.holds
