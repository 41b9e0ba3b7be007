"""Random programs, run by numpy on the entries of a sample and read by symgrad: the same values, or a refusal."""

from __future__ import annotations

import random

import numpy as np
import pytest

import symgrad as sg
from symgrad.declare.program import Program
from symgrad.errors import ReadError, ShapeError
from symgrad.student.code import STORED, Known
from symgrad.student.meaning import Meaning
from tests.student.test_code import as_array

PROGRAMS, DEPTH = 4000, 3
NAMES = ("s", "u", "v", "A", "S", "C", "T")
AXES = ("0", "1", "-1", "None", "(0, 1)")


@pytest.fixture(scope="module")
def world():
    """A graph with arrays of 0 to 3 axes, its grader, and a sample with unlike sizes."""
    g = sg.Graph("arrays")
    B, n, m = g.sizes("B n m")
    r, i, j = g.index("r", B), g.index("i", n, start=1), g.index("j", m)
    s, u, v = g.input("s"), g.input("u", i), g.input("v", j)
    A, S, C, T = (
        g.input("A", i, j),
        g.input("S", i, g.index("k", n, start=1)),
        g.input("C", j, i),
        g.input("T", r, i, j),
    )
    y = g.define("y", s * sg.sum(S @ u) + sg.sum(T * A * v) + sg.sum(A * C.T))
    grader = g.derive(g.loss("L", of=y), wrt=s).grader
    trial = max(grader.reference.numbers.trials, key=lambda t: (len(set(t.sizes.values())), min(t.sizes.values())))
    return grader, trial


def program(draw: random.Random, depth: int = DEPTH) -> str:
    """An expression of arrays; most of them conform."""

    def inner() -> str:
        return program(draw, draw.randrange(depth))

    if not depth:
        return draw.choice((*NAMES, *NAMES, "m", "np.ones(m)", "np.eye(n)"))
    axis, kept = draw.choice(AXES), draw.choice(("", ", keepdims=True"))
    return draw.choice(
        (
            f"({inner()} {draw.choice('+-*/')} {inner()})",
            f"({inner()} @ {inner()})",
            f"({inner()}).T",
            f"np.{draw.choice(('sum', 'mean', 'max', 'var'))}({inner()}, axis={axis}{kept})",
            f"({inner()})[{draw.choice((':, None', 'None', '0', '::-1', ':, 0', '..., None'))}]",
            f"np.where({inner()} > {inner()}, {inner()}, 0)",
            f"np.outer({inner()}, {inner()})",
            f"np.dot({inner()}, {inner()})",
            f"np.einsum('{draw.choice(('ij,jk->ik', 'i,j->ij', 'ij->j', 'bij,ij->b'))}', {inner()}, {inner()})",
            f"np.{draw.choice(('tanh', 'square', 'abs'))}(1.0 * {inner()})",  # of true and false in half precision
            f"(({inner()} > 0) {draw.choice('*&|')} ({inner()} > 0))",
            f"np.transpose({inner()})",
            f"({inner()})**2",
            f"({inner()} * 0.5)",
        )
    )


def by_symgrad(world, text: str, stored: str) -> np.ndarray:
    grader, trial = world
    own = grader.reference
    meaning = Meaning(text, own)
    room = own.room(())
    known = Known(meaning, grader.names, room, stored, frozenset())
    array = Program(text, room, known, known.asked).run()
    model, axes = array.room.model, tuple(a for a in array.axes if a)
    values = {**trial.sample.values, **trial.values(array.poly.tensors, model)}
    places = trial.points(axes, model)
    entries = {p: float(trial.interpreter.value(array.poly, trial.at(axes, p), values)) for p in places}
    found = np.asarray(as_array(entries) if axes else entries[()])
    return found.reshape([1 if a is None else found.shape[axes.index(a)] for a in array.axes])


@pytest.mark.fuzz
@pytest.mark.parametrize("stored", STORED, ids=("flat", "columns", "rows"))
def test_random_programs_are_read_as_numpy_runs_them(world, stored):
    draw = random.Random(len(stored))
    _, trial = world
    given = {name: as_array(trial.sample.values[name]) for name in NAMES}
    for name in "uv":
        given[name] = given[name].reshape({STORED[0]: (-1,), STORED[1]: (-1, 1), STORED[2]: (1, -1)}[stored])
    names = {**given, "s": np.float64(given["s"]), **{n: np.int64(c) for n, c in trial.sizes.items()}, "np": np}
    read = 0
    for _ in range(PROGRAMS):
        text = program(draw)
        with np.errstate(all="ignore"):
            try:
                wanted = np.asarray(eval(text, dict(names)))
            except AttributeError:  # (2).T: a plain number of Python
                continue
            except (ValueError, TypeError, IndexError):
                wanted = None
            try:
                found = by_symgrad(world, text, stored)
            except ReadError:
                continue
            except ShapeError:
                assert wanted is None, text
                continue
        assert wanted is not None, text
        assert found.shape == wanted.shape, text
        finite = np.isfinite(wanted) & np.isfinite(found)
        assert np.allclose(found[finite], wanted[finite], rtol=1e-7), text
        read += 1
    assert read > PROGRAMS // 4


def test_the_generator_says_something():
    assert len({program(random.Random(seed)) for seed in range(50)}) > 40
