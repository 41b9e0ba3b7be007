"""Diagrams: every arrow points to the right, nothing overlaps, and each format says what is in it."""

from __future__ import annotations

import itertools
import json
import re
from xml.etree import ElementTree

import pytest

from symgrad.errors import SymgradError
from symgrad.explain.blocks import Diagram, Edge, Key, Node
from symgrad.render.document import document, fragment
from symgrad.render.html import html
from symgrad.render.layers import GAP, HEIGHT, Placed
from symgrad.render.markdown import markdown
from symgrad.render.record import dumps
from symgrad.render.svg import alternative, svg
from symgrad.render.tikz import WIDEST, tikz
from tests.render.samples import name


def diagram(*arrows: str, marked: str = "") -> Diagram:
    """`ab` is an arrow from a to b."""
    letters = dict.fromkeys("".join(arrows))
    nodes = tuple(Node(letter, name(rf"{letter}_1", f"{letter}1"), letter in marked) for letter in letters)
    return Diagram(nodes, tuple(Edge(a, b, f"{a}{b}" in marked) for a, b in arrows), ("A graph.",))


SAMPLES = {
    "chain": diagram("ab", "bc", "cd"),
    "skip": diagram("ab", "bc", "cd", "ad", marked="ad"),
    "diamond": diagram("ab", "ac", "bd", "cd"),
    "crossed": diagram("ad", "bc", "ae", "bf", "cg", "dg", "eg", "fg"),
    "late": diagram("ab", "bc", "cd", "xd"),
    "apart": diagram("ab", "cd"),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_arrows_point_to_the_right_and_boxes_keep_apart(sample):
    placed = Placed(SAMPLES[sample])
    wide, high = placed.size
    for edge in placed.diagram.edges:
        xs = [x for x, _ in placed.points(edge)]
        assert xs == sorted(xs) and xs[-1] - xs[0] >= GAP - 1
    boxes = [(*placed.at(n.name), placed.widths[n.name]) for n in placed.diagram.nodes]
    for n, (x, y, w) in enumerate(boxes):
        assert w / 2 <= x <= wide - w / 2 and HEIGHT / 2 <= y <= high - HEIGHT / 2
        for other, down, v in boxes[:n]:
            assert abs(x - other) >= (w + v) / 2 or abs(y - down) >= HEIGHT


def test_a_long_arrow_keeps_clear_of_the_boxes_between():
    placed = Placed(SAMPLES["skip"])
    (skip,) = [e for e in placed.diagram.edges if (e.start, e.end) == ("a", "d")]
    inner = placed.points(skip)[1:-1]
    assert len(inner) == 2
    assert all(abs(y - placed.at(n)[1]) >= HEIGHT for (_, y), n in zip(inner, "bc", strict=True))


def test_an_input_stands_just_before_its_use():
    assert Placed(SAMPLES["late"]).ranks == {"a": 0, "b": 1, "c": 2, "d": 3, "x": 2}


def test_crossings_are_taken_out():
    placed = Placed(SAMPLES["crossed"])
    assert placed._crossings(placed.layers) == 0
    assert placed._crossings([list(reversed(layer)) for layer in placed.layers[:1]] + placed.layers[1:]) > 0


def test_a_cycle_is_refused():
    with pytest.raises(SymgradError, match="a diagram with a cycle"):
        svg(diagram("ab", "ba"))


def test_the_svg_is_well_formed_and_speaks():
    drawn = SAMPLES["skip"]
    root = ElementTree.fromstring(svg(drawn))
    assert root.get("role") == "img"
    assert (
        root.get("aria-label")
        == alternative(drawn)
        == "Arrows from a1 to b1; b1 to c1; c1, a1 to d1. Marked: a1 to d1."
    )
    tags = [element.tag.split("}")[-1] for element in root.iter()]
    assert tags.count("rect") == 4 and tags.count("foreignObject") == 4 and tags.count("math") == 4
    marked = [e.get("class") for e in root.iter() if "marked" in (e.get("class") or "")]
    assert sorted(marked) == ["edge marked", "head marked", "node marked", "node marked"]


def test_the_page_allows_it_and_names_no_address():
    page = html(Key("e", "A graph", (SAMPLES["skip"],), ()))
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert "style=" not in figure and "<figcaption>A graph.</figcaption>" in figure
    assert set(re.findall(r'https?://[^"\s]*', figure)) <= {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/1999/xhtml",
    }


def test_latex_lists_the_edges_unless_figures_are_wished_for():
    key = Key("e", "A graph", (SAMPLES["diamond"], SAMPLES["skip"]), ())
    plain = document(key)
    assert "tikz" not in plain
    listed = plain.replace(r"\ensuremath{\to}", "->").replace("$", "")
    assert "Edges: a_1 -> b_1; a_1 -> c_1; b_1, c_1 -> d_1." in listed
    assert listed.count("Edges: ") == 1, "what is marked is said by the text beside it"
    drawn = document(key, figures="tikz")
    assert r"\usepackage{tikz}" in drawn.split(r"\begin{document}")[0]
    assert drawn.count(r"\begin{tikzpicture}") == drawn.count(r"\end{tikzpicture}") == 2
    assert r"\usepackage" not in fragment(key, figures="tikz")
    with pytest.raises(SymgradError, match="no such kind of figures"):
        document(key, figures="png")


def test_tikz_fits_the_line():
    letters = "abcdefghijklmnopqrstuvwxyz"
    long = diagram(*(a + b for a, b in itertools.pairwise(letters)))
    scale = float(re.search(r"x=([\d.]+)pt", tikz(long))[1])
    assert scale * Placed(long).size[0] <= WIDEST + 1


def test_markdown_and_json():
    key = Key("e", "A graph", (SAMPLES["diamond"],), ())
    assert "Edges: $a_ 1$ → $b_ 1$; $a_ 1$ → $c_ 1$; $b_ 1$, $c_ 1$ → $d_ 1$." in markdown(key)
    (block,) = json.loads(dumps(key))["statement"]
    assert block["kind"] == "diagram" and [n["name"] for n in block["nodes"]] == list("abcd")
    assert block["edges"][0] == {"start": "a", "end": "b", "marked": False}


def test_the_same_text_each_time():
    assert svg(SAMPLES["crossed"]) == svg(diagram("ad", "bc", "ae", "bf", "cg", "dg", "eg", "fg"))
