"""Affine index expressions, limits on them, and a prover for inequalities between them.

An index expression is a polynomial with integer coefficients in the names of indices and sizes that is affine in the
indices: `2*i + k - p`, `s*i + k` with a symbolic stride s. All names stand for integers. A bound index carries a name
that starts with `~`; no user name does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from math import gcd
from operator import mul
from typing import NamedTuple

Monomial = tuple[str, ...]


class Affine:
    """An integer polynomial in names, immutable; monomials are sorted tuples of names, () the constant.

    >>> i, N = Affine.name("i"), Affine.name("N")
    >>> str(2 * i + N - 1)
    'N + 2*i - 1'
    >>> str((2 * i).put({"i": N - 1}))
    '2*N - 2'
    """

    __slots__ = ("hash", "names", "sole", "terms", "text")
    terms: tuple[tuple[Monomial, int], ...]
    names: frozenset[str]
    sole: str  # the name this expression consists of, or "" when it is anything else

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms = found = tuple(sorted([item for item in terms.items() if item[1]]))
        self.hash = hash(found)
        self.names = frozenset([name for monomial, _ in found for name in monomial])
        self.text = self.sole = ""
        if len(found) == 1 and found[0][1] == 1 and len(found[0][0]) == 1:
            self.text = self.sole = found[0][0][0]

    @staticmethod
    def name(name: str) -> Affine:
        return _named(name)

    @staticmethod
    def number(value: int) -> Affine:
        return Affine({(): value})

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Affine) and self.terms == other.terms

    def __add__(self, other: Affine | int) -> Affine:
        total = dict(self.terms)
        for monomial, coefficient in _affine(other).terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        return Affine(total)

    def __neg__(self) -> Affine:
        return Affine({m: -c for m, c in self.terms})

    def __sub__(self, other: Affine | int) -> Affine:
        total = dict(self.terms)
        for monomial, coefficient in _affine(other).terms:
            total[monomial] = total.get(monomial, 0) - coefficient
        return Affine(total)

    def __rsub__(self, other: int) -> Affine:
        return (-self) + other

    def __mul__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine({m: c * other for m, c in self.terms})
        total: dict[Monomial, int] = {}
        for m, c in self.terms:
            for n, d in other.terms:
                product = tuple(sorted(m + n))
                total[product] = total.get(product, 0) + c * d
        return Affine(total)

    __radd__, __rmul__ = __add__, __mul__

    @property
    def constant(self) -> int:
        return self.terms[0][1] if self.terms and not self.terms[0][0] else 0

    @property
    def is_number(self) -> bool:
        return not self.names

    def coefficient(self, monomial: Monomial) -> int:
        for own, coefficient in self.terms:
            if own == monomial:
                return coefficient
        return 0

    def slope(self, name: str) -> Affine:
        """The factor of `name`: of s*i + k the slope of i is s."""
        return Affine({tuple(n for n in m if n != name): c for m, c in self.terms if name in m})

    def put(self, values: Mapping[str, Affine]) -> Affine:
        """Substitutes names by expressions, all at once."""
        if self.names.isdisjoint(values):
            return self
        if self.sole:
            return values[self.sole]
        total: dict[Monomial, int] = {}
        for monomial, coefficient in self.terms:
            if len(monomial) == 1 and monomial[0] in values:
                changed = values[monomial[0]].terms
            else:
                changed = _product(monomial, values).terms if any(n in values for n in monomial) else ((monomial, 1),)
            for n, d in changed:
                total[n] = total.get(n, 0) + coefficient * d
        return Affine(total)

    def at(self, values: Mapping[str, int]) -> int:
        """The integer value where every name is given."""
        total = 0
        for monomial, coefficient in self.terms:
            for name in monomial:
                coefficient *= values[name]
            total += coefficient
        return total

    def __str__(self) -> str:
        self.text = self.text or self._written()
        return self.text

    def _written(self) -> str:
        parts: list[str] = []
        for monomial, c in sorted(self.terms, key=lambda t: (t[0] == (), t[0])):
            body = "*".join(monomial)
            size = str(abs(c)) if not body else body if abs(c) == 1 else f"{abs(c)}*{body}"
            parts.append(("-" if c < 0 else "") + size if not parts else ("- " if c < 0 else "+ ") + size)
        return " ".join(parts) or "0"

    __repr__ = __str__


@lru_cache(maxsize=4096)
def _named(name: str) -> Affine:
    return Affine({(name,): 1})


def _affine(value: Affine | int) -> Affine:
    return value if isinstance(value, Affine) else Affine.number(value)


def _product(monomial: Monomial, values: Mapping[str, Affine]) -> Affine:
    first, *rest = (values.get(name) or Affine.name(name) for name in monomial)
    for factor in rest:
        first = first * factor
    return first


class Limit(NamedTuple):
    """A condition on integers: `ge`: expression >= 0, `eq`: = 0, `ne`: != 0."""

    kind: str
    of: Affine

    def put(self, values: Mapping[str, Affine]) -> Limit:
        return Limit(self.kind, self.of.put(values))

    def holds(self, values: Mapping[str, int]) -> bool:
        value = self.of.at(values)
        return value >= 0 if self.kind == "ge" else (value == 0) == (self.kind == "eq")


def tighten(limit: Limit) -> Limit | bool:
    """The limit in lowest terms, or its truth where it has one by itself.

    Law: for integers, g*a + c >= 0 iff a + floor(c/g) >= 0; g*a + c = 0 has no solution unless g divides c.

    >>> tighten(Limit("ge", 2 * Affine.name("i") - 1))
    Limit(kind='ge', of=i - 1)
    >>> tighten(Limit("eq", 2 * Affine.name("i") - 1))
    False
    """
    kind, of = limit
    if of.is_number:
        return limit.holds({})
    divisor = 0
    for monomial, coefficient in of.terms:
        if monomial:
            divisor = gcd(divisor, coefficient)
    constant = of.constant
    if kind == "ge":
        if divisor == 1:
            return limit
        return Limit(kind, Affine({**{m: c // divisor for m, c in of.terms if m}, (): constant // divisor}))
    if constant % divisor:
        return kind == "ne"
    lead = next(c for m, c in of.terms if m)
    divisor = divisor if lead > 0 else -divisor
    return limit if divisor == 1 else Limit(kind, Affine({m: c // divisor for m, c in of.terms}))


def _rank(sizes: frozenset[str]) -> Callable[[Monomial], tuple[int, int, Monomial]]:
    def rank(monomial: Monomial) -> tuple[int, int, Monomial]:
        level = max((2 if n.startswith("~") else 0 if n in sizes else 1 for n in monomial), default=-1)
        return level, len(monomial), monomial

    return rank


@dataclass(frozen=True)
class Context:
    """What is known of the free names: sizes (>= 1), ranges of indices, relations between sizes.

    `ranges` maps a free index to expressions that are >= 0; `relations` holds further expressions that are >= 0.
    """

    sizes: frozenset[str] = frozenset()
    ranges: Mapping[str, tuple[Affine, ...]] = field(default_factory=dict)
    relations: tuple[Affine, ...] = ()
    memo: dict = field(default_factory=dict, compare=False, repr=False)

    def with_ranges(self, ranges: Mapping[str, tuple[Affine, ...]]) -> Context:
        return Context(self.sizes, {**self.ranges, **ranges}, self.relations)

    @cached_property
    def known(self) -> tuple[Affine, ...]:
        """Every expression known to be >= 0 without looking at a term."""
        free = tuple(e for limits in self.ranges.values() for e in limits)
        return free + self.relations + tuple(Affine.name(s) - 1 for s in sorted(self.sizes))

    def proves(self, goal: Affine, facts: Iterable[Affine] = (), depth: int = 6) -> bool:
        """Whether goal >= 0 follows from the facts: a non-negative combination of facts is searched (Farkas).

        Sound, not complete: False means "not shown". Law: for whole g, g >= 0 iff c*g + c - 1 >= 0, so 2*i <= q and
        q <= 2*N - 1 give i <= N - 1.

        >>> i, N = Affine.name("i"), Affine.name("N")
        >>> Context(frozenset({"N"})).proves(2 * N - 1 - i, [N - 1 - i])
        True
        >>> Context(frozenset({"N"})).proves(N - 2)
        False
        """
        facts = tuple(facts)
        key = (goal, facts, depth)
        if key not in self.memo:
            names = self._reachable(goal, facts)
            useful = tuple(f for f in dict.fromkeys(facts + self.known) if f.names <= names)
            useful += self._products(goal, useful)
            self.memo[key] = _farkas(goal, useful, depth, _rank(self.sizes))
        return self.memo[key]

    def _products(self, goal: Affine, facts: tuple[Affine, ...]) -> tuple[Affine, ...]:
        """Facts about the products in a goal. Law: s >= 1 and f >= 0 give (s - 1)*f >= 0, and s*t*f >= 0.

        >>> context = Context(frozenset("HW"))
        >>> j, k, H, W = map(Affine.name, "jkHW")
        >>> context.proves(H * W * j + W * k, [j, k])
        True
        """
        found = []
        for monomial in dict.fromkeys(m for m, _ in goal.terms if len(m) == 2):
            for size, name in {monomial, monomial[::-1]}:
                if size in self.sizes:
                    found += [f * Affine.name(size) - f for f in facts if f.coefficient((name,))]
        for longer in dict.fromkeys(m for m, _ in goal.terms if len(m) > 2):
            for n, name in enumerate(longer):
                rest = (*longer[:n], *longer[n + 1 :])
                if self.sizes.issuperset(rest):
                    times = reduce(mul, map(Affine.name, rest))
                    found += [f * times for f in facts if f.coefficient((name,))]
        return tuple(dict.fromkeys(found))

    def _reachable(self, goal: Affine, facts: tuple[Affine, ...]) -> frozenset[str]:
        names, pool = goal.names, facts + self.known
        while True:
            wider = names.union(*(f.names for f in pool if f.names & names))
            if wider == names:
                return names
            names = wider

    def refutes(self, limit: Limit, facts: Iterable[Affine] = ()) -> bool:
        """Whether the limit can never hold."""
        facts = tuple(facts)
        if limit.kind == "ge":
            return self.proves(-limit.of - 1, facts)
        if limit.kind == "eq":
            return self.proves(limit.of - 1, facts) or self.proves(-limit.of - 1, facts)
        return self.proves(limit.of, facts) and self.proves(-limit.of, facts)

    def confirms(self, limit: Limit, facts: Iterable[Affine] = ()) -> bool:
        """Whether the limit always holds."""
        facts = tuple(facts)
        if limit.kind == "ge":
            return self.proves(limit.of, facts)
        if limit.kind == "eq":
            return self.proves(limit.of, facts) and self.proves(-limit.of, facts)
        return self.proves(limit.of - 1, facts) or self.proves(-limit.of - 1, facts)


def _farkas(goal: Affine, facts: tuple[Affine, ...], depth: int, rank: Callable[[Monomial], tuple]) -> bool:
    lead = max((m for m, _ in goal.terms), key=rank, default=())
    if lead == ():
        return goal.constant >= 0
    if depth == 0:
        return False
    mine = goal.coefficient(lead)
    for n, fact in enumerate(facts):
        theirs = fact.coefficient(lead)
        if mine * theirs > 0:
            step = abs(theirs)
            rest = goal * step + (step - 1) - fact * abs(mine)
            if _farkas(rest, facts[:n] + facts[n + 1 :], depth - 1, rank):
                return True
    return False
