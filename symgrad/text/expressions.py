"""A syntax tree as the SymPy expression an author of a graph would have written, in the graph's own names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symgrad.algebra.border_names import FUNCTIONS
from symgrad.declare.names import Argmax, Argmin, Index, Max, Min, Product, Sum, Tensor
from symgrad.read import syntax as s
from symgrad.read.statements import Statement
from symgrad.text.places import Here, Places, Variable, refused

MOST_BITS = 512  # of a number to a power
BIG = {"sum": Sum, "prod": Product, "max": Max, "min": Min}
PLACED = {"argmax": Argmax, "argmin": Argmin}
RELATIONS = {"=": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge}
ALSO = {"heaviside": "step", "ReLU": "relu"}
IN_COMPONENTS = "write it out in components"


@dataclass
class Writer:
    """Writes the trees of one statement. `handles`: by code; `index`: the declared index of each variable."""

    handles: Mapping[str, Any]
    functions: Mapping[str, Any]
    index: Mapping[Variable, Index]
    places: Places
    number: int
    statement: Statement

    def write(self, node: s.Node, here: Here) -> Any:
        """The expression of a node. Raises ReadError where it has no meaning in components."""
        writer = WRITERS.get(type(node))
        if writer is None:
            raise self.refused(f"{type(node).__name__} has no meaning in components", node, fix=IN_COMPONENTS)
        return writer(self, node, here)

    def refused(self, what: str, node: s.Node | s.Bound, expected: str = "", fix: str = "") -> Exception:
        return refused(self.statement, what, node, expected, fix)

    # --- names

    def reference(self, node: s.Reference, here: Here) -> Any:
        if node.code in here:
            return self.index[here[node.code]]
        handle = self.handles.get(node.code)
        if handle is None and node.code == "pi":
            return sympy.pi
        if isinstance(handle, Tensor):
            if len(node.indices) != len(handle.axes):
                raise self.refused(f"{node.code} stands without its indices", node, repr(handle))
            return handle[tuple(self.write(i, here) for i in node.indices)]
        if handle is None or node.indices:
            raise self.refused(f"{node.code} has no indices" if handle is not None else f"{node.code}?", node)
        return handle

    # --- sums

    def big(self, node: s.BigOperator, here: Here) -> Any:
        if node.operator in PLACED:
            raise self.refused(f"{node.operator} is a place, not a number", node, "j = argmax, in an indicator")
        inner = self.inside(node, here)
        limits = [*self.moving_ends(node, inner), *(self.condition(c, inner) for c in node.conditions)]
        body = self.write(node.body, inner)
        if limits and node.operator != "sum":
            raise self.refused(f"a condition below {node.operator}", node, "a condition below a sum")
        if limits:
            body = sympy.Piecewise((body, sympy.And(*limits)), (0, True))
        return BIG[node.operator](body, *(self.index[inner[b.name]] for b in node.bounds))

    def inside(self, node: s.BigOperator, here: Here) -> Here:
        """The indices in force in the body of a sum."""
        return {**here, **{b.name: Variable(self.number, b.name, b.span[0]) for b in node.bounds}}

    def moving_ends(self, node: s.BigOperator, inner: Here) -> list[Any]:
        """Ends that move with another index, as conditions."""
        found = []
        for one in node.bounds:
            at = self.index[inner[one.name]]
            moving = self.places.ends[inner[one.name]].moving
            for end, moves, relation in zip((one.lower, one.upper), moving, (sympy.Ge, sympy.Le), strict=True):
                if end is not None and (moves or any(moving)):
                    found.append(relation(at, self.write(end, inner)))
        return found

    # --- conditions

    def condition(self, node: s.Node, here: Here) -> Any:
        """A relation, or several, as SymPy writes them."""
        if isinstance(node, s.Conjunction):
            return sympy.And(*(self.condition(c, here) for c in node.conditions))
        if isinstance(node, s.Tuple):
            return sympy.And(*(self.condition(c, here) for c in node.items))
        if not isinstance(node, s.Relation):
            raise self.refused("a condition is expected", node, "a relation, as in i < j or x > 0")
        sides = [self.write(item, here) for item in node.items]
        pairs = zip(sides, sides[1:], node.relations, strict=False)
        return sympy.And(*(RELATIONS[relation](a, b) for a, b, relation in pairs))

    def iverson(self, node: s.Iverson, here: Here) -> Any:
        condition = node.condition
        if isinstance(condition, s.Relation) and condition.relations == ("=",):
            for place, asked in (condition.items, condition.items[::-1]):
                if isinstance(place, s.BigOperator) and place.operator in PLACED:
                    inner = self.inside(place, here)
                    at = [self.index[inner[bound.name]] for bound in place.bounds]
                    found = PLACED[place.operator](self.write(place.body, inner), *at)
                    return sympy.KroneckerDelta(self.write(asked, here), found)
        return sympy.Piecewise((1, self.condition(condition, here)), (0, True))

    def cases(self, node: s.Cases, here: Here) -> Any:
        rows = [
            (self.write(value, here), True if condition is None else self.condition(condition, here))
            for value, condition in node.rows
        ]
        return sympy.Piecewise(*rows)

    # --- functions and powers

    def call(self, node: s.Call, here: Here) -> Any:
        arguments = [self.write(a, here) for a in node.arguments]
        if (node.function, node.primes) == ("relu", 1):
            return FUNCTIONS["step"](*arguments)
        if node.primes:
            raise self.refused("the derivative of a function", node, "a definition without derivatives")
        if node.function in self.functions:
            return self.functions[node.function](*arguments)
        if node.function == "sech":
            return 1 / sympy.cosh(*arguments)
        known = FUNCTIONS.get(ALSO.get(node.function, node.function))
        if known is None:
            raise self.refused(f"{node.function} has no meaning in components", node, fix=IN_COMPONENTS)
        return known(*arguments)

    def power(self, node: s.Power, here: Here) -> Any:
        return self.raised(self.write(node.of, here), self.write(node.exponent, here), node)

    def root(self, node: s.Root, here: Here) -> Any:
        degree = 2 if node.degree is None else self.write(node.degree, here)
        return self.raised(self.write(node.of, here), sympy.Rational(1) / degree, node)

    def raised(self, base: Any, exponent: Any, node: s.Node) -> Any:
        """A power, unless it is a number of more digits than anybody can mean."""
        if isinstance(exponent, sympy.Rational):
            size = max(abs(exponent.p), exponent.q)
            bits = max(base.p.bit_length(), base.q.bit_length()) if isinstance(base, sympy.Rational) else 1
            if size * bits > MOST_BITS:
                raise self.refused("a power that is too large", node, f"at most {MOST_BITS} binary digits")
        return base**exponent

    def divide(self, node: s.Divide, here: Here) -> Any:
        top, bottom = self.write(node.top, here), self.write(node.bottom, here)
        if bottom == 0:
            raise self.refused("a division by zero", node.bottom)
        return top / bottom


def _number(w: Writer, node: s.Number, here: Here) -> Any:
    value: Fraction = node.value
    return sympy.Rational(value.numerator, value.denominator)


def _times(w: Writer, node: s.Times, here: Here) -> Any:
    found = sympy.Integer(1)
    for factor in node.factors:
        found = found * w.write(factor, here)
    return found


def _plus(w: Writer, node: s.Plus, here: Here) -> Any:
    return sympy.Add(*(w.write(t, here) for t in node.terms))


WRITERS: dict[type, Callable[[Writer, Any, Here], Any]] = {
    s.Number: _number,
    s.Reference: Writer.reference,
    s.Call: Writer.call,
    s.Minus: lambda w, n, here: -w.write(n.of, here),
    s.Plus: _plus,
    s.Times: _times,
    s.Divide: Writer.divide,
    s.Power: Writer.power,
    s.Root: Writer.root,
    s.BigOperator: Writer.big,
    s.Delta: lambda w, n, here: sympy.KroneckerDelta(w.write(n.left, here), w.write(n.right, here)),
    s.Iverson: Writer.iverson,
    s.Cases: Writer.cases,
    s.Absolute: lambda w, n, here: sympy.Abs(w.write(n.of, here)),
}
