"""Claims beyond a threshold: the generalised Pareto law with a prior on its shape.

Few large claims say little of the tail, so the shape xi has a prior, and what is reported is an
average over the posterior of (xi, ln sigma) on a grid. Amounts above the threshold u: excess
y = x - u, P(Y > y) = (1 + xi y / sigma)**(-1 / xi).
Source: Coles 2001, An Introduction to Statistical Modeling of Extreme Values, sections 4.2, 9.1.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.evidence.excesses import ExcessCounts, Excesses, scaled_log
from techinsure.evidence.grid import Grid, Interval, Marginal, posterior_grid
from techinsure.evidence.priors import GRADES, Grade
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    number,
    one_of,
    positive,
    refuse_unless,
    require,
    text,
)

CELLS = (97, 121)
REACH = 6.0
"""How far the grid of ln sigma reaches, in standard deviations of its prior."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPrior:
    """xi is normal (`shape_mean`, `shape_sd`) between `shape_low` and `shape_high`; sigma is
    lognormal with median `scale` (currency units) and `scale_log_sd`, independent of xi.

    `shape_high` = 1 keeps the mean of each single law finite, not that of their mixture.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scale: Real
    scale_log_sd: Real
    grade: Grade
    source: str
    shape_mean: Real = 0.4
    shape_sd: Real = 0.2
    shape_low: Real = -0.5
    shape_high: Real = 1.0

    def __post_init__(self) -> None:
        inside = number("must be in [-1, 3]", lambda value: -1 <= value <= 3)
        refuse_unless(
            self,
            scale=positive,
            scale_log_sd=positive,
            grade=one_of(*GRADES),
            source=text(600),
            shape_mean=inside,
            shape_sd=positive,
            shape_low=inside,
            shape_high=inside,
        )
        if self.shape_low >= self.shape_high:
            bound = f"must be < shape_high, {self.shape_high:g}"
            raise InvalidParameter([Fault("shape_low", self.shape_low, bound)])

    @property
    def region(self) -> tuple[Interval, Interval]:
        """Where (xi, ln sigma) is looked for."""
        middle, reach = math.log(self.scale), REACH * self.scale_log_sd
        return (self.shape_low, self.shape_high), (middle - reach, middle + reach)

    def log_density(self, shape: Floats, log_scale: Floats) -> Floats:
        """Of (xi, ln sigma), up to a constant."""
        z = (shape - self.shape_mean) / self.shape_sd
        v = (log_scale - math.log(self.scale)) / self.scale_log_sd
        return np.asarray(-(z**2 + v**2) / 2, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TailPosterior:
    """What claims beyond `data.threshold` say of their law; all means are a claim above it.

    `shape` is dimensionless, `scale` currency units. `weight`: the part of the prior variance of
    xi that the data took away; a negative one means that they widened it, as a note says.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: TailPrior
    data: Excesses | ExcessCounts
    grid: Grid
    shape: Marginal
    scale: Marginal
    weight: Real
    notes: tuple[str, ...]

    def draws(self, uniforms: ArrayLike) -> tuple[Floats, Floats]:
        """(xi, sigma), both (n_draws,), from `uniforms` (3, n_draws) in (0, 1)."""
        shape, log_scale = self.grid.draws(uniforms)
        return shape, np.exp(log_scale)

    def survival(self, x: float) -> Marginal:
        """P(X > x | X > threshold): its mean is the predictive probability."""
        above = self._excess("x", x)
        shape, scale = self._cells()
        return self.grid.marginal(np.exp(-scaled_log(shape, above / scale)))

    def limited_mean(self, limit: float) -> Marginal:
        """E[min(X, limit) - threshold] of a claim above the threshold, currency units, `limit`
        from the ground up; `Undefined` without a limit, as `mean` says."""
        if limit == math.inf:
            return self.mean()
        return self.layer_mean(self.data.threshold, self._excess("limit", limit))

    def layer_mean(self, attachment: float, limit: float) -> Marginal:
        """E[min(max(X - attachment, 0), limit)] of a claim above the threshold, currency units;
        `attachment` >= threshold from the ground up, `limit` the width (infinite: see `mean`)."""
        start = self._excess("attachment", attachment)
        shape, scale = self._cells()
        later = scale + shape * start  # the excess over `start` follows the same law
        if limit == math.inf:
            self._require_finite_mean()
            width = later / (1 - shape)
        else:
            require("limit", limit, positive)
            width = limited(shape, np.where(later > 0, later, 1.0), limit)
        reach = scaled_log(shape, start / scale)
        return self.grid.marginal(np.where(later > 0, np.exp(-reach) * width, 0.0))

    def mean(self) -> Marginal:
        """E[X - threshold] without a limit, currency units; `Undefined` where the posterior
        gives xi >= 1 a probability, or a density at 1, for then it is infinite."""
        return self.layer_mean(self.data.threshold, math.inf)

    def share_beyond_largest(self, limit: float) -> float:
        """The share of the limited mean that lies beyond the largest claim seen: what rests on
        the law and not on claims. `Undefined` where none was seen."""
        largest = self.data.largest
        if largest is None:
            raise Undefined("no claim above the threshold was seen: all of the mean is the prior's")
        if largest >= limit:
            return 0.0
        beyond = self.layer_mean(largest, limit - largest).mean
        return beyond / self.limited_mean(limit).mean

    def _cells(self) -> tuple[Floats, Floats]:
        return self.grid.first[:, None], np.exp(self.grid.second[None, :])

    def _require_finite_mean(self) -> None:
        if self.prior.shape_high >= 1:
            infinite = float(self.grid.mass[self.grid.first >= 1].sum())
            said = f"with probability {infinite:.2g}" if infinite else "with a density at 1"
            raise Undefined(
                "the mean of a claim without a limit is infinite: its posterior allows a shape of "
                f"1 or more ({said}); ask for limited_mean or layer_mean"
            )

    def _excess(self, field: str, x: float) -> float:
        require(field, x, not_negative)
        if x < self.data.threshold:
            bound = f"must be >= the threshold, {self.data.threshold:g}"
            fix = "below it this law says nothing"
            raise InvalidParameter([Fault(field, x, bound, fix)])
        return x - self.data.threshold


def limited(shape: Floats, scale: Floats, limit: ArrayLike) -> Floats:
    """E[min(Y, limit)] of a generalised Pareto excess, currency units; all broadcast.

    sigma / (1 - xi) * (1 - P(Y > limit)**(1 - xi)), by its limits sigma ln(1 + limit / sigma) at
    xi = 1 and sigma (1 - exp(-limit / sigma)) at xi = 0.
    """
    z = scaled_log(shape, np.asarray(limit, np.float64) / scale)
    bounded = np.isinf(z)  # xi < 0 and the limit beyond the largest possible excess
    z = np.where(bounded, 1.0, z)
    inside = scale * z * special.exprel(-(1 - shape) * z)
    return np.asarray(np.where(bounded, scale / np.where(shape < 0, 1 - shape, 1.0), inside))


def update_tail(prior: TailPrior, data: Excesses | ExcessCounts) -> TailPosterior:
    """The posterior of (xi, sigma) given claims above a threshold, one by one or as counts on a
    grid of amounts; none at all gives the prior."""

    def log_posterior(shape: Floats, log_scale: Floats) -> Floats:
        likelihood = data.log_likelihood(shape, np.exp(log_scale))
        return prior.log_density(shape, log_scale) + likelihood

    grid = posterior_grid(log_posterior, *prior.region, CELLS) if data.n else _before(prior)
    shape = grid.of_axis(0)
    weight = 1 - (shape.sd / _before(prior).of_axis(0).sd) ** 2
    return TailPosterior(
        prior=prior, data=data, grid=grid, shape=shape,
        scale=grid.of_axis(1, np.exp),
        weight=weight, notes=tuple(_notes(data.n, weight, grid)),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _before(prior: TailPrior) -> Grid:
    return posterior_grid(prior.log_density, *prior.region, CELLS)


def _notes(n: int, weight: float, grid: Grid) -> list[str]:
    found = []
    if n == 0:
        found.append("no claim above the threshold was seen: the posterior is the prior")
    if weight < 0:
        found.append("the data widened what is known of the shape: they contradict its prior")
    if n and any(grid.leans[1]):
        found.append(f"sigma leans on the end of its prior ({REACH:g} sd): check `scale`")
    return found
