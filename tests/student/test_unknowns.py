"""Numbers for names save the prover time, and must never cost a proof: every layer is proved with them and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import symgrad as sg
from symgrad import exercises
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.check.numbers import Numbers
from symgrad.check.proof import equal_at
from symgrad.student import decide, prove
from symgrad.student.unknowns import could_vanish

ROWS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))
PARTS = ("batch_normalization", "softmax_cross_entropy", "softmax_chain", "sigmoid_convolution", "relu_mlp")
RIGHT = [r for r in ROWS if r["verdict"] == "right" and r["part"].split(".")[0] in PARTS]


@pytest.fixture
def claims(monkeypatch):
    """The claims that a verdict tried to prove."""
    made = []

    def kept(claim):
        made.append(claim)
        return prove.proved(claim)

    monkeypatch.setattr(decide, "proved", kept)
    return made


@pytest.mark.parametrize("row", RIGHT, ids=lambda row: f"{row['part']}: {row['answer']}")
def test_what_is_proved_could_vanish(row, claims):
    name, part = row["part"].split(".")
    exercises.load(name).grader(part).judge_here(row["answer"])
    assert claims
    proofs = 0
    for claim in claims:
        difference = claim.left - claim.right
        for facts in ((), claim.model.facts):
            for names in prove.layers(difference, claim.model):
                for how in (False, True):
                    if equal_at(claim.left, claim.right, claim.model, claim.free, facts, names, how):
                        proofs += 1
                        assert could_vanish(difference, names, claim.model, claim.free, facts, claim.trial)
    assert proofs


def test_a_definition_as_an_unknown_is_not_what_it_is_defined_as(claims):
    grader = exercises.load("batch_normalization").grader("a")
    text = r"\sum_{i=1}^m \frac{\partial f}{\partial y_i} \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}"
    assert grader.judge_here(text).is_right
    (claim,) = claims
    difference = claim.left - claim.right
    named, *_, written = prove.layers(difference, claim.model)
    assert not could_vanish(difference, named, claim.model, claim.free, (), claim.trial)
    assert could_vanish(difference, written, claim.model, claim.free, (), claim.trial)


def test_what_is_symmetric_is_so_as_an_unknown():
    g = sg.Graph("a Gram matrix")
    n, d = g.sizes("n d")
    i, j = g.indices("i j", n)
    a = g.index("a", d)
    X = g.input("X", i, a)
    g.define("D", sg.Sum(X[i, a] * X[j, a], a), over=(i, j))
    g.define("E", sg.Sum(X[i, a] * X[j, a] ** 2, a), over=(i, j))
    rows = [Affine.name("i"), Affine.name("j")]
    trial = Numbers(g.model).trials[0]
    for name, symmetric in (("D", True), ("E", False)):
        tensor = g.model.tensors[name]
        difference = lone(tensor.at(rows)) - lone(tensor.at(rows[::-1]))
        assert could_vanish(difference, frozenset(), g.model, ("i", "j"), (), trial) is symmetric
