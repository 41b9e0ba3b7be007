"""Every matrix form of the wanted rows and facts is run by numpy as it is printed, and read from its LaTeX.

Both are compared with the component form, which the oracle's walk evaluates entry by entry.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.explain.matrices import MatrixNotation
from symgrad.matrix.tree import Axis, Identity, Named, Size, walk
from symgrad.render.latex import latex
from symgrad.render.mathml import mathml
from tests.derive import layers, test_wanted
from tests.derive.edge import run
from tests.derive.fact import ENVIRONMENT, Fact
from tests.derive.layer import Case, Layer
from tests.derive.oracle import Box, differences
from tests.derive.oracle import entries as by_components
from tests.derive.paper import Paper
from tests.derive.test_facts import FACTS, REFUSED

CASES = [(layer, case) for layer in [*test_wanted.WANTED, *layers.LAYERS] for case in layer.cases]
ASKED = [(x, c) for x, c in CASES if f"{x.name}-{c.id}" not in test_wanted.REFUSED]
IN_NUMPY = {
    **ENVIRONMENT,
    "norm": np.linalg.norm, "trace": np.trace, "outer": np.outer, "abs": np.abs, "sinh": np.sinh, "cosh": np.cosh,
    "step": lambda u: (u > 0) * 1.0, "softplus": lambda u: np.log1p(np.exp(u)),
}  # fmt: skip
# Why the others have no form, and how many: a new form, or a new refusal, is seen here.
WITHOUT = {
    "a sum over a with c >= M*a": 4,
    "a sum over i with i >= j": 1,
    "a sum over j with i >= j": 1,
    "df_dy has 3 axes": 2,
    "df_dy has 4 axes": 2,
    "x[i + k] is not an entry at plain indices": 2,
    "a condition on indices: i = 0": 1,
    "a sum over k with H + k >= K + p": 1,
    "a sum over i with i >= q": 1,
    "a sum over i with K + i*s >= p + 1": 1,
    "x[i*s + k] is not an entry at plain indices": 1,
    "the answer is 0": 1,
}


def test_how_many_answers_have_a_form():
    found = Counter(test_wanted.derived(x.name, c.id).no_matrix for x, c in ASKED)
    assert found.pop("") == 223
    assert found == WITHOUT


def arrays(layer: Layer, d: sg.Derivation, sizes: Any, seed: int) -> dict[str, Any]:
    """The value of every name in an answer: what is given, definitions, gradients by differences."""
    given = {**sizes, **layer.given(sizes, np.random.default_rng(seed))}
    values = run(layer.lines, layer.outputs, given)
    for name in d.poly.tensors:
        tensor = d.engine.model.tensors[name]
        if tensor.kind in ("upstream", "adjoint"):
            of, by = tensor.of
            values[name] = differences(
                lambda v, of=of, by=by: run(layer.lines, layer.outputs, given, {by: v})[of], values[by]
            )
    return values


def wanted_shape(d: sg.Derivation, sizes: Any) -> tuple[int, ...]:
    indices = d.engine.model.indices
    return tuple(Axis.of(indices[n]).length.at(sizes) for n in d.engine.free)


def in_numpy(text: str, fixed: tuple[str, ...], shape: tuple[int, ...], values: dict[str, Any]) -> np.ndarray:
    """The text of a form for every value of the indices that stand still; its shape must be right too."""
    found = np.empty(shape)
    for at in np.ndindex(shape[: len(fixed)]):
        value = np.asarray(eval(text, {**IN_NUMPY, **values, **dict(zip(fixed, at, strict=True))}))
        assert value.shape == shape[len(fixed) :], text
        found[at] = value
    return found


@pytest.mark.parametrize(("layer", "case"), ASKED, ids=[f"{x.name}-{c.id}" for x, c in ASKED])
def test_the_text_run_by_numpy_is_the_component_form(layer: Layer, case: Case):
    d = test_wanted.derived(layer.name, case.id)
    if d.matrix is None:
        assert d.no_matrix in WITHOUT
        return
    seen, free = d.matrix.view, d.engine.free
    order = [free.index(n) for n in (*seen.fixed, *seen.at)]
    for sizes in layer.sizes[:2]:
        values = arrays(layer, d, sizes, 0)
        names = {n: Box(v) if np.ndim(v) else v if isinstance(v, int) else float(v) for n, v in values.items()}
        truth = by_components(d.answer, list(free), wanted_shape(d, sizes), names).transpose(order)
        found = in_numpy(d.matrix.text, seen.fixed, truth.shape, values)
        assert found == pytest.approx(truth, rel=1e-9, abs=1e-10), d.matrix.text


def shown(d: sg.Derivation, values: dict[str, Any], at: dict[str, int]) -> dict[str, Any]:
    """The value of everything that stands in the LaTeX of a form as a name."""
    notation = MatrixNotation(d.engine.model)
    found = {}
    for part in walk(d.matrix.view.tree):
        if isinstance(part, Named):
            fixed = tuple(at[n] for n in part.fixed)
            found[latex(notation.layout(part))] = np.asarray(values[part.name])[fixed] if fixed else values[part.name]
        if isinstance(part, Size):
            found[latex(notation.layout(part))] = values[part.name]
        if isinstance(part, Identity):
            found[latex(notation.layout(part))] = np.eye(
                part.axis.length.at({n: values[n] for n in part.axis.length.names})
            )
    return found


@pytest.mark.parametrize(("layer", "case"), ASKED, ids=[f"{x.name}-{c.id}" for x, c in ASKED])
def test_the_latex_says_the_same_as_the_text(layer: Layer, case: Case):
    d = test_wanted.derived(layer.name, case.id)
    if d.matrix is None:
        return
    assert "<math" in mathml(d.matrix.latex, display=True)
    seen, free, sizes = d.matrix.view, d.engine.free, layer.sizes[0]
    values = arrays(layer, d, sizes, 0)
    shape = tuple(np.take(wanted_shape(d, sizes), [free.index(n) for n in (*seen.fixed, *seen.at)]))
    text = in_numpy(d.matrix.text, seen.fixed, shape, values)
    for at in np.ndindex(shape[: len(seen.fixed)]):
        names = shown(d, values, dict(zip(seen.fixed, at, strict=True)))
        wanted = text[at] if text[at].ndim != 1 else text[at][:, None]
        found = Paper(d.matrix.latex, names).value()
        assert np.broadcast_to(found, wanted.shape) == pytest.approx(wanted, rel=1e-9, abs=1e-10), d.matrix.latex


def test_the_reader_of_paper_sees_wrong_formulas():
    A, v = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    names = {"A": A, "v": v, r"\frac{\partial f}{\partial w}": v}
    right = Paper(r"A v", names).value()
    assert right.tolist() == [[8.0], [26.0]]
    assert Paper(r"\frac{1}{2} A \frac{\partial f}{\partial w}", names).value().tolist() == [[4.0], [13.0]]
    assert Paper(r"\mathbf{1}^{\top} A \mathbf{1} - 15 v^{\top} \mathbf{1}", names).value() == 15 - 15 * 6
    assert Paper(r"{\left(A^{\top}\right)}^{\top} \left(v \odot v - \mathbf{1}\right)", names).value().tolist() == [
        [19.0], [52.0],
    ]  # fmt: skip
    for wrong in (r"A^{\top} v", r"v A", r"A \odot v"):
        with pytest.raises(ValueError):
            Paper(wrong, names).value()
    with pytest.raises(AssertionError):
        Paper(r"A^{2}", names).value()


def test_how_many_facts_have_a_form():
    found = Counter(f.derived[0].no_matrix == "" for f in FACTS if f.id not in REFUSED)
    assert found == {True: 46, False: 10}


@pytest.mark.parametrize("fact", [f for f in FACTS if f.id not in REFUSED], ids=lambda f: f.id)
def test_the_text_of_a_fact_run_by_numpy(fact: Fact):
    d, _ = fact.derived
    if d.matrix is None:
        return
    sizes = fact.sizes[0]
    values = {**sizes, **fact.values(sizes, fact.given(sizes, 0))}
    seen, free = d.matrix.view, d.engine.free
    names = {n: Box(v) if np.ndim(v) else v if isinstance(v, int) else float(v) for n, v in values.items()}
    shape = wanted_shape(d, sizes)
    truth = by_components(d.answer, list(free), shape, names)
    truth = truth.transpose([free.index(n) for n in (*seen.fixed, *seen.at)])
    assert in_numpy(d.matrix.text, seen.fixed, truth.shape, values) == pytest.approx(truth, rel=1e-9, abs=1e-10)


def test_numpy_sees_a_wrong_text():
    layer, case = next((x, c) for x, c in ASKED if x.name == "linear layer of a batch" and c.id == "W")
    d = test_wanted.derived(layer.name, case.id)
    sizes = layer.sizes[0]
    values = arrays(layer, d, sizes, 0)
    shape = wanted_shape(d, sizes)
    assert d.matrix.text == "x.T @ df_dy"
    right = in_numpy("x.T @ df_dy", (), shape, values)
    assert in_numpy("2*x.T @ df_dy", (), shape, values) != pytest.approx(right)
    with pytest.raises(AssertionError):
        in_numpy("ones(3)", (), shape, values)
