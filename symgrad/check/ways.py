"""What depends on what in a model: which names move with another, and how long the way between two is."""

from __future__ import annotations

from functools import cached_property, reduce
from operator import or_

from symgrad.algebra.normal import lone
from symgrad.declare.model import Model, Tensor

LONG = 40  # names on a way: over a longer one differences are composed by the chain rule


def uses(tensor: Tensor, model: Model) -> list[str]:
    """The names whose entries a name is computed from."""
    if tensor.kind == "upstream":
        return list(model.tensors[tensor.of[0]].of)
    if tensor.kind == "loss":
        return list(tensor.of)
    return list(tensor.sources) if tensor.kind == "definition" else []


class Ways:
    """The dependences in one model; what is asked for is found once, of the names that move only the last."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._last: tuple[str, frozenset[str]] = ("", frozenset())
        self._above: dict[str, dict[str, int]] = {}

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each name in the order of declaration: what a name is computed from stands before it."""
        return {name: n for n, name in enumerate(self.model.tensors)}

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """What is computed from a name; names of gradients stand behind the name that is differentiated."""
        users: dict[str, list[str]] = {}
        for name, tensor in self.model.tensors.items():
            gradient = tensor.kind in ("adjoint", "partial")
            for source in tensor.of[:1] if gradient else uses(tensor, self.model):
                users.setdefault(source, []).append(name)
        return users

    def moved(self, by: str) -> frozenset[str]:
        """All names that depend on a name, itself included."""
        if self._last[0] != by:
            found, queue = {by}, [by]
            while queue:
                new = [n for n in self.users.get(queue.pop(), ()) if n not in found]
                found.update(new)
                queue += new
            self._last = by, frozenset(found)
        return self._last[1]

    def on(self, of: str, by: str) -> list[str]:
        """What is computed from `by` and leads to `of`, as definitions and losses say."""
        above = self._leading(of)
        return [n for n in self.users.get(by, ()) if n in above]

    def is_long(self, of: str, by: str) -> bool:
        """Whether many names stand between the two, all of them definitions and losses."""
        return self._leading(of).get(by, 0).bit_count() > LONG

    def _leading(self, of: str) -> dict[str, int]:
        """For each name that `of` depends on the set of those between them, as a number; none past a gradient."""
        if of not in self._above:
            reach = self.model.uses(lone(self.model.tensors[of].entry))
            names = [n for n in self.model.tensors if n in reach]
            plain = all(self.model.tensors[n].kind not in ("upstream", "adjoint", "partial") for n in names)
            bits = {name: 1 << n for n, name in enumerate(names)} if plain else {of: 1}
            found: dict[str, int] = {}
            for name in reversed(bits):
                users = [n for n in self.users.get(name, ()) if n in found] if name != of else []
                found[name] = reduce(or_, (bits[n] | found[n] for n in users), 0)
            self._above[of] = found
        return self._above[of]
