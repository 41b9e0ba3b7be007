"""Inequalities as answers: `alpha < 2/lambda`, `N >= ln(0.05)/ln(0.95) = 58.4, so 59`. Each relation is judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symgrad.check.enclose import Between
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.listing import pieces
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import of_several
from symgrad.student.close import EXACT, against
from symgrad.student.conventions import Rounding
from symgrad.student.exact import of
from symgrad.student.formulas import Formula
from symgrad.student.ranges import MIRRORED
from symgrad.student.scan import has_names
from symgrad.student.verdict import Verdict, of_chain
from symgrad.student.worked import Known, Numbers, Worked, pairs


@dataclass(frozen=True)
class Bound:
    """`name relation bound`, where nothing else is known but that the name is positive, if `positive`."""

    name: str
    relation: str
    bound: Formula
    positive: bool = True


class Inequalities:
    """Judges a bound on one name."""

    def __init__(self, bound: Bound, names: Names, rounding: Rounding, words: Collection[str] = ()) -> None:
        self.bound, self.names, self.rounding, self.words = bound, names, rounding, words

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        said = [(self.bound.name, self._judged(tree, text)) for tree in trees]
        return replace(of_several(said), read=",\\; ".join(show(t, self.names) for t in trees))

    def _judged(self, tree: s.Node, text: str) -> Verdict:
        """A chain: links with the name bound it, equalities go on from the bound."""
        if not isinstance(tree, s.Relation):
            raise ReadError("a relation is expected", text=text, caret=tree.span[0], expected=self._said)
        work, steps, met = Worked(text, lambda name: None), list[Verdict](), False
        for left, sign, right in pairs(tree):
            at = [isinstance(x, s.Reference) and x.code == self.bound.name for x in (left, right)]
            if any(at):
                found = self._bounds(right if at[0] else left, sign if at[0] else MIRRORED.get(sign, sign), text)
                steps += [found] if found is not None else []
                met = True
            elif met and sign in ("=", "~"):
                steps.append(self.bound.bound.judged(right, text, self.rounding, sign == "~"))
            else:
                raise work.refused(f"{self.bound.name} is not alone on one side", tree, self._said)
        if not steps:
            raise work.refused("no bound that is asked for", tree, self._said)
        return of_chain(steps)

    @property
    def _said(self) -> str:
        return f"{self.bound.name} {self.bound.relation} ..."

    def _bounds(self, side: s.Node, sign: str, text: str) -> Verdict | None:
        """One bound; None for the one below 0 that is known already."""
        wanted = self.bound.relation
        zero = isinstance(side, s.Number) and side.value == 0
        if zero and self.bound.positive and wanted[0] == "<" and sign in (">", ">="):
            return None
        found = self.bound.bound.judged(side, text, self.rounding)
        if not found.is_right or sign == wanted:
            return found
        turned = sign[:1] != wanted[:1]
        reason = "the sign is the other way round" if turned else f"{sign} is said, and {wanted} is right: at the bound"
        return Verdict(v.WRONG, 3, "the relation differs", reason=reason)


WORDS = ("least", "need", "needed", "trials", "runs", "rounded", "up")


@dataclass(frozen=True)
class Level:
    """One number asked for: the bound in numbers, and the least whole number that reaches it."""

    said: str
    value: Fraction
    bound: Between
    size: int


class SampleSizes:
    """Judges how large `name` must be: the inequality, its value in numbers, and the whole number, for each level."""

    def __init__(
        self, name: str, level: str, levels: Sequence[Level], bound: Formula, names: Names,
        known: Mapping[str, Fraction], rounding: Rounding, words: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.name, self.level, self.levels, self.bound = name, level, levels, bound
        self.names, self.known, self.rounding, self.words = names, known, rounding, {*words, *WORDS}

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError, Unsupported."""
        trees = [one.tree for one in pieces(text, self.names, self.words)]
        said, at, done = list[tuple[str, Verdict]](), 0, set[str]()
        for tree in trees:
            chosen = self._chosen(tree, text)
            if chosen is not None:
                at = chosen
                continue
            while at < len(self.levels) - 1 and self.levels[at].said in done:
                at += 1
            level = self.levels[at]
            verdict, final = self._judged(tree, level, text)
            said.append((level.said, verdict))
            if final:
                done.add(level.said)
        missing = [f"the whole number for {one.said}" for one in self.levels if one.said not in done]
        if not said:
            raise ReadError("no answer is given", text=text, expected=f"{self.name} >= ..., so ...")
        return replace(of_several(said, missing), read=",\\; ".join(show(t, self.names) for t in trees))

    def _chosen(self, tree: s.Node, text: str) -> int | None:
        """`q = 0.95`: which level is spoken of."""
        if not (isinstance(tree, s.Relation) and tree.relations == ("=",) and isinstance(tree.items[0], s.Reference)):
            return None
        if tree.items[0].code != self.level:
            return None
        value = Worked(text, lambda name: None).number(tree.items[1])
        found = next((n for n, one in enumerate(self.levels) if value == Between.of(one.value)), None)
        if found is None:
            expected = ", ".join(one.said for one in self.levels)
            raise ReadError("another level than was asked for", text=text, caret=tree.span[0], expected=expected)
        return found

    def _numbers(self, level: Level) -> Numbers:
        values = {**self.known, self.level: level.value}
        return lambda name: Known({(): Between.of(values[name])}) if name in values else None

    def _judged(self, tree: s.Node, level: Level, text: str) -> tuple[Verdict, bool]:
        """A chain, and whether its end is the whole number."""
        work = Worked(text, self._numbers(level))
        if not isinstance(tree, s.Relation):
            return self._end(tree, level, work, about=False)
        first, sides = tree.items[0], list(zip(tree.relations, tree.items[1:], strict=True))
        named = isinstance(first, s.Reference) and first.code == self.name
        if not named:
            last = tree.items[-1]
            if isinstance(last, s.Reference) and last.code == self.name and len(tree.items) == 2:
                sign = MIRRORED.get(tree.relations[0], "=")
                first, sides, named = last, [(sign, tree.items[0])], True
        if not named:
            sides = [("=", first), *sides]
        return self._sides(sides, level, work)

    def _sides(self, sides: Sequence[tuple[str, s.Node]], level: Level, work: Worked) -> tuple[Verdict, bool]:
        steps, final = list[Verdict](), False
        for n, (sign, side) in enumerate(sides):
            found, whole = self._end(side, level, work, about=sign == "~")
            if sign in ("<", "<=") and n == 0:
                found = Verdict(v.WRONG, 3, "the relation differs", reason="the sign is the other way round: it flips")
            elif sign == ">" and n == 0 and whole:  # N > 58 is N >= 59
                found = against(work.array(s.Plus((side, s.Number("1")))), of(level.size), {}, Rounding())
            elif sign == ">" and n == 0 and level.bound.exact:
                found = Verdict(v.WRONG, 3, "the relation differs", reason="the bound itself is enough: >=")
            elif sign not in ("=", "~", ">=", ">") or (n and sign in (">=", ">")):
                raise work.refused(f"{sign} is not expected here", side, "= or >=")
            steps.append(found)
            final = final or (whole and found.is_right) or (n == len(sides) - 1 and whole)
        return of_chain(steps), final

    def _end(self, side: s.Node, level: Level, work: Worked, about: bool) -> tuple[Verdict, bool]:
        """The bound, in symbols or in numbers, or the whole number; and whether it is meant as the latter."""
        used = has_names(side)
        if used and isinstance(side, s.Ceiling):
            return self.bound.judged(side.of, work.text, self.rounding), False
        if used:
            return self.bound.judged(side, work.text, self.rounding), False
        given = work.array(side)
        whole = isinstance(side, s.Ceiling) or (given.is_number and given.places and given.places[0][0] == 0)
        if whole and given.number.exact:
            return against(given, of(level.size), {}, Rounding()), True
        found = against(given, of(level.bound), {}, self.rounding, about)
        if found.kind == v.UNDECIDED and self._is_same(side, level, work):
            found = Verdict(v.RIGHT, 1, EXACT)
        return found, False

    def _is_same(self, side: s.Node, level: Level, work: Worked) -> bool:
        """Whether a formula of numbers is the bound with these numbers put in: agreement to 40 digits is no proof."""
        return self.bound.is_with(side, work.text, {**self.known, self.level: level.value})
