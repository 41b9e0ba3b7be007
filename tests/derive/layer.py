"""What a layer of the tests consists of: a graph, its lines in plain numpy, and the questions asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import symgrad as sg

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
    """Random arrays by the names of their sizes; a number is taken as it is."""

    def given(sizes: Mapping[str, int], draw: np.random.Generator) -> Values:
        return {
            name: draw.normal(size=[sizes[n] for n in shape.split()]) if isinstance(shape, str) else shape
            for name, shape in shapes.items()
        }

    return given
