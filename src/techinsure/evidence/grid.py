"""A posterior of two parameters on a grid of cells, where no closed form exists.

The density is taken at the middle of each cell (midpoint rule); the grid closes in on where the
density is until its cells are small against it. Source: Gelman et al. 2013, Bayesian Data
Analysis (3rd ed.), section 10.3 (grid approximation).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Undefined
from techinsure.evidence.parameter_laws import HIGH, LOW
from techinsure.quantities import FORBID, Floats, Real

Interval = tuple[float, float]
Windows = tuple[Interval, Interval]
Transform = Callable[[Floats], Floats]
LogDensity = Callable[[Floats, Floats], Floats]
"""Of (n1, 1) and (1, n2) parameters: (n1, n2), up to a constant; -inf where there is none."""

CUT = 20.0
"""Cells whose logarithmic density lies further below the highest are left out of the grid."""
ROUNDS = 12
COARSER = 4
"""How much coarser the grids are that find where the density is."""
ENOUGH = 0.7
"""The grid closes in while what counts spans less than this part of an axis."""
EDGE = 1e-6
"""Mass in an outermost row of cells from which the grid is said to end too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """What is known of one quantity: posterior mean, standard deviation, 5% and 95% quantile."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Real
    sd: Real
    low: Real
    high: Real


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Posterior mass (n1, n2), summing to 1, in cells around `first` (n1,) and `second` (n2,),
    both evenly spaced. `leans` has, for each axis, whether mass piles up at the lower and at the
    upper end of the region first given: the data then contradict it."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    first: Floats
    second: Floats
    mass: Floats
    leans: tuple[tuple[bool, bool], tuple[bool, bool]]

    def mean(self, values: Floats) -> float:
        """Posterior mean of `values`, which broadcast to (n1, n2)."""
        return float((self.mass * values).sum())

    def of_axis(self, axis: Literal[0, 1], transform: Transform = np.positive) -> Marginal:
        """Of the first or second parameter, or of a rising `transform` of it."""
        middles = self.second if axis else self.first
        mass, half = self.mass.sum(axis=1 - axis), (middles[1] - middles[0]) / 2
        value = transform(middles)
        mean = float(mass @ value)
        low, high = transform(_quantiles(np.cumsum(mass), middles + half)).tolist()
        return Marginal(
            mean=mean, sd=float(np.sqrt(mass @ (value - mean) ** 2)), low=low, high=high
        )

    def marginal(self, values: Floats) -> Marginal:
        """Of a quantity `values` (n1, n2), one value a cell; quantiles as between points."""
        order = np.argsort(values, axis=None, kind="stable")
        mass, value = self.mass.ravel()[order], values.ravel()[order]
        mean = float(mass @ value)
        low, high = _quantiles(np.cumsum(mass) - mass / 2, value).tolist()
        return Marginal(
            mean=mean, sd=float(np.sqrt(mass @ (value - mean) ** 2)), low=low, high=high
        )

    def draws(self, uniforms: ArrayLike) -> tuple[Floats, Floats]:
        """Parameters (n_draws,), (n_draws,) from `uniforms` (3, n_draws) in (0, 1): a cell by its
        mass, then a place in the cell."""
        u = np.asarray(uniforms, np.float64)
        upto = np.cumsum(self.mass.ravel())
        cell = np.searchsorted(upto, u[0] * upto[-1], side="right")
        row, column = np.divmod(np.minimum(cell, len(upto) - 1), len(self.second))
        return (
            self.first[row] + (u[1] - 0.5) * (self.first[1] - self.first[0]),
            self.second[column] + (u[2] - 0.5) * (self.second[1] - self.second[0]),
        )


def _quantiles(upto: Floats, value: Floats) -> Floats:
    """Where the distribution function, `upto` at `value`, reaches the two levels: straight lines
    on the scale of normal scores, exact for a normal law."""
    told = (upto > 1e-12) & (upto < 1 - 1e-12)
    scores = special.ndtri(upto[told])
    return np.asarray(np.interp(special.ndtri([LOW, HIGH]), scores, value[told]), np.float64)


def posterior_grid(
    log_density: LogDensity, first: Interval, second: Interval, n_cells: tuple[int, int]
) -> Grid:
    """The grid of `n_cells` cells that holds the posterior of `log_density` within the region
    `first` x `second`. `Undefined` where the density is 0 all over."""
    region = (first, second)
    windows = _found(log_density, region, (n_cells[0] // COARSER, n_cells[1] // COARSER))
    for _ in range(ROUNDS):
        axes, logs = _evaluated(log_density, windows, n_cells)
        mass = np.exp(logs - logs.max())
        mass /= mass.sum()
        sides = [mass.sum(axis=1 - axis) for axis in (0, 1)]
        wider = (_widened(sides[0], windows[0], first), _widened(sides[1], windows[1], second))
        if wider == windows:
            break
        windows = wider
    leans = [
        (bool(side[0] > EDGE), bool(side[-1] > EDGE)) for side in sides
    ]  # only at an end of the region: elsewhere the window was widened
    for array in (*axes, mass):
        array.flags.writeable = False
    return Grid(first=axes[0], second=axes[1], mass=mass, leans=(leans[0], leans[1]))


def _found(log_density: LogDensity, region: Windows, n_cells: tuple[int, int]) -> Windows:
    """Where the density is, by coarse grids that close in on it."""
    windows = region
    for _ in range(ROUNDS):
        axes, logs = _evaluated(log_density, windows, n_cells)
        inside = logs > logs.max() - CUT
        spans = [np.nonzero(inside.any(axis=1 - axis))[0] for axis in (0, 1)]
        windows = (
            _around(axes[0], spans[0], windows[0]),
            _around(axes[1], spans[1], windows[1]),
        )
        if all(np.ptp(span) + 3 > ENOUGH * n for span, n in zip(spans, n_cells, strict=True)):
            break
    return windows


def _evaluated(
    log_density: LogDensity, windows: Windows, n_cells: tuple[int, int]
) -> tuple[list[Floats], Floats]:
    axes = [
        low + (high - low) * (np.arange(n) + 0.5) / n
        for (low, high), n in zip(windows, n_cells, strict=True)
    ]
    logs = log_density(axes[0][:, None], axes[1][None, :])
    if not np.isfinite(logs.max()):
        raise Undefined("the prior gives no probability to any parameters that allow the data")
    return axes, logs


def _around(axis: Floats, span: NDArray[np.intp], window: Interval) -> Interval:
    """One cell beyond what counts, within the window."""
    step = float(axis[1] - axis[0])
    low, high = float(axis[int(span[0])]), float(axis[int(span[-1])])
    return max(low - 1.5 * step, window[0]), min(high + 1.5 * step, window[1])


def _widened(mass: Floats, window: Interval, region: Interval) -> Interval:
    """Further out by half on a side where mass lies at the end of the window."""
    low, high = window
    step = (high - low) / 2
    return (
        max(low - step, region[0]) if mass[0] > EDGE else low,
        min(high + step, region[1]) if mass[-1] > EDGE else high,
    )
