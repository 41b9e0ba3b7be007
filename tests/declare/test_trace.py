"""Functions written for numpy become graphs: the same numbers, the caller's own names, refusals with their line."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import symgrad as sg
from symgrad.errors import SymgradError
from tests.derive.oracle import Box, value


def perceptron(X, W1, b1, W2, b2):
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    y = h @ W2 + b2
    return y


def attention(Q, K, V):
    S = Q @ K.T / np.sqrt(2)
    E = np.exp(S)
    P = E / np.sum(E, axis=1, keepdims=True)
    return P @ V


def reassigned(x, w):
    x = x * w
    x = np.tanh(x)
    total, other = np.sum(x), x[0]
    return total, other + 1


FUNCTIONS = {
    perceptron: {"X": "b n", "W1": "n k", "b1": "k", "W2": "k 2", "b2": (2,)},
    attention: {"Q": "n d", "K": "m d", "V": "m e"},
    reassigned: {"x": "n", "w": "n"},
}
SIZES = {"b": 3, "n": 2, "k": 4, "d": 3, "m": 2, "e": 2}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_same_numbers(function):
    g = sg.trace(function, **FUNCTIONS[function])
    draw = np.random.default_rng(3)
    shapes = {n: [int(value(s, SIZES)) for s in g[n].shape] for n in FUNCTIONS[function]}
    given = {n: draw.normal(size=shape) for n, shape in shapes.items()}
    results = function(**given)
    names = {**SIZES, **{n: Box(a) for n, a in given.items()}}
    for tensor in g.model.definitions:  # forwards, each from those before it
        shape = [int(value(g.count(a), SIZES)) for a in tensor.axes]
        entries = np.empty(shape)
        for place in np.ndindex(*shape):
            at = {**names, **dict(zip(tensor.axes, place, strict=True))}
            entries[place] = value(g.show(tensor.poly, tensor.axes), at)
        names[tensor.name] = Box(entries) if shape else float(entries)
    for handle, wanted in zip(g.outputs, results if isinstance(results, tuple) else (results,), strict=True):
        found = names[handle.name]
        assert np.allclose(found.array if isinstance(found, Box) else found, wanted, rtol=1e-12)


def test_variables_are_definitions():
    g = sg.trace(perceptron, **FUNCTIONS[perceptron])
    assert [t.name for t in g.model.definitions] == ["z", "h", "y"]
    assert g.outputs[0].name == "y" and g.model.name == "perceptron"
    f = g.loss("f", of=g.outputs[0])
    assert g.derive(f, wrt=g["b2"]).text == "sum(df/dy[i, i1], i=0..b-1)"


def test_a_variable_that_is_used_again_gets_a_number():
    g = sg.trace(reassigned, **FUNCTIONS[reassigned])
    assert [t.name for t in g.model.definitions] == ["x2", "x3", "total", "other", "out2"]


def refused(function, **shapes) -> SymgradError:
    before = sys.gettrace()
    with pytest.raises(SymgradError) as caught:
        sg.trace(function, **shapes)
    assert sys.gettrace() is before
    return caught.value


def test_refused_by_name_and_line():
    def sorted_rows(X):
        Y = X * 2
        return np.sort(Y, axis=1)

    error = refused(sorted_rows, X="n m")
    assert "np.sort is not an operation" in error.what and "return np.sort(Y, axis=1)" in error.where

    def branches(X):
        if X > 0:
            return X
        return -X

    error = refused(branches, X="n m")
    assert "not true or false" in error.what and "if X > 0:" in error.where

    def wrong(X, W):
        return X @ W

    error = refused(wrong, X="n m", W="k 3")
    assert "m and k differ, unless m = k" in error.what and "return X @ W" in error.where


def test_other_bad_questions():
    assert "no shape for W1" in refused(perceptron, X="b n").what
    assert "has no argument Z" in refused(reassigned, x="n", w="n", Z="n").what
    assert "a length of at least 1" in refused(reassigned, x="0", w="n").what
    assert "not an array" in refused(lambda x: 3, x="n").what
    assert "cannot" in refused(lambda x: x.cumsum(), x="n").what
