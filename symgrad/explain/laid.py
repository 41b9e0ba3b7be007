"""From the syntax tree of a formula to layout: what somebody wrote, as the key would print it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgrad.errors import Unsupported
from symgrad.explain import layout as x
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.read.spelling import BY_CODE


@dataclass(frozen=True)
class Displayed:
    """The names of a formula; `bracketed`: the displayed forms of those whose indices stand in brackets, X[#]."""

    names: Names
    bracketed: Mapping[str, str] = field(default_factory=dict)


def laid_out(node: s.Node, names: Displayed) -> x.Layout:
    """The layout of a formula in components. Raises Unsupported for nodes that keys do not have.

    >>> from symgrad.read.names import Names
    >>> laid_out(s.Divide(s.Number("1"), s.Number("2")), Displayed(Names()))
    Fraction(top=Number(text='1'), bottom=Number(text='2'))
    """
    write = LAID.get(type(node))
    if write is None:
        raise Unsupported(f"{type(node).__name__} has no layout", where=show(node, names.names))
    return write(node, names)


def _name(node: s.Reference, names: Displayed) -> x.Layout:
    form = names.bracketed.get(node.code)
    if form is not None and node.indices:
        latex = form.replace("#", ", ".join(show(i, names.names).replace(" ", "") for i in node.indices))
    else:
        latex = show(node, names.names)
    code = f"{node.code}[{', '.join(map(_code, node.indices))}]" if node.indices else node.code
    return x.Name(latex, code, "^" in latex)


def _code(node: s.Node) -> str:
    """An index in plain text."""
    if isinstance(node, s.Plus):
        terms = [("-", t.of) if isinstance(t, s.Minus) else ("+", t) for t in node.terms]
        return "".join(f" {sign} {_code(t)}" for sign, t in terms).removeprefix(" + ").strip()
    if isinstance(node, s.Minus):
        return f"-{_code(node.of)}"
    if isinstance(node, s.Times):
        return "*".join(map(_code, node.factors))
    return node.text if isinstance(node, s.Number) else show(node)


def _plus(node: s.Plus, names: Displayed) -> x.Layout:
    terms = [(-1, t.of) if isinstance(t, s.Minus) else (1, t) for t in node.terms]
    return x.Plus(tuple((sign, laid_out(t, names)) for sign, t in terms))


def _times(node: s.Times, names: Displayed) -> x.Layout:
    return x.Product(tuple(laid_out(f, names) for f in node.factors))


def _root(node: s.Root, names: Displayed) -> x.Layout:
    body = laid_out(node.of, names)
    if node.degree is None:
        return x.Root(body)
    return x.Power(body, x.Fraction(x.Number("1"), laid_out(node.degree, names)))


def _call(node: s.Call, names: Displayed) -> x.Layout:
    declared, row = names.names.by_code.get(node.function), BY_CODE.get(node.function)
    shown = declared.shown() if declared else row.latex if row else node.function
    marks = "'" * node.primes
    return x.Call(shown + marks, node.function + marks, tuple(laid_out(a, names) for a in node.arguments))


def _big(node: s.BigOperator, names: Displayed) -> x.Layout:
    """A sign for each index, the first outermost; conditions stand below the last."""
    body = laid_out(node.body, names)
    for n, one in enumerate(reversed(node.bounds)):
        index = _name(s.Reference(one.name), names)
        ends = None if one.lower is None else x.Relation((index, laid_out(one.lower, names)), ("=",))
        conditions = tuple(laid_out(c, names) for c in node.conditions) if n == 0 else ()
        over = None if one.upper is None else laid_out(one.upper, names)
        body = x.BigOperator(node.operator, (ends or index, *conditions), over, body)
    return body


def _delta(node: s.Delta, names: Displayed) -> x.Layout:
    return x.Name(show(node, names.names), f"delta({_code(node.left)}, {_code(node.right)})")


def _relation(node: s.Relation, names: Displayed) -> x.Layout:
    return x.Relation(tuple(laid_out(i, names) for i in node.items), node.relations)


def _cases(node: s.Cases, names: Displayed) -> x.Layout:
    rows = [(laid_out(v, names), None if c is None else laid_out(c, names)) for v, c in node.rows]
    return x.Cases(tuple(rows))


LAID: dict[type, Callable[[Any, Displayed], x.Layout]] = {
    s.Number: lambda n, names: x.Number(n.text),
    s.Reference: _name,
    s.Minus: lambda n, names: x.Plus(((-1, laid_out(n.of, names)),)),
    s.Plus: _plus,
    s.Times: _times,
    s.Divide: lambda n, names: x.Fraction(laid_out(n.top, names), laid_out(n.bottom, names)),
    s.Power: lambda n, names: x.Power(laid_out(n.of, names), laid_out(n.exponent, names)),
    s.Root: _root,
    s.Call: _call,
    s.BigOperator: _big,
    s.PartialDerivative: lambda n, names: x.Partial(laid_out(n.of, names), laid_out(n.by, names)),
    s.Delta: _delta,
    s.Iverson: lambda n, names: x.Call(r"\mathbf{1}", "indicator", (laid_out(n.condition, names),)),
    s.Relation: _relation,
    s.Cases: _cases,
}
