"""Layers nobody has named go through the same pipeline: to a certified answer, right, and as short as the textbook."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sympy import KroneckerDelta
from sympy import Sum as SympySum

from tests.derive.layer import Case, Layer
from tests.derive.layers import LAYERS
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import is_as_short, is_equal

CASES = [pytest.param(layer, case, id=f"{layer.name}-{case.id}") for layer in LAYERS for case in layer.cases]


@cache
def derived(layer_name: str, case_id: str):
    layer = next(x for x in LAYERS if x.name == layer_name)
    case = next(c for c in layer.cases if c.id == case_id)
    return layer.graph.derive(case.of, wrt=case.wrt, keep=case.keep)


@pytest.mark.parametrize(("layer", "case"), CASES)
def test_certified_and_equal_to_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert d.report.proved and d.certificate.holds
    assert d.certificate.nonzero or not d.poly
    assert is_equal(d, case.formula(d)) or is_equal(d, case.formula(d), poly=d.fact_free)
    assert not d.engine.facts and len(d.ledger) == len(d.engine.policies)


@pytest.mark.parametrize(("layer", "case"), CASES)
def test_as_short_as_the_textbook(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    assert is_as_short(d, case.formula(d)), d.text


@pytest.mark.parametrize(("layer", "case"), CASES)
def test_no_delta_is_left_under_a_sum(layer: Layer, case: Case):
    """A delta of a bound index picks one term of its sum."""
    for total in derived(layer.name, case.id).answer.atoms(SympySum):
        bound = {limit[0] for limit in total.limits}
        assert not [delta for delta in total.function.atoms(KroneckerDelta) if delta.free_symbols & bound]


@pytest.mark.parametrize(("layer", "case"), CASES)
def test_gradients_stand_as_names_only_where_kept(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    named = [t for n in d.poly.tensors if (t := d.engine.model.tensors[n]).kind == "adjoint"]
    assert {t.of[1] for t in named} <= {handle.name for handle in case.keep}


# --- plain numpy ----------------------------------------------------------------------------------------------------


def probe(y):
    """A loss whose second derivatives mix all entries."""
    flat = np.ravel(y)
    return sum(np.sin(v) + 0.3 * v * flat[n - 1] for n, v in enumerate(flat))


def run(layer: Layer, given, held=()):
    """Every line computed in order, those in `held` taken as they are."""
    values = {**given, **dict(held)}
    for name, line in layer.lines.items():
        if name not in values:
            values[name] = line(values)
    for loss, output in layer.outputs.items():
        values[loss] = probe(values[output])
    return values


def difference(layer: Layer, given, of: str, by: str):
    """Differences of `of` by a name; lines that do not depend on it, and the lines before it, are as they were."""
    at = run(layer, given)[by]
    return differences(lambda v: run(layer, given, {by: v})[of], at)


@pytest.mark.parametrize(("layer", "case"), CASES)
def test_agrees_with_differences(layer: Layer, case: Case):
    d = derived(layer.name, case.id)
    e = d.engine
    for number, sizes in enumerate(layer.sizes):
        given = layer.given(sizes, np.random.default_rng(number))
        values = run(layer, given)
        names = {n: Box(v) if np.ndim(v) else float(v) for n, v in values.items()} | dict(sizes)
        for name in d.poly.tensors & {t.name for t in e.model.tensors.values() if t.kind in ("upstream", "adjoint")}:
            slope = difference(layer, given, *e.model.tensors[name].of)
            names[name] = Box(slope) if np.ndim(slope) else float(slope)
        if case.id == "square":
            truth = differences(lambda v, g=given: run(layer, g, {e.by: v})["u"] ** 2, given[e.by])
        else:
            truth = difference(layer, given, e.of, e.by)
        found = entries(d.answer, list(e.free), truth.shape, names)
        assert found == pytest.approx(truth, rel=1e-6, abs=1e-8), sizes


def test_a_wrong_answer_does_not_agree():
    """The comparison above can fail: an answer without its factor 2 does."""
    layer = next(x for x in LAYERS if x.name == "causal sum")
    d = derived("causal sum", "x")
    given = layer.given({"n": 3}, np.random.default_rng(0))
    names = {"n": 3, "x": Box(given["x"]), "df_dy": Box(difference(layer, given, "f", "y"))}
    truth = difference(layer, given, "f", "x")
    assert entries(d.answer, ["q"], (3,), names) == pytest.approx(truth)
    assert entries(d.answer / 2, ["q"], (3,), names) != pytest.approx(truth)
