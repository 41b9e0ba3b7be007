"""Graders of answers that are numbers: the names of a graph with their exact values, as the judges want them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from symgrad.algebra.records import Ref
from symgrad.check.enclose import Between
from symgrad.declare.model import Model, Tensor
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.notation import Notation
from symgrad.explain.spelling import template
from symgrad.numeric import Numeric
from symgrad.read.names import Names
from symgrad.read.resolve import names_of
from symgrad.student.answers import Answers
from symgrad.student.conventions import rounding
from symgrad.student.named_values import Asked, NamedValues
from symgrad.student.worked import Known, Numbers
from symgrad.values import between

if TYPE_CHECKING:
    from symgrad.api import Graph


def reader_names(model: Model) -> Names:
    """The names of a model as answers may write them."""
    return names_of(model, template, Notation(model).index_name)


def numbers_of(graph: Graph, sizes: Mapping[str, int] | None = None) -> Numbers:
    """The exact entries of every name and size that has numbers."""
    model = graph.model
    numeric = Numeric(model, graph.numbers_given)
    known = {**numeric.values.sizes, **(sizes or {})}

    @cache
    def entries(name: str) -> Known | None:
        if name in known:
            return Known({(): Between.of(known[name])})
        tensor = model.tensors.get(name)
        if tensor is None:
            return None
        try:
            found = numeric.named(name)
        except (DeclarationError, Unsupported):
            return None
        return Known({place: between(value) for place, value in found.items()}, tensor.row)

    return entries


def asked(graph: Graph, names: Sequence[str], numbers: Numbers) -> list[Asked]:
    """Names whose values a question asks for, with their axes and where these begin."""
    found = []
    for name in names:
        known, tensor = numbers(name), graph.model.tensors[name]
        if known is None:
            raise DeclarationError(f"{name} has no numbers", where=graph.model.name, expected=f"g.values({name}=...)")
        lows = [min(p[n] for p in known.entries) for n in range(len(tensor.axes))]
        found.append(Asked(name, known, dict(zip(tensor.axes, lows, strict=True)), _repeats(tensor)))
    return [one for one in found if not one.same or graph.model.tensors[one.same].poly is not None] or found


def _repeats(tensor: Tensor) -> str:
    """The name that a definition only gives another name, as in z0 = x; "" for other definitions."""
    term = tensor.poly.sole if tensor.poly is not None else None
    if term is None or term.bound or term.limits or term.coefficient != 1 or len(term.factors) != 1:
        return ""
    atom, power = term.factors[0]
    same = isinstance(atom, Ref) and power == 1 and [i.sole for i in atom.indices] == list(tensor.axes)
    return atom.name if same and isinstance(atom, Ref) else ""


def of_values(graph: Graph, names: Sequence[str], conventions: Collection[str], title: str) -> Answers:
    """What judges the values of some names of a graph; the words of the question may stand between them."""
    numbers = numbers_of(graph)
    wanted = asked(graph, names, numbers)
    return Answers(NamedValues(wanted, reader_names(graph.model), numbers, rounding(conventions), words(title)))


def words(title: str) -> frozenset[str]:
    """The words of a question, in lower case: an answer may say them again.

    >>> sorted(words("How many runs, epochs and minutes?"))
    ['and', 'epochs', 'how', 'many', 'minutes', 'runs']
    """
    return frozenset(w.lower() for w in re.findall(r"[A-Za-z]{2,}", title))
