"""SymPy in and out: the same value, exactly, and what is handed out means the same to SymPy itself."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from sympy import KroneckerDelta, Max, Min, Piecewise, ceiling, floor

import symgrad as sg
from symgrad.algebra.border import FUNCTIONS, Entrance, Known
from symgrad.algebra.border_out import Exit
from symgrad.algebra.contract import contract
from symgrad.algebra.heads import HEADS
from symgrad.algebra.normal import NOTHING
from symgrad.check.evaluate import Interpreter
from symgrad.check.functions import NUMERIC
from symgrad.check.proof import equal
from symgrad.derive.partials import PARTIALS
from symgrad.errors import Unsupported
from symgrad.exercises import available, load
from tests.algebra.formulas import ARITY, CONTEXT, ENTRIES, SIGNS, SIZES, SPOTS, formulas, same

KNOWN = Known(frozenset(SIZES), CONTEXT.ranges, {name: (SIGNS[name], ARITY[name]) for name in SIGNS}, "a test")


def outside(poly):
    taken = iter(f"t{n}" for n in range(99))
    door = Exit(
        lambda name: sympy.Symbol(name, integer=name not in SIGNS),
        lambda term, used: {b: next(n for n in taken if n not in used) for b in term.bound},
        CONTEXT,
        lambda atom: (),
    )
    return door.poly(poly)


@settings(max_examples=80)
@given(formulas())
def test_out_and_in_again_has_the_value(formula):
    try:
        poly = contract(formula.poly(), CONTEXT)
        shown = outside(poly)
    except Unsupported:
        return  # division by zero, or a sum that cannot be written
    check_same(poly, Entrance(KNOWN).poly(shown))


def check_same(poly, again):
    interpreter = Interpreter()
    for at in SPOTS[-4:]:
        wanted, found = (float(interpreter.value(p, at, ENTRIES)) for p in (poly, again))
        size = float(interpreter.magnitude(poly, at, ENTRIES))
        if np.isfinite(wanted) and np.isfinite(found) and size < 1e6:
            assert same(wanted, found, size), (poly, again, at)


# --- the graph's own doors ----------------------------------------------------------------------------------------


def layer():
    g = sg.Graph("doors")
    n, m, s = g.sizes("n m s")
    i, j = g.indices("i j", n)
    k = g.index("k", m)
    return g, n, m, s, i, j, k, g.input("x", i), g.input("w", k), g.input("A", i, j)


@pytest.mark.parametrize("name", sorted(available()))
def test_definitions_of_the_exercises_go_round(name):
    for graph, tensor in ((g, t) for g in load(name).graphs for t in g.model.definitions):
        again, free = graph.read(graph.show(tensor.poly, tensor.axes))
        assert set(free) <= set(tensor.axes)
        assert again == tensor.poly or equal(again, tensor.poly, graph.model, tensor.axes)


def test_limits_of_every_kind():
    g, n, m, s, i, j, _, x, _, _ = layer()
    g.require(n >= m)
    split = sympy.Sum(x[j], (j, Max(0, i - m + 1), Min(i, n - 1)))
    assert len(g.read(split)[0].sole.limits) == 4
    strided = sympy.Sum(x[j], (j, ceiling(i / s), floor((n - 1) / s)))
    assert {str(x.of) for x in g.read(strided)[0].sole.limits} >= {"n - s*~1.0 - 1"}
    halves = sympy.Sum(x[j], (j, 0, floor((n - 1) / 2)))
    assert {str(x.of) for x in g.read(halves)[0].sole.limits} == {"~1.0", "n - 2*~1.0 - 1"}


def test_the_first_condition_decides():
    g, *_, i, j, _, x, _, A = layer()
    first = Piecewise((x[i], i <= j), (x[j], i >= j), (0, True))
    second = Piecewise((x[i], i <= j), (x[j], True))
    assert equal(g.read(first)[0], g.read(second)[0], g.model, ("i", "j"))
    assert g.read(A[i, j] * KroneckerDelta(i, j))[0] == g.read(Piecewise((A[i, j], sympy.Eq(i, j)), (0, True)))[0]


def test_unevaluated_forms():
    g, *_, i, _, _, x, _, _ = layer()
    with sympy.evaluate(False):
        odd = x[i] * (x[i] + 1 - 1) / sympy.Mul(1, 1) + sympy.Add(0, 0)
    assert g.read(odd)[0] == g.read(x[i] ** 2)[0]
    assert g.read(sympy.Add(x[i], -x[i], evaluate=False))[0] == NOTHING


def test_the_square_of_an_absolute_value():
    """Found: SymPy writes some |u|^2 as u*conjugate(u), which was refused; every number here is real."""
    g, *_, i, _, _, x, _, _ = layer()
    assert g.read(x[i] * sympy.conjugate(x[i]))[0] == g.read(x[i] ** 2)[0]


def at_sizes(expression, sizes, values, free=None):
    """The value by SymPy's own evaluation."""
    sizes = {sympy.Symbol(k): v for k, v in {**sizes, **(free or {})}.items()}
    named = {s: v for s in expression.free_symbols for k, v in sizes.items() if s.name == k.name}
    done = expression.subs(named).doit()
    found = {a: values[str(a.base)][tuple(int(x) for x in a.indices)] for a in done.atoms(sympy.Indexed)}
    return float(done.subs(found))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("m", [1, 2, 4])
def test_empty_ranges_are_nothing_to_sympy(n, m):
    """Pitfall 7: Sum(1, (j, 2, 0)).doit() is -1; what is handed out is guarded where that may happen."""
    g, N, M, _, i, _, k, _, w, _ = layer()
    poly, _ = g.read(sympy.Sum(w[k] ** 0 * k, (k, M, N - 1)) + sympy.Sum(1, (i, 0, N - M - 2)))
    wanted = sum(range(m, n)) + max(0, n - m - 1)
    assert at_sizes(g.show(poly), {"n": n, "m": m}, {}) == wanted


@pytest.mark.parametrize("q", range(6))
def test_every_second_entry_is_nothing_where_it_is_odd(q):
    """Case 18: SymPy's own Sum(KroneckerDelta(2*i, q)*x[i]).doit() is x[q/2] for odd q too."""
    g, n, _, _, i, _, _, x, _, _ = layer()
    g.index("q", 2 * n)
    poly, _ = g.read(sympy.Sum(x[i] * Piecewise((1, sympy.Eq(2 * i, sympy.Symbol("q"))), (0, True)), (i, 0, n - 1)))
    shown = g.show(contract(poly, g.model.context(["q"])), ["q"])
    values = {"x": {(v,): 10 + v for v in range(3)}}
    assert at_sizes(shown, {"n": 3}, values, {"q": q}) == (0 if q % 2 else 10 + q // 2)


def test_no_guard_where_nothing_is_empty():
    g, n, _, _, i, _, _, x, _, _ = layer()
    poly, _ = g.read(sg.Sum(x[i], i))
    assert g.show(poly) == sg.Sum(x[i], i)
    assert g.show(poly).limits[0][2] == n - 1


# --- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(HEADS))
def test_every_head_goes_in_and_out(name):
    assert name in FUNCTIONS and name in NUMERIC and name in PARTIALS
    g = sg.Graph("head")
    given = [g.input(f"u{n}", sign="positive") for n in range(HEADS[name].arity)]
    poly, _ = g.read(FUNCTIONS[name](*given))
    assert g.read(g.show(poly))[0] == poly


def test_the_tables_have_the_same_rows():
    assert set(HEADS) == set(FUNCTIONS) == set(NUMERIC) == set(PARTIALS)


@pytest.mark.parametrize("name", [n for n, row in HEADS.items() if row.sign != "real" or row.parity])
def test_signs_and_parities_of_heads_are_true(name):
    row = HEADS[name]
    points = np.random.default_rng(0).uniform(-3, 3, (50, max(row.arity, 1)))[:, : row.arity]
    points = np.abs(points) if name == "pow" else points
    for u in points:
        value = float(NUMERIC[name](*u))
        assert row.sign == "real" or value >= 0
        assert row.sign != "positive" or value > 0
        if row.parity:
            assert np.isclose(float(NUMERIC[name](*-u)), value if row.parity == "even" else -value)
