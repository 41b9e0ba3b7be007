"""Other numbers for an exercise: what is kept in every version, over many seeds, by forward passes only."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import symgrad as sg
from derivations import relu_mlp
from symgrad import cli
from symgrad import fresh as room
from symgrad.explain.blocks import Prose
from symgrad.render.markdown import markdown
from symgrad.render.record import dumps

SEEDS = range(40)


def network_passes(numbers):
    """Pre-activations and gradients of the network by plain numpy."""
    n = {k: np.array(v, dtype=object) for k, v in numbers.items()}
    a1 = n["W1"] @ n["x"] + n["b1"]
    z1 = np.where(a1 > 0, a1, 0)
    a2 = n["W2"] @ z1 + n["b2"]
    z2 = np.where(a2 > 0, a2, 0)
    a3 = n["W3"] @ z2 + n["b3"]
    d3 = 2 * (max(a3, 0) - n["y"]) * int(a3 > 0)
    d2 = d3 * n["W3"] * (a2 > 0)
    d1 = (n["W2"].T @ d2) * (a1 > 0)
    gradients = {"W3": d3 * z2, "W2": np.outer(d2, z1), "W1": np.outer(d1, n["x"]), "x": n["W1"].T @ d1}
    return (a1, a2, a3), (d1, d2, d3), gradients


@pytest.fixture(scope="module")
def versions():
    asked = relu_mlp.exercise.questions[1:]
    engines = [relu_mlp.g.derive(q.of, q.wrt, keep=q.keep, let=q.let, check=False).engine for q in asked]
    return {seed: room.fresh(relu_mlp.g, engines, f"relu_mlp 0 {seed}", "here") for seed in SEEDS}


def test_the_numbers_of_a_version_look_like_the_given_ones(versions):
    given = relu_mlp.g.numbers_given
    for numbers in versions.values():
        assert list(numbers) == list(given) and numbers != given
        for name, value in numbers.items():
            one, other = np.array(given[name]), np.array(value)
            assert one.shape == other.shape and other.dtype == one.dtype
            assert np.array_equal(other == 0, one == 0) and abs(other).max() <= max(abs(one).max(), room.SMALLEST)
        assert np.array(numbers["x"]).min() > 0 and numbers["y"] > 0, "no input was negative"
    assert len({str(numbers) for numbers in versions.values()}) == len(SEEDS)


def test_a_version_behaves_well(versions):
    for seed, numbers in versions.items():
        (a1, a2, a3), (d1, d2, d3), gradients = network_passes(numbers)
        assert 0 < sum(a1 > 0) < 3 and 0 < sum(a2 > 0) < 2 and a3 > 0, seed
        assert all(a1) and all(a2) and d3 != 0
        assert all((d == 0) == (a < 0) for d, a in zip((*d1, *d2), (*a1, *a2), strict=True)), "0 at closed gates only"
        assert all(np.any(g != 0) for g in gradients.values())
        assert max(abs(v) for g in (a1, a2, *gradients.values()) for v in np.ravel(g)) <= 304  # twice 152


def test_a_version_is_the_same_for_its_seed_and_leaves_the_graph_alone(versions):
    before = dict(relu_mlp.g.numbers_given)
    again = relu_mlp.exercise.vary(7)
    assert again.numbers[0] == versions[7] and again.id == "relu_mlp-7" and again.title.endswith("(version 7)")
    first, second = again.key(), relu_mlp.exercise.vary(7).key()
    assert dumps(first) == dumps(second) != dumps(relu_mlp.exercise.key())
    assert relu_mlp.g.numbers_given == before


def test_statement_and_key_have_the_numbers_of_the_version(versions):
    key = relu_mlp.exercise.vary(3).key()
    _, _, gradients = network_passes(versions[3])
    (said,) = [b for b in key.statement if isinstance(b, Prose) and b.run[0] == "The numbers are "]
    text = markdown(replace(key, statement=(said,)), detail=1).replace(r"\cr", r"\\")
    for value in (np.array(versions[3]["W1"]), gradients["W2"], gradients["W1"]):
        rows = r"\\ ".join(" & ".join(map(str, row)) for row in value)
        assert rf"\begin{{pmatrix}}{rows}\end{{pmatrix}}" in text


def test_the_graph_has_its_numbers_back_when_a_key_fails(monkeypatch):
    version, before = relu_mlp.exercise.vary(1), relu_mlp.g.numbers_given
    monkeypatch.setattr(sg.Forward, "worked", lambda self, sheet: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        version.key()
    assert relu_mlp.g.numbers_given is before


# --- other exercises


def unit(**numbers):
    """z = ReLU(x w + b), in numbers."""
    g = sg.Graph("unit")
    x, w, b = g.input("x"), g.parameter("w"), g.parameter("b")
    z = g.define("z", sg.relu(x * w + b))
    g.values(**numbers)
    return g, [sg.Question("w", of=z, wrt=w)]


def exercise(graph, questions, **words):
    return sg.Exercise(**{"id": "e", "title": "E", "graph": graph, "questions": questions, **words})


def test_decimals_have_as_many_places_as_given_and_stay_below_1():
    g, questions = unit(x=1.0, w=0.35, b=-0.2)
    for seed in SEEDS:
        (numbers,) = exercise(g, questions).vary(seed).numbers
        assert {n: -v.as_tuple().exponent for n, v in numbers.items()} == {"x": 1, "w": 2, "b": 1}
        assert all(0 < abs(v) <= 1 for v in numbers.values()) and abs(numbers["w"]) <= Decimal("0.35")
        assert numbers["x"] > 0 and numbers["x"] * numbers["w"] + numbers["b"] > 0, "the only gate is open"
    assert "0." in markdown(exercise(g, questions).vary(0).key())


def test_fractions_keep_their_denominators():
    from sympy import Rational

    g, questions = unit(x=Rational(1, 3), w=Rational(-2, 3), b=2)
    for seed in SEEDS:
        (numbers,) = exercise(g, questions).vary(seed).numbers
        assert all(Fraction(str(numbers[n])).denominator in (1, 3) for n in "xw") and isinstance(numbers["b"], int)


def test_rows_of_0_and_1_are_shuffled_so_that_facts_hold():
    g = sg.Graph("one-hot")
    N, k = g.sizes("N k")
    Y, Z = g.input("Y", N, k), g.input("Z", N, k)
    P = g.define("P", sg.softmax(Z, axis=1))
    L = g.define("L", -sg.sum(Y * sg.log(P)))
    g.fact(sg.sum(Y, axis=1), 1)
    g.values(Y=[[1, 0, 0], [0, 0, 1]], Z=[[1, 2, 3], [4, 5, -6]])
    seen = [exercise(g, [sg.Question("a", of=L, wrt=Z)]).vary(seed).numbers[0]["Y"] for seed in SEEDS]
    assert all(sorted(row) == [0, 0, 1] for Y in seen for row in Y) and len({str(Y) for Y in seen}) == 9


def labelled(**numbers):
    """p = sigmoid(w x) with the logarithmic loss of one label."""
    g = sg.Graph("labelled")
    x, y, w = g.input("x"), g.input("y"), g.parameter("w")
    p = g.define("p", sg.sigmoid(w * x))
    L = g.define("L", -(y * sg.log(p) + (1 - y) * sg.log(1 - p)))
    g.values(**numbers)
    return g, [sg.Question("a", of=L, wrt=w)]


@pytest.mark.parametrize("label", [0, 1])
def test_an_input_that_is_0_or_1_stays_a_label(label):
    g, questions = labelled(x=2.5, y=label, w=1)
    found = [exercise(g, questions).vary(seed).numbers[0] for seed in SEEDS]
    assert {n["y"] for n in found} == {0, 1} and len({n["w"] for n in found}) > 2, "a parameter is no label"
    with pytest.raises(sg.DeclarationError, match="words that state a number which would vary"):
        exercise(g, questions, statement=f"The label is {label}.").vary(1)


def test_a_decimal_1_is_no_label():
    g, questions = labelled(x=2.5, y=1.0, w=1)
    assert any(exercise(g, questions).vary(seed).numbers[0]["y"] not in (0, 1) for seed in range(5))


def strided(**numbers):
    g = sg.Graph("strided")
    H, K, s = g.sizes("H K s")
    g.require(H >= K)
    g.require(s <= K)
    k, p = g.index("k", K), g.index("p", H)
    i = g.index("i", (H - K) // s + 1)
    x, w = g.input("x", p), g.parameter("w", k)
    z = g.define("z", sg.Sum(w[k] * x[s * i + k], k), over=i)
    g.values(**numbers)
    return g, [sg.Forward("z", of=[z])]


def test_sizes_that_are_given_vary_where_relations_hold_and_the_statement_says_them():
    g, questions = strided(s=2, x=[1, 2, 3, 4, 5], w=[1, 2])
    found = {seed: exercise(g, questions).vary(seed) for seed in SEEDS}
    assert {v.numbers[0]["s"] for v in found.values()} == {1, 2}, "3 breaks s <= K"
    assert all(len(v.numbers[0]["x"]) == 5 for v in found.values()), "an array keeps its length"
    seed = next(s for s, v in found.items() if v.numbers[0]["s"] == 1)
    assert "The numbers are $s = 1$" in markdown(found[seed].key())


def test_a_question_about_another_graph_has_its_numbers():
    (g, a), (h, b) = unit(x=2, w=3, b=-1), unit(x=4, w=5, b=-9)
    whole = exercise([g, h], [*a, replace(b[0], id="other", graph=h)])
    version = whole.vary(2)
    assert [set(n) for n in version.numbers] == [{"x", "w", "b"}] * 2 and version.numbers[0] != version.numbers[1]
    values = [q.blocks[-2].lines[-1].right for q in version.key().questions]
    assert [v.text for v in values] == [str(n["x"]) for n in version.numbers], "dz/dw = x where the gate is open"


# --- refusals


def test_nothing_to_vary():
    g = sg.Graph("no numbers")
    x = g.input("x")
    with pytest.raises(sg.DeclarationError, match="there is nothing to vary") as refusal:
        exercise(g, [sg.Question("a", of=x**2, wrt=x)]).vary(1)
    assert refusal.value.where == "e.vary(1)"


@pytest.mark.parametrize(
    "words",
    [
        {"statement": "The stride is 3."},
        {"title": "A 3x3 image"},
        {"text": "Use x = 3.0, please."},
    ],
)
def test_words_that_state_a_number_are_refused(words):
    g, questions = unit(x=3, w=2, b=-1)
    asked = [replace(questions[0], text=words.pop("text", ""))]
    with pytest.raises(sg.DeclarationError, match="words that state a number which would vary") as refusal:
        exercise(g, asked, **words).vary(1)
    assert refusal.value.given.startswith("3")
    assert exercise(g, questions, statement="Layer l3 of 7, see x_3.").vary(1).numbers


def test_numbers_that_cannot_behave_well_are_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(room, "TRIALS", 20)
    g = sg.Graph("open gates")
    x = g.input("x", g.size("n"), sign="positive")
    z = g.define("z", sg.relu(x))
    g.values(x=[1, 2])
    with pytest.raises(sg.DeclarationError, match="no well-behaved numbers were found") as refusal:
        exercise(g, [sg.Forward("z", of=[z])]).vary(4)
    assert "trials; in" in refusal.value.given and "the gates of z are all open or all closed" in refusal.value.given
    assert refusal.value.fix == "another seed, or other numbers in g.values"


def test_a_value_that_is_0_by_accident_is_not_kept():
    g = sg.Graph("difference")
    x, y = g.input("x"), g.input("y")
    d = g.define("d", x - y)
    g.values(x=2, y=1)
    for seed in SEEDS:
        (numbers,) = exercise(g, [sg.Forward("d", of=[d])]).vary(seed).numbers
        assert numbers["x"] != numbers["y"]


def test_the_command(tmp_path, capsys):
    assert cli.main(["key", "relu_mlp", "--vary", "7", "--format", "json", "-o", str(tmp_path)]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["relu_mlp-7.json"]
    assert cli.main(["key", "batch_normalization", "--vary", "7", "-o", str(tmp_path)]) == 1
    assert "there is nothing to vary" in capsys.readouterr().err
