"""Random formulas with a meaning of their own: a small tree that is evaluated by plain loops and built as a poly.

The evaluation shares nothing with the package. Entries exist at every integer index, so that no test depends on ranges
of tensors; an empty range is 0 and a guard is tested before its body is read.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import bind, call, guarded, index_value, lone, number, power, times
from symgrad.algebra.records import Poly, Ref
from symgrad.check.evaluate import Interpreter

SIZES = ("m", "n")
FREE = ("i", "j")
SIGNS = {"x": "real", "A": "real", "p": "positive", "q": "nonnegative", "c": "real"}
ARITY = {"x": 1, "A": 2, "p": 1, "q": 1, "c": 0}
CONTEXT = Context(frozenset(SIZES), {f: (Affine.name(f), Affine.name("n") - Affine.name(f) - 1) for f in FREE})

SPOTS = tuple({"m": m, "n": n, "i": i, "j": j} for m in (1, 3) for n in (1, 2) for i in range(n) for j in range(n))


class Everywhere(Mapping):
    """The entries of a tensor, at every integer: numbers of order one, of the declared sign."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getitem__(self, at: tuple[int, ...]) -> float:
        draw = zlib.crc32(f"{self.name}{at}".encode())
        size = 0.25 + (draw % 1000) / 800
        return -size if SIGNS[self.name] == "real" and draw % 7 < 3 else size

    def __iter__(self):
        raise AssertionError("nothing may walk over entries")

    __len__ = __iter__


ENTRIES = {name: Everywhere(name) for name in SIGNS}


@dataclass(frozen=True)
class Formula:
    """`kind` is number, entry, index, add, mul, pow, sum, guard or a function."""

    kind: str
    parts: tuple = ()
    what: object = None

    def poly(self) -> Poly:
        match self.kind:
            case "number":
                return number(self.what)
            case "entry":
                return lone(Ref(self.what, self.parts, SIGNS[self.what]))
            case "index":
                return index_value(self.what, dict.fromkeys(SIZES, "positive"))
        inner = [part.poly() for part in self.parts]
        match self.kind:
            case "add":
                return sum(inner[1:], inner[0])
            case "mul":
                return times(*inner)
            case "pow":
                return power(inner[0], self.what)
            case "sum":
                name, limits = self.what
                return bind(inner[0], [name], limits)
            case "guard":
                return guarded(inner[0], self.what)
        return call(self.kind, *inner)

    def value(self, at: Mapping[str, int]) -> float:
        match self.kind:
            case "number":
                return float(self.what)
            case "entry":
                return ENTRIES[self.what][tuple(a.at(at) for a in self.parts)]
            case "index":
                return float(self.what.at(at))
            case "sum":
                name, limits = self.what
                spots = [{**at, name: v} for v in range(-25, 26)]
                return sum((self.parts[0].value(s) for s in spots if all(x.holds(s) for x in limits)), 0.0)
            case "guard":
                return self.parts[0].value(at) if all(x.holds(at) for x in self.what) else 0.0
        inner = [part.value(at) for part in self.parts]
        with np.errstate(all="ignore"):
            match self.kind:
                case "add":
                    return sum(inner)
                case "mul":
                    return math.prod(inner)
                case "pow":
                    return float(np.power(inner[0], float(self.what)))
            return float(getattr(np, self.kind)(*inner))


def same(left: float, right: float, size: float = 1.0) -> bool:
    return abs(left - right) <= 1e-9 * (1 + abs(left) + abs(right) + abs(size))


def check(formula: Formula, poly: Poly, spots=SPOTS) -> None:
    """The poly has the value of the formula wherever that is a number; where neither can be read nothing is claimed."""
    interpreter = Interpreter()
    for at in spots:
        wanted = formula.value(at)
        if not math.isfinite(wanted) or abs(wanted) > 1e6:
            continue
        found, size = float(interpreter.value(poly, at, ENTRIES)), float(interpreter.magnitude(poly, at, ENTRIES))
        if math.isfinite(found) and size < 1e6:
            assert same(wanted, found, size), (formula, poly, at, wanted, found)


def number_of(poly: Poly, at: Mapping[str, int]) -> float:
    return float(Interpreter().value(poly, at, ENTRIES))


# --- strategies ---------------------------------------------------------------------------------------------------


@st.composite
def affine(draw, names, reach=2):
    """An index expression in some of the names, with small coefficients."""
    found = Affine.number(draw(st.integers(-reach, reach)))
    for name in draw(st.lists(st.sampled_from(sorted(names)), max_size=2, unique=True)):
        found = found + Affine.name(name) * draw(st.sampled_from((1, 1, 1, -1, 2)))
    return found


@st.composite
def limits_of(draw, name, scope):
    """A range of one index, and sometimes a further condition or an equation that ties it."""
    at = Affine.name(name)
    low = draw(
        st.sampled_from(
            [Affine.number(0), Affine.number(0), Affine.number(-1), *map(Affine.name, sorted(scope & set(FREE)))]
        )
    )
    high = draw(st.sampled_from([*map(Affine.name, SIZES), *map(Affine.name, sorted(scope)), Affine.number(1)]))
    found = [Limit("ge", at - low), Limit("ge", high - 1 - at)]
    if draw(st.integers(0, 2)) == 0:
        kind = draw(st.sampled_from(("ge", "eq", "ne")))
        found.append(Limit(kind, at * draw(st.sampled_from((1, -1, 2, -2, 3))) - draw(affine(scope))))
    return tuple(found)


@st.composite
def formulas(draw, scope=frozenset(FREE), depth=3, roots=True):
    """A formula in the free names of `scope` and sizes."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(leaves(scope))
    deeper = formulas(scope, depth - 1, roots)
    kind = draw(st.sampled_from(("add", "mul", "mul", "sum", "sum", "guard", "pow", "call")))
    if kind in ("add", "mul"):
        return Formula(kind, (draw(deeper), draw(deeper)))
    if kind == "sum":
        name = f"b{depth}"
        limits = draw(limits_of(name, scope))
        return Formula("sum", (draw(formulas(scope | {name}, depth - 1, roots)),), (name, limits))
    if kind == "guard":
        condition = Limit(draw(st.sampled_from(("ge", "eq", "ne"))), draw(affine(scope | set(SIZES))))
        return Formula("guard", (draw(deeper),), (condition,))
    if kind == "pow":
        exponents = [Fraction(2), Fraction(3), Fraction(-1), Fraction(-2)]
        exponents += [Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2)] if roots else []
        return Formula("pow", (draw(deeper),), draw(st.sampled_from(exponents)))
    return Formula(draw(st.sampled_from(("sin", "tanh", "abs", "cos"))), (draw(deeper),))


@st.composite
def leaves(draw, scope):
    kind = draw(st.sampled_from(("entry", "entry", "entry", "entry", "number", "index")))
    if kind == "number":
        return Formula("number", (), draw(st.sampled_from([Fraction(n, d) for n in (-2, -1, 1, 2, 3) for d in (1, 2)])))
    if kind == "index":
        return Formula("index", (), Affine.name(draw(st.sampled_from(sorted(scope | set(SIZES))))))
    name = draw(st.sampled_from(sorted(ARITY)))
    return Formula("entry", tuple(draw(affine(scope)) for _ in range(ARITY[name])), name)
