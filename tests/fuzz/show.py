"""A graph as text: the declaration one can paste, and the same graph as a forward function in plain Python loops."""

from __future__ import annotations

from itertools import groupby

from tests.fuzz.graphs import (
    LOSS,
    Add,
    Call,
    Cases,
    Cond,
    Delta,
    Expr,
    Graph,
    Index,
    Lin,
    Mul,
    Num,
    Over,
    Pow,
    Ref,
    Whole,
)

SYMPY = {"exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "atan", "erf", "sign"}
NAMED = {"abs": "sp.Abs", "max": "sp.Max", "min": "sp.Min", "pow": "sp.Pow", **{h: f"sp.{h}" for h in SYMPY}}
OURS = ("sigmoid", "softplus", "relu", "step", "silu", "gelu", "gelu_tanh", "leaky_relu", "elu")
NAMED |= {h: f"sg.{h}" for h in OURS}
SUM, PRODUCT, POWER, ATOM = 0, 1, 2, 3  # how strongly a text holds together


def linear(at: Lin) -> str:
    """An index expression: n - 1 - i."""
    text = ""
    for c, names in sorted(at.terms, key=lambda t: t[0] < 0):
        part = "*".join([*([str(abs(c))] if abs(c) != 1 or not names else []), *names])
        text += f" {'-' if c < 0 else '+'} {part}" if text else f"{'-' if c < 0 else ''}{part}"
    return text or "0"


def _bracketed(at: Lin) -> str:
    text = linear(at)
    return f"({text})" if " " in text else text


def counted(i: Index) -> str:
    """The number of values of an index."""
    if i.by == Lin(((1, ()),)):
        return linear(i.top + i.plus)
    floor = f"{_bracketed(i.top)}//{_bracketed(i.by)}"
    return f"{floor} + {i.plus}" if i.plus else floor


class Writer:
    """What both languages share; each adds how it writes numbers, names, functions, sums and cases."""

    def text(self, e: Expr) -> str:
        return self.level(e)[0]

    def tight(self, e: Expr, least: int) -> str:
        found, level = self.level(e)
        return found if level >= least else f"({found})"

    def level(self, e: Expr) -> tuple[str, int]:
        match e:
            case Num(p, q):
                return self.number(p, q), (ATOM if p >= 0 else SUM)
            case Whole(at):
                return f"({linear(at)})", ATOM
            case Add(args):
                return " + ".join(self.tight(a, PRODUCT) for a in args), SUM
            case Mul(args):
                return "*".join(self.tight(a, POWER) for a in args), PRODUCT
            case Pow(base, p, q):
                return self.power(base, p, q), POWER
            case Ref(name, at):
                return self.entry(name, [linear(a) for a in at]), ATOM
            case Call(head, args):
                return self.call(head, [self.text(a) for a in args]), ATOM
            case Over():
                return self.over(e), ATOM
            case Cases(body, conditions, other):
                return self.cases(self.text(body), [self.condition(c) for c in conditions], self.text(other)), ATOM
            case Delta(left, right):
                return self.delta(linear(left), linear(right)), ATOM
        raise TypeError(e)

    def condition(self, c: Cond) -> str:
        return f"{linear(c.left)} {c.relation} {linear(c.right)}"


class Declared(Writer):
    """With the objects of SymPy and symgrad."""

    def number(self, p: int, q: int) -> str:
        return str(p) if q == 1 else f"sp.Rational({p}, {q})"

    def entry(self, name: str, at: list[str]) -> str:
        return f"{name}[{', '.join(at)}]" if at else name

    def power(self, base: Expr, p: int, q: int) -> str:
        if (p, q) == (1, 2):
            return f"sp.sqrt({self.text(base)})"
        lower = f"sp.Integer({base.p})" if isinstance(base, Num) and base.q == 1 else self.tight(base, ATOM)
        return f"{lower}**({self.number(p, q)})" if p < 0 or q > 1 else f"{lower}**{p}"

    def call(self, head: str, args: list[str]) -> str:
        if head == "where":
            return f"sp.Piecewise(({args[1]}, {args[0]} > 0), ({args[2]}, True))"
        return f"{NAMED.get(head, head)}({', '.join(args)})"

    def over(self, e: Over) -> str:
        if not e.low:
            return f"sg.{e.kind}({self.text(e.body)}, {e.index})"
        low, high = (self._end(name, ends) for name, ends in (("Max", e.low), ("Min", e.high)))
        return f"sp.{e.kind}({self.text(e.body)}, ({e.index}, {low}, {high}))"

    def _end(self, name: str, ends: tuple[Lin, ...]) -> str:
        return linear(ends[0]) if len(ends) == 1 else f"sp.{name}({', '.join(map(linear, ends))})"

    def cases(self, body: str, conditions: list[str], other: str) -> str:
        both = conditions[0] if len(conditions) == 1 else f"sp.And({', '.join(conditions)})"
        return f"sp.Piecewise(({body}, {both}), ({other}, True))"

    def condition(self, c: Cond) -> str:
        if c.relation in ("==", "!="):
            return f"sp.{'Eq' if c.relation == '==' else 'Ne'}({linear(c.left)}, {linear(c.right)})"
        return super().condition(c)

    def delta(self, left: str, right: str) -> str:
        return f"sp.KroneckerDelta({left}, {right})"


class Plain(Writer):
    """In Python: entries are looked up in dictionaries, so that reading outside of a range is an error."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.unknown = dict(graph.functions)

    def number(self, p: int, q: int) -> str:
        return str(p) if q == 1 else f"({p}/{q})"

    def entry(self, name: str, at: list[str]) -> str:
        return f"{name}[{', '.join(at)},]" if at else f"{name}[()]"

    def power(self, base: Expr, p: int, q: int) -> str:
        return f"F.power({self.text(base)}, {p}, {q})"

    def call(self, head: str, args: list[str]) -> str:
        return f"F.{head}({', '.join(args)})"

    def over(self, e: Over) -> str:
        low, high = f"max({', '.join(map(linear, e.low))}, -99)", f"min({', '.join(map(linear, e.high))}, 99) + 1"
        steps = f"range({low}, {high})" if e.low else self.steps(e.index)
        return f"F.{e.kind}({self.text(e.body)} for {e.index} in {steps})"

    def steps(self, name: str) -> str:
        i = self.graph.index(name)
        return f"range({counted(i)})" if not i.start else f"range({i.start}, {i.start} + {counted(i)})"

    def cases(self, body: str, conditions: list[str], other: str) -> str:
        return f"({body} if {' and '.join(conditions)} else {other})"

    def delta(self, left: str, right: str) -> str:
        return f"({left} == {right})"

    def entries(self, axes: tuple[str, ...], body: str) -> str:
        if not axes:
            return f"{{(): {body}}}"
        loops = " ".join(f"for {a} in {self.steps(a)}" for a in axes)
        return f"{{({', '.join(axes)},): {body} {loops}}}"


def _listed(names: tuple[str, ...], call: str) -> str:
    return f"{', '.join(names)} = g.{call}s(" if len(names) > 1 else f"{names[0]} = g.{call}("


def declaration(graph: Graph) -> str:
    """Python that declares the graph and asks its question; `d` is the derivation."""
    write = Declared()
    lines = ["import sympy as sp", "", "import symgrad as sg", "", f'g = sg.Graph("{graph.name}")']
    if graph.sizes:
        lines.append(f'{_listed(graph.sizes, "size")}"{" ".join(graph.sizes)}")')
    lines += [f"g.require({write.condition(r)})" for r in graph.relations]
    for (count, start), group in groupby(graph.indices, key=lambda i: (counted(i), i.start)):
        names = tuple(i.name for i in group)
        call = "indices" if len(names) > 1 else "index"
        more = f", start={start}" if start else ""
        lines.append(f'{", ".join(names)} = g.{call}("{" ".join(names)}", {count}{more})')
    for name, arity in graph.functions:
        lines.append(f'{name} = g.function("{name}"{f", {arity}" if arity > 1 else ""})')
    for t in graph.given:
        sign = ", positive=True" if t.kind == "constant" else ', sign="positive"'
        axes = "".join(f", {a}" for a in t.axes)
        lines.append(f'{t.name} = g.{t.kind}("{t.name}"{axes}{sign if t.sign == "positive" else ""})')
    for d in graph.definitions:
        over = f"({', '.join(d.axes)})" if len(d.axes) > 1 else "".join(d.axes)
        lines.append(f'{d.name} = g.define("{d.name}", {write.text(d.body)}{f", over={over}" if over else ""})')
    if graph.loss:
        lines.append(f'{LOSS} = g.loss("{LOSS}", of=[{", ".join(graph.loss)}])')
    return "\n".join([*lines, *_asked(graph, write)]) + "\n"


def _asked(graph: Graph, write: Declared) -> list[str]:
    q = graph.question
    options = "".join(f", {k}=[{', '.join(v)}]" for k, v in (("keep", q.keep), ("inline", q.inline)) if v)
    asked = f"g.derive({write.text(q.of)}, wrt={write.text(q.wrt)}{options})"
    if not q.then:
        return [f"d = {asked}"]
    return [f"first = {asked}", f"d = g.derive(first, wrt={write.text(q.then)})"]


QUESTION = "_asked"


def forward_source(graph: Graph) -> str:
    """Python for `forward(given, held, F)`: every name's entries, those in `held` taken as they are.

    Functions are looked up in F; what is differentiated has the name _asked.
    """
    write = Plain(graph)
    lines = ["def forward(given, held, F):"]
    lines += [f'    {name} = given["{name}"]' for name in graph.sizes]
    lines += [f'    {t.name} = held["{t.name}"] if "{t.name}" in held else given["{t.name}"]' for t in graph.given]
    for d in graph.definitions:
        made = write.entries(d.axes, write.text(d.body))
        lines.append(f'    {d.name} = held["{d.name}"] if "{d.name}" in held else {made}')
    if graph.loss:
        lines.append(f"    {LOSS} = {{(): F.loss({', '.join(graph.loss)})}}")
    lines.append(f"    {QUESTION} = {write.entries(graph.free, write.text(graph.question.of))}")
    names = [*(t.name for t in (*graph.given, *graph.definitions)), *([LOSS] if graph.loss else []), QUESTION]
    return "\n".join([*lines, f"    return {{{', '.join(f'{n!r}: {n}' for n in names)}}}"]) + "\n"
