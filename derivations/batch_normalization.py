"""Batch normalisation, path by path."""

from sympy import sqrt

import symgrad as sg

g = sg.Graph("batch normalisation")
m = g.size("m")
i, j = g.indices("i j", m, start=1)
x = g.input("x", i)
gamma, beta = g.parameters("gamma beta")
eps = g.constant("epsilon", positive=True)
mu = g.define("mu", sg.Sum(x[i], i) / m)
sigma2 = g.define("sigma2", sg.Sum((x[i] - mu) ** 2, i) / m, shown=r"\sigma^2")
xhat = g.define("xhat", (x[i] - mu) / sqrt(sigma2 + eps), over=i, shown=r"\hat{x}_#")
y = g.define("y", gamma * xhat[i] + beta, over=i)
f = g.loss("f", of=y)

exercise = sg.Exercise(
    id="batch_normalization",
    title="Batch normalisation",
    statement="One feature of a batch is normalised, then scaled and shifted.",
    graph=g,
    questions=[
        sg.Question("a", of=f, wrt=gamma),
        sg.Question("b", of=f, wrt=beta),
        sg.Question("c", of=f, wrt=xhat[i]),
        sg.Question("d", of=f, wrt=sigma2),
        sg.Question("e", of=f, wrt=mu),
        sg.Question("f", of=f, wrt=x[i]),
    ],
)
