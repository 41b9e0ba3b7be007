"""What a worked solution looks like: layout trees and blocks go in, text of a format comes out. No engine is needed."""

from __future__ import annotations

from collections.abc import Callable

from symgrad.explain.blocks import Key
from symgrad.render.document import document, fragment
from symgrad.render.html import html
from symgrad.render.latex import latex
from symgrad.render.markdown import markdown
from symgrad.render.mathml import mathml
from symgrad.render.plain import plain
from symgrad.render.record import dumps, record

__all__ = [
    "FORMATS",
    "document",
    "dumps",
    "fragment",
    "html",
    "latex",
    "markdown",
    "mathml",
    "plain",
    "record",
]


def _latex(key: Key, *, detail: int = 2, fragment: bool = False) -> str:
    return (_fragment if fragment else document)(key, detail)


def _json(key: Key, *, detail: int = 2) -> str:
    """All of the key at every detail: each line says its level."""
    return dumps(key)


_fragment = fragment

# format -> file suffix, writer(key, detail=...)
FORMATS: dict[str, tuple[str, Callable[..., str]]] = {
    "html": (".html", html),
    "latex": (".tex", _latex),
    "md": (".md", markdown),
    "json": (".json", _json),
}
