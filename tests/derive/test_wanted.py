"""The wanted closed forms: certified, proved equal to the textbook's, as short, right in numbers.

A row that is not so yet stands in one of the tables below with what came out instead, and must fail. All rows derive in
less than a second on two cores of 2024. Rows that other modules of these tests have are not here again: of layers.py
only the known-wrong formulas are asked for here, which its own tests do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

import symgrad as sg
from tests.derive import layers, wanted_likelihoods, wanted_misc, wanted_networks, wanted_norms, wanted_softmax
from tests.derive.asked import right_at
from tests.derive.layer import Case, Layer
from tests.derive.textbook import is_as_short, is_proved, without_a_term

WANTED = [*wanted_norms.LAYERS, *wanted_softmax.LAYERS, *wanted_networks.LAYERS, *wanted_misc.LAYERS, *wanted_likelihoods.LAYERS]

# Declarations and questions that are refused.
REFUSED: dict[str, str] = {}
# Textbook forms that cannot be read.
UNREADABLE: dict[str, str] = {}
# Derivations that are right in numbers, with a line that is not proved for all sizes.
UNCERTIFIED: dict[str, str] = {}
# Answers that are right and cannot be proved equal to the textbook's.
UNPROVED: dict[str, str] = {}
# Answers that are longer than the textbook's.
LONGER: dict[str, str] = {}


def cases(rows: list[Layer], failing: Mapping[str, str], error: type[Exception] = AssertionError) -> list[Any]:
    """Every case of the rows; those that fail must do so by that error, those that are refused by a refusal."""

    def marks(name: str) -> list[pytest.MarkDecorator]:
        why, by = (REFUSED[name], sg.SymgradError) if name in REFUSED else (failing.get(name), error)
        return [pytest.mark.xfail(strict=True, raises=by, reason=why)] if why else []

    named = [(f"{layer.name}-{case.id}", layer, case) for layer in rows for case in layer.cases]
    return [pytest.param(layer, case, id=name, marks=marks(name)) for name, layer, case in named]


@cache
def derived(name: str, case_id: str) -> sg.Derivation:
    layer = next(x for x in [*WANTED, *layers.LAYERS] if x.name == name)
    case = next(c for c in layer.cases if c.id == case_id)
    return layer.graph.derive(case.of, wrt=case.wrt, keep=case.keep, check=False)


def test_every_failing_row_is_there():
    known = {f"{layer.name}-{case.id}" for layer in WANTED for case in layer.cases}
    assert len(known) == sum(len(layer.cases) for layer in WANTED)
    assert {*REFUSED, *UNREADABLE, *UNCERTIFIED, *UNPROVED, *LONGER} <= known


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, UNCERTIFIED))
def test_certified(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert d.report.proved and d.certificate.holds and d.certificate.nonzero


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, {}))
def test_agrees_with_differences(layer: Layer, case: Case):
    right_at(derived(layer.name, case.id), layer.sizes, layer.given, layer.lines, layer.outputs)


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, UNPROVED))
def test_proved_equal_to_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert is_proved(d, case.formula(d)), d.text


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, LONGER))
def test_as_short_as_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert is_as_short(d, case.formula(d)), d.text


@pytest.mark.parametrize(("layer", "case"), cases([*WANTED, *layers.LAYERS], {}))
def test_a_wrong_formula_is_not_proved_equal(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    formula = case.formula(d)
    for wrong in (2 * formula, without_a_term(formula)) if formula else (formula + 1,):
        assert not is_proved(d, wrong), wrong
