"""P(X > h, Y > k) of a standard bivariate normal or t law, to full relative precision.

Plackett's identity, integrated from correlation -1, where the probability is known, so that only
positive terms are added: with s = sin(theta) and q = (h+k)**2 / (2 (1+s)) + (h-k)**2 / (2 (1-s)),

    P(rho) = max(0, P(X > h) - P(X < k)) + (1 / 2 pi) int_{-pi/2}^{asin rho} g(q) dtheta,

g(q) = exp(-q / 2) for the normal law and (1 + q / nu)**(-nu / 2) for the t law of nu degrees.
Source: Plackett 1954, Biometrika 41; for t: Genz 2004, Statistics and Computing 14.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from techinsure.quantities import Floats


def _double_exponential(step: float = 1 / 48, reach: float = 4.0) -> tuple[Floats, Floats, Floats]:
    """Distances from both ends of [0, 1] and weights, (n,): nodes crowd towards the ends.
    Source: Takahasi & Mori 1974, Publications of RIMS 9."""
    t = np.arange(-reach, reach + step / 2, step)
    push = math.pi / 2 * np.sinh(t)
    low, high = special.expit(2 * push), special.expit(-2 * push)
    return low, high, step * math.pi * np.cosh(t) * low * high


FROM_LOW, FROM_HIGH, WEIGHT = _double_exponential()


def both_above(h: ArrayLike, k: ArrayLike, rho: float, nu: float | None = None) -> Floats:
    """P(X > h, Y > k), shaped as both together; `nu` None: the normal law. `h` and `k` may be
    infinite, rho may be -1 or 1."""
    h, k = np.broadcast_arrays(np.asarray(h, np.float64), np.asarray(k, np.float64))
    at_minus_one = np.maximum(_upper(h, nu) - _upper(-k, nu), 0.0)
    total = at_minus_one + swept(h, k, -1.0, rho, nu)
    return np.minimum(total, np.minimum(_upper(h, nu), _upper(k, nu)))


def swept(h: ArrayLike, k: ArrayLike, low: float, high: float, nu: float | None = None) -> Floats:
    """By how much P(X > h, Y > k) grows from correlation `low` to `high`, shaped as h and k."""
    h, k = np.broadcast_arrays(np.asarray(h, np.float64), np.asarray(k, np.float64))
    finite = np.isfinite(h) & np.isfinite(k)
    x, y = (np.where(finite, side, 0.0)[..., None] for side in (h, k))
    start, stop = math.acos(-low), math.acos(high)  # from -pi/2 up, and from pi/2 down
    span = math.asin(high) - math.asin(low)
    if span == 0:
        return np.zeros(h.shape)
    above_minus = 2 * np.sin((start + span * FROM_LOW) / 2) ** 2  # 1 + s
    below_one = 2 * np.sin((stop + span * FROM_HIGH) / 2) ** 2  # 1 - s
    with np.errstate(over="ignore"):
        q = (x + y) ** 2 / (2 * above_minus) + (x - y) ** 2 / (2 * below_one)
        density = np.exp(-q / 2) if nu is None else np.exp(-nu / 2 * np.log1p(q / nu))
    grown = (density @ WEIGHT) * span / (2 * math.pi)
    return np.where(finite, grown, 0.0)


def _upper(x: Floats, nu: float | None) -> Floats:
    """P(X > x)."""
    return np.asarray(special.ndtr(-x) if nu is None else special.stdtr(nu, -x), np.float64)
