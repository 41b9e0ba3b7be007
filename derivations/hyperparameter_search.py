"""Searching hyperparameters: what a grid costs, and how many random trials are enough."""

import symgrad as sg

grid = sg.Graph("grid search")
r, b, h = (grid.constant(name, positive=True, shown=rf"n_{{\mathrm{{{name}}}}}") for name in ("rate", "batch", "width"))
epochs, minutes = grid.constant("e", positive=True), grid.constant("tau", positive=True)
runs = grid.define("R", r * b * h)
E = grid.define("E", runs * epochs)
T = grid.define("T", E * minutes)
grid.values(rate=10, batch=6, width=5, e=10, tau=2)

trials = sg.Graph("random search")
p, q = trials.constant("p", positive=True), trials.constant("q", positive=True)
N = trials.size("N")
k = trials.index("k", N, start=1)
fail = trials.define("F", sg.Product(1 - p, k))  # the trials are independent
success = trials.define("S", 1 - fail)
trials.values(p=0.05)

exercise = sg.Exercise(
    id="hyperparameter_search",
    title="Searching hyperparameters",
    statement="A grid has some learning rates, batch sizes and widths, in all combinations R; each takes e epochs of "
    "tau minutes. In a random search each of N independent trials succeeds with probability p: S is the chance of one.",
    graph=[grid, trials],
    questions=[
        sg.Forward("grid", of=[runs, E, T], text="How many combinations, epochs and minutes does the grid take?"),
        sg.SampleSize(
            "random", of=success, level=q, size=N, levels=[0.95, 0.995], between=[p, q], graph=trials,
            text="How many trials N are enough for a success with probability q?",
        ),
    ],
)  # fmt: skip
