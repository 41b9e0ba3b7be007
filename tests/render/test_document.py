"""The LaTeX key: what stands in the file, that it compiles with two packages, and that no line leaves the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symgrad.explain.blocks import Key, Line, Lines, Prose, Question, Table
from symgrad.render.commands import COMMANDS
from symgrad.render.detail import KINDS
from symgrad.render.document import document, fragment
from symgrad.render.latex import latex
from symgrad.render.macros import MACROS, PREAMBLE, SETTINGS
from symgrad.render.width import width
from tests.render.samples import FORMULAS, HOSTILE, KEY, LONG, XHAT_I, f, hostile_key, name, plus, times
from tests.render.test_commands import sample

ARTICLE = r"\documentclass{article}\usepackage{amsmath,amssymb}\begin{document}%s\end{document}"


def compiled(folder: Path, text: str, **files: str) -> str:
    """The log of pdflatex, which must succeed."""
    (folder / "key.tex").write_text(text, encoding="utf-8")
    for file, inside in files.items():
        (folder / f"{file}.tex").write_text(inside, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "key.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    log = (folder / "key.log").read_text(encoding="latin-1")
    assert run.returncode == 0, log[-2000:]
    return log


def worst(log: str) -> float:
    """The points by which the worst line leaves its column."""
    return max((float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)), default=0.0)


def body(text: str) -> str:
    """What was written for the key, without the fixed macros."""
    return text.replace(PREAMBLE, "").replace(MACROS, "").replace(SETTINGS, "")


def test_document_is_the_fragment_in_a_preamble():
    assert document(KEY) == f"{PREAMBLE}\\begin{{document}}\n{fragment(KEY)}\\end{{document}}\n"
    assert set(re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", document(KEY))) == {
        "amsmath,amssymb",
        "fontenc",
        "lmodern",
    }


def test_a_step():
    text = fragment(Key("e", "t", (Lines((Line(XHAT_I, name("y"), ("as ", f(name("z"))), boxed=True),)),), ()))
    assert "\\symgradstep{}{\\hat{x}_{i}}\n  {= \\boxed{y}}\n  {as $z$}%" in text


def test_an_aside_is_small_and_slanted():
    text = fragment(Key("e", "t", (Lines((Line(XHAT_I, name("y"), ("so",), aside=True),)),), ()))
    assert "\\symgradstep{\\small}{\\hat{x}_{i}}\n  {= y}\n  {\\itshape so}%" in text


def test_a_wide_right_side_is_broken_before_a_term():
    assert r"\begin{aligned}[t]&" in fragment(KEY) and fragment(KEY).count(r"\\&\quad{}+ ") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_paragraph(kind):
    text = fragment(Key("e", "t", (Prose(("Words.",), kind),), ()), 3)
    lead = KINDS[kind].lead
    words = r"\subsubsection*{Words.}" if kind == "heading" else (rf"\textit{{{lead}}} " if lead else "") + "Words."
    assert f"\n\n{words}\n\n" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_stays_prose(text):
    written = body(document(hostile_key(text), 3))
    assert written.isascii()
    assert r"\input" not in written and r"\write" not in written and written.count(r"\end{document}") == 1
    assert not re.search(r"(?<!\\)[#%]", written.replace("{%\n", "{\n").replace("}%\n", "}\n"))
    assert len(re.findall(r"(?<!\\)\$", written)) % 2 == 0


@pytest.mark.latex
@pytest.mark.parametrize("detail", [1, 2, 3])
def test_compiles_within_its_margins(tmp_path, detail):
    assert worst(compiled(tmp_path, document(KEY, detail))) < 2


@pytest.mark.latex
def test_without_latin_modern(tmp_path):
    text = document(KEY).replace("lmodern.sty", "not-there.sty")
    assert worst(compiled(tmp_path, text)) < 2


@pytest.mark.latex
def test_fragment_in_a_narrow_document(tmp_path):
    r"""A plain article, 345 pt wide, which reads two fragments with the same macros."""
    assert worst(compiled(tmp_path, ARTICLE % r"\input{part}\input{part}", part=fragment(KEY, 3))) < 2


@pytest.mark.latex
def test_very_long_lines_and_tables(tmp_path):
    long = plus(*(LONG for _ in range(4)))
    words = "a reason that goes on and on, " * 8
    cell = ("words that need room to stand in, ", f(XHAT_I), " and more")
    blocks = (
        Lines(
            (Line(LONG, long, (words,)), Line(XHAT_I, times(*(plus(XHAT_I, name("y")) for _ in range(12))), (words,)))
        ),
        Table((("One",), ("Two",), ("Three",), ("Four",)), ((cell,) * 4,) * 3, (words,)),
        Prose((words, f(XHAT_I), words), "paths"),
    )
    log = compiled(tmp_path, document(Key("e", "t", (), (Question("a", ("Long",), blocks),))))
    assert worst(log) < 2


@pytest.mark.latex
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prose_compiles_to_itself(tmp_path, text):
    compiled(tmp_path, document(hostile_key(text), 3))
    if text.isascii() and shutil.which("pdftotext"):
        run = subprocess.run(["pdftotext", "key.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True)
        letters = re.sub(r"[^A-Za-z0-9]", "", text)
        assert letters in re.sub(r"[^A-Za-z0-9]", "", run.stdout)
        assert "root:" not in run.stdout


@pytest.mark.latex
def test_every_command_of_the_table_compiles(tmp_path):
    commands = "\n\n".join(f"${sample(command)}$" for command, row in COMMANDS.items() if row.latex)
    assert "! " not in compiled(tmp_path, ARTICLE % commands)


@pytest.mark.latex
def test_width_is_near_what_tex_measures(tmp_path):
    wide = [tree for tree in dict.fromkeys(FORMULAS) if width(tree) > 2]
    lines = "".join(rf"\sbox0{{$\displaystyle {latex(tree)}$}}\typeout{{W=\the\wd0;}}" for tree in wide)
    measured = [float(points) / 10 for points in re.findall(r"W=([\d.]+)pt;", compiled(tmp_path, ARTICLE % lines))]
    ratios = [width(tree) / em for tree, em in zip(wide, measured, strict=True)]
    assert min(ratios) > 0.8 and max(ratios) < 1.5, sorted(ratios)


def test_the_worst_line_is_seen():
    assert worst(r"Overfull \hbox (13.5pt too wide) in paragraph") == 13.5
