"""A component form recognised as a matrix expression: sums are carried out index by index, over at most two others.

Every index that is summed over is eliminated: the factors with it make one vector, matrix or number over the indices
that are left. All orders are tried and the tree with the least to read is kept. What has no such tree is refused with
the reason; what is found still has to be confirmed by `entries`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import index_value, power, renamed
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value, reads
from symgrad.declare.model import Model
from symgrad.declare.naming import name_bound
from symgrad.matrix.build import ONE, dot, inner, placed, raised, summed, turned
from symgrad.matrix.tree import (
    Axis,
    Diagonal,
    DiagonalOf,
    Each,
    Identity,
    Named,
    Number,
    Ones,
    Scaled,
    Shape,
    Size,
    Square,
    Trace,
    Tree,
    cost,
)

MOST_SUMS = 4  # indices under one sum
MOST_TERMS = 24  # of a poly that is multiplied out
MOST_POWER = 3  # of a bracket that is multiplied out
SIGNS = {"ge": ">=", "eq": "=", "ne": "!="}
REDUCTIONS = {"max": "a maximum", "min": "a minimum", "prod": "a product", "argmax": "a place", "argmin": "a place"}


class NoForm(Exception):
    """Why there is no matrix form, as text."""


@dataclass(frozen=True)
class Part:
    """A factor under a sum: an atom to a power, or what an index was eliminated into, over `order`.

    `other`: the same in the other order of two indices.
    """

    names: frozenset[str]
    atom: Atom | None = None
    exponent: Fraction = Fraction(1)
    tree: Tree | None = None
    order: tuple[str, ...] = ()
    other: Tree | None = None


@dataclass
class Finder:
    """Finds trees in one model. `axes`: the range of every index that is free; `fixed`: those that stand still."""

    model: Model
    axes: dict[str, Axis]
    fixed: tuple[str, ...] = ()
    known: dict[tuple[Poly, tuple[str, ...]], Tree] = field(default_factory=dict)
    guesses: list[str] = field(default_factory=list)  # why a form may not be confirmed

    def _is_row(self, tree: Tree) -> bool:
        return isinstance(tree, Named) and self.model.tensors[tree.name].row

    # --- polys

    def poly(self, poly: Poly, names: tuple[str, ...]) -> Tree:
        """The tree whose entry at these indices is the poly; as it is, or multiplied out where that reads shorter."""
        key = poly, names
        if key not in self.known:
            tries: list[Tree] = []
            reasons: list[NoForm] = []
            wide = expand(poly)
            for form in dict.fromkeys((poly, wide if len(wide.terms) <= MOST_TERMS else poly)):
                try:
                    tries.append(self._poly(form, names))
                    if len(names) == 2:
                        tries.append(turned(self._poly(form, names[::-1])))
                except NoForm as reason:
                    reasons.append(reason)
            if not tries:
                raise reasons[0]
            self.known[key] = min(tries, key=cost)
        return self.known[key]

    def _poly(self, poly: Poly, names: tuple[str, ...]) -> Tree:
        if not poly.terms:
            return placed([Number(Fraction(0))], [], [], [], self._shape(names))
        return summed([(1 if t.coefficient > 0 else -1, self._term(t, names)) for t in ordered(poly, self.model)])

    def _term(self, term: Term, names: tuple[str, ...]) -> Tree:
        """A term without its sign."""
        size = abs(term.coefficient)
        if not term.bound:
            return self._at_once(term.factors, term.limits, size, names)
        return self._bound(term, names, size)

    def _at_once(
        self, factors: Iterable[tuple[Atom, Fraction]], limits: Iterable[Limit], size: Fraction, names: tuple[str, ...]
    ) -> Tree:
        """A product of factors without a sum at the outside. Law: v_i [i = j] is diag(v)."""
        limits = tuple(limits)
        if limits:
            if len(names) == 2 and limits in [(x,) for x in _deltas(names)] and self._agree(*names):
                one = {names[1]: Affine.name(names[0])}
                body = self._at_once([(renamed(a, one), p) for a, p in factors], (), Fraction(1), names[:1])
                front, rest = _fronted(body)
                tree = Identity(self.axes[names[0]]) if rest is None else Diagonal(rest)
                return placed([Number(size), front], [], [], [tree], self._shape(names))
            raise NoForm(f"a condition on indices: {_condition(limits[0])}")
        return self._product([self._part(a, p) for a, p in factors], names, size)

    def _bound(self, term: Term, names: tuple[str, ...], size: Fraction) -> Tree:
        """A sum: its indices get names of the user's, and are eliminated."""
        scope = frozenset(self.axes) | term.names
        new = name_bound(self.model, term, scope, ())
        values = {old: Affine.name(n) for old, n in new.items()}
        limits = [x.put(values) for x in term.limits]
        factors = [(renamed(a, values), p) for a, p in term.factors]
        inner_axes = self.axes | {
            n: self._range(n, [x for x in limits if n in x.of.names], factors) for n in new.values()
        }
        if len(new) > MOST_SUMS:
            raise NoForm(f"a sum over {len(new)} indices")
        finder = replace(self, axes=inner_axes, known={})
        parts = [finder._part(a, p) for a, p in factors]
        return self._scaled(Number(size), finder.contracted(parts, tuple(new.values()), names), names)

    def _range(self, name: str, limits: list[Limit], factors: list[tuple[Atom, Fraction]]) -> Axis:
        """The axis an index runs along. Where it ends early and a factor is 0 by definition, perhaps that axis whole.

        Law: S_{i >= j} P_ij = S_i P_ij where P_ij = 0 for i < j. The certificate decides whether that is so.
        """
        found = Axis.along(name, [x.of for x in limits])
        early = next((x for x in limits if x.kind != "ge" or x.of.names - {name} - frozenset(self.model.sizes)), None)
        if early is not None:
            reason = f"a sum over {name} with {_condition(early)}"
            masked = [ref for atom, _ in factors for ref, _ in reads([atom]) if self._is_masked(ref, name)]
            if not masked:
                raise NoForm(reason)
            self.guesses.append(reason)
            tensor, at = self.model.tensors[masked[0].name], [i.sole for i in masked[0].indices]
            found = Axis.of(self.model.indices[tensor.axes[at.index(name)]])
        if found.length is None:
            raise NoForm(f"the range of {name} has no plain length")
        return found

    def _is_masked(self, ref: Ref, name: str) -> bool:
        """Whether a definition is 0 under a condition on this index of it."""
        poly = self.model.tensors[ref.name].poly
        at = [i.sole for i in ref.indices]
        return (
            poly is not None and name in at and bool(poly.terms) and all(t.limits and not t.bound for t in poly.terms)
        )

    # --- sums

    def contracted(self, parts: list[Part], bound: tuple[str, ...], names: tuple[str, ...]) -> Tree:
        """The sum of a product over the bound names, in the order with the least to read."""
        if not bound:
            return self._product(parts, names)
        tries: list[Tree] = []
        reasons: list[NoForm] = []
        for name in bound:
            rest = tuple(n for n in bound if n != name)
            try:
                tries.append(self.contracted(self._without(parts, name, names), rest, names))
            except NoForm as reason:
                reasons.append(reason)
        if len(bound) == 2 and all(p.names == frozenset(bound) for p in parts):
            tries += self._whole(parts, bound) + self._whole(parts, bound[::-1])
        if not tries:
            raise reasons[0]
        return min(tries, key=cost)

    def _without(self, parts: list[Part], name: str, names: tuple[str, ...]) -> list[Part]:
        """The factors after the sum over one index."""
        own = [p for p in parts if name in p.names]
        left = frozenset().union(*(p.names for p in own)) - {name}
        if len(left) > 2 and any(isinstance(p.atom, Ref) and len(p.names) > 2 for p in own):
            raise NoForm(_too_wide(own))
        if len(left) > 2:
            raise NoForm(f"a sum over {name} of a product with the indices {', '.join(sorted(left))}")
        order = tuple(n for n in (*names, *sorted(left)) if n in left)
        order = tuple(dict.fromkeys(order))
        tree = self._summed(own, name, order)
        other = min(turned(tree), self._summed(own, name, order[::-1]), key=cost) if len(order) == 2 else None
        return [p for p in parts if name not in p.names] + [Part(left, tree=tree, order=order, other=other)]

    def _summed(self, parts: list[Part], name: str, names: tuple[str, ...]) -> Tree:
        """The sum over one index of factors that all have it, over at most two others.

        Laws: S_k A_ik w_k = A w; S_k A_ik w_k B_jk = A diag(w) B^T.
        """
        wide = next((p for p in parts if len(p.names) > 2), None)
        if wide is not None:
            return self._distributed(wide, [p for p in parts if p is not wide], name, names)
        if not parts:
            length = self.axes[name].length
            assert length is not None
            return self.poly(index_value(length, dict.fromkeys(self.model.sizes, "positive")), ())
        along = [p for p in parts if len(p.names) == 1]
        sides = [[p for p in parts if p.names == {name, other}] for other in names]
        if not names:
            return inner(sorted((self._tree(p, (name,)) for p in along), key=lambda t: not self._is_row(t)))  # w x
        if len(names) == 1:
            return dot(self._product(sides[0], (names[0], name)), self._product(along, (name,)))
        middle = [Diagonal(self._product(along, (name,)))] if along else []
        return dot(self._product(sides[0], (names[0], name)), *middle, self._product(sides[1], (name, names[1])))

    def _distributed(self, wide: Part, others: list[Part], name: str, names: tuple[str, ...]) -> Tree:
        """A sum in which a bracket over three indices is multiplied out."""
        poly = wide.atom.poly if isinstance(wide.atom, Base) else None
        whole = wide.exponent.denominator == 1 and 0 < wide.exponent <= MOST_POWER
        if poly is not None and wide.exponent > 1 and whole:
            poly = expand(power(poly, wide.exponent))
        if poly is None or not whole or len(poly.terms) < 2:
            raise NoForm(_too_wide([wide]))
        found: list[tuple[int, Tree]] = []
        for term in ordered(poly, self.model):
            if term.limits and not term.bound:
                raise NoForm(f"a condition on indices: {_condition(term.limits[0])}")
            one = Poly((term.scaled(1 / term.coefficient),))
            more = [self._part(Base(one), Fraction(1))] if term.bound else [self._part(a, p) for a, p in term.factors]
            all_parts = [*others, *more]
            tree = self._sum_of(all_parts, name, names)
            size = Number(abs(term.coefficient))
            found.append((1 if term.coefficient > 0 else -1, self._scaled(size, tree, names)))
        return summed(found)

    def _sum_of(self, parts: list[Part], name: str, names: tuple[str, ...]) -> Tree:
        """The sum over one index of factors of which some may be without it."""
        own = [p for p in parts if name in p.names]
        left = tuple(n for n in names if any(n in p.names for p in own))
        return self._product(
            [p for p in parts if name not in p.names]
            + [Part(frozenset(left), tree=self._summed(own, name, left), order=left)],
            names,
        )

    def _whole(self, parts: list[Part], names: tuple[str, ...]) -> list[Tree]:
        """The sum of all entries of a matrix. Laws: S_ij A_ij^2 = |A|^2, S_ij A_ij B_ji = tr(A B)."""
        first, *others = sorted(parts, key=lambda p: p.tree is not None)
        if not others:
            return [Square(self._tree(replace(first, exponent=Fraction(1)), names))] if first.exponent == 2 else []
        return [Trace(dot(self._tree(first, names), self._product(others, names[::-1])))]

    # --- products

    def _product(self, parts: Iterable[Part], names: tuple[str, ...], size: Fraction = Fraction(1)) -> Tree:
        """The product of factors over names; a factor with fewer indices is repeated along the others."""
        parts = list(parts)
        for part in parts:
            if not part.names <= frozenset(names):
                raise NoForm(_too_wide([part]))
        if len(names) == 2:
            straight = self._placed(parts, names, size)
            other = turned(self._placed(parts, names[::-1], size))
            return min(straight, other, key=cost)
        return self._placed(parts, names, size)

    def _placed(self, parts: list[Part], names: tuple[str, ...], size: Fraction) -> Tree:
        scalars = [self._tree(p, ()) for p in parts if not p.names]
        whole = [self._tree(p, names) for p in parts if names and p.names == frozenset(names)]
        sides = [[self._tree(p, (n,)) for p in parts if len(names) == 2 and p.names == {n}] for n in names] or [[], []]
        rows, columns = sides if len(names) == 2 else ([], [])
        return placed([*([Number(size)] if size != 1 else []), *scalars], rows, columns, whole, self._shape(names))

    def _scaled(self, by: Tree, tree: Tree, names: tuple[str, ...]) -> Tree:
        if not names:
            return placed([by, tree], [], [], [], ())
        return placed([by], [], [], [tree], self._shape(names))

    # --- factors

    def _part(self, atom: Atom, exponent: Fraction) -> Part:
        return Part(atom.names & self.axes.keys() - frozenset(self.fixed), atom, exponent)

    def _tree(self, part: Part, names: tuple[str, ...]) -> Tree:
        """A factor over its own names in a given order."""
        if part.tree is not None:
            return part.tree if part.order == names else part.other or turned(part.tree)
        assert part.atom is not None
        return raised(self._atom(part.atom, names), part.exponent)

    def _atom(self, atom: Atom, names: tuple[str, ...]) -> Tree:
        if isinstance(atom, Ref):
            return self._entry(atom, names)
        if isinstance(atom, Base):
            return self.poly(atom.poly, names)
        if isinstance(atom, Value):
            if atom.name not in self.model.sizes:
                raise NoForm(f"the index {atom.name} as a number")
            return Size(atom.name, atom.sign)
        if isinstance(atom, Reduction):
            raise NoForm(f"{REDUCTIONS[atom.function]} over an index")
        assert isinstance(atom, Head)
        if atom.function in ("same", "pow"):
            raise NoForm("an indicator" if atom.function == "same" else "a power with an exponent that is no number")
        inner_names = [tuple(n for n in names if n in p.names) for p in atom.arguments]
        return Each(
            atom.function,
            tuple(self.poly(p, names if own else ()) for p, own in zip(atom.arguments, inner_names, strict=True)),
        )

    def _entry(self, ref: Ref, names: tuple[str, ...]) -> Tree:
        """A declared name at plain indices: as it is, transposed, or its diagonal."""
        at = [index.sole for index in ref.indices]
        shown = f"{ref.name}[{', '.join(map(str, ref.indices))}]"
        if any(n not in self.axes for n in at):
            raise NoForm(f"{shown} is not an entry at plain indices")
        still = sum(1 for _ in _prefix(at, self.fixed))
        plain = at[still:]
        if any(n in self.fixed for n in plain):
            raise NoForm(f"{shown} has an index that stands still behind one that does not")
        if len(plain) > 2:
            raise NoForm(f"{ref.name} has {len(plain)} axes")
        own = [Axis.of(self.model.indices[a]) for a in self.model.tensors[ref.name].axes]
        for name, axis in zip(at, own, strict=True):
            if self.axes[name] != axis:
                raise NoForm(f"{name} runs over a part of an axis in {shown}")
        tree = Named(ref.name, tuple(own[still:]), tuple(at[:still]), ref.sign)
        if len(plain) == 2 and plain[0] == plain[1]:
            return DiagonalOf(tree)
        return tree if tuple(plain) == names else turned(tree)

    def _shape(self, names: Iterable[str]) -> Shape:
        return tuple(self.axes[n] for n in names)

    def _agree(self, one: str, other: str) -> bool:
        return self.axes[one] == self.axes[other]


def _prefix(at: list[str], fixed: tuple[str, ...]) -> Iterable[str]:
    for name in at:
        if name not in fixed:
            return
        yield name


def _fronted(tree: Tree) -> tuple[Tree, Tree | None]:
    """The number before a vector, and the vector; None for ones."""
    front, rest = (tree.by, tree.body) if isinstance(tree, Scaled) else (ONE, tree)
    return front, None if isinstance(rest, Ones) else rest


def _deltas(names: tuple[str, ...]) -> list[Limit]:
    one, two = map(Affine.name, names)
    return [Limit("eq", one - two), Limit("eq", two - one)]


def _condition(limit: Limit) -> str:
    """A condition with positive terms on both sides: i >= j."""
    right = Affine({m: -c for m, c in limit.of.terms if c < 0})
    return f"{limit.of + right} {SIGNS[limit.kind]} {right}"


def ordered(poly: Poly, model: Model) -> list[Term]:
    """Terms with a plus first; then numbers, products, sums, names without indices, constants; short ones first."""

    def rank(term: Term) -> tuple[bool, int, int]:
        tensors = [a for a, _ in term.factors if isinstance(a, Ref)]
        constant = bool(tensors) and all(model.tensors[a.name].kind == "constant" for a in tensors)
        with_axes = any(a.tensors and a.names for a, _ in term.factors)
        kind = 2 if term.bound else 0 if not term.factors else 4 if constant else 1 if with_axes else 3
        return term.coefficient < 0, kind, len(term.factors)

    return sorted(poly.terms, key=rank)


def _too_wide(parts: Iterable[Part]) -> str:
    """The factor that has too many indices."""
    part = max(parts, key=lambda p: len(p.names))
    if isinstance(part.atom, Ref) and len(part.names) > 2:
        return f"{part.atom.name} has {len(part.names)} axes"
    return f"a factor with the indices {', '.join(sorted(part.names))}"
