"""A convolution of a tensor: shapes, channels and counts against the facts and plain loops; its gradient too."""

from __future__ import annotations

from itertools import product

import pytest

from derivations import conv_tensor as conv
from tests.derivations.loops import boxed, entries, lines, starts, words, worked


@pytest.fixture(scope="module")
def key():
    return worked(conv.exercise)


def test_facts(key):
    assert list(key) == ["shapes", "channels", "multiplications", "parameters"]
    assert boxed(key["shapes"]) == ["(46, 62, 20)", "(46, 62, 20)"]
    assert (len(starts(48, 3)), len(starts(64, 3))) == (46, 62)
    assert boxed(key["multiplications"]) == ["5133600"] and boxed(key["parameters"]) == ["1820"]
    assert entries((3, 3, 10, 20), (20,)) == 1820


def test_channels(key):
    into, out = words(key["channels"], "answer")
    assert into.startswith("0 <= n <= N - 1 = 9, that is N = 10 values: it runs along the third axis of X")
    assert out.startswith("0 <= m <= M - 1 = 19, that is M = 20 values: it runs along the fourth axis of W")


def test_the_products_counted_one_by_one():
    pixels = sum(1 for _ in product(starts(48, 3), starts(64, 3), range(3), range(3)))
    assert pixels * 10 * 20 == 5133600


def test_the_arithmetic(key):
    assert lines(key["multiplications"]) == [
        "K*K*N*(H - K + 1)*(V - K + 1)*M",
        "3*3*10*(48 - 3 + 1)*(64 - 3 + 1)*20",
        "3*3*10*46*62*20",
        "5133600",
    ]
    assert lines(key["parameters"]) == ["K*K*N*M + M", "3*3*10*20 + 20", "1800 + 20", "1820"]


def test_the_same_declaration_answers_a_gradient():
    before = conv.g.state()
    J = conv.g.loss("J", of=conv.U)
    d = conv.g.derive(J, wrt=conv.W, keep=[conv.Z])
    assert d.text == "sum(sum(dJ/dZ[i, j, m]*X[i + k1, j + k2, n], j=0..V-K), i=0..H-K)"
    assert d.certificate.holds
    conv.g.go_back(before)
