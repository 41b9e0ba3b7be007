"""A residual block of scalars: the forward pass with differentials, and gradients along each path."""

import symgrad as sg

g = sg.Graph("residual block")
x0, w0, w1, b0, b1 = (g.input("x0"), *g.parameters("w0 w1 b0 b1"))
xw0 = g.define("xw0", x0 * w0)
xwb0 = g.define("xwb0", xw0 + b0)
x1 = g.define("x1", sg.relu(xwb0))
xw1 = g.define("xw1", x1 * w1)
y1 = g.define("y1", xw1 + b1)
yx = g.define("yx", y1 + x0)
z = g.define("z", sg.relu(yx))
g.values(x0=1.0, w0=0.3, w1=-0.2, b0=0.1, b1=-0.3)

exercise = sg.Exercise(
    id="residual_graph",
    title="A residual block, node by node",
    statement="The input of a small block is added to its output.",
    graph=g,
    drawing=True,
    questions=[
        sg.Forward("forward", of=[xw0, xwb0, x1, xw1, y1, yx, z], differentials=True),
        *(sg.Paths(name.name, of=z, wrt=name) for name in (w0, w1, b0, b1, x0)),
    ],
)
