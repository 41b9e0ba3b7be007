"""Contraction against brute force: equations, strides, flips, empty ranges; and exact limits that can be written."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.algebra.contract import contract, prune
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import NOTHING, bind, guarded, index_value, lone, number, power, times
from symgrad.algebra.ranges import arrange
from symgrad.algebra.records import Base, Ref, walk
from symgrad.check.evaluate import Interpreter
from symgrad.errors import Unsupported
from tests.algebra.formulas import CONTEXT, ENTRIES, check, formulas, number_of, same

a, b, c, i, j, k, n, m, p, q, s, d, H, K, N = map(Affine.name, "abcijknmpqsdHKN")


def ge(*exprs):
    return [Limit("ge", e) for e in exprs]


def span(index, size):
    return ge(index, size - 1 - index)


def entry(name, *indices):
    return lone(Ref(name, indices))


def sums(poly):
    """Every summed term of a poly, inner ones included."""
    found = [t for t in poly.terms if t.bound]
    for atom, _ in walk(poly):
        if isinstance(atom, Base):
            found += [t for t in atom.poly.terms if t.bound]
    return found


def can_be_written(poly):
    return all(arrange(list(t.bound), list(t.limits), CONTEXT) for t in sums(poly))


# --- random sums --------------------------------------------------------------------------------------------------

SIZES = ("n", "m", "s")
KNOWN = Context(frozenset(SIZES), {"i": (i, n - 1 - i), "j": (j, m - 1 - j)})
BOUND = ("a", "b", "c")
PLACES = [{"n": x, "m": y, "s": z, "i": u, "j": v} for x, y, z in ((1, 2, 2), (2, 3, 1), (3, 1, 3))
          for u in range(x) for v in range(y)]  # fmt: skip


@st.composite
def expressions(draw, names):
    found = Affine.number(draw(st.integers(-2, 2)))
    for name in draw(st.lists(st.sampled_from(sorted(names)), min_size=1, max_size=3, unique=True)):
        found = found + draw(st.sampled_from((Affine.number(1), Affine.number(-1), Affine.number(2), s))) * Affine.name(
            name
        )
    return found


@st.composite
def random_sums(draw):
    """(bound, limits, factors): each index has a range in outer ones, then one or two conditions are added."""
    names = BOUND[: draw(st.integers(1, 3))]
    limits = []
    for position, name in enumerate(names):
        outer = [Affine.number(0), Affine.number(0), i, *map(Affine.name, names[:position])]
        at = Affine.name(name)
        limits += ge(
            at - draw(st.sampled_from(outer)),
            draw(st.sampled_from([n, m, i + 1, *map(Affine.name, names[:position])])) - 1 - at,
        )
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(("eq", "eq", "ge", "ne")))
        limits.append(Limit(kind, draw(expressions({*names, "i", "j"}))))
    used = draw(st.lists(st.sampled_from(names), min_size=0, max_size=3))
    factors = [(Ref("A", [draw(expressions({*names, "i"})), Affine.name(name)])) for name in used]
    return names, tuple(limits), tuple(factors)


def by_brute_force(names, limits, factors, at):
    total = 0.0
    for values in product(range(-4, 8), repeat=len(names)):
        here = {**at, **dict(zip(names, values, strict=True))}
        if all(x.holds(here) for x in limits):
            value = 1.0
            for f in factors:
                value *= ENTRIES["A"][tuple(e.at(here) for e in f.indices)]
            total += value
    return total


def check_sum(case):
    names, limits, factors = case
    poly = bind(times(number(1), *map(lone, factors)), names, limits)
    found = contract(poly, KNOWN)
    for at in PLACES[:: 2 if len(names) == 3 else 1]:
        assert same(by_brute_force(names, limits, factors, at), float(Interpreter().value(found, at, ENTRIES)), 10)
    assert contract(found, KNOWN).names <= {*SIZES, "i", "j"}
    try:
        can_be_written(poly)
    except Unsupported:
        return
    assert can_be_written(found)


@settings(max_examples=60)
@given(random_sums())
def test_contraction_keeps_the_value_and_can_be_written(case):
    check_sum(case)


@pytest.mark.fuzz
@settings(max_examples=3000)
@given(random_sums())
def test_contraction_at_length(case):
    check_sum(case)


@settings(max_examples=80)
@given(formulas())
def test_contraction_of_formulas(formula):
    try:
        poly = formula.poly()
        found = contract(poly, CONTEXT)
    except Unsupported:
        return
    for at in [{"m": 3, "n": 2, "i": 1, "j": 0}, {"m": 1, "n": 1, "i": 0, "j": 0}]:
        before, after = number_of(poly, at), number_of(found, at)
        size = float(Interpreter().magnitude(poly, at, ENTRIES))
        assert same(before, after, size) or before != before or abs(before) > 1e6
    check(formula, poly, [{"m": 3, "n": 2, "i": 1, "j": 0}])


# --- equations (engine notes, section 4) --------------------------------------------------------------------------


def strided(equation, *ranges):
    return bind(times(entry("g", i), entry("w", k)), ["i", "k"], [*ranges, Limit("eq", equation)])


CONV = Context(frozenset("HKsd"), {"q": (q, H - 1 - q)}, (H - K,))


@pytest.mark.parametrize("stride", [Affine.number(1), Affine.number(2), s], ids=str)
def test_a_stride_is_solved_for_the_kernel(stride):
    """S_{i,k} [s i + k = q] g_i w_k = S_i g_i w_{q - s i}: no guard is left, for a symbolic stride too."""
    poly = contract(strided(stride * i + k - q, *span(i, N), *span(k, K)), CONV)
    (term,) = poly.terms
    assert len(term.bound) == 1
    assert {x.kind for x in term.limits} == {"ge"}
    ((_, lows, highs),), rest = arrange(list(term.bound), list(term.limits), CONV)
    assert not rest
    assert len(lows) == len(highs) == 2


@pytest.mark.parametrize(
    ("equation", "kinds"),
    [
        (2 * i + 3 * k - q, {"ge", "eq"}),  # s = 2, d = 3: kept bound with its equation
        (s * i + d * k - q, {"ge", "eq"}),  # symbolic stride and dilation: stays
        (i + 2 * k - q, {"ge"}),
        (i - k - q, {"ge"}),
    ],
    ids=lambda x: ",".join(sorted(x)) if isinstance(x, set) else str(x),
)
def test_what_is_left_of_an_equation(equation, kinds):
    poly = contract(strided(equation, *span(i, N), *span(k, K)), CONV)
    assert {x.kind for x in poly.sole.limits} == kinds


def test_a_stride_and_a_dilation_of_one_parity_can_be_nothing():
    """Case 20: 2i + 4k = q with q odd."""
    assert contract(strided(2 * i + 4 * k - (2 * q + 1), *span(i, N), *span(k, K)), CONV) == NOTHING


def test_one_index_with_a_coefficient_stays_bound():
    """Case 18: S_i [2i = q] g_i is not g_{q/2}; an odd q gives 0."""
    poly = contract(bind(entry("x", i), ["i"], [*span(i, n), Limit("eq", 2 * i - q)]), CONV)
    values = {"x": {(v,): 10.0 + v for v in range(3)}}
    found = [Interpreter().value(poly, {"q": v, "n": 3}, values) for v in range(-1, 7)]
    assert found == [0, 10, 0, 11, 0, 12, 0, 0]


def test_two_equations():
    poly = bind(entry("A", a, b), ["a", "b"], [*span(a, n), *span(b, n), Limit("eq", a - b - 1), Limit("eq", a - i)])
    found = contract(poly, KNOWN)
    assert found == guarded(entry("A", i, i - 1), ge(i - 1))


def test_contradictory_limits_are_nothing():
    for more in (Limit("ge", -1 - a), Limit("ge", a - n), Limit("eq", a + 1), Limit("eq", a - n)):
        assert contract(bind(entry("x", a), ["a"], [*span(a, n), more]), KNOWN) == NOTHING
    both = [*span(a, n), Limit("eq", a - i), Limit("ne", a - i)]
    assert contract(bind(entry("x", a), ["a"], both), KNOWN) == NOTHING


def test_a_flip_and_a_reversal():
    """p_{n-1-a}: the range follows the index through the equation."""
    poly = bind(times(entry("x", a), entry("y", b)), ["a", "b"], [*span(a, n), *span(b, n), Limit("eq", a + b - n + 1)])
    (term,) = contract(poly, KNOWN).terms
    assert len(term.bound) == 1
    assert len(term.limits) == 2


def test_tied_free_indices_use_the_earlier_one():
    known = Context(frozenset("n"), {"i": (i, n - 1 - i), "j": (j, n - 1 - j), "k": (k, n - 1 - k)})
    assert contract(guarded(entry("P", j), [Limit("eq", i - j)]), known) == guarded(entry("P", i), [Limit("eq", i - j)])
    one = contract(guarded(entry("P", i), [Limit("eq", i - j), Limit("eq", i - k)]), known)
    assert one == contract(guarded(entry("P", j), [Limit("eq", i - j), Limit("eq", j - k)]), known)
    assert one == contract(guarded(entry("P", k), [Limit("eq", k - j), Limit("eq", i - k)]), known)


# --- limits -------------------------------------------------------------------------------------------------------


def test_a_limit_that_an_outer_index_needs_is_kept():
    """Pitfall 5: of a <= b <= n-1 the limit a <= n-1 follows, but an outer a needs it (or the order b, a)."""
    poly = contract(
        bind(times(entry("x", a), entry("y", b)), ["a", "b"], [*span(a, n), Limit("ge", b - a), *ge(n - 1 - b)]), KNOWN
    )
    ranges, rest = arrange(list(poly.sole.bound), list(poly.sole.limits), CONTEXT)
    assert not rest
    assert all(lows and highs for _, lows, highs in ranges)


def test_a_chain_that_closes_can_be_written():
    """Found: a <= b <= c <= a + 5 implies b <= a + 5, and without it neither b nor c could be summed first."""
    limits = [*span(a, n), *ge(b - a, a + 5 - b, c - b, a + 5 - c)]
    poly = bind(times(entry("A", a, b), entry("A", b, c)), "abc", limits)
    found = contract(poly, KNOWN)
    assert can_be_written(found)
    ranges, rest = arrange(["a", "b", "c"], [*span(a, n), *ge(b - a, c - b, a + 5 - c)], CONTEXT)
    assert [name for name, _, _ in ranges] == ["a", "b", "c"]
    assert not rest


def test_an_own_fact_does_not_remove_itself():
    """Pitfall 6: a range given twice, by the context and by a limit, leaves no guard; by a limit alone it stays."""
    assert contract(guarded(entry("x", i), ge(i)), KNOWN) == entry("x", i)
    assert contract(guarded(entry("x", q), ge(q)), KNOWN) == guarded(entry("x", q), ge(q))
    assert prune([], ge(q, q + 1), KNOWN) == ge(q)


def test_sums_that_depend_on_each_other_are_refused():
    with pytest.raises(Unsupported, match="depend on each other"):
        arrange(["a", "b"], ge(a - b, b - a), CONTEXT)


def test_convolution_limits():
    """Case 16: X_p gets max(0, p-H+K) <= k <= min(K-1, p), also where K > H - 1."""
    context = Context(frozenset("HK"), {"p": (p, H - 1 - p)}, (H - K,))
    poly = bind(
        times(entry("g", i), entry("w", k)), ["i", "k"], [*ge(i, H - K - i), *span(k, K), Limit("eq", i + k - p)]
    )
    ((_, lows, highs),), rest = arrange(
        list((term := contract(poly, context, frozenset("g")).sole).bound), list(term.limits), context
    )
    assert not rest
    assert {str(low) for low, _ in lows} == {"0", "-H + K + p"}
    assert {str(high) for high, _ in highs} == {"K - 1", "p"}


# --- lengths ------------------------------------------------------------------------------------------------------


def test_an_unused_index_is_a_length_only_where_it_is_not_negative():
    assert contract(bind(entry("c"), ["a"], span(a, n)), KNOWN) == times(index_value(n, {"n": "positive"}), entry("c"))
    kept = contract(bind(entry("c"), ["a"], ge(a, n - m - a)), KNOWN)
    assert any(t.bound for t in sums(kept))
    known = Context(frozenset("nm"), {}, (n - m,))
    assert not sums(contract(bind(entry("c"), ["a"], ge(a, n - m - a)), known))
    empty_allowed = Context(frozenset("nm"), {}, (n - m + 1,))
    assert not sums(contract(bind(entry("c"), ["a"], ge(a, n - m - a)), empty_allowed))


@pytest.mark.parametrize("limits", [(*span(a, n), *ge(a - b, b)), (*span(a, n), *ge(b - a, n - 1 - b))])
def test_counting_a_triangle(limits):
    """Found: where both indices are unused, the length of one range let the other, which it used, leak out."""
    poly = contract(bind(number(1), ["a", "b"], limits), KNOWN)
    assert poly.names == {"n"}
    for size in range(1, 5):
        assert number_of(poly, {"n": size}) == size * (size + 1) / 2


def test_a_sum_is_not_cancelled_by_its_length_inside_a_power():
    square = contract(power(bind(entry("c"), ["a"], span(a, n)), 2), KNOWN)
    assert square == times(power(index_value(n, {"n": "positive"}), 2), power(entry("c"), 2))
