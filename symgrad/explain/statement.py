"""The statement of an exercise: what is given and how the layer is defined, from the declaration itself."""

from __future__ import annotations

from collections.abc import Collection

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.declare.model import Model, Tensor
from symgrad.explain.blocks import Block, Display, Formula, Prose, Run
from symgrad.explain.layout import Layout, Name, Partial, Relation
from symgrad.explain.matrices import MatrixNotation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.words import listed
from symgrad.matrix.tree import Dot, Named, walk


def statement(
    model: Model,
    text: str = "",
    unused: Collection[str] = (),
    written: str = "both",
    asked: Collection[str] = (),
) -> tuple[Block, ...]:
    """The words of the author, the definitions as formulas with the ranges of their indices, facts and the loss.

    `unused`: the names of facts that no answer uses. `asked`: indices whose ranges are not told. `written`: in
    components, in matrices (what has no such form is in components), or both: then products of matrices are said again
    in matrices.
    """
    notation, whole = Notation(model), MatrixNotation(model)
    blocks: list[Block] = [Prose((text,), "statement")] if text else []
    given = [t for t in model.tensors.values() if t.kind in ("input", "parameter", "constant")]
    forms = {t.name: form for t in model.definitions if (form := _in_matrices(whole, t)) is not None}
    told = forms if written == "matrices" else {}
    if given:
        shapes = [_with_shape(whole, t) if written == "matrices" else None for t in given]
        names: list[Run] = [(shape or _entry(notation, t),) for t, shape in zip(given, shapes, strict=True)]
        apart = [t for t, shape in zip(given, shapes, strict=True) if shape is None]
        apart += [t for t in model.definitions if t.name not in told]
        blocks.append(Prose(("Given ", *listed(names), *_ranges(notation, apart, asked), ":"), "statement"))
    for tensor in (t for t in model.tensors.values() if t.kind == "definition"):
        left, right = notation.entry(tensor, tensor.entry.indices), notation.definition(tensor)
        blocks.append(Display(Formula(told.get(tensor.name) or Relation((left, right), ("=",)))))
    products = [(Formula(forms[t.name]),) for t in model.definitions if t.name in forms and _is_product(whole, t)]
    if products and written == "both":
        blocks.append(Prose(("In matrices: ", *listed(products), "."), "statement"))
    for fact in model.facts:
        sides = tuple(notation.poly(p, fact.free) for p in (fact.left, fact.right))
        end = "; no answer uses this." if fact.name in unused else "."
        blocks.append(Prose(("It is known that ", Formula(Relation(sides, ("=",))), end), "statement"))
    for tensor in model.tensors.values():
        if tensor.kind == "loss":
            blocks.append(Prose(_loss(notation, tensor), "statement"))
    return tuple(blocks)


def statement_claims(model: Model) -> list[Claim]:
    """What the formulas of the statement say: definitions and facts, side by side with the values they must have."""
    notation = Notation(model)
    found = []
    for tensor in model.definitions:
        assert tensor.poly is not None
        found.append(Claim(notation.entry(tensor, tensor.entry.indices), lone(tensor.entry), tensor.axes))
        found.append(Claim(notation.definition(tensor), tensor.poly, tensor.axes))
    for fact in model.facts:
        found += [Claim(notation.poly(p, fact.free), p, fact.free) for p in (fact.left, fact.right)]
    return found


def _in_matrices(whole: MatrixNotation, tensor: Tensor) -> Relation | None:
    """A definition in matrices; its entries are proved equal to those of the definition."""
    found = whole.definition(tensor).tree
    return None if found is None else Relation((whole.name(Named(tensor.name)), whole.layout(found)), ("=",))


def _is_product(whole: MatrixNotation, tensor: Tensor) -> bool:
    """Whether a definition multiplies by a matrix."""
    found = whole.definition(tensor).tree
    products = [t for t in walk(found) if isinstance(t, Dot)] if found is not None else []
    return any(isinstance(t, Named) and (len(t.axes) == 2 or whole.lies(t.name)) for p in products for t in walk(p))


def _with_shape(whole: MatrixNotation, tensor: Tensor) -> Formula | None:
    """A name with how many rows and columns it has; None where it is no number, vector or matrix."""
    shown = whole.count(tensor.axes, tensor.row)
    name = whole.name(Named(tensor.name))
    if shown is None:
        return None
    space = rf"\mathbb{{R}}^{{{shown.latex}}}" if tensor.axes else r"\mathbb{R}"
    return Formula(Relation((name, Name(space, f"R^({shown.plain})" if tensor.axes else "R")), ("in",)))


def _entry(notation: Notation, tensor: Tensor) -> Formula:
    return Formula(notation.entry(tensor, tensor.entry.indices))


def _ranges(notation: Notation, tensors: list[Tensor], asked: Collection[str]) -> Run:
    """The ranges of the indices in use: `i = 1, ..., m`; not those that are asked for."""
    names = list(dict.fromkeys(a for t in tensors for a in t.axes if a not in asked))
    items = [(Formula(shown),) for n in names if (shown := _range(notation, n)) is not None]
    return (" with ", *listed(items)) if items else ()


def _range(notation: Notation, name: str) -> Layout | None:
    index = notation.model.indices[name]
    at = Affine.name(name)
    highs = [e + at for e in index.limits if e.slope(name) == Affine.number(-1)]
    if len(highs) != 1:
        return None
    letter = Name(notation.index_name(name), name)
    return Relation((notation.index(index.start), letter, notation.index(highs[0])), ("<=", "<="))


def _loss(notation: Notation, tensor: Tensor) -> Run:
    model = notation.model
    outputs = [model.tensors[n] for n in tensor.of]
    shown = [(_entry(notation, t),) for t in outputs]
    gradients = [(Formula(Partial(notation.entry(tensor, ()), notation.entry(t, t.entry.indices))),) for t in outputs]
    start: Run = ("The loss ", _entry(notation, tensor), " is a scalar that depends on ", *listed(shown), " only; ")
    return (*start, *listed(gradients), " is given." if len(outputs) == 1 else " are given.")
