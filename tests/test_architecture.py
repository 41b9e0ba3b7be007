"""House rules over the syntax tree: who may import whom, what nobody calls, how long a file may be.

Every rule is a function from one parsed file to a list of findings, and has a bad sample below that it must flag.
A fence that must move is moved here: add a row to MOVED and say why.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "symgrad"

# Floor by floor, from the ground: a room imports from lower floors only. "symgrad" is the package's __init__.
FLOORS = (
    {"errors"},
    {"algebra"},
    {"declare"},
    {"check", "read", "layers"},
    {"derive"},
    {"matrix"},
    {"explain"},
    {"student", "code", "render"},
    {
        "symgrad",
        "api",
        "answer",
        "gradients",
        "summary",
        "values",
        "numeric",
        "fresh",
        "questions",
        "grading",
        "key",
        "plot",
        "exercises",
        "cli",
        "cli_derive",
        "text",
        "__main__",
    },
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

# The only doors between rooms of one floor: (from, to).
PEERS = {
    ("api", "answer"),
    ("api", "gradients"),
    ("gradients", "answer"),  # the type Derivation
    ("answer", "api"),  # the type Graph
    ("api", "summary"),
    ("api", "values"),
    ("answer", "values"),
    ("summary", "values"),
    ("numeric", "values"),
    ("fresh", "values"),
    ("fresh", "api"),  # the type Graph
    ("key", "fresh"),
    ("answer", "grading"),  # lazily, when a formula is graded
    ("grading", "answer"),  # the type Derivation
    ("grading", "values"),
    ("questions", "grading"),
    ("questions", "values"),
    ("key", "grading"),  # the type Grader
    ("questions", "numeric"),
    ("questions", "values"),
    ("questions", "answer"),  # the type Derivation
    ("questions", "api"),  # the type Graph
    ("key", "questions"),
    ("summary", "api"),  # the type Graph
    ("key", "api"),  # the type Graph
    ("symgrad", "key"),  # the types Exercise and Question
    ("symgrad", "api"),  # lazily, when a public name is first used
    ("exercises", "key"),  # the type Exercise
    ("cli", "key"),
    ("cli", "api"),
    ("cli", "exercises"),
    ("cli", "symgrad"),  # the version
    ("cli", "cli_derive"),
    ("cli_derive", "symgrad"),  # its room render
    ("cli_derive", "text"),
    ("text", "api"),
    ("text", "key"),
    ("symgrad", "text"),  # lazily, when from_text is first used
    ("__main__", "cli"),
}

# Rooms that may open fewer doors than their floor allows.
ONLY = {
    "render": {"explain", "errors"},  # it reads blocks, and knows neither the engine nor SymPy
    "layers": {"declare", "algebra", "errors"},  # calls of the same declarations that a user has
}
NEVER = {
    ("student", "derive"): "it compares with a finished derivation, through check",
    **{
        (room, "layers"): "no rule may know a layer"
        for room in FLOOR
        if room not in ("api", "answer", "layers", "symgrad")
    },
}

# Packages from outside, and the only places that may import them (a folder ends in /).
OUTSIDE = {
    "sympy": (
        "declare/",
        *(f"algebra/border{room}.py" for room in ("", "_cases", "_names", "_out", "_scope")),
        "api.py",
        "answer.py",
        "summary.py",
        "values.py",
        "numeric.py",
        "fresh.py",
        "gradients.py",
        "text/",
    ),
    "numpy": ("check/", "code/", "declare/", "student/", "api.py"),
    "latex2mathml": ("render/",),
    "matplotlib": ("plot.py",),
}

# SymPy's own doing, which is slow and sometimes wrong (design.md section 3), and everything that runs text as code.
BANNED_CALLS = {"doit", "simplify", "subs", "diff", "solve"}
BANNED_TEXT = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "sympify",
    "parse_expr",
    "lambdify",
    "import_module",
    "run_path",
}

LONGEST_FILE, LONGEST_FUNCTION = 420, 50

# Fences that were moved: (file, what) and why.
MOVED = {
    ("exercises.py", "run_path"): "an exercise file is a program, named by the user or part of the package",
    ("exercises.py", "except Exception"): "whatever goes wrong in an exercise file is reported as its mistake",
    ("student/worker.py", "except Exception"): "a fault of ours must not become a verdict, nor end a batch",
}


class File(NamedTuple):
    path: str  # relative to symgrad/, with /
    tree: ast.Module
    lines: int

    @property
    def room(self) -> str:
        first = self.path.split("/")[0].removesuffix(".py")
        return "symgrad" if first == "__init__" else first


def parsed(path: str, source: str) -> File:
    return File(path, ast.parse(source, path), source.count("\n"))


def imports(file: File) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of every import, also inside functions and for types only; relative ones resolved."""
    package = ["symgrad", *file.path.split("/")[:-1]]
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                inside = module == "symgrad" and alias.name in FLOOR and alias.name != "symgrad"
                yield node.lineno, f"{module}.{alias.name}" if inside else module


def layering(file: File) -> list[str]:
    found = []
    if file.room not in FLOOR:
        return [f"{file.path}: {file.room} stands on no floor: add it to FLOORS"]
    for line, module in imports(file):
        if module.split(".")[0] != "symgrad":
            continue
        target = module.split(".")[1] if "." in module else "symgrad"
        reason = refusal(file.room, target)
        if reason:
            found.append(f"{file.path}:{line}: {file.room} imports {target}: {reason}")
    return found


def refusal(room: str, target: str) -> str:
    """Why a room must not import another, or ""."""
    if room == target:
        return ""
    if target not in FLOOR:
        return "it stands on no floor"
    if room in ONLY and target not in ONLY[room]:
        return f"{room} imports only {', '.join(sorted(ONLY[room]))}"
    if (room, target) in NEVER:
        return NEVER[room, target]
    if FLOOR[target] == FLOOR[room]:
        return "" if (room, target) in PEERS else "a peer without a door in PEERS"
    return "" if FLOOR[target] < FLOOR[room] else "imports run downwards only"


def outside(file: File) -> list[str]:
    found = []
    for line, module in imports(file):
        top = module.split(".")[0]
        if top == "symgrad" or top in sys.stdlib_module_names:
            continue
        places = OUTSIDE.get(top)
        if places is None:
            found.append(f"{file.path}:{line}: imports {top}, which is no dependency of symgrad")
        elif not any(file.path == place or (place.endswith("/") and file.path.startswith(place)) for place in places):
            found.append(f"{file.path}:{line}: imports {top}: only {', '.join(places)} may")
    return found


def called_name(node: ast.AST) -> str:
    """The last name of what is called: `a.b.doit()` is doit."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def fences(file: File) -> list[str]:
    found = []
    for node in ast.walk(file.tree):
        for what in [*fenced_call(node), *fenced_import(node)]:
            if (file.path, what) not in MOVED:
                found.append(f"{file.path}:{node.lineno}: {what}")
    return found


def fenced_call(node: ast.AST) -> Iterator[str]:
    name = called_name(node)
    if not isinstance(node, ast.Call):
        return
    method = isinstance(node.func, ast.Attribute)
    if name in BANNED_CALLS or (name in BANNED_TEXT and not (name == "compile" and method)):  # re.compile is fine
        yield name
    if any(keyword.arg == "evaluate" and is_false(keyword.value) for keyword in node.keywords):
        yield "evaluate=False"
    if name == "evaluate" and node.args and is_false(node.args[0]):
        yield "evaluate(False)"


def fenced_import(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("sympy", "importlib", "runpy"):
        yield from (alias.name for alias in node.names if alias.name in BANNED_CALLS | BANNED_TEXT)


def is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def lengths(file: File) -> list[str]:
    found = []
    if file.lines > LONGEST_FILE:
        found.append(f"{file.path}: {file.lines} lines: two ideas share a room")
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{file.path}:{node.lineno}: {node.name} has {length} lines")
    return found


def broad_excepts(file: File) -> list[str]:
    found = []
    for node in ast.walk(file.tree):
        for name in caught(node):
            if name in ("", "Exception", "BaseException") and (file.path, f"except {name}".strip()) not in MOVED:
                found.append(f"{file.path}:{node.lineno}: except {name or 'everything'}")
    return found


def caught(node: ast.AST) -> list[str]:
    """The names of the errors that an `except` or a `suppress(...)` takes; "" for a bare except."""
    if isinstance(node, ast.ExceptHandler):
        if node.type is None:
            return [""]
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    elif isinstance(node, ast.Call) and called_name(node) == "suppress":
        kinds = node.args
    else:
        return []
    return [kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "?") for kind in kinds]


RULES = (layering, outside, fences, lengths, broad_excepts)
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_package_keeps_the_rule(rule, path):
    assert rule(parsed(path, (PACKAGE / path).read_text(encoding="utf-8"))) == []


def test_every_moved_fence_is_still_needed():
    """A row of MOVED whose file no longer does it is deleted."""
    for path, what in MOVED:
        if (PACKAGE / path).exists():
            tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
            done = {name for node in ast.walk(tree) for name in [*fenced_call(node), *fenced_import(node)]}
            done |= {f"except {name}".strip() for node in ast.walk(tree) for name in caught(node)}
            assert what in done, f"MOVED[{path!r}, {what!r}]"


def test_tables_name_known_rooms():
    assert {room for pair in PEERS for room in pair} <= set(FLOOR)
    assert all(FLOOR[one] == FLOOR[other] for one, other in PEERS)
    assert set(ONLY) | set().union(*ONLY.values()) | {room for pair in NEVER for room in pair} <= set(FLOOR)


LONG_FUNCTION = "def f():\n" + "    pass\n" * LONGEST_FUNCTION

BAD = [
    (layering, "algebra/index.py", "from symgrad.declare import names"),
    (layering, "algebra/index.py", "import symgrad.declare.names"),
    (layering, "algebra/index.py", "from symgrad import declare"),
    (layering, "algebra/index.py", "from ..declare import names"),
    (layering, "algebra/index.py", "from .. import declare"),
    (layering, "errors.py", "import symgrad"),
    (layering, "errors.py", "from symgrad import Graph"),
    (layering, "errors.py", "from . import api"),
    (layering, "declare/graph.py", "def f():\n    from symgrad.derive import adjoint"),
    (layering, "declare/graph.py", "if TYPE_CHECKING:\n    from symgrad.derive import adjoint"),
    (layering, "check/proof.py", "from symgrad.read import tokens"),
    (layering, "read/parse.py", "from symgrad.check import samples"),
    (layering, "derive/adjoint.py", "from symgrad.explain import blocks"),
    (layering, "derive/adjoint.py", "from symgrad.layers import linear"),
    (layering, "explain/words.py", "from symgrad.render import html"),
    (layering, "render/html.py", "from symgrad.derive import derivation"),
    (layering, "render/html.py", "from symgrad.declare import names"),
    (layering, "render/html.py", "from symgrad.student import grade"),
    (layering, "student/grade.py", "from symgrad.derive import derivation"),
    (layering, "student/grade.py", "from symgrad.code import numpy"),
    (layering, "layers/linear.py", "from symgrad.check import proof"),
    (layering, "api.py", "from symgrad.cli import main"),
    (layering, "exercises.py", "from symgrad.cli import main"),
    (layering, "utils/text.py", "x = 1"),
    (layering, "derive/adjoint.py", "from symgrad.utils import text"),
    (outside, "algebra/normal.py", "import sympy"),
    (outside, "algebra/normal.py", "def f():\n    from sympy.core import Add"),
    (outside, "layers/linear.py", "from sympy import exp"),
    (outside, "cli.py", "import numpy as np"),
    (outside, "read/parse.py", "import latex2mathml.converter"),
    (outside, "check/numbers.py", "import torch"),
    (fences, "api.py", "e.doit()"),
    (fences, "declare/names.py", "sp.simplify(e)"),
    (fences, "declare/names.py", "from sympy import diff as d"),
    (fences, "algebra/border.py", "e.subs(a, b)"),
    (fences, "algebra/border.py", "solve(e, a)"),
    (fences, "algebra/border.py", "Mul(a, b, evaluate=False)"),
    (fences, "algebra/border.py", "with evaluate(False): pass"),
    (fences, "read/parse.py", "eval(text)"),
    (fences, "read/parse.py", "exec(text)"),
    (fences, "read/parse.py", "compile(text, '', 'eval')"),
    (fences, "read/parse.py", "sympy.sympify(text)"),
    (fences, "read/parse.py", "parse_expr(text)"),
    (fences, "read/parse.py", "from sympy.parsing import parse_expr"),
    (fences, "code/fast.py", "lambdify(x, e)"),
    (fences, "api.py", "importlib.import_module('symgrad.cli')"),
    (fences, "exercises.py", "exec(text)"),
    (lengths, "api.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (lengths, "api.py", LONG_FUNCTION),
    (lengths, "api.py", LONG_FUNCTION.replace("def", "async def")),
    (broad_excepts, "api.py", "try:\n    f()\nexcept:\n    pass"),
    (broad_excepts, "api.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (broad_excepts, "api.py", "try:\n    f()\nexcept (ValueError, builtins.BaseException) as e:\n    raise"),
    (broad_excepts, "api.py", "with contextlib.suppress(Exception):\n    f()"),
    (broad_excepts, "exercises.py", "try:\n    f()\nexcept:\n    pass"),
]


@pytest.mark.parametrize(("rule", "path", "source"), BAD, ids=range(len(BAD)))
def test_rule_flags_its_bad_sample(rule, path, source):
    assert rule(parsed(path, source)), f"{rule.__name__} does not see it"


def test_every_rule_has_a_bad_sample():
    assert {rule for rule, _, _ in BAD} == set(RULES)


GOOD = [
    (
        "derive/adjoint.py",
        "from symgrad.declare.names import Name\nfrom symgrad.derive import partials\nfrom . import x",
    ),
    ("check/numbers.py", "import numpy as np\nfrom symgrad import declare"),
    ("algebra/border.py", "import re\nimport sympy as sp\nWORD = re.compile('a')\nsp.Mul(a, b, evaluate=True)"),
    ("cli.py", "from symgrad import __version__, api, exercises\ntry:\n    f()\nexcept ValueError:\n    g()"),
    ("render/html.py", "from latex2mathml import converter\nfrom symgrad.explain.blocks import Key"),
    ("api.py", LONG_FUNCTION.replace("    pass\n", "", 1)),
]


@pytest.mark.parametrize(("path", "source"), GOOD, ids=[path for path, _ in GOOD])
def test_rules_let_good_samples_pass(path, source):
    assert [finding for rule in RULES for finding in rule(parsed(path, source))] == []
