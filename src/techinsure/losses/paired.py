"""Figures read from the same simulated years, so that their difference has its own small error.

Every year moves a figure by its influence over the number of years; what two figures of the same
years have in common cancels in the difference of their influences. Source: Glasserman (2003),
Monte Carlo Methods in Financial Engineering, section 7.1 (common random numbers).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.losses import measures
from techinsure.losses.tails import Level
from techinsure.quantities import FORBID, Estimate, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paired:
    """A figure, currency units, and the influence (n_years,) of each year on it, up to a
    constant; None where the figure does not hang on them. `apart`: its standard error from
    numbers of its own; such errors are taken as independent of one another."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    value: float
    influence: Floats | None = None
    apart: float = 0.0

    def __add__(self, other: "Paired") -> "Paired":
        return self.plus(other, 1.0)

    def __sub__(self, other: "Paired") -> "Paired":
        return self.plus(other, -1.0)

    def plus(self, other: "Paired", times: float) -> "Paired":
        """This figure and `times` the other, of the same years."""
        value = self.value + times * other.value
        apart = math.hypot(self.apart, times * other.apart)
        if other.influence is None:
            return Paired(value=value, influence=self.influence, apart=apart)
        moved = times * other.influence
        if self.influence is not None:
            moved = self.influence + moved
        return Paired(value=value, influence=moved, apart=apart)

    def scaled(self, factor: float) -> "Paired":
        """`factor` times the figure."""
        moved = None if self.influence is None else factor * self.influence
        return Paired(value=factor * self.value, influence=moved, apart=abs(factor) * self.apart)

    def estimate(self, unit: str = "") -> Estimate:
        """The figure with the standard error that its influences give, sd / sqrt(n_years), and the
        one apart."""
        if self.influence is None:
            if self.apart == 0:
                return Estimate(value=self.value, exact=True, unit=unit)
            return Estimate(value=self.value, standard_error=self.apart, unit=unit)
        error = float(self.influence.std(ddof=1) / len(self.influence) ** 0.5)
        return Estimate(value=self.value, standard_error=math.hypot(error, self.apart), unit=unit)


def paired_mean(values: Floats) -> Paired:
    """The mean of (n_years,) values."""
    return Paired(value=float(values.mean()), influence=values)


def tail_mean(part: Floats, total: Floats, level: Level) -> Paired:
    """The Euler share of `part` in the TVaR of `total`, both (n_copies, n_years): the mean of the
    part over the tail of all n_copies * n_years equally likely outcomes.

    The copies of one year count as one observation: its influence is sum_c n w_c (x_c - m), with
    w the tail weights and m the mean of the part near the VaR.
    Source: Tasche (1999), Risk contributions and performance measurement.
    """
    copies, n = part.shape
    together = total.ravel()
    weights = measures.tail_weights(together, level)
    near = max(1, round((copies * n * (1 - float(level))) ** 0.5))
    distance = np.abs(together - measures.quantile(together, level))
    nearest = np.argpartition(distance, 2 * near)[: 2 * near]
    at_var = part.ravel()[nearest].mean()
    influence = (weights.reshape(part.shape) * (part - at_var)).sum(axis=0) * n
    return Paired(value=float(weights @ part.ravel()), influence=influence)
