"""Indices that are valid for what they read: their ranges against counting, and refusals in four parts."""

from __future__ import annotations

import itertools

import pytest
from sympy import floor

import symgrad as sg
from tests.derivations.loops import starts


def image(kernel=None):
    g = sg.Graph("image")
    n = g.size("n")
    p, k = g.index("p", n), g.index("k", kernel or g.size("K"))
    return g, n, k, g.input("x", p)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_range_is_all_starts_that_stay_inside(stride):
    g, _, k, x = image()
    g.index("i", valid=lambda i: x[stride * i + k])
    for size, kernel in itertools.product(range(1, 9), range(1, 5)):
        if kernel <= size:
            found = [
                i
                for i in range(size)
                if all(e.at({"n": size, "K": kernel, "i": i}) >= 0 for e in g.model.indices["i"].limits)
            ]
            assert [stride * i for i in found] == starts(size, kernel, stride)


def test_it_is_the_range_one_would_type():
    g, n, k, x = image()
    i = g.index("i", valid=lambda i: x[i + k])
    assert g.count("i") == n - g["K"] + 1 and i.first == 0
    s = g.size("s")
    g.index("j", valid=lambda j: x[s * j + 2 * k])
    assert g.count("j") == floor((n - 2 * g["K"] + 1) / s) + 1
    assert len(g.model.relations) == 2, "one window fits"


def test_a_start_other_than_0():
    g, n, k, x = image(kernel=3)
    i = g.index("i", start=1, valid=lambda i: x[i + k - 1])
    assert i.first == 1 and g.count("i") == n - 2
    g.define("z", sg.Sum(x[i + k - 1], k), over=i)


REFUSED = {
    "neither": (lambda g, x, k: g.index("i"), "a count, or what it must keep inside", "neither"),
    "both": (lambda g, x, k: g.index("i", 3, valid=lambda i: x[i + k]), "a count, or what it must keep inside", "both"),
    "a stride of 0": (lambda g, x, k: g.index("i", valid=lambda i: x[0 * i + k]), "an index without end", "none"),
    "the first outside": (lambda g, x, k: g.index("i", valid=lambda i: x[i - 1]), "first start reads outside", "i = 0"),
    "too large": (lambda g, x, k: g.index("i", valid=lambda i: x[i + k + 9]), "window that does not fit", "behind"),
    "two ends": (
        lambda g, x, k: g.index("i", valid=lambda i: [x[i + k], x[2 * i + k]]),
        "an index with several ends",
        "2*i <= ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    make, what, given = REFUSED[case]
    g = sg.Graph("small")
    k, p = g.index("k", 3), g.index("p", 8)
    x = g.input("x", p)
    with pytest.raises(sg.DeclarationError, match=what) as caught:
        make(g, x, k)
    error = caught.value
    assert given in error.given and error.where.startswith("index i") and error.expected
    assert "i" not in g.model.indices, "what is refused is not kept"
    assert error.fix or case in ("neither", "both")


def test_a_window_with_an_end_that_is_not_known():
    g = sg.Graph("triangle")
    H, K = g.sizes("H K")
    k, l = g.index("k", K), g.index("l", (H - 1) // K + 1)  # noqa: E741
    x = g.input("x", g.index("p", 3 * H))
    with pytest.raises(sg.DeclarationError, match="a window whose end is not known") as caught:
        g.index("i", valid=lambda i: x[i + k + l])
    assert caught.value.fix
