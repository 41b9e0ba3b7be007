"""Questions for a bound of all paths: how large a chain of local derivatives can be, by the number of its factors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from symgrad.algebra.normal import call, lone, number, power, times
from symgrad.algebra.records import Atom, Head, Poly, Ref
from symgrad.check.numbers import Numbers
from symgrad.derive.paths import Factor, Path
from symgrad.derive.paths import Paths as Ways
from symgrad.derive.steps import Derivation as Found
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.blocks import Block, Formula, Line, Lines, Prose, Question, Run, Table
from symgrad.explain.layout import BigOperator, Call, Layout, Name, Number, Partial, Plus, Power, Product, Relation
from symgrad.explain.notation import Notation
from symgrad.explain.spelling import family, function_latex, word
from symgrad.explain.words import listed
from symgrad.questions.path_bounds import Form, of_path_bounds
from symgrad.questions.sheet import Part, Sheet
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.student.answers import Answers

if TYPE_CHECKING:
    from symgrad.api import Graph

K = Name("K", "K")  # the number of factors of a path


@dataclass(frozen=True)
class PathBound:
    """A question for a bound of the paths from each of `wrt` to `of`, by the number of their factors.

    Every local derivative between two definitions must be a product of one form, as w g'(u) is. A factor of each
    family (the slopes g', the weights w) is at most the greatest of them, so a path with K factors is bounded by a
    power. Refused, with the two local derivatives, where they are not of one form.
    """

    id: str
    of: Any
    wrt: Sequence[Any]
    text: str = "Bound a path by the number of its factors."
    graph: Graph | None = None

    @property
    def title(self) -> str:
        return self.text

    def grader(self, before: Sequence[Part], graph: Graph, conventions: Collection[str]) -> Answers:
        """What judges the bound of a path to a definition, and that to anything else where it is said."""
        ways, found = self._ways(graph, self.id)
        bound = _Bound(ways, Notation(found.model), self.id)
        loss = bound.ways[0][1].names[0]
        kinds = sorted(bound.kinds, key=lambda kind: kind is not None)
        return of_path_bounds(bound.inner, kinds, list(bound.members), loss, bound.out, conventions, self.title)

    def _ways(self, graph: Graph, where: str) -> tuple[list[tuple[tuple[str, ...], Path]], Found]:
        """All paths, each with the free indices of its gradient, and the first gradient."""
        if not self.wrt:
            raise DeclarationError("no ends of paths", where=where, expected="wrt=[n1, w24, ...]")
        gradients = graph.derive(self.of, wrt=list(self.wrt))
        ways = [(d.engine.free, path) for d in gradients.values() for path in Ways(d.engine).all]
        return ways, next(iter(gradients.values())).engine

    def worked(self, sheet: Sheet) -> Question:
        """The form of the factors, the bound for K factors, and each path compared with its bound."""
        ways, first = self._ways(sheet.graph, sheet.where(self.id))
        bound = _Bound(ways, Notation(first.model), sheet.where(self.id))
        worst = bound.confirm(sheet.graph.numbers(first.declared))
        blocks = [block for kind in bound.kinds for block in bound.argument(kind)]
        said = f"{len(ways)} paths against their bounds, with the names as random numbers: none is greater."
        record = {"bounds": bound.record(), "certificate": {"worst": worst, "paths": len(ways)}}
        return Question(
            self.id, (self.text,), (*blocks, bound.greatest(), bound.table(), Prose((said,), "checked")), record
        )


class _Bound:
    """The paths by the form of their last factor: None where that is a definition's, as all between."""

    def __init__(self, ways: Sequence[tuple[tuple[str, ...], Path]], notation: Notation, where: str) -> None:
        self.ways, self.notation, self.model, self.where = ways, notation, notation.model, where
        self.members: dict[str, dict[Atom, None]] = {}
        whole = next((n for _, path in ways for n in path.names[1:-1] if self.model.tensors[n].axes), None)
        if whole is not None:
            raise Unsupported(
                f"a path through {whole} is a sum over its entries, not one product",
                where=where,
                expected="definitions that are numbers between the ends",
                given=f"{whole} over {', '.join(self.model.tensors[whole].axes)}",
            )
        inner = {factor.name: factor for _, path in ways for factor in self._split(path)[0]}
        if not inner:
            raise Unsupported("no path with two factors between definitions", where=where, fix="longer paths in wrt=")
        one, *others = inner.values()
        self.inner = self._form(one)
        other = next((f for f in others if self._form(f) != self.inner), None)
        if other is not None:
            raise Unsupported(
                "local derivatives of different forms have no common bound",
                where=where,
                expected=f"all of them like {self._said(one)}",
                given=self._said(other),
            )
        self.kinds: dict[Form | None, list[tuple[tuple[str, ...], Path]]] = {}
        for way in ways:
            last = self._split(way[1])[1]
            self.kinds.setdefault(self._form(last) if last else None, []).append(way)

    def _split(self, path: Path) -> tuple[tuple[Factor, ...], Factor | None]:
        """The factors between definitions, and the last one where it is by an input or parameter."""
        ends = self.model.tensors[path.names[-1]].kind != "definition" and len(path.factors) > 1
        return (path.factors[1:-1], path.factors[-1]) if ends else (path.factors[1:], None)

    def _form(self, factor: Factor) -> Form:
        """The form of a product of names and slopes; anything else is refused."""
        term = factor.value.sole
        atoms = (
            [a for a, p in term.factors if isinstance(a, Ref | Head) and p.denominator == 1 and p > 0] if term else []
        )
        if term is None or term.limits or len(atoms) < len(term.factors):
            raise Unsupported(
                "a local derivative that is not a product of names and slopes",
                where=self.where,
                expected="a product, as w g'(u) is",
                given=self._said(factor),
            )
        counts: Counter[str] = Counter()
        for atom, exponent in term.factors:
            counts[_family(atom)] += int(exponent)
            self.members.setdefault(_family(atom), {})[atom] = None
        return Form(abs(term.coefficient), tuple(sorted(counts.items(), key=lambda f: ("'" not in f[0], f[0]))))

    def _said(self, factor: Factor) -> str:
        sides = (self.notation.poly(p, factor.free) for p in (factor.name, factor.value))
        return " = ".join(map(plain, sides))

    # --- the bound as a value

    def confirm(self, numbers: Numbers) -> float:
        """Law: a <= b where max(a, b) = b. Each path against its bound, in numbers; the worst relative error."""
        found = []
        for free, path in self.ways:
            size, most = call("abs", path.value), self.value(path, free)
            where = f"{self.where}: path {' → '.join(path.names)}"
            found.append(numbers.confirm(call("max", size, most), most, free, self.model, where).worst)
        return max(found)

    def value(self, path: Path, free: tuple[str, ...]) -> Poly:
        """The bound of a path: its first factor, and the greatest of each family as often as a factor stands there."""
        between, last = self._split(path)
        forms = [self.inner] * len(between) + ([self._form(last)] if last else [])
        parts = [number(f.size) for f in forms]
        parts += [power(self._greatest(name, free), p) for f in forms for name, p in f.powers]
        return times(call("abs", path.factors[0].value), *parts)

    def _greatest(self, name: str, free: tuple[str, ...]) -> Poly:
        """The greatest absolute value of a family, over the members that stand at these indices."""
        sizes = [call("abs", lone(a)) for a in self.members[name] if a.names <= {*free, *self.model.sizes}]
        return reduce(lambda one, other: call("max", one, other), sizes)

    # --- on paper

    def argument(self, kind: Form | None) -> list[Block]:
        """Why a path with K factors that ends in this way is bounded: in words, then line by line."""
        count, first = _minus(2 if kind else 1), _abs(self._loss())
        ends = dict.fromkeys(path.names[-1] for _, path in self.kinds[kind])
        run: Run = ("A path of ", Formula(K), " factors to ", *listed([(self._entry(n),) for n in ends], " or "))
        run = (*run, " has the factor ", Formula(self._loss()), ", then ", Formula(count), " of the form ")
        run = (*run, Formula(self._product(self.inner, _member)))
        run = (*run, ", and at the end one of the form ", Formula(self._product(kind, _member))) if kind else run
        start = Relation((Name("k", "k"), Number("1")), ("=",))
        one, most = (self._product(self.inner, shown) for shown in (_size_at_k, _most))
        ends_in = [[self._product(kind, shown)] if kind else [] for shown in (_size, _most)]
        each, greatest = (BigOperator("prod", (start,), count, body) for body in (one, most))
        lines = (
            Line(_abs(PATH), Product((first, each, *ends_in[0])), ("the absolute value of a product",)),
            Line(
                None,
                Product((first, greatest, *ends_in[1])),
                ("each factor is at most the greatest of its kind",),
                "<=",
            ),
            Line(None, Product((first, Power(most, count), *ends_in[1])), ("equal factors",), boxed=True, level=1),
        )
        return [Prose((*run, "."), "paths"), Lines(lines)]

    def greatest(self) -> Prose:
        """What the maxima run over."""
        said: list[Run] = []
        for name, atoms in self.members.items():
            if "'" in name:
                where: Run = (" over the arguments ", Formula(Name("u", "u")), " in these factors")
                said.append((Formula(_most(name)), " is the greatest ", Formula(_size(name)), *where))
            else:
                entries: list[Run] = [(Formula(_abs(self.notation.poly(lone(a), a.names))),) for a in atoms]
                of: Run = ("the greatest of ", *listed(entries)) if len(entries) > 1 else entries[0]
                said.append((Formula(_most(name)), " is ", *of))
        vectors = any(a.names for atoms in self.members.values() for a in atoms)
        return Prose((*listed(said, ", and "), "; of a vector all entries count." if vectors else "."), "remark")

    def table(self) -> Table:
        """The paths by their number of factors, each with the bound of that number."""
        ways = [(kind, path) for kind, found in self.kinds.items() for _, path in found]
        head: tuple[Run, ...] = ((Formula(K),), ("Path",), ("At most",))
        body = []
        for kind, path in sorted(ways, key=lambda way: len(way[1].factors)):
            count = len(path.factors)
            body.append(((str(count),), self._names(path), (Formula(self._at(count, kind)),)))
        return Table(head, tuple(body))

    def record(self) -> list[dict[str, Any]]:
        """The bounds as plain data: by what, and for each number of factors."""
        found = []
        for kind, ways in self.kinds.items():
            counts = sorted({len(path.factors) for _, path in ways})
            bounds = {str(n): {"latex": latex(self._at(n, kind)), "text": plain(self._at(n, kind))} for n in counts}
            found.append({"wrt": list(dict.fromkeys(path.names[-1] for _, path in ways)), "bounds": bounds})
        return found

    def _at(self, count: int, kind: Form | None) -> Layout:
        """The bound for a number of factors."""
        forms = [self.inner] * (count - (2 if kind else 1)) + ([kind] if kind else [])
        powers: Counter[str] = Counter()
        for form in forms:
            powers.update(dict(form.powers))
        size = reduce(lambda one, form: one * form.size, forms, Fraction(1))
        merged = [self._product(Form(size, tuple(powers.items())), _most)] if forms else []
        return Product((_abs(self._loss()), *merged))

    def _product(self, form: Form, shown: Callable[[str], Layout]) -> Layout:
        """A form with something shown for each family."""
        size = [self.notation.poly(number(form.size))] if form.size != 1 else []
        powers = (Power(shown(n), Number(str(p))) if p > 1 else shown(n) for n, p in form.powers)
        return Product((*size, *powers))

    @property
    def out(self) -> str:
        """The family of the definitions before the loss; "" where there are several."""
        ends = {family(path.names[1]) for _, path in self.ways}
        return ends.pop() if len(ends) == 1 else ""

    def _loss(self) -> Layout:
        """The first factor of any path: by the definition that it ends in."""
        ends = {family(path.names[1]) for _, path in self.ways}
        out = ends.pop() if len(ends) == 1 else "D"
        by = Name(rf"{word(out)}_{{\mathrm{{out}}}}", f"{out}_out")
        return Partial(self._entry(self.ways[0][1].names[0]).tree, by)

    def _entry(self, name: str) -> Formula:
        tensor = self.model.tensors[name]
        return Formula(self.notation.entry(tensor, tensor.entry.indices))

    def _names(self, path: Path) -> Run:
        return tuple(part for n in reversed(path.names) for part in (" → ", self._entry(n)))[1:]


PATH = Name(r"\text{path}", "path")


def _abs(body: Layout) -> Call:
    return Call(r"\operatorname{abs}", "abs", (body,))


def _minus(taken: int) -> Plus:
    """K - 1."""
    return Plus(((1, K), (-1, Number(str(taken)))))


def _family(atom: Atom) -> str:
    return atom.function if isinstance(atom, Head) else family(atom.name) if isinstance(atom, Ref) else ""


def _member(name: str) -> Layout:
    """One factor of a family: g'(u), w."""
    if "'" in name:
        return Call(function_latex(name), name, (Name("u", "u"),))
    return Name(word(name), name)


def _size(name: str) -> Layout:
    return _abs(_member(name))


def _size_at_k(name: str) -> Layout:
    """The same in the k-th factor: |g'(u_k)|, |w_k|."""
    if "'" in name:
        return _abs(Call(function_latex(name), name, (Name("u_k", "u[k]"),)))
    return _abs(Name(f"{word(name)}_k", f"{name}[k]"))


def _most(name: str) -> Name:
    """The greatest of a family."""
    letter = function_latex(name) if "'" in name else word(name)
    return Name(rf"\max\left\lvert {letter}\right\rvert", f"max|{name}|", raised=True)
