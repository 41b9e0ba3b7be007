"""What a layer of the tests consists of: a graph, its lines in plain numpy, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import symgrad as sg
from tests.derive.fact import ENVIRONMENT, KINDS

Values = dict[str, Any]


@dataclass
class Case:
    id: str
    of: Any
    wrt: Any
    formula: Callable[[Any], Any]
    keep: tuple[Any, ...] = ()


@dataclass
class Layer:
    name: str
    graph: sg.Graph
    sizes: tuple[Mapping[str, int], ...]
    given: Callable[[Mapping[str, int], np.random.Generator], Values]
    lines: Mapping[str, Callable[[Values], Any]]
    cases: tuple[Case, ...]
    outputs: Mapping[str, str] = field(default_factory=dict)  # unknown loss -> what it depends on


def drawn(**shapes: Any) -> Callable[[Mapping[str, int], np.random.Generator], Values]:
    """Random arrays by the names of their sizes, `kind: sizes` for one of KINDS; a number is taken as it is."""

    def array(shape: str, sizes: Mapping[str, int], draw: np.random.Generator) -> np.ndarray:
        kind, _, names = shape.rpartition(":")
        value = draw.normal(size=[sizes[n] for n in names.split()])
        return KINDS[kind](value) if kind else value

    def given(sizes: Mapping[str, int], draw: np.random.Generator) -> Values:
        return {n: array(s, sizes, draw) if isinstance(s, str) else s for n, s in shapes.items()}

    return given


def texts(**lines: str) -> dict[str, Callable[[Values], Any]]:
    """Lines written as text, in the names of ENVIRONMENT, of sizes and of all values before them."""
    return {name: lambda v, text=text: eval(text, {**ENVIRONMENT, **v}) for name, text in lines.items()}


def unequal_and_one(**sizes: int) -> tuple[Mapping[str, int], ...]:
    return sizes, dict.fromkeys(sizes, 1)
