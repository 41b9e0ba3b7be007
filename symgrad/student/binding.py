"""The indices that sums bind: fresh names, and ranges as they are said, or as what an index stands in allows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.records import Poly
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.ends import unless_said, with_ends
from symgrad.read.resolve import Resolver
from symgrad.student.reference import Reference
from symgrad.student.scan import free_indices, is_alone, occurrences, places


class Binding(Resolver):
    """A reader that knows the axes in which an index stands. `active`: what holds where it reads; `notes`."""

    def __init__(self, text: str, reference: Reference) -> None:
        super().__init__(text, reference.model, reference.of)
        self.own = reference
        self.notes: list[str] = []
        self.assumed = False
        self.fresh: set[str] = set()  # of bound indices
        self.active: list[Limit] = []

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def assume(self, text: str) -> None:
        """Notes what is taken for granted though nothing says it: an answer is right under that convention."""
        self.note(text)
        self.assumed = True

    def scope(self, node: s.BigOperator) -> tuple[Poly, list[str], list[Limit]]:
        outside, before = dict(self.bound), list(self.active)
        names, limits = self.opened(node)
        body = self.poly(node.body)
        self.bound, self.active = outside, before
        return body, names, limits

    def opened(self, node: s.BigOperator) -> tuple[list[str], list[Limit]]:
        """The fresh names of the bound indices with their limits, which hold from now on."""
        node = with_ends(node)
        names: list[str] = []
        said: list[Limit] = []
        implied: list[Limit] = []  # of indices without ends: all that keeps inside what they stand in
        if not node.bounds and not node.conditions:
            raise self.refused("this sign names no index", node, "an index below it")
        for one in node.bounds:
            ends = [e for e in (one.lower, one.upper) if e is not None]
            if any(free_indices(e, frozenset((one.name,))) for e in ends):
                raise self.refused(f"{one.name} stands in its own range", one)
            if one.lower is None and one.upper is not None and self.ends_where(one, node):
                one = replace(one, upper=None)  # sum_i^m, of all there are
            if (one.lower is None) != (one.upper is None):
                raise self.refused(f"the range of {one.name} has only one end", one, "both ends, or none")
            if len(one.within) == 1:
                self.assume(f"{one.within} is read as all values of {one.name}")
            fresh = f"~m{len(self.fresh)}"  # the same in the next text: what was proved of it is known
            self.fresh.add(fresh)
            shift = self.rebased(one, node)
            found = self.limits_of(one, node, Affine.name(fresh), shift)
            (implied if one.lower is None else said).extend(found)
            self.bound[one.name] = Affine.name(fresh)
            names.append(fresh)
        for condition in node.conditions:
            said += self.limits(condition)
        limits = [*unless_said(implied, names, said, self.model.sizes), *said]
        self.active = [*self.active, *limits]
        return names, limits

    def ends_where(self, one: s.Bound, node: s.BigOperator) -> bool:
        """Whether the end that is said of an index is the number of values, or the last one, of what it stands in."""
        if one.upper is None or not self.on_indices(one.upper):
            return False
        said, at = self.index(one.upper), Affine.name("~here")
        ends = set()
        for code, axis, index in places(node.body, one.name):
            highs = [x.of + at for x in self.axis_limits(code, axis, at) if x.of.slope("~here") == Affine.number(-1)]
            lows = [at - x.of for x in self.axis_limits(code, axis, at) if x.of.slope("~here") == Affine.number(1)]
            if not is_alone(index) or len(highs) != 1 or len(lows) != 1:
                return False
            ends.add((highs[0], highs[0] - lows[0] + 1))
        return len(ends) == 1 and said in ends.pop()

    def limits_of(self, one: s.Bound, node: s.BigOperator, at: Affine, shift: Affine) -> list[Limit]:
        """The range of a bound index as it is said; where it is not, all that keeps what it stands in inside.

        An index that stands nowhere alone has the range it is declared with.
        """
        if one.lower is not None and one.upper is not None:
            return [x.put({at.sole: at - shift}) for x in self.range(one, at)]
        where = list(places(node.body, one.name))
        if not any(is_alone(index) and self.axis_limits(code, axis, at) for code, axis, index in where):
            return self.range(one, at)
        before = self.bound.get(one.name)
        self.bound[one.name] = at
        found: list[Limit] = []
        for code, axis, index in where:
            with suppress(ReadError):  # an index that is bound further inside
                found += self.axis_limits(code, axis, self.index(index))
        self.bound.pop(one.name)
        if before is not None:
            self.bound[one.name] = before
        return list(dict.fromkeys(found))

    def axis_limits(self, code: str, axis: int, at: Affine) -> list[Limit]:
        """The range of an axis of a declared name, or of a gradient that has a name."""
        tensor = self.model.tensors.get(self.own.let.get(code, code))
        if tensor is None or axis >= len(tensor.axes):
            return []
        name = tensor.axes[axis]
        return [Limit("ge", e.put({name: at})) for e in self.model.indices[name].limits]

    def rebased(self, one: s.Bound, node: s.BigOperator) -> Affine:
        """How far a sum that counts from another start must be moved: `sum_{i=0}^{m-1} x_i` where x begins at 1."""
        nothing = Affine.number(0)
        where = list(places(node.body, one.name))
        if one.lower is None or one.upper is None or not where or not all(is_alone(i) for _, _, i in where):
            return nothing
        elsewhere = occurrences(node, one.name) > len(where)  # in a condition, or as a number
        if elsewhere or not self.on_indices(one.lower):  # max, ceil
            return nothing
        if self.index(one.lower) not in (Affine.number(0), Affine.number(1)):
            return nothing
        at = Affine.name("~here")
        said = set(self.range(one, at))
        for code, axis, _ in where:
            tensor = self.model.tensors.get(self.own.let.get(code, code))
            if tensor is None:
                return nothing
            start = self.model.indices[tensor.axes[axis]].start
            shift = start - self.index(one.lower)
            moved = {x.put({"~here": at + shift}) for x in self.axis_limits(code, axis, at)}
            if moved != said or shift == nothing:
                return nothing
        self.note(f"{one.name} is counted from {self.index(one.lower)}")
        return shift
