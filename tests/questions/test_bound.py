"""The bound of all paths by the number of their factors: from the forms of the local derivatives, or refused."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.errors import CertificateError, DeclarationError, Unsupported
from symgrad.explain.blocks import Lines
from symgrad.questions import bound as room
from symgrad.render.plain import plain


def chain(last=lambda g, n, w: g(w * n)) -> sg.Graph:
    """x -> n1 -> n2 -> n3 -> E, each n a function of a weight times the one before."""
    net = sg.Graph("chain")
    g, n = net.function("g"), net.input("x")
    for k in (1, 2, 3):
        w = net.parameter(f"w{k}")
        n = net.define(f"n{k}", last(g, n, w) if k == 3 else g(w * n))
    net.define("E", n**2)
    return net


def question(net, wrt, of="E"):
    part = sg.PathBound("a", of=net[of], wrt=[net[name] for name in wrt])
    return sg.Exercise(id="e", title="E", graph=net, questions=[part]).key().questions[0]


def test_the_bound_by_the_number_of_factors():
    worked = question(chain(), ["n3", "n2", "n1", "w1"])
    neurons, weights = worked.record["bounds"]
    assert neurons["wrt"] == ["n3", "n2", "n1"] and weights["wrt"] == ["w1"]
    assert {k: v["text"] for k, v in neurons["bounds"].items()} == {
        "1": "abs(dE/dn_out)",
        "2": "abs(dE/dn_out)*max|g'|*max|w|",
        "3": "abs(dE/dn_out)*max|g'|**2*max|w|**2",
    }
    assert weights["bounds"]["4"]["text"] == "abs(dE/dn_out)*max|g'|**3*max|w|**2*max|x|"


def test_the_argument_line_by_line():
    worked = question(chain(), ["n1", "w2"])
    neurons, weights = (b.lines for b in worked.blocks if isinstance(b, Lines))
    assert [(x.relation, plain(x.right)) for x in neurons] == [
        ("=", "abs(dE/dn_out)*prod(abs(g'(u[k]))*abs(w[k]), k=1..K-1)"),
        ("<=", "abs(dE/dn_out)*prod(max|g'|*max|w|, k=1..K-1)"),
        ("=", "abs(dE/dn_out)*(max|g'|*max|w|)**(K - 1)"),
    ]
    assert plain(weights[-1].right) == "abs(dE/dn_out)*(max|g'|*max|w|)**(K - 2)*max|g'|*max|n|"


def test_other_forms_have_their_own_bound():
    """A square of the weight stands in each factor, and a number."""
    net = sg.Graph("squares")
    n = net.input("x")
    for k in (1, 2):
        n = net.define(f"n{k}", 3 * net.parameter(f"w{k}") ** 2 * n)
    net.define("E", n)
    worked = question(net, ["n1", "x"])
    assert worked.record["bounds"][1]["bounds"]["3"]["text"] == "abs(dE/dn_out)*9*max|w|**4"


def test_different_forms_are_refused_with_both():
    with pytest.raises(Unsupported) as refusal:
        question(chain(lambda g, n, w: g(n)), ["n1"])
    assert refusal.value.what == "local derivatives of different forms have no common bound"
    assert "dn2/dn1" in f"{refusal.value.expected}{refusal.value.given}"


def test_what_is_no_product_is_refused():
    with pytest.raises(Unsupported, match="not a product of names and slopes"):
        question(chain(lambda g, n, w: g(w * n) + n), ["n1"])


def test_a_path_through_a_vector_is_refused():
    """Its chain is a sum of products, so the absolute value of one product bounds nothing."""
    net = sg.Graph("vectors")
    x, v, w = net.input("x"), net.parameter("v", 3), net.parameter("w", 3)
    h = net.define("h", v * x)
    m = net.define("m", sg.sum(w * h))
    net.define("E", m**2)
    with pytest.raises(Unsupported, match="a path through h is a sum over its entries"):
        question(net, ["x"])


def test_no_ends_and_no_factors_between_are_refused():
    with pytest.raises(DeclarationError, match="no ends of paths"):
        question(chain(), [])
    with pytest.raises(Unsupported, match="no path with two factors"):
        question(chain(), ["n3"])


def test_a_bound_that_is_too_small_is_caught(monkeypatch):
    """The greatest of a family without its last member is no bound."""
    right = room._Bound._greatest

    def smaller(self, name, free):
        members = self.members[name]
        kept = dict(list(members.items())[:1])
        self.members[name] = kept
        found = right(self, name, free)
        self.members[name] = members
        return found

    monkeypatch.setattr(room._Bound, "_greatest", smaller)
    with pytest.raises(CertificateError, match="numbers do not confirm a line"):
        question(chain(), ["n2", "n1", "w1"])
