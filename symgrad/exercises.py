"""Exercise files: found by name among those that come with symgrad, or by path when they are yours.

An exercise file is a Python file that sets `exercise = sg.Exercise(id=..., title=..., statement=..., questions=[...])`.
It is a program and is run as one: load only files you trust. Nothing is looked for in the current folder.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgrad.errors import DeclarationError, SymgradError, nearest

if TYPE_CHECKING:
    from symgrad.key import Exercise

PACKAGE = Path(__file__).resolve().parent


class UnknownExercise(SymgradError):
    """A name that no exercise of symgrad bears, or a path where no exercise file is."""


def available() -> dict[str, Path]:
    """The exercises that come with symgrad: file by name, in the order of the names."""
    return {path.stem: path for path in sorted(_shelf().glob("*.py")) if not path.stem.startswith("_")}


def _shelf() -> Path:
    """`symgrad/derivations` when installed from a wheel, `derivations` beside the package in a checkout."""
    beside = PACKAGE.parent / "derivations"
    in_checkout = (PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir()
    return beside if in_checkout else PACKAGE / "derivations"


def find(name_or_path: str | Path) -> Path:
    """The file of an exercise: a path ends in .py, anything else is a name.

    Raises UnknownExercise, with the nearest names.
    """
    text = str(name_or_path)
    if text.endswith(".py"):
        path = Path(text)
        if path.is_file():
            return path
        raise UnknownExercise("no such exercise file", where=text, fix="check the path")
    known = available()
    if text in known:
        return known[text]
    raise UnknownExercise(
        "unknown exercise",
        where=text,
        expected=f"one of {', '.join(known)}, or the path of a file that ends in .py",
        fix=nearest(text, known) or "`symgrad list` shows them all",
    )


def is_whole(name_or_path: str) -> bool:
    """Whether this is a whole exercise, where a part of one is wanted."""
    return name_or_path.endswith(".py") or name_or_path in available()


def no_part(name_or_path: str) -> DeclarationError:
    """Says which parts an exercise has. Raises as `load`."""
    parts = [f"{name_or_path}.{question.id}" for question in load(name_or_path).questions]
    return DeclarationError("which part?", where=name_or_path, expected=", ".join(parts))


def load(name_or_path: str | Path) -> Exercise:
    """Run an exercise file and return its `exercise`.

    Raises UnknownExercise where there is no such file; DeclarationError, with file and line, where it has a mistake.
    """
    path = find(name_or_path)
    try:
        found = runpy.run_path(str(path), run_name=f"symgrad_exercise.{path.stem}")
    except (Exception, SystemExit) as error:  # whatever the file does, it is the file's mistake
        raise _mistake(path, error) from error
    return _checked(path, found.get("exercise"))


def _mistake(path: Path, error: BaseException) -> DeclarationError:
    where = f"{path}, line {_line(path, error)}"
    if isinstance(error, SymgradError):
        inner = f"{where}: {error.where}" if error.where else where
        return DeclarationError(error.what, where=inner, expected=error.expected, given=error.given, fix=error.fix)
    kind = "a syntax error" if isinstance(error, SyntaxError) else type(error).__name__
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return DeclarationError("the exercise file stops with " + kind, where=where, given=text)


def _line(path: Path, error: BaseException) -> int:
    """The last line of that file that was being run (for a syntax error: the line that is wrong)."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _checked(path: Path, exercise: Any) -> Exercise:
    if not all(hasattr(exercise, name) for name in ("id", "title", "questions", "key")):
        given = "no such name" if exercise is None else f"exercise = {type(exercise).__name__}"
        expected = "exercise = sg.Exercise(...)"
        raise DeclarationError("no exercise in this file", where=str(path), expected=expected, given=given)
    # The id names the files that are written, so it must not be able to point elsewhere.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", str(exercise.id)):
        raise DeclarationError(
            "an exercise id that cannot be a file name",
            where=f"{path}, Exercise(id=...)",
            expected="letters, digits, _ - and . after a letter or digit",
            given=repr(exercise.id),
        )
    return exercise
