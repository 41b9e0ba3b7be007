"""The formats: name, file suffix, writer."""

from __future__ import annotations

from collections.abc import Callable

from symgrad.explain.blocks import Key
from symgrad.render.document import document
from symgrad.render.document import fragment as body
from symgrad.render.html import html
from symgrad.render.markdown import markdown
from symgrad.render.record import dumps


def _latex(key: Key, *, detail: int = 2, fragment: bool = False, figures: str = "") -> str:
    return (body if fragment else document)(key, detail, figures)


def _json(key: Key, *, detail: int = 2) -> str:
    """All of the key at every detail: each line says its level."""
    return dumps(key)


# format -> file suffix, writer(key, detail=...)
FORMATS: dict[str, tuple[str, Callable[..., str]]] = {
    "html": (".html", html),
    "latex": (".tex", _latex),
    "md": (".md", markdown),
    "json": (".json", _json),
}
