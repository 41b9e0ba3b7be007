"""Mistakes in sums, indices and ranges, each a pure function: a node to the nodes somebody may have written instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symgrad.read import syntax as s
from symgrad.student.scan import free_indices, is_alone, places
from symgrad.student.slips import ONE, number_of, product, scaled, shifted, without
from symgrad.student.spots import INDEX, VALUE, Scope, renamed
from symgrad.student.words import Words

Node = s.Node


def _length(node: s.BigOperator, words: Words) -> Node | None:
    """How many terms a sum over one index has, where that is a size or a number."""
    (one,) = node.bounds
    low, high = one.lower, one.upper
    if low is None or high is None:
        return words.length(one.name)
    start = number_of(low)
    if start == 1:
        return high
    if start == 0 and isinstance(high, s.Plus) and high.terms[1:] == (s.Minus(ONE),):
        return high.terms[0]
    if start == 0 and isinstance(high, s.Number):
        return s.Number(str(high.value + 1))
    return s.Plus((high, s.Minus(low), ONE))


def is_sum(node: Node) -> bool:
    return isinstance(node, s.BigOperator) and node.operator == "sum"


def _mates(index: str, body: Node, scope: Scope) -> list[str]:
    """The other indices that may stand where `index` stands."""
    known = [scope.words.model.tensors[c].axes[a] for c, a, _ in places(body, index) if _knows(scope.words, c, a)]
    wanted = {scope.words.range_of(axis) for axis in known}
    others = [i for i in scope.indices if i != index]
    fitting = [i for i in others if scope.words.range_of(i) in wanted]
    return fitting if wanted else others


def _knows(words: Words, code: str, axis: int) -> bool:
    tensor = words.model.tensors.get(code)
    return tensor is not None and axis < len(tensor.axes)


def sum_dropped(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a_i -> a_i; several sums at once."""
    if isinstance(node, s.BigOperator) and is_sum(node):
        for k in range(len(node.bounds)):
            rest = node.bounds[:k] + node.bounds[k + 1 :]
            yield replace(node, bounds=rest) if rest else node.body
        body = node.body
        while is_sum(body) and isinstance(body, s.BigOperator):
            body = body.body
            yield body


def sum_collapsed(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_j a_j b_i -> a_i b_i: one term in place of the sum."""
    if isinstance(node, s.BigOperator) and is_sum(node):
        for k, one in enumerate(node.bounds):
            rest = node.bounds[:k] + node.bounds[k + 1 :]
            for other in _mates(one.name, node.body, scope):
                body = renamed(node.body, one.name, other)
                yield replace(node, bounds=rest, body=body) if rest else body


def sum_wrong(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a_i W_ij -> sum_i a_j W_ji: the sum runs over the index that should stay."""
    if isinstance(node, s.BigOperator) and is_sum(node) and len(node.bounds) == 1:
        old = node.bounds[0].name
        for other in _mates(old, node.body, scope):
            if free_indices(node.body, frozenset((other,))):
                moved = renamed(renamed(renamed(node.body, old, "~"), other, old), "~", other)
                yield replace(node, bounds=(replace(scope.words.bound(other), name=old),), body=moved)


def sum_extra(node: Node, scope: Scope) -> Iterator[Node]:
    """a_i -> sum_i a_i, over a free index or one of a sum around; of the whole, or of one term."""
    if scope.role != VALUE or not (scope.parent is None or isinstance(scope.parent, s.Plus | s.BigOperator | s.Minus)):
        return
    around = () if not isinstance(scope.parent, s.BigOperator) else tuple(one.name for one in scope.parent.bounds)
    for index in free_indices(node, frozenset(scope.words.model.indices).difference(around)):
        yield s.BigOperator("sum", (scope.words.bound(index),), (), node)


def mean_for_sum(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a_i -> (1/m) sum_i a_i."""
    if isinstance(node, s.BigOperator) and is_sum(node) and len(node.bounds) == 1:
        length = _length(node, scope.words)
        if length is not None and number_of(length) != 1:
            yield product(s.Divide(ONE, length), node)


def size_missing(node: Node, scope: Scope) -> Iterator[Node]:
    """a/m -> a; m a -> a."""
    if scope.role != VALUE:
        return
    if isinstance(node, s.Times):
        yield from (without(node, k) for k, f in enumerate(node.factors) if _is_size(f, scope.words))
    if isinstance(node, s.Divide):
        if _is_size(node.bottom, scope.words):
            yield node.top
        if _is_size(node.top, scope.words):
            yield replace(node, top=ONE)


def size_extra(node: Node, scope: Scope) -> Iterator[Node]:
    """The whole, or one term, over a size or times it."""
    if scope.role == VALUE and (scope.parent is None or isinstance(scope.parent, s.Plus)):
        for size in scope.words.sizes:
            yield scaled(s.Divide(ONE, s.Reference(size)), node)
            yield scaled(s.Reference(size), node)


def _is_size(node: Node, words: Words) -> bool:
    return isinstance(node, s.Reference) and node.code in words.sizes


def size_less_one(node: Node, scope: Scope) -> Iterator[Node]:
    """m -> m - 1, where it is a number."""
    if scope.role == VALUE and _is_size(node, scope.words):
        yield s.Plus((node, s.Minus(ONE)))


def size_more_one(node: Node, scope: Scope) -> Iterator[Node]:
    """m - 1 -> m."""
    if isinstance(node, s.Plus) and node.terms[1:] == (s.Minus(ONE),) and _is_size(node.terms[0], scope.words):
        yield node.terms[0]


def sum_split(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i a_i b_i -> (sum_i a_i)(sum_i b_i)."""
    if not isinstance(node, s.BigOperator) or not is_sum(node) or not isinstance(node.body, s.Times):
        return
    names = frozenset(one.name for one in node.bounds)
    moving = [k for k, f in enumerate(node.body.factors) if free_indices(f, names)]
    for k in moving if len(moving) > 1 else ():
        one = node.body.factors[k]
        yield product(replace(node, body=one), replace(node, body=without(node.body, k)))


def sum_joined(node: Node, scope: Scope) -> Iterator[Node]:
    """(sum_i a_i)(sum_j b_j) -> sum_i a_i b_i."""
    if not isinstance(node, s.Times):
        return
    sums = [k for k, f in enumerate(node.factors) if isinstance(f, s.BigOperator) and len(f.bounds) == 1]
    for k in sums:
        for n in sums:
            one, other = node.factors[k], node.factors[n]
            if k < n and isinstance(one, s.BigOperator) and isinstance(other, s.BigOperator):
                moved = renamed(other.body, other.bounds[0].name, one.bounds[0].name)
                joined = replace(one, body=product(one.body, moved))
                yield product(*(f for m, f in enumerate(node.factors) if m not in (k, n)), joined)


def sum_scope(node: Node, scope: Scope) -> Iterator[Node]:
    """sum_i (a_i + b_i) -> sum_i a_i + b_i."""
    if isinstance(node, s.BigOperator) and is_sum(node) and isinstance(node.body, s.Plus):
        first, *rest = node.body.terms
        yield s.Plus((replace(node, body=first), *rest))


def wrong_index(node: Node, scope: Scope) -> Iterator[Node]:
    """x_i -> x_j, at one place or in one name."""
    if scope.role == INDEX and isinstance(node, s.Reference) and not node.indices:
        yield from (replace(node, code=i) for i in scope.indices if i != node.code)


def shift_sign(node: Node, scope: Scope) -> Iterator[Node]:
    """x[i+k] -> x[i-k] and x[k-i]; x[i-k] -> x[i+k] and x[k-i]; the same shift at every place of one name."""
    if scope.role == INDEX and isinstance(node, s.Plus) and len(node.terms) == 2:
        yield from _turned(node)
    if isinstance(node, s.Reference) and scope.role == VALUE:
        shifted = [k for k, i in enumerate(node.indices) if isinstance(i, s.Plus) and len(i.terms) == 2]
        if len(shifted) > 1:
            for turned in zip(*(tuple(_turned(node.indices[k])) for k in shifted), strict=False):
                moved = dict(zip(shifted, turned, strict=True))
                yield replace(node, indices=tuple(moved.get(k, i) for k, i in enumerate(node.indices)))


def _turned(node: Node) -> Iterator[Node]:
    assert isinstance(node, s.Plus)
    first, second = node.terms
    if number_of(second) is not None or number_of(first) is not None:
        return
    if isinstance(second, s.Minus):
        yield s.Plus((first, second.of))
        yield s.Plus((second.of, s.Minus(first)))
    else:
        yield s.Plus((first, s.Minus(second)))
        yield s.Plus((second, s.Minus(first)))


def index_off(node: Node, scope: Scope) -> Iterator[Node]:
    """x_i -> x_{i+1}, x_{i-1}: one axis, or every shifted axis of a name."""
    if isinstance(node, s.Reference) and scope.role == VALUE and node.indices:
        for by in (ONE, s.Minus(ONE)):
            moved = [shifted(i, by) for i in node.indices]
            for k in range(len(moved)):
                yield replace(node, indices=(*node.indices[:k], moved[k], *node.indices[k + 1 :]))
            composed = [not is_alone(i) and number_of(i) is None for i in node.indices]
            if sum(composed) > 1:
                pairs = zip(node.indices, moved, composed, strict=True)
                yield replace(node, indices=tuple(b if s_ else a for a, b, s_ in pairs))


def range_off(node: Node, scope: Scope) -> Iterator[Node]:
    """The first or last term of a sum left out, or one more."""
    if not isinstance(node, s.BigOperator):
        return
    for k, one in enumerate(node.bounds):
        if one.lower is None or one.upper is None:
            continue
        for by in (ONE, s.Minus(ONE)):
            for moved in (replace(one, lower=shifted(one.lower, by)), replace(one, upper=shifted(one.upper, by))):
                yield replace(node, bounds=(*node.bounds[:k], moved, *node.bounds[k + 1 :]))


def axes_swapped(node: Node, scope: Scope) -> Iterator[Node]:
    """W_ij -> W_ji."""
    if isinstance(node, s.Reference) and scope.role == VALUE:
        for k in range(len(node.indices)):
            for n in range(k + 1, len(node.indices)):
                turned = list(node.indices)
                turned[k], turned[n] = turned[n], turned[k]
                if tuple(turned) != node.indices:
                    yield replace(node, indices=tuple(turned))


def special_case(node: Node, scope: Scope) -> Iterator[Node]:
    """The value where a condition holds, or where it does not, given in general."""
    if isinstance(node, s.Delta):
        yield from (ONE, s.Number("0"))
    if isinstance(node, s.Cases):
        yield from (value for value, _ in node.rows)


def free_swapped(node: Node, scope: Scope) -> Iterator[Node]:
    """Two free indices exchanged throughout: the result transposed."""
    if scope.parent is None:
        free = scope.words.free
        for k in range(len(free)):
            for n in range(k + 1, len(free)):
                spare = renamed(renamed(node, free[k], "~"), free[n], free[k])
                yield renamed(spare, "~", free[n])
        if len(free) <= 2:
            yield s.Transpose(node)
