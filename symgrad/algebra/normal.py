"""Builds normal forms: products, powers, sums over indices, substitution, expansion.

`build` is the only place where a Term is made from new parts. Every operation on a term opens it (its bound names
become fresh), changes it, and builds it again; the builder then gives bound indices their canonical names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import count
from operator import is_

from symgrad.algebra.canonical import canonical_orders
from symgrad.algebra.heads import REDUCTIONS
from symgrad.algebra.index import Affine, Limit, tighten
from symgrad.algebra.powers import NOTHING, ONE, UNIT, Factor, content, flipped, number, scale, spread
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value
from symgrad.errors import Unsupported

__all__ = [
    "NOTHING", "ONE", "UNIT", "Factor", "as_atom", "bind", "build", "call", "content", "fresh_name", "guarded",
    "index_value", "lone", "mapped", "number", "opened", "opened_reduction", "power", "put", "put_atom",
    "reduction", "renamed", "replace", "scale", "times", "total",
]  # fmt: skip

_fresh = count()


def fresh_name() -> str:
    """A bound name that stands nowhere else."""
    return f"~f{next(_fresh)}"


# --- small constructors -------------------------------------------------------------------------------------------


def lone(atom: Atom) -> Poly:
    """The poly that is one atom."""
    return build(UNIT, [(atom, UNIT)])


def call(function: str, *arguments: Poly) -> Poly:
    return lone(Head(function, arguments))


def index_value(index: Affine, signs: Mapping[str, str]) -> Poly:
    """An index expression as a number; `signs` gives what is known of each name."""
    return Poly(
        term
        for monomial, c in index.terms
        for term in build(Fraction(c), [(Value(n, signs.get(n, "real")), UNIT) for n in monomial]).terms
    )


def power(poly: Poly, exponent: int | Fraction) -> Poly:
    return ONE if exponent == 0 else build(UNIT, [(poly, Fraction(exponent))])


def times(*polys: Poly) -> Poly:
    """The product; sums of several terms stay unexpanded.

    >>> x, y = lone(Ref("x")), lone(Ref("y"))
    >>> times(x + y, x)
    (x[] + y[])*x[]
    """
    return build(UNIT, [(p, UNIT) for p in polys])


def total(polys: Iterable[Poly]) -> Poly:
    return Poly(t for p in polys for t in p.terms)


def bind(poly: Poly, bound: Iterable[str], limits: Iterable[Limit]) -> Poly:
    """The sum of a poly over indices within limits; the given names become bound."""
    fresh = {name: Affine.name(fresh_name()) for name in bound}
    limits = tuple(limits)
    if len(poly.terms) != 1:
        parts = [(put(poly, fresh), UNIT)]
        return build(UNIT, parts, [a.sole for a in fresh.values()], [x.put(fresh) for x in limits])
    coefficient, factors, names, inner = opened(poly.terms[0], fresh)
    return build(
        coefficient, factors, [*names, *(a.sole for a in fresh.values())], [*inner, *(x.put(fresh) for x in limits)]
    )


def guarded(poly: Poly, limits: Iterable[Limit]) -> Poly:
    """The poly where the limits hold, 0 elsewhere."""
    return bind(poly, (), limits)


def reduction(function: str, poly: Poly, index: str, limits: Iterable[Limit], at: Affine | None = None) -> Poly:
    """The reduction of a poly over the values of a fresh index within limits, asked at one value where it is pointed.

    Laws: the maximum of a constant is the constant; a product over nothing is 1; nothing is attained in no range.
    """
    row = REDUCTIONS[function]
    kept = _tightened(limits)
    if kept is None:
        if row.empty is None:
            raise Unsupported(f"a {function} over an empty range", where=poly.key, expected="a range with a value")
        return number(row.empty)
    if function in ("max", "min") and index not in poly.names:
        return poly
    name = f"~{poly.height + 1}.0"
    values = {index: Affine.name(name)}
    settled = sorted({x for x in (tighten(x.put(values)) for x in kept) if isinstance(x, Limit)}, key=_limit_key)
    return lone(Reduction(function, put(poly, values), name, tuple(settled), at))


def mapped(atom: Atom, change: Callable[[Poly], Poly]) -> Atom | Poly:
    """An atom with the polys it is made of changed, itself where they are not; a bound index inside is fresh then."""
    if isinstance(atom, Head):
        new = tuple(change(p) for p in atom.arguments)
        return atom if all(map(is_, new, atom.arguments)) else Head(atom.function, new)
    if isinstance(atom, Base):
        inner = change(atom.poly)
        return atom if inner is atom.poly else inner
    if isinstance(atom, Reduction):
        body, index, limits = opened_reduction(atom)
        return as_atom(reduction(atom.function, change(body), index, limits, atom.at))
    return atom


def opened_reduction(atom: Reduction, values: Mapping[str, Affine] | None = None) -> tuple[Poly, str, list[Limit]]:
    """Body, index and limits of a reduction with a fresh index, after a substitution in its free names."""
    index = fresh_name()
    values = {**(values or {}), atom.index: Affine.name(index)}
    return put(atom.poly, values), index, [x.put(values) for x in atom.limits]


# --- substitution -------------------------------------------------------------------------------------------------


def put(poly: Poly, values: Mapping[str, Affine]) -> Poly:
    """Substitutes free index names by index expressions; bound names cannot be captured.

    >>> put(lone(Ref("x", [Affine.name("i")])), {"i": Affine.name("j") + 1})
    x[j + 1]
    """
    if poly.names.isdisjoint(values):
        return poly
    return Poly(t for term in poly.terms for t in _put_term(term, values))


def _put_term(term: Term, values: Mapping[str, Affine]) -> tuple[Term, ...]:
    if term.names.isdisjoint(values):
        return (term,)
    if len(term.bound) < 2 and _is_renaming(values, term.names.union(term.bound)):
        return (_settled(term.coefficient, term.factors, term.bound, term.limits, values),)
    return build(*opened(term, values)).terms


def _is_renaming(values: Mapping[str, Affine], names: frozenset[str]) -> bool:
    """Whether different names take the place of different names: then nothing can collect or cancel."""
    new = {value.sole for value in values.values()}
    return len(new) == len(values) and "" not in new and new.isdisjoint(names)


def opened(
    term: Term, values: Mapping[str, Affine] | None = None
) -> tuple[Fraction, list[Factor], list[str], list[Limit]]:
    """The parts of a term with fresh bound names, after a substitution in its free names."""
    fresh = {name: Affine.name(fresh_name()) for name in term.bound}
    values = {**(values or {}), **fresh}
    if not values:
        return term.coefficient, list(term.factors), [], list(term.limits)
    factors: list[Factor] = [(renamed(a, values), p) for a, p in term.factors]
    return term.coefficient, factors, [a.sole for a in fresh.values()], [x.put(values) for x in term.limits]


def put_atom(atom: Atom, values: Mapping[str, Affine]) -> Atom | Poly:
    if atom.names.isdisjoint(values):
        return atom
    if isinstance(atom, Ref):
        return Ref(atom.name, (a.put(values) for a in atom.indices), atom.sign)
    if isinstance(atom, Value):
        return index_value(values[atom.name], {atom.name: atom.sign} if atom.sign == "positive" else {})
    if isinstance(atom, Head):
        return Head(atom.function, (put(p, values) for p in atom.arguments))
    if isinstance(atom, Reduction):
        asked = None if atom.at is None else atom.at.put(values)
        return reduction(atom.function, *opened_reduction(atom, values), asked)
    assert isinstance(atom, Base)
    return put(atom.poly, values)


def renamed(atom: Atom, values: Mapping[str, Affine]) -> Atom:
    """An atom after a substitution, still one atom."""
    new = put_atom(atom, values)
    return new if isinstance(new, Atom) else as_atom(new)


def as_atom(poly: Poly) -> Atom:
    """A poly as one factor: the atom it consists of, or a base."""
    term = poly.sole
    if (
        term
        and len(term.factors) == 1
        and not term.bound
        and not term.limits
        and term.coefficient == 1
        and term.factors[0][1] == 1
    ):
        return term.factors[0][0]
    return Base(poly)


def replace(poly: Poly, change: Callable[[Atom], Poly | None]) -> Poly:
    """Rebuilds a poly, inner parts first; `change` gives the new value of an atom or None to keep it.

    A sum at the outside of a term counts as an atom, without its number.
    """
    return poly.of(t for term in poly.terms for t in _replace_term(term, change))


def _replace_term(term: Term, change: Callable[[Atom], Poly | None]) -> tuple[Term, ...]:
    coefficient, factors, bound, limits = opened(term)
    changed: list[Factor] = []
    for atom, exponent in factors:
        inner = mapped(atom, lambda p: replace(p, change)) if isinstance(atom, Atom) else replace(atom, change)
        new = change(inner if isinstance(inner, Atom) else as_atom(inner))
        changed.append((inner if new is None else new, exponent))
    same = all(new is old for (new, _), (old, _) in zip(changed, factors, strict=True))
    terms = (term,) if same else build(coefficient, changed, bound, limits).terms
    return tuple(t for found in terms for t in (_replace_sum(found, change) if found.bound else (found,)))


def _replace_sum(term: Term, change: Callable[[Atom], Poly | None]) -> tuple[Term, ...]:
    value = change(Base(Poly((term.scaled(1 / term.coefficient),))))
    return (term,) if value is None else tuple(t.scaled(term.coefficient) for t in value.terms)


# --- the builder --------------------------------------------------------------------------------------------------


def build(
    coefficient: Fraction, factors: Iterable[Factor], bound: Iterable[str] = (), limits: Iterable[Limit] = ()
) -> Poly:
    """coefficient * product of powers, summed over open bound names within limits, in normal form.

    A sum is split into its connected parts: factors without a bound index stand outside, sums that share no index
    are factors of their own, so that they collect (Z * Z**-1 is 1). Hence a term with bound indices is one
    connected sum and nothing else.
    """
    bound, limits = list(bound), list(limits)
    collected: dict[Atom, Fraction] = {}
    queue = list(factors)
    while True:
        coefficient = _multiplied(coefficient, _collect(queue, collected))
        if not coefficient:
            return NOTHING
        queue = _unpack(collected, bound, limits)
        if not queue:
            break
    kept = _tightened(limits)
    if kept is None:
        return NOTHING
    if bound:
        parts = _components(collected, bound, kept)
        if len(parts) == 1 and len(parts[0][1]) == len(collected) and len(parts[0][2]) == len(kept):
            return Poly((_term(coefficient, collected, bound, kept),))
        collected = {a: p for a, p in collected.items() if a.names.isdisjoint(bound)}
        kept = [x for x in kept if x.of.names.isdisjoint(bound)]
        sums = [(Base(Poly((_term(UNIT, dict(own), names, ranges),))), UNIT) for names, own, ranges in parts]
        coefficient *= _collect(list(sums), collected)
    if not kept and len(collected) == 1:
        ((atom, exponent),) = collected.items()
        if isinstance(atom, Base) and exponent == 1:
            return scale(atom.poly, coefficient)
    return Poly((_term(coefficient, collected, [], kept),))


def _collect(queue: list[Factor], collected: dict[Atom, Fraction]) -> Fraction:
    """Adds powers of equal atoms, simplifying bases on the way; returns the numeric factor that came out."""
    coefficient = UNIT
    while queue:
        atom, exponent = queue.pop()
        if isinstance(atom, Poly):
            atom = Base(atom)
        simpler = spread(atom, exponent) if isinstance(atom, Base) else None
        if simpler is not None:
            coefficient = _multiplied(coefficient, simpler[0])
            queue.extend(simpler[1])
            continue
        before = collected.pop(atom, None)
        if before is not None:
            exponent += before
            if exponent and isinstance(atom, Base) and spread(atom, exponent) is not None:
                queue.append((atom, exponent))
                continue
        if exponent:
            collected[atom] = exponent
    return coefficient


def _multiplied(one: Fraction, other: Fraction) -> Fraction:
    """Products of fractions are slow, and most of these are UNIT."""
    return other if one is UNIT else one if other is UNIT else one * other


def _components(
    collected: Mapping[Atom, Fraction], bound: list[str], limits: list[Limit]
) -> list[tuple[list[str], list[tuple[Atom, Fraction]], list[Limit]]]:
    """The connected parts of a sum: bound names that share a factor or a limit, with those factors and limits."""
    cells = [{b} for b in bound]
    for names in [*(a.names for a in collected), *(x.of.names for x in limits)]:
        touched = [c for c in cells if not c.isdisjoint(names)]
        if len(touched) > 1:
            cells = [c for c in cells if c.isdisjoint(names)] + [set().union(*touched)]
    return [
        (
            [b for b in bound if b in cell],
            [(a, p) for a, p in collected.items() if not a.names.isdisjoint(cell)],
            [x for x in limits if not x.of.names.isdisjoint(cell)],
        )
        for cell in cells
    ]


def _tightened(limits: Iterable[Limit]) -> list[Limit] | None:
    kept = []
    for limit in limits:
        found = tighten(limit)
        if found is False:
            return None
        if found is not True:
            kept.append(found)
    return list(dict.fromkeys(kept))


def _unpack(collected: dict[Atom, Fraction], bound: list[str], limits: list[Limit]) -> list[Factor]:
    """Opens a guard, or a sum of power 1 that uses a bound index; returns its factors, to be collected again."""
    for atom, exponent in collected.items():
        term = atom.poly.sole if isinstance(atom, Base) else None
        if term is None:
            continue
        guard = not term.bound and term.limits and exponent > 0
        if guard or (term.bound and exponent == 1 and not atom.names.isdisjoint(bound)):
            del collected[atom]
            coefficient, factors, names, inner = opened(term)
            bound.extend(names)
            limits.extend(inner)
            if guard:  # ([g] a)^p = [g] a^p, and (x^2)^(1/2) is not x
                return [(Poly((Term(coefficient, term.factors, (), ()),)), exponent)]
            return [*factors, (number(coefficient), UNIT)]
    return []


# --- canonical names ----------------------------------------------------------------------------------------------


def _term(coefficient: Fraction, factors: Mapping[Atom, Fraction], bound: list[str], limits: list[Limit]) -> Term:
    if not bound:
        ordered = sorted(factors.items(), key=_factor_key)
        return Term(coefficient, tuple(ordered), (), tuple(sorted(limits, key=_limit_key)))
    height = 1 + max((a.height for a in factors), default=0)
    if len(bound) == 1:
        return _named(coefficient, factors, bound, limits, height)
    orders = canonical_orders(factors, bound, limits)
    named = [_named(coefficient, factors, order, limits, height) for order in orders]
    first = min(named, key=lambda t: t.key)
    if any(t.key == first.key and t.coefficient != first.coefficient for t in named):
        return first.scaled(Fraction(0))  # a sum that is its own negative
    return first


def _factor_key(factor: tuple[Atom, Fraction]) -> str:
    return factor[0].key


def _limit_key(limit: Limit) -> tuple[str, str]:
    return limit.kind, str(limit.of)


def _named(
    coefficient: Fraction, factors: Mapping[Atom, Fraction], order: list[str], limits: list[Limit], height: int
) -> Term:
    bound = tuple(f"~{height}.{n}" for n in range(len(order)))
    if any(not a.names.isdisjoint(bound) for a in factors):
        raise Unsupported("a bound index outside its sum", where=", ".join(a.key for a in factors))
    names = {old: Affine.name(new) for old, new in zip(order, bound, strict=True)}
    return _settled(coefficient, factors.items(), bound, limits, names)


def _settled(
    coefficient: Fraction,
    factors: Iterable[tuple[Atom, Fraction]],
    bound: tuple[str, ...],
    limits: Iterable[Limit],
    names: Mapping[str, Affine],
) -> Term:
    """The parts of a normal term renamed and sorted anew."""
    pairs = [(renamed(a, names), p) for a, p in factors]
    for n, (atom, exponent) in enumerate(pairs):
        if isinstance(atom, Base) and flipped(atom, exponent):  # which term leads may depend on the names
            pairs[n] = Base(-atom.poly), exponent
            coefficient *= -1 if exponent.numerator % 2 else 1  # (-1)**-1 would be a float
    settled = {tighten(x.put(names)) for x in limits}
    ranges = tuple(sorted((x for x in settled if isinstance(x, Limit)), key=_limit_key))
    return Term(coefficient, tuple(sorted(pairs, key=_factor_key)), bound, ranges)
