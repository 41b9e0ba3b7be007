"""Every fact of the exercise optimizers, and the five steps of each method again in numpy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derivations import optimizers
from symgrad.explain.blocks import Lines, Plot
from symgrad.render.plain import plain

PARTS = {q.id: q for q in optimizers.exercise.key().questions}
SCALE = np.array([1.0, 10.0])


def boxed(part):
    return [plain(x.right) for b in PARTS[part].blocks if isinstance(b, Lines) for x in b.lines if x.boxed]


def path(part, name):
    rows = PARTS[part].record["parts"][name]["path"]
    return np.array([[float(Fraction(row[w])) for w in ("w1", "w2")] for row in rows])


def walked(step, state, batches=None):
    """Five steps of a plain numpy rule from (1, 1)."""
    w, found = np.ones(2), [np.ones(2)]
    for k in range(5):
        shift = 0.0 if batches is None else np.mean(batches[k % len(batches)])
        w, state = step(w, SCALE * (w - shift), state, k + 1)
        found.append(w)
    return np.array(found)


def descent(w, g, state, t):
    return w - 0.1 * g, state


def heavy_ball(w, g, m, t):
    m = 0.9 * m - 0.1 * g
    return w + m, m


def adam(w, g, state, t):
    m, v = 0.9 * state[0] + 0.1 * g, 0.999 * state[1] + 0.001 * g**2
    return w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v)


@pytest.mark.parametrize(
    ("part", "name", "step", "state", "batches"),
    [
        ("sgd", "gradient descent", descent, None, None),
        ("minibatch", "mini-batches", descent, None, [[0.3, -0.1], [-0.2, 0], [0.1, -0.3], [0.2, 0]]),
        ("momentum", "momentum", heavy_ball, 0.0, None),
        ("adam", "Adam", adam, (0.0, 0.0), None),
    ],
)
def test_five_steps_again_in_numpy(part, name, step, state, batches):
    assert np.allclose(path(part, name), walked(step, state, batches), rtol=1e-12, atol=1e-12)


def test_the_bound_of_the_step_size():
    assert PARTS["sgd"].record["parts"]["bound"] == {"bound": "alpha < 2/lam"}
    for alpha, shrinks in ((0.199, True), (0.201, False)):
        w = 1.0
        for _ in range(2000):
            w -= alpha * 10 * w
        assert (abs(w) < 1e-3) == shrinks


def test_mean_and_variance_of_a_batch():
    assert boxed("minibatch") == ["mu", "s**2/b"]
    draws = np.random.default_rng(0).normal(2, 3, (200_000, 8)).mean(axis=1)
    assert draws.mean() == pytest.approx(2, abs=0.02) and draws.var() == pytest.approx(9 / 8, rel=0.02)


def test_momentum_as_a_sum():
    assert boxed("momentum") == ["-alpha*sum(G[k]*beta**(t - 1 - k), k=0..t-1)"]
    gradients, m = np.random.default_rng(1).normal(size=7), 0.0
    for g in gradients:
        m = 0.9 * m - 0.1 * g
    assert m == pytest.approx(-0.1 * sum(g * 0.9 ** (7 - 1 - k) for k, g in enumerate(gradients)))


def test_the_bias_of_adam():
    assert boxed("adam") == ["(1 - beta1)*sum(G[k]*beta1**(t - 1 - k), k=0..t-1)", "mu*(1 - beta1**t)"]
    last = [x for b in PARTS["adam"].blocks if isinstance(b, Lines) for x in b.lines if plain(x.right) == "mu"]
    assert last, "the corrected state has the mean of the gradient"


@pytest.mark.parametrize("part", PARTS)
def test_every_part_draws_its_path(part):
    assert [len(c.points) for b in PARTS[part].blocks if isinstance(b, Plot) for c in b.curves][-1] == 6
