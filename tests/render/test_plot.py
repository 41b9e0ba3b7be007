"""Plots: a picture in HTML that the page's policy lets through, the points in the other formats, exact data in JSON."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Curve, Key, Plot, Question
from symgrad.render.chart import SHAPES, Axis, chart
from symgrad.render.document import fragment
from symgrad.render.html import html
from symgrad.render.markdown import markdown
from symgrad.render.page import STYLE
from symgrad.render.record import record

FALLS = Curve("falls", tuple((Fraction(n), Fraction(1, 10) ** n) for n in range(5)))
GROWS = Curve("grows", ((Fraction(0), Fraction(1)), (Fraction(4), Fraction(4, 3))))
PLOT = Plot((FALLS, GROWS), "layers", "gradient", log=True, caption=("words",))
KEY = Key("e", "t", (), (Question("a", ("A",), (PLOT,)),))


def picture(plot):
    return ElementTree.fromstring(chart(plot))


def test_the_picture_is_xml_without_style_attributes():
    tree = picture(PLOT)
    assert tree.attrib["role"] == "img" and "falls, 5 points from (0, 1) to (4, 0.0001)" in tree.attrib["aria-label"]
    assert not [e for e in tree.iter() if "style" in e.attrib or "fill" in e.attrib or "stroke" in e.attrib]
    assert "<script" not in chart(PLOT)


def test_every_class_of_the_picture_is_in_the_style_of_the_page():
    classes = {word for e in picture(PLOT).iter() for word in e.attrib.get("class", "").split()}
    assert {f".{word}" for word in classes} <= set(re.findall(r"\.[\w-]+", STYLE))
    assert all(f"--curve{n}" in STYLE and f".curve{n}" in STYLE for n in range(len(SHAPES)))


def test_points_lie_where_their_numbers_are():
    """On a logarithmic axis equal ratios are equal distances, and greater is higher."""
    circles = [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in picture(PLOT).iter("circle")]
    across = [b[0] - a[0] for a, b in itertools.pairwise(circles)]
    down = [b[1] - a[1] for a, b in itertools.pairwise(circles)]
    assert len(circles) == 5 and max(across) - min(across) < 0.11 and max(down) - min(down) < 0.11
    assert min(across) > 0 and min(down) > 0
    assert all(0 < x < 640 and 0 < y < 340 for x, y in circles)


@pytest.mark.parametrize(
    ("values", "log", "texts"),
    [
        ((0, 6), False, ["0", "2", "4", "6"]),
        ((1, Fraction(1, 10**4)), True, ["0.0001", "0.001", "0.01", "0.1", "1"]),
        ((2, 2), False, ["1", "1.5", "2", "2.5", "3"]),
        ((Fraction(1, 2), Fraction(9, 10)), True, ["0.5", "0.6", "0.7", "0.8", "0.9"]),
    ],
)
def test_marks_on_an_axis(values, log, texts):
    assert [text for _, text in Axis([Fraction(v) for v in values], 0, 100, log).marks] == texts


def test_a_logarithmic_plot_of_what_is_not_positive_is_refused():
    with pytest.raises(SymgradError, match="a logarithmic axis"):
        Plot((Curve("c", ((Fraction(0), Fraction(0)),)),), "x", "y", log=True)
    with pytest.raises(SymgradError, match="no points"):
        Plot((Curve("c", ()),), "x", "y")


def test_the_page_has_the_picture_its_legend_and_the_points():
    page = html(KEY)
    assert page.count('<svg class="picture"') == 1 and page.count('<svg class="sample"') == 2
    assert 'style="' not in page and "(1, 0.1)" in page and "<figcaption>words</figcaption>" in page


def test_other_formats_list_the_points():
    for text in (fragment(KEY), markdown(KEY)):
        assert "(0, 1), (1, 0.1), (2, 0.01)" in text and "(4, 1.33333)" in text and "six significant digits" in text


def test_the_record_is_exact():
    (block,) = record(KEY)["questions"][0]["blocks"]
    assert block["kind"] == "plot" and block["log"] and block["curves"][1]["points"] == [["0", "1"], ["4", "4/3"]]


def test_names_stay_text():
    """Nothing a name says becomes markup, in any format."""
    evil = '<script>alert("1")</script> & $x$ | \\input{x} *b*'
    key = Key("e", "t", (), (Question("a", ("A",), (Plot((Curve(evil, GROWS.points),), evil, evil),)),))
    page = html(key)
    assert "<script>alert" not in page and page.count("<script>") == 1
    assert r"\input{x}" not in fragment(key) and "<script>" not in markdown(key)
    ElementTree.fromstring(chart(key.questions[0].blocks[0]))


@pytest.mark.plot
def test_figures_of_a_key(tmp_path):
    from symgrad.plot import figures

    (figure,) = figures(KEY)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["falls", "grows"] and axes.get_yscale() == "log"
    assert list(axes.lines[1].get_ydata()) == pytest.approx([1, 4 / 3]) and axes.get_xlabel() == "layers"
    figure.savefig(tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").stat().st_size > 1000


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    from symgrad.plot import figure

    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(SymgradError) as refusal:
        figure(PLOT)
    assert refusal.value.fix == 'pip install "symgrad[plot]"'
