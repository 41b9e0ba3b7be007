"""What becomes of a graph: right, refused, wrong, crashed or slow."""

from __future__ import annotations

import itertools
import math
import random
import re
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sympy

from symgrad.errors import DeclarationError, SymgradError
from tests.derive.oracle import value
from tests.fuzz.functions import IN_ANSWERS, Entries
from tests.fuzz.graphs import Graph
from tests.fuzz.oracles import STEP, STEP_TWICE, NoNumbers, Sample, chosen_sizes, sampled, truth, upstream
from tests.fuzz.show import declaration

SLOW = 20.0  # seconds
MOST_PLACES = 40  # of an answer, compared at one sample
CLOSE, CLOSE_TWICE = 1e-6, 2e-5  # relative to the greatest entry of the truth; of second derivatives


class TookLong(Exception):
    """The time of one derivation is over."""


@dataclass(frozen=True)
class Verdict:
    """`reason` says what kind of refusal, fault or crash; `detail` where."""

    kind: str  # right, refused, wrong, crashed, slow or unjudged
    reason: str = ""
    detail: str = ""

    @property
    def is_fault(self) -> bool:
        return self.kind in ("wrong", "crashed")


@dataclass(frozen=True)
class Answer:
    """An answer as the user gets it: in SymPy, with the values of names that stand in it."""

    formula: sympy.Expr
    where: dict[str, sympy.Expr]


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def ring(*_: Any) -> None:
        raise TookLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def answered(graph: Graph, check: bool = True) -> Answer:
    """Runs the printed declaration, as a user would."""
    room: dict[str, Any] = {}
    source = declaration(graph)
    exec(source if check else re.sub(r"(wrt=.*)\)$", r"\1, check=False)", source, flags=re.M), room)
    return Answer(room["d"].answer, dict(room["d"].where))


def judge(graph: Graph, seconds: float = SLOW) -> Verdict:
    try:
        with limited(seconds):
            answer = answered(graph)
    except TookLong:
        return Verdict("slow", f"more than {seconds:.0f} s")
    except DeclarationError as error:
        return Verdict("crashed", f"DeclarationError: {_general(error.what)}", str(error))
    except SymgradError as error:
        return Verdict("refused", f"{type(error).__name__}: {_general(error.what)}", str(error))
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {place.filename.rsplit('symgrad/')[-1]}: {place.name}"
        return Verdict("crashed", where, f"{error}\n{traceback.format_exc(limit=-6)}")
    return compared(graph, answer)


def shows(like: Verdict, seconds: float = SLOW) -> Callable[[Graph], bool]:
    """Whether a graph can be judged and gets the same verdict."""

    def check(graph: Graph) -> bool:
        try:
            for sizes in chosen_sizes(graph, 0):
                sampled(graph, sizes, 0)
        except (NoNumbers, LookupError, ArithmeticError, ValueError):
            return False
        found = judge(graph, seconds)
        return (found.kind, found.reason) == (like.kind, like.reason)

    return check


def _general(what: str) -> str:
    """A message without the names of one graph, so that like refusals are counted together."""
    return re.sub(r"\d+", "#", re.sub(r"\b(?:[a-zA-Z]\w?|d\d|dL?_\w+)\b(?=[ \[]|$)", "_", what))[:90]


def compared(graph: Graph, answer: Answer, seed: int = 0) -> Verdict:
    """An answer against differences of the forward loops at a few sizes."""
    found = [compared_at(graph, answer, sizes, seed) for sizes in chosen_sizes(graph, seed)]
    faults = [v for v in found if v.kind == "wrong"]
    open_ = [v for v in found if v.kind == "unjudged"]
    return faults[0] if faults else open_[0] if len(open_) == len(found) else Verdict("right")


def compared_at(graph: Graph, answer: Answer, sizes: dict[str, int], seed: int) -> Verdict:
    """Differences that depend on their step say nothing: then other entries are drawn."""
    twice = len(graph.entries) > 1
    step, close = (STEP_TWICE, CLOSE_TWICE) if twice else (STEP, CLOSE)
    for attempt in range(4):
        try:
            sample = sampled(graph, sizes, seed + 1000 * attempt)
        except NoNumbers:
            break
        expected = truth(sample, step)
        at = _chosen(expected, seed)
        try:
            values = evaluated(sample, answer, at)
        except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__} while it is evaluated"
            return Verdict("wrong", reason, f"{error} at {sizes}: {answer.formula}")
        scale = max(1.0, *(abs(v) for v in expected.values()))
        if not _far(values, expected, at, close * scale):
            return Verdict("right")
        finer = truth(sample, step / 2)
        if not _far(expected, finer, at, close * scale / 4):
            return Verdict("wrong", "another value", _difference(graph, answer, sizes, values, expected, at))
    return Verdict("unjudged", "no stable differences")


def _chosen(expected: Entries, seed: int) -> list[tuple[int, ...]]:
    found = sorted(expected)
    return found if len(found) <= MOST_PLACES else random.Random(seed).sample(found, MOST_PLACES)


def _far(values: Entries, expected: Entries, at: list[tuple[int, ...]], most: float) -> bool:
    return any(isinstance(values[p], complex) or not abs(values[p] - expected[p]) <= most for p in at)


def _difference(graph: Graph, answer: Answer, sizes: Any, values: Entries, expected: Entries, at: Any) -> str:
    place = max(at, key=lambda p: abs(values[p] - expected[p]) if math.isfinite(abs(values[p])) else math.inf)
    names = [*graph.free, *(str(n.terms[0][1][0]) for entry in graph.entries for n in entry.at)]
    where = ", ".join(f"{n} = {v}" for n, v in itertools.chain(sizes.items(), zip(names, place, strict=True)))
    return f"{answer.formula} is {values[place]}, not {expected[place]}, at {where}"


def evaluated(sample: Sample, answer: Answer, at: list[tuple[int, ...]]) -> Entries:
    """The answer entry by entry; entries are looked up where they are declared, and nowhere else."""
    graph = sample.graph
    axes = {t.name: t.axes for t in (*graph.given, *graph.definitions)}
    tables = {**sample.values, **upstream(sample)}
    names: dict[str, Any] = {**IN_ANSWERS, **sample.sizes}
    names |= {n: own if axes.get(n, True) and () not in own else own[()] for n, own in tables.items()}
    for left, formula in answer.where.items():
        name, _, free = left.rstrip("]").partition("[")
        names[name] = Lazy(formula, free.split(", "), names) if free else value(formula, names)
    free = [*graph.free, *(n.terms[0][1][0] for entry in graph.entries for n in entry.at)]
    return {place: value(answer.formula, {**names, **dict(zip(free, place, strict=True))}) for place in at}


class Lazy(dict[tuple[int, ...], float]):
    """The entries of a name that an answer keeps, each worked out when it is read."""

    def __init__(self, formula: sympy.Expr, free: list[str], names: dict[str, Any]) -> None:
        super().__init__()
        self.formula, self.free, self.names = formula, free, names

    def __missing__(self, at: tuple[int, ...]) -> float:
        self[at] = found = value(self.formula, {**self.names, **dict(zip(self.free, at, strict=True))})
        return found
