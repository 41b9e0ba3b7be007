"""The command line. Data goes to stdout; progress and warnings go to stderr.

`--help` and `--version` import neither SymPy nor numpy: the engine is imported by the command that needs it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time

from symgrad import __version__
from symgrad.cli_derive import add_derive

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is, without importing typing
if TYPE_CHECKING:
    from collections.abc import Iterator

    from symgrad.errors import SymgradError
    from symgrad.key import Exercise

RIGHT, WRONG, USAGE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
EXITS = "exit codes: 0 right, 1 wrong or failed, 2 usage or not understood, 3 undecided or incomplete, 130 interrupted"

FORMATS = ("html", "latex", "md", "json")
NOTATIONS = ("both", "components", "matrices")
OPTION = re.compile(r"-|-h|--|--[a-z][a-z-]*(=.*)?", re.DOTALL)


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Greek letters still gets its answer
    arguments = _parser().parse_args(_formulas(sys.argv[1:] if argv is None else argv))
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print("\nsymgrad: interrupted", file=sys.stderr)
        return INTERRUPTED


def _formulas(argv: list[str]) -> list[str]:
    """The words of `symgrad grade`: a space is put before a formula that begins with a minus and is no option."""
    until = argv.index("--") if "--" in argv else len(argv)
    if argv[:1] != ["grade"]:
        return argv
    shown = [f" {x}" if x.startswith("-") and not OPTION.fullmatch(x) else x for x in argv[:until]]
    return [*shown, *argv[until:]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symgrad", description="Certified gradients and answer keys of neural-network layers.", epilog=EXITS
    )
    parser.add_argument("--version", action="version", version=f"symgrad {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    about = "Derive, certify and write answer keys."
    key = commands.add_parser("key", help="write answer keys", description=about, epilog=EXITS)
    _exercises(key)
    folder = "folder to write to, made if missing (default: out)"
    key.add_argument("-o", "--output", default="out", metavar="DIR", help=folder)
    formats = f"comma-separated, of {', '.join(FORMATS)} (default: all)"
    key.add_argument("--format", type=_formats, default=FORMATS, metavar="LIST", help=formats)
    detail = "1 answers, 2 key steps, 3 every step (default: 2)"
    key.add_argument("--detail", type=int, choices=(1, 2, 3), default=2, help=detail)
    notation = f"of the formulas: {', '.join(NOTATIONS)} (default: both)"
    key.add_argument("--notation", choices=NOTATIONS, default="both", help=notation)
    only = "the statement and the questions, without answers, in files EXERCISE.statement.*"
    key.add_argument("--statement-only", action="store_true", help=only)
    vary = "the same exercises with other numbers, drawn from SEED, in files EXERCISE-SEED.*"
    key.add_argument("--vary", type=int, metavar="SEED", help=vary)
    choices = (
        "N answers to choose from for each formula asked for, wrong ones proved wrong, in files EXERCISE.choices.*"
    )
    key.add_argument("--choices", type=int, default=0, metavar="N", help=choices)
    key.add_argument("--seed", type=int, default=0, help="decides which wrong answers are taken, and their order")
    key.add_argument("--fragment", action="store_true", help=r"LaTeX without preamble, for \input")
    figures = r"tikz: LaTeX draws graphs with the package tikz (default: their edges are listed)"
    key.add_argument("--figures", choices=("tikz",), default="", help=figures)
    key.set_defaults(run=_key)

    listing = commands.add_parser("list", help="list exercises and their questions", epilog=EXITS)
    _exercises(listing)
    listing.set_defaults(run=_list)

    add_derive(commands, EXITS, FORMATS, _emit)

    about = "Judge formulas: right, wrong with a witness, or undecided."
    grade = commands.add_parser("grade", help="judge answers to a part of an exercise", description=about, epilog=EXITS)
    grade.add_argument("part", metavar="EXERCISE.PART", help="as `symgrad list` shows it; EXERCISE may be a .py file")
    grade.add_argument("formulas", nargs="+", metavar="FORMULA", help="LaTeX or plain text; - reads lines from stdin")
    convention = "something answers may take for granted, by its name; may be given several times"
    grade.add_argument("--convention", action="append", default=[], metavar="NAME", help=convention)
    grade.add_argument("--diagnose", action="store_true", help="say what went wrong in formulas that are wrong")
    grade.add_argument("--json", action="store_true", help="print JSON")
    grade.set_defaults(run=_grade)
    return parser


def _exercises(command: argparse.ArgumentParser) -> None:
    which = "a name that `symgrad list` shows, or the path of a file of yours, ending in .py (default: all)"
    command.add_argument("exercises", nargs="*", metavar="EXERCISE", help=which)
    command.add_argument("--json", action="store_true", help="print JSON")


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"unknown format {name!r}: choose from {', '.join(FORMATS)}")
    return names


def _key(arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    names = _named(arguments.exercises)
    if not names:
        return USAGE
    written: dict[str, list[str]] = {}
    failed: list[str] = []
    try:
        os.makedirs(arguments.output, exist_ok=True)
        with Progress(len(names)) as progress:
            _write_keys(names, arguments, progress, written, failed)
    except OSError as error:
        print(f"symgrad: cannot write {error.filename or arguments.output}: {error.strerror or error}", file=sys.stderr)
        return USAGE
    seconds = time.monotonic() - started
    if arguments.json:
        _emit_json("symgrad/written@1", written=written, failed=failed, seconds=round(seconds, 3))
    _summarise(written, failed, arguments.output, seconds)
    return WRONG if failed else RIGHT


def _write_keys(
    names: list[str],
    arguments: argparse.Namespace,
    progress: Progress,
    written: dict[str, list[str]],
    failed: list[str],
) -> None:
    """Write key after key; one that fails is reported, and the others go on. Fills `written` and `failed`."""
    from symgrad.errors import SymgradError

    for name in names:
        progress.step(name)
        try:
            exercise_id, texts = _texts(name, arguments)
            if exercise_id in written:
                raise SymgradError("two exercises with one id", where=name, given=exercise_id, fix="rename one of them")
        except SymgradError as error:
            failed.append(name)
            progress.clear()
            _complain(name, error)
            continue
        written[exercise_id] = []
        for file_name, text in texts.items():
            path = os.path.join(arguments.output, file_name)
            _write(path, text)
            written[exercise_id].append(path)
            if not arguments.json:
                progress.clear()
                _emit(path)


def _texts(name: str, arguments: argparse.Namespace) -> tuple[str, dict[str, str]]:
    """Every file of one key as text, so that a key that fails in its last format writes nothing."""
    from symgrad import exercises, render

    exercise = exercises.load(name)
    if arguments.vary is not None:
        exercise = exercise.vary(arguments.vary)
    answers, choices = not arguments.statement_only, arguments.choices
    key = exercise.key(notation=arguments.notation, answers=answers, choices=choices, seed=arguments.seed)
    stem = exercise.id + (".choices" if choices else "") + ("" if answers else ".statement")
    texts = {}
    for form in arguments.format:
        suffix, writer = render.FORMATS[form]
        wished = {"fragment": arguments.fragment, "figures": arguments.figures}
        options = {name: value for name, value in wished.items() if value} if form == "latex" else {}
        texts[stem + suffix] = writer(key, detail=arguments.detail, **options)
    return exercise.id, texts


def _summarise(written: dict[str, list[str]], failed: list[str], folder: str, seconds: float) -> None:
    count = sum(len(paths) for paths in written.values())
    keys = f"{len(written)} answer key{'' if len(written) == 1 else 's'}"
    lost = f"; failed: {', '.join(failed)}" if failed else ""
    print(f"symgrad: {keys} ({count} files) under {folder} in {seconds:.1f} s{lost}", file=sys.stderr)


def _list(arguments: argparse.Namespace) -> int:
    names = _named(arguments.exercises)
    if not names:
        return USAGE
    rows, failed = [], 0
    for name, loaded in _loaded(names):
        if isinstance(loaded, Exception):
            failed += 1
            _complain(name, loaded)
            continue
        questions = [{"id": question.id, "title": str(question.title)} for question in loaded.questions]
        rows.append({"id": loaded.id, "title": str(loaded.title), "questions": questions})
        if not arguments.json:
            _emit(f"{loaded.id}: {loaded.title}")
            for question in questions:
                _emit(f"  {loaded.id}.{question['id']}: {question['title']}")
    if arguments.json:
        _emit_json("symgrad/list@1", exercises=rows)
    return WRONG if failed else RIGHT


def _grade(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict, replace

    from symgrad import exercises
    from symgrad.errors import SymgradError

    name, _, part = arguments.part.rpartition(".")
    lines = [f.strip() for f in arguments.formulas if f != "-"]
    if "-" in arguments.formulas:
        lines += [line.rstrip("\n") for line in sys.stdin if line.strip()]
    try:
        if exercises.is_whole(arguments.part):
            raise exercises.no_part(arguments.part)
        exercise = exercises.load(name)
        conventions = (*exercise.conventions, *arguments.convention)
        exercise = replace(exercise, conventions=conventions)
        verdicts = [exercise.grade(part, line) for line in lines]
        for n, (line, one) in enumerate(zip(lines, verdicts, strict=True)):
            if one.exit_code == WRONG and arguments.diagnose:
                verdicts[n] = replace(one, diagnosis=exercise.diagnose(part, line))
    except SymgradError as error:
        _complain(arguments.part, error)
        return USAGE
    if arguments.json:
        _emit_json("symgrad/grade@1", part=arguments.part, verdicts=[asdict(one) for one in verdicts])
    for line, verdict in zip(lines, verdicts, strict=True) if not arguments.json else ():
        _emit("\n".join(verdict.lines if len(lines) == 1 else [line, *(f"  {x}" for x in verdict.lines)]))
    return next((one.exit_code for one in verdicts if one.exit_code), RIGHT)


def _loaded(names: list[str]) -> Iterator[tuple[str, Exercise | SymgradError]]:
    from symgrad import exercises
    from symgrad.errors import SymgradError

    for name in names:
        try:
            yield name, exercises.load(name)
        except SymgradError as error:
            yield name, error


def _named(names: list[str]) -> list[str]:
    """The exercises asked for, each once; [] after a complaint when one of them is unknown: then none is begun."""
    from symgrad import exercises

    wanted = list(dict.fromkeys(names)) or list(exercises.available())
    if not wanted:
        print("symgrad: no exercises came with this installation", file=sys.stderr)
    unknown = False
    for name in wanted:
        try:
            exercises.find(name)
        except exercises.UnknownExercise as error:
            unknown = True
            _complain(name, error)
    return [] if unknown else wanted


def _complain(name: str, error: Exception) -> None:
    print(f"symgrad: {name}: {error}", file=sys.stderr)


def _emit(line: str) -> None:
    """One line of data. When the reader has gone (`symgrad list | head -1`) the rest is dropped; the work goes on."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _emit_json(schema: str, **fields: object) -> None:
    import json

    _emit(json.dumps({"schema": schema, **fields}, indent=2, default=str))


def _write(path: str, text: str) -> None:
    """The whole file or nothing: whoever opens `path` sees the old text or the new one, never a part."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


class Progress:
    """One line on stderr saying what is being worked on, shown only on a terminal and only after a second."""

    PATIENCE = 1.0

    def __init__(self, total: int) -> None:
        import threading  # a third of what `symgrad --help` would otherwise cost

        self.total, self.done, self.shown, self.text = total, 0, False, ""
        self.lock = threading.Lock()
        self.timer = threading.Timer(self.PATIENCE, self._show)
        self.timer.daemon = True

    def __enter__(self) -> Progress:
        if sys.stderr is not None and sys.stderr.isatty():
            self.timer.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.timer.cancel()
        self.clear()
        self.shown = False

    def step(self, text: str) -> None:
        self.done += 1
        with self.lock:
            self.text = f"[{self.done}/{self.total}] {text}"
            if self.shown:
                self._draw()

    def clear(self) -> None:
        """Take the line away before something else is written to the terminal."""
        with self.lock:
            if self.shown:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        with self.lock:
            self.shown = True
            self._draw()

    def _draw(self) -> None:
        print(f"\r\x1b[K{self.text}", end="", file=sys.stderr, flush=True)
