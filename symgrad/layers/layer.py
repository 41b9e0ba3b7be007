"""What a layer is, and what every family uses: names with a label, indices, and refusals.

A layer of your own is a frozen dataclass with one method, which calls the graph as you would by hand:

>>> from dataclasses import dataclass
>>> import symgrad as sg
>>> @dataclass(frozen=True)
... class Scaled(sg.Layer):
...     n: object
...     def __call__(self, g, x, label=""):
...         named = self.names(g, label)
...         a = named.parameter("a", self.n)
...         return named.define("y", a * sg.tanh(x))
>>> g = sg.Graph("mine")
>>> b, n = g.sizes("b n")
>>> y = Scaled(n)(g, g.input("x", b, n), "1")
>>> g.derive(g.loss("f", of=y), wrt=g["a1"]).text
'sum(df/dy1[i, j]*tanh(x[i, j]), i=0..b-1)'
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Context
from symgrad.declare.graph import Declarations
from symgrad.declare.names import Index, Tensor
from symgrad.errors import DeclarationError

SHOWN = {"s2": r"\sigma^{2@}"}  # displayed forms that do not follow from the name, with @ where the label stands


@dataclass(frozen=True)
class Named:
    """Declares names with a label in a graph: W with the label 1 is W1, shown as W^{(1)}."""

    g: Declarations
    label: str = ""

    def name(self, name: str) -> str:
        """W1 for a number, W_enc for a word, s2_1 where the name itself ends in a digit."""
        if not self.label:
            return name
        return f"{name}{'' if self.label.isdigit() and not name[-1].isdigit() else '_'}{self.label}"

    def parameter(self, name: str, *axes: Any) -> Any:
        return self.g.parameter(self.name(name), *axes)

    def shared(self, name: str, *axes: Any) -> Any:
        """A parameter without a label that all calls use; declared by the first of them."""
        return self.g[name] if name in self.g.model.tensors else self.g.parameter(name, *axes)

    def input(self, name: str, *axes: Any) -> Any:
        return self.g.input(self.name(name), *axes)

    def epsilon(self, value: Any = None) -> Any:
        """A number as it is given; a positive constant where none is."""
        return self.g.constant(self.name("epsilon"), positive=True) if value is None else value

    def define(self, name: str, value: Any, over: Sequence[Index] = ()) -> Any:
        shown = SHOWN.get(name, "").replace("@", f"({self.label})" if self.label else "")
        indexed = bool(over) or getattr(value, "ndim", 0) > 0
        return self.g.define(self.name(name), value, over=over, shown=f"{shown}_#" if shown and indexed else shown)


class Declared:
    """What layers, cells and losses have in common."""

    def names(self, g: Declarations, label: str) -> Named:
        return Named(g, label)

    def refuse(self, what: str, expected: str, given: Any, fix: str = "") -> DeclarationError:
        return DeclarationError(what, where=str(self), expected=expected, given=str(given), fix=fix)

    def of_axes(self, x: Any, shape: str) -> None:
        """Refuses an array with another number of axes than the shape that is written out: "(batch, channels)"."""
        count = shape.count(",") + 1
        if getattr(x, "ndim", -1) != count:
            raise self.refuse(f"{count} axes are needed", shape, f"{x!r}", 'g.input("x", ...) with these axes')

    def of_size(self, g: Declarations, what: str, wanted: Any, given: Any) -> None:
        """Refuses a size that is not known to be the one that the layer was made for."""
        rest = g.affine(expression(given) - wanted, str(self))
        context = Context(frozenset(g.model.sizes), {}, g.model.relations)
        if not (context.proves(rest) and context.proves(-rest)):
            raise self.refuse(
                f"the {what} do not fit: {wanted} and {given} differ", f"{wanted} {what}", given, f"a layer for {given}"
            )

    def entries(self, x: Any) -> Any:
        """A name whose entries can be taken by indices."""
        if not isinstance(x, Tensor):
            raise self.refuse("an expression without a name", "a declared name", f"{x!r}", 'g.define("x", ...) first')
        return x

    def part(self, whole: Any, groups: Any, what: str) -> Any:
        """The size of one of several equal groups."""
        found = expression(whole) / groups
        if not found.is_integer:
            raise self.refuse(f"{whole} {what} are not divided by {groups} groups", "equal groups", f"{whole}/{groups}")
        return found

    def several(self, value: Any, axes: int) -> tuple[Any, ...]:
        """One value for each axis."""
        found = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
        if len(found) != axes:
            raise self.refuse(f"{len(found)} values for {axes} axes", f"one value, or {axes}", value)
        return found


@dataclass(frozen=True)
class Layer(Declared, ABC):
    """An array in, an array out: declares parameters and definitions in `g` and returns the handle of its output."""

    @abstractmethod
    def __call__(self, g: Declarations, x: Any, label: str = "") -> Any:
        """`label` is appended to the names."""


def fresh(g: Declarations, counts: Sequence[Any], taken: Sequence[Index]) -> list[Index]:
    """Indices from 0 on over the given numbers of values, different from each other and from those taken."""
    found: list[Index] = []
    for count in counts:
        found.append(g[g.index_over(count, [i.name for i in (*taken, *found)])])
    return found
