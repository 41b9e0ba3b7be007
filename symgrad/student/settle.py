"""From what a formula means to its verdict: its entries at the indices of the question, then numbers and proof."""

from __future__ import annotations

from dataclasses import replace

from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.algebra.records import Poly
from symgrad.declare.model import Model
from symgrad.student import verdict as v
from symgrad.student.conventions import OUTSIDE
from symgrad.student.decide import decide
from symgrad.student.meaning import Meaning
from symgrad.student.reference import Reference
from symgrad.student.verdict import Verdict
from symgrad.student.whole import Axis, DoesNotConform, Whole


def settled(
    poly: Poly,
    meaning: Meaning,
    reference: Reference,
    free: tuple[str, ...],
    model: Model,
    note: str = "",
) -> Verdict:
    """The verdict on the entries of an answer, with what was taken for granted while they were read."""
    found = decide(poly, reference, free, model)
    notes = (*((note,) if note else ()), *meaning.notes)
    found = replace(found, notes=notes, undone=tuple(dict.fromkeys(meaning.undone)))
    if found.kind == v.RIGHT and found.undone:
        return replace(found, kind=v.UNWORKED, reason=f"it still contains {', '.join(found.undone)}")
    outside = OUTSIDE in meaning.notes and OUTSIDE not in reference.conventions and meaning.goes_beyond(free)
    if found.kind == v.RIGHT and (note.startswith("reading ") or outside or meaning.assumed):
        return replace(found, kind=v.UNDER)  # entries that do not exist were taken as 0, and nobody declared that
    return found


def fitted(whole: Whole, own: Reference, model: Model, unmarked: bool = False) -> Poly:
    """The entries of a whole answer at the indices of the question. Raises DoesNotConform for another shape.

    `unmarked`: whether a transpose may be left out.
    """
    if whole.is_number:
        return whole.poly
    mixed = sorted(whole.poly.names & set(own.free))
    if mixed:
        raise DoesNotConform(f"{whole.shape} is given for each {mixed[0]}: indices stand beside names without them")
    top, bottom = model.tensors[own.of], model.tensors[own.by]
    wanted: list[str | None] = list(own.free)
    if len(wanted) == 1:
        row = bool(top.axes) or getattr(bottom, "row", False)
        wanted = [None, wanted[0]] if row else [wanted[0], None]
    if len(wanted) != 2:
        raise DoesNotConform(f"{whole.shape} is given, and the answer has {len(own.free)} indices")
    moved = {}
    if unmarked and [whole.rows is None, whole.cols is None] != [n is None for n in wanted]:
        whole = whole.T
    for axis, name in zip((whole.rows, whole.cols), wanted, strict=True):
        fits = (axis is None) == (name is None)
        if axis is not None and name is not None:
            limits = {e.put({name: axis.at}) for e in model.indices[name].limits}
            fits = axis.is_any or limits == set(axis.limits)
            moved[axis.name] = Affine.name(name)
        if not fits:
            rows, cols = (None if n is None else Axis.of(model.indices[n]) for n in wanted)
            answer = Whole(own.answer, rows, cols).shape
            raise DoesNotConform(f"{whole.shape} is given, and the answer is {answer}")
    return put(whole.poly, moved)
