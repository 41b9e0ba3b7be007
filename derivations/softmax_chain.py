"""One logit of a softmax behind a small network of scalars."""

from sympy import Eq, Ne, Piecewise, exp

import symgrad as sg

g = sg.Graph("softmax chain")
n = g.size("n")
g.require(n >= 3)
h, k = g.indices("h k", n, start=1)
w1, b1, w2, b2 = g.parameters("w1 b1 w2 b2")
others = g.input("others", h, shown=r"\ell_#")
x1 = g.define("x1", w1 * 1 + b1)
x2 = g.define("x2", sg.relu(x1))
x3 = g.define("x3", w2 * x2 + b2)
S = g.define("S", sg.Sum(Piecewise((exp(others[h]), Ne(h, 3)), (0, True)), h))
x4 = g.define("x4", exp(x3) / (exp(x3) + S))
x = g.define("x", Piecewise((x3, Eq(h, 3)), (others[h], True)), over=h)  # all logits

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
