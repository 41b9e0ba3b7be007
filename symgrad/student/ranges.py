"""Ranges as answers: `0 <= k1 <= 1`, `k1 = 0, 1`, or how many values there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, permutations

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import of_several
from symgrad.student.sized import OfSizes
from symgrad.student.verdict import Verdict
from symgrad.student.worked import pairs

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
MOST_ORDERS = 24
WHICH = {"first": "first value", "last": "last value", "count": "number of values"}


@dataclass(frozen=True)
class Range:
    """The range of an index: its first and last value and their number; `length`: the size that is that number."""

    first: OfSizes
    last: OfSizes
    count: OfSizes
    length: str = ""


class Ranges:
    """Judges the ranges of some indices, by their names."""

    def __init__(self, ranges: Mapping[str, Range], names: Names, words: Collection[str] = ()) -> None:
        self.ranges, self.names, self.words = ranges, names, words

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        said, bare = list[tuple[str, Verdict]](), list[s.Node]()
        ends: dict[str, dict[str, list[s.Node]]] = {name: {} for name in self.ranges}
        for n, tree in enumerate(trees):
            if not isinstance(tree, s.Relation):
                listed = self._listed(trees[:n])
                (ends[listed]["value"] if listed else bare).append(tree)
            elif not self._sizes(tree, text, said):
                self._bounds(tree, ends, text)
        self._shared(ends)
        for name, found in ends.items():
            said += self._ends(name, found, text)
        said += self._counts(bare, {name for name, _ in said}, text)
        missing = [n for n in self.ranges if n not in {name for name, _ in said}]
        return replace(of_several(said, missing), read=",\\; ".join(show(t, self.names) for t in trees))

    def _listed(self, before: Sequence[s.Node]) -> str:
        """The index whose values are being listed: `k1 = 0, 1`."""
        for tree in reversed(before):
            if isinstance(tree, s.Relation):
                name = self._index(tree.items[0])
                return name if name and tree.relations == ("=",) else ""
        return ""

    def _index(self, node: s.Node) -> str:
        return node.code if isinstance(node, s.Reference) and node.code in self.ranges else ""

    def _sizes(self, tree: s.Relation, text: str, said: list[tuple[str, Verdict]]) -> bool:
        """`N = 10`: a size that is the number of values of an index."""
        first = tree.items[0]
        name = first.code if isinstance(first, s.Reference) else ""
        found = next((n for n, r in self.ranges.items() if r.length and r.length == name), "")
        if found and set(tree.relations) == {"="}:
            said += [(found, self.ranges[found].count.judged(x, text)) for x in tree.items[1:]]
        return bool(found)

    def _bounds(self, tree: s.Relation, ends: dict[str, dict[str, list[s.Node]]], text: str) -> None:
        """Each link of a chain with an index at one side bounds it."""
        met = False
        for left, sign, right in pairs(tree):
            if sign == "in" and self._index(left) and isinstance(right, s.Tuple):
                ends[self._index(left)].setdefault("value", []).extend(right.items)
                met = True
                continue
            for name, bound, relation in (
                (self._index(left), right, sign),
                (self._index(right), left, MIRRORED.get(sign, "")),
            ):
                if name and relation in MIRRORED:
                    kind = {"<=": "last", "<": "below", ">=": "first", ">": "above", "=": "value"}[relation]
                    ends[name].setdefault(kind, []).append(bound)
                    met = True
        if not met:
            raise ReadError(
                "no index that is asked for", text=text, caret=tree.span[0], expected=", ".join(self.ranges)
            )

    def _shared(self, ends: dict[str, dict[str, list[s.Node]]]) -> None:
        """`0 <= k1, k2 <= 1`: the indices in a row have both bounds."""
        names = list(ends)
        lows = [n for n in names if {"first", "above"} & ends[n].keys()]
        highs = [n for n in names if {"last", "below"} & ends[n].keys()]
        if len(lows) == len(highs) == 1 and lows != highs and all(n in (*lows, *highs) or not ends[n] for n in names):
            both = {**ends[lows[0]], **ends[highs[0]]}
            for n in names[names.index(lows[0]) : names.index(highs[0]) + 1]:
                ends[n] = dict(both)

    def _ends(self, name: str, found: Mapping[str, list[s.Node]], text: str) -> list[tuple[str, Verdict]]:
        """The verdict on what is said of one index; nothing where nothing is."""
        if not found:
            return []
        own = self.ranges[name]
        if "value" in found:
            return [(name, self._values(own, found["value"], text))]
        verdicts = []
        for which, kind, strict, shift in (("first", "first", "above", 1), ("last", "last", "below", -1)):
            end = getattr(own, which)
            for node in found.get(kind, []):
                verdicts.append((WHICH[which], end.judged(node, text)))
            for node in found.get(strict, []):
                moved = s.Plus((node, s.Number("1") if shift > 0 else s.Minus(s.Number("1"))), node.span)
                verdicts.append((WHICH[which], end.judged(moved, text)))
        missing = [WHICH[w] for w, kinds in (("first", ("first", "above")), ("last", ("last", "below"))) if not
                   {*kinds} & found.keys()]  # fmt: skip
        return [(name, of_several(verdicts, missing))]

    def _values(self, own: Range, nodes: Sequence[s.Node], text: str) -> Verdict:
        """All values of an index, one by one."""
        first, last = own.first.at_given, own.last.at_given
        if first is None or last is None:
            return Verdict(v.UNDECIDED, 4, "the values depend on sizes that have no numbers")
        expected = {first + k for k in range(int(last - first) + 1)}
        from_text = {_number(node, text) for node in nodes}
        if len(nodes) == 1 < len(expected) == next(iter(from_text)):
            raise ReadError(
                "one value, or how many?", text=text, caret=nodes[0].span[0], expected="the first and the last"
            )
        if from_text == expected:
            return Verdict(v.RIGHT, 2, "all values are there")
        parts = [("missing", expected - from_text), ("not among them", from_text - expected)]
        reason = "; ".join(f"{', '.join(map(str, sorted(x)))} {word}" for word, x in parts if x)
        return Verdict(v.WRONG, 3, v.RUNGS[3], reason=reason)

    def _counts(self, bare: Sequence[s.Node], there: set[str], text: str) -> list[tuple[str, Verdict]]:
        """Numbers of values that stand alone, in the order asked."""
        left = [n for n in self.ranges if n not in there]
        if len(bare) > len(left) or (bare and len(bare) != len(left)):
            caret = bare[0].span[0]
            raise ReadError("it is not said of which index", text=text, caret=caret, expected=", ".join(self.ranges))
        found = [(n, self.ranges[n].count.judged(x, text)) for n, x in zip(left, bare, strict=False)]
        orders = ([self.ranges[n].count.judged(x, text) for n, x in zip(left, order, strict=True)] for order in
                  islice(permutations(bare), MOST_ORDERS))  # fmt: skip
        if any(not one.is_right for _, one in found) and any(all(one.is_right for one in order) for order in orders):
            caret = bare[0].span[0]
            raise ReadError("the numbers are in another order", text=text, caret=caret, expected=", ".join(left))
        return found


def _number(node: s.Node, text: str) -> Fraction:
    inner = node.of if isinstance(node, s.Minus) else node
    if not isinstance(inner, s.Number):
        raise ReadError("a number is expected", text=text, caret=node.span[0])
    return -inner.value if isinstance(node, s.Minus) else inner.value
