"""Sizes of claims of which only those above a deductible are known: a truncated lognormal law.

Claims below the deductible are not in the data, and nobody counted them. The likelihood of a claim
x is its density over P(X > deductible); n, sum ln x and sum (ln x)**2 of each deductible suffice,
but the update is not conjugate: the posterior is on a grid of t = sqrt(k) (mu - m) / sigma, which
is standard normal in the prior, and ln sigma.
Source: Klugman, Panjer & Willmot, Loss Models, section 11.4 (truncated data).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.grid import Grid, Marginal, posterior_grid
from techinsure.evidence.severity import LogStatistics, SeverityLaw
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    positive,
    refuse_unless,
    require,
)

CELLS = (97, 121)
REACH = 40.0
"""How far the grid of t reaches, in standard deviations of its prior."""
OUTSIDE = 1e-9
"""Prior probability of sigma left out at each end of its region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsAbove:
    """The statistics of claims, from the ground up, that exceeded `deductible` (currency units);
    0 where all claims are known."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    deductible: Real
    statistics: LogStatistics

    def __post_init__(self) -> None:
        refuse_unless(self, deductible=not_negative)
        n, total = self.statistics.n, self.statistics.total
        if n and self.deductible > 0 and total / n < math.log(self.deductible):
            bound = f"must be >= n ln deductible, {n * math.log(self.deductible):.6g}"
            fix = "give claims from the ground up, the deductible included"
            raise InvalidParameter([Fault("statistics.total", total, bound, fix)])

    @staticmethod
    def of(claims: Sequence[float] | Floats, deductible: float) -> "ClaimsAbove":
        """Of `claims` (n,), from the ground up, each above the deductible."""
        require("deductible", deductible, not_negative)
        faults = [
            Fault(f"claims[{i}]", float(claim), f"must be > the deductible, {deductible:g}",
                  "give claims from the ground up, the deductible included")
            for i, claim in enumerate(claims)
            if claim <= deductible
        ]  # fmt: skip
        if faults:
            raise InvalidParameter(faults)
        return ClaimsAbove(deductible=deductible, statistics=LogStatistics.of(claims))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeverityAbove:
    """What claims above deductibles say of *all* claims, from the ground up. `mu` and `sigma` of
    ln X; `weight`: the part of the prior variance of mu that the data took away."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: SeverityLaw
    data: tuple[ClaimsAbove, ...]
    grid: Grid
    mu: Marginal
    sigma: Marginal
    weight: Real
    notes: tuple[str, ...]

    def survival(self, x: float) -> Marginal:
        """P(X > x): at the deductible, the share of all claims that the data could show."""
        require("x", x, positive)
        mu, sigma = self._cells()
        return self.grid.marginal(special.ndtr((mu - math.log(x)) / sigma))

    def limited_mean(self, limit: float) -> Marginal:
        """E[min(X, limit)], currency units; `Undefined` without a limit."""
        return self.layer_mean(0.0, limit)

    def layer_mean(self, attachment: float, limit: float) -> Marginal:
        """E[min(max(X - attachment, 0), limit)], currency units; `Undefined` without a limit."""
        require("attachment", attachment, not_negative)
        if limit == math.inf:
            raise Undefined(
                "the mean of a claim whose sigma is not known for certain is infinite: ask for "
                "limited_mean or layer_mean with a limit"
            )
        require("limit", limit, positive)
        cells = self._cells()
        below = _limited(*cells, attachment) if attachment > 0 else 0.0
        return self.grid.marginal(_limited(*cells, attachment + limit) - below)

    def draws(self, uniforms: ArrayLike) -> tuple[Floats, Floats]:
        """(mu, sigma), both (n_draws,), from `uniforms` (3, n_draws) in (0, 1)."""
        t, log_sigma = self.grid.draws(uniforms)
        return _mu(self.prior, t, log_sigma), np.exp(log_sigma)

    def _cells(self) -> tuple[Floats, Floats]:
        t, log_sigma = self.grid.first[:, None], self.grid.second[None, :]
        return _mu(self.prior, t, log_sigma), np.exp(log_sigma)


def update_severity_above(prior: SeverityLaw, data: Sequence[ClaimsAbove]) -> SeverityAbove:
    """The posterior of (mu, sigma) from claims above one or several deductibles.

    The prior must be worth more than two claims (a > 1): with less, mu has no variance to start
    from.
    """
    if prior.a <= 1:
        fix = "use a prior worth more than 2 claims"
        raise InvalidParameter([Fault("a", prior.a, "must be > 1 for truncated claims", fix)])
    spread = prior.b / special.gammaincinv(prior.a, [1 - OUTSIDE, OUTSIDE])
    low, high = (np.log(spread) / 2).tolist()

    def log_posterior(t: Floats, log_sigma: Floats) -> Floats:
        mu, sigma = _mu(prior, t, log_sigma), np.exp(log_sigma)
        before = -(t**2) / 2 - 2 * prior.a * log_sigma - prior.b / sigma**2
        return before + sum(_log_likelihood(one, mu, sigma) for one in data)

    grid = posterior_grid(log_posterior, (-REACH, REACH), (low, high), CELLS)
    mu = grid.marginal(_mu(prior, grid.first[:, None], grid.second[None, :]))
    n = sum(one.statistics.n for one in data)
    weight = 1 - mu.sd**2 * prior.k * (prior.a - 1) / prior.b if n else 0.0
    return SeverityAbove(
        prior=prior, data=tuple(data), grid=grid, mu=mu, sigma=grid.of_axis(1, np.exp),
        weight=weight, notes=tuple(_notes(n, weight, grid)),
    )  # fmt: skip


def _notes(n: int, weight: float, grid: Grid) -> list[str]:
    found = ["no claim was seen: the posterior is the prior"] if n == 0 else []
    if weight < 0:
        found.append("the data widened what is known of mu: they contradict its prior")
    if n and any(any(ends) for ends in grid.leans):
        found.append("mu or sigma leans on the end of its prior: data and prior contradict")
    return found


def _mu(prior: SeverityLaw, t: Floats, log_sigma: Floats) -> Floats:
    return np.asarray(prior.m + t * np.exp(log_sigma) / math.sqrt(prior.k), np.float64)


def _log_likelihood(data: ClaimsAbove, mu: Floats, sigma: Floats) -> Floats:
    """-n ln sigma - sum (ln x - mu)**2 / (2 sigma**2) - n ln P(X > deductible)."""
    n = data.statistics.n
    if n == 0:
        return np.zeros(np.broadcast_shapes(mu.shape, sigma.shape))
    squares = data.statistics.scatter + n * (data.statistics.total / n - mu) ** 2
    density = -n * np.log(sigma) - squares / (2 * sigma**2)
    if data.deductible == 0:
        return np.asarray(density, np.float64)
    seen = special.log_ndtr((mu - math.log(data.deductible)) / sigma)
    return np.asarray(density - n * seen, np.float64)


def _limited(mu: Floats, sigma: Floats, limit: float) -> Floats:
    """E[min(X, limit)] of lognormal claims."""
    z = (math.log(limit) - mu) / sigma
    below = np.exp(mu + sigma**2 / 2 + special.log_ndtr(z - sigma))
    return np.asarray(below + limit * special.ndtr(-z), np.float64)
