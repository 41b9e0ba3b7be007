"""Deciding whether a formula is the answer: shapes, then numbers, then proof. Each verdict says what it stands on.

Only a witness refutes, only a proof accepts. An error, a limit or a notation nobody knows never becomes "wrong".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import permutations

from symgrad.algebra.contract import contract
from symgrad.algebra.index import Affine
from symgrad.algebra.normal import lone
from symgrad.declare.model import Index, Model
from symgrad.errors import ReadError, SymgradError
from symgrad.read import syntax as s
from symgrad.read.names import Names
from symgrad.read.show import show
from symgrad.student import verdict as v
from symgrad.student.carried import follows, meant
from symgrad.student.close import against
from symgrad.student.code import is_code, is_program, judged_as_code, may_be_code
from symgrad.student.conventions import ALPHA, IMPLICIT, UNMARKED, Choices, readings, rounding
from symgrad.student.entrywise import ENTRY_BY_ENTRY, is_entry_by_entry
from symgrad.student.exact import Array
from symgrad.student.meaning import Meaning
from symgrad.student.reach import axes_of, leaves_range, same_range
from symgrad.student.reference import Closed, Reference
from symgrad.student.scan import free_indices, has_names, is_alone, places
from symgrad.student.scopes import in_both_scopes
from symgrad.student.settle import fitted, settled
from symgrad.student.symbols import Text, understood
from symgrad.student.unsaid import sums_with_indices
from symgrad.student.verdict import Verdict, of_chain
from symgrad.student.whole import DoesNotConform
from symgrad.student.worked import Worked

WAYS = ((UNMARKED,), (IMPLICIT,), (ALPHA,), (ALPHA, IMPLICIT))


def judge(text: str, reference: Reference, names: Names) -> Verdict:
    """The verdict on a text: a formula, a chain of equalities, or lines of them. Never raises for what a text says.

    Read strictly first, then by the conventions of the exercise; `under` has the verdict by others that change it.
    """
    if reference.room is not None and is_program(text):
        return judged_as_code(text, reference, names)  # its lines are no equations: a name may change its value
    strict, met = _by(text, reference, names, ())
    if strict.is_right:
        return strict
    if reference.room is not None and may_be_code(text):
        code = judged_as_code(text, reference, names)
        shapes = strict.kind == v.WRONG and strict.rung == 0 and code.kind == v.UNDECIDED
        if code.is_right or ((strict.kind == v.NOT_UNDERSTOOD or shapes) and is_code(text)):
            return code
    if reference.conventions:
        allowed, _ = _by(text, reference, names, reference.conventions)
        if allowed.is_right:
            return replace(allowed, notes=(*allowed.notes, *reference.conventions))
    under: dict[str, str] = {}
    for others in (c for c in WAYS if met.issuperset(c) and not set(c) <= set(reference.conventions)):
        found, _ = _by(text, reference, names, others)
        if found.is_right and not any(set(u.split("; ")) <= set(others) for u in under):
            under["; ".join(others)] = found.kind
    return replace(strict, under={**strict.under, **under})


def _by(text: str, reference: Reference, names: Names, conventions: tuple[str, ...]) -> tuple[Verdict, set[str]]:
    """The verdict by some conventions, and the conventions that could make a difference."""
    alpha = r"\alpha" in text and r"\alpha" not in names.table
    if alpha and ALPHA in conventions:
        text = text.replace(r"\alpha", r"\partial")
    met = {ALPHA, UNMARKED, IMPLICIT} if alpha else set()
    try:
        one = Judge(text, understood(text, names, reference.of), reference, conventions)
    except ReadError as error:
        return Verdict(v.NOT_UNDERSTOOD, 4, "the text is not understood", reason=str(error)), met
    try:
        return one.verdict(), met | one.met
    except ReadError as error:
        return Verdict(v.NOT_UNDERSTOOD, 4, "the text is not understood", reason=str(error)), met | one.met
    except (SymgradError, RecursionError, ArithmeticError) as error:
        reason = f"{type(error).__name__}: {error}"
        return Verdict(v.UNDECIDED, 4, "it could not be decided", reason=reason), met


@dataclass(frozen=True)
class Way:
    """One way to read the free indices: those of the text by those asked for; `left`: letters nothing explains."""

    renamed: Mapping[str, str]
    note: str = ""
    left: tuple[str, ...] = ()
    other: str = ""  # why the free indices are not those of the left side


class Judge:
    """One text and what it is compared with."""

    def __init__(self, text: str, found: Text, reference: Reference, conventions: tuple[str, ...] = ()) -> None:
        self.text, self.reference, self.conventions = text, reference, conventions
        self.met: set[str] = set()  # conventions that could make a difference
        self.letters = frozenset(n.code for n in found.names.indices) - reference.model.tensors.keys()
        tree, notes = sums_with_indices(
            found.tree, self.letters, {*reference.free, *reference.read}, reference.model.sizes
        )
        self.found = replace(found, tree=tree, notes=(*found.notes, *notes))

    def verdict(self) -> Verdict:
        """Every side of a line is compared with what the line is about; the last one about the answer counts."""
        others: list[Verdict] = []
        own: list[Verdict] = []
        wrong: list[tuple[Reference, s.Node, s.Node]] = []
        for chain, about in self.lines():
            if about is None:
                items, at = self.sides(chain)
                own += [self.formula(item, at) for item in items]
            else:
                found = [self.about(about, chain[0], item) for item in chain[1:]]
                wrong += [
                    (about[0], chain[0], x) for x, one in zip(chain[1:], found, strict=True) if one.kind == v.WRONG
                ]
                others += found
        if not own:
            asked = f"d{self.reference.of}/d{self.reference.by}"
            raise ReadError(f"no line is about {asked}", text=self.text, expected=f"{asked} = ...")
        tree = self.found.tree
        if isinstance(tree, s.Lines) and not any(isinstance(line, s.Relation) for line in tree.lines):
            return next((one for one in own if not one.is_right), own[-1])  # answers side by side
        return self.given(of_chain([*others, *own]), wrong)

    def given(self, found: Verdict, wrong: list[tuple[Reference, s.Node, s.Node]]) -> Verdict:
        """A wrong verdict, with a note where the answer is right given an earlier line that is wrong."""
        for about, left, item in wrong if found.kind == v.WRONG else ():
            node, at = self.answers()[-1]
            judge = Judge(self.text, self.found, about, self.conventions)
            with suppress(SymgradError):
                if about.of == self.reference.of and follows(
                    self, node, at, about, meant(judge, item, judge.asked(left) or {})
                ):
                    note = f"right given the earlier answer for d{about.of}/d{about.by}"
                    return replace(found, notes=(*found.notes, note))
        return found

    def lines(self) -> Iterator[tuple[list[s.Node], list[Reference] | None]]:
        """The sides of each line, with what it is about where that is another derivative than the one asked for."""
        tree = self.found.tree
        for line in tree.lines if isinstance(tree, s.Lines) else (tree,):
            chain = list(line.items) if isinstance(line, s.Relation) and set(line.relations) == {"="} else [line]
            yield chain, self.other(chain[0]) if len(chain) > 1 else None

    def sides(self, chain: list[s.Node]) -> tuple[list[s.Node], Mapping[str, str]]:
        """The sides of a chain that are to be the answer, and the free indices as its left side names them."""
        at = self.asked(chain[0]) if len(chain) > 1 else None
        return (chain, {}) if at is None else (chain[1:], at)

    def answers(self) -> list[tuple[s.Node, Mapping[str, str]]]:
        """All sides that are to be the answer, each with its free indices."""
        found = []
        for chain, about in self.lines():
            if about is None:
                items, at = self.sides(chain)
                found += [(item, at) for item in items]
        return found

    def about(self, references: list[Reference], left: s.Node, item: s.Node) -> Verdict:
        """The verdict on a side of a line about another derivative, in the reading that suits it."""
        verdicts = []
        for one in references:
            judge = Judge(self.text, self.found, one, self.conventions)
            verdicts.append(judge.formula(item, judge.asked(left) or {}))
        return next((found for found in verdicts if found.is_right), verdicts[0])

    def subject(self, node: s.Node) -> tuple[str, str, tuple[s.Node, ...]] | None:
        """What a left side is: a derivative (of, by, indices), by its name too, or a definition ("", name, indices)."""
        own = self.reference
        if isinstance(node, s.PartialDerivative) and isinstance(node.of, s.Reference):
            by = node.by
            return (node.of.code, by.code, (*node.of.indices, *by.indices)) if isinstance(by, s.Reference) else None
        if not isinstance(node, s.Reference):
            return None
        if node.code in own.let:
            return own.of, own.let[node.code], node.indices
        tensor = own.model.tensors.get(node.code)
        return ("", node.code, node.indices) if tensor is not None and tensor.poly is not None else None

    def other(self, left: s.Node) -> list[Reference] | None:
        """What a line is compared with whose left side is something else than the derivative asked for."""
        own, said = self.reference, self.subject(left)
        if said is None or self.asked(left) is not None:
            return None
        of, by, _ = said
        tensors = own.model.tensors
        if not of and not tensors[own.of].axes:
            entry = lone(tensors[by].entry)
            return [replace(self.with_answer(own.of, by, Closed(tensors[by].axes, entry)), is_name=True)]
        if (of, by) == (own.of, own.by) or not {of, by} <= tensors.keys():
            return None
        found = [closed for closed in (own.total(of, by), own.local(of, by)) if closed is not None]
        return [self.with_answer(of, by, closed) for closed in found] or None

    def with_answer(self, of: str, by: str, closed: Closed) -> Reference:
        """The reference for another derivative, with indices of the ranges of its names."""
        model = self.reference.model.extended(*closed.names)
        axes = (*model.tensors[of].axes, *model.tensors[by].axes)
        new = [
            Index(name, tuple(e.put({axis: Affine.name(name)}) for e in model.indices[axis].limits), Affine.number(0))
            for name, axis in zip(closed.axes, axes, strict=True)
            if name not in model.indices
        ]
        model = model.extended(indices=new)
        return replace(
            self.reference, model=model, of=of, by=by, free=closed.axes, answer=closed.poly, read={}, value=lambda: None
        )

    def asked(self, node: s.Node) -> Mapping[str, str] | None:
        """The indices of a left side that is what is asked for, by those of the question."""
        own, said = self.reference, self.subject(node)
        if said is None or said[:2] != ("" if own.is_name else own.of, own.by):
            return None
        given = said[2]
        plain = [i.code for i in given if isinstance(i, s.Reference)]
        if not given:
            return {}
        return dict(zip(plain, own.free, strict=True)) if len(plain) == len(given) == len(own.free) else None

    # --- one formula

    def formula(self, node: s.Node, at: Mapping[str, str]) -> Verdict:
        """The verdict on one formula, over all ways to read it; one of numbers may be the value at those given."""
        read = show(node, self.found.names)
        value = None if has_names(node) else self.reference.value()
        if value is not None:
            found = self.number(node, value)
            return replace(found, read=read, notes=(*self.found.notes, *found.notes))
        found = in_both_scopes(node, lambda one: self.in_all_ways(one, at))
        return replace(found, read=read, notes=(*self.found.notes, *found.notes))

    def in_all_ways(self, node: s.Node, at: Mapping[str, str]) -> Verdict:
        verdicts = []
        for way in self.ways(node, at):
            one = self.in_both_readings(node, way)
            verdicts.append(one)
            if one.is_right:
                break
        best = verdicts[-1] if verdicts[-1].is_right else verdicts[0]
        if best.kind == v.WRONG and any(one.kind != v.WRONG for one in verdicts):
            return next(one for one in verdicts if one.kind != v.WRONG)
        return best

    def number(self, node: s.Node, value: Array) -> Verdict:
        """The verdict on numbers: against the value at the numbers given."""
        starts = {f: self.reference.model.indices[f].start for f in self.reference.free}
        axes = {f: start.constant if start.is_number else 0 for f, start in starts.items()}
        try:
            given = Worked(self.text, lambda name: None).array(node)
        except DoesNotConform as error:
            return Verdict(v.WRONG, 0, v.RUNGS[0], reason=error.what)
        if not given.loose and not given.is_number and given.shape != value.shape and given.shape == value.T.shape:
            self.met.add(UNMARKED)
            given = given.T if UNMARKED in self.conventions else given
        return against(given, value, axes, rounding(self.conventions))

    def ways(self, node: s.Node, at: Mapping[str, str]) -> list[Way]:
        own = self.reference
        free = free_indices(node, self.letters)
        if at and set(free) - set(at):
            strange = sorted(set(free) - set(at))
            return [Way({}, left=(), other=f"{strange[0]} does not stand on the left side")]
        by_range = {} if at else self.by_ranges(node, list(free), list(own.free), strictly=True)
        if by_range:
            pairs = ", ".join(f"{n} as {f}" for n, f in by_range.items() if n != f)
            chosen = not own.invented.issuperset(by_range)  # letters of the question, which the text exchanges
            return [Way(by_range, f"reading {pairs}" if chosen else f"the indices are named otherwise: {pairs}")]
        letters = own.free if set(free) == set(own.free) else [f for f in own.free if f not in own.invented]
        named = {**{n: f for n, f in own.read.items() if n in free and n not in letters}, **at}
        named = {n: f for n, f in named.items() if n in free}
        rest = [n for n in free if n not in named and (n not in letters or n in named.values())]
        taken = {*named.values(), *(n for n in free if n in letters and n not in named)}
        open_ = [f for f in own.free if f not in taken]
        fitting = self.by_ranges(node, rest, open_)
        if fitting is not None:
            return [Way({**named, **fitting}, ", ".join(f"{n} is read as {f}" for n, f in fitting.items()))]
        rest.sort(key=lambda n: (n not in self.found.spare, n))
        used, left = rest[: len(open_)], rest[len(open_) :]
        if len(used) <= 1 and not (used and left):
            note = f"{used[0]} is read as {open_[0]}" if used else ""
            return [Way({**named, **dict(zip(used, open_, strict=False))}, note, tuple(left))]
        pairs = ", ".join(f"{n} as {f}" for n, f in zip(used, open_, strict=False))
        return [Way({**named, **dict(zip(used, open_, strict=False))}, f"reading {pairs}", tuple(left))]

    def by_ranges(
        self, node: s.Node, letters: list[str], open_: list[str], strictly: bool = False
    ) -> Mapping[str, str] | None:
        """The one way to read these letters as the indices asked for by which each keeps the range it stands in.

        `strictly`: only where the letters are those asked for, and do not keep their own ranges.
        """
        own = self.reference
        if len(letters) != len(open_) or len(letters) < 2:
            return None
        fits: dict[str, list[str]] = {}
        for letter in letters:
            axes = axes_of(node, letter, own)
            fits[letter] = [f for f in open_ if axes and all(same_range(own.model, f, axis) for axis in axes)]
        if strictly and (set(letters) != set(open_) or all(n in fits[n] for n in letters)):
            return None
        found = [w for w in permutations(open_) if all(f in fits[n] for n, f in zip(letters, w, strict=True))]
        return dict(zip(letters, found[0], strict=True)) if len(found) == 1 else None

    def in_both_readings(self, node: s.Node, way: Way) -> Verdict:
        """Derivatives between definitions read as local, and over all paths where that is something else."""
        first, ambiguous = self.in_reading(node, way, "local")
        if not ambiguous or (first.kind == v.RIGHT and not first.undone):
            return first
        second, _ = self.in_reading(node, way, "total")
        if first.is_right or not second.is_right:
            return first if first.kind != v.WRONG or second.kind == v.WRONG else second
        return second

    def in_reading(self, node: s.Node, way: Way, prefer: str) -> tuple[Verdict, bool]:
        """The verdict in one reading of derivatives, and whether there is another; products as conventions allow."""
        if UNMARKED not in self.conventions:
            return self.as_written(node, way, prefer, None)
        first: tuple[Verdict, bool] | None = None
        for choices in readings():
            one = self.as_written(node, way, prefer, choices)
            if one[0].is_right:
                return one
            first = first or one
        assert first is not None
        return first

    def as_written(self, node: s.Node, way: Way, prefer: str, choices: Choices | None) -> tuple[Verdict, bool]:
        if way.other:
            return Verdict(v.WRONG, 0, v.RUNGS[0], reason=way.other), False
        model, free = self.with_strays(node, way)
        own = replace(self.reference, model=model, free=free)
        entrywise = is_entry_by_entry(node, model)
        conventions = (*self.conventions, IMPLICIT) if entrywise else self.conventions
        meaning = Meaning(self.text, own, way.renamed, prefer, conventions, choices)
        if entrywise:
            meaning.note(ENTRY_BY_ENTRY)
        try:
            poly = fitted(meaning.whole(node), self.reference, model, UNMARKED in self.conventions)
        except DoesNotConform as error:
            reason = f"{error.what} ({error.expected})" if error.expected else error.what
            return Verdict(v.WRONG, 0, v.RUNGS[0], reason=reason), False
        finally:
            self.met |= {UNMARKED, IMPLICIT} if meaning.left_out else set()
        model = model.extended(*meaning.names.values())
        poly = contract(poly, model.context(free))
        stray = sorted(poly.names.difference(free, model.sizes))
        if stray:
            raise ReadError(f"{stray[0]} is not an index of this question", text=self.text, expected=", ".join(free))
        reason = leaves_range(meaning, self.reference, free)
        if reason:
            return Verdict(v.WRONG, 0, "a sum runs outside", reason=reason), False
        found = settled(poly, meaning, self.reference, free, model, way.note)
        return found, meaning.ambiguous

    def with_strays(self, node: s.Node, way: Way) -> tuple[Model, tuple[str, ...]]:
        """The model and the free indices, with those of the text that the question does not have."""
        own, model = self.reference, self.reference.model
        for letter in way.left:
            if letter in model.indices:
                continue
            where = [(c, a) for c, a, i in places(node, letter) if is_alone(i) and c in model.tensors]
            if not where:
                raise ReadError(f"nothing says what {letter} runs over", text=self.text, expected=", ".join(own.free))
            like = model.indices[model.tensors[where[0][0]].axes[where[0][1]]]
            moved = {like.name: Affine.name(letter)}
            model = model.extended(indices=[Index(letter, tuple(e.put(moved) for e in like.limits), like.start)])
        return model, (*own.free, *way.left)


def last_number(text: str, names: Names) -> Array | None:
    """What the last side of a chain is worth where it is all numbers; None for formulas and what is not read."""
    try:
        tree = understood(text, names).tree
        line = tree.lines[-1] if isinstance(tree, s.Lines) else tree
        last = line.items[-1] if isinstance(line, s.Relation) else line
        return None if has_names(last) else Worked(text, lambda name: None).array(last)
    except (SymgradError, RecursionError, ArithmeticError):
        return None
