"""A gradient of scalars as a sum over paths: for each path the product of the local gradients on it.

dL/dx = sum over the definitions C that use x of  dL/dC dC/dx,   down to the last one
"""

from __future__ import annotations

from symgrad.algebra.normal import ONE, lone, times, total
from symgrad.algebra.records import Poly, Ref
from symgrad.derive.adjoint import Sweep
from symgrad.errors import Unsupported


def ways(sweep: Sweep) -> list[tuple[tuple[str, ...], Poly]]:
    """Each path, the names on it from `by` to `of`, with the product of its local gradients, as names.

    A local gradient that is a number, such as that of a skip, stands as this number. Refused where a name has indices
    (a local gradient is a matrix there), and where dL/dx would be the name of a sum and of one of its terms.
    """
    for name in (sweep.of, *(a.by for a in sweep.adjoints)):
        if sweep.model.tensors[name].axes:
            raise Unsupported(
                f"{name} has indices, so that its local gradients are no numbers",
                where=f"paths from {sweep.by} to {sweep.of}",
                expected="a graph of scalars",
            )
    found: dict[str, list[tuple[tuple[str, ...], Poly]]] = {sweep.of: [((sweep.of,), ONE)]}
    for name in sweep.given:
        upstream = sweep.model.tensors[name]
        found[upstream.of[1]] = [((upstream.of[1], sweep.of), lone(upstream.entry))]
    for adjoint in sweep.adjoints:
        here: list[tuple[tuple[str, ...], Poly]] = []
        for c in adjoint.contributions:
            if len(adjoint.contributions) > 1 and c.via == sweep.of and c.partial.number is None:
                raise Unsupported(
                    f"the direct way from {adjoint.by} to {sweep.of} beside others has no local gradient of its own",
                    where=f"definition of {sweep.of}",
                    expected="a definition for each way that is not a plain sum",
                )
            local = c.partial if c.partial.number is not None else lone(Ref(c.partial_name))
            here += [((adjoint.by, *way), times(product, local)) for way, product in found[c.via]]
        found[adjoint.by] = here
    return found[sweep.by]


def along(sweep: Sweep) -> Poly:
    """The whole gradient: the sum over all paths."""
    return total(product for _, product in ways(sweep))
