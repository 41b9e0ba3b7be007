"""What a question is, and what the questions about one graph share while a key is worked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Question as WorkedQuestion

if TYPE_CHECKING:
    from symgrad.api import Graph


Edge = tuple[str, str]  # a definition and a name that it uses


@dataclass
class Sheet:
    """One graph of an exercise while its questions are worked, in their order.

    `labels`: gradients that an earlier part has found, by name, with the part: ("df/dmu", "(e)"). A later part may use
    them. `unused`: names of the facts that no answer has used yet. `notation`: components, matrices, or both. `edges`:
    the local derivatives that a part for paths has shown, with that part. `drawn`: the kinds of names in drawings.
    """

    exercise: str
    graph: Graph
    labels: dict[str, str] = field(default_factory=dict)
    unused: set[str] = field(default_factory=set)
    notation: str = "both"
    edges: dict[Edge, str] = field(default_factory=dict)
    drawn: tuple[str, ...] = ()

    def where(self, part: str) -> str:
        """How errors name a part: `batch_normalization.f`."""
        return f"{self.exercise}.{part}"


class Part(Protocol):
    """A question of an exercise. `graph` None: the graph of the exercise."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str:
        """The question in words, for lists."""

    @property
    def graph(self) -> Graph | None: ...

    def worked(self, sheet: Sheet) -> WorkedQuestion:
        """The question with its worked answer, each line checked; raises CertificateError where one does not hold."""


def refuse_several(wrt: Any, question: str) -> None:
    """A question differentiates by one name: `Graph.derive` takes a list of them, or "parameters"."""
    if isinstance(wrt, list | tuple) or (isinstance(wrt, str) and wrt == "parameters"):
        names = wrt if isinstance(wrt, str) else f"[{', '.join(map(str, wrt))}]"
        raise DeclarationError(
            "a question for several derivatives at once",
            where=f"{question}, wrt={names}",
            expected="one name",
            given="a word for all parameters" if isinstance(wrt, str) else f"{len(wrt)} of them",
            fix="one question for each",
        )
