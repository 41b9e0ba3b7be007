"""One row a layer: how it is declared, and what is drawn for it. `torch_rows.py` has the same names in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import symgrad as sg

Draw = Callable[[np.random.Generator, tuple[int, ...]], Any]


def normal(draw: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return draw.normal(size=shape)


def positive(draw: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return draw.uniform(0.3, 1.5, size=shape)


def mask(draw: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return draw.integers(0, 2, size=shape).astype(float)


def signs(draw: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return draw.choice([-1.0, 1.0], size=shape)


def one_hot(draw: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return np.eye(shape[-1])[draw.integers(0, shape[-1], size=shape[:-1])]


@dataclass(frozen=True)
class Row:
    """`line` is how a user declares the layer; its names are the sizes, the inputs and g."""

    name: str
    line: str
    inputs: str  # "x: N n, h: N m"
    sizes: tuple[dict[str, int], ...]
    fixed: str = ""  # inputs nobody differentiates by
    drawn: Mapping[str, Draw] = field(default_factory=dict)
    before: str = ""  # a definition before it
    after: str = "found"  # its outputs
    is_loss: bool = False

    def declared(self) -> tuple[Any, Any, tuple[Any, ...]]:
        """The graph, the loss, the outputs."""
        g = sg.Graph(self.name)
        names: dict[str, Any] = {"g": g, "sg": sg, **{n: g.size(n) for n in self.sizes[0]}}
        for part in self.inputs.split(", "):
            name, shape = part.split(":")
            names[name] = g.input(name, *(eval(s, dict(names)) for s in shape.split()))
        exec(self.before, names)
        names["found"] = eval(self.line, names)
        found = eval(self.after, names)
        outputs = found if isinstance(found, tuple) else (found,)
        return g, (found if self.is_loss else g.loss("f", of=list(outputs))), outputs

    def asked(self, g: Any) -> list[str]:
        """What the loss is derived by: inputs and parameters."""
        given = [t.name for t in g.model.tensors.values() if t.kind in ("input", "parameter")]
        return [n for n in given if n not in self.fixed.split()]


def at(names: str, *values: tuple[int, ...]) -> tuple[dict[str, int], ...]:
    return tuple(dict(zip(names.split(), row, strict=True)) for row in values)


BNM = at("N n m", (2, 3, 2), (3, 1, 4))
BN = at("N n", (2, 3), (3, 4))
IMAGE1 = at("N c o H K", (1, 2, 3, 6, 2), (2, 1, 2, 5, 3))
IMAGE2 = at("N c o H W K", (1, 2, 2, 4, 5, 2), (2, 1, 2, 3, 4, 3))
STATE = {"inputs": "x: N n, h: N m", "sizes": BNM}
TWO = {"inputs": "p: N n, t: N n", "sizes": BN, "is_loss": True}

LAYERS = [
    Row("Linear", "sg.Linear(n, m)(g, x)", "x: N n", BNM),
    Row("Linear without bias", 'sg.Linear(n, m, bias=False)(g, x, "1")', "x: N n", BNM),
    Row("Bilinear", "sg.Bilinear(n, m, k)(g, x, y)", "x: N n, y: N m", at("N n m k", (2, 3, 2, 2), (1, 2, 3, 4))),
    Row("Embedding", "sg.Embedding(n, d)(g, x)", "x: N n", at("N n d", (3, 4, 2), (2, 2, 3)), "x", {"x": one_hot}),
    Row("Dropout", "sg.Dropout(0.5)(g, x)", "x: N n", BN, "M", {"M": mask}),
    Row("Flatten", "sg.Flatten()(g, x)", "x: N c H W", at("N c H W", (2, 2, 3, 2), (1, 3, 1, 2))),
    Row("Residual", "sg.Residual(sg.Linear(n, n))(g, x)", "x: N n", BN),
    Row("Conv1d", "sg.Conv1d(c, o, K)(g, x)", "x: N c H", IMAGE1),
    Row("Conv1d strided", "sg.Conv1d(c, o, K, stride=2, dilation=2)(g, x)", "x: N c H", IMAGE1),
    Row("Conv1d padded", "sg.Conv1d(c, o, K, padding=2, stride=3)(g, x)", "x: N c H", IMAGE1),
    Row(
        "Conv1d in groups",
        "sg.Conv1d(u * c, u * o, K, groups=u, padding=1)(g, x)",
        "x: N u*c H",
        at("N u c o H K", (1, 2, 2, 1, 4, 2), (1, 3, 1, 2, 3, 3)),
    ),
    Row("Conv2d", "sg.Conv2d(c, o, K)(g, x)", "x: N c H W", IMAGE2),
    Row("Conv2d padded", "sg.Conv2d(c, o, (3, 2), (2, 1), 1)(g, x)", "x: N c H W", IMAGE2),
    Row("Conv2d of numbers", "sg.Conv2d(4, 6, 3, padding=1, groups=2)(g, x)", "x: N 4 3 4", at("N", (1,))),
    Row(
        "Conv3d", "sg.Conv3d(c, o, 2)(g, x)", "x: N c H W D", at("N c o H W D", (1, 2, 1, 3, 2, 3), (1, 1, 2, 2, 3, 2))
    ),
    Row(
        "ConvTranspose1d",
        "sg.ConvTranspose1d(c, o, K, 2, 1)(g, x)",
        "x: N c H",
        at("N c o H K", (1, 2, 3, 3, 2), (2, 1, 2, 2, 4)),
    ),
    Row(
        "ConvTranspose2d",
        "sg.ConvTranspose2d(c, o, K, 2)(g, x)",
        "x: N c H W",
        at("N c o H W K", (1, 2, 1, 2, 2, 2), (1, 1, 2, 1, 2, 3)),
    ),
    Row("MaxPool1d", "sg.MaxPool1d(K)(g, x)", "x: N c H", at("N c H K", (1, 2, 5, 2), (2, 1, 6, 3))),
    Row("MaxPool2d", "sg.MaxPool2d(2, 1)(g, x)", "x: N c H W", at("N c H W", (1, 2, 3, 3), (2, 1, 2, 4))),
    Row("AvgPool1d", "sg.AvgPool1d(K, 2)(g, x)", "x: N c H", at("N c H K", (1, 2, 5, 2), (2, 1, 6, 3))),
    Row("AvgPool2d", "sg.AvgPool2d(2)(g, x)", "x: N c H W", at("N c H W", (1, 2, 4, 3), (2, 1, 2, 4))),
    Row("ReLU", "sg.ReLU()(g, x)", "x: N n", BN),
    Row("LeakyReLU", "sg.LeakyReLU()(g, x)", "x: N n", BN),
    Row("ELU", "sg.ELU()(g, x)", "x: N n", BN),
    Row("SiLU", "sg.SiLU()(g, x)", "x: N n", BN),
    Row("GELU", "sg.GELU()(g, x)", "x: N n", BN),
    Row("Sigmoid", "sg.Sigmoid()(g, x)", "x: N n", BN),
    Row("Tanh", "sg.Tanh()(g, x)", "x: N n", BN),
    Row("Softplus", "sg.Softplus()(g, x)", "x: N n", BN),
    Row("Softmax", "sg.Softmax()(g, x)", "x: N n", BN),
    Row("LogSoftmax", "sg.LogSoftmax()(g, x)", "x: N n", BN),
    Row("BatchNorm", "sg.BatchNorm(n)(g, x)", "x: N n", BN),
    Row("BatchNorm of images", "sg.BatchNorm(c)(g, x)", "x: N c H W", at("N c H W", (2, 2, 2, 3), (1, 3, 2, 2))),
    Row("LayerNorm", "sg.LayerNorm(n)(g, x)", "x: N n", BN),
    Row("LayerNorm of two axes", "sg.LayerNorm((n, m))(g, x)", "x: N n m", BNM),
    Row("GroupNorm", "sg.GroupNorm(u, u * c)(g, x)", "x: N u*c H", at("N u c H", (1, 2, 2, 2), (2, 3, 1, 3))),
    Row("InstanceNorm", "sg.InstanceNorm(c)(g, x)", "x: N c H W", at("N c H W", (2, 2, 2, 3), (1, 3, 2, 2))),
    Row("RMSNorm", "sg.RMSNorm(n)(g, x)", "x: N n", BN),
    Row(
        "ScaledDotProduct",
        "sg.ScaledDotProduct()(g, Q, K, V)",
        "Q: t d, K: s d, V: s e",
        at("t s d e", (2, 3, 2, 3), (3, 2, 4, 1)),
    ),
    Row(
        "CausalAttention",
        "sg.CausalAttention()(g, Q, K, V)",
        "Q: N t d, K: N t d, V: N t e",
        at("N t d e", (1, 3, 2, 2), (2, 2, 3, 1)),
    ),
    Row("MultiHead", "sg.MultiHead(d, h, e)(g, x)", "x: t d", at("t d h e", (2, 4, 2, 2), (3, 3, 3, 1))),
    Row(
        "MultiHead causal",
        "sg.MultiHead(d, h, e, causal=True)(g, x)",
        "x: N t d",
        at(
            "N t d h e",
            (1, 2, 4, 2, 2),
        ),
    ),
    Row("RNNCell", "sg.RNNCell(n, m)(g, x, h, '1')", **STATE),
    Row(
        "LSTMCell",
        "sg.LSTMCell(n, m)(g, x, h, c, '1')",
        "x: N n, h: N m, c: N m",
        BNM,
        after="found[0], g.define('copy', 1 * found[1])",
    ),
    Row("GRUCell", "sg.GRUCell(n, m)(g, x, h, '1')", **STATE),
]

LOSSES = [
    Row("SquaredError", "sg.SquaredError()(g, p, t)", **TWO),
    Row("MSE", "sg.MSE()(g, p, t)", **TWO),
    Row("MSE, sum", 'sg.MSE("sum")(g, p, t)', **TWO),
    Row("L1", "sg.L1()(g, p, t)", **TWO),
    Row("Huber", "sg.Huber(0.5)(g, p, t)", **TWO),
    Row("Hinge", "sg.Hinge()(g, p, t)", fixed="t", drawn={"t": signs}, **TWO),
    Row(
        "BinaryCrossEntropy",
        "sg.BinaryCrossEntropy()(g, q, t)",
        fixed="t",
        drawn={"t": mask},
        before='q = g.define("q", sg.sigmoid(p))',
        **TWO,
    ),
    Row(
        "BinaryCrossEntropyWithLogits",
        "sg.BinaryCrossEntropyWithLogits()(g, p, t)",
        fixed="t",
        drawn={"t": mask},
        **TWO,
    ),
    Row("CrossEntropy", "sg.CrossEntropy()(g, p, t)", fixed="t", drawn={"t": one_hot}, **TWO),
    Row("Focal", "sg.Focal(2)(g, p, t)", fixed="t", drawn={"t": one_hot}, **TWO),
    Row(
        "KLDivergence",
        "sg.KLDivergence()(g, q, r)",
        before='q = g.define("q", sg.softmax(p)); r = g.define("r", sg.softmax(t))',
        **TWO,
    ),
    Row("Triplet", "sg.Triplet(0.5)(g, a, p, n)", "a: N d, p: N d, n: N d", at("N d", (2, 3), (3, 2)), is_loss=True),
    Row("InfoNCE", "sg.InfoNCE(0.5)(g, p, t)", **TWO),
    Row(
        "CosineEmbedding",
        "sg.CosineEmbedding(0.1)(g, u, v, t)",
        "u: N d, v: N d, t: N",
        at("N d", (3, 3), (4, 2)),
        "t",
        {"t": signs},
        is_loss=True,
    ),
]

ROWS = LAYERS + LOSSES
