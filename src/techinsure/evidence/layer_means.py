"""Means of layers as integrals of a survival function, in pieces of equal logarithm.

E[min(max(X - a, 0), c - a)] = integral of P(X > x) over (a, c).
Source: Klugman, Panjer & Willmot, Loss Models, section 3.2 (limited expected value).
"""

import math
from collections.abc import Callable

import numpy as np

from techinsure.quantities import Floats

NODES = 16
DEPTH = 45.0
"""How far below the median, in natural logarithms, the integral is begun: what lies lower
is e**-45 of the whole."""


def layer_integral(
    beyond: Callable[[Floats], Floats], centre: float, spread: float, low: float, high: float
) -> float:
    """Integral of P(X > x) over (low, high), currency units.

    `beyond` gives P(ln X > y) for y (n,); it falls from 1 to 0 around `centre` over `spread`.
    Gauss-Legendre with 16 nodes on pieces that are short near the centre and never longer than 1.
    """
    top = math.log(high)
    bottom = min(top, centre) - DEPTH
    start = max(low, math.exp(bottom))
    steps = spread * np.concatenate([np.linspace(0.0, 4.0, 17), np.geomspace(5.0, 1e4, 32)])
    cuts = np.concatenate([centre - steps, centre + steps, np.arange(bottom, top, 1.0)])
    inside = np.exp(cuts[(cuts > bottom) & (cuts < top)])
    inside = inside[(inside > start) & (inside < high)]
    ends = np.concatenate([[start], np.unique(inside), [high]])
    z, weight = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(ends)[:, None] / 2
    x = ends[:-1, None] + half * (1 + z)
    return float((half * weight).ravel() @ beyond(np.log(x.ravel())))
