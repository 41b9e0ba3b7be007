"""Wide formulas are broken before a term or a factor, and say the same."""

from __future__ import annotations

import pytest

from symgrad.render.latex import latex
from symgrad.render.width import pieces, width
from tests.render.samples import FORMULAS, LONG, exp, minus, name, number, plus, times, total

A, B = name("a"), name("b")


@pytest.mark.parametrize("tree", FORMULAS, ids=repr)
def test_a_formula_that_fits_is_not_broken(tree):
    assert width(tree) > 0
    assert pieces(tree, width(tree)) == [latex(tree)]


def test_the_pieces_of_a_sum_are_the_sum():
    assert len(pieces(LONG, 15.0)) > 1
    assert " ".join(pieces(LONG, 15.0)) == latex(LONG)


def test_the_pieces_of_a_product_say_that_it_goes_on():
    product = times(plus(A, B), minus(A, B), number(2), exp(A))
    assert pieces(product, 4.0) == [
        r"\left(a + b\right)",
        r"\cdot \left(a - b\right)",
        r"\cdot 2",
        r"\cdot \exp\left(a\right)",
    ]


def test_a_fraction_is_never_broken():
    assert len(pieces(exp(LONG), 3.0)) == 1


def test_a_sum_of_products_goes_on_with_its_next_factor():
    inner = total("i", 1, name("m"), times(exp(A), exp(B)))
    assert pieces(total("j", 1, name("m"), inner), 7.0) == [
        r"\sum_{j = 1}^{m} \sum_{i = 1}^{m} \exp\left(a\right)",
        r"\cdot \exp\left(b\right)",
    ]
    assert len(pieces(total("j", 1, name("m"), plus(exp(A), exp(B))), 3.0)) == 1


def test_lines_are_filled():
    assert pieces(plus(*(A for _ in range(6))), 6.0) == ["a + a + a", "+ a + a + a"]
