"""Trees put together so that nothing is written twice: each function makes one kind of tree in its plainest form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from symgrad.matrix.tree import (
    Diagonal,
    DiagonalOf,
    Dot,
    Each,
    Hadamard,
    Identity,
    Named,
    Number,
    Ones,
    Outer,
    Plus,
    Raised,
    Scaled,
    Shape,
    Square,
    Trace,
    Transpose,
    Tree,
    cost,
    shape,
    walk,
)

ONE = Number(Fraction(1))


def turned(tree: Tree) -> Tree:
    """The transpose. Laws: A^T^T = A, (A B)^T = B^T A^T, (u w^T)^T = w u^T, diag(v)^T = diag(v)."""
    match tree:
        case Transpose(body):
            return body
        case Identity() | Diagonal():
            return tree
        case Outer(left, right):
            return Outer(right, left)
        case Dot(left, right):
            ways: list[Tree] = [Dot(turned(right), turned(left)), Transpose(tree)]
            return min(ways, key=cost)
        case Plus(((sign, body),)):
            return Plus(((sign, turned(body)),))
        case Scaled(by, body):
            return Scaled(by, turned(body))
    return Transpose(tree)


def raised(tree: Tree, exponent: Fraction) -> Tree:
    """Every entry to a power."""
    if exponent == 1:
        return tree
    return Transpose(Raised(tree.body, exponent)) if isinstance(tree, Transpose) else Raised(tree, exponent)


def together(factors: Iterable[Tree]) -> Tree:
    """Entries at the same place multiplied; numbers in front stay in front, once."""
    front, rest = _split(factors)
    flat = [g for f in rest for g in (f.factors if isinstance(f, Hadamard) else (f,))]
    flat = [f for f in flat if not isinstance(f, Ones)] or flat[:1]
    if not flat:
        return front
    return scaled(front, flat[0] if len(flat) == 1 else Hadamard(tuple(sorted(flat, key=_rank))))


def _rank(tree: Tree) -> int:
    """Names first, then functions, brackets, products."""
    order: tuple[type, ...] = (Named, Transpose, Each, Raised, Plus, Dot)
    return order.index(type(tree)) if type(tree) in order else len(order)


def scaled(by: Tree, tree: Tree) -> Tree:
    """A number times a tree. A number is one product: a number times a number is no Scaled."""
    if by == ONE:
        return tree
    if isinstance(tree, Scaled):
        return scaled(together((by, tree.by)), tree.body)
    if shape(tree):
        return Scaled(by, tree)
    both = [f for t in (by, tree) for f in (t.factors if isinstance(t, Hadamard) else (t,))]
    kept: list[Tree] = [f for f in both if not isinstance(f, Number)]
    value = Fraction(1)
    for f in both:
        value *= f.value if isinstance(f, Number) else 1
    kept = kept if value == 1 and kept else [Number(value), *kept]
    return kept[0] if len(kept) == 1 else Hadamard(tuple(kept))


def _split(trees: Iterable[Tree]) -> tuple[Tree, list[Tree]]:
    """The numbers before trees and numbers among them as one number, and the rest."""
    front: Tree = ONE
    rest: list[Tree] = []
    for tree in trees:
        if isinstance(tree, Scaled):
            front = scaled(front, tree.by)
            rest.append(tree.body)
        elif shape(tree):
            rest.append(tree)
        else:
            front = scaled(front, tree)
    return front, rest


def dot(*trees: Tree) -> Tree:
    """A matrix product; the last tree may be a vector. Laws: A I = A, (u w^T) v = (w^T v) u."""
    front, rest = _split(trees)
    if not rest:
        return front
    found = rest.pop()
    while rest:
        left = rest.pop()
        if isinstance(left, Identity):
            continue
        if isinstance(found, Identity):
            found = left
        elif isinstance(left, Outer) and len(shape(found)) == 1:
            front, found = scaled(front, inner([left.right, found])), left.left
        elif isinstance(left, Diagonal) and isinstance(found, Ones):
            found = left.body
        else:
            found = Dot(left, found)
    return scaled(front, found)


def inner(vectors: Sequence[Tree]) -> Tree:
    """The sum of a product of entries. Laws: S_i v_i^2 = |v|^2, S_i A_ii = tr A, S_i v_i = 1^T v."""
    front, rest = _split(vectors)
    first, *others = sorted(rest, key=lambda v: isinstance(v, Dot | Plus))  # u^T (A w), u^T (y - t)
    if others:
        return scaled(front, Dot(first, together(others)))
    if isinstance(first, DiagonalOf):
        return scaled(front, Trace(first.body))
    if isinstance(first, Raised) and first.exponent == 2:
        return scaled(front, Square(first.body))
    return scaled(front, Dot(Ones(shape(first)[0]), first))


def placed(
    scalars: Sequence[Tree], rows: Sequence[Tree], columns: Sequence[Tree], whole: Sequence[Tree], axes: Shape
) -> Tree:
    """The product of numbers, of vectors along the rows (first axis) and columns, and of trees over all axes.

    Laws: u_i A_ij w_j = (diag(u) A diag(w))_ij; u_i w_j = (u w^T)_ij; a number is the same along vectors of ones.
    """
    front = together(scalars)
    if not axes:
        return front
    if len(axes) == 1:
        return scaled(front, together([*rows, *whole] or [Ones(axes[0])]))
    if whole:
        sides: list[list[Diagonal]] = [
            [Diagonal(bare)] if (bare := together(v)) != ONE else [] for v in (rows, columns)
        ]
        return scaled(front, dot(*_fronted(sides[0]), together(whole), *_fronted(sides[1])))
    (one, left), (two, right) = (_split([together(v or [Ones(a)])]) for v, a in zip((rows, columns), axes, strict=True))
    return scaled(together((front, one, two)), Outer(left[0], right[0]))


def _fronted(side: list[Diagonal]) -> list[Tree]:
    """A diagonal matrix with the number of its vector before it."""
    found: list[Tree] = []
    for diagonal in side:
        front, rest = _split([diagonal.body])
        found.append(scaled(front, Diagonal(rest[0])))
    return found


def summed(terms: Iterable[tuple[int, Tree]]) -> Tree:
    """A signed sum; brackets inside it are opened."""
    flat: list[tuple[int, Tree]] = []
    for sign, tree in terms:
        flat += [(sign * s, t) for s, t in tree.terms] if isinstance(tree, Plus) else [(sign, tree)]
    if len(flat) > 1:
        return Plus(tuple(sorted(flat, key=lambda t: (-t[0], isinstance(t[1], Transpose)))))
    ((sign, tree),) = flat
    turned_signs = sorted(_other_ways(tree), key=_has_ones) if sign < 0 else []
    return tree if sign > 0 else turned_signs[0] if turned_signs else Plus(((-1, tree),))


def _other_ways(tree: Tree) -> list[Tree]:
    """The negative of a tree without a sign in front: a bracket with both signs in it takes it up. -(a - b) = b - a."""
    match tree:
        case Plus(terms):
            flipped = tuple((-s, t) for s, t in terms)
            return [Plus(tuple(sorted(flipped, key=lambda t: -t[0])))] if len({s for s, _ in terms}) > 1 else []
        case Transpose(body) | Diagonal(body) | Trace(body):
            return [type(tree)(t) for t in _other_ways(body)]
        case Dot(left, right) | Outer(left, right) | Scaled(left, right):
            kind: Callable[[Tree, Tree], Tree] = type(tree)
            return [kind(t, right) for t in _other_ways(left)] + [kind(left, t) for t in _other_ways(right)]
        case Hadamard(factors):
            return [
                Hadamard((*factors[:n], t, *factors[n + 1 :])) for n, f in enumerate(factors) for t in _other_ways(f)
            ]
    return []


def _has_ones(tree: Tree) -> bool:
    """Whether a bracket starts with what is taken away from a number: 1 - s stays as it is where another can turn."""
    return any(sign < 0 and is_number(t) for part in walk(tree) if isinstance(part, Plus) for sign, t in part.terms)


def is_number(tree: Tree) -> bool:
    """Whether the same number stands at every place."""
    match tree:
        case Ones() | Outer(Ones(), Ones()) | Scaled(_, Ones()) | Scaled(_, Outer(Ones(), Ones())):
            return True
    return not shape(tree)
