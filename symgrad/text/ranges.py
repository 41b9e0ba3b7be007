r"""The range of every index: all axes where one index stands alone have the same range, and what is not said is a size.

x_i - \mu,  \sum_{i=1}^m x_i      x has m entries, and wherever an index stands alone at x it runs over 1..m
\sum_k w_k x_{i+k}                the entries that are read must exist: H >= n + K - 1
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sympy

from symgrad.algebra.border_names import expression
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.statements import Statement
from symgrad.read.symbols import ask, option
from symgrad.text.places import Ends, Place, Places, Slot, Variable, refused

MOST = 10**6  # values of an index that is given in numbers
NEW_SIZES = ("n", "m", "d", "p", "q", "r", "N", "M", "D")


class Affine(NamedTuple):
    """A constant in sizes, and the coefficient of each index."""

    constant: sympy.Expr
    slopes: Mapping[Variable, sympy.Expr]


@dataclass
class Range:
    """First and last value of a class of indices and axes; None where nobody says. `new`: its size was made up."""

    members: list[Slot | Variable] = field(default_factory=list)
    first: sympy.Expr | None = None
    last: sympy.Expr | None = None
    told: str = ""  # the text that says so
    new: Any = None

    @property
    def count(self) -> sympy.Expr:
        assert self.first is not None and self.last is not None
        return self.last - self.first + 1

    @property
    def variables(self) -> list[Variable]:
        return [m for m in self.members if isinstance(m, Variable)]


class Classes:
    """Union-find over axes and indices."""

    def __init__(self) -> None:
        self.parents: dict[Hashable, Hashable] = {}

    def root(self, one: Hashable) -> Hashable:
        self.parents.setdefault(one, one)
        while self.parents[one] != one:
            self.parents[one] = self.parents[self.parents[one]]
            one = self.parents[one]
        return one

    def join(self, one: Hashable, other: Hashable) -> None:
        self.parents[self.root(other)] = self.root(one)


class Ranges:
    """The ranges of a text. `sizes`: code -> size symbol, to which new ones are added by `new_size`."""

    def __init__(self, places: Places, sizes: Mapping[str, Any], new_size: Callable[[str], Any]) -> None:
        self.places, self.sizes, self.new_size = places, sizes, new_size
        self.of: dict[Slot | Variable, Range] = {}
        self.requirements: list[tuple[sympy.Expr, sympy.Expr, str]] = []  # this >= that, so that this name is read
        classes = Classes()
        for slot, variable in places.alone:
            classes.join(variable, slot)
        for variable in places.variables:
            classes.root(variable)
        for place in places.affine:
            classes.root(place.slot)
        found: dict[Hashable, Range] = {}
        for member in classes.parents:
            self.of[member] = found.setdefault(classes.root(member), Range())  # type: ignore[index]
            self.of[member].members.append(member)  # type: ignore[index, arg-type]
        self.all = list(found.values())

    # --- what is said

    def tell(self, range_: Range, first: sympy.Expr | None, last: sympy.Expr | None, where: Statement, at: int) -> None:
        """A range is said at a place; another one must have been the same."""
        for attribute, value in (("first", first), ("last", last)):
            known = getattr(range_, attribute)
            if value is not None and known is not None and value != known:
                raise ReadError(
                    f"two ranges for the index of {self._axis(range_)}",
                    text=where.text,
                    caret=at,
                    expected=f"{attribute} value {known}, as in {range_.told}",
                    given=str(value),
                    fix="another letter for another range; a condition for a part of it: \\sum_{i: i > 1}",
                )
            if value is not None:
                setattr(range_, attribute, value)
                range_.told = range_.told or where.text
        if range_.first is not None and range_.last is not None:
            self._some(range_, where, at)

    def _some(self, range_: Range, where: Statement, at: int) -> None:
        count = range_.count
        if count.is_Integer and not 1 <= count <= MOST:
            what = "a range without values" if count < 1 else "a range with too many values"
            raise ReadError(
                what,
                text=where.text,
                caret=at,
                expected=f"1 to {MOST} values",
                given=f"{range_.first} to {range_.last}",
                fix="a letter for the size" if count > 1 else "",
            )

    def _axis(self, range_: Range) -> str:
        slots = [m for m in range_.members if not isinstance(m, Variable)]
        names = [m.letter for m in range_.variables]
        return ", ".join(dict.fromkeys(name for name, _ in slots)) or ", ".join(dict.fromkeys(names))

    def read_ends(self) -> None:
        """The ends that are written at sums."""
        for variable, ends in self.places.ends.items():
            lower, upper = (
                None if node is None or moves else self.size(node, ends.statement)
                for node, moves in zip((ends.lower, ends.upper), ends.moving, strict=True)
            )
            if any(ends.moving) and not self._known_elsewhere(variable):
                raise refused(
                    ends.statement,
                    f"the range of {variable.letter} moves with another index",
                    (ends.lower if ends.moving[0] else ends.upper) or s.Number("0"),
                    fix=option("index", f"{variable.letter}=1..n"),
                )
            if upper is not None and lower is None and not any(ends.moving) and ends.upper is not None:
                letter = variable.letter
                fix = f"\\sum_{{{letter}=1}}^{{...}}"
                raise refused(ends.statement, f"the first value of {letter} is not said", ends.upper, fix=fix)
            if not any(ends.moving):
                self.tell(self.of[variable], lower, upper, ends.statement, variable.at)

    def _known_elsewhere(self, variable: Variable) -> bool:
        return any(not isinstance(m, Variable) for m in self.of[variable].members)

    # --- what is not said

    def complete(self, first: int) -> None:
        """Ranges that nobody said: from the common first value on, over a size of their own."""
        for place in self.places.affine:
            range_ = self.of[place.slot]
            if range_.first is None and isinstance(place.index, s.Number):
                fix = self._say(range_.variables[0]) if range_.variables else ""
                what = f"the first index of {place.slot[0]} is not said: 0 or 1"
                raise refused(place.statement, what, place.index, fix=fix)
            if range_.first is None and not range_.variables:
                low = self._reach(place, low=True)
                range_.first = low if low is not None and low.is_Integer and low >= 0 else None
        for range_ in self.all:
            if range_.first is None:
                range_.first = expression(first)
            if range_.last is None:
                self._refuse_one_entry(range_)
                range_.new = self.new_size(self._axis(range_))
                range_.last = range_.first + range_.new - 1
        for place in self.places.affine:
            self._require(place)
        for variable, ends in self.places.ends.items():
            self._require_moving(variable, ends)

    def _refuse_one_entry(self, range_: Range) -> None:
        """An axis at which only numbers stand has a length that nobody can know."""
        places = [p for p in self.places.affine if self.of[p.slot] is range_]
        if not range_.variables and all(isinstance(p.index, s.Number) for p in places):
            name = f"{places[0].slot[0]}[...]"
            raise refused(places[0].statement, f"the length of {name} is not said", places[0].index, "an index letter")

    def _require(self, place: Place) -> None:
        """What is read must exist; a relation between sizes is required where one of them was made up."""
        range_ = self.of[place.slot]
        low, high = (self._reach(place, low=side) for side in (True, False))
        if low is None or high is None:
            return
        name = place.slot[0]
        assert range_.first is not None and range_.last is not None
        for more, less in ((range_.last, high), (low, range_.first)):
            room = more - less
            made_up = {r.new for r in self.all if r.new is not None}
            if (room.is_Integer and room < 0) or (room.is_nonpositive and room.free_symbols):
                raise refused(
                    place.statement,
                    f"{name} is read outside its range",
                    place.index,
                    f"indices from {range_.first} to {range_.last}",
                    fix="say the ranges: " + option("index", *self._examples(place)),
                )
            if not room.is_Integer and room.free_symbols & made_up:
                self.requirements.append((more, less, name))

    def _require_moving(self, variable: Variable, ends: Ends) -> None:
        r"""Where a range moves with another index, as in \sum_{j=1}^{i} x_j, all of it must exist."""
        range_ = self.of[variable]
        assert range_.first is not None and range_.last is not None
        for node, moves, low in zip((ends.lower, ends.upper), ends.moving, (True, False), strict=True):
            if node is None or not any(ends.moving):
                continue
            reach = self._reach(Place(("", 0), node, ends.here, ends.statement), low, strict=not moves)
            if reach is None:
                raise refused(
                    ends.statement, "how far this range moves is not clear", node, "sums of indices and sizes"
                )
            more, less = (reach, range_.first) if low else (range_.last, reach)
            room = sympy.expand(more - less)
            if room.is_negative:
                what = f"{variable.letter} leaves the range of {self._axis(range_)}"
                raise refused(ends.statement, what, node, f"{range_.first} to {range_.last}", fix=self._say(variable))
            if not room.is_nonnegative:
                self.requirements.append((more, less, self._axis(range_)))

    def _say(self, variable: Variable) -> str:
        return option("index", f"{variable.letter}=0..n-1")

    def _examples(self, place: Place) -> list[str]:
        return [f"{letter}=0..n-1" for letter in place.here][:3] or ["i=0..n-1"]

    def _reach(self, place: Place, low: bool, strict: bool = True) -> sympy.Expr | None:
        """The least or greatest value of an index expression; None where a condition limits it, or a sign is open.

        `strict` False: conditions are not asked about, so that the value may be out of reach.
        """
        affine = self.affine(place.index, place.here, place.statement)
        if strict and any(v in self.places.limited for v in affine.slopes):
            return None
        found = affine.constant
        for variable, slope in affine.slopes.items():
            if not (slope.is_positive or slope.is_negative):
                return None
            range_ = self.of[variable]
            end = range_.first if bool(slope.is_positive) == low else range_.last
            if end is None:
                return None
            found += slope * end
        return sympy.expand(found)

    # --- index expressions

    def size(self, node: s.Node, statement: Statement) -> sympy.Expr:
        """An expression in sizes; floor is allowed."""
        if isinstance(node, s.Floor | s.Ceiling):
            inner = node.of
            if not isinstance(inner, s.Divide):
                raise refused(statement, "a fraction is expected", inner)
            top, bottom = self.size(inner.top, statement), self.size(inner.bottom, statement)
            return sympy.floor(top / bottom) if isinstance(node, s.Floor) else sympy.ceiling(top / bottom)
        if isinstance(node, s.Plus) and any(isinstance(t, s.Floor) for t in node.terms):
            return sympy.Add(*(self.size(t, statement) for t in node.terms))
        affine = self.affine(node, {}, statement)
        return sympy.expand(affine.constant)

    def affine(self, node: s.Node, here: Mapping[str, Variable], statement: Statement) -> Affine:
        """An index expression: sums of indices and sizes with integer or size coefficients."""
        zero = expression(0)
        if isinstance(node, s.Number) and node.value.denominator == 1:
            return Affine(expression(int(node.value)), {})
        if isinstance(node, s.Reference) and not node.indices:
            if node.code in here:
                return Affine(zero, {here[node.code]: expression(1)})
            if node.code in self.sizes:
                return Affine(self.sizes[node.code], {})
        if isinstance(node, s.Minus):
            return _scaled(self.affine(node.of, here, statement), expression(-1))
        if isinstance(node, s.Plus):
            return _total(self.affine(t, here, statement) for t in node.terms)
        if isinstance(node, s.Times):
            found = Affine(expression(1), {})
            for factor in node.factors:
                other = self.affine(factor, here, statement)
                if found.slopes and other.slopes:
                    raise refused(statement, "a product of two indices", node, "sums of indices and sizes")
                found = _scaled(found, other.constant) if not other.slopes else _scaled(other, found.constant)
            return found
        if isinstance(node, s.Power) and isinstance(node.exponent, s.Number):
            base, exponent = self.affine(node.of, here, statement), node.exponent.value
            if not base.slopes and exponent.denominator == 1 and 0 <= exponent <= 12:
                return Affine(base.constant ** int(exponent), {})
        raise refused(statement, "an index is a sum of indices, sizes and integers", node)


def _scaled(one: Affine, factor: sympy.Expr) -> Affine:
    return Affine(one.constant * factor, {v: slope * factor for v, slope in one.slopes.items()})


def _total(parts: Iterable[Affine]) -> Affine:
    constant: sympy.Expr = expression(0)
    slopes: dict[Variable, sympy.Expr] = {}
    for part in parts:
        constant += part.constant
        for variable, slope in part.slopes.items():
            slopes[variable] = slopes.get(variable, expression(0)) + slope
    return Affine(constant, {v: slope for v, slope in slopes.items() if slope != 0})


def ask_for_size(places: Places, ranges: Ranges, code: str, statement: Statement, at: int) -> ReadError:
    """A letter that may be the number of values of an index, or a number that is given."""
    open_ = [r for r in ranges.all if r.last is None and r.variables]
    letter = places.divided[code].letter if code in places.divided else open_[0].variables[0].letter
    return ask(
        statement,
        at,
        f"{code} has two readings",
        f"the number of values of {letter}, or a number that is given",
        f"{option('index', f'{letter}=1..{code}')}, or {option('constant', code)}",
    )
