"""Layers one after the other: numbers, refusals, and the counts of the whole."""

from __future__ import annotations

import pytest

import symgrad as sg


def declared(*layers, shape=("m", 784), label=""):
    g = sg.Graph("network")
    sizes = [g.size(s) if isinstance(s, str) else s for s in shape]
    return g, sg.Sequential(*layers)(g, g.input("x", *sizes), label)


def test_a_number_for_each_block():
    g, y = declared(sg.Linear(784, 512), sg.ReLU(), sg.Dropout(0.5), sg.Linear(512, 512), sg.ReLU(), sg.Linear(512, 10))
    names = [t.name for t in g.model.tensors.values()]
    assert names == "x W1 b1 z1 h1 M1 y1 W2 b2 z2 h2 W3 b3 z3".split()
    assert y is g["z3"] and g.summary().total["parameters"] == 785 * 512 + 513 * 512 + 513 * 10


def test_activations_in_a_row_and_normalisations_in_between():
    g, _ = declared(sg.Linear(784, 5), sg.BatchNorm(5), sg.ReLU(), sg.Tanh(), sg.Linear(5, 2))
    defined = [t.name for t in g.model.definitions]
    assert defined[0] == "z1" and "xhat1" in defined and "y1" in defined
    assert [n for n in defined if n.startswith("h")] == ["h1", "h2"] and defined[-1] == "z2"


def test_networks_are_layers():
    block = sg.Sequential(sg.Linear(4, 4), sg.Tanh())
    g, y = declared(block, sg.Residual(block), sg.Linear(4, 1), shape=("m", 4))
    d = g.derive(g.loss("f", of=y), wrt="parameters")
    assert len(d) == 6 and all(one.certificate.holds for one in d.values())
    assert len(g.model.definitions) == 6


def test_two_networks_in_one_graph_have_a_label_each():
    g = sg.Graph("two")
    x = g.input("x", g.size("m"), 3)
    net = sg.Sequential(sg.Linear(3, 2), sg.ReLU())
    first, second = net(g, x, "enc"), net(g, x, "dec")
    assert first.name != second.name and {"W_enc1", "W_dec1"} <= set(g.model.tensors)


def test_refused():
    with pytest.raises(sg.DeclarationError, match="not a layer"):
        sg.Sequential(sg.Linear(2, 3), max)
    with pytest.raises(sg.DeclarationError, match="without layers"):
        declared()
    with pytest.raises(sg.DeclarationError, match="512 and 513 differ") as caught:
        declared(sg.Linear(784, 512), sg.Linear(513, 10))
    assert "z1" in caught.value.where and "W2" in caught.value.given
