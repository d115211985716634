"""Variance between classes, and what a class is worth given it.

A class mean x has variance v around what the class stands for (within / weight), and classes have
the variance a around their collective. Then z = a / (a + v), the premium is z x + (1 - z) times
the collective, and its expected squared error, with a and v taken as known, is
a (1 - z) + (1 - z)**2 * (error of the collective)**2.
Source: Bühlmann & Gisler 2005, A Course in Credibility Theory, chapter 4.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import optimize

from techinsure.quantities import Floats, Ints

LEAST = 1e-300
"""Absolute tolerance of the root: the relative one decides."""
SAME = 1e-13
"""Means that differ by less of themselves are the same: their sums are rounded."""


class Shrunk(NamedTuple):
    """A class mean drawn to its collective: `credibility` z, `premium` and its `sd`."""

    credibility: float
    premium: float
    sd: float


def shrunk(
    mean: float, variance: float, between: float, collective: float, collective_variance: float
) -> Shrunk:
    """The premium of one class whose `mean` has `variance` v (inf without data)."""
    z = between / (between + variance) if between > 0 else 0.0
    own = z * mean if z > 0 else 0.0
    error = between * (1 - z) + (1 - z) ** 2 * collective_variance
    return Shrunk(z, own + (1 - z) * collective, math.sqrt(error))


def precision_mean(means: Floats, variances: Floats, weights: Floats) -> tuple[float, float]:
    """The mean of `means` (n,) weighted by 1 / variance, and its variance. Where the variances
    are 0 it is weighted by `weights` (n,), the limit of equal variances per unit of weight."""
    if (variances == 0).all():
        return float(weights @ means / weights.sum()), 0.0
    precision = 1 / variances
    return float(precision @ means / precision.sum()), float(1 / precision.sum())


def unbiased_between(means: Floats, weights: Floats, within: float) -> float:
    """w / (w**2 - sum w_i**2) * (sum w_i (x_i - x)**2 - (I - 1) within): may be negative.

    `means`, `weights` (I,), I >= 2, weights > 0. The denominator is summed from pairs i < j, so
    that a class that outweighs all others leaves its digits.
    Source: Bühlmann & Gisler 2005, section 4.8.
    """
    whole = weights.sum()
    pairs = 2 * (weights[1:] @ np.cumsum(weights)[:-1])
    away = means - weights @ means / whole
    squares = 0.0 if np.ptp(means) <= SAME * np.abs(means).max() else weights @ away**2
    return float(whole * (squares - (len(means) - 1) * within) / pairs)


def iterative_between(means: Floats, variances: Floats, groups: Ints) -> float:
    """The a that solves sum (x - m_g)**2 / (a + v) = n - n_groups, m_g the mean of group g
    weighted by 1 / (a + v); 0 where there is none.

    `means`, `variances` v and `groups` (n,), groups numbered from 0. It is the fixed point of the
    iteration of Bichsel and Straub: the left side falls in a, hence there is one solution if it
    exceeds n - n_groups at 0, which the unbiased estimate shares, and none otherwise. It lies
    below the sample variance of the means, so the root is bracketed and no iteration can stall.
    Source: De Vylder 1981, ASTIN Bulletin 12(2), 115-132; Bühlmann & Gisler 2005, section 4.8.
    """
    degrees = len(means) - len(np.unique(groups))

    def squares(precision: Floats) -> float:
        share = np.bincount(groups, precision)
        centre = np.bincount(groups, precision * means) / np.where(share > 0, share, 1.0)
        return float(precision @ (means - centre[groups]) ** 2)

    def excess(a: float) -> float:
        return squares(1 / (a + variances)) - degrees

    most = squares(np.ones_like(means)) / degrees
    if most <= (SAME * np.abs(means).max()) ** 2:
        return 0.0
    if (variances == 0).all():
        return most
    if excess(0.0) <= 0:
        return 0.0
    if excess(most) >= 0:
        return most
    return float(optimize.brentq(excess, 0.0, most, xtol=LEAST, rtol=1e-15, maxiter=2000))
