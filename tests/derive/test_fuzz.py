"""Random layers: the answer as SymPy, evaluated by our own walk, against differences of the definitions as written."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from sympy import Function, KroneckerDelta, Piecewise, cos, exp, log, sin, sqrt, tanh

import symgrad as sg
from symgrad.errors import CertificateError
from tests.derive.oracle import Box, differences, entries, value

sigmoid, softplus = Function("sigmoid"), Function("softplus")
HEADS = (
    lambda u: exp(u / 4), sin, cos, tanh, sigmoid, softplus, lambda u: sqrt(1 + u**2), lambda u: log(1 + u**2),
    lambda u: 1 / (2 + u**2), lambda u: u**2, lambda u: u, lambda u: u, lambda u: u,
)  # fmt: skip


class Random:
    """A layer of two to four definitions and a scalar loss, over indices i, j, k of size n, or k of size m."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        g = self.g = sg.Graph(f"random {seed}")
        self.n, self.m = g.sizes("n m")
        self.i, self.j = g.indices("i j", self.n)
        self.k, self.l = g.indices("k l", self.m)
        self.q, self.r = g.index("q", self.n), g.index("r", self.m)  # of wrt and of sums
        self.given = {
            "x": (g.input("x", self.i), (self.i,)),
            "A": (g.input("A", self.i, self.k), (self.i, self.k)),
            "w": (g.parameter("w", self.k), (self.k,)),
            "c": (g.parameter("c"), ()),
        }
        self.names = dict(self.given)
        self.defined: dict[str, tuple] = {}
        for number in range(self.pick.randint(1, 3)):
            axes = self.pick.choice([(), (self.i,), (self.k,), (self.i, self.k), (self.i, self.j)])
            self.define(f"d{number}", axes)
        self.define("L", ())

    def define(self, name, axes):
        body = self.term(axes) + self.pick.choice([-1, 1, 2]) * self.term(axes)
        self.defined[name] = (body, axes)
        self.names[name] = (self.g.define(name, body, over=axes), axes)

    def term(self, free):
        """A product of entries over the free and one or two bound indices, summed, in a function."""
        bound = self.pick.sample(
            [b for b in (self.q, self.r, self.j, self.l) if b not in free], self.pick.randint(0, 2)
        )
        usable = [*free, *bound]
        factors = [self.entry(usable) for _ in range(self.pick.randint(1, 3))]
        body = factors[0]
        for factor in factors[1:]:
            body = body * factor
        body = self.pick.choice(HEADS)(body)
        pair = [b for b in usable if b in (self.i, self.j, self.q)]
        if len(pair) == 2 and self.pick.random() < 0.3:
            body = Piecewise((body, pair[0] <= pair[1]), (0, True))
        elif len(pair) == 2 and self.pick.random() < 0.2:
            body = body * KroneckerDelta(*pair)
        for b in bound:
            body = sg.Sum(body, b)
        if not bound and self.pick.random() < 0.1:
            return body
        return self.pick.choice(HEADS[1:])(body / (self.n if self.pick.random() < 0.5 else 1))

    def entry(self, usable):
        fitting = []
        for handle, axes in self.names.values():
            choices = [[u for u in usable if self.size(u) == self.size(a)] for a in axes]
            fitting += [handle[at] if axes else handle for at in product(*choices)] if axes else [handle]
        chosen = self.pick.choice(fitting)
        reverse = [u for u in usable if self.size(u) == "n"]
        if reverse and self.pick.random() < 0.15:
            return self.names["x"][0][self.n - 1 - reverse[0]]
        return chosen

    def size(self, index):
        return "n" if index.name in ("i", "j", "q") else "m"

    def wrt(self):
        handle, axes = self.names[self.pick.choice([*self.given, *list(self.defined)[:-1]])]
        fresh = {"i": self.i, "j": self.j, "k": self.k}
        return handle[tuple(fresh[a.name] for a in axes)] if axes else handle

    def run(self, given, held=()):
        values = {**given, **dict(held)}
        for name, (body, axes) in self.defined.items():
            if name not in values:
                shape = tuple(given[self.size(a)] for a in axes)
                found = entries(body, [a.name for a in axes], shape, boxed(values))
                values[name] = found if axes else float(found)
        return values


def boxed(values):
    return {name: Box(v) if np.ndim(v) else v for name, v in values.items()}


def compare(seed: int, check: bool) -> None:
    layer = Random(seed)
    wrt = layer.wrt()
    try:
        d = layer.g.derive(layer.names["L"][0], wrt=wrt, check=check)
    except CertificateError:  # so steep that central differences are noise: the answer is still compared with ours
        assert seed >= 100, "the layers of the default run are all certified"
        d = layer.g.derive(layer.names["L"][0], wrt=wrt, check=False)
    by, model = d.engine.by, d.engine.model
    for n, m in ((2, 3), (1, 2), (3, 1)):
        draw = np.random.default_rng(seed)
        given = {"n": n, "m": m, "x": draw.normal(size=n), "A": draw.normal(size=(n, m)), "w": draw.normal(size=m)}
        given["c"] = 0.8
        values = layer.run(given)
        if not all(np.isfinite(v).all() and np.abs(v).max() < 20 for v in values.values()):
            return
        names = boxed(values)
        for name in d.poly.tensors:
            if model.tensors[name].kind == "adjoint":
                middle = model.tensors[name].of[1]
                slope = differences(lambda v, m=middle, g=given: layer.run(g, {m: v})["L"], values[middle])
                names[name] = Box(slope) if np.ndim(slope) else float(slope)
        truth = differences(lambda v, g=given: layer.run(g, {by: v})["L"], values[by])
        scale = max(1.0, np.abs(truth).max())
        assert entries(d.answer, list(d.engine.free), truth.shape, names) == pytest.approx(truth, abs=1e-6 * scale), (
            f"seed {seed}, {d.text}"
        )


@pytest.mark.parametrize("seed", range(12))
def test_random_layers(seed):
    compare(seed, check=True)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 500))
def test_many_random_layers(seed):
    compare(seed, check=True)


def test_the_walk_reads_empty_sums_as_nothing():
    layer = Random(0)
    assert value(sg.Sum(layer.given["x"][0][layer.i], layer.i), {"n": 0, "x": Box([])}) == 0
