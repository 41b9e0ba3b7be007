"""The wheel: built, installed into an environment of its own, and run from a folder where everything lies in ambush."""

from __future__ import annotations

import email
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import symgrad

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ("sympy", "mpmath", "numpy", "latex2mathml")


def run(*words: str | Path, **options) -> subprocess.CompletedProcess:
    clean = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    ran = subprocess.run([*map(str, words)], capture_output=True, text=True, env=clean, **options)
    assert ran.returncode == 0, f"{words}\n{ran.stdout}\n{ran.stderr}"
    return ran


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (found,) = folder.glob("symgrad-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder of commands of a new environment that has the wheel, and borrows only the folders of ENGINE."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", place)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "pip", "--python", commands / "python", "install", "--quiet", "--no-deps", wheel)
    site = Path(run(commands / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    for name in ENGINE:  # links, not a path entry: symgrad itself must not be found through the borrowed folder
        (borrowed,) = importlib.util.find_spec(name).submodule_search_locations
        (site / name).symlink_to(borrowed)
        folder = Path(borrowed).parent
        for beside in [*folder.glob(f"{name}.libs"), *folder.glob(f"{name}-*.dist-info")]:
            (site / beside.name).symlink_to(beside)
    return commands


@pytest.fixture
def ambush(tmp_path) -> Path:
    """A current folder in which every name that symgrad could pick up by mistake is a trap."""
    trap = f"open({str(tmp_path / 'sprung')!r}, 'a').write(__file__)\nraise SystemExit('a trap was sprung')\n"
    here = tmp_path / "here"
    (here / "derivations").mkdir(parents=True)
    for name in ("symgrad", "sympy", "numpy", "cli", "exercises", "derivations/evil", "derivations/__init__", "evil"):
        (here / f"{name}.py").write_text(trap)
    (here / "pyproject.toml").write_text("")
    return here


def test_what_is_in_the_wheel(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    exercises = {f"symgrad/derivations/{path.name}" for path in (ROOT / "derivations").glob("*.py")}
    assert exercises and exercises <= set(names)
    assert {"symgrad/py.typed", "symgrad/cli.py"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"symgrad", f"symgrad-{symgrad.__version__}.dist-info"}
    assert len(names) == len(set(names))


def test_what_the_wheel_says(wheel):
    archive = zipfile.ZipFile(wheel)
    text = archive.read(f"symgrad-{symgrad.__version__}.dist-info/METADATA").decode()
    fields = email.message_from_string(text)
    assert fields["Version"] == symgrad.__version__
    assert fields["License-Expression"] == "MIT"
    needed = {line.split(">")[0].split("<")[0] for line in fields.get_all("Requires-Dist") if "extra ==" not in line}
    assert needed == {"sympy", "numpy", "latex2mathml"}


def test_the_installed_command(installed, ambush, tmp_path):
    (here := tmp_path / "empty").mkdir()
    assert run(installed / "symgrad", "--version", cwd=here).stdout == f"symgrad {symgrad.__version__}\n"
    bundled = {path.stem for path in (ROOT / "derivations").glob("*.py")}
    for folder in (here, ambush):
        listed = run(installed / "symgrad", "list", cwd=folder).stdout
        assert {line.split(":")[0] for line in listed.splitlines() if not line.startswith(" ")} == bundled
    run(installed / "symgrad", "key", "-o", tmp_path / "keys", cwd=ambush)
    assert {path.name.split(".")[0] for path in (tmp_path / "keys").iterdir()} == bundled
    assert not (tmp_path / "sprung").exists(), (tmp_path / "sprung").read_text()
    assert list(here.iterdir()) == []


def test_the_installed_command_refuses_a_name_from_the_current_folder(installed, ambush, tmp_path):
    ran = subprocess.run([installed / "symgrad", "key", "evil"], capture_output=True, text=True, cwd=ambush)
    assert ran.returncode == 2
    assert "unknown exercise" in ran.stderr
    assert not (tmp_path / "sprung").exists()


def test_a_file_of_ones_own_is_run_when_it_is_named(installed, ambush, tmp_path):
    ran = subprocess.run([installed / "symgrad", "list", "evil.py"], capture_output=True, text=True, cwd=ambush)
    assert ran.returncode == 1
    assert (tmp_path / "sprung").exists()
