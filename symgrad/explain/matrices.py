"""A matrix expression as a layout tree: names without indices, on paper and in code that numpy reads.

On paper products of matrices stand side by side, products of entries have a sign, and a power of entries carries that
sign too. In code vectors have one axis, so that a row is never written: u^T v is `u @ v`, u v^T is `outer(u, v)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction as Rational
from functools import partial

from symgrad.algebra.index import Affine
from symgrad.declare.model import Model, Tensor
from symgrad.derive.steps import Derivation
from symgrad.explain.blocks import Formula, Run
from symgrad.explain.layout import (
    Call,
    Chain,
    Fraction,
    Layout,
    Name,
    Number,
    Plus,
    Power,
    Product,
    Root,
    Transpose,
    Tuple,
    Written,
)
from symgrad.explain.notation import GRADIENTS, Notation
from symgrad.explain.spelling import function_latex, functions, raised, template, word
from symgrad.explain.words import listed
from symgrad.matrix import tree as m
from symgrad.matrix.build import turned
from symgrad.matrix.view import View, seen, view

HALF = Rational(1, 2)


class MatrixNotation:
    """Writes the matrix expressions of one model."""

    def __init__(self, model: Model) -> None:
        self.model, self.notation, self._functions = model, Notation(model), functions(model)

    def layout(self, tree: m.Tree) -> Layout:
        """The expression as a formula."""
        match tree:
            case m.Number(value):
                return _ratio([Number(str(value.numerator))], _denominator(value))
            case m.Size(name):
                return Name(self.notation.index_name(name), name)
            case m.Named():
                return self._standing(tree) if self.lies(tree.name) else self.name(tree)
            case m.Ones(axis):
                return Name(r"\mathbf{1}", f"ones({self.notation.index_code(_length(axis))})")
            case m.Identity(axis):
                return self._identity(axis)
            case m.Transpose(body):
                return Transpose(self.layout(body))
            case m.Across(body):
                row = self._lying(body)
                return Written(row[0] if len(row) == 1 else Chain("times", tuple(row)), self.layout(body))
            case m.Dot() | m.Outer():
                return self._product(tree)
            case m.Diagonal(body) | m.DiagonalOf(body):
                return Call(r"\operatorname{diag}", "diag", (self.layout(body),))
            case m.Trace(body):
                return Call(r"\operatorname{tr}", "trace", (self.layout(body),))
            case m.Square(body):
                norm = "norm" if len(m.shape(body)) == 1 else "norm_F"
                return Power(Call(norm, "norm", (self.layout(body),)), Number("2"))
            case m.Each(function, arguments):
                return self._call(function, arguments)
            case m.Raised() | m.Hadamard() | m.Scaled():
                return self._scaled(tree) if isinstance(tree, m.Scaled) or not m.shape(tree) else self._entries(tree)
            case m.Plus(terms):
                return self._plus(terms)

    # --- names

    def name(self, named: m.Named) -> Name:
        """A name without its indices; only those that stand still are left."""
        tensor = self.model.tensors[named.name]
        at = [self.notation.index_text(Affine.name(n)) for n in named.fixed]
        shown = self._bare(tensor, at)
        code = f"{tensor.name}[{', '.join(named.fixed)}]" if named.fixed else tensor.name
        fraction = tensor.kind in GRADIENTS and tensor.name not in self.notation.let
        return Name(shown, code, fraction or raised(shown))

    def lies(self, name: str) -> bool:
        """Whether a name stands for a row: one that is declared so, or the gradient of a number by such a one."""
        tensor = self.model.tensors[name]
        if tensor.kind in GRADIENTS and len(tensor.axes) == 1:
            return self.lies(tensor.of[1])
        return tensor.row

    def _standing(self, row: m.Named) -> Layout:
        """A name that is a row on paper, as a column."""
        return Written(Transpose(self.name(row)), self.name(row))

    def _bare(self, tensor: Tensor, at: Sequence[str] = ()) -> str:
        """The displayed form without the place for indices, or with what stands still there."""
        if tensor.kind in GRADIENTS and tensor.name not in self.notation.let:
            top, bottom = (self.model.tensors[n] for n in tensor.of)
            return rf"\frac{{\partial {self._bare(top)}}}{{\partial {self._bare(bottom, at)}}}"
        shown = template(tensor)
        if at:
            return re.sub(r"_#", lambda _: f"_{{{','.join(at)}}}", shown).replace("#", ",".join(at))
        bare = re.sub(r"_#|\[#\]|\([^()]*#[^()]*\)", "", shown).replace("^{}", "")
        return word(tensor.name) if "#" in bare else bare

    def _identity(self, axis: m.Axis) -> Name:
        letter = r"\mathbf{I}" if "I" in {*self.model.tensors, *self.model.sizes} else "I"
        size = _length(axis)
        return Name(f"{letter}_{{{self.notation.index_text(size)}}}", f"eye({self.notation.index_code(size)})")

    def _call(self, function: str, arguments: Iterable[m.Tree]) -> Layout:
        items = tuple(self.layout(a) for a in arguments)
        latex = self._functions.get(function) or function_latex(function)
        code = {"max": "maximum", "min": "minimum"}.get(function, function)  # numpy's functions of two arrays
        return Call(latex, code, items) if items else Name(latex, code)

    # --- products of matrices

    def _product(self, tree: m.Tree) -> Layout:
        paper = Chain("times", tuple(self._row(tree, code=False)))
        return Written(paper, Chain("times", tuple(self._row(tree, code=True))))

    def _row(self, tree: m.Tree, code: bool) -> list[Layout]:
        """The matrices of a product in order, on paper or in code."""
        if isinstance(tree, m.Outer):
            if code:
                return [Call("outer", "outer", (self.layout(tree.left), self.layout(tree.right)))]
            lying = self._lying if len(m.shape(tree.right)) == 1 else partial(self._row, code=False)
            return [*self._row(tree.left, code), *lying(tree.right)]
        if not isinstance(tree, m.Dot):
            return [self.layout(tree)]
        if len(m.shape(tree.left)) == 1 and not code:
            return [*self._lying(tree.left), *self._row(tree.right, code)]
        return [*self._row(tree.left, code), *self._row(tree.right, code)]

    def _lying(self, vector: m.Tree) -> list[Layout]:
        """A vector as a row, on paper. Law: (A v)^T = v^T A^T."""
        if isinstance(vector, m.Dot):
            return [*self._lying(vector.right), *self._row(turned(vector.left), code=False)]
        if isinstance(vector, m.Named) and self.lies(vector.name):
            return [self.name(vector)]
        return [Transpose(self.layout(vector))]

    # --- products of entries

    def _entries(self, tree: m.Tree) -> Layout:
        """On paper A \\odot B and powers with that sign; in code a fraction where powers are negative."""
        factors = tree.factors if isinstance(tree, m.Hadamard) else (tree,)
        paper = Chain("odot", tuple(x for f in factors for x in self._on_paper(f)))
        over = [f for f in factors if not _is_divisor(f)]
        under = [m.Raised(f.body, -f.exponent) for f in factors if isinstance(f, m.Raised) and _is_divisor(f)]
        top, bottom = (tuple(self._power(f) for f in side) for side in (over, under))
        if not bottom:
            return Written(paper, Chain("odot", top))
        return Written(paper, Fraction(Chain("odot", top) if top else Number("1"), Chain("odot", bottom)))

    def _on_paper(self, tree: m.Tree) -> list[Layout]:
        if not isinstance(tree, m.Raised):
            return [self.layout(tree)]
        base = self.layout(tree.body)
        if tree.exponent == 2 and isinstance(tree.body, m.Named):
            return [base, base]
        return [Power(base, Name(rf"\odot {tree.exponent}", str(tree.exponent)))]

    def _power(self, tree: m.Tree) -> Layout:
        """A power of entries in code, or of a number anywhere; its exponent is positive."""
        if not isinstance(tree, m.Raised):
            return self.layout(tree)
        base = self.layout(tree.body)
        if tree.exponent == HALF:
            return Root(base)
        exponent = tree.exponent
        return base if exponent == 1 else Power(base, _ratio([Number(str(exponent.numerator))], _denominator(exponent)))

    # --- numbers in front

    def _scaled(self, tree: m.Tree) -> Layout:
        """A number, or one in front: small factors over the denominator, then the rest; in code all over it."""
        by, body = (tree.by, [self.layout(tree.body)]) if isinstance(tree, m.Scaled) else (tree, [])
        factors = sorted(by.factors if isinstance(by, m.Hadamard) else (by,), key=_weight)
        bottom = [_denominator(f.value) for f in factors if isinstance(f, m.Number)]
        under = [x for group in bottom for x in group]
        under += [
            self._power(m.Raised(f.body, -f.exponent)) for f in factors if isinstance(f, m.Raised) and _is_divisor(f)
        ]
        over = [f for f in factors if not _is_divisor(f) and not _is_unit(f)]
        small = [self._top(f) for f in over if not isinstance(f, m.Plus | m.Dot)]
        large = [self._top(f) for f in over if isinstance(f, m.Plus | m.Dot)]
        if not under:
            return _times([*small, *map(_fenced, large), *body] if small + body or large[1:] else large)
        if not small and not body and len(large) == 1:
            return _ratio(large, under)
        paper = _times([_ratio(small, under), *map(_fenced, large), *body])
        return Written(paper, _ratio([*small, *large, *body], under))

    def _top(self, tree: m.Tree) -> Layout:
        return Number(str(tree.value.numerator)) if isinstance(tree, m.Number) else self._power(tree)

    def _plus(self, terms: Sequence[tuple[int, m.Tree]]) -> Layout:
        """A sum, a bias last: W x + b; in code a number beside vectors or matrices needs no ones."""
        terms = sorted(terms, key=lambda t: (-t[0], self._is_bias(t[1])))
        shown = [(sign, self.layout(t)) for sign, t in terms]
        short = [(sign, _number_in(t)) for sign, t in terms]
        if all(x is not None for _, x in short) or all(x is None for _, x in short):
            return Plus(tuple(shown))
        code = [(s, y if x is None else self.layout(x)) for (s, x), (_, y) in zip(short, shown, strict=True)]
        return Written(Plus(tuple(shown)), Plus(tuple(code)))

    def _is_bias(self, tree: m.Tree) -> bool:
        return isinstance(tree, m.Named) and self.model.tensors[tree.name].kind == "parameter"

    # --- the whole answer

    def view(self, found: Derivation, layout: str = "denominator") -> View:
        """The confirmed tree of an answer; none where two names are told apart by their indices only."""
        return self._legible(view(found, layout))

    def definition(self, tensor: Tensor) -> View:
        """The confirmed tree of a definition over its own indices."""
        if tensor.poly is None or len(tensor.axes) > 2:
            return View(None, reason=f"{tensor.name} has {len(tensor.axes)} indices")
        return self._legible(seen(tensor.poly, self.model, tensor.axes, may_fix=False))

    def _legible(self, found: View) -> View:
        reason = self.alike(found.tree) if found.tree is not None else ""
        return View(None, reason=reason) if reason else found

    def alike(self, tree: m.Tree) -> str:
        """Which names of a tree and of the model are told apart by their indices only, or ""."""
        used = {p.name for p in m.walk(tree) if isinstance(p, m.Named)}
        written: dict[str, str] = dict(
            zip(map(self.notation.index_name, self.model.sizes), self.model.sizes, strict=True)
        )
        for tensor in self.model.tensors.values():
            other = written.setdefault(self._bare(tensor), tensor.name)
            if other != tensor.name and not used.isdisjoint((other, tensor.name)):
                return f"{other} and {tensor.name} are written alike without indices"
        return ""

    def gradient(self, found: Derivation, view: View) -> Name:
        """The name of the answer as a whole: what stands at the left of its matrix form."""
        at = [self.notation.index_text(Affine.name(n)) for n in view.fixed]
        shown = self._bare(self.model.tensors[found.groups[-1].name], at)
        return Name(shown, "the answer" if found.nameless else f"d{found.of}/d{found.by}", True)

    def axes(self, found: Derivation, view: View) -> Run:
        """Which axis is which: "df/dW has the shape of W, n x m", and for which indices it is said."""
        each: Run = ("for each ", *listed([(Formula(self._index(n)),) for n in view.fixed], ", "), ": ")
        named = self.gradient(found, view)
        return (*(each if view.fixed else ()), Formula(named), *self._place(found, view), *self._entrywise(view.tree))

    def _place(self, found: Derivation, view: View) -> Run:
        of, by = (self.model.tensors[n] for n in (found.of, found.by))
        if not view.at:
            return (" is a number",)
        if found.of_free and found.by_free:
            rows, columns = (by, of) if view.at[0] in found.by_free else (of, by)
            either = (
                " has a row for each entry of ",
                self._whole(rows),
                ", a column for each of ",
                self._whole(columns),
            )
            return (*either, ", ", self._count(view))
        like = self._whole(by if found.by_free else of, view.fixed)
        row = bool(found.by_free) and by.row
        if view.lying:
            entries = len(view.at) == 1 and not row
            return (" is a row with an entry for each of " if entries else " has the shape of the transpose of ", like)
        kind = () if len(view.at) == 2 else (", a row",) if row else (", a column",)
        return (" has the shape of ", like, ", ", self._count(view, row), *kind)

    def _entrywise(self, tree: m.Tree | None) -> Run:
        """Which functions of a vector or matrix stand in a tree: they act on every entry."""
        found = {t.function for t in m.walk(tree) if isinstance(t, m.Each) and m.shape(t)} if tree else set()
        names = [(Formula(self._call(function, ())),) for function in sorted(found)]
        return ("; ", *listed(names, ", "), " of every entry") if names else ()

    def _whole(self, tensor: Tensor, fixed: tuple[str, ...] = ()) -> Formula:
        return Formula(self.name(m.Named(tensor.name, fixed=fixed)))

    def _count(self, view: View, row: bool = False) -> Formula:
        shown = self.count(view.at, row)
        assert shown is not None  # a view has axes with lengths
        return Formula(shown)

    def count(self, axes: Sequence[str], row: bool = False) -> Name | None:
        """How many rows and columns: n x m; None where a range has no plain length, or there are more axes."""
        own = [m.Axis.of(self.model.indices[n]).length for n in axes]
        lengths = [x for x in (*[Affine.number(1)] * row, *own) if x is not None]
        if len(lengths) < len(own) + row or len(own) > 2:
            return None
        paper = r" \times ".join(map(self.notation.index_text, lengths))
        return Name(paper, " x ".join(map(self.notation.index_code, lengths)))

    def _index(self, name: str) -> Name:
        return Name(self.notation.index_name(name), name)


def _length(axis: m.Axis) -> Affine:
    """The number of entries along an axis; a view has no other axes."""
    assert axis.length is not None
    return axis.length


def _is_divisor(tree: m.Tree) -> bool:
    return isinstance(tree, m.Raised) and tree.exponent < 0


def _is_unit(tree: m.Tree) -> bool:
    return isinstance(tree, m.Number) and tree.value.numerator == 1


def _weight(tree: m.Tree) -> int:
    """Numbers, sizes, names, then what is made of them."""
    order: tuple[type, ...] = (m.Number, m.Size, m.Named)
    return order.index(type(tree)) if type(tree) in order else len(order)


def _number_in(tree: m.Tree) -> m.Tree | None:
    """The number that stands at every place of a vector or matrix, or None."""
    match tree:
        case m.Ones() | m.Outer(m.Ones(), m.Ones()):
            return m.Number(Rational(1))
        case m.Scaled(by, m.Ones()) | m.Scaled(by, m.Outer(m.Ones(), m.Ones())):
            return by
        case m.Across(body):
            return _number_in(body)
    return None


def _denominator(value: Rational) -> list[Layout]:
    return [Number(str(value.denominator))] if value.denominator != 1 else []


def _times(factors: Sequence[Layout]) -> Layout:
    return factors[0] if len(factors) == 1 else Product(tuple(factors)) if factors else Number("1")


def _ratio(top: Sequence[Layout], bottom: Sequence[Layout]) -> Layout:
    return Fraction(_times(top), _times(bottom)) if bottom else _times(top)


def _fenced(tree: Layout) -> Layout:
    """A product of vectors that is a number, in brackets before what it multiplies."""
    paper = tree.paper if isinstance(tree, Written) else tree
    return Written(Tuple((tree,)), tree) if isinstance(paper, Chain) else tree
