"""Every mistake is refused in the line that makes it: what is wrong, where, what was expected, the nearest fix."""

# ruff: noqa: E501  (a table with one row a mistake)

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import And, Eq, Float, Function, IndexedBase, Ne, Or, Piecewise, Rational, Symbol, exp, floor

import symgrad as sg
from symgrad.algebra.heads import HEADS
from symgrad.declare.names import HandleError
from symgrad.errors import DeclarationError, SymgradError


class Given:
    """A small graph with its handles, and another graph whose names are spelt the same."""

    def __init__(self):
        g = self.g = sg.Graph("small")
        self.n, self.m = g.sizes("n m")
        self.i, self.j = g.indices("i j", self.n)
        self.k = g.index("k", self.m)
        self.x, self.y, self.A = g.input("x", self.i), g.input("y", self.i), g.input("A", self.i, self.k)
        self.c = g.constant("c")
        other = sg.Graph("other")
        self.i2 = other.index("i", other.size("M"))


# (what is done, then words of what, where, expected, given, fix; "" where there is nothing to say)
REFUSED = {
    "an undeclared name": (lambda t: t.g.define("z", Symbol("cc")), "cc is not declared", "z = cc", "n, m, i", "cc", "did you mean c"),
    "an undeclared array": (lambda t: t.g.define("z", IndexedBase("X")[0]), "X is not declared", "z = X[0]", "x", "X", "earlier names"),
    "itself": (lambda t: t.g.define("P", IndexedBase("P")[t.i] + 1, over=t.i), "P is not declared", "P[i] = P[i] + 1", "x", "P", "no cycles"),
    "a name twice": (lambda t: t.g.input("x", t.j), "name declared twice", "input x", "a new name", "already declared as input", "x2"),
    "a size that is an index": (lambda t: t.g.size("i"), "name declared twice", "size i", "a new name", "index", "i2"),
    "a function": (lambda t: t.g.input("exp"), "exp is the name of a function", "input exp", "your own", "exp", "my_exp"),
    "not a name": (lambda t: t.g.input("x y"), "not a name", "input 'x y'", "a letter", "'x y'", "shown="),
    "an engine's name": (lambda t: t.g.input("~1.0"), "not a name", "input '~1.0'", "a letter", "~1.0", "shown="),
    "a number for a name": (lambda t: t.g.input(3), "not a name", "input 3", "a letter", "3", "shown="),
    "free and bound": (
        lambda t: t.g.read(t.x[t.i] * sg.Sum(t.y[t.i], t.i)), "i is free and bound", "x[i]*Sum", "different name", "Sum", "another index",
    ),
    "free by over and bound": (
        lambda t: t.g.define("z", sg.Sum(t.y[t.i], t.i), over=t.i), "i is free and bound", "z[i] = Sum", "different name", "over=['i']", "another index",
    ),
    "free and not listed": (lambda t: t.g.define("z", t.x[t.i]), "i is free in the definition of z", "z = x[i]", "over=", "over=[]", "over=i"),
    "twice in one sum": (
        lambda t: t.g.read(sg.Sum(t.x[t.i] * sg.Sum(t.y[t.i], t.i), t.i)), "i is used twice", "Sum(y[i]", "another index", "", "of its own",
    ),
    "one index twice": (lambda t: sg.Sum(t.x[t.i], t.i, t.i), "one index used twice", "Sum(..., i, i)", "different", "", "second index"),
    "a sum over nothing": (lambda t: sg.Sum(t.x[t.i]), "a sum over nothing", "Sum(x[i])", "at least one", "", "Sum(x[i], i)"),
    "a sum over a size": (lambda t: sg.Sum(t.x[0], t.n), "a declared index", "Sum(..., n)", "an index", "Size", "g.index"),
    "SymPy's sum over a size": (
        lambda t: t.g.read(sympy.Sum(t.n * t.x[0], (t.n, 0, 3))), "a sum over n", "Sum(n*x[0]", "over an index", "n", "g.index",
    ),
    "the wrong range": (
        lambda t: t.g.define("z", t.x[t.k], over=t.k), "x is read outside its range", "z[k] = x[k]", "i >= 0", "x[1] when m = 2, n = 1", "g.require",
    ),
    "a sum over the wrong range": (
        lambda t: t.g.define("z", sg.Sum(t.x[t.k], t.k)), "x is read outside its range", "z = Sum(x[k]", "-i + n - 1 >= 0", "x[1] when", "g.require",
    ),
    "one step too far": (
        lambda t: t.g.define("z", t.x[t.i + 1], over=t.i), "x is read outside", "z[i] = x[i + 1]", "i >= 0", "x[1] when n = 1", "shorten",
    ),
    "an integer before the first": (lambda t: t.g.define("z", t.x[-1]), "x is read outside", "z = x[-1]", "i >= 0", "x[-1]", "shorten"),
    "an integer that may be too large": (lambda t: t.g.define("z", t.x[2]), "x is read outside", "z = x[2]", "n", "x[2] when n = 1", "g.require"),
    "the size itself": (lambda t: t.g.define("z", t.x[t.n]), "x is read outside", "z = x[n]", "n", "x[1] when n = 1", "shorten"),
    "a missing index": (lambda t: t.A[t.i], "A has 2 indices, not 1", "A[i]", "A[i, k]", "1 of them", "A[i, k]"),
    "one index too many": (lambda t: t.x[t.i, t.j], "x has 1 index, not 2", "x[i, j]", "x[i]", "2 of them", "x[i]"),
    "a bare array with too many": (
        lambda t: t.g.read(IndexedBase("x")[t.i, t.j]), "x has 1 index, not 2", "x[i, j]", "1 of them", "2 of them", "x[...]",
    ),
    "a slice that may reach out": (lambda t: t.x[1:3], "may reach out of an axis of length n", "x[1:3]", "0 <= 1 <= 3 <= n", "3", "g.require"),
    "a float as index": (lambda t: t.x[0.5], "not an integer expression", "index 1 of x", "an integer", "0.5", "x[i]"),
    "an index that is not affine": (lambda t: t.g.read(t.x[t.i * t.j]), "not affine", "x[i*j]", "sums of indices", "i*j", ""),
    "an index that is a value": (
        lambda t: t.g.read(t.x[t.x[t.i]]), "depends on data", "x[i]", "must not depend on values", "x[i]", "one-hot matrix",
    ),
    "a range that ends at a value": (
        lambda t: t.g.read(sympy.Sum(t.x[t.i], (t.i, 0, t.c))), "depends on data", "c", "must not depend", "c", "mask",
    ),
    "every second index": (
        lambda t: t.g.read(t.x[floor(t.i / 2)]), "not affine", "floor(i/2)", "sums of indices", "floor(i/2)", "2*j + r",
    ),
    "an array as a number": (lambda t: float(t.x), "x is an array", "x in an expression", "x[i]", "without its indices", "x[i]"),
    "an array and an entry": (lambda t: t.y + t.x[t.i], "array notation and index i", "x[i] in +", "whole arrays", "x[i]", "x[i] + y[i]"),
    "an array in a function": (lambda t: exp(t.A), "A is an array", "A in an expression", "A[i, k]", "without", "A[i, k]"),
    "an array in numpy": (lambda t: np.array(t.x), "x is an array", "x in an expression", "x[i]", "without", "x[i]"),
    "an array of another graph": (lambda t: sg.Graph("third").define("z", t.x + 1), "an array of another graph", "z = x + 1", "", "x + 1", ""),
    "a plain symbol for an array": (lambda t: t.g.read(Symbol("x")), "x is used without its indices", "x", "x[...]", "x", ""),
    "a walk over an array": (lambda t: list(t.x), "no entries to walk over", "iteration over x", "x[i]", "", "sg.Sum"),
    "a length": (lambda t: len(t.x), "no length", "len(x)", "n", "", ""),
    "text": (lambda t: t.g.define("z", "x[i]"), "not an expression", "x[i]", "SymPy", "str", "not text"),
    "a list": (lambda t: t.g.define("z", [1]), "not an expression", "[1]", "SymPy", "list", "not text"),
    "an array of numpy": (lambda t: t.g.define("z", np.ones(2)), "not an expression", "array", "SymPy", "ndarray", "array"),
    "nothing": (lambda t: t.g.define("z", None), "not an expression", "None", "SymPy", "NoneType", ""),
    "a truth value": (lambda t: t.g.read(True), "not an expression", "True", "SymPy", "bool", ""),
    "a comparison": (lambda t: t.g.read(t.c > 1), "not an expression", "c > 1", "SymPy", "StrictGreaterThan", ""),
    "not a number": (lambda t: t.g.read(float("nan")), "not an expression", "nan", "numbers", "float", ""),
    "infinity": (lambda t: t.g.read(sympy.oo), "oo is not a real number", "oo", "sums", "", ""),
    "an imaginary number": (lambda t: t.g.read(sympy.I * t.c), "I is not a real number", "I*c", "sums", "", ""),
    "an unknown function": (lambda t: t.g.read(Function("sigmiod")(t.c)), "sigmiod is not a function", "sigmiod(c)", "exp", "", "sigmoid"),
    "an integral": (lambda t: t.g.read(sympy.Integral(t.c, (t.c, 0, 1))), "Integral is not a function", "Integral", "sums", "", ""),
    "a derivative": (lambda t: t.g.read(sympy.Derivative(t.c**2, t.c)), "Derivative is not a function", "Derivative", "sums", "", ""),
    "a huge exponent": (lambda t: t.g.read(t.c ** (10**9)), "an exponent that is too large", "a power of c", "1000", "", "exp"),
    "a root of huge degree": (lambda t: t.g.read(t.c ** Rational(1, 10**9)), "an exponent that is too large", "c", "1000", "", ""),
    "division by nothing": (lambda t: t.g.read(1 / sympy.Add(t.c, -t.c, evaluate=False)), "division by zero", "", "", "", ""),
    "a range divided by an index": (
        lambda t: t.g.read(sympy.Sum(t.x[0], (t.j, 0, floor((t.n - 1) / (t.i + 1))))), "may not be positive", "floor", "integer", "i + 1", "",
    ),
    "a range divided by a difference": (
        lambda t: t.g.read(sympy.Sum(t.x[0], (t.j, 0, floor((t.n - 1) / (t.n - t.m))))), "may not be positive", "floor", "sizes", "", "",
    ),
    "open cases": (
        lambda t: t.g.define("z", Piecewise((t.c, t.i >= 1)), over=t.i), "leave something open", "Piecewise", "last case", "", "(0, True)",
    ),
    "a case of equal values": (
        lambda t: t.g.read(Piecewise((t.c, Eq(t.c, 1)), (0, True))),
        "two values are equal", "Eq(c, 1)", ">", "", "",
    ),
    "an axis that is no length": (lambda t: t.g.input("z", 2.5), "a declared index", "input z", "i, j, k", "2.5", "g.index"),
    "an axis that is text": (lambda t: t.g.define("z", t.x[t.i], over="i"), "a declared index", "definition z", "i, j, k", "'i'", "g.index"),
    "an axis of another graph": (
        lambda t: t.g.define("z", t.x[t.i], over=t.i2), "another range", "definition z", "0 to n - 1", "0 to M - 1", "i",
    ),
    "an index of another graph": (lambda t: t.g.define("z", t.x[t.i2], over=t.i), "another graph", "z[i] = x[i]", "n - 1", "M - 1", ""),
    "one index on two axes": (lambda t: t.g.input("z", t.i, t.i), "one index on two axes", "input z", "", "i, i", "second index"),
    "an unknown sign": (lambda t: t.g.input("z", sign="negative"), "sign", "input z", "positive", "negative", ""),
    "a form without its indices": (lambda t: t.g.input("z", t.i, shown="Z"), "at #", "input z", "", "Z", "Z_#"),
    "an index without values": (lambda t: t.g.index("w", 0), "without values", "index w", "at least 1", "0", ""),
    "half an index": (lambda t: t.g.index("w", t.n / 2), "not affine", "index w", "size", "1/2", ""),
    "an index over an index": (lambda t: t.g.index("w", t.i), "i is not declared", "index w", "n, m", "i", ""),
    "an index over text": (lambda t: t.g.index("w", "n"), "not an expression", "'n'", "SymPy", "str", ""),
    "a relation that is text": (lambda t: t.g.require("n > m"), "a relation between sizes", "n > m", "H >= K", "str", ""),
    "a relation that never holds": (lambda t: t.g.require(t.n < 1), "never holds", "require", "some sizes", "at least 1", ""),
    "relations that contradict": (
        lambda t: t.g.require(t.n >= t.m, t.m > t.n), "contradicts the others", "require(m > n)", "n >= 0", "m > n", "",
    ),
    "a relation of values": (lambda t: t.g.require(t.c > 1), "depends on data", "require(c > 1)", "indices and sizes", "c", ""),
    "a loss of an entry": (lambda t: t.g.loss("f", of=t.x[t.i]), "depends on declared names", "loss f", "of=y", "x[i]", "define a name"),
    "a loss of text": (lambda t: t.g.loss("f", of="x"), "depends on declared names", "loss f", "of=y", "x", "define"),
    "a loss of nothing": (lambda t: t.g.loss("f", of=[]), "depends on declared names", "loss f", "of=y", "nothing", ""),
    "facts of one thing": (
        lambda t: (t.g.fact(sg.Sum(t.y[t.i], t.i), 1), t.g.fact(sg.Sum(t.y[t.i], t.i), 2)), "facts that cannot hold together", "= 2", "= 1", "= 2", "",
    ),
    "a fact that contradicts a sign": (
        lambda t: t.g.fact(t.g.input("w", sign="positive"), -1), "facts that cannot hold together", "fact w = -1", "", "", "",
    ),
    "a fact that contradicts itself": (lambda t: t.g.fact(t.c, t.c + 1), "facts that cannot hold together", "fact c", "", "", ""),
    "a fact that is text": (lambda t: t.g.fact("c", 1), "not an expression", "'c'", "SymPy", "str", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused_with_its_parts(case):
    ask, what, *parts = case
    with pytest.raises(SymgradError) as caught:
        ask(Given())
    error = caught.value
    assert what in error.what
    for label, words in zip(("where", "expected", "given", "fix"), parts, strict=True):
        assert words in getattr(error, label), f"{label}: {getattr(error, label)!r}"
    assert str(error).startswith(error.what)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_refusal_leaves_the_graph_as_it_was(case):
    """Nothing half-declared stays; the first of two contradicting lines is a declaration of its own."""
    given = Given()
    before = set(given.g.model.tensors)
    with pytest.raises(SymgradError):
        case[0](given)
    assert set(given.g.model.tensors) - before <= {"w"}
    assert given.g.define("after", given.c)


def test_handles_refuse_as_python_expects():
    """list(x) and len(x) must raise a TypeError, or Python goes on in other ways."""
    t = Given()
    assert issubclass(HandleError, DeclarationError) and issubclass(HandleError, TypeError)
    for use in (
        iter,
        len,
        bool,
        float,
        int,
        sum,
        math.exp,
    ):
        for value in (t.x, t.x + 1):
            with pytest.raises(TypeError):
                use(value)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_no_name_is_that_of_a_function(name):
    if name.isidentifier():
        with pytest.raises(DeclarationError):
            sg.Graph("").input(name)


# --- what is accepted, exactly ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0.1, Fraction(1, 10)), (1e-5, Fraction(1, 100000)), (Decimal("0.30"), Fraction(3, 10)), (np.float64(0.1), Fraction(1, 10)),
        (np.int64(3), Fraction(3)), (Fraction(2, 3), Fraction(2, 3)), (Float("0.1", 30), Fraction(1, 10)), (Rational(2, 7), Fraction(2, 7)), (-2, Fraction(-2)),
    ],
    ids=repr,
)  # fmt: skip
def test_decimals_are_what_they_show(value, exact):
    t = Given()
    assert t.g.read(value)[0].number == exact
    assert t.g.read(t.c * value)[0].sole.coefficient == exact


def test_a_decimal_exponent_is_a_root():
    t = Given()
    assert t.g.read(t.c**0.5) == t.g.read(sympy.sqrt(t.c))


def test_plain_symbols_of_the_same_name_are_the_declared_ones():
    """Pitfall 20: Symbol('n') with other assumptions is another symbol to SymPy, not to a graph."""
    t = Given()
    plain = Symbol("n") * t.x[Symbol("i", integer=True)] + Symbol("c", real=True)
    assert t.g.read(plain)[0] == t.g.read(t.n * t.x[t.i] + t.c)[0]
    assert not t.g.read(Symbol("n") * t.c - t.n * t.c)[0]
    same = sg.Graph("same")
    i = same.index("i", same.size("n"))
    assert t.g.read(t.x[i])[0] == t.g.read(t.x[t.i])[0]


def test_bound_names_need_not_be_declared():
    """An answer may sum over a spare letter; as a value it is the index too."""
    t, q = Given(), Symbol("q")
    total = t.g.read(sympy.Sum(q * t.x[q], (q, 0, t.n - 1)))[0]
    assert total == t.g.read(sg.Sum(t.j * t.x[t.j], t.j))[0]


def test_guards_make_room():
    t = Given()
    t.g.define("before", Piecewise((t.x[t.i - 1], t.i >= 1), (0, True)), over=t.i)
    t.g.define("either", Piecewise((t.x[t.i - 1], And(t.i >= 1, t.j > 0)), (t.y[t.i], True)), over=[t.i, t.j])
    t.g.define("or", Piecewise((t.c, Or(t.i >= 1, t.j >= 1)), (t.x[t.i], True)), over=[t.i, t.j])
    t.g.define("all", Piecewise((t.c, Eq(t.i, t.j)), (2, Ne(t.i, t.j))), over=[t.i, t.j])
    assert [d.name for d in t.g.model.definitions][-4:] == ["before", "either", "or", "all"]


def test_wrong_reads_are_found_among_many_sizes():
    """Found: with eight names the search stopped before any size was 1, and nothing was refused."""
    g = sg.Graph("many")
    a, b, c, d, e, h = g.sizes("a b c d e h")
    p, q = g.index("p", a), g.index("q", b)
    r, s = g.index("r", c), g.index("s", d)
    u, v = g.index("u", e), g.index("v", h)
    X = g.input("X", p, q, r, s, u)
    with pytest.raises(DeclarationError, match="read outside"):
        g.define("Z", sg.Sum(X[p, q, r, s, v], q, r, s, v), over=p)


def test_a_spare_name_is_not_that_of_an_array():
    """Found: the bound index of an answer could be called like an array, and then was one."""
    g = sg.Graph("letters")
    n = g.size("n")
    i = g.index("i", n)
    for letter in "jklpqr":
        g.input(letter, i)
    z = g.define("z", sg.Sum(g.input("x", i)[i] ** 2, i))
    y = g.define("y", z**2 * g.input("w", i)[i], over=i)
    answer = g.derive(sg.Sum(y[i], i), wrt=z).answer
    assert not {s.name for s in answer.atoms(sympy.Sum) for s in s.variables} & set("jklpqr")
