"""Layers and losses as calls of the declarations of every user: `sg.Linear(n, m)(g, x, "1")`. One file a family."""

from symgrad.layers.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from symgrad.layers.attention import CausalAttention, MultiHead, ScaledDotProduct
from symgrad.layers.convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d
from symgrad.layers.distance import CosineEmbedding, InfoNCE, Triplet
from symgrad.layers.layer import Layer
from symgrad.layers.likelihood import (
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Focal,
    KLDivergence,
)
from symgrad.layers.linear import Bilinear, Dropout, Embedding, Flatten, Linear, Residual
from symgrad.layers.network import Sequential
from symgrad.layers.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from symgrad.layers.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from symgrad.layers.recurrent import GRUCell, LSTMCell, RNNCell
from symgrad.layers.regression import L1, MSE, Hinge, Huber, SquaredError
from symgrad.layers.torch import from_torch

__all__ = [
    "ELU", "GELU", "L1", "MSE", "AvgPool1d", "AvgPool2d", "BatchNorm", "Bilinear", "BinaryCrossEntropy",
    "BinaryCrossEntropyWithLogits", "CausalAttention", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d",
    "ConvTranspose2d", "CosineEmbedding", "CrossEntropy", "Dropout", "Embedding", "Flatten", "Focal", "GRUCell",
    "GroupNorm", "Hinge", "Huber", "InfoNCE", "InstanceNorm", "KLDivergence", "LSTMCell", "Layer", "LayerNorm",
    "LeakyReLU", "Linear", "LogSoftmax", "MaxPool1d", "MaxPool2d", "MultiHead", "RMSNorm", "RNNCell", "ReLU",
    "Residual", "ScaledDotProduct", "Sequential", "SiLU", "Sigmoid", "Softmax", "Softplus", "SquaredError", "Tanh",
    "Triplet",
    "from_torch",
]  # fmt: skip
