r"""Names with their scripts: `\hat{x}_i`, `x[i]`, `W^{(1)}_{ij}`, `P(y=j)`, calls of functions, runs of letters."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from symgrad.read import syntax as s
from symgrad.read.calls import call, euler
from symgrad.read.forms import inline_derivative
from symgrad.read.names import GREEK, Pattern, Row, Spelling, letter
from symgrad.read.powers import raised
from symgrad.read.spelling import BIG_OPERATORS, KNOWN, RESERVED
from symgrad.read.sums import big_operator
from symgrad.read.syntax import Node
from symgrad.read.tokens import NUMBER, WORD

if TYPE_CHECKING:
    from symgrad.read.parse import Reader

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LETTERS = re.compile(r"[A-Za-z][0-9]*")
CALLED_ONLY = frozenset(("\\sigma", "I", "H", "\\Theta", "\\theta"))  # functions only before a bracket or a prime
SCRIPTS = ("_", "^", "'", "(")


def named(reader: Reader) -> Node:
    """The name, call or big operator at a letter or an accent."""
    start = reader.at
    text, kind = reader.texts[start], reader.kinds[start]
    if kind == WORD and reader.texts[start + 1] == "_" and reader.names.glued:
        code = _glued(reader)
        if code:
            return _whole(reader, code, start)
    if kind == WORD:
        key, end, inner = text, start + 1, (0, 0)
    else:
        key, end, inner = letter(reader.read, start)
        if not key:
            raise reader.error(f"{text} stands over something that is no name", start)
    reader.at = end
    if reader.bound and not inner[0]:
        bound = _bound(reader, key, start)
        if bound:
            return bound
    row = reader.table.get(key)
    if row is None:
        return _undeclared(reader, key, start)
    following = reader.texts[end]
    spelling = row.plain
    tensor = spelling is not None and spelling.name.arity > 0 and spelling.kind != "function"
    if spelling is None or row.special or inner[0] or (following == "^" and tensor):
        return _scripted(reader, row, key, start, inner)
    if spelling.kind == "function":
        return call(reader, spelling.name, start)
    indices: tuple[Node, ...] = ()
    if following == "_" and spelling.name.arity:
        indices = script_indices(reader, spelling.name.arity, spelling.name.code)
    return s.Reference(spelling.name.code, indices, reader.span(start))


def _glued(reader: Reader) -> str:
    """The declared code with underscores that stands here letter by letter, or ""."""
    found = CODE.match(reader.text, reader.starts[reader.at])
    whole = code = found.group() if found else ""
    while code and code not in reader.names.glued:
        code = code[:-1]
    one = len(code.rpartition("_")[2]) == 1  # W_hX is W_h X in LaTeX, where a subscript takes one letter
    return code if code == whole or (reader.latex and one) else ""


def _whole(reader: Reader, code: str, start: int) -> Node:
    """A declared code with underscores: one name, whatever its underscores would mean."""
    end = reader.starts[start] + len(code)
    while reader.starts[reader.at] < end:
        reader.at += 1
    name = reader.names.by_code[code]
    if name in reader.names.functions:
        return call(reader, name, start)
    return s.Reference(code, (), reader.span(start))


def _bound(reader: Reader, key: str, start: int) -> Node | None:
    """A name bound by an enclosing big operator; the inner one wins over a declared name."""
    at, texts = reader.at, reader.texts
    if texts[at] == "_":
        end = reader.match[at + 1] + 1 if texts[at + 1] == "{" else at + 2
        code = reader.bound.get(f"{key}_{''.join(text for text in texts[at + 1 : end] if text not in '{}')}")
        if code:
            reader.at = end
            return s.Reference(code, (), reader.span(start))
    if texts[at] == "'" and key + "'" in reader.bound:
        reader.at += 1
        return s.Reference(reader.bound[key + "'"], (), reader.span(start))
    if key in reader.bound and not (texts[at] in ("_", "[") and key in reader.table):
        return s.Reference(reader.bound[key], (), reader.span(start))
    return None


def bare_name(reader: Reader, key: str, start: int) -> Node:
    """A name without anything after it; `reader.at` stands behind it."""
    span = reader.span(start)
    if key in reader.bound:
        return s.Reference(reader.bound[key], (), span)
    row = reader.table.get(key)
    if row and row.plain and row.plain.kind != "function":
        return s.Reference(row.plain.name.code, (), span)
    if row is None and key == "e":
        return s.Call("exp", (s.Number("1", span),), 0, span)
    raise reader.unknown(key, start)


def script_indices(reader: Reader, arity: int, code: str) -> tuple[Node, ...]:
    """The indices behind `_`, at which the reader stands."""
    at = reader.at = reader.at + 1
    if reader.texts[at] == "{":
        return _run_of_signs(reader, arity) or fitted(reader, reader.commas_in(), arity, code, at)
    return fitted(reader, _unbraced(reader, arity), arity, code, at)


def _run_of_signs(reader: Reader, arity: int) -> tuple[Node, ...]:
    """W_{i0} for W_{i,0}: a letter and digits are one word, and no one index is all that the name takes."""
    inner = reader.at + 1
    word = reader.texts[inner]
    if reader.texts[inner + 1] != "}" or not 1 < arity == len(word) or not (word[0].isalpha() and word[1:].isdecimal()):
        return ()
    reader.at += 3
    return (bare_name(reader, word[0], inner), *(s.Number(digit, reader.span(inner)) for digit in word[1:]))


def _unbraced(reader: Reader, arity: int) -> tuple[Node, ...]:
    """x_i, and x_ij or x_k1 where the declared names leave no other reading."""
    at = reader.at
    texts = reader.texts
    if reader.kinds[at] == WORD and reader.kinds[at + 1] in (WORD, NUMBER) and reader.ends[at] == reader.starts[at + 1]:
        whole = texts[at] + texts[at + 1]
        if whole in reader.bound or whole in reader.table:
            reader.at += 2
            return (bare_name(reader, whole, at),)
        if 1 < arity == len(whole):
            reader.at += 2
            return tuple(
                bare_name(reader, one, at) if one.isalpha() else s.Number(one, reader.span(at)) for one in whole
            )
    if reader.kinds[at] == NUMBER and 1 < arity == len(texts[at]):
        reader.at += 1
        return (s.Number(texts[at], reader.span(at)),)
    return (reader.argument(),)


def fitted(reader: Reader, items: tuple[Node, ...], arity: int, code: str, at: int) -> tuple[Node, ...]:
    """As many indices as the name takes; letters side by side are taken apart."""
    if len(items) == arity:
        return items
    if len(items) == 1:
        item = items[0]
        if isinstance(item, s.Times) and len(item.factors) == arity and not any(item.signs):
            return item.factors
        if isinstance(item, s.Number) and len(item.text) == arity and item.text.isdigit():
            return tuple(s.Number(digit, (item.span[0] + k, item.span[0] + k + 1)) for k, digit in enumerate(item.text))
    raise reader.error(
        f"{code} takes {_counted(arity)}", at, _counted(arity), str(len(items)), fix="separate them by commas"
    )


def _counted(arity: int) -> str:
    return "no index" if arity == 0 else "1 index" if arity == 1 else f"{arity} indices"


def _scripted(reader: Reader, row: Row, key: str, start: int, inner: tuple[int, int]) -> Node:
    """A name whose scripts may belong to it: the longest declared form wins, what is left is indices and a power."""
    scripts = _gather(reader, inner)
    for spelling in row.special:
        end = _matches(reader, spelling, scripts)
        if end:
            return _finished(reader, spelling, scripts, start, end)
    if any(one.call for one in row.special) and reader.texts[reader.at] == "(":
        raise reader.error(
            f"{key} with this bracket is not declared", reader.at, " or ".join(one.name.shown() for one in row.special)
        )
    for spelling in row.special if row.plain is None else ():  # all of y_6^{(i)} is y_6
        if spelling.sup.mark and "^" not in scripts and _matches(reader, spelling, scripts, whole=True):
            return _finished(reader, spelling, scripts, start, scripts["end"])
    if row.plain is None:
        return _undeclared(reader, key, start, [one.name.shown() for one in row.special])
    if row.plain.kind == "function":
        return call(reader, row.plain.name, start)
    return _finished(reader, row.plain, scripts, start, scripts["end"])


def _gather(reader: Reader, inner: tuple[int, int]) -> dict[str, int]:
    """Where the subscript, the superscript and the primes of a name begin, and where they all end."""
    texts, at = reader.texts, reader.at
    found: dict[str, int] = {}
    if inner[0]:
        _gather_into(reader, found, inner[0], inner[1])
        if found["end"] != inner[1]:
            raise reader.error("the accent stands over more than a name", found["end"])
    _gather_into(reader, found, at, len(texts))
    return found


def _gather_into(reader: Reader, found: dict[str, int], at: int, stop: int) -> None:
    texts = reader.texts
    while at < stop:
        text = texts[at]
        if text in ("_", "^") and text not in found:
            found[text] = at
            at = _script_end(reader, at)
        elif text == "'" and "^" not in found:
            found["'"] = found.get("'", 0) + 1
            at += 1
        else:
            break
    found["end"] = at


def _script_end(reader: Reader, at: int) -> int:
    follower = reader.texts[at + 1]
    if follower in ("{", "("):
        return reader.match[at + 1] + 1
    if follower == "-" or reader.kinds[at + 1] == "end":
        return at + 2 + (follower == "-")
    _, end, _ = letter(reader.read, at + 1)
    return max(end, at + 2)


def _matches(reader: Reader, spelling: Spelling, scripts: dict[str, int], whole: bool = False) -> int:
    """Where a declared form ends, or 0 when it does not stand here; `whole`: without its superscript of indices."""
    if spelling.primes != scripts.get("'", 0) and (spelling.primes or spelling.kind != "function"):
        return 0
    if spelling.call:
        at = reader.at
        prefix = spelling.call.before
        found = reader.texts[at] == "(" and tuple(reader.texts[at + 1 : at + 1 + len(prefix)]) == prefix
        return reader.match[at] + 1 if found else 0
    for sign, pattern in (("_", spelling.sub), ("^", spelling.sup)):
        if whole and sign == "^":
            continue
        if pattern.weight and (sign not in scripts or not _literal(reader, pattern, scripts[sign])):
            return 0
    return scripts["end"]


def _inside(reader: Reader, at: int) -> list[int]:
    """The tokens of the script at `at`, without braces and commas."""
    return [k for k in range(at + 1, _script_end(reader, at)) if reader.texts[k] not in ("{", "}", ",")]


def _literal(reader: Reader, pattern: Pattern, at: int) -> bool:
    inside = _inside(reader, at)
    found = tuple(reader.texts[k] for k in inside)
    if any(reader.texts[k] in reader.bound for k in inside[: len(pattern.before)] if reader.kinds[k] == WORD):
        return False
    if pattern.mark:
        fits = found[: len(pattern.before)] == pattern.before and (len(found) > pattern.weight or not pattern.after)
        return fits and (not pattern.after or found[-len(pattern.after) :] == pattern.after)
    exact = found == pattern.before or (
        found[:-1] == pattern.before and found[-1] in ("T", "\\top") and reader.texts[at] == "^"
    )
    together = "," not in reader.texts[at + 1 : _script_end(reader, at)] and "".join(found) == "".join(pattern.before)
    return exact or together


def _finished(reader: Reader, spelling: Spelling, scripts: dict[str, int], start: int, end: int) -> Node:
    """The reference, with its indices, transposed or raised by what its form did not use."""
    name = spelling.name
    if scripts.get("'", 0) != spelling.primes:
        raise reader.error(f"{name.code} with a prime is not declared", start, name.shown())
    indices: tuple[Node, ...] = ()
    if spelling.call:
        reader.at += 1 + len(spelling.call.before)
        at = reader.at
        indices = fitted(reader, reader.commas(end - 1), name.arity, name.code, at)
    elif name.arity:
        for sign, pattern, other in (("_", spelling.sub, spelling.sup), ("^", spelling.sup, spelling.sub)):
            whole = pattern.weight and sign in scripts and len(_inside(reader, scripts[sign])) == pattern.weight
            if (
                sign in scripts
                and not whole
                and (pattern.mark or (sign == "_" and not pattern.weight and not other.mark))
            ):
                indices += _marked(reader, pattern, scripts[sign], name.arity)
        at = scripts.get("_", scripts.get("^", start - 1)) + 1
        indices = fitted(reader, indices, name.arity, name.code, at) if indices else ()
    elif "_" in scripts and not spelling.sub.weight:
        raise reader.error(f"{name.code} has no indices", scripts["_"])
    reader.at = end
    node: Node = s.Reference(name.code, indices, reader.span(start))
    if "^" not in scripts or spelling.call:
        return node
    inside = _inside(reader, scripts["^"]) if spelling.sup.weight else []
    if inside:
        left = reader.texts[inside[-1]] in ("T", "\\top") and len(inside) > spelling.sup.weight
        return s.Transpose(node, reader.span(start)) if left else node
    reader.at = scripts["^"]
    node = raised(reader, node, start)
    reader.at = max(end, reader.at)
    return node


def _marked(reader: Reader, pattern: Pattern, at: int, arity: int) -> tuple[Node, ...]:
    """The indices in a script, between the fixed tokens of its form."""
    if not pattern.weight:
        reader.at = at
        braced = reader.texts[at + 1] == "{"
        reader.at = at + 1
        return reader.commas_in() if braced else _unbraced(reader, arity)
    inside = _inside(reader, at)
    first = inside[len(pattern.before)]
    last = inside[-1 - len(pattern.after)]
    reader.at = first
    return reader.commas_until(last + 1)


def _undeclared(reader: Reader, key: str, start: int, forms: list[str] | None = None) -> Node:
    """A letter no declared name begins with: a known function, e, df/dx, letters side by side, or an error."""
    at, texts = reader.at, reader.texts
    if reader.kinds[start] == WORD and texts[at] not in ("(", "'", "[", "_", "^") and _all_indices(reader, key):
        return split(reader, key, LETTERS.findall(key)[0], start)
    if key in BIG_OPERATORS and texts[start] == key and (texts[at] in ("_", "^") or key not in ("max", "min")):
        reader.at = start
        return big_operator(reader)
    if key in KNOWN:
        called = texts[at] in ("(", "'") or not (key in CALLED_ONLY or forms)
        if called and not (key == "I" and texts[at] not in ("(", "[")):
            return call(reader, KNOWN[key], start)
    if key == "I" and not forms and texts[at] not in ("_", "^"):
        return s.Identity(reader.span(start))
    if key == "e":
        return euler(reader, start)
    if key in ("\\delta", "delta") and texts[at] in ("_", "("):
        return _delta(reader, start)
    if forms:
        raise reader.unknown(key, start, f"did you mean {', '.join(forms)}?")
    if reader.kinds[start] == WORD:
        derivative = inline_derivative(reader, key, start)
        if derivative:
            return derivative
        return _letters(reader, key, start)
    raise reader.unknown(key, start, r"write \partial for a derivative" if key in ("\\alpha", "\\delta") else "")


def _delta(reader: Reader, start: int) -> Node:
    """Kronecker's delta, wherever no declared delta fits."""
    at = reader.at
    if reader.texts[at] == "_":
        left, right = script_indices(reader, 2, r"\delta")
    else:
        reader.at += 1
        left, right = fitted(reader, reader.commas(reader.match[at]), 2, r"\delta", at)
    return s.Delta(left, right, reader.span(start))


def _letters(reader: Reader, word: str, start: int) -> Node:
    """A run of letters, all of them declared: the first one now, the rest is left to be read as the next factor."""
    parts = LETTERS.findall(word)
    known = len(parts) > 1 and all(_stands_alone(reader, part) for part in parts[:-1]) and _begins(reader, parts[-1])
    known = known and not _lacks_subscript(reader, parts)
    if not known or _means_another(reader, word, parts):
        raise reader.unknown(word, start)
    return split(reader, word, parts[0], start)


def _all_indices(reader: Reader, word: str) -> bool:
    """Whether a run of letters consists of indices only: tr is t r where t and r are indices, not a trace."""
    parts = LETTERS.findall(word)
    rows = [reader.table.get(part) for part in parts]
    known = [
        p in reader.bound or bool(r and r.plain and r.plain.kind == "index") for p, r in zip(parts, rows, strict=True)
    ]
    return len(parts) > 1 and "".join(parts) == word and all(known)


def split(reader: Reader, word: str, first: str, start: int) -> Node:
    """The name that begins a run of letters; the rest is left to be read."""
    offset = reader.starts[start]
    reader.texts[start] = word[len(first) :]
    reader.starts[start] += len(first)
    reader.at = start
    return replace(bare_name(reader, first, start), span=(offset, offset + len(first)))


def _stands_alone(reader: Reader, part: str) -> bool:
    row = reader.table.get(part)
    return part in reader.bound or bool(row and row.plain and row.plain.kind != "function")


def _lacks_subscript(reader: Reader, parts: list[str]) -> bool:
    """Whether an array and an index stand side by side: ti is rather t_i than t times i."""
    plain = [row.plain for part in parts if (row := reader.table.get(part)) and row.plain]
    arrays = any(one.kind == "symbol" and one.name.arity for one in plain)
    return (arrays and any(part in reader.bound for part in parts)) or (
        arrays and any(p.kind == "index" for p in plain)
    )


def _begins(reader: Reader, part: str) -> bool:
    """Whether a name is written so, alone or with the scripts that follow, as W in X W_h."""
    following = reader.texts[reader.at]
    euler = part == "e" and following == "^" and part not in reader.table  # x e^{-x}
    return euler or (following in ("_", "^") and part in reader.table) or _stands_alone(reader, part)


def _means_another(reader: Reader, word: str, parts: list[str]) -> bool:
    """Whether a run is rather a word, a Greek letter or a misspelt name than a product."""
    if word in RESERVED or "\\" + word in GREEK or len(parts) > 4:
        return True
    return len(parts) > 2 and bool(
        get_close_matches(word, [code for code in reader.names.by_code if len(code) > 2], 1, 0.75)
    )
