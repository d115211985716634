"""Probabilities of single counts, to 2e-16 times their logarithm, however large the counts.

Logarithms of factorials would lose digits in proportion to k ln k; Stirling's error and deviances
do not. Source: Loader (2000), Fast and accurate computation of binomial probabilities.
"""

import numpy as np
from scipy import special

from techinsure.quantities import Floats

_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def poisson(k: Floats, mean: float) -> Floats:
    """P(N = k) of a Poisson law, k >= 0 whole, shaped like `k`."""
    some = np.where(k > 0, k, 1.0)
    log = -_deviance(some, mean) - _stirling_error(some) - np.log(2 * np.pi * some) / 2
    return np.exp(np.where(k > 0, log, -mean))


def binomial(k: Floats, n: Floats, p: float, q: float) -> Floats:
    """Gamma(n + 1) / (Gamma(k + 1) Gamma(n - k + 1)) * p**k * q**(n - k) for real 0 <= k <= n,
    shaped as both; p + q = 1, both > 0, given apart so that neither loses digits."""
    inner = (k > 0) & (k < n)
    one, all_ = np.where(inner, k, 1.0), np.where(inner, n, 2.0)
    other = all_ - one
    log = (
        _stirling_error(all_) - _stirling_error(one) - _stirling_error(other)
        - _deviance(one, all_ * p) - _deviance(other, all_ * q)
        - np.log(2 * np.pi * one * other / all_) / 2
    )  # fmt: skip
    ends = np.where(k == 0, n * _log(q, p), n * _log(p, q))
    return np.exp(np.where(inner, log, ends))


def _log(p: float, complement: float) -> float:
    return float(np.log1p(-complement) if complement < 0.5 else np.log(p))


def _stirling_error(n: Floats) -> Floats:
    """ln Gamma(n + 1) - ((n + 1/2) ln n - n + ln(2 pi) / 2), n > 0."""
    large = np.maximum(n, 16.0)
    series = sum(c / large ** (2 * j + 1) for j, c in enumerate(_SERIES))
    small = np.minimum(n, 16.0)
    exact = special.gammaln(small + 1) - (small + 0.5) * np.log(small) + small
    near: Floats = exact - np.log(2 * np.pi) / 2
    return np.where(n >= 16, series, near)


def _deviance(k: Floats, mean: Floats | float) -> Floats:
    """k ln(k / mean) - k + mean, k > 0; near the mean by the series of the inverse hyperbolic
    tangent of v = (k - mean) / (k + mean), as the difference would cancel."""
    gap = k - mean
    v = gap / (k + mean)
    series = sum(v ** (2 * j) / (2 * j + 1) for j in range(1, 10))
    near = gap * v + 2 * k * v * series
    far = k * np.log(k / mean) - gap
    return np.where(np.abs(v) < 0.1, near, far)
