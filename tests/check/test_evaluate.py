"""The plain interpreter against loops written by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from sympy import Abs, Function, KroneckerDelta, Piecewise, exp, floor, sqrt

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import bind, build, guarded, index_value, lone, number, power, times
from symgrad.algebra.records import Base, Head, Ref, Term
from symgrad.check.evaluate import Interpreter, entries, forward
from symgrad.declare.graph import Declarations
from symgrad.declare.model import Tensor
from symgrad.declare.names import Sum
from symgrad.errors import CertificateError

J, K, N, Q = map(Affine.name, ("i", "k", "N", "q"))
X = {"x": {(n,): float(v) for n, v in enumerate((2, -3, 5, 7))}}


def x(index):
    return lone(Ref("x", [index]))


def value(poly, at=None, values=X):
    return Interpreter().value(poly, at or {}, values)


def summed(body, low, high):
    return bind(body, ["k"], [Limit("ge", K - low), Limit("ge", high - K)])


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 3, 11), (1, 2, 2), (2, 2, 5), (2, 1, 0), (2, -2, 0), (0, -1, 0)]
)
def test_a_sum_and_the_empty_ones_which_are_0(low, high, expected):
    assert value(summed(x(K), Affine.number(low), Affine.number(high))) == expected


def test_an_empty_sum_of_numbers_is_not_karrs():
    squares = summed(power(index_value(K, {}), 2) + number(1), Affine.number(2), Affine.number(-2))
    assert value(squares) == 0


def test_a_range_may_start_below_0():
    assert value(summed(x(K + 2), Affine.number(-2), Affine.number(0))) == 2 - 3 + 5


def test_a_false_guard_hides_a_factor_that_is_out_of_range():
    inside = guarded(x(J - 1), [Limit("ge", J - 1)])
    assert value(inside, {"i": 0}) == 0
    assert value(inside, {"i": 1}) == 2


@pytest.mark.parametrize(("kind", "expected"), [("ge", (0, 2, 2)), ("eq", (0, 2, 0)), ("ne", (2, 0, 2))])
def test_each_kind_of_guard(kind, expected):
    guard = guarded(x(Affine.number(0)), [Limit(kind, J - 1)])
    assert tuple(value(guard, {"i": i}) for i in range(3)) == expected


@pytest.mark.parametrize("q", range(-1, 9))
def test_strided_equation(q):
    """sum over i of [2i = q] x_i: odd q give 0, and so does an i outside."""
    strided = bind(x(J), ["i"], [Limit("eq", 2 * J - Q), Limit("ge", J), Limit("ge", 3 - J)])
    expected = X["x"][(q // 2,)] if q % 2 == 0 and 0 <= q // 2 <= 3 else 0
    assert value(strided, {"q": q}) == expected


def test_dependent_ranges():
    limits = [Limit("ge", J), Limit("ge", N - 1 - J), Limit("ge", K - J), Limit("ge", N - 1 - K)]
    pairs = bind(times(x(J), x(K)), ["i", "k"], limits)
    loop = sum(X["x"][(i,)] * X["x"][(k,)] for i in range(4) for k in range(i, 4))
    assert value(pairs, {"N": 4}) == loop
    assert value(pairs, {"N": 1}) == 4
    assert value(pairs, {"N": 0}) == 0


def test_sums_inside_sums_and_powers():
    inner = summed(x(K), Affine.number(0), J)
    outer = bind(power(inner, 2), ["i"], [Limit("ge", J), Limit("ge", 3 - J)])
    assert value(outer) == 2**2 + (-1) ** 2 + 4**2 + 11**2


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [(1, 5), (2, 25), (3, 125), (-1, 0.2), (-2, 0.04), (Fraction(1, 2), 5**0.5), (Fraction(-3, 2), 5**-1.5)],
)
def test_powers(exponent, expected):
    assert value(build(Fraction(1), [(Ref("x", [Affine.number(2)]), Fraction(exponent))])) == pytest.approx(
        expected, rel=1e-15
    )


def test_a_root_of_a_negative_number_is_not_a_number():
    assert np.isnan(value(power(x(Affine.number(1)), Fraction(1, 2))))
    assert np.isinf(value(power(number(0) + x(Affine.number(0)) - number(2), -1)))


def test_sizes_and_indices_as_numbers():
    assert value(times(index_value(N, {}), index_value(2 * J - 1, {})), {"N": 3, "i": 5}) == 27


@pytest.mark.parametrize("at", [-1, 4])
def test_reading_outside_a_tensor_is_an_error(at):
    with pytest.raises(CertificateError) as caught:
        value(x(J + 1), {"i": at - 1})
    assert str(caught.value) == (
        f"x is read outside its range\n  where: x[i + 1] where i = {at - 1}\n  expected: x[0] to x[3]\n  given: x[{at}]"
    )


def test_a_name_without_entries_is_an_error():
    with pytest.raises(CertificateError, match="z has no value"):
        value(lone(Ref("z")))


def test_magnitude_adds_what_cancels():
    term = times(number(3), power(x(Affine.number(0)) - x(Affine.number(2)), 2))
    assert value(term) == 27
    assert Interpreter().magnitude(term, {}, X) == 3 * (2 + 5) ** 2
    assert Interpreter().magnitude(summed(x(K), Affine.number(0), Affine.number(3)), {}, X) == 17


def test_a_batch_is_a_loop():
    body = times(x(K), Base(power(lone(Head("exp", [x(K)])) + number(1), 1)).poly)
    poly = power(summed(body, Affine.number(0), Affine.number(3)), 2) + lone(Head("tanh", [x(Affine.number(1))]))
    draws = np.random.default_rng(1).normal(size=(4, 6))
    batch = value(poly, {}, {"x": {(n,): draws[n] for n in range(4)}})
    loop = [value(poly, {}, {"x": {(n,): float(draws[n, c]) for n in range(4)}}) for c in range(6)]
    assert np.allclose(batch, loop, rtol=1e-14)


def test_watch_is_told_of_kinks_logarithms_roots_and_divisions():
    told = []
    interpreter = Interpreter(
        watch=lambda what, argument, sign, where: told.append((what, float(argument), sign, where))
    )
    at = Affine.number(2)
    interpreter.value(times(lone(Head("relu", [x(at)])), power(x(at), -1), lone(Head("log", [x(at)]))), {}, X)
    interpreter.value(power(x(at), Fraction(1, 2)), {}, X)
    assert sorted(told) == [
        ("a division by", 5.0, "real", "x[2]"),
        ("a root of", 5.0, "real", "x[2]"),
        ("the argument of log:", 5.0, "real", "x[2]"),
        ("the kink of relu at", 5.0, "real", "relu(x[2])"),
    ]


# --- whole tensors


@pytest.fixture
def ragged():
    """A triangle whose second axis depends on the first, and a strided axis."""
    g = Declarations()
    n, s = g.sizes("n s")
    i = g.index("i", n)
    g.index("k", floor((n - 1) / s) + 1, start=1)
    g.input("x", i)
    return g


def test_entries_start_where_the_index_starts(ragged):
    model = ragged.model.extended(Tensor("w", "input", ("k",)), Tensor("c", "input"))
    assert entries(model, model.tensors["w"], {"n": 6, "s": 2}) == [(1,), (2,), (3,)]
    assert entries(model, model.tensors["c"], {"n": 6, "s": 2}) == [()]


def test_entries_of_dependent_axes(ragged):
    triangle = ragged.model.indices["i"].__class__("j", (Affine.name("j"), J - Affine.name("j")), Affine.number(0))
    model = ragged.model.extended(Tensor("t", "input", ("i", "j")), indices=[triangle])
    assert entries(model, model.tensors["t"], {"n": 3, "s": 1}) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


def test_entries_of_two_axes_of_one_name(ragged):
    model = ragged.model.extended(Tensor("dP_dh", "adjoint", ("i", "i"), of=("x", "x")))
    assert entries(model, model.tensors["dP_dh"], {"n": 2, "s": 1}) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def drawn(model, sizes, seed=0):
    draw = np.random.default_rng(seed)
    given = [t for t in model.tensors.values() if t.kind in ("input", "parameter", "constant")]
    return {t.name: {at: float(draw.uniform(0.3, 1.5)) for at in entries(model, t, sizes)} for t in given}


def array(own):
    shape = np.max(list(own), axis=0) + 1
    found = np.zeros(shape)
    for at, v in own.items():
        found[at] = v
    return found


@pytest.mark.parametrize("m", [1, 2, 5])
def test_forward_of_batch_normalisation(batch_norm, m):
    given = drawn(batch_norm.model, {"m": m})
    found = forward(batch_norm.model, {"m": m}, given)
    x = array(given["x"])[1:]
    xhat = (x - x.mean()) / np.sqrt(x.var() + given["epsilon"][()])
    assert array(found["y"])[1:] == pytest.approx(given["gamma"][()] * xhat + given["beta"][()], rel=1e-13)


@pytest.mark.parametrize("n", [1, 4])
def test_forward_of_softmax(softmax, n):
    given = drawn(softmax().model, {"N": n})
    found = forward(softmax().model, {"N": n}, given)
    h, y = array(given["h"]), array(given["y"])
    assert found["L"][()] == pytest.approx(-np.sum(y * (h - np.log(np.sum(np.exp(h))))), rel=1e-13)


@pytest.mark.parametrize("H, K", [(4, 2), (3, 3), (1, 1), (2, 3)])
def test_forward_of_convolution(convolution, H, K):
    sizes = {"H": H, "K": K, "N": 2, "M": 3}
    given = drawn(convolution.model, sizes)
    found = forward(convolution.model, sizes, given)
    assert len(found["Z"]) == max(0, H - K + 1) * 3  # a kernel larger than the image leaves nothing
    for (i, m), z in found["Z"].items():
        loop = given["b"][(m,)] + sum(
            given["W"][(k, n, m)] * given["X"][(i + k, n)] for k in range(K) for n in range(2)
        )
        assert z == pytest.approx(loop, rel=1e-13)
        assert found["U"][(i, m)] == pytest.approx(1 / (1 + np.exp(-loop)), rel=1e-13)


def test_an_override_replaces_a_definition_for_the_later_ones(batch_norm):
    sizes = {"m": 2}
    given = drawn(batch_norm.model, sizes)
    found = forward(batch_norm.model, sizes, given, {"mu": {(): 0.0}})
    assert found["mu"][()] == 0.0
    assert found["sigma2"][()] == pytest.approx((given["x"][(1,)] ** 2 + given["x"][(2,)] ** 2) / 2)


def test_what_users_write_means_what_it_says():
    g = Declarations()
    N = g.size("N")
    i, j = g.indices("i j", N)
    a, b = g.input("a", i), g.input("b", i)
    relu = Function("relu")
    poly, _ = g.read(
        Sum(a[j] * KroneckerDelta(i, j), j) * relu(b[i])
        - Abs(a[i]) / sqrt(exp(b[i]))
        + Piecewise((1, i > 0), (0, True))
    )
    values = {"a": {(0,): -2.0, (1,): 3.0}, "b": {(0,): 0.5, (1,): -1.0}}
    found = [Interpreter().value(poly, {"N": 2, "i": n}, values) for n in range(2)]
    assert found == pytest.approx([-2 * 0.5 - 2 / np.exp(0.25), 0 - 3 / np.exp(-0.5) + 1], rel=1e-14)


def test_a_term_is_compiled_once(softmax):
    poly = softmax().model.tensors["L"].poly
    interpreter = Interpreter()
    assert interpreter._meaning(poly) is interpreter._meaning(poly)
    assert isinstance(poly.terms[0], Term)
