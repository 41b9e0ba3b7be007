"""Modules of PyTorch as layers: the same outputs and gradients, and refusals by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symgrad as sg
from tests.derive.edge import by_walk
from tests.layers.test_layers import Box, counted, forward

MODULES = {
    "classifier": (
        "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.Softmax(-1))",
        (2, 3),
        "W1 b1 h1 W2 P2",
    ),
    "norms": (
        "nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Tanh(), nn.LayerNorm(4))",
        (3, 3),
        "W1 gamma1 h1 y2",
    ),
    "images": (
        """nn.Sequential(nn.Conv2d(1, 2, 2, padding=1), nn.SiLU(), nn.MaxPool2d(2), nn.Conv2d(2, 1, 2, groups=1),
        nn.Flatten(), nn.Linear(1, 2))""",
        (1, 1, 4, 3),
        "w1 h1 y1 w2 y2 W3",
    ),
    "nested": (
        "nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Identity()), nn.ELU(0.5), nn.LeakyReLU(0.1))",
        (2, 2),
        "h1 h2",
    ),
    "sequences": (
        "nn.Sequential(nn.Conv1d(2, 2, 2, 2), nn.GroupNorm(2, 2), nn.GELU(), nn.AvgPool1d(2))",
        (1, 2, 6),
        "y1 h1 y2",
    ),
    "upwards": ("nn.Sequential(nn.ConvTranspose1d(2, 1, 2, 2), nn.Sigmoid())", (1, 2, 3), "w1 h1"),
    "one": ("nn.RMSNorm(3, eps=1e-3)", (2, 3), "gamma1"),
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", MODULES)
def test_the_same_as_the_module(name: str):
    import torch

    text, shape, names = MODULES[name]
    torch.manual_seed(3)
    module = eval(text, {"nn": torch.nn}).double()
    for own in module.parameters():
        torch.nn.init.normal_(own)
    layer = sg.from_torch(module)
    g = sg.Graph(name)
    x = g.input("x", *shape)
    y = layer(g, x)
    assert set(names.split()) <= set(g.model.tensors)
    given = {**layer.values, "x": np.random.default_rng(0).normal(size=shape)}
    assert set(given) == {t.name for t in g.model.tensors.values() if t.kind in ("input", "parameter", "constant")}
    values = forward(g, given, {})
    inputs = torch.tensor(given["x"], requires_grad=True)
    result = module(inputs)
    assert values[y.name].array == pytest.approx(result.detach().numpy(), rel=1e-8, abs=1e-8)
    by = np.random.default_rng(1).normal(size=result.shape)
    (torch.tensor(by) * result).sum().backward()
    f = g.loss("f", of=y)
    known = {**values, f"df_d{y.name}": Box(by)}
    theirs = dict(zip(parameters(g), module.parameters(), strict=True)) | {"x": inputs}
    for n, tensor in theirs.items():
        d = g.derive(f, wrt=g[n], keep=list(kept(g, y)), check=False)
        for group in d.engine.groups:
            axes = d.engine.model.tensors[group.name].axes
            formula = d.graph.show(group.answer, group.free, d.engine.model)
            known[group.name] = Box(by_walk(formula, list(group.free), counted(g, axes, {}), known))
        assert known[group.name].array == pytest.approx(tensor.grad.numpy(), rel=1e-8, abs=1e-8), n


def parameters(g: Any) -> list[str]:
    return [t.name for t in g.model.tensors.values() if t.kind == "parameter"]


def kept(g: Any, output: Any) -> Any:
    """The outputs of layers before the last: their gradients stay names, as in backpropagation."""
    return [g[t.name] for t in g.model.definitions if t.name[0] in "zhy" and t.name != output.name]


REFUSED = {
    "nn.Sequential(nn.Linear(2, 2), nn.Hardswish())": ("Hardswish has no counterpart", "Linear, Embedding"),
    "nn.Transformer(4, 2, 1, 1, 8)": ("Transformer has no counterpart", "Linear"),
    "nn.BatchNorm1d(3).eval()": ("BatchNorm1d with training=False", "training=True"),
    "nn.Conv1d(2, 2, 3, padding='same')": ("Conv1d with padding='same'", "a number"),
    "nn.Conv2d(2, 2, 3, padding=1, padding_mode='reflect')": ("Conv2d with padding_mode='reflect'", "'zeros'"),
    "nn.MaxPool2d(2, ceil_mode=True)": ("MaxPool2d with ceil_mode=True", "False"),
    "nn.GELU(approximate='tanh')": ("GELU with approximate='tanh'", "none"),
    "nn.LayerNorm(3, elementwise_affine=False)": ("LayerNorm with elementwise_affine=False", "True"),
    "nn.ConvTranspose1d(2, 2, 2, groups=2)": ("ConvTranspose1d with groups=2", "groups=1"),
}


@pytest.mark.oracle
@pytest.mark.parametrize("text", REFUSED)
def test_refused_by_name(text: str):
    import torch

    what, expected = REFUSED[text]
    with pytest.raises(sg.Unsupported) as caught:
        sg.from_torch(eval(text, {"nn": torch.nn}))
    assert what in caught.value.what and expected in caught.value.expected


def test_what_is_no_module_is_refused():
    with pytest.raises(sg.Unsupported, match="object has no counterpart"):
        sg.from_torch(object())


@pytest.mark.oracle
def test_a_module_of_ones_own_with_a_known_name_is_refused():
    import torch

    class Linear(torch.nn.Linear):
        pass

    with pytest.raises(sg.Unsupported, match="Linear has no counterpart"):
        sg.from_torch(Linear(2, 2))


def test_dropout_and_embedding_have_names_too():
    """Their inputs are given: the mask, and one-hot rows."""
    from symgrad.layers.torch import READ

    g = sg.Graph("rows")
    embedding = READ["Embedding"](Stand(num_embeddings=5, embedding_dim=2))
    dropout = READ["Dropout"](Stand(p=0.5))
    assert dropout(g, embedding(g, g.input("x", 3, 5), "1"), "1").shape == (3, 2)


class Stand:
    """Stands for a module."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)
