"""Names that meet names of the engine, and questions whose answer is easily taken for nothing."""

from __future__ import annotations

import pytest
from sympy import Function, KroneckerDelta

import symgrad as sg
from tests.derive.textbook import is_equal


def layer():
    g = sg.Graph("small")
    n = g.size("n")
    i, j = g.indices("i j", n)
    x, w = g.input("x", i), g.parameter("w", i)
    y = g.define("y", x[i] * w[i], over=i)
    return g, i, j, x, w, y


def test_a_penalty_added_to_an_unknown_loss():
    g, i, j, _, w, y = layer()
    f = g.loss("f", of=y)
    lam = g.constant("lam", positive=True)
    R = g.define("R", f + lam * sg.Sum(w[j] ** 2, j))
    d = g.derive(R, wrt=w[i], check=False)
    assert "df_dy" in d.poly.tensors
    assert d.certificate.holds


def test_a_function_of_an_unknown_loss():
    g, i, _, x, _, y = layer()
    f = g.loss("f", of=y)
    d = g.derive(f**2, wrt=x[i], check=False)
    assert d.poly, "2 f df/dy w, not 0"
    assert d.certificate.holds


@pytest.mark.parametrize("name", ["df_dy", "df_dx", "py_px"])
def test_a_name_that_reads_like_a_gradient(name):
    """It is another name: either it is refused where it is declared, or the answer is right."""
    g, i, j, x, _, y = layer()
    f = g.loss("f", of=y)
    try:
        g.input(name, i, j) if name == "py_px" else g.input(name, i)
    except sg.DeclarationError:
        return
    d = g.derive(f, wrt=x[i], check=False)
    kinds = {d.engine.model.tensors[t].kind for t in d.poly.tensors}
    assert "upstream" in kinds
    assert d.certificate.holds


def test_a_size_that_reads_like_a_made_up_index():
    g = sg.Graph("made up")
    n, j1 = g.sizes("n j1")
    k, j = g.indices("k j", n)
    A, c = g.input("A", k, j), g.input("c", k)
    B = g.define("B", A[k, j] ** 2 * c[k], over=(k, j))
    C = g.define("C", sg.Sum(B[k, j], j) * j1, over=k)
    d = g.derive(C[k], wrt=c[j], check=False)
    assert j1 in d.answer.free_symbols
    assert d.certificate.holds


@pytest.mark.parametrize("of", ["x", "y"])
def test_a_name_by_itself_is_a_delta(of):
    g, i, j, x, _, y = layer()
    t = {"x": x, "y": y}[of]
    assert is_equal(g.derive(t[j], wrt=t[i]), KroneckerDelta(i, j))


def test_by_a_definition_that_is_written_out():
    g, i, j, _, _, y = layer()
    L = g.define("L", sg.Sum(y[j] ** 2, j))
    with pytest.raises(sg.SymgradError):
        g.derive(L, wrt=y[i], inline=[y])


@pytest.mark.parametrize("option", ["keep", "inline"])
def test_an_option_that_names_no_definition_is_refused(option):
    g, i, j, x, _, y = layer()
    L = g.define("L", sg.Sum(y[j] ** 2, j))
    other = sg.Graph("other")
    u = other.input("u", other.index("r", other.size("m")))
    for handle in (x, u):
        with pytest.raises(sg.DeclarationError):
            g.derive(L, wrt=x[i], **{option: [handle]})


def test_a_derivation_of_another_graph_is_refused():
    g, i, j, x, _, y = layer()
    d = g.derive(sg.Sum(y[j] ** 2, j), wrt=x[i])
    other = sg.Graph("other")
    r = other.index("r", other.size("m"))
    u = other.input("u", r)
    with pytest.raises(sg.DeclarationError):
        other.derive(d, wrt=u[r])


@pytest.mark.parametrize("body", ["even", "both"])
def test_every_second_entry(body):
    g = sg.Graph("every second entry")
    n = g.size("n")
    i, p = g.index("i", n), g.index("p", 2 * n)
    x = g.input("x", p)
    y = g.define("y", x[2 * i] if body == "even" else x[2 * i] ** 2 + x[2 * i + 1], over=i)
    d = g.derive(g.loss("f", of=y), wrt=x[p])
    assert d.certificate.holds and d.answer is not None


def test_unused_and_empty_definitions():
    g, i, j, x, w, _ = layer()
    zero = g.define("zero", x[i] - x[i], over=i)
    wide = g.define("wide", w[j], over=(i, j))
    assert str(g.derive(sg.Sum(zero[i] * w[i], i), wrt=x[j]).answer) == "0"
    assert is_equal(g.derive(sg.Sum(wide[i, j] ** 2, i, j), wrt=w[i]), 2 * sg.Sum(w[i], j))


def test_folding_never_divides_by_what_may_be_zero():
    """D_i = x_i b_i: x_i is not D_i / b_i; relu(x_i) b_i = Q_i is not Q_i / b_i."""
    g, i, j, x, b, _ = layer()
    c = g.input("c", i)
    D = g.define("D", x[i] * b[i], over=i)
    Q = g.define("Q", Function("relu")(x[i]) * b[i], over=i)
    for of in (sg.Sum(D[j] * c[j], j), sg.Sum(Q[j] * c[j], j), sg.Sum(D[j] ** 2, j) * sg.Sum(c[j], j)):
        for by in (x, b, c):
            answer = g.derive(of, wrt=by[i]).answer
            assert not [p for p in answer.atoms() if p.is_negative and p.is_Integer and p != -1]
            assert answer.as_numer_denom()[1] == 1, answer


def test_a_sum_of_probabilities_is_one_only_over_all_of_them():
    from sympy import exp

    g = sg.Graph("part of a softmax")
    n = g.size("n")
    g.require(n >= 2)
    i, k = g.indices("i k", n)
    late, shifted = g.index("late", n - 1, start=1), g.index("shifted", n, start=1)
    h = g.input("h", i)
    P = g.define("P", exp(h[i]) / sg.Sum(exp(h[k]), k), over=i)
    part, whole = g.define("part", sg.Sum(P[late], late)), g.define("whole", sg.Sum(P[shifted - 1], shifted))
    assert str(g.derive(whole, wrt=h[i]).answer) == "0"
    assert str(g.derive(part, wrt=h[i]).answer) != "0"


# --- facts by name ----------------------------------------------------------------------------------------------------


def centred():
    """A sum of squares of deviations, with two facts: the values sum to 0, the weights to 1."""
    g = sg.Graph("facts by name")
    i, k = g.indices("i k", g.size("n"))
    x, w = g.input("x", i), g.input("w", i)
    names = g.fact(sg.Sum(x[i], i), 0), g.fact(sg.Sum(w[i], i), 1, name="weights")
    L = g.define("L", sg.Sum(x[i], i) ** 2 * sg.Sum(w[i], i) + sg.Sum(x[i] ** 3, i))
    return g, names, L, x[k]


def test_each_fact_can_be_left_out():
    g, (values, weights), L, by = centred()
    assert g.facts == (values, weights) == ("Sum(x[i], (i, 0, n - 1)) = 0", "weights")
    texts = {
        (): "3*x[k]**2",
        (weights,): "3*x[k]**2",
        (values,): "3*x[k]**2 + 2*sum(x[i], i=0..n-1)",
        g.facts: "3*x[k]**2 + 2*sum(w[i], i=0..n-1)*sum(x[i], i=0..n-1)",
    }
    for without, text in texts.items():
        d = g.derive(L, wrt=by, without=without)
        assert d.text == text and d.report.proved
        assert {name for name, _ in d.ledger} == set(g.facts) - set(without)


def test_a_fact_that_is_not_used_is_reported():
    g, (values, weights), L, by = centred()
    d = g.derive(L, wrt=by)
    used, unused = d.ledger
    assert used[0] == values and used[1].endswith("= 3*x[k]**2") and unused == (weights, "not used")
    exercise = sg.Exercise("facts", "Facts", g, [sg.Question("a", of=L, wrt=by)])
    said = [
        run[-1] for block in exercise.key().statement if isinstance(run := getattr(block, "run", ()), tuple) and run
    ]
    assert said.count("; no answer uses this.") == 1


def test_without_names_a_fact():
    g, _, L, by = centred()
    with pytest.raises(sg.DeclarationError, match="not a fact of this graph") as caught:
        g.derive(L, wrt=by, without=["weight"])
    assert "weights" in str(caught.value)
    assert g.derive(L, wrt=by, without="weights").certificate.holds
