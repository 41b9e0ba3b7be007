"""Every layer declares itself, is derived by its input and parameters with certificates, and agrees with PyTorch."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.check.sizes import choose_sizes
from tests.derive.edge import by_walk, exactly
from tests.derive.oracle import Box, value
from tests.layers.samples import ROWS, Row, normal, positive
from tests.layers.torch_rows import torch_rows

SLOW = {"BatchNorm of images", "Conv3d", "GroupNorm", "GRUCell", "InstanceNorm", "LSTMCell", "MultiHead",
        "MultiHead causal", "LayerNorm of two axes", "Conv2d padded", "Conv2d of numbers", "InfoNCE", "CausalAttention",
        "MaxPool2d", "ConvTranspose2d", "Conv2d"}  # fmt: skip
MARKED = [pytest.param(r, id=r.name, marks=pytest.mark.fuzz if r.name in SLOW else ()) for r in ROWS]


@pytest.mark.parametrize("row", MARKED)
def test_certified_by_its_input_and_parameters(row: Row):
    g, loss, _ = row.declared()
    for name in row.asked(g):
        d = g.derive(loss, wrt=g[name])
        assert d.report.proved and d.certificate.holds and d.certificate.nonzero, name


def test_a_layer_with_many_axes_is_checked_at_sizes_of_two():
    """Larger ones are too much work there, and ones alone say little."""
    g, _, _ = next(r for r in ROWS if r.name == "ConvTranspose2d").declared()
    assert min(choose_sizes(g.model)[0].values()) >= 2


def test_every_public_layer_has_a_row():
    called = " ".join(row.line for row in ROWS)
    assert [
        n for n in sg.IN_LAYERS if n not in ("Layer", "Sequential", "from_torch") and f"sg.{n}(" not in called
    ] == []
    assert sorted(sg.IN_LAYERS) == sorted(sg.layers.__all__)


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_label_is_appended_to_every_name():
    g = sg.Graph("names")
    N, n, m = g.sizes("N n m")
    h = sg.LayerNorm(m)(g, sg.Linear(n, m)(g, g.input("x", N, n), "1"), "2")
    sg.Linear(m, m)(g, h, "out")
    assert list(g.model.tensors) == [
        "x", "W1", "b1", "z1", "mu2", "s2_2", "epsilon2", "xhat2", "gamma2", "beta2", "y2", "W_out", "b_out", "z_out",
    ]  # fmt: skip
    f = g.loss("f", of=h)
    assert r"\sigma^{2(2)}_{i}" in g.derive(f, wrt=g["z1"]).latex
    assert "W^{(1)}_{" in g.derive(f, wrt=g["x"]).latex


@pytest.mark.parametrize(
    "line",
    [
        'sg.LayerNorm(n)(g, x, "1")',
        "sg.RMSNorm(n)(g, x)",
        'sg.GRUCell(n, m)(g, x, g.input("h0", N, m), "1")',
        'sg.RNNCell(n, m, "enc")(g, x, g.input("h0", N, m), "1")',
        'sg.MultiHead(n, m, 2)(g, x, "1")',
        'sg.Linear(n, m)(g, x, "enc")',
        'sg.Conv1d(m, 2, 3, padding=1)(g, g.input("X", N, m, n), "1")',
    ],
)
def test_the_names_of_a_layer_can_be_printed_and_read_back(line: str):
    g = sg.Graph("printed")
    N, n, m = g.sizes("N n m")
    f = g.loss("f", of=eval(line, {"sg": sg, "g": g, "N": N, "n": n, "m": m, "x": g.input("x", N, n)}))
    parameter = next(t.name for t in g.model.tensors.values() if t.kind == "parameter")
    key = sg.Exercise(id="e", title="A layer", graph=g, questions=[sg.Question("a", of=f, wrt=g[parameter])]).key()
    assert key.title == "A layer"


def test_a_cell_shares_its_weights_over_time():
    g = sg.Graph("two steps")
    N, n, m = g.sizes("N n m")
    cell = sg.RNNCell(n, m)
    h0, x1, x2 = g.input("h0", N, m), g.input("x1", N, n), g.input("x2", N, n)
    h2 = cell(g, x2, cell(g, x1, h0, "1"), "2")
    assert [t.name for t in g.model.tensors.values() if t.kind == "parameter"] == ["W", "U", "b"]
    assert g.derive(g.loss("f", of=h2), wrt=g["U"]).certificate.holds


# --- refusals ---------------------------------------------------------------------------------------------------------


REFUSED = {
    "sizes that do not chain": (lambda g, n, **_: sg.Linear(n, 3)(g, g.input("x", 2, 5)), "5 and n differ", "x @ W.T"),
    "numbers that do not chain": (lambda g, **_: sg.Linear(4, 3)(g, g.input("x", 2, 5)), "5 and 4 differ", "x @ W.T"),
    "a kernel that is too large": (
        lambda g, **_: sg.Conv1d(1, 1, 5, padding=1)(g, g.input("x", 1, 1, 2)),
        "a kernel that is larger than its image",
        "Conv1d(channels=1",
    ),
    "a window that is too large": (
        lambda g, **_: sg.MaxPool2d(3)(g, g.input("x", 1, 1, 4, 2)),
        "a kernel that is larger than its image",
        "MaxPool2d(kernel=3",
    ),
    "a stride of 0": (
        lambda g, **_: sg.Conv1d(1, 1, 1, stride=0)(g, g.input("x", 1, 1, 2)),
        "a stride, kernel or dilation of 1 or more",
        "stride=0",
    ),
    "three strides": (
        lambda g, **_: sg.Conv2d(1, 1, 1, (1, 2, 1))(g, g.input("x", 1, 1, 2, 2)),
        "3 values for 2 axes",
        "Conv2d(",
    ),
    "weights of another layer": (
        lambda g, n, **_: sg.RNNCell(n, n)(g, sg.Linear(n, n)(g, g.input("x", 2, n)), g.input("h0", 2, n)),
        "W stands for something else",
        "RNNCell(",
    ),
    "weights of another shape": (
        lambda g, n, **_: sg.RNNCell(3, n)(
            g, g.input("x", 2, 3), sg.RNNCell(n, n)(g, g.input("v", 2, n), g.input("h0", 2, n), "1")
        ),
        "W stands for something else",
        "RNNCell(",
    ),
    "no groups": (lambda g, **_: sg.Conv1d(2, 2, 1, groups=0)(g, g.input("x", 1, 2, 2)), "1 or more", "groups=0"),
    "axes of an image": (lambda g, **_: sg.Conv2d(1, 1, 1)(g, g.input("x", 1, 2, 2)), "4 axes are needed", "Conv2d("),
    "axes of a batch": (lambda g, **_: sg.BatchNorm(3)(g, g.input("x", 3)), "two axes or more", "BatchNorm(n=3"),
    "channels": (
        lambda g, n, **_: sg.Conv1d(n, 1, 1)(g, g.input("x", 1, 2, 2)),
        "the channels do not fit: n and 2 differ",
        "Conv1d(",
    ),
    "features": (
        lambda g, **_: sg.LayerNorm(4)(g, g.input("x", 2, 5)),
        "the entries do not fit: 4 and 5 differ",
        "LayerNorm(",
    ),
    "groups": (
        lambda g, **_: sg.GroupNorm(2, 3)(g, g.input("x", 1, 3, 2)),
        "3 channels are not divided by 2 groups",
        "GroupNorm(",
    ),
    "a chance": (lambda g, **_: sg.Dropout(1)(g, g.input("x", 3)), "a chance to drop an entry", "Dropout(p=1)"),
    "a reduction": (
        lambda g, **_: sg.MSE("none")(g, g.input("p", 3), g.input("t", 3)),
        "a reduction that is not known",
        "MSE(",
    ),
    "an expression": (
        lambda g, **_: sg.Conv1d(1, 1, 1)(g, 2 * g.input("x", 1, 1, 3)),
        "an expression without a name",
        "Conv1d(",
    ),
    "a residual of another size": (
        lambda g, **_: sg.Residual(sg.Linear(3, 4))(g, g.input("x", 2, 3)),
        "3 and 4 differ",
        "x + z",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_parts(name: str):
    ask, what, where = REFUSED[name]
    g = sg.Graph(name)
    with pytest.raises(sg.DeclarationError) as caught:
        ask(g=g, n=g.size("n"))
    assert what in caught.value.what and where in caught.value.where
    assert caught.value.expected and caught.value.given


# --- PyTorch ----------------------------------------------------------------------------------------------------------


def drawn(row: Row, g: Any, sizes: dict[str, int], seed: int) -> dict[str, Any]:
    """Numbers for all that is given, by name."""
    draw = np.random.default_rng(seed)
    found = {}
    for t in list(g.model.tensors.values()):
        if t.kind in ("input", "parameter", "constant"):
            law = row.drawn.get(t.name, positive if t.kind == "constant" else normal)
            found[t.name] = law(draw, counted(g, t.axes, sizes))
    return found


def counted(g: Any, axes: Any, sizes: dict[str, int]) -> tuple[int, ...]:
    """The shape at given sizes."""
    return tuple(int(value(*exactly(g.count(a), sizes))) for a in axes)


def forward(g: Any, given: dict[str, Any], sizes: dict[str, int]) -> dict[str, Any]:
    """Every definition in its order, by the walk of the oracle."""
    names: dict[str, Any] = {**sizes, **{n: Box(v) if np.ndim(v) else float(v) for n, v in given.items()}}
    found = {}
    for t in g.model.definitions:
        shape = counted(g, t.axes, sizes)
        found[t.name] = by_walk(g.show(t.poly, t.axes), list(t.axes), shape, names)
        names[t.name] = Box(found[t.name]) if shape else float(found[t.name])
    return names


def slopes(d: Any, names: dict[str, Any], upstream: dict[str, Any], sizes: dict[str, int], shape: Any) -> Any:
    """The derived answer at every entry; names of gradients in it have the values of their own answers."""
    known = {**names, **upstream}
    model = d.engine.model
    needed = set(d.poly.tensors)
    for group in reversed(d.engine.groups[:-1]):
        needed |= group.answer.tensors if group.name in needed else set()
    for group in (g for g in d.engine.groups[:-1] if g.name in needed):
        counts = counted(d.graph, model.tensors[group.name].axes, sizes)
        formula = d.graph.show(group.answer, group.free, model)
        at = by_walk(formula, list(group.free), counts, known)
        known[group.name] = Box(at) if counts else float(at)
    return by_walk(d.answer, list(d.engine.free), shape, known)


@cache
def derived(row_name: str, line: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A graph, its outputs, and the derivative by each name; a row may have another line than its own."""
    row = replace(next(r for r in ROWS if r.name == row_name), line=line)
    g, loss, outputs = row.declared()
    return g, outputs, {name: g.derive(loss, wrt=g[name], check=False) for name in row.asked(g)}


def compared(row: Row, line: str, sizes: dict[str, int], seed: int) -> dict[str, tuple[Any, Any]]:
    """Ours and PyTorch's: outputs and gradients, by name."""
    import torch

    g, outputs, answers = derived(row.name, line)
    given = drawn(row, g, sizes, seed)
    names = forward(g, given, sizes)
    fixed = row.fixed.split()
    theirs = {n: torch.tensor(v, dtype=torch.float64, requires_grad=n not in fixed) for n, v in given.items()}
    results = torch_rows()[row.name](theirs, sizes)
    results = results if isinstance(results, tuple) else (results,)
    found, upstream, total, draw = {}, {}, 0, np.random.default_rng(seed + 1)
    for ours, result in zip(outputs, results, strict=True):
        mine = names[ours.name]
        found[ours.name] = (mine.array if isinstance(mine, Box) else mine), result.detach().numpy()
        by = np.ones(()) if row.is_loss else draw.normal(size=tuple(result.shape))
        upstream[f"df_d{ours.name}"] = Box(by)
        total = total + (torch.tensor(by) * result).sum()
    total.backward()
    for name, d in answers.items():
        grad = theirs[name].grad.numpy()
        found[f"d{name}"] = slopes(d, names, upstream, sizes, grad.shape), grad
    return found


@pytest.mark.oracle
@pytest.mark.parametrize("row", [pytest.param(r, id=r.name) for r in ROWS])
def test_agrees_with_pytorch(row: Row):
    for seed, sizes in enumerate(row.sizes):
        for name, (ours, theirs) in compared(row, row.line, sizes, seed).items():
            assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-8), (name, sizes)


def test_a_layer_over_two_axes_has_matrices_for_each_entry_only():
    """Where the first index alone stands still, a sum has parts that do not go together as matrices: no error."""
    g, loss, _ = next(r for r in ROWS if r.name == "LayerNorm of two axes").declared()
    derivation = g.derive(loss, wrt=g["x"], check=False)
    assert derivation.matrix.layout == "for each i, j, k: df/dx is a number"


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ScaledDotProduct", 'g.define("O", sg.softmax(Q @ K.T) @ V)'),  # without its scale
        ("MSE", 'sg.MSE("sum")(g, p, t)'),
        ("Tanh", "sg.Sigmoid()(g, x)"),
    ],
)
def test_a_wrong_layer_does_not_agree(name: str, line: str):
    """It is seen in the output and in every gradient."""
    row = next(r for r in ROWS if r.name == name)
    for ours, theirs in compared(row, line, row.sizes[0], 0).values():
        assert not np.allclose(ours, theirs, rtol=1e-3)
