"""How large the output of a convolution is: valid pixels, then stride and padding, then the general formula."""

import symgrad as sg

v = sg.Graph("Valid pixels")
n, k = v.sizes("n k")
p, q, k1, k2 = *v.indices("p q", n), *v.indices("k1 k2", k)
X, W = v.input("X", p, q), v.parameter("W", k1, k2)
i, j = v.index("i", valid=lambda i: X[i + k1, q]), v.index("j", valid=lambda j: X[p, j + k2])
valid = v.define("Z", sg.Sum(W[k1, k2] * X[i + k1, j + k2], k1, k2), over=(i, j))
v.values(n=36, k=3)


def padded(name: str):
    """Stride s and zeros on all sides of the image: it has n + 2 pad rows and columns, the zeros included."""
    g = sg.Graph(name)
    n, k, s, c, filters = g.size("n"), g.size("k"), g.size("s"), g.size("c"), g.size("filters", shown=r"\ell")
    pad = g.size("pad", shown=r"\mathrm{pad}")
    p, q, u, w = *g.indices("p q", n), *g.indices("u w", n + 2 * pad)
    k1, k2, channel, f = *g.indices("k1 k2", k), g.index("channel", c, shown=r"\gamma"), g.index("f", filters)
    X, W = g.input("X", p, q, channel), g.parameter("W", k1, k2, channel, f)
    image = (u >= pad) & (u <= pad + n - 1) & (w >= pad) & (w <= pad + n - 1)
    P = g.define("P", sg.where(image, X[u - pad, w - pad, channel], 0), over=(u, w, channel))
    i = g.index("i", valid=lambda i: P[s * i + k1, w, channel])
    j = g.index("j", valid=lambda j: P[u, s * j + k2, channel])
    window = W[k1, k2, channel, f] * P[s * i + k1, s * j + k2, channel]
    return g, g.define("Z", sg.Sum(window, k1, k2, channel), over=(i, j, f))


strided, Z = padded("Stride and padding")
strided.values(n=36, k=3, pad=3, s=2, c=3, filters=2)
general, Z_general = padded("Any size")

exercise = sg.Exercise(
    id="conv_sizes",
    title="The size of a convolution",
    statement="An image is convolved with square kernels.",
    graph=[v, strided, general],
    questions=[
        sg.Shape("valid", of=valid, graph=v, text="The kernel moves by one pixel, without padding."),
        sg.Shape("strided", of=Z, graph=strided, text="With stride and padding, in numbers."),
        sg.Shape("general", of=Z_general, graph=general, text="With stride and padding, for any size."),
    ],
)
