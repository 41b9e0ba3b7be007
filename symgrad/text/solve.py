"""A derivative asked for as text, from the text to the worked key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symgrad.declare.names import Tensor
from symgrad.errors import DeclarationError
from symgrad.explain.blocks import Key
from symgrad.key import Exercise, Question
from symgrad.text.build import declared
from symgrad.text.reading import Options


def worked(
    text: str,
    wrt: str,
    of: str = "",
    facts: Iterable[str] = (),
    keep: Sequence[str] = (),
    options: Options | None = None,
) -> Key:
    """The worked solution, with what was taken for granted in front.

    of: what is differentiated, by default the only definition that no other one uses. keep: definitions whose gradients
    stay names. Raises ReadError, DeclarationError, Unsupported, CertificateError.
    """
    asked = dict.fromkeys((wrt, *([of] if of else []), *keep))
    found = declared(text, facts, asked, options or Options())
    if not of and not found.default:
        used = ", ".join(t.name for t in found.graph.model.tensors.values() if t.kind in ("definition", "loss"))
        raise DeclarationError(
            "what is differentiated is not said", where=text[:60], expected=used, fix="--of with one of them"
        )
    top = found.questions[of] if of else found.graph[found.default]
    kept = [_definition(found.questions[name], found.graph) for name in keep]
    question = Question("answer", of=_entry(top), wrt=found.questions[wrt], keep=kept)
    title = f"The derivative of {_entry(top)} by {found.questions[wrt]}"
    said = f"Read as follows. {'. '.join(map(_sentence, found.said))}."
    return Exercise("derive", title, found.graph, [question], said).key()


def _sentence(line: str) -> str:
    """A line whose first word begins with a great letter, unless it is a name."""
    return line[:1].upper() + line[1:] if line[1:2].islower() else line


def _entry(handle: Any) -> Any:
    """All of a name as its entry at the indices it is declared over."""
    return handle.entry if isinstance(handle, Tensor) else handle


def _definition(expression: Any, graph: Any) -> Any:
    """The handle of a definition of which an entry is given."""
    base = getattr(expression, "base", None)
    return graph[str(base.label)] if base is not None else expression
