"""Spearman's rank correlation of a copula by quadrature, where no closed form exists."""

from collections.abc import Callable

import numpy as np

from techinsure.dependence.quadrant import FROM_LOW, WEIGHT
from techinsure.quantities import Floats

Cdf = Callable[[Floats, Floats], Floats]


def spearman(cdf: Cdf) -> float:
    """12 int int C(u, v) du dv - 3 of a symmetric copula, to about 1e-9.

    Over the half v < u, in u and v / u: the ridge of strong dependence then lies on an edge.
    Source: Nelsen 2006, An Introduction to Copulas, theorem 5.1.6.
    """
    every = slice(None, None, 4)
    nodes, weight = FROM_LOW[every], 4 * WEIGHT[every]
    u, part = nodes[:, None], nodes[None, :]
    inside = cdf(np.broadcast_to(u, (len(nodes), len(nodes))), u * part)
    return float(24 * (weight * nodes) @ inside @ weight - 3)
