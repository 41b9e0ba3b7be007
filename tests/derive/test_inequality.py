"""Inequalities: solved move by move, each line as true as the first; a sign that does not flip is caught."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symgrad as sg
from symgrad.derive.inequality import FLIPPED, LAWS, Inequality, confirmed, isolated, sign_of
from symgrad.errors import CertificateError, Unsupported
from symgrad.questions.moves import WORDS

g = sg.Graph("inequalities")
N = g.size("N")
k = g.index("k", N)
p, q, a, lam = (g.constant(n, positive=True) for n in ("p", "q", "a", "lam"))
x = g.constant("x")
UNIT = ["p", "q"]


def poly(value):
    return g.read(value)[0]


CASES = {  # left, relation, right, unknown, then the solution
    "trials": (1 - sg.Product(1 - p, k), ">=", q, "N", ">=", sg.log(1 - q) / sg.log(1 - p)),
    "decay": (p**N, "<", q, "N", ">", sg.log(q) / sg.log(p)),
    "step": (1 - a * lam, ">", -1, "a", "<", 2 / lam),
    "shift": (x - 2, "<=", 3, "x", "<=", 5),
    "half": (-2 * x, "<", 3, "x", ">", -1.5),
}


@pytest.mark.parametrize("name", CASES)
def test_solved(name):
    left, relation, right, unknown, wanted, bound = CASES[name]
    given = Inequality(poly(left), relation, poly(right + 0 * x))
    moves = isolated(given, unknown, g.model, UNIT)
    confirmed(given, moves, g.model, UNIT, name)
    assert (moves[-1].after.relation, moves[-1].after.right) == (wanted, poly(bound + 0 * x))


@pytest.mark.parametrize("name", CASES)
def test_a_sign_that_does_not_flip_is_caught(name):
    left, relation, right, unknown, *_ = CASES[name]
    given = Inequality(poly(left), relation, poly(right + 0 * x))
    moves = isolated(given, unknown, g.model, UNIT)
    last = moves[-1]
    wrong = replace(last, after=replace(last.after, relation=FLIPPED[last.after.relation]))
    with pytest.raises(CertificateError, match="is not equivalent to the first"):
        confirmed(given, [*moves[:-1], wrong], g.model, UNIT, name)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (x * a, "x is known to be positive or negative"),
        (a + a**2, "one place"),
        (sg.exp(a), "a power"),
        (a**2, "power"),
    ],
)
def test_refusals(left, expected):
    with pytest.raises(Unsupported, match="cannot be solved for a") as refusal:
        isolated(Inequality(poly(left), "<", poly(q)), "a", g.model, UNIT)
    assert expected in refusal.value.expected.replace("[]", "")


def test_a_power_whose_base_may_pass_1_is_refused():
    with pytest.raises(Unsupported):
        isolated(Inequality(poly(sg.Product(1 - p, k)), "<", poly(q)), "N", g.model)


def test_signs():
    assert sign_of(poly(sg.log(1 - p)), UNIT) == -1 and sign_of(poly(sg.log(1 - p)), []) == 0
    assert sign_of(poly(-lam * a), []) == -1 and sign_of(poly(1 - p), UNIT) == 1 and sign_of(poly(x), []) == 0


def test_every_law_has_its_words():
    assert LAWS.keys() == WORDS.keys()
