"""P(all scores above their thresholds) of many correlated names, by conditioning name by name.

Each name in turn is drawn from its law given that those before it are above, and the product of
the conditional probabilities is averaged: smooth, bounded, and exact for independent names.
Source: Genz 1992, Journal of Computational and Graphical Statistics 1(2); for t: Genz & Bretz
2002, in the same journal 11(4).
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from techinsure.dependence.arguments import levels
from techinsure.dependence.correlation import correlations
from techinsure.dependence.elliptical import t_score
from techinsure.dependence.quadrant import both_above
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import Estimate, Floats, count, exactly, optional, positive, require
from techinsure.seeding import counters, keys, uniforms


def joint_survival(
    matrix: ArrayLike, u: ArrayLike, nu: float | None = None, *, seed: int = 1, n: int = 100_000
) -> Estimate:
    """P(all of n_names uniforms above their levels `u` (n_names,)) under the Gaussian copula of
    `matrix`, or the t copula of `nu` degrees of freedom. One or two names, and independent
    normal ones: exact; else from `n` draws of named streams, with its standard error."""
    array, at = correlations(matrix), levels("u", u)
    require("nu", nu, optional(positive))
    require("n", n, count(2, 10**8))
    if at.shape != (len(array),):
        bound = f"must have shape ({len(array)},), a level a name"
        raise InvalidParameter([Fault("u", at.shape, bound)])
    at, array = at[at > 0], array[np.ix_(at > 0, at > 0)]  # above 0 is certain
    if (at == 1).any():
        return exactly(0.0)
    score = special.ndtri(at) if nu is None else t_score(at, nu)
    if len(at) <= 1:
        return exactly(math.prod(1 - at))
    if len(at) == 2:
        return exactly(float(both_above(score[0], score[1], float(array[0, 1]), nu)))
    if nu is None and np.array_equal(array, np.eye(len(array))):
        return exactly(math.prod(1 - at))
    drawn = _products(array, score, nu, seed, n)
    return Estimate(value=float(drawn.mean()), standard_error=float(drawn.std() / math.sqrt(n - 1)))


def _products(matrix: Floats, score: Floats, nu: float | None, seed: int, n: int) -> Floats:
    """(n,) products of conditional probabilities; names with the highest threshold first."""
    order = np.argsort(-score)
    matrix, score = matrix[np.ix_(order, order)], score[order]
    below = _semidefinite_root(matrix)
    names = [*(f"{place}" for place in range(len(score))), "scale"]
    streams = keys(seed, "joint survival", names)
    draw = np.arange(n)
    scale = np.ones(n)
    if nu is not None:
        drawn = uniforms(streams[-1], counters(draw))
        scale = np.sqrt(2 * special.gammaincinv(nu / 2, drawn) / nu)
    held = np.zeros((len(score), n))
    product = np.ones(n)
    for place, own in enumerate(np.diag(below)):
        need = score[place] * scale - below[place, :place] @ held[:place]
        if own == 0:
            product *= need < 0
            continue
        above = special.ndtr(-need / own)
        product *= above
        part = uniforms(streams[place], counters(draw)) * above
        held[place] = -special.ndtri(np.maximum(part, 1e-300))
    return product


def _semidefinite_root(matrix: Floats) -> Floats:
    """The lower triangular root, with a zero where a name is a function of those before it."""
    below = np.zeros_like(matrix)
    for row in range(len(matrix)):
        for column in range(row):
            if below[column, column] > 0:
                known = below[row, :column] @ below[column, :column]
                below[row, column] = (matrix[row, column] - known) / below[column, column]
        rest = matrix[row, row] - below[row, :row] @ below[row, :row]
        below[row, row] = math.sqrt(rest) if rest > 1e-12 else 0.0
    return below
