# ruff: noqa: E501  (formulas are not broken over lines)
"""Numbers, lists, counts, shapes, ranges, places, inequalities as answers: what is right, and what shows the rest."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import symgrad as sg
from symgrad.errors import DeclarationError, ReadError
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from tests.student.test_answers import loaded


def graded(part: str, text: str):
    name, _, part = part.partition(".")
    return loaded(name).grade(part, text)


def exercise(graph, *questions, **options):
    return sg.Exercise(id="own", title="Own", graph=graph, questions=list(questions), **options)


def thirds(**options):
    """y = x/3 at x = 1: a value that is no decimal."""
    g = sg.Graph("thirds")
    x = g.input("x")
    y = g.define("y", x / 3)
    g.values(x=1)
    return exercise(g, sg.Forward("value", of=[y]), sg.Question("slope", of=y, wrt=x), **options)


# --- numbers, exact and rounded


@pytest.mark.parametrize("text", ["1/3", r"\frac13", "y = 1/3", "y = x/3 = 1/3", "2/6", r"\frac{40}{120}"])
def test_a_value_is_compared_exactly(text):
    assert thirds().grade("value", text).kind == "right"


@pytest.mark.parametrize("text", ["0.33", "0.333333333", "1/4", "y = 1/3 = 0.3", "x/4"])
def test_a_decimal_of_a_third_is_wrong_unless_allowed(text):
    assert thirds().grade("value", text).kind == "wrong"


@pytest.mark.parametrize(
    ("convention", "right", "wrong"),
    [
        ("numbers may be rounded to 2 places", ["0.33", "0.333", "1/3"], ["0.3", "0.34", "0.332"]),
        ("numbers may be off by 0.01", ["0.33", "0.34", "0.3433"], ["0.3", "0.32", "0.344"]),
    ],
)
def test_a_declared_rounding_is_named_in_the_verdict(convention, right, wrong):
    own = thirds(conventions=[convention])
    for part in ("value", "slope"):
        for text in right:
            found = own.grade(part, text)
            assert found.kind == "right", found.text
            assert "/" in text or any(word in " ".join(found.notes) for word in ("rounded", "within")), found.notes
        assert all(own.grade(part, text).kind == "wrong" for text in wrong)


def test_an_unknown_rounding_is_refused():
    with pytest.raises(DeclarationError, match="unknown convention"):
        thirds(conventions=["numbers may be rounded"]).grade("slope", "1")


def test_a_name_alone_is_no_value():
    found = thirds().grade("value", "x/3")
    assert found.kind == "right, not worked out"
    assert "names are left" in found.reason


def test_numbers_of_a_gradient_and_formulas_stay_apart():
    """Right at the numbers is enough for a number, not for a formula."""
    assert graded("residual_graph.w0", "-0.2").kind == "right"
    found = graded("residual_graph.w0", "w_1 x_0")
    assert found.kind == "wrong"
    assert found.witness.inputs


def test_a_chain_from_formula_to_numbers_is_judged_side_by_side():
    right = graded("relu_mlp.W3", r"2(\hat y - y) ReLU'(a^{(3)}) z^{(2)T} = -4 (38,22) = (-152,-88)")
    assert right.kind == "right"
    assert [one.kind for one in right.steps] == ["right"] * 3
    slip = graded("relu_mlp.W3", r"2(\hat y - y) z^{(2)T} = -4 (38,22) = (-152,-88)")
    assert slip.kind == "right value, step not justified"
    assert slip.steps[0].kind == "wrong"


def test_a_tuple_lies_either_way_a_column_does_not():
    assert graded("relu_mlp.W3", "(-152, -88)").kind == "right"
    column = graded("relu_mlp.W3", r"\begin{pmatrix}-152\\-88\end{pmatrix}")
    assert column.kind == "wrong"
    assert "a column of 2 is given, and the answer is a row of 2" in column.reason
    assert column.under == {"transposes and Hadamard products need not be marked": "right"}


def test_wrong_entries_are_named():
    found = graded("relu_mlp.W2", "[[16,64,72],[-24,-96,-107]]")
    assert found.witness.at == {"i": 1, "j": 2}
    assert (found.witness.given, found.witness.expected) == (-107, -108)
    assert found.points.share == Fraction(5, 6)
    several = graded("relu_mlp.W2", "[[16,63,72],[-24,-96,-107]]")
    assert "2 of 6 entries are wrong: i = 0, j = 1; i = 1, j = 2" in several.reason


# --- values of names


def test_what_is_missing_of_a_forward_pass_is_named():
    found = graded("relu_mlp.forward", "a1 = (2,8,9), z1 = (2,8,9), a2 = (38,22)")
    assert found.kind == "incomplete" and not found.is_right
    assert found.reason == "z2, a3, yhat, L are missing; what is said is right"
    assert found.points.share == Fraction(3, 7)


def test_a_name_that_repeats_what_is_given_need_not_be_said():
    text = "a1 = z1 = (2,8,9), a2 = z2 = (38,22), a3 = yhat = 8, L = 4"
    assert graded("relu_mlp.forward", text).kind == "right"
    assert graded("relu_mlp.forward", "z0 = (2,2), " + text).kind == "wrong"


def test_values_in_the_order_asked_and_in_another():
    values = "0.3, 0.4, 0.4, -0.08, -0.38, 0.62, 0.62"
    found = graded("residual_graph.forward", values)
    assert found.kind == "right"
    assert "read in the order asked: xw0, xwb0, x1, xw1, y1, yx, z" in found.notes
    other = graded("residual_graph.forward", "0.4, 0.3, 0.4, -0.08, -0.38, 0.62, 0.62")
    assert other.kind == "not understood"
    assert "another order" in other.reason
    assert graded("residual_graph.forward", "0.3, 0.4").kind == "not understood"


def test_entries_one_by_one():
    text = "Z[0,0] = 6*1 - 4 = 2, Z[0,1] = -1, Z[1,0] = -4"
    assert graded("conv_numeric.output", f"{text}, Z[1,1] = 4").kind == "right"
    found = graded("conv_numeric.output", text)
    assert found.reason.startswith("Z[1, 1] is missing")
    assert graded("conv_numeric.output", "Z[2,0] = 1").kind == "not understood"


def test_differentials_beside_values():
    values = "0.4, 0.4, -0.08, -0.38, 0.62, 0.62"
    names = ["xwb0", "x1", "xw1", "y1", "yx", "z"]
    rest = ", ".join(f"{n} = {x}" for n, x in zip(names, values.split(", "), strict=True))
    for change in ("dxw0 = w0 dx0 + x0 dw0", "dxw0 = 0.3 dx0 + dw0"):
        assert graded("residual_graph.forward", f"xw0 = 0.3, {change}, {rest}").kind == "right"
    found = graded("residual_graph.forward", f"xw0 = 0.3, dxw0 = w0 dx0, {rest}")
    assert found.kind == "wrong"
    assert found.reason == "dxw0"


# --- counts


@pytest.mark.parametrize(
    "text",
    [
        "3x3x3x100 + 100 = 2800",
        "2800",
        r"3 \cdot 3 \cdot 3 \cdot 100 = 2700, 2700 + 100 = 2800",
        "2,800",
        "= 2800",
        "2800 parameters",
    ],
)
def test_counts_with_and_without_their_arithmetic(text):
    assert graded("conv_stack_parameters.layer1", text).kind == "right"


def test_a_wrong_step_to_the_right_count():
    found = graded("conv_stack_parameters.layer1", "3*3*3*100 + 10 = 2800")
    assert found.kind == "right value, step not justified"
    assert "3 * 3 * 3 * 100 + 10 = 2800 does not hold: 2710 and 2800" in found.reason
    assert found.points.share == Fraction(1, 2)


def test_a_count_in_symbols_is_right_but_not_worked_out():
    assert graded("conv_tensor.multiplications", "K^2 N (H-K+1)(V-K+1) M").kind == "right, not worked out"
    assert graded("conv_tensor.multiplications", "K^2 N (H-K)(V-K+1) M").kind == "wrong"
    assert graded("conv_tensor.multiplications", "K^2 N (H-K+1)(V-K+1) M = 5133600").kind == "right"


@pytest.mark.parametrize("text", ["not 2800", "2800 or 2700", "2700, 2800", "2800 apples"])
def test_words_that_turn_the_sense_are_no_answer(text):
    assert graded("conv_stack_parameters.layer1", text).kind == "not understood"


# --- shapes and ranges


@pytest.mark.parametrize(
    ("part", "right"),
    [
        ("mlp_shapes.X", ["(m, 10)", "m x 10", r"m \times 10", "X: (m,10)", "shape(X) = (m, 10)"]),
        ("conv_tensor.shapes", ["(46,62,20)", "46x62x20", "Z and U (46,62,20)", "Z: 46 x 62 x 20; U: (H-K+1, V-K+1, M)"]),
        ("conv_sizes.general", [
            r"\left(\left\lfloor \frac{n+2\mathrm{pad}-k}{s} \right\rfloor + 1, \lfloor (n+2pad-k+s)/s \rfloor, \ell\right)",
            "(floor((n+2 pad-k)/s + 1), ceil((n+2 pad-k+1)/s), l)",
        ]),
        ("conv_extremes.size", ["4x4", "(4, 4)", "(n-K+1) x (n-K+1)", "4 by 4"]),
    ],
)  # fmt: skip
def test_shapes_in_many_clothes(part, right):
    for text in right:
        found = graded(part, text)
        assert found.kind == "right", (text, found.text)


def test_a_ceiling_that_differs_somewhere_is_found():
    """ceil((n - k + 1)/s) is floor((n - k)/s) + 1 everywhere, ceil((n - k)/s) is not."""
    assert graded("conv_sizes.general", "(ceil((n+2 pad-k)/s), ceil((n+2 pad-k)/s), l)").kind == "wrong"


def test_the_batch_axis_may_be_left_out_and_that_is_said():
    found = graded("dense_parameters.sizes", "1024, 512, 1")
    assert found.kind == "right under convention"
    assert "the axis of B is left out" in found.notes


@pytest.mark.parametrize(
    "text", ["0 <= k1 <= 1, 0 <= k2 <= 1", r"0 \le k_1, k_2 \le 1", "k1 = 0, 1; k2 = 0, 1", "0 <= k1 < 2, 0 <= k2 < K"]
)
def test_ranges_in_many_clothes(text):
    assert graded("conv_extremes.limits", text).kind == "right"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 <= k1 <= 2, 0 <= k2 <= 1", "k1: last value"),
        ("1 <= k1 <= 1, 0 <= k2 <= 1", "k1: first value"),
        ("0 <= k1 <= 1", "k2 is missing"),
        ("k1 <= 1, 0 <= k2 <= 1", "k1: first value is missing"),
        ("k1 = 0, 1, 2; k2 = 0, 1", "2 not among them"),
    ],
)
def test_what_is_wrong_with_a_range_is_said(text, reason):
    found = graded("conv_extremes.limits", text)
    assert found.kind == ("incomplete" if "missing" in reason else "wrong")
    assert reason in found.reason


# --- places


@pytest.mark.parametrize(
    "text",
    ["6 at (1,3), (2,3)", r"\{(1,3),(2,3)\}", "(2,3) and (1,3)", "Z[1,3] = Z[2,3] = 6", "max = 6 at (1,3), (2,3)"],
)
def test_places_in_many_clothes(text):
    assert graded("conv_extremes.max", text).kind == "right"


def test_places_that_are_missing_or_too_many_are_named():
    found = graded("conv_extremes.max", "6 at (1,3) and (2,2)")
    assert found.reason == "(2, 3) missing; (2, 2) is not one of them"
    assert found.witness.at == {"i": 2, "j": 2}
    assert graded("conv_extremes.max", "7 at (1,3), (2,3)").reason == "the value: "
    assert graded("conv_extremes.max", "(9,9), (1,3), (2,3)").reason == "(9, 9) is no place of Z"
    assert graded("conv_extremes.max", "min = 6 at (1,3), (2,3)").kind == "not understood"


# --- equations, formulas, inequalities


def test_an_equation_that_does_not_conform_names_the_product():
    for text in ("W_o ReLU(W_h X + b_h) + b_o", "W_o a(W_h X + b_h) + b_o"):
        found = graded("mlp_shapes.equation", text)
        assert found.kind == "wrong"
        assert "10 x 50 times m x 10 does not conform" in found.reason
        assert "unless 50 = m" in found.reason
    assert graded("mlp_shapes.equation", "a(X W_h + b_h) W_o + b_o").kind == "not understood"
    assert graded("mlp_shapes.equation", "Y = H W_o + b_o").kind == "right, not worked out"
    assert graded("mlp_shapes.equation", "Y = Y").kind == "right, not worked out"
    assert graded("mlp_shapes.equation", r"ReLU(X W_h + \mathbf{1} b_h) W_o + \mathbf{1} b_o").kind == "right"


def test_a_product_with_dots():
    text = r"\frac{\partial L}{\partial z_n}\frac{\partial z_n}{\partial z_{n-1}}\cdots\frac{\partial z_{i+1}}{\partial z_i}"
    assert graded("gradient_flow.1", text).kind == "right"
    assert graded("gradient_flow.1", text.replace("{i+1}", "{i+2}").replace("z_i}", "z_{i+1}}")).kind == "wrong"


def test_a_formula_that_is_right_at_small_sizes_only_is_wrong():
    assert graded("gradient_flow.5", "0.5^{n+1}").kind == "right"
    assert graded("gradient_flow.5", "0.5^{n+1} + (n-1)(n-2)(n-3)(n-5)").kind == "wrong"
    assert graded("gradient_flow.5", "c^{n+1}").kind == "wrong"  # right at the numbers, not as a formula


def test_a_left_side_says_what_the_formula_is_of():
    assert graded("gradient_flow.6", r"\frac{\partial L}{\partial y_0} = g_B (1+c)^B").kind == "right"
    assert graded("gradient_flow.6", r"\frac{\partial L}{\partial y_B} = g_B (1+c)^B").kind != "right"
    assert graded("optimizers.adam", r"E[m_t] = 1 - \beta_1^t").kind == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "N >= ln(0.05)/ln(0.95) = 58.4, so 59; N >= ln(0.005)/ln(0.95) = 103.29, so 104",
        "q = 0.95 -> 58.4 -> 59; q = 0.995 -> 103.29 -> 104",
        r"N \ge \frac{\ln(1-q)}{\ln(1-p)}, N = 59, N = 104",
        r"N \geq \frac{\ln 0.05}{\ln 0.95} \approx 58.40, \lceil 58.40 \rceil = 59; 104",
        "N > 58, N > 103",
    ],
)
def test_sample_sizes_in_many_clothes(text):
    found = graded("hyperparameter_search.random", text)
    assert found.kind == "right", found.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"N \le \frac{\ln(1-q)}{\ln(1-p)}, 59, 104", "it flips"),
        ("N >= ln(0.05)/ln(0.95) = 58.5, so 59; 104", "58.5, but the answer is 58.404"),
        ("58, 103", "58, but the answer is 59"),
        ("59", "q = 0.995 is missing"),
        ("N >= ln(0.95)/ln(0.05), 59, 104", "0.0171221, but the answer is 58.404"),
    ],
)
def test_what_is_wrong_with_a_sample_size_is_said(text, reason):
    found = graded("hyperparameter_search.random", text)
    assert found.kind == ("incomplete" if "missing" in reason else "wrong")
    assert reason in found.text


def test_the_sign_of_a_bound():
    steps = "\n(0.9, 0), (0.81, 0), (0.729, 0), (0.6561, 0), (0.59049, 0)"
    for text in ("alpha < 2/lambda", "0 < alpha < 2/lambda = 0.2", r"2/\lambda > \alpha", "alpha < 0.2"):
        assert graded("optimizers.sgd", text + steps).kind == "right", text
    for text in ("alpha > 2/lambda", "alpha <= 2/lambda", "alpha < 1/lambda", r"\alpha < 2\lambda", "alpha < 0.3"):
        assert graded("optimizers.sgd", text + steps).kind == "wrong", text


def test_steps_are_rounded_only_where_they_are_long():
    bound = "alpha < 2/lambda;"
    assert graded("optimizers.sgd", bound + "(0.9, 0), (0.81, 0), (0.729, 0), (0.656, 0), (0.590, 0)").kind == "wrong"
    missing = graded("optimizers.sgd", bound + "(0.9, 0), (0.81, 0)")
    assert "step 3, step 4, step 5" in missing.text


# --- kinds of one's own


def test_a_question_of_ones_own_is_graded():
    g = sg.Graph("own")
    n = g.size("n")
    i = g.index("i", n, start=1)
    x = g.input("x", i)
    s = g.define("s", sg.Sum(x[i] ** 2, i))
    g.values(x=[1, 2, 3])
    own = exercise(g, sg.Forward("value", of=[s]), sg.Shape("shape", of=x), sg.Question("slope", of=s, wrt=x[i]))
    assert own.grade("value", "1 + 4 + 9 = 14").kind == "right"
    assert own.grade("value", "1 + 4 + 8 = 14").kind == "right value, step not justified"
    assert own.grade("shape", "n").kind == "right"
    assert own.grade("shape", "3").kind == "right"
    assert own.grade("slope", "2 x_i").kind == "right"
    assert own.grade("slope", "(2, 4, 6)").kind == "right"
    found = own.grade("slope", "(2, 4, 5)")
    assert found.witness.at == {"i": 3}


def test_values_without_numbers_are_refused_when_the_grader_is_made():
    g = sg.Graph("no numbers")
    y = g.define("y", g.input("x") ** 2)
    with pytest.raises(DeclarationError, match="has no numbers"):
        exercise(g, sg.Forward("value", of=[y])).grade("value", "1")


def test_the_mistake_of_an_answer_in_numbers_is_what_the_verdict_says():
    found = loaded("conv_numeric").diagnose("output", "[[2,-1],[-4,5]]")
    assert "i = 1, j = 1" in found.text
    assert "4" not in found.hint
    assert loaded("conv_numeric").diagnose("output", "[[2,-1],[-4,4]]").text == "nothing that is wrong was found"
    with pytest.raises(DeclarationError, match="no choices"):
        loaded("conv_numeric").choices("output")


def test_a_fresh_copy_judges_alike():
    own = replace(loaded("conv_numeric"), conventions=["numbers may be off by 0.5"])
    assert own.grade("output", "[[2,-1],[-4,4.4]]").kind == "right"


# --- the reading of lists


def test_pieces_and_their_labels():
    names = Names.of(symbols=[("Z", "", 3), ("U", "", 3)], sizes="m")
    assert [p.label for p in pieces("Z and U (1, 2, 3); Z: (m, 2, 3)", names)] == [("Z", "U"), ("Z",)]
    assert len(pieces("1, 2 and 3\n4", names)) == 4
    assert len(pieces("Z =\n(1,\n2, 3)", names)) == 1
    with pytest.raises(ReadError, match="apples"):
        pieces("3 apples", names)
    assert len(pieces("3 apples", names, words=["apples"])) == 1
    with pytest.raises(ReadError, match="not"):
        pieces("not 3", names, words=["not"])


# --- points


def test_paths_and_factors_that_are_right_are_counted():
    path = (
        r"\frac{\partial f}{\partial \hat{x}_i} / \sqrt{\sigma^2+\epsilon} + \frac{1}{m}\frac{\partial f}{\partial\mu}"
    )
    found = loaded("batch_normalization").diagnose("f", path)
    assert found.points.share == Fraction(2, 3)
    assert any("missing" in said for said in found.points.said)
    factor = loaded("relu_mlp").diagnose("W1", r"\left(w^{(2)\top}\delta^{(2)}\right) x^\top")
    assert factor.points.share == Fraction(5, 6)
    assert factor.points.said == ("5 of 6 factors",)


def test_points_are_plain_data(capsys):
    import json

    from symgrad.cli import main

    assert main(["grade", "conv_numeric.output", "[[2,-1],[-4,5]]", "--diagnose", "--json"]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert verdict["points"] == {"share": "3/4", "said": ["3 of 4 entries"]}


@pytest.mark.parametrize(
    ("part", "text", "mistake", "said"),
    [
        ("residual_graph.x0", "-0.06", "path", "is missing"),
        ("residual_graph.x0", "0.3 * (-0.2) = -0.06", "path", "is missing"),
        ("relu_mlp.W2", "[[8,32,36],[-12,-48,-54]]", "factor", "off by the factor 1/2"),
        ("relu_mlp.b2", "(8, 12)", "entry", "at i = 1"),
    ],
)
def test_what_went_wrong_in_numbers(part, text, mistake, said):
    name, part = part.split(".")
    found = loaded(name).diagnose(part, text)
    assert found.mistake == mistake
    assert said in found.text


def test_a_rounded_number_is_right_under_the_convention_that_allows_it():
    own = thirds()
    for part in ("value", "slope"):
        found = own.grade(part, "0.33")
        assert found.kind == "wrong"
        assert found.under == {"numbers may be rounded to 2 places": "right"}
        assert own.grade(part, "0.34").under == {}


def test_arithmetic_beside_a_shape_and_every_side_of_a_chain():
    assert graded("conv_sizes.valid", "36 - 3 + 1 = 34, 34 x 34").kind == "right"
    assert graded("conv_sizes.valid", "36 - 3 + 2 = 34, 34 x 34").kind == "right value, step not justified"
    assert graded("conv_sizes.valid", "(36-3+1) x (36-3+1) = 34 x 34").kind == "right"
    assert graded("conv_sizes.valid", "(36-3) x (36-3+1) = 34 x 34").kind == "right value, step not justified"


def test_a_tuple_with_a_transpose_lies_as_is_wanted():
    for text in ("[8,-12]^T", "(8,-12)^T", "[[8],[-12]]"):
        assert graded("relu_mlp.b2", text).kind == "right"
    assert graded("relu_mlp.W2", "(8,-12) (2,8,9)^T").kind == "right"
    assert graded("relu_mlp.W2", "(2,8,9) (8,-12)^T").kind == "wrong"


def test_the_greater_of_0_and_a_matrix_is_its_relu():
    for text in (r"Y = \max(0, X W_h + b_h) W_o + b_o", "np.maximum(X @ W_h + b_h, 0) @ W_o + b_o"):
        assert graded("mlp_shapes.equation", text).kind == "right"
    assert graded("mlp_shapes.equation", r"Y = \max(1, X W_h + b_h) W_o + b_o").kind != "right"


def test_one_value_of_an_index_may_be_its_number_of_values():
    found = graded("conv_tensor.channels", "n = 10, m = 20")
    assert found.kind == "not understood"
    assert "one value, or how many?" in found.reason
    assert graded("conv_extremes.limits", r"k_1 \in \{0, 1\}, k_2 \in \{0, 1\}").kind == "right"


PRINTED = [
    ("W2", "np.array([[16,64,72],[-24,-96,-108]])", "right"),
    ("W2", "array([[  16.,   64.,   72.],\n       [ -24.,  -96., -108.]])", "right"),
    ("W2", "[[  16.   64.   72.]\n [ -24.  -96. -108.]]", "right"),
    ("W2", "[[  16.   64.   72.]\n [ -24.  -96. -107.]]", "wrong"),
    ("W2", "tensor([[16., 64., 72.], [-24., -96., -108.]], dtype=torch.float64)", "right"),
    ("W2", "[16 64 72; -24 -96 -108]", "right"),
    ("W2", "[16, 64, 72; -24, -96, -108;]", "right"),
    ("W2", "[16 -24; 64 -96; 72 -108]", "wrong"),
    ("W2", "{{16,64,72},{-24,-96,-108}}", "right"),
    ("W2", "[16 64 72; -24 -96]", "not understood"),
    ("b2", "[  8. -12.]", "right"),
    ("b2", "[8 - 12]", "wrong"),
    ("b2", "8, -12", "right"),
    ("b2", "-12, 8", "wrong"),
    ("b2", "8 -12", "wrong"),
    ("W3", r"\delta^{(3)}(z^{(2)})^\top = [-152 \quad -88]", "right"),
    ("W3", r"[-152 \; -88]", "right"),
    ("W3", r"[-152 & -88]", "right"),
    ("W3", r"[-152 \; 88]", "wrong"),
    ("W3", r"\begin{bmatrix}-152, -88\end{bmatrix}", "right"),
    ("b2", r"(8\ {-12})^T", "right"),
    ("b2", r"[8 -12]", "right"),
    ("b2", r"(8 -12)", "wrong"),
    ("b1", r"[16 \quad 12 \quad -4]^T", "right"),
    ("W2", "[16, 64, 72; -24, -96, -108]", "right"),
    ("b3", "-4.", "right"),
    ("b3", "4,000", "not understood"),
    ("forward", "z0 = [2 1], a1 = np.array([2, 8, 9]), z1 = [2. 8. 9.], a2 = [38 22], z2 = (38, 22), a3 = 8, yhat = 8, L = 4", "right"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "text", "verdict"), PRINTED, ids=lambda value: str(value)[:40])
def test_arrays_as_programs_print_them(part, text, verdict):
    found = loaded("relu_mlp").grade(part, text)
    assert found.kind == verdict, found.text
