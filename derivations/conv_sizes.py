"""How large the output of a convolution is: valid pixels, stride and padding, and the general formula."""

import symgrad as sg

v = sg.Graph("Valid pixels")
n, k = v.sizes("n k")
p, q, k1, k2 = *v.indices("p q", n), *v.indices("k1 k2", k)
X, W = v.input("X", p, q), v.parameter("W", k1, k2)
i, j = v.index("i", valid=lambda i: X[i + k1, q]), v.index("j", valid=lambda j: X[p, j + k2])
valid = v.define("Z", sg.Sum(W[k1, k2] * X[i + k1, j + k2], k1, k2), over=(i, j))
v.values(n=36, k=3)


def padded(name: str, **numbers: int):
    """A convolution with stride s of an image with `pad` places of zeros on each side, c channels and l filters."""
    g = sg.Graph(name)
    n, k, pad, s, c, l = (g.size(x, shown) for x, shown in zip("n k pad s c l".split(), ["", "", r"\mathrm{pad}", "", "", ""]))
