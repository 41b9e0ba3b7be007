"""One layer declared in other ways: its definitions in another order, its names in another alphabetical order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symgrad.algebra.normal import lone
from symgrad.algebra.normal import replace as changed
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.declare.model import Model, Tensor
from symgrad.derive.adjoint import adjoint_name


def latest_first(model: Model) -> Model:
    """The model with each name declared as early as its definition allows, those declared last before the others."""
    waiting, done = dict(model.tensors), {}
    while waiting:
        ready = [t for t in waiting.values() if not (_needs(t, model) & waiting.keys())]
        done[ready[-1].name] = waiting.pop(ready[-1].name)
    return replace(model, tensors=done)


def _needs(tensor: Tensor, model: Model) -> frozenset[str]:
    """What must be declared before; unknown losses and their gradients stay behind all definitions."""
    if tensor.kind in ("loss", "upstream"):
        return frozenset(t.name for t in model.definitions)
    return tensor.sources & model.tensors.keys()


def reversed_names(model: Model) -> dict[str, str]:
    """New names for all tensors whose alphabetical order is the reverse of that of the old ones."""
    names = sorted(model.tensors)
    return {name: f"{'d_' if name.startswith('d_') else ''}t{len(names) - n:03d}" for n, name in enumerate(names)}


def renamed(model: Model, names: Mapping[str, str]) -> Model:
    """The model with other names for its tensors."""

    def tensor(t: Tensor) -> Tensor:
        poly = None if t.poly is None else in_names(t.poly, names)
        of = tuple(names.get(n, n) for n in t.of)
        return replace(t, name=names[t.name], poly=poly, of=of, matrix=tuple(names.get(n, n) for n in t.matrix))

    facts = tuple(replace(f, left=in_names(f.left, names), right=in_names(f.right, names)) for f in model.facts)
    return replace(model, tensors={names[n]: tensor(t) for n, t in model.tensors.items()}, facts=facts)


def in_names(poly: Poly, names: Mapping[str, str]) -> Poly:
    def change(atom: Atom) -> Poly | None:
        same = isinstance(atom, Ref) and atom.name in names
        return lone(Ref(names[atom.name], atom.indices, atom.sign)) if same else None

    return changed(poly, change)


def own_names(poly: Poly, model: Model, back: Mapping[str, str]) -> Poly:
    """A poly of a derivation in the old names, gradients of intermediates included."""
    other = {n: adjoint_name(*(back[x] for x in model.tensors[n].of)) for n in poly.tensors if n not in back}
    return in_names(poly, {**back, **other})
