"""The HTML key: what is in the file, that prose stays prose, and what Chromium makes of it."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from symgrad.explain.blocks import Key, Line, Lines, Prose, Question
from symgrad.render.detail import KINDS
from symgrad.render.escape import seen
from symgrad.render.html import html
from symgrad.render.latex import latex
from symgrad.render.page import SCRIPT, STYLE
from tests.render.samples import COMPACT, D_X, HOSTILE, KEY, LONG, hostile_key


class Page(HTMLParser):
    """Elements with their attributes, and the text that stands outside style and script."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.code: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, text: str) -> None:
        (self.code if self.open and self.open[-1] in ("style", "script") else self.texts).append(text)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_page_has_what_a_page_needs():
    text = html(KEY)
    page = Page(text)
    assert text.startswith("<!doctype html>") and page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("h2")) == len(KEY.questions)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert not re.search(r"\b(?:src|href)=\"(?!#)", text) and "@import" not in text and "url(" not in text


def test_contents_lead_to_the_questions():
    page = Page(html(KEY))
    targets = {attributes.get("id") for attributes in page.all("section")}
    links = [attributes["href"] for attributes in page.all("a")]
    assert links == [f"#part-{question.id}" for question in KEY.questions]
    assert {link[1:] for link in links} <= targets


def test_one_formula_a_cell_and_a_spoken_line_a_step():
    text = html(KEY, 3)
    cells = re.findall(r"<td class=\"(?:left|right)\">(.*?)(?:<div class=\"more\">.*?)?</td>", text, re.S)
    assert cells and all(
        cell.count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"') <= 1 for cell in cells
    )
    rows = re.findall(r'<tr class="line.*?</tr>', text, re.S)
    assert rows and all('<span class="spoken">' in row for row in rows)
    assert "d f by d mu is minus gamma over the deviation times the sum of d f by d y i" in text
    assert '<span class="spoken">sum(x[i] - mu, i=1..m) = 0</span>' in text


def test_a_row_is_copied_whole():
    page = Page(html(KEY, 3))
    copied = [attributes["data-latex"] for tag, attributes in page.elements if "data-latex" in attributes]
    assert f"{latex(D_X)} = {latex(COMPACT)}" in copied and f"{latex(D_X)} = {latex(LONG)}" in copied


def test_a_wide_right_side_goes_on_below():
    assert html(KEY, 2).count('<div class="more">') == 1


def test_classes_of_lines():
    text = html(KEY, 3)
    assert '<tr class="line boxed"' in text and '<tr class="line aside"' in text
    for name in ("boxed", "aside", "more", "spoken", "checked", "given", "lead", "part", "steps", "scroll", "copy"):
        assert f".{name}" in STYLE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_paragraph(kind):
    lead = KINDS[kind].lead
    text = html(Key("e", "t", (Prose(("Words.",), kind),), ()), 3)
    start = f'<span class="lead">{lead}</span> ' if lead else ""
    shown = "<h3>Words.</h3>" if kind == "heading" else f'<p class="{kind}">{start}Words.</p>'
    assert shown in text


def test_details_differ():
    lengths = [html(KEY, detail).count("<tr class=") for detail in (1, 2, 3)]
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_stays_prose(text):
    page = Page(html(hostile_key(text), 3))
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert page.code == [STYLE, SCRIPT]
    assert not page.all("img")
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)
    assert "".join(page.texts).count(seen(text)) > 20


def test_no_navigation_for_one_question():
    assert "<nav" not in html(Key("e", "t", (), (Question("a", ("x",), ()),)))


def test_a_line_without_any_left_side():
    text = html(Key("e", "t", (Lines((Line(None, D_X),)),), ()))
    assert '<td class="left"></td>' in text


# --- in the browser

WINDOW = """<!doctype html><body><script>
const frame = document.createElement("iframe");
frame.style = "border:0;width:WIDTHpx;height:800px";
frame.srcdoc = PAGE;
frame.onload = () => {
  const page = frame.contentDocument, boxes = [...page.querySelectorAll("math")].map(m => m.getBoundingClientRect());
  const ink = frame.contentWindow.getComputedStyle(page.documentElement).backgroundColor;
  document.body.textContent = "RESULT" + JSON.stringify({
    scroll: page.documentElement.scrollWidth, client: page.documentElement.clientWidth,
    count: boxes.length, empty: boxes.filter(b => b.width <= 0 || b.height <= 0).length,
    buttons: page.querySelectorAll("button.copy").length, title: page.title, paper: ink,
    spoken: [...page.querySelectorAll(".spoken")].filter(s => s.getBoundingClientRect().width > 1).length,
    owned: typeof frame.contentWindow.owned,
  }) + "END";
};
document.body.append(frame);
</script>"""


def browse(chromium: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def look(chromium: str, folder: Path, page: str, wide: int, *arguments: str) -> dict[str, object]:
    """The page in a frame `wide` pixels across, measured."""
    quoted = json.dumps(page).replace("</", r"<\/").replace("<!--", r"<\u0021--")
    (folder / "window.html").write_text(WINDOW.replace("WIDTH", str(wide)).replace("PAGE", quoted), encoding="utf-8")
    run = browse(chromium, folder, *arguments, "--dump-dom", (folder / "window.html").as_uri())
    found = re.search(r"RESULT(.*)END", run.stdout, re.S)
    assert found, run.stdout[:500]
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.browser
@pytest.mark.parametrize("wide", [360, 800, 1200])
def test_browser_shows_every_formula_without_scrolling_the_page(chromium, tmp_path, wide):
    seen_there = look(chromium, tmp_path, html(KEY, 3), wide)
    assert seen_there["count"] == html(KEY, 3).count("<math ") and seen_there["empty"] == 0
    assert seen_there["scroll"] == seen_there["client"] <= wide
    assert seen_there["spoken"] == 0


@pytest.mark.browser
def test_browser_light_and_dark(chromium, tmp_path):
    light = look(chromium, tmp_path, html(KEY), 800, "--blink-settings=preferredColorScheme=1")
    dark = look(chromium, tmp_path, html(KEY), 800, "--blink-settings=preferredColorScheme=0")
    assert light["paper"] == "rgb(253, 252, 249)" and dark["paper"] == "rgb(25, 24, 23)"


@pytest.mark.browser
def test_browser_runs_no_script_of_the_text(chromium, tmp_path):
    for text in HOSTILE:
        assert look(chromium, tmp_path, html(hostile_key(text), 3), 800)["title"] == seen(text).strip()


@pytest.mark.browser
def test_browser_would_not_run_a_script_that_got_in(chromium, tmp_path):
    """The second fence: the page names the one script that may run. Without it the same script does run."""
    page = html(KEY).replace("<main>", "<main><script>owned = 1</script>")
    assert look(chromium, tmp_path, page, 800)["owned"] == "undefined"
    unfenced = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert look(chromium, tmp_path, unfenced, 800)["owned"] == "number"


@pytest.mark.browser
def test_browser_prints(chromium, tmp_path):
    (tmp_path / "key.html").write_text(html(KEY, 3), encoding="utf-8")
    browse(chromium, tmp_path, f"--print-to-pdf={tmp_path / 'key.pdf'}", (tmp_path / "key.html").as_uri())
    assert (tmp_path / "key.pdf").read_bytes().startswith(b"%PDF")
