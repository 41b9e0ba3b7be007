"""The table of mistakes: a sample for every row, and the mechanisms around it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import exp, log, sqrt

import symgrad as sg
from symgrad.errors import SymgradError
from symgrad.read.parse import parse
from symgrad.read.show import show
from symgrad.student.mistakes import BY_ID, CHANGES, MISTAKES, UNDOING, mutants, repairs
from symgrad.student.spots import Scope, renamed, spots
from symgrad.student.study import alike

# id -> (formula, what the mistake makes of it)
SAMPLES = {
    "sign": ("x_i - a", "x_{i} + a"),
    "mean_for_sum": (r"\sum_{j=1}^{m} x_j", r"\frac{1}{m} \, \sum_{j=1}^{m} x_{j}"),
    "size_missing": (r"\frac{x_i}{m}", r"x_{i}"),
    "size_extra": (r"x_i", r"\frac{1}{m} \, x_{i}"),
    "size_less_one": (r"\frac{x_i}{m}", r"\frac{x_{i}}{m - 1}"),
    "number_missing": (r"2 \, x_i", r"x_{i}"),
    "square_kept": (r"2 \, \left(x_i - a\right)", r"\left(x_{i} - a\right)^{2}"),
    "number_extra": (r"x_i", r"2 \, x_{i}"),
    "constant_outside": (r"\sqrt{s^2 + c}", r"\sqrt{s^2} + c"),
    "exponent": (r"\sqrt{a}", r"a^{\frac{3}{2}}"),
    "exponent_off": (r"a^{m}", r"a^{m - 1}"),
    "root_variable": (r"\frac{\partial f}{\partial s^2}", r"2 \, \sqrt{s^2} \, \frac{\partial f}{\partial s^2}"),
    "slope_undone": (r"\operatorname{ReLU}'\left(x_i\right)", r"\operatorname{ReLU}\left(x_{i}\right)"),
    "slope_missing": (r"a \, \operatorname{ReLU}'\left(x_i\right)", "a"),
    "prime_argument": (r"\operatorname{ReLU}'\left(x_i\right)", r"\operatorname{ReLU}'\left(z_{i}\right)"),
    "other_activation": (r"x_i \, \left(1 - x_i\right)", r"1 - x_{i}^{2}"),
    "function_kept": (r"\frac{a}{x_i}", r"a \, \log\left(x_{i}\right)"),
    "gradient_missing": (r"\frac{\partial f}{\partial y_i} \, a", "a"),
    "sum_collapsed": (r"x_i \, \sum_{j=1}^{m} x_j", r"x_{i} \, x_{i}"),
    "sum_dropped": (r"\sum_{j=1}^{m} x_j", r"x_{j}"),
    "sum_wrong": (r"\sum_{j=1}^{m} x_j \, W_{i, j}", r"\sum_{j=1}^{m} x_{i} \, W_{j, i}"),
    "sum_extra": (r"x_i", r"\sum_{i=1}^{m} x_{i}"),
    "sum_split": (
        r"\sum_{j=1}^{m} x_j \, z_j",
        r"\left(\sum_{j=1}^{m} x_{j}\right) \, \sum_{j=1}^{m} z_{j}",
    ),
    "sum_scope": (r"\sum_{j=1}^{m} \left(x_j + a\right)", r"\sum_{j=1}^{m} x_{j} + a"),
    "path_missing": (r"x_i + z_i", r"x_{i}"),
    "term_missing": (r"a \, \left(x_i + z_i\right)", r"a \, x_{i}"),
    "bracket": (r"a \, \left(x_i + z_i\right)", r"a \, x_{i} + z_{i}"),
    "shift": (r"\sum_{j=1}^{m} x_{i+j}", r"\sum_{j=1}^{m} x_{i - j}"),
    "wrong_index": (r"x_i \, \sum_{j=1}^{m} z_j", r"x_{i} \, \sum_{j=1}^{m} z_{i}"),
    "axes_swapped": (r"W_{i, j}", r"W_{j, i}"),
    "index_off": (r"x_i", r"x_{i + 1}"),
    "range_off": (r"\sum_{j=1}^{m} x_j", r"\sum_{j=1}^{m - 1} x_{j}"),
    "special_case": (r"a \, \delta_{i, j}", r"a \, 1"),
    "transposed": (r"x", r"x^{\top}"),
    "transpose_missing": (r"W^{\top} \, x", r"W \, x"),
    "transpose_extra": (r"W \, x", r"W^{\top} \, x"),
    "operands_swapped": (r"W \, x", r"x \, W"),
    "product_kind": (r"x \odot z", r"x \, z"),
    "wrong_layer": (r"h_1", r"h_2"),
    "wrong_gradient": (r"\frac{\partial f}{\partial x_i}", r"\frac{\partial f}{\partial z_{i}}"),
    "confused": (r"x_i", r"z_{i}"),
    "factor_missing": (r"a \, x_i", r"x_{i}"),
    "multiplied": (r"x_i + z_i", r"x_{i} \, z_{i}"),
    "added": (r"x_i \, z_i", r"x_{i} + z_{i}"),
    "reciprocal": (r"\frac{x_i}{a}", r"\frac{a}{x_{i}}"),
    "size_more_one": (r"\frac{x_i}{m - 1}", r"\frac{x_{i}}{m}"),
    "square_done": (r"x_i^2", r"2 \, x_{i}"),
    "constant_inside": (r"\sqrt{s^2} + c", r"\sqrt{s^2 + c}"),
    "slope_done": (r"\operatorname{ReLU}\left(x_i\right)", r"\operatorname{ReLU}'\left(x_{i}\right)"),
    "function_dropped": (r"\log\left(x_i\right)", r"x_{i}"),
    "factor_extra": (r"x_i", r"\frac{\partial f}{\partial y_{i}} \, x_{i}"),
    "sum_joined": (r"\left(\sum_{j=1}^{m} x_j\right) \, \sum_{j=1}^{m} z_j", r"\sum_{j=1}^{m} x_{j} \, z_{j}"),
    "other_name": (r"x_i", r"v_{i}"),
    "bracket_closed": (r"a \, x_i + z_i", r"a \, \left(x_{i} + z_{i}\right)"),
}


@pytest.fixture(scope="module")
def study():
    g = sg.Graph("names of every kind")
    m, n = g.sizes("m n")
    i, j, k = *g.indices("i j", m, start=1), g.index("k", n)
    x, z, W = g.input("x", i), g.input("z", i), g.input("W", i, j)
    g.input("v", k)
    a, c = g.parameter("a"), g.constant("c", positive=True)
    h1, h2 = g.parameters("h1 h2")
    s2 = g.define("s2", sg.Sum(x[i] ** 2, i), shown="s^2")
    P = g.define("P", log(1 + exp(x[i])) + sqrt(s2 + c) + sg.Sum(W[i, j] * z[j], j), over=i)
    y = g.define("y", a * P[i] + h1 * sg.relu(x[i]) + h2, over=i)
    f = g.loss("f", of=y)
    return g.derive(f, x[i]).grader.study


def test_every_change_has_a_sample():
    assert SAMPLES.keys() == CHANGES.keys()
    assert len(CHANGES) == len(MISTAKES) + len(UNDOING)  # no id twice


def test_a_function_is_kept_where_its_argument_had_it_only(study):
    """log and exp stand over x in the definitions: nobody writes log a, or exp z."""
    tree = parse(r"a \, x_i + \frac{a}{z_i}", study.names)
    made = {show(m.tree, study.names) for m in mutants(tree, study.words, ("function_kept",))}
    rest = r"\frac{a}{z_{i}}"
    assert made == {rf"a \, {f}\left(x_{{i}}\right) + {rest}" for f in (r"\log", r"\exp")}


@pytest.mark.parametrize("id", SAMPLES)
def test_a_row_makes_its_mistake(id, study):
    before, after = SAMPLES[id]
    tree = parse(before, study.names)
    words = study.words
    if "j" in before.replace("_{j", "").replace("_j", "") or id in ("axes_swapped", "special_case"):
        words = replace(words, free=("i", "j"))
    made = [show(m.tree, study.names) for m in mutants(tree, words, (id,))]
    assert after in made, made


@pytest.mark.parametrize("row", MISTAKES, ids=lambda row: row.id)
def test_a_row_speaks_of_the_mistake_and_hints_at_it(row):
    assert row.says and not row.says.endswith(".")
    assert row.hint.endswith(("?", "."))
    assert set(row.undo) <= CHANGES.keys()


@pytest.mark.parametrize("id", [row.id for row in MISTAKES if row.undo])
def test_a_mistake_can_be_undone(id, study):
    """Some change of the rows in `undo` leads from the wrong formula back to one of the same value."""
    before, after = (parse(text, study.names) for text in SAMPLES[id])
    factors = tuple(spot.node for spot in spots(before, Scope(study.words)) if spot.scope.role == "value")
    words = replace(study.words, free=("i", "j"), factors=factors)
    made = [m.tree for m in repairs(after, words) if m.mistake == id]
    assert any(is_same(tree, before, study) for tree in made), [show(tree, study.names) for tree in made]


def is_same(one, other, study):
    try:
        return one == other or alike(*(study.values(study.meant(tree)) for tree in (one, other)))
    except SymgradError:
        return False


def test_mutants_are_unlike_each_other_and_the_formula(study):
    tree = parse(r"2 \, a \, \sum_{j=1}^{m} x_j \, z_i", study.names)
    made = [m.tree for m in mutants(tree, study.words)]
    assert tree not in made
    assert len(set(made)) == len(made) > 20


def test_a_place_is_put_back_unchanged(study):
    """The law of a spot: put(node) is the tree."""
    for tree in study.forms.values():
        for spot in spots(tree, Scope(study.words)):
            assert spot.put(spot.node) == tree


def test_an_index_is_renamed_where_it_is_free(study):
    tree = parse(r"x_i \, \sum_{i=1}^{m} z_i", study.names)
    assert show(renamed(tree, "i", "j"), study.names) == r"x_{j} \, \sum_{i=1}^{m} z_{i}"


def test_no_row_is_about_a_layer_or_a_name():
    assert not any(word in row.says for row in BY_ID.values() for word in ("softmax", "batch", "ReLU", "gamma"))
