"""Sizes of convolutions: the facts, the general formula at many numbers, and starts that are tried one by one."""

from __future__ import annotations

import itertools
from math import floor

import pytest

from derivations import conv_sizes
from tests.derivations.loops import boxed, lines, starts, worked

FORMULA = "floor((n + 2*pad - k)/s) + 1"


@pytest.fixture(scope="module")
def key():
    return worked(conv_sizes.exercise)


def test_facts(key):
    assert {part: boxed(q) for part, q in key.items()} == {
        "valid": ["(34, 34)"],
        "strided": ["(20, 20, 2)"],
        "general": [f"({FORMULA}, {FORMULA}, filters)"],
    }
    assert len(starts(36, 3)) == 34 and len(starts(36, 3, 2, 3)) == 20


def test_the_argument(key):
    assert lines(key["general"])[:4] == ["n + 2*pad - 1", "n + 2*pad - k", "(n + 2*pad - k)/s", FORMULA]
    assert lines(key["strided"])[3:8] == [
        FORMULA,
        "floor((36 + 2*3 - 3)/2) + 1",
        "floor(39/2) + 1",
        "19 + 1",
        "20",
    ]
    assert lines(key["valid"])[:5] == ["n - 1", "n - k", "n - k + 1", "36 - 3 + 1", "34"]


def test_the_formula_counts_the_starts(key):
    for n, k, pad, s in itertools.product(range(1, 8), range(1, 5), range(1, 4), range(1, 4)):
        if k <= n + 2 * pad:
            found = eval(FORMULA, {"floor": floor, "n": n, "k": k, "pad": pad, "s": s})
            assert found == len(starts(n, k, s, pad)), (n, k, pad, s)
