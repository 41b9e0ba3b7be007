"""The command line and exercise files, with a made-up engine behind them (derivations/ has tests of its own)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

import symgrad
from symgrad import cli, exercises
from symgrad.errors import DeclarationError, Unsupported

ROOT = Path(__file__).resolve().parent.parent

EXERCISE = """
from types import SimpleNamespace as Record
exercise = Record(
    id="{id}",
    title="Exercise {id}",
    questions=[Record(id="a", title="First"), Record(id="b", title="Second: dL/d\\u03c3")],
    key=lambda **options: "key of {id}",
)
"""


def shelf(folder: Path, **sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder


@pytest.fixture
def work(tmp_path, monkeypatch):
    """An empty current folder, two exercises on the shelf, and formats that print the key they are given."""
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    bundled = shelf(tmp_path / "bundled", conv=EXERCISE.format(id="conv"), softmax=EXERCISE.format(id="softmax"))
    monkeypatch.setattr(exercises, "_shelf", lambda: bundled)
    render = types.ModuleType("symgrad.render")
    render.FORMATS = {name: (f".{name}", _writer(name)) for name in cli.FORMATS}
    monkeypatch.setitem(sys.modules, "symgrad.render", render)
    monkeypatch.setattr(symgrad, "render", render, raising=False)
    return here


def _writer(name):
    return lambda key, detail=2, **options: f"{name} {key} {detail} {sorted(options)}"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# Writing keys


def test_key_writes_every_exercise_in_every_format(work, capsys):
    assert cli.main(["key"]) == 0
    assert names_in(work) == sorted(f"{name}.{form}" for name in ("conv", "softmax") for form in cli.FORMATS)
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == os.path.join("out", "conv.html")
    assert len(out.splitlines()) == 8
    assert err.startswith("symgrad: 2 answer keys (8 files) under out in ")
    assert (work / "out" / "conv.html").read_text() == "html key of conv 2 []"


def test_key_of_one_exercise_with_options(work):
    assert cli.main(["key", "conv", "-o", "a/b", "--format", "latex,md", "--detail", "3", "--fragment"]) == 0
    assert names_in(work) == ["conv.latex", "conv.md"]
    assert (work / "a/b/conv.latex").read_text() == "latex key of conv 3 ['fragment']"
    assert (work / "a/b/conv.md").read_text() == "md key of conv 3 []"


def test_figures_are_an_option_of_latex(work):
    assert cli.main(["key", "conv", "-o", "a", "--format", "latex,md", "--figures", "tikz"]) == 0
    assert (work / "a/conv.latex").read_text() == "latex key of conv 2 ['figures']"
    assert (work / "a/conv.md").read_text() == "md key of conv 2 []"


def test_key_of_a_file_named_by_path(work):
    shelf(work, mine=EXERCISE.format(id="mine"))
    assert cli.main(["key", "mine.py", "--format", "md"]) == 0
    assert (work / "out/mine.md").exists()


def test_key_as_json(work, capsys):
    assert cli.main(["key", "conv", "--format", "md", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    seconds = printed.pop("seconds")
    assert seconds >= 0
    assert printed == {
        "schema": "symgrad/written@1",
        "written": {"conv": [os.path.join("out", "conv.md")]},
        "failed": [],
    }


def test_a_failing_exercise_is_reported_and_the_others_go_on(work, capsys, monkeypatch):
    def refuse(key, detail):
        if key == "key of conv":
            raise Unsupported("this head is unknown", where="conv.a")
        return key

    monkeypatch.setitem(sys.modules["symgrad.render"].FORMATS, "json", (".json", refuse))
    assert cli.main(["key", "--format", "html,json"]) == 1
    assert names_in(work) == ["softmax.html", "softmax.json"]  # nothing of conv, not even the format that was fine
    err = capsys.readouterr().err
    assert "symgrad: conv: this head is unknown\n  where: conv.a\n" in err
    assert "failed: conv" in err


def test_an_unknown_exercise_stops_before_anything_is_written(work, capsys):
    assert cli.main(["key", "conv", "softmaks"]) == 2
    assert names_in(work) == []
    assert "did you mean softmax?" in capsys.readouterr().err


def test_a_file_that_is_not_there(work, capsys):
    assert cli.main(["key", "missing.py"]) == 2
    assert "no such exercise file\n  where: missing.py" in capsys.readouterr().err


def test_two_exercises_with_one_id_do_not_overwrite_each_other(work, capsys):
    shelf(work, mine=EXERCISE.format(id="conv"))
    assert cli.main(["key", "conv", "mine.py", "--format", "md"]) == 1
    assert "two exercises with one id" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["key", "--format", "pdf"], ["key", "--format", ""], ["key", "--detail", "4"], ["kye"]]
)
def test_usage_errors(work, words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written(work, capsys):
    (work / "out").write_text("a file")
    assert cli.main(["key"]) == 2
    assert "symgrad: cannot write out: " in capsys.readouterr().err


# Nothing half-written


def test_interrupted_keeps_what_is_whole_and_leaves_nothing_else(work, capsys, monkeypatch):
    def interrupt(key, detail):
        if key == "key of softmax":
            raise KeyboardInterrupt
        return key

    monkeypatch.setitem(sys.modules["symgrad.render"].FORMATS, "md", (".md", interrupt))
    assert cli.main(["key", "--format", "html,md"]) == 130
    assert names_in(work) == ["conv.html", "conv.md"]
    assert capsys.readouterr().err.endswith("symgrad: interrupted\n")


@pytest.mark.parametrize(("error", "code"), [(OSError(28, "No space left on device"), 2), (KeyboardInterrupt(), 130)])
def test_a_write_that_fails_leaves_the_old_file(work, monkeypatch, error, code):
    (work / "out").mkdir()
    (work / "out" / "conv.md").write_text("old")

    def fail(source, target):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    assert cli.main(["key", "conv", "--format", "md"]) == code
    assert names_in(work) == ["conv.md"]
    assert (work / "out" / "conv.md").read_text() == "old"


def test_written_files_have_ordinary_permissions(work):
    umask = os.umask(0o022)
    try:
        cli.main(["key", "conv", "--format", "md"])
    finally:
        os.umask(umask)
    assert (work / "out" / "conv.md").stat().st_mode & 0o777 == 0o644


# Listing


def test_list(work, capsys):
    assert cli.main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "conv: Exercise conv",
        "  conv.a: First",
        "  conv.b: Second: dL/dσ",
    ]


def test_list_as_json(work, capsys):
    assert cli.main(["list", "softmax", "--json"]) == 0
    questions = [{"id": "a", "title": "First"}, {"id": "b", "title": "Second: dL/dσ"}]
    assert json.loads(capsys.readouterr().out) == {
        "schema": "symgrad/list@1",
        "exercises": [{"id": "softmax", "title": "Exercise softmax", "questions": questions}],
    }


def test_list_goes_on_after_a_broken_file(work, capsys):
    shelf(work, mine="1 / 0\n")
    assert cli.main(["list", "mine.py", "conv"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("conv: ")
    assert "ZeroDivisionError" in err


# Progress


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


@pytest.mark.parametrize(("patience", "shown"), [(0.01, True), (60.0, False)])
def test_progress_shows_only_after_a_while(monkeypatch, patience, shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(cli.Progress, "PATIENCE", patience)
    with cli.Progress(2) as progress:
        progress.step("conv")
        give_up = time.monotonic() + 10
        while shown and not progress.shown and time.monotonic() < give_up:
            time.sleep(0.005)
        progress.step("softmax")
    assert ("[1/2] conv" in terminal.text, "[2/2] softmax" in terminal.text) == (shown, shown)
    assert not shown or terminal.text.endswith("\r\x1b[K")  # and is taken away at the end


def test_progress_is_silent_where_stderr_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(cli.Progress, "PATIENCE", 0.0)
    with cli.Progress(1) as progress:
        progress.step("conv")
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


# Exercise files


def load_mistake(folder: Path, source: str) -> DeclarationError:
    shelf(folder, mine=source)
    with pytest.raises(DeclarationError) as caught:
        exercises.load(folder / "mine.py")
    return caught.value


@pytest.mark.parametrize(
    ("source", "line", "given"),
    [
        ("x = 1\ny = 1 / 0\n", 2, "division by zero"),
        ("def f():\n    raise ValueError('no')\n\n\nf()\n", 2, "no"),
        ("import json\n\njson.loads('')\n", 3, "Expecting value"),
        ("x = 1\ny = (\n", 2, "'(' was never closed"),
        ("raise SystemExit('stop')\n", 1, "stop"),
    ],
)
def test_a_mistake_in_a_file_names_file_and_line(tmp_path, source, line, given):
    error = load_mistake(tmp_path, source)
    assert error.where == f"{tmp_path / 'mine.py'}, line {line}"
    assert given in error.given


def test_a_refused_declaration_keeps_its_four_parts(tmp_path):
    source = (
        "from symgrad.errors import Unsupported\nraise Unsupported('w', where='h', expected='e', given='g', fix='f')"
    )
    error = load_mistake(tmp_path, source)
    parts = ("w", f"{tmp_path / 'mine.py'}, line 2: h", "e", "g", "f")
    assert (error.what, error.where, error.expected, error.given, error.fix) == parts


@pytest.mark.parametrize("source", ["x = 1", "exercise = 1"])
def test_a_file_without_an_exercise(tmp_path, source):
    assert load_mistake(tmp_path, source).what == "no exercise in this file"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", ".hidden", "a b", "a/b"])
def test_an_id_that_points_elsewhere_is_refused(tmp_path, name):
    assert "cannot be a file name" in load_mistake(tmp_path, EXERCISE.format(id=name)).what


def test_loading_leaves_no_trace(tmp_path):
    shelf(tmp_path, mine=EXERCISE.format(id="mine"))
    before = list(sys.path), sys.argv[:]
    assert exercises.load(tmp_path / "mine.py").id == "mine"
    assert (sys.path, sys.argv) == before
    assert names_in(tmp_path) == ["mine.py"]  # no bytecode beside the user's file
    shelf(tmp_path, mine=EXERCISE.format(id="once_more"))
    assert exercises.load(tmp_path / "mine.py").id == "once_more"  # and no stale one


def test_a_name_is_never_looked_for_in_the_current_folder(work):
    shelf(work, evil="raise SystemExit('loaded')")
    shelf(work / "derivations", evil="raise SystemExit('loaded')", conv="raise SystemExit('loaded')")
    with pytest.raises(exercises.UnknownExercise):
        exercises.find("evil")
    assert exercises.load("conv").title == "Exercise conv"


# The process: what is imported, signals, closed pipes


def python(*words: str, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, **options)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["key", "--help"], ["list", "--help"]])
def test_help_imports_neither_sympy_nor_numpy(tmp_path, words):
    script = (
        "import sys\nfrom symgrad.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "heavy = {'sympy', 'numpy', 'latex2mathml', 'symgrad.api'} & set(sys.modules)\nassert not heavy, heavy"
    )
    ran = python("-c", script, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_version(tmp_path):
    ran = python("-m", "symgrad", "--version", cwd=tmp_path)
    assert ran.stdout == f"symgrad {symgrad.__version__}\n"


def test_a_real_interrupt(tmp_path):
    shelf(tmp_path, mine="import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(30)")
    ran = python("-m", "symgrad", "key", "mine.py", cwd=tmp_path)
    assert ran.returncode == 130
    assert ran.stderr.endswith("symgrad: interrupted\n")
    assert "Traceback" not in ran.stderr
    assert names_in(tmp_path) == ["mine.py"]


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes close differently on this system")
def test_a_reader_that_goes_away(tmp_path):
    shelf(tmp_path, mine=EXERCISE.format(id="mine"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "symgrad", "list", "mine.py"]
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_terminal_without_greek_letters(tmp_path):
    shelf(tmp_path, mine=EXERCISE.format(id="mine"))
    command = [sys.executable, "-m", "symgrad", "list", "mine.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert ran.returncode == 0
    assert r"Second: dL/d\u03c3" in ran.stdout


# The contract with the rest of the package


def test_the_command_line_knows_every_format():
    from symgrad import render

    assert set(render.FORMATS) == set(cli.FORMATS)
    assert all(suffix.startswith(".") for suffix, _ in render.FORMATS.values())


def test_every_public_name_is_there_and_hides_no_part_of_the_package():
    parts = {path.stem for path in (ROOT / "symgrad").iterdir()}
    for name in symgrad.__all__:
        assert getattr(symgrad, name) is not None
        assert name in dir(symgrad)
        assert name not in parts
    with pytest.raises(AttributeError, match="no attribute 'Grahp'"):
        symgrad.Grahp  # noqa: B018


def test_every_exercise_of_ours_bears_the_name_of_its_file():
    known = exercises.available()
    assert known
    assert {name: exercises.load(name).id for name in known} == {name: name for name in known}


# --- the command grade


JUDGED = """
import symgrad as sg
g = sg.Graph("unit")
x, y = g.input("x"), g.input("y")
L = g.define("L", (x - y) ** 2 / 2)
exercise = sg.Exercise("unit", "", g, [sg.Question("y", of=L, wrt=y), sg.Count("n", "multiplications")])
"""


@pytest.fixture
def unit(tmp_path):
    path = tmp_path / "unit.py"
    path.write_text(JUDGED, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("formula", ["-x+y", "-(x-y)", "-(x - y)", "--(y-x)", "-h"])
def test_a_formula_may_begin_with_a_minus(unit, capsys, formula):
    words = ["grade", f"{unit}.y", *(["--"] if formula == "-h" else []), formula, "y - x"]
    code = cli.main(words)
    shown = capsys.readouterr().out.splitlines()
    assert code == (cli.USAGE if formula == "-h" else cli.RIGHT) and shown[0] == formula


def test_options_are_read_around_such_a_formula(unit, capsys):
    assert cli.main(["grade", f"{unit}.y", "--json", "-x+y", "--diagnose"]) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"][0]["kind"] == "right"
    with pytest.raises(SystemExit) as stopped:
        cli.main(["grade", f"{unit}.y", "-x+y", "--jsn"])
    assert stopped.value.code == 2 and "--jsn" in capsys.readouterr().err


def test_an_exercise_without_a_part_says_which_parts_there_are(unit, capsys):
    assert cli.main(["grade", unit, "y - x"]) == cli.USAGE
    assert capsys.readouterr().err == (
        f"symgrad: {unit}: which part?\n  where: {unit}\n  expected: {unit}.y, {unit}.n\n"
    )


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes close differently on this system")
def test_derive_into_a_reader_that_leaves_is_no_error():
    command = [sys.executable, "-m", "symgrad", "derive", "L = x^2", "--wrt", "x"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (0, b"")
    process.stderr.close()
