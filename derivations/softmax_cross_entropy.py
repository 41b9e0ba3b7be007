"""Softmax with cross-entropy: the Jacobian of the softmax, and the gradient P - y by two routes."""

from sympy import exp, log

import symgrad as sg

g = sg.Graph("softmax cross-entropy")
N = g.size("N")
i, j, k = g.indices("i j k", N)
h, y = g.input("h", i), g.input("y", i)
P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i, shown="P(y=#)")
L = g.define("L", -sg.Sum(y[j] * log(P[j]), j))
g.fact(sg.Sum(y[j], j), 1)  # one-hot labels

exercise = sg.Exercise(
    id="softmax_cross_entropy",
    title="Softmax with cross-entropy",
    statement="A classifier turns scores into probabilities; the labels are one-hot.",
    graph=g,
    questions=[
        sg.Question("jacobian", of=P[j], wrt=h[i]),
        sg.Question("loss", of=L, wrt=h[i], routes={"By splitting the logarithm": [P]}),
    ],
)
