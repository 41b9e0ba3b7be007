"""What a formula is compared with: a finished answer, and everything that may be named in a formula about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from symgrad.algebra.records import Poly
from symgrad.check.numbers import Numbers
from symgrad.check.sizes import choose_sizes
from symgrad.declare.arrays import Room
from symgrad.declare.model import Model, Tensor
from symgrad.student.exact import Array
from symgrad.student.probe import Known
from symgrad.student.samples import Further


class Closed(NamedTuple):
    """The value of a derivative: a poly over `axes`, those of what is differentiated first."""

    axes: tuple[str, ...]
    poly: Poly
    names: tuple[Tensor, ...] = ()  # gradients that are given and stand in it


MANY = 30  # choices of sizes
Derivative = Callable[[str, str], Closed | None]
Slope = Callable[[str, int], Callable[[Poly], Poly] | None]


@dataclass(frozen=True)
class Reference:
    """The derivative of `of` by `by`, with indices `free`, those of `of` first.

    `earlier`: (name, name differentiated by) of the answers of earlier parts, which a formula may use. `total` and
    `local` give the value of any derivative between declared names, None where there is none; `slope` the derivative
    of a function of one argument, by the number of its primes. `partials`: derivatives
    between definitions count as worked out. `read`: other names for free indices.
    """

    model: Model
    of: str
    by: str
    free: tuple[str, ...]
    answer: Poly
    numbers: Numbers
    total: Derivative
    local: Derivative
    slope: Slope
    earlier: frozenset[tuple[str, str]] = frozenset()
    let: Mapping[str, str] = field(default_factory=dict)  # name -> the definition by which the gradient is taken
    read: Mapping[str, str] = field(default_factory=dict)
    partials: bool = False
    conventions: tuple[str, ...] = ()
    through: Callable[[str], Closed | None] = lambda by: None  # the answer by the gradient of a name, which is names[0]
    value: Callable[[], Array | None] = lambda: None  # the answer at the numbers of the exercise, where it has any
    room: Callable[[Collection[str]], Room] | None = None  # for arrays of code, a new one each time; with indices in it
    invented: frozenset[str] = frozenset()  # free indices whose letters nobody chose
    is_name: bool = False  # the answer is `by` itself: a line says what a definition is
    shown: Callable[[Poly, Model], str] = lambda poly, model: ""  # entries in LaTeX

    @cached_property
    def sizes(self) -> tuple[Mapping[str, int], ...]:
        """Many choices of sizes, at which ranges are looked at."""
        return choose_sizes(self.numbers.model, MANY, self.numbers.seed)

    @cached_property
    def known(self) -> Known:
        """Values of the answer at samples, kept from formula to formula."""
        return {}

    @cached_property
    def more(self) -> Further:
        """Further samples, for formulas that the first ones and a proof leave undecided."""
        return Further(self.numbers, self.answer, self.free, self.model)
