"""Folding on random graphs: it never lengthens, and it costs at most twice what the rest of deriving costs.

That its answers are right is shown by test_fuzz.py, which asks for folded answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pytest

from symgrad import SymgradError, api
from symgrad.algebra.records import Poly
from symgrad.derive.closed import Closed, Folder
from symgrad.derive.look import look
from symgrad.derive.measure import measure
from tests.fuzz.generate import generated
from tests.fuzz.judge import TookLong, answered, limited

FEW, MANY = range(60, 120), range(1000, 2000)
MOST_TIMES = 3.0  # deriving with folding, times deriving without, over all graphs of a run


@dataclass
class Watch:
    """Seconds of deriving and of folding in it, and what was folded to something longer."""

    deriving: float = 0.0
    folding: float = 0.0
    folded: int = 0
    longer: list[tuple[Poly, Poly]] = field(default_factory=list)

    @property
    def times(self) -> float:
        return self.deriving / (self.deriving - self.folding)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found, derive, close = Watch(), api.engine.derive_each, Folder.close

    def deriving(*args: Any, **options: Any) -> Any:
        started = time.process_time()
        try:
            return derive(*args, **options)
        finally:
            found.deriving += time.process_time() - started

    def folding(folder: Folder, start: Poly) -> Closed:
        started = time.process_time()
        closed = close(folder, start)
        found.folding += time.process_time() - started
        found.folded += 1
        if measure(closed.poly) > measure(look(start)):
            found.longer.append((start, closed.poly))
        return closed

    monkeypatch.setattr(api.engine, "derive_each", deriving)
    monkeypatch.setattr(Folder, "close", folding)
    return found


def watched(seeds: Iterable[int], watch: Watch) -> list[float]:
    """Runs graphs without their certificates; the times of each."""
    times = []
    for seed in seeds:
        before = Watch(watch.deriving, watch.folding)
        try:
            with limited(20):
                answered(generated(seed), check=False)
        except (SymgradError, TookLong):
            continue
        times.append(Watch(watch.deriving - before.deriving, watch.folding - before.folding).times)
    return times


def test_folding_never_lengthens(watch: Watch):
    times = watched(FEW, watch)
    assert len(times) > 50 and watch.folded > 100
    assert not watch.longer


@pytest.mark.fuzz
def test_folding_many(watch: Watch, capsys: pytest.CaptureFixture[str]):
    times = watched(MANY, watch)
    with capsys.disabled():
        print(
            f"\nfolding, seeds {MANY}: {watch.folded} folds, none longer; deriving {watch.deriving:.1f} s, of these "
            f"folding {watch.folding:.1f} s: {watch.times:.2f} times deriving without; median of the graphs "
            f"{median(times):.2f}, greatest {max(times):.1f}"
        )
    assert not watch.longer
    assert watch.times <= MOST_TIMES
