"""The border, inwards: the names in force at a place of an expression, index expressions, and ranges of sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sympy

from symgrad.algebra.border_names import expression
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import fresh_name
from symgrad.errors import DeclarationError, Unsupported, nearest

Ends = list[tuple[Affine, Affine]]


@dataclass(frozen=True)
class Known:
    """The names an expression may use: sizes, indices (name -> limits), scalars and tensors (name -> sign, arity)."""

    sizes: frozenset[str]
    indices: Mapping[str, tuple[Affine, ...]]
    tensors: Mapping[str, tuple[str, int]]
    where: str = ""
    functions: Mapping[str, int] | None = None
    symbols: Mapping[str, Any] = field(default_factory=dict)
    hint: str = "declare it in this graph"
    relations: tuple[Affine, ...] = ()

    def every(self) -> list[str]:
        return [*(n for n in self.symbols if n in self.sizes), *self.indices, *self.tensors]


class Scope:
    """The free indices met so far, and the bound ones in force: name -> fresh name, with the limits of their ranges."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.free: list[str] = []
        self.bound: list[str] = []
        self.inner: dict[str, str] = {}
        self.within: list[Limit] = []

    def own(self, e: sympy.Symbol) -> None:
        """Refuses a name of another graph that is spelt like one of this graph."""
        mine = self.known.symbols.get(e.name)
        if mine is not None and type(e) is type(mine) and e != mine:
            raise DeclarationError(
                f"{e.name} is of another graph",
                where=self.known.where,
                expected=f"{e.name} from {getattr(mine, 'first', '')} to {getattr(mine, 'last', '')}",
                given=f"{e.name} from {getattr(e, 'first', '')} to {getattr(e, 'last', '')}",
            )

    def undeclared(self, name: str) -> DeclarationError:
        return DeclarationError(
            f"{name} is not declared",
            where=self.known.where,
            expected="declared names: " + ", ".join(self.known.every()),
            given=name,
            fix=nearest(name, self.known.every()) or self.known.hint,
        )

    def index(self, e: Any) -> Affine:
        """An index expression; anything but an affine one is refused."""
        e = expression(e)
        if isinstance(e, sympy.Integer):
            return Affine.number(int(e))
        if isinstance(e, sympy.Symbol):
            self.own(e)
            return self._index_name(e.name)
        if isinstance(e, sympy.Add):
            return sum((self.index(a) for a in e.args), Affine({}))
        if isinstance(e, sympy.Mul):
            found = Affine.number(1)
            for a in e.args:
                found = found * self.index(a)
            if all(len([n for n in m if n not in self.known.sizes]) <= 1 for m, _ in found.terms):
                return found
        if isinstance(e, sympy.Indexed):
            raise self._data_as_index(e)
        if e.has(sympy.zoo, sympy.nan, sympy.oo):
            raise DeclarationError(
                "an index expression divided by 0",
                where=self.known.where,
                expected="a stride of 1 or more",
                given="a division by 0",
                fix="a stride that is a size or a number from 1 on",
            )
        whole = isinstance(e, sympy.floor | sympy.ceiling | sympy.Mod)
        raise Unsupported(
            "an index that is not affine",
            where=f"{e} in {self.known.where}",
            expected="sums of indices and sizes, with integer or size coefficients",
            given=str(e),
            fix="write i as 2*j + r with indices j and r of their own" if whole else "whole numbers and sizes",
        )

    def _data_as_index(self, e: sympy.Expr) -> Unsupported:
        return Unsupported(
            "an index or range that depends on data",
            where=f"{e} in {self.known.where}",
            expected="indices and sizes; which entries are read must not depend on values",
            given=str(e),
            fix="a one-hot matrix T: Sum(T[b, m]*E[m, d], m) gathers rows of E, Sum(mask[i]*x[i], i) a part",
        )

    def _index_name(self, name: str) -> Affine:
        if name in self.inner:
            return Affine.name(self.inner[name])
        if name in self.known.sizes:
            return Affine.name(name)
        if name in self.known.tensors:
            raise self._data_as_index(sympy.Symbol(name))
        if name not in self.known.indices:
            raise self.undeclared(name)
        if name not in self.free:
            self.free.append(name)
        return Affine.name(name)

    def bounds(self, e: sympy.Expr, side: str) -> Ends:
        """Limits of a sum as pairs (a, c): c*i >= a, or c*i <= a. Max, Min, ceiling and floor are split up."""
        split, rounding = (sympy.Max, sympy.ceiling) if side == "low" else (sympy.Min, sympy.floor)
        if isinstance(e, split):
            return [pair for a in e.args for pair in self.bounds(a, side)]
        rest, rounded = e, None
        for part in sympy.Add.make_args(e):
            if isinstance(part, rounding):
                rest, rounded = e - part, part.args[0]
        if rounded is None:
            return [(self.index(e), Affine.number(1))]
        top, bottom = sympy.fraction(sympy.together(rounded))
        divisor = self.index(bottom)
        if not divisor.names <= self.known.sizes or any(c < 0 for _, c in divisor.terms):
            raise Unsupported(
                "a range divided by what may not be positive",
                where=f"{e} in {self.known.where}",
                expected="a division by an integer or by sizes",
                given=str(bottom),
            )
        return [(self.index(top) + divisor * self.index(rest), divisor)]

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The scope of a sum or reduction: names bound in it are forgotten behind it."""
        shadowed, around = dict(self.inner), list(self.within)
        yield
        self.inner, self.within = shadowed, around

    def bind_index(self, name: str, lows: Ends, highs: Ends, e: sympy.Expr) -> tuple[str, list[Limit]]:
        """A fresh name for a bound index and the limits of its range."""
        name = self._new_bound(name, e)
        fresh = fresh_name()
        self.inner[name] = fresh
        if name not in self.bound:
            self.bound.append(name)
        at = Affine.name(fresh)
        own = [Limit("ge", at * c - a) for a, c in lows] + [Limit("ge", a - at * c) for a, c in highs]
        self.within += own
        return fresh, own

    def _new_bound(self, name: str, e: sympy.Expr) -> str:
        if name in self.inner:
            raise DeclarationError(
                f"index {name} is used twice in one sum",
                where=f"{e} in {self.known.where}",
                expected="another index for each sum inside a sum",
                fix=f"give the inner sum an index of its own, with the range of {name}",
            )
        if name in self.known.sizes or name in self.known.tensors:
            raise DeclarationError(
                f"a sum over {name}, which is declared as something else",
                where=f"{e} in {self.known.where}",
                expected="a sum over an index",
                given=name,
                fix="declare an index: i = g.index(...), and use sg.Sum(..., i)",
            )
        return name

    def context(self) -> Context:
        """What is known of the indices that are free; the range of another index may be empty."""
        free = {name: self.known.indices[name] for name in self.free}
        return Context(self.known.sizes, free, self.known.relations)


def lowered(low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """The upper end of a sum as it was before it was raised to the lower end - 1, which adds nothing to the sum."""
    if isinstance(high, sympy.Max) and low - 1 in high.args:
        return sympy.Max(*(a for a in high.args if a != low - 1))
    return high
