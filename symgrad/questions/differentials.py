"""The differential of a definition: how it changes with each name in it.

Law: dD = sum over the names x in D, and over their entries, of the local derivative of D by x times dx.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from symgrad.algebra.contract import contract_parts
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import ONE, Factor, fresh_name, lone, times, total
from symgrad.algebra.normal import replace as replace_atoms
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.check.lift import numbers_of
from symgrad.declare.model import Model, Tensor
from symgrad.derive.partials import Parts, local_parts
from symgrad.errors import Unsupported
from symgrad.explain.blocks import Line
from symgrad.explain.digits import STATED
from symgrad.explain.layout import Layout, Name, Plus, Product
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.spelling import template
from symgrad.matrix.tree import Named
from symgrad.matrix.view import View
from symgrad.numeric import PUT_IN, Numeric, rounded_number
from symgrad.questions.reading import confirm

DIFFERENTIAL = ("differential",)


@dataclass(frozen=True)
class Differential:
    """The differential of one definition; `model` knows dx for each name x, `names` are these by the names."""

    tensor: Tensor
    poly: Poly
    model: Model
    names: dict[str, str]

    def lines(self, numeric: Numeric, written: str, where: str) -> list[Line]:
        """In matrices where it has such a form, else in components, read back; for plain numbers with the numbers."""
        notation, own = MatrixNotation(self.model), self.model.tensors[self.names[self.tensor.name]]
        whole = own.axes and written != "components"
        found = notation.definition(replace(own, poly=self.poly)) if whole else View(None)
        if found.tree is not None:
            return [Line(notation.name(Named(own.name)), notation.layout(found.tree), DIFFERENTIAL)]
        left, right = notation.notation.entry(own, own.entry.indices), self._right(notation.notation)
        confirm(
            Claim(self._right(Notation(self.readable)), self.poly, own.axes),
            self.readable,
            numbers_of(self.readable),
            where,
        )
        return [Line(left, right, DIFFERENTIAL), *self._in_numbers(notation.notation, numeric, right)]

    @property
    def readable(self) -> Model:
        """The model with dx as one word: the reader takes a d before a name for that of a derivative."""
        own = (replace(self.model.tensors[name], shown="") for name in self.names.values())
        return self.model.extended(*own)

    def _right(self, notation: Notation) -> Layout:
        """One term a name where nothing has entries, the change last; else the formula as it is."""
        if not self._is_plain:
            return notation.poly(self.poly, self.tensor.axes)

        def shown(partial: Poly) -> tuple[int, tuple[Layout, ...]]:
            turned = partial.sole is not None and partial.sole.coefficient < 0
            size = -partial if turned else partial
            return -1 if turned else 1, () if size == ONE else (notation.poly(size),)

        return self._terms(notation, shown)

    def _in_numbers(self, notation: Notation, numeric: Numeric, above: Layout) -> list[Line]:
        """The local derivatives as numbers, where nothing has entries."""
        if not self._is_plain:
            return []

        exact = True

        def shown(partial: Poly) -> tuple[int, tuple[Layout, ...]]:
            nonlocal exact
            (value,) = numeric.values.of(partial, ()).values()
            exact = exact and value.is_Rational
            number = numeric.number if value.is_Rational else rounded_number
            return -1 if value < 0 else 1, () if abs(value) == 1 else (number(abs(value)),)

        right = self._terms(notation, shown)
        if not exact:
            return [Line(None, right, (*PUT_IN, f", {STATED}"), relation="~")]
        return [] if right == above else [Line(None, right, PUT_IN)]

    @property
    def _is_plain(self) -> bool:
        return not any(self.model.tensors[name].axes for name in self.names)

    def _terms(self, notation: Notation, shown: Callable[[Poly], tuple[int, tuple[Layout, ...]]]) -> Plus:
        """The local derivative by each name, shown in some way, times its change."""
        terms = []
        for source in (self.model.tensors[n] for n in self.names if n != self.tensor.name):
            sign, size = shown(_partial(self.tensor, source, self.model, ()))
            change = notation.entry(notation.model.tensors[self.names[source.name]], ())
            assert isinstance(change, Name)
            apart = replace(change, latex=rf"\,{change.latex}") if size else change
            terms.append((sign, Product((*size, apart))))
        return Plus(tuple(terms))

    def confirm(self, where: str) -> float:
        """Law: d/dt D(x + t dx) = dD at x + t dx. Against central differences in t; raises where it does not hold."""
        t = Tensor(_new("t", self.model), "input")
        names = {source: self.model.tensors[self.names[source]] for source in self.tensor.sources}

        def moved(atom: Atom) -> Poly | None:
            if not isinstance(atom, Ref) or atom.name not in names:
                return None
            return lone(atom) + times(lone(t.entry), lone(names[atom.name].at(atom.indices)))

        assert self.tensor.poly is not None
        along = replace(self.tensor, name=_new("D", self.model), poly=replace_atoms(self.tensor.poly, moved))
        others = (replace(x, kind="input", poly=None, matrix=(), of=()) for x in self.model.tensors.values())
        alone = replace(self.model, tensors={x.name: x for x in (*others, t, along)}, facts=())
        answer = replace_atoms(self.poly, moved)
        return numbers_of(alone).confirm_differences(answer, along.axes, along.name, t.name, alone, where).worst


def differential(tensor: Tensor, model: Model) -> Differential:
    """The differential of a definition. Refuses what is not written out: a function of a whole matrix."""
    if tensor.poly is None:
        raise Unsupported(f"{tensor.name} has no differential in components", where=tensor.name, expected="a formula")
    names, extended = {}, model
    sources = sorted(
        (t for t in model.tensors.values() if t.name in tensor.sources), key=lambda t: t.kind != "definition"
    )
    for name in (*(t.name for t in sources), tensor.name):
        source = model.tensors[name]
        names[name] = _new(f"d{name}", extended)
        shown = rf"\mathrm{{d}}{template(source)}"
        extended = extended.extended(Tensor(names[name], "input", source.axes, shown=shown, row=source.row))
    parts = []
    for source in (model.tensors[n] for n in names if n != tensor.name):
        at = tuple(Affine.name(fresh_name()) for _ in source.axes)
        change = lone(extended.tensors[names[source.name]].at(at))
        parts.append(_partial(tensor, source, extended, at, change))
    return Differential(tensor, total(parts), extended, names)


def _partial(tensor: Tensor, source: Tensor, model: Model, at: tuple[Affine, ...], change: Poly | None = None) -> Poly:
    """The local derivative by an entry, or its sum over all entries with `change`."""
    pieces = local_parts(tensor, tuple(map(Affine.name, tensor.axes)), source.name, at, model.ties)
    factors: list[Factor] = [] if change is None else [(change, Fraction(1))]
    shell = Parts(Fraction(1), factors, [a.sole for a in at], list(model.ranges(source, at)))
    return total(contract_parts(*shell.joined(piece), model.context(tensor.axes)) for piece in pieces)


def _new(name: str, model: Model) -> str:
    """A name that is not declared: with its first letter twice where that is needed."""
    while name in {*model.tensors, *model.sizes, *model.indices, *model.functions}:
        name = name[0] + name
    return name
