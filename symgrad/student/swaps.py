"""Mistakes in names and in products of matrices, each a pure function: a node to what may be written instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symgrad.read import syntax as s
from symgrad.student.slips import TWO, product
from symgrad.student.spots import DERIVATIVE, VALUE, Scope
from symgrad.student.words import GRADIENTS

Node = s.Node


def wrong_layer(node: Node, scope: Scope) -> Iterator[Node]:
    """z^(1) -> z^(2)."""
    if isinstance(node, s.Reference) and scope.role == VALUE:
        yield from (replace(node, code=other) for other in scope.words.other_layers(node.code))


def confused(node: Node, scope: Scope) -> Iterator[Node]:
    """a_i -> z_i: another name with the same indices."""
    if isinstance(node, s.Reference) and scope.role == VALUE and node.code in scope.words.model.tensors:
        yield from (replace(node, code=other) for other in scope.words.alike(node.code))


def other_name(node: Node, scope: Scope) -> Iterator[Node]:
    """A name for any other with as many indices, whatever their ranges."""
    tensors = scope.words.model.tensors
    if isinstance(node, s.Reference) and scope.role == VALUE and node.code in tensors:
        for other in tensors.values():
            if (
                other.name != node.code
                and len(other.axes) == len(tensors[node.code].axes)
                and other.kind not in GRADIENTS
            ):
                yield replace(node, code=other.name)


def prime_argument(node: Node, scope: Scope) -> Iterator[Node]:
    """g'(a) -> g'(z)."""
    if isinstance(node, s.Call) and node.primes:
        for argument in node.arguments:
            if isinstance(argument, s.Reference):
                for other in scope.words.alike(argument.code):
                    yield replace(node, arguments=(replace(argument, code=other),))


def wrong_gradient(node: Node, scope: Scope) -> Iterator[Node]:
    """dL/da -> dL/dz."""
    if isinstance(node, s.PartialDerivative) and isinstance(node.by, s.Reference):
        words = scope.words
        for other in dict.fromkeys((*words.alike(node.by.code), *words.other_layers(node.by.code))):
            yield replace(node, by=replace(node.by, code=other))


def root_variable(node: Node, scope: Scope) -> Iterator[Node]:
    """df/d(s^2) -> df/ds = 2 s df/d(s^2)."""
    words = scope.words
    if scope.role == DERIVATIVE:
        return
    if isinstance(node, s.PartialDerivative) and isinstance(node.by, s.Reference) and words.is_square(node.by.code):
        yield product(TWO, s.Root(node.by), node)
    if scope.parent is None and words.is_square(words.by) and words.by in words.model.tensors:
        by = words.model.tensors[words.by]
        yield product(TWO, s.Root(s.Reference(words.by, tuple(s.Reference(a) for a in by.axes))), node)


# --- matrices ---------------------------------------------------------------------------------------------------------


def is_whole(node: Node, scope: Scope) -> bool:
    """Whether a node is a name without its indices, or a gradient by one."""
    if isinstance(node, s.Ones):
        return True
    if isinstance(node, s.PartialDerivative):
        return is_whole(node.by, scope)
    if isinstance(node, s.Transpose):
        return is_whole(node.of, scope)
    tensor = scope.words.model.tensors.get(node.code) if isinstance(node, s.Reference) else None
    return tensor is not None and bool(tensor.axes) and isinstance(node, s.Reference) and not node.indices


def transpose_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """W^T -> W."""
    if isinstance(node, s.Transpose):
        yield node.of


def transpose_extra(node: Node, scope: Scope) -> Iterator[Node]:
    """W -> W^T."""
    turned = isinstance(node, s.Transpose) or isinstance(scope.parent, s.Transpose)
    if scope.role == VALUE and not turned and is_whole(node, scope):
        yield s.Transpose(node)


def operands_swapped(node: Node, scope: Scope) -> Iterator[Node]:
    """A B -> B A."""
    if isinstance(node, s.MatrixProduct):
        yield replace(node, left=node.right, right=node.left)
    if isinstance(node, s.Times):
        for k in range(len(node.factors) - 1):
            turned = list(node.factors)
            turned[k], turned[k + 1] = turned[k + 1], turned[k]
            if any(is_whole(f, scope) for f in node.factors[k : k + 2]):
                yield replace(node, factors=tuple(turned))


def product_kind(node: Node, scope: Scope) -> Iterator[Node]:
    """A B -> A o B, and the other way round."""
    if isinstance(node, s.Hadamard):
        yield product(node.left, node.right)
    if isinstance(node, s.MatrixProduct):
        yield s.Hadamard(node.left, node.right)
    if isinstance(node, s.Times):
        for k in range(len(node.factors) - 1):
            left, right = node.factors[k : k + 2]
            if any(is_whole(f, scope) for f in (left, right)):
                rest = (*node.factors[:k], s.Hadamard(left, right), *node.factors[k + 2 :])
                yield product(*rest)


def vector_part(node: Node, scope: Scope) -> Iterator[Node]:
    """diag(v) -> v."""
    if isinstance(node, s.Diagonal):
        yield node.of
