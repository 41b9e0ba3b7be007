"""The command `derive`: from definitions as text to the worked solution, in a process that can be stopped."""

from __future__ import annotations

import argparse
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from symgrad.text.reading import Options

RIGHT, WRONG, USAGE, UNDECIDED = 0, 1, 2, 3
SECONDS = 60.0
# What settles a second reading of a text: option -> (what it takes, help, name in Python). May be given several times.
SETTLES = {
    "size": ("NAME", "a size: the number of values of an index", "sizes"),
    "index": ("RANGE", "the range of an index, as in j=1..m", "indices"),
    "constant": ("NAME", "a given number", "constants"),
    "positive": ("NAME", "greater than 0", "positive"),
    "function": ("NAME", "an unknown function: g(x) is no product", "functions"),
    "symbol": ("NAME", "a name of its own: x_1 is no entry of x", "symbols"),
}


def add_derive(
    commands: argparse._SubParsersAction, exits: str, formats: tuple[str, ...], emit: Callable[[str], None]
) -> None:
    """The options of the command; `emit` writes its data."""
    about = "Derive a gradient of definitions in LaTeX or plain text, and print the worked solution."
    short = "derive a gradient of definitions given as text"
    derive = commands.add_parser("derive", help=short, description=about, epilog=exits)
    definitions = r"definitions in any order, as in 'L = \sum_i y_i^2, y_i = w x_i'; - reads stdin"
    derive.add_argument("text", metavar="TEXT", help=definitions)
    derive.add_argument("--wrt", required=True, metavar="NAME", help="by what, as in h_i")
    derive.add_argument("--of", default="", metavar="NAME", help="what (default: the definition that no other uses)")
    fact = r"what is known to hold, as in '\sum_j y_j = 1'"
    derive.add_argument("--fact", action="append", default=[], metavar="EQUATION", help=fact)
    kept = "a definition whose gradient stays a name"
    derive.add_argument("--keep", action="append", default=[], metavar="NAME", help=kept)
    for option, (takes, what, _) in SETTLES.items():
        derive.add_argument(f"--{option}", action="append", default=[], metavar=takes, help=what)
    derive.add_argument("--format", choices=("text", *formats), default="text", help="default: text")
    derive.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")
    detail = "1 answer, 2 key steps, 3 every step (default: 2)"
    derive.add_argument("--detail", type=int, choices=(1, 2, 3), default=2, help=detail)
    limit = f"give up after that many seconds (default: {SECONDS:g})"
    derive.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help=limit)
    derive.set_defaults(run=lambda arguments: _derive(arguments, emit))


def _derive(arguments: argparse.Namespace, emit: Callable[[str], None]) -> int:
    from symgrad.text.bounded import bounded

    text = sys.stdin.read() if arguments.text == "-" else arguments.text
    code, written = bounded(lambda: _written(text, arguments), arguments.seconds)
    if code == RIGHT:
        emit(written.rstrip("\n"))
    else:
        print(f"symgrad: derive: {written}", file=sys.stderr)
    return code


def _written(text: str, arguments: argparse.Namespace) -> tuple[int, str]:
    """The exit code, and the solution or what is wrong."""
    from symgrad import render
    from symgrad.errors import DeclarationError, ReadError, SymgradError, Unsupported
    from symgrad.render.text import text as plain
    from symgrad.text.solve import worked

    writer = plain if arguments.format == "text" else render.FORMATS[arguments.format][1]
    try:
        key = worked(text, arguments.wrt, arguments.of, arguments.fact, arguments.keep, _options(arguments))
        return RIGHT, writer(key, detail=arguments.detail)
    except (ReadError, DeclarationError) as error:
        return USAGE, str(error)
    except Unsupported as error:
        return UNDECIDED, str(error)
    except SymgradError as error:
        return WRONG, str(error)


def _options(arguments: argparse.Namespace) -> Options:
    from symgrad.text.reading import Options

    return Options(**{name: getattr(arguments, option) for option, (_, _, name) in SETTLES.items()})
