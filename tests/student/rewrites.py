"""Value-preserving rewritings of a syntax tree: each row is a law of algebra, applied at one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import wraps

from symgrad.explain.notation import Notation
from symgrad.read import syntax as s
from symgrad.read.parse import parse
from symgrad.student.scan import free_indices
from symgrad.student.slips import HALF, ONE, TWO, exponent_of, negative, number_of, product, raised, without
from symgrad.student.spots import EXPONENT, VALUE, Scope, renamed
from symgrad.student.swaps import is_whole

Node = s.Node
LETTERS = ("l", "r", "t", "u", "s", "q", "v", "a", "c", "d")


def is_scalar(node: Node, scope: Scope) -> bool:
    """Whether nothing in a factor stands without its indices."""
    if is_whole(node, scope) or isinstance(node, s.Ones | s.Diagonal | s.Transpose | s.Hadamard):
        return False
    if isinstance(node, s.Reference | s.Number):
        return True
    if isinstance(node, s.PartialDerivative):
        return is_scalar(node.by, scope)
    return all(is_scalar(c, scope) for c in s.children(node) if not isinstance(c, s.Bound))


def fresh(node: Node, scope: Scope) -> str:
    """A letter that stands for nothing yet."""
    used = {n.code for n in names_in(node)} | set(scope.bound)
    words = scope.words.names
    free = [c for c in LETTERS if c not in words.by_code and c not in words.table and c not in used]
    return free[0] if free else ""


def names_in(node: Node | s.Bound) -> Iterator[s.Reference]:
    if isinstance(node, s.Reference):
        yield node
    for child in s.children(node):  # type: ignore[arg-type]
        yield from names_in(child)


def value(change: Callable[[Node, Scope], Iterator[Node]]) -> Callable[[Node, Scope], Iterator[Node]]:
    """A law that is applied where values stand, not in indices."""

    @wraps(change)
    def law(node: Node, scope: Scope) -> Iterator[Node]:
        return change(node, scope) if scope.role == VALUE else iter(())

    return law


def factors_turned(node: Node, scope: Scope) -> Iterator[Node]:
    """a b = b a"""
    if isinstance(node, s.Times):
        for k in range(len(node.factors) - 1):
            if any(is_scalar(f, scope) for f in node.factors[k : k + 2]):
                turned = list(node.factors)
                turned[k], turned[k + 1] = turned[k + 1], turned[k]
                yield replace(node, factors=tuple(turned))
    if isinstance(node, s.Hadamard):
        yield replace(node, left=node.right, right=node.left)


def terms_turned(node: Node, scope: Scope) -> Iterator[Node]:
    """a + b = b + a"""
    if isinstance(node, s.Plus):
        yield replace(node, terms=node.terms[::-1])
        yield replace(node, terms=(*node.terms[1:], node.terms[0]))


def divided(node: Node, scope: Scope) -> Iterator[Node]:
    """a/b = a (1/b) = a b^-1"""
    if isinstance(node, s.Divide) and number_of(node) is None and is_scalar(node.bottom, scope):
        if node.top != ONE:
            yield product(node.top, s.Divide(ONE, node.bottom))
        yield product(node.top, s.Power(node.bottom, s.Minus(ONE)))
        base, own = exponent_of(node.bottom)
        if own != 1:
            shown = raised(base, own)
            power = shown.exponent if isinstance(shown, s.Power) else HALF
            yield product(node.top, s.Power(base, s.Minus(power)))


def over_one(node: Node, scope: Scope) -> Iterator[Node]:
    """(a/b) c = a c/b"""
    if isinstance(node, s.Times):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, s.Divide) and number_of(factor) is None and is_scalar(factor.bottom, scope):
                rest = [f for n, f in enumerate(node.factors) if n != k]
                if all(is_scalar(f, scope) for f in rest):
                    top = [*rest] if factor.top == ONE else [factor.top, *rest]
                    yield s.Divide(product(*top), factor.bottom)


def powers(node: Node, scope: Scope) -> Iterator[Node]:
    """sqrt(a)^3 = a sqrt(a) = a^(3/2) = sqrt(a^3); a^2 = a a"""
    if not isinstance(node, s.Power | s.Root) or not is_scalar(node, scope):
        return
    base, own = exponent_of(node)
    if own == Fraction(1, 2):
        yield s.Power(base, HALF)
        yield s.Power(base, s.Number("0.5"))
        yield s.Divide(base, s.Root(base))
    if own == Fraction(3, 2):
        yield product(base, s.Root(base))
        yield s.Power(s.Root(base), s.Number("3"))
        yield s.Root(s.Power(base, s.Number("3")))
        yield s.Power(base, s.Number("1.5"))
    if own == 2:
        yield product(base, base)


def squared(node: Node, scope: Scope) -> Iterator[Node]:
    """a a = a^2"""
    if isinstance(node, s.Times) and is_scalar(node, scope):
        for k, factor in enumerate(node.factors[:-1]):
            if factor == node.factors[k + 1]:
                yield product(*node.factors[:k], s.Power(factor, TWO), *node.factors[k + 2 :])


def decimals(node: Node, scope: Scope) -> Iterator[Node]:
    """1/2 = 0.5; 2 = 2.0; a/2 = 0.5 a"""
    if scope.role not in (VALUE, EXPONENT):
        return
    if node == HALF:
        yield s.Number("0.5")
    elif isinstance(node, s.Divide) and node.bottom == TWO:
        yield product(s.Number("0.5"), node.top)
    elif isinstance(node, s.Number) and node.value.denominator == 1 and "." not in node.text:
        yield s.Number(node.text + ".0")
    elif isinstance(node, s.Divide) and isinstance(node.bottom, s.Times) and node.bottom.factors[0] == TWO:
        yield product(HALF, s.Divide(node.top, without(node.bottom, 0)))


def signs(node: Node, scope: Scope) -> Iterator[Node]:
    """-a = (-1) a; a - b = -(b - a); -(a b) = (-a) b; a = --a"""
    if isinstance(node, s.Minus):
        yield product(s.Minus(ONE), node.of)
        if isinstance(node.of, s.Times):
            first, *rest = node.of.factors
            yield replace(node.of, factors=(s.Minus(first), *rest))
        if isinstance(node.of, s.Divide):
            yield replace(node.of, top=s.Minus(node.of.top))
        if isinstance(node.of, s.BigOperator) and node.of.operator == "sum":
            yield replace(node.of, body=s.Minus(node.of.body))
    if isinstance(node, s.Plus):
        turned = tuple(map(negative, node.terms))
        yield s.Minus(replace(node, terms=turned))


def distributed(node: Node, scope: Scope) -> Iterator[Node]:
    """a (b + c) = a b + a c"""
    if isinstance(node, s.Times) and is_scalar(node, scope):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, s.Plus):
                terms = []
                for term in factor.terms:
                    inner = term.of if isinstance(term, s.Minus) else term
                    one = replace(node, factors=(*node.factors[:k], inner, *node.factors[k + 1 :]))
                    terms.append(s.Minus(one) if isinstance(term, s.Minus) else one)
                yield s.Plus(tuple(terms))


def sum_split(node: Node, scope: Scope) -> Iterator[Node]:
    """sum (a + b) = sum a + sum b"""
    if isinstance(node, s.BigOperator) and node.operator == "sum" and isinstance(node.body, s.Plus):
        terms = []
        for term in node.body.terms:
            one = replace(node, body=term.of if isinstance(term, s.Minus) else term)
            terms.append(s.Minus(one) if isinstance(term, s.Minus) else one)
        yield s.Plus(tuple(terms))


def into_sum(node: Node, scope: Scope) -> Iterator[Node]:
    """a sum_i b_i = sum_i a b_i"""
    if isinstance(node, s.Times) and is_scalar(node, scope):
        for k, factor in enumerate(node.factors):
            if isinstance(factor, s.BigOperator) and factor.operator == "sum" and len(factor.bounds) == 1:
                rest = [f for n, f in enumerate(node.factors) if n != k]
                old = factor.bounds[0].name
                if any(free_indices(f, frozenset((old,))) for f in rest):
                    continue
                yield replace(factor, body=product(*rest, factor.body))


def out_of_sum(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a b_i = a sum_i b_i"""
    if isinstance(node, s.BigOperator) and node.operator == "sum" and isinstance(node.body, s.Times):
        names = frozenset(one.name for one in node.bounds)
        for k, factor in enumerate(node.body.factors):
            if not free_indices(factor, names):
                yield product(factor, replace(node, body=without(node.body, k)))


def bound_renamed(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a_i = sum_l a_l"""
    if isinstance(node, s.BigOperator):
        new = fresh(node, scope)
        for k, one in enumerate(node.bounds):
            plain = one.lower is not None and one.upper is not None
            if new and plain:
                bounds = (*node.bounds[:k], replace(one, name=new), *node.bounds[k + 1 :])
                yield replace(node, bounds=bounds, body=renamed(node.body, one.name, new))


def rebased(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_{i=a}^{b} x_i = sum_{i=a+1}^{b+1} x_{i-1} = sum_{i=a}^{b} x_{a+b-i}"""
    if not isinstance(node, s.BigOperator):
        return
    for k, one in enumerate(node.bounds):
        if one.lower is None or one.upper is None:
            continue
        here = s.Reference(one.name)
        for by, back in ((ONE, s.Minus(ONE)), (s.Minus(ONE), ONE)):
            moved = replace(one, lower=_sum(one.lower, by), upper=_sum(one.upper, by))
            body = substituted(node.body, one.name, _sum(here, back))
            yield replace(node, bounds=(*node.bounds[:k], moved, *node.bounds[k + 1 :]), body=body)
        simple = isinstance(one.lower, s.Number) and not isinstance(one.upper, s.Call)
        if simple:
            turned = s.Plus((*_terms(one.upper), *_terms(one.lower), s.Minus(here)))
            yield replace(node, body=substituted(node.body, one.name, turned))


def _terms(node: Node) -> tuple[Node, ...]:
    if isinstance(node, s.Plus):
        return node.terms
    return () if node == s.Number("0") else (node,)


def _sum(node: Node, by: Node) -> Node:
    if isinstance(node, s.Number):
        value = node.value + (number_of(by) or 0)
        return s.Number(str(value)) if value >= 0 else s.Minus(s.Number(str(-value)))
    if isinstance(node, s.Plus) and node.terms[-1] == negative(by):
        return node.terms[0] if len(node.terms) == 2 else s.Plus(node.terms[:-1])
    return s.Plus((*_terms(node), by))


def substituted(node: Node, name: str, new: Node) -> Node:
    """The tree with an index expression for an index."""
    marked = renamed(node, name, "~")
    return _put(marked, new)


def _put(node: Node, new: Node) -> Node:
    if isinstance(node, s.Reference) and node.code == "~":
        return new
    if isinstance(node, s.Plus):
        terms: list[Node] = []
        for term in node.terms:
            found = _put(term, new)
            minus = isinstance(term, s.Minus) and isinstance(found, s.Minus) and isinstance(found.of, s.Plus)
            if minus and isinstance(found, s.Minus) and isinstance(found.of, s.Plus):
                terms += [negative(t) for t in found.of.terms]
            else:
                terms += found.terms if isinstance(found, s.Plus) else (found,)
        return s.Plus(tuple(terms))
    from symgrad.student.spots import _below  # every child, bounds left alone

    words = None
    for child, rebuild, _ in list(_below(node, Scope(words))):  # type: ignore[arg-type]
        found = _put(child, new)
        if found is not child and found != child:
            return _put(rebuild(found), new)
    if isinstance(node, s.BigOperator):
        bounds = tuple(
            replace(
                one,
                lower=_put(one.lower, new) if one.lower is not None else None,
                upper=_put(one.upper, new) if one.upper is not None else None,
            )
            for one in node.bounds
        )
        return replace(node, bounds=bounds)
    return node


def sums_joined(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i sum_j a = sum_{i,j} a = sum_j sum_i a"""
    inner = node.body if isinstance(node, s.BigOperator) else None
    if not isinstance(node, s.BigOperator) or not isinstance(inner, s.BigOperator):
        return
    if node.operator == inner.operator == "sum" and not inner.conditions:
        names = frozenset(one.name for one in node.bounds)
        ends = [e for one in inner.bounds for e in (one.lower, one.upper) if e is not None]
        if not any(free_indices(e, names) for e in ends):
            yield replace(inner, body=replace(node, body=inner.body))
            plain = [*node.bounds, *inner.bounds]
            if all(_is_declared(one, scope) for one in plain):
                bounds = tuple(s.Bound(one.name) for one in plain)
                yield replace(node, bounds=bounds, body=inner.body)


def _is_declared(one: s.Bound, scope: Scope) -> bool:
    """Whether a bound has the range that its letter is declared with."""
    index = scope.words.model.indices.get(one.name)
    if index is None or one.lower is None or one.upper is None:
        return False
    notation = Notation(scope.words.model)
    names = scope.words.names
    ends = {parse(notation.index_text(index.start), names)}
    tops = {parse(notation.index_text(e + _index(one.name)), names) for e in index.limits}
    return one.lower in ends and one.upper in tops


def _index(name: str):
    from symgrad.algebra.index import Affine

    return Affine.name(name)


def range_left_out(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_{i=1}^{m} a_i = sum_i a_i, where i is declared so"""
    if isinstance(node, s.BigOperator) and all(_is_declared(one, scope) for one in node.bounds):
        yield replace(node, bounds=tuple(s.Bound(one.name) for one in node.bounds))


def dotted(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_{i=1}^{m} a_i = a_1 + ... + a_m"""
    if isinstance(node, s.BigOperator) and node.operator == "sum" and len(node.bounds) == 1:
        (one,) = node.bounds
        plain = isinstance(one.lower, s.Number) and isinstance(one.upper, s.Reference)
        if plain and not any(isinstance(n, s.BigOperator) for n in every(node.body)):
            first, last = (substituted(node.body, one.name, end) for end in (one.lower, one.upper))
            second = substituted(node.body, one.name, s.Number("2"))
            if not isinstance(node.body, s.Plus | s.Minus):
                yield s.Plus((first, second, s.Dots(), last))


def every(node: Node) -> Iterator[Node]:
    yield node
    for child in s.children(node):
        if not isinstance(child, s.Bound):
            yield from every(child)


def common_bottom(node: Node, scope: Scope) -> Iterator[Node]:
    """a + b = (a c + b c)/c"""
    if isinstance(node, s.Plus) and is_scalar(node, scope):
        for code in (*scope.words.sizes[:1], "2"):
            c = s.Number(code) if code == "2" else s.Reference(code)
            terms = []
            for term in node.terms:
                one = product(c, term.of if isinstance(term, s.Minus) else term)
                terms.append(s.Minus(one) if isinstance(term, s.Minus) else one)
            yield s.Divide(s.Plus(tuple(terms)), c)


def neutral(node: Node, scope: Scope) -> Iterator[Node]:
    """a = a 1 = a + 0"""
    if scope.parent is None and is_scalar(node, scope):
        yield product(node, ONE)
        yield s.Plus((node, s.Number("0")))


def conditions(node: Node, scope: Scope) -> Iterator[Node]:
    """delta_ij = [i = j] = 1 if i = j, else 0; ReLU'(a) = [a > 0]"""
    if isinstance(node, s.Delta):
        same = s.Relation((node.left, node.right), ("=",))
        yield s.Iverson(same)
        yield s.Cases(((ONE, same), (s.Number("0"), None)))
        yield s.Delta(node.right, node.left)
    if isinstance(node, s.Call) and node.primes == 1 and node.function in ("relu", "ReLU"):
        open_ = s.Relation((node.arguments[0], s.Number("0")), (">",))
        yield s.Iverson(open_)
        if is_scalar(node, scope):
            yield s.Cases(((ONE, open_), (s.Number("0"), None)))
            yield s.Call("heaviside", node.arguments)


def functions(node: Node, scope: Scope) -> Iterator[Node]:
    """exp(-a) = 1/exp(a); exp(a) = exp(a/2)^2"""
    if isinstance(node, s.Call) and node.function == "exp" and not node.primes:
        (a,) = node.arguments
        yield s.Divide(ONE, s.Call("exp", (negative(a),)))
        yield s.Power(s.Call("exp", (s.Divide(a, TWO),)), TWO)


def transposed(node: Node, scope: Scope) -> Iterator[Node]:
    """A B = (B^T A^T)^T; A = A^T^T; u o v = diag(u) v"""
    if isinstance(node, s.Times) and len(node.factors) == 2 and all(is_whole(f, scope) for f in node.factors):
        a, b = (f.of if isinstance(f, s.Transpose) else s.Transpose(f) for f in node.factors)
        yield s.Transpose(replace(node, factors=(b, a)))
    turned = isinstance(node, s.Transpose) or isinstance(scope.parent, s.Transpose | s.PartialDerivative)
    if is_whole(node, scope) and scope.role == VALUE and not turned:
        yield s.Transpose(s.Transpose(node))
    if isinstance(node, s.Hadamard):
        for u, v in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(u, s.Transpose) and not isinstance(v, s.Transpose | s.Times):
                yield s.Times((s.Diagonal(u), v), ("",))


REWRITES: tuple[Callable[[Node, Scope], Iterator[Node]], ...] = (
    *map(
        value,
        (
            factors_turned,
            terms_turned,
            divided,
            over_one,
            powers,
            squared,
            signs,
            distributed,
            sum_split,
            into_sum,
            out_of_sum,
            bound_renamed,
            rebased,
            sums_joined,
            range_left_out,
            common_bottom,
            dotted,
            neutral,
            conditions,
            functions,
            transposed,
        ),
    ),
    decimals,
)
