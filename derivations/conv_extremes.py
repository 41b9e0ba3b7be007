"""A kernel that finds vertical edges: limits of the sums, size of the output, extremes and zeros."""

import symgrad as sg

g = sg.Graph("vertical edges")
n, K = g.sizes("n K")
p, q = g.indices("p q", n)
k1, k2 = g.indices("k1 k2", K)
X, W = g.input("X", p, q), g.parameter("W", k1, k2)
i = g.index("i", valid=lambda i: X[i + k1, q])
j = g.index("j", valid=lambda j: X[p, j + k2])
Z = g.define("Z", sg.Sum(W[k1, k2] * X[i + k1, j + k2], k1, k2), over=(i, j))
g.values(W=[[1, -1], [1, -1]])
g.values(X=[[0, 0, 0, 0, 0], [0, 3, 3, 3, 0], [0, 3, 2, 3, 0], [0, 3, 2, 3, 0], [0, 0, 0, 0, 0]])

exercise = sg.Exercise(
    id="conv_extremes",
    title="Edges found by a convolution",
    statement="The image X is convolved with the kernel W, valid pixels only.",
    graph=g,
    questions=[
        sg.Ranges("limits", of=Z, indices=[k1, k2], text="What are the limits of the sums?"),
        sg.Shape("size", of=Z),
        sg.Extremes("max", of=Z, kind="max"),
        sg.Extremes("min", of=Z, kind="min"),
        sg.Extremes("zero", of=Z, kind="zero"),
    ],
)
