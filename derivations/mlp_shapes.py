"""Shapes in a network with one hidden layer, its equation, and an equation that cannot be right."""

import symgrad as sg

g = sg.Graph("network with one hidden layer")
m = g.size("m")  # samples, the rows of X
X = g.input("X", m, 10)
W_h, b_h = g.parameter("W_h", 10, 50), g.parameter("b_h", 1, 50)
W_o, b_o = g.parameter("W_o", 50, 3), g.parameter("b_o", 1, 3)
H = g.define("H", sg.relu(X @ W_h + b_h))
Y = g.define("Y", H @ W_o + b_o)

exercise = sg.Exercise(
    id="mlp_shapes",
    title="Shapes in a network",
    statement="A network has 10 inputs, a hidden layer of 50 neurons with ReLU, and 3 outputs; X has a row a sample.",
    graph=g,
    questions=[
        *(sg.Shape(name.name, of=name) for name in (X, W_h, b_h, W_o, b_o, Y)),
        sg.Equation("equation", of=Y, refused=["W_o @ relu(W_h @ X + b_h) + b_o"]),
    ],
)
