"""The harness itself: what is printed is what is judged, wrong answers are found and shrunk, everything comes up."""

from __future__ import annotations

from collections import Counter

import pytest
import sympy

import symgrad as sg
from symgrad.errors import SymgradError
from tests.fuzz import judge as judging
from tests.fuzz.generate import generated
from tests.fuzz.graphs import (
    LOSS,
    Call,
    Cases,
    Definition,
    Delta,
    Given,
    Graph,
    Index,
    Mul,
    Num,
    Over,
    Pow,
    Question,
    Ref,
    lin,
    lins,
    tensors,
    walk,
    weight,
)
from tests.fuzz.judge import Answer, Verdict, answered, compared, judge, shows
from tests.fuzz.oracles import chosen_sizes, sampled, torch_truth, truth
from tests.fuzz.show import NAMED, declaration
from tests.fuzz.shrink import is_whole, shrunk
from tests.fuzz.terms import KINKED, REDUCTIONS, SMOOTH, STEEP

SEEDS = range(600)


def squares() -> Graph:
    """d1 = sum of x[i]^2 c and twice that of y, by x: more than a smallest example needs."""
    x, c = Ref("x", (lin("i"),)), Ref("c")
    d0 = Definition("d0", ("i",), Mul((Pow(x, 2), c)))
    d1 = Definition("d1", (), Over("Sum", Mul((Num(2), Ref("d0", (lin("j"),)), Call("cos", (Ref("c"),)))), "j"))
    return Graph(
        "squares", ("n",), (), tuple(Index(name, lin("n")) for name in "ijq"), (),
        (Given("x", "parameter", ("i",)), Given("c", "input", (), "positive")), (d0, d1), (),
        Question(Ref("d1"), Ref("x", (lin("q"),))),
    )  # fmt: skip


def test_the_printed_declaration_asks_the_same_question():
    """Two graphs from one seed are equal, and what is printed gives the answer that is judged."""
    for seed in range(4):
        graph = generated(seed)
        assert graph == generated(seed)
        room: dict = {}
        exec(declaration(graph), room)
        assert room["d"].answer == answered(graph).formula


def test_a_declaration_reads_as_one_would_write_it():
    assert declaration(squares()).splitlines()[4:] == [
        'g = sg.Graph("squares")',
        'n = g.size("n")',
        'i, j, q = g.indices("i j q", n)',
        'x = g.parameter("x", i)',
        'c = g.input("c", sign="positive")',
        'd0 = g.define("d0", x[i]**2*c, over=i)',
        'd1 = g.define("d1", sg.Sum(2*d0[j]*sp.cos(c), j))',
        "d = g.derive(d1, wrt=x[q])",
    ]


def test_a_right_answer_is_right_and_a_wrong_one_is_not():
    graph = squares()
    right = answered(graph)
    assert judge(graph) == Verdict("right") == compared(graph, right)
    for wrong in (2 * right.formula, -right.formula, right.formula + sympy.Rational(1, 10**5), sympy.Integer(0)):
        assert compared(graph, Answer(wrong, {})).kind == "wrong"
    unread = sympy.IndexedBase("x")[sympy.Symbol("q") + 1]
    assert compared(graph, Answer(unread, {})).reason == "KeyError while it is evaluated"


def test_a_wrong_engine_is_found_shrunk_and_reproduced(monkeypatch):
    """An engine that forgets the factor of a square: the smallest graph that shows it is a square."""
    honest = sg.Graph.derive

    def forgetful(self, of, wrt, **options):
        found = honest(self, of, wrt, **options)
        squared = any(d.poly and "**2" in str(self.show(d.poly)) for d in self.model.definitions)
        return Doctored(found) if squared else found

    monkeypatch.setattr("symgrad.api.Graph.derive", forgetful)
    graph = squares()
    verdict = judge(graph)
    assert verdict.kind == "wrong" and "is" in verdict.detail
    small = shrunk(graph, shows(verdict))
    assert is_whole(small) and weight(small) < weight(graph) / 2
    assert declaration(small).splitlines()[5:] == [
        'x = g.input("x")',
        'd0 = g.define("d0", x**2)',
        "d = g.derive(d0, wrt=x)",
    ]
    room: dict = {}
    exec(declaration(small), room)
    assert str(room["d"].answer) == "x"
    monkeypatch.undo()
    exec(declaration(small), room)
    assert str(room["d"].answer) == "2*x"


class Doctored:
    """A derivation whose answer is half of what it should be."""

    def __init__(self, found: sg.Derivation) -> None:
        self.answer, self.where = found.answer / 2, found.where


def features(graph: Graph) -> set[str]:
    """What a graph has in it, as words."""
    bodies = [d.body for d in graph.definitions] + [graph.question.of]
    nodes = [node for body in bodies for node in walk(body)]
    index = {i.name for i in graph.indices}
    found = {node.head for node in nodes if isinstance(node, Call)}
    found |= {f"{node.kind}{' dependent' if node.low else ''}" for node in nodes if isinstance(node, Over)}
    found |= {c.relation for node in nodes if isinstance(node, Cases) for c in node.conditions}
    found |= {f"power {node.p}/{node.q}" for node in nodes if isinstance(node, Pow)}
    found |= {"delta" for node in nodes if isinstance(node, Delta)}
    for at in (at for node in nodes if isinstance(node, Ref) for at in lins(node)):
        own = [(c, names) for c, names in at.terms if set(names) & index]
        found |= {"shift" if len(at.terms) > len(own) == 1 and own[0][0] == 1 else ""}
        found |= {"flip"} if any(c < 0 for c, _ in own) else set()
        found |= {"stride"} if any(c > 1 for c, _ in own) else set()
        found |= {"symbolic stride"} if any(len(names) > 1 for _, names in own) else set()
        found |= {"window"} if len(own) > 1 else set()
    uses = Counter(name for body in bodies for name in tensors(body))
    found |= {"fan-out"} if any(uses[d.name] > 1 for d in graph.definitions) else set()
    twins = Counter((d.axes, d.body) for d in graph.definitions)
    found |= {"equal right sides"} if any(count > 1 for count in twins.values()) else set()
    found |= {"start 1"} if any(i.start for i in graph.indices) else set()
    found |= {"rounded range"} if any(i.by != lin(1) for i in graph.indices) else set()
    found |= {"one-hot"} if any(t.sign == "one-hot" for t in graph.given) else set()
    q = graph.question
    found |= {"loss"} if LOSS in tensors(q.of) else set()
    found |= {"by a definition"} if q.wrt.name in {d.name for d in graph.definitions} else set()
    found |= {"Jacobian"} if graph.free and q.wrt.at else set()
    found |= {"second derivative"} if q.then else set()
    found |= {"keep"} if q.keep else {"inline"} if q.inline else set()
    return found - {""}


WANTED = {
    *SMOOTH, *STEEP, *KINKED, *REDUCTIONS, "log", "pow", "psi", "max", "min", "where", "Sum", "Sum dependent",
    "<=", "<", ">=", "!=", "==", "delta", "power 1/2", "power -1/2", "power 3/2", "power -1/1", "power 3/1",
    "shift", "flip", "stride", "symbolic stride", "window", "start 1", "rounded range", "one-hot",
    "fan-out", "equal right sides", "loss", "by a definition", "Jacobian", "second derivative", "keep", "inline",
}  # fmt: skip


def test_everything_comes_up():
    found = Counter(feature for seed in SEEDS for feature in features(generated(seed)))
    assert not {feature: found[feature] for feature in WANTED if found[feature] < 2}


def test_most_gradients_are_not_zero():
    zero = 0
    for seed in range(100):
        graph = generated(seed)
        values = truth(sampled(graph, chosen_sizes(graph, 0)[0], 0))
        zero += not any(abs(v) > 1e-9 for v in values.values())
    assert zero <= 20


def test_every_function_has_a_name_in_the_declaration():
    assert {*SMOOTH, *STEEP, *KINKED} - {"phi"} <= NAMED.keys()


@pytest.mark.oracle
def test_differences_agree_with_pytorch():
    """Two truths from the same loops; and answers against PyTorch's."""
    compared_with = 0
    for seed in range(60):
        graph = generated(seed)
        if len(graph.entries) > 1:
            continue
        sample = sampled(graph, chosen_sizes(graph, 0)[0], 0)
        try:
            answer = answered(graph)
        except SymgradError:
            continue
        theirs, ours = torch_truth(sample), truth(sample)
        scale = max(1.0, *(abs(v) for v in theirs.values()))
        assert ours == pytest.approx(theirs, abs=1e-7 * scale), f"seed {seed}"
        at = sorted(theirs)[:40]
        assert judging.evaluated(sample, answer, at) == pytest.approx({p: theirs[p] for p in at}, abs=1e-9 * scale)
        compared_with += 1
    assert compared_with > 45
