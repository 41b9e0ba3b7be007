"""An earlier wrong answer carried forward: is the last line right, given what a line before it says?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import put
from symgrad.algebra.normal import replace as changed
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.errors import ReadError
from symgrad.read import syntax as s
from symgrad.student.conventions import UNMARKED
from symgrad.student.decide import decide
from symgrad.student.meaning import Meaning
from symgrad.student.reference import Reference
from symgrad.student.settle import fitted

if TYPE_CHECKING:
    from symgrad.student.judge import Judge


def follows(judge: Judge, item: s.Node, at: Mapping[str, str], about: Reference, theirs: Poly) -> bool:
    """Whether a side is the answer in which the gradient that `about` asks for has the value `theirs`.

    Raises ReadError, and what a derivation raises that is not possible.
    """
    own = judge.reference
    through = own.through(about.by)
    if through is None:
        return False
    name = through.names[0].name

    def change(atom: Atom) -> Poly | None:
        if not isinstance(atom, Ref) or atom.name != name:
            return None
        return put(theirs, dict(zip(about.free, atom.indices, strict=True)))

    answer = put(through.poly, dict(zip(through.axes, map(Affine.name, own.free), strict=True)))
    model = own.model.extended(*through.names[1:])
    wanted = replace(own, answer=changed(answer, change), model=model)
    return decide(meant(judge, item, at), wanted, own.free, model).is_right


def meant(judge: Judge, node: s.Node, at: Mapping[str, str]) -> Poly:
    """The poly of a side with the indices of its question, in the first way to read it."""
    own, way = judge.reference, judge.ways(node, at)[0]
    if way.left or way.other:
        raise ReadError("other free indices than those asked for", text=judge.text)
    whole = Meaning(judge.text, own, way.renamed, conventions=judge.conventions).whole(node)
    return contract(fitted(whole, own, own.model, UNMARKED in judge.conventions), own.model.context(own.free))
