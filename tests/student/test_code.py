# ruff: noqa: E501  (programs are not broken over lines)
"""Answers that are NumPy code. Which of them are right is said by numpy itself, on the entries of a sample."""

from __future__ import annotations

import time

import numpy as np
import pytest

import symgrad as sg
from symgrad.student.code import is_code
from tests.student.test_answers import loaded

BN = "gamma/(m*np.sqrt(sigma2+epsilon))"
FLAT = [  # (part, program): judged as numpy computes it
    ("batch_normalization.a", "(dy*xhat).sum()"),
    ("batch_normalization.a", "np.sum(df_dy * x_hat, axis=0)"),
    ("batch_normalization.a", "np.sum(df_dy * x_hat, axis=0, keepdims=True)"),
    ("batch_normalization.a", "np.sum(dy*(x-x.mean())/np.sqrt(x.var()+epsilon))"),
    ("batch_normalization.a", "np.sum(dy*(x-x.mean())/np.sqrt(x.var()))"),
    ("batch_normalization.a", "np.sum(dy*(x-np.mean(x))/np.std(x))"),
    ("batch_normalization.a", "np.einsum('i,i->', dy, xhat)"),
    ("batch_normalization.a", "dy[0]*xhat[0] + np.sum(dy[1:]*xhat[1:])"),
    ("batch_normalization.a", "np.sum(dy[1:]*xhat[1:])"),
    ("batch_normalization.a", "np.sum(dy[::-1]*xhat[::-1])"),
    ("batch_normalization.a", "np.sum(dy[::-1]*xhat)"),
    ("batch_normalization.f", f"{BN} * (m*dy - dy.sum() - xhat*(dy*xhat).sum())"),
    ("batch_normalization.f", f"{BN} * (m*dy - dy.sum() + xhat*(dy*xhat).sum())"),
    ("batch_normalization.f", f"{BN} * (m*dy - dy.sum() - xhat*dy.dot(xhat))"),
    ("batch_normalization.f", f"{BN} * (np.eye(m) - 1/m - np.outer(xhat, xhat)/m) @ dy"),
    ("batch_normalization.f", f"m*{BN} * (np.eye(m) - 1/m - np.outer(xhat, xhat)/m) @ dy"),
    ("batch_normalization.f", "dxhat = dy*gamma\n# all of it\ndxhat /= m*np.sqrt(sigma2+epsilon)\nm*dxhat - dxhat.sum() - xhat*(dxhat*xhat).sum()"),
    ("batch_normalization.f", "def back(dy, x):\n    '''The gradient.'''\n    N = x.shape[0]\n    istd = 1/np.sqrt(sigma2+epsilon)\n    return gamma*istd/N*(N*dy - dy.sum() - xhat*(dy*xhat).sum())"),
    ("softmax_cross_entropy.loss", "np.exp(h - np.max(h))/np.exp(h-np.max(h)).sum() - y"),
    ("softmax_cross_entropy.loss", "np.exp(h)/np.exp(h).sum(axis=0) - y"),
    ("softmax_cross_entropy.loss", "np.exp(h)/np.exp(h).mean() - y"),
    ("softmax_cross_entropy.jacobian", "np.diag(P) - P[:,None]@P[None,:]"),
    ("softmax_cross_entropy.jacobian", "np.diag(P) - P[:,None]*P"),
    ("softmax_cross_entropy.jacobian", "np.diag(P) - P[:, np.newaxis]"),
    ("softmax_cross_entropy.jacobian", "P.reshape(-1, 1) * (np.eye(N) - P.reshape(1, -1))"),
    ("sigmoid_convolution.bias", "np.sum(dJ_dZ, axis=(0,1))"),
    ("sigmoid_convolution.bias", "dU.sum(axis=(0,1))"),
    ("sigmoid_convolution.bias", "np.sum(dU*U*(1-U), axis=(0,1))"),
    ("sigmoid_convolution.bias", "np.sum(dU*U*(1-U), axis=(1,2))"),
    ("sigmoid_convolution.a", "dU*U*(1-U)"),
    ("relu_mlp.W1", "d1 = (W2.T @ ((W3.T * 2*(yhat-y)*(a3>0)) * (a2>0))) * (a1>0)\nnp.outer(d1, x)"),
    ("relu_mlp.W1", "d1 = (W2.T @ ((W3.T * 2*(yhat-y)*(a3>0)) * (a1>0))) * (a2>0)\nnp.outer(d1, x)"),
    ("relu_mlp.W1", "d1 = (W2.T @ ((W3.T * 2*(yhat-y)*(a3>0)) * (a2>0))) * (a1>0)\nd1[:, None]*x[None, :]"),
    ("relu_mlp.b2", "np.where(a2 > 0, W3.T * 2*(yhat-y)*(a3>0), 0)"),
]  # fmt: skip


def in_numpy(grader, text):
    """What numpy computes from the entries of a sample, and the answer there."""
    own = grader.reference
    trial = max(own.numbers.trials, key=lambda t: sum(t.sizes.values()))
    closed = {f"d{by}": own.total(own.of, by) for by in own.model.tensors if by != own.of}
    closed |= {f"d{own.of}_d{name[1:]}": found for name, found in closed.items()}
    values = trial.values(own.answer.tensors, own.model)
    values = {**trial.sample.values, **values}
    names = {name: as_array(entries) for name, entries in values.items()} | dict(trial.sizes) | {"np": np}
    for name, found in closed.items():
        if found is not None and name not in names:
            model = own.model.extended(*found.names)
            inner = trial.values(found.poly.tensors, model)
            axes = model.tensors[own.of].axes + model.tensors[name.rpartition("d")[2]].axes
            places = trial.points(axes, model)
            at = [trial.at(found.axes, p) for p in places]
            names[name] = as_array(
                {p: trial.interpreter.value(found.poly, a, inner) for p, a in zip(places, at, strict=True)}
            )
    names |= {"x_hat": names.get("xhat")}
    *body, last = text.splitlines() if "def " not in text else [*text.splitlines(), "back(dy, x)"]
    places = trial.points(own.free, own.model)
    answer = {p: trial.interpreter.value(own.answer, trial.at(own.free, p), values) for p in places}
    try:
        exec("\n".join(body), names)
        return np.asarray(eval(last, names)), as_array(answer)
    except ValueError:  # shapes do not conform
        return None, as_array(answer)


def as_array(entries):
    if list(entries) == [()]:
        return float(entries[()])
    first = np.min(list(entries), axis=0)
    found = np.zeros(np.max(list(entries), axis=0) - first + 1)
    for place, value in entries.items():
        found[tuple(np.array(place) - first)] = value
    return found


@pytest.mark.parametrize(("part", "text"), FLAT, ids=lambda value: value[-60:])
def test_code_is_judged_as_numpy_computes_it(part, text):
    exercise, part = part.split(".")
    grader = loaded(exercise).grader(part)
    value, answer = in_numpy(grader, text)
    fits = value is not None and (value.shape == np.shape(answer) or value.size == np.size(answer) == 1)
    same = fits and np.allclose(value, answer)
    found = grader.judge(text)
    assert found.is_right is bool(same), found.text
    assert found.kind == ("right" if same else "wrong")
    assert found.read or found.rung == 0


@pytest.fixture(scope="module")
def dense():
    """dL/dW and dL/db of y = x W + b with a batch."""
    g = sg.Graph("a dense layer")
    B, n, m = g.sizes("B n m")
    r, i, j = g.index("r", B), g.index("i", n), g.index("j", m)
    X, W, b = g.input("X", r, i), g.parameter("W", i, j), g.parameter("b", j)
    y = g.define("y", X @ W + b)
    L = g.loss("L", of=y)
    return g.derive(L, wrt=W), g.derive(L, wrt=b)


@pytest.mark.parametrize(
    ("which", "text", "verdict", "note"),
    [
        (0, "X.T.dot(dy)", "right", ""),
        (0, "np.dot(X.T, dL_dy)", "right", ""),
        (0, "np.einsum('bi,bj->ij', X, dy)", "right", ""),
        (0, "np.einsum('bi,bj->ji', X, dy)", "wrong", ""),
        (0, "dy.T.dot(X)", "wrong", ""),
        (0, "np.sum(X[:, i] * dy[:, j])", "right", ""),
        (0, "np.sum(X[:, j] * dy[:, i])", "not understood", ""),
        (0, "X.T @ dL/dy", "right", ""),
        (0, "np.multiply(X.T, dy)", "wrong", ""),
        (0, "X[:, i] @ dy[:, j]", "right", ""),
        (0, "X[:, i] @ dy", "wrong", ""),
        (1, "np.sum(dy[:, j]) * np.ones(m)", "wrong", ""),
        (1, "np.sum(dy[:, j]) + 0 * b", "wrong", ""),
        (1, "np.sum(dy[:, j]) + 0 * b[j]", "right", ""),
        (0, "X.transpose() @ dL/dy", "right", ""),
        (0, "(dL/dy.T).dot(X).T", "right", ""),
        (1, "dy.sum(axis=0)", "right", ""),
        (1, "np.ones(B) @ dy", "right", ""),
        (1, "np.ones((1, B)) @ dy", "right", "rows"),
        (1, "dy.T @ np.ones((B, 1))", "right", "columns"),
        (1, "np.sum(dy, axis=0, keepdims=True)", "right", "rows"),
        (1, "np.sum(dy, axis=1)", "wrong", ""),
        (1, "dy.mean(axis=0)", "wrong", ""),
        (1, "np.sum(dy)", "wrong", ""),
        (1, "sum(dy)", "right", ""),
        (1, "sum(dy[:, j])", "right", ""),
    ],
)
def test_a_dense_layer_in_code(dense, which, text, verdict, note):
    found = dense[which].grade(text)
    assert found.kind == verdict, found.text
    assert note in " ".join(found.notes)


TRAPS = [  # where numpy does something else than it seems, or refuses: never right
    ("batch_normalization.c", "d = dy\nd *= 2\ndy*gamma"),
    ("batch_normalization.c", "d = dy[:]\nd *= 2\ndy*gamma"),
    ("batch_normalization.c", "def helper(dy):\n    dy = dy*gamma\n    return dy\ndy"),
    ("batch_normalization.c", "(dy*gamma).astype(int)"),
    ("batch_normalization.c", "dy*gamma.astype(bool)"),
    ("batch_normalization.c", "i = 1\nnp.sum(gamma)*dy[i]"),
    ("batch_normalization.a", "np.sum(dy*xhat, 0, True)"),
    ("batch_normalization.a", "axis=0"),
    ("batch_normalization.b", "s = dy.sum(axis=0)\ns += 0*dy\nm*s.mean(axis=0)"),
    ("sigmoid_convolution.a", "def sigmoid(Z):\n    return np.exp(Z)\ndU*sigmoid(Z)*(1-sigmoid(Z))"),
    ("sigmoid_convolution.a", "from numpy import square as sigmoid\ndU*sigmoid(Z)*(1-sigmoid(Z))"),
    ("relu_mlp.W1", "(np.outer(delta1.T, x)).T"),
    ("relu_mlp.W2", "np.outer(delta2, z1.reshape(1,-1))[0]"),
    ("relu_mlp.b2", "m = a2 > 0\nm *= delta3\nm*W3"),
    ("relu_mlp.b2", "delta2 + ((a2>0) | np.ones(2)) - 1"),
    ("batch_normalization.f", "dxhat = dy*gamma"),
    ("batch_normalization.b", "a=np.where(x>0,x>0,x>0)\ndy.sum()+(a+a).sum()-2*(x>0).sum()"),
    ("batch_normalization.b", "dy.sum()+np.negative(x>0).sum()+(x>0).sum()"),
    ("batch_normalization.b", "s = dy*1\nu = np.einsum('i->i', s)\nu += 1\ns.sum()"),
    ("batch_normalization.b", "np = 3\nnp.sum(dy)"),
    ("batch_normalization.b", "dbeta = 0\ndf_dbeta = dy.sum()"),
    ("softmax_cross_entropy.loss", "P = 0*P\nnp.exp(h)/np.sum(np.exp(h)) - y + P*0 + P - np.exp(h)/np.sum(np.exp(h))"),
    ("relu_mlp.W3", "z2 = 0*z2\ndelta3 * z2.T"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text"), TRAPS, ids=lambda value: value[-40:])
def test_what_numpy_does_otherwise_is_not_right(part, text):
    exercise, part = part.split(".")
    found = loaded(exercise).grade(part, text)
    assert not found.is_right, found.text
    assert "please report" not in found.reason


NATURAL = [
    ("batch_normalization.c", "d = dy*gamma\nd *= 1\nd"),
    ("batch_normalization.c", "np.dot(dy, gamma)"),
    ("batch_normalization.c", "def scaled(g):\n    return gamma*g\nscaled(dy)"),
    ("batch_normalization.c", ">>> dy * gamma  # done!"),
    ("batch_normalization.c", "```python\nimport numpy as np\ndy * gamma\nprint(dy)\n```"),
    ("batch_normalization.c", "    dy1 = dy.copy()\n    dy1 *= gamma\n    dy1"),
    ("batch_normalization.b", "dbeta = dy.sum(); dgamma = np.sum(dy*xhat); dx = dy"),
    ("batch_normalization.a", "dbeta = dy.sum(); dgamma = np.sum(dy*xhat); dx = dy"),
    ("batch_normalization.a", "df/dgamma = np.sum(dy*xhat)"),
    ("batch_normalization.a", "dy.T @ xhat[:, None]"),
    ("batch_normalization.f", "N = len(x)\ngamma/(N*np.sqrt(sigma2+epsilon)) * (N*dy - dy.sum() - xhat*(dy*xhat).sum())"),
    ("softmax_cross_entropy.loss", "np.exp(h)/np.sum(np.exp(h), axis=1, keepdims=True) - y"),
    ("softmax_cross_entropy.loss", "def softmax(z):\n    e = np.exp(z - np.max(z))\n    return e/e.sum()\nsoftmax(h) - y"),
    ("softmax_cross_entropy.loss", "np.inner(np.eye(N), P) - y"),
    ("relu_mlp.z2", "W3.T @ delta3"),
    ("relu_mlp.z2", "np.dot(W3, delta3)"),
    ("relu_mlp.W3", "delta3 @ z2.T"),
    ("relu_mlp.W2", "d2 = (W3.T @ delta3) * (a2 > 0)\ndW2 = np.outer(d2, z1)"),
    ("relu_mlp.W2", "d2 = W3.T * delta3\nd2[a2 <= 0] = 0\ndW2 = np.outer(d2, z1)"),
    ("relu_mlp.W2", "delta2 = (W3.T @ delta3) * (a2 > 0)\ndW2 = delta2 @ z1.T"),
    ("relu_mlp.W2", "np.outer(delta2[:, None], z1)"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text"), NATURAL, ids=lambda value: value[-40:])
def test_code_as_students_write_it(part, text):
    exercise, part = part.split(".")
    found = loaded(exercise).grade(part, text)
    assert found.kind == "right", found.text


def test_axes_of_length_one():
    g = sg.Graph("a bias that is a row")
    B, n, m = g.sizes("B n m")
    X, W, b = g.input("X", B, n), g.parameter("W", n, m), g.parameter("b", 1, m)
    L = g.loss("L", of=g.define("y", X @ W + b))
    by_bias, by_weights = g.derive(L, wrt=b), g.derive(L, wrt=W)
    for text, verdict in {
        "np.sum(dy, axis=0, keepdims=True)": "right",
        "np.ones((1, B)) @ dy": "right",
        "dy.sum(axis=0)": "wrong",
        "np.sum(dy + X[:, :1] - X[:, 0][:, None], axis=0, keepdims=True)": "right",
    }.items():
        assert by_bias.grade(text).kind == verdict
    assert by_weights.grade("X.T @ ((X @ W + b) - y + dy)").kind == "right"
    assert by_weights.grade("N, D = X.shape\nX.T @ dy * N / X.shape[0]").kind == "right"
    for stray in ("np.outer(X[r], dy[r])", "np.dot(X[:, :, None], dy[:, None, :]).sum(0)", "n = X.shape[2]\nX.T @ dy"):
        assert not by_weights.grade(stray).is_right


def test_what_went_wrong_in_code_is_told_as_for_a_formula():
    grader = loaded("batch_normalization").grader("f")
    found = grader.diagnose(f"{BN} * (m*dy - dy.sum() + xhat*(dy*xhat).sum())")
    assert "through \\sigma^2 has the wrong sign" in found.text
    assert found.points is not None
    assert found.points.share == pytest.approx(2 / 3)
    assert grader.diagnose(f"3*{BN} * (m*dy - dy.sum() - xhat*(dy*xhat).sum())").mistake == "factor"


HOSTILE = [
    "__import__('os').system('id') or np.exp(x)",
    "np.exp.__globals__",
    "().__class__.__bases__[0].__subclasses__()@x",
    "np.ones(10**9) @ x",
    "np.ones(9**9**9) @ x",
    "np.exp(9**9**9**9)",
    "np.sum(x)**(10**8)",
    "np.sum(x ** 1e99)",
    "np.sum(x * 1e999999999)",
    "np.sum([x for x in range(10**9)])",
    "(lambda: np.exp(x))()",
    "while True: np.exp(x)",
    "import os\nos.system('id')\nnp.exp(x)",
    "open('/etc/passwd').read() @ x",
    "np.load('/etc/passwd')",
    "np.exp(" * 200 + "x" + ")" * 200,
    "(" * 400 + "x.T" + ")" * 400,
    "-" * 5000 + "x.T",
    "x" + ".T" * 4000,
    "np.sum(x)" + "+np.sum(x)" * 900,
    "np.exp(x" + "\x00)",
    "np.sum(x, axis=7)",
    "np.sum(x, axis='0')",
    "np.sum(x, where=dy > 0)",
    "np.sum(dy*xhat, out=x)",
    "np.einsum('i->', x, x, x)",
    "x.T = dy @ x",
    "np.sum(dy*xhat) if dy[0] > 0 else 0",
    "np.sum(f'{x}')",
    "return",
    "np.",
    "x[:, :, :].sum()",
    "x[10**50].sum()",
    "np.reshape(x, (3, 4))",
    "a = np.sum(x)\n" + "a = a*a\n" * 30,
    "a = np.sum(x)\n" + "a = a*a + x\n" * 40,
    "a = x\n" + "a = np.exp(a) + np.exp(a*x)\n" * 30,
    "a = x\n" + "a = np.outer(a, a).sum(axis=0)\n" * 30,
    "a = x\n" + "a = np.maximum(a*x, dy*a)\n" * 12,
    "a = np.tril(np.outer(x, dy)) + np.eye(m)\n" + "a = a @ a\n" * 4 + "a.sum()",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40])
def test_hostile_code_ends_in_a_clear_answer(text):
    grader = loaded("batch_normalization").grader("a")
    started = time.monotonic()
    found = grader.judge(text)
    assert time.monotonic() - started < 2
    assert found.kind in ("not understood", "undecided", "wrong")
    assert "please report" not in (found.reason or "")
    assert is_code(text) or found.kind != "wrong"
