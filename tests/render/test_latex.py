r"""Brackets, signs and product dots, row by row; and that a reader who knows the rules gets the same value back."""

from __future__ import annotations

import re
from fractions import Fraction as Rational

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.errors import SymgradError
from symgrad.explain.layout import (
    BigOperator,
    Call,
    Cases,
    Chain,
    Fraction,
    Layout,
    Matrix,
    Name,
    Number,
    Partial,
    Plus,
    Power,
    Product,
    Relation,
    Root,
    Transpose,
    Tuple,
    Written,
)
from symgrad.render.latex import FENCED, OPERATORS, RELATIONS, latex
from symgrad.render.plain import plain
from tests.render.samples import (
    COMPACT,
    MATRIX,
    VAR,
    XHAT_I,
    equal,
    exp,
    minus,
    name,
    negative,
    number,
    over,
    plus,
    times,
    total,
)

A, B, C, K = (name(letter) for letter in "abck")
ONE, TWO, THREE = number(1), number(2), number(3)

WRITTEN: list[tuple[Layout, str, str]] = [
    # names, numbers, products
    (times(A, B), "a b", "a*b"),
    (times(TWO, A), "2 a", "2*a"),
    (times(TWO, THREE), r"2 \cdot 3", "2*3"),
    (times(A, TWO), r"a \cdot 2", "a*2"),
    (times(A, Power(TWO, B)), r"a \cdot 2^{b}", "a*2**b"),
    (times(TWO, Fraction(ONE, THREE)), r"2 \cdot \frac{1}{3}", "2*(1/3)"),
    (times(A, times(B, C)), "a b c", "a*b*c"),
    (times(), "1", "1"),
    # signs
    (minus(A, B), "a - b", "a - b"),
    (negative(A), "-a", "-a"),
    (negative(plus(A, B)), r"-\left(a + b\right)", "-(a + b)"),
    (minus(A, plus(B, C)), r"a - \left(b + c\right)", "a - (b + c)"),
    (plus(A, plus(B, C)), r"a + \left(b + c\right)", "a + (b + c)"),
    (plus(plus(A, B), C), "a + b + c", "a + b + c"),
    (plus(negative(A), B), "-a + b", "-a + b"),
    (plus(A, negative(B)), r"a + \left(-b\right)", "a + (-b)"),
    (Plus(()), "0", "0"),
    (times(A, plus(B, C)), r"a \left(b + c\right)", "a*(b + c)"),
    (times(A, negative(B)), r"a \left(-b\right)", "a*(-b)"),
    (times(negative(A), B), r"\left(-a\right) b", "(-a)*b"),
    (times(plus(A), Plus(((1, B),))), "a b", "a*b"),
    # fractions, roots, powers
    (Fraction(plus(A, B), times(B, C)), r"\frac{a + b}{b c}", "(a + b)/(b*c)"),
    (Fraction(Fraction(A, B), C), r"\frac{\frac{a}{b}}{c}", "(a/b)/c"),
    (Fraction(A, Fraction(B, C)), r"\frac{a}{\frac{b}{c}}", "a/(b/c)"),
    (Root(plus(A, B)), r"\sqrt{a + b}", "sqrt(a + b)"),
    (Power(Root(A), THREE), r"{\sqrt{a}}^{3}", "sqrt(a)**3"),
    (Power(A, TWO), "a^{2}", "a**2"),
    (Power(XHAT_I, TWO), r"\hat{x}_{i}^{2}", "xhat[i]**2"),
    (Power(VAR, TWO), r"{\left(\sigma^2\right)}^{2}", "sigma2**2"),
    (Power(Name("g'", "dg"), TWO), r"{\left(g'\right)}^{2}", "dg**2"),
    (Power(plus(A, B), TWO), r"{\left(a + b\right)}^{2}", "(a + b)**2"),
    (Power(negative(A), TWO), r"{\left(-a\right)}^{2}", "(-a)**2"),
    (negative(Power(A, TWO)), "-a^{2}", "-a**2"),
    (Power(times(A, B), TWO), r"{\left(a b\right)}^{2}", "(a*b)**2"),
    (Power(Fraction(A, B), TWO), r"{\left(\frac{a}{b}\right)}^{2}", "(a/b)**2"),
    (Power(Power(A, TWO), THREE), r"{\left(a^{2}\right)}^{3}", "(a**2)**3"),
    (Power(A, Power(TWO, THREE)), "a^{2^{3}}", "a**(2**3)"),
    (Power(A, Fraction(THREE, TWO)), r"a^{\frac{3}{2}}", "a**(3/2)"),
    (Power(A, negative(ONE)), "a^{-1}", "a**(-1)"),
    (Power(exp(A), TWO), r"{\left(\exp\left(a\right)\right)}^{2}", "exp(a)**2"),
    (Power(name("W"), name(r"\top", "T")), r"W^{\top}", "W**T"),
    # matrices: products side by side, products of entries with a sign, each in brackets inside the other
    (Chain("times", (A, B, C)), "a b c", "a @ b @ c"),
    (Chain("odot", (A, B)), r"a \odot b", "a*b"),
    (Chain("times", (A,)), "a", "a"),
    (Chain("odot", (A, Chain("times", (B, C)))), r"a \odot \left(b c\right)", "a*(b @ c)"),
    (Chain("times", (A, Chain("odot", (B, C)))), r"a \left(b \odot c\right)", "a @ (b*c)"),
    (Chain("odot", (A, times(B, C))), r"a \odot \left(b c\right)", "a*(b*c)"),
    (Chain("times", (A, plus(B, C))), r"a \left(b + c\right)", "a @ (b + c)"),
    (minus(A, Chain("odot", (B, C))), r"a - b \odot c", "a - b*c"),
    (negative(Chain("times", (A, B))), "-a b", "-a @ b"),
    (times(TWO, Chain("odot", (A, B))), r"2 \left(a \odot b\right)", "2*a*b"),
    (times(TWO, Chain("times", (A, B))), "2 a b", "2*a @ b"),
    (times(Chain("times", (A, B)), C), "a b c", "(a @ b)*c"),
    (Fraction(Chain("times", (A, B)), TWO), r"\frac{a b}{2}", "a @ b/2"),
    (Fraction(TWO, Chain("times", (A, B))), r"\frac{2}{a b}", "2/(a @ b)"),
    (Transpose(A), r"a^{\top}", "a.T"),
    (Transpose(VAR), r"{\left(\sigma^2\right)}^{\top}", "sigma2.T"),
    (Transpose(plus(A, B)), r"{\left(a + b\right)}^{\top}", "(a + b).T"),
    (Power(Transpose(A), TWO), r"{\left(a^{\top}\right)}^{2}", "a.T**2"),
    (Power(Chain("odot", (A, B)), TWO), r"{\left(a \odot b\right)}^{2}", "(a*b)**2"),
    (Written(times(A, Transpose(B)), Call("outer", "outer", (A, B))), r"a b^{\top}", "outer(a, b)"),
    (Power(Written(A, plus(B, C)), TWO), "a^{2}", "(b + c)**2"),
    (Power(Call("norm", "norm", (A,)), TWO), r"{\left\lVert a\right\rVert}^{2}", "norm(a)**2"),
    (Call("norm_F", "norm", (A,)), r"\left\lVert a\right\rVert_{F}", "norm(a)"),
    # sums reach to the right, up to + or -
    (over(K, times(A, B)), r"\sum_{k} a b", "sum(a*b, k)"),
    (over(K, plus(A, B)), r"\sum_{k} \left(a + b\right)", "sum(a + b, k)"),
    (plus(over(K, A), B), r"\sum_{k} a + b", "sum(a, k) + b"),
    (times(A, over(K, B)), r"a \sum_{k} b", "a*sum(b, k)"),
    (times(over(K, B), A), r"\left(\sum_{k} b\right) a", "sum(b, k)*a"),
    (times(times(A, over(K, B)), C), r"\left(a \sum_{k} b\right) c", "a*sum(b, k)*c"),
    (over(K, over(A, B)), r"\sum_{k} \sum_{a} b", "sum(sum(b, a), k)"),
    (Power(over(K, A), TWO), r"{\left(\sum_{k} a\right)}^{2}", "sum(a, k)**2"),
    (total("k", 1, name("m"), A), r"\sum_{k = 1}^{m} a", "sum(a, k=1..m)"),
    (total("k", 0, minus(name("m"), ONE), A), r"\sum_{k = 0}^{m - 1} a", "sum(a, k=0..m-1)"),
    (BigOperator("sum", (A, B), None, C), r"\sum_{a, b} c", "sum(c, a, b)"),
    (
        BigOperator("sum", (equal(K, ONE), equal(K, A, "!=")), B, C),
        r"\sum_{\substack{k = 1\\k \neq a}}^{b} c",
        "sum(c, k=1..b, k != a)",
    ),
    # calls, tuples, matrices, cases, gradients
    (times(exp(A), exp(B)), r"\exp\left(a\right) \exp\left(b\right)", "exp(a)*exp(b)"),
    (Call(r"\max", "max", (A, B)), r"\max\left(a, b\right)", "max(a, b)"),
    (Power(Call("", "abs", (A,)), TWO), r"{\left\lvert a\right\rvert}^{2}", "abs(a)**2"),
    (Tuple((A, B)), r"\left(a, b\right)", "(a, b)"),
    (Tuple((A,)), r"\left(a\right)", "(a,)"),
    (
        MATRIX,
        r"\begin{pmatrix}1 & 0\\3 & 4\\-1 & 2\end{pmatrix}",
        "[[1, 0], [3, 4], [-1, 2]]",
    ),
    (Power(Matrix(((A,),)), B), r"{\begin{pmatrix}a\end{pmatrix}}^{b}", "[[a]]**b"),
    (Matrix(((A,), (name("[b]"),))), r"\begin{pmatrix}a\\{}[b]\end{pmatrix}", "[[a], [[b]]]"),
    (
        Cases(((ONE, equal(A, B)), (number(0), None))),
        r"\begin{cases}1 & \text{if } a = b\\0 & \text{otherwise}\end{cases}",
        "cases(1 if a = b, 0 otherwise)",
    ),
    (
        times(Cases(((ONE, None),)), A),
        r"\left(\begin{cases}1 & \text{otherwise}\end{cases}\right) a",
        "cases(1 otherwise)*a",
    ),
    (
        equal(A, Cases(((ONE, None),))),
        r"a = \begin{cases}1 & \text{otherwise}\end{cases}",
        "a = cases(1 otherwise)",
    ),
    (Partial(A, VAR), r"\frac{\partial a}{\partial \sigma^2}", "da/dsigma2"),
    (times(A, Partial(B, C)), r"a \frac{\partial b}{\partial c}", "a*db/dc"),
    (Fraction(A, Partial(B, C)), r"\frac{a}{\frac{\partial b}{\partial c}}", "a/(db/dc)"),
    (Power(Partial(A, B), TWO), r"{\left(\frac{\partial a}{\partial b}\right)}^{2}", "(da/db)**2"),
    (
        Partial(Partial(A, B), C),
        r"\frac{\partial}{\partial c}\left(\frac{\partial a}{\partial b}\right)",
        "d(da/db)/dc",
    ),
    (Partial(A, plus(B, C)), r"\frac{\partial a}{\partial \left(b + c\right)}", "da/d(b + c)"),
    # relations
    (Relation((ONE, A, B), ("<=", "<")), r"1 \leq a < b", "1 <= a < b"),
    (equal(A, equal(B, C)), r"a = \left(b = c\right)", "a = (b = c)"),
    (times(A, equal(B, C)), r"a \left(b = c\right)", "a*(b = c)"),
]


@pytest.mark.parametrize(("tree", "in_latex", "in_text"), WRITTEN, ids=[row[2] for row in WRITTEN])
def test_written(tree, in_latex, in_text):
    assert latex(tree) == in_latex
    assert plain(tree) == in_text


def test_compact_batch_normalisation():
    assert plain(COMPACT) == (
        "gamma*(m*df/dy[i] - sum(df/dy[j], j=1..m) - xhat[i]*sum(df/dy[j]*xhat[j], j=1..m))/(m*sqrt(sigma2 + epsilon))"
    )


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator(operator):
    tree = BigOperator(operator, (K,), None, A)
    assert latex(tree) == rf"{OPERATORS[operator]}_{{k}} a"
    assert plain(tree) == f"{operator}(a, k)"


@pytest.mark.parametrize("sign", RELATIONS)
def test_every_relation(sign):
    assert latex(equal(A, B, sign)) == f"a {RELATIONS[sign]} b"
    assert plain(equal(A, B, sign)) == f"a {sign} b"


@pytest.mark.parametrize("fence", FENCED)
def test_every_fence(fence):
    opening, closing = FENCED[fence]
    assert latex(Call("", fence, (A,))) == f"{opening}a{closing}"


@pytest.mark.parametrize("text", ["-1", "1e5", "", "1.", "x", "١", "1\n"])
def test_numbers_are_digits(text):
    for write in (latex, plain):
        with pytest.raises(SymgradError, match="not a number that can be printed"):
            write(Number(text))


@pytest.mark.parametrize("tree", [Name(r"\input{x}", "x"), Call(r"\foo", "foo", (A,)), Name("a}{b", "a")])
def test_names_are_checked(tree):
    with pytest.raises(SymgradError, match="not a formula that can be printed"):
        latex(Fraction(tree, A))


def test_not_a_tree():
    for write in (latex, plain):
        with pytest.raises(SymgradError, match="not a layout tree"):
            write("x")


# --- a reader of our own, and the value of a tree: what is printed means what was meant

VALUES = {"a": Rational(2), "b": Rational(-3), "c": Rational(5, 7)}


def value(tree: Layout, bound: int = 0) -> Rational:
    match tree:
        case Name(text):
            return Rational(bound) if text == "k" else VALUES[text]
        case Number(text):
            return Rational(text)
        case Plus(terms):
            return sum((sign * value(term, bound) for sign, term in terms), Rational(0))
        case Product(factors):
            result = Rational(1)
            for factor in factors:
                result *= value(factor, bound)
            return result
        case Fraction(top, bottom):
            return value(top, bound) / value(bottom, bound)
        case Power(base, exponent):
            return value(base, bound) ** int(value(exponent, bound))
        case BigOperator(body=body):
            return value(body, 1) + value(body, 2)
    raise AssertionError(tree)


TOKENS = re.compile(r"\s*(\\sum_\{k = 1\}\^\{2\}|\\left\(|\\right\)|\\frac|\\cdot|\d+(?:\.\d+)?|[a-z]|[-+^{}])")


class Reader:
    """A reader for the part of LaTeX that the property uses: what a person would do."""

    def __init__(self, text: str) -> None:
        self.tokens = TOKENS.findall(text)
        assert "".join(self.tokens).replace(" ", "") == text.replace(" ", "")
        self.place, self.bound = 0, 0

    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.next()
        assert not expected or token == expected
        self.place += 1
        return token

    def sum(self) -> Rational:
        sign = -1 if self.next() == "-" and self.take() else 1
        result = sign * self.product()
        while self.next() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            result += sign * self.product()
        return result

    def product(self) -> Rational:
        result = self.factor()
        while self.next() and self.next() not in ("+", "-", "}", r"\right)"):
            if self.next() == r"\cdot":
                self.take()
            result *= self.factor()
        return result

    def factor(self) -> Rational:
        if self.next().startswith(r"\sum"):
            self.take()
            start, outer, result = self.place, self.bound, Rational(0)
            for self.bound in (1, 2):
                self.place = start
                result += self.product()
            self.bound = outer
            return result
        base = self.atom()
        return base ** int(self.group()) if self.next() == "^" and self.take() else base

    def group(self) -> Rational:
        self.take("{")
        result = self.sum()
        self.take("}")
        return result

    def atom(self) -> Rational:
        token = self.next()
        if token == "{":
            return self.group()
        self.take()
        if token == r"\left(":
            result = self.sum()
            self.take(r"\right)")
            return result
        if token == r"\frac":
            return self.group() / self.group()
        return Rational(token) if token[0].isdigit() else Rational(self.bound) if token == "k" else VALUES[token]


def read(text: str) -> Rational:
    reader = Reader(text)
    result = reader.sum()
    assert not reader.next()
    return result


LEAVES = st.sampled_from([A, B, C, K]) | st.sampled_from(["0", "1", "2", "13", "0.5"]).map(Number)
EXPONENTS = st.sampled_from([TWO, THREE, negative(ONE), plus(ONE, ONE), Fraction(TWO, ONE)])
SIGNED = st.sampled_from([1, -1])


def _grown(inner: st.SearchStrategy[Layout], sums: bool) -> st.SearchStrategy[Layout]:
    grown: st.SearchStrategy[Layout] = st.one_of(
        st.lists(st.tuples(SIGNED, inner), max_size=3).map(lambda terms: Plus(tuple(terms))),
        st.lists(inner, max_size=3).map(lambda factors: Product(tuple(factors))),
        st.builds(Fraction, inner, inner),
        st.builds(Power, inner, EXPONENTS),
    )
    return grown | inner.map(lambda body: BigOperator("sum", (equal(K, ONE),), TWO, body)) if sums else grown


def trees(sums: bool) -> st.SearchStrategy[Layout]:
    return st.recursive(LEAVES, lambda inner: _grown(inner, sums), max_leaves=12)


@given(trees(sums=True))
def test_latex_is_read_back_to_the_same_value(tree):
    try:
        expected = value(tree)
    except ZeroDivisionError:
        return
    assert read(latex(tree)) == expected


def test_the_reader_is_not_blind():
    """Known-wrong texts: a bracket lost, a sum that swallows a factor, two numbers run together."""
    assert read(r"a \left(b + c\right)") != read("a b + c")
    assert read(r"\left(\sum_{k = 1}^{2} k\right) k") != read(r"\sum_{k = 1}^{2} k k")
    assert read(r"2 \cdot 13") != read("213")
