"""What a text leaves open is asked for by name, with the option that settles it; what makes no sense is refused."""

from __future__ import annotations

import pytest

from symgrad.errors import SymgradError
from symgrad.text.build import declared
from symgrad.text.reading import Options

# text -> (by what, what is refused, a part of the fix or of what is expected)
REFUSED = {
    # two readings
    r"\mu = \frac{1}{m} \sum_i x_i": ("x_i", "m has two readings", "--index 'i=1..m'"),
    r"\mu = \frac{\sum_i x_i^2}{q}": ("x_i", "q has two readings", "--constant 'q'"),
    r"L = \sum_i g(w x_i)": ("w", "g(...) has two readings", "--function 'g'"),
    r"L = \gamma(x - \mu)": ("x", r"\gamma(...) has two readings", r"\gamma \cdot (...)"),
    r"z = w_o h + b": ("h", "w_o has two readings", "--symbol 'w_o'"),
    r"y_i = W_{ij} x_j": ("x_j", "W_{ij} has two readings", "a sum over j"),
    r"y = a_0 + \sum_{i=1}^n a_i x_i": ("x_i", "a_0 has two readings", "--symbol 'a_0'"),
    "a = W x + b": ("x", "W has two readings", "--constant 'W'"),
    r"v = \sigma^2 + \sigma, \sigma^2 = x^2": (
        "x",
        r"\sigma stands beside \sigma^2, which is defined as one symbol",
        r"\sqrt{\sigma^2}",
    ),
    r"y = \sigma(x/\sigma)": ("x", r"\sigma(...) has two readings", "sigmoid(...)"),
    r"L = e^{x} + e, e = x y": ("x", "e has two readings", r"\exp(...)"),
    r"L_c = x y": ("y", "L_c has two readings", "--symbol 'L_c'"),
    r"L = \sum_i \pi_i + \pi": (r"\pi_i", r"\pi has two readings", "another letter"),
    r"L = \frac{x ab}{2}": ("x", "ab has two readings", "--symbol 'ab'"),
    "L = a*b + ab": ("a", "ab has two readings", "--symbol 'ab'"),
    r"L = \sum_i i x_i": ("x_i", "i is used as a number, and its first value is not said", "--index 'i=1..n'"),
    r"L = x[1] + \sum_i x_i": ("x_i", "the first index of x is not said: 0 or 1", "--index"),
    r"y_i = \sum_k x_{i+j} w_k": ("w_k", "j has two readings", "--size 'j'"),
    r"L = \sum_i^n x_i": ("x_i", "the first value of i is not said", r"\sum_{i=1}"),
    r"L = \sum_{i \in B} x_i": ("x_i", "the values of i are not said", "i = 1..m"),
    "W_1 = x, W^{(1)} = y, z = W_1 y": ("x", "W^{(1)} and W_1 look alike", "rename"),
    "L = H(x)": ("x", "H(...) has two readings", "--function 'H'"),
    r"\sum_i w_i = 1, L = \sum_i w_i^2": ("w_i", "an equation that defines no name", "--fact"),
    # no meaning
    "a = b, b = c x, c = a": ("x", "definitions in a circle", "a -> b -> c -> a"),
    r"h_t = \tanh(w x_t + u h_{t-1})": ("w", "definitions in a circle", "h -> h"),
    "L = x^2, L = x": ("x", "L is defined twice", "L = x^2"),
    "L = w^2": ("v", "v is in no definition", "one of L, w"),
    "L = w^2 ": ("w_i", "w stands with different numbers of indices", "none in L = w^2"),
    r"L = \sum_i x_i + \sum_{i,j} x_{ij}": ("x_i", "x stands with different numbers of indices", ""),
    r"L = x + \sum_i x_i": ("x_i", "x stands without its indices", "x[i]"),
    r"y = x_i + \sum_i x_i": ("x_i", "the index i is free here", "a sum over it"),
    "y = w x[i]": ("w", "the index i is free here", "a sum over it"),
    r"L = \sum_{i=1}^m x_i + \sum_{i=1}^n x_i^2": ("x_i", "two ranges for the index of x", "another letter"),
    r"L = \sum_{i=0}^m x_i + \sum_{i=1}^m x_i^2": ("x_i", "two ranges for the index of x", "another letter"),
    r"L = \sum_{i=3}^{2} x_i": ("x_i", "a range without values", "1 to"),
    r"L = y \sum_{i=1}^{m} x_i, m = y^2": ("y", "m stands where a size is expected", ""),
    r"y_i = x_{i-1}": ("x_i", "x is read outside its range", "--index"),
    r"y_i = \sum_{k=1}^{K} W_k X_{i+k}, i=1..H-K+1, p=1..H, H >= K": (
        "X_p",
        "X is read outside its range",
        "say the ranges",
    ),
    r"y_{2i} = x_i": ("x_i", "the left side of a definition has plain, different indices", ""),
    r"y_{ii} = x_i": ("x_i", "the left side of a definition has plain, different indices", ""),
    r"L(w) = w^2": ("w", "the left side of a definition is a name with its indices", "L = ..."),
    "L = a x, a > x": ("x", "a is no size", "--size 'a'"),
    "v = w^2, v > 0": ("w", "v is no given number: its value follows from its definition", ""),
    r"P_j = \frac{e^{h_j}}{\sum_j e^{h_j}}": ("h_i", "index j is free and bound in one expression", "sum over another"),
    r"L = \sum_{i=1}^{n} y_{i^2}": ("y_k", "an index is a sum of indices, sizes and integers", ""),
    # matrices, derivatives, sets
    "a = W^T x": ("x", "a transpose", "W_{ji}"),
    r"a = W \odot x": ("x", "a product of entries", "components"),
    "a = W @ x": ("x", "a matrix product", "components"),
    r"\mathbf{a} = W x": ("x", "a bold letter is a vector or a matrix", "components"),
    r"L = \|w\|^2": ("w", "Norm has no meaning in components", "components"),
    r"L = \text{softmax}(x)": ("x", "softmax has no meaning in components", "components"),
    r"L = \frac{\partial y}{\partial x}, y = x^2": ("x", "a derivative", "components"),
    # syntax
    "L": ("x", "neither a definition nor a relation", "and its value"),
    "": ("x", "nothing is declared", "a definition"),
    "L = x +": ("x", "the formula stops too early", "an operand"),
    "L = (x": ("x", "( is not closed", ")"),
    r"L = \frac{x": ("x", "{ is not closed", "}"),
    "L = x = y": ("x", "a definition has one equals sign", "a definition for each value"),
    r"L = \foo x": ("x", r"\foo is not understood here", "a letter"),
    "L = 1/2x": ("x", "it is not clear what stands below the fraction line", "1/(2"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    wrt, what, said = REFUSED[text]
    with pytest.raises(SymgradError) as caught:
        declared(text, (), [wrt], Options())
    assert caught.value.what == what
    assert said in str(caught.value)


def test_a_caret_stands_under_the_place():
    with pytest.raises(SymgradError) as caught:
        declared("L = x^2,\n y = +", (), ["x"], Options())
    first, second = caught.value.where.splitlines()
    assert second.index("^") == first.index("+") + len("  where: ") + 1


SETTLED = {
    "m is a size": (r"\mu = \frac{1}{m} \sum_i x_i", "x_i", {"sizes": ["m"]}, "1/m"),
    "m is the last index": (r"\mu = \frac{1}{m} \sum_i x_i", "x_i", {"indices": ["i=1..m"]}, "1/m"),
    "m is a number": (r"\mu = \frac{1}{m} \sum_i x_i", "x_i", {"constants": ["m"]}, "1/m"),
    "g is a function": (r"L = \sum_i g(w x_i)", "w", {"functions": ["g"]}, "sum(x[i]*g'(w*x[i]), i=0..n-1)"),
    "w_o is a name": (r"z = w_o h + b", "w_o", {"symbols": ["w_o"]}, "h"),
    "a_0 is a name": (r"y = a_0 + \sum_{i=1}^n a_i x_i", "a_0", {"symbols": ["a_0"]}, "1"),
    "W is a number": ("a = W x + b", "x", {"constants": ["W"]}, "W"),
    "i counts from 1": (r"L = \sum_i i x_i", "x_i", {"indices": ["i=1..n"]}, "i"),
    "s is a stride": (r"y = \sum_{i=0}^{n-1} w_i x_{s \cdot i}", "w_i", {"sizes": ["s"]}, "x[s*i]"),
    "ab is a name": ("L = a*b + ab", "ab", {"symbols": ["ab"]}, "1"),
    "eps is positive": (r"y = \sqrt{\epsilon^2} x", "x", {"positive": [r"\epsilon"]}, "epsilon"),
}


@pytest.mark.parametrize("name", SETTLED)
def test_the_option_settles_it(name):
    text, wrt, options, answer = SETTLED[name]
    found = declared(text, (), [wrt], Options(**options))
    assert found.graph.derive(found.graph[found.default], wrt=found.questions[wrt]).text == answer


@pytest.mark.parametrize(
    "options",
    [{"symbols": ["x_2"]}, {"functions": ["q"]}, {"indices": ["q=1..m"]}, {"constants": ["v"]}, {"indices": ["i"]},
     {"indices": ["L = 3"]}, {"positive": ["L"]}, {"constants": ["+"]}, {"symbols": [""]}, {"sizes": ["x"]}],
)  # fmt: skip
def test_an_option_about_nothing_is_refused(options):
    with pytest.raises(SymgradError):
        declared(r"L = \sum_i x_i", (), ["x_i"], Options(**options))


def test_what_was_taken_for_granted_is_said():
    text = r"a_i = \sum_j W_{ij} x_j, y_i = \sum_j V_{ij} a_j, z_i = \sum_k u_k y_{i+k}, f = f(z)"
    assert declared(text, (), ["W_{ij}"], Options()).said == (
        "a, y, z are defined",
        "f is an unknown loss",
        "W, x, V, u are given arrays",
        "i, r run over 0..n - 1 for any n, along a, W (first), V (second)",
        "j runs over 0..m - 1 for any m, along W (second), x",
        "l runs over 0..d - 1 for any d, along y, V (first)",
        "t runs over 0..p - 1 for any p, along z",
        "k runs over 0..q - 1 for any q, along u",
        "d + 1 >= p + q, so that every y that is read exists",
        r"i in y_i = \sum_j V_{ij} a_j is called l here",
        r"j in y_i = \sum_j V_{ij} a_j is called r here",
        r"i in z_i = \sum_k u_k y_{i+k} is called t here",
    )
