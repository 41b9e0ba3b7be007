"""A group of steps that is like one found before is said in other names: a repeated layer shape is derived once.

Law: the steps of a group depend on the formulas it starts from, on what is declared of the names that are met on the
way, and on the rules and symmetries between these names; and on the names themselves by their alphabetical order only.
Where all of this is the same in other names, so are the steps. The certificates still check each line of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symgrad.algebra.recast import Order, Recast, spelled
from symgrad.check.symmetry import Symmetry
from symgrad.declare.model import Model
from symgrad.derive.adjoint import Adjoint
from symgrad.derive.measure import foreign
from symgrad.derive.rewrite import Rule, Rulebook, equation_in_names
from symgrad.derive.steps import Group, Step

MOST_NAMES = 120  # met in a group: one with more is not kept
MOST_KEPT = 6  # groups that start alike, the last ones
Spelled = tuple[object, tuple[str, ...]]


@dataclass(frozen=True)
class Kept:
    """A group with the names met in it: `start` those it starts from, `links` how the others hang together with these.

    A link is (new name, known name, place): the new name stands there in the definition of the known one, or, where
    the place is -1, the known name stands in the definition of the new one.
    """

    group: Group
    start: tuple[str, ...]
    links: tuple[tuple[str, str, int], ...]
    ranks: tuple[tuple[int, int], ...]
    rules: tuple[Spelled, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.start, *(name for name, _, _ in self.links))


class Likeness:
    """The groups found so far in one model, by the formulas they start from."""

    def __init__(
        self, model: Model, of: str, held: frozenset[str], rules: Rulebook, symmetries: tuple[Symmetry, ...]
    ) -> None:
        self.model, self.of, self.held, self.rules = model, of, held, rules
        self.order = Order(model.functions)
        self.symmetries: dict[str, list[int]] = {}
        self.all_symmetries = symmetries
        for n, symmetry in enumerate(symmetries):
            self.symmetries.setdefault(symmetry.tensor, []).append(n)
        self.users: dict[str, list[str]] = {}
        for tensor in model.definitions:
            for name in tensor.sources:
                self.users.setdefault(name, []).append(tensor.name)
        self._kept: dict[object, list[Kept]] = {}
        self._declared: dict[str, Spelled] = {}
        self._rules: dict[int, Spelled] = {}

    def start(self, adjoint: Adjoint, earlier: Mapping[str, Group]) -> Spelled:
        """The formulas that a group starts from, spelled: the paths, their partials and definitions, what is put in."""
        parts = [f"{adjoint.name}[{adjoint.by}[{adjoint.free}"]
        for c in adjoint.contributions:
            via = self.model.tensors[c.via].poly
            parts += [f"{c.via}[{c.partial_name}[", c.named.key, c.partial.key, via.key if via is not None else ""]
        put_in = dict.fromkeys(n for c in adjoint.contributions for n in sorted(c.named.tensors) if n in earlier)
        for name in put_in:
            group = earlier[name]
            parts.append(f"{name}[{group.free}{group.answer.key}")
        return spelled(" | ".join(parts))

    # --- finding

    def find(self, start: Spelled) -> Group | None:
        """A group of the same start, in the names of this one."""
        for kept in self._kept.get(start[0], ()):
            names = self._names(kept, start[1])
            if names is not None:
                return in_names(kept.group, Recast(names))
        return None

    def _names(self, kept: Kept, start: tuple[str, ...]) -> dict[str, str] | None:
        """The name here for each name there, where all that the steps depend on is the same."""
        names = dict(zip(kept.start, start, strict=True))
        for name, known, place in kept.links:
            found = self._follow(names, name, known, place)
            if found is None:
                return None
            names[name] = found
        images = frozenset(names.values())
        if len(images) < len(names) or self.order.ranks(names.values()) != kept.ranks:
            return None
        pairs = [(self.declared(a), self.declared(b)) for a, b in names.items()]
        rules = self._rules_within(images)
        if len(rules) != len(kept.rules):
            return None
        pairs += zip(kept.rules, rules, strict=True)
        return names if all(_agree(one, two, names, images) for one, two in pairs) else None

    def _follow(self, names: Mapping[str, str], name: str, known: str, place: int) -> str | None:
        if place >= 0:
            inner = self.declared(names[known])[1]
            return inner[place] if place < len(inner) else None
        mine, taken = self.declared(name), set(names.values())
        for other in self.users.get(names[known], ()):
            theirs = self.declared(other)
            near = zip(mine[1], theirs[1], strict=False)
            if other not in taken and mine[0] == theirs[0] and all(names.get(a, b) == b for a, b in near):
                return other
        return None

    def declared(self, name: str) -> Spelled:
        """What is declared of a name, with the names in it."""
        if name not in self._declared:
            tensor = self.model.tensors[name]
            text, inner = spelled(tensor.poly.key) if tensor.poly is not None else ("", ())
            if tensor.kind == "partial":
                inner = tensor.of
            own = name == self.of, foreign(name), tensor.kind == "adjoint" and tensor.of[1] in self.held
            found = tensor.kind, tensor.axes, tensor.sign, text, own
            self._declared[name] = found, inner
        return self._declared[name]

    def _rules_within(self, names: frozenset[str]) -> tuple[Spelled, ...]:
        """All rules and symmetries between these names."""
        symmetric = sorted(n for name in names for n in self.symmetries.get(name, ()))
        return (*map(self._rule, self.rules.numbers(names)), *(self._rule(-1 - n) for n in symmetric))

    def _rule(self, n: int) -> Spelled:
        if n not in self._rules:
            text, names = spelled(
                _symmetry_text(self.all_symmetries[-1 - n]) if n < 0 else _rule_text(self.rules.rules[n])
            )
            signs = tuple(self.model.tensors[name].sign for name in names)
            self._rules[n] = (text, signs), names
        return self._rules[n]

    # --- keeping

    def keep(self, start: Spelled, group: Group, touched: Iterable[str]) -> None:
        """Keeps a group with all names met in it, where the others hang together with those it starts from."""
        met = {n for n in touched if n in self.model.tensors} - set(start[1])
        if len(met) > MOST_NAMES or any(self.model.tensors[n].matrix for n in (*met, *start[1])):
            return
        links = self._links(start[1], met)
        if links is not None:
            names = (*start[1], *(name for name, _, _ in links))
            rules = self._rules_within(frozenset(names))
            kept = Kept(group, start[1], links, self.order.ranks(names), rules)
            self._kept[start[0]] = [kept, *self._kept.get(start[0], ())][:MOST_KEPT]

    def _links(self, start: tuple[str, ...], met: set[str]) -> tuple[tuple[str, str, int], ...] | None:
        links: list[tuple[str, str, int]] = []
        known, waiting = dict.fromkeys(start), set(met)
        while waiting:
            new = next((x for name in known for x in self._inner(name, waiting)), None)
            new = new or next((x for name in sorted(waiting) for x in self._outer(name, known)), None)
            if new is None:
                return None
            links.append(new)
            known[new[0]] = None
            waiting.discard(new[0])
        return tuple(links)

    def _inner(self, name: str, waiting: set[str]) -> Iterable[tuple[str, str, int]]:
        return ((n, name, place) for place, n in enumerate(self.declared(name)[1]) if n in waiting)

    def _outer(self, name: str, known: Mapping[str, None]) -> Iterable[tuple[str, str, int]]:
        near = [n for n in self.declared(name)[1] if n in known]
        near.sort(key=lambda n: len(self.users.get(n, ())))
        return ((name, n, -1) for n in near[:1] if name in self.users.get(n, ()))


def _agree(one: Spelled, two: Spelled, names: Mapping[str, str], images: frozenset[str]) -> bool:
    """Whether two texts are the same in the other names; names that were not met may be any."""
    same = one[0] == two[0] and len(one[1]) == len(two[1])
    return same and all(names[a] == b if a in names else b not in images for a, b in zip(one[1], two[1], strict=True))


def _rule_text(rule: Rule) -> str:
    e = rule.equation
    left = " * ".join(f"{a.key}^{p}" for a, p in e.factors)
    source = rule.source if rule.is_fact else rule.source + "["
    return f"{rule.kind} | {source} | {left} = {e.value.key} | {e.variables} {e.ranges} {e.spread}"


def _symmetry_text(symmetry: Symmetry) -> str:
    source = symmetry.source if symmetry.source.startswith("fact ") else symmetry.source + "["
    return f"{symmetry.tensor}[ {source} {symmetry.axes} {symmetry.images} {symmetry.sign}"


# --- saying in other names


class Later(Sequence[Step]):
    """Steps said in other names when they are read: the answer of a layer is needed at once, its lines often never."""

    __slots__ = ("_said", "names", "steps")

    def __init__(self, steps: Sequence[Step], names: Mapping[str, str]) -> None:
        self.steps, self.names = steps, names
        self._said: tuple[Step, ...] | None = None

    @property
    def said(self) -> tuple[Step, ...]:
        if self._said is None:
            say = Recast(self.names)
            self._said = tuple(step_in_names(step, say) for step in self.steps)
        return self._said

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, place: Any) -> Any:
        return self.said[place]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.said)

    def __eq__(self, other: object) -> bool:
        return self.said == (other.said if isinstance(other, Later) else other)

    def __hash__(self) -> int:
        return hash(self.said)


def in_names(group: Group, say: Recast) -> Group:
    steps = Later(group.steps, say.names)
    name, by = say.names.get(group.name, group.name), say.names.get(group.by, group.by)
    return Group(name, by, group.free, steps, say.poly(group.path), say.poly(group.answer))


def step_in_names(step: Step, say: Recast) -> Step:
    poly: Callable = say.poly
    return replace(
        step,
        subject=poly(step.subject),
        before=poly(step.before),
        after=poly(step.after),
        source=say.text(step.source),
        because=tuple(step_in_names(s, say) for s in step.because),
        equation=None if step.equation is None else equation_in_names(step.equation, say),
    )
