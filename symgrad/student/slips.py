"""Mistakes in the algebra of a formula, each a pure function: a node to the nodes somebody may have written instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from symgrad.read import syntax as s
from symgrad.student.spots import INDEX, VALUE, Scope

Node = s.Node
ONE, TWO = s.Number("1"), s.Number("2")
HALF = s.Divide(ONE, TWO)
EXPONENTS = tuple(map(Fraction, ("1/2", "1", "3/2", "2", "3")))


# --- building ---------------------------------------------------------------------------------------------------------


def product(*factors: Node) -> Node:
    """A product; between two numbers there is a sign."""
    signs = tuple("cdot" if isinstance(f, s.Number) else "" for f in factors[1:])
    return factors[0] if len(factors) == 1 else s.Times(factors, signs)


def scaled(factor: Node, node: Node) -> Node:
    """A factor in front of a term, behind its sign."""
    if isinstance(node, s.Minus):
        return s.Minus(scaled(factor, node.of))
    if isinstance(node, s.Times):
        sign = "cdot" if isinstance(node.factors[0], s.Number) else ""
        return s.Times((factor, *node.factors), (sign, *node.signs))
    return product(factor, node)


def negative(node: Node) -> Node:
    return node.of if isinstance(node, s.Minus) else s.Minus(node)


def plus(terms: tuple[Node, ...]) -> Node:
    return terms[0] if len(terms) == 1 else s.Plus(terms)


def without(node: s.Times, k: int) -> Node:
    """A product without one factor."""
    rest = node.factors[:k] + node.factors[k + 1 :]
    signs = node.signs[: k - 1] + node.signs[k:] if k else node.signs[1:]
    return rest[0] if len(rest) == 1 else replace(node, factors=rest, signs=signs)


def raised(base: Node, exponent: Fraction) -> Node:
    if exponent == 1:
        return base
    if exponent == Fraction(1, 2):
        return s.Root(base)
    whole = s.Number(str(exponent.numerator))
    return s.Power(base, whole if exponent.denominator == 1 else s.Divide(whole, s.Number(str(exponent.denominator))))


def exponent_of(node: Node) -> tuple[Node, Fraction]:
    """A node as a base and a fixed exponent."""
    if isinstance(node, s.Root) and node.degree is None:
        base, inner = exponent_of(node.of)
        return base, inner / 2
    if isinstance(node, s.Power):
        value = number_of(node.exponent)
        if value is not None:
            base, inner = exponent_of(node.of)
            return base, inner * value
    return node, Fraction(1)


def number_of(node: Node) -> Fraction | None:
    if isinstance(node, s.Number):
        return node.value
    if isinstance(node, s.Minus):
        inner = number_of(node.of)
        return None if inner is None else -inner
    if isinstance(node, s.Divide):
        top, bottom = number_of(node.top), number_of(node.bottom)
        return None if top is None or not bottom else top / bottom
    return None


def shifted(node: Node, by: Node) -> Node:
    """An index expression and 1 or -1, put together where that is easy."""
    value = number_of(node)
    if value is not None:
        moved = value + (number_of(by) or 0)
        return s.Number(str(moved)) if moved >= 0 else s.Minus(s.Number(str(-moved)))
    terms = node.terms if isinstance(node, s.Plus) else (node,)
    if terms[-1] == negative(by):
        return terms[0] if len(terms) == 2 else s.Plus(terms[:-1])
    return s.Plus((*terms, by))


# --- signs and numbers ------------------------------------------------------------------------------------------------


def sign(node: Node, scope: Scope) -> Iterator[Node]:
    """The sign of the whole, of one term, or of what a function is taken of."""
    if scope.role != VALUE:
        return
    if scope.parent is None:
        yield negative(node)
    if isinstance(node, s.Plus):
        for k, term in enumerate(node.terms):
            yield replace(node, terms=(*node.terms[:k], negative(term), *node.terms[k + 1 :]))
    if isinstance(node, s.Call) and not node.primes:
        yield replace(node, arguments=tuple(map(negative, node.arguments)))


def number_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """2 a -> a; a/2 -> a."""
    if scope.role != VALUE:
        return
    if isinstance(node, s.Times):
        yield from (without(node, k) for k, f in enumerate(node.factors) if number_of(f) is not None)
    if isinstance(node, s.Divide):
        if number_of(node.top) not in (None, 1, -1):
            yield replace(node, top=ONE)
        if number_of(node.bottom) is not None:
            yield node.top
    if isinstance(node, s.Plus):
        shared = [_halved(t) for t in node.terms]
        if all(t is not None for t in shared):
            yield replace(node, terms=tuple(t for t in shared if t is not None))


def _halved(term: Node) -> Node | None:
    """2 a -> a, with its sign; None where there is no number in front."""
    if isinstance(term, s.Minus):
        inner = _halved(term.of)
        return None if inner is None else s.Minus(inner)
    if isinstance(term, s.Times) and isinstance(term.factors[0], s.Number):
        return without(term, 0)
    return None


def number_extra(node: Node, scope: Scope) -> Iterator[Node]:
    """The whole, or one term, twice or half."""
    if scope.role != VALUE:
        return
    if scope.parent is None:
        yield scaled(TWO, node)
        yield scaled(HALF, node)
    if isinstance(node, s.Plus):
        for k, term in enumerate(node.terms):
            for factor in (TWO, HALF):
                yield replace(node, terms=(*node.terms[:k], scaled(factor, term), *node.terms[k + 1 :]))


def exponent(node: Node, scope: Scope) -> Iterator[Node]:
    """Another exponent of a root or power: -1/2, -1, -3/2, -3 for one another; 2, 3 and 1."""
    if scope.role != VALUE or not isinstance(node, s.Root | s.Power):
        return
    if isinstance(scope.parent, s.Root | s.Power):
        return
    base, own = exponent_of(node)
    if own not in EXPONENTS and -own not in EXPONENTS:
        return
    for other in EXPONENTS:
        if other != abs(own):
            yield raised(base, other if own > 0 else -other)


def exponent_off(node: Node, scope: Scope) -> Iterator[Node]:
    """a^n -> a^(n+1), a^(n-1), where n is no number."""
    if isinstance(node, s.Power) and number_of(node.exponent) is None:
        yield replace(node, exponent=shifted(node.exponent, ONE))
        yield replace(node, exponent=shifted(node.exponent, s.Minus(ONE)))


def reciprocal(node: Node, scope: Scope) -> Iterator[Node]:
    """a/b -> b/a."""
    if scope.role == VALUE and isinstance(node, s.Divide) and number_of(node) is None:
        yield s.Divide(node.bottom, node.top)


def constant_outside(node: Node, scope: Scope) -> Iterator[Node]:
    """sqrt(a + c) -> sqrt(a) + c, where c is a declared constant."""
    if not isinstance(node, s.Root | s.Power) or scope.role != VALUE:
        return
    base, own = exponent_of(node)
    if isinstance(base, s.Plus) and own.denominator > 1:
        for k, term in enumerate(base.terms):
            if isinstance(term, s.Reference) and scope.words.is_constant(term.code):
                rest = plus((*base.terms[:k], *base.terms[k + 1 :]))
                yield s.Plus((raised(rest, own), term))
                if own != Fraction(1, 2):
                    yield raised(s.Plus((s.Root(rest), term)), own * 2)


def constant_inside(node: Node, scope: Scope) -> Iterator[Node]:
    """sqrt(a) + c -> sqrt(a + c)."""
    if isinstance(node, s.Plus) and len(node.terms) == 2 and scope.role == VALUE:
        for root, term in (node.terms, node.terms[::-1]):
            base, own = exponent_of(root)
            constant = isinstance(term, s.Reference) and scope.words.is_constant(term.code)
            if constant and own.denominator > 1:
                yield raised(s.Plus((base, term)), own)


# --- factors and terms ------------------------------------------------------------------------------------------------


def _missing(node: Node, wanted: tuple[type, ...]) -> Iterator[Node]:
    """A product or fraction without one part of the wanted kinds."""
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, wanted):
                yield without(node, k)
    if isinstance(node, s.Hadamard | s.MatrixProduct):
        for gone, kept in ((node.left, node.right), (node.right, node.left)):
            if isinstance(gone, wanted):
                yield kept
    if isinstance(node, s.Divide):
        for gone, kept in ((node.top, replace(node, top=ONE)), (node.bottom, node.top)):
            if isinstance(gone, wanted):
                yield kept


def is_slope(node: Node) -> bool:
    """Whether a factor is the derivative of a function, or a gate."""
    return (isinstance(node, s.Call) and node.primes > 0) or isinstance(node, s.Iverson)


def slope_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """g'(a) b -> b."""
    if isinstance(node, s.Times):
        yield from (without(node, k) for k, f in enumerate(node.factors) if is_slope(f))
    if isinstance(node, s.Hadamard | s.MatrixProduct):
        yield from (b for a, b in ((node.left, node.right), (node.right, node.left)) if is_slope(a))


def gradient_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """dL/dy b -> b: the local derivative for the derivative of the loss."""
    yield from _missing(node, (s.PartialDerivative,))
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, s.Transpose) and isinstance(factor.of, s.PartialDerivative):
                yield without(node, k)


def factor_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """a b -> b, where a is no number, no size and no gradient."""
    if scope.role != VALUE:
        return
    yield from _missing(node, (s.Reference, s.Call, s.Plus, s.Divide, s.Power, s.Root, s.Transpose, s.Delta))
    if isinstance(node, s.Times):
        yield from (without(node, k) for k, f in enumerate(node.factors) if isinstance(f, s.BigOperator))


def factor_extra(node: Node, scope: Scope) -> Iterator[Node]:
    """The whole, or one term, times something that stands in the answer."""
    if scope.role == VALUE and (scope.parent is None or isinstance(scope.parent, s.Plus | s.BigOperator)):
        for factor in scope.words.factors:
            yield product(factor, node)
            yield product(node, factor)
            yield s.Divide(node, factor)
            yield s.Hadamard(node, factor)


def path_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """a + b -> a, where the sum is the whole."""
    if isinstance(node, s.Plus) and scope.parent is None:
        yield from _fewer(node)


def term_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """a + b -> a, inside the formula."""
    if isinstance(node, s.Plus) and scope.role == VALUE and scope.parent is not None:
        yield from _fewer(node)


def _fewer(node: s.Plus) -> Iterator[Node]:
    yield from (plus((*node.terms[:k], *node.terms[k + 1 :])) for k in range(len(node.terms)))


def multiplied(node: Node, scope: Scope) -> Iterator[Node]:
    """a + b -> a b: paths multiplied."""
    if isinstance(node, s.Plus) and scope.role == VALUE:
        yield product(*(t if not isinstance(t, s.Minus) else s.Minus(t.of) for t in node.terms))


def added(node: Node, scope: Scope) -> Iterator[Node]:
    """a b -> a + b: a sum for the product along a path."""
    if isinstance(node, s.Times) and scope.role == VALUE and not any(map(number_of, node.factors)):
        for k in range(len(node.factors) - 1):
            pair = s.Plus(node.factors[k : k + 2])
            rest = (*node.factors[:k], pair, *node.factors[k + 2 :])
            yield pair if len(rest) == 1 else replace(node, factors=rest, signs=node.signs[:k] + node.signs[k + 1 :])


def scope_of_bracket(node: Node, scope: Scope) -> Iterator[Node]:
    """a (b + c) -> a b + c; (b + c)/a -> b + c/a; (a b)^n -> a b^n; -(a + b) -> -a + b."""
    if scope.role != VALUE:
        return
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, s.Plus):
                parts = [
                    replace(node, factors=(*node.factors[:k], one, *node.factors[k + 1 :])) for one in factor.terms
                ]
                yield s.Plus((parts[0], *factor.terms[1:]))
                if len(factor.terms) == 2:
                    yield s.Plus((factor.terms[0], parts[1]))
    if isinstance(node, s.Divide) and isinstance(node.top, s.Plus):
        yield s.Plus((*node.top.terms[:-1], replace(node, top=node.top.terms[-1])))
    if isinstance(node, s.Divide) and isinstance(node.bottom, s.Plus):
        first, *rest = node.bottom.terms
        yield s.Plus((replace(node, bottom=first), *rest))
    if isinstance(node, s.Power) and isinstance(node.of, s.Times):
        last = replace(node, of=node.of.factors[-1])
        yield replace(node.of, factors=(*node.of.factors[:-1], last))
    if isinstance(node, s.Minus) and isinstance(node.of, s.Plus):
        first, *rest = node.of.terms
        yield s.Plus((negative(first), *rest))


def bracket_closed(node: Node, scope: Scope) -> Iterator[Node]:
    """a b + c -> a (b + c): the other way round."""
    if isinstance(node, s.Plus) and scope.role == VALUE:
        for k, term in enumerate(node.terms):
            rest = (*node.terms[:k], *node.terms[k + 1 :])
            if isinstance(term, s.Times):
                yield product(*term.factors[:-1], s.Plus((term.factors[-1], *rest)))
            if isinstance(term, s.Minus):
                yield s.Minus(s.Plus((term.of, *rest)))
            if isinstance(term, s.Divide):
                yield replace(term, top=s.Plus((*rest, term.top)))
            if isinstance(term, s.BigOperator):
                yield replace(term, body=s.Plus((term.body, *rest)))


# --- functions --------------------------------------------------------------------------------------------------------


def slope_undone(node: Node, scope: Scope) -> Iterator[Node]:
    """g'(a) -> g(a)."""
    if isinstance(node, s.Call) and node.primes:
        yield replace(node, primes=node.primes - 1)


def slope_done(node: Node, scope: Scope) -> Iterator[Node]:
    """g(a) -> g'(a)."""
    if isinstance(node, s.Call):
        yield replace(node, primes=node.primes + 1)


def other_activation(node: Node, scope: Scope) -> Iterator[Node]:
    """u (1 - u) -> 1 - u^2."""
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            for n, one in enumerate(node.factors):
                if n != k and _is_rest(factor, one):
                    kept = [f for m, f in enumerate(node.factors) if m not in (k, n)]
                    yield product(*kept, s.Plus((ONE, s.Minus(s.Power(one, TWO)))))


def _is_rest(node: Node, of: Node) -> bool:
    """Whether a node is 1 - of."""
    return isinstance(node, s.Plus) and node.terms == (ONE, s.Minus(of))


def square_kept(node: Node, scope: Scope) -> Iterator[Node]:
    """2 u -> u^2: the square is not differentiated. Also 2 a - 2 b -> (a - b)^2."""
    if scope.role != VALUE:
        return
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            if factor == TWO:
                rest = [f for n, f in enumerate(node.factors) if n != k]
                for n, one in enumerate(rest):
                    if not isinstance(one, s.PartialDerivative | s.BigOperator):
                        yield product(*rest[:n], s.Power(one, TWO), *rest[n + 1 :])
    if isinstance(node, s.Plus):
        halves = [_halved(t) for t in node.terms]
        if all(h is not None for h in halves):
            yield s.Power(s.Plus(tuple(h for h in halves if h is not None)), TWO)


def square_done(node: Node, scope: Scope) -> Iterator[Node]:
    """u^2 -> 2 u."""
    if isinstance(node, s.Power) and node.exponent == TWO and scope.role == VALUE:
        yield product(TWO, node.of)


def function_kept(node: Node, scope: Scope) -> Iterator[Node]:
    """A name under a function that the definitions take: log P for P; a/P -> a log P."""
    if scope.role != VALUE:
        return
    for function, names in scope.words.functions.items():
        if function not in ("log", "exp", "sqrt"):
            continue
        if isinstance(node, s.Reference) and node.code in names:
            yield s.Call(function, (node,))
        below = node.bottom if isinstance(node, s.Divide) else None
        if function == "log" and isinstance(node, s.Divide) and isinstance(below, s.Reference) and below.code in names:
            yield product(node.top, s.Call(function, (below,)))


def function_dropped(node: Node, scope: Scope) -> Iterator[Node]:
    """log P -> P, and its derivative 1/P."""
    if isinstance(node, s.Call) and node.function in ("log", "exp") and not node.primes and scope.role != INDEX:
        yield node.arguments[0]
        if node.function == "log":
            yield s.Divide(ONE, node.arguments[0])
