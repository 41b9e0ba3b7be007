"""A small convolution in numbers: every entry with its products."""

import symgrad as sg

g = sg.Graph("convolution in numbers")
p, q = g.indices("p q", 3)
k1, k2 = g.indices("k1 k2", 2)
image, K = g.input("I", p, q), g.parameter("K", k1, k2)
i = g.index("i", valid=lambda i: image[i + k1, q])
j = g.index("j", valid=lambda j: image[p, j + k2])
Z = g.define("Z", sg.Sum(K[k1, k2] * image[i + k1, j + k2], k1, k2), over=(i, j))
g.values(I=[[6, 0, 1], [3, 4, 1], [1, 7, 0]], K=[[1, 0], [0, -1]])

exercise = sg.Exercise(
    id="conv_numeric",
    title="A convolution in numbers",
    statement="The image I is convolved with the kernel K, which moves by one pixel, without padding.",
    graph=g,
    questions=[sg.Entries("output", of=Z)],
)
