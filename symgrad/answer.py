"""An answer: a gradient with its steps, certificates, forms and ledger, in SymPy and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.algebra.records import Poly, Ref
from symgrad.check.numbers import Certificate
from symgrad.check.proof import written_out
from symgrad.derive import derivation as engine
from symgrad.derive import steps
from symgrad.derive.certify import Certifier, Checked, Report, certify
from symgrad.derive.look import factored
from symgrad.derive.steps import RULES, Group, Step
from symgrad.derive.where import Named, named
from symgrad.errors import DeclarationError, Unsupported
from symgrad.explain.blocks import Run
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Solution
from symgrad.matrix.view import LAYOUTS, View
from symgrad.render.latex import latex
from symgrad.render.plain import plain
from symgrad.values import given, shaped

if TYPE_CHECKING:
    from symgrad.api import Graph
    from symgrad.grading import Grader
    from symgrad.student.verdict import Verdict


@dataclass(frozen=True)
class Line:
    """One step: `before` becomes `after` by `rule`, whose `law` holds in general; `why` says it in this case.

    `proved`: whether the rewriting is shown for all sizes; None for lines that are known by differences.
    """

    rule: str
    law: str
    why: str
    before: sympy.Expr
    after: sympy.Expr
    certificate: Certificate
    proved: bool | None
    step: Step = field(repr=False)


@dataclass(frozen=True)
class MatrixForm:
    """An answer in matrices: names stand for whole vectors (columns) and matrices, without indices.

    `text` is read by numpy: vectors are arrays of one axis, and ones, eye, diag, outer, trace and norm are in scope.
    `layout` says which axis is which. Its entries, written out again, are proved equal to the answer for all sizes.
    """

    latex: str
    text: str
    layout: str
    view: View = field(repr=False)


class Derivation:
    """A gradient with its steps and certificates. SymPy expressions are in the declared names."""

    def __init__(self, graph: Graph, found: steps.Derivation, certifier: Certifier | None = None) -> None:
        self.graph, self.engine = graph, found
        self._certifier = certifier  # shared by the derivations of one sweep

    @property
    def answer(self) -> sympy.Expr:
        """The closed form (with `keep`, the path form)."""
        return self._out(self.engine.answer)

    @property
    def poly(self) -> Poly:
        """The answer as a normal form."""
        return self.engine.answer

    @cached_property
    def report(self) -> Report:
        """Every line with its certificate."""
        numbers = self.graph.numbers(self.engine.declared)
        return self._certifier.report(self.engine) if self._certifier else certify(self.engine, numbers)

    @property
    def certificate(self) -> Certificate:
        """The answer against central differences: sizes, seed, worst relative error, smallest fault that would show."""
        return self.report.answer

    @cached_property
    def steps(self) -> tuple[Line, ...]:
        """The lines in order, as data: rule, law, why, before, after, certificate."""
        reasons = Solution(self.engine)
        return tuple(self._line(checked, reasons) for checked in self.report.lines)

    def _line(self, checked: Checked, reasons: Solution) -> Line:
        step = checked.step
        why = said(reasons.why(step))
        before, after = (self.graph.show(p, step.free, self.engine.model) for p in step.sides)
        return Line(step.rule, RULES[step.rule], why, before, after, checked.certificate, checked.proved, step)

    @cached_property
    def forms(self) -> Mapping[str, sympy.Expr]:
        """The same gradient as path form, compact form, and expanded to the inputs; proved or compared in numbers.

        These are in components; `matrix` has the form without indices.

        Where the compact form says something twice that has no name, and names make it shorter, there is a form
        "named" too: `new_names` has the definitions of these names.
        """
        found, shorter = self.engine, self.named
        written = contract(expand(written_out(found.answer, found.model)), found.model.context(found.free))
        shapes = {"path": found.path, "compact": found.answer, "expanded": factored(written)}
        shapes |= {"named": shorter.poly} if shorter else {}
        model = shorter.model(found.model) if shorter else found.model
        numbers = self.graph.numbers(self.engine.declared)
        for name in ("expanded", "named"):
            if name in shapes:
                numbers.confirm(found.answer, shapes[name], found.free, model, where=f"{name} form")
        return {name: self.graph.show(poly, found.free, model) for name, poly in shapes.items()}

    @property
    def matrix(self) -> MatrixForm | None:
        """The answer in matrices, in the shape of what is differentiated by; None where there is no such form.

        The Jacobian of a vector by a vector has a row for each entry of what is differentiated by.
        """
        return None if self.no_matrix else self._in_matrices(self._view)

    @property
    def no_matrix(self) -> str:
        """Why the answer has no matrix form; "" where it has one."""
        return self._view.reason

    @cached_property
    def _view(self) -> View:
        return MatrixNotation(self.engine.model).view(self.engine)

    def matrix_in(self, layout: str) -> MatrixForm:
        """The answer in matrices in "denominator" layout, or with rows and columns exchanged in "numerator" layout.

        There the gradient of a number by a vector is a row: the chain rule as a product of matrices and diagonals.

        Raises Unsupported with the reason where there is no such form.
        """
        if layout not in LAYOUTS:
            raise DeclarationError("not a layout", where=f"layout={layout}", expected=" or ".join(LAYOUTS))
        found = MatrixNotation(self.engine.model).view(self.engine, layout)
        if found.tree is None:
            raise Unsupported(f"no matrix form: {found.reason}", where=self.text, fix="use the component form")
        return self._in_matrices(found)

    def _in_matrices(self, found: View) -> MatrixForm:
        assert found.tree is not None
        notation = MatrixNotation(self.engine.model)
        tree = notation.layout(found.tree)
        return MatrixForm(latex(tree), plain(tree), said(notation.axes(self.engine, found)), found)

    @cached_property
    def named(self) -> Named | None:
        """The answer with names for what it says twice, where that makes it shorter."""
        return named(self.engine.answer, self.engine.model, self.engine.free)

    @property
    def where(self) -> Mapping[str, sympy.Expr]:
        """The gradients of definitions that stand as names in the answer, each with its own answer.

        Names are kept on request (`keep`), and where an answer without them would be much longer than with them.
        """
        return dict(map(self.equation, self.kept))

    @property
    def kept(self) -> tuple[Group, ...]:
        """The groups of the gradients that stand as names in the answer, or in the answer of such a one."""
        needed = set(self.engine.answer.tensors)
        found = []
        for group in reversed(self.engine.groups[:-1]):
            if group.name in needed:
                needed |= group.answer.tensors
                found.append(group)
        return tuple(reversed(found))

    def equation(self, group: Group) -> tuple[str, sympy.Expr]:
        """The name of a gradient, and its answer."""
        subject = self.engine.model.tensors[group.name].at(map(Affine.name, group.free))
        left = self.graph.show(lone(subject), group.free, self.engine.model)
        return str(left), self.graph.show(group.answer, group.free, self.engine.model)

    @property
    def new_names(self) -> Mapping[str, sympy.Expr]:
        """The names that stand in the named form only, each with its definition; a later one may use earlier ones."""
        if not self.named:
            return {}
        model = self.named.model(self.engine.model)
        pairs = zip(self.named.names, self.named.bodies, strict=True)
        sides = [(self.graph.show(lone(t.entry), t.axes, model), self.graph.show(b, t.axes, model)) for t, b in pairs]
        return {str(left): right for left, right in sides}

    @property
    def ledger(self) -> tuple[tuple[str, str], ...]:
        """The facts and policies: a fact with the first line that used it or "not used", a policy with a definition.

        A policy is a choice where a derivative jumps: ReLU'(0) = 0, and which of several greatest values counts.
        """
        rows = []
        for number, fact in enumerate(self.engine.model.facts, 1):
            line = next((line for line in self.steps if line.step.source == f"fact {number}"), None)
            rows.append((fact.name, f"{line.before} = {line.after}" if line else "not used"))
        return (*rows, *((policy, f"definition of {via}") for policy, via in self.engine.policies.items()))

    @cached_property
    def fact_free(self) -> Poly:
        """The answer without facts: further derivatives start from here."""
        if not self.engine.facts:
            return _with_values(self.engine)
        e = self.engine
        bare = replace(e.start, facts=())
        again = engine.derive(bare, e.of, e.of_free, e.by, e.by_free, keep=(), nameless=e.nameless)
        return _with_values(again)

    @property
    def worked_out(self) -> Poly:
        """The answer with the values of gradients that stay names in it."""
        return _with_values(self.engine)

    def grade(self, text: str) -> Verdict:
        """Whether a formula, in LaTeX or plain text, is this derivative: the verdict, how it is known, a witness.

        Never raises for what the text says: what is not understood, or not decided, is a verdict too.
        """
        return self.grader.judge(text)

    @cached_property
    def grader(self) -> Grader:
        """What judges formulas about this derivative."""
        from symgrad.grading import Grader

        return Grader(self)

    @property
    def latex(self) -> str:
        """The answer in LaTeX, in the displayed names."""
        return latex(Notation(self.engine.model).poly(self.engine.answer, self.engine.free))

    @property
    def text(self) -> str:
        """The answer in plain text."""
        return plain(Notation(self.engine.model).poly(self.engine.answer, self.engine.free))

    def value(self, **upstream: Any) -> Any:
        """The exact value of the answer at the numbers attached to the graph; given gradients by name: df_dy=[...]."""
        poly, model = _with_values(self.engine), self.engine.model
        return shaped(given(model, {**self.graph.numbers_given, **upstream}).of(poly, self.engine.free))

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """The rules that were used, each with its law."""
        used = dict.fromkeys(line.step.rule for line in self.report.lines)
        return tuple((rule, RULES[rule]) for rule in used)

    def _out(self, poly: Poly) -> sympy.Expr:
        return self.graph.show(poly, self.engine.free, self.engine.model)

    def _refuse_unknown_curvature(self) -> None:
        given = [n for n in self.fact_free.tensors if self.engine.model.tensors[n].kind == "upstream"]
        if given:
            loss, by = self.engine.model.tensors[given[0]].of
            raise Unsupported(
                f"the loss {loss} is unknown, so its second derivative by {by} is too",
                where=f"derivative of {self.text}",
                expected="a loss that is written out",
            )

    def __repr__(self) -> str:
        return f"<{self.engine.groups[-1].name} = {self.text}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.subject_latex} = {self.latex}$"

    @property
    def subject_latex(self) -> str:
        """The derivative itself in LaTeX, as it stands on the left of the answer."""
        return latex(Notation(self.engine.model).poly(lone(self._subject()), self.engine.free))

    @property
    def subject_text(self) -> str:
        """The derivative itself in plain text."""
        return plain(Notation(self.engine.model).poly(lone(self._subject()), self.engine.free))

    def _subject(self) -> Ref:
        last = self.engine.groups[-1]
        return self.engine.model.tensors[last.name].at(map(Affine.name, last.free))


def said(run: Run) -> str:
    """Words with formulas in them, as plain text."""
    return "".join(part if isinstance(part, str) else plain(part.tree) for part in run)


def _with_values(found: steps.Derivation) -> Poly:
    """An answer in which gradients of intermediates are replaced by their values."""
    values = found.values
    poly = found.answer
    runner = engine.Engine(found.model, found.sweep)
    while poly.tensors & values.keys():
        poly = runner.with_earlier(poly, values, found.model.context(found.free))
    return poly
