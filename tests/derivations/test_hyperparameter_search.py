"""Every fact of the exercise hyperparameter_search, and the sample sizes by trying all of them."""

from __future__ import annotations

import math

import pytest

from derivations import hyperparameter_search as search
from symgrad.explain.blocks import Lines
from symgrad.render.plain import plain

PARTS = {q.id: q for q in search.exercise.key().questions}


def lines(part):
    return [x for b in PARTS[part].blocks if isinstance(b, Lines) for x in b.lines]


def test_the_grid():
    assert PARTS["grid"].record["values"] == {"R": "300", "E": "3000", "T": "6000"}
    assert 10 * 6 * 5 * 10 * 2 == 6000


def test_the_bound_and_where_the_sign_flips():
    shown = [(plain(x.left), x.relation, plain(x.right)) for x in lines("random")[:5]]
    assert shown == [
        ("1 - (1 - p)**N", ">=", "q"),
        ("-(1 - p)**N", ">=", "q - 1"),
        ("(1 - p)**N", "<=", "1 - q"),
        ("N*log(1 - p)", "<=", "log(1 - q)"),
        ("N", ">=", "log(1 - q)/log(1 - p)"),
    ]
    assert "negative: the sign flips" in lines("random")[4].reason[-1]


@pytest.mark.parametrize(("q", "shown", "size"), [(0.95, "58.4040", 59), (0.995, "103.295", 104)])
def test_sample_sizes(q, shown, size):
    assert PARTS["random"].record["sizes"][str(q)] == size
    assert shown in [plain(x.right) for x in lines("random")]
    assert float(shown) == pytest.approx(math.log(1 - q) / math.log(0.95), rel=1e-5)
    assert size == next(n for n in range(1, 999) if 1 - 0.95**n >= q)
