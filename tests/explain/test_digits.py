"""Numbers on paper: exact where short, else six digits that are certain."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgrad.check.enclose import Between
from symgrad.errors import CertificateError
from symgrad.explain.digits import is_short, number
from symgrad.render.plain import plain


@pytest.mark.parametrize(
    ("value", "text", "short"),
    [
        ("0", "0", True), ("5", "5", True), ("-0.1", "-0.1", True), ("0.000005", "0.000005", True),
        ("0.1234567890123", "0.123457", False), ("1/3", "0.333333", False), ("-2/3", "-0.666667", False),
        ("0.900000000999", "0.900000", False), ("1e-8", "10**(-8)", True), ("3e-9", "3*10**(-9)", True),
        ("123456789.5", "123457000", False), ("2e12", "2*10**12", True), ("300", "300", True),
    ],
)  # fmt: skip
def test_numbers(value, text, short):
    assert (plain(number(Fraction(value))), is_short(Fraction(value))) == (text, short)


def test_an_enclosure_is_rounded_only_where_the_digits_are_certain():
    third = Fraction(1, 3)
    assert plain(number(Between(third - Fraction(1, 10**20), third + Fraction(1, 10**20)))) == "0.333333"
    with pytest.raises(CertificateError, match="too wide to round"):
        number(Between(Fraction("0.1234564"), Fraction("0.1234566")))
