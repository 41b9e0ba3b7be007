"""A network with two hidden layers, ReLU everywhere, in numbers: all gradients from the output to the input."""

import symgrad as sg

g = sg.Graph("ReLU network")
x, y = g.input("x", 2), g.input("y")
W1, b1 = g.parameter("W1", 3, 2), g.parameter("b1", 3)
W2, b2 = g.parameter("W2", 2, 3), g.parameter("b2", 2)
W3, b3 = g.parameter("W3", 2, row=True), g.parameter("b3", shown="b^{(3)}")
z0 = g.define("z0", x)
a1 = g.define("a1", W1 @ z0 + b1)
z1 = g.define("z1", sg.relu(a1))
a2 = g.define("a2", W2 @ z1 + b2)
z2 = g.define("z2", sg.relu(a2))
a3 = g.define("a3", W3 @ z2 + b3, shown="a^{(3)}")
z3 = g.define("z3", sg.relu(a3), shown="z^{(3)}")
yhat = g.define("yhat", z3)
L = g.define("L", (y - yhat) ** 2)
g.values(x=[2, 1], y=10, W1=[[1, 0], [3, 4], [1, 2]], b1=[0, -2, 5], W2=[[2, 6, 1], [0, 3, 1]], b2=[-23, -11])
g.values(W3=[-2, 3], b3=18)

backwards = {"yhat": yhat, "z3": z3, "a3": a3, "W3": W3, "b3": b3, "z2": z2, "a2": a2, "W2": W2, "b2": b2}
backwards |= {"z1": z1, "a1": a1, "W1": W1, "b1": b1, "z0": z0, "x": x}
deltas = {"delta1": a1, "delta2": a2, "delta3": a3}
exercise = sg.Exercise(
    id="relu_mlp",
    title="A ReLU network in numbers",
    statement="A network with two hidden layers is trained on one example with the squared error.",
    graph=g,
    questions=[
        sg.Forward("forward", of=[z0, a1, z1, a2, z2, a3, yhat, L]),
        *(sg.Question(id, of=L, wrt=name, keep=[z3, z2, z1, z0], let=deltas) for id, name in backwards.items()),
    ],
)
