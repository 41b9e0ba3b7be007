"""What sharing weights saves: a dense layer and two convolutions that find 96 features in the same image."""

import symgrad as sg

image = {"H": 64, "V": 64, "C": 2, "F": 96}  # height, width, channels, features


def dense():
    g = sg.Graph("Dense")
    H, V, C, F = g.sizes("H V C F")
    p, q, c, f = g.index("p", H), g.index("q", V), g.index("c", C), g.index("f", F)
    X, W, b = g.input("X", p, q, c), g.parameter("W", p, q, c, f), g.parameter("b", f)
    g.define("Z", sg.Sum(W[p, q, c, f] * X[p, q, c], p, q, c) + b[f], over=f)
    g.values(**image)
    return g


def convolution(size: int):
    g = sg.Graph(f"Convolution with {size} x {size} kernels")
    H, V, C, F, K = g.sizes("H V C F K")
    p, q, k1, k2 = g.index("p", H), g.index("q", V), *g.indices("k1 k2", K)
    c, f = g.index("c", C), g.index("f", F)
    X, W, b = g.input("X", p, q, c), g.parameter("W", k1, k2, c, f), g.parameter("b", f)
    i, j = g.index("i", valid=lambda i: X[i + k1, q, c]), g.index("j", valid=lambda j: X[p, j + k2, c])
    g.define("Z", sg.Sum(W[k1, k2, c, f] * X[i + k1, j + k2, c], k1, k2, c) + b[f], over=(i, j, f))
    g.values(**image, K=size)
    return g


graphs = {"dense": dense(), "conv6": convolution(6), "conv1": convolution(1)}
exercise = sg.Exercise(
    id="weight_sharing",
    title="Weight sharing",
    statement="An image with 64 x 64 pixels and 2 channels is turned into 96 features.",
    graph=list(graphs.values()),
    questions=[sg.Count(id, "parameters", graph=g, text=g.model.name + ".") for id, g in graphs.items()],
)
