"""A syntax tree written back as LaTeX: the echo of what was understood. Reading the echo gives the same tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.spelling import BY_CODE
from symgrad.read.syntax import Node

# How tightly what is written holds together; an operand written looser than its place wants gets brackets.
RELATION, SUM, ENTRYWISE, PRODUCT, FACTOR, ATOM = range(6)

SIGNS = {"!=": r"\ne", "<=": r"\le", ">=": r"\ge", "~": r"\approx"}
TIMES = {"": r"\,", "cdot": r"\cdot", "times": r"\times", "*": "*"}
OPERATORS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
OPERATORS |= {name: rf"\operatorname*{{{name}}}" for name in ("argmax", "argmin")}


def show(node: Node, names: Names | None = None) -> str:
    """The LaTeX of a tree; with `names` each name as displayed (then parse gives the tree back), else its code.

    >>> show(s.Divide(s.Reference("x", (s.Reference("i"),)), s.Number("2")))
    '\\\\frac{x_{i}}{2}'
    """
    try:
        return Writer(names).at(RELATION, node)
    except RecursionError:
        raise ReadError("nested too deeply to be shown") from None


class Writer:
    """Writes nodes; `names` knows the displayed forms."""

    def __init__(self, names: Names | None) -> None:
        self.names = names

    def at(self, place: int, node: Node) -> str:
        """The node in a place that holds at least as tightly as `place`."""
        text, tightness = WRITERS[type(node)](self, node)
        return text if tightness >= place else rf"\left({text}\right)"

    def begins_another(self, code: str) -> bool:
        """Whether a declared name with a superscript begins with this one: sigma to the 2 must not become \\sigma^2."""
        shown = self.code(code) + "^"
        return self.names is not None and any(other.shown().startswith(shown) for other in self.names.by_code.values())

    def wants_bracket(self, node: Node) -> bool:
        """Whether a bracket behind a name would be read as part of it, as in P(y=j)."""
        if not isinstance(node, s.Reference) or node.indices:
            return False
        name = self.names.by_code.get(node.code) if self.names else None
        return name is not None and "(" in name.template.lstrip("(").replace("{(", "")

    def factor(self, node: Node, last: bool = False) -> str:
        """A factor; a big operator that is not the last one would swallow the rest."""
        text = self.at(FACTOR, node)
        return rf"\left({text}\right)" if isinstance(node, s.BigOperator) and not last else text

    def list(self, nodes: tuple[Node, ...], place: int = SUM) -> str:
        return ", ".join(self.at(place, node) for node in nodes)

    def code(self, code: str) -> str:
        """A name without its indices."""
        name = self.names.by_code.get(code) if self.names else None
        shown = name.shown() if name else code
        return code if "#" in shown or shown.startswith(r"\frac") else shown


Written = tuple[str, int]


def _number(w: Writer, node: s.Number) -> Written:
    return node.text, ATOM


def _reference(w: Writer, node: s.Reference) -> Written:
    text = w.code(node.code)
    name = w.names.by_code.get(node.code) if w.names else None
    if node.indices:
        indices = w.list(node.indices)
        template = name.template if name and "#" in name.template and not name.template.startswith(r"\frac") else ""
        if template:
            bracketed = "_#" in template or "^#" in template
            text = template.replace("#", f"{{{indices}}}" if bracketed else indices)
        elif "_" in text or "^" in text:
            text = f"{node.code}[{indices}]"
        else:
            text = f"{text}_{{{indices}}}"
    return text, FACTOR if "^" in text or "'" in text else ATOM


def _call(w: Writer, node: s.Call) -> Written:
    row = BY_CODE.get(node.function)
    declared = w.names.by_code.get(node.function) if w.names else None
    name = declared.shown() if declared else row.latex if row else node.function
    marks = "'" * node.primes
    return rf"{name}{marks}\left({w.list(node.arguments)}\right)", ATOM


def _minus(w: Writer, node: s.Minus) -> Written:
    return f"-{w.at(ENTRYWISE, node.of)}", SUM


def _plus(w: Writer, node: s.Plus) -> Written:
    text = w.at(SUM if isinstance(node.terms[0], s.Minus) else ENTRYWISE, node.terms[0])
    for term in node.terms[1:]:
        sign, positive = ("-", term.of) if isinstance(term, s.Minus) else ("+", term)
        text += f" {sign} {w.at(ENTRYWISE, positive)}"
    return text, SUM


def _times(w: Writer, node: s.Times) -> Written:
    text = w.factor(node.factors[0])
    for k, (sign, factor) in enumerate(zip(node.signs, node.factors[1:], strict=True)):
        written = w.factor(factor, k == len(node.signs) - 1)
        if written.startswith(r"\left(") and w.wants_bracket(node.factors[k]):
            written = f"{{{written}}}"
        text += f" {TIMES[sign]} {written}"
    return text, PRODUCT


def _divide(w: Writer, node: s.Divide) -> Written:
    top, bottom = w.at(RELATION, node.top), w.at(RELATION, node.bottom)
    if top[0] == bottom[0] == "d":  # not a derivative
        top = rf"\left({top}\right)"
    return rf"\frac{{{top}}}{{{bottom}}}", ATOM


def _power(w: Writer, node: s.Power) -> Written:
    base = w.at(ATOM, node.of)
    if isinstance(node.of, s.Reference) and w.begins_another(node.of.code):
        base = rf"\left({base}\right)"
    return f"{base}^{{{w.at(RELATION, node.exponent)}}}", FACTOR


def _entrywise(w: Writer, node: s.EntrywisePower) -> Written:
    return rf"{w.at(ATOM, node.of)}^{{\odot {w.at(SUM, node.exponent)}}}", FACTOR


def _root(w: Writer, node: s.Root) -> Written:
    degree = f"[{w.at(SUM, node.degree)}]" if node.degree else ""
    return rf"\sqrt{degree}{{{w.at(RELATION, node.of)}}}", ATOM


def _pair(sign: str, place: int) -> Callable[[Writer, Any], Written]:
    """A sign between two operands, grouping to the left; products under it get brackets, to leave no doubt."""

    def write(w: Writer, node: Any) -> Written:
        left = w.at(place, node.left) if type(node.left) is type(node) else w.factor(node.left)
        return f"{left} {sign} {w.factor(node.right)}", place

    return write


def _transpose(w: Writer, node: s.Transpose) -> Written:
    return rf"{w.at(ATOM, node.of)}^{{\top}}", FACTOR


def _bound(w: Writer, one: s.Bound) -> str:
    name = w.code(one.name)
    if one.within:
        return rf"{name} \in {one.within}"
    if one.lower is None:
        return name
    upper = rf" .. {w.at(SUM, one.upper)}" if one.upper is not None else ""
    return f"{name}={w.at(SUM, one.lower)}{upper}"


def _big_operator(w: Writer, node: s.BigOperator) -> Written:
    bounds, over = list(node.bounds), ""
    if bounds and bounds[-1].upper is not None and (len(bounds) == 1 or bounds[-1].lower is None):
        over = f"^{{{w.at(RELATION, bounds[-1].upper)}}}"
        bounds[-1] = replace(bounds[-1], upper=None)
    under = "; ".join(_bound(w, one) for one in bounds)
    conditions = ", ".join(w.at(RELATION, one) for one in node.conditions)
    below = f"_{{{under}{': ' if conditions else ''}{conditions}}}" if under else ""
    body = w.at(SUM if isinstance(node.body, s.Minus) else ENTRYWISE, node.body)
    return f"{OPERATORS[node.operator]}{below}{over} {body}", FACTOR


def _partial(w: Writer, node: s.PartialDerivative) -> Written:
    return rf"\frac{{\partial {w.at(ENTRYWISE, node.of)}}}{{\partial {w.at(FACTOR, node.by)}}}", ATOM


def _delta(w: Writer, node: s.Delta) -> Written:
    if w.names and r"\delta" in w.names.table:
        return rf"\operatorname{{KroneckerDelta}}\left({w.list((node.left, node.right))}\right)", ATOM
    return rf"\delta_{{{w.list((node.left, node.right))}}}", ATOM


def _iverson(w: Writer, node: s.Iverson) -> Written:
    return rf"\mathbf{{1}}\left[{w.at(RELATION, node.condition)}\right]", ATOM


def _relation(w: Writer, node: s.Relation) -> Written:
    text = w.at(SUM, node.items[0])
    for sign, item in zip(node.relations, node.items[1:], strict=True):
        text += f" {SIGNS.get(sign, sign)} {w.at(SUM, item)}"
    return text, RELATION


def _conjunction(w: Writer, node: s.Conjunction) -> Written:
    return w.list(node.conditions, RELATION), RELATION


def _cases(w: Writer, node: s.Cases) -> Written:
    rows = [
        w.at(SUM, value) + " & " + (r"\text{otherwise}" if condition is None else w.at(RELATION, condition))
        for value, condition in node.rows
    ]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM


def _inside(left: str, right: str) -> Callable[[Writer, Any], Written]:
    def write(w: Writer, node: Any) -> Written:
        return rf"\left{left} {w.at(RELATION, node.of)} \right{right}", ATOM

    return write


def _entry(w: Writer, node: s.Entry) -> Written:
    return rf"\left({w.at(RELATION, node.of)}\right)_{{{w.list(node.indices)}}}", ATOM


def _matrix(w: Writer, node: s.Matrix) -> Written:
    rows = [" & ".join(w.at(SUM, item) for item in row) for row in node.rows]
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}", ATOM


WRITERS: dict[type, Callable[[Writer, Any], Written]] = {
    s.Number: _number,
    s.Reference: _reference,
    s.Call: _call,
    s.Minus: _minus,
    s.Plus: _plus,
    s.Times: _times,
    s.Divide: _divide,
    s.Power: _power,
    s.EntrywisePower: _entrywise,
    s.Root: _root,
    s.MatrixProduct: _pair("@", PRODUCT),
    s.InnerProduct: lambda w, node: (
        rf"\left\langle {w.at(RELATION, node.left)}, {w.at(RELATION, node.right)} \right\rangle",
        ATOM,
    ),
    s.Hadamard: _pair(r"\odot", ENTRYWISE),
    s.Outer: _pair(r"\otimes", ENTRYWISE),
    s.Transpose: _transpose,
    s.BigOperator: _big_operator,
    s.PartialDerivative: _partial,
    s.Delta: _delta,
    s.Iverson: _iverson,
    s.Ones: lambda w, node: (r"\mathbf{1}", ATOM),
    s.Identity: lambda w, node: ("I", ATOM),
    s.Relation: _relation,
    s.Conjunction: _conjunction,
    s.Cases: _cases,
    s.Absolute: _inside(r"\lvert", r"\rvert"),
    s.Norm: _inside(r"\lVert", r"\rVert"),
    s.Floor: _inside(r"\lfloor", r"\rfloor"),
    s.Ceiling: _inside(r"\lceil", r"\rceil"),
    s.Factorial: lambda w, node: (f"{w.at(ATOM, node.of)}!", ATOM),
    s.Binomial: lambda w, node: (rf"\binom{{{w.at(RELATION, node.top)}}}{{{w.at(RELATION, node.bottom)}}}", ATOM),
    s.Diagonal: lambda w, node: (rf"\operatorname{{diag}}\left({w.at(RELATION, node.of)}\right)", ATOM),
    s.Entry: _entry,
    s.Matrix: _matrix,
    s.Tuple: lambda w, node: (rf"\left({w.list(node.items, RELATION)}\right)", ATOM),
    s.Dots: lambda w, node: (r"\dots", ATOM),
    s.Lines: lambda w, node: (
        r"\begin{aligned} " + r" \\ ".join(w.at(RELATION, line) for line in node.lines) + r" \end{aligned}",
        RELATION,
    ),
}
