"""First-order linear recurrences: one law for momentum, running means, descent on a quadratic and gradients in depth.

    u_{k+1} = a_k u_k + f_k    has    u_t = (a_0 ... a_{t-1}) u_0 + sum_{k<t} (a_{k+1} ... a_{t-1}) f_k

By induction: put the formula for u_t into the rule, and it is the formula for u_{t+1}. `confirmed` compares it with
the rule applied 1, 2, ..., 8 times, in fractions, exactly. Source: Graham, Knuth, Patashnik, Concrete Mathematics, 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import ONE, bind, build, fresh_name, index_value, power, put, reduction, times
from symgrad.algebra.records import Poly, Ref, Term
from symgrad.algebra.repeated import repeated
from symgrad.check.enclose import Between, enclosed
from symgrad.check.points import Point
from symgrad.declare.model import Model
from symgrad.derive.look import factored
from symgrad.errors import CertificateError, Unsupported

LAWS: dict[str, str] = {
    "recurrence": "u_{k+1} = a_k u_k + f_k has u_t = (a_0 ... a_{t-1}) u_0 + sum_{k<t} (a_{k+1} ... a_{t-1}) f_k",
    "equal factors": "a product of t equal factors a is a^t",
    "geometric": "1 + a + ... + a^(t-1) = (1 - a^t)/(1 - a) for a other than 1",
}
DEPTHS = range(1, 9)


@dataclass(frozen=True)
class Recurrence:
    """u_{k+1} = factor u_k + rest for k = 0, 1, ..., from `start`; factor and rest may use `index`."""

    factor: Poly
    rest: Poly
    start: Poly
    index: str = "k"

    def after(self, steps: Affine) -> Poly:
        """u_t for t = `steps`, which is at least 0."""
        first = times(self._product(Affine.number(0), steps), self.start)
        if not self.rest:
            return first
        if self.is_constant:
            if self.factor == ONE:
                return first + times(self.rest, index_value(steps, dict.fromkeys(steps.names, "positive")))
            return first + times(self.rest, ONE - repeated(self.factor, steps), power(ONE - self.factor, -1))
        k = Affine.name(self.index)
        body = times(self._product(k + 1, steps), self.rest)
        return first + bind(body, [self.index], [Limit("ge", k), Limit("ge", steps - 1 - k)])

    @property
    def is_constant(self) -> bool:
        """Whether every step is the same: then the sum is geometric."""
        return self.index not in self.factor.names | self.rest.names

    def _product(self, first: Affine, end: Affine) -> Poly:
        """The product of the factors of the steps first, ..., end - 1."""
        if self.index not in self.factor.names:
            return repeated(self.factor, end - first)
        j = fresh_name()
        body = put(self.factor, {self.index: Affine.name(j)})
        return reduction("prod", body, j, [Limit("ge", Affine.name(j) - first), Limit("ge", end - 1 - Affine.name(j))])


def split(update: Poly, state: str) -> tuple[Poly, Poly]:
    """(a, f) of an update a u + f of the state u. Refused where it is not linear in it."""
    factor: list[Term] = []
    rest: list[Term] = []
    for term in expand(update).terms:
        powers = [p for a, p in term.factors if isinstance(a, Ref) and a.name == state]
        inner = any(state in a.tensors for a, _ in term.factors if not (isinstance(a, Ref) and a.name == state))
        if inner or (powers and (powers != [1] or term.bound)):
            raise Unsupported(
                f"the update is not linear in {state}",
                where=f"{update}",
                expected=f"a {state} + f, where neither a nor f uses {state}",
            )
        if powers:
            others = [(a, p) for a, p in term.factors if not (isinstance(a, Ref) and a.name == state)]
            factor += build(term.coefficient, others, (), term.limits).terms
        else:
            rest.append(term)
    return factored(Poly(factor), {}), factored(Poly(rest), {})


def solved(given: Recurrence, steps: str, model: Model, where: str) -> Poly:
    """u_t, t the size named `steps`, compared with the rule applied step by step. Raises CertificateError."""
    found = contract(given.after(Affine.name(steps)), model.context())
    confirmed(given, found, steps, model, where)
    return found


def confirmed(given: Recurrence, found: Poly, steps: str, model: Model, where: str) -> None:
    """Raises where a formula for u_t differs, as an exact fraction, from t = 1, ..., 8 steps of the rule."""
    for t in DEPTHS:
        read = Drawn(model, Random(t))
        at = {**dict.fromkeys(model.sizes, DEPTHS[-1]), steps: t}
        value = enclosed(given.start, at, read)
        for k in range(t):
            here = {**at, given.index: k}
            value = enclosed(given.factor, here, read) * value + enclosed(given.rest, here, read)
        shown = enclosed(found, at, read)
        if not (value.exact and shown == value):
            raise CertificateError(
                "the solution of a recurrence differs from its steps",
                where=f"{where}, after {t} steps",
                expected=str(value.low),
                given=str(shown.low),
            )


@dataclass
class Drawn:
    """Random fractions for the entries of a model, of the declared signs, each drawn when it is first read."""

    model: Model
    random: Random
    known: dict[tuple[str, Point], Between] = field(default_factory=dict)

    def __call__(self, name: str, place: Point) -> Between:
        if (name, place) not in self.known:
            size = Fraction(self.random.randint(1, 997), self.random.choice((499, 503, 509)))
            sign = 1 if self.model.tensors[name].sign != "real" else self.random.choice((-1, 1))
            self.known[name, place] = Between.of(sign * size)
        return self.known[name, place]
