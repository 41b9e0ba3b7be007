"""Closed forms: the shortest form of an answer in the user's names, found by search over rules.

States are flat polys; the measure looks at the factored form. Moves: a rule (outside, or everywhere), multiplying out,
and replacing one inner sum by a shorter value of it (which is found by the same moves, on that sum alone).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from symgrad.algebra.contract import contract
from symgrad.algebra.expand import expand, expand_inside
from symgrad.algebra.gates import open_gates
from symgrad.algebra.index import Context, Limit, tighten
from symgrad.algebra.match import Equation, cancelled, hides, rewrite
from symgrad.algebra.normal import build, replace
from symgrad.algebra.records import Base, Poly, Ref, Term, inside, reads, walk
from symgrad.algebra.sigmoids import gather_sigmoids
from symgrad.check.proof import reindexed
from symgrad.check.symmetry import Symmetry, canonical
from symgrad.declare.model import Model
from symgrad.derive.adjoint import guards
from symgrad.derive.look import Shapes, look
from symgrad.derive.measure import measure
from symgrad.derive.once import never, read_once
from symgrad.derive.rewrite import Rulebook, inline

GRADIENTS = ("upstream", "adjoint")
MOST_STATES = 40
MOST_LEVELS = 3  # definitions of definitions written out in an inner sum
HOPELESS = 8  # times the length of a sum: a form of it as long as that does not fold to less (the most seen is 4)
PATIENCE = 5  # states looked at without finding a shorter form before the search ends (the most seen is 4)
SHRINKS = 3  # times the length wanted: a flat form longer than that has no look as short (the most seen is 1.8)


@dataclass(frozen=True)
class Move:
    """One rewrite: how it was done and what came out.

    `because` are the moves that shortened an inner sum; they are read only where `given` holds.
    """

    rule: str
    source: str
    before: Poly
    after: Poly
    deep: bool = False
    because: tuple[Move, ...] = ()
    equation: Equation | None = None
    given: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Closed:
    """A closed form with the moves that lead to it; `poly` is the factored form of the last move."""

    poly: Poly
    flat: Poly
    moves: tuple[Move, ...]
    length: int


@dataclass
class Folder:
    """Folds polys of one model, in one context, by one list of rules; `with_sums` also looks for shorter inner sums.

    `sums`: shorter values that were found, with the names that were met on the way; `touched`: all names met so far.
    """

    model: Model
    context: Context
    rules: Rulebook
    symmetries: tuple[Symmetry, ...] = ()
    with_sums: bool = True
    sums: dict[str, tuple[Closed | None, frozenset[str]]] = field(default_factory=dict)
    looks: dict[str, Poly] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def close(self, start: Poly) -> Closed:
        """The shortest form reached from a start, with its moves."""
        ticket = count()
        self.touched |= start.tensors
        best = self._closed(start, ())
        if self._is_shortest(best.poly):
            return best
        heap = [(best.length, next(ticket), best)]
        seen = {start.key}
        idle = 0
        for _ in range(MOST_STATES):
            if not heap or idle == PATIENCE:
                break
            idle += 1
            _, _, state = heapq.heappop(heap)
            for move in self.moves(state.flat):
                if move.after.key in seen:
                    continue
                seen.add(move.after.key)
                most = best.length + self._slack(move)
                if measure(move.after) > SHRINKS * most:
                    continue
                new = self._closed(move.after, (*state.moves, move))
                if new.length > most:
                    continue
                if new.length < best.length:
                    best, idle = new, 0
                heapq.heappush(heap, (new.length, next(ticket), new))
        return best

    def _is_shortest(self, poly: Poly) -> bool:
        """Whether a poly has certainly no shorter form in the names it has, and no rule brings others in."""
        powers = read_once(poly, self.model.tensors)
        return (
            powers is not None
            and not any(s.tensor in powers for s in self.symmetries)
            and all(never(rule.equation, powers) for rule in self.rules.within(poly.tensors))
        )

    def _closed(self, poly: Poly, moves: tuple[Move, ...]) -> Closed:
        best = self._look(poly)
        return Closed(best, poly, moves, measure(best))

    def _look(self, poly: Poly) -> Poly:
        if poly.key not in self.looks:
            shaped = look(poly, self.shapes)
            best = poly if shaped == poly else self._settled(shaped)
            self.looks[poly.key] = self.looks[best.key] = best
        return self.looks[poly.key]

    def _slack(self, move: Move) -> int:
        """How far a move may lengthen the best form on the way to a shorter one: the cost of one definition."""
        return 12 if move.rule != "expand" else 16

    def moves(self, poly: Poly) -> Iterator[Move]:
        """Every state one move away."""
        for rule in self.rules.within(poly.tensors):
            outside = rewrite(poly, rule.equation, self.context, deep=False)
            if outside is not poly:
                yield Move(rule.kind, rule.source, poly, self._settled(outside), equation=rule.equation)
            if not hides(poly, rule.equation.tensors):
                continue
            everywhere = rewrite(poly, rule.equation, self.context, deep=True)
            if everywhere is not poly and everywhere != outside:
                yield Move(rule.kind, rule.source, poly, self._settled(everywhere), True, equation=rule.equation)
        flat = expand(poly)
        if flat != poly:
            yield Move("expand", "", poly, self._settled(flat))
        shaped = self._look(poly)
        if shaped != poly:
            yield Move("common", "", poly, shaped)
        opened = open_gates(poly)
        if opened != poly:
            yield Move("gates", "", poly, self._settled(opened))
        gathered = gather_sigmoids(poly)
        if gathered != poly:
            yield Move("sigmoids", "", poly, self._settled(gathered))
        yield from self._exchanges(poly)
        lighter = self._unguarded(poly)
        if lighter != poly:
            yield Move("support", "", poly, lighter)
        inside = expand_inside(poly)
        if inside not in (poly, flat):
            yield Move("brackets", "", poly, self._settled(inside))
        if self.with_sums:
            yield from self.sum_moves(poly)

    def again(self, move: Move) -> Move:
        """One move made anew from what stood before it."""
        before = move.before
        plain = {
            "expand": lambda: self._settled(expand(before)),
            "cancel": lambda: self._settled(cancelled(before)),
            "common": lambda: self._look(before),
            "brackets": lambda: self._settled(expand_inside(before)),
            "gates": lambda: self._settled(open_gates(before)),
            "sigmoids": lambda: self._settled(gather_sigmoids(before)),
            "support": lambda: self._unguarded(before),
            "inline": lambda: self._inlined(before, frozenset(move.source.split(", "))),
            "translate": lambda: self._settled(reindexed(before)),
        }
        if move.rule in plain:
            return Move(move.rule, move.source, before, plain[move.rule]())
        found = {"sum": self.sum_moves, "symmetry": self._exchanges}.get(move.rule)
        if found is not None:
            return next((m for m in found(before) if m.source == move.source), Move(move.rule, "", before, before))
        for rule in self.rules.by_source.get(move.source, ()):
            if (rule.kind, rule.source, rule.equation) == (move.rule, move.source, move.equation):
                after = rewrite(before, rule.equation, self.context, move.deep)
                if after is not before:
                    return Move(rule.kind, rule.source, before, self._settled(after), move.deep, (), rule.equation)
        return Move(move.rule, "", before, before)

    def _exchanges(self, poly: Poly) -> Iterator[Move]:
        """Entries that are equal by a symmetry, written in one way."""
        here = [s for s in self.symmetries if s.tensor in poly.tensors]
        for source in dict.fromkeys(s.source for s in here):
            mine = tuple(s for s in here if s.source == source)
            settled = self._settled(canonical(poly, mine))
            if settled != poly:
                yield Move("symmetry", source, poly, settled, equation=mine[0].equation)

    def _unguarded(self, poly: Poly) -> Poly:
        """Law: [c] D = D where D is 0 unless c holds; nothing else in the term may need c to be read in its range."""
        return Poly(t for term in poly.terms for t in self._lighter(term).terms)

    def _lighter(self, term: Term) -> Poly:
        if term.bound or not term.limits:
            return Poly((term,))
        carried = set()
        for atom in (a for a, p in term.factors if isinstance(a, Ref) and p > 0):
            tensor = self.model.tensors[atom.name]
            if tensor.poly is not None:
                own = dict(zip(tensor.axes, atom.indices, strict=True))
                carried |= {tighten(x.put(own)) for x in guards(tensor.poly)}
        kept = tuple(x for x in term.limits if x not in carried)
        if kept == term.limits or not self._readable(term, kept):
            return Poly((term,))
        return build(term.coefficient, term.factors, (), kept)

    def _readable(self, term: Term, kept: tuple[Limit, ...]) -> bool:
        """Whether all entries are in their ranges where the kept conditions hold; those of inner sums by themselves."""
        known = tuple(x.of for x in kept if x.kind == "ge")
        dropped = frozenset().union(*(x.of.names for x in term.limits if x not in kept))
        refs = [a for a, _ in walk(Poly((Term(term.coefficient, term.factors, (), ()),))) if isinstance(a, Ref)]
        reads = [x for r in refs for x in self.model.ranges(self.model.tensors[r.name], r.indices)]
        bound = [x for x in reads if any(n.startswith("~") for n in x.of.names)]
        return all(x.of.names.isdisjoint(dropped) for x in bound) and all(
            self.context.proves(x.of, known) for x in reads if x not in bound
        )

    def _inlined(self, poly: Poly, names: frozenset[str]) -> Poly:
        return self._settled(inline(poly, self.model, names))

    def _settled(self, poly: Poly) -> Poly:
        self.touched |= poly.tensors
        return contract(poly, self.context)

    def sum_moves(self, poly: Poly) -> Iterator[Move]:
        around: dict[Poly, set[Limit]] = {}
        for part, limits in _sums(poly, ()):
            around[part] = around.get(part, set(limits)) & set(limits)
        for part, shared in around.items():
            shorter = self._shorter_sum(part)
            if shorter is not None:
                after = _with_sum(poly, part, shorter.flat)
                if after != poly:
                    given = self._needed(part, shared)
                    yield Move("sum", part.key, poly, self._settled(after), because=shorter.moves, given=given)

    def _needed(self, part: Poly, limits: Iterable[Limit]) -> tuple[Limit, ...]:
        """The conditions that an inner sum stands under, where they keep what it reads in its range."""
        inside = reads([Base(part)])
        if all(self.context.proves(x.of, here) for atom, here in inside for x in self.model.read_ranges(atom)):
            return ()
        return tuple(sorted((x for x in limits if not x.of.names.isdisjoint(part.names)), key=str))

    def _shorter_sum(self, part: Poly) -> Closed | None:
        """A shorter value of one sum, found on its own: multiplied out, or with definitions written out level by level.

        Definitions are not written out beside a gradient: what is arbitrary there keeps the sum from collapsing.
        """
        if part.key not in self.sums:
            around, self.touched = self.touched, set(part.tensors)
            self.sums[part.key] = self._found_sum(part), frozenset(self.touched)
            self.touched = around
        found, names = self.sums[part.key]
        self.touched |= names
        return found

    def _found_sum(self, part: Poly) -> Closed | None:
        if self._is_shortest(part):
            return None
        states = self._started(part)
        for level in range(MOST_LEVELS):
            if level:
                states = [new for start in states if (new := self._lower(*start)) is not None]
            found = [c for start in states if (c := self._multiplied(part, *start)) is not None]
            best = min(found, key=lambda c: c.length, default=None)
            if best is not None and best.length < measure(part):
                return best
        return None

    def _started(self, part: Poly) -> list[tuple[Poly, tuple[Move, ...]]]:
        """A sum as it stands, and with its indices shifted in the agreed way."""
        moved = self._settled(reindexed(part))
        return [(part, ()), *([(moved, (Move("translate", "", part, moved),))] if moved != part else [])]

    def _lower(self, state: Poly, moves: tuple[Move, ...]) -> tuple[Poly, tuple[Move, ...]] | None:
        """A state with the definitions in it written out, where it has some and no gradient."""
        known = [self.model.tensors.get(name) for name in state.tensors]
        names = sorted(t.name for t in known if t is not None and t.poly is not None)
        if not names or any(t is None or t.kind in GRADIENTS for t in known):
            return None
        after = self._inlined(state, frozenset(names))
        return after, (*moves, Move("inline", ", ".join(names), state, after))

    def _multiplied(self, part: Poly, state: Poly, moves: tuple[Move, ...]) -> Closed | None:
        """A state multiplied out, sums that stand in a denominator too cancelled, and folded while that shortens."""
        for rule, change in (("expand", expand), ("cancel", cancelled)):
            after = self._settled(change(state))
            if after != state:
                moves += (Move(rule, "", state, after),)
                state = after
        return self._greedy(state, moves) if moves and measure(state) <= HOPELESS * measure(part) else None

    def _greedy(self, poly: Poly, moves: tuple[Move, ...]) -> Closed:
        """Applies rules while they shorten."""
        best = self._closed(poly, moves)
        while True:
            options = []
            for rule in self.rules.within(best.flat.tensors):
                after = rewrite(best.flat, rule.equation, self.context, deep=False)
                if after is not best.flat:
                    after = self._settled(after)
                    move = Move(rule.kind, rule.source, best.flat, after, equation=rule.equation)
                    options.append(self._closed(after, (*best.moves, move)))
            shortest = min(options, key=lambda c: c.length, default=best)
            if shortest.length >= best.length:
                return best
            best = shortest


def _sums(poly: Poly, around: tuple[Limit, ...]) -> Iterator[tuple[Poly, tuple[Limit, ...]]]:
    """The connected sums at the outside of a poly, without coefficients, each with the conditions it stands under."""
    for term in poly.terms:
        if term.bound:
            yield Poly((term.scaled(1 / term.coefficient),)), around
            continue
        here = (*around, *term.limits)
        for atom, exponent in term.factors:
            if isinstance(atom, Base) and atom.poly.sole is not None and atom.poly.sole.bound and exponent > 0:
                yield atom.poly, here
            elif isinstance(atom, Base) and exponent > 0:
                yield from (found for inner in inside(atom) for found in _sums(inner, here))


def _with_sum(poly: Poly, part: Poly, value: Poly) -> Poly:
    return replace(poly, lambda atom: value if isinstance(atom, Base) and atom.poly == part else None)
