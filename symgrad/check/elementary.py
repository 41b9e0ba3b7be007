"""Functions by exp, log and steps: laws that make two writings of one function the same."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symgrad.algebra.normal import ONE, build, call, lone, power, replace, scale, times, total
from symgrad.algebra.records import Atom, Head, Poly, Term, power_sign

ELEMENTARY: dict[str, Callable[..., Poly | None]] = {
    "sigmoid": lambda u: power(ONE + call("exp", -u), -1),
    "tanh": lambda u: ONE - scale(power(ONE + call("exp", scale(u, 2)), -1), 2),
    "softplus": lambda u: call("log", ONE + call("exp", u)),
    "relu": lambda u: times(u, call("step", u)),
    "abs": lambda u: times(u, call("sign", u)),
    "tan": lambda u: times(call("sin", u), power(call("cos", u), -1)),
    "sinh": lambda u: scale(call("exp", u) - call("exp", -u), Fraction(1, 2)),
    "cosh": lambda u: scale(call("exp", u) + call("exp", -u), Fraction(1, 2)),
    "step": lambda u: _step_of(u),
    "sign": lambda u: _sign_of(u),
    "silu": lambda u: times(u, power(ONE + call("exp", -u), -1)),
    "max": lambda u, w: _greater(u, w),
    "min": lambda u, w: u + w - _greater(u, w),
    "exp": lambda u: _exp_of_sum(u),
    "log": lambda u: _log_of_product(u),
}


def elementary(atom: Atom) -> Poly | None:
    if isinstance(atom, Head) and atom.function in ELEMENTARY:
        new = ELEMENTARY[atom.function](*atom.arguments)
        return None if new is None or new == lone(atom) else replace(new, elementary)
    return None


def _greater(u: Poly, w: Poly) -> Poly:
    """Law: max(u, w) = w + (u - w) [u > w], and the same with u and w exchanged."""
    first, other = (u, w) if (u - w).terms and (u - w).terms[0].coefficient > 0 else (w, u)
    return other + times(first - other, call("step", first - other))


def _step_of(u: Poly) -> Poly | None:
    """Laws: [c u > 0] = [u > 0] for a factor c > 0; [ReLU(u) > 0] = [u > 0]; [[u > 0] > 0] = [u > 0]."""
    term = u.sole
    if term is None or term.bound or term.limits or term.coefficient < 0:
        return None
    kept = [(a, p) for a, p in term.factors if power_sign(a.sign, p) != "positive"]
    gates = [a for a, p in kept if isinstance(a, Head) and a.function == "step"]
    others = build(Fraction(1), [(a, p) for a, p in kept if a not in gates])
    if len(gates) == 1 and (not kept[1:] or others == gates[0].arguments[0]):
        return lone(gates[0])
    return None if len(kept) == len(term.factors) and term.coefficient == 1 else call("step", build(Fraction(1), kept))


def _sign_of(u: Poly) -> Poly | None:
    """Laws: sign(u) = [u > 0] for u >= 0; sign(u [u > 0]) = [u > 0]."""
    if u.sign != "real":
        return ONE if u.sign == "positive" else call("step", u)
    gate = _step_of(u)
    atoms = [] if gate is None or gate.sole is None else [a for a, _ in gate.sole.factors]
    held = u.sole is not None and len(atoms) == 1 and (atoms[0], Fraction(1)) in u.sole.factors
    return gate if held else None


def _exp_of_sum(u: Poly) -> Poly | None:
    """Laws: exp(a + n b) = exp(a) exp(b)^n for rational n; exp(log a) = a."""
    if len(u.terms) == 1 and u.terms[0].coefficient == 1 and _logged(u.terms[0]) is None:
        return None
    parts = []
    for term in u.terms:
        one = term.scaled(1 / term.coefficient)
        parts.append(power(_logged(one) or call("exp", Poly((one,))), term.coefficient))
    return times(*parts)


def _logged(term: Term) -> Poly | None:
    """What a term is the logarithm of."""
    atom, exponent = term.factors[0] if len(term.factors) == 1 else (None, None)
    is_log = isinstance(atom, Head) and atom.function == "log" and exponent == 1 and not (term.bound or term.limits)
    return atom.arguments[0] if is_log and isinstance(atom, Head) else None


def _log_of_product(u: Poly) -> Poly | None:
    """Law: log(a b) = log a + log b where at most one of the factors is not known to be positive."""
    term = u.sole
    if term is None or term.bound or term.limits or term.coefficient < 0:
        return None
    unknown = [p for a, p in term.factors if a.sign != "positive"]
    if len(unknown) > 1 or any(p.denominator == 1 and p % 2 == 0 for p in unknown):
        return None
    if len(term.factors) == 1 and term.coefficient == 1 and term.factors[0][1] == 1:
        inner = term.factors[0][0]
        return inner.arguments[0] if isinstance(inner, Head) and inner.function == "exp" else None
    logs = [scale(_elementary_log(a), p) for a, p in term.factors]
    return total(logs + ([call("log", build(term.coefficient, []))] if term.coefficient != 1 else []))


def _elementary_log(atom: Atom) -> Poly:
    inner = lone(atom)
    return _log_of_product(inner) or call("log", inner)
