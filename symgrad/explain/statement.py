"""The statement of an exercise: what is given and how the layer is defined, from the declaration itself."""

from __future__ import annotations

from collections.abc import Collection

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.declare.model import Model, Tensor
from symgrad.explain.blocks import Block, Display, Formula, Prose, Run
from symgrad.explain.layout import Layout, Name, Partial, Relation
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.words import listed


def statement(model: Model, text: str = "", unused: Collection[str] = ()) -> tuple[Block, ...]:
    """The words of the author, the definitions as formulas with the ranges of their indices, facts and the loss.

    `unused`: the names of facts that no answer uses.
    """
    notation = Notation(model)
    blocks: list[Block] = [Prose((text,), "statement")] if text else []
    given = [t for t in model.tensors.values() if t.kind in ("input", "parameter", "constant")]
    if given:
        blocks.append(
            Prose(
                ("Given ", *listed([(_entry(notation, t),) for t in given]), *_ranges(notation, given), ":"),
                "statement",
            )
        )
    for tensor in (t for t in model.tensors.values() if t.kind == "definition"):
        right = notation.definition(tensor)
        blocks.append(Display(Formula(Relation((notation.entry(tensor, tensor.entry.indices), right), ("=",)))))
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


def _entry(notation: Notation, tensor: Tensor) -> Formula:
    return Formula(notation.entry(tensor, tensor.entry.indices))


def _ranges(notation: Notation, tensors: list[Tensor]) -> Run:
    """The ranges of the indices in use: `i = 1, ..., m`."""
    names = list(dict.fromkeys(a for t in (*tensors, *notation.model.definitions) for a in t.axes))
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
