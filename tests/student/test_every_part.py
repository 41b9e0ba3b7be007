# ruff: noqa: E501  (formulas are not broken over lines)
"""Every part of every exercise: its right answer is accepted, a wrong one refused with what shows it."""

from __future__ import annotations

import pytest

from symgrad import exercises
from tests.student.test_answers import loaded

G = r"\frac{\partial f}{\partial %s}"
GATE = r"ReLU'(a^{(%s)})"
DELTA3 = r"2(\hat{y}-y) ReLU'(a^{(3)})"

# part -> (right, wrong), in the words of the exercises where they have some.
ANSWERS: dict[str, tuple[str, str]] = {
    "batch_normalization.a": (
        r"\sum_i \frac{\partial f}{\partial y_i} \hat{x}_i",
        r"\sum_i \frac{\partial f}{\partial y_i}",
    ),
    "batch_normalization.b": (
        r"\sum_i \frac{\partial f}{\partial y_i}",
        r"\frac{1}{m}\sum_i \frac{\partial f}{\partial y_i}",
    ),
    "batch_normalization.c": (r"\frac{\partial f}{\partial y_i} \gamma", r"\frac{\partial f}{\partial y_i}"),
    "batch_normalization.d": (
        r"\sum_i \frac{\partial f}{\partial \hat{x}_i} (x_i - \mu) (-1/2)(\sigma^2+\epsilon)^{-3/2}",
        r"\sum_i \frac{\partial f}{\partial \hat{x}_i} (x_i - \mu) (-1/2)(\sigma^2+\epsilon)^{-1/2}",
    ),
    "batch_normalization.e": (
        r"-\sum_i \frac{\partial f}{\partial \hat{x}_i} / \sqrt{\sigma^2+\epsilon}",
        r"\sum_i \frac{\partial f}{\partial \hat{x}_i} / \sqrt{\sigma^2+\epsilon}",
    ),
    "batch_normalization.f": (
        r"\frac{\gamma}{m\sqrt{\sigma^2+\epsilon}}\left(m\frac{\partial f}{\partial y_i}-\sum_j \frac{\partial f}{\partial y_j}-\hat{x}_i\sum_j \frac{\partial f}{\partial y_j}\hat{x}_j\right)",
        r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \frac{\partial f}{\partial y_i}",
    ),
    "softmax_cross_entropy.jacobian": (r"P_j(\delta_{ij} - P_i)", r"P_j(1 - P_i)"),
    "softmax_cross_entropy.loss": (r"P(y=i) - y_i", r"y_i - P(y=i)"),
    "sigmoid_convolution.a": (
        r"\frac{\partial J}{\partial U[i,j,m]} U[i,j,m] (1-U[i,j,m])",
        r"\frac{\partial J}{\partial U[i,j,m]} U[i,j,m]",
    ),
    "sigmoid_convolution.b": (
        r"\sum_{i,j} \frac{\partial J}{\partial Z[i,j,m]} X[i+k_1,j+k_2,n]",
        r"\sum_{i,j} \frac{\partial J}{\partial Z[i,j,m]} X[i,j,n]",
    ),
    "sigmoid_convolution.bias": (
        r"\sum_{i,j} \frac{\partial J}{\partial Z[i,j,m]}",
        r"\sum_{i} \frac{\partial J}{\partial Z[i,0,m]}",
    ),
    "sigmoid_convolution.c": (
        r"\sum_{k_1,k_2,m} \frac{\partial J}{\partial Z[i-k_1,j-k_2,m]} W[k_1,k_2,n,m]",
        r"\sum_{k_1,k_2,m} \frac{\partial J}{\partial Z[i+k_1,j+k_2,m]} W[k_1,k_2,n,m]",
    ),
    "relu_mlp.forward": (
        "a1 = W1 x + b1 = (2,8,9), z1 = (2,8,9), a2 = z2 = (38,22), a3 = 8, yhat = 8, L = (y - yhat)^2 = 4",
        "a1 = W1 x + b1 = (2,8,9), z1 = (2,8,9), a2 = z2 = (38,21), a3 = 8, yhat = 8, L = 4",
    ),
    "relu_mlp.yhat": (r"2(\hat{y}-y) = -4", "4"),
    "relu_mlp.z3": ("-4", "2"),
    "relu_mlp.a3": (rf"{DELTA3} = -4", "0"),
    "relu_mlp.W3": (r"-4 (38,22) = (-152,-88)", "(-152, 88)"),
    "relu_mlp.b3": ("-4", "-8"),
    "relu_mlp.z2": ("-4 (-2, 3) = (8, -12)", "(8, 12)"),
    "relu_mlp.a2": ("(8,-12)", "(-12, 8)"),
    "relu_mlp.W2": ("[[16,64,72],[-24,-96,-108]]", "[[16,64,72],[-24,-96,-107]]"),
    "relu_mlp.b2": ("(8,-12)", "8"),
    "relu_mlp.z1": ("(16, 12, -4)", "(16, 12, 4)"),
    "relu_mlp.a1": ("(16, 12, -4)", "(16, 12)"),
    "relu_mlp.W1": (
        r"\begin{pmatrix}32&16\\24&12\\-8&-4\end{pmatrix}",
        r"\begin{pmatrix}32&24&-8\\16&12&-4\end{pmatrix}",
    ),
    "relu_mlp.b1": ("(16,12,-4)", "(16,12,-5)"),
    "relu_mlp.z0": ("(48,40)", "(40,48)"),
    "relu_mlp.x": (r"W^{(1)T} \delta^{(1)} = (48,40)", "(48,41)"),
    "residual_graph.forward": ("0.3, 0.4, 0.4, -0.08, -0.38, 0.62, 0.62", "0.3, 0.4, 0.4, -0.8, -0.38, 0.62, 0.62"),
    "residual_graph.w0": ("-0.2", "0.2"),
    "residual_graph.w1": ("0.4", "0.3"),
    "residual_graph.b0": ("-0.2", "1"),
    "residual_graph.b1": ("1", "0"),
    "residual_graph.x0": ("0.3 * (-0.2) + 1 = 0.94", "-0.06"),
    "neuron_dag.1n4": (
        r"2 \sum_i (n_6 - y_6^{(i)}) g'(b + w_{3,6} n_3 + w_{4,6} n_4) w_{4,6}",
        r"2 \sum_i (n_6 - y_6^{(i)}) w_{4,6}",
    ),
    "neuron_dag.1w25": (
        r"2 \sum_i (n_7 - y_7^{(i)}) g'(b + w_{5,7} n_5) w_{5,7} g'(b + w_{2,5} n_2) n_2",
        r"2 \sum_i (n_7 - y_7^{(i)}) g'(b + w_{5,7} n_5) w_{5,7} g'(b + w_{2,5} n_2) w_{2,5}",
    ),
    "neuron_dag.1v11": (
        r"\frac{\partial E}{\partial n_1} g'(b + v_{1,1} \cdot x_1) (x_1)_d",
        r"g'(b + v_{1,1} \cdot x_1) (x_1)_d",
    ),
    "neuron_dag.1x2": (
        r"\frac{\partial E}{\partial n_2} g'(b + v_{2,2} \cdot x_2) (v_{2,2})_d",
        r"g'(b + v_{2,2} \cdot x_2) (v_{2,2})_d",
    ),
    "neuron_dag.2v22": (
        r"\frac{\partial E}{\partial n_2} g'(b + v_{2,2} \cdot x_2) (x_2)_d",
        r"g'(b + v_{2,2} \cdot x_2) (x_2)_d",
    ),
    "neuron_dag.2w24": (
        r"\frac{\partial E}{\partial n_4} g'(b + w_{2,4} n_2) n_2",
        r"g'(b + w_{2,4} n_2) n_2",
    ),
    "neuron_dag.2n1": (
        r"\frac{\partial E}{\partial n_3} g'(b + w_{1,3} n_1) w_{1,3} + \frac{\partial E}{\partial n_5} g'(b + w_{1,5} n_1) w_{1,5}",
        r"\frac{\partial E}{\partial n_3} g'(b + w_{1,3} n_1) w_{1,3}",
    ),
    "neuron_dag.paths": (
        "|path| <= |dE/dn_out| (max|g'| max|w|)^(K-1)",
        "|path| <= |dE/dn_out| (max|g'| max|w|)^K",
    ),
    "softmax_chain.x3": (r"x_4(1-x_4)", r"x_4"),
    "softmax_chain.w1": (r"x_4(1-x_4) w_2 ReLU'(x_1)", r"x_4(1-x_4) w_2"),
    "gradient_flow.1": (
        r"\frac{\partial L}{\partial z_n} \prod_{k=i+1}^{n} \frac{\partial z_k}{\partial z_{k-1}}",
        r"\frac{\partial L}{\partial z_n} \prod_{k=i}^{n} \frac{\partial z_k}{\partial z_{k-1}}",
    ),
    "gradient_flow.2": (r"0.01 \cdot 0.005 \cdot 0.1 = 5 \cdot 10^{-6}", "0.00005"),
    "gradient_flow.3": (
        r"\frac{\partial L}{\partial y} (\frac{\partial z_2}{\partial z_1} \frac{\partial z_1}{\partial x} + 1) = 0.010005",
        "0.0100005",
    ),
    "gradient_flow.4": ("(3) is larger, 0.010005 / 0.000005 = 2001 times", "(2) is larger, 2001 times"),
    "gradient_flow.5": ("0.5^{n+1}: 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125", "0.5^n"),
    "gradient_flow.6": ("g_0 = g_B (1+c)^B: 0.625, 0.78125, 0.9765625", "g_B (1+c)^{B-1}"),
    "mlp_shapes.X": ("(m,10)", "(10,m)"),
    "mlp_shapes.W_h": ("(10,50)", "(50,10)"),
    "mlp_shapes.b_h": ("(1,50)", "(50)"),
    "mlp_shapes.W_o": ("(50,3)", "(50,10)"),
    "mlp_shapes.b_o": ("(1,3)", "(3,1)"),
    "mlp_shapes.Y": ("(m,3)", "(m,50)"),
    "mlp_shapes.equation": ("Y = ReLU(X W_h + b_h) W_o + b_o", "W_o a(W_h X + b_h) + b_o"),
    "conv_stack_parameters.layer1": ("3x3x3x100 + 100 = 2800", "2700"),
    "conv_stack_parameters.layer2": ("3x3x100x200 + 200 = 180200", "180000"),
    "conv_stack_parameters.layer3": ("720400", "3x3x200x400 = 720000"),
    "conv_stack_parameters.total": ("2800 + 180200 + 720400 = 903400", "903,300"),
    "dense_parameters.sizes": ("1024, 512, 1", "1024, 512, 2"),
    "dense_parameters.total": ("30*1024 + 1024 + 1024*512 + 512 + 512*1 + 1 = 557057", "555520"),
    "weight_sharing.dense": ("64*64*2*96 + 96 = 786528", "786432"),
    "weight_sharing.conv6": ("6 x 6 x 2 x 96 + 96 = 7008", "6912"),
    "weight_sharing.conv1": ("288", "192"),
    "conv_sizes.valid": ("34x34", "33x33"),
    "conv_sizes.strided": ("20x20x2", "20x20x3"),
    "conv_sizes.general": (
        "n_out = floor((n + 2 pad - k)/s) + 1, n_out x n_out x l",
        "n_out = (n + 2 pad - k)/s + 1, n_out x n_out x l",
    ),
    "conv_numeric.output": ("[[2,-1],[-4,4]]", "[[2,-1],[-4,3]]"),
    "conv_extremes.limits": ("0 <= k1 <= 1, 0 <= k2 <= 1", "0 <= k1 <= 2, 0 <= k2 <= 2"),
    "conv_extremes.size": ("4x4", "5x5"),
    "conv_extremes.max": ("6 at (1,3), (2,3)", "6 at (1,3)"),
    "conv_extremes.min": ("-6 at (1,0), (2,0)", "-6 at (1,0), (3,0)"),
    "conv_extremes.zero": ("(0,1), (0,2)", "(0,0), (0,1)"),
    "conv_tensor.shapes": ("Z and U (46,62,20)", "Z and U (48,64,20)"),
    "conv_tensor.channels": ("10 in, 20 out", "10 in, 30 out"),
    "conv_tensor.multiplications": ("3*3*10*46*62*20 = 5,133,600", "3*3*10*48*64*20 = 5529600"),
    "conv_tensor.parameters": ("1820", "1800"),
    "optimizers.sgd": (
        "alpha < 2/lambda\n(0.9, 0), (0.81, 0), (0.729, 0), (0.6561, 0), (0.59049, 0)",
        "alpha < 1/lambda\n(0.9, 0), (0.81, 0), (0.729, 0), (0.6561, 0), (0.59049, 0)",
    ),
    "optimizers.minibatch": (
        r"Var(\bar G) = s^2/b; (0.91, 0.1), (0.809, -0.1), (0.7181, -0.1), (0.65629, 0.1), (0.600661, 0.1)",
        r"Var(\bar G) = s^2/b; (0.91, 0.1), (0.809, -0.1), (0.7181, -0.1), (0.65629, 0.1), (0.60066, 0.1)",
    ),
    "optimizers.momentum": (
        r"m_t = -\alpha \sum_{k=0}^{t-1} \beta^{t-1-k} G_k;(0.9, 0), (0.72, -0.9), (0.486, -0.81), (0.2268, 0.081), (-0.02916, 0.8019)",
        r"m_t = -\alpha \sum_{k=0}^{t-1} \beta^{t-k} G_k;(0.9, 0), (0.72, -0.9), (0.486, -0.81), (0.2268, 0.081), (-0.02916, 0.8019)",
    ),
    "optimizers.adam": (
        r"E[m_t] = \mu (1 - \beta_1^t);(0.900, 0.900), (0.800, 0.800), (0.702, 0.702), (0.604, 0.604), (0.508, 0.508)",
        r"E[m_t] = \mu (1 - \beta_1^{t-1});(0.900, 0.900), (0.800, 0.800), (0.702, 0.702), (0.604, 0.604), (0.508, 0.508)",
    ),
    "hyperparameter_search.grid": (
        "10 x 6 x 5 = 300 combinations, 300 x 10 = 3000 epochs, 3000 x 2 = 6000 minutes",
        "10 x 6 x 5 = 300 combinations, 3000 epochs, 3000 minutes",
    ),
    "hyperparameter_search.random": (
        "N >= ln(0.05)/ln(0.95) = 58.4, so 59; N >= ln(0.005)/ln(0.95) = 103.29, so 104",
        "N >= ln(0.05)/ln(0.95) = 58.4, so 58; N >= ln(0.005)/ln(0.95) = 103.29, so 103",
    ),
}
PARTS = [f"{name}.{q.id}" for name in exercises.available() for q in loaded(name).questions]


def test_every_part_is_in_the_table():
    assert sorted(ANSWERS) == sorted(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_the_right_answer_is_accepted(part):
    name, part = part.split(".")
    found = loaded(name).grade(part, ANSWERS[f"{name}.{part}"][0])
    assert found.is_right, found.text
    assert found.read


@pytest.mark.parametrize("part", PARTS)
def test_a_wrong_answer_is_refused_with_what_shows_it(part):
    name, part = part.split(".")
    found = loaded(name).grade(part, ANSWERS[f"{name}.{part}"][1])
    assert found.kind == "wrong", found.text
    assert found.witness or found.reason


HOSTILE = [
    "9^{9^{9^{9}}}",
    "(10^9)!",
    "(" * 400 + "1" + ")" * 400,
    "1" * 200,
    r"\sum_{i=1}^{10^{12}} i",
    "1/0",
    "",
    ",",
    "=",
    "(1,2), (3",
    "__import__('os').system('id')",
    r"\input{/etc/passwd}",
    "[[1,2],[3]]",
    "\x00",
    "1, " * 600,
]


@pytest.mark.parametrize("part", PARTS)
def test_no_text_is_too_strange(part):
    name, part = part.split(".")
    for text in HOSTILE:
        found = loaded(name).grade(part, text)
        assert found.kind in ("not understood", "undecided", "wrong"), (text, found.text)
        assert "symgrad failed" not in found.reason, (text, found.reason)
