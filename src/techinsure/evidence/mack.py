"""How far chain-ladder ultimates may miss: Mack's standard errors, without a distribution.

Mack's model: E[C(k+1) | past] = f(k) C(k), Var[C(k+1) | past] = sigma(k)**2 C(k), origins
independent. Source: Mack 1993, ASTIN Bulletin 23(2), theorem 3 and its corollary.
"""

from typing import Literal

import numpy as np

from techinsure.quantities import Floats

LastSigma = Literal["log-linear", "mack"]
"""How a sigma that no two pairs estimate follows from the others: `log-linear`, by a straight line
of ln sigma over the ages; `mack`, by sigma(k)**2 = min(sigma(k-1)**4 / sigma(k-2)**2,
sigma(k-2)**2, sigma(k-1)**2) (Mack 1993, p. 217)."""

LAST_SIGMAS: tuple[LastSigma, ...] = ("log-linear", "mack")

ROUNDING = 1e-12
"""A sigma below this share of the factor's scale is the rounding of pairs that agree."""


def extrapolated(sigma: Floats, rule: LastSigma) -> Floats:
    """(n_factors,) sigma with its NaN filled by `rule`; NaN stays where the rule says nothing.

    A sigma of 0 has no logarithm: the line is drawn through the others, at least two of them.
    """
    filled = sigma.copy()
    missing = np.flatnonzero(np.isnan(sigma))
    if rule == "mack":
        for k in missing[missing >= 2]:
            before, last = filled[k - 2] ** 2, filled[k - 1] ** 2
            if not np.isnan(before + last):
                filled[k] = np.sqrt(min(last**2 / before, before, last)) if before > 0 else 0.0
        return filled
    known = np.flatnonzero(sigma > 0)
    if known.size >= 2:
        slope, level = np.polyfit(known, np.log(sigma[known]), 1)
        filled[missing] = np.exp(level + slope * missing)
    return filled


def standard_errors(
    latest: Floats, latest_ages: Floats, factors: Floats, sigma: Floats, volumes: Floats
) -> tuple[Floats, float]:
    """(n_origins,) standard errors of ultimates and that of their sum, in the unit of `latest`.

    `factors`, `sigma`, `volumes` (n_factors,): f(k), sigma(k), and the sum of C(k) over the pairs
    that gave f(k). `latest_ages` (n_origins,) positions. NaN where a sigma that is needed is NaN.
    mse(i) = U(i)**2 sum over k of sigma(k)**2 / f(k)**2 (1 / C(i, k) + 1 / volume(k)).
    """
    n = len(factors)
    growth = np.append(np.cumprod(factors[::-1])[::-1], 1.0)
    ultimate = latest * growth[latest_ages.astype(int)]
    ahead = latest_ages[:, None] <= np.arange(n)
    each_factor = (sigma / factors) ** 2
    process = ultimate[:, None] * growth[:-1] * each_factor
    estimation = ultimate[:, None] ** 2 * (each_factor / volumes)
    by_origin = np.sqrt(np.where(ahead, process + estimation, 0.0).sum(axis=1))
    exposed = np.where(ahead, ultimate[:, None], 0.0).sum(axis=0)
    shared = np.where(ahead.any(axis=0), exposed**2 * each_factor / volumes, 0.0)
    total = np.sqrt(np.where(ahead, process, 0.0).sum() + shared.sum())
    return by_origin, float(total)
