"""Every fact of the exercise gradient_flow, and the same numbers from plain loops."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derivations import gradient_flow as flow
from symgrad.explain.blocks import Lines, Plot, Prose
from symgrad.render.plain import plain

KEY = flow.exercise.key()
PARTS = {q.id: q for q in KEY.questions}


def boxed(part):
    return [plain(x.right) for b in PARTS[part].blocks if isinstance(b, Lines) for x in b.lines if x.boxed]


def test_the_product_over_the_layers_and_its_bound():
    assert boxed("1") == ["dL/dz[n]*prod(dz[k]/dz[k - 1], k=i+1..n)"]
    lines = [x for b in PARTS["1"].blocks if isinstance(b, Lines) for x in b.lines]
    assert (lines[-1].relation, plain(lines[-1].right)) == ("<=", "abs(dL/dz[n])*r**(n - i)")


@pytest.mark.parametrize(("part", "value"), [("2", "1/200000"), ("3", "2001/200000")])
def test_local_gradients_in_numbers(part, value):
    assert PARTS[part].record["value"] == value
    z2, z1, x = np.float64(0.01), np.float64(0.005), np.float64(0.1)
    again = z2 * (z1 * x + (part == "3"))
    assert float(Fraction(value)) == pytest.approx(again, rel=1e-12)


def test_the_larger_one_and_the_ratio():
    assert PARTS["4"].record == {"ratio": "2001", "larger": "3"} and boxed("4") == ["2001"]


def test_plain_network():
    assert boxed("5") == ["g*c**n", "0.5**(n + 1)"]
    expected = {str(n): str(Fraction(1, 2) ** (n + 1)) for n in range(1, 7)}
    assert PARTS["5"].record["values"] == expected
    assert plain(PARTS["5"].blocks[0].lines[-1].right) == "0.5**(n + 1)"


def test_residual_network():
    assert boxed("6") == ["g*(1 + c)**B", "0.5*1.25**B"]
    assert PARTS["6"].record["values"] == {"1": "5/8", "2": "25/32", "3": "125/128"}


def test_against_a_plain_loop():
    for part, factor in (("5", 0.5), ("6", 1.25)):
        gradient = 0.5
        for depth in range(1, 4):
            gradient *= factor
            assert float(Fraction(PARTS[part].record["values"][str(depth)])) == pytest.approx(gradient, rel=1e-12)


def test_both_curves_and_where_they_meet():
    (plot,) = (b for b in PARTS["6"].blocks if isinstance(b, Plot))
    assert [c.name for c in plot.curves] == ["plain network", "residual network"] and plot.log
    assert plot.curves[0].points[-1] == (6, Fraction(1, 128)) and plot.curves[1].points[-1] == (6, Fraction(125, 128))
    assert plot.curves[0].points[0] == plot.curves[1].points[0] == (0, Fraction(1, 2))
    said = next(b for b in PARTS["6"].blocks if isinstance(b, Prose) and "ratio" in str(b.run))
    assert "the curves meet where there are no layers, and nowhere else" in said.run
