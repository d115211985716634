"""A law on the multiples of a step: its measures, and how a continuous law becomes one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from techinsure.distributions.arguments import amounts
from techinsure.errors import Fault, InvalidParameter, Undefined
from techinsure.quantities import FORBID, Floats, Real, is_level, positive, refuse_unless, require

MOST_CELLS = 2**24
"""Of a lattice: 128 MB of probabilities."""

_ROUNDING = 1e-12
"""By how much a level may be missed and still be reached: the rounding of a million sums."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """P(S = k * step) = `pmf[k]`, `pmf` (n_cells,) float64; `step` in currency units.

    The probabilities sum to 1 within 1e-9. Deviations of rounding are not spread over them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    step: Real
    pmf: Floats

    def __post_init__(self) -> None:
        refuse_unless(self, step=positive)
        if faults := _pmf_faults(self.pmf):
            raise InvalidParameter(faults)

    @staticmethod
    def of_probabilities(probabilities: ArrayLike, step: float = 1.0) -> "Lattice":
        """The law with P(S = k * step) = probabilities[k], k from 0."""
        return Lattice(step=step, pmf=np.array(probabilities, np.float64))

    @staticmethod
    def of_amounts(probabilities: Mapping[float, float], step: float) -> "Lattice":
        """The law of `probabilities` by amount; each amount must be a multiple of `step`."""
        require("step", step, positive)
        places = [
            _multiple("amount", float(x), step) for x in amounts("amount", list(probabilities))
        ]
        pmf = np.zeros(max(places, default=0) + 1)
        np.add.at(pmf, places, list(probabilities.values()))
        return Lattice(step=step, pmf=pmf)

    @property
    def values(self) -> Floats:
        """(n_cells,) the amounts that have a probability, currency units."""
        return self.step * np.arange(float(len(self.pmf)))

    @property
    def mean(self) -> float:
        """E[S], currency units."""
        return float(self.pmf @ self.values)

    @property
    def variance(self) -> float:
        """E[(S - mean)**2]."""
        return self._central(2)

    @property
    def skewness(self) -> float:
        """E[(S - mean)**3] / variance**1.5; `Undefined` for a law without spread."""
        if self.variance == 0:
            raise Undefined("the skewness of a law without spread is 0 / 0")
        spread: float = self.variance**1.5
        return self._central(3) / spread

    def cdf(self, x: ArrayLike) -> Floats:
        """P(S <= x), shaped like `x`; an `x` within 1e-9 steps of a cell is that cell."""
        upto = np.concatenate([[0.0], np.minimum(np.cumsum(self.pmf), 1.0)])
        return np.asarray(upto[self._upto(x)])

    def survival(self, x: ArrayLike) -> Floats:
        """P(S > x), shaped like `x`, summed from the top."""
        beyond = np.concatenate([self._survivals(), [0.0]])
        return np.asarray(np.minimum(beyond[self._upto(x)], 1.0))

    def quantile(self, level: float) -> float:
        """The lower quantile inf{x: P(S <= x) >= level}, currency units; `level` in [0, 1). A cdf
        that misses the level by less than 1e-12 reaches it."""
        require("level", level, is_level)
        return self.step * self._place(level)

    def tvar(self, level: float) -> float:
        """The mean of the worst 1 - level of probability, currency units: q + E[max(S - q, 0)] /
        (1 - level), q the quantile.
        Source: Acerbi & Tasche (2002), Journal of Banking & Finance 26, definition 3.2."""
        quantile = self.quantile(level)
        return quantile + float(self.stop_loss(quantile)) / (1 - level)

    def stop_loss(self, retention: ArrayLike) -> Floats:
        """E[max(S - retention, 0)], shaped like `retention` >= 0, currency units: linear between
        cells, summed from the top."""
        place = amounts("retention", retention) / self.step
        beyond = np.append(self._survivals()[1:], 0.0)  # P(S > k * step)
        at_cells = self.step * np.append(np.cumsum(beyond[::-1])[::-1], 0.0)
        return np.interp(place, np.arange(len(at_cells)), at_cells)

    def limited_mean(self, limit: ArrayLike) -> Floats:
        """E[min(S, limit)], shaped like `limit`, currency units."""
        return self.mean - self.stop_loss(limit)

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(S - attachment, 0), limit)], shaped as both together, currency units."""
        low, width = amounts("attachment", attachment), amounts("limit", limit)
        return self.stop_loss(low) - self.stop_loss(low + width)

    def _central(self, order: int) -> float:
        gaps = (self.values - self.mean) ** order
        return float(self.pmf @ gaps)

    def _survivals(self) -> Floats:
        """(n_cells,) P(S >= k * step)."""
        return np.cumsum(self.pmf[::-1])[::-1]

    def _upto(self, x: ArrayLike) -> NDArray[np.intp]:
        """How many cells lie at or below each x."""
        cells = np.floor(np.asarray(x, np.float64) / self.step + 1e-9) + 1
        return np.asarray(np.clip(cells, 0, len(self.pmf)), np.intp)

    def _place(self, level: float) -> int:
        first = int(np.flatnonzero(self.pmf)[0])
        reached = int(np.searchsorted(np.cumsum(self.pmf), level - _ROUNDING))
        return min(max(first, reached), int(np.flatnonzero(self.pmf)[-1]))


class HasLayers(Protocol):
    """A law that can be put on a lattice."""

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)]."""
        ...


def discretised(law: HasLayers, *, step: float, limit: float, deductible: float = 0.0) -> Lattice:
    """What min(max(X - deductible, 0), limit) pays, on multiples of `step`, all in the unit of X;
    `limit` is a multiple of `step`. Claims below the deductible are paid 0 and stay in the law.

    Each amount is shared among the two cells beside it so that its mean is kept: with l(k) the
    mean of the layer of width `step` above deductible + k * step, cell k has (l(k - 1) - l(k)) /
    step. The mean and every stop-loss premium at a cell are exact; the variance is too large, by
    at most step**2 / 4.
    Source: Gerber (1982), Insurance: Mathematics and Economics 1(1), 13-18 (mass dispersal).
    """
    for name, value in (("step", step), ("limit", limit)):
        require(name, value, positive)
    cells = _multiple("limit", limit, step)
    starts = float(amounts("deductible", deductible)) + step * np.arange(cells)
    layers = law.layer_mean(starts, np.full(cells, step)) / step
    # a layer never costs more than the one below; rounding of starts may say so
    layers = np.minimum.accumulate(np.minimum(layers, 1.0))
    return Lattice(step=step, pmf=-np.diff(np.concatenate([[1.0], layers, [0.0]])))


def _multiple(field: str, amount: float, step: float) -> int:
    """amount / step, which must be a whole number of at most `MOST_CELLS`."""
    cells = round(amount / step) if math.isfinite(amount / step) else -1
    if not 0 <= cells < MOST_CELLS:
        fix = f"take a step of at least {amount / MOST_CELLS:.3g}"
        raise InvalidParameter([Fault("step", step, f"must leave at most {MOST_CELLS} cells", fix)])
    if abs(amount / step - cells) > 1e-9 * max(cells, 1):
        bound = f"must be a multiple of the step {step:g}"
        raise InvalidParameter([Fault(field, amount, bound, "divide it by a whole number")])
    return cells


def _pmf_faults(pmf: Any) -> list[Fault]:
    shape = np.shape(pmf)
    if not isinstance(pmf, np.ndarray) or len(shape) != 1 or not 1 <= len(pmf) <= MOST_CELLS:
        bound = f"must be an array of the shape (n_cells,), up to {MOST_CELLS}"
        return [Fault("pmf", shape, bound, "use Lattice.of_probabilities for a list")]
    wrong = np.flatnonzero(~(pmf >= 0))
    if len(wrong):
        return [Fault(f"pmf[{wrong[0]}]", float(pmf[wrong[0]]), "must be >= 0")]
    total = float(pmf.sum())
    return [] if abs(total - 1) <= 1e-9 else [Fault("pmf", total, "must sum to 1")]
