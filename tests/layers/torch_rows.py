"""The layers of samples.py in PyTorch: name of the row -> its outputs from the same names, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def torch_rows() -> dict[str, Callable[[dict[str, Any], dict[str, int]], Any]]:
    """`v` has the values by name, `s` the sizes. PyTorch is imported here only."""
    import torch
    import torch.nn.functional as F
    from torch.func import functional_call

    def cell(kind: Any, gates: str, x: Any, state: Any, m: int, v: dict[str, Any], **other: Any) -> Any:
        """A cell of torch.nn with our weights; the second bias is 0 where there is none."""
        ends = [f"_{gate}" if gate else "" for gate in (gates or [""])]
        weights = {
            "weight_ih": torch.cat([v[f"W{e}"] for e in ends]),
            "weight_hh": torch.cat([v[f"U{e}"] for e in ends]),
            "bias_ih": torch.cat([v[f"b{e}"] for e in ends]),
            "bias_hh": torch.cat([other.get(e, torch.zeros(m, dtype=torch.float64)) for e in ends]),
        }
        return functional_call(kind(x.shape[1], m).double(), weights, (x, state))

    def heads(v: dict[str, Any], causal: bool) -> Any:
        """torch.nn.MultiheadAttention with our weights, head after head in one axis."""
        x = v["x"] if v["x"].ndim == 3 else v["x"][None]
        h, e, d = v["W_Q"].shape
        layer = torch.nn.MultiheadAttention(d, h, bias=False, batch_first=True).double()
        weights = {
            "in_proj_weight": torch.cat([v[f"W_{n}"].reshape(h * e, d) for n in "QKV"]),
            "out_proj.weight": v["W_O"].reshape(d, h * e),
        }
        t = x.shape[1]
        mask = torch.triu(torch.ones(t, t, dtype=torch.bool), 1) if causal else None
        out, _ = functional_call(layer, weights, (x, x, x), {"attn_mask": mask, "need_weights": False})
        return out if v["x"].ndim == 3 else out[0]

    def epsilon(v: dict[str, Any]) -> float:
        return v["epsilon"].item()

    def group_norm(v: dict[str, Any], groups: int) -> Any:
        return F.group_norm(v["x"], groups, v["gamma"], v["beta"], epsilon(v))

    def batch_norm(v: dict[str, Any]) -> Any:
        return F.batch_norm(v["x"], None, None, v["gamma"], v["beta"], training=True, eps=epsilon(v))

    def layer_norm(v: dict[str, Any]) -> Any:
        return F.layer_norm(v["x"], v["gamma"].shape, v["gamma"], v["beta"], epsilon(v))

    def focal(v: dict[str, Any]) -> Any:
        P = F.softmax(v["p"], dim=-1)
        return -(v["t"] * (1 - P) ** 2 * P.log()).sum(-1).mean()

    def info_nce(v: dict[str, Any]) -> Any:
        scores = F.normalize(v["p"], dim=-1) @ F.normalize(v["t"], dim=-1).T / 0.5
        return F.cross_entropy(scores, torch.arange(len(scores)))

    def no_epsilon_triplet(v: dict[str, Any]) -> Any:
        return F.triplet_margin_loss(v["a"], v["p"], v["n"], margin=0.5, eps=0.0)

    return {
        "Linear": lambda v, s: F.linear(v["x"], v["W"], v["b"]),
        "Linear without bias": lambda v, s: F.linear(v["x"], v["W1"]),
        "Bilinear": lambda v, s: F.bilinear(v["x"], v["y"], v["W"], v["b"]),
        "Embedding": lambda v, s: F.embedding(v["x"].argmax(-1), v["W"]),
        "Dropout": lambda v, s: v["M"] * v["x"] * 2,
        "Flatten": lambda v, s: torch.flatten(v["x"], 1),
        "Residual": lambda v, s: v["x"] + F.linear(v["x"], v["W"], v["b"]),
        "Conv1d": lambda v, s: F.conv1d(v["x"], v["w"], v["b"]),
        "Conv1d strided": lambda v, s: F.conv1d(v["x"], v["w"], v["b"], stride=2, dilation=2),
        "Conv1d padded": lambda v, s: F.conv1d(v["x"], v["w"], v["b"], stride=3, padding=2),
        "Conv1d in groups": lambda v, s: F.conv1d(v["x"], v["w"], v["b"], padding=1, groups=s["u"]),
        "Conv2d": lambda v, s: F.conv2d(v["x"], v["w"], v["b"]),
        "Conv2d padded": lambda v, s: F.conv2d(v["x"], v["w"], v["b"], stride=(2, 1), padding=1),
        "Conv2d of numbers": lambda v, s: F.conv2d(v["x"], v["w"], v["b"], padding=1, groups=2),
        "Conv3d": lambda v, s: F.conv3d(v["x"], v["w"], v["b"]),
        "ConvTranspose1d": lambda v, s: F.conv_transpose1d(v["x"], v["w"], v["b"], stride=2, padding=1),
        "ConvTranspose2d": lambda v, s: F.conv_transpose2d(v["x"], v["w"], v["b"], stride=2),
        "MaxPool1d": lambda v, s: F.max_pool1d(v["x"], s["K"]),
        "MaxPool2d": lambda v, s: F.max_pool2d(v["x"], 2, 1),
        "AvgPool1d": lambda v, s: F.avg_pool1d(v["x"], s["K"], 2),
        "AvgPool2d": lambda v, s: F.avg_pool2d(v["x"], 2),
        "ReLU": lambda v, s: F.relu(v["x"]),
        "LeakyReLU": lambda v, s: F.leaky_relu(v["x"]),
        "ELU": lambda v, s: F.elu(v["x"]),
        "SiLU": lambda v, s: F.silu(v["x"]),
        "GELU": lambda v, s: F.gelu(v["x"]),
        "Sigmoid": lambda v, s: F.sigmoid(v["x"]),
        "Tanh": lambda v, s: F.tanh(v["x"]),
        "Softplus": lambda v, s: F.softplus(v["x"]),
        "Softmax": lambda v, s: F.softmax(v["x"], dim=-1),
        "LogSoftmax": lambda v, s: F.log_softmax(v["x"], dim=-1),
        "BatchNorm": lambda v, s: batch_norm(v),
        "BatchNorm of images": lambda v, s: batch_norm(v),
        "LayerNorm": lambda v, s: layer_norm(v),
        "LayerNorm of two axes": lambda v, s: layer_norm(v),
        "GroupNorm": lambda v, s: group_norm(v, s["u"]),
        "InstanceNorm": lambda v, s: F.instance_norm(v["x"], weight=v["gamma"], bias=v["beta"], eps=epsilon(v)),
        "RMSNorm": lambda v, s: F.rms_norm(v["x"], v["gamma"].shape, v["gamma"], epsilon(v)),
        "ScaledDotProduct": lambda v, s: F.scaled_dot_product_attention(v["Q"][None], v["K"][None], v["V"][None])[0],
        "CausalAttention": lambda v, s: F.scaled_dot_product_attention(v["Q"], v["K"], v["V"], is_causal=True),
        "MultiHead": lambda v, s: heads(v, False),
        "MultiHead causal": lambda v, s: heads(v, True),
        "RNNCell": lambda v, s: cell(torch.nn.RNNCell, "", v["x"], v["h"], s["m"], v),
        "LSTMCell": lambda v, s: cell(torch.nn.LSTMCell, "IFGO", v["x"], (v["h"], v["c"]), s["m"], v),
        "GRUCell": lambda v, s: cell(torch.nn.GRUCell, "RZH", v["x"], v["h"], s["m"], v, _H=v["b_U"]),
        "SquaredError": lambda v, s: F.mse_loss(v["p"], v["t"], reduction="sum") / 2,
        "MSE": lambda v, s: F.mse_loss(v["p"], v["t"]),
        "MSE, sum": lambda v, s: F.mse_loss(v["p"], v["t"], reduction="sum"),
        "L1": lambda v, s: F.l1_loss(v["p"], v["t"]),
        "Huber": lambda v, s: F.huber_loss(v["p"], v["t"], delta=0.5),
        "Hinge": lambda v, s: F.relu(1 - v["t"] * v["p"]).mean(),
        "BinaryCrossEntropy": lambda v, s: F.binary_cross_entropy(torch.sigmoid(v["p"]), v["t"]),
        "BinaryCrossEntropyWithLogits": lambda v, s: F.binary_cross_entropy_with_logits(v["p"], v["t"]),
        "CrossEntropy": lambda v, s: F.cross_entropy(v["p"], v["t"].argmax(-1)),
        "Focal": lambda v, s: focal(v),
        "KLDivergence": lambda v, s: F.kl_div(F.log_softmax(v["p"], -1), F.softmax(v["t"], -1), reduction="batchmean"),
        "Triplet": lambda v, s: no_epsilon_triplet(v),
        "InfoNCE": lambda v, s: info_nce(v),
        "CosineEmbedding": lambda v, s: F.cosine_embedding_loss(v["u"], v["v"], v["t"], margin=0.1),
    }
