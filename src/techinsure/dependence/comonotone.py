"""Sums of losses that are all large together: quantiles and tails add.

The largest TVaR that any dependence of given laws can have. Source: Dhaene et al. 2002,
Insurance: Mathematics and Economics 31, theorems 5 and 6.
"""

from collections.abc import Sequence

import numpy as np

from techinsure.dependence.arguments import is_probability_inside
from techinsure.distributions import Severity
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import require


def var(laws: Sequence[Severity], level: float) -> float:
    """The quantile of the comonotone sum at `level` in (0, 1): the sum of quantiles."""
    _checked(laws, level)
    return float(sum(float(law.quantile(np.array(level))) for law in laws))


def tvar(laws: Sequence[Severity], level: float) -> float:
    """The TVaR of the comonotone sum at `level` p in (0, 1): the sum of q + E[(X - q)+] / (1 - p).
    `Undefined` where a mean is infinite."""
    _checked(laws, level)
    total = 0.0
    for law in laws:
        if not np.isfinite(law.mean):
            raise Undefined(f"{law.kind} has no finite mean, so the sum has no TVaR: cap it")
        q = law.quantile(np.array(level))
        total += float(q + law.excess_mean(q) / (1 - level))
    return total


def _checked(laws: Sequence[Severity], level: float) -> None:
    require("level", level, is_probability_inside)
    if not len(laws):
        raise InvalidParameter([Fault("laws", 0, "must hold at least one law")])
