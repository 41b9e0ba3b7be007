"""Every part of the exercise neuron_dag: its paths, each path in numbers, their sum by differences, and the bound."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from derivations import neuron_dag as net
from symgrad.derive.paths import Paths
from symgrad.explain.blocks import Diagram, Lines
from symgrad.render.plain import plain
from tests.derive.oracle import Box, differences, value

QUESTIONS = {q.id: q for q in net.exercise.questions}
EDGES = {
    "1": {3: (1,), 4: (1, 2), 5: (2,), 6: (3, 4), 7: (5,)},
    "2": {3: (1,), 4: (2,), 5: (1,), 6: (3, 4), 7: (5,), 8: (3, 4)},
}
OUTPUTS = {"1": (6, 7), "2": (6, 7, 8)}
ROUTES = {
    "1n4": [("E", "n6", "n4")],
    "1w25": [("E", "n7", "n5", "w25")],
    "1v11": [("E", "n6", "n3", "n1", "v11"), ("E", "n6", "n4", "n1", "v11")],
    "1x2": [("E", "n6", "n4", "n2", "x2"), ("E", "n7", "n5", "n2", "x2")],
    "2v22": [("E", "n6", "n4", "n2", "v22"), ("E", "n8", "n4", "n2", "v22")],
    "2w24": [("E", "n6", "n4", "w24"), ("E", "n8", "n4", "w24")],
    "2n1": [("E", "n6", "n3", "n1"), ("E", "n7", "n5", "n1"), ("E", "n8", "n3", "n1")],
}


@pytest.fixture(scope="module")
def key():
    return {q.id: q for q in net.exercise.key().questions}


def sample(which: str) -> dict:
    """Random numbers for one graph; g is tanh."""
    draw = np.random.default_rng(int(which))
    given = {"b": draw.normal(), "N": 3, "D": 2}
    given |= {name: draw.normal(size=2) for name in ("x1", "x2", "v11", "v22")}
    given |= {f"w{k}{j}": draw.normal() for j, sources in EDGES[which].items() for k in sources}
    return given | {f"y{j}": draw.normal(size=3) for j in OUTPUTS[which]}


def forward(which: str, given: dict, fixed: dict | None = None) -> dict:
    """A plain forward pass; neurons in `fixed` have the value given there."""
    n = {k: math.tanh(given["b"] + given[f"v{k}{k}"] @ given[f"x{k}"]) for k in (1, 2)}
    n.update(fixed or {})
    for j, sources in EDGES[which].items():
        if j not in n:
            n[j] = math.tanh(given["b"] + sum(given[f"w{k}{j}"] * n[k] for k in sources))
    loss = sum(float(((n[j] - given[f"y{j}"]) ** 2).sum()) for j in OUTPUTS[which])
    return {**{f"n{j}": v for j, v in n.items()}, "E": loss}


def slope(which: str, of: str, by: str, given: dict, n: dict, d: int = 0) -> float:
    """One local derivative by hand: g' is 1 - tanh^2, and n_j = g(...)."""
    if of == "E":
        return 2 * float((n[by] - given[f"y{by[1]}"]).sum())
    gate = 1 - n[of] ** 2
    if by[0] == "n":
        return gate * given[f"w{by[1]}{of[1]}"]
    if by[0] == "w":
        return gate * n[f"n{by[1]}"]
    other = f"x{of[1]}" if by[0] == "v" else f"v{of[1]}{of[1]}"
    return gate * given[other][d]


def by_differences(which: str, name: str, given: dict) -> float:
    if name[0] == "n":
        start = forward(which, given)[name]
        return float(differences(lambda v: forward(which, given, {int(name[1]): float(v)})["E"], start))
    found = differences(lambda v: forward(which, {**given, name: v})["E"], given[name])
    return float(found[1]) if found.shape else float(found)


def test_every_part_of_the_exercise_is_asked_for():
    assert list(QUESTIONS) == "1n4 1w25 1v11 1x2 2v22 2w24 2n1 paths".split()


@pytest.mark.parametrize("part", ROUTES)
def test_the_paths_and_their_values(part):
    which, question = part[0], QUESTIONS[part]
    given = sample(which)
    n = forward(which, given)
    names = {k: Box(v, start=1) if np.ndim(v) else v for k, v in given.items()} | n
    names |= {"g'": lambda u: 1 - math.tanh(u) ** 2, "d": 2}
    found = question.graph.derive(question.of, question.wrt)
    paths = Paths(found.engine).all
    assert [path.names for path in paths] == ROUTES[part]
    whole = 0.0
    for path in paths:
        shown = found.graph.show(path.value, found.engine.free, found.engine.model)
        by_hand = math.prod(
            slope(which, of, by, given, n, d=1) for of, by in zip(path.names, path.names[1:], strict=False)
        )
        assert value(shown, names) == pytest.approx(by_hand, rel=1e-12)
        whole += by_hand
    assert whole == pytest.approx(by_differences(which, part[1:], given), rel=1e-6)


def test_the_slope_stands_at_its_argument(key):
    boxed = [line for b in key["1n4"].blocks if isinstance(b, Lines) for line in b.lines if line.boxed]
    assert [plain(line.right) for line in boxed] == ["-2*sum(y6[i] - n6, i=1..N)*w46*g'(w36*n3 + w46*n4 + b)"]
    assert boxed[0].right.terms[0][0] == -1 and "g'" in plain(boxed[0].right)


def test_the_paths_are_marked_in_the_drawing(key):
    for part, routes in ROUTES.items():
        (drawn,) = [b for b in key[part].blocks if isinstance(b, Diagram)]
        marked = {(e.end, e.start) for e in drawn.edges if e.marked}
        assert marked == {pair for path in routes for pair in itertools.pairwise(path)}


def test_the_bound_of_a_path(key):
    record = key["paths"].record
    neurons, weights = record["bounds"]
    assert neurons["wrt"] == [f"n{k}" for k in range(1, 8)] and len(weights["wrt"]) == 7
    assert neurons["bounds"]["3"]["text"] == "abs(dE/dn_out)*max|g'|**2*max|w|**2"
    assert weights["bounds"]["3"]["text"] == "abs(dE/dn_out)*max|g'|**2*max|w|*max|n|"
    boxed = [line for b in key["paths"].blocks if isinstance(b, Lines) for line in b.lines if line.boxed]
    assert [plain(line.right) for line in boxed] == [
        "abs(dE/dn_out)*(max|g'|*max|w|)**(K - 1)",
        "abs(dE/dn_out)*(max|g'|*max|w|)**(K - 2)*max|g'|*max|n|",
    ]
    assert record["certificate"]["paths"] == 16


def test_the_bound_holds_for_plain_numbers():
    """All paths of graph 1 from a neuron, by hand, against the bound by hand."""
    given = sample("1")
    n = forward("1", given)
    gates = [1 - n[f"n{j}"] ** 2 for j in EDGES["1"]]
    weights = [abs(given[f"w{k}{j}"]) for j, sources in EDGES["1"].items() for k in sources]
    for path in (p for part, routes in ROUTES.items() if part[0] == "1" for p in routes if p[-1][0] == "n"):
        size = abs(math.prod(slope("1", of, by, given, n) for of, by in itertools.pairwise(path)))
        first = abs(slope("1", "E", path[1], given, n))
        assert size <= first * (max(gates) * max(weights)) ** (len(path) - 2)
