"""Derivatives of single functions, one row a head, written in terms of the result where that is shorter.

A row gives, for y = f(u), the derivative by each argument; `law` is the line a worked solution prints.
Source: any calculus text; ReLU'(0) = 0 and sign(0) = 0 are the declared policy at the kinks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import (
    NOTHING,
    ONE,
    Factor,
    bind,
    build,
    call,
    lone,
    number,
    opened,
    opened_reduction,
    power,
    put,
    reduction,
    scale,
    times,
)
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, walk
from symgrad.declare.model import Tensor

HALF = Fraction(1, 2)


class PartialRow(NamedTuple):
    """`by(y, *u)` gives one derivative for each argument; `policy` names a choice at a kink."""

    by: Callable[..., tuple[Poly, ...]]
    law: str
    policy: str = ""


PARTIALS: dict[str, PartialRow] = {
    "exp": PartialRow(lambda y, u: (y,), "exp' = exp"),
    "log": PartialRow(lambda y, u: (power(u, -1),), "log'(u) = 1/u"),
    "tanh": PartialRow(lambda y, u: (ONE - power(y, 2),), "tanh' = 1 - tanh^2"),
    "sin": PartialRow(lambda y, u: (call("cos", u),), "sin' = cos"),
    "cos": PartialRow(lambda y, u: (-call("sin", u),), "cos' = -sin"),
    "sigmoid": PartialRow(lambda y, u: (times(y, ONE - y),), "s' = s (1 - s) for the sigmoid s"),
    "softplus": PartialRow(lambda y, u: (call("sigmoid", u),), "softplus' = sigmoid"),
    "relu": PartialRow(lambda y, u: (call("step", u),), "ReLU'(u) = [u > 0]", "ReLU'(0) = 0"),
    "step": PartialRow(lambda y, u: (NOTHING,), "a step is flat", "the derivative of a step at its jump is 0"),
    "abs": PartialRow(lambda y, u: (call("sign", u),), "|u|' = sign(u)", "|u|'(0) = 0"),
    "sign": PartialRow(lambda y, u: (NOTHING,), "a sign is flat", "the derivative of sign at 0 is 0"),
    "tan": PartialRow(lambda y, u: (ONE + power(y, 2),), "tan' = 1 + tan^2"),
    "sinh": PartialRow(lambda y, u: (call("cosh", u),), "sinh' = cosh"),
    "cosh": PartialRow(lambda y, u: (call("sinh", u),), "cosh' = sinh"),
    "atan": PartialRow(lambda y, u: (power(ONE + power(u, 2), -1),), "atan'(u) = 1/(1 + u^2)"),
    "erf": PartialRow(lambda y, u: (scale(_bell(u, 1), 2),), "erf'(u) = 2 exp(-u^2)/sqrt(pi)"),
    "silu": PartialRow(lambda y, u: (_silu_slope(u),), "(u s)' = s + u s (1 - s) for the sigmoid s of u"),
    "gelu": PartialRow(lambda y, u: (_gelu_slope(u),), "(u Phi)' = Phi + u phi for the normal distribution"),
    "gelu_tanh": PartialRow(lambda y, u: (_gelu_tanh_slope(u),), "product rule, tanh' = 1 - tanh^2"),
    "leaky_relu": PartialRow(
        lambda y, u, a: (_on(u) + times(a, _off(u)), times(u, _off(u))), "1 or the slope a", "the slope at 0 is a"
    ),
    "elu": PartialRow(
        lambda y, u, c: (_on(u) + times(y + c, _off(u)), times(call("exp", u) - ONE, _off(u))),
        "elu' = 1, or elu + c where u <= 0",
        "the slope of ELU at 0 is c",
    ),
    "max": PartialRow(
        lambda y, a, b: (_off(b - a), _on(b - a)),
        "the greater one counts",
        "at a tie in max(a, b) the one written first counts",
    ),
    "min": PartialRow(
        lambda y, a, b: (_off(a - b), _on(a - b)),
        "the smaller one counts",
        "at a tie in min(a, b) the one written first counts",
    ),
    "pow": PartialRow(
        lambda y, a, n: (times(n, y, power(a, -1)), times(y, call("log", a))), "(a^n)' = n a^n/a by a, a^n log a by n"
    ),
    "same": PartialRow(lambda y, a, b: (NOTHING, NOTHING), "[u = v] is flat", "the derivative of [u = v] is 0"),
    "pi": PartialRow(lambda y: (), "a constant"),
}
SPLIT: dict[str, PartialRow] = {  # what takes the place of a row of PARTIALS where ties are split
    "max": PartialRow(
        lambda y, a, b: (_share(a - b), _share(b - a)),
        "the greater one counts",
        "at a tie in max(a, b) each counts one half",
    ),
    "min": PartialRow(
        lambda y, a, b: (_share(b - a), _share(a - b)),
        "the smaller one counts",
        "at a tie in min(a, b) each counts one half",
    ),
}


def _share(u: Poly) -> Poly:
    """1, 1/2 or 0 where u is positive, 0 or negative."""
    return scale(ONE + call("step", u) - call("step", -u), HALF)


class ReductionPartial(NamedTuple):
    """The derivative of y = reduction of u(k) by u(j), a value of the index in the range."""

    by: Callable[[Poly, Reduction, str], Poly]
    law: str
    policy: str = ""


REDUCTION_PARTIALS: dict[str, ReductionPartial] = {
    "max": ReductionPartial(
        lambda y, r, j: _first("argmax", r, j),
        "d max_k u_k / d u_j = [j = argmax_k u_k]",
        "where several are greatest the first counts",
    ),
    "min": ReductionPartial(
        lambda y, r, j: _first("argmin", r, j),
        "d min_k u_k / d u_j = [j = argmin_k u_k]",
        "where several are least the first counts",
    ),
    "prod": ReductionPartial(
        lambda y, r, j: _others(y, r, j), "d prod_k u_k / d u_j = product of u_k over the k other than j"
    ),
    "argmax": ReductionPartial(
        lambda y, r, j: NOTHING, "an argmax is flat", "the derivative of an argmax is 0 where it jumps too"
    ),
    "argmin": ReductionPartial(
        lambda y, r, j: NOTHING, "an argmin is flat", "the derivative of an argmin is 0 where it jumps too"
    ),
}
SPLIT_REDUCTIONS: dict[str, ReductionPartial] = {
    name: ReductionPartial(
        lambda y, r, j: _even(y, r, j),
        f"d {name}_k u_k / d u_j = [u_j = {name} u] / sum_k [u_k = {name} u]",
        f"where several are {most} they count in equal parts",
    )
    for name, most in (("max", "greatest"), ("min", "least"))
}


def _first(function: str, r: Reduction, j: str) -> Poly:
    """[j is the first place of the extreme value]."""
    return reduction(function, *opened_reduction(r), Affine.name(j))


def _even(y: Poly, r: Reduction, j: str) -> Poly:
    """The share of j among all places of the extreme value."""
    body, k, limits = opened_reduction(r)
    here = put(body, {k: Affine.name(j)})
    return times(call("same", here, y), power(bind(call("same", body, y), [k], limits), -1))


def _others(y: Poly, r: Reduction, j: str) -> Poly:
    """The product of all factors but that of j; y/u(j) where no factor is 0."""
    body, k, limits = opened_reduction(r)
    if body.sign == "positive":
        return times(y, power(put(body, {k: Affine.name(j)}), -1))
    return reduction(r.function, body, k, [*limits, Limit("ne", Affine.name(k) - Affine.name(j))])


def _on(u: Poly) -> Poly:
    """[u > 0]."""
    return call("step", u)


def _off(u: Poly) -> Poly:
    """[u <= 0]."""
    return ONE - call("step", u)


def _bell(u: Poly, width: int) -> Poly:
    """exp(-u^2/width)/sqrt(width pi)."""
    bell = call("exp", scale(power(u, 2), Fraction(-1, width)))
    return times(bell, power(scale(call("pi"), width), Fraction(-1, 2)))


def _silu_slope(u: Poly) -> Poly:
    s = call("sigmoid", u)
    return s + times(u, s, ONE - s)


def _gelu_slope(u: Poly) -> Poly:
    inner = times(u, power(number(2), Fraction(-1, 2)))
    return scale(ONE + call("erf", inner), Fraction(1, 2)) + times(u, _bell(u, 2))


CUBIC = Fraction("0.044715")  # Hendrycks and Gimpel, Gaussian Error Linear Units (2016)


def _gelu_tanh_slope(u: Poly) -> Poly:
    rate = times(power(number(2), HALF), power(call("pi"), -HALF))
    t = call("tanh", times(rate, u + scale(power(u, 3), CUBIC)))
    inner = times(rate, ONE + scale(power(u, 2), 3 * CUBIC))
    return scale(ONE + t + times(u, ONE - power(t, 2), inner), HALF)


class MatrixRow(NamedTuple):
    """A function of a whole square matrix A: `by(definition, its indices, (i, j))` is its derivative by A[i, j]."""

    by: Callable[[Tensor, tuple[Affine, ...], tuple[Affine, ...]], Poly]
    law: str


def _inverse(via: Tensor, at: tuple[Affine, ...]) -> Poly:
    """An entry of the inverse of the matrix that a definition is a function of."""
    return lone(Ref(via.matrix[2], at))


MATRICES: dict[str, MatrixRow] = {  # source: Petersen and Pedersen, The Matrix Cookbook (2012), section 2
    "inverse": MatrixRow(
        lambda via, kl, ij: -times(_inverse(via, (kl[0], ij[0])), _inverse(via, (ij[1], kl[1]))),
        "d(A^-1)_kl / dA_ij = -(A^-1)_ki (A^-1)_jl",
    ),
    "det": MatrixRow(
        lambda via, _, ij: times(lone(via.at(())), _inverse(via, (ij[1], ij[0]))), "d det A / dA_ij = det A (A^-1)_ji"
    ),
    "logdet": MatrixRow(lambda via, _, ij: _inverse(via, (ij[1], ij[0])), "d log|det A| / dA_ij = (A^-1)_ji"),
}


class Parts(NamedTuple):
    """An open term: coefficient, factors, bound names (fresh), limits."""

    coefficient: Fraction
    factors: list[Factor]
    bound: list[str]
    limits: list[Limit]

    def joined(self, other: Parts) -> Parts:
        return Parts(
            self.coefficient * other.coefficient,
            self.factors + other.factors,
            self.bound + other.bound,
            self.limits + other.limits,
        )

    @property
    def poly(self) -> Poly:
        return build(*self)


def open_parts(term: Term) -> Parts:
    return Parts(*opened(term))


def local_parts(
    via: Tensor, here: tuple[Affine, ...], name: str, at: tuple[Affine, ...], ties: str = "first"
) -> list[Parts]:
    """The derivative of one definition at `here` by the entry `name[at]`, as open terms that are not yet contracted."""
    if via.matrix:
        row = MATRICES[via.matrix[0]]
        return [open_parts(t) for t in row.by(via, here, at).terms]
    return partial_parts(via.body(here), name, at, ties)


def partial_parts(poly: Poly, name: str, at: tuple[Affine, ...], ties: str = "first") -> list[Parts]:
    """The derivative of a poly by the entry `name[at]`, other names held, as open terms that are not yet contracted.

    `ties`: first or split, the policy where several values are the greatest.

    Laws: d(a b) = da b + a db; d(u^p) = p u^(p-1) du; d name[e] / d name[at] = [e = at].
    """
    found = []
    for term in poly.terms:
        if name not in term.tensors:
            continue
        outer = open_parts(term)
        for n, (factor, exponent) in enumerate(outer.factors):
            if name not in factor.tensors:
                continue
            rest = outer.factors[:n] + outer.factors[n + 1 :]
            kept = [(factor, exponent - 1)] if exponent != 1 else []
            shell = Parts(outer.coefficient * exponent, rest + kept, outer.bound, outer.limits)
            found += [shell.joined(inner) for inner in _atom_parts(factor, name, at, ties)]
    return found


def _atom_parts(atom: Atom | Poly, name: str, at: tuple[Affine, ...], ties: str) -> list[Parts]:
    if isinstance(atom, Poly):
        return partial_parts(atom, name, at, ties)
    if isinstance(atom, Ref):
        meets = [Limit("eq", a - b) for a, b in zip(atom.indices, at, strict=True)]
        return [Parts(Fraction(1), [], [], meets)]
    if isinstance(atom, Base):
        return partial_parts(atom.poly, name, at, ties)
    if isinstance(atom, Reduction):
        return _reduction_parts(atom, name, at, ties)
    assert isinstance(atom, Head)
    slopes = head_partials(atom, ties)
    return [
        Parts(Fraction(1), [(slope, Fraction(1))], [], []).joined(inner)
        for slope, argument in zip(slopes, atom.arguments, strict=True)
        if name in argument.tensors and slope
        for inner in partial_parts(argument, name, at, ties)
    ]


def _reduction_parts(atom: Reduction, name: str, at: tuple[Affine, ...], ties: str) -> list[Parts]:
    """Law: dy = sum over j of dy/du(j) du(j), j over the range of the reduction."""
    body, j, limits = opened_reduction(atom)
    slope = reduction_row(atom.function, ties).by(lone(atom), atom, j)
    if not slope:
        return []
    shell = Parts(Fraction(1), [(slope, Fraction(1))], [j], limits)
    return [shell.joined(inner) for inner in partial_parts(body, name, at, ties)]


def reduction_row(function: str, ties: str) -> ReductionPartial:
    split = SPLIT_REDUCTIONS.get(function) if ties == "split" else None
    return split or REDUCTION_PARTIALS[function]


def head_row(function: str, ties: str) -> PartialRow | None:
    split = SPLIT.get(function) if ties == "split" else None
    return split or PARTIALS.get(function)


def head_partials(head: Head, ties: str = "first") -> tuple[Poly, ...]:
    """The derivative of a function by each of its arguments."""
    row = head_row(head.function, ties)
    if row is not None:
        return row.by(lone(head), *head.arguments)
    return tuple(
        call(primed(head.function, n, len(head.arguments)), *head.arguments) for n in range(len(head.arguments))
    )


def policies(poly: Poly, name: str, ties: str) -> Iterator[str]:
    """The choices at kinks and ties that the derivative of a poly by a name depends on."""
    for atom, _ in walk(poly):
        if name in atom.tensors and isinstance(atom, Head | Reduction):
            find = head_row if isinstance(atom, Head) else reduction_row
            row = find(atom.function, ties)
            if row is not None and row.policy:
                yield row.policy


def primed(function: str, argument: int, arity: int) -> str:
    """The name of a derivative of an unknown function: g', g'' of one argument; q'1, q'12 of several.

    >>> primed("g", 0, 1), primed("g'", 0, 1), primed("q'2", 0, 2)
    ("g'", "g''", "q'12")
    """
    if arity == 1:
        return function + "'"
    name, _, by = function.partition("'")
    return f"{name}'{''.join(sorted(by + str(argument + 1)))}"
