"""Counts whose probabilities are given one by one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions.frequency import Argument, CountLaw
from techinsure.errors import Fault
from techinsure.quantities import FORBID, Floats, Real, each, not_negative, refuse_unless

MOST_COUNTS = 1000
"""Entries of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabulated(CountLaw):
    """P(N = k) = `probabilities[k]`, k from 0; they sum to 1 within 1e-9."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["tabulated"] = "tabulated"
    probabilities: tuple[Real, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, probabilities=each(not_negative, 1))
        refuse_unless(self, probabilities=_is_law)

    @property
    def smallest(self) -> float:
        """The smallest count that can be."""
        return float(np.flatnonzero(self.probabilities)[0])

    @property
    def largest(self) -> float:
        """The largest count that can be."""
        return float(np.flatnonzero(self.probabilities)[-1])

    @property
    def mean(self) -> float:
        """sum k p(k)."""
        return math.fsum(k * p for k, p in enumerate(self.probabilities))

    @property
    def variance(self) -> float:
        """sum (k - mean)**2 p(k)."""
        centre = self.mean
        return math.fsum((k - centre) ** 2 * p for k, p in enumerate(self.probabilities))

    def pmf(self, k: Floats) -> Floats:
        """P(N = k), shaped like `k`."""
        k = np.asarray(k, np.float64)
        known = (k >= 0) & (k == np.floor(k)) & (k < len(self.probabilities))
        at = np.where(known, k, 0.0).astype(np.intp)
        return np.where(known, np.array(self.probabilities)[at], 0.0)

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        upto = np.concatenate([[0.0], np.minimum(np.cumsum(self.probabilities), 1.0)])
        return np.where(np.asarray(k) >= self.largest, 1.0, upto[self._place(k)])

    def survival(self, k: Floats) -> Floats:
        """P(N > k), shaped like `k`."""
        beyond = np.concatenate([np.cumsum(self.probabilities[::-1])[::-1], [0.0]])
        return np.where(np.asarray(k) < self.smallest, 1.0, beyond[self._place(k)])

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N] = sum p(k) (1 + w)**k, shaped like `w`."""
        values: Argument = self.probabilities[-1] * np.ones_like(w)
        for probability in self.probabilities[-2::-1]:
            values = values * (1 + w) + probability
        return values

    def log_pgf(self, w: Floats) -> Floats:
        """ln E[(1 + w)**N], w real and > -1; infinite where the sum leaves float64."""
        with np.errstate(over="ignore", divide="ignore"):
            return np.asarray(np.log(np.real(self.pgf_near_one(w))))

    def _place(self, k: Floats) -> NDArray[np.intp]:
        """How many counts are at most `k`."""
        most = len(self.probabilities)
        return np.asarray(np.clip(np.floor(k) + 1, 0, most), np.intp)


def _is_law(field: str, value: Any) -> Iterator[Fault]:
    total = math.fsum(value)
    if len(value) > MOST_COUNTS:
        yield Fault(field, len(value), f"must have at most {MOST_COUNTS} entries")
    if abs(total - 1) > 1e-9:
        yield Fault(field, total, "must sum to 1", "divide each by their sum")
