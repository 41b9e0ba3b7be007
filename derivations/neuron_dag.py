"""One forward pass through neurons with an activation g of which only g' is known: gradients as sums over paths."""

import symgrad as sg


def network(name, edges, outputs):
    """A neuron for each end of an edge; the first two see a vector through weights; squared errors over the data."""
    net = sg.Graph(name)
    i, d = net.index("i", net.size("N"), start=1), net.index("d", net.size("D"), start=1)
    g, b, n = net.function("g"), net.parameter("b"), {}
    for k in (1, 2):
        x, v = net.input(f"x{k}", d, shown=f"(x_{k})_#"), net.parameter(f"v{k}{k}", d, shown=f"(v_{{{k},{k}}})_#")
        n[k] = net.define(f"n{k}", g(b + sg.Sum(v[d] * x[d], d)))
    for j in sorted({j for ends in edges.values() for j in ends}):
        seen = [net.parameter(f"w{k}{j}", shown=f"w_{{{k},{j}}}") * n[k] for k in edges if j in edges[k]]
        n[j] = net.define(f"n{j}", g(b + sum(seen)))
    y = {j: net.input(f"y{j}", i, shown=f"y_{j}^{{(#)}}") for j in outputs}
    net.define("E", sg.Sum(sum((n[j] - y[j][i]) ** 2 for j in outputs), i))
    return net


one = network("Graph 1", {1: (3, 4), 2: (4, 5), 3: (6,), 4: (6,), 5: (7,)}, outputs=(6, 7))
two = network("Graph 2", {1: (3, 5), 2: (4,), 3: (6, 8), 4: (6, 8), 5: (7,)}, outputs=(6, 7, 8))
ENDS = "n1 n2 n3 n4 n5 n6 n7 w13 w14 w24 w25 w36 w46 w57".split()


def paths(id, graph, wrt):
    return sg.Paths(id, of=graph["E"], wrt=graph[wrt], graph=graph)


exercise = sg.Exercise(
    id="neuron_dag",
    title="Paths through a graph of neurons",
    statement="Neurons with an activation g share one bias b; only the targets depend on the example.",
    graph=[one, two],
    drawing=("input", "definition"),
    conventions=["transposes and Hadamard products need not be marked"],  # v x is the product of two vectors
    questions=[
        *(paths(f"1{name}", one, name) for name in ("n4", "w25", "v11", "x2")),
        *(paths(f"2{name}", two, name) for name in ("v22", "w24", "n1")),
        sg.PathBound("paths", of=one["E"], wrt=[one[name] for name in ENDS]),
    ],
)
