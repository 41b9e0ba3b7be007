"""docs/layers.md says what is true: every layer, how it is declared, its gradient.

After a change that is meant: `SYMGRAD_GOLDEN=write pytest -m "" tests/layers/test_document.py`.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest

from tests.layers.samples import LAYERS, LOSSES, ROWS, Row
from tests.layers.test_layers import SLOW

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
HEAD = """# Layers

Written by `tests/layers/test_document.py`. Each layer declares its parameters and definitions in a graph and returns
the handle of its output: `y = sg.Linear(n, m)(g, x, "1")`. A label is appended to the names. Sizes: symbols or numbers.
The gradients are those of an unknown loss f of the output, so `df/dy` is given; losses are differentiated themselves.
The last column is the worst relative error of the answer against central differences of the definitions.
"""
TABLE = "| layer | declaration | gradient by its input | error |\n|---|---|---|---|\n"


@cache
def line(name: str) -> str:
    """The row of a layer in the table."""
    row = next(r for r in ROWS if r.name == name)
    g, loss, _ = row.declared()
    by = row.asked(g)[0]
    d = g.derive(loss, wrt=g[by])
    given = f"<br>given `{row.inputs}`" + (f"<br>before it `{row.before}`" if row.before else "")
    where = "".join(f"<br>where `{k} = {v}`" for k, v in d.where.items() if k in str(d.answer))
    return f"| {name} | `{row.line}`{given} | by `{by}`: `{d.text}`{where} | {d.certificate.worst:.0e} |"


def section(title: str, rows: list[Row]) -> str:
    return f"\n## {title}\n\n{TABLE}" + "".join(line(r.name) + "\n" for r in rows)


def without_error(text: str) -> str:
    """The error is of the machine: another one has other last digits."""
    return re.sub(r"\| \d+e-\d+ \|$", "| |", text)


def test_the_document_is_written_when_asked():
    if os.environ.get("SYMGRAD_GOLDEN") == "write":
        DOCUMENT.write_text(HEAD + section("Layers", LAYERS) + section("Losses", LOSSES), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    assert re.findall(r"^\| (?!layer \|)(\w[^|]*?) \|", text, re.MULTILINE) == [r.name for r in ROWS]
    assert all(float(error) < 1e-8 for error in re.findall(r"\| (\d+e-\d+) \|$", text, re.MULTILINE))


@pytest.mark.parametrize("name", [pytest.param(r.name, marks=pytest.mark.fuzz if r.name in SLOW else ()) for r in ROWS])
def test_the_document_is_up_to_date(name: str):
    written = [x for x in DOCUMENT.read_text(encoding="utf-8").splitlines() if x.startswith(f"| {name} |")]
    assert list(map(without_error, written)) == [without_error(line(name))]
