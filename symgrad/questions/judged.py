"""Answers to questions for derivatives: what they are compared with, and what they may use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from symgrad.grading import Grader
from symgrad.questions.sheet import Part
from symgrad.student.exact import Array

if TYPE_CHECKING:
    from symgrad.api import Graph


class OfGradient(Protocol):
    """A question for the derivative of `of` by `wrt`.

    `read`: other letters for the free indices of an answer; `partials`: whether an answer may leave derivatives between
    definitions as they are.
    """

    @property
    def of(self) -> Any: ...

    @property
    def wrt(self) -> Any: ...

    @property
    def read(self) -> Mapping[str, str]: ...

    @property
    def partials(self) -> bool: ...


def of_gradient(
    part: OfGradient,
    before: Sequence[Part],
    graph: Graph,
    conventions: Collection[str],
    keep: Sequence[Any] = (),
    let: Mapping[str, Any] | None = None,
    value: Callable[[], Array | None] | None = None,
) -> Grader:
    """The grader of a part: answers may use those of the parts before on the same graph, and the names they gave.

    `value`: what a number is compared with, where that is not the value at the numbers of the graph.
    """
    asked = [q for q in before if (q.graph or graph) is graph and hasattr(q, "of") and hasattr(q, "wrt")]
    names = {name: by for q in asked for name, by in getattr(q, "let", {}).items()} | dict(let or {})
    derivation = graph.derive(part.of, part.wrt, keep=keep, let=names)
    earlier = [graph.names_of(q.of, q.wrt) for q in asked if not isinstance(q.wrt, list | tuple)]
    return Grader(derivation, earlier, part.read, part.partials, conventions, value)
