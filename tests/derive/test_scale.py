"""Depth: a repeated layer shape is derived once and said in other names, several gradients come from one sweep.

What is said in other names must be what deriving it afresh gives, step by step; nothing here is timed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sympy
from sympy import exp, tanh

import symgrad as sg
from symgrad import exercises
from symgrad.algebra.normal import lone
from symgrad.algebra.recast import Order
from symgrad.algebra.records import Poly, walk
from symgrad.check.numbers import FINER_STEPS, Numbers
from symgrad.check.ways import LONG
from symgrad.declare.model import Model, Tensor
from symgrad.derive.alike import Likeness
from symgrad.derive.derivation import derive_each
from symgrad.derive.steps import Derivation, Group, Step
from tests.derive.confluence import renamed
from tests.derive.layer import Layer
from tests.derive.layers import LAYERS
from tests.derive.networks import NETWORKS, Made, mlp, random_net, stacked
from tests.derive.test_wanted import WANTED
from tests.fuzz.generate import generated
from tests.fuzz.show import declaration

EXERCISES = ("batch_normalization", "softmax_cross_entropy", "sigmoid_convolution")


def signed(poly: Poly) -> tuple[str, tuple[str, ...]]:
    """A poly with the signs of everything in it, which its key does not tell."""
    return poly.key, tuple(atom.sign for atom, _ in walk(poly))


def told(step: Step) -> tuple:
    """All that a step says."""
    equation = step.equation
    left = () if equation is None else tuple((signed(lone(a)), p) for a, p in equation.factors)
    right = () if equation is None else (signed(equation.value), equation.variables, equation.ranges, equation.spread)
    polys = signed(step.subject), signed(step.before), signed(step.after)
    return (
        step.rule,
        polys,
        step.source,
        step.deep,
        step.aside,
        step.free,
        step.given,
        left,
        right,
        tuple(map(told, step.because)),
    )


def whole(found: Derivation) -> list[tuple]:
    def group(g: Group) -> tuple:
        return g.name, g.by, g.free, signed(g.path), signed(g.answer), tuple(map(told, g.steps))

    return [(found.by, found.sweep.given, found.policies), *map(group, found.groups)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """How many groups were said in other names, and how many derived."""
    found: Counter = Counter()
    find = Likeness.find

    def counting(self: Likeness, start: Any) -> Group | None:
        group = find(self, start)
        found["afresh" if group is None else "renamed"] += 1
        return group

    monkeypatch.setattr(Likeness, "find", counting)
    return found


def afresh(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """What comes out where no two lists of names are ever in the same order, so that nothing is like before."""
    with monkeypatch.context() as patch:
        patch.setattr(Order, "ranks", lambda self, names: object())
        return make()


# --- the same as afresh


def check_alike(make: Callable[[], Made], monkeypatch: pytest.MonkeyPatch) -> None:
    def derived() -> list[list[tuple]]:
        g, loss, by = make()
        return [whole(d.engine) for d in g.derive(loss, wrt=by, check=False).values()]

    assert derived() == afresh(derived, monkeypatch)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_renamed_is_what_is_derived_afresh(name: str, counted: Counter, monkeypatch: pytest.MonkeyPatch):
    check_alike(NETWORKS[name], monkeypatch)
    assert counted["renamed"] >= 6


@pytest.mark.parametrize(
    "seed", [0, 3, *(pytest.param(n, marks=pytest.mark.fuzz) for n in range(12) if n not in (0, 3))]
)
def test_random_networks_as_afresh(seed: int, monkeypatch: pytest.MonkeyPatch):
    check_alike(lambda: random_net(seed), monkeypatch)


def test_nothing_is_renamed_when_derived_afresh(counted: Counter, monkeypatch: pytest.MonkeyPatch):
    g, loss, _ = mlp(4)
    afresh(lambda: g.derive(loss, wrt="parameters", check=False), monkeypatch)
    assert set(counted) == {"afresh"}


def doubled(found: Derivation) -> tuple[Model, str, dict[str, str]]:
    """A model beside a copy of itself in other names, and what is differentiated added to its copy."""
    model = found.start
    names = {n: f"{n}q" for n in model.tensors}
    copy = renamed(model, names)
    of = model.tensors[found.of]
    both = lone(of.entry) + lone(copy.tensors[names[found.of]].entry)
    tensors = {**model.tensors, **copy.tensors}
    return model.extended(*tensors.values(), Tensor("both", "definition", of.axes, poly=both)), "both", names


def test_random_graphs_beside_their_copies(counted: Counter, monkeypatch: pytest.MonkeyPatch):
    for seed in range(60, 80):
        room: dict[str, Any] = {}
        try:
            exec(declaration(generated(seed)).replace("d = g.derive(", "d = g.derive(check=False, of="), room)
        except sg.SymgradError:
            continue
        found = room["d"].engine
        model, of, names = doubled(found)
        if found.of == found.by or model.facts:
            continue
        entries = [(found.by, found.by_free), (names[found.by], found.by_free)]

        def derived() -> list[list[tuple]]:
            return [whole(d) for d in derive_each(model, of, found.of_free, entries)]  # noqa: B023

        assert derived() == afresh(derived, monkeypatch), seed
    assert counted["renamed"] > 20


# --- where layers look alike and are not


UNLIKE = ("another sign", "another function", "a symmetric matrix", "a name of a product")


def with_one_unlike(what: str) -> Made:
    """Six layers, of which the third or fourth is not like the others."""
    g = sg.Graph(what)
    i, j = g.indices("i j", g.size("n"))
    h, by = g.input("x", i), []
    for n in range(6):
        w = g.parameter(f"W{n}", i, j, sign="positive" if n == 2 and what == "another sign" else "real")
        by.append(w)
        if n == 3 and what == "a symmetric matrix":
            g.fact(w[i, j], w[j, i])
        if n == 3 and what == "a name of a product":
            g.define("q", sg.Sum(w[i, j] * h[j], j), over=i)
        act = exp if n == 3 and what == "another function" else tanh
        a = g.define(f"a{n}", sg.Sum(w[i, j] * h[j], j), over=i)
        h = g.define(f"h{n}", act(a[i]), over=i)
    return g, g.loss("f", of=h), by


@pytest.mark.parametrize("what", UNLIKE)
def test_one_layer_unlike_the_others(what: str, monkeypatch: pytest.MonkeyPatch):
    check_alike(lambda: with_one_unlike(what), monkeypatch)


# --- one sweep for several gradients


def questions(layer: Layer) -> Iterator[tuple[Any, list[Any], Any]]:
    """The questions of a layer that may be asked together: one thing differentiated, other names to do it by."""
    together: dict[Any, dict[str, Any]] = {}
    for case in layer.cases:
        key = case.of, tuple(case.keep)
        together.setdefault(key, {}).setdefault(str(case.wrt).partition("[")[0], case.wrt)
    for (of, keep), by in together.items():
        yield of, list(by.values()), keep


def check_together(g: sg.Graph, of: Any, by: list[Any], **options: Any) -> None:
    def refused(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except sg.SymgradError as error:
            return f"{type(error).__name__}: {error}"

    alone = {str(one): refused(lambda one=one: g.derive(of, wrt=one, check=False, **options)) for one in by}
    good = [one for one in by if not isinstance(alone[str(one)], str)]
    if good:
        found = g.derive(of, wrt=good, check=False, **options)
        for one, together in zip(good, found.values(), strict=True):
            assert whole(together.engine) == whole(alone[str(one)].engine)
            assert together.answer == alone[str(one)].answer
            assert list(together.where.items()) == list(alone[str(one)].where.items())


FEW = [*LAYERS[::3], *WANTED[::6]]


@pytest.mark.parametrize(
    "layer",
    [x if x in FEW else pytest.param(x, marks=pytest.mark.fuzz) for x in [*LAYERS, *WANTED]],
    ids=lambda layer: layer.name,
)
def test_together_as_alone(layer: Layer):
    for of, by, keep in questions(layer):
        check_together(layer.graph, of, by, keep=keep)


@pytest.mark.parametrize("name", EXERCISES)
def test_exercises_together_as_alone(name: str):
    exercise = exercises.load(name)
    for q in exercise.questions:
        if not isinstance(q.of, sg.Derivation):
            others = [x.wrt for x in exercise.questions if str(x.of) == str(q.of)]
            by = list({str(x).partition("[")[0]: x for x in [q.wrt, *others]}.values())
            check_together(exercise.graph, q.of, by, keep=q.keep)


@pytest.mark.parametrize("name", ["tanh layers", "batch norm between", "tied weights"])
def test_networks_together_as_alone(name: str):
    g, loss, by = NETWORKS[name]()
    check_together(g, loss, by[:4] + by[-2:])


def test_lines_and_certificates_are_those_of_one_alone():
    g, loss, by = mlp(3)
    found = g.derive(loss, wrt="parameters")
    assert list(found) == [handle.name for handle in by]
    for handle in by:
        together, alone = found[handle.name], g.derive(loss, wrt=handle)
        assert together.report == alone.report
        assert [(x.rule, x.why) for x in together.steps] == [(x.rule, x.why) for x in alone.steps]


# --- what it is to ask for several


def test_all_parameters_as_a_mapping():
    g = sg.Graph("line")
    i, j = g.indices("i j", g.size("n"))
    x, w, b, idle = g.input("x", i), g.parameter("w", i), g.parameter("b"), g.parameter("idle", j)
    y = g.define("y", sg.Sum(w[i] * x[i], i) + b)
    found = g.derive(y**2, wrt="parameters")
    assert (list(found), len(found)) == (["w", "b", "idle"], 3)
    assert [d.answer for d in found.values()] == [2 * x[i] * y, 2 * y, 0]
    assert found.text == "dE/dw[i] = 2*y*x[i]\ndE/db = 2*y\ndE/didle[j] = 0"
    assert found.latex.splitlines() == [
        r"\begin{aligned}",
        r"\frac{\partial E}{\partial w_{i}} &= 2 y x_{i} \\",
        r"\frac{\partial E}{\partial b} &= 2 y \\",
        r"\frac{\partial E}{\partial \mathrm{idle}_{j}} &= 0",
        r"\end{aligned}",
    ]
    assert repr(found) == "<3 gradients: w, b, idle>"
    assert g.derive(idle[j] * y, wrt="parameters")["w"].answer == idle[j] * x[i]
    assert list(g.derive(y, wrt=[b, x[j]])) == ["b", "x"]
    assert list(g.derive(y, wrt=(w,))) == ["w"]


def test_an_index_that_is_taken_gives_way_to_another_of_its_range():
    g = sg.Graph("map")
    n = g.size("n")
    i, j, k = g.indices("i j k", n)
    w, x = g.parameter("w", i, j), g.input("x", i)
    y = g.define("y", sg.Sum(w[i, j] * x[j], j), over=i)
    d = g.derive(y[i], wrt="parameters")["w"]
    assert d.engine.by_free == ("j", "k")
    assert d.answer == sympy.KroneckerDelta(i, j) * x[k]


REFUSALS: dict[str, tuple[Callable[[sg.Graph, Any, Any, Any], Any], str]] = {
    "nothing": (lambda g, w, x, y: g.derive(y, wrt=[]), "nothing to differentiate by"),
    "twice": (lambda g, w, x, y: g.derive(y, wrt=[w, w]), "one name twice in wrt"),
    "not a name": (lambda g, w, x, y: g.derive(y, wrt=[w + x]), "wrt is one declared name or entry"),
    "given": (lambda g, w, x, y: g.derive(g.loss("J", of=y), wrt=[w, y]), "the gradient of J by y is given"),
    "written out": (lambda g, w, x, y: g.derive(y**2, wrt=[w, y], inline=[y]), "a definition that is written out"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused(name: str):
    g = sg.Graph("product")
    w, x = g.parameter("w"), g.input("x")
    ask, what = REFUSALS[name]
    with pytest.raises(sg.SymgradError, match=what):
        ask(g, w, x, g.define("y", w * x))


def test_a_graph_without_parameters_has_none_to_derive_by():
    g = sg.Graph("none")
    with pytest.raises(sg.DeclarationError, match="nothing to differentiate by"):
        g.derive(g.input("x") ** 2, wrt="parameters")


# --- linear in depth


def operations(expressions: Iterable[sympy.Expr]) -> int:
    """Additions and multiplications, those under a sum once."""
    return sum(int(sympy.count_ops(e)) for e in expressions)


@pytest.mark.parametrize("make", [mlp, lambda n: stacked("gated", ["gated"] * n)], ids=["mlp", "gated"])
def test_linear_in_depth(make: Callable[[int], Made]):
    sizes = {}
    for depth in (16, 32):
        g, loss, _ = make(depth)
        found = g.derive(loss, wrt="parameters", check=False)
        groups = {id(group): group for d in found.values() for group in d.engine.groups}.values()
        counts = operations([*(d.answer for d in found.values()), *found.where.values()])
        lines = sum(len(group.steps) for group in groups)
        texts = [len(d.text.translate(str.maketrans("", "", "0123456789"))) for d in found.values()]
        sizes[depth] = counts, lines, sum(texts), max(texts)
    for one, two in zip(sizes[16][:3], sizes[32][:3], strict=True):
        assert two <= 2.02 * one
    assert sizes[32][3] == sizes[16][3]


def test_differences_over_a_long_way_are_composed():
    """Compared at a fine step: over so many layers the usual one is too wide for the differences at once."""
    g, _, _ = stacked("resnet", ["residual"] * (LONG // 2 + 4))
    seen = 0
    for trial in Numbers(g.model)._with_step(FINER_STEPS[-1]):
        ways = trial._ways(g.model)
        assert ways.is_long("f", "W0")
        assert not ways.is_long("f", f"h{LONG // 2}")
        assert not ways.is_long("f", "f")
        composed, direct = trial.total("f", "W0"), trial.total("f", "W0", directly=True)
        assert composed.keys() == direct.keys()
        largest = max(map(abs, direct.values()))
        if largest > 0.1:  # else the differences at once are noise
            assert max(abs(composed[at] - direct[at]) for at in direct) <= 1e-6 * largest
            seen += 1
    assert seen >= 3


def test_a_deep_network_is_certified():
    g, loss, _ = stacked("resnet", ["residual"] * (LONG // 2 + 4))
    found = g.derive(loss, wrt="parameters")
    for d in found.values():
        assert d.report.proved
        assert d.report.worst < 1e-7
        assert d.certificate.nonzero


def test_a_wrong_line_in_a_group_said_in_other_names_is_found(monkeypatch: pytest.MonkeyPatch):
    find = Likeness.find

    def wrong(self: Likeness, start: Any) -> Group | None:
        group = find(self, start)
        if group is None:
            return None
        return replace(group, answer=-group.answer, steps=(*group.steps[:-1], negated(group.steps[-1])))

    def negated(step: Step) -> Step:
        return replace(step, after=-step.after)

    g, loss, by = mlp(8)
    monkeypatch.setattr(Likeness, "find", wrong)
    with pytest.raises(sg.CertificateError, match="a step does not follow"):
        g.derive(loss, wrt=by[0])
