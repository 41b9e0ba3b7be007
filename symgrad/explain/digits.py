"""Numbers as they are printed: exact where they are short, else rounded to six significant digits, and that is said."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from symgrad.algebra.index import Affine
from symgrad.check.enclose import Between
from symgrad.declare.model import Tensor
from symgrad.errors import CertificateError
from symgrad.explain.blocks import Formula, Run
from symgrad.explain.layout import Layout, Number, Plus, Power, Product
from symgrad.explain.notation import Notation

DIGITS = 6
LONGEST = 9  # digits of an exact decimal that is printed whole
STATED = "rounded to six significant digits"


def exact(value: Between | Fraction) -> Decimal | None:
    """A number as a short decimal; None where it has none."""
    if isinstance(value, Between):
        return exact(value.low) if value.exact else None
    found = Context(prec=LONGEST).divide(Decimal(value.numerator), Decimal(value.denominator))
    return found if Fraction(found) == value else None


def rounded(value: Between | Fraction) -> Decimal:
    """A number in six significant digits. Refused where its enclosure leaves the last one open."""
    ends = (value.low, value.high) if isinstance(value, Between) else (value, value)
    context = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
    low, high = (context.divide(Decimal(v.numerator), Decimal(v.denominator)) for v in ends)
    if low != high:
        raise CertificateError("an enclosure too wide to round", where=f"between {low} and {high}")
    return low if not low else low.quantize(Decimal(1).scaleb(low.adjusted() - DIGITS + 1))  # with its zeros


def is_short(value: Between | Fraction) -> bool:
    return exact(value) is not None


def number(value: Between | Fraction) -> Layout:
    """A number on paper, exact or rounded; very small and very large ones with a power of ten."""
    whole = exact(value)
    shown = rounded(value) if whole is None else whole.normalize()
    body = _body(abs(shown))
    return Plus(((-1, body),)) if shown < 0 else body


def _body(value: Decimal) -> Layout:
    tens = value.adjusted() if value else 0
    if -6 <= tens <= LONGEST:
        return Number(format(value, "f"))
    power = Power(Number("10"), Plus(((-1, Number(str(-tens))),)) if tens < 0 else Number(str(tens)))
    front = value.scaleb(-tens)
    return power if front == 1 else Product((Number(format(front, "f")), power))


def cell(value: Between | Fraction) -> Run:
    return (Formula(number(value)),)


class Put(Notation):
    """Formulas with numbers in place of scalars: those that are given, the rest stay names."""

    def __init__(self, notation: Notation, values: dict[str, Between | Fraction]) -> None:
        super().__init__(notation.model)
        self.values = values

    def entry(self, tensor: Tensor, indices: object) -> Layout:
        found = self.values.get(tensor.name)
        at: tuple[Affine, ...] = tuple(indices)  # type: ignore[arg-type]
        return super().entry(tensor, at) if found is None or at else number(found)
