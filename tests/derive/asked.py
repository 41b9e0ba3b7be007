"""What every hard case is asked: is the answer proved, the textbook's, as short, and right in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy

import symgrad as sg
from symgrad.algebra.border_names import Holds
from tests.derive.edge import Sizes, agree, drawn, valued
from tests.derive.textbook import is_as_short, is_equal


def fault(reason: str) -> pytest.MarkDecorator:
    """A test of what is not so yet; it fails as soon as it is."""
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)


def is_textbook(d: sg.Derivation, formula: Any, facts: bool = False) -> bool:
    """Certified, proved equal to the formula for all sizes, and not longer."""
    assert d.report.proved and d.certificate.holds
    assert is_equal(d, formula, facts), d.text
    return is_as_short(d, formula)


def right_at(
    d: sg.Derivation,
    sizes: Iterable[Sizes],
    given: Callable[[Sizes, np.random.Generator], dict[str, Any]] | str,
    lines: Mapping[str, Callable[[dict[str, Any]], Any]],
    outputs: Mapping[str, str] | None = None,
    start: int = 0,
) -> None:
    """The answer at these sizes against differences of the lines in numpy."""
    draw = drawn(*given.split(", ")) if isinstance(given, str) else given
    for number, at in enumerate(sizes):
        values = {**at, **draw(at, np.random.default_rng(number))}
        agree(d, *valued(d, values, lines, outputs or {}, start), start)


def divisors(e: sympy.Expr) -> set[str]:
    """What an answer divides by: the names under negative powers."""
    under = [p.base for p in e.atoms(sympy.Pow) if p.exp.could_extract_minus_sign()]
    return {str(s) for base in under for s in base.free_symbols if s.is_Symbol}


def guards(e: sympy.Expr) -> set[sympy.Basic]:
    """The conditions on indices that stand in an answer."""
    return e.atoms(sympy.Piecewise, sympy.KroneckerDelta, Holds)


def limits(e: sympy.Expr) -> list[tuple[sympy.Expr, sympy.Expr]]:
    """The ranges of the only sum, outermost last."""
    (total,) = e.atoms(sympy.Sum)
    return [(low, high) for _, low, high in total.limits]
