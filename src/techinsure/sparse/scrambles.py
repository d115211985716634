"""Figures of weighted payments from independent scrambles, with errors from their spread.

TVaR is q + E[(X - q)+] / (1 - p), with q the VaR of all points together. As a function of q it is
flat there, so an error of q is of second order, and the spread of its values by scramble tells
its own. Source: Rockafellar & Uryasev 2002, Journal of Banking & Finance 26(7), theorem 10.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.sampling import sample
from techinsure.losses.tails import NORMAL_95, Tail, tail_at
from techinsure.quantities import FORBID, Estimate, Flags, Floats, exactly

_ROUNDING = 1e-13
"""Of the largest value: what is the same in all scrambles differs by less."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scrambles:
    """Payments (n,) with their probabilities `weight` (n,), which sum to 1. The first is that of
    the year without claims, which is known; the others are of `scramble` (n - 1,), in
    [0, n_scrambles), each of which has the same weight in all. Sums are numpy's own: those of
    BLAS change digits with its threads."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    payments: Floats
    weight: Floats
    scramble: NDArray[np.intp]
    n_scrambles: int

    def mean(self, values: Floats | None = None, unit: str = "") -> Estimate:
        """The mean of `values` (n,), by default the payments; exact without claims."""
        values = self.payments if values is None else values
        whole = float((self.weight * values).sum())
        if not len(self.scramble):
            return exactly(whole, unit)
        return Estimate(value=whole, standard_error=self._error(values), unit=unit)

    def probability(self) -> Estimate:
        """That anything is paid."""
        return self.mean((self.payments > 0).astype(np.float64))

    def tail(self, level: Fraction, unit: str = "") -> tuple[Estimate, Estimate]:
        """VaR and TVaR at `level`."""
        tail, p = tail_at(sample(self.payments, self.weight), level), float(level)
        q = tail.order.quantile
        if not len(self.scramble):
            return exactly(q, unit), exactly(q, unit)
        over = self.mean(np.maximum(self.payments - q, 0.0), unit).scaled(1 / (1 - p))
        tvar = Estimate(value=q + over.value, standard_error=over.standard_error, unit=unit)
        return Estimate(value=q, standard_error=self._error_of_quantile(tail, p), unit=unit), tvar

    def _error(self, values: Floats) -> float:
        weighted = self.weight[1:] * values[1:]
        by = np.bincount(self.scramble, weights=weighted, minlength=self.n_scrambles)
        spread = float(by.std(ddof=1))
        if spread <= _ROUNDING * float(np.abs(by).max()):
            return 0.0
        return spread * math.sqrt(self.n_scrambles)  # of a mean of n times `by`

    def _error_of_quantile(self, tail: Tail, p: float) -> float:
        """The width of the quantiles at p +- 1.96 times the error of F there, over 2 * 1.96; at
        least that between the neighbours (Woodruff 1952, JASA 47)."""
        order, q = tail.order, tail.order.quantile
        sides: tuple[Flags, Flags] = (self.payments <= q, self.payments < q)
        error = max(self._error(side.astype(np.float64)) for side in sides)
        if error == 0.0:
            return 0.0
        reach = np.clip([p - NORMAL_95 * error, p + NORMAL_95 * error], 0.0, 1.0)
        last = len(order.loss) - 1
        low, high = np.minimum(np.searchsorted(order.upto, reach), last)
        low, high = min(low, max(order.at - 1, 0)), max(high, min(order.at + 1, last))
        return float(order.loss[high] - order.loss[low]) / (2 * NORMAL_95)
