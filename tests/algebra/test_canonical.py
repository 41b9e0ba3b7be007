"""Keys do not depend on how indices are called or in which order parts are given."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import bind, build, call, fresh_name, lone, power, times, total
from symgrad.algebra.records import Ref
from symgrad.derive.partials import partial_parts

n = Affine.name("n")
i, j = Affine.name("i"), Affine.name("j")
CONTEXT = Context(frozenset({"n"}), {"i": (i, n - 1 - i), "j": (j, n - 1 - j)})


def ref(name, *indices):
    return lone(Ref(name, [Affine.name(a) if isinstance(a, str) else a for a in indices]))


def spans(names, size=n):
    return [x for a in map(Affine.name, names) for x in (Limit("ge", a), Limit("ge", size - 1 - a))]


def renamed(names, pick):
    """Other names for indices, a different lot each time."""
    spare = [f"{c}{pick.randint(0, 99)}_{k}" for k, c in enumerate("pqrstuvw" * 2)]
    for _ in range(pick.randint(0, 12)):
        fresh_name()
    pick.shuffle(spare)
    return dict(zip(names, spare, strict=False))


def shuffled(factors, limits, names, pick):
    """The sum of a product with its indices renamed and everything in another order."""
    calls = renamed(names, pick)
    values = {old: Affine.name(new) for old, new in calls.items()}
    bound = list(calls.values())
    parts = [make(calls) for make in factors]
    moved = [x.put(values) for x in limits]
    for lot in (bound, parts, moved):
        pick.shuffle(lot)
    return bind(times(*parts), bound, moved)


def keys(factors, names, limits=None, rounds=30):
    limits = spans(names) if limits is None else limits
    return {shuffled(factors, limits, names, random.Random(seed)).key for seed in range(rounds)}


def at(name, *indices):
    return lambda calls: ref(name, *(calls.get(a, a) for a in indices))


CYCLE = [at("A", a, b) for a, b in ("ab", "bc", "cd", "de", "ea")]
SUMS = {
    "a chain": ([at("A", a, b) for a, b in ("ab", "bc", "cd")], "abcd"),
    "a cycle of five": (CYCLE, "abcde"),
    "a cycle of six": ([at("A", a, b) for a, b in ("ab", "bc", "cd", "de", "ef", "fa")], "abcdef"),
    "two colours in a cycle": ([at("A", "a", "b"), at("B", "b", "c"), at("A", "c", "d"), at("B", "d", "a")], "abcd"),
    "symmetric in all": ([at("A", a, b) for a, b in ("ab", "ba", "bc", "cb", "ca", "ac")], "abc"),
    "an undirected square": ([at("A", a, b) for a, b in ("ab", "bc", "cd", "da", "ba", "cb", "dc", "ad")], "abcd"),
    "a free end": ([at("A", "i", "a"), at("A", "a", "b"), at("A", "b", "j")], "ab"),
    "a difference": ([lambda c: power(at("x", "a")(c) - at("x", "b")(c), 3), at("w", "a")], "ab"),
    "an odd symmetric difference": (
        [lambda c: power(at("x", "a")(c) - at("x", "b")(c), 3), lambda c: at("w", "a")(c) - at("w", "b")(c)], "ab",
    ),
    "a function of a difference": ([lambda c: call("exp", at("x", "a")(c) - at("x", "b")(c)), at("A", "a", "b")], "ab"),
    "a difference below": ([lambda c: power(at("x", "a")(c) - at("x", "b")(c), -1), at("y", "a")], "ab"),
    "a root of a difference": (
        [lambda c: power(power(at("x", "a")(c) - at("x", "b")(c), 2) + at("p")(c), Fraction(1, 2)), at("y", "b")], "ab",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SUMS.values(), ids=SUMS)
def test_keys_are_independent_of_naming_and_order(case):
    factors, names = case
    assert len(keys(factors, names)) == 1


@pytest.mark.parametrize(
    "condition",
    [Limit("eq", Affine.name("a") * 2 - Affine.name("b") * 3), Limit("ne", Affine.name("a") - Affine.name("b"))],
)
def test_conditions_have_one_sign(condition):
    assert len(keys([at("x", "a"), at("x", "b")], "ab", [*spans("ab"), condition])) == 1


def test_triangles_are_one_whichever_way_they_are_written():
    """S_{a <= b} and S_{b <= a} of a symmetric product are the same sum."""
    a, b = map(Affine.name, "ab")
    up = bind(times(ref("x", "a"), ref("x", "b")), "ab", [*spans("ab"), Limit("ge", b - a)])
    down = bind(times(ref("x", "a"), ref("x", "b")), "ab", [*spans("ab"), Limit("ge", a - b)])
    assert up == down


def test_nested_sums():
    """S_a (S_b A_ab x_b)^2 (S_c A_ca)^3, with inner sums named in every way."""

    def factors(inner, other):
        return [
            lambda c: power(bind(times(ref("A", c["a"], inner), ref("x", inner)), [inner], spans([inner])), 2),
            lambda c: power(bind(ref("A", other, c["a"]), [other], spans([other])), 3),
        ]

    found = {k for inner, other in ("bc", "cb", "uu", "zy") for k in keys(factors(inner, other), "a", rounds=8)}
    assert len(found) == 1


def test_symmetric_inner_sums():
    """S_ab (x_a + x_b)^-1 does not depend on which of a and b is met first, inside another sum either."""

    def pair(c):
        return bind(power(at("x", "a")(c) + at("x", "b")(c) + at("z", "o")(c), -1), [c["b"]], spans([c["b"]]))

    assert len(keys([pair, at("y", "a")], "abo")) == 1


def test_the_derivative_of_tr_A5():
    """Case 24: one term, coefficient 5, whatever the indices were called."""
    for seed in range(6):
        trace = shuffled(CYCLE, spans("abcde"), "abcde", random.Random(seed))
        parts = partial_parts(trace, "A", (i, j))
        found = contract(total(p.poly for p in parts), CONTEXT)
        power_of_a = bind(
            times(ref("A", "j", "a"), ref("A", "a", "b"), ref("A", "b", "c"), ref("A", "c", "i")), "abc", spans("abc")
        )
        assert found == times(power_of_a, lone_number(5))
        assert found.sole.coefficient == 5


def lone_number(value):
    return build(Fraction(value), [])


@given(st.permutations(range(4)), st.permutations(list("abcd")), st.integers(0, 10**6))
def test_expanded_sums_have_the_key_of_sums_built_apart(order, letters, seed):
    """S (x_a + y_b) A_ab multiplied out term by term."""
    pick = random.Random(seed)
    a, b = letters[:2]
    both = bind(times(ref("x", a) + ref("y", b), ref("A", a, b)), [a, b], spans([a, b]))
    apart = [
        bind(times(ref("x", a), ref("A", a, b)), [b, a], spans([b, a])),
        bind(times(ref("y", b), ref("A", a, b)), [a, b], spans([a, b])),
    ]
    pick.shuffle(apart)
    assert expand(both) == total(apart)


def test_seven_tied_indices_end():
    """More ties than orders are tried: the name may not be canonical, the value is."""
    names = "abcdefg"
    dense = power(total(ref("x", a) for a in names), -1)
    poly = bind(dense, names, spans(names))
    assert poly == bind(dense, names[::-1], spans(names[::-1]))
