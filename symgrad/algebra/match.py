"""Matching and rewriting: an equation `product of atoms = value`, valid for all its variables, used from left to right.

A pattern is found by instantiation: references of the same name propose values for the variables, the pattern is
instantiated and compared by key, so that naming and order of inner sums never matter. A sum inside a larger sum is
found by its bound indices: the factors and limits that use them are exactly the inner sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice, product

from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import (
    UNIT,
    Factor,
    build,
    content,
    opened,
    opened_reduction,
    put,
    reduction,
    renamed,
    scale,
)
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value, inside, walk

MOST_BINDINGS = 64


@dataclass(frozen=True)
class Equation:
    """product of `factors` = `value`, for all `variables` within `ranges` (each expression >= 0).

    `spread`: the value has several terms and is multiplied out, so that like terms can cancel.
    """

    factors: tuple[tuple[Atom, Fraction], ...]
    value: Poly
    variables: tuple[str, ...]
    ranges: tuple[Affine, ...]
    spread: bool = False

    @cached_property
    def tensors(self) -> frozenset[str]:
        return frozenset().union(*(a.tensors for a, _ in self.factors))


def rewrite(poly: Poly, equation: Equation, context: Context, deep: bool, facts: tuple[Limit, ...] = ()) -> Poly:
    """The poly with every match replaced; the same object when nothing matches.

    `deep` looks inside functions, denominators and roots too. Side conditions, tested by structure: the variables lie
    in the range of the equation, nothing that may be zero is newly divided by, roots only where they are exact.
    """
    if not equation.tensors <= poly.tensors:
        return poly
    whole = _replace_whole(poly, equation, context, facts)
    if whole is not None:
        return whole
    changed = False
    terms: list[Term] = []
    for term in poly.terms:
        new = _rewrite_term(term, equation, context, deep, facts)
        changed |= new is not None
        terms.extend((term,) if new is None else new.terms)
    return Poly(terms) if changed else poly


def hides(poly: Poly, tensors: frozenset[str]) -> bool:
    """Whether all these names stand in one function, denominator or root: where only a deep rewriting looks."""
    return any(
        (not isinstance(atom, Base) or exponent != 1 or hides(atom.poly, tensors))
        for term in poly.terms
        for atom, exponent in term.factors
        if isinstance(atom, Base | Head | Reduction) and tensors <= atom.tensors
    )


def _replace_whole(poly: Poly, equation: Equation, context: Context, facts: tuple[Limit, ...]) -> Poly | None:
    """The value where the poly as a whole is a multiple of the left side, a sum of several terms."""
    if len(poly.terms) < 2 or len(equation.factors) != 1 or not isinstance(equation.factors[0][0], Base):
        return None
    part = content(poly)
    found = next(_matches({Base(scale(poly, 1 / part)): Fraction(1)}, equation, context, facts), None)
    value = None if found is None else build(Fraction(1), [found[1]])
    return None if value is None or _may_divide_by_zero(value) else scale(value, part)


def _may_divide_by_zero(value: Poly) -> bool:
    """Whether something that may be 0 stands in a denominator outside: neither a size nor known to be positive."""
    return any(
        p < 0 and a.sign != "positive" and not isinstance(a, Value)
        for term in value.terms
        for a, p in _outer_factors(term)
    )


def _rewrite_term(
    term: Term, equation: Equation, context: Context, deep: bool, facts: tuple[Limit, ...]
) -> Poly | None:
    if not equation.tensors <= term.tensors:
        return None
    coefficient, factors, bound, limits = opened(term)
    here = (*facts, *limits)
    changed = False
    inner: list[Factor] = []
    same: frozenset[str] = frozenset()  # denominators that were there, in new words
    for atom, exponent in factors:
        new = _rewrite_inside(atom, exponent, equation, context, deep, here)
        if new is not atom:
            changed = True
            if exponent < 0:
                same |= {a.key for t in build(UNIT, [(new, exponent)]).terms for a, p in t.factors if p < 0}
        inner.append((new, exponent))
    found = _replace_sums(inner, bound, limits, equation, context, facts) if bound else None
    if found is not None:
        inner, bound, limits = found
        here = (*facts, *limits)
        changed = True
    replaced, allowed = _replace_product(inner, equation, context, here)
    across = _replace_across(inner, equation, context, here) if replaced is None else None
    if across is not None:
        scaled, replaced, more_bound, more_limits, allowed = across
        coefficient, bound, limits = coefficient * scaled, [*bound, *more_bound], [*limits, *more_limits]
    if replaced is None and not changed:
        return None
    result = build(coefficient, replaced or inner, bound, limits)
    if equation.spread and replaced is not None:
        result = expand(result)
    return None if _divides_anew(term, result, allowed | same | _divisors(term, context)) else result


def _replace_across(
    factors: list[Factor], equation: Equation, context: Context, facts: tuple[Limit, ...]
) -> tuple[Fraction, list[Factor], list[str], list[Limit], frozenset[str]] | None:
    """A product replaced of which some factors stand under a sum and others, without its indices, before it."""
    tensors = frozenset().union(*(a.tensors for a, _ in factors))
    for atom, exponent in factors:
        term = atom.poly.sole if isinstance(atom, Base) and exponent == 1 else None
        if term is None or not term.bound or len(equation.factors) < 2 or not equation.tensors <= tensors:
            continue
        coefficient, inner, bound, limits = opened(term)
        both = [f for f in factors if f[0] is not atom] + inner
        replaced, allowed = _replace_product(both, equation, context, (*facts, *limits))
        if replaced is not None:
            return coefficient, replaced, bound, limits, allowed
    return None


def _divisors(term: Term, context: Context) -> frozenset[str]:
    """What the value of a term is divided by somewhere: it is not 0 where the term has a value.

    Not what is divided by under a condition, or under a sum that may be empty.
    """
    found = set()
    for atom, exponent in term.factors:
        if exponent < 0:
            found.add(atom.key)
        for inner in (t for poly in inside(atom) for t in poly.terms if not isinstance(atom, Reduction)):
            if _never_empty(inner, context):
                found |= _divisors(inner, context)
    return frozenset(found)


def _never_empty(term: Term, context: Context) -> bool:
    """Whether the limits hold somewhere: each index has a range of its own with a first value up to the last."""
    for name in term.bound:
        ends = [x.of for x in term.limits if name in x.of.names]
        slopes = sorted(x.slope(name).constant if x.slope(name).is_number else 0 for x in ends)
        if slopes != [-1, 1] or any(x.kind != "ge" for x in term.limits) or not context.proves(ends[0] + ends[1]):
            return False
    return len(term.limits) == 2 * len(term.bound)


def _rewrite_inside(
    atom: Atom | Poly, exponent: Fraction, equation: Equation, context: Context, deep: bool, facts: tuple[Limit, ...]
) -> Atom | Poly:
    if not isinstance(atom, Base | Head | Reduction) or not equation.tensors <= atom.tensors:
        return atom
    if not deep and (not isinstance(atom, Base) or exponent != 1):
        return atom
    if isinstance(atom, Reduction):
        body, index, limits = opened_reduction(atom)
        new_body = rewrite(body, equation, context, deep, (*facts, *limits))
        return atom if new_body is body else reduction(atom.function, new_body, index, limits, atom.at)
    old = inside(atom)
    new = tuple(rewrite(p, equation, context, deep, facts) for p in old)
    if all(a is b for a, b in zip(old, new, strict=True)):
        return atom
    return Head(atom.function, new) if isinstance(atom, Head) else new[0]


def _replace_product(
    factors: list[Factor], equation: Equation, context: Context, facts: tuple[Limit, ...]
) -> tuple[list[Factor] | None, frozenset[str]]:
    """Replaces matches among the factors of one product, again and again.

    The second result are factors that may now divide: what stood in a denominator is 0 exactly where they are.
    """
    changed = False
    skip: set[str] = set()
    allowed: frozenset[str] = frozenset()
    while True:
        atoms = {a: p for a, p in factors if isinstance(a, Atom) and a.key not in skip}
        found = next(_matches(atoms, equation, context, facts), None)
        if found is None:
            return (factors if changed else None), allowed
        used, value = found
        if value[1] < 0:
            allowed |= _same_zeros(value[0])
        factors = [(a, p - used.get(a, Fraction(0)) if isinstance(a, Atom) else p) for a, p in factors]
        factors = [(a, p) for a, p in factors if p] + [value]
        skip |= {a.key for a in used}
        changed = True


def _matches(
    atoms: Mapping[Atom, Fraction], equation: Equation, context: Context, facts: tuple[Limit, ...]
) -> Iterator[tuple[dict[Atom, Fraction], Factor]]:
    lead, exponent = equation.factors[0]
    for atom, given in atoms.items():
        if type(atom) is not type(lead) or not lead.tensors <= atom.tensors:
            continue
        for values in bindings(lead, equation.variables, atom):
            if not _in_range(equation, values, context, facts):
                continue
            wanted = [(renamed(a, values), p) for a, p in equation.factors]
            times_used = _ratio(wanted, atoms, exponent, given)
            if times_used is not None:
                used = {a: p * times_used for a, p in wanted}
                yield used, (put(equation.value, values), times_used)


def _ratio(
    wanted: list[tuple[Atom, Fraction]], atoms: Mapping[Atom, Fraction], exponent: Fraction, given: Fraction
) -> Fraction | None:
    """How often the left side is contained in the product; a fraction only where the left side is a plain atom.

    Law: a = v gives a^p = v^p for every p; a^q = v gives a^(kq) = v^k for whole k.
    """
    if len(wanted) == 1:
        if wanted[0][0] not in atoms:
            return None
        ratio = given / exponent
        return ratio if ratio.denominator == 1 or exponent == 1 else None
    enough = all(atoms.get(a, Fraction(0)) * (1 if p > 0 else -1) >= abs(p) for a, p in wanted)
    return Fraction(1) if enough else None


def _in_range(equation: Equation, values: Mapping[str, Affine], context: Context, facts: tuple[Limit, ...]) -> bool:
    known = tuple(x.of for x in facts if x.kind != "ne") + tuple(-x.of for x in facts if x.kind == "eq")
    return all(context.proves(of.put(values), known) for of in equation.ranges)


def bindings(pattern: Atom, variables: tuple[str, ...], target: Atom) -> Iterator[dict[str, Affine]]:
    """Values of the variables at which the pattern could be the target, proposed by references of the same name.

    >>> x = lambda e: Ref("x", [e])
    >>> i, k = Affine.name("i"), Affine.name("k")
    >>> list(bindings(x(i + 1), ("i",), x(k)))
    [{'i': k - 1}]
    """
    wanted = [v for v in variables if v in pattern.names]
    proposals: list[list[Affine]] = []
    for variable in wanted:
        found: dict[Affine, None] = {}
        for name, axis, offset in _places(pattern, variable):
            for ref in _refs(target):
                if ref.name == name and ref.indices[axis].names <= target.names:
                    found[ref.indices[axis] - offset] = None
        if not found:
            found = dict.fromkeys(_by_limits(pattern, variable, target))
        proposals.append(list(found))
    if len(wanted) < len(variables):
        return
    yield from (dict(zip(wanted, values, strict=True)) for values in islice(product(*proposals), MOST_BINDINGS))


def _by_limits(pattern: Atom, variable: str, target: Atom) -> Iterator[Affine]:
    """Values of a variable that stands in the limits of a sum only: k <= i and k <= j - 1 propose j - 1."""
    for own, other in zip(inside(pattern), inside(target), strict=False):
        for limit in (x for t in own.terms for x in t.limits):
            slope = limit.of.slope(variable)
            if slope.is_number and abs(slope.constant) == 1:
                rest = limit.of - slope * Affine.name(variable)
                values = ((x.of - rest) * slope for t in other.terms for x in t.limits if x.kind == limit.kind)
                yield from (value for value in values if value.names <= target.names)


def _refs(atom: Atom) -> Iterator[Ref]:
    if isinstance(atom, Ref):
        yield atom
    for poly in inside(atom):
        yield from (a for a, _ in walk(poly) if isinstance(a, Ref))


def _places(pattern: Atom, variable: str) -> Iterator[tuple[str, int, Affine]]:
    for ref in _refs(pattern):
        for axis, index in enumerate(ref.indices):
            offset = index - Affine.name(variable)
            if variable not in offset.names and not any(n.startswith("~") for n in offset.names):
                yield ref.name, axis, offset


def _replace_sums(
    factors: list[Factor],
    bound: list[str],
    limits: list[Limit],
    equation: Equation,
    context: Context,
    facts: tuple[Limit, ...],
) -> tuple[list[Factor], list[str], list[Limit]] | None:
    """Replaces one inner sum of a sum: the factors and limits that use some of its bound indices."""
    if len(equation.factors) != 1 or equation.factors[0][1] != 1 or not isinstance(equation.factors[0][0], Base):
        return None
    pattern = equation.factors[0][0].poly.sole
    if pattern is None or not 0 < len(pattern.bound) <= len(bound):
        return None
    for chosen in subsums(factors, bound, limits):
        names, inner, rest = chosen
        if len(names) != len(pattern.bound):
            continue
        sub = build(Fraction(1), inner[0], names, inner[1]).sole
        if sub is None or sub.bound == () or sub.coefficient != 1:
            continue
        outer = (*facts, *rest[1])  # the ranges of the inner sum say nothing: it may be empty
        found = next(_matches({Base(Poly((sub,))): Fraction(1)}, equation, context, outer), None)
        if found is not None:
            return [*rest[0], found[1]], [b for b in bound if b not in names], rest[1]
    return None


def subsums(
    factors: Iterable[Factor], bound: list[str], limits: list[Limit]
) -> Iterator[tuple[list[str], tuple[list[Factor], list[Limit]], tuple[list[Factor], list[Limit]]]]:
    """Every way to see a sum as a sum inside a sum: (inner names, inner factors and limits, what stays outside)."""
    factors = list(factors)
    for size in range(1, len(bound) + 1):
        for names in combinations(bound, size):
            chosen = set(names)
            inner = [f for f in factors if not f[0].names.isdisjoint(chosen)]
            near = [x for x in limits if not x.of.names.isdisjoint(chosen)]
            rest = [f for f in factors if f[0].names.isdisjoint(chosen)]
            yield list(names), (inner, near), (rest, [x for x in limits if x.of.names.isdisjoint(chosen)])


def cancelled(poly: Poly) -> Poly:
    """The poly without sums inside a sum that also stand in a denominator: S_j b_j S_k a_jk / (S_k a_jk) = S_j b_j."""
    return Poly(t for term in poly.terms for t in _cancelled(term).terms)


def _cancelled(term: Term) -> Poly:
    if not term.bound:
        new = [(cancelled(a.poly) if p == 1 and isinstance(a, Base) else a, p) for a, p in term.factors]
        changed = any(isinstance(b, Poly) and Base(b) != a for (a, _), (b, _) in zip(term.factors, new, strict=True))
        return build(term.coefficient, new, (), term.limits) if changed else Poly((term,))
    for atom, exponent in term.factors:
        if not isinstance(atom, Base) or exponent >= 0:
            continue
        coefficient, factors, bound, limits = opened(term)
        for names, (inner, near), (rest, other) in subsums(factors, bound, limits):
            sub = build(Fraction(1), inner, names, near).sole
            if sub is None or not sub.bound or sub.coefficient != 1:
                continue
            base = Base(Poly((sub,)))
            matching = [f for f in rest if f[0] == base and f[1] <= -1]
            if matching:
                kept = [b for b in bound if b not in names]
                return build(coefficient, [*rest, (base, Fraction(1))], kept, other)
    return Poly((term,))


def _same_zeros(value: Atom | Poly) -> frozenset[str]:
    """The factors of a product without denominators: it is 0 exactly where one of them is."""
    term = value.sole if isinstance(value, Poly) else None
    if term is None or term.bound or term.limits or any(p < 0 and a.sign != "positive" for a, p in term.factors):
        return frozenset()
    return frozenset(a.key for a, _ in term.factors)


def _divides_anew(before: Term, after: Poly, allowed: frozenset[str]) -> bool:
    """Whether a factor that may be zero has come into a denominator: it must have stood there with that power."""
    old: dict[str, Fraction] = {}
    for a, p in _outer_factors(before):
        old[a.key] = min(p, old.get(a.key, Fraction(0)))
    return any(
        p < old.get(a.key, Fraction(0)) and not isinstance(a, Value) and a.key not in allowed
        for term in after.terms
        for a, p in _outer_factors(term)
        if p < 0
    )


def _outer_factors(term: Term) -> Iterator[tuple[Atom, Fraction]]:
    for atom, exponent in term.factors:
        yield atom, exponent
        if isinstance(atom, Base) and exponent > 0:
            for inner in atom.poly.terms:
                yield from _outer_factors(inner)
