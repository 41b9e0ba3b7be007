"""Rules from definitions: every definition (and fact) read from right to left, in all the ways that are sound.

One law stands behind all of them: `left = right` may be solved for a product of its factors or for one of its terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from fractions import Fraction
from itertools import chain

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.match import Equation, rewrite
from symgrad.algebra.normal import ONE, bind, build, content, guarded, lone, power, replace, scale, times
from symgrad.algebra.recast import Order, Recast, spelled
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, Term, Value
from symgrad.check.symmetry import stated
from symgrad.declare.model import Fact, Model, Tensor
from symgrad.derive.adjoint import guards, within

MIRRORED: dict[str, Callable[[Poly], Poly]] = {  # f(-u) by f(u)
    "sigmoid": lambda s: ONE - s,
    "exp": lambda e: power(e, -1),
}
KINDS: dict[str, str] = {
    "whole": "the right side of a definition is its name",
    "factor": "a definition that is a product, solved for one factor",
    "product": "the factors of a definition that is a product, found together",
    "term": "a definition that is a sum, solved for one term",
    "inner": "a definition that is a power of a sum, solved for one term of the sum",
    "mirrored": "a definition that is sigmoid(u) or exp(u) says what the function is at -u",
}


@dataclass(frozen=True)
class Rule:
    """One way to read a definition or fact: `equation` with the name it comes from and the way it is solved."""

    kind: str
    source: str
    equation: Equation
    is_fact: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.source}"


class Rulebook:
    """Rules in order, found by the names that must all occur where they apply, or by what they come from.

    Each rule is kept with the one of its names that the fewest rules have: so a look at a few names sees few rules,
    however deep the network.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.by_source: dict[str, list[Rule]] = {}
        self._kept: dict[str, list[int]] = {}
        often = Counter(name for rule in self.rules for name in rule.equation.tensors)
        for number, rule in enumerate(self.rules):
            self.by_source.setdefault(rule.source, []).append(rule)
            rarest = min(sorted(rule.equation.tensors), key=lambda name: often[name])
            self._kept.setdefault(rarest, []).append(number)

    def numbers(self, names: frozenset[str]) -> list[int]:
        """The numbers of the rules of which all names are among these."""
        near = (n for name in names if name in self._kept for n in self._kept[name])
        return sorted(n for n in near if self.rules[n].equation.tensors <= names)

    def within(self, names: frozenset[str]) -> list[Rule]:
        return [self.rules[n] for n in self.numbers(names)]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)


def rules_from(model: Model) -> tuple[Rule, ...]:
    """All rules of a model, definitions first; those of a definition that is like one before are said in its names."""
    order, known = Order(model.functions), {}  # type: tuple[Order, dict[tuple, tuple[tuple[str, ...], list[Rule]]]]
    found = [_like_before(model, t, order, known) for t in model.definitions]
    found += [_inverse_rules(model, t) for t in model.tensors.values() if t.matrix[:1] == ("inverse",)]
    facts = [(n + 1, fact) for n, fact in enumerate(model.facts) if stated(model, fact) is None]
    whole = [r.equation for rules in found for r in rules if r.kind == "whole"]
    found += [_fact_rules(model, said, f"fact {n}") for n, fact in facts for said in _ways(model, fact, whole)]
    return tuple(chain.from_iterable(found))


def _ways(model: Model, fact: Fact, definitions: list[Equation]) -> Iterator[Fact]:
    """A fact as it was said, and in the names of definitions: a = S w^2 and S w^2 = 1 give a = 1."""
    yield fact
    context = model.context(fact.free)
    for equation in definitions:
        left = rewrite(fact.left, equation, context, deep=False)
        if left is not fact.left and left.names >= frozenset(fact.free):
            yield replaced(fact, left=left)


def _like_before(
    model: Model, tensor: Tensor, order: Order, known: dict[tuple, tuple[tuple[str, ...], list[Rule]]]
) -> list[Rule]:
    key, names = definition_shape(model, tensor, order)
    if key not in known:
        known[key] = names, _definition_rules(model, tensor)
        return known[key][1]
    theirs, rules = known[key]
    say = Recast(dict(zip(theirs, names, strict=True)))
    return [in_names(rule, say) for rule in rules]


def definition_shape(
    model: Model, tensor: Tensor, order: Order, more: tuple[str, ...] = ()
) -> tuple[tuple, tuple[str, ...]]:
    """A definition but for the names in it, with what is declared of them, and the names; `more` only take part in
    their order."""
    assert tensor.poly is not None
    text, inner = spelled(tensor.poly.key)
    names = (*inner, tensor.name)
    seen = tuple((t.sign, t.axes, guards(t.poly) if t.poly else ()) for t in map(model.tensors.__getitem__, names))
    return (text, seen, order.ranks((*names, *more))), (*names, *more)


def in_names(rule: Rule, say: Recast) -> Rule:
    return replaced(rule, source=say.text(rule.source), equation=equation_in_names(rule.equation, say))


def equation_in_names(equation: Equation, say: Recast) -> Equation:
    factors = tuple((say.atom(a), p) for a, p in equation.factors)
    return Equation(factors, say.poly(equation.value), equation.variables, equation.ranges, equation.spread)


def _definition_rules(model: Model, tensor: Tensor) -> list[Rule]:
    """As the author wrote it, multiplied out, and with its sums only over where what is in them can differ from 0."""
    assert tensor.poly is not None
    masked = contract(within(tensor.poly, model), model.context(tensor.axes))
    bodies = dict.fromkeys((tensor.poly, expand(tensor.poly), masked))
    return [r for body in bodies for r in _rules(model, body, lone(tensor.entry), tensor.axes, tensor.name, False)]


def _inverse_rules(model: Model, tensor: Tensor) -> list[Rule]:
    """Law: S_j (A^-1)_ij A_jk = [i = k], and the same from the other side."""
    matrix = model.tensors[tensor.matrix[1]]
    (first, second), here = tensor.axes, model.indices[tensor.axes[0]].limits
    i, k, j = Affine.name(first), Affine.name(second), Affine.name("*")
    ranges = (*model.indices[first].limits, *model.indices[second].limits)
    within = [Limit("ge", e.put({first: j})) for e in here]
    rules = []
    for one, two in ((tensor, matrix), (matrix, tensor)):
        product = bind(times(lone(one.at((i, j))), lone(two.at((j, k)))), ["*"], within)
        unit = guarded(ONE, [Limit("eq", i - k)])
        equation = Equation(((Base(product), Fraction(1)),), unit, (first, second), ranges)
        rules.append(Rule("whole", tensor.name, equation))
    return rules


def _fact_rules(model: Model, fact: Fact, label: str) -> list[Rule]:
    return _rules(model, fact.left, fact.right, fact.free, label, True)


def _rules(
    model: Model,
    right: Poly,
    name: Poly,
    variables: tuple[str, ...],
    source: str,
    is_fact: bool,
    where: tuple[Affine, ...] = (),
) -> list[Rule]:
    """Rules of `right = name`, where `name` is what shall stand in the answer; they hold where `where` is >= 0."""
    ranges = (*(limit for v in variables for limit in model.indices[v].limits), *where)
    rules: list[Rule] = []

    def add(kind: str, factors: tuple[tuple[Atom, Fraction], ...], value: Poly, spread: bool = False) -> None:
        usable = all(frozenset(variables) <= a.names for a, _ in factors[:1]) and any(a.tensors for a, _ in factors)
        if usable:
            rules.append(Rule(kind, source, Equation(factors, value, variables, ranges, spread), is_fact))

    term = right.sole
    if term is not None and term.limits and not term.bound and all(x.kind == "ge" for x in term.limits):
        bare = Term(term.coefficient, term.factors, (), ())  # where its condition holds, a definition is its product
        rules += _rules(model, Poly((bare,)), name, variables, source, is_fact, tuple(x.of for x in term.limits))
    if term is None:
        if right:
            size = content(right)
            add("whole", ((Base(scale(right, 1 / size)), Fraction(1)),), scale(name, 1 / size))
            for kind, factors, value in _solved_for_terms(right, name):
                add(kind, factors, value, True)
        return rules
    for factor, exponent in _factors(term):
        rest = build(term.coefficient, [f for f in _factors(term) if f[0] != factor])
        kind = "whole" if rest.number is not None else "factor"
        add(kind, ((factor, exponent),), times(name, power(rest, -1)))
        if isinstance(factor, Head) and factor.function in MIRRORED and rest == ONE:
            mirrored = Head(factor.function, [-factor.arguments[0]])
            add("mirrored", ((mirrored, exponent),), MIRRORED[factor.function](name))
        if isinstance(factor, Base) and len(factor.poly.terms) > 1 and abs(exponent) == 1:
            inner = power(times(name, power(rest, -1)), 1 / exponent)
            for _, factors, value in _solved_for_terms(factor.poly, inner):
                add("inner", factors, value, True)
    several = tuple(f for f in _factors(term) if not isinstance(f[0], Value))
    if len(several) > 1:
        rest = build(term.coefficient, [f for f in _factors(term) if f not in several])
        lead = sorted(several, key=lambda f: (-len(f[0].names.intersection(variables)), f[0].key))
        add("product", tuple(lead), times(name, power(rest, -1)))
    return rules


def _factors(term: Term) -> list[tuple[Atom, Fraction]]:
    """The factors of a term; a pure sum is one factor."""
    if term.bound or term.limits:
        return [(Base(Poly((Term(Fraction(1), term.factors, term.bound, term.limits),))), Fraction(1))]
    return list(term.factors)


def _solved_for_terms(right: Poly, name: Poly) -> list[tuple[str, tuple[tuple[Atom, Fraction], ...], Poly]]:
    """Law: a + b = D gives a = D - b."""
    found = []
    for term in right.terms:
        others = Poly(t for t in right.terms if t is not term)
        factors = tuple(sorted(_factors(term), key=lambda f: (-len(f[0].names), f[0].key)))
        if factors:
            found.append(("term", factors, scale(name - others, 1 / term.coefficient)))
    return found


def inline(poly: Poly, model: Model, names: frozenset[str]) -> Poly:
    """The given definitions replaced by their right sides, once."""

    def change(atom: Atom) -> Poly | None:
        if isinstance(atom, Ref) and atom.name in names:
            return model.tensors[atom.name].body(atom.indices)
        return None

    return replace(poly, change) if poly.tensors & names else poly
