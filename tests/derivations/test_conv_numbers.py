"""conv_numeric and conv_extremes: every entry against plain loops; extremes and zeros with all their pixels."""

from __future__ import annotations

import numpy as np
import pytest

from derivations import conv_extremes, conv_numeric
from tests.derivations.loops import boxed, correlate, lines, words, worked

IMAGE, KERNEL = np.array([[6, 0, 1], [3, 4, 1], [1, 7, 0]]), np.array([[1, 0], [0, -1]])
EDGES = np.array([[0, 0, 0, 0, 0], [0, 3, 3, 3, 0], [0, 3, 2, 3, 0], [0, 3, 2, 3, 0], [0, 0, 0, 0, 0]])
EDGE = np.array([[1, -1], [1, -1]])
Z = [[-3, 0, 0, 3], [-6, 1, -1, 6], [-6, 2, -2, 6], [-3, 1, -1, 3]]


@pytest.fixture(scope="module")
def extremes():
    return worked(conv_extremes.exercise)


def test_every_entry_with_its_products():
    (question,) = worked(conv_numeric.exercise).values()
    assert question.id == "output" and boxed(question) == ["[[2, -1], [-4, 4]]"]
    assert correlate(IMAGE, KERNEL).tolist() == [[2, -1], [-4, 4]]
    assert lines(question)[1:9] == [
        "1*6 + 0*0 + 0*3 + (-1)*4", "6 + 0 + 0 - 4 = 2",
        "1*0 + 0*1 + 0*4 + (-1)*1", "0 + 0 + 0 - 1 = -1",
        "1*3 + 0*4 + 0*1 + (-1)*7", "3 + 0 + 0 - 7 = -4",
        "1*4 + 0*1 + 0*7 + (-1)*0", "4 + 0 + 0 + 0 = 4",
    ]  # fmt: skip


def test_the_output_by_plain_loops(extremes):
    assert correlate(EDGES, EDGE).tolist() == Z
    assert lines(extremes["max"])[0] == str(Z)


def test_limits_and_size(extremes):
    assert list(extremes) == ["limits", "size", "max", "min", "zero"]
    assert words(extremes["limits"], "answer") == [
        "0 <= k1 <= K - 1 = 1, that is K = 2 values: it runs along the rows of W.",
        "0 <= k2 <= K - 1 = 1, that is K = 2 values: it runs along the columns of W.",
    ]
    assert boxed(extremes["size"]) == ["(4, 4)"]


@pytest.mark.parametrize(
    ("part", "value", "places"),
    [("max", 6, [[1, 3], [2, 3]]), ("min", -6, [[1, 0], [2, 0]]), ("zero", 0, [[0, 1], [0, 2]])],
)
def test_extremes_with_all_their_pixels(extremes, part, value, places):
    z = correlate(EDGES, EDGE)
    wanted = {"max": z.max(), "min": z.min(), "zero": 0}[part]
    assert value == wanted and places == np.argwhere(z == wanted).tolist()
    assert (extremes[part].record["value"], extremes[part].record["places"]) == (str(value), places)


def test_what_is_said(extremes):
    assert words(extremes["max"], "answer") == ["Z is greatest at (i, j) = (1, 3) and (2, 3): it is 6 there."]
    assert words(extremes["min"], "answer") == ["Z is least at (i, j) = (1, 0) and (2, 0): it is -6 there."]
    assert words(extremes["zero"], "answer") == ["Z is 0 at (i, j) = (0, 1) and (0, 2)."]
