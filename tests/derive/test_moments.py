"""Mean and variance: by laws, and by going through all outcomes; what is not declared is not used."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.derive.moments import Random, confirmed, mean, variance
from symgrad.errors import CertificateError, Unsupported

g = sg.Graph("moments")
b = g.size("b")
i, j = g.indices("i j", b)
X, w = g.input("X", i), g.input("w", i)
c, mu, s = g.constant("c"), g.constant("mu"), g.constant("s", positive=True)


def poly(value):
    return g.read(value)[0]


INDEPENDENT = Random("X", poly(mu), poly(s**2), independent=True)
LINEAR = {  # what, its mean, its variance
    "mean": (sg.Sum(X[i], i) / b, mu, s**2 / b),
    "sum": (sg.Sum(X[i], i), b * mu, b * s**2),
    "moved": (c * sg.Sum(X[i], i) + mu, c * b * mu + mu, c**2 * b * s**2),
    "one": (c * X[0] - 1, c * mu - 1, c**2 * s**2),
    "not random": (c + 1, c + 1, 0 * c),
}


@pytest.mark.parametrize("name", LINEAR)
def test_moments_of_linear_formulas(name):
    what, m, v = map(poly, LINEAR[name])
    found = mean(what, INDEPENDENT, g.model), variance(what, INDEPENDENT, g.model)
    numbers = g.numbers(g.model)
    numbers.confirm(found[0], m)
    numbers.confirm(found[1], v)
    confirmed(what, found, INDEPENDENT, g.model, name)


@pytest.mark.parametrize("name", ["mean", "sum", "moved"])
def test_wrong_moments_are_refused(name):
    """The mean without its factor, and the variance that forgets to square it or to use the independence."""
    what, m, v = map(poly, LINEAR[name])
    for wrong in ((v, v), (m, poly(s**2) + v), (m, m)):
        with pytest.raises(CertificateError, match="differ from those over all outcomes"):
            confirmed(what, wrong, INDEPENDENT, g.model, name)


def test_independence_is_declared_or_not_used():
    apart = Random("X", poly(mu), poly(s**2), independent=False)
    what = poly(sg.Sum(X[i], i) / b)
    assert mean(what, apart, g.model) == poly(mu)
    with pytest.raises(Unsupported, match="not declared independent"):
        variance(what, apart, g.model)
    assert variance(poly(2 * X[0]), apart, g.model) == poly(4 * s**2)


@pytest.mark.parametrize("what", [X[0] ** 2, sg.exp(X[0]), X[0] * sg.Sum(X[i], i), 1 / X[0]])
def test_what_is_not_linear_is_refused(what):
    with pytest.raises(Unsupported, match="not linear in X"):
        mean(poly(what), INDEPENDENT, g.model)


@pytest.mark.parametrize("what", [sg.Sum(X[i], i) + X[0], X[0] - X[0] / 2 + sg.Sum(w[i] * X[i], i)])
def test_an_entry_in_two_terms_is_refused(what):
    with pytest.raises(Unsupported, match="several terms, which may share an entry"):
        variance(poly(what), INDEPENDENT, g.model)
