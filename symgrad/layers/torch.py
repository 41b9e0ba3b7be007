"""Modules of PyTorch as layers: `sg.from_torch(torch.nn.Sequential(...))(g, x)`. PyTorch is not imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgrad.declare.graph import Declarations
from symgrad.errors import Unsupported
from symgrad.layers import activation, convolution, linear, normalization, pooling
from symgrad.layers.layer import Layer

Module = Any  # torch.nn.Module

# What a module must not have, since our layer has no such thing: its attributes with the only values that are read.
PLAIN: dict[str, dict[str, tuple[Any, ...]]] = {
    "Conv": {"padding_mode": ("zeros",), "output_padding": ((0,), (0, 0), (0, 0, 0))},
    "ConvTranspose": {"groups": (1,)},
    "MaxPool": {"padding": (0, (0, 0)), "dilation": (1, (1, 1)), "ceil_mode": (False,), "return_indices": (False,)},
    "AvgPool": {"padding": (0, (0,), (0, 0)), "ceil_mode": (False,), "divisor_override": (None,)},
    "GELU": {"approximate": ("none",)},
    "Softplus": {"beta": (1,)},
    "BatchNorm": {"affine": (True,), "training": (True,)},
    "InstanceNorm": {"affine": (True,), "track_running_stats": (False,)},
    "GroupNorm": {"affine": (True,)},
    "LayerNorm": {"elementwise_affine": (True,)},
    "RMSNorm": {"elementwise_affine": (True,)},
    "Flatten": {"start_dim": (1,), "end_dim": (-1,)},
    "Embedding": {"max_norm": (None,), "scale_grad_by_freq": (False,)},
}


def _convolution(kind: type[Layer]) -> Callable[[Module], Layer]:
    def read(m: Module) -> Layer:
        if isinstance(m.padding, str) and m.padding != "valid":
            raise _refused(m, f"padding={m.padding!r}", "a number of entries")
        pad = 0 if m.padding == "valid" else m.padding
        more = {} if kind in (convolution.ConvTranspose1d, convolution.ConvTranspose2d) else {"groups": m.groups}
        sizes = {"stride": m.stride, "padding": pad, "dilation": m.dilation}
        return kind(m.in_channels, m.out_channels, m.kernel_size, **sizes, **more, bias=m.bias is not None)  # type: ignore[call-arg]

    return read


def _norm(m: Module) -> Layer:
    shape = tuple(m.normalized_shape)
    if type(m).__name__ == "LayerNorm":
        return normalization.LayerNorm(shape)
    if len(shape) > 1 or m.eps is None:
        raise _refused(m, f"shape {shape}, eps={m.eps}", "one axis, and an eps that is given")
    return normalization.RMSNorm(shape[0])


# The name of a module -> the layer it is.
READ: dict[str, Callable[[Module], Layer]] = {
    "Linear": lambda m: linear.Linear(m.in_features, m.out_features, m.bias is not None),
    "Embedding": lambda m: linear.Embedding(m.num_embeddings, m.embedding_dim),
    "Dropout": lambda m: linear.Dropout(m.p),
    "Flatten": lambda m: linear.Flatten(),
    **{n: _convolution(getattr(convolution, n)) for n in ("Conv1d", "Conv2d", "Conv3d")},
    **{n: _convolution(getattr(convolution, n)) for n in ("ConvTranspose1d", "ConvTranspose2d")},
    "MaxPool1d": lambda m: pooling.MaxPool1d(m.kernel_size, m.stride),
    "MaxPool2d": lambda m: pooling.MaxPool2d(m.kernel_size, m.stride),
    "AvgPool1d": lambda m: pooling.AvgPool1d(m.kernel_size, m.stride),
    "AvgPool2d": lambda m: pooling.AvgPool2d(m.kernel_size, m.stride),
    "LeakyReLU": lambda m: activation.LeakyReLU(m.negative_slope),
    "ELU": lambda m: activation.ELU(m.alpha),
    "Softmax": lambda m: activation.Softmax(-1 if m.dim is None else m.dim),
    "LogSoftmax": lambda m: activation.LogSoftmax(-1 if m.dim is None else m.dim),
    **{n: lambda m: getattr(activation, type(m).__name__)() for n in "ReLU SiLU GELU Sigmoid Tanh Softplus".split()},
    "BatchNorm1d": lambda m: normalization.BatchNorm(m.num_features),
    "BatchNorm2d": lambda m: normalization.BatchNorm(m.num_features),
    "InstanceNorm1d": lambda m: normalization.InstanceNorm(m.num_features),
    "InstanceNorm2d": lambda m: normalization.InstanceNorm(m.num_features),
    "GroupNorm": lambda m: normalization.GroupNorm(m.num_groups, m.num_channels),
    "LayerNorm": _norm,
    "RMSNorm": _norm,
}

# Our names of what a module has, by families: the first whose name the module's begins with.
NAMES: dict[str, dict[str, str]] = {
    "Linear": {"weight": "W", "bias": "b"},
    "Embedding": {"weight": "W"},
    "Conv": {"weight": "w", "bias": "b"},
    **{
        n: {"weight": "gamma", "bias": "beta", "eps": "epsilon"} for n in ("Batch", "Instance", "Group", "Layer", "RMS")
    },
}
LETTERS = {
    "Linear": "z",
    "Conv": "z",
    "Embedding": "e",
    "Softmax": "P",
    "LogSoftmax": "h",
    "Dropout": "y",
    "Flatten": "y",
}  # of outputs
FAMILIES_OF_Y = ("Norm", "Pool")


@dataclass(frozen=True)
class Imported(Layer):
    """The layers of a module, in their order; `values` has its numbers by our names, in the same shapes."""

    layers: tuple[tuple[str, Layer], ...]
    values: Mapping[str, Any] = field(repr=False, compare=False)

    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        """Without a label the names are those of `values`."""
        for number, layer in self.layers:
            x = layer(g, x, f"{label}_{number}" if label else number)
        return x


def from_torch(module: Module) -> Imported:
    """A module of torch.nn, or a Sequential of them, as a layer; what has no counterpart is refused by name.

    Names end in a number that grows from layer to layer: Linear, ReLU, Linear are z1, h1, z2. Embeddings take one-hot
    rows; normalisations use the numbers of the batch, as in training; a Dropout has its mask as an input.
    """
    layers: list[tuple[str, Layer]] = []
    values: dict[str, Any] = {}
    number, used = 0, set[str]()
    for part in _parts(module):
        letter = _letter(part)
        if not layers or letter == "z" or letter in used:
            number, used = number + 1, set()
        used.add(letter)
        layers.append((str(number), _read(part)))
        for theirs, ours in _named(part).items():
            value = getattr(part, theirs, None)
            if value is not None:
                values[f"{ours}{number}"] = value if isinstance(value, float) else value.detach().cpu().numpy()
    return Imported(tuple(layers), values)


def _parts(module: Module) -> Iterator[Module]:
    """The modules of a Sequential at any depth, without those that do nothing."""
    name = type(module).__name__
    if name == "Sequential":
        for part in module:
            yield from _parts(part)
    elif name != "Identity" and not (name == "Dropout" and not module.training):
        yield module


def _read(module: Module) -> Layer:
    name = type(module).__name__
    if name not in READ or not type(module).__module__.startswith("torch.nn.modules."):
        raise Unsupported(
            f"{name} has no counterpart among the layers",
            where=str(module),
            expected=", ".join(READ),
            given=f"{type(module).__module__}.{name}",
            fix="declare it by hand: a layer of your own is a dataclass with one method",
        )
    for family, plain in PLAIN.items():
        if name.startswith(family):
            for attribute, allowed in plain.items():
                given = getattr(module, attribute, allowed[0])
                if given not in allowed:
                    raise _refused(module, f"{attribute}={given!r}", f"{attribute}={allowed[0]!r}")
    return READ[name](module)


def _refused(module: Module, given: str, expected: str) -> Unsupported:
    return Unsupported(
        f"{type(module).__name__} with {given} has no counterpart among the layers",
        where=str(module),
        expected=expected,
        given=given,
        fix="module.train()" if given.startswith("training") else "declare it by hand",
    )


def _named(module: Module) -> dict[str, str]:
    return next((own for family, own in NAMES.items() if type(module).__name__.startswith(family)), {})


def _letter(module: Module) -> str:
    """What the output of a module is called."""
    name = type(module).__name__
    if any(family in name for family in FAMILIES_OF_Y):
        return "y"
    return next((letter for family, letter in LETTERS.items() if name.startswith(family)), "h")
