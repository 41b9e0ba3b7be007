"""A convolution of an image with several channels: shapes, channels, multiplications and parameters."""

import symgrad as sg

g = sg.Graph("convolution of a tensor")
H, V, N, K, M = g.sizes("H V N K M")
p, q = g.index("p", H), g.index("q", V)  # pixels of the image
k1, k2 = g.indices("k1 k2", K)
n, m = g.index("n", N), g.index("m", M)  # channels in, channels out
X = g.input("X", p, q, n)
W, b = g.parameter("W", k1, k2, n, m), g.parameter("b", m)
i = g.index("i", valid=lambda i: X[i + k1, q, n])
j = g.index("j", valid=lambda j: X[p, j + k2, n])
Z = g.define("Z", sg.Sum(W[k1, k2, n, m] * X[i + k1, j + k2, n], k1, k2, n) + b[m], over=(i, j, m))
U = g.define("U", sg.relu(Z[i, j, m]), over=(i, j, m))
g.values(H=48, V=64, N=10, K=3, M=20)

exercise = sg.Exercise(
    id="conv_tensor",
    title="Convolution of a tensor",
    statement="An image with several channels is convolved with kernels, valid pixels only, and rectified.",
    graph=g,
    questions=[
        sg.Shape("shapes", of=[Z, U]),
        sg.Ranges("channels", of=Z, indices=[n, m], text="How many channels go in, and how many come out?"),
        sg.Count("multiplications", "multiplications", of=Z),
        sg.Count("parameters", "parameters", of=Z),
    ],
)
