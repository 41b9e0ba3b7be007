"""A gradient as a sum over paths: for any graph, with what is shared written once; and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import exp

import symgrad as sg
from symgrad import exercises
from symgrad.algebra.normal import scale, total
from symgrad.check.proof import equal
from symgrad.derive import paths as engine
from symgrad.errors import CertificateError, Unsupported
from symgrad.explain.blocks import Diagram, Formula, Lines, Prose, Table
from symgrad.explain.notation import Notation
from symgrad.questions import paths as room
from symgrad.render.plain import plain


def ladder(rungs: int, width: int = 2) -> sg.Graph:
    """Layers of names that all use all names of the layer before: width^(rungs - 1) paths from x to y."""
    g = sg.Graph("ladder")
    layer = [g.input("x")]
    for n in range(rungs):
        layer = [g.define(f"h{n}{k}", sg.tanh(sum(layer) * (k + 1))) for k in range(width)]
    g.define("y", sum(layer))
    return g


def question(graph, of, wrt):
    key = sg.Exercise(id="e", title="E", graph=graph, questions=[sg.Paths("a", of=of, wrt=wrt)]).key()
    return key.questions[0]


def lines(worked):
    return [line for b in worked.blocks if isinstance(b, Lines) for line in b.lines]


def words(run) -> str:
    return "".join(plain(part.tree) if isinstance(part, Formula) else part for part in run)


# --- the paths of any graph


@pytest.mark.parametrize("name", ["batch_normalization", "softmax_cross_entropy", "sigmoid_convolution"])
def test_the_paths_add_up_to_the_gradient(name):
    exercise = exercises.load(name)
    for q in exercise.questions:
        found = exercise.graph.derive(q.of, q.wrt)
        paths = engine.Paths(found.engine)
        whole = total(path.value for path in paths.all)
        assert len(paths.all) == paths.count
        assert equal(whole, found.fact_free, found.engine.model, found.engine.free)
        assert not equal(scale(whole, 2), found.fact_free, found.engine.model, found.engine.free), "a wrong sum passes"


def test_the_paths_of_batch_normalisation():
    exercise = exercises.load("batch_normalization")
    last = exercise.questions[-1]
    found = exercise.graph.derive(last.of, last.wrt)
    paths = engine.Paths(found.engine).all
    assert [path.names for path in paths] == [
        ("f", "y", "xhat", "x"),
        ("f", "y", "xhat", "mu", "x"),
        ("f", "y", "xhat", "sigma2", "x"),
        ("f", "y", "xhat", "sigma2", "mu", "x"),
    ]
    notation = Notation(found.engine.model)
    assert plain(notation.poly(paths[2].chain, found.engine.free)) == (
        "dsigma2/dx[i]*sum(df/dy[j]*dy[j]/dxhat[j]*dxhat[j]/dsigma2, j=1..m)"
    )


def test_a_question_where_names_have_entries():
    exercise = exercises.load("batch_normalization")
    g = exercise.graph
    worked = question(g, g["f"], g["x"][g["i"]])
    assert len(worked.record["paths"]) == 4 and worked.record["answer"]["text"] in {
        plain(x.right) for x in lines(worked)
    }
    boxed = [line for line in lines(worked) if line.boxed]
    assert [plain(line.right) for line in boxed] == [worked.record["answer"]["text"]]


def test_a_direct_way_beside_others_is_written_out():
    """dy/dx would be the name of all ways together."""
    g = sg.Graph("skip")
    x = g.input("x")
    s = g.define("s", x**2)
    y = g.define("y", s * x)
    worked = question(g, y, x)
    assert [p["chain"]["text"] for p in worked.record["paths"]] == ["s", "dy/ds*ds/dx"]
    assert [p["product"]["text"] for p in worked.record["paths"]] == ["s", "2*x*x"]
    sums = [line for line in lines(worked) if "the sum over the 2 paths" in line.reason]
    assert [plain(line.right) for line in sums] == ["s + dy/ds*ds/dx"]


def test_a_loss_that_is_unknown():
    g = sg.Graph("loss")
    x = g.input("x")
    s, t = g.define("s", exp(x)), g.define("t", sg.sin(x))
    L = g.loss("L", of=[s, t])
    worked = question(g, L, x)
    assert [p["chain"]["text"] for p in worked.record["paths"]] == ["dL/ds*ds/dx", "dL/dt*dt/dx"]
    assert [p["names"] for p in worked.record["paths"]] == [["L", "s", "x"], ["L", "t", "x"]]


# --- what is shared stands once


def test_what_paths_share_is_written_once():
    g = ladder(2)
    worked = question(g, g["y"], g["x"])
    (line,) = [line for line in lines(worked) if "the sum over the 4 paths" in line.reason]
    assert plain(line.right) == (
        "dy/dh10*(dh10/dh00*dh00/dx + dh10/dh01*dh01/dx) + dy/dh11*(dh11/dh00*dh00/dx + dh11/dh01*dh01/dx)"
    )


def test_a_name_that_all_paths_go_through_parts_the_sum():
    g = sg.Graph("two diamonds")
    x = g.input("x")
    a, b = g.define("a", exp(x)), g.define("b", sg.sin(x))
    m = g.define("m", a * b)
    c, d = g.define("c", m**2), g.define("d", sg.cos(m))
    y = g.define("y", c + d)
    worked = question(g, y, x)
    (line,) = [line for line in lines(worked) if "the sum over the 4 paths" in line.reason]
    assert plain(line.right) == "(dy/dc*dc/dm + dy/dd*dd/dm)*(dm/da*da/dx + dm/db*db/dx)"


def test_the_table_and_the_drawing():
    g = ladder(2)
    worked = question(g, g["y"], g["x"])
    (table,) = [b for b in worked.blocks if isinstance(b, Table)]
    assert next(words(row[1]) for row in table.rows) == "x → h00 → h10 → y"
    (drawn,) = [b for b in worked.blocks if isinstance(b, Diagram)]
    assert {(e.start, e.end) for e in drawn.edges if e.marked} == {(e.start, e.end) for e in drawn.edges}


def test_local_derivatives_are_shown_once_in_an_exercise():
    g = sg.Graph("chain")
    w, v = g.parameters("w v")
    h = g.define("h", exp(w))
    y = g.define("y", sg.sin(h) * v)
    questions = [sg.Paths("a", of=y, wrt=h), sg.Paths("b", of=y, wrt=w)]
    first, second = sg.Exercise(id="e", title="E", graph=g, questions=questions).key().questions
    assert (plain(lines(first)[0].left), plain(lines(first)[0].right)) == ("dy/dh", "v*cos(h)")
    assert [words(b.run) for b in second.blocks if isinstance(b, Prose) and b.kind == "given"] == ["dy/dh from (a)."]


# --- refused


def test_too_many_paths_are_refused_with_their_number():
    g = ladder(8)
    assert engine.Paths(g.derive(g["y"], wrt=g["x"], check=False).engine).count == 2**8
    with pytest.raises(Unsupported) as refusal:
        question(g, g["y"], g["x"])
    assert refusal.value.what == "256 paths from x to y"
    assert "at most 64" in str(refusal.value) and "sg.Question" in str(refusal.value)


def wrong_value(path):
    return replace(path, value=scale(path.value, 2))


def wrong_chain(path):
    return replace(path, chain=scale(path.chain, -1))


def wrong_factor(path):
    first, *rest = path.factors
    return replace(path, factors=(replace(first, value=scale(first.value, 3)), *rest))


@pytest.mark.parametrize(
    "fault", [wrong_value, wrong_chain, wrong_factor, None], ids=lambda f: getattr(f, "__name__", "none")
)
def test_a_path_that_is_wrong_or_missing_is_refused(fault, monkeypatch):
    right = engine.Paths.all.func
    faulty = property(lambda self: tuple(map(fault, right(self))) if fault else right(self)[1:])
    monkeypatch.setattr(room.Ways, "all", faulty)
    g = ladder(1)
    with pytest.raises(CertificateError):
        question(g, g["y"], g["x"])


def test_numbers_that_do_not_add_up_are_refused(monkeypatch):
    monkeypatch.setattr(room, "_same", lambda one, other: False)
    g = ladder(1)
    g.values(x=1)
    with pytest.raises(CertificateError, match="do not add up"):
        question(g, g["y"], g["x"])


def test_answers_are_judged():
    g = ladder(1)
    exercise = sg.Exercise(id="e", title="E", graph=g, questions=[sg.Paths("a", of=g["y"], wrt=g["x"])])
    assert exercise.grade("a", "1 - h00**2 + 2*(1 - h01**2)").is_right
    assert not exercise.grade("a", "1 - h00**2 + 2*(1 - h00**2)").is_right
