"""Formulas that are alike but for the names of tensors: spelled with places for the names, and said in other names.

Only maps that keep the alphabetical order are used: then factors, terms and bound names stay in their order, and a
formula in other names is exactly the normal form that would have been built from these.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping

from symgrad.algebra.heads import HEADS, REDUCTIONS
from symgrad.algebra.index import Affine
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term

NAME = re.compile(r"\w+(?=\[)")  # in a key, the name of a tensor and nothing else stands before [
Names = Mapping[str, str]


def spelled(key: str) -> tuple[str, tuple[str, ...]]:
    """A key with places for the names of tensors, and these names in the order in which they first occur.

    >>> spelled("2*W[i,j]*x[j] + x[i]")
    ('2*0[i,j]*1[j] + 1[i]', ('W', 'x'))
    """
    names: dict[str, int] = {}
    text = NAME.sub(lambda found: str(names.setdefault(found[0], len(names))), key)
    return text, tuple(names)


class Order:
    """Where names stand in the alphabet, among each other and among the functions of a model."""

    def __init__(self, functions: Iterable[str] = ()) -> None:
        self.marks = sorted([*(f"{f}(" for f in (*HEADS, *functions)), *(f"{r}{{" for r in (*REDUCTIONS, "S"))])
        self._places: dict[str, int] = {}

    def place(self, name: str) -> int:
        """How many functions and signs of a sum stand before a name."""
        if name not in self._places:
            self._places[name] = bisect(self.marks, name + "[")
        return self._places[name]

    def ranks(self, names: Iterable[str]) -> tuple[tuple[int, int], ...]:
        """Of each name its place and its rank among the others; equal for lists of names in the same order.

        >>> Order().ranks(["W1", "h0"]) == Order().ranks(["W2", "h1"]) != Order().ranks(["h0", "W1"])
        True
        """
        names = tuple(names)
        ranks = {name: n for n, name in enumerate(sorted(names, key=lambda n: n + "["))}
        return tuple((self.place(name), ranks[name]) for name in names)


class Recast:
    """Says formulas in other names; what occurs several times is made once."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.polys: dict[str, Poly] = {}
        self.atoms: dict[str, Atom] = {}

    def poly(self, poly: Poly) -> Poly:
        if poly.tensors.isdisjoint(self.names):
            return poly
        found = self.polys.get(poly.key)
        if found is None:
            found = self.polys[poly.key] = Poly([self.term(t) for t in poly.terms])
        return found

    def term(self, term: Term) -> Term:
        if term.tensors.isdisjoint(self.names):
            return term
        factors = tuple([(self.atom(a), p) for a, p in term.factors])
        return Term(term.coefficient, factors, term.bound, term.limits)

    def atom(self, atom: Atom) -> Atom:
        if atom.tensors.isdisjoint(self.names):
            return atom
        found = self.atoms.get(atom.key)
        if found is None:
            found = self.atoms[atom.key] = REMADE[type(atom)](atom, self)
        return found

    def text(self, text: str) -> str:
        """A key, or a list of names, in the other names."""
        if "[" in text:
            return NAME.sub(lambda found: self.names.get(found[0], found[0]), text)
        return ", ".join(self.names.get(n, n) for n in text.split(", "))


def _ref(atom: Ref, to: Recast) -> Atom:
    return Ref(to.names[atom.name], atom.indices, atom.sign)


def _reduction(atom: Reduction, to: Recast) -> Atom:
    at: Affine | None = atom.at
    return Reduction(atom.function, to.poly(atom.poly), atom.index, atom.limits, at)


REMADE: dict[type, Callable[..., Atom]] = {
    Ref: _ref,
    Head: lambda atom, to: Head(atom.function, [to.poly(p) for p in atom.arguments]),
    Base: lambda atom, to: Base(to.poly(atom.poly)),
    Reduction: _reduction,
}
