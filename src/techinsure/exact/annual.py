"""The law of what a policy is paid in a cohort year, aggregate limit and all.

Each payment is put on the multiples of a step so that its mean stays: mean and stop-loss premiums
at the cells are exact, the spread is a little too large (Gerber 1982, Insurance: Mathematics and
Economics 1(1)). How little is told by the same law at twice the step, which is kept beside it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Estimate,
    Floats,
    Real,
    fraction,
    is_level,
    positive,
    refuse_unless,
    require,
)

ROUNDING = 1e-12
"""By how much a level may be missed and still be reached: the rounding of a million sums."""


NOTICED = 1e-11
"""A probability beyond the last cell that is not rounding."""
FURTHEST = 10.0
"""Times the last cell: where what lies beyond it stands at most."""


class Grid(NamedTuple):
    """Multiples of `step` on which payments are put; `most` is what a year's payments together
    are capped at (inf: nothing), so no single payment need be told apart above it. Currency
    units; a finite `most` is a multiple of `step`."""

    step: float
    most: float

    @property
    def doubled(self) -> "Grid":
        """The same range at twice the step."""
        return Grid(2 * self.step, self.most)


class Sum(NamedTuple):
    """P(sum = k * step) = `chance[k]` before any aggregate limit, and `none`, the probability that
    nothing is paid: less than `chance[0]`, which also holds its part of payments below a step."""

    chance: Floats
    none: float


Sums = tuple[Sum, Sum]
"""The law of one sum on a grid and at twice its step."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnualLaw:
    """P(S = `amounts[k]`) = `chance[k]`, S what the insurer pays in a cohort year, over the items'
    terms; both (n,) float64, amounts ascending from 0, currency units.

    `paid` is P(S > 0), to the accuracy of the quadratures and not of the lattice. `coarser` is the
    same law at twice the step, None where the amounts are the law's own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    amounts: Floats
    chance: Floats
    paid: Real
    coarser: "AnnualLaw | None" = None

    def __post_init__(self) -> None:
        refuse_unless(self, paid=fraction)
        if faults := _faults(self.amounts, self.chance):
            raise InvalidParameter(faults)

    @property
    def mean(self) -> float:
        """E[S], currency units."""
        return float(self.chance @ self.amounts)

    @property
    def variance(self) -> float:
        """E[(S - mean)**2]."""
        return float(self.chance @ (self.amounts - self.mean) ** 2)

    @property
    def sd(self) -> float:
        """The standard deviation, currency units."""
        return math.sqrt(self.variance)

    def cdf(self, x: ArrayLike) -> Floats:
        """P(S <= x), shaped like `x`; below one step, no less than P(S = 0)."""
        upto = np.concatenate([[0.0], np.minimum(np.cumsum(self.chance), 1.0)])
        return np.asarray(upto[self._upto(x)])

    def survival(self, x: ArrayLike) -> Floats:
        """P(S > x), shaped like `x`, summed from the top."""
        beyond = np.concatenate([np.cumsum(self.chance[::-1])[::-1], [0.0]])
        return np.asarray(np.minimum(beyond[self._upto(x)], 1.0))

    def quantile(self, level: float) -> float:
        """The lower quantile inf{x: P(S <= x) >= level}, currency units; `level` in [0, 1). A cdf
        that misses the level by less than 1e-12 reaches it."""
        require("level", level, is_level)
        held = np.flatnonzero(self.chance)
        reached = int(np.searchsorted(np.cumsum(self.chance), level - ROUNDING))
        return float(self.amounts[min(max(reached, int(held[0])), int(held[-1]))])

    def tvar(self, level: float) -> float:
        """The mean of the worst 1 - level of probability, currency units: q + E[max(S - q, 0)] /
        (1 - level), q the quantile. Never below that of the law before it was put on a lattice.
        Source: Acerbi & Tasche (2002), Journal of Banking & Finance 26, definition 3.2."""
        quantile = self.quantile(level)
        return quantile + float(self.stop_loss(quantile)) / (1 - level)

    def stop_loss(self, retention: ArrayLike) -> Floats:
        """E[max(S - retention, 0)], shaped like `retention` >= 0, currency units."""
        place = np.asarray(retention, np.float64)
        above = self._upto(place)
        chances = np.concatenate([np.cumsum(self.chance[::-1])[::-1], [0.0]])
        sums = np.concatenate([np.cumsum((self.chance * self.amounts)[::-1])[::-1], [0.0]])
        return np.asarray(np.maximum(sums[above] - place * chances[above], 0.0))

    def limited_mean(self, limit: ArrayLike) -> Floats:
        """E[min(S, limit)], shaped like `limit`, currency units."""
        return self.mean - self.stop_loss(limit)

    def var(self, level: float, unit: str = "") -> Estimate:
        """The quantile; its error is that of `estimate`, and one step at least."""
        found = self.estimate(lambda law: law.quantile(level), unit)
        if self.coarser is None:
            return found
        step = float(self.amounts[1]) if len(self.amounts) > 1 else 0.0
        error = max(found.error_bound or 0.0, step)
        return Estimate(value=found.value, exact=True, error_bound=error, unit=unit)

    def estimate(self, measure: Callable[["AnnualLaw"], float], unit: str = "") -> Estimate:
        """`measure(law)`, with how much it moves when the step is doubled as `error_bound`: for
        means, layers and tails some three times what is left at this step, whose error falls with
        the square of the step. No guarantee: an estimate."""
        value = float(measure(self))
        moved = 0.0 if self.coarser is None else abs(value - float(measure(self.coarser)))
        return Estimate(value=value, exact=True, error_bound=moved, unit=unit)

    def _upto(self, x: ArrayLike) -> NDArray[np.intp]:
        """How many amounts lie at or below each x, but for 1e-12 of it."""
        at = np.asarray(x, np.float64) * (1 + 1e-12)
        return np.asarray(np.searchsorted(self.amounts, at, side="right"), np.intp)


def limited(grid: Grid, total: Sums, mean: Callable[[], float]) -> AnnualLaw:
    """The law of min(sum, grid.most); `mean()` is that of the sum, asked for if need be. What lies
    beyond the last cell of an unlimited sum, a probability of 1e-5 at most, is one amount that
    keeps the mean, at most `FURTHEST` times that cell."""
    fine, wide = total
    return _capped(grid, fine, mean, _capped(grid.doubled, wide, mean, None))


def _capped(
    grid: Grid, total: Sum, mean: Callable[[], float], coarser: AnnualLaw | None
) -> AnnualLaw:
    """The same on one grid; rounding below 0 is put to 0."""
    chance = np.maximum(total.chance, 0.0)
    if math.isfinite(grid.most):
        chance = chance[: round(grid.most / grid.step)]
    amounts = grid.step * np.arange(float(len(chance)))
    beyond = 1 - float(chance.sum())
    if math.isfinite(grid.most):
        amounts, chance = np.append(amounts, grid.most), np.append(chance, max(beyond, 0.0))
    elif beyond > NOTICED:
        last, part = float(amounts[-1]), mean() - float(chance @ amounts)
        place = min(max(part / beyond, last + grid.step), FURTHEST * max(last, grid.step))
        amounts, chance = np.append(amounts, place), np.append(chance, beyond)
    used = int(np.flatnonzero(chance)[-1]) + 1
    return AnnualLaw(
        amounts=amounts[:used],
        chance=chance[:used] / chance.sum(),
        paid=min(max(1.0 - total.none, 0.0), 1.0),
        coarser=coarser,
    )


def convolved(one: Floats, other: Floats) -> Floats:
    """(n + m - 1,) chances of the sum of two independent amounts on one grid."""
    size = len(one) + len(other) - 1
    if min(len(one), len(other)) < 64:
        return np.convolve(one, other)
    from scipy import fft

    wide = fft.next_fast_len(size, real=True)
    both: Floats = fft.irfft(fft.rfft(one, wide) * fft.rfft(other, wide), wide)[:size]
    return both


def summed(parts: Sequence[Sums]) -> Sums:
    """The law of the sum of independent sums, on their grid and at twice its step."""
    whole = parts[0]
    for one in parts[1:]:
        fine, wide = (
            Sum(convolved(a.chance, b.chance), a.none * b.none)
            for a, b in zip(whole, one, strict=True)
        )
        whole = (fine, wide)
    return whole


def grid_of(largest: float, limit: float, cells: int) -> Grid:
    """A grid on which the `largest` single payment, or the annual `limit` where that is smaller,
    has at least `cells` steps; twice the step divides a finite limit too."""
    for name, value in (("largest", largest), ("limit", limit if math.isfinite(limit) else 1.0)):
        require(name, value, positive)
    if math.isinf(limit):
        return Grid(largest / cells, limit)
    halves = math.ceil(limit * cells / (2 * min(largest, limit)))
    return Grid(limit / (2 * halves), limit)


def _faults(amounts: Floats, chance: Floats) -> list[Fault]:
    if np.shape(amounts) != np.shape(chance) or np.ndim(chance) != 1 or not len(chance):
        return [Fault("chance", np.shape(chance), "must be (n,), like `amounts`, n >= 1")]
    faults = []
    if amounts[0] != 0 or not (np.diff(amounts) > 0).all():
        faults.append(Fault("amounts", amounts[:3].tolist(), "must ascend from 0"))
    if not (chance >= 0).all():
        faults.append(Fault("chance", float(np.nanmin(chance)), "must be >= 0"))
    elif abs(float(chance.sum()) - 1) > 1e-9:
        faults.append(Fault("chance", float(chance.sum()), "must sum to 1"))
    return faults
