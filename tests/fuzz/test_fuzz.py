"""Random graphs: answers against differences of plain loops. What fails is shrunk and printed to be pasted."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from tests.fuzz.generate import generated
from tests.fuzz.judge import Verdict, judge, shows
from tests.fuzz.oracles import NoNumbers
from tests.fuzz.show import declaration
from tests.fuzz.shrink import shrunk

FEW, MANY = range(60, 120), range(1000, 3000)
MOST_REFUSED, MOST_SLOW = 0.02, 0.01
SHRUNK = 4  # graphs of one run that are shrunk; the others are named by their seeds


class Outcome(NamedTuple):
    seed: int
    verdict: Verdict
    seconds: float


def outcome(seed: int) -> Outcome:
    started = time.monotonic()
    try:
        verdict = judge(generated(seed))
    except NoNumbers as none:
        verdict = Verdict("unjudged", str(none))
    return Outcome(seed, verdict, time.monotonic() - started)


def summary(found: Iterable[Outcome]) -> str:
    """Outcomes counted, with their seeds where they are not right."""
    kinds = Counter(o.verdict.kind for o in found)
    lines = [", ".join(f"{count} {kind}" for kind, count in kinds.most_common())]
    for (kind, reason), count in Counter((o.verdict.kind, o.verdict.reason) for o in found).most_common():
        if kind != "right":
            seeds = [o.seed for o in found if (o.verdict.kind, o.verdict.reason) == (kind, reason)]
            lines.append(f"  {count} {kind}: {reason} (seeds {', '.join(map(str, seeds[:8]))})")
    slowest = sorted(found, key=lambda o: -o.seconds)[:3]
    return "\n".join([*lines, "  slowest: " + ", ".join(f"{o.seconds:.1f} s (seed {o.seed})" for o in slowest)])


def pasteable(found: Outcome) -> str:
    """A failing graph, shrunk, as a declaration."""
    small = shrunk(generated(found.seed), shows(found.verdict), seconds=45)
    verdict = judge(small)
    return f"# seed {found.seed}: {verdict.kind}, {verdict.reason}\n# {verdict.detail[:300]}\n{declaration(small)}"


def settle(found: list[Outcome]) -> None:
    faults = [o for o in found if o.verdict.is_fault]
    refused = [o for o in found if o.verdict.kind == "refused"]
    assert not faults, "\n\n".join([summary(found), *map(pasteable, faults[:SHRUNK])])
    assert sum(o.verdict.kind == "slow" for o in found) <= MOST_SLOW * len(found), summary(found)
    assert len(refused) < MOST_REFUSED * len(found), summary(found)
    assert sum(o.verdict.kind == "unjudged" for o in found) < 0.01 * len(found), summary(found)


def test_a_few_random_graphs():
    settle([outcome(seed) for seed in FEW])


@pytest.mark.fuzz
def test_many_random_graphs(capsys):
    started = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count() or 1) as pool:
        found = pool.map(outcome, MANY, chunksize=10)
    with capsys.disabled():
        print(f"\n{len(found)} graphs, seeds {MANY}, {time.monotonic() - started:.0f} s: {summary(found)}")
    settle(found)
