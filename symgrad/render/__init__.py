"""What a worked solution looks like: layout trees and blocks go in, text of a format comes out. No engine is needed.

Each writer has a file of its own; `FORMATS` is their table, fetched when first used: a formula needs no page.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from symgrad.render.formats import FORMATS as FORMATS


def __getattr__(name: str) -> object:
    if name != "FORMATS":
        raise AttributeError(f"module 'symgrad.render' has no attribute {name!r}")
    import symgrad.render.formats as formats

    found = globals()[name] = formats.FORMATS
    return found
