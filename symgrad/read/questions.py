"""Second readings of whole symbols: what an author is asked before anything is taken for granted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from symgrad.errors import ReadError
from symgrad.read.scripts import inside
from symgrad.read.statements import Statement
from symgrad.read.symbols import Identity, Symbol, ask, option

BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)(?![A-Za-z])(?!\s*\{?\s*1\s*\}?)")
MATRIX_SIGNS = {"@": "a matrix product", "\\odot": "a product of entries", "\\otimes": "an outer product"}
MATRIX_SIGNS |= {".T": "a transpose", "\\top": "a transpose", "\\nabla": "a gradient", "\\partial": "a derivative"}
FIX_COMPONENTS = r"write components, as in a_i = \sum_j W_{ij} x_j + b_i"


def refuse_matrix_form(statements: Iterable[Statement]) -> None:
    """Matrices without indices, and derivatives, are no declarations in component form."""
    for statement in statements:
        for k, text in enumerate(statement.read.texts):
            if text in MATRIX_SIGNS:
                raise statement.error(MATRIX_SIGNS[text], k, "a definition in components", fix=FIX_COMPONENTS)
        bold = BOLD.search(statement.text)
        if bold:
            raise ReadError(
                "a bold letter is a vector or a matrix",
                text=statement.text,
                caret=bold.start(),
                expected="a definition in components",
                fix=FIX_COMPONENTS,
            )


def ask_about(
    symbols: Mapping[Identity, Symbol],
    own: Collection[Identity],
    indices: Collection[str],
    sigmoid: tuple[Statement, int] | None,
) -> None:
    """Raises ReadError for the first symbol that has two readings. `sigmoid`: where \\sigma(...) stands."""
    codes: dict[str, Symbol] = {}
    if sigmoid and ("\\sigma", (), (), 0) in symbols:
        what, readings = "\\sigma(...) has two readings", "the logistic function, or the name \\sigma times a bracket"
        raise ask(*sigmoid, what, readings, "write sigmoid(...) for the function, \\sigma \\cdot (...) for the product")
    for identity, symbol in symbols.items():
        key, sub, sup, primes = identity
        same = symbols.get((key, (), sup, primes)) if sub else None
        if sub and identity not in own and "".join(sub).isdigit() and same and same.arity and not symbol.word:
            raise ask(
                symbol.statement,
                symbol.at,
                f"{symbol.text} has two readings",
                f"a name of its own, or the entry {''.join(sub)} of {same.text}",
                f"{option('symbol', symbol.text)}, or for the entry {symbol.identity[0]}[{''.join(sub)}]",
            )
        if "".join(sup).isdigit():
            _ask_about_power(symbols, symbol)
        if symbol.called and not symbol.defined and not symbol.arity and identity not in own:
            raise ask(
                symbol.statement,
                symbol.at,
                f"{symbol.text}(...) has two readings",
                f"a function {symbol.text} at a value, or {symbol.text} times a bracket",
                f"{option('function', symbol.text)}, or write {symbol.text} \\cdot (...)",
            )
        other = codes.setdefault(symbol.code, symbol)
        if other is not symbol or symbol.code in indices:
            raise symbol.statement.error(
                f"{symbol.text} and {other.text if other is not symbol else f'the index {symbol.code}'} look alike",
                symbol.at,
                "names that differ in more than their writing",
                fix="rename one of them",
            )


def _ask_about_power(symbols: Mapping[Identity, Symbol], symbol: Symbol) -> None:
    """Where \\sigma^2 is one symbol, \\sigma alone must be its root, or nobody knows what \\sigma^2 is."""
    key, sub, sup, primes = symbol.identity
    base = symbols.get((key, sub, (), primes))
    if base is None or (base.defined and inside(base.defined.read, (base.defined.at, len(base.defined.read.texts) - 1))
                        == ("=", "\\sqrt", key, "^", *sup)):  # fmt: skip
        return
    raise ask(
        base.statement,
        base.at,
        f"{base.text} stands beside {symbol.text}, which is defined as one symbol",
        f"{symbol.text} as a name of its own, or as a power of {base.text}",
        f"define {base.text} = \\sqrt{{{symbol.text}}} too, or rename one of them",
    )
