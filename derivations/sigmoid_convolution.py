"""A convolution with a sigmoid: gradients by the output, the kernel, the bias and the image."""

from sympy import exp

import symgrad as sg

g = sg.Graph("sigmoid convolution")
H1, H2, N, K1, K2, M = g.sizes("H1 H2 N K1 K2 M")
g.require(H1 >= K1, H2 >= K2)
p, q = g.index("p", H1), g.index("q", H2)  # pixels of the image
n, m = g.index("n", N), g.index("m", M)  # channels in, channels out
k1, k2 = g.index("k1", K1), g.index("k2", K2)
i, j = g.index("i", H1 - K1 + 1), g.index("j", H2 - K2 + 1)  # valid pixels
X = g.input("X", p, q, n, shown="X[#]")
W, b = g.parameter("W", k1, k2, n, m, shown="W[#]"), g.parameter("b", m, shown="b[#]")
Z = g.define("Z", sg.Sum(W[k1, k2, n, m] * X[i + k1, j + k2, n], k1, k2, n) + b[m], over=(i, j, m), shown="Z[#]")
U = g.define("U", 1 / (1 + exp(-Z[i, j, m])), over=(i, j, m), shown="U[#]")
J = g.loss("J", of=U)

exercise = sg.Exercise(
    id="sigmoid_convolution",
    title="Convolution with a sigmoid",
    statement="An image with N channels is convolved with M kernels (valid pixels only), then squashed.",
    graph=g,
    conventions=["entries outside their range count as 0"],
    questions=[
        sg.Question("a", of=J, wrt=Z[i, j, m]),
        sg.Question("b", of=J, wrt=W[k1, k2, n, m], keep=[Z]),
        sg.Question("bias", of=J, wrt=b[m], keep=[Z]),
        sg.Question("c", of=J, wrt=X[p, q, n], keep=[Z], read={"i": "p", "j": "q"}),
    ],
)
