"""The public face: declare a graph, derive, look at the answer and at how it is shown to be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, overload

import sympy

from symgrad.algebra.normal import lone
from symgrad.algebra.records import Poly, Ref
from symgrad.answer import Derivation, Line
from symgrad.check.lift import numbers_of
from symgrad.check.numbers import Numbers
from symgrad.check.samples import satisfiable
from symgrad.declare.arrays import Array
from symgrad.declare.graph import Declarations
from symgrad.declare.model import Model, Tensor
from symgrad.declare.names import Argmax, Argmin, Index, Max, Min, Product, Scalar, Size, Sum
from symgrad.declare.names import Tensor as TensorHandle
from symgrad.declare.trace import traced
from symgrad.derive import derivation as engine
from symgrad.derive.certify import Certifier
from symgrad.errors import CertificateError, DeclarationError, ReadError, SymgradError, Unsupported, nearest
from symgrad.explain.notation import Notation
from symgrad.gradients import Gradients
from symgrad.render.latex import latex
from symgrad.summary import Summary, summary
from symgrad.values import given, shaped

__all__ = [
    "Argmax",
    "Argmin",
    "CertificateError",
    "DeclarationError",
    "Derivation",
    "Gradients",
    "Graph",
    "Index",
    "Line",
    "Max",
    "Min",
    "Product",
    "ReadError",
    "Size",
    "Sum",
    "SymgradError",
    "Unsupported",
    "trace",
]


class Graph(Declarations):
    """A layer or network, declared line by line in component form; each mistake is refused in the line that makes it.

    Every size is a symbol (any integer >= 1), every sum runs over a declared index, an empty range is 0.

    >>> g = Graph("mean")
    >>> n = g.size("n"); i = g.index("i", n); x = g.input("x", i)
    >>> mu = g.define("mu", Sum(x[i], i) / n)
    >>> g.derive(mu**2, wrt=x[i]).answer
    2*mu/n
    """

    def fact(self, left: Any, right: Any, name: str = "") -> str:
        """An equation that holds: `g.fact(sg.Sum(y[j], j), 1)`. Used after differentiation only, where a step says so.

        Returns the name by which `derive(..., without=[...])` leaves it out. Refused where no values can satisfy it
        together with the signs and facts declared before.
        """
        before = self.model
        name = super().fact(left, right, name)
        reason = satisfiable(self.model)
        if reason:
            self.model = before
            raise DeclarationError(
                "facts that cannot hold together",
                where=f"fact {left} = {right}",
                expected="entries of the declared signs for which all facts hold",
                given="no numbers were found"
                + (f" with {', '.join(f.name for f in before.facts)}" if before.facts else ""),
            )
        return name

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of all facts, in the order of their declaration."""
        return tuple(fact.name for fact in self.model.facts)

    @overload
    def derive(
        self,
        of: Any,
        wrt: Literal["parameters"] | list[Any] | tuple[Any, ...],
        *,
        keep: Iterable[Any] = (),
        let: Mapping[str, Any] | None = None,
        inline: Iterable[Any] = (),
        without: Iterable[str] = (),
        check: bool = True,
    ) -> Gradients: ...

    @overload
    def derive(
        self,
        of: Any,
        wrt: Any,
        *,
        keep: Iterable[Any] = (),
        let: Mapping[str, Any] | None = None,
        inline: Iterable[Any] = (),
        without: Iterable[str] = (),
        check: bool = True,
    ) -> Derivation: ...

    def derive(
        self,
        of: Any,
        wrt: Any,
        *,
        keep: Iterable[Any] = (),
        let: Mapping[str, Any] | None = None,
        inline: Iterable[Any] = (),
        without: Iterable[str] = (),
        check: bool = True,
    ) -> Derivation | Gradients:
        """The derivative of an expression in declared names by an entry of an input, parameter or definition.

        of: a scalar, an entry `P[j]`, any expression in declared names, or a Derivation (then its fact-free form is
            derived again). wrt: a scalar or an entry `h[i]` with plain indices, other than those of `of`. A list of
            them, or "parameters" for all parameters, gives a mapping from their names, found in one sweep.
        keep: definitions whose gradients stay names in the answer (the path form). let: the same with names for these
            gradients, `let={"delta1": z1}` for delta1 = dL/dz1. inline: definitions that are written out before
            differentiating. without: facts that are left out, by name; `g.facts` are all of them.
        check=False leaves the certificate for later; it is made when asked for.

        Raises DeclarationError for names that are not declared, Unsupported for what cannot be derived soundly,
        CertificateError for a line that its own check does not confirm.
        """
        model, of_name, of_free = self._question(of, self._other_facts(without))
        several = isinstance(wrt, list | tuple) or (isinstance(wrt, str) and wrt == "parameters")
        entries = self._entries(wrt, of_free) if several else [self._entry(wrt, of_free)]
        model = model.extended(indices=self.model.indices.values())  # `wrt` may have got an index of its own
        said = self._let(let or {})
        model = replace(model, let=said)
        kept, written = [*self._definitions(keep, "keep"), *said], self._definitions(inline, "inline")
        if set(kept) & set(written):
            raise DeclarationError(
                "a definition is kept or written out, not both", where=f"keep={kept}, inline={written}"
            )
        for name in (n for n in (*(by for by, _ in entries), of_name) if n in written):
            raise DeclarationError(
                "a definition that is written out cannot be what is differentiated, or by what",
                where=f"inline={written}",
                given=name,
            )
        nameless = of_name not in self.model.tensors
        found = engine.derive_each(
            model, of_name, of_free, entries, keep=kept, inlined=tuple(written), nameless=nameless
        )
        certifier = Certifier(found[0], lambda: self.numbers(found[0].declared)) if several else None
        derivations = [Derivation(self, one, certifier) for one in found]
        for derivation in derivations if check else ():
            derivation.report  # noqa: B018  (made now, raises where a line does not hold)
        return Gradients({d.engine.by: d for d in derivations}) if several else derivations[0]

    @cached_property
    def _numbers(self) -> dict[Any, Numbers]:
        return {}

    def numbers(self, model: Model) -> Numbers:
        """The samples shared by all derivations of this graph as it is now."""
        key = tuple(model.tensors), model.facts, model.relations
        if key not in self._numbers:
            self._numbers[key] = numbers_of(model)
        return self._numbers[key]

    def names_of(self, of: Any, wrt: Any) -> tuple[str, str]:
        """The name that is differentiated ("E" for an expression) and the name it is differentiated by."""
        _, name, free = self._question(of, self.model)
        return name, self._entry(wrt, free)[0]

    def _definitions(self, handles: Any, option: str) -> list[str]:
        names = _names(handles)
        for name in names:
            known = self.model.tensors.get(name)
            if known is None or known.kind != "definition":
                raise DeclarationError(
                    "not a definition of this graph",
                    where=f"{option}={name}",
                    expected=", ".join(t.name for t in self.model.tensors.values() if t.kind == "definition"),
                    given=name,
                )
        return names

    def _let(self, names: Mapping[str, Any]) -> dict[str, str]:
        """The names of gradients by the definitions they belong to."""
        for name in names:
            self._new(name, "gradient")
        definitions = self._definitions(list(names.values()), "let")
        if len(set(definitions)) < len(definitions):
            raise DeclarationError("two names for one gradient", where=f"let={', '.join(names)}")
        return dict(zip(definitions, names, strict=True))

    def _other_facts(self, without: Iterable[str]) -> Model:
        """The model without some facts."""
        left_out = [without] if isinstance(without, str) else list(without)
        for name in left_out:
            if name not in self.facts:
                raise DeclarationError(
                    "not a fact of this graph",
                    where=f"without={left_out}",
                    expected="; ".join(self.facts) or "a graph with facts",
                    given=str(name),
                    fix=nearest(str(name), self.facts),
                )
        return replace(self.model, facts=tuple(f for f in self.model.facts if f.name not in left_out))

    def _question(self, of: Any, model: Model) -> tuple[Model, str, tuple[str, ...]]:
        """The name that is differentiated and its free indices; an expression gets a definition of its own."""
        if isinstance(of, Derivation):
            if of.graph is not self:
                raise DeclarationError(
                    "a derivation of another graph", where=repr(of), fix="derive it with its own graph"
                )
            of._refuse_unknown_curvature()
            poly, free = of.fact_free, of.engine.free
            label = "G"
        else:
            poly, free = self.read(of.entry if isinstance(of, TensorHandle) else of)
            label = "E"
        atom = _lone_ref(poly)
        if atom is not None and [a.sole for a in atom.indices] == list(free) and len(set(free)) == len(free):
            return model, atom.name, free
        name = next(n for n in (label, *(f"{label}{k}" for k in range(1, 99))) if n not in self.model.tensors)
        return model.extended(Tensor(name, "definition", free, poly.sign, "", poly)), name, free

    def _entries(self, wrt: Any, taken: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """The entries of a list, or of all parameters with the indices they are declared over."""
        if isinstance(wrt, str):
            parameters = [t for t in self.model.tensors.values() if t.kind == "parameter"]
            apart = frozenset(taken).isdisjoint
            found = [(t.name, t.axes) if apart(t.axes) else self._entry(self[t.name], taken) for t in parameters]
        else:
            found = [self._entry(one, taken) for one in wrt]
        names = [name for name, _ in found]
        if not names or len(set(names)) < len(names):
            raise DeclarationError(
                "one name twice in wrt" if names else "nothing to differentiate by",
                where=f"wrt={wrt}",
                expected="entries of different names" if names else ", ".join(self._examples()),
            )
        return found

    def _entry(self, wrt: Any, taken: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        if isinstance(wrt, TensorHandle):
            wrt = self._apart(wrt, taken)
        if isinstance(wrt, Array):
            raise DeclarationError("wrt is one declared name", where=f"wrt={wrt.text}", given=wrt.text)
        poly, _ = self.read(wrt, f"wrt={wrt}")
        atom = _lone_ref(poly)
        if atom is None or self.model.tensors[atom.name].kind == "loss":
            raise DeclarationError(
                "wrt is one declared name or entry",
                where=f"wrt={wrt}",
                expected=", ".join(self._examples()),
                given=str(wrt),
            )
        plain_names = [a.sole for a in atom.indices]
        if (
            "" in plain_names
            or len(set(plain_names)) < len(plain_names)
            or any(n in self.model.sizes for n in plain_names)
        ):
            raise DeclarationError(
                "wrt has plain, different indices",
                where=f"wrt={wrt}",
                expected=str(self.show(lone(self.model.tensors[atom.name].entry))),
            )
        both = set(plain_names) & set(taken)
        if both:
            raise DeclarationError(
                f"index {min(both)} stands in what is differentiated and in wrt",
                where=f"wrt={wrt}",
                expected="different indices: they are independent",
                fix="use another index of the same range, and put them equal in the answer",
            )
        self._check_ranges(atom, wrt)
        return atom.name, tuple(plain_names)

    def _apart(self, wrt: TensorHandle, taken: tuple[str, ...]) -> Any:
        """The entry of a whole array, at indices that do not stand in what is differentiated."""
        names: list[str] = []
        for axis in (a.name for a in wrt.axes):
            here = (*taken, *names)
            names.append(self.index_like(axis, here) if axis in here else axis)
        return wrt[tuple(self[n] for n in names)]

    def _examples(self) -> list[str]:
        """Entries one may differentiate by."""
        kinds = ("input", "parameter", "definition")
        return [str(self.show(lone(t.entry))) for t in self.model.tensors.values() if t.kind in kinds]

    def _check_ranges(self, atom: Ref, wrt: Any) -> None:
        for axis, index in zip(self.model.tensors[atom.name].axes, atom.indices, strict=True):
            declared = {e.put({axis: index}) for e in self.model.indices[axis].limits}
            if declared != set(self.model.indices[index.sole].limits):
                raise DeclarationError(
                    f"index {index.sole} has another range than this axis of {atom.name}",
                    where=f"wrt={wrt}",
                    expected=", ".join(f"{e} >= 0" for e in self.model.indices[axis].limits),
                    given=", ".join(f"{e} >= 0" for e in self.model.indices[index.sole].limits),
                    fix=f"use {axis}",
                )

    def values(self, **numbers: Any) -> None:
        """Attaches exact numbers to inputs, parameters and sizes: `g.values(W=[[1, 0], [3, 4]], b=[0, 0.3])`.

        Decimals are what they show, 0.3 is 3/10. A symbolic size gets its number from the arrays. Refused where shapes
        differ or a fact does not hold. Called again, it adds to what was given.
        """
        numbers = {**self.numbers_given, **numbers}
        given(self.model, numbers)
        self.numbers_given = numbers

    def value(self, of: Any) -> Any:
        """The exact value of a name, an expression or an array at the attached numbers: a number, or a SymPy array."""
        if isinstance(of, TensorHandle):
            of = of.as_array
        poly, free = self.read(of)
        found = shaped(given(self.model, self.numbers_given).of(poly, free))
        if isinstance(of, Array) and None in of.axes:  # axes of length 1 have no index
            lengths = iter(getattr(found, "shape", ()))
            shape = [1 if a is None else next(lengths) for a in of.axes]
            return sympy.ImmutableDenseNDimArray(found if hasattr(found, "shape") else [found], shape)
        return found

    def summary(self, **sizes: int) -> Summary:
        """Shapes, parameters, multiplications and kept values of every definition, as formulas in the sizes.

        Sizes given as numbers are put in: `g.summary(m=128)`. The result prints as a table, and has `rows`, `total`,
        `text`, `latex`, `markdown` and `html`.
        """
        return summary(self, sizes)

    def _repr_latex_(self) -> str:
        notation = Notation(self.model)
        rows = []
        for tensor in (t for t in self.model.tensors.values() if t.kind == "definition"):
            left = latex(notation.entry(tensor, tensor.entry.indices))
            rows.append(f"$\\displaystyle {left} = {latex(notation.definition(tensor))}$")
        return "\n\n".join(rows)


def trace(function: Callable[..., Any], name: str = "", **shapes: Any) -> Graph:
    """The graph of a function written for numpy arrays: it is run once, on symbolic arrays of the given shapes.

    A shape is text (`X="b n"`: sizes are declared as they come up; numbers stay numbers), a number or a tuple. Arrays
    that the function keeps in variables become definitions of the same names; `outputs` are the handles of what it
    returns. What arrays cannot do is refused with the line.

    >>> def layer(X, W, b):
    ...     z = X @ W + b
    ...     return np.tanh(z)
    >>> import numpy as np
    >>> g = trace(layer, X="m n", W="n h", b="h")
    >>> [t.name for t in g.model.definitions], g.outputs
    (['z', 'out'], (out[i, k],))
    """
    return traced(Graph(name or function.__name__), function, shapes)


def _lone_ref(poly: Poly) -> Ref | None:
    term = poly.sole
    if term is None or term.coefficient != 1 or len(term.factors) != 1 or term.bound or term.limits:
        return None
    atom, power = term.factors[0]
    return atom if isinstance(atom, Ref) and power == 1 else None


def _names(handles: Iterable[Any] | Any) -> list[str]:
    given: Sequence[Any] = list(handles) if isinstance(handles, list | tuple | set | frozenset) else [handles]
    found = []
    for handle in given:
        if not isinstance(handle, Scalar | TensorHandle):
            raise DeclarationError(
                "a definition is named by its handle", where=repr(handle), expected="keep=[mu, xhat]"
            )
        found.append(handle.name)
    return found
