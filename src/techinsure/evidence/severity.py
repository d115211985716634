"""Sizes of claims: the lognormal law with unknown mu and sigma, its posterior and its limits.

The data enter as n, the sum of ln x and the sum of (ln x)**2; n = 0 and 1 are fine. The predictive
law of ln x is Student's t, so x itself has no mean: there are limited and layer means, and an
unlimited one is refused. Claims known only above a deductible are for `severity_above`.
Source: Gelman et al. 2013, Bayesian Data Analysis (3rd ed.), section 3.3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter, Refused, Undefined
from techinsure.evidence.layer_means import layer_integral
from techinsure.evidence.parameter_laws import HIGH, LOW
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Real,
    count,
    each,
    not_negative,
    number,
    positive,
    refuse_unless,
    require,
)

MOST_CLAIMS = 10**9
ROUNDING = 1e-9
"""Relative error that sums of logarithms may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStatistics:
    """What suffices of claims x, currency units: `n`, `total` = sum ln x, `squares` =
    sum (ln x)**2. Statistics of several sources add."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    n: Count
    total: Real
    squares: Real

    def __post_init__(self) -> None:
        any_number = number("must be finite", lambda _: True)
        refuse_unless(self, n=count(0, MOST_CLAIMS), total=any_number, squares=not_negative)
        if self.n == 0 and (self.total or self.squares):
            given = (self.total, self.squares)
            raise InvalidParameter([Fault("total, squares", given, "must be 0 where n is 0")])
        least = self.total**2 / self.n if self.n else 0.0
        if self.squares < least * (1 - ROUNDING):
            bound = f"must be >= total**2 / n, {least:.12g}"
            raise InvalidParameter([Fault("squares", self.squares, bound, "natural logarithms?")])

    @staticmethod
    def of(claims: Sequence[float] | Floats, deductible: float = 0.0) -> "LogStatistics":
        """The statistics of `claims` (n,), currency units, all > 0.

        `Refused` for claims known only above a deductible: those are a truncated sample.
        """
        require("deductible", deductible, not_negative)
        if deductible > 0:
            raise Refused(
                f"claims above a deductible of {deductible:g} are a truncated sample, for which "
                "this update is not made: use techinsure.evidence.severity_above with their "
                "deductible, or give claims from the ground up"
            )
        require("claims", claims, each(positive))
        logs = np.log(np.asarray(claims, np.float64))
        return LogStatistics(
            n=len(logs), total=math.fsum(logs.tolist()), squares=math.fsum((logs**2).tolist())
        )

    def plus(self, other: "LogStatistics") -> "LogStatistics":
        """The statistics of both."""
        return LogStatistics(
            n=self.n + other.n,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )

    @property
    def scatter(self) -> float:
        """sum (ln x - mean)**2; 0 where rounding would make it negative."""
        return max(self.squares - self.total**2 / self.n, 0.0) if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityLaw:
    """Normal-inverse-gamma law of (mu, sigma**2) of a lognormal claim: sigma**2 is inverse gamma
    (`a`, `b`), and mu given it normal (`m`, sigma**2 / `k`).

    `m` is the logarithm of currency units; `k` counts the claims that `m` is worth, 2 `a` those
    that sigma is worth.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    m: Real
    k: Real
    a: Real
    b: Real

    def __post_init__(self) -> None:
        any_number = number("must be finite", lambda _: True)
        refuse_unless(self, m=any_number, k=positive, a=positive, b=positive)

    @staticmethod
    def worth(claims: float, *, median: float, sigma: float) -> "SeverityLaw":
        """A prior worth `claims` claims with that `median` (currency units) and `sigma` of the
        logarithm: k = claims, a = claims / 2, b = a sigma**2, so that E[1 / sigma**2] is right."""
        require("claims", claims, positive)
        require("median", median, positive)
        require("sigma", sigma, positive)
        return SeverityLaw(m=math.log(median), k=claims, a=claims / 2, b=claims / 2 * sigma**2)

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the predictive t law of ln x: 2 a."""
        return 2 * self.a

    @property
    def spread(self) -> float:
        """Scale of the predictive t law of ln x: sqrt(b (k + 1) / (a k))."""
        return math.sqrt(self.b / self.a * (1 + 1 / self.k))

    def survival(self, x: ArrayLike) -> Floats:
        """P(X > x) of the next claim, shaped like `x`, currency units."""
        with np.errstate(divide="ignore"):
            y = np.log(np.maximum(np.asarray(x, np.float64), 0.0))
        return self._beyond(y)

    def quantile(self, uniforms: ArrayLike) -> Floats:
        """Next claims, shaped like `uniforms` inside (0, 1), currency units. Cut them at the
        limit: they have no mean. `Undefined` where one is too large for a number."""
        logs = self.m + self.spread * special.stdtrit(self.degrees, np.asarray(uniforms))
        if (logs > math.log(np.finfo(np.float64).max)).any():
            raise Undefined("a claim of the predictive law exceeds 1e308: ask for limited means")
        return np.asarray(np.exp(logs), np.float64)

    def mean(self) -> float:
        """Always `Undefined`: the predictive law of a lognormal claim is log-t."""
        raise Undefined(
            "the mean of a claim whose sigma is not known for certain is infinite (its law is "
            "log-t): ask for limited_mean or layer_mean"
        )

    def limited_mean(self, limit: float) -> float:
        """E[min(X, limit)] of the next claim, currency units; `Undefined` without a limit."""
        return self.layer_mean(0.0, limit)

    def layer_mean(self, attachment: float, limit: float) -> float:
        """E[min(max(X - attachment, 0), limit)] of the next claim, currency units: the integral
        of P(X > x) over the layer, to a relative 1e-12 (less for a layer so thin that attachment
        + limit loses its digits)."""
        require("attachment", attachment, not_negative)
        if limit == math.inf:
            self.mean()
        require("limit", limit, positive)
        return layer_integral(self._beyond, self.m, self.spread, attachment, attachment + limit)

    def draws(self, uniforms: ArrayLike) -> tuple[Floats, Floats]:
        """(mu, sigma) of each draw, both (n_draws,), from `uniforms` (2, n_draws) in (0, 1)."""
        u = np.asarray(uniforms, np.float64)
        with np.errstate(divide="ignore"):
            variance = self.b / special.gammaincinv(self.a, u[0])
        if not np.isfinite(variance).all():
            bound = "must be large enough for sigma to be drawn"
            raise InvalidParameter([Fault("a", self.a, bound, "use a prior worth more claims")])
        mu = self.m + np.sqrt(variance / self.k) * special.ndtri(u[1])
        return np.asarray(mu, np.float64), np.sqrt(variance)

    def limited_means(self, limit: float, uniforms: ArrayLike) -> Floats:
        """(n_draws,) E[min(X, limit) | mu, sigma] for draws of (mu, sigma), currency units: how
        far the limited mean itself is known. `uniforms` (2, n_draws)."""
        require("limit", limit, positive)
        mu, sigma = self.draws(uniforms)
        z = (math.log(limit) - mu) / sigma
        logs = mu + sigma**2 / 2 + special.log_ndtr(z - sigma)
        return np.asarray(np.exp(logs) + limit * special.ndtr(-z), np.float64)

    def _beyond(self, y: Floats) -> Floats:
        return np.asarray(special.stdtr(self.degrees, (self.m - y) / self.spread), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityPosterior:
    """The lognormal claim after `data`. `mean`, `sd`, `low`, `high` are of mu, the logarithm of
    the median claim; `sd` is None where it is infinite (a <= 1). `sigma` is its posterior median,
    with its 5% and 95% quantiles. `weight` = n / (n + k)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: SeverityLaw
    posterior: SeverityLaw
    data: LogStatistics
    mean: Real
    sd: Real | None
    low: Real
    high: Real
    sigma: Real
    sigma_low: Real
    sigma_high: Real
    weight: Real
    notes: tuple[str, ...] = ()

    @property
    def median(self) -> tuple[float, float, float]:
        """exp(low), exp(mean), exp(high) of mu: the median claim with its interval, currency
        units."""
        return math.exp(self.low), math.exp(self.mean), math.exp(self.high)


def update_severity(prior: SeverityLaw, data: LogStatistics) -> SeverityPosterior:
    """k + n; m = (k m + total) / (k + n); a + n / 2; b + (scatter + k n / (k + n) (mean - m)**2)
    / 2. Source: Gelman et al. 2013, section 3.3 (there nu = 2a, nu sigma**2 = 2b)."""
    n = data.n
    k = prior.k + n
    gap = data.total / n - prior.m if n else 0.0
    law = SeverityLaw(
        m=prior.m + n / k * gap,
        k=k,
        a=prior.a + n / 2,
        b=prior.b + (data.scatter + prior.k * n / k * gap**2) / 2,
    )
    scale = math.sqrt(law.b / (law.a * law.k))
    reach = scale * float(special.stdtrit(law.degrees, HIGH))
    precision = special.gammaincinv(law.a, [HIGH, 0.5, LOW])
    with np.errstate(divide="ignore"):
        sigma_low, sigma, sigma_high = np.sqrt(law.b / precision).tolist()
    if not math.isfinite(sigma_high):
        bound = "must be large enough for sigma to have a 95% quantile"
        raise InvalidParameter([Fault("a", prior.a, bound, "use a prior worth more claims")])
    return SeverityPosterior(
        prior=prior, posterior=law, data=data,
        mean=law.m, sd=scale * math.sqrt(law.a / (law.a - 1)) if law.a > 1 else None,
        low=law.m - reach, high=law.m + reach,
        sigma=sigma, sigma_low=sigma_low, sigma_high=sigma_high,
        weight=n / k, notes=_notes(law, n),
    )  # fmt: skip


def _notes(law: SeverityLaw, n: int) -> tuple[str, ...]:
    found = []
    if n == 0:
        found.append("no claim was seen: the posterior is the prior")
    if n == 1:
        found.append("one claim says nothing of the spread of claims but through the prior")
    if law.a <= 1:
        found.append("mu has no standard deviation: prior and data are worth 2 claims or fewer")
    return tuple(found)
