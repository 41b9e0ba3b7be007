"""The LaTeX of all wanted answers as it is: a change of it is seen in the diff, and is looked at.

After a change that is meant: `SYMGRAD_GOLDEN=write pytest tests/derive/test_golden.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.derive.layers import LAYERS
from tests.derive.test_wanted import REFUSED, WANTED, derived

GOLDEN = Path(__file__).with_name("golden.tex")


def lines() -> list[str]:
    found = []
    for layer in [*WANTED, *LAYERS]:
        for case in layer.cases:
            if f"{layer.name}-{case.id}" not in REFUSED:
                formula = derived(layer.name, case.id)._repr_latex_().removeprefix("$\\displaystyle ").removesuffix("$")
                found.append(f"% {layer.name}: {case.id}\n\\[ {formula} \\]")
    return found


def test_answers_are_written_as_they_were():
    text = "\n".join(lines()) + "\n"
    if os.environ.get("SYMGRAD_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()
