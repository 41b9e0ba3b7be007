"""Every matrix form of the wanted rows and facts is run by numpy as it is printed, and read from its LaTeX.

Both are compared with the component form, which the oracle's walk evaluates entry by entry.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sympy import tanh

import symgrad as sg
from symgrad.explain.matrices import MatrixNotation
from symgrad.matrix.tree import Axis, Identity, Named, Size, Tree, walk
from symgrad.matrix.view import seen as seen_in
from symgrad.render.latex import latex
from symgrad.render.mathml import mathml
from symgrad.render.plain import plain
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
    return shown_in(d.matrix.view.tree, MatrixNotation(d.engine.model), values, at)


def shown_in(tree: Tree, notation: MatrixNotation, values: dict[str, Any], at: dict[str, int]) -> dict[str, Any]:
    """The value of everything that stands in the LaTeX of a form as a name."""
    found = {}
    for part in walk(tree):
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


# --- expressions that nobody wrote ---------------------------------------------------------------------------------

LETTERS = {"A": "nn", "B": "nn", "C": "nm", "D": "nm", "x": "n", "y": "n", "u": "m", "v": "m", "c": ""}


class Draw:
    """Random expressions in two square matrices, two others, vectors of both lengths and a number."""

    def __init__(self, seed: int) -> None:
        self.random, self.graph = random.Random(seed), sg.Graph("random")
        self.size = dict(zip("nm", self.graph.sizes("n m"), strict=True))
        self.all = {s: self.graph.indices(names, self.size[s]) for s, names in (("n", "i j k l"), ("m", "p q r"))}
        self.given = {t: self.graph.input(t, *self._first(axes)) for t, axes in LETTERS.items()}

    def _first(self, axes: str) -> list[Any]:
        return [self.all[s][axes[:n].count(s)] for n, s in enumerate(axes)]

    def leaf(self, free: dict[str, list[Any]]) -> Any:
        """An entry of a name at indices that are free."""
        names = [t for t, axes in LETTERS.items() if all(free[s] for s in axes)]
        letter = self.random.choice(names)
        at = tuple(self.random.choice(free[s]) for s in LETTERS[letter])
        return self.given[letter][at] if at else self.given[letter]

    def expression(self, depth: int, free: dict[str, list[Any]]) -> Any:
        way = self.random.random()
        if not depth or way < 0.15:
            return self.leaf(free)
        if way < 0.5:
            return self.expression(depth - 1, free) * self.expression(depth - 1, free)
        if way < 0.65:
            return self.expression(depth - 1, free) - self.random.randint(1, 3) * self.expression(depth - 1, free)
        if way < 0.72:
            return self.expression(depth - 1, free) ** self.random.choice([2, 3])
        if way < 0.77:
            return tanh(self.expression(depth - 1, free)) / self.leaf(free)
        size = self.random.choice("nm")
        index = next((x for x in self.all[size] if x not in free[size]), None)
        if index is None:
            return self.leaf(free)
        inner = {**free, size: [*free[size], index]}
        return sg.Sum(self.expression(depth - 1, inner) * self.leaf({"n": [], "m": [], size: [index]}), index)


@pytest.mark.parametrize("seed", [*range(40), *(pytest.param(s, marks=pytest.mark.fuzz) for s in range(40, 1500))])
def test_a_random_expression(seed: int):
    """Its form is found, confirmed, and says the same in numpy and on paper; or what is refused has three indices."""
    draw = Draw(seed)
    free = {"n": list(draw.all["n"][: draw.random.randint(0, 2)]), "m": []}
    if len(free["n"]) < 2 and draw.random.random() < 0.5:
        free["m"] = [draw.all["m"][0]]
    expression = draw.expression(4, free)
    poly, _ = draw.graph.read(expression)
    model, names = draw.graph.model, tuple(map(str, (*free["n"], *free["m"])))
    found = seen_in(poly, model, names)
    if found.tree is None:
        assert not poly.terms or found.reason.startswith("a factor with the indices"), (expression, found.reason)
        return
    sizes, make = {"n": 3, "m": 4}, np.random.default_rng(seed)
    values = {t: np.abs(make.normal(size=[sizes[s] for s in axes])) + 0.5 for t, axes in LETTERS.items()} | sizes
    values["c"] = 1.5
    shape = tuple(sizes["n" if n in "ijkl" else "m"] for n in names)
    boxes = {t: Box(v) if np.ndim(v) else v for t, v in values.items()}
    truth = by_components(draw.graph.show(poly, names), list(names), shape, boxes)
    notation = MatrixNotation(model)
    layout = notation.layout(found.tree)
    assert in_numpy(plain(layout), found.fixed, shape, values) == pytest.approx(truth, rel=1e-7, abs=1e-7)
    if not found.fixed:
        on_paper = Paper(latex(layout), shown_in(found.tree, notation, values, {})).value()
        wanted = truth[:, None] if truth.ndim == 1 else truth
        assert np.broadcast_to(on_paper, wanted.shape) == pytest.approx(wanted, rel=1e-7, abs=1e-7)
