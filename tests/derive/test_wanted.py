"""The wanted closed forms: certified, proved equal to the textbook's, as short, right in numbers.

A row that is not so yet stands in one of the tables below with what came out instead, and must fail. No row takes five
seconds to derive. Rows that other modules of these tests have are not here again: of layers.py only the known-wrong
formulas are asked for here, which its own tests do not.
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
from tests.derive.textbook import comparisons, is_as_short, is_proved, without_a_term

MODULES = (wanted_norms, wanted_softmax, wanted_networks, wanted_misc, wanted_likelihoods)
WANTED = [layer for module in MODULES for layer in module.LAYERS]

GROUP = "group norm, an affine index for a channel"
# Declarations and questions that are refused.
REFUSED = {
    f"{GROUP}-beta at its place": "wrt has plain, different indices: beta[a*M + p] is not asked for",
    "cross-entropy of a label-given label": "an index or range that depends on data: label in -log(P[label])",
    "LSTM cell, loss of h and c-c": "J depends on cn directly and through t (a copy of cn is needed)",
}
# Textbook forms that cannot be read.
UNREADABLE = {f"{GROUP}-beta with floor": "an index that is not affine: floor(c/M) in df_dy[floor(c/M), ...]"}
# Derivations that are right in numbers, with a line that is not proved for all sizes.
UNCERTIFIED = {
    "t-distributed neighbour embedding-y": "the lines `expand`, `sum` and `common` under (1 + distance)**-2",
}
# Answers that are right and cannot be proved equal to the textbook's.
UNPROVED = {
    f"{GROUP}-x": "xhat stands in one of two sums and x - mu in the other, under roots of different powers",
}
MERGE = "S*u beside a sum with w, each under a sum of its own: the textbook has sum(df_dS*(w - S*u))"
# Answers that are longer than the textbook's.
LONGER = {
    f"{GROUP}-x": "sums over the one group of c; xhat not put for (x[c] - mu)/sqrt(v + epsilon), roots in a bracket",
    "cosine similarities of two sets-x": MERGE,
    "cosine similarities of two sets-z": MERGE,
    "t-distributed neighbour embedding-y": "Z*q[i, j] stands where the textbook has w[i, j]",
}


def cases(rows: list[Layer], failing: Mapping[str, str]) -> list[Any]:
    """Every case of the rows; the refused ones must fail by their refusal, the failing ones by the assertion."""

    def marks(name: str) -> list[pytest.MarkDecorator]:
        by = AssertionError if name in failing and name not in UNREADABLE else sg.SymgradError
        why = REFUSED.get(name) or failing.get(name)
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


@pytest.mark.fuzz
@pytest.mark.parametrize(("layer", "case"), cases(WANTED, {}))
def test_agrees_with_differences(layer: Layer, case: Case):
    right_at(derived(layer.name, case.id), layer.sizes, layer.given, layer.lines, layer.outputs)


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, UNPROVED | UNREADABLE))
def test_proved_equal_to_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert is_proved(d, case.formula(d)), d.text


@pytest.mark.parametrize(("layer", "case"), cases(WANTED, LONGER | UNREADABLE))
def test_as_short_as_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert is_as_short(d, case.formula(d)), d.text


@pytest.mark.fuzz
@pytest.mark.parametrize(("layer", "case"), cases([*WANTED, *layers.LAYERS], UNREADABLE))
def test_a_wrong_formula_is_not_proved_equal(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    formula = case.formula(d)
    judge = next((way for way in comparisons(d) if way(formula)), comparisons(d)[0])
    for wrong in (2 * formula, without_a_term(formula)) if formula else (formula + 1,):
        assert not judge(wrong), wrong
