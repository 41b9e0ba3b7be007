"""What a formula means: a number, a column, a row or a matrix in the names of the exercise. Nothing is guessed.

What is taken for granted is noted: which reading a derivative has, how an index is renamed, that entries outside a
range count as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import NOTHING, ONE, bind, fresh_name, guarded, lone, put, times
from symgrad.algebra.records import Poly, Ref
from symgrad.check.points import points
from symgrad.check.proof import equal
from symgrad.declare.model import Tensor
from symgrad.errors import ReadError, Unsupported
from symgrad.read import syntax as s
from symgrad.read.resolve import READ, whole_condition
from symgrad.student.binding import Binding
from symgrad.student.conventions import IMPLICIT, OUTSIDE, Choices
from symgrad.student.functions import summed
from symgrad.student.kinks import almost_everywhere
from symgrad.student.nodes import WHOLE
from symgrad.student.reference import Closed, Reference
from symgrad.student.whole import Axis, Whole, hadamard, joins, product

FAR = 12  # how far outside its range an index is looked for
LOCAL = "derivatives of definitions by what stands in them are local: other names are held"
Join = Callable[[Whole, Whole], Whole]


class Meaning(Binding):
    """Reads one tree. `prefer`: which reading a derivative between definitions has, local or total, where both exist.

    `renamed`: free indices of the text by those of the question. After reading: `notes`, `undone` (derivatives that
    are not worked out, as text), `ambiguous` (whether a derivative has two readings), `left_out` (whether some name
    stands without its indices).
    """

    def __init__(
        self,
        text: str,
        reference: Reference,
        renamed: Mapping[str, str] | None = None,
        prefer: str = "local",
        conventions: Collection[str] = (),
        choices: Choices | None = None,
    ) -> None:
        super().__init__(text, reference)
        self.prefer = prefer
        self.implicit, self.choices = IMPLICIT in conventions, choices
        self.renamed = dict(renamed or {})
        self.undone: list[str] = []
        self.names: dict[str, Tensor] = {}
        self.ambiguous = self.left_out = False
        self.beyond: list[tuple[Limit, tuple[Limit, ...]]] = []  # limits that may fail, and what holds there
        self.leaves: list[tuple[str, Limit, tuple[Limit, ...]]] = []  # (name, a limit that may fail, what holds there)
        self.context = reference.model.context([f for f in reference.free if f in reference.model.indices])

    # --- numbers and wholes

    def poly(self, node: s.Node) -> Poly:
        found = self.whole(node)
        if not found.is_number:
            raise self.refused(f"{found.shape} where a number is expected", node, "an entry, or a product of vectors")
        return found.poly

    def whole(self, node: s.Node) -> Whole:
        """The meaning of any node. Raises ReadError; DoesNotConform where shapes do not go together."""
        read = WHOLE.get(type(node))
        if read is not None:
            return read(self, node)
        plain = READ.get(type(node))
        if plain is None:
            raise self.refused(f"{type(node).__name__} has no meaning here", node)
        return Whole(plain(self, node))

    # --- names

    def index(self, node: s.Node) -> Affine:
        if isinstance(node, s.Reference) and node.code in self.renamed and node.code not in self.bound:
            return Affine.name(self.renamed[node.code])
        return super().index(node)

    def reference(self, node: s.Reference) -> Poly:
        return self.named(node).poly

    def named(self, node: s.Reference) -> Whole:
        code = node.code
        if code in self.renamed and code not in self.bound:
            return Whole(super().reference(s.Reference(self.renamed[code], (), node.span)))
        if code in self.own.let and code not in self.bound:
            return self.derivative(self.own.of, self.own.let[code], (), node.indices, node)
        tensor = self.model.tensors.get(code) if code not in self.bound else None
        if tensor is None or not tensor.axes:
            return Whole(super().reference(node))
        self.left_out |= not node.indices
        if node.indices:
            return Whole(self.inside(tensor, self.indices(node, tensor)))
        if self.implicit:
            return Whole(self.inside(tensor, self.declared(tensor)))
        return self.all_of(tensor, tensor.axes, lambda at: lone(tensor.at(at)), node)

    def all_of(
        self, tensor: Tensor, axes: tuple[str, ...], entry: Callable[[list[Affine]], Poly], node: s.Node
    ) -> Whole:
        """A whole vector or matrix from its entries."""
        if len(axes) > 2:
            raise self.refused(
                f"{tensor.name} stands without its {len(axes)} indices", node, "indices, as in its definition"
            )
        own = [Axis.of(self.model.indices[a]) for a in axes]
        poly = entry([a.at for a in own])
        if len(own) == 2:
            return Whole(poly, own[0], own[1])
        return Whole(poly, None, own[0]) if getattr(tensor, "row", False) else Whole(poly, own[0])

    def declared(self, tensor: Tensor) -> list[Affine]:
        """The indices of a name as it is declared, where the text leaves them out."""
        return [self.bound.get(a, Affine.name(self.renamed.get(a, a))) for a in tensor.axes]

    def at(self, given: tuple[s.Node, ...], tensor: Tensor, node: s.Node) -> list[Affine]:
        return self.indices_of(given, tensor, node) if given else self.declared(tensor)

    def inside(self, tensor: Tensor, at: list[Affine]) -> Poly:
        """An entry, 0 where its indices are outside their ranges."""
        open_ = [x for x in self.model.ranges(tensor, at) if not self.holds_here(x)]
        entry = lone(tensor.at(at))
        if not open_:
            return entry
        self.outside(tensor.name, at, open_)
        return guarded(entry, open_)

    def outside(self, name: str, at: list[Affine], open_: list[Limit]) -> None:
        """Notes that entries may lie outside; an index of a sum that stands alone must not leave its range."""
        if any(x.kind == "ge" and x.of.is_number and x.of.constant < 0 for x in open_):
            letters = {place.sole: Affine.name(letter) for letter, place in self.bound.items() if place.sole}
            places = ", ".join(str(a.put(letters)) for a in at)
            raise ReadError(f"{name} has no entry [{places}]", text=self.text, fix="count from the first index")
        self.note(OUTSIDE)
        self.beyond += [(x, tuple(self.active)) for x in open_]
        own = {a.sole for a in at if a.sole in self.fresh}
        self.leaves += [(name, x, tuple(self.active)) for x in open_ if x.of.names & own]

    def cases(self, node: s.Cases) -> Poly:
        """Refuses cases that leave values out: a formula is not 0 where it says nothing."""
        left = ONE
        for _, condition in node.rows:
            left = NOTHING if condition is None else times(left, _opposite(self.holds(whole_condition(condition))))
        if not equal(almost_everywhere(left), NOTHING, self.model, self.own.free):
            raise Unsupported("the cases leave something out", where=self.text[slice(*node.span)], fix="add otherwise")
        return super().cases(node)

    def goes_beyond(self, free: tuple[str, ...]) -> bool:
        """Whether some index really leaves its range at the sizes of a sample."""
        model = self.model
        here = [Limit("ge", e) for f in free for e in model.indices[f].limits]
        for limit, active in self.beyond:
            limits = [*active, *here]
            names = sorted({n for x in (limit, *limits) for n in x.of.names} - model.sizes.keys())
            fails = Limit("ge", -limit.of - 1) if limit.kind == "ge" else Limit("ne", limit.of)
            for sizes in self.own.sizes:
                if points(names, [*limits, fails, Limit("ge", limit.of + FAR)], sizes):
                    return True
        return False

    def comparison(self, left: s.Node, right: s.Node, relation: str) -> Poly:
        self.refuse_equality(left, right, relation)
        return super().comparison(left, right, relation)

    def refuse_equality(self, left: s.Node, right: s.Node, relation: str) -> None:
        """Values of samples are never equal: what holds where they are is not judged, unless the answer asks so too."""
        if relation not in ("=", "!=") or (self.on_indices(left) and self.on_indices(right)):
            return
        if any(isinstance(x, s.BigOperator) for x in (left, right)) or "same(" in self.own.answer.key:
            return
        raise Unsupported("whether two values are equal", where=self.text[left.span[0] : right.span[1]])

    def holds_here(self, limit: Limit) -> bool:
        facts = tuple(x.of for x in self.active if x.kind == "ge")
        return limit.kind == "ge" and self.context.proves(limit.of, facts)

    # --- derivatives

    def partial(self, node: s.PartialDerivative) -> Poly:
        return self.derived(node).poly

    def derived(self, node: s.PartialDerivative) -> Whole:
        of, by = node.of, node.by
        if not isinstance(of, s.Reference) or not isinstance(by, s.Reference):
            raise self.refused("a partial derivative of one name by one name is expected", node)
        for one in (of, by):
            if one.code not in self.model.tensors:
                raise self.refused(f"{one.code} is no name that has a derivative", one)
        return self.derivative(of.code, by.code, of.indices, by.indices, node)

    def derivative(self, of: str, by: str, of_at: tuple[s.Node, ...], by_at: tuple[s.Node, ...], node: s.Node) -> Whole:
        """The value of a derivative, whole where indices are left out."""
        found = self.reading(of, by, node)
        self.names.update((t.name, t) for t in found.names)
        top, bottom = self.model.tensors[of], self.model.tensors[by]
        left_out = [bool(t.axes) and not at for t, at in ((top, of_at), (bottom, by_at))]
        self.left_out |= any(left_out)
        if self.implicit and any(left_out):
            at = [*self.at(of_at, top, node), *self.at(by_at, bottom, node)]
            return Whole(self.derivative_at(found, top, bottom, at))
        if any(left_out):
            return self.whole_derivative(found, top, bottom, of_at, by_at, node)
        at = [*self.indices_of(of_at, top, node), *self.indices_of(by_at, bottom, node)]
        return Whole(self.derivative_at(found, top, bottom, at))

    def derivative_at(self, found: Closed, top: Tensor, bottom: Tensor, at: list[Affine]) -> Poly:
        ranges = (*self.model.ranges(top, at[: len(top.axes)]), *self.model.ranges(bottom, at[len(top.axes) :]))
        open_ = [x for x in ranges if not self.holds_here(x)]
        if open_:
            self.outside(f"d{top.name}/d{bottom.name}", at, open_)
        return guarded(put(found.poly, dict(zip(found.axes, at, strict=True))), open_)

    def whole_derivative(
        self,
        found: Closed,
        top: Tensor,
        bottom: Tensor,
        of_at: tuple[s.Node, ...],
        by_at: tuple[s.Node, ...],
        node: s.Node,
    ) -> Whole:
        """A gradient by a whole vector or matrix; of a whole vector by a whole vector a row for each entry above."""
        if top.axes and not of_at and bottom.axes and not by_at and (len(top.axes), len(bottom.axes)) == (1, 1):
            own = [Axis.of(self.model.indices[t.axes[0]]) for t in (top, bottom)]
            self.note("a derivative of a vector by a vector has a row for each entry of what is differentiated")
            return Whole(put(found.poly, dict(zip(found.axes, (a.at for a in own), strict=True))), own[0], own[1])
        first = self.indices_of(of_at, top, node) if top.axes else []
        if top.axes and not of_at:
            raise self.refused(f"{top.name} stands without its indices", node)

        def entry(at: list[Affine]) -> Poly:
            return put(found.poly, dict(zip(found.axes, (*first, *at), strict=True)))

        return self.all_of(bottom, bottom.axes, entry, node)

    def indices_of(self, given: tuple[s.Node, ...], tensor: Tensor, node: s.Node) -> list[Affine]:
        if len(given) != len(tensor.axes):
            raise self.refused(f"{tensor.name} has {len(tensor.axes)} indices, not {len(given)}", node)
        return [self.index(n) for n in given]

    def reading(self, of: str, by: str, node: s.Node) -> Closed:
        """The value of a derivative, in the preferred reading."""
        own = self.own
        whole, local = own.total(of, by), own.local(of, by)
        if whole is None and local is None:
            return self.nothing(of, by, node)
        if of == own.of or local is None or whole is None:
            found = whole if whole is not None else local
        else:
            self.ambiguous = self.ambiguous or whole != local
            found = local if self.prefer == "local" else whole
            if whole != local:
                self.note(LOCAL if self.prefer == "local" else "derivatives are taken over all paths")
        assert found is not None
        given = _is_given(found)
        if not (given or (of == own.of and (of, by) in own.earlier) or (own.partials and of != own.of)):
            self.undone.append(f"d{of}/d{by}")
        return found

    def joined(self, join: Join, left: Whole, right: Whole) -> Whole:
        """A product as it is written, or one of those that are meant where its signs need not be marked.

        One that is marked as entry by entry is that.
        """
        if self.choices is None or left.is_number or right.is_number:
            return join(left, right)
        found = joins(left, right, (hadamard,) if join is hadamard else (product, hadamard))
        return found[self.choices.choose(len(found))] if found else join(left, right)

    def nothing(self, of: str, by: str, node: s.Node) -> Closed:
        """The derivative by what a definition does not depend on."""
        top, bottom = self.model.tensors[of], self.model.tensors[by]
        if of == by:
            axes = tuple(fresh_name() for _ in (*top.axes, *top.axes))
            pairs = zip(axes[: len(top.axes)], axes[len(top.axes) :], strict=True)
            return Closed(axes, guarded(ONE, [Limit("eq", Affine.name(a) - Affine.name(b)) for a, b in pairs]))
        if not {top.kind, bottom.kind} <= {"input", "parameter", "constant", "definition", "loss"}:
            raise self.refused(f"{of} does not depend on {by}", node)
        self.note(f"{of} does not depend on {by}: the derivative is 0")
        return Closed((*top.axes, *bottom.axes), NOTHING)

    # --- sums

    def big(self, node: s.BigOperator) -> Poly:
        return self.summed(node).poly

    def summed(self, node: s.BigOperator) -> Whole:
        """A sum of numbers or of wholes; other big operators take numbers."""
        if node.operator != "sum":
            return Whole(super().big(node))
        if not node.bounds and not node.conditions:
            return self.total(self.whole(node.body), node)
        outside, before = dict(self.bound), list(self.active)
        names, limits = self.opened(node)
        body = self.whole(node.body)
        self.bound, self.active = outside, before
        return body.each(lambda p: bind(p, names, limits))

    def total(self, of: Whole, node: s.Node) -> Whole:
        """The sum of all entries. Of a number nobody knows over which index: not even where one stands in it."""
        if of.is_number:
            raise self.refused("this sum names no index", node, "an index, as in sum_i")
        return summed(of)


def _opposite(holds: Poly) -> Poly:
    """Where a condition fails. Law: for integers, not e >= 0 is -e - 1 >= 0."""
    term = holds.sole
    if term is not None and not term.factors and not term.bound and len(term.limits) == 1:
        (limit,) = term.limits
        if limit.kind == "ge" and term.coefficient == 1:
            return guarded(ONE, [Limit("ge", -limit.of - 1)])
    return ONE - holds


def _is_given(found: Closed) -> bool:
    """Whether a derivative is an upstream gradient that is given."""
    term = found.poly.sole
    if term is None or term.bound or len(term.factors) != 1 or not isinstance(term.factors[0][0], Ref):
        return False
    name = term.factors[0][0].name
    return any(t.name == name and t.kind == "upstream" for t in found.names)
