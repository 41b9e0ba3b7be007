"""conv_stack_parameters, dense_parameters and weight_sharing: the facts, and the entries of numpy's arrays."""

from __future__ import annotations

import pytest

from derivations import conv_stack_parameters, dense_parameters, weight_sharing
from tests.derivations.loops import boxed, entries, lines, worked

KERNELS = [((100, 3, 3, 3), (100,)), ((200, 100, 3, 3), (200,)), ((400, 200, 3, 3), (400,))]
DENSE = [((30, 1024), (1024,)), ((1024, 512), (512,)), ((512, 1), (1,))]
SHARED = {"dense": (64, 64, 2, 96), "conv6": (6, 6, 2, 96), "conv1": (1, 1, 2, 96)}


@pytest.fixture(scope="module")
def stack():
    return worked(conv_stack_parameters.exercise)


def test_a_stack_of_convolutions(stack):
    assert {part: boxed(q) for part, q in stack.items()} == {
        "layer1": ["2800"],
        "layer2": ["180200"],
        "layer3": ["720400"],
        "total": ["903400"],
    }
    for part, shapes in zip(("layer1", "layer2", "layer3"), KERNELS, strict=True):
        assert boxed(stack[part]) == [str(entries(*shapes))]
    assert boxed(stack["total"]) == [str(entries(*(s for shapes in KERNELS for s in shapes)))]


def test_the_arithmetic_of_a_layer(stack):
    assert lines(stack["layer1"]) == ["100*3*3*3 + 100", "2700 + 100", "2800"]
    assert lines(stack["layer2"]) == ["200*100*3*3 + 200", "180000 + 200", "180200"]
    assert lines(stack["total"])[-2:] == ["2800 + 180200 + 720400", "903400"]


def test_a_dense_network():
    key = worked(dense_parameters.exercise)
    assert list(key) == ["sizes", "total"]
    assert boxed(key["sizes"]) == ["(B, 1024)", "(B, 512)", "(B, 1)"]
    assert boxed(key["total"]) == ["557057"] == [str(entries(*(s for shapes in DENSE for s in shapes)))]
    assert lines(key["total"])[-2] == "31744 + 524800 + 513"


def test_weight_sharing():
    key = worked(weight_sharing.exercise)
    assert {part: boxed(q) for part, q in key.items()} == {"dense": ["786528"], "conv6": ["7008"], "conv1": ["288"]}
    for part, shape in SHARED.items():
        assert boxed(key[part]) == [str(entries(shape, (96,)))]
    assert lines(key["dense"]) == ["H*V*C*F + F", "64*64*2*96 + 96", "786432 + 96", "786528"]
    assert lines(key["conv6"])[:2] == ["K*K*C*F + F", "6*6*2*96 + 96"]


def test_the_dense_layer_and_the_convolutions_are_differentiated_too():
    """The declarations that are counted are the layers themselves."""
    for part, graph in weight_sharing.graphs.items():
        before = graph.state()
        d = graph.derive(graph.loss("J", of=graph["Z"]), wrt=graph["W"])
        assert d.certificate.holds, part
        graph.go_back(before)
