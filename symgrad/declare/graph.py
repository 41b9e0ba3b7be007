"""The graph a user declares, line by line; each mistake is refused in the line that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sympy

from symgrad.algebra.border import FUNCTIONS, Entrance
from symgrad.algebra.border_out import Exit
from symgrad.algebra.index import Affine
from symgrad.algebra.records import Poly
from symgrad.declare import model as record
from symgrad.declare.arrays import Array, at_axes
from symgrad.declare.names import Index, Scalar, Tensor
from symgrad.declare.naming import name_bound
from symgrad.declare.reads import check_reads
from symgrad.declare.sizes import Sizes
from symgrad.errors import DeclarationError

SIGNS = ("positive", "nonnegative", "real")
Handle = Scalar | Tensor


class Declarations(Sizes):
    """An append-only builder; `model` is the frozen snapshot of what has been declared so far."""

    # --- names

    def input(self, name: str, *axes: Any, shown: str = "", sign: str = "real", row: bool = False) -> Any:
        """A given array, or a given number when it has no axes. `sign`: positive, nonnegative or real.

        Each axis is an index, or a size: then it gets an index. `row`: a vector that is written as a row, so that
        W x needs no transpose; on paper only, an array of one axis has no orientation.
        """
        return self._declare(name, "input", axes, shown, sign, row=row)

    def parameter(self, name: str, *axes: Any, shown: str = "", sign: str = "real", row: bool = False) -> Any:
        """A trained array or number; `row` as for an input."""
        return self._declare(name, "parameter", axes, shown, sign, row=row)

    def parameters(self, names: str) -> tuple[Any, ...]:
        return tuple(self.parameter(name) for name in names.split())

    def constant(self, name: str, *axes: Any, shown: str = "", positive: bool = False, row: bool = False) -> Any:
        """A number (or array) that is not trained; of order one in every check, however small it is in use."""
        return self._declare(name, "constant", axes, shown, "positive" if positive else "real", row=row)

    def define(self, name: str, value: Any, over: Index | Sequence[Index] = (), shown: str = "") -> Any:
        """A definition: `name[over] = value`. Every index of the value is either bound by a sum or listed in `over`.

        An array (`X @ W + b`) brings its own indices; `over` may give others of the same lengths.
        """
        self._new(name, "definition")
        if isinstance(value, Array | Tensor):
            return self._define_array(name, value if isinstance(value, Array) else value.as_array, over, shown)
        axes = self._axes(over, f"definition {name}")
        where = f"{name}[{', '.join(map(str, axes))}] = {value}" if axes else f"{name} = {value}"
        poly, free, bound = self._read(value, where, "a definition may use earlier names only: no cycles")
        stray = [i for i in free if i not in [a.name for a in axes]]
        if stray:
            raise DeclarationError(
                f"index {stray[0]} is free in the definition of {name}",
                where=where,
                expected="every free index listed in over=",
                given=f"over={[a.name for a in axes]}",
                fix=f"over={stray[0]}, or a sum over {stray[0]}",
            )
        clash = [a.name for a in axes if a.name in bound]
        if clash:
            raise DeclarationError(
                f"index {clash[0]} is free and bound in one expression",
                where=where,
                expected="a different name for the sum",
                given=f"over={[a.name for a in axes]}",
                fix=f"sum over another index with the range of {clash[0]}",
            )
        self._check_reads(poly, tuple(a.name for a in axes), where)
        return self._declare(name, "definition", axes, shown, poly.sign, poly=poly, bound=tuple(bound))

    def _define_array(self, name: str, value: Array, over: Any, shown: str) -> Any:
        where = f"{name} = {value.text}"
        if value.room is not self:
            raise DeclarationError("an array of another graph", where=where, given=value.text)
        given = self._axes(over, where) if over or value.axes == () else ()
        if over and len(given) != value.ndim:
            raise DeclarationError(
                f"an array with {value.ndim} axes",
                where=where,
                expected=f"{value.ndim} indices in over=",
                given=f"over={[a.name for a in given]}",
            )
        for mine, index in zip(value.axes, given, strict=False):
            if (1 if mine is None else self.count(mine)) != self.count(index.name):
                raise DeclarationError(
                    f"index {index.name} has another length than this axis",
                    where=where,
                    expected=f"{1 if mine is None else self.count(mine)} values",
                    given=f"{self.count(index.name)}",
                )
        names = [a.name for a in given] if over else []
        for axis in () if over else value.axes:
            names.append(self.index_over(1, names) if axis is None else axis)
        poly = at_axes(value, names)
        self._check_reads(poly, tuple(names), where)
        axes = tuple(self._symbols[n] for n in names)
        return self._declare(name, "definition", axes, shown, poly.sign, poly=poly)

    def inverse(self, name: str, of: Tensor, shown: str = "") -> Tensor:
        """The inverse of a square matrix; its entries may be used like those of any definition."""
        axes = self._square(name, of)
        return self._declare(name, "definition", axes, shown, "real", matrix=("inverse", of.name, name))

    def det(self, name: str, of: Tensor, shown: str = "") -> Scalar:
        """The determinant of a square matrix."""
        return self._of_matrix("det", name, of, shown)

    def logdet(self, name: str, of: Tensor, shown: str = "") -> Scalar:
        """The logarithm of the absolute value of the determinant of a square matrix."""
        return self._of_matrix("logdet", name, of, shown)

    def _of_matrix(self, function: str, name: str, of: Tensor, shown: str) -> Scalar:
        self._square(name, of)
        known = (t.name for t in self.model.tensors.values() if t.matrix[:2] == ("inverse", of.name))
        inverse = next(known, "")
        if not inverse:
            inverse = self.inverse(f"{of.name}inv", of, shown=f"{{{of.name}^{{-1}}}}_#").name
        return self._declare(name, "definition", (), shown, "real", matrix=(function, of.name, inverse))

    def _square(self, name: str, of: Any) -> tuple[Index, ...]:
        axes = of.axes if isinstance(of, Tensor) and of.name in self.model.tensors else ()
        ranges = {
            tuple(str(e.put({a.name: Affine.name("*")})) for e in self.model.indices[a.name].limits) for a in axes
        }
        if len(axes) != 2 or len(ranges) != 1:
            raise DeclarationError(
                "a function of a square matrix",
                where=name,
                expected="a declared name with two axes of one range",
                given=repr(of),
            )
        return axes

    def loss(self, name: str, of: Handle | Sequence[Handle], shown: str = "") -> Scalar:
        """An unknown scalar loss that depends on the given names only; its gradient by them is given (upstream)."""
        given = list(of) if isinstance(of, list | tuple) else [of]
        outputs = [o.name for o in given if isinstance(o, Scalar | Tensor) and o.name in self.model.tensors]
        if not outputs or len(outputs) < len(given):
            raise DeclarationError(
                "a loss depends on declared names",
                where=f"loss {name}",
                expected="of=y or of=[y, z], handles of this graph",
                given=", ".join(map(str, given)) or "nothing",
                fix="a loss of an expression: define a name for it first",
            )
        return self._declare(name, "loss", (), shown, "real", of=tuple(outputs))

    def function(self, name: str, arity: int = 1) -> Any:
        """An unknown smooth function, used as `g(u)`; its derivative is a function of its own, g'."""
        self._new(name, "function")
        if name in FUNCTIONS or arity < 1:
            raise DeclarationError(
                "not an unknown function", where=f"function {name}", given=f"{name} of {arity} arguments"
            )
        self.model = replace(self.model, functions={**self.model.functions, name: arity})
        return sympy.Function(name)

    def fact(self, left: Any, right: Any, name: str = "") -> str:
        """An equation that holds: `g.fact(sg.Sum(y[j], j), 1)`. Used after differentiation only. Returns its name."""
        where = f"fact {left} = {right}"
        (a, free_a, _), (b, free_b, _) = self._read(left, where), self._read(right, where)
        free = tuple(dict.fromkeys([*free_a, *free_b]))
        if a.number is not None:
            raise DeclarationError(
                "a fact says something about declared names",
                where=where,
                expected="names on its left side",
                given=str(left),
            )
        if a == b:
            raise DeclarationError("a fact that says nothing", where=where, given=f"{left} on both sides")
        self._check_reads(a - b, free, where)
        for other in self.model.facts:
            if other.left == a and other.right != b:
                raise DeclarationError(
                    "facts that cannot hold together", where=where, given=f"{left} = {right}", expected=other.name
                )
        entry = record.Fact(a, b, free, name or f"{left} = {right}")
        self.model = replace(self.model, facts=(*self.model.facts, entry))
        return entry.name

    # --- expressions in declared names

    def read(self, value: Any, where: str = "") -> tuple[Poly, tuple[str, ...]]:
        """A SymPy expression in declared names as a poly, with its free indices."""
        poly, free, _ = self._read(value, where or str(value))
        self._check_reads(poly, free, where or str(value))
        return poly, free

    def show(self, poly: Poly, taken: Iterable[str] = (), model: record.Model | None = None) -> sympy.Expr:
        """A poly as SymPy, in declared names."""
        shown = model or self.model
        symbols = {
            n: Index(n, self._sympy(i.start), sympy.Integer(0))
            for n, i in shown.indices.items()
            if n not in self._symbols
        }
        door = Exit(
            lambda n: self._symbols.get(n) or symbols.get(n) or Scalar(n),
            lambda t, used: name_bound(shown, t, used),
            shown.context(n for n in shown.indices if n in poly.names),
            shown.read_ranges,
        )
        return door.poly(poly, frozenset(taken))

    def _read(
        self, value: Any, where: str, hint: str = "declare it in this graph"
    ) -> tuple[Poly, tuple[str, ...], list[str]]:
        if isinstance(value, Array):
            if value.room is not self:
                raise DeclarationError("an array of another graph", where=where, given=value.text)
            return value.poly, tuple(a for a in value.axes if a), []
        if isinstance(value, Tensor):
            raise DeclarationError(
                f"{value.name} is used without its indices",
                where=where,
                expected=repr(value),
                given=value.name,
                fix=f"write {value!r}",
            )
        walk = Entrance(replace(self._known(where), hint=hint))
        poly = walk.poly(value)
        return poly, tuple(walk.free), walk.bound

    def _check_reads(self, poly: Poly, free: tuple[str, ...], where: str) -> None:
        check_reads(self.model, poly, self.model.context(free), (), where)

    # --- bookkeeping

    def _declare(
        self,
        name: str,
        kind: str,
        axes: tuple[Index, ...],
        shown: str,
        sign: str,
        *,
        poly: Poly | None = None,
        bound: tuple[str, ...] = (),
        of: tuple[str, ...] = (),
        matrix: tuple[str, ...] = (),
        row: bool = False,
    ) -> Any:
        self._new(name, kind)
        if sign not in SIGNS:
            raise DeclarationError(
                "a sign that is not known", where=f"{kind} {name}", expected=", ".join(SIGNS), given=sign
            )
        axes = self._axes(axes, f"{kind} {name}")
        names = tuple(a.name for a in axes)
        if len(set(names)) < len(names):
            raise DeclarationError(
                "one index on two axes",
                where=f"{kind} {name}",
                given=", ".join(names),
                fix="declare a second index of the same range",
            )
        if row and len(axes) != 1:
            raise DeclarationError(
                "a row has one index",
                where=f"{kind} {name}",
                expected=f'{kind}("{name}", n, row=True)',
                given=", ".join(names) or "no index",
                fix="leave row=True out",
            )
        if shown and (len(axes) > 0) != ("#" in shown):
            raise DeclarationError(
                "a displayed form shows its indices at #", where=f"{kind} {name}", given=shown, fix=f"{shown}_#"
            )
        entry = record.Tensor(name, kind, names, sign, shown, poly, bound, of, matrix, row)
        self.model = replace(self.model, tensors={**self.model.tensors, name: entry})
        if not axes:
            return self._keep(name, Scalar(name))
        return self._keep(name, Tensor(name, axes, tuple(a.last - a.first + 1 for a in axes), self))

    def _indexed(self, axes: tuple[Any, ...], n: int) -> Any:
        """An axis as an index: a size gets one that the axes before and the given ones do not have."""
        axis = axes[n]
        is_size = isinstance(axis, int | sympy.Expr) and not isinstance(axis, bool | Index)
        if not is_size:
            return axis
        earlier = [self._indexed(axes, m) for m in range(n) if not isinstance(axes[m], Index)]
        before = [a.name for a in (*axes, *earlier) if isinstance(a, Index)]
        return self._symbols[self.index_over(axis, before)]

    def _axes(self, given: Any, where: str) -> tuple[Index, ...]:
        """The indices something is declared over; an index of another graph with another range is refused.

        A size stands for an index over it.
        """
        axes = tuple(given) if isinstance(given, list | tuple) else (given,)
        axes = tuple(self._indexed(axes, n) for n in range(len(axes)))
        for axis in axes:
            if not isinstance(axis, Index) or axis.name not in self.model.indices:
                raise DeclarationError(
                    "an axis is a declared index",
                    where=where,
                    expected=f"indices of this graph: {', '.join(self.model.indices)}",
                    given=repr(axis),
                    fix='declare it: i = g.index("i", N)',
                )
            self._same_index(axis, where)
        return axes
