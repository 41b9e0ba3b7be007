"""Hostile text: anything is read or refused, in bounded time, and what is read can be echoed and read back."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.errors import ReadError
from symgrad.read.names import Names
from symgrad.read.parse import parse
from symgrad.read.show import show
from symgrad.read.spelling import ACCENTS, ENVIRONMENTS, KNOWN, PLAIN_SIGNS, UNICODE
from symgrad.read.syntax import Node
from symgrad.read.tokens import PIECES
from tests.read.samples import EXERCISES, NAMES, STUDENT

HOSTILE = {
    "braces": "{" * 1000 + "}" * 1000,
    "braces that fit": "{" * 99 + "a" + "}" * 99,
    "brackets": "(" * 400 + "a" + ")" * 400,
    "brackets that fit": "(" * 99 + "a" + ")" * 99,
    "fractions": r"\frac{1}{" * 300 + "a" + "}" * 300,
    "fractions that fit": r"\frac{1}{" * 90 + "a" + "}" * 90,
    "bars": "|" * 1999,
    "open bars": "|a" * 990,
    "letters": "a" * 9999,
    "names": "ab " * 990,
    "signs": "-" * 1900 + "a",
    "roots": r"\sqrt" * 1000 + "a",
    "accents": r"\hat" * 1900 + "x",
    "sums": r"\sum_i" * 600 + "x",
    "logarithms": r"\log" * 1000 + "a",
    "powers": "a**" * 900 + "a",
    "tower": "9^{9^{9^{9}}}",
    "factorial": "(10^9)!",
    "digits": "9" * 9999,
    "long sum": r"\sum_{i=1}^{10^{12}}\sin(i)",
    "derivatives": r"\frac{\partial}{" * 80 + "}" * 80,
    "gradients": r"\nabla_x " * 600,
    "subscripts": "x_" * 990,
    "primes": "g" + "'" * 1900,
    "differentials": "df/" * 600,
    "bound names": r"\sum_{" + ",".join(["i"] * 900) + "}x",
    "indices": "x[" * 98 + "i" + "]" * 98,
    "factorials": "a" + "!" * 1900,
    "terms": "+".join("a" * 990),
    "divisions": "/".join("a" * 990),
    "relations": "=".join("a" * 990),
    "lines": r"\\".join("a" * 600),
    "accents in braces": r"{\hat" * 95 + "x" + "}" * 95,
    "sums in sums": "sum(" * 99 + ")" * 99,
    "spaces": " " * 9999,
    "carets": "^" * 1999,
}


def read(text: str, names: Names = NAMES) -> Node | None:
    """The tree, or None where the text is refused; anything else that is raised is a bug."""
    try:
        return parse(text, names)
    except ReadError as refusal:
        assert 0 <= refusal.caret <= len(text)
        return None


def check(text: str) -> None:
    tree = read(text)
    if tree is not None:
        assert parse(show(tree, NAMES), NAMES) == tree


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_bounded(name):
    start = time.process_time()
    read(HOSTILE[name])
    assert time.process_time() - start < 1  # a few milliseconds; a second means that something explodes


def test_reading_twice_as_much_does_not_explode():
    """Counted, not timed: the parser looks at each token a bounded number of times."""
    assert read("+".join([r"\frac{x_i}{2}"] * 150)) is not None
    assert read("+".join([r"\frac{x_i}{2}"] * 400)) is None  # over 2000 tokens: refused


FORMULAS = [text for texts in STUDENT.values() for text in texts]
POOL = sorted(
    {piece for text in FORMULAS for piece in PIECES.findall(text)}
    | {*PLAIN_SIGNS, *ACCENTS, *KNOWN, *UNICODE}
    | {rf"\begin{{{name}}}" for name in ENVIRONMENTS}
    | {rf"\end{{{name}}}" for name in ENVIRONMENTS}
)
PIECE_LISTS = st.lists(st.sampled_from(POOL), max_size=14)


@st.composite
def damaged(draw) -> str:
    """A formula of the battery with pieces lost, moved and put in."""
    family = draw(st.sampled_from(sorted(STUDENT)))
    pieces = PIECES.findall(draw(st.sampled_from(STUDENT[family])))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(pieces) - 1, 0)))
        pieces[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(POOL), max_size=2))
    return "".join(pieces)


FORMS = r"""
{0} + {1}
{0} - {1}
-({0})
({0} + b) ({1})
({0}) \cdot ({1})
({0}) * ({1})
({0}) @ ({1})
({0}) \odot ({1})
({0}) \otimes ({1})
\frac{{{0}}}{{{1}}}
({0})/({1})
({0})^{{{1}}}
({0})^{{\odot {1}}}
\sqrt{{{0}}}
\sqrt[3]{{{0}}}
\exp({0})
g'({0})
\varphi({0}, {1})
\log \left({0}\right) {1}
\sum_{{i=1}}^{{m}} ({0})
\sum_{{i, j \ne i}} {0}
({0}) \max_j {1}
sum({0}, k=0..K-1)
[{0} > {1}]
\left|{0}\right|
\lVert {0} \rVert
\lfloor {0} \rfloor
({0})!
({0})^T
({0} + b)_i
({0}, {1})
diag({0})
\binom{{{0}}}{{{1}}}
\delta_{{ij}} ({0})
\frac{{\partial ({0})}}{{\partial x_i}}
\begin{{cases}} {0} & i = j \\ {1} & i \ne j \end{{cases}}
\begin{{pmatrix}} {0} & {1} \end{{pmatrix}}
""".strip().splitlines()
LEAVES = ["a", "2", "0.5", "x_i", r"\hat x_j", r"\sigma^2", "P(y=k)", "W1", "W1[i,j]", r"\mu"]


@st.composite
def formulas(draw, depth: int = 3) -> str:
    """Right formulas in the declared names."""
    if depth == 0:
        return draw(
            st.sampled_from(["a", "2", "0.5", "x_i", r"\hat x_j", r"\sigma^2", "P(y=k)", "W1", "W1[i,j]", r"\mu"])
        )
    inner = formulas(depth=depth - 1)
    form = draw(st.sampled_from(FORMS))
    return form.format(draw(inner), draw(inner))


@given(st.text(max_size=40))
def test_any_text(text):
    check(text)


@given(PIECE_LISTS, st.sampled_from(["", " "]))
def test_any_pieces(pieces, between):
    check(between.join(pieces))


@given(damaged())
def test_damaged_formulas(text):
    check(text)
    for names in EXERCISES.values():
        read(text, names)


@given(formulas())
def test_right_formulas_are_read_and_echoed(text):
    tree = parse(text, NAMES)
    assert parse(show(tree, NAMES), NAMES) == tree


@pytest.mark.fuzz
@settings(max_examples=20_000)
@given(damaged() | PIECE_LISTS.map("".join) | PIECE_LISTS.map(" ".join) | st.text() | formulas(depth=4))
def test_long_fuzz(text):
    check(text)
