"""README.md is run, block after block, in one namespace, from an empty folder.

In a ```python block a promise is a comment `# -> text` at the end of a statement: what it prints, or else its value,
must be that text (`...` stands for anything). A ```text block right after a python block is all that the block prints.
A block with `>>>` is a doctest. Pictures and links must exist, and so must every `make` target and `symgrad` command.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from symgrad import cli

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

MATCHING = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    language: str
    line: int  # of its first line, counted from 1
    text: str
    follows: bool  # nothing but blank lines between it and the block before


def blocks(document: str) -> list[Block]:
    found, end = [], 0
    for match in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", document, re.MULTILINE | re.DOTALL):
        line = document.count("\n", 0, match.start(2)) + 1
        found.append(Block(match[1], line, match[2], bool(found) and not document[end : match.start()].strip()))
        end = match.end()
    return found


def agree(expected: str, got: str) -> bool:
    return doctest.OutputChecker().check_output(expected.strip() + "\n", got.strip() + "\n", MATCHING)


def promises(text: str) -> dict[int, str]:
    """Line of the block -> text of its `# -> ...` comment."""
    found = enumerate(text.splitlines(), 1)
    return {line: match[1] for line, content in found if (match := re.search(r"\s# -> (.*)$", content))}


def run_block(text: str, names: dict) -> tuple[list[str], str]:
    """Run the statements one by one: (broken promises, everything that was printed)."""
    promised, broken, printed = promises(text), [], ""
    for statement in ast.parse(text).body:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "README.md", "eval"), names)
            else:
                value = exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
        printed += out.getvalue()
        expected = promised.pop(statement.end_lineno, None)
        got = out.getvalue() or ("" if value is None else str(value))
        if expected is not None and not agree(expected, got):
            broken.append(f"{ast.unparse(statement)}\n  expected: {expected}\n  got: {got}")
    broken += [f"no statement ends on the line of `# -> {expected}`" for expected in promised.values()]
    return broken, printed


def run_document(document: str) -> list[str]:
    """What README promises and does not keep."""
    broken: list[str] = []
    names: dict = {"__name__": "readme"}
    printed = None
    for block in blocks(document):
        if block.language == "python" and ">>> " in block.text:
            broken += run_doctest(block, names)
        elif block.language == "python":
            findings, printed = run_block(block.text, names)
            broken += [f"line {block.line}: {finding}" for finding in findings]
            continue
        elif block.language == "text" and block.follows and printed is not None and not agree(block.text, printed):
            broken.append(f"line {block.line}: expected:\n{block.text}got:\n{printed}")
        printed = None
    return broken


def run_doctest(block: Block, names: dict) -> list[str]:
    example = doctest.DocTestParser().get_doctest(block.text, names, "README.md", "README.md", block.line)
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=MATCHING, verbose=False)
    runner.run(example, out=report.write, clear_globs=False)
    names.update(example.globs)
    return [report.getvalue()] if runner.failures else []


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_readme_keeps_its_promises(readme, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    python = [block for block in blocks(readme) if block.language == "python"]
    assert any(promises(block.text) or ">>> " in block.text for block in python), "README shows no result"
    assert run_document(readme) == []


def test_pictures_and_links_exist(readme):
    targets = re.findall(r"\]\(([^)\s]+)\)", readme) + re.findall(r"(?:src|href)=\"([^\"]+)\"", readme)
    local = [target.split("#")[0] for target in targets if not re.match(r"https?:|mailto:|#", target)]
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_commands_exist(readme):
    assert unknown_commands(readme) == []


def unknown_commands(document: str) -> list[str]:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shell = [block.text for block in blocks(document) if block.language in ("sh", "bash", "console")]
    unknown = []
    for line in "".join(shell).splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words[:1] == ["make"] and not {word for word in words[1:] if "=" not in word} <= targets:
            unknown.append(line)
        if words[:1] == ["symgrad"]:
            unknown += [line] if rejected(words[1:]) else []
    return unknown


def rejected(words: list[str]) -> bool:
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            cli._parser().parse_args(words)
    except SystemExit as stop:
        return stop.code != 0
    return False


BROKEN = [
    "```python\n1 + 1  # -> 3\n```",
    "```python\nx = 1  # -> 1\n```",
    "```python\nprint('a')  # -> b\n```",
    "```python\n(1 +\n 1)  # -> 3\n```",
    "```python\nfor i in range(2):\n    i + 1  # -> 5\n    i\n```",
    "```python\nprint('a')\n```\n\n```text\nb\n```",
    "```python\n>>> 1 + 1\n3\n```",
]


@pytest.mark.parametrize("document", BROKEN)
def test_a_broken_promise_is_seen(document):
    assert run_document(document)


def test_kept_promises_pass():
    document = (
        "```python\nx = 2\nx + 1  # -> 3\nprint('a')  # -> a\n'worst 3e-10'  # -> worst ...\n```\ntext\n"
        "```python\nprint(x)\nprint(x)\n```\n\n```text\n2\n2\n```\n"
        "```python\n>>> x\n2\n>>> y = 1\n```\n```python\ny  # -> 1\n```\n"
    )
    assert len(blocks(document)) == 5
    assert run_document(document) == []


def test_an_unknown_command_is_seen():
    assert unknown_commands("```sh\nmake ky\nsymgrad kye\nmake key PYTHON=python3\nsymgrad key -o x  # note\n```") == [
        "make ky",
        "symgrad kye",
    ]
