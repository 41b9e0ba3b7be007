"""What was taken for granted while a text was read, in plain sentences."""

from __future__ import annotations

from symgrad.read import syntax as s
from symgrad.text.letters import Letters
from symgrad.text.places import Variable
from symgrad.text.ranges import Range, Ranges
from symgrad.text.reading import Reading


def echo(read: Reading, ranges: Ranges, letters: Letters) -> tuple[str, ...]:
    """One sentence for the names, one for each range, one for each relation and letter."""
    defined = read.defined()
    losses = [part.code for part in read.definitions if part.loss_of]
    given = [c for c in read.symbols if c not in defined and c not in ranges.sizes]
    lines = [f"{_listed([read.symbols[c].text for c in defined if c not in losses])} defined"]
    if losses:
        lines.append(f"{_listed([read.symbols[c].text for c in losses])} any loss of what stands in its brackets")
    for label, chosen in (("numbers", 0), ("arrays", 1)):
        names = [read.symbols[c].text for c in given if bool(read.symbols[c].arity) == bool(chosen)]
        if names:
            lines.append(f"{', '.join(names)} given {label if len(names) > 1 else label[:-1]}".replace(" given", ": given"))
    lines += [_range(read, range_, letters) for range_ in ranges.all if letters_of(range_, letters)]
    lines += [f"{more} >= {less}, so that every {name} that is read exists" for more, less, name in ranges.requirements]
    for variable, letter in letters.renamed:
        where = read.places.variables[variable].text
        lines.append(f"{variable.letter} in {where} is called {letter} here: it runs over something else")
    if any(isinstance(n, s.Call) and n.function == "sigmoid" for n in _all(read)):
        lines.append("sigma(u) is 1/(1 + exp(-u))")
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
    size = f" ({range_.new} is any number)" if range_.new is not None else ""
    verb = "runs" if len(names) == 1 else "run"
    return f"{', '.join(names)} {verb} over {range_.first}..{range_.last}{size}" + (
        f", the indices of {', '.join(where)}" if where else ""
    )


_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def _arity(read: Reading, name: str) -> int:
    return next(one.arity for one in read.symbols.values() if one.text == name)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names)}:"


def _all(read: Reading) -> list[s.Node]:
    found: list[s.Node] = []
    waiting: list = [part.right for part in read.definitions if part.right is not None]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += list(s.children(node))
    return found
