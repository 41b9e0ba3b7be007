"""One question from start to answer: for each adjoint on the way its paths, its partials, its closed form.

A step is data: a rule, what stood before, what stands after. `replay` computes every line again from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from symgrad.algebra.contract import contract, contract_parts
from symgrad.algebra.index import Affine, Context, Limit
from symgrad.algebra.normal import lone, opened, put, total
from symgrad.algebra.normal import replace as replace_atoms
from symgrad.algebra.recast import Order, Recast
from symgrad.algebra.records import Atom, Base, Head, Poly, Ref, walk
from symgrad.check.symmetry import symmetries
from symgrad.declare.model import Model, Tensor
from symgrad.derive.adjoint import Adjoint, Entry, Sweep, sweeps, within
from symgrad.derive.alike import Likeness, step_in_names
from symgrad.derive.closed import Closed, Folder, Move
from symgrad.derive.logs import split_logs
from symgrad.derive.look import Shapes, look
from symgrad.derive.measure import foreign, measure
from symgrad.derive.partials import Parts, local_parts
from symgrad.derive.rewrite import Rulebook, definition_shape, inline, rules_from
from symgrad.derive.steps import Derivation, Group, Step
from symgrad.errors import Unsupported

GRADIENTS = ("upstream", "adjoint")
MARGIN = 24  # how much longer than its named form an answer may be before gradients of intermediates stay names
HOPELESS = 1.5  # times that length before folding: nothing folds so far, and the search would take long


def derive(
    model: Model,
    of: str,
    of_free: tuple[str, ...],
    by: str,
    by_free: tuple[str, ...],
    *,
    keep: Iterable[str] = (),
    inlined: tuple[str, ...] = (),
    nameless: bool = False,
) -> Derivation:
    """The derivative of the entry `of[of_free]` by the entry `by[by_free]`."""
    options = {"keep": keep, "inlined": inlined, "nameless": nameless}
    return derive_each(model, of, of_free, [(by, by_free)], **options)[0]  # type: ignore[arg-type]


def derive_each(
    model: Model,
    of: str,
    of_free: tuple[str, ...],
    entries: Sequence[Entry],
    *,
    keep: Iterable[str] = (),
    inlined: tuple[str, ...] = (),
    nameless: bool = False,
) -> tuple[Derivation, ...]:
    """The derivatives of the entry `of[of_free]` by several entries, in one sweep: what they share is derived once.

    `keep` names definitions whose adjoints stay names in the answer; definitions in `inlined` are written out in `of`
    before differentiating, with logarithms split. `nameless`: `of` is an expression without a name of the user's, so
    that name must not come up in an answer.
    """
    opening: tuple[Step, ...] = ()
    declared = model = replace(model, contexts={})  # names made for one question may come again in another
    if inlined:
        model, opening = written_out(model, of, inlined)
    found = sweeps(model, of, of_free, entries)
    for by in (one.by for one in found if not one.adjoints):
        raise Unsupported(
            f"the gradient of {of} by {by} is given", where=f"d{of}/d{by}", expected="a name that is not given"
        )
    keep = frozenset(keep)
    groups = Engine(found[0].model, found[0], nameless).groups(found, keep)
    return tuple(
        Derivation(
            model=one.model,
            of=of,
            of_free=of_free,
            by=one.by,
            by_free=one.by_free,
            groups=own,
            opening=opening,
            keep=keep,
            sweep=one,
            start=model,
            declared=declared,
            inlined=inlined,
            nameless=nameless,
        )
        for one, own in zip(found, groups, strict=True)
    )


def written_out(model: Model, of: str, inlined: tuple[str, ...]) -> tuple[Model, tuple[Step, ...]]:
    """The model in which the given definitions are written out wherever they are used, and the steps for `of`."""
    names = frozenset(inlined)
    tensor = model.tensors[of]
    if tensor.poly is None:
        raise Unsupported(f"{of} has no definition to write out", where=of, expected="a loss that is written out")
    changed = []
    for other in model.definitions:
        assert other.poly is not None
        poly = other.poly
        while poly.tensors & names:
            poly = inline(poly, model, names)
        if poly != other.poly:
            changed.append((other, poly, contract(split_logs(poly), model.context(other.axes))))
    steps: list[Step] = []
    for other, out, split in changed:
        if other.name == of:
            subject = lone(tensor.entry)
            steps.append(Step("written out", subject, tensor.poly, out, ", ".join(inlined), free=tensor.axes))
            if split != out:
                steps.append(Step("logs", subject, out, split, free=tensor.axes))
    return model.extended(*(replace(other, poly=split) for other, _, split in changed)), tuple(steps)


class Engine:
    """Derives groups in one model; every rule of a step is one method that computes `after` from `before`."""

    def __init__(self, model: Model, found: Sweep, nameless: bool = False, anew: bool = False) -> None:
        """`anew`: to check, every partial is folded on its own, none said as one like it."""
        self.model, self.sweep, self.anew = model, found, anew
        self.rules = Rulebook(r for r in rules_from(model) if not (nameless and r.source == found.of))
        self.symmetries = symmetries(model)
        self.partials: dict[str, tuple[Poly, tuple[Step, ...], bool]] = {}
        self.order = Order(model.functions)
        self.raw: dict[str, Poly] = {}  # partials that the sweep has found
        self.alike: dict[object, tuple[str, tuple[str, ...]]] = {}  # a partial of each shape, and the names in it
        self.met: dict[str, set[str]] = {}  # the names that were met with a partial
        self.sums: dict[str, tuple[Closed | None, frozenset[str]]] = {}  # and shapes, found once for all groups
        self.looks: dict[str, Poly] = {}
        self.shapes: Shapes = {}
        self.touched: set[str] = set()  # all names that were met in the group at hand

    def context(self, free: tuple[str, ...]) -> Context:
        return self.model.context(free)

    def folder(self, free: tuple[str, ...]) -> Folder:
        shared = self.symmetries, True, self.sums, self.looks, self.shapes, self.touched
        return Folder(self.model, self.context(free), self.rules, *shared)

    # --- one adjoint

    def groups(self, found: Iterable[Sweep], keep: frozenset[str]) -> list[tuple[Group, ...]]:
        """The groups of each sweep, last definition first; `keep` names definitions whose adjoints stay names."""
        likeness = Likeness(self.model, self.sweep.of, keep, self.rules, self.symmetries)
        done: dict[str, Group] = {}  # of the definitions on the way, shared by all sweeps
        each = []
        before: tuple[tuple[Adjoint, ...], tuple[Group, ...]] = (), ()  # the longest way so far: others are parts of it
        for one in found:
            inner, last = one.adjoints[:-1], one.adjoints[-1]
            if inner != before[0][: len(inner)]:
                for adjoint in (a for a in inner if a.name not in done):
                    done[adjoint.name] = self.group_like_before(adjoint, done, keep, likeness)
                before = inner, tuple([done[a.name] for a in inner])
            each.append((*before[1][: len(inner)], self.group_like_before(last, done, keep, likeness)))
        return each

    def group_like_before(
        self, adjoint: Adjoint, earlier: Mapping[str, Group], keep: frozenset[str], likeness: Likeness
    ) -> Group:
        """A group, said in other names where one like it was found before."""
        start = likeness.start(adjoint, earlier)
        found = likeness.find(start)
        if found is None:
            self.touched.clear()
            found = self.group(adjoint, earlier, keep)
            likeness.keep(start, found, self.touched.union(*(s.before.tensors | s.after.tensors for s in found.steps)))
        return found

    def group(self, adjoint: Adjoint, earlier: Mapping[str, Group], keep: frozenset[str]) -> Group:
        free = (*self.sweep.of_free, *adjoint.free)
        subject = lone(self.model.tensors[adjoint.name].at(map(Affine.name, free)))
        steps: list[Step] = []

        def step(rule: str, after: Poly, **rest: object) -> None:
            before = next((s.after for s in reversed(steps) if not s.aside), subject)
            if after != before:
                steps.append(Step(rule, subject, before, after, free=free, **rest))  # type: ignore[arg-type]

        step("paths", self.paths(adjoint))
        steps += self.asides(adjoint)
        step("differentiate", self.differentiated(_last(steps, subject), free))
        step("shift", self.shifted(_last(steps, subject), free))
        folder = self.folder(free)
        for move in _vanishing(folder, _last(steps, subject)):
            steps.append(as_step(move, subject, free))
        path = _last(steps, subject)
        answer = self._close(adjoint, subject, steps, path, earlier, keep, folder)
        return Group(adjoint.name, adjoint.by, free, tuple(steps), path, answer)

    def _close(
        self,
        adjoint: Adjoint,
        subject: Poly,
        steps: list[Step],
        path: Poly,
        earlier: Mapping[str, Group],
        keep: frozenset[str],
        folder: Folder,
    ) -> Poly:
        """Puts earlier gradients in and folds; where that gets too long, or where all are kept, the path form stays.

        An answer in which a gradient stayed a name is not put in again, unless it is short: so that all layers of a
        deep network look alike.
        """
        free = (*self.sweep.of_free, *adjoint.free)
        known = {g.name: (g.free, g.answer) for g in _open(path, earlier, keep)}
        short = {n: v for n, v in known.items() if len(v[1].terms) == 1 and measure(v[1]) <= MARGIN // 2}
        values = {n: v for n, v in known.items() if n in short or not _open(v[1], earlier, keep)}
        names = path.tensors & values.keys()
        if any(earlier[n].by in keep for n in path.tensors & earlier.keys()) and not names and not undone(path):
            return path
        whole = self.with_earlier(path, values, self.context(free))
        most = measure(look(path, self.shapes)) + MARGIN
        hopeless = bool(names) and measure(look(whole, self.shapes)) > HOPELESS * most
        closed = None if hopeless else folder.close(whole)
        if closed is None or (names and closed.length > most):
            names = names & short.keys()
            whole = self.with_earlier(path, {n: short[n] for n in names}, self.context(free))
            closed = folder.close(whole)
        if whole != path:
            steps.append(Step("earlier", subject, path, whole, ", ".join(sorted(names)), free=free))
        steps += [as_step(move, subject, free) for move in closed.moves]
        if closed.poly != closed.flat:
            steps.append(Step("common", subject, closed.flat, closed.poly, free=free))
        return closed.poly

    def asides(self, adjoint: Adjoint) -> tuple[Step, ...]:
        """The side calculations: the local derivatives of the definitions on the way."""
        local = (c for c in reversed(adjoint.contributions) if self._is_partial(c.partial_name))
        ways = [c for c in local if c.via != self.sweep.of]
        if not self.anew:
            self.raw.update((c.partial_name, c.partial) for c in ways)
        return tuple(step for c in ways for step in self.partial(c.partial_name)[1])

    # --- the rules of the main line

    def paths(self, adjoint: Adjoint) -> Poly:
        return total(c.named for c in adjoint.contributions)

    def with_earlier(self, poly: Poly, values: dict[str, tuple[tuple[str, ...], Poly]], context: Context) -> Poly:
        """Adjoint names replaced by their closed forms."""

        said: dict[Atom, Poly] = {}

        def change(atom: Atom) -> Poly | None:
            if isinstance(atom, Ref) and atom.name in values and atom not in said:
                free, value = values[atom.name]
                said[atom] = put(value, dict(zip(free, atom.indices, strict=True)))
            return said.get(atom)

        return contract(replace_atoms(poly, change), context) if poly.tensors & values.keys() else poly

    def differentiated(self, poly: Poly, free: tuple[str, ...]) -> Poly:
        """Every partial that stands as a name replaced by its value; equations between shifted indices are left."""
        context = self.context(free)
        return total(self._differentiated(Parts(*opened(t)), context) for t in poly.terms)

    def _differentiated(self, parts: Parts, context: Context) -> Poly:
        for n, (atom, _) in enumerate(parts.factors):
            rest = parts._replace(factors=parts.factors[:n] + parts.factors[n + 1 :])
            if isinstance(atom, Ref) and self._is_partial(atom.name):
                return total(self._differentiated(rest.joined(p), context) for p in self._pieces(atom))
            if isinstance(atom, Base) and any(self._is_partial(name) for name in atom.tensors):
                return total(self._differentiated(rest.joined(Parts(*opened(t))), context) for t in atom.poly.terms)
        return contract_parts(*parts, context, plain=True)

    def shifted(self, poly: Poly, free: tuple[str, ...]) -> Poly:
        """All equations solved, indices of gradients eliminated first, so that a kernel keeps its own."""
        gradients = frozenset(
            n for n in poly.tensors if n in self.model.tensors and self.model.tensors[n].kind in GRADIENTS
        )
        settled = contract(poly, self.context(free), gradients)
        return contract(within(settled, self.model), self.context(free), gradients)

    def _is_partial(self, name: str) -> bool:
        return name in self.model.tensors and self.model.tensors[name].kind == "partial"

    def _pieces(self, atom: Ref) -> list[Parts]:
        """A partial at given indices as open terms: folded, or differentiated there, no equation solved yet."""
        value, _, folded = self.partial(atom.name)
        local = self.model.tensors[atom.name]
        if folded:
            return [Parts(*opened(t)) for t in put(value, dict(zip(local.axes, atom.indices, strict=True))).terms]
        via = self.model.tensors[local.of[0]]
        split = len(via.axes)
        return local_parts(via, atom.indices[:split], local.of[1], atom.indices[split:], self.model.ties)

    # --- partials

    def partial(self, name: str) -> tuple[Poly, tuple[Step, ...], bool]:
        """The value of a partial with its steps, and whether it is shown in terms of the result.

        It is, where that takes a function or a sum out of it: s (1 - s), not exp(-z)/(1 + exp(-z))^2.
        """
        if name not in self.partials:
            local = self.model.tensors[name]
            shape, names = self._shape(local)
            if shape is None or shape not in self.alike:
                around, self.touched = self.touched, set()
                self.partials[name] = self._new_partial(local)
                self.met[name], self.touched = self.touched, around
                self.alike[shape] = name, names
            else:
                theirs, before = self.alike[shape]
                self._say_partial(name, theirs, Recast(dict(zip(before, names, strict=True))))
        self.touched |= self.met[name]
        return self.partials[name]

    def _new_partial(self, local: Tensor) -> tuple[Poly, tuple[Step, ...], bool]:
        raw = self.raw[local.name] if local.name in self.raw else self.raw_partial(local.name)
        subject = lone(local.entry)
        steps = [Step("partial", subject, subject, raw, aside=True, free=local.axes)]
        closed = self._folded(local, raw)
        if closed is not None:
            steps += [replace(as_step(m, subject, local.axes), aside=True) for m in closed.moves]
            if closed.poly != closed.flat:
                steps.append(Step("common", subject, closed.flat, closed.poly, aside=True, free=local.axes))
        return raw if closed is None else closed.poly, tuple(steps), closed is not None

    def _shape(self, local: Tensor) -> tuple[object, tuple[str, ...]]:
        """All that a partial depends on but for the names in it, and these names; no shape where it cannot be said."""
        of, by = local.of
        via = self.model.tensors[of]
        if self.anew or of == self.sweep.of or via.poly is None or via.matrix:
            return None, ()
        shape, names = definition_shape(self.model, via, self.order, (local.name,))
        return (shape, names.index(by), local.axes, *map(foreign, names)), names

    def _say_partial(self, name: str, theirs: str, say: Recast) -> None:
        """A partial as one found before, in its own names."""
        value, steps, folded = self.partials[theirs]
        self.partials[name] = say.poly(value), tuple(step_in_names(s, say) for s in steps), folded
        self.met[name] = {say.names[n] for n in self.met[theirs]}

    def _folded(self, local: Tensor, raw: Poly) -> Closed | None:
        """A partial in terms of its definition, where that has less functions and sums."""
        if local.of[0] == self.sweep.of or not _heavy(raw):
            return None
        own = Rulebook(self.rules.by_source.get(local.of[0], ()))
        closed = Folder(self.model, self.context(local.axes), own, with_sums=False, touched=self.touched).close(raw)
        return closed if _heavy(closed.poly) < _heavy(raw) else None

    def raw_partial(self, name: str) -> Poly:
        local = self.model.tensors[name]
        via = self.model.tensors[local.of[0]]
        split = len(via.axes)
        at = tuple(map(Affine.name, local.axes))
        pieces = local_parts(via, at[:split], local.of[1], at[split:], self.model.ties)
        return total(contract_parts(*p, self.context(local.axes)) for p in pieces)


def _open(poly: Poly, earlier: Mapping[str, Group], keep: frozenset[str]) -> list[Group]:
    """The gradients in a poly that need not stay names."""
    return [earlier[n] for n in sorted(poly.tensors & earlier.keys()) if earlier[n].by not in keep]


def _heavy(poly: Poly) -> int:
    """How many functions and sums a poly is made of."""
    return sum(isinstance(a, Head) or (isinstance(a, Base) and bool(a.poly.sole)) for a, _ in walk(poly))


def _last(steps: list[Step], start: Poly) -> Poly:
    return next((s.after for s in reversed(steps) if not s.aside), start)


def undone(poly: Poly) -> bool:
    """Whether a delta stands under a sum over its index: the sum has not been carried out."""
    return any(
        limit.kind == "eq" and any(n.startswith("~") for n in limit.of.names)
        for atom, _ in walk(poly)
        if isinstance(atom, Base)
        for term in atom.poly.terms
        if not term.bound
        for limit in term.limits
    )


def as_step(move: Move, subject: Poly, free: tuple[str, ...], given: tuple[Limit, ...] = ()) -> Step:
    because = tuple(as_step(m, m.before, free, move.given) for m in move.because)
    return Step(
        move.rule, subject, move.before, move.after, move.source, move.deep, False, because, free, move.equation, given
    )


def _vanishing(folder: Folder, poly: Poly) -> Iterator[Move]:
    """Moves that show an inner sum to be 0: a path that cancels."""
    while True:
        found = next((m for m in folder.sum_moves(poly) if m.because and not m.because[-1].after), None)
        if found is None:
            return
        yield found
        poly = found.after
