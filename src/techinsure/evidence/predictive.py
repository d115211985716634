"""Counts to come, with the uncertainty of their rate or probability carried in.

A Poisson count whose rate is gamma is negative binomial; a binomial one whose probability is beta
is beta-binomial. Source: Klugman, Panjer & Willmot, Loss Models, section 6.3; Gelman et al. 2013,
Bayesian Data Analysis, section 2.6.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.quantities import FORBID, Count, Floats, Real, count, not_negative, refuse_unless

MOST_TRIALS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsAhead:
    """Events on `exposure` to come, at a rate of gamma law `rate`: negative binomial.

    Size r = shape, and P(0) = (rate / (rate + exposure))**shape.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rate: RateLaw
    exposure: Real

    def __post_init__(self) -> None:
        refuse_unless(self, exposure=not_negative)

    @property
    def mean(self) -> float:
        """exposure * shape / rate."""
        return self.exposure * self.rate.mean

    @property
    def variance(self) -> float:
        """mean + mean**2 / shape: that of the Poisson count and that of its rate."""
        return self.mean + self.mean**2 / self.rate.shape

    def probability(self, n: ArrayLike) -> Floats:
        """P(N = n), shaped like `n` (whole numbers >= 0)."""
        events = _whole(n)
        ratio = self.exposure / self.rate.rate
        with np.errstate(divide="ignore"):
            logs = (
                -_log_times_beta(events, self.rate.shape)
                - self.rate.shape * math.log1p(ratio)
                + special.xlogy(events, ratio)
                - events * math.log1p(ratio)
            )
        return np.asarray(np.exp(logs), np.float64)

    def cdf(self, n: ArrayLike) -> Floats:
        """P(N <= n), shaped like `n`: I_p(shape, n + 1), p = rate / (rate + exposure)."""
        p = self.rate.rate / (self.rate.rate + self.exposure)
        return np.asarray(special.betainc(self.rate.shape, _whole(n) + 1.0, p), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsAhead:
    """Events in `trials` to come, at a probability of beta law `chance`: beta-binomial."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    chance: ChanceLaw
    trials: Count

    def __post_init__(self) -> None:
        refuse_unless(self, trials=count(0, MOST_TRIALS))

    @property
    def mean(self) -> float:
        """trials * a / (a + b)."""
        return self.trials * self.chance.mean

    @property
    def variance(self) -> float:
        """n p (1 - p) (a + b + n) / (a + b + 1)."""
        p, size = self.chance.mean, self.chance.size
        return self.trials * p * (1 - p) * (size + self.trials) / (size + 1)

    def probability(self, n: ArrayLike) -> Floats:
        """P(N = n), shaped like `n` (whole numbers >= 0); 0 above `trials`.

        1 / ((m + 1) B(n + 1, m - n + 1)) * B(a + n, b + m - n) / B(a, b), m trials.
        """
        events, m = _whole(n), float(self.trials)
        inside = np.minimum(events, m)
        logs = (
            -math.log(m + 1)
            - special.betaln(inside + 1, m - inside + 1)
            + special.betaln(self.chance.a + inside, self.chance.b + m - inside)
            - special.betaln(self.chance.a, self.chance.b)
        )
        return np.asarray(np.where(events > m, 0.0, np.exp(logs)), np.float64)


def _log_times_beta(n: Floats, shape: float) -> Floats:
    """ln(n B(shape, n)) = ln(Gamma(shape) n! / Gamma(shape + n)), 0 at n = 0."""
    whole = np.maximum(n, 1.0)
    return np.asarray(
        np.where(n > 0, np.log(whole) + special.betaln(shape, whole), 0.0), np.float64
    )


def _whole(n: ArrayLike) -> Floats:
    values = np.asarray(n, np.float64)
    if not (np.isfinite(values) & (values >= 0) & (values == np.floor(values))).all():
        raise InvalidParameter([Fault("n", n, "must be whole numbers >= 0")])
    return values
