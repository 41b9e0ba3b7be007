"""The reader's rate on formulas that people wrote."""

from __future__ import annotations

import pytest

from symgrad.errors import ReadError
from symgrad.read.parse import parse
from symgrad.read.show import show
from tests.read.samples import EXERCISES, REFUSED, STUDENT

ROWS = [(family, text) for family, texts in STUDENT.items() for text in texts]


@pytest.mark.parametrize(("family", "text"), ROWS)
def test_answer_is_read_and_its_echo_read_back(family, text):
    names = EXERCISES[family]
    if text in REFUSED:
        with pytest.raises(ReadError, match="alpha is not declared"):
            parse(text, names)
        return
    tree = parse(text, names)
    assert parse(show(tree, names), names) == tree


def test_rate(capsys):
    def read(family: str, text: str) -> bool:
        try:
            parse(text, EXERCISES[family])
        except ReadError:
            return False
        return True

    count = sum(read(*row) for row in ROWS)
    with capsys.disabled():
        print(f"\nread {count} of {len(ROWS)} formulas of students; {len(REFUSED)} must be refused")
    assert count == len(ROWS) - len(REFUSED)
