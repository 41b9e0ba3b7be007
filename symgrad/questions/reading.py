"""Reading back: a printed formula is read from its LaTeX text and compared with the value it must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.algebra.normal import guarded
from symgrad.algebra.records import Poly
from symgrad.algebra.repeated import counted
from symgrad.check.numbers import Numbers
from symgrad.declare.model import Model
from symgrad.errors import CertificateError, ReadError
from symgrad.explain.layout import Layout
from symgrad.explain.notation import Notation
from symgrad.explain.solution import Claim
from symgrad.explain.spelling import template
from symgrad.read.names import Names
from symgrad.read.resolve import names_of, read
from symgrad.render.latex import latex

if TYPE_CHECKING:
    from symgrad.answer import Derivation


def reader_names(model: Model) -> Names:
    return names_of(model, template, Notation(model).index_name)


def read_back(derivation: Derivation, claim: Claim, where: str) -> None:
    """A formula of the worked solution of a derivation. Raises CertificateError."""
    found = derivation.engine
    confirm(claim, found.model, derivation.graph.numbers(found.declared), where, found.of)


def confirm(claim: Claim, model: Model, numbers: Numbers, where: str, of: str = "") -> None:
    """Reads a printed formula in the names of `model` and compares it with its value, where need be by `numbers`.

    `of` is the name that is differentiated, where partial derivatives stand. Raises CertificateError.
    """
    text, model = latex(claim.tree), model.extended(*claim.names)
    try:
        found = read(text, reader_names(model), model, of)
    except ReadError as error:
        raise CertificateError(
            "a printed formula cannot be read back", where=f"{where}: {text}", given=str(error)
        ) from error
    if found != claim.value:
        printed, wanted = (guarded(side, claim.given) for side in (found, claim.value))
        numbers.confirm(printed, wanted, claim.free, model, where=f"{where}: {text}")


class Says:
    """Writes formulas in the names of a model; what is written is read again, and must be the same formula."""

    def __init__(self, model: Model, where: str) -> None:
        self.model, self.notation, self.where = model, Notation(model), where

    def __call__(self, poly: Poly, free: tuple[str, ...] = ()) -> Layout:
        tree = self.notation.poly(poly, free)
        text = latex(tree)
        found = read(text, reader_names(self.model), self.model)
        sizes = self.model.sizes
        if counted(found, sizes) != counted(poly, sizes):
            raise CertificateError(
                "a printed formula is read as another",
                where=f"{self.where}: {text}",
                expected=f"{poly}",
                given=f"{found}",
            )
        return tree
