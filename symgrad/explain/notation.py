"""From normal forms to layout: names as the user displays them, fractions and roots, an order of terms people write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction as Rational

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import put, renamed
from symgrad.algebra.ranges import arrange
from symgrad.algebra.records import Atom, Base, Head, Poly, Reduction, Ref, Term, Value, walk
from symgrad.algebra.repeated import equal_factors
from symgrad.declare.model import Model, Tensor
from symgrad.declare.naming import in_order, name_bound
from symgrad.explain.layout import (
    BigOperator,
    Call,
    Cases,
    Fraction,
    Layout,
    Name,
    Number,
    Partial,
    Plus,
    Power,
    Product,
    Relation,
    Root,
    Tuple,
)
from symgrad.explain.spelling import function_latex, functions, raised, template, word

GRADIENTS = ("upstream", "adjoint", "partial")
SHORT_GREEK = ("mu", "nu", "pi", "xi")  # that letters of indices may spell
SIGNS = {"ge": ">=", "eq": "=", "ne": "!="}


class Notation:
    """Writes polys of one model as layout trees."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.order = {name: n for n, name in enumerate(model.tensors)}
        self._functions = functions(model)
        self.let = frozenset(model.let.values())  # gradients that are shown by names of their own

    # --- names and indices

    def index_text(self, index: Affine) -> str:
        """An index expression in LaTeX, without spaces: `i+k_1`, `2i-1`."""
        parts: list[str] = []
        for monomial, c in _index_order(index, self.model):
            body = " ".join(self.index_name(n) for n in _monomial(monomial, self.model))
            size = str(abs(c)) if not body else body if abs(c) == 1 else f"{abs(c)}{body}"
            parts.append(("-" if c < 0 else "+" if parts else "") + size)
        return "".join(parts) or "0"

    def index_code(self, index: Affine) -> str:
        """An index expression in plain text: `p - k1`."""
        parts: list[str] = []
        for monomial, c in _index_order(index, self.model):
            body = "*".join(_monomial(monomial, self.model))
            size = str(abs(c)) if not body else body if abs(c) == 1 else f"{abs(c)}*{body}"
            parts.append(("-" if c < 0 else "") + size if not parts else (" - " if c < 0 else " + ") + size)
        return "".join(parts) or "0"

    def index_name(self, name: str) -> str:
        shown = self.model.sizes.get(name) or (self.model.indices[name].shown if name in self.model.indices else "")
        return shown or word(name)

    def index(self, index: Affine) -> Layout:
        """An index expression as a formula."""
        terms = []
        for monomial, c in _index_order(index, self.model):
            names = [Name(self.index_name(n), n) for n in _monomial(monomial, self.model)]
            factors = ([Number(str(abs(c)))] if abs(c) != 1 or not names else []) + names
            terms.append((1 if c > 0 else -1, _product(factors)))
        return plus(terms)

    def entry(self, tensor: Tensor, indices: Iterable[Affine]) -> Layout:
        """A declared name at indices, or a gradient shown as a partial derivative."""
        indices = tuple(indices)
        if tensor.kind in GRADIENTS and tensor.name not in self.let:
            top, bottom = (self.model.tensors[n] for n in tensor.of)
            split = len(top.axes) if tensor.kind != "upstream" else 0
            return Partial(self.entry(top, indices[:split]), self.entry(bottom, indices[split:]))
        shown = template(tensor)
        texts = [self.index_text(a) for a in indices]
        letters = "".join(t if len(t) == 1 else " " for t in texts)
        plain_letters = "[#]" not in shown and all(re.fullmatch(r"[a-z]|\\[a-z]+|[a-z]_\d", t) for t in texts)
        plain_letters = plain_letters and not any(w in letters for w in SHORT_GREEK)  # kpi is k, p, i
        joined = (
            (" " if any(len(t) > 1 for t in texts) else "").join(texts)
            if plain_letters
            else ", ".join(texts)
            if "[#]" in shown
            else ",".join(texts)
        )
        latex = re.sub(r"_#", lambda _: f"_{{{joined}}}", shown).replace("#", joined)
        code = f"{tensor.name}[{', '.join(self.index_code(a) for a in indices)}]" if indices else tensor.name
        return Name(latex, code, raised(latex))

    def definition(self, tensor: Tensor) -> Layout:
        """The right side of a definition, with the bound names of its author."""
        if tensor.poly is not None:
            return self.poly(tensor.poly, tensor.axes, tensor.bound)
        function, name, _ = tensor.matrix
        whole = Name(template(self.model.tensors[name]).replace("_#", "").replace("[#]", ""), name)
        if function == "inverse":
            at = " ".join(self.index_text(a) for a in tensor.entry.indices)
            return Name(rf"\left({whole.latex}^{{-1}}\right)_{{{at}}}", f"inv({name})[{at}]")
        if function == "logdet":
            return Call(r"\log", "log", (Call(r"\operatorname{abs}", "abs", (Call(r"\det", "det", (whole,)),)),))
        return Call(r"\det", "det", (whole,))

    # --- polys

    def poly(self, poly: Poly, taken: Iterable[str] = (), wished: Iterable[str] = ()) -> Layout:
        """A poly as a formula; `taken` are index names that stand for something outside, `wished` bound names."""
        names = frozenset(taken) | poly.names
        term = poly.sole
        if term is not None and not term.bound and _conditions(term):
            return self._cases(term, names, tuple(wished))
        if term is not None and term.coefficient < 0:
            poly = _turned(poly)
        ordered = sorted(poly.terms, key=self._term_rank)
        return plus([(1 if t.coefficient > 0 else -1, self._term(t, names, tuple(wished))) for t in ordered])

    def _cases(self, term: Term, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        conditions = _conditions(term)
        body = Poly((Term(term.coefficient, term.factors, (), tuple(x for x in term.limits if x not in conditions)),))
        relations = self._chains(conditions)
        return Cases(((self.poly(body, taken, wished), _joined(relations)), (Number("0"), None)))

    def relation(self, limit: Limit) -> Relation:
        """A condition with only positive terms on both sides: i <= j + 1."""
        right = Affine({m: -c for m, c in limit.of.terms if c < 0})
        left = limit.of + right
        if _weight(left, self.model) < _weight(right, self.model):
            return Relation((self.index(right), self.index(left)), ("<=" if limit.kind == "ge" else SIGNS[limit.kind],))
        return Relation((self.index(left), self.index(right)), (SIGNS[limit.kind],))

    def _chains(self, limits: list[Limit]) -> list[Relation]:
        """Conditions in words of mathematics: e >= 0 and c - e >= 0 together are 0 <= e <= c."""
        waiting, found = sorted(limits, key=lambda x: len(x.of.terms)), []
        while waiting:
            low = waiting.pop(0)
            for high in waiting:
                top = low.of + high.of
                if low.kind == high.kind == "ge" and top.names <= frozenset(self.model.sizes):
                    waiting.remove(high)
                    found.append(Relation((Number("0"), self.index(low.of), self.index(top)), ("<=", "<=")))
                    break
            else:
                found.append(self.relation(low))
        return found

    def _term(self, term: Term, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        if term.bound:
            size = abs(term.coefficient)
            sums = self._sum(term, taken, wished)
            return sums if size == 1 else _product([_number(size), sums])
        if _conditions(term):  # a factor is not read where its condition does not hold
            return self._cases(term.with_coefficient(abs(term.coefficient)), taken, wished)
        top: list[tuple[tuple, Layout, str]] = []
        bottom: list[tuple[tuple, Layout, str]] = []
        for atom, exponent in term.factors:
            kind = self._kind(atom, exponent)
            shown = self._power(atom, abs(exponent), taken, wished)
            (top if exponent > 0 else bottom).append((self._factor_rank(atom), shown, kind))
        for limit in term.limits:
            top.append(((5, 99, ""), self._delta(limit), "small"))
        return self._quotient(
            abs(term.coefficient), sorted(top, key=lambda f: f[0]), sorted(bottom, key=lambda f: f[0])
        )

    def _quotient(self, size: Rational, top: list, bottom: list) -> Layout:
        """Small factors over the denominator, then gradients, brackets and sums beside the fraction."""
        under = ([_number(Rational(size.denominator))] if size.denominator != 1 else []) + [f[1] for f in bottom]
        number = [_number(Rational(size.numerator))] if size.numerator != 1 else []
        if not under:
            return _product([*number, *(f[1] for f in top)])
        small = [f for f in top if f[2] == "small"]
        if not small:
            brackets = [f for f in top if f[2] == "bracket"]
            small = brackets if len(brackets) == 1 else []
        rest = [f[1] for f in top if f not in small]
        over = number + [f[1] for f in small]
        return _product([Fraction(_product(over or [Number("1")]), _product(under)), *rest])

    def _kind(self, atom: Atom, exponent: Rational) -> str:
        if isinstance(atom, Ref):
            return "gradient" if self._tensor(atom).kind in GRADIENTS else "small"
        if isinstance(atom, Base):
            if atom.poly.sole is not None and atom.poly.sole.bound:
                return "sum" if exponent == 1 else "small"
            light = len(atom.poly.terms) <= 2 and not any(_is_sum(a) for a, _ in walk(atom.poly))
            return "bracket" if light else "large"
        return "small"

    def _delta(self, limit: Limit) -> Name:
        first, second = sorted((m[0] for m, _ in limit.of.terms), key=lambda n: in_order(self.model, n))
        texts = [self.index_text(Affine.name(n)) for n in (first, second)]
        joined = (" " if any(len(t) > 1 for t in texts) else "").join(texts)
        return Name(rf"\delta_{{{joined}}}", f"delta({first}, {second})")

    def _sum(self, term: Term, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        names = name_bound(self.model, term, taken | term.names, wished)
        values = {old: Affine.name(new) for old, new in names.items()}
        body = Term(Rational(1), tuple((renamed(a, values), p) for a, p in term.factors), (), ())
        shown = self._term(body, taken | frozenset(names.values()), wished)
        return self._over("sum", self._nesting(names), [x.put(values) for x in term.limits], shown)

    def _over(self, operator: str, names: list[str], limits: list[Limit], body: Layout) -> Layout:
        """A big operator for each name, the first outermost; conditions other than ranges stand below the last."""
        free = frozenset().union(*(x.of.names for x in limits)) & self.model.indices.keys() - set(names)
        ranges, rest = arrange(names, limits, self.model.context(sorted(free)))
        for n, (name, lows, highs) in enumerate(reversed(ranges)):
            start = Relation((Name(self.index_name(name), name), self._extreme("max", lows)), ("=",))
            conditions = tuple(self.relation(x) for x in rest) if n == 0 else ()
            body = BigOperator(operator, (start, *conditions), self._extreme("min", highs), body)
        return body

    def _reduction(self, atom: Reduction, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        """A maximum, minimum or product with its range; the place of a maximum as the indicator of j = argmax."""
        count = equal_factors(atom, self.model.sizes)
        if count is not None:
            return Power(self.poly(atom.poly, taken, wished), self.index(count))
        (name,) = name_bound(self.model, atom.as_sum, taken | atom.names, wished).values()
        at = {atom.index: Affine.name(name)}
        body = self.poly(put(atom.poly, at), taken | {name}, wished)
        shown = self._over(atom.function, [name], [x.put(at) for x in atom.limits], body)
        return shown if atom.at is None else _indicator(self.index(atom.at), shown)

    def _nesting(self, names: dict[str, str]) -> list[str]:
        return sorted(names.values(), key=lambda n: in_order(self.model, n))

    def _extreme(self, which: str, bounds: list[tuple[Affine, Affine]]) -> Layout:
        rounding = ("ceil", r"\operatorname{ceil}") if which == "max" else ("floor", r"\operatorname{floor}")
        shown = []
        plain = [of.constant for of, divisor in bounds if of.is_number and divisor == Affine.number(1)]
        if plain:
            best = Affine.number(max(plain) if which == "max" else min(plain))
            bounds = [b for b in bounds if not b[0].is_number or b[1] != Affine.number(1)] + [(best, Affine.number(1))]
        for of, divisor in sorted(bounds, key=lambda b: (len(b[0].terms), str(b[0]))):
            value = self.index(of)
            if divisor != Affine.number(1):
                value = Call(rounding[1], rounding[0], (Fraction(value, self.index(divisor)),))
            shown.append(value)
        return shown[0] if len(shown) == 1 else Call("\\" + which, which, tuple(shown))

    # --- factors

    def _tensor(self, ref: Ref) -> Tensor:
        return self.model.tensors[ref.name]

    def _power(self, atom: Atom, exponent: Rational, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        body = self._atom(atom, taken, wished)
        if exponent == 1:
            return body
        if exponent == Rational(1, 2):
            return Root(body)
        shown = (
            Number(str(exponent))
            if exponent.denominator == 1
            else Fraction(_number(Rational(exponent.numerator)), _number(Rational(exponent.denominator)))
        )
        return Power(body, shown)

    def _atom(self, atom: Atom, taken: frozenset[str], wished: tuple[str, ...]) -> Layout:
        if isinstance(atom, Ref):
            return self.entry(self._tensor(atom), atom.indices)
        if isinstance(atom, Value):
            return Name(self.index_name(atom.name), atom.name)
        if isinstance(atom, Base):
            return self.poly(atom.poly, taken, wished)
        if isinstance(atom, Reduction):
            return self._reduction(atom, taken, wished)
        assert isinstance(atom, Head)
        if atom.function == "same":
            return _indicator(*(self.poly(p, taken, wished) for p in atom.arguments))
        if not atom.arguments:
            return Name(self._functions[atom.function], atom.function)
        if atom.function == "pow":
            base, exponent = (self.poly(p, taken, wished) for p in atom.arguments)
            return Power(base, exponent)
        latex = self._functions.get(atom.function) or function_latex(atom.function)
        return Call(latex, atom.function, tuple(self.poly(p, taken, wished) for p in atom.arguments))

    def _factor_rank(self, atom: Atom) -> tuple[int, int, str]:
        """Sizes, scalars, gradients, entries, functions, brackets, sums."""
        if isinstance(atom, Value):
            return 1, 0, atom.name
        if isinstance(atom, Ref):
            tensor = self._tensor(atom)
            place = self.order.get(atom.name, 0)
            if tensor.kind in GRADIENTS:
                return 4, place, atom.key
            if not tensor.axes:
                return (2 if tensor.kind in ("parameter", "constant") else 3), place, atom.key
            return 5, 0 if tensor.kind == "parameter" else 1 + place, atom.key
        if isinstance(atom, Head | Reduction):
            return 6, 0, atom.key
        assert isinstance(atom, Base)
        return (8 if atom.poly.sole is not None else 7), 0, atom.key

    def _term_rank(self, term: Term) -> tuple:
        """Positive terms first, constants last among names, then by gradient, sums after products, short ones first."""
        sums = sum(_is_sum(a) for a, _ in walk(Poly((term,)))) + len(term.bound)
        constant = all(isinstance(a, Ref) and self._tensor(a).kind == "constant" for a, _ in term.factors)
        biased = all(isinstance(a, Ref) and self._tensor(a).kind == "parameter" for a, _ in term.factors)
        last = bool(term.factors) and (constant or biased)
        ranks = sorted(self._factor_rank(a) for a, _ in term.factors)
        gradient = sorted(
            self._factor_rank(a)
            for a, _ in walk(Poly((term,)))
            if isinstance(a, Ref) and self._tensor(a).kind in GRADIENTS
        )
        return term.coefficient < 0, last, bool(sums) and not gradient, gradient, bool(sums), len(ranks), ranks


def _may_turn(bracket: Poly) -> bool:
    """Whether a difference reads as well the other way round: not x_i - mu, a deviation, whose first term leads."""
    plus, minus = ([t for t in bracket.terms if (t.coefficient > 0) == sign] for sign in (True, False))
    if not plus or not minus:
        return False
    deviation = all(len(t.factors) <= 1 and all(isinstance(a, Ref) for a, _ in t.factors) for t in bracket.terms)
    weights = [max(len(t.names) for t in side) for side in (plus, minus)]
    return not deviation or weights[0] <= weights[1]


def _turned(poly: Poly) -> Poly:
    """-(a - b) as b - a: a bracket with both signs takes up the sign in front, also one under a sum.

    1 - s, as in a derivative s (1 - s), is turned only where no other bracket can be.
    """
    (term,) = poly.terms
    found = [(n, new) for n, (a, p) in enumerate(term.factors) if p == 1 and (new := _other_way(a)) is not None]
    if not found:
        return poly
    n, flipped = min(found, key=lambda f: _has_number(f[1]))
    factors = (*term.factors[:n], (Base(flipped), term.factors[n][1]), *term.factors[n + 1 :])
    return Poly((Term(-term.coefficient, factors, term.bound, term.limits),))


def _other_way(atom: Atom) -> Poly | None:
    """The negative of a bracket, or of a sum with a bracket under it, written without a sign in front."""
    if not isinstance(atom, Base):
        return None
    if atom.poly.sole is not None and atom.poly.sole.bound:
        turned = _turned(-atom.poly)
        return turned if turned.terms[0].coefficient > 0 else None
    return -atom.poly if _may_turn(atom.poly) else None


def _has_number(poly: Poly) -> bool:
    """Whether a number stands in a bracket as a term of its own."""
    return any(len(p.terms) > 1 and any(not t.factors for t in p.terms) for p in (poly, *_brackets(poly)))


def _brackets(poly: Poly) -> Iterator[Poly]:
    return (a.poly for a, _ in walk(poly) if isinstance(a, Base))


def _index_order(index: Affine, model: Model) -> list[tuple[tuple[str, ...], int]]:
    """Positive terms first, indices before sizes when they lead, the number last: `H - K + 1`, `i + k`, `p - k`."""
    return sorted(index.terms, key=lambda t: (t[0] == (), t[1] < 0, all(n in model.sizes for n in t[0]), t[0]))


def _monomial(names: tuple[str, ...], model: Model) -> list[str]:
    """Sizes before indices: `s i`."""
    return sorted(names, key=lambda n: (n not in model.sizes, n))


def _weight(index: Affine, model: Model) -> tuple[int, int]:
    return sum(n not in model.sizes for n in index.names), len(index.terms)


def _conditions(term: Term) -> list[Limit]:
    return [x for x in term.limits if not _is_delta(x)]


def _is_delta(limit: Limit) -> bool:
    terms = limit.of.terms
    return limit.kind == "eq" and len(terms) == 2 and all(len(m) == 1 and abs(c) == 1 for m, c in terms)


def _is_sum(atom: Atom) -> bool:
    return isinstance(atom, Base) and atom.poly.sole is not None and bool(atom.poly.sole.bound)


def _joined(relations: list[Relation]) -> Layout:
    return relations[0] if len(relations) == 1 else Tuple(tuple(relations))


def _indicator(left: Layout, right: Layout) -> Layout:
    return Call(r"\mathbf{1}", "indicator", (Relation((left, right), ("=",)),))


def _number(value: Rational) -> Layout:
    if value.denominator == 1:
        return Number(str(value))
    return Fraction(Number(str(value.numerator)), Number(str(value.denominator)))


def _product(factors: list) -> Layout:
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else Number("1")


def plus(terms: list[tuple[int, Layout]]) -> Layout:
    if not terms:
        return Number("0")
    return terms[0][1] if len(terms) == 1 and terms[0][0] > 0 else Plus(tuple(terms))
