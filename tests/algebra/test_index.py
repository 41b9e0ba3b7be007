"""Affine expressions form a ring, limits keep their integer points, and the prover never says what is not so."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.algebra.index import Affine, Context, Limit, tighten

NAMES = ("i", "k", "N", "s")
i, k, p, q, N, H, K, s, d = map(Affine.name, "ikpqNHKsd")


def affines(names=NAMES, size=3):
    monomials = st.sampled_from([(), *((n,) for n in names), ("i", "s"), ("N", "s")])
    return st.dictionaries(monomials, st.integers(-size, size), max_size=4).map(Affine)


def limits(names=NAMES):
    return st.builds(Limit, st.sampled_from(("ge", "eq", "ne")), affines(names))


def box(names, low, high):
    return [dict(zip(names, at, strict=True)) for at in product(range(low, high + 1), repeat=len(names))]


# --- the ring -----------------------------------------------------------------------------------------------------


@given(affines(), affines(), affines())
def test_ring_laws(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a * b == b * a
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == Affine({}) == a * 0
    assert a + 0 == a * 1 == a
    assert 3 - a == -(a - 3)
    assert hash(a + b) == hash(b + a)


@given(affines(), affines(), st.fixed_dictionaries({n: st.integers(-4, 4) for n in NAMES}))
def test_values_are_those_of_integers(a, b, at):
    assert (a + b).at(at) == a.at(at) + b.at(at)
    assert (a * b).at(at) == a.at(at) * b.at(at)
    assert (-a).at(at) == -a.at(at)


@given(affines(), affines(), affines(), st.fixed_dictionaries({n: st.integers(-4, 4) for n in NAMES}))
def test_substitution_is_simultaneous(a, x, y, at):
    assert a.put({"i": x, "k": y}).at(at) == a.at({**at, "i": x.at(at), "k": y.at(at)})


@given(affines(("i", "k", "N")))
def test_slope_is_the_factor_of_a_name(a):
    assert a.slope("i") * i + a.put({"i": Affine.number(0)}) == a


@pytest.mark.parametrize(
    ("affine", "text", "sole"),
    [
        (i, "i", "i"),
        (2 * i, "2*i", ""),
        (i + 0, "i", "i"),
        (-i, "-i", ""),
        (i - i, "0", ""),
        (s * i + k - 1, "i*s + k - 1", ""),
        (Affine.number(-3), "-3", ""),
        (i * s, "i*s", ""),
    ],
)
def test_text_and_sole_name(affine, text, sole):
    assert (str(affine), affine.sole) == (text, sole)


# --- limits -------------------------------------------------------------------------------------------------------


@given(limits())
def test_tighten_keeps_the_integer_points(limit):
    tight = tighten(limit)
    for at in box(NAMES, -2, 2):
        assert (tight if isinstance(tight, bool) else tight.holds(at)) == limit.holds(at)


@given(limits())
def test_tighten_is_done_after_once(limit):
    tight = tighten(limit)
    assert isinstance(tight, bool) or tighten(tight) == tight


@given(affines())
def test_an_equation_has_one_sign(a):
    assert tighten(Limit("eq", a)) == tighten(Limit("eq", -a))


@pytest.mark.parametrize(
    ("limit", "tight"),
    [
        (Limit("ge", 2 * i - 1), Limit("ge", i - 1)),
        (Limit("ge", 3 * k - 3 * i + 2), Limit("ge", k - i)),
        (Limit("eq", 2 * i + 4 * k - 1), False),
        (Limit("ne", 2 * i + 4 * k - 1), True),
        (Limit("eq", 2 * k - 4), Limit("eq", k - 2)),
        (Limit("ge", Affine({})), True),
        (Limit("ne", Affine({})), False),
    ],
    ids=str,
)
def test_tighten_examples(limit, tight):
    assert tighten(limit) == tight


# --- the prover ---------------------------------------------------------------------------------------------------

SIZES = ("N", "s")
ranges = st.sampled_from([{}, {"i": (i, N - 1 - i)}, {"i": (i - 1, N - i), "k": (k, i - k)}, {"k": (k, s - 1 - k)}])


@st.composite
def questions(draw):
    context = Context(frozenset(SIZES), draw(ranges), tuple(draw(st.lists(affines(SIZES, 2), max_size=1))))
    return context, draw(st.lists(affines(size=2), max_size=3)), draw(affines(size=2))


def points(context, facts):
    """Small integers at which everything holds that the prover is told."""
    known = [*facts, *context.known]
    for at in box(NAMES, -2, 4):
        if all(at[n] >= 1 for n in SIZES) and all(f.at(at) >= 0 for f in known):
            yield at


def sound(context, facts, goal):
    if context.proves(goal, facts):
        assert all(goal.at(at) >= 0 for at in points(context, facts))
    for kind in ("ge", "eq", "ne"):
        limit = Limit(kind, goal)
        if context.refutes(limit, facts):
            assert not any(limit.holds(at) for at in points(context, facts))
        if context.confirms(limit, facts):
            assert all(limit.holds(at) for at in points(context, facts))


@settings(max_examples=150)
@given(questions())
def test_the_prover_is_sound(question):
    sound(*question)


@pytest.mark.fuzz
@settings(max_examples=5000)
@given(questions())
def test_the_prover_is_sound_at_length(question):
    sound(*question)


def sizes(names, ranges=None, *relations):
    return Context(frozenset(names), ranges or {}, relations)


CAN_SHOW = {
    "a size is positive": (sizes("N"), [], N - 1),
    "an index is before the end": (sizes("N", {"i": (i, N - 1 - i)}), [], 2 * N - 2 * i - 1),
    "valid pixels": (sizes("HK", {"i": (i, H - K - i), "k": (k, K - 1 - k)}, H - K), [], H - 1 - i - k),
    "a relation between sizes": (sizes("HK", None, H - K), [], H - 1),
    "a chain of limits": (sizes("N"), [q - p, p - k, k - i, i], q),
    "a product of sizes": (sizes("sN"), [], s * N - 1),
    "a stride times a last index": (sizes("sN"), [], s * (N - 1)),
    "a strided pixel is not negative": (sizes("sNK", {"i": (i, N - 1 - i), "k": (k, K - 1 - k)}), [], s * i + k),
    "a strided pixel is inside": (
        sizes("sNK", {"i": (i, N - 1 - i), "k": (k, K - 1 - k)}), [], s * (N - 1) + K - 1 - s * i - k,
    ),
    "a dilated, strided pixel is inside": (
        sizes("sdNK", {"i": (i, N - 1 - i), "k": (k, K - 1 - k)}), [], s * (N - 1) + d * (K - 1) - s * i - d * k,
    ),
}  # fmt: skip
CANNOT_SHOW = {
    "a size is at least 2": (sizes("N"), [], N - 2),
    "an index is positive": (sizes("N", {"i": (i, N - 1 - i)}), [], i - 1),
    "a kernel fits by itself": (sizes("HK"), [], H - K),
    "a product of differences": (sizes("sNH"), [], s * N - s * H),
}


@pytest.mark.parametrize("question", CAN_SHOW.values(), ids=CAN_SHOW)
def test_the_prover_can_show(question):
    context, facts, goal = question
    assert context.proves(goal, facts)
    assert context.refutes(Limit("ge", -goal - 1), facts)


@pytest.mark.parametrize("question", CANNOT_SHOW.values(), ids=CANNOT_SHOW)
def test_the_prover_does_not_show_what_may_fail(question):
    context, facts, goal = question
    assert not context.proves(goal, facts)
    assert not context.refutes(Limit("ge", goal), facts)


def test_three_dimensional_convolution_limits():
    """max(0, p - H + K) <= min(K - 1, p) in each direction: no range of dX is empty."""
    for axis in "abc":
        p, H, K = (Affine.name(name + axis) for name in "pHK")
        context = sizes(("H" + axis, "K" + axis), {"p" + axis: (p, H - 1 - p)}, H - K)
        for low, high in product((Affine({}), p - H + K), (K - 1, p)):
            assert context.proves(high - low)


def test_equations_and_inequalities_contradict():
    context = sizes("N", {"i": (i, N - 1 - i)})
    assert context.refutes(Limit("eq", i - N))
    assert context.confirms(Limit("ne", i + 1))
    assert context.refutes(Limit("ne", i - k), [i - k, k - i])
    assert not context.refutes(Limit("eq", 2 * i - 1))  # rational only: tighten sees this one
