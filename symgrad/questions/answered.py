"""Graders of answers that are numbers: the names of a graph with their exact values, as the judges want them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import index_value, number, power, times
from symgrad.algebra.records import Poly, Ref
from symgrad.algebra.window import ONE, Ends
from symgrad.check.enclose import Between
from symgrad.declare.model import Model, Tensor
from symgrad.errors import DeclarationError, Unsupported
from symgrad.numeric import Numeric
from symgrad.questions.reading import Says, reader_names
from symgrad.questions.sizes import sizes_given
from symgrad.render.latex import latex
from symgrad.student.answers import Answers
from symgrad.student.arithmetic import Arithmetic
from symgrad.student.conventions import rounding
from symgrad.student.formulas import Formula
from symgrad.student.named_values import Asked, NamedValues
from symgrad.student.places import Places
from symgrad.student.ranges import Range
from symgrad.student.sized import OfSizes, floored
from symgrad.student.worked import Known, Numbers
from symgrad.values import Exact, between

if TYPE_CHECKING:
    from symgrad.api import Graph


def numbers_of(graph: Graph) -> Numbers:
    """The exact entries of every name and size that has numbers."""
    model = graph.model
    numeric = Numeric(model, graph.numbers_given)
    known = numeric.values.sizes

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


def of_values(
    graph: Graph,
    names: Sequence[str],
    conventions: Collection[str],
    title: str,
    model: Model | None = None,
    changes: Mapping[str, Poly] | None = None,
) -> Answers:
    """What judges the values of some names of a graph; the words of the question may stand between them.

    `changes`: formulas in the names of `model`, which may be said beside the values.
    """
    numbers, model = numbers_of(graph), model or graph.model
    single = {n: x for n in graph.model.tensors if (x := numbers(n)) is not None and () in x.entries}
    known = {n: x.entries[()].low for n, x in single.items() if x.entries[()].exact}
    formulas = {n: formula(model, poly, title, (), known) for n, poly in (changes or {}).items()}
    wanted, said = asked(graph, names, numbers), words(title)
    return Answers(NamedValues(wanted, reader_names(model), numbers, rounding(conventions), said, formulas))


def formula(
    model: Model, poly: Poly, where: str, free: tuple[str, ...] = (), values: Mapping[str, Fraction] | None = None
) -> Formula:
    """An answer in the names of a model; `values`: the numbers of its constants."""
    return Formula(model, reader_names(model), latex(Says(model, where)(poly, free)), free, values or {})


def of_places(graph: Graph, name: str, wanted: Exact, conventions: Collection[str], title: str) -> Answers:
    """What judges the places where a name has a value."""
    numbers = numbers_of(graph)
    (one,) = asked(graph, [name], numbers)
    names = reader_names(graph.model)
    return Answers(Places(one, between(wanted).low, names, numbers, rounding(conventions), words(title)))


def of_sizes(graph: Graph, value: Callable[[Mapping[str, int]], int | None], poly: Poly) -> OfSizes:
    """A whole number that depends on the sizes of a graph, as a formula."""
    known = cache(lambda items: value(dict(items)))
    uses = poly.names | frozenset(n for t in poly.tensors for n in graph.model.sizes if n in t)
    return OfSizes(graph.model, lambda at: known(tuple(sorted(at.items()))), sizes_given(graph), poly, uses)


def of_ends(graph: Graph, ends: Ends) -> Range:
    """The first and the last value of a range and their number, as formulas in sizes."""
    model = graph.model

    def last(at: Mapping[str, int]) -> int | None:
        return ends.top.at(at) // ends.divisor.at(at) if ends.room.at(at) >= 0 else None

    def count(at: Mapping[str, int]) -> int | None:
        end = last(at)
        return None if end is None else end - ends.first.at(at) + 1

    def size(of: Affine) -> Poly:
        return index_value(of, dict.fromkeys(model.sizes, "positive"))

    first, end = size(ends.first), floored(times(size(ends.top), power(size(ends.divisor), -1)))
    end = size(ends.top) if ends.divisor == ONE else end
    length = ends.length.sole if ends.length is not None else ""
    return Range(
        of_sizes(graph, ends.first.at, first),
        of_sizes(graph, last, end),
        of_sizes(graph, count, end - first + number(1)),
        length if length in model.sizes else "",
    )


def of_arithmetic(graph: Graph, formula: OfSizes, conventions: Collection[str], title: str) -> Answers:
    """What judges a count with its arithmetic."""
    names = reader_names(graph.model)
    return Answers(Arithmetic(formula, names, numbers_of(graph), rounding(conventions), words(title)))


def words(title: str) -> frozenset[str]:
    """The words of a question, in lower case: an answer may say them again.

    >>> sorted(words("How many runs, epochs and minutes?"))
    ['and', 'epochs', 'how', 'many', 'minutes', 'runs']
    """
    return frozenset(w.lower() for w in re.findall(r"[A-Za-z]{2,}", title))
