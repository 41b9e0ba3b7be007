"""What is let into a formula, and what is not."""

import pytest

from symgrad.errors import SymgradError
from symgrad.render.commands import COMMANDS, DEEPEST, ENVIRONMENTS, WORDS, admitted, refusal
from symgrad.render.mathml import mathml
from symgrad.render.width import pieces
from tests.render.samples import FORMULAS


def sample(command: str) -> str:
    """The command with as many arguments as its row says."""
    if command == r"\mathbb":
        return r"\mathbb{R}"
    return command + "{x}" * COMMANDS[command].arguments


@pytest.mark.parametrize("command", COMMANDS)
def test_row_says_what_is_printed(command):
    row = COMMANDS[command]
    assert bool(refusal(sample(command))) is not row.latex
    if row.mathml:
        assert mathml(sample(command), display=True).startswith("<math")
    else:
        with pytest.raises(SymgradError, match="not a command that is printed in mathml"):
            mathml(sample(command), display=True)


@pytest.mark.parametrize("word", WORDS)
def test_word_commands_hold_words_only(word):
    assert refusal(rf"\{word}{{ReLU2}}") == ""
    for bad in ("$", "a_b", "{a}", "\\x", "<", "", "a&b", "é"):
        assert refusal(rf"\{word}{{{bad}}}")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_open_and_close(environment):
    assert refusal(rf"\begin{{{environment}}}a & b\\c & d\end{{{environment}}}") == ""
    assert refusal(rf"\begin{{{environment}}}a") == rf"\end{{{environment}}} is missing at the end"


@pytest.mark.parametrize("tree", FORMULAS, ids=repr)
def test_everything_we_write_is_in_the_table(tree):
    for limit in (3.0, 1000.0):
        for piece in pieces(tree, limit):
            assert refusal(piece) == "" and refusal(piece, "mathml") == ""


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (r"\input{/etc/passwd}", r"\input is not a command that is printed in latex"),
        (r"\write18{ls}", r"\write is not a command that is printed in latex"),
        (r"\def\x{}", r"\def is not a command that is printed in latex"),
        (r"x}", "} closes nothing"),
        (r"{x", "} is missing at the end"),
        (r"\left(x", r"\right is missing at the end"),
        (r"\left(x}", "} closes nothing"),
        (r"x\right)", r"\right) closes nothing"),
        (r"\begin{tabular}", r"\begin{tabular} is not an environment that is printed"),
        (r"\end{cases}", r"\end{cases} closes nothing"),
        (r"\frac{a}", "a group is missing at the end"),
        (r"\frac ab", "a where a group in braces belongs"),
        (r"x^2^3", "two ^ on one symbol"),
        (r"x'^2", "two ^ on one symbol"),
        (r"x^2'", "two ^ on one symbol"),
        (r"x_'", "' where a group in braces belongs"),
        (r"x^\frac{a}{b}", r"\frac after ^ or _ without braces"),
        (r"\text{a$}", r"\text holds letters and digits only"),
        (r"a & b", "& outside a table"),
        (r"a\\b", r"\\ outside a table"),
        (r"{a\\b}", r"\\ outside a table"),
        ("a%b", "'%' is not a character of a formula"),
        ("a$b", "'$' is not a character of a formula"),
        ("a#b", "'#' is not a character of a formula"),
        ("a~b", "'~' is not a character of a formula"),
        ("a\nb", r"'\n' is not a character of a formula"),
        ("σ", "'σ' is not a character of a formula"),
        ("a\\", r"'\\' is not a character of a formula"),
        ("{" * (DEEPEST + 1), f"more than {DEEPEST} nested groups"),
    ],
)
def test_refusals(formula, reason):
    assert refusal(formula) == reason


@pytest.mark.parametrize(
    "formula",
    [
        r"\hat{x}_{i}^{2}",
        r"x''",
        r"W^\top",
        r"x^{2}y^{2}",
        r"x^2{y}^3",
        r"{\left(a\right)}^{2}",
        r"\substack{a\\b}",
        r"P(y=j|x)",
        r"\frac{a}{b}^{2}",
        r"\left\lVert x\right\rVert",
    ],
)
def test_admitted(formula):
    assert admitted(formula) == formula


def test_the_error_shows_the_formula():
    with pytest.raises(SymgradError) as caught:
        admitted(r"\foo{x}")
    assert caught.value.where == r"\foo{x}"
    assert caught.value.what == r"not a formula that can be printed: \foo is not a command that is printed in latex"
