"""The same answer whatever the order of definitions and terms; folding a folded answer changes nothing."""

from __future__ import annotations

import pytest
from sympy import exp

import symgrad as sg
from symgrad.derive.derivation import Engine, derive
from tests.derive.confluence import latest_first, own_names, renamed, reversed_names
from tests.derive.layer import Case, Layer
from tests.derive.layers import LAYERS
from tests.derive.test_wanted import REFUSED, WANTED, derived

ASKED = [
    pytest.param(layer, case, id=f"{layer.name}-{case.id}")
    for layer in [*WANTED, *LAYERS]
    for case in layer.cases
    if f"{layer.name}-{case.id}" not in REFUSED
]
THIRD = [a if n % 3 == 0 else pytest.param(*a.values, id=a.id, marks=pytest.mark.fuzz) for n, a in enumerate(ASKED)]


@pytest.mark.parametrize(("layer", "case"), THIRD)
def test_the_order_of_definitions_and_terms_does_not_matter(layer: Layer, case: Case):
    """Terms stand in the alphabetical order of their names: reversing it turns the terms of every sum round."""
    found = derived(layer.name, case.id).engine
    if found.of not in layer.graph.model.tensors:
        assert found.nameless  # an expression of its own: it is read in the order of its terms anyway
        return
    new = reversed_names(layer.graph.model)
    other = renamed(latest_first(layer.graph.model), new)
    keep = [new[name] for name in found.keep]
    again = derive(other, new[found.of], found.of_free, new[found.by], found.by_free, keep=keep)
    assert own_names(again.answer, again.model, {n: o for o, n in new.items()}) == found.answer


@pytest.mark.parametrize(("layer", "case"), THIRD)
def test_folding_a_folded_answer_changes_nothing(layer: Layer, case: Case):
    found = derived(layer.name, case.id).engine
    folder = Engine(found.model, found.sweep, found.nameless).folder(found.free)
    assert folder.close(found.answer).poly == found.answer


def test_the_other_order_is_another_order():
    """The test above would show a difference: declared order, names and terms are turned round."""
    g = sg.Graph("two")
    x, y = g.input("x"), g.input("y")
    a = g.define("a", exp(x) + y)
    g.define("b", a * x)
    g.define("c", exp(y))
    model = g.model
    other = renamed(latest_first(model), reversed_names(model))
    assert [t.name for t in other.definitions] == ["t003", "t005", "t004"]
    assert str(model.tensors["a"].poly) == "exp(x[]) + y[]"
    assert str(other.tensors["t005"].poly) == "exp(t002[]) + t001[]"
