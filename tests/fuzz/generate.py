"""Random graphs from a seed: ranges, inputs, a few definitions made by recipes, and a question."""

from __future__ import annotations

from random import Random

from tests.fuzz.graphs import (
    LOSS,
    Call,
    Definition,
    Expr,
    Given,
    Graph,
    Mul,
    Num,
    Question,
    Ref,
    lin,
    pruned,
    tensors,
    walk,
)
from tests.fuzz.oracles import NoNumbers, chosen_sizes, sampled
from tests.fuzz.ranges import chosen_ranges
from tests.fuzz.recipes import RECIPES, Recipe, free, softmax
from tests.fuzz.terms import FUNCTIONS, Named, Terms

INPUTS = "x y A B w v2 c0".split()
MOST_NODES = 60


def generated(seed: int) -> Graph:
    """The graph of a seed; drawn again until it has sizes and entries at which it can be judged."""
    for attempt in range(200):
        graph = Maker(Random(f"graph {seed} {attempt}"), f"fuzz {seed}").graph()
        if sum(1 for d in graph.definitions for _ in walk(d.body)) > MOST_NODES:
            continue
        try:
            for sizes in chosen_sizes(graph, 0):
                sampled(graph, sizes, 0)
        except NoNumbers:
            continue
        return graph
    raise NoNumbers(f"seed {seed}")


class Maker:
    def __init__(self, pick: Random, name: str) -> None:
        self.pick, self.name = pick, name
        self.ranges = chosen_ranges(pick)
        self.terms = Terms(pick, self.ranges)
        self.definitions: list[Definition] = []
        self.given = self._inputs()

    def graph(self) -> Graph:
        for number in range(self.pick.choice((1, 1, 2, 2, 3))):
            self._define(f"d{number}", self._axes())
        if self.pick.random() < 0.75:
            self._define("L", ())
        loss = self._loss() if self.pick.random() < 0.12 else ()
        question = self._question(loss)
        return pruned(
            Graph(
                self.name, tuple(self.ranges.sizes), tuple(self.ranges.relations),
                tuple(i for r in self.ranges.ranges.values() for i in r.indices), FUNCTIONS,
                self.given, tuple(self.definitions), loss, question,
            )
        )  # fmt: skip

    # --- names

    def _inputs(self) -> tuple[Given, ...]:
        keys = list(self.ranges.ranges)
        found = []
        for name in INPUTS:
            count = {"x": 1, "y": 1, "w": 1, "v2": 1, "A": 2, "B": 2, "c0": 0}[name]
            axes = tuple(self._index(key, n) for n, key in enumerate(self.pick.choices(keys, k=count)))
            chance = self.pick.random()
            sign = "positive" if chance < 0.12 else "one-hot" if chance > 0.93 and count == 2 else "real"
            kind = self.pick.choice(("input", "input", "parameter", "constant"))
            found.append(Given(name, kind if sign != "one-hot" else "input", axes, sign))
        if len(keys) > 1:  # every range has a vector of its own
            found += [Given(f"x{n}", "input", (self._index(key, 0),)) for n, key in enumerate(keys)]
        for t in found:
            self.terms.names.append(Named(t.name, tuple(self._key(a) for a in t.axes), t.sign == "positive"))
        return tuple(found)

    def _index(self, key: str, position: int) -> str:
        return self.ranges.ranges[key].names[position]

    def _key(self, index: str) -> str:
        return next(key for key, r in self.ranges.ranges.items() if index in r.names)

    def _axes(self) -> tuple[str, ...]:
        keys = self.pick.choices(list(self.ranges.ranges), k=self.pick.choice((0, 1, 1, 1, 1, 2)))
        found: list[str] = []
        for key in keys:
            found.append(self.pick.choice([n for n in self.ranges.ranges[key].names if n not in found]))
        return tuple(found)

    # --- definitions

    def _define(self, name: str, axes: tuple[str, ...]) -> None:
        recipe = self.pick.choices([r for r, _ in RECIPES], [weight for _, weight in RECIPES])[0]
        scope = {a: self._key(a) for a in axes}
        if name == "L" and self.definitions:
            self.terms.fresh = self.definitions[-1].name  # a scalar end that reads what was made last
        body = self._summed(recipe, scope) if not axes and self.pick.random() < 0.85 else recipe(self.terms, scope)
        self.terms.fresh = ""
        if self.definitions and name != "L" and self.pick.random() < 0.2:
            twin = self.pick.choice(self.definitions)
            axes, body = twin.axes, twin.body  # equal right sides
        self.definitions.append(Definition(name, axes, body))
        self.terms.names.append(Named(name, tuple(self._key(a) for a in axes), False, weight=3.0))

    def _summed(self, recipe: Recipe, scope: dict[str, str]) -> Expr:
        """A scalar: the sum of something over one or two indices."""
        t = self.terms
        if recipe is softmax:  # all of it sums to 1
            recipe = free
        if self.pick.random() < 0.7:
            return t.over(scope, lambda inside, _: recipe(t, inside))
        return t.over(scope, lambda inside, _: t.over(inside, lambda both, _: recipe(t, both)))

    def _loss(self) -> tuple[str, ...]:
        """One output, or two of which none is made of the other."""
        first, second = self.pick.choices([d.name for d in self.definitions], k=2)
        apart = first not in self._reached(Ref(second), ()) and second not in self._reached(Ref(first), ())
        return (first, second) if apart and self.pick.random() < 0.5 else (first,)

    # --- the question

    def _question(self, loss: tuple[str, ...]) -> Question:
        of, free = self._of(loss)
        wrt = self._entry(self._by(of, loss), set(free))
        used = {*free, *(n for at in wrt.at for n in at.names)}
        then = None
        if LOSS not in tensors(of) and self.pick.random() < 0.1:
            given = [t.name for t in self.given if t.name in self._reached(of, loss)]
            if given and all(len(self._fitting(name, used)) == len(self._tensor_axes(name)) for name in given):
                then = self._entry(self.pick.choice(given), used)
        asked = {*tensors(of), wrt.name, *loss}
        inner = [d.name for d in self.definitions if d.name not in asked and d.name in self._reached(of, loss)]
        inner = [] if LOSS in asked else inner
        option = self.pick.random()
        chosen = (self.pick.choice(inner),) if inner and option < 0.1 else ()
        return Question(of, wrt, then, keep=chosen if option < 0.05 else (), inline=chosen if option >= 0.05 else ())

    def _of(self, loss: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]]:
        if loss:
            f: Expr = Ref(LOSS)
            return (f if self.pick.random() < 0.8 else Mul((Num(2), f))), ()
        last = self.definitions[-1]
        d = last if self.pick.random() < 0.8 else self.pick.choice(self.definitions)
        of: Expr = Ref(d.name, tuple(map(lin, d.axes)))
        if self.pick.random() < 0.15:
            of = self.pick.choice((lambda u: Mul((Num(3), u, u)), lambda u: Call("atan", (u,))))(of)
        return of, d.axes

    def _reached(self, of: Expr, loss: tuple[str, ...]) -> set[str]:
        """The names on which something depends."""
        found = set(tensors(of)) | (set(loss) if LOSS in tensors(of) else set())
        for d in reversed(self.definitions):
            if d.name in found:
                found |= tensors(d.body)
        return found

    def _by(self, of: Expr, loss: tuple[str, ...]) -> str:
        """What to differentiate by: mostly something that counts, an input more often than a definition."""
        reached = self._reached(of, loss)
        names = [
            *(t.name for t in self.given),
            *(d.name for d in self.definitions if d.name not in {*tensors(of), *loss}),
        ]
        fitting = [n for n in names if n in reached] if self.pick.random() < 0.97 else names
        weights = [2 if n.startswith("d") else 3 for n in fitting]
        return self.pick.choices(fitting, weights)[0] if fitting else "c0"

    def _tensor_axes(self, name: str) -> tuple[str, ...]:
        return next(t.axes for t in (*self.given, *self.definitions) if t.name == name)

    def _fitting(self, name: str, taken: set[str]) -> list[str]:
        """One free index for each axis of a name, as far as there are any."""
        found: list[str] = []
        for axis in self._tensor_axes(name):
            own = [n for n in self.ranges.ranges[self._key(axis)].names if n not in taken and n not in found]
            found += [self.pick.choice(own)] if own else []
        return found

    def _entry(self, name: str, taken: set[str]) -> Ref:
        at = self._fitting(name, taken)
        if len(at) < len(self._tensor_axes(name)):
            return Ref("c0")
        return Ref(name, tuple(map(lin, at)))
