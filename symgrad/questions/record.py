"""The machine-readable form of a derivation in a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symgrad.explain.notation import Notation
from symgrad.render.latex import latex
from symgrad.render.plain import plain

if TYPE_CHECKING:
    from symgrad.answer import Derivation


def record(derivation: Derivation) -> dict[str, Any]:
    """Answer, forms, steps and certificate of a derivation as plain data (`symgrad/key@1`)."""
    notation = Notation(derivation.engine.model)

    def both(poly: Any, free: tuple[str, ...]) -> dict[str, str]:
        tree = notation.poly(poly, free)
        return {"latex": latex(tree), "text": plain(tree)}

    steps = []
    for line in derivation.steps:
        before, after = (both(side, line.step.free) for side in line.step.sides)
        certificate = {"worst": line.certificate.worst, "proved": line.proved}
        row = {"rule": line.rule, "law": line.law, "why": line.why, "before": before, "after": after}
        steps.append({**row, "certificate": certificate})
    found, answer, whole = derivation.engine, derivation.certificate, derivation.matrix
    matrix = {"matrix": {"latex": whole.latex, "text": whole.text, "layout": whole.layout}} if whole else {}
    return {
        "answer": both(found.answer, found.free),
        "forms": {"path": both(found.path, found.free), "compact": both(found.answer, found.free), **matrix},
        "facts": list(found.fact_names),
        "policies": list(found.policies),
        "steps": steps,
        "certificate": {
            "worst": derivation.report.worst,
            "fault": answer.fault,
            "sizes": [dict(s) for s in answer.sizes],
            "seed": answer.seed,
            "proved": derivation.report.proved,
        },
    }
