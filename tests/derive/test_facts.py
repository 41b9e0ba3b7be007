"""Derivatives of textbooks, declared through the public API, against their own formulas in numpy and differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from sympy import Expr

import symgrad as sg
from tests.derive.fact import Fact
from tests.derive.facts import FORMS
from tests.derive.facts_layers import LAYERS
from tests.derive.facts_more import MORE
from tests.derive.oracle import Box, differences, entries
from tests.derive.textbook import is_as_short, is_proved, without_a_term

FACTS = [*FORMS, *LAYERS, *MORE]

# Declarations that are refused.
REFUSED = {
    "focal": "a power with a symbolic exponent of something that may be 0 or negative, where: (1 - p[i])**c in L",
}
# Answers that are right and certified, and cannot be proved equal to the textbook's.
UNPROVED: dict[str, str] = {}
# Answers that are right and certified, and longer than the textbook's.
LONGER = {
    "focal_by_the_other_class": "1 - sigmoid(-u) is not written as p, which is sigmoid(u)",
}


def parameters(failing: Mapping[str, str]) -> list[Any]:
    """Every fact as a case; those listed must fail, the refused ones by their refusal, the others by the assertion."""
    marks = {
        name: [pytest.mark.xfail(strict=True, raises=sg.Unsupported if name in REFUSED else AssertionError, reason=why)]
        for name, why in failing.items()
    }
    return [pytest.param(f, id=f.id, marks=marks.get(f.id, [])) for f in FACTS]


def slope(fact: Fact, sizes: Mapping[str, int], given: Mapping[str, Any]) -> Any:
    """Central differences of the function of the fact, as often as its order says."""

    def function(order: int, at: Any) -> Any:
        if order:
            return differences(lambda v: function(order - 1, v), at)
        return fact.run(fact.f, sizes, {**given, fact.by: at})

    return function(fact.order, given[fact.by])


def found(d: sg.Derivation, answer: Expr, fact: Fact, sizes: Mapping[str, int], given: Mapping[str, Any]) -> Any:
    """Every entry of an answer, by the walk of the oracle; names of gradients get their values from `d.where`."""
    values = fact.values(sizes, given)
    names = dict(sizes) | {n: Box(v) if np.ndim(v) else float(v) for n, v in values.items()}
    for left, gradient in d.where.items():
        name, _, indices = left.removesuffix("]").partition("[")
        shape = np.shape(values[name.rpartition("_d")[2]])
        names[name] = Box(entries(gradient, indices.split(", "), shape, names))
    shape = np.shape(fact.run(fact.result, sizes, given))
    return entries(answer, list(d.engine.free), shape, names)


def first_case(fact: Fact) -> tuple[Mapping[str, int], dict[str, Any]]:
    return fact.sizes[0], fact.given(fact.sizes[0], seed=0)


# --- the facts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fact", parameters({}))
def test_the_fact_itself_agrees_with_differences(fact: Fact):
    for number, sizes in enumerate(fact.sizes):
        given = fact.given(sizes, seed=number)
        truth = fact.run(fact.result, sizes, given)
        measured = slope(fact, sizes, given)
        assert measured == pytest.approx(truth, rel=1e-6, abs=1e-6), sizes
        assert number or measured != pytest.approx(2 * truth, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("fact", parameters(REFUSED))
def test_certified_and_equal_to_the_fact(fact: Fact):
    d, _ = fact.derived
    assert d.report.proved and d.certificate.holds and d.certificate.nonzero
    for number, sizes in enumerate(fact.sizes):
        given = fact.given(sizes, seed=number)
        truth = fact.run(fact.result, sizes, given)
        assert found(d, d.answer, fact, sizes, given) == pytest.approx(truth, rel=1e-8, abs=1e-8), sizes


@pytest.mark.parametrize("fact", parameters(REFUSED))
def test_a_wrong_answer_is_not_equal_to_the_fact(fact: Fact):
    d, _ = fact.derived
    sizes, given = first_case(fact)
    truth = fact.run(fact.result, sizes, given)
    for wrong in (2 * d.answer, without_a_term(d.answer)):
        assert found(d, wrong, fact, sizes, given) != pytest.approx(truth, rel=1e-8, abs=1e-8), wrong


@pytest.mark.parametrize("fact", parameters(REFUSED | UNPROVED))
def test_proved_equal_to_the_textbook(fact: Fact):
    d, formula = fact.derived
    assert is_proved(d, formula)


@pytest.mark.parametrize("fact", parameters(REFUSED | LONGER))
def test_as_short_as_the_textbook(fact: Fact):
    d, formula = fact.derived
    assert is_as_short(d, formula), d.text
