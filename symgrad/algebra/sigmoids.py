"""Sigmoids gathered from exponentials, and from what they leave to 1; tanh and tan from quotients.

Law: sigmoid(u) = 1/(1 + exp(-u)), so sigmoid(-u) = 1 - sigmoid(u) and exp(u) sigmoid(-u) = sigmoid(u).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from symgrad.algebra.normal import ONE, UNIT, as_atom, build, mapped, opened
from symgrad.algebra.records import Atom, Base, Head, Poly, Term, walk


def gather_sigmoids(poly: Poly) -> Poly:
    """The poly with a sigmoid for each exp(u)/(1 + exp(u)), and for 1 - sigmoid(u) where sigmoid(u) is not left beside.

    >>> from symgrad.algebra.normal import call, lone, power, times
    >>> from symgrad.algebra.records import Ref
    >>> u = lone(Ref("u"))
    >>> gather_sigmoids(times(call("exp", u), power(ONE + call("exp", u), -1)))
    sigmoid(u[])
    >>> gather_sigmoids(ONE - call("sigmoid", u))
    sigmoid(-1*u[])
    """
    found = _everywhere(poly, lambda p: Poly(t for term in p.terms for t in _quotient(term).terms))
    counts = Counter(a.key for a, _ in walk(found) if isinstance(a, Head) and a.function == "sigmoid")
    return _everywhere(found, lambda p: _complement(p, counts))


def _everywhere(poly: Poly, change: Callable[[Poly], Poly]) -> Poly:
    """A change made to a poly and to all polys inside it, inner ones first."""

    def inner(atom: Atom) -> Atom:
        new = mapped(atom, lambda p: _everywhere(p, change))
        return as_atom(new) if isinstance(new, Poly) else new

    terms: list[Term] = []
    for term in poly.terms:
        factors = [(inner(a), p) for a, p in term.factors]
        same = all(new == a for (new, _), (a, _) in zip(factors, term.factors, strict=True))
        changed = Term(term.coefficient, tuple(factors), term.bound, term.limits)
        terms.extend((term,) if same else build(*opened(changed)).terms)
    return change(Poly(terms))


def _quotient(term: Term) -> Poly:
    """A term with 1/(1 + exp(u)) as sigmoid(-u), and exp(u) beside it taken in."""
    powers: dict[Atom, Fraction] = dict(term.factors)
    for atom, exponent in term.factors:
        u = _argument_of_one_plus_exp(atom) if exponent < 0 and exponent.denominator == 1 else None
        if u is not None:
            del powers[atom]
            _add(powers, _sigmoid(-u), -exponent)
    for atom, exponent in list(powers.items()):
        if isinstance(atom, Head) and atom.function == "sigmoid" and exponent >= 1:
            for exp, count in ((Head("exp", [-atom.arguments[0]]), 1), (Head("exp", atom.arguments), -1)):
                taken = min(exponent, powers.get(exp, Fraction(0)) * count)
                if taken >= 1 and taken.denominator == 1:
                    _add(powers, exp, -taken * count)
                    _add(powers, atom, -taken)
                    _add(powers, _sigmoid(-atom.arguments[0]), taken)
                    break
    _ratios(powers)
    if powers == dict(term.factors):
        return Poly((term,))
    return build(*opened(Term(term.coefficient, tuple(powers.items()), term.bound, term.limits)))


RATIOS = (("sinh", "cosh", "tanh"), ("sin", "cos", "tan"))  # the first over the second is the third


def _ratios(powers: dict[Atom, Fraction]) -> None:
    """Law: sinh(u)/cosh(u) = tanh(u), sin(u)/cos(u) = tan(u)."""
    for top, bottom, ratio in RATIOS:
        for atom in [a for a, p in powers.items() if isinstance(a, Head) and a.function == top and p >= 1]:
            under = Head(bottom, atom.arguments)
            count = min(powers[atom], -powers.get(under, Fraction(0)))
            if count >= 1 and count.denominator == 1:
                _add(powers, atom, -count)
                _add(powers, under, count)
                _add(powers, Head(ratio, atom.arguments), count)


def _add(powers: dict[Atom, Fraction], atom: Atom, exponent: Fraction) -> None:
    powers[atom] = powers.get(atom, Fraction(0)) + exponent
    if not powers[atom]:
        del powers[atom]


def _sigmoid(u: Poly) -> Head:
    return Head("sigmoid", [u])


def _argument_of_one_plus_exp(atom: Atom) -> Poly | None:
    """The u of 1 + exp(u)."""
    rest = atom.poly - ONE if isinstance(atom, Base) else None
    head = as_atom(rest) if rest is not None and rest.sole is not None else None
    return head.arguments[0] if isinstance(head, Head) and head.function == "exp" else None


def _complement(poly: Poly, counts: Counter[str]) -> Poly:
    """A poly with a pair a - a sigmoid(u) as a sigmoid(-u)."""
    for term in (t for t in poly.terms if not t.bound):
        for atom in (a for a, p in term.factors if p == 1 and counts[a.key] == 1):
            rest = [f for f in term.factors if f[0] != atom]
            whole = build(-term.coefficient, rest, (), term.limits)
            if isinstance(atom, Head) and whole.sole is not None and repr(whole.sole) in map(repr, poly.terms):
                left = build(-term.coefficient, [*rest, (_sigmoid(-atom.arguments[0]), UNIT)], (), term.limits)
                return _complement(poly - Poly((term,)) - whole + left, counts)
    return poly
