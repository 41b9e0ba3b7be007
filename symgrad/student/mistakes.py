"""The table of mistakes: each row changes a formula as people do, wherever that is possible in its syntax tree.

A row is used three ways: on the reference (a wrong formula with the same values is explained), the other way round on
a wrong formula (`undo`: the row whose change makes it right again), and to make wrong answers for a choice. No row
knows a layer or a name. The first rows are the most telling; where two give the same formula, the first one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symgrad.read import syntax as s
from symgrad.student import slips, sums, swaps
from symgrad.student.spots import Scope, spots
from symgrad.student.words import Words

Change = Callable[[s.Node, Scope], Iterator[s.Node]]


@dataclass(frozen=True)
class Mistake:
    """`says`: what went wrong, for the grader. `hint`: where to look, without the answer. `undo`: ids of rows that
    change a formula with this mistake into the one without."""

    id: str
    says: str
    hint: str
    change: Change
    undo: tuple[str, ...] = ()


MISTAKES: tuple[Mistake, ...] = (
    Mistake("sign", "a sign is wrong", "Check the signs.", slips.sign, ("sign",)),
    Mistake(
        "mean_for_sum",
        "a mean stands for a sum",
        "Is it the sum that is wanted, or the mean?",
        sums.mean_for_sum,
        ("size_missing", "size_extra"),
    ),
    Mistake(
        "size_missing",
        "the number of terms is missing, above or below",
        "Does a mean stand in the definitions? What becomes of its divisor?",
        sums.size_missing,
        ("size_extra", "mean_for_sum"),
    ),
    Mistake(
        "size_extra",
        "the number of terms is a factor too much, above or below",
        "Where does the number of terms come from?",
        sums.size_extra,
        ("size_missing", "size_extra"),
    ),
    Mistake(
        "size_less_one",
        "m - 1 stands for m",
        "By what is divided in the definition?",
        sums.size_less_one,
        ("size_more_one",),
    ),
    Mistake(
        "number_missing",
        "a numeric factor is missing",
        "Check the numeric factors: what does each power leave behind?",
        slips.number_missing,
        ("number_extra",),
    ),
    Mistake(
        "square_kept",
        "a square is not differentiated",
        "What is the derivative of a square?",
        slips.square_kept,
        ("square_done",),
    ),
    Mistake(
        "number_extra",
        "a numeric factor is too much",
        "Check the numeric factors: where does each come from?",
        slips.number_extra,
        ("number_missing", "number_extra"),
    ),
    Mistake(
        "constant_outside",
        "a constant that belongs under the root stands outside",
        "How far does the root reach?",
        slips.constant_outside,
        ("constant_inside",),
    ),
    Mistake(
        "exponent",
        "the exponent of a root or power is wrong",
        "Check the exponents: what does differentiating do to them?",
        slips.exponent,
        ("exponent",),
    ),
    Mistake(
        "exponent_off",
        "an exponent is off by one",
        "Count the factors: how many are there?",
        slips.exponent_off,
        ("exponent_off",),
    ),
    Mistake(
        "root_variable",
        "differentiated by s where s^2 is asked",
        "Look again at the variable: is it the square or its root?",
        swaps.root_variable,
    ),
    Mistake(
        "slope_undone",
        "a function stands for its derivative",
        "Which functions must be differentiated on the way?",
        slips.slope_undone,
        ("slope_done",),
    ),
    Mistake(
        "slope_missing",
        "the derivative of a function is missing",
        "Go along the chain: is there a factor for each function?",
        slips.slope_missing,
        ("factor_extra",),
    ),
    Mistake(
        "prime_argument",
        "the derivative of a function is taken at the wrong place",
        "At which argument is the derivative taken?",
        swaps.prime_argument,
        ("prime_argument",),
    ),
    Mistake(
        "other_activation",
        "this is the derivative of another activation",
        "Differentiate the activation that is given.",
        slips.other_activation,
    ),
    Mistake(
        "function_kept",
        "a function that should be gone after differentiating is still there",
        "What is left of each function after differentiating?",
        slips.function_kept,
        ("function_dropped",),
    ),
    Mistake(
        "gradient_missing",
        "this is the local derivative: the gradient from above is missing",
        "What does the chain rule multiply the local derivative with?",
        slips.gradient_missing,
        ("factor_extra",),
    ),
    Mistake(
        "special_case",
        "this holds in a special case only",
        "Does the result hold for all indices?",
        sums.special_case,
    ),
    Mistake(
        "sum_collapsed",
        "one term stands for a whole sum",
        "Which entries depend on the variable: one, or several?",
        sums.sum_collapsed,
    ),
    Mistake(
        "sum_dropped",
        "a sum is missing",
        "Over which entries must be summed?",
        sums.sum_dropped,
        ("sum_extra",),
    ),
    Mistake(
        "sum_wrong",
        "the sum runs over the wrong index",
        "Which index stays, and over which is summed?",
        sums.sum_wrong,
    ),
    Mistake(
        "sum_extra",
        "there is a sum too much",
        "Which indices does the answer have?",
        sums.sum_extra,
        ("sum_dropped",),
    ),
    Mistake(
        "sum_split",
        "a product of sums stands for a sum of products",
        "May the sum be taken of each factor?",
        sums.sum_split,
        ("sum_joined",),
    ),
    Mistake("sum_scope", "a sum ends too early", "How far does the sum reach?", sums.sum_scope, ("bracket_closed",)),
    Mistake(
        "path_missing",
        "a path is missing",
        "By how many ways does the variable reach the result?",
        slips.path_missing,
    ),
    Mistake("term_missing", "a term is missing", "Is every term there?", slips.term_missing),
    Mistake(
        "bracket",
        "a bracket is missing",
        "Check what each factor applies to.",
        slips.scope_of_bracket,
        ("bracket_closed",),
    ),
    Mistake(
        "shift",
        "an index is shifted the wrong way",
        "Solve for the index: which way is it shifted?",
        sums.shift_sign,
        ("shift",),
    ),
    Mistake("wrong_index", "an index is wrong", "Check the indices.", sums.wrong_index, ("wrong_index",)),
    Mistake(
        "axes_swapped",
        "the indices of a name are exchanged",
        "Check the order of the indices.",
        sums.axes_swapped,
        ("axes_swapped",),
    ),
    Mistake("index_off", "an index is off by one", "Where does counting begin?", sums.index_off, ("index_off",)),
    Mistake("range_off", "a range is off by one", "Where do the sums end?", sums.range_off, ("range_off",)),
    Mistake(
        "transposed",
        "the result is transposed",
        "Which shape has the result?",
        sums.free_swapped,
        ("transposed",),
    ),
    Mistake(
        "transpose_missing",
        "a transpose is missing",
        "Check the shapes of the factors.",
        swaps.transpose_missing,
        ("transpose_extra",),
    ),
    Mistake(
        "operands_swapped",
        "the factors of a matrix product are exchanged",
        "Check the order of the factors.",
        swaps.operands_swapped,
        ("operands_swapped",),
    ),
    Mistake(
        "product_kind",
        "a matrix product stands for an entry-by-entry product, or the other way round",
        "Which kind of product is it?",
        swaps.product_kind,
        ("product_kind",),
    ),
    Mistake(
        "transpose_extra",
        "a transpose is too much",
        "Check the shapes of the factors.",
        swaps.transpose_extra,
        ("transpose_missing",),
    ),
    Mistake(
        "wrong_layer",
        "a name has the wrong label",
        "Check to which layer each name belongs.",
        swaps.wrong_layer,
        ("wrong_layer",),
    ),
    Mistake(
        "wrong_gradient",
        "the gradient by another name is used",
        "Which gradient comes in from above?",
        swaps.wrong_gradient,
        ("wrong_gradient",),
    ),
    Mistake("confused", "one name stands for another", "Check the names.", swaps.confused, ("other_name",)),
    Mistake(
        "factor_missing",
        "a factor is missing",
        "Go through the chain rule factor by factor: is one missing?",
        slips.factor_missing,
        ("factor_extra",),
    ),
    Mistake(
        "multiplied",
        "paths are multiplied that should be added",
        "How are several paths put together?",
        slips.multiplied,
        ("added",),
    ),
    Mistake(
        "added",
        "factors along one path are added",
        "How are the derivatives along one path put together?",
        slips.added,
        ("multiplied",),
    ),
    Mistake("reciprocal", "a fraction is upside down", "What is below?", slips.reciprocal, ("reciprocal",)),
)

# Changes that only undo: what they make wrong is no mistake with a name of its own.
UNDOING: tuple[tuple[str, Change], ...] = (
    ("size_more_one", sums.size_more_one),
    ("square_done", slips.square_done),
    ("constant_inside", slips.constant_inside),
    ("slope_done", slips.slope_done),
    ("function_dropped", slips.function_dropped),
    ("factor_extra", slips.factor_extra),
    ("sum_joined", sums.sum_joined),
    ("other_name", swaps.other_name),
    ("bracket_closed", slips.bracket_closed),
)
CHANGES: dict[str, Change] = {**{m.id: m.change for m in MISTAKES}, **dict(UNDOING)}
BY_ID: dict[str, Mistake] = {m.id: m for m in MISTAKES}


@dataclass(frozen=True)
class Mutant:
    """A changed formula: `before` was written as `after`."""

    mistake: str
    tree: s.Node
    before: s.Node
    after: s.Node


def mutants(tree: s.Node, words: Words, ids: tuple[str, ...] = tuple(BY_ID)) -> Iterator[Mutant]:
    """The formulas that one mistake makes of a formula, in the order of the table; none twice."""
    places = list(spots(tree, Scope(words)))
    seen = {tree}
    for id in ids:
        for spot in places:
            for new in CHANGES[id](spot.node, spot.scope):
                made = spot.put(new)
                if made not in seen:
                    seen.add(made)
                    yield Mutant(id, made, spot.node, new)


SHAPES = ("transposed", "transpose_missing", "transpose_extra", "operands_swapped", "product_kind")


def repairs(tree: s.Node, words: Words, first: tuple[str, ...] = ()) -> Iterator[Mutant]:
    """What one change makes of a wrong formula; `mistake` is the one that the change would undo.

    The rows named in `first` are tried first, and those of which there are many ways to undo them last.
    """
    rows = sorted(MISTAKES, key=lambda row: ("factor_extra" in row.undo, row.id not in first))
    for row in rows:
        for one in mutants(tree, words, row.undo):
            yield Mutant(row.id, one.tree, one.after, one.before)
