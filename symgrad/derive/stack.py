"""A block of scalars repeated n times: its local gradients numbered by block, and the network written out for small n.

y_k = block(y_{k-1}), k = 1..n:   dL/dy_{k-1} = dy_k/dy_{k-1} dL/dy_k
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from symgrad.algebra.index import Affine, Limit
from symgrad.algebra.normal import NOTHING, call, lone, put, reduction, times
from symgrad.algebra.normal import replace as rebuilt
from symgrad.algebra.records import Atom, Poly, Ref
from symgrad.algebra.repeated import repeated
from symgrad.check.enclose import Between, enclosed
from symgrad.check.points import Point
from symgrad.declare.model import Index, Model, Tensor
from symgrad.derive.adjoint import Sweep, sweep
from symgrad.derive.recurrence import DEPTHS, Drawn, Recurrence, solved
from symgrad.derive.ways import along
from symgrad.errors import CertificateError, DeclarationError

GIVEN = ("input", "parameter", "constant")


@dataclass(frozen=True)
class Stack:
    """The blocks of one sweep, `size` of them.

    `model` knows their outputs, their local gradients, the gradients between them and a name for a `rate`.
    """

    sweep: Sweep
    size: str
    rate: str
    model: Model

    @property
    def count(self) -> Affine:
        return Affine.name(self.size)

    def gradient(self, place: Affine | int) -> Poly:
        """dL/dy at the output of a block; 0 is the input of the network."""
        return lone(self.model.tensors["dL_dy"].at([_affine(place)]))

    def whole(self, place: Affine) -> Poly:
        """dy_k/dy_{k-1} as one name."""
        pair = (self.sweep.of, self.sweep.of)
        name = next(n for n, t in self.model.tensors.items() if t.kind == "partial" and t.of == pair)
        return lone(self.model.tensors[name].at([place, place - 1]))

    def factor(self, place: Affine) -> Poly:
        """dy_k/dy_{k-1} as a sum over the paths of block k."""

        def at_block(atom: Atom) -> Poly | None:
            if not isinstance(atom, Ref):
                return None
            known = self.sweep.model.tensors[atom.name]
            by = place - 1 if known.of[1] == self.sweep.by else place
            return lone(self.model.tensors[f"p{atom.name}"].at([place, by]))

        return rebuilt(along(self.sweep), at_block)


def _affine(place: Affine | int) -> Affine:
    return place if isinstance(place, Affine) else Affine.number(place)


def stacked(found: Sweep, size: str, where: str) -> Stack:
    """The names of a repeated block. Refused where its size is not declared."""
    own = found.model
    if size not in own.sizes:
        raise DeclarationError("not a size of the graph", where=where, expected=", ".join(own.sizes), given=size)
    n, taken = Affine.name(size), {*own.sizes, *own.tensors}
    k, i = (next(x for x in names if x not in taken) for names in (("k", "j", "block"), ("i", "l", "start")))
    indices = {k: Index(k, (Affine.name(k) - 1, n - Affine.name(k)), Affine.number(1))}
    indices[i] = Index(i, (Affine.name(i), n - Affine.name(i)), Affine.number(0))
    tensors = {name: t for name, t in own.tensors.items() if t.kind == "constant"}
    out = own.tensors[found.of]
    tensors[found.of] = replace(out, kind="input", axes=(i,), poly=None)
    for name in {n for p in along(found).tensors for n in own.tensors[p].of} - {found.of, found.by}:
        tensors[name] = replace(own.tensors[name], kind="input", axes=(k,), poly=None)
    for name in along(found).tensors:
        of, by = own.tensors[name].of
        pair = of, found.of if by == found.by else by
        tensors[f"p{name}"] = Tensor(f"p{name}", "partial", (k, i), of=pair)
    if not any(t.kind == "partial" and t.of == (found.of, found.of) for t in tensors.values()):
        tensors["pblock"] = Tensor("pblock", "partial", (k, i), of=(found.of, found.of))
    rate = next(x for x in ("r", "rate") if x not in tensors)
    tensors[rate] = Tensor(rate, "constant", sign="positive")
    loss = next(x for x in ("L", "J", "loss") if x not in tensors)
    tensors[loss] = Tensor(loss, "loss", of=(found.of,))
    tensors["dL_dy"] = Tensor("dL_dy", "upstream", (i,), of=(loss, found.of))
    return Stack(found, size, rate, Model(own.name, {size: own.sizes[size]}, indices, tensors))


def product(stack: Stack, where: str) -> tuple[str, str, Poly]:
    """(i, k, dL/dy_i) where blocks differ: the recurrence solved from the last block down to i, and i + 1 <= k <= n.

    Law: a product may be taken from its last factor to its first.
    """
    k, i = stack.model.indices
    n, steps, s = stack.count, "~steps", "~s"
    model = replace(stack.model, sizes={**stack.model.sizes, steps: steps})
    down = Recurrence(stack.factor(n - Affine.name(s)), NOTHING, stack.gradient(n), s)
    found = put(solved(down, steps, model, where), {steps: n - Affine.name(i)})
    here = Affine.name("~k")
    limits = [Limit("ge", here - Affine.name(i) - 1), Limit("ge", n - here)]
    upward = reduction("prod", stack.factor(here), "~k", limits)
    shown = rebuilt(found, lambda a: upward if a.key.startswith("prod{") else None)
    _same(found, shown, stack, i, where)
    return i, k, shown


def bounded(stack: Stack, where: str) -> tuple[Poly, Poly] | None:
    """(the absolute value of dL/dy_i, and what it is at most where no local gradient is larger than its rate r).

    Law: |a_1 ... a_m| = |a_1| ... |a_m| <= r^m where every |a_k| <= r. None where a block has several paths.
    """
    term = along(stack.sweep).sole
    if term is None or len(term.factors) != 1:
        return None
    _, i = stack.model.indices
    here, n, start = Affine.name("~k"), stack.count, call("abs", stack.gradient(stack.count))
    limits = [Limit("ge", here - Affine.name(i) - 1), Limit("ge", n - here)]
    size = times(start, reduction("prod", call("abs", stack.factor(here)), "~k", limits))
    bound = times(start, repeated(lone(Ref(stack.rate, (), "positive")), n - Affine.name(i)))
    for depth in DEPTHS:
        drawn, at = Drawn(stack.model, Random(depth)), {stack.size: depth, i: 0}

        def read(name: str, place: Point, drawn: Drawn = drawn) -> Between:
            value = drawn(name, place)  # entries of the sizes at random below the rate of 2
            return Between.of(2) if name == stack.rate else value if value.size().high <= 2 else Between.of(-2)

        if enclosed(size, at, read).high > enclosed(bound, at, read).low:
            raise CertificateError("a bound that does not hold", where=f"{where}, {depth} blocks")
    return size, bound


def _same(one: Poly, other: Poly, stack: Stack, i: str, where: str) -> None:
    for n in DEPTHS:
        for start in range(n + 1):
            read, at = Drawn(stack.model, Random(n)), {stack.size: n, i: start}
            if enclosed(one, at, read) != enclosed(other, at, read):
                raise CertificateError("a product taken in another order differs", where=f"{where}, {n} blocks")


def closed(stack: Stack, local: Mapping[str, str], last: str, where: str) -> tuple[Poly, Poly]:
    """(a, a^n g) where all blocks are alike: `local` names their local gradients, `last` the gradient at the end.

    Compared with networks of 1 to 8 such blocks, written out and swept one by one.
    """
    names = {p: lone(stack.model.tensors[n].entry) for p, n in local.items()}
    factor = rebuilt(along(stack.sweep), lambda a: names.get(a.name) if isinstance(a, Ref) else None)
    found = solved(Recurrence(factor, NOTHING, lone(stack.model.tensors[last].entry)), stack.size, stack.model, where)
    for depth in DEPTHS:
        read, start = Drawn(stack.model, Random(depth)), lone(stack.model.tensors[last].entry)
        value = enclosed(times(_alike(stack, names, depth), start), {}, read)
        shown = enclosed(found, {stack.size: depth}, read)
        if value != shown:
            raise CertificateError(
                "the general form differs from the network written out",
                where=f"{where}, {depth} blocks",
                expected=str(value.low),
                given=str(shown.low),
            )
    return factor, found


def _alike(stack: Stack, names: Mapping[str, Poly], depth: int) -> Poly:
    """The gradient of a network of `depth` blocks, its local gradients by the names they have in every block."""
    own, network = stack.sweep.model.tensors, written_out(stack.sweep, depth)
    alike = {own[p].of: name for p, name in names.items()}

    def change(atom: Atom) -> Poly | None:
        return alike[_base(network.model.tensors[atom.name].of, stack.sweep)] if isinstance(atom, Ref) else None

    return rebuilt(along(network), change)


def written_out(block: Sweep, depth: int) -> Sweep:
    """The sweep of a network of `depth` blocks: z of block k is z__k, the input of block 1 that of the block."""
    model = block.model
    inner = [t for t in model.definitions if t.name in model.uses(lone(model.tensors[block.of].entry))]
    tensors = {n: t for n, t in model.tensors.items() if t.poly is None and t.kind in GIVEN}
    before = block.by
    for k in range(1, depth + 1):
        names = {block.by: before, **{t.name: f"{t.name}__{k}" for t in inner}}
        for tensor in inner:
            name = names[tensor.name]
            tensors[name] = replace(tensor, name=name, poly=renamed(tensor.poly, names))
        before = names[block.of]
    return sweep(replace(model, tensors=tensors, contexts={}), before, (), block.by, ())


def renamed(poly: Poly | None, names: Mapping[str, str]) -> Poly:
    """A formula of scalars in other names."""
    assert poly is not None
    return rebuilt(
        poly, lambda a: lone(Ref(names[a.name], (), a.sign)) if isinstance(a, Ref) and a.name in names else None
    )


def _base(of: tuple[str, ...], block: Sweep) -> tuple[str, str]:
    """The local gradient of the block that one of the network is a copy of."""
    top, bottom = (name.rpartition("__")[0] or name for name in of)
    return top, block.by if bottom == block.of else bottom
