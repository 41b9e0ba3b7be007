"""The matrix view of a derivation: the confirmed tree of its answer and its axes, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgrad.algebra.records import Poly
from symgrad.declare.model import Model
from symgrad.derive.steps import Derivation
from symgrad.matrix.build import turned
from symgrad.matrix.entries import is_confirmed
from symgrad.matrix.find import Finder, NoForm
from symgrad.matrix.rows import across, is_row, lying
from symgrad.matrix.tree import Axis, Misfit, Tree

LAYOUTS = ("denominator", "numerator")


@dataclass(frozen=True)
class View:
    """`tree` with an axis for each of `at`, for every value of the indices `fixed`; or None with the reason."""

    tree: Tree | None
    at: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    reason: str = ""
    lying: bool = False  # turned round: the gradient of a number in numerator layout


def view(found: Derivation, layout: str = "denominator") -> View:
    """The answer of a derivation in matrices.

    Denominator layout: a gradient has the shape of what is differentiated by, and the rows of the Jacobian of a vector
    by a vector are its entries. Numerator layout turns them round: a gradient by a vector is a row, a chain of matrices
    and diagonals. By a name that is written as a row it is a row in denominator layout, and a column in the other.
    """
    of, by = found.of_free, found.by_free
    if of and by and (len(of) > 1 or len(by) > 1):
        return View(None, reason=f"an answer with {len(of) + len(by)} indices")
    if by and not of and found.model.tensors[found.by].row:
        standing = seen(found.answer, found.model, by)
        return replace(standing, lying=True) if layout == "numerator" else _row(standing, found)
    if layout == "numerator" and by and not of:
        return _turned(found)
    names = (*of, *by) if layout == "numerator" else (*by, *of)
    return seen(found.answer, found.model, names, may_fix=not (of and by))


def _turned(found: Derivation) -> View:
    """The gradient of a number with its axes the other way round."""
    standing = view(found)
    if standing.tree is None or standing.fixed or not standing.at:
        return View(None, reason=standing.reason or "an answer for each of several indices")
    if len(standing.at) == 2:
        tree, at = turned(standing.tree), standing.at[::-1]
        holds = is_confirmed(tree, found.answer, at, found.model)
        return View(tree, at, lying=True) if holds else View(None, reason="not confirmed")
    row = lying(standing.tree)
    if not is_row(row, found.answer, standing.at[0], found.model):
        return View(None, reason="not confirmed")
    return View(row, standing.at, lying=True)


def _row(standing: View, found: Derivation) -> View:
    """The gradient of a number by a row, as a row."""
    if standing.tree is None or standing.fixed:
        return standing
    row = across(standing.tree)
    if not is_row(row, found.answer, standing.at[0], found.model):
        return View(None, reason="not confirmed")
    return replace(standing, tree=row)


def seen(poly: Poly, model: Model, names: tuple[str, ...], may_fix: bool = True) -> View:
    """A poly over free indices in matrices; where names have more axes, for every value of the first indices."""
    if not poly.terms:
        return View(None, reason="the answer is 0")
    axes = {n: Axis.of(model.indices[n]) for n in names}
    uneven = [n for n in names if axes[n].length is None]
    if uneven:
        return View(None, reason=f"the range of {uneven[0]} has no plain length")
    reasons: list[str] = []
    for still in range(len(names) + 1 if may_fix else 1):
        fixed, at = names[:still], names[still:]
        if len(at) > 2:
            continue
        finder = Finder(model, axes, fixed)
        try:
            tree = finder.poly(poly, at)
        except NoForm as reason:
            reasons.append(str(reason))
            continue
        except Misfit:
            reasons.append("its parts do not go together as matrices")
            continue
        if is_confirmed(tree, poly, at, model):
            return View(tree, at, fixed)
        reasons.append((*finder.guesses, "not confirmed")[0])
    return View(None, reason=reasons[0] if reasons else f"an answer with {len(names)} indices")
