r"""Big operators: `\sum_{i=1}^{m}`, `\sum_{j \ne i}`, `\max_i`, and in plain text `sum(x[i], i=1..m)`.

What stands below the sign is read twice: for the names it binds, then, with those names in force, for its formulas.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.calls import call
from symgrad.read.names import letter
from symgrad.read.spelling import ACCENTS, BIG_OPERATORS, KNOWN, RELATIONS, RESERVED
from symgrad.read.syntax import Bound, Node
from symgrad.read.tokens import END, NAME, NUMBER, WORD

if TYPE_CHECKING:
    from symgrad.read.parse import Reader

SEPARATORS = (",", ";", ":", "\\\\", "\\mid", "|", "for")
SUCH_THAT = (":", "\\mid", "|")
IN = ("\\in", "in")
DOTS = ("..", "\\dots")


@dataclass(frozen=True, slots=True)
class Binder:
    """A bound name, and the tokens (from, to) of its ends; empty ranges where they are left out."""

    bound: Bound
    lower: tuple[int, int] = (0, 0)
    upper: tuple[int, int] = (0, 0)
    python: bool = False  # range(m): from 0, and without m


@dataclass(slots=True)
class Under:
    """What stands below a sign: the names bound, the tokens of the conditions, the spellings of the names."""

    binders: list[Binder]
    conditions: list[tuple[int, int]]
    spellings: dict[str, str]
    since: int = 0

    def codes(self) -> list[str]:
        return [one.bound.name for one in self.binders]


def big_operator(reader: Reader) -> Node:
    """A big operator with everything it reaches, or a call of sum, prod, max, min."""
    start = reader.at
    text = reader.texts[start]
    operator = BIG_OPERATORS[text]
    following = reader.texts[start + 1]
    word = reader.kinds[start] == WORD
    called = operator in ("max", "min") or (operator in ("argmax", "argmin") and not word)
    if following not in ("_", "^") and (called or (word and following != "(")):
        reader.at += 1
        return call(reader, KNOWN[operator], start)
    if word and following == "(":
        return _in_brackets(reader, operator, start)
    reader.at += 1
    under, over = Under([], [], {}), 0
    while reader.texts[reader.at] in ("_", "^"):
        at = reader.at + 1
        if reader.kinds[at] == END:
            reader.at = at
            raise reader.unexpected("what stands below or above the sign")
        end = reader.match[at] + 1 if reader.texts[at] == "{" else _single(reader, at)
        if reader.texts[reader.at] == "_":
            under = _under(reader, _split(reader, *_opened(reader, at, end)))
        else:
            over = at
        reader.at = end
    return _read(reader, operator, under, over, None, start)


def _single(reader: Reader, at: int) -> int:
    _, end, _ = letter(reader.read, at)
    return max(end, at + 1)


def _opened(reader: Reader, at: int, end: int) -> tuple[int, int]:
    """The tokens inside braces and \\substack."""
    while reader.texts[at] in ("{", "\\substack"):
        if reader.texts[at] == "\\substack":
            at += 1
        elif reader.match[at] == end - 1:
            at, end = at + 1, end - 1
        else:
            break
    return at, end


def _in_brackets(reader: Reader, operator: str, start: int) -> Node:
    """`sum(body, i)`, `sum(body, i=1..m)`, `sum(body, (i, 1, m))`, `sum(body for i in range(m))`, or a call."""
    close = reader.match[start + 1]
    cut = _find(reader, (",", "for"), start + 2, close)
    if not cut:
        reader.at += 1
        return call(reader, KNOWN[operator], start)
    under = Under([], [], {})
    for item in _split(reader, cut + 1, close):
        under.since = len(under.binders)
        if not _triple(reader, under, *item):
            _item(reader, under, *item)
    _some(reader, under, cut + 1)
    reader.at = start + 2
    node = _read(reader, operator, under, 0, cut, start)
    reader.at = close + 1
    return replace(node, span=reader.span(start))


def _triple(reader: Reader, under: Under, start: int, stop: int) -> bool:
    """`(i, 1, m)`: name, lower and upper."""
    parts = _split(reader, start + 1, stop - 1) if reader.match[start] == stop - 1 else []
    if reader.texts[start] != "(" or len(parts) != 3:
        return False
    _bind(reader, under, start + 1)
    under.binders[-1] = replace(under.binders[-1], lower=parts[1], upper=parts[2])
    return True


def _find(reader: Reader, wanted: tuple[str, ...], start: int, stop: int) -> int:
    """The first of these texts outside brackets, or 0."""
    k = start
    while k < stop:
        if reader.texts[k] in wanted:
            return k
        k = max(k, reader.match[k]) + 1
    return 0


def _split(reader: Reader, start: int, stop: int) -> list[tuple[int, int]]:
    """The items between separators, empty ones left out."""
    items = []
    while start < stop:
        end = _find(reader, SEPARATORS, start, stop) or stop
        if end > start:
            items.append((start, end))
        start = end + 1
    return items


def _under(reader: Reader, items: list[tuple[int, int]]) -> Under:
    """The names bound below a sign: a name alone, before =, \\in or a relation, or between two relations."""
    under = Under([], [], {})
    dots = such_that = False
    for start, stop in items:
        if stop == start + 1 and _side_by_side(reader, start):
            for place in range(len(reader.texts[start])):
                _bind_letter(reader, under, start, place)
            continue
        before = reader.texts[start - 1]
        such_that = such_that or (bool(under.binders) and before in SUCH_THAT)
        if before != ",":
            under.since = len(under.binders)
        if reader.texts[start] in DOTS and stop == start + 1 and under.binders:
            dots = True
        elif dots:
            under.binders[-1] = replace(under.binders[-1], upper=(start, stop))
            dots = False
        elif such_that:
            under.conditions.append((start, stop))
        elif reader.texts[start] == "(" and reader.match[start] < stop and _bindable(reader, start + 1)[0]:
            for inner, _ in _split(reader, start + 1, reader.match[start]):
                _bind(reader, under, inner)
            _qualify(reader, under, start, reader.match[start] + 1, stop, True)
        else:
            _item(reader, under, start, stop)
    _some(reader, under, items[0][0] if items else reader.at)
    return under


def _some(reader: Reader, under: Under, at: int) -> None:
    if not under.binders:
        raise reader.error("no name is bound here", at, "a name, as in i = 1", fix="name it first, as in i: 2i = q")


def _item(reader: Reader, under: Under, start: int, stop: int) -> None:
    """Names side by side, then perhaps what qualifies them; an item that begins otherwise is a condition."""
    names, at = [], start
    while at < stop and _bindable(reader, at)[0]:
        names.append(at)
        at = _bindable(reader, at)[2]
    sign = reader.texts[at] if at < stop else ""
    if sign and sign not in RELATIONS + IN:
        names, at = [], start
    known = under.codes()
    codes = [_bindable(reader, k)[0] for k in names]
    if len(set(codes)) < len(codes):
        raise reader.error("bound twice", start)
    fresh = [k for k in names if _bindable(reader, k)[0] not in known]
    if sign in RELATIONS and sign != "=":
        fresh = fresh if not known or all(_unheard(reader, k) for k in fresh) else []
    if not sign and len(fresh) < len(names):
        raise reader.error("bound twice", start)
    for k in fresh:
        _bind(reader, under, k)
    if at < stop:
        _qualify(reader, under, start, at, stop, bool(fresh))


def _unheard(reader: Reader, at: int) -> bool:
    """Whether nobody declared or bound the name at a token."""
    name = _bindable(reader, at)[0]
    return bool(name) and name not in reader.bound.values() and name not in reader.names.by_code


def _qualify(reader: Reader, under: Under, start: int, at: int, stop: int, fresh: bool) -> None:
    """What follows the names of an item: their first value, their set, or a condition on them."""
    sign = reader.texts[at] if at < stop else ""
    if fresh and sign == "=":
        cut = _find(reader, DOTS, at, stop)
        lower, upper = (at + 1, cut or stop), (cut + 1, stop) if cut else (0, 0)
        for k, one in enumerate(under.binders[under.since :], under.since):
            if one.lower == (0, 0) and not one.bound.within:
                under.binders[k] = replace(one, lower=lower, upper=upper)
    elif fresh and sign in IN:
        _within(reader, under, at + 1, stop)
    elif sign:
        _between(reader, under, start, stop, fresh)
        under.conditions.append((start, stop))


def _between(reader: Reader, under: Under, start: int, stop: int, fresh: bool) -> None:
    """Names between two relations are bound, as i and j in 1 <= i < j <= m; in i < j the last too if unknown."""
    at = _find(reader, RELATIONS, start, stop)
    while at:
        following = _find(reader, RELATIONS, at + 1, stop)
        name, _, end = _bindable(reader, at + 1)
        new = bool(name) and name not in under.codes() and end == (following or stop)
        last = (fresh and _unheard(reader, at + 1)) or (not under.binders and reader.texts[at] != "=")
        if new and (following or last):
            _bind(reader, under, at + 1)
        at = following


def _within(reader: Reader, under: Under, start: int, stop: int) -> None:
    """`\\in data`, `\\in \\{1, \\dots, m\\}`, `in range(m)`."""
    start, stop = _opened(reader, start, stop)
    if stop == start + 1 and reader.kinds[start] in (WORD, NAME):
        place = reader.texts[start]
        under.binders[under.since :] = [
            one if one.lower != (0, 0) or one.bound.within else replace(one, bound=replace(one.bound, within=place))
            for one in under.binders[under.since :]
        ]
        return
    if reader.texts[start] == "range" and reader.match[start + 1] == stop - 1:
        ends = _split(reader, start + 2, stop - 1)
        lower = ends[0] if len(ends) == 2 else (0, 0)
        under.binders[-1] = replace(under.binders[-1], lower=lower, upper=ends[-1] if ends else (0, 0), python=True)
        return
    items = _split(reader, start + 1, stop - 1)
    dotted = len(items) == 3 and reader.texts[start] == "\\{" and reader.texts[items[1][0]] in DOTS
    if not dotted:
        raise reader.error("this set is not understood", start, r"a name, or \{1, \dots, m\}")
    under.binders[-1] = replace(under.binders[-1], lower=items[0], upper=items[2])


def _bindable(reader: Reader, at: int) -> tuple[str, tuple[str, ...], int]:
    """A name that can be bound: its code, its spellings, the token behind it; "" where none stands.

    A letter, a letter with a number (k_1) or a prime, or a declared index of any form.
    """
    text = reader.texts[at]
    if (reader.kinds[at] not in (WORD, NAME) and text not in ACCENTS) or text in RESERVED or text in KNOWN:
        return "", (), at
    key, end, _ = letter(reader.read, at)
    row = reader.table.get(key)
    if not key:
        return "", (), at
    if reader.texts[end] == "_":
        return _numbered(reader, key, end)
    if reader.texts[end] == "'":
        return key + "'", (key + "'",), end + 1
    if row and row.plain:
        allowed = len(key) == 1 or row.plain.kind in ("index", "size")
        return (row.plain.name.code, (key,), end) if allowed else ("", (), at)
    base = key.split()[-1]
    if len(base) > 1 and base[0] != "\\":
        return "", (), at
    return key, (key,), end


def _numbered(reader: Reader, key: str, at: int) -> tuple[str, tuple[str, ...], int]:
    """k_1 or k_{1}."""
    braced = reader.texts[at + 1] == "{"
    inside = at + 1 + braced
    sub, after = reader.texts[inside], inside + 1 + braced
    declared = _declared(reader, key, sub)
    if (braced and reader.match[at + 1] != inside + 1) or not (declared or reader.kinds[inside] == NUMBER):
        return "", (), at
    return declared or f"{key}_{sub}", (f"{key}_{sub}", key.lstrip("\\") + sub), after


def _declared(reader: Reader, key: str, sub: str) -> str:
    row = reader.table.get(key)
    for spelling in row.special if row else ():
        if spelling.sub.before == (sub,) and not spelling.sub.mark:
            return spelling.name.code
    return ""


def _bind(reader: Reader, under: Under, at: int) -> None:
    name, spellings, end = _bindable(reader, at)
    if not name:
        raise reader.error("this is no name that can be bound", at)
    span = (reader.starts[at], reader.ends[end - 1])
    under.binders.append(Binder(Bound(name, span=span)))
    under.spellings.update(dict.fromkeys(spellings, name))


def _side_by_side(reader: Reader, at: int) -> bool:
    """Whether a run of letters is a row of indices, as in \\sum_{ij}: no name, every letter another one."""
    text = reader.texts[at]
    if reader.kinds[at] != WORD or not text.isalpha() or text in reader.table or text in reader.bound or text in KNOWN:
        return False
    rows = [reader.table.get(letter) for letter in text]
    free = all(row is None or (row.plain is not None and row.plain.kind == "index") for row in rows)
    return free and 1 < len(text) <= 4 and len(set(text)) == len(text)


def _bind_letter(reader: Reader, under: Under, at: int, place: int) -> None:
    letter = reader.texts[at][place]
    row = reader.table.get(letter)
    code = row.plain.name.code if row and row.plain else letter
    start = reader.starts[at] + place
    under.binders.append(Binder(Bound(code, span=(start, start + 1))))
    under.spellings[letter] = code


def _read(reader: Reader, operator: str, under: Under, over: int, stop: int | None, start: int) -> Node:
    """Second reading, with the bound names in force: ends, conditions, body. The reader stands at the body."""
    body_at, outer = reader.at, reader.bound
    reader.bound = {**outer, **under.spellings}
    bounds = [_bounded(reader, one) for one in under.binders]
    if over:
        reader.at = over
        upper = reader.argument()
        _raise_last(reader, bounds, under, upper, over)
    conditions = tuple(_condition(reader, *where) for where in under.conditions)
    reader.at = body_at
    body = reader.body() if stop is None else reader.expression()
    if stop is not None and reader.at != stop:
        raise reader.unexpected("a comma")
    reader.bound = outer
    return s.BigOperator(operator, tuple(bounds), conditions, body, reader.span(start))


def _raise_last(reader: Reader, bounds: list[Bound], under: Under, upper: Node, over: int) -> None:
    """The formula above the sign ends the range of the names that share the last lower end."""
    if not bounds:
        raise reader.error("an upper end without a name below", over, "a name below the sign")
    last = under.binders[-1].lower
    for k, one in enumerate(under.binders):
        if k == len(bounds) - 1 or one.lower == last != (0, 0):
            bounds[k] = replace(bounds[k], upper=upper)


def _bounded(reader: Reader, one: Binder) -> Bound:
    lower = _between_tokens(reader, *one.lower) if one.lower != (0, 0) else None
    upper = _between_tokens(reader, *one.upper) if one.upper != (0, 0) else None
    if one.python and upper is not None:
        lower = lower or s.Number("0", upper.span)
        terms = upper.terms if isinstance(upper, s.Plus) else (upper,)
        upper = s.Plus((*terms, s.Minus(s.Number("1", upper.span), upper.span)), upper.span)
    return replace(one.bound, lower=lower, upper=upper)


def _condition(reader: Reader, start: int, stop: int) -> Node:
    reader.at = start
    node = reader.relation()
    if reader.at != stop:
        raise reader.unexpected("the end of this condition")
    if not isinstance(node, s.Relation):
        raise reader.error("this is no condition", start, "a relation, as in j \\ne i")
    return node


def _between_tokens(reader: Reader, start: int, stop: int) -> Node:
    dots = _find(reader, DOTS, start, stop)
    if dots:
        raise reader.error("dots in the end of a range", dots)
    reader.at = start
    node = reader.expression()
    if reader.at != stop:
        raise reader.unexpected("the end of this part")
    return node


SUMS = dict.fromkeys(["\\sum", "\\prod", "\\max", "\\min", "\\argmax", "\\argmin"], big_operator)
