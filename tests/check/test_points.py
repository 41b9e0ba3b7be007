"""Enumeration of integer points against the plainest way: try everything in a large cube."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.algebra.index import Affine, Limit
from symgrad.check.points import points
from symgrad.errors import Unsupported

U, V, Q, S = map(Affine.name, ("u", "v", "q", "s"))


def between(low, of, high):
    return [Limit("ge", of - low), Limit("ge", high - of)]


def tried(limits, outer, reach=12):
    """Every point of a cube at which all limits hold."""
    cube = product(range(-reach, reach + 1), repeat=2)
    return [(u, v) for u, v in cube if all(x.holds({"u": u, "v": v, **outer}) for x in limits)]


CASES = {
    "box": between(0, U, 2) + between(-2, V, 0),
    "triangle": between(0, U, 3) + between(0, V, 3) + [Limit("ge", V - U)],
    "strict triangle": between(0, U, 3) + between(0, V, 3) + [Limit("ge", V - U - 1)],
    "range that ends at an outer name": [Limit("ge", U), Limit("ge", Q - U)] + between(0, V - U, 1),
    "equation": between(0, U, 5) + between(0, V, 5) + [Limit("eq", 2 * U + 3 * V - Q)],
    "equation without an integer solution": between(0, U, 5) + between(0, V, 5) + [Limit("eq", 2 * U + 4 * V - 5)],
    "symbolic stride": between(0, U, 5) + between(0, V, 2) + [Limit("eq", S * U + V - Q)],
    "hole": between(0, U, 2) + between(0, V, 2) + [Limit("ne", U - V)],
    "after a unimodular change": between(0, U + V, 2) + between(0, 2 * U + 3 * V, 4),
    "negative start": between(-5, U, -3) + between(-1, V + U, 0),
    "rounded ends": [Limit("ge", 2 * U + 3), Limit("ge", 5 - 3 * U)] + between(0, V, 0),
    "guard that holds": [*between(0, U, 1), *between(0, V, 1), Limit("ge", Q - 3)],
    "guard that fails": [*between(0, U, 1), *between(0, V, 1), Limit("ge", 2 - Q)],
}


@pytest.mark.parametrize("limits", CASES.values(), ids=CASES.keys())
def test_finds_the_points_that_trying_finds(limits):
    outer = {"q": 5, "s": 2}
    assert points(("u", "v"), limits, outer) == tried(limits, outer)


@given(st.lists(st.tuples(*[st.integers(-3, 3)] * 3, st.sampled_from(["ge", "ge", "ge", "eq", "ne"])), max_size=4))
def test_finds_the_points_that_trying_finds_in_random_ranges(rows):
    limits = [Limit(kind, U * a + V * b + c) for a, b, c, kind in rows] + between(-4, U, 4) + between(-4, V, 4)
    assert points(("u", "v"), limits, {}) == tried(limits, {}, reach=4)


def test_a_sum_over_nothing_is_one_point():
    assert points((), [], {}) == [()]


def test_contradicting_endless_limits_are_empty():
    assert points(("u", "v"), [Limit("ge", U - V - 1), Limit("ge", V - U - 1), Limit("ge", U)], {}) == []


def test_refuses_a_sum_without_end():
    with pytest.raises(Unsupported, match="without end"):
        points(("u",), [Limit("ge", U)], {})


def test_refuses_a_range_that_is_not_affine():
    with pytest.raises(Unsupported, match="not affine"):
        points(("u", "v"), [Limit("eq", U * V - 2)], {})
