r"""Equations of whole arrays as answers: `Y = ReLU(X W_h + b_h) W_o + b_o`. A row is added to each row of a matrix."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone, put
from symgrad.check.numbers import Numbers
from symgrad.declare.model import Model
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import DeclaredName, Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.answers import guarded
from symgrad.student.decide import decide
from symgrad.student.meaning import Meaning
from symgrad.student.reference import Reference
from symgrad.student.sized import names_in
from symgrad.student.symbols import understood
from symgrad.student.verdict import Verdict, of_chain
from symgrad.student.whole import Axis, DoesNotConform, Whole, entrywise

CALLED = re.compile(r"([A-Za-z])\s*\(")
ADDED = "a row is added to each row of a matrix"


@dataclass(frozen=True)
class Equations:
    """Judges equations for the definition `of`, written in what is given."""

    model: Model
    of: str
    numbers: Numbers
    names: Names

    def __call__(self, text: str) -> Verdict:
        """The verdict on a text. Raises ReadError.

        A function nobody declared has no value, but its argument has a shape: what does not conform is wrong.
        """
        try:
            return self._read(text)
        except ReadError as error:
            name = CALLED.match(error.text[error.caret :]) if error.text == text else None
            if name is None:
                raise
            functions = (*self.names.functions, DeclaredName(name[1], "", 1))
            names = Names(self.names.symbols, functions, self.names.sizes, self.names.indices)
            model = replace(self.model, functions={**self.model.functions, name[1]: 1})
            found = guarded(text, replace(self, model=model, names=names)._read)
            if found.rung == 0:
                return found
            raise

    def _read(self, text: str) -> Verdict:
        found = understood(text, self.names)
        lines = found.tree.lines if isinstance(found.tree, s.Lines) else (found.tree,)
        sides = [side for line in lines for side in self._sides(line, text)]
        return of_chain([self._formula(side, text, found.names) for side in sides])

    def _sides(self, line: s.Node, text: str) -> list[s.Node]:
        """The right sides; one that begins with the name itself says what it is."""
        if not isinstance(line, s.Relation):
            return [line]
        if set(line.relations) != {"="}:
            raise ReadError("an equation is asked for", text=text, caret=line.span[0], expected=f"{self.of} = ...")
        first, *rest = line.items
        return rest if isinstance(first, s.Reference) and first.code == self.of else [first, *rest]

    def _formula(self, node: s.Node, text: str, names: Names) -> Verdict:
        read = show(node, names)
        tensor = self.model.tensors[self.of]
        answer = lone(tensor.entry)
        reference = Reference(
            self.model, self.of, "", tensor.axes, answer, self.numbers, _none, _none, lambda function, primes: None
        )
        meaning = _Rows(text, reference, names)
        try:
            whole = meaning.whole(node)
            poly = contract(put(whole.poly, self._moved(whole)), self.model.context(tensor.axes))
        except DoesNotConform as error:
            said = [f"in {error.where}: {error.what}" if error.where else error.what, error.expected]
            return Verdict(v.WRONG, 0, v.RUNGS[0], read=read, reason="; ".join(x for x in said if x))
        found = decide(poly, reference, tensor.axes, self.model)
        found = replace(found, read=read, notes=tuple(meaning.notes))
        left = [t.name for t in self.model.definitions if t.name in names_in(node)]
        if found.kind == v.RIGHT and left:
            return replace(found, kind=v.UNWORKED, reason=f"{', '.join(left)} is left in it")
        return found

    def _moved(self, whole: Whole) -> dict[str, Affine]:
        """The axes of a whole as those of the name. Raises DoesNotConform for another shape."""
        tensor = self.model.tensors[self.of]
        own = [Axis.of(self.model.indices[a]) for a in tensor.axes]
        wanted: list[Axis | None] = [*own]
        if len(own) == 1:
            wanted = [None, own[0]] if tensor.row else [own[0], None]
        wanted = wanted or [None, None]
        axes, moved = list(tensor.axes), {}
        for axis, other in zip((whole.rows, whole.cols), wanted, strict=True):
            if (axis is None) != (other is None) or (axis is not None and other is not None and not axis.fits(other)):
                raise DoesNotConform(f"{whole.shape} is given, and {self.of} is {Whole(whole.poly, *wanted).shape}")
            if axis is not None:
                moved[axis.name] = Affine.name(axes.pop(0))
        return moved


def _none(of: str, by: str) -> None:
    """There are no derivatives in equations."""


class _Rows(Meaning):
    """A formula in which rows are added to matrices, and which says where shapes do not conform."""

    def __init__(self, text: str, reference: Reference, names: Names) -> None:
        super().__init__(text, reference)
        self.shown: Callable[[s.Node], str] = lambda node: show(node, names)

    def whole(self, node: s.Node) -> Whole:
        try:
            return self._added(node) if isinstance(node, s.Plus) else super().whole(node)
        except DoesNotConform as error:
            if error.where:
                raise
            raise DoesNotConform(
                error.what, where=self.shown(node), expected=error.expected, given=error.given
            ) from error

    def _added(self, node: s.Plus) -> Whole:
        found = self.whole(node.terms[0])
        for term in node.terms[1:]:
            found, other = self._spread(found, self.whole(term))
            found = entrywise(found, other, lambda a, b: a + b, "plus")
        return found

    def _spread(self, left: Whole, right: Whole) -> tuple[Whole, Whole]:
        """A row beside a matrix as the matrix that has it in each row."""
        for one, other in ((left, right), (right, left)):
            if one.rows is None and one.cols is not None and other.rows is not None and other.cols is not None:
                self.note(ADDED)
                name = Axis.of_same(other.rows)
                wide = Whole(one.poly, name, one.cols)
                return (wide, other) if one is left else (other, wide)
        return left, right
