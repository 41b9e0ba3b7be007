"""Rewriting by an equation keeps the value where the equation holds, and keeps to its side conditions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.match import Equation, bindings, rewrite
from symgrad.algebra.normal import ONE, bind, build, call, lone, power, put, replace, scale, times
from symgrad.algebra.records import Base, Ref, Value, walk
from symgrad.check.evaluate import Interpreter
from symgrad.errors import Unsupported
from tests.algebra.formulas import CONTEXT, ENTRIES, SPOTS, formulas, number_of, same

i, j, k, n, N = map(Affine.name, "ijknN")
SPAN = (i, n - 1 - i)
HERE = Context(frozenset({"n"}), {"i": SPAN, "j": (j, n - 1 - j)})


def ref(name, *indices, sign="real"):
    return lone(Ref(name, indices, sign))


def ge(*exprs):
    return [Limit("ge", e) for e in exprs]


def summed(poly, name, *more):
    at = Affine.name(name)
    return bind(poly, [name], [*ge(at, n - 1 - at), *more])


def equation(left, value, variables=("i",), ranges=SPAN, spread=False):
    """left = value; a sum is one factor."""
    term = left.sole
    factors = ((Base(left), Fraction(1)),) if term is None or term.bound else term.factors
    return Equation(factors, value, variables, ranges, spread)


def divisions(poly):
    return {a.key for a, p in walk(poly) if p < 0}


# --- values -------------------------------------------------------------------------------------------------------

EQUATIONS = {
    "an entry is a product": equation(ref("x", i), times(ref("p", i, sign="positive"), ref("c"))),
    "a function is a product": equation(
        call("tanh", ref("x", i)), times(ref("P", i), summed(call("tanh", ref("x", k)), "k"))
    ),
    "a product is a name": equation(times(ref("x", i), ref("p", i, sign="positive")), ref("D", i)),
    "a sum is a name": equation(summed(times(ref("A", i, k), ref("x", k)), "k"), ref("D", i)),
    "a bracket is a name": equation(ref("x", i) + ref("c"), ref("D", i)),
    "a sum without a variable": equation(summed(ref("x", k), "k"), ref("D"), (), ()),
}


def left_of(rule):
    return build(Fraction(1), rule.factors)


class Holding(dict):
    """Entries at which a rule holds: a name that is not read by its left side is what the rule says it is."""

    def __init__(self, rule, at):
        super().__init__(ENTRIES)
        self.rule, self.at = rule, at
        known = left_of(rule).tensors
        (self.name,) = sorted((rule.value.tensors | left_of(rule).tensors) & {"P", "D"}) or ["x"]
        self[self.name] = self
        self.known = known

    def __getitem__(self, key):
        return super().__getitem__(key) if isinstance(key, str) else self.entry(key)

    def entry(self, at):
        where = {**self.at, **dict(zip(("i",), at, strict=False))}
        if self.name == "x":
            return ENTRIES["p"][at] * ENTRIES["c"][()]
        left = Interpreter().value(left_of(self.rule), where, ENTRIES)
        if self.name == "P":
            return left / sum(
                Interpreter().value(left_of(self.rule), {**where, "i": v}, ENTRIES) for v in range(where["n"])
            )
        return left


@settings(max_examples=200)
@given(formulas(roots=False), st.sampled_from(sorted(EQUATIONS)), st.booleans())
def test_rewriting_keeps_values(formula, name, deep):
    rule = EQUATIONS[name]
    try:
        poly = formula.poly()
        found = rewrite(poly, rule, CONTEXT, deep)
    except Unsupported:
        return
    if found is poly:
        return
    for at in SPOTS[-5:]:
        values = Holding(rule, at)
        wanted, new = (float(Interpreter().value(each, at, values)) for each in (poly, found))
        size = float(Interpreter().magnitude(poly, at, values))
        assert same(wanted, new, size) or wanted != wanted or abs(wanted) > 1e6


# --- side conditions: the structure, which random numbers cannot see ------------------------------------------------


def test_no_new_division():
    """Pitfall 1: D_i = x_2i x_{i+1} solved for x_{i+1} must not divide by x_2i."""
    solved = equation(ref("x", i + 1), times(ref("D", i), power(ref("x", 2 * i), -1)))
    poly = times(ref("x", i + 1), ref("b"))
    assert rewrite(poly, solved, HERE, deep=True) is poly
    present = times(ref("x", i + 1), ref("x", 2 * i), ref("b"))
    assert rewrite(present, solved, HERE, deep=True) == times(ref("D", i), ref("b"))
    below = times(ref("x", i + 1), power(ref("x", 2 * i), -1))
    assert not divisions(rewrite(below, solved, HERE, deep=True)) - {"x[2*i]"}


def test_no_new_division_by_a_sum():
    """L = D S b gave S b = L/D."""
    total = summed(ref("b", k), "k")
    solved = Equation(((Base(total), Fraction(1)),), times(ref("L"), power(ref("D"), -1)), (), ())
    assert rewrite(times(total, ref("c")), solved, HERE, deep=True) == times(total, ref("c"))
    assert rewrite(times(total, ref("D")), solved, HERE, deep=True) == ref("L")


def test_a_size_may_be_divided_by_but_no_other_positive_factor():
    """LSTM: tanh(c) = h/o is sound for o > 0, and nobody writes it."""
    solved = equation(ref("x", i), times(ref("D", i), power(ref("p", i, sign="positive"), -1)))
    assert rewrite(ref("x", i), solved, HERE, deep=True) == ref("x", i)
    mean = equation(ref("x", i), times(ref("D", i), power(lone(Value("n", "positive")), -1)))
    assert rewrite(ref("x", i), mean, HERE, deep=True) == mean.value


def test_no_new_division_inside_a_function_or_a_sum():
    solved = equation(ref("x", i), times(ref("D", i), power(ref("y", i), -1)))
    for poly in (call("exp", ref("x", i)), summed(times(ref("x", k), ref("A", k)), "k"), power(ref("x", i) + ONE, 2)):
        assert rewrite(poly, solved, HERE, deep=True) == poly


def test_only_within_the_range():
    """Pitfall 2: exp(h_i) = P_i Z holds for 0 <= i < n, not at a shifted index that may leave the range."""
    z = summed(call("exp", ref("h", k)), "k")
    rule = equation(call("exp", ref("h", i)), times(ref("P", i), z))
    inside = call("exp", ref("h", i))
    assert "P" in rewrite(inside, rule, HERE, deep=True).tensors
    for shift in (1, -1):
        moved = put(inside, {"i": i + shift})
        assert rewrite(moved, rule, HERE, deep=True) is moved
    guarded = bind(put(inside, {"i": k + 1}), ["k"], ge(k, n - 2 - k))
    assert "P" in rewrite(guarded, rule, HERE, deep=True).tensors
    over = bind(put(inside, {"i": k + 1}), ["k"], ge(k, n - 1 - k))
    assert rewrite(over, rule, HERE, deep=True) is over


def test_a_partial_sum_is_not_the_whole():
    """Case 8: S_{k>=1} P_k is not 1, S_{k=1..n} P_{k-1} is."""
    rule = equation(summed(ref("P", k), "k"), ONE, (), ())
    later = bind(ref("P", k), ["k"], ge(k - 1, n - 1 - k))
    assert rewrite(later, rule, HERE, deep=True) is later
    assert rewrite(summed(ref("P", k), "k"), rule, HERE, deep=True) == ONE


def test_an_empty_inner_sum_is_not_an_entry():
    """Found: D_i = S_{k<=i} x_k turned S_{k<=i-1} x_k into D_{i-1}, which at i = 0 is no entry: the sum was taken to be
    not empty, because its own limits were used to prove its own range."""
    rule = equation(bind(ref("x", k), ["k"], ge(k, i - k)), ref("D", i))
    whole = bind(ref("x", k), ["k"], ge(k, i - k))
    assert rewrite(whole, rule, HERE, deep=True) == ref("D", i)
    before = bind(ref("x", k), ["k"], ge(k, i - 1 - k))
    assert rewrite(before, rule, HERE, deep=True) is before
    outer = bind(times(before, ref("g", i)), ["i"], ge(*SPAN))
    assert rewrite(outer, rule, HERE, deep=True) is outer
    later = bind(times(before, ref("g", i)), ["i"], ge(i - 1, n - 1 - i))
    assert rewrite(later, rule, HERE, deep=True) == bind(
        times(ref("D", i - 1), ref("g", i)), ["i"], ge(i - 1, n - 1 - i)
    )


def test_roots_only_where_they_are_exact():
    """a^2 = v says nothing of a; a^(1/2) = v says a = v^2."""
    squared = equation(power(ref("x", i), 2), ref("v", i))
    assert rewrite(ref("x", i), squared, HERE, deep=True) == ref("x", i)
    assert rewrite(power(ref("x", i), 3), squared, HERE, deep=True) == power(ref("x", i), 3)
    assert rewrite(power(ref("x", i), 4), squared, HERE, deep=True) == power(ref("v", i), 2)
    root = Equation(((Ref("a", [i]), Fraction(1, 2)),), ref("v", i), ("i",), SPAN)
    assert rewrite(ref("a", i), root, HERE, deep=True) == power(ref("v", i), 2)


def test_the_rewritten_part_is_not_rewritten_inside_itself():
    """Pitfall 3: exp(h_i) = P_i S exp(h_k) must not go on in the sum it brings."""
    z = summed(call("exp", ref("h", k)), "k")
    rule = equation(call("exp", ref("h", i)), times(ref("P", i), z))
    poly = rewrite(call("exp", ref("h", i)), rule, HERE, deep=True)
    assert poly == times(ref("P", i), z)


def test_every_factor_of_an_inner_sum_is_used():
    rule = equation(summed(times(ref("A", i, k), ref("x", k)), "k"), ref("D", i))
    more = summed(times(ref("A", i, k), ref("x", k), ref("w", k)), "k")
    assert rewrite(more, rule, HERE, deep=True) is more
    fewer = summed(times(ref("A", i, k), ref("x", k)), "k", Limit("ne", k - i))
    assert rewrite(fewer, rule, HERE, deep=True) is fewer


def test_an_inner_sum_is_found_in_a_longer_one():
    rule = equation(summed(times(ref("A", i, k), ref("x", k)), "k"), ref("D", i))
    double = summed(times(ref("g", j), summed(times(ref("A", j, k), ref("x", k)), "k")), "j")
    assert rewrite(double, rule, HERE, deep=False) == summed(times(ref("g", j), ref("D", j)), "j")
    assert number_of(scale(ONE, 2), {}) == 2


@pytest.mark.parametrize(
    ("pattern", "target", "values"),
    [
        (Ref("x", [i + 1]), Ref("x", [k]), [{"i": k - 1}]),
        (Ref("x", [2 * i]), Ref("x", [2 * k]), []),
        (Ref("A", [i, i + 1]), Ref("A", [j, k]), [{"i": j}, {"i": k - 1}]),
        (Ref("A", [i, j]), Ref("A", [k, k]), [{"i": k, "j": k}]),
    ],
)
def test_bindings_propose(pattern, target, values):
    """Proposals only: the pattern is put in and compared."""
    variables = tuple(v for v in ("i", "j") if v in pattern.names)
    assert list(bindings(pattern, variables, target)) == values


def test_nothing_is_rewritten_where_a_name_is_missing():
    rule = equation(times(ref("x", i), ref("y", i)), ref("D", i))
    poly = replace(ref("x", i), lambda a: None)
    assert rewrite(poly, rule, HERE, deep=True) is poly
