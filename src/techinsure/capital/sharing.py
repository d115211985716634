"""Optimal sharing of one risk: shares in proportion to risk tolerance, within caps.

Whatever the law of the risk: with exponential utilities the sum of certainty equivalents
sum t_i K(s_i / t_i), K its cumulant generating function, is least where all s_i / t_i below their
caps are equal. Source: Borch (1962), Econometrica 30(3), 424-444; caps by its Kuhn-Tucker
conditions. With one coherent measure for all, such as TVaR, any shares are optimal: they sum to it.
"""

import numpy as np
from scipy.special import logsumexp

from techinsure.errors import Fault, InvalidParameter, Refused, Undefined
from techinsure.quantities import Floats

ROUNDING = 1e-12
"""Caps that sum to this little below 1 are taken as 1: they are floats."""


def optimal_shares(risk_tolerance: Floats, most: Floats | None = None) -> Floats:
    """(n_members,) shares that sum to 1: min(scale * tolerance, most), the one scale that fits.

    `risk_tolerance` (n_members,), currency units, is 1 / risk aversion; `most` (n_members,) caps
    shares (none: 1 each). `Refused` where the caps sum to less than 1.
    """
    tolerance = _positive("risk_tolerance", risk_tolerance)
    caps = np.ones(len(tolerance)) if most is None else np.array(most, dtype=np.float64)
    if caps.shape != tolerance.shape or not ((caps >= 0) & (caps <= 1)).all():
        bound = f"must be {len(tolerance)} shares in [0, 1]"
        raise InvalidParameter([Fault("most", caps.tolist(), bound, "one a member")])
    if caps.sum() < 1 - ROUNDING:
        raise Refused(f"the most that members take sums to {caps.sum():.6g}, below the whole risk")
    by_turn = np.argsort(caps / tolerance, kind="stable")  # who reaches its cap first, first
    full = np.concatenate(([0.0], np.cumsum(caps[by_turn])))[:-1]
    free = np.cumsum(tolerance[by_turn][::-1])[::-1]
    scale = (1 - full) / free
    fits = scale * tolerance[by_turn] <= caps[by_turn] * (1 + ROUNDING)
    if not fits.any():
        return caps
    shares: Floats = np.minimum(scale[np.argmax(fits)] * tolerance, caps)
    return shares


def certainty_equivalents(
    shares: Floats, risk_tolerance: Floats, annual: Floats, weight: Floats | None = None
) -> Floats:
    """(n_members,) currency units: t log E[exp(share X / t)] over simulated years `annual`
    (n_years,), of `weight` (equal). `Undefined` where a year outgrows any number."""
    tolerance = _positive("risk_tolerance", risk_tolerance)
    weights = np.ones(len(annual)) if weight is None else weight
    with np.errstate(over="ignore"):
        exponents = np.outer(np.asarray(shares) / tolerance, annual)
    if not np.isfinite(exponents).all():
        raise Undefined("the certainty equivalent is beyond any number")
    logs = logsumexp(exponents, axis=1, b=weights / weights.sum())
    return np.asarray(tolerance * logs, dtype=np.float64)


def normal_certainty_equivalents(
    shares: Floats, risk_tolerance: Floats, mean: float, sd: float
) -> Floats:
    """(n_members,) currency units: s mean + s^2 sd^2 / (2 t), of a normal risk; exact."""
    tolerance = _positive("risk_tolerance", risk_tolerance)
    share = np.asarray(shares, dtype=np.float64)
    return share * mean + share**2 * sd**2 / (2 * tolerance)


def _positive(name: str, values: Floats) -> Floats:
    array = np.array(values, dtype=np.float64)
    wrong = ~(np.isfinite(array) & (array > 0))
    if array.ndim != 1 or not array.size or wrong.any():
        bound = "must be finite numbers > 0, one a member"
        raise InvalidParameter([Fault(name, array.tolist(), bound)])
    return array
