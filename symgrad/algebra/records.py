"""The records of the normal form: a Poly is a sum of Terms, a Term a product of powers of Atoms under one big sum.

    Term = coefficient * prod(atom ** power)  summed over its bound indices, where its limits hold

All records are immutable and compared by a key. A bound index is named by the height of its binder
(1 + the greatest height inside), so names of nested binders never meet and nothing can be captured.
Only `normal.py` builds terms; everything here just stores and describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from operator import is_

from symgrad.algebra.heads import HEADS, REDUCTIONS
from symgrad.algebra.index import Affine, Limit

NO_NAMES: frozenset[str] = frozenset()
UNIT = Fraction(1)
MARKS = {"ge": ">=0", "eq": "==0", "ne": "!=0"}


class Atom:
    """A factor: a reference, a value, a function, an unexpanded sum, or a reduction.

    `names`: free names of indices and sizes inside; `tensors`: declared names inside; `height` of binders inside.
    """

    __slots__ = ("height", "key", "names", "sign", "tensors")
    key: str
    names: frozenset[str]
    tensors: frozenset[str]
    height: int
    sign: str

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atom) and self.key == other.key

    def __repr__(self) -> str:
        return self.key


class Ref(Atom):
    """A declared name at indices: x[i+k], gamma[]. `sign` is what is declared or inferred of its entries."""

    __slots__ = ("indices", "name")

    def __init__(self, name: str, indices: Iterable[Affine] = (), sign: str = "real") -> None:
        self.name, self.indices, self.sign = name, tuple(indices), sign
        self.key = f"{name}[{','.join([a.text or str(a) for a in self.indices])}]"
        self.names = NO_NAMES.union(*[a.names for a in self.indices])
        self.tensors, self.height = frozenset((name,)), 0


class Value(Atom):
    """A size or an index used as a number."""

    __slots__ = ("name",)

    def __init__(self, name: str, sign: str = "real") -> None:
        self.name, self.sign = name, sign
        self.key, self.names, self.tensors, self.height = f"#{name}", frozenset((name,)), NO_NAMES, 0


class Head(Atom):
    """A function of polys. `g'` is a head of its own."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: str, arguments: Iterable[Poly]) -> None:
        self.function, self.arguments = function, tuple(arguments)
        self.sign = HEADS[function].sign if function in HEADS else "real"
        self.key = f"{function}({';'.join(p.key for p in self.arguments)})"
        self.names = frozenset().union(*(p.names for p in self.arguments))
        self.tensors = frozenset().union(*(p.tensors for p in self.arguments))
        self.height = max((p.height for p in self.arguments), default=0)


class Base(Atom):
    """A poly held unexpanded under a power."""

    __slots__ = ("poly",)

    def __init__(self, poly: Poly) -> None:
        self.poly, self.key = poly, f"({poly.key})"
        self.names, self.tensors, self.height, self.sign = poly.names, poly.tensors, poly.height, poly.sign


class Reduction(Atom):
    """The maximum, minimum or product of a poly over one index within limits; or whether `at` is where it is attained.

    `index` is bound; its name is that of its height. Only `normal.reduction` builds one.
    """

    __slots__ = ("at", "function", "index", "limits", "poly")

    def __init__(
        self, function: str, poly: Poly, index: str, limits: tuple[Limit, ...], at: Affine | None = None
    ) -> None:
        self.function, self.poly, self.index, self.limits, self.at = function, poly, index, limits, at
        self.sign = poly.sign if REDUCTIONS[function].keeps else "nonnegative"
        inner = poly.names.union(*(limit.of.names for limit in limits)).difference((index,))
        self.names = inner if at is None else inner | at.names
        asked = "" if at is None else f"at {at}"
        self.key = f"{function}{{{index}|{','.join(map(limit_key, limits))}}}({poly.key}){asked}"
        self.tensors, self.height = poly.tensors, poly.height + 1

    @property
    def as_sum(self) -> Term:
        """A term over the same index with the same factors: what a name for the index is chosen by."""
        return Term(Fraction(1), tuple(f for t in self.poly.terms for f in t.factors), (self.index,), self.limits)


def limit_key(limit: Limit) -> str:
    """A limit as text.

    >>> limit_key(Limit("ge", Affine.name("k") - 1))
    'k - 1>=0'
    """
    return f"{limit.of}{MARKS[limit.kind]}"


class Term:
    """One summand. `key` is everything but the coefficient."""

    __slots__ = ("bound", "coefficient", "factors", "height", "key", "limits", "names", "tensors")

    def __init__(
        self,
        coefficient: Fraction,
        factors: tuple[tuple[Atom, Fraction], ...],
        bound: tuple[str, ...],
        limits: tuple[Limit, ...],
    ) -> None:
        self.coefficient, self.factors, self.bound, self.limits = coefficient, factors, bound, limits
        body = "*".join([a.key if p is UNIT or p == 1 else f"{a.key}^{p}" for a, p in factors])
        names = NO_NAMES.union(*[a.names for a, _ in factors])
        self.tensors = NO_NAMES.union(*[a.tensors for a, _ in factors])
        self.height = max([a.height for a, _ in factors], default=0) + bool(bound)
        if bound or limits:
            body = f"S{{{','.join(bound)}|{','.join(map(limit_key, limits))}}}{body}"
            names = names.union(*[limit.of.names for limit in limits]).difference(bound)
        self.key, self.names = body, names

    def scaled(self, factor: Fraction) -> Term:
        return self if factor is UNIT or factor == 1 else self.with_coefficient(self.coefficient * factor)

    def with_coefficient(self, coefficient: Fraction) -> Term:
        """The same summand that often."""
        if coefficient == self.coefficient:
            return self
        new = object.__new__(Term)
        new.coefficient, new.factors, new.bound, new.limits = coefficient, self.factors, self.bound, self.limits
        new.key, new.names, new.tensors, new.height = self.key, self.names, self.tensors, self.height
        return new

    @property
    def sign(self) -> str:
        """positive | nonnegative | real: what is known of the value (an empty sum or a false limit makes it 0)."""
        if self.coefficient.numerator < 0:
            return "real"
        signs = [power_sign(a.sign, p) for a, p in self.factors]
        if "real" in signs:
            return "real"
        return "nonnegative" if "nonnegative" in signs or self.limits else "positive"

    def __repr__(self) -> str:
        if not self.key:
            return str(self.coefficient)
        one = self.coefficient is UNIT or self.coefficient == 1
        return self.key if one else f"{self.coefficient}*{self.key}"


def _below_one(head: Head) -> bool:
    row = HEADS.get(head.function)
    return row is not None and row.sign == "positive" and row.below == 1


def power_sign(sign: str, power: Fraction) -> str:
    """The sign of a power. Laws: even powers of reals are >= 0; powers keep >= 0 and > 0; 1/a of a >= 0 is > 0."""
    if sign == "nonnegative" and power.numerator < 0:
        return "positive"
    if sign == "real" and power.denominator == 1 and power.numerator % 2 == 0:
        return "nonnegative"
    return sign


class Poly:
    """A sum of terms, collected and sorted; the empty sum is 0."""

    __slots__ = ("content", "height", "key", "length", "names", "tensors", "terms")
    content: Fraction | None  # what `powers.content` found
    length: int | None  # what `measure` found

    def __init__(self, terms: Iterable[Term]) -> None:
        self.content = self.length = None
        self.terms = found = tuple(terms)
        if len(found) > 1:
            kept: dict[str, Term] = {}
            for term in found:
                old = kept.get(term.key)
                kept[term.key] = term if old is None else term.with_coefficient(old.coefficient + term.coefficient)
            self.terms = tuple([kept[key] for key in sorted(kept) if kept[key].coefficient])
        elif found and not found[0].coefficient:
            self.terms = ()
        if len(self.terms) == 1:
            (only,) = self.terms
            self.key, self.names, self.tensors, self.height = repr(only), only.names, only.tensors, only.height
            return
        self.key = " + ".join(map(repr, self.terms)) or "0"
        self.names = NO_NAMES.union(*[t.names for t in self.terms])
        self.tensors = NO_NAMES.union(*[t.tensors for t in self.terms])
        self.height = max([t.height for t in self.terms], default=0)

    def of(self, terms: Iterable[Term]) -> Poly:
        """The sum of other terms; the same object where they are its own."""
        found = tuple(terms)
        same = len(found) == len(self.terms) and all(map(is_, found, self.terms))
        return self if same else Poly(found)

    @property
    def sign(self) -> str:
        """What is known of the value; a sum with a positive term and no real one is positive."""
        signs = {t.sign for t in self.terms}
        if "real" in signs:
            return "positive" if self._is_rest else "real"
        return "positive" if "positive" in signs else "nonnegative"

    @property
    def _is_rest(self) -> bool:
        """Law: c - a s - b t > 0 where s, t are positive and below 1 and c >= a + b, as in 1 - sigmoid(u)."""
        taken = Fraction(0)
        for term in self.terms:
            ones = all(isinstance(a, Head) and _below_one(a) and p > 0 for a, p in term.factors)
            if term.bound or term.limits or not ones or (term.coefficient > 0) == bool(term.factors):
                return False
            taken += term.coefficient
        return taken >= 0

    @property
    def number(self) -> Fraction | None:
        """The value of a poly that is a plain number, else None."""
        if not self.terms:
            return Fraction(0)
        term = self.terms[0]
        return term.coefficient if len(self.terms) == 1 and not term.factors and not term.limits else None

    @property
    def sole(self) -> Term | None:
        """The only term, or None."""
        return self.terms[0] if len(self.terms) == 1 else None

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.key == other.key

    def __repr__(self) -> str:
        return self.key

    def __add__(self, other: Poly) -> Poly:
        return Poly(self.terms + other.terms)

    def __neg__(self) -> Poly:
        return Poly(t.scaled(Fraction(-1)) for t in self.terms)

    def __sub__(self, other: Poly) -> Poly:
        return self + (-other)


def walk(poly: Poly) -> Iterable[tuple[Atom, Fraction]]:
    """Every factor of a poly with its power, outer ones first, those inside heads and bases included."""
    for term in poly.terms:
        for atom, power in term.factors:
            yield atom, power
            for inner in inside(atom):
                yield from walk(inner)


def inside(atom: Atom) -> tuple[Poly, ...]:
    """The polys an atom is made of."""
    if isinstance(atom, Head):
        return atom.arguments
    return (atom.poly,) if isinstance(atom, Base | Reduction) else ()


def reads(factors: Iterable[Atom], facts: tuple[Affine, ...] = ()) -> Iterator[tuple[Ref, tuple[Affine, ...]]]:
    """Every reference in a product, with what is >= 0 where it is read: `facts`, and the limits it stands under."""
    for atom in factors:
        if isinstance(atom, Ref):
            yield atom, facts
        own = atom.limits if isinstance(atom, Reduction) else ()
        for term in (t for poly in inside(atom) for t in poly.terms):
            yield from reads((a for a, _ in term.factors), (*facts, *known(own), *known(term.limits)))


def known(limits: Iterable[Limit]) -> tuple[Affine, ...]:
    """What is >= 0 where the limits hold.

    >>> known([Limit("eq", Affine.name("i"))])
    (i, -i)
    """
    limits = tuple(limits)
    return (*(x.of for x in limits if x.kind != "ne"), *(-x.of for x in limits if x.kind == "eq"))


def paint(poly: Poly, colours: Mapping[str, str]) -> str:
    """The poly as text in which names are replaced by colours and inner bound names by one mark.

    Equal for polys that differ in the naming of coloured or inner bound indices, and for sums under a power that
    differ in sign only; used to find canonical names.
    """
    return "+".join(sorted(_paint_term(t, colours) for t in poly.terms))


def _paint_term(term: Term, colours: Mapping[str, str]) -> str:
    inner = {**colours, **dict.fromkeys(term.bound, "~")} if term.bound else colours
    factors = sorted(f"{paint_atom(a, inner)}^{p}" for a, p in term.factors)
    limits = sorted(paint_limit(x, inner) for x in term.limits)
    signed = any(isinstance(a, Base) and len(a.poly.terms) > 1 for a, _ in term.factors)
    return f"{abs(term.coefficient) if signed else term.coefficient}*{factors}{limits}{len(term.bound)}"


def paint_limit(limit: Limit, colours: Mapping[str, str]) -> str:
    """A limit in colours; an equation may stand with either sign."""
    both = (limit.of,) if limit.kind == "ge" else (limit.of, -limit.of)
    return limit.kind + min(paint_index(of, colours) for of in both)


def paint_index(index: Affine, colours: Mapping[str, str]) -> str:
    return str(sorted((sorted(colours.get(n, n) for n in m), c) for m, c in index.terms))


def paint_atom(atom: Atom, colours: Mapping[str, str]) -> str:
    if atom.names.isdisjoint(colours):
        return atom.key
    if isinstance(atom, Ref):
        return f"{atom.name}[{','.join(paint_index(a, colours) for a in atom.indices)}]"
    if isinstance(atom, Value):
        return f"#{colours.get(atom.name, atom.name)}"
    if isinstance(atom, Base) and len(atom.poly.terms) > 1:  # whole powers of it may stand with either sign
        return f"({min(paint(atom.poly, colours), paint(-atom.poly, colours))})"
    if isinstance(atom, Reduction):
        inner = {**colours, atom.index: "~"}
        limits = sorted(paint_limit(x, inner) for x in atom.limits)
        asked = "" if atom.at is None else paint_index(atom.at, colours)
        return f"{atom.function}{limits}({paint(atom.poly, inner)}){asked}"
    label = atom.function if isinstance(atom, Head) else ""
    return f"{label}({';'.join(paint(p, colours) for p in inside(atom))})"
