"""What losses have in common: they are called with predictions and a target, and define the number L."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgrad.declare.functions import mean
from symgrad.declare.functions import sum as total
from symgrad.layers.layer import Declared, Named

REDUCTIONS = ("mean", "sum")


@dataclass(frozen=True)
class Loss(Declared):
    """Called as loss(g, prediction, target, label=""); its `reduction` is mean (of all that have a loss) or sum."""

    def reduced(self, named: Named, each: Any) -> Any:
        """The definition of L from the losses of all entries or rows."""
        reduction = getattr(self, "reduction", "mean")
        if reduction not in REDUCTIONS:
            raise self.refuse("a reduction that is not known", " or ".join(REDUCTIONS), reduction)
        return named.define("L", (mean if reduction == "mean" else total)(each))
