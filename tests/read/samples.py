"""Symbol tables of the exercises and the formulas people wrote for them; a table that uses every kind of name."""

from __future__ import annotations

from symgrad.read.names import Names


def layered(letters: tuple[tuple[str, str, int], ...], layers: tuple[int, ...]) -> list[tuple[str, str, int]]:
    return [(f"{code}{k}", f"{shown}^{{({k})}}_#", arity) for code, shown, arity in letters for k in layers]


EXERCISES = {
    "batch_normalization": Names.of(
        symbols=[
            ("x", "x_#", 1),
            ("mu", r"\mu"),
            ("sigma2", r"\sigma^2"),
            ("xhat", r"\hat{x}_#", 1),
            ("y", "y_#", 1),
            ("gamma", r"\gamma"),
            ("beta", r"\beta"),
            ("epsilon", r"\epsilon"),
            "f",
        ],
        sizes="m",
        indices="i j",
    ),
    "softmax_cross_entropy": Names.of(
        symbols=[("h", "h_#", 1), ("y", "y_#", 1), ("P", "P(y=#)", 1), "L"], sizes="N", indices="i j k"
    ),
    "softmax_chain": Names.of(symbols=[("x3", "x_3"), ("x4", "x_4"), ("x", "x_#", 1), "S"], indices="h i"),
    "sigmoid_convolution": Names.of(
        symbols=[("X", "X_#", 3), ("W", "W_#", 4), ("Z", "Z_#", 3), ("U", "U_#", 3), ("b", "b_#", 1), "J"],
        sizes=["N", "M", ("H1", "H_1"), ("H2", "H_2"), ("K1", "K_1"), ("K2", "K_2")],
        indices=["i", "j", "m", "n", ("k1", "k_1"), ("k2", "k_2"), ("l1", "l_1"), ("l2", "l_2")],
    ),
    "relu_mlp": Names.of(
        symbols=[
            ("x", "x_#", 1),
            "y",
            ("yhat", r"\hat{y}"),
            *layered((("a", "a", 1), ("z", "z", 1), ("w", "w", 2), ("delta", r"\delta", 1)), (1, 2, 3)),
        ],
        indices="k l",
    ),
    "residual_graph": Names.of(
        symbols=[*((f"{a}{k}", f"{a}_{k}") for a in ("x", "w", "b", "xw", "xwb", "y") for k in (0, 1)), "yx", "z"]
    ),
    "gradient_flow": Names.of(
        symbols=["L", "y", "x", ("z1", "z_1"), ("z2", "z_2"), "c", ("g", "g_#", 1)], sizes="B", indices="k"
    ),
    "neuron_dag": Names.of(
        symbols=[
            "E",
            "b",
            *((f"n{k}", f"n_{k}") for k in range(1, 9)),
            ("n", "n_#", 1),
            ("w", "w_#", 2),
            *((f"y{k}", f"y_{k}^{{(#)}}", 1) for k in (6, 7, 8)),
            ("v11", "(v_{1,1})_#", 1),
            ("x1", "(x_1)_#", 1),
            ("x2", "(x_2)_#", 1),
        ],
        functions="g",
        indices="i k d",
    ),
}

# What people wrote, and what was expected of them.
STUDENT: dict[str, list[str]] = {
    "batch_normalization": [
        r"\sum_{i=1}^{m} \frac{\partial f}{\partial y_i} \widehat{x}_i",
        r"\frac{\partial f}{\partial y_1}\widehat{x}_1+\dots+\frac{\partial f}{\partial y_m}\widehat{x}_m",
        r"\sum_{i=1}^{m} \dfrac{\partial f}{\partial y_i}\,\dfrac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}",
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i} y_i",
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\frac{x_i-\mu}{\sqrt{\sigma^2}+\epsilon}",
        r"\sum_{i=1}^{m} \frac{\partial f}{\partial y_i}",
        r"\sum\limits_{i=1}^{m}\frac{\partial f}{\partial y_i}\cdot 1",
        r"\frac{1}{m}\sum_{i=1}^m \frac{\partial f}{\partial y_i}",
        r"\frac{\partial f}{\partial y_i} \gamma",
        r"\gamma\cdot\frac{\partial f}{\partial y_i}",
        r"\sum_{i=1}^m\frac{\partial f}{\partial y_i}\gamma",
        (
            r"\sum_{i=1}^{m}\frac{\partial f}{\partial y_i}\gamma\frac{-1}{2}\frac{x_i-\mu}{\sqrt{(\sigma^2+"
            r"\epsilon)^3}}"
        ),
        r"-\frac{1}{2(\sigma^2+\epsilon)}\sum_{i=1}^m \frac{\partial f}{\partial y_i}\gamma\,\widehat{x_i}",
        (
            r"\frac{-\gamma}{2}\,\frac{\sum_{i=1}^m \frac{\partial f}{\partial y_i}(x_i-\mu)}{(\sqrt{"
            r"\sigma^2+\epsilon})^3}"
        ),
        r"\sum_{i=1}^{m}\frac{\partial f}{\partial y_i}\gamma\frac{-1}{2}\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}",
        (
            r"\frac{1}{m}\sum_{i=1}^{m}\frac{\partial f}{\partial y_i}\gamma\frac{-1}{2}\frac{x_i-\mu}{"
            r"\sqrt{(\sigma^2+\epsilon)^3}}"
        ),
        (
            r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\gamma\frac{-1}{\sqrt{\sigma^2+\epsilon}}+\frac{"
            r"\partial f}{\partial \sigma^2}\frac{-2}{m}\sum_{i=1}^m (x_i-\mu)"
        ),
        (
            r"\sum_{i=1}^m \frac{\partial f}{\partial \widehat{x_i}}\cdot\frac{-1}{\sqrt{\sigma^2+"
            r"\epsilon}}+\frac{\partial f}{\partial\sigma^2}\cdot\frac{\sum_{i=1}^m -2(x_i-\mu)}{m}"
        ),
        r"\sum_{i=1}^m \frac{\partial f}{\partial y_i}\frac{-1}{\sqrt{\sigma^2+\epsilon}}",
        (
            r"\frac{\partial f}{\partial y_i}\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}+\frac{\partial f}{"
            r"\partial \sigma^2}\frac{2(x_i-\mu)}{m}+\frac{\partial f}{\partial \mu}\frac{1}{m}"
        ),
        (
            r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\frac{\partial f}{\partial y_i}-\frac1m\frac{"
            r"\partial f}{\partial\beta}-\frac{\widehat{x}_i}{m}\frac{\partial f}{\partial\gamma}\right)"
        ),
        (
            r"\frac{\partial f}{\partial \widehat{x_i}} \frac{\partial \widehat{x_i}}{\partial x_i} + \frac{"
            r"\partial f}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i} + \frac{\partial f}{"
            r"\partial \mu} \frac{\partial \mu}{\partial x_i}"
        ),
        (
            r"\frac{\partial f}{\partial y_i}\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}+\frac{\partial f}{"
            r"\partial \sigma^2}\frac{(x_i-\mu)}{m}+\frac{\partial f}{\partial \mu}\frac{1}{m}"
        ),
        (
            r"\frac{\partial f}{\partial y_i}\frac{\gamma}{\sqrt{(\sigma^2+\epsilon)^3}}+\frac{\partial f}{"
            r"\partial \sigma^2}\frac{2(x_i-\mu)}{m}+\frac{\partial f}{\partial \mu}\frac{1}{m}"
        ),
        (
            r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\frac{\partial f}{\partial y_i}-\frac1m"
            r"\sum_{j=1}^m\frac{\partial f}{\partial y_j}-\frac{\widehat{x}_i}{m}\sum_{j=1}^m\frac{\partial"
            r" f}{\partial y_j}\right)"
        ),
    ],
    "softmax_cross_entropy": [
        r"P(y=i)-y_i",
        r"-\sum_j y_j\left(\delta_{ij}-P(y=i)\right)",
        r"-\sum_{j} \frac{y_j}{P(y=j)} \frac{\partial P(y=j)}{\partial h_i}",
        r"\frac{1}{\sum_{k} \exp(h_k-h_i)}-y_i",
        r"\sum_i \left(P(y=i)-y_i\right)",
        r"\log P(y=i)-y_i",
        r"P(y=j)\left(\delta_{ij}-P(y=i)\right)",
        r"\begin{cases} P(y=i)(1-P(y=i)) & i=j \\ -P(y=i)P(y=j) & i\neq j\end{cases}",
        r"P(y=j)\left(\delta_{ij}+P(y=i)\right)",
    ],
    "softmax_chain": [
        r"\frac{\sum_h \exp(x_h) \cdot \exp(x_3) - (\exp(x_3))^2}{(\sum_h \exp(x_h))^2}",
        r"\frac{\exp(x_3)\sum_{h\neq 3}\exp(x_h)}{(\sum_h \exp(x_h))^2}",
        r"\frac{\exp(x_3)}{\sum_h\exp(x_h)}",
    ],
    "sigmoid_convolution": [
        r"\frac{\partial J}{\partial U[i,j,m]}\,U[i,j,m]\,(1-U[i,j,m])",
        r"\frac{\alpha J}{\alpha U} * \frac{e^{-z}}{(1+e^{-z})^2}",
        r"\frac{\partial J}{\partial U_{ijm}}\,U_{ijm}(1-U_{ijm})",
        r"\frac{\partial J}{\partial U[i,j,m]}(1-U[i,j,m]^2)",
        r"\sum_{i}\sum_{j} \frac{\partial J}{\partial Z[i,j,m]}\,X[i+k_1,j+k_2,n]",
        r"\sum_{p}\sum_{q} X[p+k_1,q+k_2,n]\,\frac{\partial J}{\partial U[p,q,m]}U[p,q,m](1-U[p,q,m])",
        r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]}X[i-k_1,j-k_2,n]",
        r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]}X[i+k_1-1,j+k_2-1,n]",
        r"\sum_{k_1}\sum_{k_2}\sum_{m} \frac{\partial J}{\partial Z[i-k_1,j-k_2,m]}\,W[k_1,k_2,n,m]",
        (
            r"\sum_{k_1=0}^{K_1-1}\sum_{k_2=0}^{K_2-1}\sum_{m=0}^{M-1} W[k_1,k_2,n,m]\frac{\partial J}{"
            r"\partial Z[i-k_1,j-k_2,m]}"
        ),
        r"\sum_i \sum_j \frac{\partial J}{\partial Z[i,j,m]} W[l_1-i,l_2-j,n,m]",
        r"\sum_i\sum_j \frac{\partial J}{\partial Z[i,j,m]}",
        r"\sum_{i,j}\frac{\partial J}{\partial U[i,j,m]}U[i,j,m](1-U[i,j,m])",
        r"\frac{\partial J}{\partial Z[i,j,m]}",
    ],
    "relu_mlp": [
        r"2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, z^{(2)\top}",
        r"2(\hat{y}-y)\,\mathbb{1}[a^{(3)}>0]\,z^{(2)T}",
        r"2(\hat{y}-y)\, z^{(2)\top}",
        r"2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, w^{(3)}",
        r"2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, w^{(3)\top}\odot \mathrm{ReLU}'(a^{(2)})",
        r"2(\hat{y} - y) \cdot \text{ReLU}'(a^{(3)}) \cdot w^{(3)} \cdot \text{ReLU}'(a^{(2)})",
        r"2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, w^{(3)\top}\odot \mathrm{ReLU}'(z^{(2)})",
        r"\left(2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, w^{(3)\top}\odot \mathrm{ReLU}'(a^{(2)})\right) z^{(1)\top}",
        r"\delta^{(2)}\otimes z^{(1)}",
        r"\delta^{(2)} z^{(2)\top}",
        r"\delta^{(2)} x^{\top}",
        (
            r"\left(\left(w^{(2)\top}\left(2(\hat{y}-y)\,\mathrm{ReLU}'(a^{(3)})\, w^{(3)\top}\odot "
            r"\mathrm{ReLU}'(a^{(2)})\right)\right)\odot \mathrm{ReLU}'(a^{(1)})\right) x^\top"
        ),
        r"\delta^{(1)}x^\top",
        r"\left(w^{(2)\top}\delta^{(2)}\right) x^\top",
        r"w^{(1)\top}\delta^{(1)}",
        r"\sum_k w^{(1)}_{kl}\,\delta^{(1)}_k",
        r"\delta^{(1)\top}w^{(1)}",
        r"\delta^{(2)}",
        r"\delta^{(2)} z^{(1)\top}",
    ],
    "residual_graph": [
        r"\mathrm{ReLU}'(yx)\, w_1\,\mathrm{ReLU}'(xwb_0)\, x_0",
        r"w_1 x_0\,[yx>0]\,[xwb_0>0]",
        r"w_1 x_0",
        r"\mathrm{ReLU}'(yx)\left(w_1\,\mathrm{ReLU}'(xwb_0)\,w_0+1\right)",
        (
            r"\frac{\partial z}{\partial yx}\left(\frac{\partial yx}{\partial y_1}\frac{\partial y_1}{"
            r"\partial x_1}\frac{\partial x_1}{\partial x_0}+1\right)"
        ),
        r"\mathrm{ReLU}'(yx)",
    ],
    "gradient_flow": [
        (
            r"\frac{\partial L}{\partial y}\left(\frac{\partial z_2}{\partial z_1}\frac{\partial z_1}{"
            r"\partial x}+1\right)"
        ),
        r"\frac{\partial L}{\partial y}\left(1+\frac{\partial z_2}{\partial x}\right)",
        (
            r"\frac{\partial L}{\partial y}\left(\frac{\partial z_2}{\partial z_1}+\frac{\partial z_1}{"
            r"\partial x}+1\right)"
        ),
        r"g_B\,(1+c)^B",
        r"g_B\sum_{k=0}^{B}\binom{B}{k}c^k",
        r"g_B\,(1+c)^{B-1}",
    ],
    "neuron_dag": [
        r"2\sum_{i \in data} (n_6 - y_6^{(i)})\, g'(b + w_{3,6} n_3 + w_{4,6} n_4)\, w_{4,6}",
        r"\frac{\partial E}{\partial n_6}\, g'\left(b+\sum_k w_{k,6}n_k\right) w_{4,6}",
        r"2\sum_{i \in data} (n_6 - y_6^{(i)})\, g'(b + w_{3,6} n_3 + w_{4,6} n_4)\, w_{3,6}",
        r"\sum_{i \in data} (n_6 - y_6^{(i)})\, g'(b + w_{3,6} n_3 + w_{4,6} n_4)\, w_{4,6}",
        r"2\sum_{i \in data} (n_7 - y_7^{(i)})\, g'(b + w_{5,7} n_5)\, w_{5,7}\, g'(b + w_{2,5} n_2)\, n_2",
        (
            r"\left(2\sum_{i \in data} (n_7 - y_7^{(i)})\right) w_{5,7}\, n_2\, g'(b + w_{5,7} n_5)\, g'(b +"
            r" w_{2,5} n_2)"
        ),
        r"2\sum_{i \in data} (n_7 - y_7^{(i)})\, g'(b + w_{5,7} n_5)\, w_{5,7}\, n_2",
        (
            r"\left(\frac{\partial E}{\partial n_6} \frac{\partial n_6}{\partial n_3} \frac{\partial n_3}{"
            r"\partial n_1} + \frac{\partial E}{\partial n_6} \frac{\partial n_6}{\partial n_4} \frac{"
            r"\partial n_4}{\partial n_1}\right) g'(b + v_{1,1} x_1) \cdot (x_1)_d"
        ),
        (
            r"\frac{\partial E}{\partial n_6}\left(\frac{\partial n_6}{\partial n_3}\frac{\partial n_3}{"
            r"\partial n_1}+\frac{\partial n_6}{\partial n_4}\frac{\partial n_4}{\partial n_1}\right)\frac{"
            r"\partial n_1}{\partial (v_{1,1})_d}"
        ),
        (
            r"\left(\frac{\partial E}{\partial n_6} \frac{\partial n_6}{\partial n_3} \frac{\partial n_3}{"
            r"\partial n_1} + \frac{\partial E}{\partial n_6} \frac{\partial n_6}{\partial n_4} \frac{"
            r"\partial n_4}{\partial n_1}\right) g'(b + v_{1,1} x_1) \cdot (v_{1,1})_d"
        ),
    ],
}

# The one that must not be understood: an undeclared alpha in the place of a partial.
REFUSED = {r"\frac{\alpha J}{\alpha U} * \frac{e^{-z}}{(1+e^{-z})^2}"}

NAMES = Names.of(
    symbols=[
        ("x", "x_#", 1),
        ("mu", r"\mu"),
        ("sigma2", r"\sigma^2"),
        ("xhat", r"\hat{x}_#", 1),
        ("y", "y_#", 1),
        ("dy", "dy_#", 1),
        ("gamma", r"\gamma"),
        ("epsilon", r"\epsilon"),
        "f",
        "a",
        "b",
        "c",
        "loss",
        ("P", "P(y=#)", 1),
        ("W", "W_#", 4),
        ("V", "V_#", 2),
        ("W1", "W^{(1)}_#", 2),
        ("h", "h_#", 1),
        ("df_dy", r"\frac{\partial f}{\partial y_#}", 1),
        ("dbar", r"\bar{d}_#", 1),
        ("new", "c'"),
        ("t6", "t_6^{(#)}", 1),
        ("v11", "(v_{1,1})_#", 1),
    ],
    functions=["g", ("phi", r"\varphi", 2)],
    sizes=["m", "H", "K", ("H1", "H_1"), ("K1", "K_1")],
    indices=["i", "j", "k", "l", "n", "p", "q", "r", ("k1", "k_1"), ("k2", "k_2")],
)
