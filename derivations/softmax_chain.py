"""One logit of a softmax behind a small network of scalars."""

from sympy import exp

import symgrad as sg

g = sg.Graph("softmax chain")
n = g.size("n")
h = g.index("h", n)
w1, b1, w2, b2 = g.parameters("w1 b1 w2 b2")
others = g.input("others", h, shown=r"\ell_#")
x1 = g.define("x1", w1 * 1 + b1)
x2 = g.define("x2", sg.relu(x1))
x3 = g.define("x3", w2 * x2 + b2)
S = g.define("S", sg.Sum(exp(others[h]), h))
x4 = g.define("x4", exp(x3) / (exp(x3) + S))

exercise = sg.Exercise(
    id="softmax_chain",
    title="A chain into a softmax",
    statement="The logit of one class comes from a chain of scalars; those of the other classes are given.",
    graph=g,
    questions=[
        sg.Question("x3", of=x4, wrt=x3),
        sg.Question("w1", of=x4, wrt=w1),
    ],
)
