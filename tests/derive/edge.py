"""A layer at the edges of its sizes: the answer by the oracle's walk, SymPy's doit and lambdify, against numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np
import pytest
import sympy

import symgrad as sg
from tests.derive.layer import Values
from tests.derive.oracle import Box, differences, entries, value

Sizes = Mapping[str, int]
Names = Sequence[str]
MOST_ENTRIES = 2  # that doit is asked for


@dataclass
class Edge:
    """`lines` are the definitions in plain numpy, from the values before them; sizes are values too.

    `outputs`: unknown loss -> the name it depends on. `start`: the first value of every axis.
    `faults` seen: reader -> (a pattern of the sizes where it is wrong, the fact).
    """

    name: str
    of: Any
    wrt: Any
    graph: sg.Graph
    sizes: Sequence[Sizes]
    given: Callable[[Sizes, np.random.Generator], Values]
    lines: Mapping[str, Callable[[Values], Any]]
    outputs: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    faults: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def derived(self) -> sg.Derivation:
        return self.graph.derive(self.of, wrt=self.wrt, check=False)

    @cached_property
    def answer(self) -> sympy.Expr:
        return self.derived.answer

    @cached_property
    def seen(self) -> dict[str, tuple[dict[str, Any], np.ndarray]]:
        return {}

    def at(self, sizes: Sizes) -> tuple[dict[str, Any], np.ndarray]:
        """Everything an answer may name, with its value, and the gradient by central differences."""
        key = str(sizes)
        if key not in self.seen:
            given = {**sizes, **self.given(sizes, np.random.default_rng(len(sizes)))}
            self.seen[key] = valued(self.derived, given, self.lines, self.outputs, self.start)
        return self.seen[key]


def rows(edges: Sequence[Edge]) -> list[Any]:
    """One test for each layer, combination of sizes and reader of the answer.

    SymPy's doit is slow: the default run asks it for every third combination.
    """
    found = []
    for edge, (n, sizes), by in ((e, z, by) for e in edges for z in enumerate(e.sizes) for by in READERS):
        label = " ".join(f"{k}{v}" for k, v in sizes.items())
        marks: list[Any] = [pytest.mark.fuzz] if by == "doit" and n % 3 else []
        pattern, reason = edge.faults.get(by, ("", ""))
        if reason and re.fullmatch(pattern, label):
            marks.append(pytest.mark.xfail(strict=True, raises=(AssertionError, IndexError), reason=reason))
        found.append(pytest.param(edge, sizes, by, id=f"{edge.name} {label} {by}", marks=marks))
    return found


def drawn(*shapes: str) -> Callable[[Sizes, np.random.Generator], Values]:
    """Random arrays: drawn("x H", "w K K") where the sizes are those of the table, or values derived from them."""

    def given(sizes: Sizes, draw: np.random.Generator) -> Values:
        split = [s.split(maxsplit=1) for s in shapes]
        return {
            name: draw.normal(size=[int(eval(n, {}, dict(sizes))) for n in " ".join(rest).split()])
            for name, *rest in split
        }

    return given


# --- the forward pass in plain numpy ----------------------------------------------------------------------------------


def probe(y: Any) -> float:
    """A loss whose gradient is different at all entries."""
    flat = np.ravel(y)
    return sum(np.sin(v + n) + 0.3 * v * flat[n - 1] for n, v in enumerate(flat))


def run(lines: Mapping, outputs: Mapping, given: Values, held: Values | None = None) -> Values:
    """Every line in order; a name that is held is taken as it is."""
    values = {**given, **(held or {})}
    for name, line in lines.items():
        if name not in values:
            values[name] = line(values)
    for loss, of in outputs.items():
        values[loss] = probe(values[of])
    return values


def valued(
    d: sg.Derivation, given: Values, lines: Mapping, outputs: Mapping, start: int = 0
) -> tuple[dict[str, Any], np.ndarray]:
    values = run(lines, outputs, given)

    def slope(of: str, by: str) -> np.ndarray:
        return differences(lambda v: run(lines, outputs, given, {by: v})[of], values[by])

    tensors = d.engine.model.tensors
    for name in d.poly.tensors:
        if tensors[name].kind in ("upstream", "adjoint"):
            values[name] = slope(*tensors[name].of)
    names = {n: Box(v, start) if np.ndim(v) else v if isinstance(v, int) else float(v) for n, v in values.items()}
    return names, slope(d.engine.of, d.engine.by)


# --- three readers of one answer --------------------------------------------------------------------------------------


def exactly(e: sympy.Expr, names: Mapping[str, Any]) -> tuple[sympy.Expr, dict[str, Any]]:
    """The walk of the oracle in fractions: 4/3 - 5/3 - 2/3 has to be -1 where a limit is rounded."""
    ratios = {r: sympy.Symbol(f"ratio {r}") for r in e.atoms(sympy.Rational) if not r.is_Integer}
    known = {n: Fraction(v) if isinstance(v, int) else v for n, v in names.items()}
    return e.xreplace(ratios), {**known, **{s.name: Fraction(r.p, r.q) for r, s in ratios.items()}}


def by_walk(e: sympy.Expr, free: Names, shape: tuple[int, ...], names: Mapping[str, Any], start: int = 0) -> np.ndarray:
    exact, known = exactly(e, names)
    return entries(exact, list(free), shape, known, start)


def some(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The first entry and the last: SymPy is slow."""
    every = list(np.ndindex(*shape))
    return [every[n] for n in sorted({round(n) for n in np.linspace(0, len(every) - 1, MOST_ENTRIES)})]


def numbers_of(e: sympy.Expr, names: Mapping[str, Any]) -> dict[sympy.Symbol, int]:
    """The sizes of an expression (and nothing else) as a substitution."""
    return {s: names[str(s)] for s in e.free_symbols if s.is_Symbol and isinstance(names.get(str(s)), int)}


def by_doit(e: sympy.Expr, free: Names, shape: tuple[int, ...], names: Mapping[str, Any], start: int = 0) -> np.ndarray:
    """`answer.subs(sizes).subs(indices).doit()`, of which entries and scalars are read, and nothing else."""
    sized = e.subs(numbers_of(e, names))
    symbols = [next((s for s in e.free_symbols if str(s) == n), sympy.Symbol(n)) for n in free]
    found = np.full(shape, np.nan)
    for at in some(shape):
        done = sympy.sympify(sized.subs(dict(zip(symbols, (start + n for n in at), strict=True))).doit())
        assert not done.atoms(sympy.Sum, sympy.Piecewise, sympy.KroneckerDelta), done
        found[at] = value(done, names)
    return found


@cache
def compiled(e: sympy.Expr, modules: Any) -> tuple[list[sympy.Symbol], Callable[..., Any]]:
    symbols = sorted((s for s in e.free_symbols if s.is_Symbol), key=str)
    return symbols, sympy.lambdify(symbols, e, modules=modules)


def by_lambdify(
    e: sympy.Expr, free: Names, shape: tuple[int, ...], names: Mapping[str, Any], start: int = 0, modules: Any = "math"
) -> np.ndarray:
    """`lambdify` of the free indices, sizes and arrays; arrays from `start` get that many unused entries in front."""
    symbols, call = compiled(e, modules)
    found = np.empty(shape)
    arrays = {n: np.pad(v.array, [(start, 0)] * v.array.ndim) for n, v in names.items() if isinstance(v, Box)}
    for at in np.ndindex(*shape):
        known = {**names, **arrays, **dict(zip(free, (start + n for n in at), strict=True))}
        found[at] = call(*(known[str(s)] for s in symbols))
    return found


READERS = {"walk": by_walk, "doit": by_doit, "lambdify": by_lambdify}


def agree(d: sg.Derivation, names: Mapping[str, Any], truth: np.ndarray, start: int = 0) -> None:
    """For tests of their own: the oracle's walk is as good as the differences."""
    found = by_walk(d.answer, d.engine.free, truth.shape, names, start)
    assert found == pytest.approx(truth, rel=1e-6, abs=1e-7), d.text


def agree_at(edge: Edge, sizes: Sizes, by: str) -> None:
    names, truth = edge.at(sizes)
    found = READERS[by](edge.answer, edge.derived.engine.free, truth.shape, names, edge.start)
    read = ~np.isnan(found) if by == "doit" else np.full(truth.shape, True)
    assert read.any()
    assert found[read] == pytest.approx(truth[read], rel=1e-6, abs=1e-7), edge.derived.text
