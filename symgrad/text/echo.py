"""What was taken for granted while a text was read, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from symgrad.read import syntax as s
from symgrad.text.letters import Letters
from symgrad.text.places import Variable
from symgrad.text.ranges import Range, Ranges
from symgrad.text.reading import Reading


def echo(read: Reading, ranges: Ranges, letters: Letters) -> tuple[str, ...]:
    """One sentence for the names, one for each range, one for each relation and letter."""
    defined = read.defined()
    losses = {code for code, part in defined.items() if part.loss_of}
    given = [code for code in read.symbols if code not in defined and code not in ranges.sizes]
    arrays = [code for code in given if read.symbols[code].arity]
    lines = _are(read, [code for code in defined if code not in losses], "is defined", "are defined")
    lines += _are(read, losses, "is an unknown loss", "are unknown losses")
    lines += _are(read, arrays, "is a given array", "are given arrays")
    lines += _are(read, [code for code in given if code not in arrays], "is a given number", "are given numbers")
    positive = [code for code in given if read.signs.get(code) == "positive"]
    lines += _are(read, positive, "is greater than 0", "are greater than 0")
    lines += [_range(read, range_, letters) for range_ in ranges.all if letters_of(range_, letters)]
    lines += [
        f"{_relation(more - less)}, so that every {name} that is read exists"
        for more, less, name in ranges.requirements
    ]
    for variable, letter in letters.renamed:
        where = " ".join(read.places.variables[variable].text.split())
        lines.append(f"{variable.letter} in {where} is called {letter} here")
    if any(isinstance(n, s.Call) and n.function == "sigmoid" for n in _all(read)):
        lines.append("sigma(u) is 1/(1 + exp(-u))")
    if read.names.by_code.get("pi"):
        lines.append("pi is the number 3.14159...")
    return tuple(lines)


def letters_of(range_: Range, letters: Letters) -> list[str]:
    """The letters that run over a range."""
    return list(dict.fromkeys(letters.index[v].name for v in range_.variables if v in letters.index))


def _range(read: Reading, range_: Range, letters: Letters) -> str:
    names = letters_of(range_, letters)
    axes: dict[str, list[int]] = {}
    for member in range_.members:
        if not isinstance(member, Variable):
            axes.setdefault(read.symbols[member[0]].text, []).append(member[1])
    where = [
        name if _arity(read, name) == 1 else f"{name} ({' and '.join(_ORDER[n] for n in sorted(at))})"
        for name, at in axes.items()
    ]
    size = f" for any {range_.new}" if range_.new is not None else ""
    verb = "runs" if len(names) == 1 else "run"
    return f"{', '.join(names)} {verb} over {range_.first}..{range_.last}{size}" + (
        f", along {', '.join(where)}" if where else ""
    )


def _relation(room: sympy.Expr) -> str:
    """`room >= 0` with plus signs only.

    >>> _relation(sympy.Symbol("d") - sympy.Symbol("n") + 1)
    'd + 1 >= n'
    """
    terms = sympy.Add.make_args(sympy.expand(room))
    less = sympy.Add(*(-t for t in terms if t.could_extract_minus_sign()))
    return f"{sympy.Add(*(t for t in terms if not t.could_extract_minus_sign()))} >= {less}"


_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def _arity(read: Reading, name: str) -> int:
    return next(one.arity for one in read.symbols.values() if one.text == name)


def _are(read: Reading, codes: Iterable[str], one: str, several: str) -> list[str]:
    """`x, y are given arrays`; nothing where there are none."""
    names = [read.symbols[code].text for code in codes]
    return [f"{', '.join(names)} {one if len(names) == 1 else several}"] if names else []


def _all(read: Reading) -> list[s.Node]:
    found: list[s.Node] = []
    waiting: list = [part.right for part in read.definitions if part.right is not None]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += list(s.children(node))
    return found
