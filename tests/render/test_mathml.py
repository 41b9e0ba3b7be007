"""The wrapper around latex2mathml: each mending rule, the shape of every tree, and what it refuses."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

from symgrad.errors import SymgradError
from symgrad.render.commands import DEEPEST
from symgrad.render.latex import latex
from symgrad.render.mathml import mathml
from tests.render.samples import FORMULAS

SPACE = "{http://www.w3.org/1998/Math/MathML}"
COUNTS = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "semantics": 2}


def parsed(formula: str, display: bool = True) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(formula, display))


def inner(formula: str) -> str:
    """What stands in the row, without name space."""
    row = parsed(formula)[0][0]
    return (
        "".join(ElementTree.tostring(child, encoding="unicode") for child in row)
        .replace(' xmlns:ns0="http://www.w3.org/1998/Math/MathML"', "")
        .replace("ns0:", "")
    )


def bad_count(element: ElementTree.Element) -> str:
    tag = element.tag.removeprefix(SPACE)
    if len(element) != COUNTS.get(tag, len(element)):
        return tag
    return next((found for child in element if (found := bad_count(child))), "")


@pytest.mark.parametrize("tree", FORMULAS, ids=repr)
@pytest.mark.parametrize("display", [True, False])
def test_well_formed_and_complete(tree, display):
    formula = latex(tree)
    root = parsed(formula, display)
    assert root.tag == f"{SPACE}math" and root.get("display") == ("block" if display else "inline")
    assert bad_count(root) == ""
    semantics = root[0]
    assert [child.tag for child in semantics] == [f"{SPACE}mrow", f"{SPACE}annotation"]
    assert semantics[1].get("encoding") == "application/x-tex" and semantics[1].text == formula
    shown = "".join(semantics[0].itertext())
    assert "\\" not in shown and "&" not in shown


def test_the_count_is_not_blind():
    assert bad_count(ElementTree.fromstring("<mrow><mfrac><mi>x</mi></mfrac></mrow>")) == "mfrac"


FENCE = ' stretchy="{}" fence="true" form="{}"'
RULES = [
    (r"\max_{i} x", '<munder><mo movablelimits="true">max</mo><mrow><mi>i</mi></mrow></munder><mi>x</mi>'),
    (r"\max\left(x\right)", "<mi>max</mi>"),
    (r"\operatorname{ReLU}\left(x\right)", "<mi>ReLU</mi>"),
    (r"\mathrm{ReLU}", "<mi>ReLU</mi>"),
    (r"\mathrm{d}", '<mi mathvariant="normal">d</mi>'),
    (r"\partial x", "<mi>∂</mi><mi>x</mi>"),
    (r"\nabla", '<mi mathvariant="normal">∇</mi>'),
    (r"W^{\top}", '<msup><mi>W</mi><mrow><mi mathvariant="normal">⊤</mi></mrow></msup>'),
    (r"\boldsymbol{\mu}", "<mi>𝝁</mi>"),
    (r"\boldsymbol{x}", "<mi>𝒙</mi>"),
    (r"\mathbf{1}", "<mn>𝟏</mn>"),
    (r"\mathbf{W}", "<mi>𝐖</mi>"),
    (r"\hat{x}", '<mover accent="true"><mrow><mi>x</mi></mrow><mo stretchy="false">^</mo></mover>'),
    (r"\bar{x}", '<mover accent="true"><mrow><mi>x</mi></mrow><mo stretchy="false">¯</mo></mover>'),
    (r"\widehat{xy}", '<mover accent="true"><mrow><mi>x</mi><mi>y</mi></mrow><mo stretchy="true">^</mo></mover>'),
    (r"a = -x", '<mo>=</mo><mo form="prefix">−</mo><mi>x</mi>'),
    (r"a - x", "<mi>a</mi><mo>−</mo><mi>x</mi>"),
    (r"\left(-2\right)", '<mo form="prefix">−</mo><mn>2</mn>'),
    (r"\left(a\right) - b", "</mrow><mo>−</mo><mi>b</mi>"),
    (r"(a) - b", '<mo stretchy="false">)</mo><mo>−</mo><mi>b</mi>'),
    (r"\left(x\right)", f"<mo{FENCE.format('false', 'prefix')}>(</mo><mi>x</mi>"),
    (r"\left(\frac{a}{b}\right)", f"<mo{FENCE.format('true', 'prefix')}>(</mo><mfrac>"),
    (r"\frac{a}{b} c", '</mfrac><mspace width="0.1667em" /><mi>c</mi>'),
    (r"a \exp\left(x\right)", '<mi>a</mi><mspace width="0.1667em" /><mi>exp</mi>'),
    (r"a;b:c", "<mo>;</mo><mi>b</mi><mo>:</mo>"),
    (r"{\left(a\right)}^{2}", "<msup><mrow>"),
]


@pytest.mark.parametrize(("formula", "expected"), RULES, ids=[row[0] for row in RULES])
def test_rule(formula, expected):
    assert expected in inner(formula)


@pytest.mark.parametrize("sign", ["sum", "prod"])
def test_limits_stand_below_and_above_also_within_brackets(sign):
    for formula in (rf"\{sign}_{{i = 1}}^{{m}} x", rf"\left(\{sign}_{{i = 1}}^{{m}} x\right)"):
        assert "<munderover>" in inner(formula) and "msubsup" not in inner(formula)
        assert "<munder>" in inner(formula.replace("^{m}", ""))


@pytest.mark.parametrize(
    "formula",
    [
        r"\foo{x}",
        r"\begin{aligned}a\end{aligned}",
        r"\text{<script>alert(1)</script>}",
        r"\boxed{x}",
        r"\tag{1}",
        r"\unicode{x3c}",
        r"\newcommand{\x}{y}",
        r"\operatorname*{arg\max}_i",
        r"\frac{a}",
        "&#60;",
        "x\x00",
        "{" * (DEEPEST + 1) + "}" * (DEEPEST + 1),
        r"\frac" * 400,
    ],
)
def test_refuses(formula):
    with pytest.raises(SymgradError, match="not a formula that can be printed"):
        mathml(formula, display=True)


def test_a_prime_is_no_superscript():
    """The sign is raised already: raised again it is tiny and floats above the letter."""
    prime = '<mo form="postfix">′</mo>'
    assert f"<mrow><mi>f</mi>{prime}</mrow>" in mathml(r"f'(x)", display=True)
    assert f"<msub><mrow><mi>f</mi>{prime}</mrow><mrow><mn>1</mn></mrow></msub>" in mathml(r"f'_{1}(x)", display=True)
    assert "<msup><mi>f</mi><mn>2</mn></msup>" in mathml("f^2", display=True)


def test_text_is_escaped():
    assert "x &lt; 2 &gt; 1" in mathml("x < 2 > 1", display=False)


def test_a_conversion_that_lost_something_is_refused(monkeypatch):
    """Should latex2mathml change, a command left as text or a fraction with one child is seen."""
    for broken in ("<math><mrow><mi>\\foo</mi></mrow></math>", "<math><mrow><mfrac><mi>x</mi></mfrac></mrow></math>"):
        monkeypatch.setattr(
            sys.modules[mathml.__module__],
            "convert_to_element",
            lambda *_, text=broken, **__: ElementTree.fromstring(text),
        )
        with pytest.raises(SymgradError, match="latex2mathml did not convert this"):
            mathml("x", display=True)


def test_is_deterministic():
    assert mathml(r"\sum_{i} x_{i}", True) == mathml(r"\sum_{i} x_{i}", True)
