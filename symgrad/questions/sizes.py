"""Sizes of a graph while a question is worked: those given, small ones to try, and lengths counted at both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import index_value
from symgrad.algebra.window import Ends
from symgrad.check.points import points
from symgrad.errors import CertificateError, DeclarationError, nearest
from symgrad.explain.arithmetic import names, put, value
from symgrad.explain.blocks import Prose
from symgrad.explain.extents import length
from symgrad.explain.layout import Layout
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.questions.reading import confirm
from symgrad.questions.sheet import Sheet
from symgrad.values import given

if TYPE_CHECKING:
    from symgrad.api import Graph


def sizes_given(graph: Graph) -> dict[str, int]:
    """The sizes that have numbers, by themselves or by the arrays that were given."""
    return dict(given(graph.model, graph.numbers_given).sizes)


def small_sizes(graph: Graph) -> list[dict[str, int]]:
    """The sizes of the trials of a graph that fit its relations; none where it has numbers only."""
    model = graph.model
    tried = [{n: at[n] for n in model.sizes} for at in graph.numbers(model).sizes] if model.sizes else []
    return [at for at in tried if all(of.at(at) >= 0 for of in model.relations)]


def trials(graph: Graph) -> list[dict[str, int]]:
    """Sizes at which formulas are counted out: small ones, and those that are given where all are."""
    numbers = sizes_given(graph)
    found = [*small_sizes(graph), *([numbers] if graph.model.sizes.keys() <= numbers.keys() else [])]
    if not found:
        raise CertificateError("no small sizes to count at", where=graph.model.name, fix="g.values(n=3, ...)")
    return found


def declared(graph: Graph, handles: Iterable[Any], where: str, kinds: Iterable[str] = ()) -> list[str]:
    """The names of handles of a graph, of these kinds where some are asked for."""
    tensors, allowed = graph.model.tensors, set(kinds)
    found = []
    for handle in handles:
        name = getattr(handle, "name", str(handle))
        if name not in tensors or (allowed and tensors[name].kind not in allowed):
            known = [n for n, t in tensors.items() if not allowed or t.kind in allowed]
            raise DeclarationError(
                f"{name} is not a {' or '.join(sorted(allowed)) or 'name'} of this graph",
                where=where,
                expected=", ".join(known) or "a graph that has some",
                given=name,
                fix=nearest(name, known),
            )
        found.append(name)
    return found


def confirm_length(sheet: Sheet, part: str, name: str, ends: Ends) -> None:
    """A printed length counted out at all trials, and read back where the reader can read it."""
    model, where = sheet.graph.model, sheet.where(part)
    shown = length(Notation(model), ends)
    at = Affine.name(name)
    limits = [Limit("ge", at - ends.first), Limit("ge", ends.top - at * ends.divisor)]
    for sizes in trials(sheet.graph):
        counted(shown, len(points([name], limits, sizes)), sizes, where)
    if ends.length is not None:
        claim = Claim(shown, index_value(ends.length, dict.fromkeys(model.sizes, "positive")), ())
        confirm(claim, model, sheet.graph.numbers(model), where)


def counted(shown: Layout, number: int, sizes: Mapping[str, int], where: str) -> None:
    """Refuses a formula whose value at these sizes is not the number that was counted."""
    known = {n: v for n, v in sizes.items() if n in names(shown)}
    found = value(put(shown, known))
    if found != number:
        raise CertificateError(
            "a count that counting does not confirm",
            where=f"{where}: {', '.join(f'{n} = {v}' for n, v in known.items()) or 'the numbers declared'}",
            expected=str(number),
            given=str(found),
        )


def checked(graph: Graph, what: str) -> Prose:
    """How a count is shown to be right, in one sentence."""
    small, all_ = len(small_sizes(graph)), len(trials(graph))
    at = [f"at {small} choices of small sizes"] if small else []
    at += ["at the numbers above"] if all_ > small else []
    return Prose((f"against counting {what} {' and '.join(at)}.",), "checked")


def counted_at(graph: Graph) -> dict[str, Any]:
    """The same for programs."""
    return {"sizes": trials(graph)}
