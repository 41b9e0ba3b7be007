"""Closed-form gradients of neural-network layers, in your own names, with worked solutions that certify themselves.

The public names live in `symgrad.api` and are fetched when first used, so that `symgrad --help` need not import SymPy.
"""

__version__ = "0.1.0"  # the only place

IN_LAYERS = (  # the layers and losses, which live in symgrad.layers
    "AvgPool1d", "AvgPool2d", "BatchNorm", "Bilinear", "BinaryCrossEntropy", "BinaryCrossEntropyWithLogits",
    "CausalAttention", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "CosineEmbedding",
    "CrossEntropy", "Dropout", "ELU", "Embedding", "Flatten", "Focal", "GELU", "GRUCell", "GroupNorm", "Hinge", "Huber",
    "InfoNCE", "InstanceNorm", "KLDivergence", "L1", "LSTMCell", "Layer", "LayerNorm", "LeakyReLU", "Linear",
    "LogSoftmax", "MSE", "MaxPool1d", "MaxPool2d", "MultiHead", "RMSNorm", "RNNCell", "ReLU", "Residual",
    "ScaledDotProduct", "Sequential", "SiLU", "Sigmoid", "Softmax", "Softplus", "SquaredError", "Tanh", "Triplet",
    "from_torch",
)  # fmt: skip

__all__ = [
    "Argmax",
    "Argmin",
    "CertificateError",
    "Chain",
    "Compare",
    "Count",
    "DeclarationError",
    "Depth",
    "Derivation",
    "Descent",
    "Entries",
    "Equation",
    "Exercise",
    "Extremes",
    "Forward",
    "Gradients",
    "Graph",
    "Index",
    "Line",
    "Max",
    "Min",
    "Moments",
    "PathBound",
    "Paths",
    "Product",
    "Question",
    "Ranges",
    "ReadError",
    "Rule",
    "SampleSize",
    "Shape",
    "Size",
    "Stable",
    "Sum",
    "SymgradError",
    "Together",
    "Unrolled",
    "Unsupported",
    "absolute",
    "atan",
    "concatenate",
    "cos",
    "cosh",
    "delta",
    "dot",
    "einsum",
    "elu",
    "erf",
    "exp",
    "from_text",
    "gelu",
    "gelu_tanh",
    "leaky_relu",
    "log",
    "log_softmax",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "norm",
    "ones_like",
    "outer",
    "prod",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "sum",
    "tan",
    "tanh",
    "trace",
    "tril",
    "triu",
    "where",
    *IN_LAYERS,
]

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is, without importing typing
if TYPE_CHECKING:
    from symgrad.api import *
    from symgrad.declare.functions import *
    from symgrad.key import *
    from symgrad.layers import *
    from symgrad.text.build import from_text

# Public names of symgrad.key; functions have small letters, the rest lives in api.
IN_KEY = (
    "Chain",
    "Compare",
    "Count",
    "Depth",
    "Descent",
    "Entries",
    "Equation",
    "Exercise",
    "Extremes",
    "Forward",
    "Moments",
    "PathBound",
    "Paths",
    "Question",
    "Ranges",
    "Rule",
    "SampleSize",
    "Shape",
    "Stable",
    "Together",
    "Unrolled",
)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'symgrad' has no attribute {name!r}")
    if name in IN_KEY:
        import symgrad.key as room
    elif name in IN_LAYERS:
        import symgrad.layers as room  # type: ignore[no-redef]
    elif name == "from_text":
        import symgrad.text.build as room  # type: ignore[no-redef]
    elif name.islower() and name != "trace":
        import symgrad.declare.functions as room  # type: ignore[no-redef]
    else:
        import symgrad.api as room  # type: ignore[no-redef]
    found = globals()[name] = getattr(room, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
