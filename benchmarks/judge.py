"""Judging formulas beside SymPy's two LaTeX readers with simplify, and latex2sympy2_extended with lambdify, in one run.

By hand: `python -m benchmarks.judge`. `pip install "antlr4-python3-runtime==4.11.*" lark latex2sympy2_extended` brings
the others; one that is not installed is left out, and the reason printed. Every tool is given the labelled answers of
tests/student/answers.json; a tool that reads neither side has not understood.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gc
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sympy

from symgrad import exercises
from symgrad.algebra.contract import contract
from symgrad.errors import SymgradError
from symgrad.student.judge import Judge
from symgrad.student.meaning import Meaning
from symgrad.student.probe import probe
from symgrad.student.settle import fitted
from symgrad.student.symbols import understood

ROWS = json.loads((Path(__file__).parent.parent / "tests/student/answers.json").read_text(encoding="utf-8"))
RIGHT = ("right", "right, not worked out")
PATIENCE = 5  # seconds for one formula of another tool
ROUNDS = 3
Verdict = Callable[[dict[str, Any]], str]


def ours() -> dict[str, Any]:
    """The graders of all parts, warmed up: references are derived once."""
    loaded: dict[str, Any] = {}
    for row in ROWS:
        name, part = row["part"].split(".")
        exercise = loaded.setdefault(name, exercises.load(name))
        if row["part"] not in loaded:
            loaded[row["part"]] = exercise.grader(part)
            loaded[row["part"]].judge_here(row["answer"])
    gc.freeze()  # as the process in which symgrad judges does
    return loaded


def by_simplify(backend: str) -> Verdict:
    from sympy.parsing.latex import parse_latex

    parse_latex("x", backend=backend)

    def verdict(row: dict[str, Any]) -> str:
        sides = [parse_latex(row[side], backend=backend) for side in ("answer", "reference")]
        return "right" if sympy.simplify(sides[0] - sides[1]) == 0 else "wrong"

    return verdict


def by_lambdify() -> Verdict:
    from latex2sympy2_extended import latex2sympy

    latex2sympy("x")

    def verdict(row: dict[str, Any]) -> str:
        sides = [latex2sympy(row[side]) for side in ("answer", "reference")]
        names = sorted(set().union(*(side.free_symbols for side in sides)), key=str)
        both = [sympy.lambdify(names, side) for side in sides]
        draw = random.Random(0)
        for _ in range(5):
            at = [draw.uniform(0.5, 1.5) for _ in names]
            left, right = (float(f(*at)) for f in both)
            if abs(left - right) > 1e-9 * max(1.0, abs(left), abs(right)):
                return "wrong"
        return "right"

    return verdict


def _late(*_: Any) -> None:
    raise TimeoutError


def row_of(name: str, verdict: Verdict) -> None:
    """One line: how often right, what was accepted wrongly, and the time of one formula."""
    counts: Counter[str] = Counter()
    signal.signal(signal.SIGALRM, _late)
    started = time.process_time()
    for row in ROWS:
        signal.alarm(PATIENCE)
        try:
            found = verdict(row)
        except (Exception, SystemExit):  # noqa: BLE001  whatever another tool does: it has no verdict
            found = "none"
        finally:
            signal.alarm(0)
        wanted = "right" if row["verdict"] in RIGHT else row["verdict"]
        counts["as labelled"] += found == wanted
        counts["wrong ones accepted"] += found == "right" and wanted != "right"
        counts["right ones refused"] += found == "wrong" and wanted == "right"
        counts["no verdict"] += found in ("none", "undecided", "not understood") and found != wanted
    spent = (time.process_time() - started) / len(ROWS)
    cells = "  ".join(f"{counts[c]:3} {c}" for c in LABELS)
    print(f"{name:42} {cells}  {spent * 1e3:8.2f} ms a formula")


LABELS = ("as labelled", "wrong ones accepted", "right ones refused", "no verdict")


def probed(row: dict[str, Any], grader: Any) -> None:
    """Read, given a meaning, and compared at the first samples: rung 3 and nothing else."""
    own, text = grader.reference, row["answer"]
    found = understood(text, grader.names, own.of)
    judge = Judge(text, found, own)
    node, _ = judge.answers()[-1]
    way = judge.ways(node, {})[0]
    if way.left:
        raise SymgradError("other free indices than those asked for", where=text)
    meaning = Meaning(text, own, way.renamed)
    poly = fitted(meaning.whole(node), own, own.model)
    model = own.model.extended(*meaning.names.values())
    probe(contract(poly, model.context(own.free)), own.answer, own.free, model, own.numbers.trials, own.known)


def can_be_probed(row: dict[str, Any], grader: Any) -> bool:
    """Whether a formula has a meaning of the right shape, with the indices asked for."""
    try:
        probed(row, grader)
    except SymgradError:
        return False
    return True


def per_second(what: str, work: Callable[[dict[str, Any]], object], rows: list[dict[str, Any]]) -> None:
    """Formulas a second, on one core."""
    started = time.process_time()
    for _ in range(ROUNDS):
        for row in rows:
            work(row)
    spent = time.process_time() - started
    print(f"symgrad, {what:40} {len(rows) * ROUNDS / spent:8.0f} a second")


def main() -> None:
    graders = ours()

    def judged(row: dict[str, Any]) -> str:
        kind = graders[row["part"]].judge_here(row["answer"]).kind
        return "right" if kind in RIGHT else kind

    row_of("symgrad", judged)
    others = (
        ("SymPy, antlr, simplify", lambda: by_simplify("antlr")),
        ("SymPy, lark, simplify", lambda: by_simplify("lark")),
        ("latex2sympy2_extended, lambdify", by_lambdify),
    )
    for name, make in others:
        try:
            row_of(name, make())
        except ImportError as reason:
            print(f"{name} is left out: {reason}")
    rows = [r for r in ROWS if r["verdict"] != "not understood" and hasattr(graders[r["part"]], "names")]
    per_second("read", lambda row: understood(row["answer"], graders[row["part"]].names), rows)
    plain = [r for r in rows if can_be_probed(r, graders[r["part"]])]
    per_second("read and probed", lambda row: probed(row, graders[row["part"]]), plain)
    per_second("wrong ones: judged, conventions tried too", judged, [r for r in rows if r["verdict"] == "wrong"])
    per_second("right ones: judged with proof", judged, [r for r in rows if r["verdict"] == "right"])
    per_second("all", judged, ROWS)


if __name__ == "__main__":
    main()
