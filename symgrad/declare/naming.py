"""Names for bound indices: which of the user's index names a sum is shown with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from symgrad.algebra.index import Affine
from symgrad.algebra.records import Poly, Ref, Term, walk
from symgrad.declare.model import Model

SPARE = "jklpqrstuvab"


def name_bound(model: Model, term: Term, taken: Iterable[str], wished: Iterable[str] = ()) -> dict[str, str]:
    """A display name for each bound index of a term, different from all names in `taken`.

    First choice: a wished name of the same range, then the axis it runs along, in the words of the user, then any
    declared index of the same range, then a spare letter.
    """
    if not term.bound:
        return {}
    used = set(taken) | set(model.sizes) | set(model.tensors)
    chosen: dict[str, str] = {}
    wished = list(wished)
    votes = _votes(model, term)
    for bound in term.bound:
        same = [n for n in model.indices if _same_range(model, term, bound, n)]
        ordered = [n for n in wished if n in same] + _along(votes[bound], same) + same
        spare = [n for n in (*SPARE, *(f"{c}{n}" for n in range(1, 9) for c in SPARE)) if n not in model.indices]
        chosen[bound] = next(n for n in [*ordered, *_along(votes[bound], list(votes[bound])), *spare] if n not in used)
        used.add(chosen[bound])
    return chosen


def _along(votes: Counter[str], among: list[str]) -> list[str]:
    return [n for n, _ in votes.most_common() if n in among]


def _votes(model: Model, term: Term) -> dict[str, Counter[str]]:
    """How often each bound index stands alone on an axis declared over an index name."""
    votes: dict[str, Counter[str]] = {b: Counter() for b in term.bound}
    for atom, _ in walk(Poly((Term(term.coefficient, term.factors, (), ()),))):
        if isinstance(atom, Ref) and atom.name in model.tensors:
            for axis, at in zip(model.tensors[atom.name].axes, atom.indices, strict=False):
                if at.sole in votes:
                    votes[at.sole][axis] += 1
    return votes


def _same_range(model: Model, term: Term, bound: str, name: str) -> bool:
    mine = {x.of.put({bound: Affine.name(name)}) for x in term.limits if bound in x.of.names}
    return mine == set(model.indices[name].limits)


def in_order(model: Model, name: str) -> tuple[int, str]:
    """Sorts index names as they were declared, spare letters last."""
    names = list(model.indices)
    return (names.index(name) if name in names else len(names)), name
